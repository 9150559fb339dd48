"""What an error may not carry: the key, in its words, in its frames' locals, or in those of the errors it came from."""

from __future__ import annotations

import asyncio
import html
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from conftest import QUICK_RETRIES, session_at
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import CREDITS, KEY, answer, drop, raw_server, silence

import cvsense_async as cv
from cvsense_async import CVSenseSession, Timeouts
from cvsense_async.transport.redaction import MARK, redacted, without_frames

HERE = __file__


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it came from."""
    waiting: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while waiting:
        each = waiting.pop()
        if each is not None and each not in seen:
            seen.append(each)
            waiting += [each.__cause__, each.__context__]
            yield each


def shown(error: BaseException) -> str:
    """All that an error reporter would store of an error: texts, and the locals of every frame but this file's."""
    found: list[str] = []
    for each in chain(error):
        found += [str(each), repr(each), repr(each.__dict__)]
        trace = each.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename != HERE:
                found += [f"{name}={value!r}" for name, value in trace.tb_frame.f_locals.items()]
            trace = trace.tb_next
    return "\n".join(found)


async def read(session: CVSenseSession) -> object:
    return await session.account.get()


async def write(session: CVSenseSession) -> object:
    return await session.jobs.create("A job", "Ask Greta Holm", "Leeds")


async def upload(session: CVSenseSession) -> object:
    file = cv.UploadFile("greta.pdf", "application/pdf", 10, lambda: BytesIO(b"short"))
    return await session.screening.upload(7, [file])


async def in_time(session: CVSenseSession) -> object:
    return await session.with_options(deadline=0.05).account.get()


ECHO = answer(401, {"success": False, "message": f"The key {KEY} is not known."})


@pytest.mark.parametrize("way", [read, write, upload, in_time], ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    "bad",
    [drop, silence, answer(500), answer(200, b"{"), answer(302, Location="/login"), b"nonsense\r\n\r\n", ECHO],
    ids=["drop", "silence", "500", "cut", "302", "nonsense", "echo"],
)
async def test_no_frame_of_an_error_holds_the_key(way: Callable[[CVSenseSession], Awaitable[object]], bad: Any) -> None:
    """Whatever ends a call, no frame on the way holds the key or what was sent; the caller's own frames stay."""
    times = Timeouts(attempt=0.1, upload_rate=1e9)
    retries = cv.RetryPolicy(attempts=2, base=0.001, cap=0.001)
    async with raw_server(bad) as raw, session_at(raw, retries=retries, timeouts=times) as session:
        with pytest.raises(cv.CVSenseError) as caught:
            await way(session)
    text = shown(caught.value)
    assert KEY not in text
    assert "Greta" not in text
    assert "greta" not in text
    assert any(entry.path.name == "test_secrets.py" for entry in caught.traceback)


async def test_no_frame_of_a_connection_that_cannot_be_made_holds_the_key() -> None:
    """The same where nothing was sent: nobody listens, or nobody by that name."""
    for url in ("http://127.0.0.1:9/api", "https://127.0.0.1:9/api"):
        async with CVSenseSession(KEY, url, retries=QUICK_RETRIES) as session:
            with pytest.raises(cv.ConnectionFailed) as caught:
                await session.account.get()
        assert isinstance(caught.value.__cause__, OSError), "what happened is still told"
        assert KEY not in shown(caught.value)


async def test_no_frame_of_a_cancelled_call_holds_the_key() -> None:
    """A caller's own time-out is chained to the cancellation, which went through the HTTP library's frames."""
    async with raw_server(silence) as raw, session_at(raw) as session:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.05):
                await write(session)
        assert any(isinstance(each, asyncio.CancelledError) for each in chain(caught.value))
        assert KEY not in shown(caught.value)
        assert "Greta" not in shown(caught.value)


@pytest.mark.parametrize("wrong", [{"api_key": KEY + " x"}, {"max_upload_bytes": 0}, {"base_url": "example.com"}])
def test_no_frame_of_a_session_that_is_refused_holds_the_key(wrong: dict[str, Any]) -> None:
    """A key that cannot be one, too, may be most of one."""
    with pytest.raises(cv.ConfigurationError) as caught:
        CVSenseSession(**{"api_key": KEY, **wrong})
    assert KEY not in shown(caught.value)


async def test_no_frame_of_a_session_with_another_rate_holds_the_key() -> None:
    """Two sessions that share a key must share its rate; that error's frames name the bucket, and not the key."""
    async with raw_server(CREDITS) as raw, CVSenseSession(KEY, raw.url):
        with pytest.raises(cv.ConfigurationError, match="another rate") as caught:
            async with CVSenseSession(KEY, raw.url, rate_limit=cv.RateLimit(7)):
                pass
    assert KEY not in shown(caught.value)


async def test_a_key_that_a_function_gives_is_looked_at() -> None:
    """A line's end around it, as files have it, is left out; what cannot be a key is typed, and nothing was sent."""
    file = [f" {KEY}\n"]
    async with raw_server(CREDITS) as raw, CVSenseSession(lambda: file[0], raw.url) as session:
        await session.account.credits()
        assert f"Authorization: Bearer {KEY}\r\n" in raw.heads[0]
        for bad in ("", f"{KEY}\nX: y"):
            file[0] = bad
            with pytest.raises(cv.ConfigurationError) as caught:
                await session.account.credits()
            assert KEY not in shown(caught.value)
        assert len(raw.heads) == 1
        assert session.limiter.state.in_flight == 0


async def test_what_the_caller_was_handling_keeps_its_frames() -> None:
    """An error inside an `except` is chained to the caller's own: that one is not ours to change."""
    async with raw_server(drop) as raw, session_at(raw, retries=QUICK_RETRIES) as session:
        theirs = LookupError("theirs")
        with pytest.raises(cv.ConnectionLost) as caught:
            try:
                raise theirs
            except LookupError:
                await session.account.get()
    assert theirs in [*chain(caught.value)]
    assert theirs.__traceback__ is not None


def test_frames_are_taken_off_a_chain_with_a_circle() -> None:
    """A chain that comes back to itself ends, too."""
    first, second = ValueError(), KeyError()
    first.__cause__, second.__context__ = second, first
    assert without_frames(first, None) is first


@pytest.mark.parametrize("status", [400, 401, 422, 500])
async def test_an_echo_of_the_key_is_redacted(status: int) -> None:
    """Wherever the service's words hold the key, the error does not: text, fields, code, request id, pickle."""
    said = {"success": False, "message": f"Bearer {KEY}!", "code": KEY, "errors": {KEY: [f"key={KEY}"]}}
    async with raw_server(answer(status, said, **{"X-Request-Id": KEY})) as raw, session_at(raw) as session:
        with pytest.raises(cv.StatusError) as caught:
            await session.account.get()
    error = caught.value
    assert (error.message, error.code, error.request_id) == (f"Bearer {MARK}!", MARK, MARK)
    assert error.field_errors == {MARK: [f"key={MARK}"]}
    assert KEY not in shown(error)


async def test_an_echo_in_a_refusal_with_a_success_status_is_redacted() -> None:
    """An envelope that says no under a 200 is an error like any other."""
    async with raw_server(answer(200, {"success": False, "message": f"no: {KEY}"})) as raw, session_at(raw) as session:
        with pytest.raises(cv.StatusError, match="no: ") as caught:
            await session.account.get()
    assert KEY not in shown(caught.value)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no key here", "no key here"),
        ("key cvs_a+b/c=d&e%f!", "key [key]!"),
        (urllib.parse.quote("cvs_a+b/c=d&e%f", safe=""), "[key]"),
        (urllib.parse.quote("cvs_a+b/c=d&e%f", safe="").lower(), "[key]"),
        (html.escape("cvs_a+b/c=d&e%f"), "[key]"),
        ("cvs_a+b/c=d", "[key]"),
        ("cvs_a+b/…", "[key]…"),
        ("…b/c=d&e%f", "…[key]"),
        ("cvs_…%f", "cvs_…%f"),
    ],
)
def test_what_is_redacted(text: str, left: str) -> None:
    """The key in the forms in which texts, URLs and pages write it, and where half of it or more stands."""
    assert redacted(text, "cvs_a+b/c=d&e%f") == left


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=20), st.text(alphabet="cvs_ab+/%&", min_size=12, max_size=24), st.text(max_size=20))
def test_a_key_never_stays(before: str, key: str, after: str) -> None:
    """Whatever stands around a key, no half of it is left."""
    assert key not in redacted(before + key + after, key)
