"""One call through the session, on a real socket: settings, errors, time-outs, repeats, and what must never leak."""

from __future__ import annotations

import asyncio
import pickle
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import pytest
import trustme
from conftest import FAST, QUICK_RETRIES, session_at, stand_in
from scripted import CREDITS, KEY, Raw, answer, drop, early_server, raw_server, silence

import cvsense_async as cv
from cvsense_async import CVSenseSession, RetryPolicy

# --- settings ---------------------------------------------------------------------------------------------------------


def test_a_key_is_needed() -> None:
    """Without a key the error says where one comes from."""
    with pytest.raises(cv.ConfigurationError, match="CVSENSE_API_KEY"):
        CVSenseSession()


async def test_key_and_url_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """CVSENSE_API_KEY and CVSENSE_BASE_URL are read."""
    async with raw_server(CREDITS) as raw:
        monkeypatch.setenv("CVSENSE_API_KEY", KEY)
        monkeypatch.setenv("CVSENSE_BASE_URL", raw.url + "/")
        async with CVSenseSession() as session:
            assert (await session.account.credits()).balance == 12
        assert f"Authorization: Bearer {KEY}" in raw.heads[0]
        assert raw.heads[0].startswith("GET /api/v1/account/credits HTTP/1.1")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/api/v1",
        "http://10.0.0.1/api",
        "ftp://example.com",
        "example.com",
        "https://user:pass@example.com/api",
        "https://example.com/api?key=1",
        "https://",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
    ],
)
async def test_a_base_url_that_would_show_the_key_is_refused(url: str) -> None:
    """Plain http goes to loopback only, and a base URL holds nothing that does not belong there."""
    with pytest.raises(cv.ConfigurationError):
        async with CVSenseSession(KEY, url):
            pass


@pytest.mark.parametrize("key", ["", "  ", "a b", "cvs_\nx", "cvs_\r\nX: y", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    """Nothing gets into a header that does not belong there."""
    with pytest.raises(cv.ConfigurationError):
        CVSenseSession(key)


async def test_the_key_shows_nowhere() -> None:
    """No repr, no error and no pickle holds the key."""
    async with raw_server(answer(401, {"success": False, "message": f"bad key {KEY[:4]}…"})) as raw:
        async with session_at(raw) as session:
            with pytest.raises(cv.AuthenticationError) as caught:
                await session.account.get()
            shown = repr(session) + repr(vars(session)) + repr(caught.value) + str(caught.value)
            assert KEY not in shown + repr(vars(caught.value))
            with pytest.raises(TypeError):
                pickle.dumps(session)
        assert KEY.encode() not in pickle.dumps(caught.value)


async def test_a_session_is_for_one_loop_and_says_so() -> None:
    """Used before it is open, after it was closed, or in another loop: a clear error."""
    session = CVSenseSession(KEY, "http://127.0.0.1:1/")
    with pytest.raises(cv.SessionClosed, match="async with"):
        await session.account.get()
    async with session:
        with pytest.raises(cv.SessionClosed, match="open already"):
            session.open()

        def elsewhere() -> None:
            asyncio.run(use())

        async def use() -> None:
            with pytest.raises(cv.SessionClosed, match="another event loop"):
                await session.account.get()

        await asyncio.to_thread(elsewhere)
    await session.aclose()
    with pytest.raises(cv.SessionClosed):
        await session.account.get()


async def test_sessions_on_one_key_share_one_limiter() -> None:
    """The window is the key's, so every session on it takes from the same slots."""
    first, second = CVSenseSession(KEY, "http://127.0.0.1:1"), CVSenseSession(KEY, "http://127.0.0.1:1")
    other = CVSenseSession(KEY + "2", "http://127.0.0.1:1")
    async with first, second, other:
        assert first.limiter is second.limiter
        assert first.limiter is not other.limiter
        assert first.limiter.state.limit == 120


async def test_the_callers_own_connector_is_used_and_not_closed() -> None:
    """A connector that the caller brought outlives the session."""
    connector = aiohttp.TCPConnector()
    async with raw_server(CREDITS) as raw, session_at(raw, connector=connector) as session:
        await session.account.credits()
    assert not connector.closed
    await connector.close()


def test_tls_settings_that_contradict_each_other() -> None:
    """Two places for one setting are refused."""
    with pytest.raises(cv.ConfigurationError):
        CVSenseSession(KEY, ca_file="x.pem", ssl_context=ssl.create_default_context())


async def test_a_ca_file_that_is_none(tmp_path: Any) -> None:
    """A file that holds no certificates is named as the problem."""
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(cv.ConfigurationError, match="PEM"):
        async with CVSenseSession(KEY, ca_file=tmp_path / "ca.pem"):
            pass


@asynccontextmanager
async def tls_server(authority: trustme.CA) -> AsyncIterator[Raw]:
    """A server with a certificate of a private authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(CREDITS)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield Raw(f"https://localhost:{server.sockets[0].getsockname()[1]}/api/v1")
    finally:
        server.close()


async def test_a_private_authority_is_given_as_file_or_context(tmp_path: Any) -> None:
    """A private CA is accepted both ways; without it the error says how to give it, and nothing is repeated."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with tls_server(authority) as server:
        async with session_at(server, ca_file=tmp_path / "ca.pem") as session:
            assert (await session.account.credits()).balance == 12
        async with session_at(server, ssl_context=context) as session:
            assert (await session.account.credits()).balance == 12
        async with session_at(server) as session:
            with pytest.raises(cv.ConnectionFailed, match="ca_file=") as caught:
                await session.account.credits()
            assert caught.value.attempts == 1


async def test_a_proxy_is_used_and_the_environments_not_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """An explicit proxy gets the request; loopback is reached directly whatever the environment says."""
    async with raw_server(CREDITS) as proxy, raw_server(CREDITS) as raw:
        proxy_url = proxy.url.removesuffix("/api/v1")
        async with session_at(raw, proxy=proxy_url) as session:
            await session.account.credits()
        assert proxy.heads[0].startswith(f"GET {raw.url}/account/credits")
        assert raw.heads == []
        monkeypatch.setenv("http_proxy", proxy_url)
        async with session_at(raw) as session:
            await session.account.credits()
        assert len(raw.heads) == 1


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, cv.BadRequest),
        (401, cv.AuthenticationError),
        (402, cv.InsufficientCredits),
        (403, cv.PermissionDenied),
        (404, cv.NotFound),
        (409, cv.Conflict),
        (413, cv.PayloadTooLarge),
        (415, cv.UnsupportedMediaType),
        (418, cv.BadRequest),
        (422, cv.ValidationFailed),
        (301, cv.UnexpectedRedirect),
        (307, cv.UnexpectedRedirect),
    ],
)
async def test_each_status_has_its_error(status: int, kind: type[cv.StatusError]) -> None:
    """Typed by status, with request id, method, path template, the server's message and field errors; it pickles."""
    body = {"success": False, "message": "No.", "errors": {"title": ["Too long.", "Too odd."]}}
    headers = {"X-Request-Id": "req-7", "Location": "https://elsewhere.example/"}
    async with raw_server(answer(status, body, **headers)) as raw, session_at(raw) as session:
        with pytest.raises(kind) as caught:
            await session.jobs.get("secret-id")
        error = caught.value
        for seen in (error, pickle.loads(pickle.dumps(error))):
            assert type(seen) is kind
            assert (seen.status, seen.method, seen.path) == (status, "GET", "/jobs/{job_id}")
            assert (seen.request_id, seen.message, seen.attempts) == ("req-7", "No.", 1)
            assert seen.field_errors == {"title": ["Too long.", "Too odd."]}
        assert "secret-id" not in str(error)
        assert "/jobs/{job_id}" in str(error)
        assert len(raw.heads) == 1, "it was sent once, and no redirect was followed"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"success":false,"message":"m"}', "m"),
        (b'{"error":"m"}', "m"),
        (b'{"error":{"message":"m","code":"c"}}', "m"),
        (b"<html>502</html>", None),
        (b"", None),
        (b"[1]", None),
        (b'"m"', None),
        (b'{"message":["a"]}', "['a']"),
    ],
)
async def test_each_form_of_an_error_body(body: bytes, message: str | None) -> None:
    """The server's words are found in each form that the contract names; a proxy's page is no trouble."""
    async with raw_server(answer(404, body)) as raw, session_at(raw) as session:
        with pytest.raises(cv.NotFound) as caught:
            await session.account.get()
        assert caught.value.message == message


async def test_what_a_server_says_of_a_person_stays_out_of_the_text() -> None:
    """The message of a call about a candidate is an attribute, and not in the words that get logged."""
    said = answer(404, {"message": "Jane Doe (jane@example.com) was not found"})
    async with raw_server(said) as raw, session_at(raw) as session:
        with pytest.raises(cv.NotFound) as caught:
            await session.candidates.get(7)
        assert "Jane" not in str(caught.value) + repr(caught.value)
        assert "Jane" in (caught.value.message or "")


async def test_a_field_that_breaks_a_rule_is_refused_here() -> None:
    """Bad input is named before anything is sent."""
    async with raw_server(CREDITS) as raw, session_at(raw) as session:
        with pytest.raises(cv.InvalidRequest, match="title") as caught:
            await session.jobs.create("t" * 256, "d", "l")
        assert list(caught.value.field_errors) == ["title"]
        with pytest.raises(cv.InvalidRequest):
            await session.jobs.get("..")
        assert raw.heads == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"<html>", b'{"success":true,"data":[]}', b'{"success":true,"data":{}}', b'{"data":7}']
)
async def test_an_answer_that_cannot_be_understood(body: bytes) -> None:
    """A typed error with the status, after a few tries; nothing of the body is in its words."""
    async with raw_server(answer(200, body)) as raw, session_at(raw) as session:
        with pytest.raises(cv.InvalidResponse) as caught:
            await session.account.credits()
        assert caught.value.status == 200
        assert len(raw.heads) == 3


async def test_a_success_status_with_a_refusal_inside() -> None:
    """An envelope that says false is a refusal, whatever its status."""
    async with raw_server(answer(200, {"success": False, "message": "not now"})) as raw, session_at(raw) as session:
        with pytest.raises(cv.StatusError, match="not now"):
            await session.account.credits()


# --- time-outs, repeats -----------------------------------------------------------------------------------------------


async def test_an_attempt_times_out_and_is_repeated() -> None:
    """A GET that gets no answer in time is sent again."""
    async with raw_server(silence, CREDITS) as raw:
        async with session_at(raw, timeouts=cv.Timeouts(attempt=0.1)) as session:
            assert (await session.account.credits()).balance == 12
        assert len(raw.heads) == 2


async def test_a_call_times_out_in_the_end() -> None:
    """A server that never answers ends in a typed error that is a TimeoutError, too."""
    async with raw_server(silence) as raw:
        settings = {"timeouts": cv.Timeouts(attempt=0.05), "retries": cv.RetryPolicy(attempts=2, base=0.001)}
        async with session_at(raw, **settings) as session:
            with pytest.raises(cv.CallTimeout) as caught:
                await session.account.credits()
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.attempts == 2


async def test_a_deadline_counts_everything() -> None:
    """The caller's own deadline includes waiting for the rate limit."""
    async with raw_server(CREDITS) as raw, session_at(raw, rate_limit=cv.RateLimit(1, per=30.0)) as session:
        await session.account.credits()
        with pytest.raises(cv.DeadlineExceeded, match=r"0\.1 s"):
            await session.with_options(deadline=0.1).account.credits()


async def test_waiting_for_the_limiter_is_not_the_requests_time() -> None:
    """A request whose turn comes late is not timed out for it."""
    async with raw_server(CREDITS) as raw:
        settings = {"rate_limit": cv.RateLimit(2, per=0.5), "timeouts": cv.Timeouts(attempt=0.2, call=0.4)}
        async with session_at(raw, **settings) as session:
            for _ in range(5):
                await session.account.credits()


async def test_nothing_listens() -> None:
    """A refused connection is typed as never sent; its slot is free again."""
    async with CVSenseSession(KEY, "http://127.0.0.1:9", rate_limit=FAST, retries=QUICK_RETRIES) as session:
        with pytest.raises(cv.ConnectionFailed):
            await session.account.credits()
        assert session.limiter.state.in_flight == 0
        assert session.limiter.state.free == session.limiter.state.limit


@pytest.mark.parametrize(
    "bad", [drop, answer(500), answer(502, b"<html>"), answer(503), answer(504), answer(200, b"{")]
)
async def test_an_ambiguous_end_of_what_may_not_be_repeated(bad: Any) -> None:
    """Creating a job is not sent twice: the error says what to look up."""
    async with raw_server(bad) as raw, session_at(raw) as session:
        with pytest.raises(cv.AmbiguousOutcome, match="list the jobs") as caught:
            await session.jobs.create("t", "d", "l")
        assert isinstance(caught.value.__cause__, cv.CallError)
        assert len(raw.heads) == 1


async def test_a_refusal_may_always_be_repeated() -> None:
    """A 429 did nothing, so even a creation is sent again."""
    refusal, job = answer(429, **{"Retry-After": "0"}), answer(201, {"success": True, "data": {"id": 7}})
    async with raw_server(refusal, refusal, job) as raw, session_at(raw) as session:
        assert (await session.jobs.create("t", "d", "l")).id == 7
        assert len(raw.heads) == 3


async def test_a_503_to_what_may_be_repeated_is_sent_again() -> None:
    """A read and the creation of a batch go on after 503s; a 404 to a delete that had met one means that it is done."""
    batch = answer(201, {"success": True, "data": {"id": 9}})
    async with raw_server(answer(503), answer(503), batch) as raw, session_at(raw) as session:
        assert (await session.screening.create(7)).id == 9
    async with raw_server(answer(503), CREDITS) as raw, session_at(raw) as session:
        assert (await session.account.credits()).balance == 12
    async with raw_server(answer(503), answer(404)) as raw, session_at(raw) as session:
        await session.jobs.delete(7)


async def test_a_503_to_a_start_is_looked_up() -> None:
    """Where the service did start the batch, it is not started again; where it did not, it is."""
    started = answer(200, {"success": True, "data": {"batch_id": 9, "status": "processing"}})
    waiting = answer(200, {"success": True, "data": {"batch_id": 9, "status": "created"}})
    async with raw_server(answer(503), started) as raw, session_at(raw) as session:
        assert (await session.screening.start(9)).status == "processing"
        assert [head.split()[0] for head in raw.heads] == ["POST", "GET"]
    async with raw_server(answer(503), waiting, started) as raw, session_at(raw) as session:
        assert (await session.screening.start(9)).status == "processing"
        assert [head.split()[0] for head in raw.heads] == ["POST", "GET", "POST"]


@pytest.mark.parametrize("reading", [answer(401), answer(404), answer(500), drop], ids=["401", "404", "500", "drop"])
async def test_a_start_that_cannot_be_looked_up_stays_in_doubt(reading: Any) -> None:
    """The status that would say whether it was done is refused: that is no refusal of the start, which may be done."""
    async with raw_server(answer(503), reading) as raw, session_at(raw) as session:
        with pytest.raises(cv.AmbiguousOutcome, match="could not be read") as caught:
            await session.screening.start(9)
        assert isinstance(caught.value.__cause__, cv.CallError)
        assert caught.value.operation == "start_batch"
        assert raw.heads[0].startswith("POST")
        assert all(head.startswith("GET") for head in raw.heads[1:])


PDF_SIZE = 16 * 1024 * 1024
"""More than a socket's buffers take, so that it cannot have been sent whole while the server has not read."""


async def upload_of(session: CVSenseSession, size: int) -> cv.Upload:
    content = b"%PDF-1.7\n".ljust(size, b"x")
    file = cv.UploadFile("a.pdf", "application/pdf", size, lambda: BytesIO(content))
    return await session.screening.upload(9, [file])


async def test_a_503_after_an_upload_is_not_repeated() -> None:
    """The whole body was sent, so the files may have been taken: only the batch's status can tell."""
    async with raw_server(answer(503)) as raw, session_at(raw) as session:
        with pytest.raises(cv.AmbiguousOutcome, match="status"):
            await upload_of(session, 100)
        assert len(raw.heads) == 1


@pytest.mark.parametrize("words", [b"", b"<html>503 Service Temporarily Unavailable</html>"])
async def test_a_503_before_the_body_ended_is_a_refusal(words: bytes) -> None:
    """A limiter in front that answers at the head has seen no whole upload, so it is sent again, on a new slot."""
    taken = answer(200, {"success": True, "data": {"uploaded": 1, "items": [{"id": 1, "filename": "a.pdf"}]}})
    bodies: list[int] = []
    refusals = [answer(503, words, Connection="close")] * 2
    async with early_server(refusals, taken, bodies) as raw, session_at(raw) as session:
        assert (await upload_of(session, PDF_SIZE)).items[0].id == 1
        assert session.limiter.state.granted == 3
    assert len(bodies) == 1, "a body that was answered before its end is broken off"
    assert bodies[0] > PDF_SIZE


async def test_a_repeated_delete_that_finds_nothing_succeeded() -> None:
    """404 after an ambiguous DELETE is success; at the first try it is an error."""
    async with raw_server(drop, answer(404)) as raw, session_at(raw) as session:
        await session.jobs.delete(7)
    async with raw_server(answer(404)) as raw, session_at(raw) as session:
        with pytest.raises(cv.NotFound):
            await session.jobs.delete(7)


async def test_a_start_in_doubt_is_looked_up() -> None:
    """After an ambiguous start the status is read; only a batch that has not started is started again."""
    async with (
        stand_in(faults=[{"kind": "drop_after", "op": "start", "calls": [1]}]) as server,
        session_at(server) as session,
    ):
        batch = await session.screening.create(job_title="t", job_description="d")
        content = b"%PDF-1.7 x"
        await session.screening.upload(
            batch.id, [cv.UploadFile("a.pdf", "application/pdf", 10, lambda: BytesIO(content))]
        )
        state = await session.screening.start(batch.id)
        assert state.status in {"queued", "processing", "completed"}
        assert (await server.report())["by_op"]["start"] != {}
        assert sum((await server.report())["by_op"]["start"].values()) <= 1


SOON = RetryPolicy(base=0.001, cap=0.01, longest_pause=0.05)


@pytest.mark.parametrize(
    "refusal",
    [
        answer(429, **{"Retry-After": "999999999"}),
        answer(429, **{"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
        answer(429, **{"X-RateLimit-Reset": "99999999999999"}),
        answer(503, **{"Retry-After": "3600"}),
    ],
)
async def test_a_pause_is_bounded(refusal: bytes) -> None:
    """However long a service asks for, nobody waits longer than `longest_pause`, and then the call goes on."""
    async with (
        raw_server(refusal, refusal, CREDITS) as raw,
        session_at(raw, retries=SOON) as session,
        asyncio.timeout(5),
    ):
        both = await asyncio.gather(session.account.credits(), session.account.credits())
        assert [each.balance for each in both] == [12, 12]
        assert session.limiter.state.paused_for <= 0.05 + 0.02


async def test_refusals_end_in_a_typed_error() -> None:
    """Refusals without end are tried as often as the policy says, and the error tells what was asked for."""
    refusal = answer(429, **{"Retry-After": "3600"})
    policy = RetryPolicy(refusals=3, longest_pause=0.01)
    async with raw_server(refusal) as raw, session_at(raw, retries=policy) as session, asyncio.timeout(5):
        with pytest.raises(cv.RateLimited) as caught:
            await session.account.credits()
        assert caught.value.retry_after == 3600
        assert len(raw.heads) == 3


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_failure_is_tried_again_whatever_its_headers_ask(status: int) -> None:
    """Limiters write the end of their window on every answer; a blip is not a request to pause, nor the end."""
    asks = {"Retry-After": "400", "X-RateLimit-Reset": "400", "X-RateLimit-Limit": "120"}
    async with raw_server(answer(status, **asks), CREDITS) as raw, session_at(raw) as session, asyncio.timeout(5):
        assert (await session.account.credits()).balance == 12
        assert session.limiter.state.paused_for == 0


async def test_a_503_with_requests_left_asks_for_no_pause() -> None:
    """The window's end beside `Remaining: 80` is where the window ends, and no more."""
    asks = {"Retry-After": "400", "X-RateLimit-Remaining": "80", "X-RateLimit-Limit": "120"}
    async with raw_server(answer(503, **asks), CREDITS) as raw, session_at(raw) as session, asyncio.timeout(5):
        assert (await session.account.credits()).balance == 12


@pytest.mark.parametrize("name", ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"])
@pytest.mark.parametrize("value", ["9" * 400, "9" * 5000, "-1", "120, 120", "NaN", "\u0661\u0662", ""])
async def test_an_odd_header_stops_nothing(name: str, value: str) -> None:
    """A header that says nothing sensible raises nothing, on a success as on a refusal."""
    odd = [answer(status, {"success": True, "data": {"balance": 12}}, **{name: value}) for status in (429, 500, 200)]
    async with raw_server(*odd) as raw, session_at(raw, retries=SOON) as session, asyncio.timeout(5):
        assert (await session.account.credits()).balance == 12
        assert len(raw.heads) == 3


async def test_503s_among_successes_close_the_gate(caplog: pytest.LogCaptureFixture) -> None:
    """Some limiters refuse by a bare 503: all callers pause for a moment, but not where nothing succeeds."""
    caplog.set_level("INFO", "cvsense_async")
    rate = cv.RateLimit(1000, per=6.0)
    async with raw_server(CREDITS, answer(503), CREDITS) as raw, session_at(raw, rate_limit=rate) as session:
        await session.account.credits()
        await session.account.credits()
        paused = [vars(record) for record in caplog.records if record.msg.startswith("limiter.paused")]
        assert [record["paused_for"] for record in paused] == [pytest.approx(0.1)]
    caplog.clear()
    async with raw_server(answer(503), CREDITS) as raw, session_at(raw, rate_limit=rate) as session:
        await session.account.credits()
        assert "limiter.paused" not in caplog.text


async def test_no_hidden_repeat_on_a_kept_connection() -> None:
    """aiohttp repeats no request by itself: each attempt takes its own slot."""
    async with raw_server(CREDITS, drop, CREDITS) as raw, session_at(raw) as session:
        await session.account.credits()
        await session.account.credits()
        assert len(raw.heads) == 3
        assert session.limiter.state.granted == 3


async def test_a_cancelled_call_leaves_no_slot_in_flight() -> None:
    """Cancelling a call at any moment settles its slot."""
    async with raw_server(silence) as raw, session_at(raw) as session:
        for delay in (0.0, 0.005, 0.05):
            task = asyncio.create_task(session.account.credits())
            await asyncio.sleep(delay)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert session.limiter.state.in_flight == 0


async def test_a_large_answer_does_not_hold_the_loop() -> None:
    """A page of 100 large results is parsed off the loop."""
    results = [{"id": n, "filename": "x.pdf", "score": 50, "summary": "s" * 20_000, "skills": []} for n in range(100)]
    body = answer(200, {"success": True, "data": results, "meta": {"current_page": 1, "last_page": 1}})
    async with raw_server(body) as raw, session_at(raw) as session:
        page = await session.screening.results(7)
        assert len(page) == 100


async def test_pages_are_walked() -> None:
    """Iterating a pager asks for page after page; awaiting it gives the first."""
    pages = [
        answer(200, {"success": True, "data": [{"id": n}], "meta": {"current_page": n, "last_page": 3, "total": 3}})
        for n in (1, 2, 3)
    ]
    async with raw_server(*pages) as raw, session_at(raw) as session:
        assert [job.id async for job in session.jobs.list(per_page=1)] == [1, 2, 3]
        assert [head.split()[1].partition("?")[2] for head in raw.heads] == [
            "page=1&per_page=1",
            "page=2&per_page=1",
            "page=3&per_page=1",
        ]


async def test_a_server_that_gives_one_page_for_ever() -> None:
    """A list that ignores the page asked for is an error, not an endless loop of the same items."""
    body = answer(200, {"success": True, "data": [{"id": 1}], "meta": {"current_page": 1, "last_page": 3}})
    async with raw_server(body) as raw, session_at(raw) as session:
        with pytest.raises(cv.InvalidResponse):
            assert [job async for job in session.jobs.list()]


def test_help_teaches() -> None:
    """A method shows the call's own parameters and words, what it gives, and where it belongs."""
    import inspect

    async def look() -> None:
        async with CVSenseSession(KEY) as session:
            taken = inspect.signature(session.jobs.get)
            assert (list(taken.parameters), taken.return_annotation) == (["job_id"], cv.Job)
            assert session.jobs.get.__doc__ == "Fetch one job."
            assert (session.jobs.get.__module__, session.jobs.get.__qualname__) == (cv.Job.__module__, "JobCalls.get")
            pages = inspect.signature(session.jobs.list)
            assert "per_page" in pages.parameters
            assert pages.return_annotation == cv.Pager[cv.Job]

    asyncio.run(look())


def test_a_misspelt_name_is_an_error() -> None:
    """The lazy package raises AttributeError for what it does not have."""
    with pytest.raises(AttributeError):
        cv.CVSenseSesion  # type: ignore[attr-defined]  # noqa: B018
