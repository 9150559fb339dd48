"""What a file is, by its bytes: its name lies too often, and each CV costs a credit.

Both sides use it: the client before it pays, the sandbox before it takes [contract: Upload, PDF or DOCX].
"""

from __future__ import annotations

import enum
import zipfile
from typing import BinaryIO

import attrs


class FileKind(enum.StrEnum):
    """The two kinds of CV that the service takes [doc]."""

    PDF = "pdf"
    DOCX = "docx"

    @property
    def content_type(self) -> str:
        """The media type for a multipart body."""
        return _CONTENT_TYPES[self]

    @property
    def suffix(self) -> str:
        """The file name's ending, with its dot."""
        return f".{self.value}"


_CONTENT_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class NotACVReason(enum.StrEnum):
    """Why a file can be no CV."""

    EMPTY = "empty"
    NOT_PDF_OR_DOCX = "not_pdf_or_docx"


@attrs.frozen
class NotACV:
    """A file that is neither PDF nor DOCX; `looks_like` says in plain words what it is instead."""

    reason: NotACVReason
    looks_like: str


HEAD = 1024
"""A PDF's mark stands within its first 1024 bytes."""

CENTRAL_DIRECTORY_ENTRIES = 10_000
CONTENT_TYPES_BYTES = 256 * 1024

_OFFICE = "an old Word file (.doc) or a password-protected Office file: save it as DOCX or PDF"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (b"{\\rtf", "an RTF document: save it as DOCX or PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"%!PS", "a PostScript file: save it as PDF"),
)


def identify(file: BinaryIO, size: int) -> FileKind | NotACV:
    """What a file of `size` bytes is. Reads its head, and of a ZIP its directory; inflates next to nothing."""
    if size == 0:
        return NotACV(NotACVReason.EMPTY, "an empty file")
    file.seek(0)
    head = file.read(HEAD)
    if b"%PDF-" in head:
        return FileKind.PDF
    if head.startswith(b"PK"):
        return _inside_zip(file)
    return NotACV(NotACVReason.NOT_PDF_OR_DOCX, _by_signature(head))


def _by_signature(head: bytes) -> str:
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture"
    if head[4:8] == b"ftyp":
        return "a video or a HEIC picture"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if start.startswith(b"<"):
        return "an XML or HTML file"
    if not head.strip(b"\x00"):
        return "a file of zeros"
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "no document that is known"
        text = head[: error.start].decode()
    if all(character.isprintable() or character.isspace() for character in text):
        return "plain text: save it as DOCX or PDF"
    return "no document that is known"


_OTHER_ZIPS = (
    ("xl/", "a spreadsheet"),
    ("ppt/", "a presentation"),
    ("content.xml", "an OpenDocument file: save it as DOCX or PDF"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
    ("Index/Document.iwa", "a Pages document: save it as DOCX or PDF"),
)


def _inside_zip(file: BinaryIO) -> FileKind | NotACV:
    try:
        with zipfile.ZipFile(file) as archive:
            names = [info.filename for info in archive.infolist()[:CENTRAL_DIRECTORY_ENTRIES]]
            if "word/document.xml" in names or _says_word(archive, names):
                return FileKind.DOCX
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError, MemoryError):
        return NotACV(NotACVReason.NOT_PDF_OR_DOCX, "a damaged ZIP or Word file")
    for mark, words in _OTHER_ZIPS:
        if any(name.startswith(mark) for name in names):
            return NotACV(NotACVReason.NOT_PDF_OR_DOCX, words)
    return NotACV(NotACVReason.NOT_PDF_OR_DOCX, "a ZIP archive")


def _says_word(archive: zipfile.ZipFile, names: list[str]) -> bool:
    """Some writers give the main part another name; the list of content types then says what it is."""
    if "[Content_Types].xml" not in names:
        return False
    with archive.open("[Content_Types].xml") as part:
        return b"wordprocessingml.document.main+xml" in part.read(CONTENT_TYPES_BYTES)
