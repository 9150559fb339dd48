"""No CV is paid for twice, none is lost, and no result goes to another person, whatever answer is lost or odd.

A part of `benchmarks/lost_answers.py`: each step with each kind of fault, and pairs of them, judged by the ledger.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from answer_stories import AT, NUMBERS, WAYS, Fault, Story, Verdict, pairs, sample, tell
from conftest import cvs, session_at
from odd_service import Instead, OddService, serving, take
from odd_service import told as odd

from cvsense_async import AmbiguousOutcome, RetryPolicy

TOGETHER = 8


async def told(stories: Sequence[Story], folder: Path) -> list[Verdict]:
    """Tell these, some at a time. No task may end in an error that nobody takes."""
    turns, untaken = asyncio.Semaphore(TOGETHER), list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: untaken.append(context))

    async def one(number: int, story: Story) -> Verdict:
        own = folder / str(number)
        own.mkdir()
        async with turns:
            return await tell(story, own)

    verdicts = await asyncio.gather(*(one(number, story) for number, story in enumerate(stories)))
    gc.collect()
    assert not untaken
    return verdicts


def held(verdicts: Sequence[Verdict]) -> None:
    """Nothing that must never be is in these."""
    wrong = [f"{verdict.faults} in {verdict.story}" for verdict in verdicts if verdict.faults]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("step", AT)
async def test_an_answer_is_lost_or_odd(step: str, tmp_path: Path) -> None:
    """Each kind of fault at each step, once or for as long as the run lasts, with some numbers and way of leaving."""
    stories = [story for story in sample() if story.faults[0].step == step]
    assert {story.faults[0].kind for story in stories} == set(AT[step])
    held(await told(stories, tmp_path))


async def test_two_faults_in_one_run(tmp_path: Path) -> None:
    """Pairs of faults at any two steps, drawn with a seed."""
    stories = list(pairs(60, seed=7))
    assert {story.numbers for story in stories} == set(NUMBERS)
    assert {(story.way, story.journal) for story in stories} == set(WAYS)
    held(await told(stories, tmp_path))


# --- what it found once -----------------------------------------------------------------------------------------------


async def one(folder: Path, fault: Fault, **story: Any) -> Verdict:
    """Tell one story."""
    verdict = await tell(Story((fault,), **story), folder)
    held([verdict])
    return verdict


@pytest.mark.parametrize("kind", ["lost before", "409", "503 after", "empty", "fewer"])
@pytest.mark.parametrize("numbers", NUMBERS)
async def test_what_a_run_that_is_left_may_have_cost(kind: str, numbers: str, tmp_path: Path) -> None:
    """Who leaves without a journal is told of every credit that was charged, or may have been, whatever cannot be read
    then."""
    await one(tmp_path, Fault("results", kind, "always"), numbers=numbers, course="half", way="left")


async def test_results_that_a_leaving_run_reads_twice(tmp_path: Path) -> None:
    """A result that stands twice in a list was charged once."""
    faults = (Fault("upload+results", "repeated", "always"),)
    held(await told([Story(faults, "no credits_used", way="left", seed=seed) for seed in range(40)], tmp_path))


async def test_a_batch_whose_status_cannot_be_read_when_it_is_cancelled(tmp_path: Path) -> None:
    """The answer to the cancel says that it has ended: its results are collected; what has none stays unsettled."""
    verdict = await one(tmp_path, Fault("status", "409", "always"), course="half", way="cancelled", seed=5)
    assert (verdict.screened, len(verdict.unsettled)) == (6, 2)


async def test_a_start_that_is_always_refused_by_the_rate_limit(tmp_path: Path) -> None:
    """A 429 says for certain that nothing was started, so that nothing is unsettled though the service has no
    numbers."""
    verdict = await one(tmp_path, Fault("start", "429", "always"), numbers="none")
    assert (verdict.failed, verdict.unsettled) == (8, [])


def unseen(then: int, after: int) -> OddService:
    """A service whose first start is done, answers 500 and does not show; after so many it refuses with this status."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "start":
            return Instead(500)
        if operation == "status" and answer["status"] == "processing":
            return {**answer, "status": "created"}
        return answer

    def before(operation: str, nth: int) -> int | None:
        return then if operation == "start" and nth > after else None

    hides = ("total", "processed", "failed", "credits_used")
    return OddService(bend, before=before, processes=[6], hides=hides)


async def test_a_start_that_was_done_unseen_and_is_then_refused() -> None:
    """What a start in doubt may have started is collected and not sent again, whatever the next start was told."""
    async with serving(unseen(422, after=2)) as service:
        run = await odd(service, cvs(10))
        assert (len(run.screened), len(run.unsettled), len(run.failed)) == (6, 4, 0)
        assert run.summary.credits_used == service.charged == 6


async def test_a_call_in_doubt_that_is_then_refused_stays_in_doubt() -> None:
    """A 429 says nothing of the attempt before it."""
    once = RetryPolicy(refusals=1, base=0.001)
    async with serving(unseen(429, after=1)) as service, session_at(service, retries=once) as session:
        batch = await session.screening.create(job_title="Engineer", job_description="SQL.")
        service.take(service.batch_of(1), [("cv.pdf", f"{number:064}") for number in range(10)])
        with pytest.raises(AmbiguousOutcome):
            await session.screening.start(batch.id)


async def test_a_run_that_is_left_while_it_is_being_stopped(tmp_path: Path) -> None:
    """What stopped a run that nobody asks any more is in the log, and no task's error that nobody took."""
    stories = [Story((Fault("create", "404", "always"),), way="left", seed=seed) for seed in range(12)]
    held(await told(stories, tmp_path))


async def test_a_result_of_another_batch_in_a_list_that_is_read_again(tmp_path: Path) -> None:
    """A resumed run asks for one missing result, and a list holds another batch's file of nearly the same name."""
    last: list[dict[str, Any]] = []

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "results" and answer and answer[0]["id"] < 200:
            short = [result for result in answer if not result["filename"].startswith("C")]
            return [*short, *last]
        return answer

    async with serving(OddService(bend)) as service:
        first = [*cvs(3), ("C++.pdf", b"%PDF-1.7\nsomebody")]
        await odd(service, first, journal=tmp_path / "j.db")
        last.append({"id": 900, "filename": "C#.pdf", "score": 1, "match_status": "limited", "summary": "another"})
        async with session_at(service) as session:
            run = await take(session.resume(tmp_path / "j.db", first))
        assert len(run.screened) == 3
        assert len(run.unsettled) == 1
