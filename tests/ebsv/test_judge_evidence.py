"""A requirement is evidenced where it is shown in use, claimed where it is only named, else missing."""

from __future__ import annotations

import pickle
import re

import pytest
from ebsv.judge_builders import ADVERT, TODAY, WORK, cv, experience, judged, role, section, verdicts, without_line

from cvsense_async.sandbox.ebsv import classify, parse_job
from cvsense_async.sandbox.ebsv.document import Month, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification
from cvsense_async.sandbox.ebsv.html import render_html

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING


def verdict(skill: str, *more: str, kind: SectionKind = SectionKind.EXPERIENCE) -> Classification:
    """The verdict on one skill of a CV with some lines more."""
    extra = (
        experience(role("Clerk", Month(2010, 1), Month(2011, 1), more))
        if kind is SectionKind.EXPERIENCE
        else section(kind, more)
    )
    return classify(cv(extra), [skill], today=TODAY)[0].classification


@pytest.mark.parametrize(
    ("skill", "line", "expected"),
    [
        ("Kubernetes", "Moved eleven services to Kubernetes.", EVIDENCED),
        ("Kubernetes", "Moved eleven services to K8s.", EVIDENCED),
        ("K8s", "Moved eleven services to Kubernetes.", EVIDENCED),
        ("MS Excel", "Wrote reports in Microsoft Excel for the board.", EVIDENCED),
        ("negotiating contracts", "Negotiated a contract with the port.", EVIDENCED),
        ("Python", "No experience with Python.", MISSING),
        ("Python", "Keen to learn Python and Go.", MISSING),
        ("Python", "I have not used Python yet.", MISSING),
        ("Python", "Have never worked with Python.", MISSING),
        ("Java", "Wrote JavaScript for the shop's pages.", MISSING),
        ("C++", "Maintained a C# service.", MISSING),
        ("R", "Managed R&D budgets.", MISSING),
        ("welding", "Welded pipes for two tankers.", EVIDENCED),
        ("data analysis", "Analysed data of 40 wards.", EVIDENCED),
    ],
)
def test_one_line_of_a_dated_role(skill: str, line: str, expected: Classification) -> None:
    """Inflections and other names are met, look-alikes, negations and wishes are not."""
    assert verdict(skill, line) is expected


@pytest.mark.parametrize(
    ("kind", "line", "expected"),
    [
        (SectionKind.SKILLS, "Welding, Tableau, Python", CLAIMED),
        (SectionKind.SUMMARY, "Motivated person with a feeling for Tableau.", CLAIMED),
        (SectionKind.INTERESTS, "Tableau and cycling", CLAIMED),
        (SectionKind.PROJECTS, "Drew the club's results in Tableau.", EVIDENCED),
        (SectionKind.CERTIFICATIONS, "Tableau Desktop Specialist, 2021", EVIDENCED),
        (SectionKind.SUMMARY, "Analyst who cut reporting time by 40% with Tableau dashboards.", EVIDENCED),
    ],
)
def test_the_place_decides(kind: SectionKind, line: str, expected: Classification) -> None:
    """The same word is evidence in a project or with an outcome, and a claim in a list, a summary or an interest."""
    assert verdict("Tableau", line, kind=kind) is expected


def test_quotes_are_verbatim() -> None:
    """Every quote stands in the document's text as it is."""
    document = cv(section(SectionKind.SKILLS, ["SAP, Excel, German"]))
    screening = judged(document)
    quotes = [quote for one in screening.skills for quote in one.evidence]
    assert quotes
    assert all(quote.quote in document.text for quote in quotes)
    assert all((one.classification is MISSING) == (not one.evidence) for one in screening.skills)


@pytest.mark.parametrize("line", WORK)
def test_taking_evidence_away_never_raises(line: str) -> None:
    """Without a line that shows something the score is not higher."""
    assert judged(without_line(cv(), line)).score <= judged(cv()).score


def test_years_are_checked_against_dates() -> None:
    """Ten years are not shown by seven dated ones, and three are."""
    some = "Payroll Officer\n\nRequirements\n- {} years of payroll experience\n"
    long, short = (judged(cv(), some.format(years)) for years in (15, 3))
    assert short.skills[0].classification is EVIDENCED
    assert long.skills[0].classification is CLAIMED
    assert any("of 15 years" in line for line in long.weaknesses)


@pytest.mark.parametrize(
    ("asked", "school", "expected"),
    [
        ("Bachelor's degree in accounting or finance", "Master of Science in Finance, 2010", EVIDENCED),
        ("Bachelor's degree in accounting or finance", "High School Diploma, 2010", MISSING),
        ("Bachelor's degree in nursing", "Bachelor of Arts in History, 2010", MISSING),
        ("Degree in nursing or a related field", "Bachelor of Arts in History, 2010", CLAIMED),
        ("Degree in business or psychology", "B.A : Psychology/History College of Milltown, Town", EVIDENCED),
        ("Bachelor's degree", "BSc Physics, 2009", EVIDENCED),
        ("Master's degree", "BSc Physics, 2009", MISSING),
    ],
)
def test_degrees(asked: str, school: str, expected: Classification) -> None:
    """A higher degree answers a lower, a lower none, and the subject matters where it is named."""
    assert classify(cv(school=school), [asked], today=TODAY)[0].classification is expected


def test_one_of_two_is_enough() -> None:
    """Of requirements tied by "or", the one that is met counts and the other costs nothing."""
    both = "Clerk\n\nREQUIREMENTS\n1. A degree in law; or\n2. Two years of payroll work.\n"
    one = "Clerk\n\nREQUIREMENTS\n1. Two years of payroll work.\n"
    assert {str(found) for found in verdicts(judged(cv(), both)).values()} == {"missing", "evidenced"}
    assert abs(judged(cv(), both).score - judged(cv(), one).score) <= 10


def test_a_screening_can_be_pickled_and_tells_nothing_in_its_repr() -> None:
    """It crosses a process border whole, and its repr holds no word of the CV."""
    screening = judged(cv())
    assert pickle.loads(pickle.dumps(screening)) == screening
    assert "Jordan" not in repr(screening)
    assert "payroll" not in repr(screening).lower()


def test_the_page_is_escaped_and_marks_quotes() -> None:
    """A CV cannot write markup into the page, and quotes are marked where they stand."""
    document = cv(section(SectionKind.OTHER, ["<script>alert(1)</script> & <b>bold</b>"]))
    page = render_html(parse_job(ADVERT), document, judged(document))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<mark" in page
    assert "http" not in page.split("</title>")[1]


def test_the_page_says_which_requirement_a_mark_is_for() -> None:
    """A mark carries the number of its requirement, and the tally counts each of the three verdicts."""
    document = cv()
    screening = judged(document)
    page = render_html(parse_job(ADVERT), document, screening)
    found = [one.classification.value for one in screening.skills]
    for verdict in ("evidenced", "claimed", "missing"):
        assert f"{found.count(verdict)} {verdict}<" in page
    first = next(number for number, one in enumerate(screening.skills, 1) if one.evidence)
    assert re.search(rf"<mark[^>]*>[^<]*<sup>(?:\d+,)*{first}(?:,\d+)*</sup>", page)
