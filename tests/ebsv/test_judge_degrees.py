"""Degrees as people write them, and years of a kind of work that a role's title names."""

from __future__ import annotations

import attrs
import pytest
from ebsv.judge_builders import TODAY, cv, experience, role, section

from cvsense_async.sandbox.ebsv import classify, parse_job
from cvsense_async.sandbox.ebsv.document import Month, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING


def schooled(asked: str, *lines: str) -> Classification:
    """The verdict on a degree of a CV with these lines among the education."""
    plain = cv(work=("Answered the door.",))
    kept = tuple(one for one in plain.sections if one.kind is not SectionKind.EDUCATION)
    document = attrs.evolve(plain, sections=(*kept, section(SectionKind.EDUCATION, lines)))
    return classify(document, [asked], today=TODAY)[0].classification


HISTORY = "Bachelor's degree in history"


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (HISTORY, ["BA History at University of Hull, 2011"]), (HISTORY, ["Bachelor's in History from Hull University, 2011"]), (HISTORY, ["University of Hull - BA History (2:1)"]),
        (HISTORY, ["BA (Hons)", "History", "Hull, 2011"]), (HISTORY, ["Bachelor of Arts", "University of Hull, 2011", "History"]), (HISTORY, ["BA: History, University of Hull"]),
        (HISTORY, ["History, BA, University of Hull"]), (HISTORY, ["Graduated in History from Hull, 2011"]), ("Bachelor's degree in physics", ["BSc, University of Bath, Physics, 2008"]),
        ("Bachelor's degree in engineering", ["B.E., Osmania University, 2010"]), ("Bachelor's degree in electronics", ["B.E. Electronics, Osmania University, 2010"]),
        ("Bachelor's degree in engineering", ["B.Tech, NIT Surat, 2010"]), ("Bachelor's degree in computer science", ["BCA, Mysore University, 2010"]),
        ("Master's degree in computer science", ["MCA, Mysore University, 2012"]), ("Degree in medicine", ["MBBS, Dow University, 2006"]), ("Degree in engineering", ["Dipl.-Ing., TU Graz, 2006"]),
        ("Master's degree", ["Dipl.-Ing. Maschinenbau, TU Graz, 2006"]), ("Degree in computer science", ["Licence d'informatique, Nantes, 2010"]), ("Bachelor's degree", ["Licence en droit, Nantes, 2010"]),
        ("Bachelor's degree", ["Laurea triennale in Chimica, Bari, 2010"]), ("Master's degree", ["Laurea magistrale in Chimica, Bari, 2012"]), ("Bachelor's degree", ["Grado en Derecho, Bilbao, 2010"]),
        ("Degree in economics", ["Licenciatura en Economía, Quito, 2010"]), ("Master's degree", ["mgr inż. Informatyka, Gliwice, 2010"]), ("Bachelor's degree", ["Dipl.-Ing. (FH) Maschinenbau, 2006"]), ("Bachelor's degree", ["inż. Mechanika, Gliwice, 2009"]),
    ],
)  # fmt: skip
def test_a_degree_is_read_as_people_write_it(asked: str, lines: list[str]) -> None:
    """The school beside it takes nothing from its subject, which may stand on another line or in its short name."""
    assert schooled(asked, *lines) is EVIDENCED


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (HISTORY, ["BA Geography at University of Hull, 2011"]), (HISTORY, ["BA (Hons)", "Geography", "Hull, 2011"]), ("Master's degree", ["Laurea triennale in Chimica, Bari, 2010"]),
        ("Bachelor's degree", ["Licence de conduire B"]), ("Bachelor's degree", ["Full driving licence"]), ("Master's degree", ["Dipl.-Ing. (FH) Maschinenbau, 2006"]),
        ("Master's degree", ["BCA, Mysore University, 2010"]), ("Degree in law", ["MBBS, Dow University, 2006"]), (HISTORY, ["BSc Physics, 2010", "A-levels", "History"]),
    ],
)  # fmt: skip
def test_another_subject_or_a_lower_degree_is_none(asked: str, lines: list[str]) -> None:
    """A subject of another degree, a lower level and a driving licence are no degree that is asked for."""
    assert schooled(asked, *lines) is MISSING


def titled(asked: str, *titles: str) -> Classification:
    """The verdict on years of work of a CV with roles of three years under these titles."""
    roles = [
        role(title, Month(2020 - 3 * at, 1), Month(2022 - 3 * at, 12), ["Met the board each week."])
        for at, title in enumerate(titles)
    ]
    plain = cv(work=("Answered the door.",))
    kept = tuple(one for one in plain.sections if one.kind is not SectionKind.EXPERIENCE)
    return classify(attrs.evolve(plain, sections=(*kept, experience(*roles))), [asked], today=TODAY)[0].classification


@pytest.mark.parametrize(
    "asked",
    [
        "5+ years of software development",
        "5+ years' experience in software engineering",
        "At least 5 years of professional software development experience",
    ],
)
@pytest.mark.parametrize(
    "titles",
    [
        ("Software Engineer", "Backend Engineer"),
        ("Python Developer", "Full Stack Developer"),
        ("Senior Web Developer", "Programmer"),
    ],
)
def test_a_title_is_years_of_its_work(asked: str, titles: tuple[str, ...]) -> None:
    """Years under a developer's title are years of software development, whatever the lines below tell."""
    assert titled(asked, *titles) is EVIDENCED


def test_other_titles_and_too_few_years_are_not_enough() -> None:
    """A civil engineer's and a sales developer's years are none of software, and three years are not five."""
    assert titled("5+ years of software development", "Civil Engineer", "Property Developer") is not EVIDENCED
    assert titled("5+ years of software development", "Business Developer", "Sales Engineer") is not EVIDENCED
    assert titled("5+ years of software development", "Software Engineer") is CLAIMED
    assert (
        titled("5+ years of software development in Haskell", "Software Engineer", "Software Engineer") is not EVIDENCED
    )


def test_no_requirement_vanishes_beside_one_of_nearly_the_same_words() -> None:
    """Each that differs in a word is in the result; the very same words stand there once."""
    asked = [
        "5+ years of software engineering", "5+ years' experience in software engineering", "5+ years of software development",
        "Three years of commercial work on back-office services for large retail banks with Python",
        "Three years of commercial work on back-office services for large retail banks with Java", "SQL", "SQL",
    ]  # fmt: skip
    names = [
        one.name
        for one in parse_job("# Engineer\n\n## Essential\n\n" + "\n".join(f"- {one}" for one in asked)).requirements
    ]
    assert names == asked[:6]
