"""Lose, delay, twist and repeat the answers of a service at each step of a run, and judge by its own ledger.

    python benchmarks/lost_answers.py [--share 1] [--pairs 1000] [--steps upload start] [--processes 2] [--seed 1]

The whole matrix (each step, kind of fault, once and always, three sets of numbers, three courses of a batch, seven ways
to leave the run) takes about a quarter of an hour on two cores; `--share 0.1` tells a tenth of it, drawn at random.
Every story that is wrong is printed with what is wrong; then a table by step and kind, and why documents stayed
unsettled. It is so because what must never be can be counted: paid twice, given to another person, lost, hung.
"""

from __future__ import annotations

import asyncio
import collections
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from answer_stories import AT, Story, Verdict, matrix, pairs, tell
from tables import MISSED, parser, row, table

WRONG = ("paid_twice", "wrong", "lost", "held", "claims_less", "claims_more", "hung", "broken", "undetermined")
TOGETHER = 16
"""Stories at one time in a process: most of each is waiting."""


async def told(stories: Sequence[Story]) -> list[Verdict]:
    """Tell these, some at a time."""
    turns = asyncio.Semaphore(TOGETHER)

    async def one(story: Story) -> Verdict:
        async with turns:
            with tempfile.TemporaryDirectory() as folder:
                return await tell(story, Path(folder))

    return await asyncio.gather(*(one(story) for story in stories))


def part(stories: Sequence[Story]) -> list[Verdict]:
    """Tell these in a process of its own."""
    return asyncio.run(told(stories))


def of(verdicts: Iterable[Verdict], name: str) -> int:
    """How many of these stories have something of this."""
    return sum(bool(getattr(verdict, name)) for verdict in verdicts)


def plain(reason: str) -> str:
    """A reason without the numbers and addresses that differ from story to story."""
    words = reason.split(" [")[0]
    return "".join("n" if each.isdigit() else each for each in words)


def cells(found: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """The stories by step and kind; those with two faults by the steps of both."""
    by_cell: collections.defaultdict[str, list[Verdict]] = collections.defaultdict(list)
    for verdict in found:
        faults = verdict.story.faults
        alone = len(faults) == 1
        name = f"{faults[0].step}: {faults[0].kind}" if alone else "two faults"
        by_cell[name].append(verdict)
    return by_cell


def show(found: Sequence[Verdict], seconds: float) -> bool:
    """Print the tables; gives whether nothing is wrong."""
    heads = ["step: kind", "stories", "paid twice", "wrong person", "lost", "held unsaid", "claims less"]
    heads += ["claims more", "hung", "broken", "unsettled though determined"]
    heads += ["stories with unsettled", "after the service is well"]
    table(heads)
    for name, verdicts in [*cells(found).items(), ("all", list(found))]:
        wrong = [of(verdicts, each) for each in WRONG]
        row([name, len(verdicts), *wrong, of(verdicts, "unsettled"), of(_journaled(verdicts), "still_unsettled")])
    reasons: collections.Counter[tuple[str, str]] = collections.Counter()
    for verdict in found:
        for reason in {plain(reason) for reason in verdict.unsettled}:
            faults = " & ".join(f"{fault.step}: {fault.kind}, {fault.often}" for fault in verdict.story.faults)
            without = "without numbers; " if verdict.story.numbers == "none" else ""
            reasons[(f"{without}{faults}" if len(verdict.story.faults) == 1 else "two faults", reason)] += 1
    print()
    table(["unsettled in", "the reason that the run gives", "stories"])
    for (where, reason), count in sorted(reasons.items()):
        row([where, reason, count])
    bad = sum(bool(verdict.faults) for verdict in found)
    print(f"\n{len(found)} stories in {seconds:.0f} s, {bad} wrong", flush=True)
    return bad == 0


def _journaled(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.story.journal]


def main() -> None:
    """Tell the stories and print the tables."""
    arguments = parser(__doc__)
    arguments.add_argument("--share", type=float, default=1.0, help="of the matrix, drawn at random")
    arguments.add_argument("--pairs", type=int, default=1000, help="stories with two faults, beside the matrix")
    arguments.add_argument("--steps", nargs="*", choices=list(AT), default=list(AT), help="of the matrix")
    arguments.add_argument("--processes", type=int, default=2, help="in which stories are told")
    arguments.add_argument("--seed", type=int, default=1, help="of what is drawn")
    asked: Any = arguments.parse_args()
    chance = random.Random(asked.seed)
    stories = [story for story in matrix(asked.seed) if story.faults[0].step in asked.steps]
    stories = [story for story in stories if chance.random() < asked.share]
    stories += pairs(asked.pairs, asked.seed)
    order = chance.sample(stories, len(stories))  # so that the slow ones are spread over all parts
    parts = [order[start : start + 200] for start in range(0, len(order), 200)]
    begun, found = time.monotonic(), list[Verdict]()
    with ProcessPoolExecutor(asked.processes) as pool:
        for verdicts in pool.map(part, parts):
            found += verdicts
            for verdict in verdicts:
                if verdict.faults:
                    print(f"WRONG: {verdict.faults} {verdict.story} {verdict.stopped}", flush=True)
    found.sort(key=lambda verdict: verdict.story.seed)
    sys.exit(0 if show(found, time.monotonic() - begun) else MISSED)


if __name__ == "__main__":
    main()
