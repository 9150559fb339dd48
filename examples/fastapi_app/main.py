"""A small, whole service: people drop CVs on a page and watch the ranked results arrive, batch by batch.

It shows what a service needs besides the calls: one session for the process, a stream that stops costing credits when
its visitor leaves, and webhooks that make polling unnecessary. Without a key it brings its own CVSense: the sandbox.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import os
import weakref
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request, Response, UploadFile
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from cvsense_async import CVSenseSession, JobDescription, ScreeningRun
from cvsense_async.integrations.fastapi import (
    SessionDep,
    add_problem_handler,
    cvsense_router,
    stream_batches,
    uploaded_cvs,
)
from cvsense_async.sandbox import Sandbox
from cvsense_async.webhooks import BatchEvent, Event, WebhookReceiver

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT", "8000"))
KEY = os.environ.get("CVSENSE_API_KEY", "")
PUBLIC_URL = os.environ.get("PUBLIC_URL") or (f"http://{HOST}:{PORT}" if not KEY else "")
PAGE = Path(__file__).parent / "page"

secrets: list[str] = []
receiver = WebhookReceiver(lambda: secrets)
runs: weakref.WeakSet[ScreeningRun] = weakref.WeakSet()
told: collections.deque[dict[str, Any]] = collections.deque(maxlen=20)


@contextlib.asynccontextmanager
async def opened_session() -> AsyncGenerator[CVSenseSession, None]:
    """The process's one session: at the service with a key, else at a sandbox that lives as long as this process."""
    async with contextlib.AsyncExitStack() as opened:
        if KEY:
            session = await opened.enter_async_context(CVSenseSession())
        else:
            sandbox = await opened.enter_async_context(Sandbox())
            session = await opened.enter_async_context(CVSenseSession(sandbox.api_key, sandbox.url))
        if not PUBLIC_URL:
            spare_the_loop()
            yield session
            return
        events = ["batch.completed", "batch.failed", "batch.cancelled"]
        webhook = await session.webhooks.register(f"{PUBLIC_URL}/webhooks/cvsense", events)
        secrets.append(webhook.secret or "")
        spare_the_loop()
        try:
            yield session
        finally:
            await session.webhooks.delete(webhook.id)


def spare_the_loop() -> None:
    """Have Python's garbage collector pass over what was loaded to stay: looking through it held visitors for 40 ms."""
    gc.collect()
    gc.freeze()


@receiver.on(BatchEvent)
def wake(event: BatchEvent) -> None:
    """A batch has ended: the run that waits for it looks now, and spends no poll."""
    for run in list(runs):
        run.notify(event)


@receiver.on(Event)
def remember(event: Event) -> None:
    """What the page shows of the deliveries; ids and names of events, nothing of a person."""
    told.appendleft({"event": event.name, "at": event.created_at, "batch_id": event.data.get("batch_id")})


def from_this_page(
    request: Request,
    sec_fetch_site: Annotated[str | None, Header()] = None,
    origin: Annotated[str | None, Header()] = None,
) -> None:
    """Another site's page must not spend the credits of whoever has this one open.

    A browser says so in Sec-Fetch-Site; one that does not still sends the Origin of the page with what it posts.
    """
    if sec_fetch_site not in (None, "same-origin", "none"):
        raise HTTPException(403, "from another site")
    if sec_fetch_site is None and origin is not None and not is_own(origin, request):
        raise HTTPException(403, "from another site")


def is_own(origin: str, request: Request) -> bool:
    """Whether an origin is this service's: the address that was asked for, or the public one before a proxy."""
    asked = request.headers.get("host", "")
    return origin in {f"http://{asked}", f"https://{asked}", PUBLIC_URL.rstrip("/")} - {""}


app = FastAPI(title="CV screening", docs_url=None, redoc_url=None)
app.include_router(cvsense_router(opened_session, receiver=receiver))
add_problem_handler(app)


@app.post("/screenings", dependencies=[Depends(from_this_page)])
async def screen(
    request: Request,
    session: SessionDep,
    title: Annotated[str, Form(min_length=1, max_length=255)],
    description: Annotated[str, Form(min_length=1, max_length=50_000)],
    files: list[UploadFile],
) -> Response:
    """Screen the form's files; the answer is a stream of batches."""
    sources = await uploaded_cvs(files, max_bytes=200 * 1024 * 1024)
    run = session.screen(sources, job=JobDescription(title, description), batch_size=10)
    runs.add(run)
    return stream_batches(request, run)


@app.get("/about")
async def about(session: SessionDep) -> dict[str, Any]:
    """What the page says of where it stands."""
    credits = await session.account.credits()
    return {"sandbox": not KEY, "credits": credits.balance, "deliveries": list(told)}


@app.middleware("http")
async def only_our_own_content(request: Request, call_next: Any) -> Response:
    """Whatever a CV says, the page runs and loads nothing but its own files."""
    response: Response = await call_next(request)
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@app.get("/", include_in_schema=False)
async def index() -> FileResponse:
    """The page."""
    return FileResponse(PAGE / "index.html")


app.mount("/page", StaticFiles(directory=PAGE))


if __name__ == "__main__":
    uvicorn.run(app, host=HOST, port=PORT, timeout_graceful_shutdown=10)
