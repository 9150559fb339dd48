"""Holds a service's answers against the contract, line by line; pure, so that it is tested without a service.

A difference in an assumed line is news rather than trouble, for the client accepts the variants; what fails is what the
client could not work with.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import attrs

from cvsense_async.api import codec
from cvsense_async.api.account import GetAccount, GetCredits, GetUsage
from cvsense_async.api.endpoint import Call
from cvsense_async.api.jobs import ListJobs
from cvsense_async.transport.connection import DEFAULT_BASE_URL

_CALLS: dict[str, Call[Any]] = {
    "/account": GetAccount(),
    "/account/credits": GetCredits(),
    "/account/usage": GetUsage(),
    "/jobs": ListJobs(),
}
_FIELDS = {
    "/account": ("doc", ("id", "email", "first_name", "last_name", "plan")),
    "/account/credits": ("assumed", ("balance", "reserved", "used", "limit")),
    "/account/usage": (
        "assumed",
        ("id", "type", "amount", "balance_after", "description", "batch_id", "created_at"),
    ),
    "/jobs": ("doc", ("id", "title", "description", "location", "employment_type", "working_method")),
}
_PAGE_FACTS = ("current_page", "per_page", "total", "last_page")


class Answered(Protocol):
    """What is judged of an answer."""

    @property
    def path(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def seconds(self) -> float: ...
    @property
    def tls(self) -> str | None: ...
    @property
    def came(self) -> datetime.datetime: ...


@attrs.frozen
class Check:
    """One line: what was looked at, whether the contract has it documented or assumed, what was found."""

    verdict: str  # ok, differs, unknown or failed
    check: str
    contract: str
    found: str


@attrs.define
class CheckUp:
    """The lines so far."""

    checks: list[Check] = attrs.field(factory=list[Check])
    first_status: int = 0

    @property
    def failed(self) -> bool:
        """Whether something was found that the client cannot work with."""
        return any(one.verdict == "failed" for one in self.checks)

    def add(self, check: str, contract: str, found: str, fits: bool | None, *, failed: bool = False) -> None:
        """Note a line; `fits` of `None` is "cannot be told"."""
        verdict = "failed" if failed else "unknown" if fits is None else "ok" if fits else "differs"
        self.checks.append(Check(verdict, check, contract, found))


def judge(check_up: CheckUp, answers: Sequence[Answered], scheme: str) -> None:
    """Hold all answers against the contract."""
    if not answers:
        return
    first = answers[0]
    check_up.first_status = first.status
    check_up.add("reachable", "", f"first answer after {first.seconds * 1000:.0f} ms", fits=True)
    if scheme == "https":
        check_up.add("TLS", "doc", first.tls or "not seen", fits=first.tls is not None or None)
    _clock(check_up, first)
    for answer in answers:
        path = answer.path.partition("?")[0]
        if path in _CALLS:
            _answer(check_up, path, answer)
        else:
            _refusal(check_up, "a refusal's form", answer, expected=404)
    _limits(check_up, answers)


def advice(check_up: CheckUp, answers: Sequence[Answered]) -> str:
    """What to do about what failed; empty where nothing did."""
    if not check_up.failed or not answers:
        return ""
    first = answers[0].status
    if first == 401:
        return "the key was refused: check CVSENSE_API_KEY, or make a new key in the Developer Dashboard"
    if first == 403:
        return "the key or its plan may not do this: see the Developer Dashboard"
    if any(answer.status == 429 for answer in answers):
        return "the quota is used up: run it again in a minute"
    if any(answer.status >= 500 for answer in answers):
        return "the service has trouble: try again later"
    return f"this does not answer as the API does: is the address right? The service's own is {DEFAULT_BASE_URL}"


def _clock(check_up: CheckUp, answer: Answered) -> None:
    try:
        there = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return
    apart = abs((answer.came - there).total_seconds())
    check_up.add("clocks", "", f"{apart:.0f} s apart", fits=apart < 30)


def _answer(check_up: CheckUp, path: str, answer: Answered) -> None:
    if not 200 <= answer.status < 300:
        _refusal(check_up, f"GET {path}", answer, expected=200)
        return
    try:
        document = codec.parse(answer.body)
        codec.decode_answer(_CALLS[path], document)
    except codec.Undecodable as error:
        check_up.add(f"GET {path}", "doc", f"{answer.status}, but {error}", None, failed=True)
        return
    check_up.add(f"GET {path}", "doc", f"{answer.status} in {answer.seconds * 1000:.0f} ms, understood", fits=True)
    envelope = codec.is_object(document) and document.get("success") is True and "data" in document
    if path == "/account" or not envelope:
        found = '{"success": true, "data": …}' if envelope else _form(document)
        check_up.add(f"envelope of {path}", "doc", found, fits=envelope)
    held: Any = codec.unwrap(document)
    if path in ("/account/usage", "/jobs"):
        held = _list(check_up, path, document)
    contract, names = _FIELDS[path]
    if codec.is_object(held):
        missing = [name for name in names if name not in held]
        more = [name for name in held if name not in names]
        said = "missing: " + ", ".join(missing) if missing else "all there"
        if more and contract == "assumed":
            said += f"; also {', '.join(more)}"
        check_up.add(f"fields of {path}", contract, said, fits=not missing)
        _values(check_up, path, held)


def _list(check_up: CheckUp, path: str, document: Any) -> Any:
    """Judge a list's page form; gives its first item, or `None`."""
    held = codec.unwrap(document)
    form = "a bare array"
    if codec.is_object(held):
        form = "Laravel's paginator inside data"
        held = held.get("data")
    elif codec.is_object(document):
        for place in ("meta", "pagination"):
            facts = document.get(place)
            if codec.is_object(facts):
                missing = [name for name in _PAGE_FACTS if name not in facts]
                form = f"{place} beside data" + (f" without {', '.join(missing)}" if missing else "")
    if path == "/jobs":
        check_up.add("pages", "assumed", form, fits=form == "meta beside data")
    items = held if codec.is_array(held) else []
    if path == "/account/usage":
        check_up.add("at most 50 transactions", "doc", str(len(items)), fits=len(items) <= 50)
        times = [str(item.get("created_at")) for item in items if codec.is_object(item)]
        if len(set(times)) > 1:
            newest = times == sorted(times, reverse=True)
            check_up.add("newest first", "assumed", "yes" if newest else "no", fits=newest)
    elif len(items) > 2:
        check_up.add("per_page", "assumed", f"asked for 2, got {len(items)}", fits=False)
    if not items:
        check_up.add(f"fields of {path}", _FIELDS[path][0], "the list is empty", None)
        return None
    return items[0]


def _values(check_up: CheckUp, path: str, held: Mapping[str, Any]) -> None:
    if path == "/account":
        kind = type(held.get("id")).__name__
        check_up.add("an account's id", "doc", {"int": "a number", "str": "text"}.get(kind, kind), fits=kind == "int")
    moment = held.get("created_at")
    if isinstance(moment, str):
        try:
            offset = datetime.datetime.fromisoformat(moment).tzinfo is not None
        except ValueError:
            offset = False
        check_up.add(f"times in {path}", "assumed", "ISO 8601 with offset" if offset else "another form", fits=offset)


def _refusal(check_up: CheckUp, name: str, answer: Answered, *, expected: int) -> None:
    """Judge a refusal: its status, and whether its words have the contract's form."""
    said = codec.decode_error(answer.body)
    try:
        document = codec.parse(answer.body)
    except codec.Undecodable:
        document = None
    plain = codec.is_object(document) and document.get("success") is False and isinstance(document.get("message"), str)
    form = '{"success": false, "message": …}' if plain else _form(document)
    if expected != answer.status:
        words = f"{answer.status}: {(said.message or 'no words')[:120]}"
        check_up.add(name, "assumed" if expected == 404 else "doc", words, None, failed=expected == 200)
    check_up.add("form of errors", "assumed", f"{answer.status}, {form}", fits=plain)


def _limits(check_up: CheckUp, answers: Sequence[Answered]) -> None:
    limits = [answer.headers.get("X-RateLimit-Limit") for answer in answers]
    left = [answer.headers.get("X-RateLimit-Remaining") for answer in answers]
    everywhere = all(limits) and all(left)
    check_up.add(
        "X-RateLimit-Limit, -Remaining", "doc", "on every answer" if everywhere else "missing", fits=everywhere
    )
    if limits[0]:
        check_up.add("requests a minute", "doc", limits[0], fits=limits[0] == "120")
    numbers = [int(one) for one in left if one is not None and one.isdigit()]
    if len(numbers) > 1:
        steps = [before - after for before, after in itertools.pairwise(numbers)]
        alone = all(step == 1 for step in steps)
        found = (
            "each request takes one"
            if alone
            else f"it went {' → '.join(map(str, numbers))} (others use this key, too?)"
        )
        check_up.add("how it counts", "assumed", found, fits=True if alone else None)
    if any(answer.status == 429 for answer in answers):
        check_up.add("quota", "doc", "used up by others just now: run it again in a minute", None, failed=True)
    seen = sorted(
        {
            name
            for answer in answers
            for name in answer.headers
            if name.lower().startswith(("x-ratelimit", "retry-after", "x-request", "cf-ray", "ratelimit"))
        }
    )
    check_up.add("headers", "", ", ".join(seen) or "none of interest", fits=True)


def _form(document: Any) -> str:
    if codec.is_object(document):
        return "{" + ", ".join(f'"{name}"' for name in list(document)[:6]) + "}"
    return {"list": "a bare array", "NoneType": "no JSON"}.get(type(document).__name__, "something else")
