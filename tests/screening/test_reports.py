"""Reports into files: whole or not at all, and under names of ours; raw answers; long shortlists."""

from __future__ import annotations

import tracemalloc
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import FAST, QUICK_POLLS, cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async import CVSenseSession, JobDescription
from cvsense_async.api.account import GetCredits
from cvsense_async.api.jobs import GetJob
from cvsense_async.api.screening import StartBatch

JOB = JobDescription("t", "d")


async def screened_batch(session: CVSenseSession, count: int = 3) -> cv.BatchResult:
    async for batch in session.screen(cvs(count), job=JOB, poll_interval=QUICK_POLLS):
        return batch
    raise AssertionError


async def test_all_reports_of_a_batch(server: Any, session: CVSenseSession, tmp_path: Path) -> None:
    """One PDF a result, in a folder that is made, and nothing else in it."""
    batch = await screened_batch(session)
    assert batch.batch_id is not None
    paths = await session.screening.reports(batch.batch_id, into=tmp_path / "new" / "reports")
    assert len(paths) == 3
    assert sorted((tmp_path / "new" / "reports").iterdir()) == sorted(paths)
    assert all(path.read_bytes().startswith(b"%PDF-") for path in paths)


@pytest.mark.parametrize("kind", ["cut", "drop_after", "500"])
async def test_a_report_is_whole_or_not_there(kind: str, tmp_path: Path) -> None:
    """A cut answer is fetched again; one that never comes whole leaves what was there."""
    target = tmp_path / "report.pdf"
    async with stand_in() as server, session_at(server) as session:
        batch = await screened_batch(session, 1)
        assert batch.batch_id is not None
        item = batch.results[0].result.id
        await server.set(faults=[{"kind": kind, "op": "report", "calls": [1]}])
        await session.screening.download_report(batch.batch_id, item, target)
        whole = target.read_bytes()
        assert whole == await session.screening.report_pdf(batch.batch_id, item)
        await server.set(faults=[{"kind": kind, "op": "report"}])
        target.write_bytes(b"before")
        with pytest.raises(cv.CallError):
            await session.screening.download_report(batch.batch_id, item, target)
        assert target.read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [target]


async def test_a_large_report_goes_to_the_disk_alone(tmp_path: Path) -> None:
    """A report is written as it comes, under the caller's name whatever the service calls it, and is never held."""
    chunk, chunks = b"%PDF" * 16_384, 400

    async def report(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Disposition": 'attachment; filename="../elsewhere.pdf"'})
        answer.content_length = len(chunk) * chunks
        await answer.prepare(request)
        for _ in range(chunks):
            await answer.write(chunk)
        return answer

    app = web.Application()
    app.router.add_get("/api/v1/screening/batch/7/report/9", report)
    target = tmp_path / "reports" / "mine.pdf"
    target.parent.mkdir()
    async with (
        TestServer(app) as server,
        cv.CVSenseSession("cvs_key", f"http://127.0.0.1:{server.port}/api/v1", rate_limit=FAST) as session,
    ):
        tracemalloc.start()
        assert await session.screening.download_report(7, 9, target) == target
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert target.stat().st_size == len(chunk) * chunks
    assert most < target.stat().st_size / 4
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [target]


async def test_a_raw_answer(server: Any, session: CVSenseSession) -> None:
    """Status, headers and body as they came, and the model on request; errors are raised as ever."""
    raw = await session.with_raw_response(GetCredits())
    assert raw.status == 200
    assert "X-RateLimit-Limit" in raw.headers
    assert raw.body.startswith(b"{")
    assert raw.parse().balance == 1_000_000
    with pytest.raises(cv.NotFound):
        await session.with_raw_response(GetJob(10**6))


async def test_a_raw_answer_after_an_ambiguous_end() -> None:
    """What is read to settle a call is what is given."""
    rule = {"kind": "drop_after", "op": "start", "calls": [1]}
    async with stand_in(faults=[rule]) as server, session_at(server) as session:
        batch = await session.screening.create(job_title="t", job_description="d")
        file = cv.UploadFile("a.pdf", "application/pdf", 9, lambda: BytesIO(b"%PDF-1.7\n"))
        await session.screening.upload(batch.id, [file])
        raw = await session.with_raw_response(StartBatch(batch.id))
        assert raw.parse().status in {"queued", "processing", "completed"}


async def test_a_long_shortlist_takes_several_calls(server: Any, session: CVSenseSession) -> None:
    """250 candidates go out in three calls, and the counts are added up."""
    shortlist = await session.shortlists.create("Best of them")
    added = await session.shortlists.add(shortlist.id, list(range(1, 251)))
    assert added.added + added.skipped == 250
    calls = [entry for entry in await server.log() if entry["method"] == "POST" and "shortlists" in entry["path"]]
    assert len(calls) == 4
    assert (await session.shortlists.add(shortlist.id, [])) == cv.Added()
