"""Lists of skills are lists, however they are cut, dressed up and spread; honest work told with names is work."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ebsv.judge_builders import ADVERT, TODAY, WORK, cv, evidenced, experience, judged, role, section
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv import classify, parse_job
from cvsense_async.sandbox.ebsv.document import Month, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification

NAMES = [
    "pension and tax reporting", "Kubernetes", "SAP", "crisis intervention", "employment law", "management of customer relations",
    "payroll administration", "pivot tables", "shift allowances", "development of business strategies", "CIPP qualification",
    "overtime", "Python", "contract negotiation", "German", "menu planning", "lease administration", "SQL",
]  # fmt: skip


def lines(names: Sequence[str], size: int, verb: str) -> list[str]:
    """The names, some a line, with a verb before them where one is given."""
    cut = [names[at : at + size] for at in range(0, len(names), size)]
    return [f"{verb} {', '.join(one)}." if verb else ", ".join(one) for one in cut]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(NAMES), min_size=50, max_size=50),
    st.integers(5, 12),
    st.sampled_from(["", "Used", "Worked with", "Technologies:"]),
    st.sampled_from([SectionKind.PROJECTS, SectionKind.CERTIFICATIONS, SectionKind.EXPERIENCE]),
)
def test_fifty_names_in_any_dress_show_nothing(names: list[str], size: int, verb: str, kind: SectionKind) -> None:
    """Fifty names, some a line, bare or after a word that says little, turn nothing to evidenced and add at most 5."""
    pasted = lines(names, size, verb)
    if kind is SectionKind.EXPERIENCE:
        plain, stuffed = cv(), cv(work=(*WORK, *pasted))
    else:
        plain, stuffed = cv(section(kind, ["Kept the files."])), cv(section(kind, ["Kept the files.", *pasted]))
    assert evidenced(judged(stuffed)) <= evidenced(judged(plain))
    assert judged(stuffed).score <= judged(plain).score + 5


def test_names_spread_thin_show_nothing() -> None:
    """Three names after every four sentences of work are a list still, when there are very many."""
    own = [f"Filed the letters of {month} by sender." for month in ("May", "June", "July", "August")]
    work: list[str] = [*WORK]
    for at in range(0, 48, 3):
        work += [*own, ", ".join((NAMES * 3)[at : at + 3])]
    assert evidenced(judged(cv(work=work))) <= evidenced(judged(cv()))


def test_names_with_nothing_between_them_show_nothing() -> None:
    """Fifty names run on without a comma are a list, on one line or on many."""
    run = " ".join((NAMES * 3)[:50])
    words = run.split()
    cut = [" ".join(words[at : at + 12]) for at in range(0, len(words), 12)]
    for pasted in ([run], cut):
        assert evidenced(judged(cv(work=[*WORK, *pasted]))) <= evidenced(judged(cv()))
        assert judged(cv(work=[*WORK, *pasted])).score <= judged(cv()).score + 5


def test_a_degree_among_fifty_names_makes_no_school_of_them() -> None:
    """Names pasted under the education are a list, though one of them is a degree."""
    school = section(SectionKind.EDUCATION, ["BSc Geography, Ayr College, 2009"])
    stuffed = section(SectionKind.EDUCATION, ["BSc Geography, Ayr College, 2009", ", ".join(["MBA", *NAMES * 2])])
    assert evidenced(judged(cv(stuffed))) <= evidenced(judged(cv(school)))


def test_the_advert_in_a_role_told_in_lists_takes_nothing_from_it() -> None:
    """What a role shows that says what was done in lists alone, it shows beside a pasted advert, too."""
    own = ["Payslips, pension and tax reporting, overtime, SAP", "Ledgers, shift allowances, audits, contracts"]
    pasted = [line.strip("- ") for line in ADVERT.splitlines() if line.strip()]
    assert evidenced(judged(cv(work=own)))
    assert evidenced(judged(cv(work=[*own, *pasted]))) == evidenced(judged(cv(work=own)))


def test_the_advert_in_pieces_in_a_role_told_in_lists_adds_nothing() -> None:
    """What the advert asks, set side by side, counts among the names of a role told in lists: they are too many then."""
    asked = [one.core or one.name for one in parse_job(ADVERT).requirements]
    own = ["Ledgers, shift rotas, audits, contracts"]
    pasted = [*[", ".join(asked)] * 3, *lines((NAMES * 2)[:30], 10, "")]
    assert evidenced(judged(cv(work=[*own, *pasted]))) <= evidenced(judged(cv(work=own)))


def test_the_advert_at_the_top_lends_no_title() -> None:
    """The advert pasted above everything lends the CV neither the job's title nor its evidence."""
    ward = "Staff Nurse\n\nEssential\n- Registered nurse who has worked on a surgical ward\n- Care plans for patients after surgery\n"
    for text in (ADVERT, ward):
        top = [line.strip("- ") for line in text.splitlines() if line.strip()]
        stuffed = judged(cv(header=(*top, "Jordan Ashby", "jordan.ashby@example.org")), text)
        assert stuffed.score <= judged(cv(), text).score + 5
        assert evidenced(stuffed) <= evidenced(judged(cv(), text))


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("Kubernetes", "Built the booking service with Kubernetes, Kafka and Go."),
        ("Kafka", "Technologies: Java, Kafka, Docker, Redis"),
        ("contract negotiation", "Duties included hiring crews, negotiating contracts, pulling permits and keeping budgets."),
        ("Excel", "Preparation of monthly reports (Excel, Word, PowerPoint)."),
        ("QuickBooks", "Kept the shop's ledger in Quick books."),
    ],
)  # fmt: skip
def test_work_told_with_names_is_evidence(skill: str, line: str) -> None:
    """A sentence of work that names what it was done with, or a role's own line of tools, shows them."""
    document = cv(experience(role("Clerk", Month(2010, 1), Month(2011, 1), [line])))
    assert classify(document, [skill], today=TODAY)[0].classification is Classification.EVIDENCED


def test_excelling_is_not_excel() -> None:
    """Who excels at something has not named the program."""
    document = cv(section(SectionKind.SUMMARY, ["Excels in reading contracts."]), work=("Answered the telephone.",))
    assert classify(document, ["Excel"], today=TODAY)[0].classification is Classification.MISSING
