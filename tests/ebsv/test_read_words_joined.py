"""Letters are joined to the words that a reader sees, whatever the fonts and the programs that set them."""

from __future__ import annotations

import io

from ebsv.odd_builders import pdf, stream
from ebsv.read_builders import drawn
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen import canvas

from cvsense_async.sandbox.ebsv.document import SectionKind
from cvsense_async.sandbox.ebsv.extract import read_bytes


def _width(letter: str) -> int:
    return round(stringWidth(letter, "Helvetica", 1000))


_WIDTHS = " ".join(str({"{": 500, "|": 500, "}": 833}.get(chr(code)) or _width(chr(code))) for code in range(32, 127))
_TO_UNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Ligatures def
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <20> <7E> <0020> endbfrange
3 beginbfchar <7B> <00660069> <7C> <00660074> <7D> <006600660069> endbfchar
endcmap end end"""


def _lines(content: bytes) -> list[str]:
    return [line.text for _, line in read_bytes(content).lines()]


def test_the_letters_of_a_ligature_stay_in_their_word() -> None:
    """One glyph that stands for two or three letters ("fi", "ft", "ffi") has one box for them all: no gap is in it."""
    text = b"Wrote o}ce so|ware, kept the |p server and the {les sa{ely in a small |m"
    single = b" and fed a first tide of it, then it fit: find a fine raft, i t f"  # so that narrow steps are known
    content = b"BT /F1 10 Tf 50 700 Td (%s) Tj 0 -14 Td (%s) Tj ET" % (text, single)
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 32/LastChar 126/Widths[%s]/ToUnicode 6 0 R>>"
    said = _lines(pdf(content, more={5: font % _WIDTHS.encode(), 6: stream(_TO_UNICODE)}))
    assert said[0].startswith("Wrote office software, kept the ftp server and the files safiely in a small ftm")


def test_fonts_of_one_size_do_not_tear_each_other_apart() -> None:
    """A phrase in narrow letters takes nothing from the steps of the wide ones beside it, where no space is drawn."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    sentence = "Deployed every microservice with Docker and moved the ledger of the workshop to PostgreSQL"
    for row, widths in enumerate([(100,), (80,), (100, 80)] * 3):
        x = 50.0
        for number, word in enumerate(sentence.split()):
            width = widths[number % len(widths)]
            text = page.beginText(x, 760 - 20 * row)
            text.setFont("Helvetica", 9)
            text.setHorizScale(width)
            text.textOut(word)
            page.drawText(text)
            x += stringWidth(word, "Helvetica", 9) * width / 100 + 2.5  # a web printer's gap: it draws no spaces
    page.save()
    assert " ".join(_lines(out.getvalue())) == " ".join([sentence] * 9)


def test_a_spread_heading_beside_plain_text_of_its_size_is_a_word() -> None:
    """Letters set apart are one word by the least step between them; the text around them is joined by its boxes."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    page.setFont("Helvetica", 14)
    text = page.beginText(50, 780)
    text.setCharSpace(4)
    text.textOut("EXPERIENCE")
    page.drawText(text)
    page.setFont("Helvetica", 10)
    page.drawString(50, 750, "Plumber, Contoso Ltd, 2015 to 2020")
    page.drawString(50, 730, "Laid pipes under four streets.")
    page.save()
    document = read_bytes(out.getvalue())
    assert document.sections[0].kind is SectionKind.EXPERIENCE
    assert [role.title for role in document.sections[0].roles] == ["Plumber"]


def test_a_place_under_the_dates_stands_with_the_line_beside_it() -> None:
    """Title left and dates right, employer left and place right: two lines, and the role's own text comes after."""
    places: list[tuple[float, float, str]] = [(50, 780, "Experience")]
    for number, (title, dates, firm, town) in enumerate(
        [
            ("Night Porter", "Mar 2019 - Present", "Hotel Corbel", "Leeds"),
            ("Kitchen Hand", "Jun 2015 - Feb 2019", "Fennel and Oak", "York"),
        ]
    ):
        top = 760 - 70 * number
        places += [(50, top, title), (548 - stringWidth(dates, "Helvetica", 10), top, dates)]
        places += [(50, top - 13, firm), (548 - stringWidth(town, "Helvetica", 10), top - 13, town)]
        places += [(50, top - 26, "Kept the house in order.")]
        places += [
            (62, top - 40, "Answered every call within two minutes, by day and by night, for guests of all kinds.")
        ]
    roles = read_bytes(drawn(*places)).sections[0].roles
    assert [(role.title, role.lines[0].text, role.lines[1].text) for role in roles] == [
        ("Night Porter", "Night Porter Mar 2019 - Present", "Hotel Corbel Leeds"),
        ("Kitchen Hand", "Kitchen Hand Jun 2015 - Feb 2019", "Fennel and Oak York"),
    ]
    assert roles[0].lines[2].text == "Kept the house in order."


def _labelled(edge: str) -> bytes:
    """Section names in a column left of the text, on their left or right edge, as some web themes set them."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    page.setFont("Helvetica-Bold", 24)
    page.drawString(50, 790, "Idris Vantongeren")
    y = 750.0
    for name, lines in (
        ("Work", ("Stage Hand", "Alderbrook Theatre", "Mar 2019 - Present", "Rigged lights for ninety shows.")),
        ("Education", ("Diploma in Stagecraft", "Sep 2010 - Jun 2013")),
        ("Skills", ("Rigging, Carpentry, Welding",)),
    ):
        page.setFont("Helvetica-Bold", 15)
        if edge == "left":
            page.drawString(50, y, name)
        else:
            page.drawRightString(150, y, name)
        for line in lines:
            page.setFont("Helvetica", 10)
            page.drawString(170, y, line)
            y -= 16
        y -= 20
    page.save()
    return out.getvalue()


def test_section_names_left_of_the_text_are_headings() -> None:
    """ "Work" beside a job's title heads the section, and is no word of the title, on either edge of its column."""
    for edge in ("left", "right"):
        document = read_bytes(_labelled(edge))
        kinds = [section.kind for section in document.sections]
        assert kinds == [SectionKind.HEADER, SectionKind.EXPERIENCE, SectionKind.EDUCATION, SectionKind.SKILLS], edge
        assert [role.title for role in document.sections[1].roles] == ["Stage Hand"]


def test_a_label_under_a_dated_role_stays_in_it() -> None:
    """ "Highlights" in smaller letters than the sections' names labels what was done in the job, and opens nothing."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    for y, size, bold, text in (
        (790, 22, True, "Idris Vantongeren"),
        (750, 16, True, "Work"),
        (730, 11, True, "Stage Hand, Alderbrook Theatre"),
        (716, 10, False, "Mar 2019 - Present"),
        (700, 10, True, "Highlights"),
        (686, 10, False, "\u2022 Rigged lights for ninety shows."),
        (672, 10, False, "\u2022 Welded the frames of the revolving stage."),
        (640, 16, True, "Education"),
        (622, 10, False, "Diploma in Stagecraft, 2013"),
    ):
        page.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        page.drawString(50 if not text.startswith("\u2022") else 62, y, text)
    page.save()
    header, work, education = read_bytes(out.getvalue()).sections
    assert (header.kind, work.kind, education.kind) == (
        SectionKind.HEADER,
        SectionKind.EXPERIENCE,
        SectionKind.EDUCATION,
    )
    assert "Welded the frames of the revolving stage." in [line.text for line in work.roles[0].lines]
