"""Worker processes: one hostile CV costs one `invalid`, a crash costs one that failed, and the others are screened."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from conftest import session_at
from sandbox.conftest import KEY

from cvsense_async import JobDescription
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


@pytest.mark.parametrize(("word", "flag"), [("hang", "too_slow"), ("swell", "too_large")])
async def test_one_hostile_cv(opened: Any, word: str, flag: str) -> None:
    """It hangs or swells: it alone is invalid, its credit is released, the pool lives on."""
    seconds = 2.0 if word == "hang" else 60.0  # to swell takes a while where the machine is busy
    async with opened(engine=ENGINE, workers=1, cv_seconds=seconds, cv_megabytes=200) as wire:
        batch_id = await wire.screened(*cvs("good", word, "good"))
        found = await results(wire, batch_id)
        assert [found[f"cv-{n}.pdf"]["score"] for n in range(3)] == [50.0, None, 50.0]
        report = await wire("GET", f"/screening/batch/{batch_id}/results/{found['cv-1.pdf']['id']}")
        assert report.data["flags"] == [flag]
        assert (await wire.ledger())["used"] == 2
    assert workers() == []


@pytest.mark.parametrize(
    ("word", "told"),
    [("raise", "the screening engine failed (RuntimeError)"), ("die", "the screening process died")],
)
async def test_a_crash_is_not_the_cvs_fault(
    opened: Any, word: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What the engine crashes on has no result and counts as failed; its credit is released, and the log says where.

    The CV's words are not in the log, and the others of its batch are screened.
    """
    async with opened(engine=ENGINE, workers=1) as wire:
        batch_id = await wire.batch()
        made = await wire.upload(batch_id, *cvs("good", word, "good"))
        await wire("POST", f"/screening/batch/{batch_id}/start")
        state = await wire.until(batch_id)
        assert (state["total"], state["processed"], state["failed"], state["credits_used"]) == (3, 3, 1, 2)
        assert sorted(await results(wire, batch_id)) == ["cv-0.pdf", "cv-2.pdf"]
        item = made.data["items"][1]["id"]
        for path in ("results", "report"):
            assert (await wire("GET", f"/screening/batch/{batch_id}/{path}/{item}")).status == 404
        ledger = await wire.ledger()
        assert (ledger["used"], ledger["reserved"]) == (2, 0)
        told_of = (await wire("GET", "/_sandbox/state")).json
        assert told_of["candidates"] == 2
        assert told_of["engine_trouble"].startswith(told)
    (record,) = [one for one in caplog.records if one.name == "cvsense_async.sandbox"]
    assert f"item {item} could not be screened: {told}" in record.getMessage()
    assert ("engines_for_tests.py" in record.getMessage()) is (word == "raise")
    assert "%PDF" not in record.getMessage() + told_of["engine_trouble"]


async def test_the_client_gives_a_crash_as_failed(opened: Any) -> None:
    """A document that the service could not screen is Failed and says so; it holds no credit and may be sent again."""
    async with opened(engine=ENGINE, workers=1) as wire:
        sources = [(f"{word}.pdf", cvs(word)[0]) for word in ("good", "raise")]
        job = JobDescription("Cook", "Must cook")
        async with session_at(SimpleNamespace(api_key=KEY, url=wire.where.url)) as session:
            run = session.screen(sources, job=job, poll_interval=(0.02, 0.05), retry_failed=1)
            batches = [batch async for batch in run]
        (failed,) = [one for batch in batches for one in batch.failed]
        assert failed.document.name == "raise.pdf"
        assert failed.detail == "the service could not screen it, by a fault of its own"
        assert [one.name for batch in batches for one in batch] == ["good.pdf"]
        assert not any(batch.unsettled for batch in batches)
        assert (run.summary.failed, run.summary.credits_used) == (1, 1)
        assert (await wire.ledger())["used"] == 1


async def test_files_without_a_server(tmp_path: Path) -> None:
    """Files are judged in the order given; one that hangs or dies says why, the rest are judged, no worker is left."""
    paths = [tmp_path / f"{number}.pdf" for number in range(5)]
    for path, content in zip(paths, cvs("slow", "hang", "die", "good", "raise"), strict=True):
        path.write_bytes(content)
    options = Options(key="none", engine=ENGINE, cv_seconds=3.0)
    async with contextlib.aclosing(judged(ENGINE, {"title": "", "description": ""}, paths, options)) as answers:
        found = [answer async for answer in answers]
    assert [one.get("reason") or one.get("crashed") or one["screening"]["score"] for one in found] == [
        *(50.0, "too_slow", "the screening process died", 50.0, "the screening engine failed (RuntimeError)")
    ]
    async with contextlib.aclosing(judged(ENGINE, {}, paths, options)) as answers:
        assert (await anext(answers))["screening"]["score"] == 50.0
    assert workers() == []


@pytest.mark.alone
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
