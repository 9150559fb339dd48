"""Read a multipart/form-data body as it arrives: each file becomes its hash, size, first bytes and name.

No file is kept, so that an upload of any size costs the server a few kilobytes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from hashlib import _Hash  # pyright: ignore[reportPrivateUsage]  (typeshed names the type only so)

HEAD_BYTES = 1024
HEADER_LIMIT = 16_384
_PARAMETER = re.compile(rb';\s*([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')


@dataclass(slots=True)
class Part:
    """One part of the form; `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str | None
    size: int = 0
    head: bytes = b""
    sha: str = ""
    hash: _Hash = field(default_factory=hashlib.sha256, repr=False)

    def write(self, piece: memoryview) -> None:
        """Take the next bytes of the part."""
        self.size += len(piece)
        self.hash.update(piece)
        if len(self.head) < HEAD_BYTES:
            self.head += bytes(piece[: HEAD_BYTES - len(self.head)])

    @property
    def kind(self) -> str | None:
        """`pdf`, `docx` or None, by the first bytes and never by the name."""
        if b"%PDF-" in self.head:
            return "pdf"
        return "docx" if self.head.startswith(b"PK\x03\x04") else None


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a multipart content type, None when it is another type."""
    if not content_type.lower().startswith("multipart/form-data"):
        return None
    match = re.search(r'boundary=(?:"([^"]+)"|([^;\s]+))', content_type, re.IGNORECASE)
    return (match[1] or match[2]).encode("latin-1") if match else None


def _part(head: bytes, filename_star: bool) -> Part | None:
    disposition, content_type = b"", None
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        match name.strip().lower():
            case b"content-disposition":
                disposition = value
            case b"content-type":
                content_type = value.strip().decode("latin-1")
            case _:
                pass
    said = {
        match[1].decode("latin-1").lower(): re.sub(rb"\\(.)", rb"\1", match[2]) if match[2] is not None else match[3]
        for match in _PARAMETER.finditer(disposition)
    }
    if b"form-data" not in disposition.lower() or "name" not in said:
        return None
    filename = said["filename"].decode("utf-8", "replace") if "filename" in said else None
    if filename is None and filename_star and "filename*" in said:
        charset, _, quoted = said["filename*"].decode("latin-1").partition("'")
        filename = unquote(quoted.partition("'")[2], encoding=charset or "utf-8")
    return Part(said["name"].decode("utf-8", "replace"), filename, content_type)


class Multipart:
    """A sink for a form's bytes; after `close`, `parts` holds the parts and `broken` says why it could not be read."""

    def __init__(self, boundary: bytes, *, filename_star: bool = True) -> None:
        self.parts: list[Part] = []
        self.broken: str | None = None
        self._delimiter = b"\r\n--" + boundary
        self._star = filename_star
        self._rest = b"\r\n"
        self._state = "preamble"
        self._part: Part | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        if self._state == "end" or self.broken:
            return
        rest = self._rest + chunk
        view, at, size = memoryview(rest), 0, len(rest)
        while self._state != "end" and not self.broken:
            if self._state in {"preamble", "body"}:
                found = rest.find(self._delimiter, at)
                stop = found if found >= 0 else max(at, size - len(self._delimiter))
                if self._part is not None and stop > at:
                    self._part.write(view[at:stop])
                at = stop
                if found < 0:
                    break
                self._end_part()
                at += len(self._delimiter)
                self._state = "delimiter"
            elif self._state == "delimiter":
                if size - at < 2:
                    break
                mark = rest[at : at + 2]
                if mark not in {b"--", b"\r\n"}:
                    self.broken = "the boundary is followed by neither a line nor the end"
                self._state = "end" if mark == b"--" else "headers"
                at += 2
            else:
                found = rest.find(b"\r\n\r\n", at)
                if found < 0:
                    if size - at > HEADER_LIMIT:
                        self.broken = "a part's headers do not end"
                    break
                self._part = _part(rest[at:found], self._star)
                if self._part is None:
                    self.broken = "a part has no name"
                at, self._state = found + 4, "body"
        view.release()
        self._rest = rest[at:]

    def _end_part(self) -> None:
        if self._part is not None:
            self._part.sha = self._part.hash.hexdigest()
            self.parts.append(self._part)
            self._part = None

    def close(self) -> None:
        """The body has ended."""
        if self._state != "end" and not self.broken:
            self.broken = "the form does not end with its boundary"
