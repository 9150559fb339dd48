"""Journals that an earlier version of this package wrote, in the middle of a run: they open, and the run goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from conftest import session_at, stand_in
from old_journals import SCHEMAS, as_version
from resuming import folder_of, hold, screen, take

from cvsense_async import CVSenseSession
from cvsense_async.screening.journal_file import APPLICATION, SCHEMA, VERSION, connect
from cvsense_async.screening.sqlite_journal import look_into


@pytest.mark.parametrize("version", [1, 2])
async def test_an_older_journal_goes_on(tmp_path: Path, version: int) -> None:
    """Batches open at the service, others collected, files not found yet: nothing is paid twice, nothing is lost."""
    written = folder_of(tmp_path / "cvs", 60)
    async with stand_in(seconds_per_cv=0.02, workers=1) as server, session_at(server) as session:
        run = screen(session, tmp_path / "cvs", tmp_path / "j.db", batch_size=10, max_open_batches=2)
        async with run:
            async for _ in run:
                break
        as_version(version, tmp_path / "j.db", tmp_path / "old.db")
        looked = await look_into(tmp_path / "old.db")
        assert looked.open_batches
        assert 0 < looked.screened < 60
        await hold(server, written, await take(session.resume(tmp_path / "old.db")))
    db = sqlite3.connect(tmp_path / "old.db")
    assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    db.close()


async def test_a_journal_of_the_first_version(session: CVSenseSession, tmp_path: Path) -> None:
    """One that does not know the account's credits is gone on with, and the account's word is not known."""
    folder_of(tmp_path / "cvs", 10)
    await take(screen(session, tmp_path / "cvs", tmp_path / "j.db"))
    as_version(1, tmp_path / "j.db", tmp_path / "old.db")
    for _ in range(2):
        run = session.resume(tmp_path / "old.db")
        await take(run)
        assert (run.summary.screened, run.summary.credits_by_account) == (10, None)


def test_a_changed_journal_is_like_a_new_one(tmp_path: Path) -> None:
    """The steps from an old schema end in the very tables of the new one, column by column."""

    def columns(path: Path) -> dict[str, list[str]]:
        db = sqlite3.connect(path)
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = {table: sorted(row[1] for row in db.execute(f"PRAGMA table_info({table})")) for table in tables}
        db.close()
        return found

    new = sqlite3.connect(tmp_path / "new.db")
    new.executescript(SCHEMA)
    new.close()
    for version, schema in SCHEMAS.items():
        path = tmp_path / f"{version}.db"
        db = sqlite3.connect(path)
        db.executescript(schema)
        db.execute(f"PRAGMA application_id={APPLICATION}")
        db.execute(f"PRAGMA user_version={version}")
        db.close()
        connect(str(path), create=False).close()
        assert columns(path) == columns(tmp_path / "new.db")
