"""A ranking is the same whatever order its results arrive in, in the library and on the command line."""

from __future__ import annotations

import random
from typing import Any

import pytest
from conftest import QUICK_POLLS, cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async.api.content import FileKind
from cvsense_async.api.screening import Result
from cvsense_async.cli.gathered import Gathered
from cvsense_async.screening.outcome import BatchResult, Screened
from cvsense_async.screening.ranking import Best, ranking_key


def one(score: float | None, name: str, sha256: str, source: str = "", item: int = 1) -> Screened:
    document = cv.Document(source or name, name, FileKind.PDF, 1, sha256, lambda: None)  # type: ignore[arg-type,return-value]
    return Screened(Result(id=item, score=score, match_status="good", filename=name), document, 1)


INVENTED = [
    one(90.0, "b.pdf", "01"),
    one(80.0, "a.pdf", "01"),
    one(80.0, "a.pdf", "02"),
    one(80.0, "a.pdf", "03", "1/a.pdf"),
    one(80.0, "b.pdf", "00"),
    one(0.0, "a.pdf", "05"),
    one(None, "a.pdf", "06"),
]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("top", [1, 2, 3, 5, 7, 50])
def test_any_order_gives_one_ranking(seed: int, top: int) -> None:
    """Score, then name, then content; what has no score is last, under a score of 0."""
    shuffled = random.Random(seed).sample(INVENTED, len(INVENTED))
    best = Best(top)
    for screened in shuffled:
        best.add(screened)
    assert best.ranked() == INVENTED[:top]
    gathered = Gathered(top)
    for screened in shuffled:
        gathered.add(BatchResult(1, (screened,)))
    assert gathered.best == [each for each in INVENTED if not each.invalid][:top]


def test_no_more_is_held_than_needed() -> None:
    """Memory does not grow with the results."""
    best = Best(10)
    for number in range(5000):
        best.add(one(float(number % 100), f"{number}.pdf", f"{number:04x}"))
    assert len(best._held) <= 28
    assert len({ranking_key(each) for each in best.ranked()}) == 10


async def test_a_run_ranks_the_same_whatever_ends_first() -> None:
    """Twelve CVs of one score in batches that end in any order: the top three are always the same ones."""
    found: set[tuple[Any, ...]] = set()
    async with stand_in(workers=3, seconds_per_cv=0.01) as server, session_at(server) as session:
        files = [(f"cv-{number}.pdf", content) for number, (_, content) in enumerate(cvs(12))]
        for seed in range(4):
            shuffled = random.Random(seed).sample(files, 12)
            run = session.screen(
                shuffled, job=cv.JobDescription("Cook", "Cooks."), batch_size=2, poll_interval=QUICK_POLLS
            )
            best = await run.ranking(top=3)
            assert [(each.score, each.name) for each in best] == sorted(
                ((each.score, each.name) for each in best), key=lambda pair: (-(pair[0] or 0), pair[1])
            )
            found.add(tuple(each.name for each in best))
    assert len(found) == 1
