"""A multipart/form-data body that streams files from disk off the event loop, and can be made anew for every try.

aiohttp's own FormData reads on the loop's time, cannot be sent twice, and would send a file that changed meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

import anyio.to_thread
import attrs
from aiohttp.payload import Payload

from cvsense_async.errors import DocumentChanged

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

BLOCK = 256 * 1024
"""Bytes read in one visit to a thread; several small files fit into one."""


@attrs.frozen
class FilePart:
    """One file of the body. `open` opens it anew; `sha256`, where given, is what its content must be."""

    field: str
    filename: str = attrs.field(repr=False)
    content_type: str
    size: int
    open: Callable[[], BinaryIO] = attrs.field(repr=False, eq=False)
    sha256: str | None = attrs.field(default=None, repr=False)


class MultipartBody(Payload):
    """The body of one try. Its length is known before, so it goes out with a Content-Length.

    A file that shrank, grew, vanished or changed breaks the body off before its last byte, so that no server ever
    sees a whole request; `failure` then says which.
    """

    _autoclose = False

    def __init__(self, parts: Sequence[FilePart]) -> None:
        boundary = f"cvsense-{secrets.token_hex(16)}"
        super().__init__(None, content_type=f"multipart/form-data; boundary={boundary}")
        self._parts = tuple(parts)
        self._heads = [_head(part, boundary) for part in self._parts]
        self._tail = f"--{boundary}--\r\n".encode()
        self._size = sum(len(head) + part.size + 2 for head, part in zip(self._heads, self._parts, strict=True))
        self._size += len(self._tail)
        self._open: BinaryIO | None = None
        self._reading = False
        self._closed = False
        self.failure: DocumentChanged | None = None

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Not for a body that is streamed from disk."""
        raise TypeError("a multipart body streams from disk and is never held as text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the whole body."""
        blocks = self._blocks()
        while block := await anyio.to_thread.run_sync(self._next, blocks):
            await writer.write(block)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Send the whole body; it has exactly the length that was announced."""
        await self.write(writer)

    async def close(self) -> None:
        """Close the file that is being read, if any; one that a thread still reads is closed by that thread."""
        self._closed = True
        if not self._reading:
            self._close_file()

    def _next(self, blocks: Iterator[bytes]) -> bytes:
        """The next block, in a thread; empty at the end."""
        self._reading = True
        try:
            return b"" if self._closed else next(blocks, b"")
        except DocumentChanged as failure:
            self.failure = failure
            raise
        finally:
            self._reading = False
            if self._closed:
                self._close_file()

    def _close_file(self) -> None:
        file, self._open = self._open, None
        if file is not None:
            file.close()

    def _blocks(self) -> Iterator[bytes]:
        """The body in blocks of about `BLOCK` bytes."""
        gathered: list[bytes] = []
        room = BLOCK
        for index, part in enumerate(self._parts):
            gathered.append(self._heads[index])
            room -= len(self._heads[index])
            for piece in self._pieces(index, part):
                gathered.append(piece)
                room -= len(piece)
                if room <= 0:
                    yield b"".join(gathered)
                    gathered, room = [], BLOCK
            gathered.append(b"\r\n")
        gathered.append(self._tail)
        yield b"".join(gathered)

    def _pieces(self, index: int, part: FilePart) -> Iterator[bytes]:
        digest = hashlib.sha256() if part.sha256 is not None else None
        left = part.size
        try:
            self._open = part.open()
        except OSError:
            raise DocumentChanged(index, "a file can no longer be opened: it was moved, deleted or locked") from None
        try:
            while left:
                piece = self._open.read(min(left, BLOCK))
                if not piece:
                    raise DocumentChanged(index, "a file became shorter between its check and its upload")
                left -= len(piece)
                if digest is not None:
                    digest.update(piece)
                if not left:
                    # Checked before the last piece goes out: what has changed is never whole at the server.
                    if self._open.read(1):
                        raise DocumentChanged(index, "a file became longer between its check and its upload")
                    if digest is not None and digest.hexdigest() != part.sha256:
                        raise DocumentChanged(index, "a file's content changed between its check and its upload")
                yield piece
        except OSError:
            raise DocumentChanged(index, "a file can no longer be read") from None
        finally:
            self._close_file()


def _head(part: FilePart, boundary: str) -> bytes:
    field, filename = _quoted(part.field), _quoted(part.filename)
    lines = (
        f"--{boundary}",
        f'Content-Disposition: form-data; name="{field}"; filename="{filename}"',
        f"Content-Type: {part.content_type}",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def _quoted(text: str) -> str:
    """A parameter as browsers write it (HTML, "multipart/form-data")."""
    safe = text.encode("utf-8", "replace").decode()
    return safe.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
