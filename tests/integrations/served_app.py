"""The application that real servers serve in the tests: streams and plain answers that screen twenty CVs.

Where the service is, and where journals go, comes from the environment.
"""

from __future__ import annotations

import os
from typing import Any

from fastapi import FastAPI, Request, Response

from cvsense_async import CVSenseSession, JobDescription, RateLimit
from cvsense_async.integrations.fastapi import (
    SessionDep,
    add_problem_handler,
    cancel_on_disconnect,
    cvsense_router,
    stream_batches,
)

JOB = JobDescription("Cook", "Cooking for many.")
QUICK = RateLimit(100_000, per=1.0)

app = FastAPI()
app.include_router(
    cvsense_router(lambda: CVSenseSession(os.environ["SERVED_KEY"], os.environ["SERVED_URL"], rate_limit=QUICK))
)
add_problem_handler(app)


def run_of(session: CVSenseSession, count: int, journal: str | None) -> Any:
    """A run of so many CVs in batches of ten."""
    sources = [(f"cv-{number}.pdf", b"%%PDF-1.7 %s %d" % (str(journal).encode(), number)) for number in range(count)]
    path = os.path.join(os.environ["SERVED_JOURNALS"], journal) if journal else None
    return session.screen(sources, job=JOB, batch_size=10, poll_interval=(0.05, 0.1), journal=path)


@app.get("/ready")
async def ready(session: SessionDep) -> str:
    """Whether it serves, with its session open."""
    return repr(session)


@app.post("/stream")
async def stream(request: Request, session: SessionDep, count: int = 20, journal: str | None = None) -> Response:
    """Batches as they finish."""
    return stream_batches(request, run_of(session, count, journal), heartbeat=0.05)


@app.post("/whole")
async def whole(request: Request, session: SessionDep, count: int = 20) -> int:
    """The number of results."""
    async with cancel_on_disconnect(request), run_of(session, count, None) as run:
        return len([screened async for screened in run.results()])
