"""The journal lies in the folder that is screened: the walk passes over it by what it is, not by what it is called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from conftest import session_at, stand_in
from resuming import folder_of, hold, screen, take

import cvsense_async as cv
from cvsense_async.screening import sources
from cvsense_async.screening.journal_reading import count_unsent
from cvsense_async.screening.sqlite_journal import look_into


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that a walk, or an upload, opens."""
    paths: list[str] = []
    real = sources.open_regular

    def noted(path: str) -> BinaryIO:
        paths.append(os.path.realpath(path))
        return real(path)

    monkeypatch.setattr(sources, "open_regular", noted)
    return paths


def ways(folder: Path) -> dict[str, Any]:
    """Sources that all lead to the journal, too."""
    return {
        "the folder": folder,
        "a pattern": str(folder / "**" / "*"),
        "a URL": folder.as_uri(),
        "fsspec's URL": f"local://{folder}",
        "by name": [folder, folder / "run.pdf", folder / "run.pdf-wal", [folder / "run.pdf.lock"]],
    }


@pytest.mark.parametrize("way", ways(Path("/")))
async def test_the_journal_is_no_source(tmp_path: Path, way: str, opened: list[str]) -> None:
    """Neither it nor its side files are opened, counted or rejected, by whatever way, name or link they are met."""
    folder = tmp_path / "cvs"
    written = folder_of(folder, 30)
    journal = folder / "run.pdf"  # a name that says nothing
    (folder / "deeper").mkdir()
    (folder / "deeper" / "cv.pdf").symlink_to(journal)
    async with stand_in(seconds_per_cv=0.005) as server, session_at(server) as session:
        run = screen(session, ways(folder)[way], journal, batch_size=10, max_credits=30)
        batches: list[cv.BatchResult] = []
        async with run:
            async for batch in run:
                batches.append(batch)
                break
        assert run.summary.rejected == 0
        resumed = session.resume(journal)
        batches = await take(resumed)
        await hold(server, written, batches)
        assert resumed.summary.rejected == 0
        record = (await look_into(journal)).record
        assert record is not None
        assert await count_unsent(journal, record) in (0, None)
    assert opened
    assert not {path for path in opened if os.path.basename(path).startswith("run.pdf")}


async def test_another_runs_journal_is_a_file_like_any_other(tmp_path: Path) -> None:
    """Only the run's own files are passed over: what else is there is told, as it always was."""
    folder_of(tmp_path, 4)
    async with stand_in() as server, session_at(server) as session:
        await take(screen(session, tmp_path, tmp_path / "one.db"))
        run = screen(session, tmp_path, tmp_path / "two.db")
        batches = await take(run)
    assert [rejected.name for batch in batches for rejected in batch.rejected] == ["one.db"]
    assert run.summary.screened == 4
