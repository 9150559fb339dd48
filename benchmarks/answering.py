"""A server that answers each path with the same bytes, in a process of its own, and spends next to nothing on it.

Clients are measured against it by their own CPU time, so it may not be what they wait for.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)


class Answers(asyncio.Protocol):
    """One connection: a request is answered when its head has come, and a body of a known length is behind it."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._held = b""
        self._body = 0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._body > len(data):
            self._body -= len(data)
            return
        self._held += data[self._body :]
        if self._body:
            self._body = 0
            self._transport.write(self._answer)  # type: ignore[attr-defined]
        while b"\r\n\r\n" in self._held:
            head, _, self._held = self._held.partition(b"\r\n\r\n")
            self._answer = self._answers[head.split(b" ", 2)[1].partition(b"?")[0]]
            length = LENGTH.search(head)
            self._body = int(length[1]) if length is not None else 0
            if self._body > len(self._held):
                self._body -= len(self._held)
                self._held = b""
                return
            self._held, self._body = self._held[self._body :], 0
            self._transport.write(self._answer)  # type: ignore[attr-defined]


def answer(body: bytes) -> bytes:
    """A whole answer with the headers that the service sends."""
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-RateLimit-Limit: 1000000000\r\n"
        b"X-RateLimit-Remaining: 999999999\r\nX-Request-Id: 0123456789abcdef\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body


async def serve(bodies: dict[str, str]) -> None:
    """Serve on any port, which is printed, until stdin ends."""
    answers = {path.encode(): answer(body.encode()) for path, body in bodies.items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answers(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def answering(bodies: dict[str, str]) -> Iterator[str]:
    """The base URL of a server that answers these paths with these bodies."""
    server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        server.stdin.write(json.dumps(bodies) + "\n")
        server.stdin.flush()
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.stdin.close()
        server.wait()
        server.stdout.close()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.stdin.readline())))
