"""`cvsense doctor`: asks a real service a few harmless questions and says where it keeps to the contract.

The documentation is silent on much that the client relies on, so each assumption that an answer can confirm or refute
is a line of the table. Without `--paid` it only reads: no credits, nothing is made or changed. With it, it walks
through the endpoints with one invented CV.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import attrs

from cvsense_async.transport.connection import DEFAULT_BASE_URL, Connection, checked_base_url, open_http, proxy_for
from cvsense_async.transport.settings import Timeouts

from . import progress, show
from .asked import Answer, Asker
from .asking import can_ask, confirm
from .assumptions import Verdict, verdicts
from .consoles import emit, out, say
from .ending import Stop, run
from .judging import CheckUp, advice, judge
from .record import check_place, write_record
from .safe import json_text, one_line
from .service import KEY_VARIABLE, check_key
from .statuses import CREDITS, FAILURE, INCOMPLETE, OK, REFUSED
from .walk import Walk

QUESTIONS = {
    "account": "/account",
    "credits at first": "/account/credits",
    "usage": "/account/usage",
    "jobs": "/jobs?page=1&per_page=2",
    "an unknown job": "/jobs/0",
}
"""What is asked, in order; the last one is there to be refused, so that a refusal's form is seen."""


_CONTRACT = {"doc": "documented"}
"""How a person reads what `--json` says of a line."""


NOTICE = (
    "This has one invented CV screened: one credit. A second credit is held for a moment and comes back on cancel. "
    "A job, batches, a shortlist and a webhook are made; what can be deleted is, and what stays is told."
)


def doctor(
    base_url: str | None, *, as_json: bool, paid: bool = False, yes: bool = False, record: Path | None = None
) -> int:
    """Examine the service; gives the exit status."""
    check_key()
    if record is not None:
        check_place(record)
    if paid and not yes and not can_ask():
        raise Stop("--paid spends a credit and there is nobody to ask: say --yes")
    return run(lambda _: _examine(base_url, as_json=as_json, paid=paid, ask_first=paid and not yes, record=record))


async def _examine(base_url: str | None, *, as_json: bool, paid: bool, ask_first: bool, record: Path | None) -> int:
    settings = Connection(base_url=base_url or os.environ.get("CVSENSE_BASE_URL") or DEFAULT_BASE_URL)
    url = checked_base_url(settings.base_url)
    key = os.environ[KEY_VARIABLE].strip()
    if ask_first:
        await confirm(NOTICE, "nothing was sent")
    check_up = CheckUp()
    check_up.add("the key's form", "doc", "cvs_…" if key.startswith("cvs_") else "another form", key.startswith("cvs_"))
    left, stuck = list[str](), list[str]()
    async with open_http(settings, Timeouts()) as http:
        asker = Asker(http, url, key, proxy_for(url, settings))
        trouble = await _read(asker, check_up)
        answers = list(asker.answers)
        try:
            if paid and not trouble and answers[-1].status not in (401, 403, 429):
                left, stuck = await _walk(asker)
        finally:
            if record is not None:
                await _keep(record, asker, str(url), key)
    judge(check_up, answers, url.scheme)
    walked = asker.answers
    lines = verdicts(walked) if paid else []
    _print(check_up, lines, stuck + left, str(url), as_json=as_json)
    if words := trouble or advice(check_up, answers):
        say(words)
    return _status(check_up, walked, stuck)


async def _read(asker: Asker, check_up: CheckUp) -> str:
    """Ask what only reads; gives what to do where no answer came."""
    for step, path in QUESTIONS.items():
        try:
            with progress.waiting():
                answer = await asker.ask(path, step=step)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            check_up.add(f"GET {path.partition('?')[0]}", "", _why(error), None, failed=True)
            return _next(error)
        if answer.status in (401, 403, 429):
            break
    return ""


async def _keep(record: Path, asker: Asker, url: str, key: str) -> None:
    """Write the record; that it cannot be written takes nothing from what was found."""
    try:
        await asyncio.to_thread(write_record, record, asker.answers, url, key)
    except OSError as error:
        say(f"--record {one_line(record)}: it could not be written ({error.strerror or type(error).__name__})")
    else:
        say(f"the exchange, without key and persons, is in {one_line(record)}: look at it before you send it")


async def _walk(asker: Asker) -> tuple[list[str], list[str]]:
    """Walk through the endpoints; gives what stays at the service, and what should have gone and did not."""
    walk = Walk(asker)
    try:
        with progress.waiting():
            await walk.go()
    except asyncio.CancelledError:
        for words in walk.stuck:
            say(f"left: {one_line(words)}")
        raise
    return walk.left, walk.stuck


def _status(check_up: CheckUp, walked: Sequence[Answer], stuck: Sequence[str]) -> int:
    first = check_up.first_status
    if first in (401, 403):
        return REFUSED
    if any(answer.status == 402 for answer in walked):
        return CREDITS
    if check_up.failed:
        return FAILURE
    return INCOMPLETE if stuck else OK


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


def _print(check_up: CheckUp, lines: Sequence[Verdict], left: Sequence[str], url: str, *, as_json: bool) -> None:
    if as_json:
        checks, assumptions = [attrs.asdict(one) for one in check_up.checks], [attrs.asdict(one) for one in lines]
        said = {"base_url": url, "checks": checks, "assumptions": assumptions, "left": list(left)}
        emit(json_text(said, indent=2) + "\n")
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
    if lines:
        _print_walk(lines, left)


def _print_walk(lines: Sequence[Verdict], left: Sequence[str]) -> None:
    emit("\n")
    rows = [(one.verdict, one.line, one.found) for one in lines]
    show.rows(out(), ("Verdict", "Assumed", "Found"), rows, wraps="Found")
    counts = [f"{sum(1 for one in lines if one.verdict == word)} {word}" for word in ("holds", "differs", "not seen")]
    show.line(out(), "\n" + ", ".join(counts) + "; docs/documented.md says what breaks where one differs")
    for words in left:
        show.line(out(), f"left: {one_line(words)}")
