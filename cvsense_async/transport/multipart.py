"""A multipart/form-data body (RFC 7578) that can be sent again, is streamed from disk, and checks what it sends.

`aiohttp.FormData` can be sent once, and sends whatever a file holds by then. A CV that changed after its check would be
paid for as one that nobody looked at, so a file that does not fit its size and fingerprint breaks the body off before
its last byte: the service never sees a whole request.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import attrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from cvsense_async.errors import DocumentChanged

CHUNK = 256 * 1024
"""Bytes that one step in a thread reads, over as many files as it takes."""


@attrs.frozen
class FilePart:
    """One file of a body. `open` opens it anew for every try; `sha256` guards against a change since its check."""

    field: str
    filename: str = attrs.field(repr=False)
    content_type: str
    size: int
    open: Callable[[], BinaryIO] = attrs.field(repr=False, eq=False)
    sha256: str | None = attrs.field(default=None, repr=False)


class MultipartBody(Payload):
    """The body of an upload, with its exact length. Each time it is written it opens its files anew.

    `failure` is why a write was broken off: aiohttp reports that as a lost connection, and the caller should raise
    this instead. `sent`: the last byte of the latest write has been handed on, so the service may hold all of it. It
    holds no file between writes; `close` ends a write that is still under way.
    """

    _autoclose = True

    def __init__(self, parts: Sequence[FilePart]) -> None:
        boundary = f"cvsense-{secrets.token_hex(16)}"
        super().__init__(None, content_type=f"multipart/form-data; boundary={boundary}")
        self.failure: DocumentChanged | None = None
        self.sent: bool = False
        self._parts = tuple(parts)
        self._heads = [_head(part, boundary) for part in self._parts]
        self._end = f"--{boundary}--\r\n".encode()
        inner = sum(len(head) + part.size + 2 for head, part in zip(self._heads, self._parts, strict=True))
        self._size = inner + len(self._end)
        self._closed = 0

    def __repr__(self) -> str:
        return f"<MultipartBody files={len(self._parts)} size={self._size}>"

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The whole body as text. It reads files, so call it in a thread. Raises `DocumentChanged`."""
        return b"".join(self._chunks()).decode(encoding, errors)

    async def as_bytes(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """The whole body. Raises `DocumentChanged`."""
        pieces: list[bytes] = []
        ahead = _Ahead(self._chunks())
        try:
            while chunk := await ahead.chunk():
                pieces.append(chunk)
        finally:
            ahead.close()
        return b"".join(pieces)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the whole body. Raises `DocumentChanged` where a file is not what it was."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Send the body, or its first `content_length` bytes. Raises `DocumentChanged` as `write` does."""
        room = self._size or 0
        if content_length is not None:
            room = min(room, content_length)
        time_of_writing = self._closed
        self.sent = False
        ahead = _Ahead(self._chunks())
        try:
            while room > 0:
                chunk = await ahead.chunk()
                if self._closed != time_of_writing:
                    raise ConnectionAbortedError("the body was closed while it was sent")
                room_after = room - len(chunk)
                self.sent = room_after <= 0  # said before it is: a write that waits for room has sent some of it
                await writer.write(chunk[:room])
                room = room_after
        except DocumentChanged as changed:
            self.failure = changed
            raise
        finally:
            ahead.close()

    def _close(self) -> None:
        self._closed += 1

    def _chunks(self) -> Generator[bytes, None, None]:
        """The body in chunks of about `CHUNK` bytes; the last one only when every file was what it should be."""
        gathered: list[bytes] = []
        length = 0
        for index, part in enumerate(self._parts):
            gathered.append(self._heads[index])
            length += len(self._heads[index])
            for piece in _content(part, index, CHUNK - length):
                gathered.append(piece)
                length += len(piece)
                if length >= CHUNK:
                    yield b"".join(gathered)
                    gathered, length = [], 0
            gathered.append(b"\r\n")
            length += 2
        gathered.append(self._end)
        yield b"".join(gathered)


def _head(part: FilePart, boundary: str) -> bytes:
    """A part's own header, its names written as browsers do (HTML, multipart/form-data encoding algorithm)."""
    media = part.content_type.replace("\r", "").replace("\n", "")
    lines = (
        f"--{boundary}",
        f'Content-Disposition: form-data; name="{_quoted(part.field)}"; filename="{_quoted(part.filename)}"',
        f"Content-Type: {media}",
        "\r\n",
    )
    return "\r\n".join(lines).encode("utf-8", "replace")


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _content(part: FilePart, index: int, room: int) -> Generator[bytes, None, None]:
    """A file's bytes, read anew. Raises `DocumentChanged` where they are not those that were promised."""
    try:
        file = part.open()
    except Exception as error:
        words = f"a file could not be opened again for its upload ({type(error).__name__})"
        raise DocumentChanged(index, words) from None
    left = part.size
    digest = None if part.sha256 is None else hashlib.sha256()
    with file:
        while left > 0:
            piece = _read(file, min(left, room if room > 0 else CHUNK), index)
            if not piece:
                raise DocumentChanged(index, "a file is shorter than it was when it was checked")
            left -= len(piece)
            room = 0
            if digest is not None:
                digest.update(piece)
            yield piece
        if _read(file, 1, index):
            raise DocumentChanged(index, "a file is longer than it was when it was checked")
    if digest is not None and digest.hexdigest() != part.sha256:
        raise DocumentChanged(index)


def _read(file: BinaryIO, length: int, index: int) -> bytes:
    try:
        return file.read(length)
    except Exception as error:
        words = f"a file could not be read again for its upload ({type(error).__name__})"
        raise DocumentChanged(index, words) from None


class _Ahead:
    """Chunks read in a thread of their own, always one ahead of what is asked for, so that hashing costs no time.

    Only that thread touches the open file, so it is that thread, too, that closes it, after the read under way; the
    event loop waits for neither.
    """

    def __init__(self, chunks: Generator[bytes, None, None]) -> None:
        self._chunks = chunks
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cvsense-upload")
        self._next = self._read()

    async def chunk(self) -> bytes:
        """The next chunk; empty at the end."""
        chunk = await self._next
        self._next = self._read()
        return chunk

    def close(self) -> None:
        """Give up what was read ahead, and have the file closed."""
        if not self._next.cancel() and not self._next.cancelled():
            self._next.exception()  # so that the loop does not complain of an error that nobody has met
        self._thread.submit(self._chunks.close)
        self._thread.shutdown(wait=False)

    def _read(self) -> asyncio.Future[bytes]:
        return asyncio.get_running_loop().run_in_executor(self._thread, next, self._chunks, b"")
