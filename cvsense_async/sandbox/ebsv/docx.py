"""Reads a DOCX into passages: its own walk over the package's XML, with limits before and while it inflates.

General XML libraries build trees and resolve entities; a CV needs neither, and a hostile one uses both.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable

from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.wordchunks import read_chunk
from cvsense_async.sandbox.ebsv.wordml import Body
from cvsense_async.sandbox.ebsv.wordparts import Related, Relationships, relationships_of
from cvsense_async.sandbox.ebsv.wordstyles import Styles
from cvsense_async.sandbox.ebsv.wordtext import Paragraph, passages_of
from cvsense_async.sandbox.ebsv.wordxml import Refused

MAX_PART = 12_000_000
MAX_ENTRIES = 3_000
MAX_MARGINS = 12  # headers, footers, notes: of each kind
MAX_CHUNKS = 20
MAX_CHUNK = 4_000_000
_CHUNK = 1 << 16
_NOTES = re.compile(r"word/(?:footnotes|endnotes|diagrams/data\d*)\.xml")


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
        related = _related(package, names, main)
        body = Body()
        for name in _named(names, related, "header"):
            _optional(package, name, body)
        body.end_of_part()
        _feed(package, main, body.feed)
        body.end_of_part()
        pages = body.page
        unread = _read_chunks(package, body, related)
        for name in (*_notes(names, related), *_named(names, related, "footer")):
            _optional(package, name, body)
        styles = _styles(package, names, related) if body.uses_styles else Styles()
    found = passages_of(body.paragraphs, styles)
    if sum(len(one.text) for one in found) < 20 and any("/media/" in name for name in names):
        raise Unreadable(UnreadableReason.SCANNED, "The Word document is a picture without text.")
    flags = (("cut_short",) if body.cut_short else ()) + (("partly_read",) if unread else ())
    return found, pages, flags


def _main_part(package: zipfile.ZipFile, names: list[str]) -> str:
    """The name of the part that holds the text."""
    for one in _related(package, names, ""):
        if one.kind == "officeDocument":
            if one.name.lower().startswith(("ppt/", "xl/")):
                raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The file is a presentation or a sheet, not a CV.")
            return one.name
    if "word/document.xml" in names:
        return "word/document.xml"
    raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The archive is not a Word document.")


def _related(package: zipfile.ZipFile, names: list[str], part: str) -> list[Related]:
    """The parts that a part (or, unnamed, the package) names; none where its relationships cannot be read."""
    relations = Relationships(names, part)
    here = next((name for name in names if name.lower() == relationships_of(part).lower()), None)
    if here is not None:
        with contextlib.suppress(Unreadable):
            _feed(package, here, relations.feed, limit=1_000_000)
    return relations.found


def _named(names: list[str], related: list[Related], kind: str) -> list[str]:
    """The headers, or the footers, by their names; where the main part names none, those that are called so."""
    found = {one.name for one in related if one.kind == kind}
    found = found or {name for name in names if re.fullmatch(rf"word/{kind}\d*\.xml", name)}
    return sorted(found)[:MAX_MARGINS]


def _notes(names: list[str], related: list[Related]) -> list[str]:
    kinds = ("footnotes", "endnotes", "diagramData")
    found = [one.name for one in related if one.kind in kinds]
    return (found or [name for name in names if _NOTES.fullmatch(name)])[:MAX_MARGINS]


def _styles(package: zipfile.ZipFile, names: list[str], related: list[Related]) -> Styles:
    styles = Styles()
    found = [one.name for one in related if one.kind == "styles"]
    for name in found or [name for name in names if name == "word/styles.xml"]:
        try:
            _feed(package, name, styles.feed)
        except Unreadable:
            return Styles()
    return styles


def _read_chunks(package: zipfile.ZipFile, body: Body, related: list[Related]) -> bool:
    """Puts the text of parts of another kind where the main part names them; whether one of them was not read."""
    parts = {one.id: one.name for one in related if one.kind == "aFChunk"}
    unread = len(body.chunks) > MAX_CHUNKS
    for place, chunk_id in reversed(body.chunks[:MAX_CHUNKS]):
        found = _chunk(package, parts[chunk_id]) if chunk_id in parts else None
        if found is None or not body.put_chunk(place, found):
            unread = True
    return unread


def _chunk(package: zipfile.ZipFile, name: str) -> list[Paragraph] | None:
    content: list[bytes] = []

    def take(chunk: bytes, final: bool) -> None:
        content.append(chunk)

    try:
        _feed(package, name, take, limit=MAX_CHUNK)
    except Unreadable:
        return None
    return read_chunk(name, b"".join(content))


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
