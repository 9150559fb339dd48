"""Reads a CV from a file into a Document: the only entrance to the reading side.

It runs in the calling process, meant for a worker that may be killed; its limits refuse what it can see coming.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from cvsense_async.sandbox.ebsv.contact import contact_of
from cvsense_async.sandbox.ebsv.dates import is_impossible
from cvsense_async.sandbox.ebsv.document import Document, Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.docx import read_docx
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.pdf import read_pdf
from cvsense_async.sandbox.ebsv.roles import overlapping
from cvsense_async.sandbox.ebsv.sections import sections_of
from cvsense_async.sandbox.ebsv.tongues import language_of

MAX_FILE = 30_000_000
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LETTERS = re.compile(r"[^\W\d_]")
_INK = re.compile(r"\S")
_LEAST_LETTERS = 10


def read_document(path: str | os.PathLike[str]) -> Document:
    """Reads a CV (PDF or DOCX, told by its bytes). Raises Unreadable."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError:
        raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The file cannot be opened.") from None
    return read_bytes(content)


def read_bytes(content: bytes) -> Document:
    """Reads a CV from its bytes. Raises Unreadable."""
    if not content:
        raise Unreadable(UnreadableReason.EMPTY, "The file is empty.")
    if len(content) > MAX_FILE:
        raise Unreadable(UnreadableReason.TOO_LARGE, "The file is too large for a CV.")
    kind = _kind(content)
    try:
        passages, pages, flags = read_pdf(content) if kind == "pdf" else read_docx(content)
    except Unreadable:
        raise
    except (MemoryError, RecursionError):
        raise Unreadable(UnreadableReason.TOO_LARGE, "The document takes too much to read.") from None
    except Exception:  # a file may be broken in ways that no reader thought of; what is read from it may not
        raise Unreadable(UnreadableReason.DAMAGED, "The document cannot be read.") from None
    return _document(kind, passages, pages, flags)


def _kind(content: bytes) -> str:
    """What a file is, by its first bytes."""
    head = content[:1024]
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if head.startswith(_OLE2):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(UnreadableReason.ENCRYPTED, "The Word document needs a password to open.")
        raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "Only PDF and DOCX are read; this is an older Office file.")
    if b"%PDF-" in head and not head.startswith((b"MZ", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")):
        return "pdf"
    if not content.strip(b"\x00\t\r\n "):
        raise Unreadable(UnreadableReason.EMPTY, "The file is empty.")
    raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The file is neither a PDF nor a Word document.")


def _document(kind: str, passages: list[Passage], pages: int, flags: tuple[str, ...]) -> Document:
    shown = "".join(one.text for one in passages if not one.hidden)
    letters = len(_LETTERS.findall(shown))
    if letters < _LEAST_LETTERS:
        raise Unreadable(UnreadableReason.NO_TEXT, "The document has hardly any text.")
    if letters < 0.4 * len(_INK.findall(shown)):
        reason = UnreadableReason.DAMAGED if "repaired" in flags else UnreadableReason.NO_TEXT
        raise Unreadable(reason, "The document's characters cannot be told: its fonts do not say which they are.")
    sections = sections_of(passages)
    found = list(flags)
    if any(one.hidden for one in passages):
        found.append("hidden_text")
    roles = [role for section in sections for role in section.roles]
    if any(overlapping(section.roles) for section in sections):
        found.append("dates_overlap")
    if any(role.start and role.end and role.end.index < role.start.index for role in roles):
        found.append("dates_reversed")
    if any(is_impossible(one.text) for one in passages if not one.hidden):
        found.append("dates_impossible")
    language = language_of("\n".join(one.text for one in passages if not one.hidden))
    if language is not None:
        found += ["language_partly_read", f"language_is_{language.lower().replace(' ', '_')}"]
    return Document(kind=kind, pages=pages, sections=sections, contact=contact_of(sections), flags=tuple(found))
