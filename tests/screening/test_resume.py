"""Runs with a journal: left, stopped, crashed at each point, and resumed; each CV has one result and one credit."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in
from crashes import Life
from resuming import folder_of, hold, results_of, resume_to_the_end, screen, take, until_death

import cvsense_async as cv
from cvsense_async import CVSenseSession
from cvsense_async.screening.journal_file import JournalFile
from cvsense_async.screening.sqlite_journal import look_into


@pytest.mark.parametrize("count", [1, 45, 120])
async def test_a_run_with_a_journal_is_like_one_without(
    server: Any, session: CVSenseSession, tmp_path: Path, count: int
) -> None:
    """Every CV comes back once; a resume of the finished run gives the same again, and sends nothing that costs."""
    written = folder_of(tmp_path / "cvs", count)
    run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=20)
    first = await take(run)
    assert run.summary.complete
    await hold(server, written, first)
    before = (await server.report())["by_op"]
    again = session.resume(tmp_path / "j.db")
    second = await take(again)
    assert all(batch.resumed for batch in second)
    assert again.summary.complete
    assert again.summary.screened == again.summary.found == again.summary.credits_used == count
    await hold(server, written, second)
    after = (await server.report())["by_op"]
    assert {op for op in after if after[op] != before.get(op)} == {"credits"}
    assert second[0].results[0].result == next(b for b in first if b.batch_id == second[0].batch_id).results[0].result


async def test_leaving_detaches_and_resume_collects(tmp_path: Path) -> None:
    """Leaving early cancels nothing that was started; resume gives all of it, and goes on with the rest."""
    written = folder_of(tmp_path / "cvs", 100)
    async with stand_in(seconds_per_cv=0.03, workers=2) as server, session_at(server) as session:
        begun = time.monotonic()
        async with screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=6) as run:
            async for _ in run:
                break
        assert time.monotonic() - begun < 10
        states = [batch["state"] for batch in await server.batches()]
        assert "queued" in states or "processing" in states, states
        for batch in await server.batches():
            assert not (batch["state"] == "created" and batch["counts"]["held"]), batch
        resumed = session.resume(tmp_path / "j.db")
        batches = await take(resumed)
        assert resumed.summary.complete
        assert [batch.resumed for batch in batches].count(True) >= 1
        await hold(server, written, batches)


async def test_closing_the_session_detaches(tmp_path: Path) -> None:
    """A session that is closed leaves its runs in the same way."""
    written = folder_of(tmp_path / "cvs", 60)
    async with stand_in(seconds_per_cv=0.02, workers=2) as server:
        async with session_at(server) as session:
            run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10)
            await run.__aenter__()
            await asyncio.sleep(0.4)
        async with session_at(server) as session:
            await hold(server, written, await take(session.resume(tmp_path / "j.db")))


async def test_cancel_cancels_and_resume_sends_the_rest(tmp_path: Path) -> None:
    """`cancel` gives what was processed and leaves nothing open; a resume afterwards screens what is missing."""
    written = folder_of(tmp_path / "cvs", 60)
    async with stand_in(seconds_per_cv=0.02, workers=2) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=20)
        async with run:
            taken: list[cv.BatchResult] = []

            async def consume() -> None:
                taken.extend([batch async for batch in run])

            consumer = asyncio.create_task(consume())
            while not run.progress.screened:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            summary = await run.cancel()
            await consumer
        assert summary.screened == len(results_of(taken)) > 0
        assert not (await server.ledger())["held_by_batch"]
        await hold(server, written, await take(session.resume(tmp_path / "j.db")))


async def test_credits_run_out_and_are_topped_up(tmp_path: Path) -> None:
    """A 402 half way pauses the run and says how to go on; after a top-up resume gives everything, once."""
    written = folder_of(tmp_path / "cvs", 100)
    async with stand_in(credits=1000) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=20, max_open_batches=1)
        given = 0
        with pytest.raises(cv.InsufficientCredits) as caught:
            async for _ in run:
                given += 1
                if given == 2:
                    await server.ask("credits", {"free": 5})
        assert "session.resume" in str(caught.value.__notes__)
        await server.set(credits=1000)
        resumed = session.resume(tmp_path / "j.db")
        await hold(server, written, await take(resumed))
        assert resumed.summary.complete


async def test_a_key_is_revoked_and_replaced(tmp_path: Path) -> None:
    """A 401 half way pauses the run; with a new key it goes on."""
    written = folder_of(tmp_path / "cvs", 100)
    async with stand_in(unauthorized_after_requests=18, seconds_per_cv=0.01) as server:
        async with session_at(server) as session:
            with pytest.raises(cv.AuthenticationError):
                await take(screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10))
        await server.set(unauthorized_after_requests=None)
        async with session_at(server) as session:
            await hold(server, written, await take(session.resume(tmp_path / "j.db")))


async def test_the_folder_changes_between_crash_and_resume(tmp_path: Path) -> None:
    """New files join, a renamed copy is not paid again, what is gone or changed is said."""
    written = folder_of(tmp_path / "cvs", 30)
    async with stand_in(seconds_per_cv=0.02, workers=1) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=5, max_open_batches=2)
        async with run:
            async for _ in run:
                break
        more = folder_of(tmp_path / "cvs", 10, seed=2)
        first = next((tmp_path / "cvs").glob("1-cv-0.pdf"))
        first.rename(tmp_path / "cvs" / "another name.pdf")
        (tmp_path / "cvs" / "z copy.pdf").write_bytes((tmp_path / "cvs" / "1-cv-1.pdf").read_bytes())
        gone = tmp_path / "cvs" / "1-cv-9.pdf"  # the last in name order, so that it was not sent
        sha = hashlib.sha256(gone.read_bytes()).hexdigest()
        gone.write_bytes(b"%PDF-1.7 something else")
        changed = hashlib.sha256(gone.read_bytes()).hexdigest()
        batches = await take(session.resume(tmp_path / "j.db"))
        expected = {**written, **more, changed: "changed"}
        expected.pop(sha)
        await hold(server, expected, batches)
        reasons = sorted(rejected.reason for batch in batches for rejected in batch.rejected)
        assert reasons in (["changed", "duplicate", "duplicate"], ["duplicate", "duplicate"])


async def test_unchanged_files_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has the same size and mtime is recalled, not hashed."""
    import cvsense_async.screening.documents as documents

    written = folder_of(tmp_path / "cvs", 40)
    async with stand_in() as server, session_at(server) as session:
        await take(screen(session, tmp_path / "cvs", tmp_path / "j.db"))
        read: list[Any] = []
        check = documents._check
        monkeypatch.setattr(documents, "_check", lambda *given: read.append(given) or check(*given))
        await hold(server, written, await take(session.resume(tmp_path / "j.db")))
        assert not read


async def test_bytes_are_asked_for_again(tmp_path: Path) -> None:
    """Documents that were given as bytes cannot be opened by another process: it says so, and takes them again."""
    files = list(cvs(60))
    written = {hashlib.sha256(content).hexdigest(): name for name, content in files}

    async def stream() -> AsyncIterator[tuple[str, bytes]]:
        for file in files:
            yield file

    async with stand_in(seconds_per_cv=0.01, workers=1) as server, session_at(server) as session:
        async with screen(session, stream(), tmp_path / "j.db", batch_size=10, max_open_batches=2) as run:
            async for _ in run:
                break
        resumed = session.resume(tmp_path / "j.db")
        batches: list[cv.BatchResult] = []
        with pytest.raises(cv.SourcesNeeded, match="sources"):
            async for batch in resumed:
                batches.append(batch)
        assert 0 < len(results_of(batches)) < 60
        assert not resumed.summary.complete
        await hold(server, written, await take(session.resume(tmp_path / "j.db", stream())))


@pytest.mark.parametrize("lag", [0.0, 0.3], ids=["the walk is first", "the batches are first"])
@pytest.mark.parametrize("before", ["bytes", "files that moved"])
async def test_what_is_given_again_is_not_asked_for(tmp_path: Path, lag: float, before: str) -> None:
    """Documents of batches that were broken off are sent as the caller gives them again, whichever comes first.

    The walk may reach them before their batches are settled, or after; nothing is lost, and nobody is asked for them.
    """
    files = list(cvs(40))
    written = {hashlib.sha256(content).hexdigest(): name for name, content in files}
    for name, content in files:
        (tmp_path / name).write_bytes(content)
    sources = files if before == "bytes" else [tmp_path / name for name, _ in files]
    async with stand_in(seconds_per_cv=60.0) as server, session_at(server) as session:
        async with screen(session, sources, tmp_path / "j.db", batch_size=10, max_open_batches=2):
            while sum(batch["state"] == "processing" for batch in await server.batches()) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for batch_id in (await look_into(tmp_path / "j.db")).open_batches:
            await session.screening.cancel(batch_id)  # by somebody at the service: nothing was processed
        for name, _ in files:
            (tmp_path / name).unlink()

        async def again() -> AsyncIterator[tuple[str, bytes]]:
            await asyncio.sleep(lag)
            for file in files:
                yield file

        await server.set(seconds_per_cv=0.0, latency=0.0 if lag else 0.05)
        run = session.resume(tmp_path / "j.db", again())
        batches = await take(run)
        await hold(server, written, batches)
        assert run.summary.complete
        # A file that was moved is another name of a document that is in a batch, as long as that is not settled.
        assert {rejected.reason for batch in batches for rejected in batch.rejected} <= {cv.RejectReason.DUPLICATE}


async def test_a_run_that_was_cancelled_before_it_began(tmp_path: Path, session: CVSenseSession) -> None:
    """However early a run is cancelled: its journal is not there, or can be gone on with, or a new run begins in it."""
    written = folder_of(tmp_path / "cvs", 3)
    for step in range(12):
        path = tmp_path / f"{step}.db"
        run = screen(session, tmp_path / "cvs", path)
        task = asyncio.create_task(run.__aenter__())
        await task
        for _ in range(step):
            await asyncio.sleep(0.0005 * step)
        await run.aclose()
        again = session.resume(path) if path.exists() else screen(session, tmp_path / "cvs", path)
        assert sorted(results_of(await take(again))) == sorted(written), step


async def test_a_file_in_which_no_run_was_begun(tmp_path: Path, session: CVSenseSession) -> None:
    """A process that was killed between making the file and beginning its run: resume says so, and screen begins it."""
    for name in ("made.db", "empty.db"):
        path = tmp_path / name
        path.touch()
        if name == "made.db":
            file = JournalFile(str(path))
            await file.open(create=True)
            await file.close()
        with pytest.raises(cv.JournalEmpty, match=r"nothing was sent; session\.screen"):
            await take(session.resume(path))
        assert len(results_of(await take(screen(session, cvs(3), path)))) == 3
        with pytest.raises(cv.JournalError, match="holds a run already"):
            await take(screen(session, cvs(3), path))


async def test_a_budget_counts_for_the_whole_run(tmp_path: Path) -> None:
    """`max_credits` is not spent anew by each resume."""
    folder_of(tmp_path / "cvs", 50)
    async with stand_in() as server, session_at(server) as session:
        files = [str(path) for path in sorted((tmp_path / "cvs").iterdir())]
        run = screen(session, (path for path in files), tmp_path / "j.db", batch_size=10, max_credits=25)
        with pytest.raises(cv.BudgetExceeded):
            await take(run)
        with pytest.raises(cv.BudgetExceeded):
            await take(session.resume(tmp_path / "j.db", files))
        assert (await server.ledger(summary=True))["used"] == 25
        assert len(results_of(await take(session.resume(tmp_path / "j.db", files, max_credits=50)))) == 50


# --- batches that end badly -------------------------------------------------------------------------------------------


async def test_failed_batches_are_sent_again_within_a_bound(tmp_path: Path) -> None:
    """Documents of a batch that failed without a charge go into another one, as often as `retry_failed` says."""
    written = folder_of(tmp_path / "cvs", 40)
    fates = [{"fate": "fail", "batches": [1], "items": 0}]
    async with stand_in(fates=fates) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=20, retry_failed=1)
        batches = await take(run)
        await hold(server, written, batches)
        assert [batch.failure is None for batch in batches].count(False) == 1
        assert run.summary.complete
    async with stand_in(fates=[{"fate": "fail", "every": 1, "items": 0}]) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "k.db", batch_size=20, retry_failed=2)
        batches = await take(run)
        assert len(batches) == 6
        assert run.summary.failed == 40
        await server.set(fates=[])
        again = await take(session.resume(tmp_path / "k.db"))
        assert sum(len(batch.failed) for batch in again) == 40
        await hold(server, written, await take(session.resume(tmp_path / "k.db", retry_failed=1)))


@pytest.mark.parametrize("after", ["upload", "start"])
async def test_a_batch_that_the_service_loses_is_unsettled(tmp_path: Path, after: str) -> None:
    """Nobody can say what a lost batch cost: its documents are named and never sent again, in this run or the next."""
    folder_of(tmp_path / "cvs", 30)
    fates = [{"fate": "lost", "batches": [2], "after": after}]
    async with stand_in(fates=fates) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, retry_failed=3)
        await take(run)
        assert (run.summary.screened, run.summary.unsettled) == (20, 10)
        again = session.resume(tmp_path / "j.db", retry_failed=3)
        await take(again)
        assert (again.summary.screened, again.summary.unsettled) == (20, 10)
        check = await server.ledger(summary=True)
        assert not check["charged_twice"]
        assert not check["beside_its_copy"]


async def test_a_batch_that_is_lost_between_two_uploads(tmp_path: Path) -> None:
    """What had been sent into it is unsettled; what was turned away holds nothing, and is sent by the next process."""
    written = folder_of(tmp_path / "cvs", 20)
    fates = [{"fate": "lost", "batches": [1], "after": "upload"}]
    async with stand_in(fates=fates) as server, session_at(server, max_upload_bytes=1_900) as session:
        first = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=20)
        await take(first)
        assert 0 < first.summary.unsettled < 20
        second = session.resume(tmp_path / "j.db")
        batches = await take(second)
        unsettled = [left.document.sha256 for batch in batches for left in batch.unsettled]
        assert len(unsettled) == first.summary.unsettled
        assert sorted([*results_of(batches), *unsettled]) == sorted(written)
        assert not (await server.ledger(summary=True))["beside_its_copy"]


# --- crashes ----------------------------------------------------------------------------------------------------------

FAULTY = [
    {"kind": "drop_after", "op": "upload", "calls": [2]},
    {"kind": "drop_before", "op": "upload", "calls": [3]},
    {"kind": "500", "op": "start", "calls": [1]},
]


@pytest.mark.parametrize("faults", [[], FAULTY], ids=["calm", "faulty"])
async def test_a_crash_at_each_point(tmp_path: Path, faults: list[dict[str, Any]]) -> None:
    """Dying before or after any write or call, then going on: each CV one result, one credit, nothing held."""
    written = folder_of(tmp_path / "cvs", 20)
    async with stand_in(faults=faults) as server:
        life = Life()
        assert not await until_death(server, tmp_path / "cvs", tmp_path / "whole.db", life, resumed=False)
        points = len(life.points)
        assert points > 60
        for point in range(0, points, 2 if not faults else 3):
            await server.reset(faults=faults)
            path = tmp_path / f"{point}.db"
            await until_death(server, tmp_path / "cvs", path, Life(point), resumed=False)
            batches = await resume_to_the_end(server, tmp_path / "cvs", path)
            try:
                await hold(server, written, batches)
            except AssertionError as error:
                raise AssertionError(f"after a crash at point {point}, {life.points[point]}: {error}") from error


async def test_a_crash_at_each_point_of_a_resume(tmp_path: Path) -> None:
    """The same for a process that was itself going on after a crash in the middle of uploads."""
    written = folder_of(tmp_path / "cvs", 20)
    async with stand_in() as server:
        for point in range(0, 70, 3):
            await server.reset(faults=FAULTY)
            path = tmp_path / f"{point}.db"
            await until_death(server, tmp_path / "cvs", path, Life(55), resumed=False)
            await until_death(server, tmp_path / "cvs", path, Life(point), resumed=True)
            await hold(server, written, await resume_to_the_end(server, tmp_path / "cvs", path))


async def test_a_crash_while_leaving(tmp_path: Path) -> None:
    """A process that is killed while it detaches leaves nothing behind that resume does not settle."""
    written = folder_of(tmp_path / "cvs", 60)
    switches: dict[str, Any] = {"seconds_per_cv": 0.002, "workers": 2, "latency": 0.005}
    async with stand_in(**switches) as server:
        life = Life()
        await until_death(server, tmp_path / "cvs", tmp_path / "whole.db", life, resumed=False, leaves=True)
        left = life.points.index("a consumer")
        for point in range(left, len(life.points), 2):
            await server.reset(**switches)
            path = tmp_path / f"{point}.db"
            await until_death(server, tmp_path / "cvs", path, Life(point), resumed=False, leaves=True)
            await hold(server, written, await resume_to_the_end(server, tmp_path / "cvs", path))


async def test_what_was_uploaded_and_not_started_is_found(tmp_path: Path) -> None:
    """After a crash there are such batches; looking into the journal names them."""
    folder_of(tmp_path / "cvs", 20)
    async with stand_in() as server:
        await until_death(
            server, tmp_path / "cvs", tmp_path / "j.db", Life(dies_after="after uploading"), resumed=False
        )
        looked = await look_into(tmp_path / "j.db")
        assert looked.open_batches
        assert looked.documents > 0


async def test_resume_and_cancel_at_once_sends_nothing_new(tmp_path: Path) -> None:
    """A run that is resumed only to be cancelled collects what was processed, cancels the rest, and uploads nothing."""
    written = folder_of(tmp_path / "cvs", 80)
    async with stand_in(seconds_per_cv=0.05, workers=2) as server, session_at(server) as session:
        async with screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=3) as run:
            async for _ in run:
                break
        before = (await server.report())["by_op"]
        resumed = session.resume(tmp_path / "j.db")
        async with resumed:
            summary = await resumed.cancel()
            batches = [batch async for batch in resumed]
        after = (await server.report())["by_op"]
        assert {op: after.get(op) for op in ("create", "upload")} == {op: before.get(op) for op in ("create", "upload")}
        assert not (await server.ledger())["held_by_batch"]
        assert 0 < summary.screened == len(results_of(batches)) < len(written)
        await hold(server, written, await take(session.resume(tmp_path / "j.db")))
