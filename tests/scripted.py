"""A server on a real socket that answers what the test wrote, byte for byte, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

KEY = "cvs_very_secret_key"

Answerer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


class Raw:
    """A server that answers each request with what the test wrote, and keeps what it was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_key = KEY
        self.heads: list[str] = []


@asynccontextmanager
async def _listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server on a free port of this machine; gives the base URL at which `serve` answers."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1"
    finally:
        server.close()


@asynccontextmanager
async def raw_server(*answers: bytes | Answerer) -> AsyncIterator[Raw]:
    """Answers the n-th request with the n-th answer, the last one again and again."""
    raw = Raw("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                raw.heads.append(head.decode())
                length = next(
                    (
                        int(line.split(":")[1])
                        for line in head.decode().split("\r\n")
                        if line.lower().startswith("content-length")
                    ),
                    0,
                )
                body = await reader.readexactly(length)
                answer = answers[min(len(raw.heads), len(answers)) - 1]
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(reader, writer, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with _listening(serve) as raw.url:
        yield raw


@asynccontextmanager
async def early_server(early: list[bytes], last: bytes, bodies: list[int]) -> AsyncIterator[Raw]:
    """Answers the first requests at their heads, as a limiter in front of a service does, and reads on all the same.

    The next one is answered when it is whole. `bodies` gets the length of each body that came whole.
    """
    raw = Raw("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            raw.heads.append(head.decode())
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            refusal = early[len(raw.heads) - 1] if len(raw.heads) <= len(early) else None
            if refusal is not None:
                writer.write(refusal)
                await writer.drain()
            await reader.readexactly(length)
            bodies.append(length)
            if refusal is None:
                writer.write(last)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with _listening(serve) as raw.url:
        yield raw


def answer(status: int, body: Any = b"", **headers: str) -> bytes:
    """An HTTP answer as bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Length: {len(content)}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


CREDITS = answer(200, {"success": True, "data": {"balance": 12, "reserved": 0, "used": 3}})


@asynccontextmanager
async def asked_server(respond: Callable[[str], bytes]) -> AsyncIterator[Raw]:
    """Answers each request with what `respond` makes of its target (path and query)."""
    raw = Raw("")

    async def by_target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(respond(raw.heads[-1].split()[1]))
        await writer.drain()

    async with raw_server(by_target) as running:
        raw = running
        yield raw


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    await asyncio.sleep(5)


async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.transport.abort()
