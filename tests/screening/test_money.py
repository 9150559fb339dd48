"""What a run says it cost, held against what the account says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in
from old_journals import as_version
from resuming import folder_of, screen, take

from cvsense_async import CVSenseSession


@pytest.mark.parametrize("journal", [True, False])
async def test_the_account_agrees(server: Any, session: CVSenseSession, tmp_path: Path, journal: bool) -> None:
    """The account is asked once before and once after, and charged what the run counted."""
    await take(screen(session, cvs(7, seed=2), None, batch_size=5))
    before = (await server.report())["by_op"]["credits"]["200"]
    run = screen(session, cvs(30), tmp_path / "j.db" if journal else None, batch_size=10)
    assert run.summary.credits_by_account is None
    await take(run)
    assert (run.summary.credits_used, run.summary.credits_by_account, run.summary.credits_unexplained) == (30, 30, 0)
    assert (await server.report())["by_op"]["credits"]["200"] == before + 2


async def test_another_user_of_the_account(tmp_path: Path) -> None:
    """What somebody else screens meanwhile is the difference."""
    async with stand_in() as server, session_at(server) as session:
        run = screen(session, cvs(30), tmp_path / "j.db", batch_size=10, max_open_batches=1)
        first = True
        async for _ in run:
            if first:
                await take(screen(session, cvs(4, seed=9), None))
                first = False
        assert run.summary.credits_used == 30
        assert (run.summary.credits_by_account, run.summary.credits_unexplained) == (34, 4)


async def test_a_resumed_run_reckons_from_its_beginning(tmp_path: Path) -> None:
    """Credits that an earlier process used, and batches that it left open, are in both counts."""
    folder_of(tmp_path / "cvs", 60)
    async with stand_in(seconds_per_cv=0.01, workers=2) as server, session_at(server) as session:
        left = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=3)
        async with left:
            async for _ in left:
                break
        assert left.summary.credits_by_account is None
        for _ in range(2):  # a run that has ended already says the same
            resumed = session.resume(tmp_path / "j.db")
            await take(resumed)
            assert (resumed.summary.credits_used, resumed.summary.credits_by_account) == (60, 60)
            assert resumed.summary.credits_unexplained == 0


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 403, "calls": [2]},
        {"kind": "500", "calls": list(range(2, 20))},
        {"kind": "drop_before", "calls": list(range(2, 20))},
    ],
)
async def test_an_account_that_hides_it(tmp_path: Path, rule: dict[str, Any]) -> None:
    """A run never fails because the account does not say what it cost."""
    async with stand_in(faults=[{"op": "credits", **rule}]) as server, session_at(server) as session:
        run = screen(session, cvs(10), tmp_path / "j.db")
        await take(run)
        assert run.summary.complete
        assert (run.summary.credits_used, run.summary.credits_by_account, run.summary.credits_unexplained) == (
            10,
            None,
            None,
        )


async def test_other_use_after_a_run_has_ended(tmp_path: Path) -> None:
    """A run that ended is not charged with what others used since: it says so, also when it goes on with new files."""
    folder_of(tmp_path / "cvs", 20)
    async with stand_in() as server, session_at(server) as session:
        await take(screen(session, tmp_path / "cvs", tmp_path / "j.db"))
        for more in (83, 7):
            await take(screen(session, cvs(more, seed=more), None))
            run = session.resume(tmp_path / "j.db")
            await take(run)
            assert (run.summary.credits_used, run.summary.credits_by_account) == (20, 20)
            assert (run.summary.credits_unexplained, run.summary.credits_elsewhere) == (0, more)
        await take(screen(session, cvs(5, seed=5), None))
        folder_of(tmp_path / "cvs", 10, seed=9)
        run = session.resume(tmp_path / "j.db")
        first = True
        async for _ in run:
            if first:  # while it goes on, nobody can tell whose it is
                await take(screen(session, cvs(4, seed=4), None))
                first = False
        summary = run.summary
        assert (summary.credits_used, summary.credits_by_account, summary.credits_elsewhere) == (30, 34, 5)


async def test_other_use_after_a_run_was_killed(tmp_path: Path) -> None:
    """Only a run that ended has a closing balance: what is charged while batches are open may be its own."""
    folder_of(tmp_path / "cvs", 30)
    async with stand_in(seconds_per_cv=0.01, workers=2) as server, session_at(server) as session:
        async with screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=1) as run:
            async for _ in run:
                break
        await take(screen(session, cvs(3, seed=3), None))
        resumed = session.resume(tmp_path / "j.db")
        await take(resumed)
        assert (resumed.summary.credits_by_account, resumed.summary.credits_elsewhere) == (33, None)


async def test_an_ended_run_of_an_earlier_version(tmp_path: Path) -> None:
    """Nobody noted its closing balance: the account's word is not known, rather than wrong."""
    folder_of(tmp_path / "cvs", 10)
    async with stand_in() as server, session_at(server) as session:
        await take(screen(session, tmp_path / "cvs", tmp_path / "j.db"))
        as_version(2, tmp_path / "j.db", tmp_path / "old.db")
        await take(screen(session, cvs(3, seed=3), None))
        for _ in range(2):
            run = session.resume(tmp_path / "old.db")
            await take(run)
            assert (run.summary.credits_used, run.summary.credits_by_account) == (10, None)
