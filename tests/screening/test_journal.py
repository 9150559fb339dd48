"""The journal's file: its rights, its lock, what it says when it is full, foreign, newer or damaged, and forgetting."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import QUICK_POLLS, cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async import CVSenseSession, JobDescription
from cvsense_async.screening import journal_file
from cvsense_async.screening.journal_file import JournalFile
from cvsense_async.screening.sqlite_journal import forget, look_into, salvage

JOB = JobDescription("Data engineer", "SQL, Python and pipelines.", essential=["SQL"])


def screen(session: CVSenseSession, sources: Any, journal: Any, **options: Any) -> cv.ScreeningRun:
    return session.screen(sources, job=JOB, journal=journal, poll_interval=QUICK_POLLS, **options)


async def take(run: cv.ScreeningRun) -> list[cv.BatchResult]:
    async with run:
        return [batch async for batch in run]


async def refusal(run: cv.ScreeningRun) -> cv.JournalDamaged | None:
    """What is said of a damaged journal; a page that nothing stood on harms nobody."""
    try:
        await take(run)
    except cv.JournalDamaged as damaged:
        return damaged
    return None


@pytest.fixture
async def finished(session: CVSenseSession, tmp_path: Path) -> Path:
    """The journal of a run of 60 that has ended."""
    await take(screen(session, cvs(60), tmp_path / "j.db", batch_size=20))
    return tmp_path / "j.db"


async def test_only_its_owner_may_read_it(finished: Path) -> None:
    """It holds names and results: mode 0600, and no text of a CV."""
    assert stat.S_IMODE(finished.stat().st_mode) == 0o600
    assert b"%PDF" not in finished.read_bytes()


async def test_a_journal_of_another_run_is_not_begun_again(finished: Path, session: CVSenseSession) -> None:
    """`screen` on a journal that holds a run says to resume it; `resume` on none says to begin one."""
    with pytest.raises(cv.JournalError, match="resume"):
        await take(screen(session, cvs(5), finished))
    with pytest.raises(cv.JournalError, match="no such journal"):
        await take(session.resume(finished.with_name("none.db")))


async def test_a_run_is_resumed_at_its_own_service_only(finished: Path) -> None:
    """Its batches are at one service; another base URL is refused before anything is sent."""
    async with stand_in() as other, session_at(other) as session:
        with pytest.raises(cv.JournalError, match="base URL"):
            await take(session.resume(finished))
        assert (await other.report())["requests"] == 0


HOLD = """
import asyncio, sys
from cvsense_async.screening.journal_file import JournalFile
async def main():
    file = JournalFile(sys.argv[1])
    await file.open(create=True)
    print("held", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


async def test_two_processes_on_one_journal(session: CVSenseSession, finished: Path) -> None:
    """The second one is told so, in either order; when the first is gone, or killed, the journal is free."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(finished), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    with pytest.raises(cv.JournalInUse, match="using the journal"):
        await take(session.resume(finished))
    with pytest.raises(cv.JournalInUse):
        await look_into(finished)
    process.kill()
    await process.wait()
    assert len(await take(session.resume(finished))) == 3


async def test_two_runs_of_one_process(session: CVSenseSession, tmp_path: Path) -> None:
    """They are refused in the same way."""
    first = JournalFile(str(tmp_path / "j.db"))
    await first.open(create=True)
    with pytest.raises(cv.JournalInUse):
        await take(screen(session, cvs(5), tmp_path / "j.db"))
    await first.close()
    assert len(await take(screen(session, cvs(5), tmp_path / "j.db"))) == 1


async def test_a_newer_journal_is_refused(finished: Path, session: CVSenseSession) -> None:
    """A schema of a later version says that the package must be updated."""
    with sqlite3.connect(finished) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(cv.JournalError, match="newer version"):
        await take(session.resume(finished))


async def test_what_is_no_journal_is_left_alone(session: CVSenseSession, tmp_path: Path) -> None:
    """Another database, or a text, is refused and not written to."""
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    with pytest.raises(cv.JournalError, match="no journal"):
        await take(screen(session, cvs(5), tmp_path / "other.db"))
    (tmp_path / "text").write_text("some words that are no database at all, " * 100)
    before = (tmp_path / "text").read_bytes()
    with pytest.raises(cv.JournalError):
        await take(screen(session, cvs(5), tmp_path / "text"))
    assert (tmp_path / "text").read_bytes() == before


async def test_a_folder_that_is_not_there(session: CVSenseSession, tmp_path: Path) -> None:
    """It is said before anything is sent."""
    with pytest.raises(cv.JournalError, match="cannot be made"):
        await take(screen(session, cvs(5), tmp_path / "none" / "j.db"))


@pytest.mark.parametrize(
    ("path", "words"), [("", "is a folder"), ("x" * 300, "cannot be made"), ("a\0b", "NUL"), ("j" * 300 + "/j", "made")]
)
async def test_a_path_that_can_be_no_journal(session: CVSenseSession, tmp_path: Path, path: str, words: str) -> None:
    """A folder, a name that is too long, a name that no file can have: a journal's error, and nothing is sent."""
    with pytest.raises(cv.JournalError, match=words):
        await take(screen(session, cvs(5), f"{tmp_path}/{path}"))
    assert list(tmp_path.iterdir()) == []


class Refusing:
    """A connection whose commits, or all of whose writes, fail from some moment on."""

    def __init__(self, inner: sqlite3.Connection, commits: int, code: str, words: str) -> None:
        self.inner, self.left, self.code, self.words = inner, commits, code, words

    def execute(self, statement: str, *given: Any) -> Any:
        if statement == "COMMIT":
            self.left -= 1
            if self.left < 0:
                error = sqlite3.OperationalError(self.words)
                error.sqlite_errorname = self.code
                raise error
        return self.inner.execute(statement, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    ("code", "words"), [("SQLITE_FULL", "disk is full"), ("SQLITE_READONLY", "may not be written to")]
)
@pytest.mark.parametrize("commits", [0, 1, 2, 3, 5, 8])
async def test_a_journal_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int, code: str, words: str
) -> None:
    """A full disk or a file that became read-only stops the run with a clear word; after it is mended, it goes on."""
    for name, content in cvs(40):
        (tmp_path / name).write_bytes(content)
    sources = str(tmp_path / "*.pdf")
    async with stand_in() as server, session_at(server) as session:
        with monkeypatch.context() as patch:
            connect = journal_file.connect
            patch.setattr(journal_file, "connect", lambda *a, **k: Refusing(connect(*a, **k), commits, code, words))
            with pytest.raises(cv.JournalError, match=words):
                await take(screen(session, sources, tmp_path / "j.db", batch_size=10))
        if commits == 0:
            batches = await take(screen(session, sources, tmp_path / "j.db", batch_size=10))
        else:
            batches = await take(session.resume(tmp_path / "j.db"))
        assert sum(len(batch) for batch in batches) == 40
        books = await server.ledger(summary=True)
        assert (books["used"], books["held_by_batch"], books["charged_twice"]) == (40, {}, [])


async def test_a_damaged_journal_says_what_can_be_saved(finished: Path, session: CVSenseSession) -> None:
    """Pages are overwritten: it says how many results can be read, and gives them."""
    whole = finished.read_bytes()
    found_some = False
    for part in (0.3, 0.6, 0.9):
        page = int(len(whole) * part) // 4096 * 4096
        finished.write_bytes(whole[:page] + random.Random(1).randbytes(4096) + whole[page + 4096 :])
        damaged = await refusal(session.resume(finished))
        if damaged is not None:
            saved = [delivery async for delivery in salvage(finished)]
            assert "can still be read" in str(damaged)
            assert damaged.results == sum(len(delivery.result) for delivery in saved)
            found_some |= damaged.results > 0
    assert found_some


async def test_a_journal_that_was_cut_off(finished: Path, session: CVSenseSession) -> None:
    """Half a file is refused with a word, not with a traceback of the database."""
    whole = finished.read_bytes()
    finished.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(cv.JournalError):
        await take(session.resume(finished))


async def test_forgetting_is_true(tmp_path: Path, session: CVSenseSession, server: Any) -> None:
    """After `forget` no name, source, or word of a result is in the file or beside it."""
    files = [(f"Wilhelmina-Unlikely-{number}.pdf", content) for number, (_, content) in enumerate(cvs(40))]
    journal = tmp_path / "j.db"
    batches = await take(screen(session, files, journal, batch_size=10))
    summary = batches[0].results[0].result.summary
    assert summary is not None
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Wilhelmina" in written
    assert summary.encode() in written
    await forget(journal)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for word in (b"Wilhelmina", summary.encode(), b"Data engineer"):
        assert word not in written
    with pytest.raises(cv.JournalError, match="no run"):
        await take(session.resume(journal))


async def test_forgetting_asks_before_it_loses_credits(tmp_path: Path) -> None:
    """While batches are open it is refused, unless they are to be abandoned."""
    async with stand_in(seconds_per_cv=1.0, workers=1) as server, session_at(server) as session:
        async with screen(session, cvs(20), tmp_path / "j.db", batch_size=10):
            while not any(batch["state"] == "processing" for batch in await server.batches()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        with pytest.raises(cv.JournalError, match="open at the service"):
            await forget(tmp_path / "j.db")
        await forget(tmp_path / "j.db", abandon=True)


async def test_a_clock_that_is_set_back(
    server: Any, session: CVSenseSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No decision leans on the wall clock: an hour back between two processes changes nothing."""
    for name, content in cvs(30):
        (tmp_path / name).write_bytes(content)
    async with screen(session, str(tmp_path / "*.pdf"), tmp_path / "j.db", batch_size=10) as run:
        async for _ in run:
            break
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 3600)
    assert sum(len(batch) for batch in await take(session.resume(tmp_path / "j.db"))) == 30
    assert (await server.ledger(summary=True))["used"] == 30


async def test_steps_are_written_together(tmp_path: Path) -> None:
    """Many durable steps at once share their commits, and each is there afterwards."""
    file = JournalFile(str(tmp_path / "j.db"))
    await file.open(create=True)

    def step(number: int) -> Any:
        return lambda db: db.execute("INSERT INTO batch (id, standing) VALUES (?, 'ended')", (str(number),)) and None

    await asyncio.gather(*[file.ask(step(number), durable=True) for number in range(500)])
    assert await file.ask(lambda db: db.execute("SELECT count(*) FROM batch").fetchone()[0]) == 500
    await file.close()
    await file.close()
    with pytest.raises(cv.JournalError, match="closed"):
        await file.ask(lambda db: None)
