"""What one file is to a run: a `Document` that can be sent, or a `Rejected` one and why.

They are apart from the finding of them, because the batches, the journal and the exports know documents but no folders.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import BinaryIO

import attrs

from cvsense_async.api.content import FileKind


class RejectReason(StrEnum):
    """Why a document was not sent, or not taken."""

    EMPTY = "empty"
    NOT_PDF_OR_DOCX = "not_pdf_or_docx"
    TOO_LARGE = "too_large"
    DUPLICATE = "duplicate"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"
    """Its server, or bucket, could not be reached or failed, at several tries: a resumed run tries again."""
    FORBIDDEN = "forbidden"
    """Its server, or bucket, refused access to it: a resumed run tries again."""
    CHANGED = "changed"
    REFUSED_BY_SERVICE = "refused_by_service"


OUT_OF_REACH = (RejectReason.UNREACHABLE, RejectReason.FORBIDDEN)
"""What says nothing of the document itself, so that it is looked for again."""


@attrs.frozen
class Document:
    """A CV that was checked and can be sent: its kind by content, its size in bytes, and the SHA-256 of its bytes.

    `source` is where it came from, as the caller would name it; `name` is the file's own name. Both are printable:
    bytes of a name that are no UTF-8 stand in them as `\\xNN`.
    """

    source: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    kind: FileKind
    size: int
    sha256: str
    _opener: Callable[[], BinaryIO] = attrs.field(repr=False, eq=False)
    key: bytes | None = attrs.field(default=None, repr=False, eq=False)
    """The absolute path or URL that it can be opened by again in another process, if there is one."""
    mtime_ns: int | None = attrs.field(default=None, repr=False, eq=False)
    """When its file had last been written when it was found."""

    def open(self) -> BinaryIO:
        """Open the content anew. It reads a file, so call it in a thread. Raises `OSError` where that fails."""
        return self._opener()


@attrs.frozen
class Rejected:
    """A document that is not screened; it cost nothing and stops nothing.

    `detail` says why in a sentence for people, without the file's name or text; `duplicate_of` is the source of the
    document that has the same bytes; `said` is what the service said, where it refused it.
    """

    source: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    reason: RejectReason
    detail: str
    duplicate_of: str | None = attrs.field(default=None, repr=False)
    said: str = attrs.field(default="", repr=False)
    sha256: str | None = attrs.field(default=None, repr=False)
    """Its content, where it was good and was refused only afterwards."""
