"""Results that an earlier run of the same job paid for: taken by content, never paid again, kept by the new journal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in
from crashes import Died, Life, MortalJournal, mortal_session
from resuming import JOB, folder_of, results_of, take

import cvsense_async as cv
from cvsense_async import CVSenseSession, JobDescription


def screen(session: CVSenseSession, sources: Any, **options: Any) -> cv.ScreeningRun:
    return session.screen(sources, job=JOB, poll_interval=(0.02, 0.05), batch_size=8, **options)


@pytest.fixture
async def earlier(session: CVSenseSession, tmp_path: Path) -> Path:
    """The journal of a run of twenty CVs."""
    folder_of(tmp_path / "old", 20)
    await take(screen(session, tmp_path / "old", journal=tmp_path / "earlier.db", name="the first night"))
    return tmp_path / "earlier.db"


@pytest.mark.parametrize("journal", [True, False])
async def test_what_was_paid_is_not_paid_again(
    server: Any, session: CVSenseSession, tmp_path: Path, earlier: Path, journal: bool
) -> None:
    """New CVs are screened, known ones come with the earlier result and its batch, and a resume gives the same."""
    written = {**folder_of(tmp_path / "new", 20), **folder_of(tmp_path / "new", 12, seed=2)}
    own = tmp_path / "j.db" if journal else None
    run = screen(session, tmp_path / "new", journal=own, reuse=str(earlier))
    batches = await take(run)
    assert sorted(results_of(batches)) == sorted(written)
    reused = [screened for batch in batches if batch.reused for screened in batch]
    assert run.summary.reused == len(reused) == 20
    assert all(screened.batch_id is not None for screened in reused)
    assert (run.summary.screened, run.summary.credits_used, run.summary.credits_unexplained) == (32, 12, 0)
    assert run.summary.complete
    if journal:
        earlier.unlink()
        resumed = session.resume(tmp_path / "j.db", reuse=())
        again = await take(resumed)
        assert sorted(results_of(again)) == sorted(written)
        assert {s.result.id: s.batch_id for b in again if b.reused for s in b} == {
            s.result.id: s.batch_id for s in reused
        }
        assert (resumed.summary.reused, resumed.summary.credits_used) == (20, 12)
    assert (await server.ledger(summary=True))["used"] == 32


async def test_a_run_that_reuses_can_be_reused(session: CVSenseSession, tmp_path: Path, earlier: Path) -> None:
    """The journal of such a run holds all of its results, so that the next night needs that one alone."""
    folder_of(tmp_path / "old", 5, seed=3)
    await take(screen(session, tmp_path / "old", journal=tmp_path / "second.db", reuse=[earlier]))
    run = screen(session, tmp_path / "old", reuse=[tmp_path / "second.db"])
    await take(run)
    assert (run.summary.reused, run.summary.credits_used) == (25, 0)


async def test_nothing_is_allowed_and_nothing_needed(session: CVSenseSession, tmp_path: Path, earlier: Path) -> None:
    """What is reused counts against no budget."""
    folder_of(tmp_path / "old", 3, seed=3)
    with pytest.raises(cv.BudgetExceeded) as caught:
        await take(screen(session, tmp_path / "old", reuse=earlier, max_credits=2))
    assert caught.value.needed == 3
    run = screen(session, tmp_path / "old", reuse=earlier, max_credits=3)
    await take(run)
    assert run.summary.complete


async def test_a_journal_of_another_job_or_service(session: CVSenseSession, tmp_path: Path, earlier: Path) -> None:
    """It is refused before anything is sent or written, and so is one that is not there."""
    other = JobDescription("Data engineer", "SQL, Python and pipelines.", essential=["Go"])
    run = session.screen(cvs(3), job=other, journal=tmp_path / "j.db", reuse=earlier)
    with pytest.raises(cv.JournalError, match="another job"):
        await take(run)
    with pytest.raises(cv.JournalError, match="no such journal"):
        await take(screen(session, cvs(3), reuse=tmp_path / "none.db"))
    assert not (tmp_path / "j.db").exists()
    async with stand_in() as server, session_at(server) as elsewhere:
        with pytest.raises(cv.JournalError, match="another base URL"):
            await take(screen(elsewhere, cvs(3), reuse=earlier))
        assert (await server.report())["requests"] == 0


@pytest.mark.parametrize("sources_again", [True, False])
async def test_a_crash_at_each_point(tmp_path: Path, sources_again: bool) -> None:
    """A run that reuses and dies goes on from its journal alone, and pays for nothing that was paid."""
    old, new = list(cvs(5)), list(cvs(6, seed=2))

    async def stream() -> AsyncIterator[tuple[str, bytes]]:
        for file in (*old, *new):
            yield file

    async def attempt(server: Any, own: Path, life: Life) -> None:
        async with session_at(server) as session:
            mortal_session(session, life)
            try:
                await take(screen(session, stream(), journal=MortalJournal(own, life), reuse=tmp_path / "earlier.db"))
            except (Died, cv.RunClosed, BaseExceptionGroup):
                assert life.dead

    async with stand_in() as server:
        async with session_at(server) as session:
            await take(screen(session, old, journal=tmp_path / "earlier.db"))
        life = Life()
        await attempt(server, tmp_path / "whole.db", life)
        for point in range(life.points.index("after begin") + 1, len(life.points), 3):
            own = tmp_path / f"{point}.db"
            used = (await server.ledger(summary=True))["used"]
            await attempt(server, own, Life(point))
            async with session_at(server) as session:
                run = session.resume(own, stream() if sources_again else None)
                batches: list[cv.BatchResult] = []
                try:
                    async for batch in run:
                        batches.append(batch)
                except cv.SourcesNeeded:
                    assert not sources_again or point
                    batches = await take(session.resume(own, stream()))
            assert len(set(results_of(batches))) == len(results_of(batches)) == 11, life.points[point]
            assert (await server.ledger(summary=True))["used"] - used == 6, life.points[point]


async def test_a_job_by_its_id_whose_advert_was_edited(session: CVSenseSession, tmp_path: Path) -> None:
    """Its results are of the text as it was: refused before anything is sent, and taken again by nobody."""
    job = (await session.jobs.create("Cook", "Cooks for many.", "Leeds")).id

    def run(**options: Any) -> cv.ScreeningRun:
        return session.screen(list(cvs(4)), job=job, poll_interval=(0.02, 0.05), **options)

    await take(run(journal=tmp_path / "first.db"))
    again = run(reuse=tmp_path / "first.db")
    await take(again)
    assert (again.summary.reused, again.summary.credits_used) == (4, 0)
    await session.jobs.update(job, description="Cooks for a few.")
    with pytest.raises(cv.JournalError, match="earlier text of the job, which was edited"):
        await take(run(reuse=tmp_path / "first.db", journal=tmp_path / "second.db"))
    with pytest.raises(cv.JournalError, match="earlier text"):
        await session.plan(list(cvs(4)), job=job, reuse=tmp_path / "first.db")
    assert not (tmp_path / "second.db").exists()
    await session.jobs.delete(job)
    with pytest.raises(cv.JournalError, match="whose text the service does not give"):
        await take(run(reuse=tmp_path / "first.db"))


async def test_an_advert_edited_before_a_run_goes_on(session: CVSenseSession, tmp_path: Path, caplog: Any) -> None:
    """The run says so and goes on; of a job that it describes itself it knows the text, and asks nothing."""
    job = (await session.jobs.create("Cook", "Cooks for many.", "Leeds")).id
    folder_of(tmp_path / "in", 3)
    await take(session.screen(tmp_path / "in", job=job, journal=tmp_path / "j.db", poll_interval=(0.02, 0.05)))
    same = session.resume(tmp_path / "j.db")
    await take(same)
    assert not same.job_changed
    await session.jobs.update(job, description="Cooks for a few.")
    resumed = session.resume(tmp_path / "j.db")
    assert not resumed.job_changed
    await take(resumed)
    assert resumed.job_changed
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == ["job.changed"]
    with pytest.raises(cv.JournalError, match="earlier text"):  # of two texts: they answer for neither
        await take(session.screen(tmp_path / "in", job=job, reuse=tmp_path / "j.db"))


async def test_what_was_invalid_is_not_reused(tmp_path: Path) -> None:
    """It cost no credit, and may be read today."""
    async with stand_in(invalid_share=1.0) as server, session_at(server) as session:
        await take(screen(session, list(cvs(3)), journal=tmp_path / "j.db"))
        await server.set(invalid_share=0.0)
        run = screen(session, list(cvs(3)), reuse=tmp_path / "j.db")
        await take(run)
        assert (run.summary.screened, run.summary.reused) == (3, 0)


async def test_a_plan_without_what_was_paid(session: CVSenseSession, tmp_path: Path, earlier: Path) -> None:
    """It counts what is there by content, and names the journal; nothing is sent but questions."""
    folder_of(tmp_path / "old", 5, seed=3)
    plan = await session.plan(tmp_path / "old", job=JOB, reuse=earlier, batch_size=4)
    assert (plan.documents, plan.reused, plan.credits, plan.batches) == (25, 20, 5, 2)
    assert plan.reused_from == ((str(earlier), 20),)
    assert (await session.plan(tmp_path / "old", batch_size=4)).credits == 25
    with pytest.raises(cv.ConfigurationError, match="job="):
        await session.plan(tmp_path / "old", reuse=earlier)


async def test_two_runs_look_into_one_journal(session: CVSenseSession, tmp_path: Path, earlier: Path) -> None:
    """At the same time, and while its own run goes on."""
    folder_of(tmp_path / "new", 4, seed=9)
    first, second = (screen(session, [tmp_path / "old", tmp_path / "new"], reuse=earlier) for _ in range(2))
    async with first:
        await anext(aiter(first))
        async with session.resume(earlier) as own:
            await anext(aiter(own))
            await take(second)
    assert second.summary.reused == 20
