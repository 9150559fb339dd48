"""What a file is, by its bytes: a PDF, a Word document, or something that is no CV, named in plain words.

A suffix proves nothing and a wrong guess costs a credit, so the client asks here before it pays and the sandbox before
it reads. Nothing is unpacked but one small part of a ZIP, and every read is bounded: the files come from strangers.
"""

from __future__ import annotations

import re
import struct
import zlib
from enum import StrEnum
from typing import BinaryIO
from urllib.parse import unquote

import attrs

HEAD = 1024
"""A PDF's `%PDF-` may stand anywhere in so many bytes (ISO 32000, annex H)."""

DIRECTORY_LIMIT = 2 * 1024 * 1024
"""A ZIP whose list of contents is longer than this is no CV: Word writes about 2 KiB."""

PART_LIMIT = 256 * 1024
"""At most so many bytes of one part are inflated."""


class FileKind(StrEnum):
    """The two kinds of file that the service takes [contract: 11]."""

    PDF = "pdf"
    DOCX = "docx"

    @property
    def content_type(self) -> str:
        """The media type that goes on the wire."""
        if self is FileKind.PDF:
            return "application/pdf"
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    @property
    def suffix(self) -> str:
        """The file name's suffix, with its dot."""
        return f".{self.value}"


class NotACVReason(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    NOT_A_CV = "not_a_cv"
    DAMAGED = "damaged"


@attrs.frozen
class NotACV:
    """A file that is neither PDF nor DOCX; `looks_like` says in plain words what it is, as in "a PNG picture"."""

    reason: NotACVReason
    looks_like: str


_OLD_OFFICE = "an old Word file (.doc) or a password-protected Office file: save it as DOCX or PDF"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"{\\rtf", "an RTF document: save it as DOCX or PDF"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x7fELF", "a Linux program"),
    (b"SQLite format 3\0", "a database"),
    (b"OggS", "a sound or a film"),
    (b"ID3", "a sound"),
    (b"\x1aE\xdf\xa3", "a film"),
)

_MAIN_PARTS = (
    "wordprocessingml.document.main+xml",
    "wordprocessingml.template.main+xml",
    "ms-word.document.macroenabled.main+xml",
    "ms-word.template.macroenabledtemplate.main+xml",
)
"""A macro-enabled document or a template holds its text as any Word document does, so it counts as one."""


_TAG = re.compile(r"<[a-z][^<>]{0,4000}>")
_ATTRIBUTE = re.compile(r"([\w:.-]{1,64})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)')")


def identify(file: BinaryIO, size: int) -> FileKind | NotACV:
    """Say what the file is; `size` is its length in bytes. The file must be seekable; its position is not kept.

    Raises only what the file's own `read` and `seek` raise.
    """
    if size <= 0:
        return NotACV(NotACVReason.EMPTY, "an empty file")
    head = _read(file, 0, HEAD)
    if not head.strip(b"\0 \t\r\n\f\v"):
        if size <= HEAD:
            return NotACV(NotACVReason.EMPTY, "a file of blanks only")
        return NotACV(NotACVReason.DAMAGED, "a file that begins with blanks only, as a broken download does")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")):
        return _identify_zip(file, size, head)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _not(_old_office(file, head))
    for signature, phrase in _SIGNATURES:
        if head.startswith(signature):
            return _not(phrase)
    if head.startswith(b"MZ") and (_is_program(file, head) or b"%PDF-" not in head):
        return _not("a Windows program")
    if _is_page(head):
        return _not("an HTML page")
    if b"%PDF-" in head:
        return FileKind.PDF
    return _not(_other(head))


def _not(phrase: str) -> NotACV:
    return NotACV(NotACVReason.NOT_A_CV, phrase)


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    """Up to `length` bytes from `start`; fewer only at the file's end."""
    file.seek(start)
    pieces: list[bytes] = []
    while length > 0:
        piece = file.read(length)
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _is_program(file: BinaryIO, head: bytes) -> bool:
    if len(head) < 64:
        return False
    (start,) = struct.unpack_from("<I", head, 60)
    return start < 1 << 20 and _read(file, start, 4) == b"PE\0\0"


def _is_page(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _other(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        picture = head[8:12] in (b"heic", b"heix", b"mif1", b"avif")
        return "a HEIC picture" if picture else "a film"
    if head.startswith(b"RIFF"):
        return "a WebP picture" if head[8:12] == b"WEBP" else "a sound or a film"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "a BMP picture"
    if head.startswith(b"%!PS"):
        return "a PostScript document: save it as PDF"
    try:
        text = _text(head)
    except UnicodeDecodeError:
        return "a file of an unknown kind"
    lowered = text.lower()
    if "<html" in lowered or "<body" in lowered:
        return "an HTML page"
    if lowered.lstrip().startswith("<?xml"):
        return "an XML file"
    if lowered.startswith(("mime-version:", "from:", "received:", "return-path:", "delivered-to:")):
        return "an e-mail message"
    return "plain text"


def _text(head: bytes) -> str:
    """The head as text. Raises `UnicodeDecodeError` where it holds what no text does."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in head):
        raise UnicodeDecodeError("ascii", head, 0, 1, "holds control characters")
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character may be cut at the head's end; else it is an old 8-bit text, whose letters are mostly ASCII.
        if error.start >= len(head) - 3:
            return head[: error.start].decode("utf-8-sig")
        if sum(byte > 127 for byte in head) * 4 > len(head):
            raise
        return head.decode("latin-1")


def _old_office(file: BinaryIO, head: bytes) -> str:
    """What a compound file (OLE2) is, by the names of its streams."""
    if len(head) < 512:
        return _OLD_OFFICE
    (shift,) = struct.unpack_from("<H", head, 30)
    (sector,) = struct.unpack_from("<I", head, 48)
    if shift not in (9, 12) or sector > 1 << 22:
        return _OLD_OFFICE
    streams = _read(file, (sector + 1) << shift, 4096)
    for name, phrase in (
        ("EncryptedPackage", "a password-protected Office file: save it without the password"),
        ("WordDocument", "an old Word file (.doc): save it as DOCX or PDF"),
        ("Workbook", "a spreadsheet"),
        ("PowerPoint Document", "a presentation"),
        ("__properties_version1.0", "an Outlook message"),
    ):
        if name.encode("utf-16-le") in streams:
            return phrase
    return _OLD_OFFICE


# --- ZIP ------------------------------------------------------------------------------------------------------------


@attrs.frozen
class _Entry:
    """One line of a ZIP's list of contents."""

    name: str
    encrypted: bool
    method: int
    packed: int
    start: int


def _identify_zip(file: BinaryIO, size: int, head: bytes) -> FileKind | NotACV:
    if head[30:38] == b"mimetype":
        kind = head[38:120]
        if b"opendocument.text" in kind:
            return _not("an OpenDocument text (.odt): save it as DOCX or PDF")
        if b"opendocument.spreadsheet" in kind:
            return _not("a spreadsheet")
        if b"opendocument" in kind:
            return _not("an OpenDocument file")
        if b"epub" in kind:
            return _not("an e-book")
    entries, shift = _entries(file, size)
    if entries is None:
        return NotACV(NotACVReason.DAMAGED, "a ZIP archive or a Word file that is cut off or damaged")
    main = entries.get("word/document.xml")
    if main is None and "[content_types].xml" in entries:
        main = _main_part(file, entries, shift)
    if main is not None:
        return _not("a ZIP archive with a password") if main.encrypted else FileKind.DOCX
    if any(name.startswith("xl/") for name in entries):
        return _not("a spreadsheet")
    if any(name.startswith("ppt/") for name in entries):
        return _not("a presentation")
    if "index/document.iwa" in entries or "index.zip" in entries:
        return _not("an Apple Pages or Numbers file: export it as DOCX or PDF")
    if "meta-inf/manifest.mf" in entries:
        return _not("a Java program")
    return _not("a ZIP archive")


def _entries(file: BinaryIO, size: int) -> tuple[dict[str, _Entry] | None, int]:
    """The ZIP's contents by lower-case name, and by how much its offsets are shifted; `None` where it is broken."""
    tail_start = max(0, size - 65_557)
    tail = _read(file, tail_start, size - tail_start)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        return None, 0
    length, start = struct.unpack_from("<II", tail, end + 12)
    stop = tail_start + end
    if (0xFFFFFFFF in (length, start) or tail[end + 10 : end + 12] == b"\xff\xff") and end >= 20:
        # ZIP64: a locator just before the end record names the longer record.
        if tail[end - 20 : end - 16] != b"PK\x06\x07":
            return None, 0
        (stop,) = struct.unpack_from("<Q", tail, end - 12)
        if stop >= size:
            return None, 0
        record = _read(file, stop, 56)
        if len(record) < 56 or not record.startswith(b"PK\x06\x06"):
            return None, 0
        length, start = struct.unpack_from("<QQ", record, 40)
    if length > DIRECTORY_LIMIT or length > stop:
        return None, 0
    directory = _read(file, stop - length, length)
    entries = _parse(directory)
    return entries, stop - length - start


def _parse(directory: bytes) -> dict[str, _Entry] | None:
    entries: dict[str, _Entry] = {}
    place = 0
    while place < len(directory):
        if len(directory) - place < 46 or directory[place : place + 4] != b"PK\x01\x02":
            return None
        flags, method = struct.unpack_from("<HH", directory, place + 8)
        (packed,) = struct.unpack_from("<I", directory, place + 20)
        name_length, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        (start,) = struct.unpack_from("<I", directory, place + 42)
        name = directory[place + 46 : place + 46 + name_length].decode("utf-8", "replace").lower()
        entries.setdefault(name, _Entry(name, bool(flags & 1), method, packed, start))
        place += 46 + name_length + extra + comment
    return entries if place == len(directory) else None


def _main_part(file: BinaryIO, entries: dict[str, _Entry], shift: int) -> _Entry | None:
    """The part that is declared as the Word document: some writers call it `word/document2.xml`, or anything else.

    `[Content_Types].xml` says so for the part, or for its suffix and then `_rels/.rels` names the part.
    """
    types = _tags(_inflate(file, entries["[content_types].xml"], shift))
    documents = [tag for tag in types if any(kind in tag.get("contenttype", "") for kind in _MAIN_PARTS)]
    for tag in documents:
        entry = entries.get(unquote(tag.get("partname", "")).lstrip("/"))
        if entry is not None:
            return entry
    if documents and "_rels/.rels" in entries:
        for tag in _tags(_inflate(file, entries["_rels/.rels"], shift)):
            if tag.get("type", "").endswith("/officedocument"):
                return entries.get(unquote(tag.get("target", "")).lstrip("./"))
    return None


def _tags(xml: bytes) -> list[dict[str, str]]:
    """The attributes of each tag, names and values in small letters; UTF-16 is read as the ASCII that is in it."""
    text = xml.replace(b"\0", b"").lower().decode("utf-8", "replace")
    return [
        {name.rpartition(":")[2]: double or single for name, double, single in _ATTRIBUTE.findall(tag)}
        for tag in _TAG.findall(text)
    ]


def _inflate(file: BinaryIO, entry: _Entry, shift: int) -> bytes:
    """The start of a part's content, `PART_LIMIT` bytes at most; empty where it cannot be read."""
    start = entry.start + shift
    if start < 0 or entry.encrypted:
        return b""
    local = _read(file, start, 30)
    if len(local) < 30 or not local.startswith(b"PK\x03\x04"):
        return b""
    name_length, extra = struct.unpack_from("<HH", local, 26)
    packed = _read(file, start + 30 + name_length + extra, min(entry.packed, PART_LIMIT))
    if entry.method == 0:
        return packed
    if entry.method != 8:
        return b""
    try:
        return zlib.decompressobj(-15).decompress(packed, PART_LIMIT)
    except zlib.error:
        return b""
