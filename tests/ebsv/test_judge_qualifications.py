"""Years, degrees, licences and languages are held against what is asked, and what is only begun is not had."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import TODAY, cv, experience, role, section

from cvsense_async.sandbox.ebsv import classify
from cvsense_async.sandbox.ebsv.document import Contact, Document, Month, Role, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING
KINDS = {"evidenced": EVIDENCED, "claimed": CLAIMED, "missing": MISSING}


def verdict(asked: str, document: Document) -> Classification:
    """The verdict on one requirement."""
    return classify(document, [asked], today=TODAY)[0].classification


def worked(*roles: Role) -> Document:
    """A CV of nothing but roles."""
    header = section(SectionKind.HEADER, ["Jordan Ashby"], "")
    return Document(kind="docx", pages=1, sections=(header, experience(*roles)), contact=Contact("Jordan Ashby"))


def welder(start: Month, end: Month | None, line: str = "Welded pipes for two tankers.") -> Role:
    """A role of a welder."""
    return role("Welder", start, end, [line])


CLERK = role("Clerk", Month(2010, 1), Month(2014, 12), ["Filed letters."])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("3 years of welding experience", "evidenced"),
        ("At least three years in welding", "evidenced"),
        ("5+ years of welding", "claimed"),
        ("2 years of full-time welding experience", "evidenced"),
        ("36 months of welding", "evidenced"),
        ("3-5 years of welding", "evidenced"),
        ("4 years of filing", "evidenced"),
        ("two years of full-time experience", "evidenced"),
        ("Minimum of 8 years' work experience", "evidenced"),
        ("12 years of work experience", "claimed"),
        ("20 years of work experience", "missing"),
        ("3 years of baking", "missing"),
    ],
)
def test_years_are_those_of_the_roles_that_show_it(asked: str, expected: str) -> None:
    """Three years of welding and five of filing are eight of work, and three of welding."""
    assert verdict(asked, worked(welder(Month(2015, 1), Month(2017, 12)), CLERK)) is KINDS[expected]


def test_years_at_once_count_once() -> None:
    """Two jobs in the same two years are two years."""
    both = worked(
        welder(Month(2015, 1), Month(2016, 12)), welder(Month(2015, 1), Month(2016, 12), "Welded gates at night.")
    )
    assert verdict("2 years of welding", both) is EVIDENCED
    assert verdict("4 years of welding", both) is CLAIMED
    assert verdict("4 years of work experience", both) is CLAIMED


def test_years_to_come_do_not_count() -> None:
    """A role that goes on counts up to today, and one that lies ahead not at all."""
    assert verdict("5 years of welding", worked(welder(Month(2021, 1), None))) is EVIDENCED
    assert verdict("5 years of welding", worked(welder(Month(2025, 1), Month(2035, 1)))) is CLAIMED
    assert verdict("5 years of welding", worked(welder(Month(2030, 1), Month(2035, 1)))) is CLAIMED
    assert worked(welder(Month(2030, 1), Month(2035, 1))).experience_months(TODAY) == 0


def test_dates_the_wrong_way_round_last_nothing() -> None:
    """A role that ends before it begins shows the work and no years of it."""
    document = worked(welder(Month(2017, 1), Month(2015, 1)))
    assert verdict("welding", document) is EVIDENCED
    assert verdict("2 years of welding", document) is CLAIMED
    assert document.experience_months(TODAY) == 0


@pytest.mark.parametrize(
    ("asked", "line", "expected"),
    [
        ("Bachelor's degree in accounting", "B.S. in Accounting, 2009", "evidenced"),
        ("BA in History", "Bachelor of Arts, History, Norwich", "evidenced"),
        ("BSc in computer science", "Bachelor of Science in Computer Science", "evidenced"),
        ("Bachelor's degree in engineering", "BEng, 2010", "evidenced"),
        ("Bachelor's degree in nursing", "BSN, State College, 2015", "evidenced"),
        ("Law degree", "LL.B., 2003", "evidenced"),
        ("Bachelor's degree in business", "B.Com, Mumbai, 2008", "evidenced"),
        ("Bachelor's degree", "PhD in Physics, 2001", "evidenced"),
        ("High school diploma or GED", "GED, 2005", "evidenced"),
        ("Associate degree", "BA History 2001", "evidenced"),
        ("PhD", "MSc Physics, 2001", "missing"),
        ("Diploma in nursing", "Diploma in Nursing, 2011", "evidenced"),
        (
            "Master's degree",
            "M.S : Health, Physical Education, State College, Town, State, Norwich, England",
            "evidenced",
        ),
        ("Bachelor's degree in economics", "BSc in Economics, expected 2031", "claimed"),
        ("Bachelor's degree in economics", "BSc Economics (in progress)", "claimed"),
        ("Bachelor's degree in economics", "Pursuing a BSc in Economics", "claimed"),
        ("Bachelor's degree in economics", "BSc Economics, expected May 2014", "evidenced"),
        ("Bachelor's degree", "Completed 20 semester hours toward a Bachelor's degree", "claimed"),
        ("Bachelor's degree or equivalent experience", "High School Diploma, 2005", "claimed"),
    ],
)
def test_degrees_by_level_subject_and_end(asked: str, line: str, expected: str) -> None:
    """Short names and long ones are one, a short name may imply its subject, and a degree begun is a claim."""
    assert verdict(asked, cv(school=line)) is KINDS[expected]


def test_an_end_to_come_may_stand_on_the_next_line() -> None:
    """The line below a degree that says when it is expected belongs to it, and to no degree above."""
    lines = ["BSc in Economics, 2010", "Master of Science in Economics", "Expected graduation: May 2031"]
    document = cv(section(SectionKind.EDUCATION, lines))
    assert verdict("Bachelor's degree in economics", document) is EVIDENCED
    assert verdict("Master's degree in economics", document) is CLAIMED


@pytest.mark.parametrize(
    ("asked", "line", "expected"),
    [
        ("Driver's licence", "Full clean UK driving licence", "evidenced"),
        ("CPA", "Certified Public Accountant, 2015", "evidenced"),
        ("CPA license", "CPA, State of Ohio", "evidenced"),
        ("RN licence", "Registered Nurse, 2010", "evidenced"),
        ("PMP certification", "Project Management Professional (PMP)", "evidenced"),
        ("CDL", "Commercial Driver's License, class A", "evidenced"),
        ("First aid certificate", "First Aid, 2024", "evidenced"),
        ("forklift licence", "Forklift licence, valid until 2031", "evidenced"),
        ("CPA", "Working towards CPA", "claimed"),
        ("CPA", "CPA candidate, exam planned for 2031", "claimed"),
        ("CPA", "Studying for the CPA exam", "claimed"),
        ("PMP certification", "PMP (in progress)", "claimed"),
        ("PMP certification", "PMP, expired 2019", "claimed"),
        ("forklift licence", "Forklift licence, valid until 2019", "claimed"),
    ],
)
def test_licences_held_and_not(asked: str, line: str, expected: str) -> None:
    """A licence that is worked towards, or ran out, is a claim."""
    assert verdict(asked, cv(section(SectionKind.CERTIFICATIONS, [line]))) is KINDS[expected]


def test_work_shows_no_licence() -> None:
    """Driving a forklift shows forklifts, and no licence for them."""
    document = worked(role("Storeman", Month(2015, 1), Month(2017, 12), ["Drove a forklift in the cold store."]))
    assert verdict("forklift", document) is EVIDENCED
    assert verdict("forklift licence", document) is not EVIDENCED


@pytest.mark.parametrize(
    ("asked", "line", "expected"),
    [
        ("Fluent German", "German (native)", "claimed"),
        ("Fluent German", "German: C1", "claimed"),
        ("Fluent German", "Basic German", "missing"),
        ("fluent in German", "German A2", "missing"),
        ("Fluent German", "German - beginner", "missing"),
        ("German", "Basic German", "claimed"),
        ("Native French speaker", "French: intermediate", "missing"),
        ("Conversational Spanish", "Spanish: conversational", "claimed"),
        ("German C1", "German A1", "missing"),
        ("Fluent French", "English (fluent), French (basic)", "missing"),
        ("Fluent French", "French - fluent, German - basic", "claimed"),
        ("Fluent German", "fluent English, basic German", "missing"),
        ("Spanish or Portuguese", "Portuguese: fluent", "claimed"),
        ("fluent in English and German", "English, German (fluent)", "claimed"),
        ("Fluent Spanish", "Spanish, English", "claimed"),
    ],
)
def test_languages_by_level(asked: str, line: str, expected: str) -> None:
    """A level that falls well short does not answer, one that suffices or is not said is a claim in a list."""
    assert verdict(asked, cv(section(SectionKind.LANGUAGES, [line]))) is KINDS[expected]


def test_a_language_used_at_work_is_shown() -> None:
    """What was spoken in a role is evidence."""
    line = "Answered guests in fluent German."
    assert verdict("Fluent German", worked(role("Clerk", Month(2015, 1), Month(2017, 12), [line]))) is EVIDENCED
