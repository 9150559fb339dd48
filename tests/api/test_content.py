"""What a file is, by its bytes."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.api.content import FileKind, NotACV, NotACVReason, identify

CVS = Path(__file__).parents[3] / "shared" / "cvs"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def look(content: bytes) -> FileKind | NotACV:
    return identify(io.BytesIO(content), len(content))


def packed(parts: dict[str, bytes], *, prefix: bytes = b"", comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, content in parts.items():
            archive.writestr(name, content)
    return prefix + out.getvalue()


def types(part: str, kind: str = DOCUMENT) -> bytes:
    return f'<Types><Override PartName="/{part}" ContentType="{kind}"/></Types>'.encode()


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1019])
def test_pdf_with_something_before_it(before: bytes) -> None:
    """A PDF's mark may stand anywhere in the first 1024 bytes."""
    assert look(before + b"%PDF-1.7\n...") is FileKind.PDF


def test_pdf_mark_too_late() -> None:
    """A mark after the first 1024 bytes makes no PDF."""
    assert isinstance(look(b"x" * 1020 + b"%PDF-1.7"), NotACV)


@pytest.mark.parametrize(
    "parts",
    [
        {"[Content_Types].xml": types("word/document.xml"), "word/document.xml": b"<w/>"},
        {"word/document.xml": b"<w/>"},
        {"WORD/DOCUMENT.XML": b"<w/>"},
        {"[Content_Types].xml": types("word/document2.xml"), "word/document2.xml": b"<w/>"},
        {
            "[Content_Types].xml": types("w/x.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
            "w/x.xml": b"",
        },
        {"[Content_Types].xml": types("w.xml").decode().encode("utf-16"), "w.xml": b"<w/>"},
        {
            "[Content_Types].xml": types("W/Main%20Part").replace(b'"', b"'").replace(b"=", b" = "),
            "w/main part": b"<w/>",
        },
        {
            "[Content_Types].xml": f'<Types><Default Extension="xml" ContentType="{DOCUMENT}"/></Types>'.encode(),
            "_rels/.rels": b"<Relationships><Relationship Type='a/officeDocument' Target='w.xml'/></Relationships>",
            "w.xml": b"<w/>",
        },
    ],
)
def test_word_documents(parts: dict[str, bytes]) -> None:
    """A ZIP that holds a Word document's main part is a DOCX, under whatever name that part goes."""
    assert look(packed(parts)) is FileKind.DOCX


def test_word_document_with_a_comment_or_moved() -> None:
    """A ZIP's comment, and bytes that shift its offsets, do not hide the document."""
    parts = {"[Content_Types].xml": types("a.xml"), "a.xml": b"<w/>"}
    assert look(packed(parts, comment=b"c" * 60_000)) is FileKind.DOCX
    assert look(packed(parts, prefix=packed({"x": b"y"}))) is FileKind.DOCX


def test_zip64_document() -> None:
    """A ZIP64 end record is read."""
    whole = packed({"word/document.xml": b"<w/>"})
    end = whole.rindex(b"PK\x05\x06")
    length, start = struct.unpack_from("<II", whole, end + 12)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, length, start)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    last = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert look(whole[:end] + record + locator + last) is FileKind.DOCX


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"%PDF-1.4", "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + b"x" * 9, "a JPEG picture"),
        (b"<!DOCTYPE html><p>%PDF-1.4", "an HTML page"),
        (b"  <HTML><body>", "an HTML page"),
        (b"MZ" + b"\0" * 58 + struct.pack("<I", 64) + b"PE\0\0%PDF-", "a Windows program"),
        (b"MZ\x90\0\x03", "a Windows program"),
        (b"{\\rtf1 hello", "an RTF document: save it as DOCX or PDF"),
        (packed({"a.txt": b"%PDF-1.4"}), "a ZIP archive"),
        (packed({"xl/workbook.xml": b""}), "a spreadsheet"),
        (packed({"ppt/presentation.xml": b""}), "a presentation"),
        (packed({"Index/Document.iwa": b""}), "an Apple Pages or Numbers file: export it as DOCX or PDF"),
        (
            packed({"mimetype": b"application/vnd.oasis.opendocument.text"}),
            "an OpenDocument text (.odt): save it as DOCX or PDF",
        ),
        (packed({"[Content_Types].xml": types("gone.xml")}), "a ZIP archive"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 20,
            "an old Word file (.doc) or a password-protected Office file: save it as DOCX or PDF",
        ),
        ("Curriculum vitae, café".encode("latin-1"), "plain text"),
        ("Lebenslauf ".encode("utf-16"), "plain text"),
        (("é" * 600).encode()[:-1], "plain text"),
        (b"From: a@example.com\r\n", "an e-mail message"),
        (b"\x00\x01\x02\xfe", "a file of an unknown kind"),
    ],
)
def test_what_is_no_cv_is_named(content: bytes, phrase: str) -> None:
    """What is no CV is named in plain words."""
    odt = phrase.startswith("an OpenDocument")
    if odt:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        content = out.getvalue()
    assert look(content) == NotACV(NotACVReason.NOT_A_CV, phrase)


@pytest.mark.parametrize(
    ("stream", "phrase"),
    [
        ("WordDocument", "an old Word file (.doc): save it as DOCX or PDF"),
        ("EncryptedPackage", "a password-protected Office file: save it without the password"),
        ("Workbook", "a spreadsheet"),
    ],
)
def test_old_office_files_by_their_streams(stream: str, phrase: str) -> None:
    """A compound file says by its streams' names what it is."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, 2)
    content = bytes(head) + b"\0" * 1024 + stream.encode("utf-16-le").ljust(512, b"\0")
    assert look(content) == NotACV(NotACVReason.NOT_A_CV, phrase)


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b" \r\n\t"])
def test_empty(content: bytes) -> None:
    """Nothing, or blanks only, is empty."""
    kind = look(content)
    assert isinstance(kind, NotACV)
    assert kind.reason is NotACVReason.EMPTY


def test_cut_zip_is_damaged() -> None:
    """A Word file that was cut off is called damaged, not a strange archive."""
    whole = packed({"word/document.xml": b"<w/>" * 1000})
    kind = look(whole[: len(whole) // 2])
    assert isinstance(kind, NotACV)
    assert kind.reason is NotACVReason.DAMAGED


def test_password_on_the_main_part() -> None:
    """A ZIP whose document is locked is no CV."""
    whole = bytearray(packed({"word/document.xml": b"<w/>"}))
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    assert look(bytes(whole)) == NotACV(NotACVReason.NOT_A_CV, "a ZIP archive with a password")


def test_a_large_part_is_inflated_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the part that says what the file is, no more is inflated than the limit, whatever it would inflate to."""
    part = b" " * 600_000 + types("a.xml")
    content = packed({"[Content_Types].xml": part, "a.xml": b"<w/>"})
    monkeypatch.setattr("cvsense_async.api.content.PART_LIMIT", 50_000)
    tracemalloc.start()
    try:
        assert isinstance(look(content), NotACV)
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()
    monkeypatch.setattr("cvsense_async.api.content.PART_LIMIT", len(part))
    assert look(content) is FileKind.DOCX


def test_a_long_list_of_contents_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive whose list of contents is longer than the limit is no CV."""
    content = packed({"word/document.xml": b"<w/>", **{f"{'x' * 100}{index}": b"" for index in range(10)}})
    assert look(content) is FileKind.DOCX
    monkeypatch.setattr("cvsense_async.api.content.DIRECTORY_LIMIT", 1_000)
    assert isinstance(look(content), NotACV)


WORD = packed({"[Content_Types].xml": types("a.xml"), "a.xml": b"<w/>"})


@given(st.data())
def test_any_bytes_get_an_answer(data: st.DataObject) -> None:
    """Whatever the bytes are, there is an answer and no exception, and reading in small pieces changes nothing."""
    content = bytearray(
        data.draw(st.sampled_from([WORD, b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MZ", b""]))
    )
    content += data.draw(st.binary(max_size=600))
    for _ in range(data.draw(st.integers(0, 5))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    kind = look(bytes(content))
    assert isinstance(kind, (FileKind, NotACV))
    assert identify(_Drip(bytes(content)), len(content)) == kind


class _Drip(io.BytesIO):
    """Gives at most seven bytes a read, as a raw file may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7 if size is None or size < 0 else min(size, 7))


def test_kinds_say_their_types() -> None:
    """Each kind knows its media type and its suffix."""
    assert [kind.suffix for kind in FileKind] == [".pdf", ".docx"]
    assert FileKind.PDF.content_type == "application/pdf"
    assert FileKind.DOCX.content_type.endswith("wordprocessingml.document")


@pytest.mark.skipif(not CVS.is_dir(), reason="the real CVs are not here")
def test_real_cvs() -> None:
    """Real CVs are known for what they are, and files that lie are refused."""
    for path in sorted(CVS.glob("*.*")):
        if path.suffix in (".pdf", ".docx"):
            assert look(path.read_bytes()) == FileKind(path.suffix[1:])
    refused = {path.name for path in (CVS / "nasty").iterdir() if isinstance(look(path.read_bytes()), NotACV)}
    assert {"exe_renamed.pdf", "html_renamed.pdf", "jpeg_renamed.pdf", "zip_renamed.docx", "zero_byte.pdf"} <= refused
    assert "legacy_word97.doc" in refused
