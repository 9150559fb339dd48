"""Worker processes: one hostile CV costs one `invalid`, and the others are screened."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from cvsense_async.sandbox.alone import judged
from cvsense_async.sandbox.batches import Work
from cvsense_async.sandbox.options import Options
from cvsense_async.sandbox.pool import Worker

ENGINE = "sandbox.engines_for_tests:Rough"


@pytest.fixture(autouse=True)
def _import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers find the engines of these tests."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


def cvs(*words: str) -> list[bytes]:
    return [b"%PDF-1.4 " + word.encode() for word in words]


def workers() -> list[int]:
    """The worker processes of this process."""
    found = psutil.Process().children(recursive=True)
    return [one.pid for one in found if "cvsense_async.sandbox.worker" in " ".join(one.cmdline())]


async def results(wire: Any, batch_id: int) -> dict[str, Any]:
    answer = await wire("GET", f"/screening/batch/{batch_id}/results")
    return {row["filename"]: row for row in answer.data}


@pytest.mark.parametrize(
    ("word", "flag"), [("hang", "too_slow"), ("swell", "too_large"), ("die", "damaged"), ("raise", "damaged")]
)
async def test_one_hostile_cv(opened: Any, word: str, flag: str) -> None:
    """It hangs, swells, kills or raises: it alone is invalid, its credit is released, the pool lives on."""
    seconds = 2.0 if word == "hang" else 60.0  # to swell takes a while where the machine is busy
    async with opened(engine=ENGINE, workers=1, cv_seconds=seconds, cv_megabytes=200) as wire:
        batch_id = await wire.screened(*cvs("good", word, "good"))
        found = await results(wire, batch_id)
        assert [found[f"cv-{n}.pdf"]["score"] for n in range(3)] == [50.0, None, 50.0]
        report = await wire("GET", f"/screening/batch/{batch_id}/results/{found['cv-1.pdf']['id']}")
        assert report.data["flags"] == [flag]
        assert "private" not in str(report.json)
        assert (await wire.ledger())["used"] == 2
    assert workers() == []


async def test_files_without_a_server(tmp_path: Path) -> None:
    """Files are judged in the order given; one that hangs or dies says why, the rest are judged, no worker is left."""
    paths = [tmp_path / f"{number}.pdf" for number in range(5)]
    for path, content in zip(paths, cvs("slow", "hang", "die", "good", "raise"), strict=True):
        path.write_bytes(content)
    options = Options(key="none", engine=ENGINE, cv_seconds=1.0)
    async with contextlib.aclosing(judged(ENGINE, {"title": "", "description": ""}, paths, options)) as answers:
        found = [answer async for answer in answers]
    assert [one.get("reason", one.get("screening", {}).get("score")) for one in found] == [
        *(50.0, "too_slow", "damaged", 50.0, "damaged")
    ]
    async with contextlib.aclosing(judged(ENGINE, {}, paths, options)) as answers:
        assert (await anext(answers))["screening"]["score"] == 50.0
    assert workers() == []


async def test_an_answer_that_comes_at_the_last_moment(tmp_path: Path) -> None:
    """A result that lies in the pipe when the time is over counts, though the loop was held up and has not read it."""
    path = tmp_path / "cv.pdf"
    path.write_bytes(cvs("good")[0])
    worker = Worker(Options(key="none", engine=ENGINE, cv_seconds=0.5), tmp_path)
    try:
        await worker.assess({}, [Work(0, 0, "cv.pdf", "cv.pdf")])  # it has started
        path.write_bytes(cvs("long")[0])
        asking = asyncio.create_task(worker.assess({}, [Work(0, 0, "cv.pdf", "cv.pdf")]))
        await asyncio.sleep(0.01)
        time.sleep(1.0)  # noqa: ASYNC251 (the loop is held up on purpose)
        (answer,) = await asking
        assert answer["screening"]["score"] == 50.0
    finally:
        await worker.close()


async def test_a_worker_that_was_killed(opened: Any, tmp_path: Path) -> None:
    """A CV whose worker died of something else is tried once more, and is charged once."""
    async with opened(engine=ENGINE, workers=1) as wire:
        batch_id = await wire.screened(*cvs("once"), job_title=str(tmp_path / "mark"))
        assert (await results(wire, batch_id))["cv-0.pdf"]["score"] == 50.0
        assert (await wire.ledger())["used"] == 1


async def test_noise(opened: Any) -> None:
    """What a library prints does not spoil the answers."""
    async with opened(engine=ENGINE, workers=1) as wire:
        batch_id = await wire.screened(*cvs("print", "print"))
        assert {row["score"] for row in (await results(wire, batch_id)).values()} == {50.0}


async def test_a_job_that_cannot_be_read(opened: Any) -> None:
    """The batch fails and its credits are released."""
    async with opened(engine=ENGINE, workers=1) as wire:
        batch_id = await wire.batch(job_description="an unreadable job")
        await wire.upload(batch_id, *cvs("good"))
        await wire("POST", f"/screening/batch/{batch_id}/start")
        await wire.until(batch_id, "failed")
        assert (await wire.ledger())["balance"] == 5000


async def test_an_engine_that_is_not_there(opened: Any) -> None:
    """Batches fail; they do not wait for ever."""
    async with opened(engine="sandbox.engines_for_tests:Nothing", workers=1) as wire:
        batch_id = await wire.batch()
        await wire.upload(batch_id, *cvs("good"))
        await wire("POST", f"/screening/batch/{batch_id}/start")
        await wire.until(batch_id, "failed")
        assert "Nothing" in (await wire("GET", "/_sandbox/state")).json["engine_trouble"]


async def test_several_workers(opened: Any) -> None:
    """Slots work side by side, each CV once."""
    async with opened(engine=ENGINE, workers=3) as wire:
        batch_id = await wire.screened(*cvs(*["slow"] * 20))
        assert len(await results(wire, batch_id)) == 20
        assert len(workers()) == 3
        assert (await wire.ledger())["used"] == 20
        assert (await wire("GET", "/_sandbox/state")).json["candidates"] == 20
    assert workers() == []
