"""One run at a time: what keeps a second one out of a journal, and what stops the first where something let it in."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in
from resuming import folder_of, hold, results_of, screen, take

import cvsense_async as cv
from cvsense_async import CVSenseSession
from cvsense_async.screening import journal_lock, journal_rights
from cvsense_async.screening.journal import RunRecord
from cvsense_async.screening.journal_file import JournalFile
from cvsense_async.screening.sqlite_journal import SQLiteJournal, forget, look_into, salvage

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX rights, links and forks")

TRY = """
import asyncio, sys
import cvsense_async as cv
from cvsense_async.screening.journal_file import JournalFile
async def main():
    for path in sys.argv[1:]:
        file = JournalFile(path)
        try:
            await file.open(create=True)
        except cv.JournalInUse:
            print("refused")
        else:
            print("in")
            await file.close()
asyncio.run(main())
"""


async def second_process(*paths: str | Path, cwd: Path | None = None) -> str:
    """What another process meets that opens a journal, by each of these paths: `refused`, or `in`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TRY, *map(str, paths), stdout=subprocess.PIPE, cwd=cwd
    )
    said, _ = await process.communicate()
    words = set(said.decode().split())
    return words.pop() if len(words) == 1 else f"{words}"


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[JournalFile]:
    """A journal that this process holds."""
    file = JournalFile(str(path))
    await file.open(create=True)
    try:
        yield file
    finally:
        await file.close()


def put_run(path: Path) -> None:
    """A run that was begun, so that the file stays when it is closed."""
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO run (one, base_url, job, options, folder) VALUES (1, 'u', '{}', '{}', '')")
    db.close()


# --- a second one is kept out -----------------------------------------------------------------------------------------


async def test_reading_the_journal_keeps_the_lock(tmp_path: Path) -> None:
    """Anything in the host's process may open, read, copy and close the journal's files: nobody else gets in."""
    path = tmp_path / "j.db"
    async with held(path):
        for each in sorted(tmp_path.iterdir()):
            each.read_bytes()
            shutil.copy(each, tmp_path / f"copy of {each.name}")
        second = JournalFile(str(path))
        with pytest.raises(cv.JournalInUse):
            await second.open(create=False)
        assert await second_process(path) == "refused"  # also after an attempt of this very process
        with pytest.raises(cv.JournalInUse):
            await look_into(path)
        with pytest.raises(cv.JournalInUse):
            await forget(path)
        with pytest.raises(cv.JournalInUse):
            assert [delivery async for delivery in salvage(path)]
    assert await second_process(path) == "in"


async def test_a_run_over_its_own_folder_keeps_the_lock(tmp_path: Path) -> None:
    """The journal lies in the folder that the run walks: a second process is refused while it goes on."""
    written = folder_of(tmp_path, 40)
    async with stand_in(seconds_per_cv=0.01, workers=1) as server, session_at(server) as session:
        run = screen(session, tmp_path, tmp_path / "j.journal", batch_size=10)
        batches: list[cv.BatchResult] = []
        async with run:
            async for batch in run:
                batches.append(batch)
                if len(batches) == 1:
                    assert await second_process(tmp_path / "j.journal") == "refused"
        await hold(server, written, batches)


@posix
async def test_every_spelling_is_one_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, a relative path, another folder of the process, dots: whichever way it is named, it is in use."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "there" / "j.db")
    (tmp_path / "way").symlink_to(tmp_path / "there")
    monkeypatch.chdir(tmp_path / "there")
    journal = SQLiteJournal("j.db")
    monkeypatch.chdir(tmp_path)  # between the naming and the opening
    async with held(tmp_path / "link.db"):
        with pytest.raises(cv.JournalInUse):
            await journal.open()
        names = ("there/j.db", "link.db", "way/j.db", "there/../way/./j.db")
        assert await second_process(*names, cwd=tmp_path) == "refused"
        assert (tmp_path / "there" / "j.db.lock").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.db", "there", "way"]


@posix
async def test_a_second_name_is_refused(session: CVSenseSession, tmp_path: Path) -> None:
    """Under a hard link SQLite would keep a second log, and we a second lock: it is neither gone on with nor erased."""
    run = screen(session, cvs(30), tmp_path / "j.db", batch_size=10)
    async with run:
        async for _ in run:
            break
        os.link(tmp_path / "j.db", tmp_path / "other.db")
        with pytest.raises(cv.JournalError, match="second name"):
            await take(session.resume(tmp_path / "other.db"))
        with pytest.raises(cv.JournalError):
            await forget(tmp_path / "other.db", abandon=True)
        forgetting = (
            f"from cvsense_async.screening.sqlite_journal import _forget; _forget({str(tmp_path / 'other.db')!r}, True)"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", forgetting, stderr=subprocess.PIPE)
        assert b"JournalInUse" in (await process.communicate())[1]
    await forget(tmp_path / "other.db", abandon=True)  # erases it under both names
    assert (await look_into(tmp_path / "j.db")).record is None


@posix
async def test_a_forked_child(tmp_path: Path) -> None:
    """It cannot use its parent's journal, nor take it; its end takes nothing away, and its life keeps nobody out."""
    path = tmp_path / "j.db"
    go, told = os.pipe()
    later = SQLiteJournal(tmp_path / "the child's own.db")
    async with held(path) as file:
        put_run(path)
        child = os.fork()
        if child == 0:
            try:
                os.close(told)
                asyncio.run(_refused_to_a_child(file, path, later))
                os.read(go, 1)  # until the parent has ended
                os._exit(0)
            except BaseException:
                os._exit(1)
        os.close(go)
        assert await second_process(path) == "refused"
        assert await file.ask(lambda db: db.execute("SELECT count(*) FROM run").fetchone(), durable=True) == (1,)
    assert await second_process(path) == "in"  # though the child lives
    os.close(told)
    assert (await asyncio.to_thread(os.waitpid, child, 0))[1] == 0


async def _refused_to_a_child(file: JournalFile, path: Path, later: SQLiteJournal) -> None:
    await later.begin(RunRecord("https://service.example", {}, {}))  # what was only named before the fork is its own
    await later.close()
    with pytest.raises(cv.JournalError, match="forked"):
        await file.ask(lambda db: None)
    await file.close()
    with pytest.raises(cv.JournalInUse):
        await JournalFile(str(path)).open(create=False)


@pytest.mark.parametrize(
    ("flock", "words"),
    [
        (lambda *_: None, "does not keep locks"),
        (lambda *_: (_ for _ in ()).throw(OSError(errno.ENOLCK, "no locks")), "does not keep locks"),
    ],
    ids=["locks that do not hold", "no locks at all"],
)
@posix
async def test_a_folder_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: CVSenseSession, flock: Any, words: str
) -> None:
    """Where a lock that is held keeps nobody out it is said, and nothing is sent."""
    import fcntl

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(cv.JournalError, match=words):
        await take(screen(session, cvs(3), tmp_path / "j.db"))
    assert not list(tmp_path.glob("j.db"))


async def test_a_network_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Locks of a network file system may hold on one host only: a line of the log says so."""
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mounts"
    line = f"36 35 {os.major(device)}:{os.minor(device)} / {tmp_path} rw - %s host:/share rw\n"
    monkeypatch.setattr(journal_rights, "MOUNTS", str(mounts))
    for system, told in (("ext4", []), ("nfs4", ["journal.network system=nfs4"])):
        mounts.write_text("1 2 0:999 / / rw - proc proc rw\n" + line % system)
        with caplog.at_level(logging.WARNING, "cvsense_async"):
            async with held(tmp_path / "j.db"):
                pass
        assert [record.getMessage() for record in caplog.records] == told


# --- the lock's file --------------------------------------------------------------------------------------------------


async def test_the_locks_file_goes_with_the_lock(session: CVSenseSession, tmp_path: Path) -> None:
    """Nothing is left beside a journal that is closed; a process that was killed leaves a file that stops nobody."""
    await take(screen(session, cvs(3), tmp_path / "j.db"))
    assert [path.name for path in tmp_path.iterdir()] == ["j.db"]
    (tmp_path / "j.db.lock").touch()
    assert len(await take(session.resume(tmp_path / "j.db"))) == 1
    (tmp_path / "j.db.lock").touch()
    await forget(tmp_path / "j.db")
    assert [path.name for path in tmp_path.iterdir()] == ["j.db"]


@posix
def test_a_lock_on_a_file_that_was_removed_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who opened the lock's file before its holder removed it must not think that it holds the journal."""
    first, second, third = (journal_lock.JournalLock(str(tmp_path / "j")) for _ in range(3))
    first.take()
    lock = journal_lock._lock

    def late(number: int) -> None:
        monkeypatch.setattr(journal_lock, "_lock", lock)
        first.release()  # between the opening of the second and its locking
        third.take()
        lock(number)

    monkeypatch.setattr(journal_lock, "_lock", late)
    with pytest.raises(cv.JournalInUse):
        second.take()
    second.release()
    third.check()
    third.release()
    assert not list(tmp_path.iterdir())


async def test_a_lock_that_was_removed_is_taken_again(tmp_path: Path) -> None:
    """A cleaning job removes the lock's file: at its next write the run takes it again, unless another one has it."""
    path = tmp_path / "j.db"
    async with held(path) as first:
        (tmp_path / "j.db.lock").unlink()
        await first.ask(lambda db: None, durable=True)
        assert await second_process(path) == "refused"
        (tmp_path / "j.db.lock").unlink()
        async with held(path):
            with pytest.raises(cv.JournalTakenOver, match="nothing more is sent"):
                await first.ask(lambda db: None, durable=True)
            with pytest.raises(cv.JournalTakenOver):  # and from then on
                await first.ask(lambda db: None)
            assert await second_process(path) == "refused"


# --- the fence --------------------------------------------------------------------------------------------------------


async def test_a_run_that_was_taken_over_sends_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts, whose locks do not know each other: the first stops at its next write, and nothing is paid twice."""
    written = folder_of(tmp_path / "cvs", 120)
    async with stand_in(seconds_per_cv=0.03, workers=2) as server, session_at(server) as one:
        async with session_at(server) as other:
            run = screen(one, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=2)
            async with run:
                async for _ in run:
                    break
                monkeypatch.setattr(journal_lock, "SUFFIX", ".another-hosts-lock")
                batches = await _resumed_once_it_may(other, tmp_path / "j.db")
                with pytest.raises(cv.JournalTakenOver):
                    async for _ in run:
                        pass
            await hold(server, written, batches)
        assert await server.check(list(written)) is not None


async def _resumed_once_it_may(session: CVSenseSession, path: Path) -> list[cv.BatchResult]:
    """A resume, begun again where it met a write of the other one."""
    for _ in range(200):
        try:
            return await take(session.resume(path))
        except cv.JournalInUse:
            await asyncio.sleep(0.02)
    raise AssertionError("it never came in")


async def test_each_holder_has_a_number_of_its_own(session: CVSenseSession, tmp_path: Path) -> None:
    """Beginning, going on and forgetting raise the fence; looking does not."""

    def fence() -> int:
        db = sqlite3.connect(tmp_path / "j.db")
        try:
            return int(db.execute("SELECT fence FROM holder").fetchone()[0])
        finally:
            db.close()

    await take(screen(session, cvs(3), tmp_path / "j.db"))
    assert fence() == 1
    await look_into(tmp_path / "j.db")
    assert fence() == 1
    await take(session.resume(tmp_path / "j.db"))
    assert fence() == 2
    await forget(tmp_path / "j.db")
    assert fence() == 3


# --- copies -----------------------------------------------------------------------------------------------------------


async def test_a_copy_is_not_gone_on_with_beside_the_journal(tmp_path: Path) -> None:
    """A copy of a journal in use may lack what was paid since: while the journal is at its place, it is refused."""
    written = folder_of(tmp_path / "cvs", 40)
    async with stand_in(seconds_per_cv=0.01, workers=2) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=1)
        async with run:
            async for _ in run:
                for name in ("j.db", "j.db-wal"):
                    shutil.copy(tmp_path / name, tmp_path / name.replace("j", "copy", 1))
                break
        requests = (await server.report())["requests"]
        with pytest.raises(cv.JournalError, match="copy of a journal"):
            await take(session.resume(tmp_path / "copy.db"))
        assert (await server.report())["requests"] == requests
        (tmp_path / "j.db").rename(tmp_path / "moved.db")  # a journal that was moved is itself
        await hold(server, written, await take(session.resume(tmp_path / "moved.db")))
        shutil.copy(tmp_path / "moved.db", tmp_path / "restored.db")
        (tmp_path / "moved.db").unlink()  # a backup that is put back is all that there is
        assert sorted(results_of(await take(session.resume(tmp_path / "restored.db")))) == sorted(written)


# --- rights -----------------------------------------------------------------------------------------------------------


@posix
async def test_a_file_made_beforehand_is_closed_to_others(session: CVSenseSession, tmp_path: Path) -> None:
    """Mode 0666, of the journal or of what lies beside it, becomes 0600 before anything is written."""
    for name in ("j.db", "j.db.lock", "j.db-wal", "j.db-shm"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o666)
    async with screen(session, cvs(30), tmp_path / "j.db", batch_size=10) as run:
        async for _ in run:
            modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
            assert modes == dict.fromkeys(("j.db", "j.db.lock", "j.db-wal", "j.db-shm"), "0o600")
    (tmp_path / "j.db").chmod(0o644)
    await look_into(tmp_path / "j.db")
    assert (tmp_path / "j.db").stat().st_mode & 0o777 == 0o600


@posix
async def test_what_others_put_there_is_refused(
    session: CVSenseSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Any
) -> None:
    """Another user's file or link, a link for a side file, a pipe, a folder: typed errors, nothing sent, no waiting."""

    async def refused(path: Path, words: str) -> None:
        with pytest.raises(cv.JournalError, match=words):
            await take(screen(session, cvs(3), path))

    (tmp_path / "theirs").touch()
    (tmp_path / "theirs").chmod(0o666)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "a-wal").symlink_to(tmp_path / "target")
    (tmp_path / "b.lock").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    await refused(tmp_path / "a", "is a link")
    await refused(tmp_path / "b", "cannot be made")
    await refused(tmp_path / "pipe", "a pipe")
    await refused(tmp_path / "folder", "folder")
    await refused(tmp_path / ("n" * 300), "cannot be made")
    await refused(tmp_path / "nul\0", "cannot be")

    def not_ours(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    us = os.geteuid()
    monkeypatch.setattr(os, "fchmod", not_ours)
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)
    await refused(tmp_path / "theirs", "another user")
    if us:
        await refused(tmp_path / "link", "link that another user made")
    assert not (tmp_path / "target").exists()
    assert (await server.report())["requests"] == 0


@posix
async def test_a_folder_that_anybody_may_write_to_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """There another user can put another file in the journal's place, unless the folder is sticky as /tmp is."""
    for mode, told in ((0o1777, []), (0o777, ["journal.exposed what=folder"])):
        tmp_path.chmod(mode)
        with caplog.at_level(logging.WARNING, "cvsense_async"):
            async with held(tmp_path / "j.db"):
                pass
        assert [record.getMessage() for record in caplog.records] == told
    tmp_path.chmod(0o700)
