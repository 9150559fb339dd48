"""One CV in several settings reads as one CV: what a candidate sends it as must not matter."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from ebsv.read_builders import ENGINEER, as_docx, as_pdf, as_two_columns

from cvsense_async.sandbox.ebsv.document import Document, Month, SectionKind
from cvsense_async.sandbox.ebsv.extract import read_bytes, read_document

_LEFT, _RIGHT = (*ENGINEER[:2], *ENGINEER[13:]), ENGINEER[2:13]
_MAKERS = {
    "pdf": lambda: as_pdf(ENGINEER),
    "docx": lambda: as_docx(ENGINEER),
    "columns": lambda: as_two_columns(_LEFT, _RIGHT),
}


def _shape(document: Document) -> set[object]:
    return {
        (
            section.kind,
            section.title,
            tuple((line.text, line.bullet) for line in section.lines),
            tuple((role.title, role.start, role.end, role.current, len(role.lines)) for role in section.roles),
        )
        for section in document.sections
    }


@pytest.fixture(params=sorted(_MAKERS))
def document(request: pytest.FixtureRequest) -> Document:
    """The engineer's CV in one of its settings."""
    return read_bytes(_MAKERS[request.param]())


def test_the_same_words_give_the_same_sections_lines_and_roles(document: Document) -> None:
    """PDF, two columns and DOCX come out alike, wrapped lines joined to whole items."""
    assert _shape(document) == _shape(read_bytes(as_docx(ENGINEER)))


def test_sections_are_known_by_their_headings(document: Document) -> None:
    """Every heading opens its section and is no line of it."""
    kinds = {section.kind for section in document.sections}
    assert kinds == {
        SectionKind.HEADER,
        SectionKind.SUMMARY,
        SectionKind.EXPERIENCE,
        SectionKind.EDUCATION,
        SectionKind.SKILLS,
    }
    assert "Work Experience" not in [line.text for _, line in document.lines()]


def test_roles_have_titles_months_and_lines(document: Document) -> None:
    """A role is its title, its months and the lines under it."""
    (section,) = (one for one in document.sections if one.kind is SectionKind.EXPERIENCE)
    first, second = section.roles
    assert (first.title, first.start, first.current) == ("Senior Platform Engineer", Month(2018, 3), True)
    assert (second.title, second.start, second.end) == ("Systems Administrator", Month(2014, 6), Month(2018, 2))
    assert [len(role.lines) for role in section.roles] == [3, 3]
    assert document.experience_months(Month(2020, 2)) == 24 + 45


def test_contacts_are_read(document: Document) -> None:
    """Name, e-mail, phone and place stand in the contact, and in no repr."""
    assert attrs.astuple(document.contact) == (
        "Ada Okafor",
        "ada.okafor@example.org",
        "+44 20 7946 0958",
        "Leeds, UK",
    )
    assert "Ada" not in repr(document)
    assert "Kubernetes" not in repr(document)


def test_kind_is_told_by_content_and_not_by_name(tmp_path: Path) -> None:
    """A DOCX called .pdf is read as the DOCX that it is."""
    path = tmp_path / "cv.pdf"
    path.write_bytes(as_docx(ENGINEER))
    assert read_document(path).kind == "docx"


def test_reading_twice_gives_the_same() -> None:
    """Reading is deterministic."""
    content = as_pdf(ENGINEER)
    assert read_bytes(content) == read_bytes(content)
