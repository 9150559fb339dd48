"""What tests of resumed runs share: folders of CVs, runs with a journal that live or die, the service's books."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from conftest import QUICK_POLLS, cvs, session_at
from crashes import Died, Life, MortalJournal, mortal_session

import cvsense_async as cv
from cvsense_async import CVSenseSession, JobDescription

JOB = JobDescription("Data engineer", "SQL, Python and pipelines.", essential=["SQL"])


def folder_of(path: Path, count: int, *, seed: int = 1) -> dict[str, str]:
    """Write so many CVs; gives SHA-256 to name."""
    path.mkdir(exist_ok=True)
    written: dict[str, str] = {}
    for name, content in cvs(count, seed=seed):
        (path / f"{seed}-{name}").write_bytes(content)
        written[hashlib.sha256(content).hexdigest()] = name
    return written


async def take(run: cv.ScreeningRun) -> list[cv.BatchResult]:
    """Run to the end."""
    async with run:
        return [batch async for batch in run]


def results_of(batches: list[cv.BatchResult]) -> list[str]:
    """The content of each result, held to be tied to the right one."""
    found: list[str] = []
    for screened in (screened for batch in batches for screened in batch):
        assert screened.document is not None
        assert screened.document.sha256[:12] in (screened.result.summary or "")
        found.append(screened.document.sha256)
    return found


async def hold(server: Any, written: dict[str, str], batches: list[cv.BatchResult]) -> None:
    """Each CV exactly one result, each paid once, nothing held."""
    found = results_of(batches)
    assert sorted(found) == sorted(written), (len(found), len(set(found)), len(written))
    check = await server.check(list(written))
    for fault in ("never_charged", "charged_twice", "beside_its_copy", "unexpected", "held_by_batch"):
        assert not check[fault], check
    assert (await server.ledger(summary=True))["used"] == len(written)


def screen(session: CVSenseSession, sources: Any, journal: Any, **options: Any) -> cv.ScreeningRun:
    return session.screen(sources, job=JOB, journal=journal, **{"poll_interval": QUICK_POLLS, "grace": 2.0, **options})


async def until_death(
    server: Any, sources: Any, path: Path, life: Life, *, resumed: bool, leaves: bool = False
) -> bool:
    """One process; gives whether it died. One that `leaves` does so after its first batch, if it lives so long."""
    async with session_at(server) as session:
        mortal_session(session, life)
        journal = MortalJournal(path, life)
        options = {"batch_size": 8, "grace": 0.5}
        run = session.resume(journal) if resumed else screen(session, sources, journal, **options)
        try:
            async with run:
                async for _ in run:
                    life.point("a consumer")
                    if leaves:
                        break
        except (Died, cv.RunClosed, BaseExceptionGroup):
            assert life.dead
        return life.dead


async def resume_to_the_end(server: Any, sources: Path, path: Path) -> list[cv.BatchResult]:
    async with session_at(server) as session:
        try:
            run = session.resume(path)
            return await take(run)
        except cv.JournalError:  # it died before its journal was begun
            return await take(screen(session, sources, path, batch_size=8))
