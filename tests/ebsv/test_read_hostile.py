"""Files that lie, break or attack: each ends in Unreadable with its reason, or is read, and soon."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Iterator
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
from cvsense_async.sandbox.ebsv.extract import MAX_FILE, read_bytes, read_document

_TEXT = b"BT /F1 12 Tf 50 700 Td (A shepherd with a dog and forty years of weather) Tj ET"


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
def test_inflating_bombs(times: int) -> None:
    """A stream that inflates to 100 MB is refused before PDFium sees it, deflated once or twice."""
    bomb = b"0 0 m " * (100_000_000 // 6)
    for _ in range(times):
        bomb = zlib.compress(bomb, 9)
    names = "/FlateDecode" * times
    assert _reason(hand_made_pdf(bomb, stream=f"/Filter[{names}]")) is UnreadableReason.TOO_LARGE


def test_a_zip_bomb() -> None:
    """A part that would inflate to 50 MB is refused by its size, and by its bytes where the size lies."""
    huge = b"<w:document>" + b"<w:p/>" * 8_000_000
    content = packed({"word/document.xml": huge})
    assert _reason(content) is UnreadableReason.TOO_LARGE
    lying = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(mark) + offset
        lying[at : at + 4] = (1000).to_bytes(4, "little")
    assert _reason(bytes(lying)) in (UnreadableReason.TOO_LARGE, UnreadableReason.DAMAGED)


def test_too_large_a_file() -> None:
    """A file over the limit is refused unread."""
    assert _reason(b"%PDF-1.4" + b"\x00" * MAX_FILE) is UnreadableReason.TOO_LARGE


def test_page_trees_that_loop_or_lie() -> None:
    """A page tree that names itself ends; ten thousand declared pages over one are one."""
    assert _reason(hand_made_pdf(b"", kids="2 0 R 3 0 R", count=2)) is UnreadableReason.NO_TEXT
    assert read_bytes(hand_made_pdf(_TEXT, count=10_000)).pages <= 10_000
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
        '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_are_refused(declared: str) -> None:
    """A document type is refused, with every entity that it could declare."""
    assert _reason(word_package(paragraph("&x; words for a shepherd"), head=declared)) is UnreadableReason.DAMAGED


def test_deep_nesting() -> None:
    """XML nested a hundred thousand deep is refused without recursion."""
    deep = "<w:p>" * 100_000
    assert _reason(word_package(deep)) is UnreadableReason.TOO_LARGE


def test_broken_archives() -> None:
    """A cut DOCX and a DOCX of broken XML are damaged."""
    content = as_docx(ENGINEER)
    assert _reason(content[: len(content) // 2]) is UnreadableReason.DAMAGED
    assert _reason(packed({"word/document.xml": b"<w:document><w:p>"})) is UnreadableReason.DAMAGED


def test_too_many_files_in_an_archive() -> None:
    """An archive of thousands of files is no CV."""
    assert _reason(packed({f"f{n}": b"" for n in range(3_500)})) is UnreadableReason.TOO_LARGE


def test_many_pieces_on_one_page() -> None:
    """A page of many thousand scattered letters is read within the limit of time."""
    places = [(7 * (n % 80) + 5, 10 + (n // 80) * 3.1, "x") for n in range(16_000)]
    document = read_bytes(drawn((50, 830, "A shepherd with a dog and weather"), *places, size=3))
    assert "shepherd" in "".join(line.text for _, line in document.lines())


@pytest.mark.parametrize("unit", [b"(%s) Tj " % (b"a" * 3000), b"(ab)Tj ", b"q "])
def test_streams_that_draw_too_much(unit: bytes) -> None:
    """Seven megabytes of letters or of open states, which PDFium would keep in gigabytes, are refused."""
    drawn_much = b"BT /F1 1 Tf 9 9 Td " + unit * (7_000_000 // len(unit)) + b" ET"
    content = hand_made_pdf(zlib.compress(drawn_much, 9), stream="/Filter/FlateDecode")
    assert _reason(content) is UnreadableReason.TOO_LARGE


def test_one_heavy_page_told_sixty_times() -> None:
    """A page of half a million lines that the tree names sixty times is drawn from once."""
    paths = zlib.compress(b"0 0 m 1 1 l S\n" * 500_000, 9)
    assert _reason(hand_made_pdf(paths, stream="/Filter/FlateDecode", kids="3 0 R " * 60, count=60)) in (
        UnreadableReason.NO_TEXT,
        UnreadableReason.TOO_LARGE,
    )


def test_letters_that_stand_for_nothing() -> None:
    """Text whose fonts do not say which letters they draw is no text."""
    signs = b"BT /F1 12 Tf 50 700 Td (!#$%&'*+,-./ :;<=>?@ ^_`{|}~ !!! abcdefghijkl ###%%%&&&&&&&///////) Tj ET"
    assert _reason(hand_made_pdf(signs)) is UnreadableReason.NO_TEXT
