"""Reads a DOCX into passages: its own walk over the package's XML, with limits before and while it inflates.

General XML libraries build trees and resolve entities; a CV needs neither, and a hostile one uses both.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable

from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.wordml import Body
from cvsense_async.sandbox.ebsv.wordstyles import Styles
from cvsense_async.sandbox.ebsv.wordtext import passages_of
from cvsense_async.sandbox.ebsv.wordxml import Refused

MAX_PART = 12_000_000
MAX_ENTRIES = 3_000
_CHUNK = 1 << 16
_TARGET = re.compile(rb"<Relationship\b[^>]*?/officeDocument\"[^>]*>")
_NOTES = re.compile(r"word/(?:footnotes|endnotes|diagrams/data\d*)\.xml")
_PATH = re.compile(rb"\bTarget=\"/?([^\"]{1,200})\"")


def read_docx(content: bytes) -> tuple[list[Passage], int, tuple[str, ...]]:
    """The document's passages, the number of its pages as Word last counted them, and flags. Raises Unreadable."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        names = package.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError, MemoryError):
        raise Unreadable(UnreadableReason.DAMAGED, "The Word document's archive is damaged.") from None
    if len(names) > MAX_ENTRIES:
        raise Unreadable(UnreadableReason.TOO_LARGE, "The archive holds too many files.")
    with package:
        main = _main_part(package, names)
        body = Body()
        headers = sorted(name for name in names if re.fullmatch(r"word/header\d*\.xml", name))[:12]
        footers = sorted(name for name in names if re.fullmatch(r"word/footer\d*\.xml", name))[:12]
        notes = [name for name in names if _NOTES.fullmatch(name)][:12]
        for name in headers:
            _optional(package, name, body)
        body.end_of_part()
        _feed(package, main, body.feed)
        body.end_of_part()
        pages = body.page
        for name in (*notes, *footers):
            _optional(package, name, body)
        styles = Styles()
        if body.uses_styles and "word/styles.xml" in names:
            try:
                _feed(package, "word/styles.xml", styles.feed)
            except Unreadable:
                styles = Styles()
    found = passages_of(body.paragraphs, styles)
    if sum(len(one.text) for one in found) < 20 and any(name.startswith("word/media/") for name in names):
        raise Unreadable(UnreadableReason.SCANNED, "The Word document is a picture without text.")
    return found, pages, (("cut_short",) if body.cut_short else ())


def _main_part(package: zipfile.ZipFile, names: list[str]) -> str:
    """The name of the part that holds the text."""
    if "_rels/.rels" in names:
        parts: list[bytes] = []
        _feed(package, "_rels/.rels", lambda chunk, final: parts.append(chunk), limit=200_000)
        relation = _TARGET.search(b"".join(parts))
        path = _PATH.search(relation.group()) if relation else None
        if path and path.group(1).decode("utf-8", "replace") in names and path.group(1).endswith(b".xml"):
            if path.group(1).startswith((b"ppt/", b"xl/", b"/ppt/", b"/xl/")):
                raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The file is a presentation or a sheet, not a CV.")
            return path.group(1).decode("utf-8", "replace")
    if "word/document.xml" in names:
        return "word/document.xml"
    raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The archive is not a Word document.")


def _optional(package: zipfile.ZipFile, name: str, body: Body) -> None:
    """A header or footer; one that cannot be read is left out."""
    try:
        body.begin_margin()
        _feed(package, name, body.feed, limit=1_000_000)
        body.end_of_part()
    except Unreadable:
        body.drop_part()


def _feed(package: zipfile.ZipFile, name: str, take: Callable[[bytes, bool], object], limit: int = 0) -> None:
    """Inflates a part in pieces into `take`, up to `limit` bytes (0: `MAX_PART`)."""
    limit = limit or MAX_PART
    try:
        entry = package.getinfo(name)
        if entry.flag_bits & 1:
            raise Unreadable(UnreadableReason.ENCRYPTED, "The archive is encrypted.")
        if entry.file_size > limit:
            raise Unreadable(UnreadableReason.TOO_LARGE, "The document inflates to too much.")
        total = 0
        with package.open(entry) as part:
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > limit:
                    raise Unreadable(UnreadableReason.TOO_LARGE, "The document inflates to too much.")
                take(chunk, False)
        take(b"", True)
    except Refused as refused:
        raise Unreadable(refused.reason, str(refused)) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, NotImplementedError, RuntimeError):
        raise Unreadable(UnreadableReason.DAMAGED, "The Word document is damaged.") from None
