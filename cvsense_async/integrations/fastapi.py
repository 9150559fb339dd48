"""CVSense in a FastAPI service: one session a process, verified webhooks, errors as problems, streams of batches.

One session for all requests, because the rate limit is the key's; opened by the application's lifespan, because it
belongs to the event loop. Needs the extra `fastapi`.

    app = FastAPI()
    app.include_router(cvsense_router(receiver=receiver))
    add_problem_handler(app)

    @app.post("/screenings")
    async def screen(request: Request, session: SessionDep, files: list[UploadFile]) -> Response:
        return stream_batches(request, session.screen(await uploaded_cvs(files), job=7))
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

try:
    from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, UploadFile
    from fastapi.encoders import encoders_by_class_tuples
    from fastapi.requests import HTTPConnection
    from fastapi.responses import JSONResponse
except ImportError as _error:
    from cvsense_async.errors import MissingExtra

    raise MissingExtra('the FastAPI integration needs FastAPI: pip install "cvsense-async[fastapi]"') from _error

from cvsense_async import log
from cvsense_async.api.jsonable import Model, as_json
from cvsense_async.errors import CallError, ConfigurationError, CVSenseError, InvalidSignature, SessionClosed
from cvsense_async.session import CVSenseSession
from cvsense_async.webhook_events import Event
from cvsense_async.webhook_signature import BODY_TOLERANCE, MAX_BODY, SIGNATURE_HEADER, Secrets, checked_secrets, verify
from cvsense_async.webhooks import WebhookReceiver

from .problems import PROBLEM_JSON, Problem, problem_of
from .stopping import end_streams, watching
from .streams import ClientLeft, ServiceStopping, batch_json, cancel_on_disconnect, stream_batches

__all__ = [
    "ClientLeft",
    "Problem",
    "ServiceStopping",
    "SessionDep",
    "add_problem_handler",
    "batch_json",
    "cancel_on_disconnect",
    "current_session",
    "cvsense_lifespan",
    "cvsense_router",
    "end_streams",
    "problem_of",
    "problem_response",
    "stream_batches",
    "uploaded_cvs",
    "verified_event",
]

encoders_by_class_tuples[as_json] = (Model,)
"""What a handler without an annotation returns: FastAPI would take a result that is iterated for pairs."""

Opens = CVSenseSession | Callable[[], AbstractAsyncContextManager[CVSenseSession]]
"""A session that is not open yet, or what makes one at start-up (then the key is read only there)."""

MAX_UPLOAD = 200 * 1024 * 1024


# --- one session a process ------------------------------------------------------------------------------------------


def cvsense_lifespan(
    session: Opens = CVSenseSession, *, receiver: WebhookReceiver | None = None
) -> Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any]]]:
    """A lifespan that holds the session (and the receiver) open while the application serves.

    `FastAPI(lifespan=cvsense_lifespan())`, or `async with cvsense_lifespan()(app) as state: yield state` within a
    lifespan of your own. The session is there as `request.state.cvsense_session`, in mounted applications, too, because
    it is yielded as the lifespan's state, and as `app.state.cvsense_session` in the application itself.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncGenerator[Mapping[str, Any], None]:
        async with contextlib.AsyncExitStack() as opened:
            one = session() if callable(session) else session
            app.state.cvsense_session = found = await opened.enter_async_context(one)
            opened.callback(lambda: setattr(app.state, "cvsense_session", None))
            if receiver is not None:
                await opened.enter_async_context(receiver)
            opened.enter_context(watching())
            yield {_STATE: found}

    return lifespan


def cvsense_router(
    session: Opens = CVSenseSession,
    *,
    receiver: WebhookReceiver | None = None,
    webhook_path: str = "/webhooks/cvsense",
    **options: Any,
) -> APIRouter:
    """A router that brings the session's lifespan with it and, given a receiver, takes the service's deliveries.

    Include it in the outermost application: only then does its lifespan run; applications that are mounted in it find
    the session, too. `options` are those of `APIRouter`.
    """
    router = APIRouter(lifespan=cvsense_lifespan(session, receiver=receiver), **options)
    if receiver is not None:
        taker = receiver

        async def deliveries(request: Request) -> Response:
            reply = await taker.receive(await _raw_body(request), request.headers.raw)
            if reply.status == 503 and not taker.is_open:
                await current_session(request)  # says so where it is not open because no lifespan has run
            return Response(reply.body, reply.status, dict(reply.headers), media_type="text/plain")

        router.add_api_route(webhook_path, deliveries, methods=["POST"], include_in_schema=False)
    return router


async def current_session(connection: HTTPConnection) -> CVSenseSession:
    """The application's session, also in an application that is mounted in it.

    Raises `SessionClosed` while the application closes, and `ConfigurationError` where no lifespan has opened one: it
    says why, and what to do.
    """
    of_app: CVSenseSession | None = getattr(connection.app.state, _STATE, None)
    of_lifespan: CVSenseSession | None = getattr(connection.state, _STATE, None)
    session = of_app or of_lifespan
    if session is not None:
        return session
    if hasattr(connection.app.state, _STATE):
        raise SessionClosed("the application is closing, and its session with it")
    mounted = connection.scope.get("root_path") != connection.scope.get("app_root_path", connection.scope["root_path"])
    log.session_missing(mounted=mounted)
    raise ConfigurationError(_MOUNTED if mounted else _NO_LIFESPAN)


_STATE = "cvsense_session"

_MOUNTED = (
    "no lifespan has opened the session: this application is mounted in another, and only the outermost application's "
    "lifespan runs. Include cvsense_router() in that one, or yield from its lifespan what cvsense_lifespan() gives"
)
_NO_LIFESPAN = (
    "no lifespan has opened the session: include cvsense_router() in the application, or make it with "
    "lifespan=cvsense_lifespan(). If it is, the server runs no lifespan: switch it on (uvicorn: --lifespan on), or, in "
    "a test, write `async with app.router.lifespan_context(app):`"
)


SessionDep = Annotated[CVSenseSession, Depends(current_session)]
"""The parameter type that gives a handler the application's one session."""


# --- what comes in --------------------------------------------------------------------------------------------------


def verified_event(
    secrets: Secrets | Callable[[], Secrets],
    *,
    header: str = SIGNATURE_HEADER,
    tolerance: float | None = BODY_TOLERANCE,
    now: Callable[[], float] = time.time,
) -> Callable[[Request], Awaitable[Event]]:
    """A dependency that gives the event of a delivery whose signature and age were checked, else answers 400.

        @app.post("/hook")
        async def hook(event: Annotated[Event, Depends(verified_event(secret))]) -> None: ...

    It looks at the raw body, and stands beside a parameter that FastAPI reads out of the same JSON (then FastAPI has
    read the body before, however large it was). It does not know which events came before, and the handler has the
    service's 10 s: `WebhookReceiver` does better at both. Raises `ConfigurationError` for secrets that cannot work.
    """

    fixed = None if callable(secrets) else checked_secrets(secrets)

    async def event_of(request: Request) -> Event:
        body = await _raw_body(request)
        known = secrets() if callable(secrets) else fixed or ()
        try:
            return verify(body, request.headers.raw, known, header=header, tolerance=tolerance, now=now())
        except InvalidSignature:
            raise HTTPException(400, "the signature or the age of this delivery does not fit") from None

    return event_of


async def _raw_body(request: Request) -> bytes:
    """The body as it came, up to what a delivery may hold: counted while it comes.

    What the headers promise proves nothing: beside a chunked body, some servers leave a small Content-Length standing.
    """
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > MAX_BODY):
        raise HTTPException(413, "too large")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, "too large")
    raw = bytes(body)
    request._body = raw  # pyright: ignore[reportPrivateUsage]  # as `body()` keeps it for whoever reads it next
    return raw


async def uploaded_cvs(files: Sequence[UploadFile], *, max_bytes: int = MAX_UPLOAD) -> list[tuple[str, bytes]]:
    """The files of a form as a run takes them; read now, because the form is closed before a stream has ended.

    Answers 413 where they hold more than `max_bytes` together.
    """
    if sum(file.size or 0 for file in files) > max_bytes:
        raise HTTPException(413, "the files are too large")
    return [(file.filename or "cv", await file.read()) for file in files]


# --- what goes out --------------------------------------------------------------------------------------------------


def add_problem_handler(app: FastAPI) -> None:
    """Have every error of this package that a handler lets through answered as application/problem+json."""

    async def handle(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        told = log.problem_internal if problem.status in (500, 502) else log.problem_answered
        operation = error.operation if isinstance(error, CallError) else None
        request_id = error.request_id if isinstance(error, CallError) else None
        told(status=problem.status, error=error, operation=operation, request_id=request_id)
        return problem_response(problem)

    app.add_exception_handler(CVSenseError, handle)


def problem_response(problem: Problem) -> Response:
    """A problem as a response."""
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after is not None else None
    return JSONResponse(problem.as_json(), problem.status, headers, media_type=PROBLEM_JSON)
