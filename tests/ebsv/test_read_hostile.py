"""Files that lie, break or attack: each ends in Unreadable with its reason, or is read, and soon.

The files are harmless: limits are lowered until an ordinary file only just breaks them.
"""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ebsv.read_builders import (
    ENGINEER,
    as_docx,
    drawn,
    hand_made_pdf,
    packed,
    paragraph,
    word_package,
)
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.extract import read_bytes, read_document

_TEXT = b"BT /F1 12 Tf 50 700 Td (A shepherd with a dog and forty years of weather) Tj ET"


Lowered = Callable[[str, int | None], None]


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> Lowered:
    """Lowers a limit of the reading, so that no file here need be one that exhausts another program."""

    def lower(name: str, most: int | None) -> None:
        monkeypatch.undo() if most is None else monkeypatch.setattr(f"cvsense_async.sandbox.ebsv.{name}", most)

    return lower


def _reason(content: bytes) -> UnreadableReason:
    with pytest.raises(Unreadable) as caught:
        read_bytes(content)
    assert caught.value.why == str(caught.value)
    return caught.value.reason


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    """Every one of these is done within a few seconds of work."""
    began = time.process_time()
    yield
    assert time.process_time() - began < 8


def _locked(user: str) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, encrypt=StandardEncryption(user, ownerPassword="owner", strength=128))
    page.drawString(50, 700, "A shepherd with a dog and forty years of weather")
    page.save()
    return out.getvalue()


def test_empty_files() -> None:
    """Nothing, or nothing but white, is empty."""
    assert _reason(b"") is UnreadableReason.EMPTY
    assert _reason(b"\n \x00\n") is UnreadableReason.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\x00" * 500,
        b"<!doctype html><html><title>Sign in</title></html>",
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 300,
        b"\x89PNG\r\n\x1a\n%PDF-1.4" + b"\x00" * 300,
        b"{\\rtf1 hello}",
        b"just words in a text file",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        packed({"hello.txt": b"hello"}),
        packed({"xl/workbook.xml": b"<x/>"}),
    ],
)
def test_files_of_other_kinds(content: bytes) -> None:
    """What is neither PDF nor DOCX is told so, whatever it calls itself."""
    assert _reason(content) is UnreadableReason.NOT_A_DOCUMENT


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A path that cannot be opened is Unreadable, and its name is not in the sentence."""
    with pytest.raises(Unreadable, match="cannot be opened") as caught:
        read_document(tmp_path / "ada-okafor.pdf")
    assert "ada" not in str(caught.value)


def test_passwords() -> None:
    """A PDF that asks for a password is encrypted; one that only its owner has locked is read."""
    assert _reason(_locked("secret")) is UnreadableReason.ENCRYPTED
    assert "shepherd" in read_bytes(_locked("")).text
    locked_word = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "EncryptedPackage".encode("utf-16-le")
    assert _reason(locked_word) is UnreadableReason.ENCRYPTED


def test_an_encrypted_archive() -> None:
    """A DOCX whose parts are encrypted is encrypted."""
    content = bytearray(word_package(paragraph("Locked words of a locksmith")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + offset] |= 1
    assert _reason(bytes(content)) is UnreadableReason.ENCRYPTED


def test_pictures_and_pages_without_text() -> None:
    """A picture of a CV is scanned; a page with nothing has no text."""
    image = io.BytesIO()
    width, height = 60, 80
    image.write(b"P6\n%d %d\n255\n" % (width, height) + b"\xc8" * (width * height * 3))
    image.seek(0)
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.drawImage(ImageReader(image), 0, 0, A4[0], A4[1])
    page.save()
    assert _reason(out.getvalue()) is UnreadableReason.SCANNED
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    for _ in range(3):
        page.drawImage(ImageReader(image), 0, 0, A4[0], A4[1])
        page.drawString(50, 20, "Scanned with an app for phones")
        page.showPage()
    page.save()
    assert _reason(out.getvalue()) is UnreadableReason.SCANNED
    pictured = word_package("<w:p><w:r><w:drawing/></w:r></w:p>", **{"word/media/image1.png": "..."})
    assert _reason(pictured) is UnreadableReason.SCANNED
    assert _reason(drawn()) is UnreadableReason.NO_TEXT
    assert _reason(word_package("<w:p/>")) is UnreadableReason.NO_TEXT


@pytest.mark.parametrize("times", [1, 2])
def test_streams_that_inflate_to_too_much(lowered: Lowered, times: int) -> None:
    """A stream that inflates to more than may be is refused before PDFium sees it, deflated once or twice."""
    lowered("pdfguard.MAX_CONTENT", 2_000)
    drawing = _TEXT + b" 0 0 m" * 350
    content, names = drawing, "/FlateDecode" * times
    for _ in range(times):
        content = zlib.compress(content, 9)
    assert len(content) < len(drawing) / 5
    assert _reason(hand_made_pdf(content, stream=f"/Filter[{names}]")) is UnreadableReason.TOO_LARGE
    lowered("pdfguard.MAX_CONTENT", len(drawing))
    assert "shepherd" in read_bytes(hand_made_pdf(content, stream=f"/Filter[{names}]")).text


def test_streams_that_inflate_to_too_much_together(lowered: Lowered) -> None:
    """Each stream may be small enough, and all of them too much."""
    content = hand_made_pdf(zlib.compress(_TEXT, 9), stream="/Filter/FlateDecode")
    lowered("pdfguard.MAX_TOTAL", len(_TEXT) - 1)
    assert _reason(content) is UnreadableReason.TOO_LARGE
    lowered("pdfguard.MAX_TOTAL", len(_TEXT))
    assert "shepherd" in read_bytes(content).text


def test_a_part_that_inflates_to_too_much(lowered: Lowered) -> None:
    """A part of an archive is refused by its size, and by its bytes where the size lies."""
    part = f"<w:document xmlns:w='x'>{'<w:p/>' * 500}{paragraph('A shepherd with a dog')}</w:document>".encode()
    content = packed({"word/document.xml": part})
    lowered("docx.MAX_PART", len(part) - 1)
    assert _reason(content) is UnreadableReason.TOO_LARGE
    lying = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(mark) + offset
        lying[at : at + 4] = (1000).to_bytes(4, "little")
    assert _reason(bytes(lying)) in (UnreadableReason.TOO_LARGE, UnreadableReason.DAMAGED)
    lowered("docx.MAX_PART", len(part))
    assert "shepherd" in read_bytes(content).text


def test_too_large_a_file(lowered: Lowered) -> None:
    """A file over the limit is refused unread."""
    content = hand_made_pdf(_TEXT)
    lowered("extract.MAX_FILE", len(content) - 1)
    assert _reason(content) is UnreadableReason.TOO_LARGE
    lowered("extract.MAX_FILE", len(content))
    assert "shepherd" in read_bytes(content).text


def test_page_trees_that_lie() -> None:
    """A hundred declared pages over one are one; a page that is named three times is there."""
    assert read_bytes(hand_made_pdf(_TEXT, count=100)).pages <= 100
    assert "shepherd" in read_bytes(hand_made_pdf(_TEXT, kids="3 0 R " * 3, count=3)).text


def test_a_file_without_end_is_put_together_again() -> None:
    """A PDF cut after its pages is read from what is left, and flagged."""
    whole = hand_made_pdf(_TEXT)
    left = b"%PDF-1.4\n" + whole[whole.find(b"3 0 obj") : whole.find(b"trailer")]
    document = read_bytes(left)
    assert "shepherd" in document.text
    assert "repaired" in document.flags
    assert _reason(whole[:150]) is UnreadableReason.DAMAGED


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///no/such/file">]>',
        '<!DOCTYPE w [<!ENTITY a "aa"><!ENTITY x "&a;&a;">]>',
        '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_are_refused(declared: str) -> None:
    """A document type is refused, with every entity that it could declare."""
    assert _reason(word_package(paragraph("&x; words for a shepherd"), head=declared)) is UnreadableReason.DAMAGED


def test_deep_nesting(lowered: Lowered) -> None:
    """XML that is nested too deep, or of too many elements, is refused."""
    content = word_package("<w:p>" * 20 + paragraph("A shepherd with a dog") + "</w:p>" * 20)
    for limit, least in (("MAX_DEPTH", 25), ("MAX_ELEMENTS", 26)):
        lowered(f"wordxml.{limit}", least - 1)
        assert _reason(content) is UnreadableReason.TOO_LARGE
        lowered(f"wordxml.{limit}", least)
        assert "shepherd" in read_bytes(content).text
        lowered(limit, None)


def test_broken_archives() -> None:
    """A cut DOCX and a DOCX of broken XML are damaged."""
    content = as_docx(ENGINEER)
    assert _reason(content[: len(content) // 2]) is UnreadableReason.DAMAGED
    assert _reason(packed({"word/document.xml": b"<w:document><w:p>"})) is UnreadableReason.DAMAGED


def test_too_many_files_in_an_archive(lowered: Lowered) -> None:
    """An archive of more files than Word ever writes is no CV."""
    content = word_package(paragraph("A shepherd with a dog"), **{f"word/f{n}.xml": "" for n in range(9)})
    lowered("docx.MAX_ENTRIES", 9)
    assert _reason(content) is UnreadableReason.TOO_LARGE
    lowered("docx.MAX_ENTRIES", 20)
    assert "shepherd" in read_bytes(content).text


def test_many_pieces_on_one_page() -> None:
    """A page of many thousand scattered letters is read within the limit of time."""
    places = [(7 * (n % 80) + 5, 10 + (n // 80) * 3.1, "x") for n in range(16_000)]
    document = read_bytes(drawn((50, 830, "A shepherd with a dog and weather"), *places, size=3))
    assert "shepherd" in "".join(line.text for _, line in document.lines())


@pytest.mark.parametrize(
    ("unit", "limit", "most"),
    [(b"(weather) Tj ", "MAX_SHOWN", 157), (b"(ab)Tj ", "MAX_SHOWN", 97), (b"q ", "MAX_OPEN", 11)],
)
def test_streams_that_draw_too_much(lowered: Lowered, unit: bytes, limit: str, most: int) -> None:
    """Letters and open states, which PDFium would keep in gigabytes, are counted and refused above a number."""
    drawing = _TEXT.removesuffix(b" ET") + b" 0 -20 Td " + (unit + b"0 -20 Td ") * 12 + b"ET"
    content = hand_made_pdf(zlib.compress(drawing, 9), stream="/Filter/FlateDecode")
    lowered("pdfguard._SMALL", 0)
    assert "shepherd" in read_bytes(content).text
    lowered(f"pdfguard.{limit}", most)
    assert _reason(content) is UnreadableReason.TOO_LARGE


def test_pages_and_letters_beyond_the_limit_are_left_out(lowered: Lowered) -> None:
    """What is read ends at the limits of pages, letters and drawn objects, which is flagged."""
    content = drawn((50, 700, "A shepherd with a dog and weather"), (50, 650, "More of the same weather"), pages=3)
    assert "cut_short" not in read_bytes(content).flags
    for limit, most in (("pdf.MAX_PAGES", 2), ("glyphs.MAX_CHARACTERS", 40), ("pdf.MAX_OBJECTS", 1)):
        lowered(limit, most)
        document = read_bytes(content)
        assert "shepherd" in document.text
        assert "cut_short" in document.flags, limit
        lowered(limit, None)


def test_letters_that_stand_for_nothing() -> None:
    """Text whose fonts do not say which letters they draw is no text."""
    signs = b"BT /F1 12 Tf 50 700 Td (!#$%&'*+,-./ :;<=>?@ ^_`{|}~ !!! abcdefghijkl ###%%%&&&&&&&///////) Tj ET"
    assert _reason(hand_made_pdf(signs)) is UnreadableReason.NO_TEXT
