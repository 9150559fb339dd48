"""A run's batches as server-sent events, and handlers that end when their visitor leaves.

A visitor who closes the page must not go on costing credits. Starlette's own streaming notices that in two different
ways, depending on the server's ASGI version, and tells the generator in neither; so this response listens by itself,
and leaves the run in the task that entered it. A server that is asked to stop waits for open answers: so these end.
"""

from __future__ import annotations

import asyncio
import contextlib
import types
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio
import attrs
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cvsense_async import log
from cvsense_async.errors import CVSenseError, SessionClosed
from cvsense_async.screening.export import skill_records
from cvsense_async.screening.outcome import BatchResult, Progress, Screened, Summary
from cvsense_async.screening.run import ScreeningRun

from . import stopping
from .problems import PROBLEM_JSON, problem_of

HEARTBEAT = 5.0
LAST_WORD = 2.0
"""Seconds in which a client must have read that the service is closing."""

STALLED = 60.0
"""Seconds that a client may leave the stream unread before it counts as gone."""


class ClientLeft(HTTPException):
    """The client left before its answer was ready; 499 is what a log shows of it, for nobody reads the answer."""

    def __init__(self) -> None:
        super().__init__(499, "the client left")


class ServiceStopping(HTTPException):
    """The server was asked to stop before the answer was ready: 503, and the visitor may ask again in a moment."""

    def __init__(self) -> None:
        super().__init__(503, "the service is closing", {"Retry-After": "10"})


class cancel_on_disconnect:
    """End what a handler does when its visitor leaves, or when the server is asked to stop:

        async with cancel_on_disconnect(request):
            screened = await session.screen_one(cv, job=7)

    The block is cancelled, so that a run in it cancels its batches and their credits come back (one with a journal
    detaches); then `ClientLeft` or `ServiceStopping` is raised. The request's body is read before the block begins
    (`request.body()`, `json()` and `form()` go on working).
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._task: asyncio.Task[Any] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._why: Callable[[], HTTPException] | None = None
        self._told = contextlib.ExitStack()

    async def __aenter__(self) -> None:
        with contextlib.suppress(RuntimeError):  # it was read as a form
            await self._request.body()
        self._task = asyncio.current_task()
        self._watch = asyncio.create_task(self._wait(), name="cvsense client watch")
        self._told.enter_context(stopping.told(lambda: self._end(ServiceStopping)))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        task, watch = self._task, self._watch
        assert task is not None and watch is not None  # noqa: S101, PT018
        self._told.close()
        watch.cancel()
        try:
            await asyncio.wait([watch])
        except asyncio.CancelledError:
            if self._why is None or task.uncancel() > 0:
                raise
        else:
            if self._why is None or task.uncancel() > 0:
                return
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            raise self._why() from None

    async def _wait(self) -> None:
        await _client_left(self._request.receive)
        self._end(ClientLeft)

    def _end(self, why: Callable[[], HTTPException]) -> None:
        if self._why is None and self._task is not None:
            self._why = why
            self._task.cancel()


def stream_batches(
    request: Request,
    run: ScreeningRun,
    *,
    heartbeat: float = HEARTBEAT,
    as_json: Callable[[BatchResult], Any] | None = None,
) -> Response:
    """A response that screens while it is read, and gives each batch as a server-sent event.

        @app.post("/screenings")
        async def screen(request: Request, session: SessionDep, files: list[UploadFile]) -> Response:
            return stream_batches(request, session.screen(await uploaded_cvs(files), job=7))

    Give it a run that is not entered; nothing is sent before the response begins. Events: `batch` (see `batch_json`,
    or what `as_json` makes of it), `progress` every `heartbeat` seconds in which nothing else was sent, and at last
    `end` with the summary, or `problem` with a problem document. When the visitor leaves, the run is left: its open
    batches are cancelled and their credits come back; a run with a journal detaches. When the server is asked to stop
    (SIGTERM), the run is left in the same way at once, and the last event is the problem `closing`.

    A browser's `EventSource` connects again by itself when a stream ends. That would screen and pay again, so a
    request with `Last-Event-ID` is answered 204, which tells it to stop.
    """
    if request.headers.get("last-event-id") is not None:
        return Response(status_code=204)
    if stopping.asked():
        closing = problem_of(SessionClosed(""))
        retry = {"Retry-After": str(closing.retry_after)}
        return Response(orjson.dumps(closing.as_json()), closing.status, retry, media_type=PROBLEM_JSON)
    return _EventStream(run, heartbeat, as_json or batch_json)


@attrs.frozen
class _Event:
    name: str
    content: Any
    last: bool = False


class _EventStream(Response):
    media_type = "text/event-stream"

    def __init__(self, run: ScreeningRun, heartbeat: float, as_json: Callable[[BatchResult], Any]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._run = run
        self._heartbeat = heartbeat
        self._as_json = as_json
        self._sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        queue = asyncio.Queue[_Event](1)  # a slow reader holds the run back
        screening = asyncio.create_task(self._screen(queue), name="cvsense stream screening")
        writing = asyncio.create_task(self._write(queue, send), name="cvsense stream writing")
        leaving = asyncio.create_task(_client_left(receive), name="cvsense stream client")
        stops = asyncio.Event()
        stopped = asyncio.create_task(stops.wait(), name="cvsense stream stop")
        first_of: set[asyncio.Task[Any]] = {writing, leaving}
        try:
            with stopping.told(stops.set):
                done, _ = await asyncio.wait(first_of | {stopped}, return_when=asyncio.FIRST_COMPLETED)
            if done == {stopped}:
                log.stream_stopped(events=self._sent)
                await _end([screening])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LAST_WORD):
                        await queue.put(_Event("problem", problem_of(SessionClosed("")).as_json(), last=True))
                        await asyncio.wait(first_of, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end([writing, leaving, stopped, screening])
        if writing.cancelled() or writing.exception() is not None:
            log.stream_left(events=self._sent)
        if not writing.cancelled() and (error := writing.exception()) is not None and not isinstance(error, OSError):
            raise error
        if self.background is not None:
            await self.background()

    async def _screen(self, queue: asyncio.Queue[_Event]) -> None:
        try:
            async with self._run as run:
                async for batch in run:
                    await queue.put(_Event("batch", await asyncio.to_thread(self._as_json, batch)))
            last = _Event("end", summary_json(run.summary), last=True)
        except Exception as error:
            if not isinstance(error, CVSenseError):
                log.stream_failed(error=error, where=log.raised_at(error))
            last = _Event("problem", problem_of(error).as_json(), last=True)
        await queue.put(last)

    async def _write(self, queue: asyncio.Queue[_Event], send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._part(send, _Event("progress", progress_json(self._run.progress)))
        last = False
        while not last:
            try:
                async with asyncio.timeout(self._heartbeat):
                    event = await queue.get()
            except TimeoutError:
                event = _Event("progress", progress_json(self._run.progress))
            last = event.last
            await self._part(send, event)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _part(self, send: Send, event: _Event) -> None:
        self._sent += 1
        # orjson writes no line breaks, so that one `data` line holds it all
        part = b"id: %d\nevent: %s\ndata: %s\n\n" % (self._sent, event.name.encode(), orjson.dumps(event.content))
        async with asyncio.timeout(STALLED):  # a TimeoutError is an OSError: the client counts as gone
            await send({"type": "http.response.body", "body": part, "more_body": True})


async def _client_left(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for their ends (a run's is bounded by its `grace`), even where the waiting is cancelled."""
    waiting = set(tasks)
    for task in waiting:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while waiting:
            try:
                _, waiting = await asyncio.wait(waiting)
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is not None:
        raise cancelled


# --- what the visitor sees ------------------------------------------------------------------------------------------


def batch_json(batch: BatchResult) -> dict[str, Any]:
    """A batch for the person whose files they are: scores and why, without the contact that the service read."""
    return {
        "batch_id": batch.batch_id,
        "ok": batch.ok,
        "results": [_screened(screened) for screened in batch.results],
        "rejected": [{"file": one.name, "reason": one.reason.value, "detail": one.detail} for one in batch.rejected],
        "failed": [{"file": one.document.name, "detail": one.detail} for one in batch.failed],
        "unsettled": [{"file": one.document.name, "batch_id": one.batch_id} for one in batch.unsettled],
        "problem": problem_of(batch.failure).as_json() if batch.failure is not None else None,
    }


def _screened(screened: Screened) -> dict[str, Any]:
    result = screened.result
    return {
        "file": screened.name,
        "score": screened.score,
        "match_status": str(screened.match_status),
        "summary": result.summary,
        "strengths": list(result.strengths),
        "weaknesses": list(result.weaknesses),
        "skills": skill_records(result),
    }


def progress_json(progress: Progress) -> dict[str, Any]:
    """How far the run has come, in documents and seconds."""
    return {
        "found": progress.found,
        "uploaded": progress.uploaded,
        "screened": progress.screened,
        "rejected": progress.rejected,
        "batches_open": progress.batches_open,
        "batches_done": progress.batches_done,
        "elapsed": round(progress.elapsed, 1),
    }


def summary_json(summary: Summary) -> dict[str, Any]:
    """What the run has done, in documents, batches and credits."""
    return {
        "screened": summary.screened,
        "invalid": summary.invalid,
        "rejected": summary.rejected,
        "failed": summary.failed,
        "unsettled": summary.unsettled,
        "batches": summary.batches,
        "credits_used": summary.credits_used,
        "elapsed": round(summary.elapsed, 1),
        "complete": summary.complete,
    }
