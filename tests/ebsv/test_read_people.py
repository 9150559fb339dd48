"""Who a CV speaks of, and which of its roles a line belongs to."""

from __future__ import annotations

import pytest
from ebsv.read_builders import as_docx, drawn

from cvsense_async.sandbox.ebsv.document import Month, SectionKind
from cvsense_async.sandbox.ebsv.extract import read_bytes

_WORK = (
    ("heading", "Experience"),
    ("job", "Baker, Mill Lane Bakery, Jan 2019 - Present"),
    ("bullet", "Baked rye bread for four shops."),
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ludwig van der Berg", "Ludwig van der Berg"),
        ("Ximena de la Cruz (she/her)", "Ximena de la Cruz"),
        ("OKAFOR, Ada", "Ada OKAFOR"),
        ("Dr Ada Okafor, PhD", "Ada Okafor"),
        ("ada okafor", "ada okafor"),
        ("Ahmed bin Rashid al Karim", "Ahmed bin Rashid al Karim"),
        ("Name: Ada Okafor", "Ada Okafor"),
        ("Leeds, United Kingdom", None),
        ("Curriculum vitae", None),
    ],
)
def test_names_as_people_write_them(written: str, name: str | None) -> None:
    """Particles, pronouns, titles, the surname first, small letters: the name is the person's, and a place is none."""
    assert read_bytes(as_docx((("line", written), ("line", "ada@example.org"), *_WORK))).contact.name == name


@pytest.mark.parametrize(
    "referees",
    [
        (("heading", "References"), ("line", "Dr Bo Ash, bo@ash.example, 020 7946 0000")),
        (("line", "Referee: Bo Ash"), ("line", "bo@ash.example"), ("line", "020 7946 0000")),
        (("line", "Line manager: Bo Ash, bo@ash.example, 020 7946 0000"),),
    ],
)
def test_contacts_are_the_persons_own(referees: tuple[tuple[str, str], ...]) -> None:
    """A referee's e-mail and phone are not the candidate's; the candidate's own are found wherever they stand."""
    head = (("name", "Ada Okafor"),)
    contact = read_bytes(as_docx((*head, *_WORK, *referees))).contact
    assert (contact.email, contact.phone) == (None, None)
    own = ("line", "ada@example.org, 020 7946 0958")
    contact = read_bytes(as_docx((*head, own, *_WORK, *referees))).contact
    assert (contact.email, contact.phone) == ("ada@example.org", "020 7946 0958")


@pytest.mark.parametrize("title", ["Early career: Cook, Corbel Hotel", "Cook, Corbel Hotel", "Cook at Corbel Hotel"])
def test_a_role_without_a_date_takes_no_years_from_the_one_above(title: str) -> None:
    """What was done in it is not part of the dated job, whose years are not its."""
    kind = "line" if title.startswith("Early") else "job"
    document = read_bytes(as_docx((*_WORK, (kind, title), ("bullet", "Cooked on an open fire."))))
    first, second = document.sections[-1].roles
    assert [line.text for line in first.lines][1:] == ["Baked rye bread for four shops."]
    assert (second.start, second.months(Month(2024, 1))) == (None, 0)
    assert second.lines[-1].text == "Cooked on an open fire."


def test_lines_within_a_role_open_none() -> None:
    """A label, a sentence with a job's name in it and a second paragraph stay in the role."""
    inside = (
        ("bullet", "Reported to the Head Baker."),
        ("line", "Main duties:"),
        ("bullet", "Trained every new assistant."),
        ("line", "Worked as a stand-in for the shift manager at weekends"),
    )
    (role,) = read_bytes(as_docx((*_WORK, *inside))).sections[-1].roles
    assert len(role.lines) == 6


@pytest.mark.parametrize("summary", ["Baker with an interest in open fires.", "Baker"])
def test_what_stands_above_a_columns_first_heading_is_the_pages_top(summary: str) -> None:
    """The name and summary right of a narrow column belong to the person, not to that column's last section."""
    left = ["CONTACT", "ada.okafor@example.org", "SKILLS", "Rye bread", "CERTIFICATES", "Food hygiene, level 2"]
    right = ["ADA OKAFOR", summary, "EXPERIENCE", "Baker, Mill Lane Bakery", "Jan 2019 - Present", "Baked rye bread."]
    places = [
        (x, 780.0 - 18 * row, text) for x, lines in ((40.0, left), (240.0, right)) for row, text in enumerate(lines)
    ]
    document = read_bytes(drawn(*places))
    certificates = next(one for one in document.sections if one.kind is SectionKind.CERTIFICATIONS)
    assert [line.text for line in certificates.lines] == ["Food hygiene, level 2"]
    assert document.contact.name == "ADA OKAFOR"
