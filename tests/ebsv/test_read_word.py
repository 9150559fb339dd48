"""What a DOCX can hold: text boxes, tables, hidden runs, revisions, headers, hand-made breaks."""

from __future__ import annotations

import docx
from ebsv.read_builders import WORDS, paragraph, saved, word_package

from cvsense_async.sandbox.ebsv.document import Document, SectionKind
from cvsense_async.sandbox.ebsv.extract import read_bytes

_FILLER = paragraph("A visible line about eight years of work in libraries.")


def _texts(document: Document) -> list[str]:
    return [line.text for _, line in document.lines()]


def test_a_text_box_is_read_once() -> None:
    """The box's modern form is read and its fallback copy is not; a fallback alone is read."""
    box = f"<w:txbxContent>{paragraph('Boxed words')}</w:txbxContent>"
    fallback = f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
    choice = (
        f'<mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>'
    )

    def inside(content: str) -> str:
        return f"<w:p><w:r><mc:AlternateContent>{content}</mc:AlternateContent></w:r></w:p>{_FILLER}"

    assert _texts(read_bytes(word_package(inside(choice + fallback)))).count("Boxed words") == 1
    assert _texts(read_bytes(word_package(inside(fallback)))).count("Boxed words") == 1


def test_hidden_runs_are_flagged() -> None:
    """Vanished, white and tiny runs are hidden lines; white on a dark ground is not."""
    document = read_bytes(
        word_package(
            _FILLER
            + paragraph("white words", '<w:color w:val="FFFFFF"/>')
            + paragraph("vanished words", "<w:vanish/>")
            + paragraph("tiny words", '<w:sz w:val="2"/>')
            + paragraph("banner words", '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F3864"/>')
        )
    )
    assert [line.text for _, line in document.lines() if line.hidden] == [
        "white words",
        "vanished words",
        "tiny words",
    ]
    assert "banner words" in document.text


def test_deleted_revisions_are_left_out() -> None:
    """What a revision deleted is not text; what it inserted is."""
    body = (
        "<w:p><w:r><w:t>kept and </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText><w:t>gone</w:t></w:r></w:del>"
        "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins></w:p>"
    )
    assert _texts(read_bytes(word_package(body + _FILLER)))[0] == "kept and inserted"


def test_tables_are_read_in_order() -> None:
    """Dates in one cell stand with the job in the next; cells of text come one after the other."""
    document = docx.Document()
    document.add_heading("Experience", 1)
    table = document.add_table(rows=0, cols=2)
    for dates, job, line in (
        ("2019 - 2023", "Archivist, City Library", "Scanned two centuries of maps."),
        ("2016 - 2019", "Librarian, College Library", "Ordered the books."),
    ):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = dates, job
        cells[1].add_paragraph(line)
    read = read_bytes(saved(document))
    assert [role.title for role in read.sections[0].roles] == ["Archivist", "Librarian"]
    assert _texts(read)[:2] == ["2019 - 2023 Archivist, City Library", "Scanned two centuries of maps."]


def test_lists_and_headings_of_word_are_used() -> None:
    """List items are bullets; a heading style opens a section."""
    document = docx.Document()
    document.add_heading("Stints abroad and at home", 1)
    document.add_heading("Experience", 2)
    document.add_paragraph("Curator, Maritime Museum, 2015 - 2020")
    document.add_paragraph("Moved the map room without losing a sheet.", style="List Bullet")
    read = read_bytes(saved(document))
    section = next(one for one in read.sections if one.kind is SectionKind.EXPERIENCE)
    assert [line.bullet for line in section.lines] == [False, True]


def test_headers_and_footers_are_read_once() -> None:
    """What stands in the page header is text too; a repeated header is not said twice."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Nora Field, nora@example.org"
    document.sections[0].footer.paragraphs[0].text = "Nora Field, nora@example.org"
    document.add_paragraph("Surveyor with fifteen years in the hills.")
    read = read_bytes(saved(document))
    assert _texts(read) == ["Nora Field, nora@example.org", "Surveyor with fifteen years in the hills."]
    assert read.contact.email == "nora@example.org"


def test_lines_broken_by_hand_are_joined() -> None:
    """Breaks inside a paragraph part lines, and a sentence cut by one is whole again."""
    lines = [
        "SKILLS",
        "Cataloguing, indexing, restoration, binding, paper chemistry, exhibition planning,",
        "loans, couriers",
        "EXPERIENCE",
        "Restorer at Paper House, 2012 - 2018",
        "Restored the water damaged part of the collection of prints and wrote down how it was",
        "done for others.",
    ]
    runs = "<w:br/>".join(f"<w:t>{line}</w:t>" for line in lines)
    read = read_bytes(word_package(f"<w:p><w:r>{runs}</w:r></w:p>"))
    assert [section.kind for section in read.sections] == [SectionKind.SKILLS, SectionKind.EXPERIENCE]
    assert _texts(read)[-1].endswith("how it was done for others.")
    assert len(read.sections[0].lines) == 1


def test_strict_and_relocated_documents_are_found() -> None:
    """The main part is found by its relationship, whatever its name."""
    relation = (
        '<Relationships xmlns="x"><Relationship Id="1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/'
        'officeDocument" Target="word/document2.xml"/></Relationships>'
    )
    body = f'<w:document xmlns:w="{WORDS}"><w:body>{_FILLER}</w:body></w:document>'
    content = word_package(paragraph("decoy"), **{"_rels/.rels": relation, "word/document2.xml": body})
    assert _texts(read_bytes(content)) == ["A visible line about eight years of work in libraries."]
