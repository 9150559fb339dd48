"""`cvsense doctor`: asks a real service a few harmless questions and says where it keeps to the contract.

The documentation is silent on much that the client relies on, so each assumption that an answer can confirm or refute
is a line of the table. It only reads: no credits, nothing is made or changed.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import attrs
from yarl import URL

from cvsense_async.transport.connection import DEFAULT_BASE_URL, Connection, checked_base_url, open_http, proxy_for
from cvsense_async.transport.settings import Timeouts

from . import progress, show
from .consoles import emit, out, say
from .ending import run
from .judging import CheckUp, advice, judge
from .safe import json_text, one_line
from .service import KEY_VARIABLE, check_key
from .statuses import FAILURE, OK, REFUSED

QUESTIONS = ("/account", "/account/credits", "/account/usage", "/jobs?page=1&per_page=2", "/jobs/0")
"""What is asked, in order; the last one is there to be refused, so that a refusal's form is seen."""


_CONTRACT = {"doc": "documented"}
"""How a person reads what `--json` says of a line."""


@attrs.frozen
class Answer:
    """What came back for one question."""

    path: str
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    seconds: float
    tls: str | None = None


def doctor(base_url: str | None, *, as_json: bool) -> int:
    """Examine the service; gives the exit status."""
    check_key()
    return run(lambda _: _examine(base_url, as_json=as_json))


async def _examine(base_url: str | None, *, as_json: bool) -> int:
    settings = Connection(base_url=base_url or os.environ.get("CVSENSE_BASE_URL") or DEFAULT_BASE_URL)
    url = checked_base_url(settings.base_url)
    key = os.environ[KEY_VARIABLE].strip()
    check_up = CheckUp()
    check_up.add("the key's form", "doc", "cvs_…" if key.startswith("cvs_") else "another form", key.startswith("cvs_"))
    answers: list[Answer] = []
    trouble = ""
    async with open_http(settings, Timeouts()) as http:
        for path in QUESTIONS:
            try:
                with progress.waiting():
                    answers.append(await _asked(http, url, path, key, proxy_for(url, settings)))
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                trouble = _next(error)
                check_up.add(f"GET {path.partition('?')[0]}", "", _why(error), None, failed=True)
                break
            if answers[-1].status in (401, 403, 429):
                break
    judge(check_up, answers, url.scheme)
    _print(check_up, str(url), as_json=as_json)
    if words := trouble or advice(check_up, answers):
        say(words)
    if any(answer.status in (401, 403) for answer in answers[:1]):
        return REFUSED
    return FAILURE if check_up.failed else OK


async def _asked(http: aiohttp.ClientSession, url: URL, path: str, key: str, proxy: str | None) -> Answer:
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json", "User-Agent": "cvsense-async doctor"}
    async with (
        asyncio.timeout(30),
        http.get(URL(f"{url}{path}"), headers=headers, allow_redirects=False, proxy=proxy) as response,
    ):
        tls = _tls(response)
        body = await response.content.read(4 * 1024 * 1024)
        while more := await response.content.read(64 * 1024):
            body += more
            if len(body) > 16 * 1024 * 1024:
                raise ValueError("the answer is too large")
    return Answer(path, response.status, response.headers, body, time.monotonic() - started, tls)


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


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no whole answer within 30 s"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the certificate was refused"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name was not found"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection ({one_line(error.os_error.strerror or error.os_error)})"
    return f"{type(error).__name__}: {one_line(error)}"


def _next(error: BaseException) -> str:
    """What to do where no answer came."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "a private CA is named by SSL_CERT_FILE, a file of certificates in PEM form"
    return f"check the network, the proxy (HTTPS_PROXY) and the address; the service's own is {DEFAULT_BASE_URL}"


def _print(check_up: CheckUp, url: str, *, as_json: bool) -> None:
    if as_json:
        emit(json_text({"base_url": url, "checks": [attrs.asdict(one) for one in check_up.checks]}, indent=2) + "\n")
        return
    emit(f"{one_line(url)}\n\n")
    show.rows(
        out(),
        ("Verdict", "Check", "Contract", "Found"),
        [(one.verdict, one.check, _CONTRACT.get(one.contract, one.contract), one.found) for one in check_up.checks],
        wraps="Found",
    )
    counts = {word: sum(1 for one in check_up.checks if one.verdict == word) for word in ("ok", "differs", "failed")}
    differ = "differs" if counts["differs"] == 1 else "differ"
    show.line(out(), f"\n{counts['ok']} ok, {counts['differs']} {differ} from the contract, {counts['failed']} failed")
