"""Who somebody is never changes a score, and what is cheap to write changes little."""

from __future__ import annotations

import re

import attrs
import pytest
from ebsv.judge_builders import ADVERT, WORK, cv, evidenced, experience, judged, role, section, verdicts, with_line
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv.document import Contact, Line, Month, Section, SectionKind

SKILLS = re.split(
    r",\s+",
    """payroll administration, pension reporting, tax reporting, Excel, SAP, employment law, shift allowances,
    overtime, CIPP, German, Java, welding, nursing, Photoshop, forklift, Python, negotiation, recruitment,
    logistics, Oracle, HTML, catering, auditing, budgeting, Scrum, teaching, Kubernetes, plumbing, editing,
    French, driving, Access, Word, Outlook, PowerPoint, Linux, Tableau, marketing, sales, design, carpentry,
    first aid, translation, photography, SQL, Jira, Git, CRM, SEO, ERP""",
)


@pytest.mark.parametrize(
    "header",
    [
        ("Adaeze Nwosu-Pereira", "adaeze@example.com", "Flat 4, 88 Acacia Avenue, Lagos"),
        ("Mr Wolfgang von Hohenberg", "Nationality: German", "Date of birth: 4 March 1961", "Married, two children"),
        ("Xiu Ying Zhang", "she/her", "Sex: female", "Age: 58", "Address: 9 Payroll Street, Pension"),
        ("Tom Baker", "Photo: attached", "Citizenship: Kenyan"),
        (),
    ],
)
def test_who_somebody_is_changes_nothing(header: tuple[str, ...]) -> None:
    """Name, sex, age, nationality, address and photo at the top change the score by exactly nothing."""
    contact = Contact(header[0] if header else None, None, None, None)
    assert judged(cv(header=header, contact=contact)).score == judged(cv()).score


@pytest.mark.parametrize(
    "name", ["Oxford University", "University of Nowhere", "Harvard Business School", "The College of Payroll"]
)
def test_the_school_changes_nothing(name: str) -> None:
    """A school's prestige, and words in its name, are not looked at."""
    assert judged(cv(school=f"Diploma in Business Administration, {name}, 2012")).score == judged(cv()).score


def test_pronouns_change_nothing() -> None:
    """A text about him scores as a text about her."""
    his = cv(work=(*WORK, "He also trained his successor, who thanked him."))
    her = cv(work=(*WORK, "She also trained her successor, who thanked her."))
    assert judged(his).score == judged(her).score


@pytest.mark.parametrize("kind", [SectionKind.SUMMARY, SectionKind.SKILLS, SectionKind.OTHER, SectionKind.EDUCATION])
def test_pasting_the_advert_lifts_nothing(kind: SectionKind) -> None:
    """The advert's text in a CV turns nothing to evidenced, adds at most 5 points, and is flagged."""
    pasted = judged(cv(section(kind, ADVERT.splitlines())))
    assert pasted.score <= judged(cv()).score + 5
    assert evidenced(pasted) <= evidenced(judged(cv()))
    assert "job_text_pasted" in pasted.flags


def test_pasting_the_advert_into_a_role_lifts_nothing() -> None:
    """The same holds inside of a dated role."""
    lines = [line.strip("- ") for line in ADVERT.splitlines() if line.strip()]
    pasted = judged(cv(experience(role("Adviser", Month(2012, 1), Month(2013, 1), lines))))
    assert evidenced(pasted) <= evidenced(judged(cv()))


@pytest.mark.parametrize("shape", ["a line", "a name a line", "ten a line"])
@pytest.mark.parametrize("place", ["skills", "summary", "role"])
def test_fifty_skills_lift_little(shape: str, place: str) -> None:
    """Fifty skills anywhere turn nothing to evidenced and add at most 5 points."""
    chunks = {"a line": 50, "a name a line": 1, "ten a line": 10}[shape]
    lines = [", ".join(SKILLS[at : at + chunks]) for at in range(0, 50, chunks)]
    if place == "role":
        plain = cv(work=(*WORK, "Kept the files."))
        stuffed = cv(work=(*WORK, "Kept the files.", *lines))
    else:
        plain = cv()
        stuffed = cv(section(SectionKind(place), lines))
    assert evidenced(judged(stuffed)) <= evidenced(judged(plain))
    assert judged(stuffed).score <= judged(plain).score + 5


def test_hidden_text_is_flagged_and_not_counted() -> None:
    """White or tiny text changes nothing but a flag."""
    hidden = Section(
        SectionKind.OTHER, "", (Line("Managed shift allowances and overtime with a CIPP qualification.", hidden=True),)
    )
    screening = judged(cv(hidden))
    assert "hidden_text" in screening.flags
    assert screening.score == judged(cv()).score
    assert verdicts(screening) == verdicts(judged(cv()))


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(categories=["L"]), min_size=2, max_size=12), st.integers(1, 10**9))
def test_any_name_scores_the_same(name: str, number: int) -> None:
    """No name, however it is spelt, changes the score."""
    contact = Contact(f"{name} {name}", f"x{number}@example.org", None, None)
    document = cv(header=(f"{name} {name}", f"x{number}@example.org"), contact=contact)
    assert judged(document).score == judged(cv()).score


def test_a_true_dated_sentence_raises_the_score() -> None:
    """One dated sentence that uses a missing essential skill raises the score and is quoted."""
    before = judged(cv())
    after = judged(with_line(cv(), "Advised managers on employment law in 40 cases of dismissal."))
    name = "Knowledge of employment law"
    assert name not in evidenced(before)
    assert name in evidenced(after)
    assert after.score > before.score


def test_the_order_of_files_changes_nothing() -> None:
    """A CV scores the same alone and after others, and twice in a row."""
    first = judged(cv())
    judged(cv(work=("Baked bread.",)))
    assert judged(cv()) == first
    assert judged(attrs.evolve(cv(), kind="pdf")).score == first.score
