"""What users see in their editors: checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import assert_type

from cvsense_async import (
    Account,
    BatchResult,
    BatchState,
    Candidate,
    CVSenseSession,
    Job,
    JobDescription,
    Page,
    Pager,
    RateLimit,
    Report,
    Result,
    Screened,
    ScreeningPlan,
    Summary,
    Timeouts,
)
from cvsense_async.integrations.opentelemetry import OpenTelemetry


async def calls(session: CVSenseSession) -> None:
    awaitable: Awaitable[Job] = session.jobs.get(7)
    assert_type(await awaitable, Job)
    assert_type(await session.jobs.get("a-uuid"), Job)
    assert_type(await session.account.get(), Account)
    assert_type(session.jobs.list(per_page=50), Pager[Job])
    assert_type(await session.jobs.list(), Page[Job])
    async for job in session.jobs.list():
        assert_type(job, Job)
    assert_type(await session.screening.status(3), BatchState)
    assert_type(await session.screening.wait(3, deadline=60), BatchState)
    assert_type(await session.screening.report(3, 4), Report)
    assert_type(await session.screening.report_pdf(3, 4), bytes)
    async for result in session.screening.stream(3):
        assert_type(result, Result)
    assert_type(await session.candidates.set_status(1, "interview", note="…"), Candidate | None)
    assert_type(await session.with_options(deadline=5).jobs.get(7), Job)
    assert_type(await session.jobs.delete(7), None)


async def wrong(session: CVSenseSession) -> None:
    await session.jobs.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await session.jobs.get(job=7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await session.jobs.create(title="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    session.screen("cvs")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def screening(session: CVSenseSession, folder: Path) -> None:
    job = JobDescription("Data engineer", "SQL and Python", essential=["SQL"])
    async with session.screen([folder, ("a.pdf", b"%PDF-")], job=job) as run:
        async for batch in run:
            assert_type(batch, BatchResult)
            for screened in batch:
                assert_type(screened, Screened)
                assert_type(screened.score, float | None)
        assert_type(run.summary, Summary)
    assert_type(await session.screen_one(folder / "cv.pdf", job=7), Screened)
    assert_type(await session.screen(folder, job=7).ranking(top=10), list[Screened])
    assert_type(await session.plan(folder), ScreeningPlan)


def settings() -> CVSenseSession:
    return CVSenseSession("cvs_key", rate_limit=RateLimit(120, per=60.0, share=0.25, strict=True), timeouts=Timeouts())


def observed() -> CVSenseSession:
    return CVSenseSession("cvs_key", observer=OpenTelemetry())
