"""Asks a service one thing at a time over plain HTTP and keeps what came back, byte for byte.

The doctor must see what is really sent, so it does without the client's reading, retries and limits.
"""

from __future__ import annotations

import asyncio
import datetime
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import attrs
from yarl import URL

LARGEST = 16 * 1024 * 1024
TIMEOUT_SECONDS = 30


@attrs.frozen
class SentFile:
    """A file of an upload."""

    name: str
    content_type: str
    content: bytes = attrs.field(repr=False)


@attrs.frozen
class Answer:
    """What came back for one question; a `status` of 0 is "nothing whole". `came`: when, by this machine's clock."""

    path: str
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    seconds: float
    tls: str | None = None
    step: str = ""
    method: str = "GET"
    sent: Any = attrs.field(default=None, repr=False)
    files: tuple[SentFile, ...] = attrs.field(default=(), repr=False)
    came: datetime.datetime = attrs.field(factory=lambda: datetime.datetime.now(datetime.UTC))

    @property
    def fine(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300


class Asker:
    """Asks one service with one key; `answers` holds all that came back."""

    def __init__(self, http: aiohttp.ClientSession, url: URL, key: str, proxy: str | None) -> None:
        self.answers: list[Answer] = []
        self._http, self._url, self._key, self._proxy = http, url, key, proxy

    async def ask(
        self,
        path: str,
        *,
        step: str = "",
        method: str = "GET",
        sent: Any = None,
        files: Sequence[SentFile] = (),
        field: str = "files[]",
        accept: str = "application/json",
    ) -> Answer:
        """One request and its whole answer, which follows no redirect.

        Raises aiohttp's errors, `OSError` and `TimeoutError` where no whole answer came, `ValueError` for one that is
        too large.
        """
        started = time.monotonic()
        headers = {"Authorization": f"Bearer {self._key}", "Accept": accept, "User-Agent": "cvsense-async doctor"}
        form = _form(files, field) if files else None
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            self._http.request(
                method, URL(f"{self._url}{path}", encoded=True), headers=headers, allow_redirects=False,
                proxy=self._proxy, json=sent, data=form,
            ) as response,
        ):  # fmt: skip
            tls = _tls(response)
            body = await response.content.read(4 * 1024 * 1024)
            while more := await response.content.read(64 * 1024):
                body += more
                if len(body) > LARGEST:
                    raise ValueError("the answer is too large")
        took = time.monotonic() - started
        answer = Answer(path, response.status, response.headers, body, took, tls, step, method, sent, tuple(files))
        self.answers.append(answer)
        return answer

    def missed(self, path: str, step: str, method: str, sent: Any, files: Sequence[SentFile]) -> Answer:
        """Note a question that nothing whole came back for."""
        answer = Answer(path, 0, {}, b"", 0.0, None, step, method, sent, tuple(files))
        self.answers.append(answer)
        return answer


def _form(files: Sequence[SentFile], field: str) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for file in files:
        form.add_field(field, file.content, filename=file.name, content_type=file.content_type)
    return form


def _tls(response: aiohttp.ClientResponse) -> str | None:
    transport = response.connection.transport if response.connection is not None else None
    secured: Any = transport.get_extra_info("ssl_object") if transport is not None else None
    if not isinstance(secured, (ssl.SSLObject, ssl.SSLSocket)):
        return None
    certificate: Any = secured.getpeercert() or {}
    until: Any = certificate.get("notAfter")
    days = (
        f", certificate valid for {(ssl.cert_time_to_seconds(until) - time.time()) / 86400:.0f} days" if until else ""
    )
    return f"{secured.version()}{days}"
