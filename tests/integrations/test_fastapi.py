"""A FastAPI service on a socket: one session, visitors who leave half way, verified deliveries, mute errors."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import io
import json
import logging
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import aiohttp
import orjson
import pytest
from conftest import QUICK_POLLS, cvs, session_at, stand_in

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from fastapi import Body, Depends, FastAPI, Request, Response
from integrations.serving import serving

from cvsense_async import CVSenseSession, JobDescription, errors
from cvsense_async.integrations import stopping
from cvsense_async.integrations.fastapi import (
    SessionDep,
    add_problem_handler,
    cancel_on_disconnect,
    cvsense_lifespan,
    cvsense_router,
    end_streams,
    problem_of,
    stream_batches,
    uploaded_cvs,
    verified_event,
)
from cvsense_async.webhooks import BatchCompleted, Event, WebhookReceiver, sign

JOB = JobDescription("Cook", "Cooking for many.")
AGAIN = {"Last-Event-ID": "3"}
SECRET = "whs_of_a_test"
CHECKED = Depends(verified_event(lambda: [SECRET]))


@contextlib.asynccontextmanager
async def clients() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        yield http


def service(server: Any, *, heartbeat: float = 5.0, middleware: bool = False, **router: Any) -> FastAPI:
    """A service that screens twenty CVs in batches of ten, streamed or in one answer."""
    app = FastAPI()
    if middleware:

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Any:
            return await call_next(request)

    app.include_router(cvsense_router(lambda: session_at(server), **router))
    add_problem_handler(app)

    def run_of(session: CVSenseSession) -> Any:
        return session.screen(cvs(20), job=JOB, batch_size=10, poll_interval=QUICK_POLLS)

    @app.post("/stream")
    async def stream(request: Request, session: SessionDep) -> Response:
        return stream_batches(request, run_of(session), heartbeat=heartbeat)

    @app.post("/whole")
    async def whole(request: Request, session: SessionDep) -> dict[str, Any]:
        async with cancel_on_disconnect(request), run_of(session) as run:
            ranked = await run.ranking(top=3)
        return {"best": [screened.score for screened in ranked]}

    return app


async def events_of(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """The server-sent events of an answer."""
    name = ""
    async for line in answer.content:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def settled(server: Any) -> dict[str, Any]:
    """The ledger, as soon as no credit is held any more; at the latest after a minute."""
    books: dict[str, Any] = {}
    for _ in range(3000):
        books = await server.ledger()
        if not books["held_by_batch"]:
            break
        await asyncio.sleep(0.02)
    return books


# --- streams --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_batches_arrive_as_they_finish(spec_version: str) -> None:
    """Each batch is an event with its results; `end` has the summary; nothing of it is kept by a cache."""
    async with (
        stand_in() as server,
        serving(service(server), spec_version=spec_version) as url,
        clients() as http,
        http.post(f"{url}/stream") as answer,
    ):
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        events = [event async for event in events_of(answer)]
        batches = [content for name, content in events if name == "batch"]
        assert len(batches) == 2
        assert all(len(batch["results"]) == 10 and batch["ok"] for batch in batches)
        assert events[0][0] == "progress"
        assert events[-1][0] == "end"
        assert events[-1][1]["screened"] == events[-1][1]["credits_used"] == 20


@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_a_visitor_who_leaves_a_stream_costs_nothing_more(spec_version: str, middleware: bool) -> None:
    """The connection is closed half way: the batches are cancelled, the credits of what was not processed are back."""
    async with (
        stand_in(seconds_per_cv=0.2, workers=1) as server,
        serving(service(server, heartbeat=0.05, middleware=middleware), spec_version=spec_version) as url,
        clients() as http,
    ):
        async with http.post(f"{url}/stream") as answer:
            async for name, content in events_of(answer):
                if name == "progress" and content["uploaded"] == 20:
                    break
            answer.close()
        books = await settled(server)
        assert not books["held_by_batch"]
        assert books["used"] < 10
        states = {batch["state"] for batch in await server.batches()}
        assert states <= {"cancelled", "cancelling"}


async def test_the_heartbeat_finds_out_who_left_in_silence() -> None:
    """A server that tells of a client's leaving only by an OSError when something is sent: the heartbeat finds out."""
    async with stand_in(seconds_per_cv=0.2, workers=1) as server, session_at(server) as session:
        run = session.screen(cvs(20), job=JOB, batch_size=10, poll_interval=QUICK_POLLS)
        response = stream_batches(Request({"type": "http", "headers": []}), run, heartbeat=0.05)
        sent: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(3600)

        async def send(message: Any) -> None:
            sent.append(message)
            if run.progress.uploaded == 20:
                raise OSError("gone")

        async with asyncio.timeout(10):
            await response({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
        assert not (await server.ledger())["held_by_batch"]
        assert "ended" in repr(run)


async def test_a_stream_whose_task_is_cancelled_leaves_its_run_first() -> None:
    """A server that stops cancels its requests: the run is left within its grace before the task ends."""
    async with stand_in(seconds_per_cv=0.2, workers=1) as server, session_at(server) as session:
        run = session.screen(cvs(20), job=JOB, batch_size=10, poll_interval=QUICK_POLLS)
        response = stream_batches(Request({"type": "http", "headers": []}), run, heartbeat=0.05)

        async def receive() -> Any:
            await asyncio.sleep(3600)

        async def send(message: Any) -> None:
            await asyncio.sleep(0)

        before = asyncio.all_tasks()
        task = asyncio.create_task(response({"type": "http"}, receive, send))
        while run.progress.uploaded < 20:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not (await server.ledger())["held_by_batch"]
        async with asyncio.timeout(30):
            while not asyncio.all_tasks() <= before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_server_that_stops_leaves_its_streams_well() -> None:
    """A deployment in the middle of a stream: the run is left before the session closes, and the credits are back."""
    async with stand_in(seconds_per_cv=0.2, workers=1, latency=0.3) as server, clients() as http:
        async with serving(service(server), patience=0) as url:
            answer = await http.post(f"{url}/stream")
            while len((await server.ledger())["held_by_batch"]) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        answer.close()
        assert not (await server.ledger())["held_by_batch"]


async def test_a_server_that_is_asked_to_stop_ends_its_streams() -> None:
    """The signal is noticed before the server's own handler is called as ever; the stream ends with `closing`, its
    credits are back, a new one is refused, and with the application's end the handlers are as they were."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        hosts = signal.getsignal(signal.SIGTERM)
        async with stand_in(seconds_per_cv=0.2, workers=1) as server, clients() as http:
            async with serving(service(server, heartbeat=0.05)) as url:
                async with http.post(f"{url}/stream") as answer, http.post(f"{url}/stream") as other:
                    async for name, content in events_of(answer):
                        if name == "progress" and content["uploaded"] == 20:
                            signal.raise_signal(signal.SIGTERM)
                            break
                    for each in (answer, other):
                        name, content = [event async for event in events_of(each)][-1]
                        assert (name, content["title"]) == ("problem", "The service is closing")
                assert heard == [signal.SIGTERM]
                async with http.post(f"{url}/stream") as answer:
                    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
                    assert answer.content_type == "application/problem+json"
                assert not (await server.ledger())["held_by_batch"]
            assert signal.getsignal(signal.SIGTERM) is hosts
            async with serving(service(server)) as url, http.post(f"{url}/stream", headers=AGAIN) as answer:
                assert answer.status == 204  # started anew, it serves anew
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_handler_that_is_put_there_later_keeps_its_place() -> None:
    """A loop's own handler, set while a stream is open or before one begins, is called, and is there afterwards."""
    loop = asyncio.get_running_loop()
    heard: list[str] = []
    ends = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, heard.append, "loop")
    try:
        with stopping.watching():
            loop.add_signal_handler(signal.SIGTERM, heard.append, "later")  # as granian does
            theirs = signal.getsignal(signal.SIGTERM)
            with stopping.told(ends.set):
                signal.raise_signal(signal.SIGTERM)
                async with asyncio.timeout(5):
                    await ends.wait()
                    while not heard:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
        assert heard == ["later"]
        assert signal.getsignal(signal.SIGTERM) is theirs
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with stopping.watching():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL  # where nobody listens, it means what it meant
    end_streams()  # nobody serves
    assert not stopping.asked()


async def test_a_server_without_signals_ends_its_streams_by_a_call() -> None:
    """`end_streams` from another thread: a stream and a plain answer end, and nothing stays reserved."""
    async with (
        stand_in(seconds_per_cv=0.2, workers=1) as server,
        serving(service(server, heartbeat=0.05)) as url,
        clients() as http,
        http.post(f"{url}/stream") as answer,
    ):
        plain = asyncio.create_task(http.post(f"{url}/whole").__aenter__())
        while len((await server.ledger())["held_by_batch"]) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.to_thread(end_streams)
        assert [event async for event in events_of(answer)][-1][0] == "problem"
        whole = await plain
        assert (whole.status, whole.headers["Retry-After"]) == (503, "10")
        assert not (await server.ledger())["held_by_batch"]


async def test_a_stream_that_fails_ends_with_a_problem() -> None:
    """What stopped the run is the last event, as a problem document."""
    async with (
        stand_in(credits=5) as server,
        serving(service(server)) as url,
        clients() as http,
        http.post(f"{url}/stream") as answer,
    ):
        events = [event async for event in events_of(answer)]
        assert events[-1][0] == "problem"
        assert events[-1][1]["status"] == 402


async def test_a_browser_that_connects_again_does_not_pay_again() -> None:
    """EventSource repeats its request after the end; 204 tells it to stop, and nothing is sent to the service."""
    async with (
        stand_in() as server,
        serving(service(server)) as url,
        clients() as http,
        http.post(f"{url}/stream", headers={"Last-Event-ID": "3"}) as answer,
    ):
        assert answer.status == 204
        assert not await server.log()


# --- plain handlers -------------------------------------------------------------------------------------------------


async def test_a_plain_handler_answers() -> None:
    """With a visitor who waits, `cancel_on_disconnect` is not noticed."""
    async with (
        stand_in() as server,
        serving(service(server)) as url,
        clients() as http,
        http.post(f"{url}/whole", data=b"x" * 100_000) as answer,
    ):
        assert answer.status == 200
        assert len((await answer.json())["best"]) == 3


@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_a_visitor_who_leaves_a_plain_handler_costs_nothing_more(spec_version: str, middleware: bool) -> None:
    """The request is given up half way: the handler's run is left, and the credits come back."""
    async with (
        stand_in(seconds_per_cv=0.2, workers=1) as server,
        serving(service(server, middleware=middleware), spec_version=spec_version) as url,
        clients() as http,
    ):
        request = asyncio.create_task(http.post(f"{url}/whole").__aenter__())
        while not (await server.ledger())["held_by_batch"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        books = await settled(server)
        assert not books["held_by_batch"]
        assert books["used"] < 10


async def test_an_outer_cancellation_is_not_taken_for_a_visitor_who_left() -> None:
    """Only the visitor's leaving becomes `ClientLeft`; a cancellation from elsewhere stays one."""

    async def receive() -> Any:
        await asyncio.sleep(3600)

    request = Request({"type": "http", "headers": []}, receive)
    request._body = b""

    async def handler() -> None:
        async with cancel_on_disconnect(request):
            await asyncio.sleep(3600)

    task = asyncio.create_task(handler())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# --- session, uploads, deliveries -----------------------------------------------------------------------------------


async def test_one_session_for_all_requests() -> None:
    """Every request sees the same open session, which is closed with the application; without one the answer is 503."""
    async with stand_in() as server:
        app = FastAPI(lifespan=cvsense_lifespan(CVSenseSession(server.api_key, server.url)))
        add_problem_handler(app)
        seen: list[CVSenseSession] = []

        @app.get("/credits")
        async def credits(session: SessionDep) -> int:
            seen.append(session)
            return (await session.account.credits()).balance

        async with serving(app) as url, clients() as http:
            for _ in range(2):
                async with http.get(f"{url}/credits") as answer:
                    assert answer.status == 200
        assert seen[0] is seen[1]
        assert "closed" in repr(seen[0])


@pytest.mark.parametrize("style", ["router", "lifespan", "within another"])
async def test_a_mounted_application_has_the_outer_ones_session(style: str) -> None:
    """Two levels down, by `SessionDep` and as `request.state.cvsense_session`."""
    async with stand_in() as server:

        def session() -> CVSenseSession:
            return CVSenseSession(server.api_key, server.url)

        @contextlib.asynccontextmanager
        async def own(app: FastAPI) -> AsyncIterator[Any]:
            async with cvsense_lifespan(session)(app) as state:
                yield {**state, "more": 1}

        chosen: Any = {"router": None, "lifespan": cvsense_lifespan(session), "within another": own}[style]
        outer, middle, inner = FastAPI(lifespan=chosen), FastAPI(), FastAPI()
        if style == "router":
            outer.include_router(cvsense_router(session))
        outer.mount("/a", middle)
        middle.mount("/b", inner)

        @inner.get("/credits")
        async def credits(session: SessionDep, request: Request) -> bool:
            assert (await session.account.credits()).balance
            return session is request.state.cvsense_session

        async with (
            serving(outer) as url,
            clients() as http,
            http.get(f"{url}/a/b/credits") as answer,
        ):
            assert (answer.status, await answer.json()) == (200, True)


@pytest.mark.parametrize(
    ("mounted", "words"), [(True, "outermost application"), (False, "server runs no lifespan")], ids=str
)
async def test_without_a_lifespan_the_true_reason_is_told(
    mounted: bool, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A router in a mounted application, or a server that runs no lifespan: the visitor is not told that the service is
    closing, and the operator what to do, for a delivery, too."""
    receiver = WebhookReceiver(SECRET)
    inner = FastAPI()
    inner.include_router(cvsense_router(lambda: CVSenseSession("cvs_x"), receiver=receiver))
    reasons: list[str] = []

    @inner.exception_handler(errors.ConfigurationError)
    async def keep(request: Request, error: Exception) -> Response:
        reasons.append(str(error))
        return Response(status_code=problem_of(error).status)

    @inner.get("/credits")
    async def credits(session: SessionDep) -> None: ...

    outer = FastAPI()
    outer.mount("/a", inner)
    body, headers = delivery()
    async with serving(outer if mounted else inner, lifespan="on" if mounted else "off") as url, clients() as http:
        base = f"{url}/a" if mounted else url
        async with http.get(f"{base}/credits") as answer:
            assert answer.status == 500
        async with http.post(f"{base}/webhooks/cvsense", data=body, headers=headers) as answer:
            assert answer.status == 500
    assert len(reasons) == 2
    assert all(words in reason for reason in reasons)
    assert f"session.missing mounted={mounted}" in caplog.text


async def test_an_application_that_closes_says_so() -> None:
    """Once the lifespan has ended, the answer is 503 and the problem `closing`."""
    async with stand_in() as server:
        app = service(server)

        @app.get("/credits")
        async def credits(session: SessionDep) -> None: ...

        async with serving(app):
            pass
        async with serving(app, lifespan="off") as url, clients() as http, http.get(f"{url}/credits") as answer:
            assert answer.status == 503
            assert (await answer.json())["type"].endswith("closing")


def delivery(number: int = 1) -> tuple[bytes, dict[str, str]]:
    """A signed delivery."""
    created = datetime.datetime.now(datetime.UTC).isoformat()
    told = {"batch_id": number, "status": "completed"}
    body = json.dumps({"id": f"d-{number}", "event": "batch.completed", "created_at": created, "data": told}).encode()
    return body, {"X-CVSense-Signature": sign(body, SECRET), "Content-Type": "application/json"}


async def test_deliveries_reach_the_receiver() -> None:
    """The router's own path takes deliveries, refuses others, and its lifespan opens and closes the receiver."""
    receiver = WebhookReceiver(SECRET)
    handled = asyncio.Event()
    receiver.on(BatchCompleted)(lambda event: handled.set())
    async with stand_in() as server:
        app = service(server, receiver=receiver)
        async with serving(app) as url, clients() as http:
            body, headers = delivery()
            async with http.post(f"{url}/webhooks/cvsense", data=body, headers=headers) as answer:
                assert answer.status == 200
            await asyncio.wait_for(handled.wait(), 5)
            async with http.post(f"{url}/webhooks/cvsense", data=body + b" ", headers=headers) as answer:
                assert answer.status == 400
            async with http.post(f"{url}/webhooks/cvsense", data=io.BytesIO(b"x" * 2_000_000)) as answer:
                assert answer.status == 413

            async def endless() -> AsyncIterator[bytes]:
                for _ in range(40):
                    yield b"x" * 65536

            with contextlib.suppress(aiohttp.ClientError):
                async with http.post(f"{url}/webhooks/cvsense", data=endless()) as answer:
                    assert answer.status == 413
            assert "/webhooks/cvsense" not in app.openapi()["paths"]
        assert "closed" in repr(receiver)


@pytest.mark.parametrize("http", ["h11", "httptools"])
async def test_a_body_that_is_longer_than_it_says(http: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small Content-Length beside a chunked body: it is counted as it comes, and refused before it has ended."""
    pytest.importorskip(http)
    monkeypatch.setattr("cvsense_async.integrations.fastapi.MAX_BODY", 10_000)
    app = FastAPI()
    receiver = WebhookReceiver(SECRET)
    app.include_router(cvsense_router(lambda: contextlib.nullcontext(CVSenseSession("cvs_x")), receiver=receiver))

    @app.post("/hook")
    async def hook(event: Annotated[Event, CHECKED]) -> None: ...

    async with serving(app, http=http) as url:
        host, port = url.removeprefix("http://").split(":")
        for path in ("/webhooks/cvsense", "/hook"):
            reader, writer = await asyncio.open_connection(host, int(port))
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            writer.write(head.encode())
            for _ in range(3):  # and no last chunk
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            async with asyncio.timeout(5):
                status = await reader.readline()
            assert int(status.split()[1]) == (413 if http == "h11" else 400)  # httptools refuses the two headers
            writer.close()


def test_a_secret_that_cannot_work_is_refused_when_the_dependency_is_made() -> None:
    """Not at each delivery."""
    with pytest.raises(errors.ConfigurationError, match="API key"):
        verified_event("cvs_the_key_of_an_account")


async def test_the_body_can_be_read_after_it_was_verified() -> None:
    """The dependency has read the stream; the handler's own `request.body()` gives the same bytes."""
    app = FastAPI()

    @app.post("/hook")
    async def hook(event: Annotated[Event, CHECKED], request: Request) -> dict[str, Any]:
        return {"event": event.id, "length": len(await request.body())}

    async with serving(app) as url, clients() as http:
        body, headers = delivery()
        async with http.post(f"{url}/hook", data=body, headers=headers) as answer:
            assert await answer.json() == {"event": "d-1", "length": len(body)}


async def test_a_verified_event_beside_the_same_json() -> None:
    """The dependency checks the raw bytes while FastAPI reads the JSON out of them."""
    app = FastAPI()

    @app.post("/hook")
    async def hook(event: Annotated[Event, CHECKED], body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        return {"event": event.id, "body": body["id"]}

    async with serving(app) as url, clients() as http:
        body, headers = delivery()
        async with http.post(f"{url}/hook", data=body, headers=headers) as answer:
            assert await answer.json() == {"event": "d-1", "body": "d-1"}
        async with http.post(f"{url}/hook", data=body.replace(b"d-1", b"d-2"), headers=headers) as answer:
            assert answer.status == 400


async def test_uploaded_files_become_sources() -> None:
    """A form's files are read under one limit for all of them."""
    from fastapi import HTTPException, UploadFile

    files = [UploadFile(io.BytesIO(b"%PDF-1.7"), size=8, filename=name) for name in ("a.pdf", "")]
    assert await uploaded_cvs(files) == [("a.pdf", b"%PDF-1.7"), ("cv", b"%PDF-1.7")]
    with pytest.raises(HTTPException):
        await uploaded_cvs(files, max_bytes=15)


# --- errors ---------------------------------------------------------------------------------------------------------


def every_error() -> list[errors.CVSenseError]:
    """One of each class, with something in it that must not be shown."""
    said = "Greta Holm cvs_key_of_an_account"
    made: list[errors.CVSenseError] = []
    kinds = [errors.CVSenseError]
    while kinds:
        kind = kinds.pop()
        if kind.__module__ == errors.__name__:
            kinds += kind.__subclasses__()
        if issubclass(kind, errors.StatusError):
            made.append(kind(said, status=418, message=said, field_errors={said: [said]}, code=said))
        elif kind is errors.InvalidRequest:
            made.append(kind({"title": [said]}))
        elif kind is errors.DocumentRejected:
            made.append(kind("empty", "the file is empty"))
        elif kind is errors.DocumentChanged:
            made.append(kind(3, said))
        elif kind is errors.PollTimeout:
            made.append(kind(said, batch_id=7))
        elif kind.__module__ == errors.__name__:
            made.append(kind(said))
    return made


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_no_error_leaks(error: errors.CVSenseError) -> None:
    """Each error has a problem, which holds nothing of what the service said; it pickles, too."""
    problem = problem_of(error)
    document = problem.as_json()
    text = orjson.dumps(document).decode()
    assert "Greta" not in text
    assert "cvs_" not in text
    assert 400 <= document["status"] <= 504
    assert document["type"].startswith("urn:")
    assert pickle.loads(pickle.dumps(problem)) == problem


async def test_errors_are_answered_as_problems(caplog: pytest.LogCaptureFixture) -> None:
    """What a handler lets through becomes application/problem+json; the log names the call and no person."""
    app = FastAPI()
    add_problem_handler(app)
    caplog.set_level(logging.DEBUG, "cvsense_async.integrations")

    @app.get("/busy")
    async def busy() -> None:
        raise errors.RateLimited("Greta Holm", status=429, retry_after=7.2, operation="get_candidate")

    @app.get("/key")
    async def key() -> None:
        raise errors.AuthenticationError("cvs_wrong", status=401)

    async with serving(app) as url, clients() as http:
        async with http.get(f"{url}/busy") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
            assert answer.content_type == "application/problem+json"
        async with http.get(f"{url}/key") as answer:
            assert answer.status == 502
            assert "401" not in await answer.text()
    assert "get_candidate" in caplog.text
    assert "Greta" not in caplog.text
    assert "cvs_wrong" not in caplog.text


def test_without_fastapi_it_says_what_to_install() -> None:
    """`MissingExtra` names the command."""
    code = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from cvsense_async.errors import MissingExtra\n"
        "try:\n    import cvsense_async.integrations.fastapi\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 'pip install "cvsense-async[fastapi]"' in said
