"""HTTP/1.1 over asyncio's plain protocol: one connection, its requests, and every rude way of ending one.

A web framework hides dropped, cut and reset answers and spends the cores that the client under test needs.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

HEAD_LIMIT = 65_536
LINGER_SECONDS = 10.0
REASONS = {status.value: status.phrase for status in HTTPStatus}


class Sink(Protocol):
    """Takes a body's bytes as they arrive."""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""

    def close(self) -> None:
        """The body has ended whole."""


class Discard:
    """A sink that keeps nothing."""

    def feed(self, chunk: bytes) -> None:
        """Forget the bytes."""

    def close(self) -> None:
        """Nothing to end."""


class Buffer:
    """A sink that keeps a small body."""

    def __init__(self, limit: int = 4_000_000) -> None:
        self.body = bytearray()
        self._limit = limit

    def feed(self, chunk: bytes) -> None:
        """Keep the bytes, up to the limit."""
        if len(self.body) < self._limit:
            self.body += chunk

    def close(self) -> None:
        """Nothing to end."""


@dataclass(slots=True)
class Answer:
    """A status, headers and body; `cut` announces that many bytes more than are sent, `drip` spreads the body.

    `proxy` marks an answer that the service itself never saw: it has no rate headers.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cut: int = 0
    drip: float = 0.0
    proxy: bool = False


def json_answer(status: int, content: Any) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


class Request:
    """One request: its head at once, its body in `sink`, and whether its client has gone."""

    __slots__ = ("connection", "gone", "headers", "length", "method", "path", "query", "received", "sink", "state")

    def __init__(self, connection: Connection, method: str, target: str, headers: dict[str, str]) -> None:
        parts = urlsplit(target)
        self.connection = connection
        self.method = method
        self.path = [unquote(piece) for piece in parts.path.split("/")[1:]]
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else {}
        self.headers = headers
        self.length: int | None = 0
        self.received = 0
        self.sink: Sink = Discard()
        self.gone: asyncio.Event | None = None
        self.state: Any = None

    async def wait_or_gone(self, seconds: float) -> bool:
        """Wait; True as soon as the client has gone."""
        if self.connection.lost:
            return True
        self.gone = asyncio.Event()
        try:
            await asyncio.wait_for(self.gone.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Service(Protocol):
    """What a connection serves: told at a request's head, at its body's end, and when it broke off."""

    def uplink(self) -> float:
        """How many seconds the next request is still on its way."""
        ...

    def begin(self, request: Request) -> None:
        """The head has arrived; may set the sink, answer, drop or freeze."""

    def finish(self, request: Request) -> None:
        """The whole body has arrived; must answer, now or later."""

    def broken_off(self, request: Request) -> None:
        """The connection ended before the body did."""


class Connection(asyncio.Protocol):
    """One client connection; requests are served one after another."""

    def __init__(self, service: Service, connections: set[Connection]) -> None:
        self._service = service
        self._connections = connections
        self._buffer: bytes = b""
        self._request: Request | None = None
        self._left: int = 0
        self._chunk: str = "size"
        self._line: bytes = b""
        self._whole: bool = False
        self._answered: bool = False
        self._keep: bool = True
        self._delayed: bool = False
        self._frozen: bool = False
        self.lost = False
        self.silent = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._connections.add(self)
        made = transport.get_extra_info("socket")
        if made is not None:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._connections.discard(self)
        request = self._request
        if request is not None:
            if request.gone is not None:
                request.gone.set()
            if not self._whole:
                self._service.broken_off(request)

    def data_received(self, data: bytes) -> None:
        if self.silent:
            return
        if self._request is not None and not self._whole and not self._buffer:
            self._feed(data)
        else:
            self._buffer += data
        if self._request is None and not self._delayed and (seconds := self._service.uplink()) > 0:
            self._delayed = True
            self.freeze(seconds)
        else:
            self._advance()

    def _advance(self) -> None:
        while not self.lost and not self.transport.is_closing() and not self._frozen:
            if self._request is not None:
                if not self._whole:
                    if not self._buffer:
                        return
                    data, self._buffer = self._buffer, b""
                    self._feed(data)
                    if not self._whole:
                        return
                    continue
                if not self._answered:
                    return
                self._request, self._delayed = None, False
                if not self._keep:
                    self.transport.close()
                    return
            if not self._head():
                return

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_LIMIT:
                self.transport.abort()
            return False
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        lines = head.decode("latin-1").lstrip("\r\n").split("\r\n")
        try:
            method, target, version = lines[0].split(" ")
        except ValueError:
            self.transport.abort()
            return False
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        request = Request(self, method, target, headers)
        self._request, self._answered, self._whole = request, False, False
        said = headers.get("connection", "").lower()
        self._keep = "close" not in said and version != "HTTP/1.0"
        if "chunked" in headers.get("transfer-encoding", "").lower():
            request.length, self._left, self._chunk = None, 0, "size"
        else:
            length = headers.get("content-length", "0")
            if not length.isdigit():
                self.transport.abort()
                return False
            request.length = self._left = int(length)
        self._service.begin(request)
        if self.transport.is_closing():
            return False
        if headers.get("expect", "").lower() == "100-continue" and not self._answered:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.length == 0:
            self._end_body()
        return True

    def _feed(self, data: bytes) -> None:
        request = self._request
        assert request is not None
        if request.length is None:
            self._feed_chunks(request, data)
            return
        piece = data if len(data) <= self._left else data[: self._left]
        self._left -= len(piece)
        request.received += len(piece)
        request.sink.feed(piece)
        if len(piece) < len(data):
            self._buffer = data[len(piece) :] + self._buffer
        if self._left == 0:
            self._end_body()

    def _feed_chunks(self, request: Request, data: bytes) -> None:
        data, self._line = self._line + data, b""
        at = 0
        while at < len(data):
            if self._chunk == "bytes":
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                request.received += len(piece)
                request.sink.feed(piece)
                if self._left == 0:
                    self._chunk = "line"
                continue
            end = data.find(b"\r\n", at)
            if end < 0:
                break
            line, at = data[at:end], end + 2
            if self._chunk == "line":
                self._chunk = "size"
            elif self._chunk == "size":
                try:
                    self._left = int(line.split(b";")[0], 16)
                except ValueError:
                    self.transport.abort()
                    return
                self._chunk = "bytes" if self._left else "trailer"
            elif not line:
                self._buffer = data[at:] + self._buffer
                self._end_body()
                return
        self._line = data[at:]

    def _end_body(self) -> None:
        request = self._request
        assert request is not None
        self._whole = True
        request.sink.close()
        self._service.finish(request)

    def reply(self, request: Request, answer: Answer) -> int:
        """Send an answer, or nothing when the client has gone; returns the bytes of its body."""
        if self.lost or request is not self._request or self._answered or self.transport.is_closing():
            return 0
        reason = REASONS.get(answer.status, "Unknown")
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        if answer.body or answer.status not in {204, 304}:
            lines += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body) + answer.cut}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if not self._keep:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self._answered = True
        if answer.drip:
            self._drip(head, answer)
            return len(answer.body)
        self.transport.write(head + answer.body)
        if answer.cut:
            self.transport.close()
        elif not self._keep and not self._whole:
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.close)
        elif self._whole:
            asyncio.get_running_loop().call_soon(self._advance)
        return len(answer.body)

    def _drip(self, head: bytes, answer: Answer) -> None:
        loop, steps = asyncio.get_running_loop(), 8
        size = max(1, -(-len(answer.body) // steps))
        pieces = [answer.body[at : at + size] for at in range(0, len(answer.body), size)] or [b""]
        self._answered = False
        self.transport.write(head)

        def send(index: int) -> None:
            if self.lost or self.transport.is_closing():
                return
            self.transport.write(pieces[index])
            if index + 1 < len(pieces):
                loop.call_later(answer.drip / steps, send, index + 1)
            else:
                self._answered = True
                self._advance()

        loop.call_later(answer.drip / steps, send, 0)

    def drop(self) -> None:
        """End the connection without an answer."""
        self.transport.close()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        made = self.transport.get_extra_info("socket")
        if made is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def freeze(self, seconds: float) -> None:
        """Read nothing for some seconds, nor look at what came with the head; the rest waits in the kernel."""
        self._frozen = True
        self.transport.pause_reading()

        def thaw() -> None:
            self._frozen = False
            if not self.lost and not self.transport.is_closing():
                self.transport.resume_reading()
            self._advance()

        asyncio.get_running_loop().call_later(seconds, thaw)
