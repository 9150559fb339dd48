"""A multipart body: what it sends, that it can be sent again, and that it never sends a file that has changed."""

from __future__ import annotations

import asyncio
import email.parser
import email.policy
import gc
import hashlib
import io
import os
import random
import re
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.errors import DocumentChanged
from cvsense_async.transport import multipart
from cvsense_async.transport.multipart import CHUNK, FilePart, MultipartBody

randbytes = random.Random(1).randbytes


def part(content: bytes, name: str = "cv.pdf", *, promised: bytes | None = None, **changes: object) -> FilePart:
    promised = content if promised is None else promised
    fields: dict[str, object] = {
        "field": "files[]",
        "filename": name,
        "content_type": "application/pdf",
        "size": len(promised),
        "open": lambda: io.BytesIO(content),
        "sha256": hashlib.sha256(promised).hexdigest(),
    }
    return FilePart(**{**fields, **changes})  # type: ignore[arg-type]


class Wire:
    """Takes what a body writes; `at` is called with the number of each write."""

    def __init__(self, at: Callable[[int], object] = lambda number: None) -> None:
        self.chunks: list[bytes] = []
        self.at = at

    async def write(self, chunk: bytes) -> None:
        self.at(len(self.chunks))
        self.chunks.append(bytes(chunk))
        await asyncio.sleep(0)

    @property
    def sent(self) -> bytes:
        return b"".join(self.chunks)


async def sent_by(body: MultipartBody, length: int | None = None) -> bytes:
    wire = Wire()
    await body.write_with_length(wire, length)  # type: ignore[arg-type]
    return wire.sent


class Opened:
    """Opens files and remembers which are still open, and in which threads they were touched."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.files: list[BinaryIO] = []
        self.threads: set[int] = set()

    def __call__(self) -> BinaryIO:
        self.threads.add(threading.get_ident())
        self.files.append(io.BytesIO(self.content))
        return self.files[-1]

    async def all_closed(self) -> bool:
        for _ in range(200):
            if all(file.closed for file in self.files):
                return True
            await asyncio.sleep(0.005)
        return False


def parsed(body: MultipartBody, sent: bytes) -> list[tuple[str, str, str, bytes]]:
    """Field, file name, type and content of each part, cut by hand at the boundary."""
    boundary = body.content_type.partition("boundary=")[2].encode()
    first, *pieces, last = (b"\r\n" + sent).split(b"\r\n--" + boundary)
    assert first == b""
    assert last == b"--\r\n"
    parts: list[tuple[str, str, str, bytes]] = []
    for piece in pieces:
        head, _, content = piece.partition(b"\r\n\r\n")
        found = re.search(rb'form-data; name="([^"\r\n]*)"; filename="([^"\r\n]*)"\r\nContent-Type: ([^\r\n]*)', head)
        assert found is not None
        field, name, kind = (group.decode() for group in found.groups())
        parts.append((field, name, kind, content))
    return parts


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(st.tuples(names, st.binary(max_size=2000)), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_names_and_contents_come_back(files: list[tuple[str, bytes]]) -> None:
    """Whatever the names and contents, a parser finds them again, and the length is the one that was promised."""
    body = MultipartBody([part(content, name) for name, content in files])
    sent = asyncio.run(sent_by(body))
    assert len(sent) == body.size
    found = parsed(body, sent)
    wanted = [name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") for name, _ in files]
    assert [name for _, name, _, _ in found] == wanted
    assert [content for *_, content in found] == [content for _, content in files]
    assert {field for field, *_ in found} <= {"files[]"}


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_mail_parser_agrees(contents: list[bytes]) -> None:
    """The standard library's parser finds the same parts, with their types and sizes."""
    body = MultipartBody([part(content.hex().encode(), f"{index}.pdf") for index, content in enumerate(contents)])
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + asyncio.run(sent_by(body)))
    found = list(message.iter_parts())
    assert [each.get_filename() for each in found] == [f"{index}.pdf" for index in range(len(contents))]
    assert [each.get_content_type() for each in found] == ["application/pdf"] * len(contents)
    assert [each.get_payload(decode=True) for each in found] == [content.hex().encode() for content in contents]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 200, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
async def test_sizes_around_a_chunk(size: int) -> None:
    """Files of every size around a chunk arrive whole, in chunks of about the size that was meant."""
    contents = [randbytes(size), b"%PDF-", os.urandom(size)]
    body = MultipartBody([part(content) for content in contents])
    wire = Wire()
    await body.write(wire)  # type: ignore[arg-type]
    assert [content for *_, content in parsed(body, wire.sent)] == contents
    assert max(map(len, wire.chunks)) <= 2 * CHUNK


async def test_many_small_files_take_few_steps() -> None:
    """Fifty small files are read in one step of a thread, not in fifty."""
    wire = Wire()
    await MultipartBody([part(b"%PDF-" * 200) for _ in range(50)]).write(wire)  # type: ignore[arg-type]
    assert len(wire.chunks) == 1


async def test_sent_again() -> None:
    """A body sends the same bytes again, from files that were opened anew and closed, and not on the loop's thread."""
    opened = Opened(randbytes(2 * CHUNK))
    body = MultipartBody([part(opened.content, open=opened)])
    first = await sent_by(body)
    assert await sent_by(body) == first == await body.as_bytes()
    assert len(opened.files) == 3
    assert await opened.all_closed()
    assert threading.get_ident() not in opened.threads
    assert body.decode("latin-1").encode("latin-1") == first


async def test_only_so_many_bytes() -> None:
    """A given length is kept."""
    body = MultipartBody([part(randbytes(CHUNK))])
    assert await sent_by(body, 1000) == (await sent_by(body))[:1000]


def test_boundaries_differ_and_nothing_personal_is_shown() -> None:
    """Each body has a boundary of its own, and no repr tells a file's name."""
    parts = [part(b"x", "jane-doe.pdf")]
    bodies = [MultipartBody(parts), MultipartBody(parts)]
    assert bodies[0].content_type != bodies[1].content_type
    assert "jane" not in repr(bodies) + repr(parts)


def _gone() -> BinaryIO:
    raise FileNotFoundError("jane-doe.pdf")


class _Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("jane-doe.pdf")


LONG = randbytes(2 * CHUNK)
CHANGES = {
    "shrank": part(LONG[:-1], promised=LONG),
    "grew": part(LONG + b"x", promised=LONG),
    "another": part(LONG[:-1] + b"x" if LONG[-1] != 120 else LONG[:-1] + b"y", promised=LONG),
    "vanished": part(b"", promised=LONG, open=_gone),
    "unreadable": part(b"", promised=LONG, open=_Broken),
}


@pytest.mark.parametrize("change", list(CHANGES))
async def test_a_changed_file_breaks_the_body_off(change: str) -> None:
    """A file that shrank, grew, vanished or differs ends the body before its last byte, and says which file it was."""
    body = MultipartBody([part(b"%PDF-fine"), CHANGES[change], part(b"%PDF-after")])
    wire = Wire()
    with pytest.raises(DocumentChanged) as caught:
        await body.write(wire)  # type: ignore[arg-type]
    assert caught.value.index == 1
    assert body.failure is caught.value
    assert len(wire.sent) < (body.size or 0)
    assert b"%PDF-after" not in wire.sent
    assert "jane" not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("number", range(6))
async def test_cancelled_at_each_chunk(number: int) -> None:
    """Cancelled at any chunk, a write leaves no file open and no thread at work."""
    opened = Opened(randbytes(CHUNK))
    body = MultipartBody([part(opened.content, open=opened) for _ in range(6)])
    task: asyncio.Task[None] | None = None

    def cancel(at: int) -> None:
        if at == number and task is not None:
            task.cancel()

    task = asyncio.create_task(body.write(Wire(cancel)))  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await opened.all_closed()
    await _no_upload_threads()


async def test_cancelled_while_a_file_hangs() -> None:
    """A read that hangs does not hold up the cancelling; the file is closed as soon as the read ends."""
    go_on, opened = threading.Event(), threading.Event()
    files: list[BinaryIO] = []

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            go_on.wait(5)
            return super().read(size)

    def open_slow() -> BinaryIO:
        files.append(Slow(LONG))
        opened.set()
        return files[-1]

    task = asyncio.create_task(MultipartBody([part(LONG, open=open_slow)]).write(Wire()))  # type: ignore[arg-type]
    await asyncio.to_thread(opened.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 30)
    assert not files[0].closed
    go_on.set()
    await _no_upload_threads()
    assert files[0].closed


async def _no_upload_threads() -> None:
    for _ in range(6000):
        if not any(thread.name.startswith("cvsense-upload") for thread in threading.enumerate()):
            return
        await asyncio.sleep(0.005)
    raise AssertionError("a thread is still there")


async def test_closed_while_it_is_sent() -> None:
    """A body that is closed under way ends in an error, never as if it had been sent whole."""
    body = MultipartBody([part(randbytes(4 * CHUNK))])
    closing: list[asyncio.Task[None]] = []
    wire = Wire(lambda number: closing.append(asyncio.create_task(body.close())))
    with pytest.raises(ConnectionAbortedError):
        await body.write(wire)  # type: ignore[arg-type]
    assert len(await sent_by(body)) == body.size


async def test_memory_stays_flat(tmp_path: Path) -> None:
    """Sending 40 MiB from disk keeps a few chunks in memory."""
    content = randbytes(8 * CHUNK)
    path = tmp_path / "cv.pdf"
    path.write_bytes(content)
    body = MultipartBody([part(content, open=lambda: path.open("rb")) for _ in range(20)])

    class Nowhere(Wire):
        async def write(self, chunk: bytes) -> None:
            await asyncio.sleep(0)

    gc.collect()
    tracemalloc.start()
    try:
        await body.write(Nowhere())  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 6 * CHUNK
    finally:
        tracemalloc.stop()


# --- over a socket --------------------------------------------------------------------------------------------------


@asynccontextmanager
async def served(handler: Callable[[web.Request], object]) -> AsyncIterator[str]:
    app = web.Application(client_max_size=1 << 30)
    app.router.add_post("/", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_over_a_socket(tmp_path: Path) -> None:
    """aiohttp sends the body with its exact length, not in HTTP chunks, and its own parser finds every file."""
    contents = [randbytes(size) for size in (0, 10, CHUNK, 3 * CHUNK + 1)]
    taken: list[tuple[str | None, str | None, bytes]] = []
    lengths: list[object] = []

    async def take(request: web.Request) -> web.Response:
        lengths.append((request.headers.get("Content-Length"), request.headers.get("Transfer-Encoding")))
        async for found in await request.multipart():
            assert isinstance(found, aiohttp.BodyPartReader)
            taken.append((found.name, found.filename, bytes(await found.read())))
        return web.Response()

    body = MultipartBody([part(content, f'J "{index}" é.pdf') for index, content in enumerate(contents)])
    async with served(take) as url, aiohttp.ClientSession() as http, http.post(url, data=body) as response:
        assert response.status == 200
    assert lengths == [(str(body.size), None)]
    assert [(name, unquote(file or ""), content) for name, file, content in taken] == [
        ("files[]", f'J "{index}" é.pdf', content) for index, content in enumerate(contents)
    ]


async def test_the_server_never_sees_a_whole_request() -> None:
    """When a file has changed the request is cut off: the server's handler cannot read it to its end."""
    ends: list[str] = []

    async def take(request: web.Request) -> web.Response:
        try:
            await request.read()
        except BaseException as error:
            ends.append(type(error).__name__)
            raise
        ends.append("whole")
        return web.Response()

    body = MultipartBody([part(LONG), CHANGES["another"]])
    async with served(take) as url:
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.ClientConnectionError):
                await http.post(url, data=body)
        assert isinstance(body.failure, DocumentChanged)
        for _ in range(100):
            if ends:
                break
            await asyncio.sleep(0.01)
    assert ends
    assert "whole" not in ends


@pytest.mark.parametrize("status", [401, 413])
@pytest.mark.parametrize("how", ["close", "close after some", "keep reading"])
async def test_an_early_answer_can_be_read(how: str, status: int) -> None:
    """An answer that comes before the body is sent is read, and the rest of the body is not sent."""
    answer = f"HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno".encode()
    got = 0
    served_ones: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        served_ones.append(asyncio.current_task())
        await reader.readuntil(b"\r\n\r\n")
        if how == "close after some":
            await reader.readexactly(CHUNK)
        writer.write(answer)
        await writer.drain()
        while how == "keep reading" and (piece := await reader.read(65_536)):
            got += len(piece)
        writer.close()

    opened = Opened(randbytes(4 * CHUNK))
    body = MultipartBody([part(opened.content, open=opened) for _ in range(40)])
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, aiohttp.ClientSession() as http:
        async with http.post(url, data=body) as response:
            assert (response.status, await response.read()) == (status, b"no")
        assert await opened.all_closed()
        assert len(opened.files) < 40
    await asyncio.gather(*(task for task in served_ones if task is not None), return_exceptions=True)
    assert got < (body.size or 0)


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not run there")
def test_on_uvloop(tmp_path: Path) -> None:
    """The same holds on uvloop."""
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_over_a_socket(tmp_path))
        runner.run(test_cancelled_at_each_chunk(2))
        runner.run(test_an_early_answer_can_be_read("close", 413))


async def test_the_loop_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is opened, read or hashed on the loop's thread."""
    here = threading.get_ident()
    real = hashlib.sha256

    def watched(*given: bytes) -> object:
        assert threading.get_ident() != here
        return real(*given)

    body = MultipartBody([part(LONG)])
    monkeypatch.setattr(multipart.hashlib, "sha256", watched)
    assert len(await sent_by(body)) == body.size
