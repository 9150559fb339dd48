"""Checks CVs before they are paid for: readable, not empty, PDF or DOCX by content, not too large, not seen before.

All file work happens in threads; what fails is reported as `Rejected`, costs nothing and stops nothing.
"""

from __future__ import annotations

import enum
import hashlib
import os
import stat
import unicodedata
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import BinaryIO

import anyio.to_thread
import attrs

from cvsense_async.api.content import FileKind, NotACVReason, identify

from .sources import Found, Source, Sources, count, is_countable, walk

__all__ = [
    "DEFAULT_MAX_BYTES",
    "Document",
    "RejectReason",
    "Rejected",
    "Source",
    "Sources",
    "count_documents",
    "find_documents",
    "wire_names",
]

DEFAULT_MAX_BYTES = 10 * 1024 * 1024
"""The largest CV that is sent unless `max_file_bytes` says otherwise. The service names no limit; one that it does not
like it refuses (413), at the cost of the quota."""

AHEAD = 8
"""Files checked in one visit to a thread."""

BLOCK = 1024 * 1024


class RejectReason(enum.StrEnum):
    """Why a document was not screened; none of these costs a credit."""

    EMPTY = "empty"
    NOT_PDF_OR_DOCX = "not_pdf_or_docx"
    TOO_LARGE = "too_large"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    CHANGED = "changed"
    REFUSED_BY_SERVICE = "refused_by_service"


@attrs.frozen
class Document:
    """A CV that may be sent: where it came from, its name, kind, size in bytes and fingerprint."""

    source: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    kind: FileKind
    size: int
    sha256: str
    open: Callable[[], BinaryIO] = attrs.field(repr=False, eq=False)
    """Opens it anew; blocks, so call it in a thread."""


@attrs.frozen
class Rejected:
    """A document that was not taken, why, and in `detail` what to do about it. It cost nothing.

    `duplicate_of` names the source whose copy it is; `said` is the service's own word, where it was the service.
    """

    source: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    reason: RejectReason
    detail: str
    duplicate_of: str | None = attrs.field(default=None, repr=False)
    said: str = attrs.field(default="", repr=False)


async def find_documents(
    sources: Sources, *, max_bytes: int = DEFAULT_MAX_BYTES, seen: dict[str, str] | None = None
) -> AsyncGenerator[Document | Rejected, None]:
    """Every document that the sources hold, checked, in a stable order.

    `seen` maps the fingerprints known so far to their sources, and is added to. Raises `ConfigurationError` for what is
    no source.
    """
    known = seen if seen is not None else {}
    waiting: list[Found] = []
    found = walk(sources)
    try:
        async for item in found:
            waiting.append(item)
            if len(waiting) >= AHEAD:
                for checked in await _check_all(waiting, max_bytes):
                    yield _once(checked, known)
                waiting = []
        if waiting:
            for checked in await _check_all(waiting, max_bytes):
                yield _once(checked, known)
    finally:
        await found.aclose()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


async def count_documents(sources: Sources) -> int | None:
    """How many files there are to screen, by names and sizes; `None` where counting would use the source up."""
    if not is_countable(sources):
        return None
    return await anyio.to_thread.run_sync(count, sources)


async def _check_all(found: list[Found], max_bytes: int) -> list[Document | Rejected]:
    return await anyio.to_thread.run_sync(lambda: [check(item, max_bytes) for item in found])


def _once(checked: Document | Rejected, known: dict[str, str]) -> Document | Rejected:
    if isinstance(checked, Rejected):
        return checked
    first = known.setdefault(checked.sha256, checked.source)
    if first is checked.source:
        return checked
    detail = "the same file was given before under another name; it is screened once"
    return Rejected(checked.source, checked.name, RejectReason.DUPLICATE, detail, duplicate_of=first)


def check(found: Found, max_bytes: int) -> Document | Rejected:
    """Check one file; blocks. The words in `detail` hold neither its name nor its text."""

    def rejected(reason: RejectReason, detail: str) -> Rejected:
        return Rejected(found.source, found.name, reason, detail)

    if found.problem is not None or found.open is None:
        return rejected(RejectReason.MISSING, found.problem or "it cannot be opened")
    try:
        if found.path is not None:
            status = os.stat(found.path)
            if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
                return rejected(RejectReason.UNREADABLE, "it is not an ordinary file")
            if status.st_size > max_bytes:
                return rejected(RejectReason.TOO_LARGE, _too_large(status.st_size, max_bytes))
        with found.open() as file:
            size, sha256 = _fingerprint(file, max_bytes)
            if size > max_bytes:
                return rejected(RejectReason.TOO_LARGE, _too_large(size, max_bytes))
            kind = identify(file, size)
    except FileNotFoundError:
        return rejected(RejectReason.MISSING, "there is no such file")
    except PermissionError:
        return rejected(RejectReason.UNREADABLE, "it may not be read: check its permissions")
    except (OSError, ValueError):
        return rejected(RejectReason.UNREADABLE, "it cannot be read")
    if not isinstance(kind, FileKind):
        if kind.reason is NotACVReason.EMPTY:
            return rejected(RejectReason.EMPTY, "it is empty (0 bytes)")
        return rejected(RejectReason.NOT_PDF_OR_DOCX, f"it is neither PDF nor DOCX but {kind.looks_like}")
    return Document(found.source, found.name, kind, size, sha256, found.open)


def _too_large(size: int, max_bytes: int) -> str:
    return f"it has {size / 1e6:.1f} MB, and the limit is {max_bytes / 1e6:.1f} MB (max_file_bytes)"


def _fingerprint(file: BinaryIO, max_bytes: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while size <= max_bytes and (block := file.read(BLOCK)):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


# --- names on the wire ------------------------------------------------------------------------------------------------

LONGEST_NAME = 200
_UNSAFE = set('"%\\/:*?<>|;\x7f')


def wire_names(documents: Sequence[Document]) -> list[str]:
    """The names that documents go by inside one batch: safe, short, ending as their kind, and each one only once.

    Names that clash (however they are composed or cased) get a `~` and eight hex digits of their content.
    """
    plain = [_safe(document) for document in documents]
    digits = [0] * len(documents)
    while True:
        names = [_marked(name, document, n) for name, document, n in zip(plain, documents, digits, strict=True)]
        places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            places.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(place)
        clashing = [place for group in places.values() if len(group) > 1 for place in group if digits[place] < 64]
        if not clashing:
            return names
        for place in clashing:
            digits[place] = digits[place] + 8


def _safe(document: Document) -> str:
    name = document.name.encode("utf-8", "replace").decode()
    name = "".join("_" if c in _UNSAFE or not c.isprintable() else c for c in name).strip(" .") or "cv"
    suffix = document.kind.suffix
    return name if name.casefold().endswith(suffix) and len(name) > len(suffix) else name + suffix


def _marked(name: str, document: Document, digits: int) -> str:
    suffix = name[-len(document.kind.suffix) :]
    stem = name[: -len(suffix)]
    mark = f"~{document.sha256[:digits]}" if digits else ""
    room = LONGEST_NAME - len((mark + suffix).encode())
    if len(stem.encode()) > room:
        mark = mark or f"~{document.sha256[:8]}"
        room = LONGEST_NAME - len((mark + suffix).encode())
        stem = stem.encode()[:room].decode("utf-8", "ignore")
    return stem + mark + suffix
