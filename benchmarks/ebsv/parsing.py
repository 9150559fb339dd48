"""Measures how well requirements are read from adverts: invented jobs with known requirements, written in many layouts.

python benchmarks/ebsv/parsing.py [--wrong]. A requirement is found when the words of a parsed one and its own overlap by 0.7
of the smaller and 0.45 of the larger; one of several sentences counts with each of them. A parsed one that matches none is wrong. Jobs and layouts marked as held out are
counted apart, and --wrong does not show them: what is tuned on tells nothing of adverts never seen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
from advert_layouts import LAYOUTS as PLAIN
from advert_layouts import Job
from advert_unseen import HELD_OUT
from advert_wordings import WORDED

from cvsense_async.sandbox.ebsv import parse_job
from cvsense_async.sandbox.ebsv.clauses import sentences
from cvsense_async.sandbox.ebsv.requirements import Requirement
from cvsense_async.sandbox.ebsv.words import raw_words

LAYOUTS = (*PLAIN, *WORDED)
JOBS = Path(__file__).with_name("jobs.json")


@attrs.define
class Tally:
    """What was asked, found, read, rightly read, and given the right importance."""

    asked: int = 0
    found: int = 0
    parsed: int = 0
    good: int = 0
    right: int = 0

    def add(self, other: Tally) -> None:
        """Adds another's counts."""
        for name in self.__slots__:
            if not name.startswith("__"):
                setattr(self, name, getattr(self, name) + getattr(other, name))

    def __str__(self) -> str:
        recall, precision = self.found / max(1, self.asked), self.good / max(1, self.parsed)
        return f"recall {recall:.3f}  precision {precision:.3f}  importance {self.right / max(1, self.found):.3f}"


def alike(one: str, other: str) -> bool:
    """Whether two requirements are the same, by their words."""
    a, b = (set(raw_words(text.replace("’", "'"))) for text in (one, other))
    both = len(a & b)
    return bool(both) and both >= 0.7 * min(len(a), len(b)) and both >= 0.45 * max(len(a), len(b))


def _in_parts(got: Sequence[Requirement], parts: Sequence[str]) -> Requirement | None:
    """The first of those that say a requirement sentence by sentence; None where one sentence is missing."""
    mine = [next((one for one in got if alike(one.name, part)), None) for part in parts]
    return mine[0] if mine and all(mine) else None


def judge(job: Job, layout: Callable[[Job], str]) -> tuple[Tally, list[str]]:
    """How one job in one layout was read, and what went wrong."""
    got = parse_job(layout(job)).requirements
    wanted = [(line, kind) for kind in ("essential", "desirable") for line in job[kind]]
    wrong = [
        f"wrong: {one.name}"
        for one in got
        if not any(alike(one.name, part) for line, _ in wanted for part in (line, *sentences(line)))
    ]
    tally = Tally(asked=len(wanted), parsed=len(got), good=len(got) - len(wrong))
    for line, importance in wanted:
        mine = next((one for one in got if alike(one.name, line)), None) or _in_parts(got, sentences(line))
        tally.found += mine is not None
        tally.right += mine is not None and mine.importance == importance
        if mine is None or mine.importance != importance:
            wrong.append(f"{'missed' if mine is None else 'taken for ' + mine.importance}: {line}")
    return tally, wrong


def measure(jobs: Sequence[Job], layouts: Sequence[Callable[[Job], str]], wrong: bool) -> None:
    """Prints the counts for each layout and for all of them."""
    total = Tally()
    for layout in layouts:
        tally = Tally()
        for job in jobs:
            one, trouble = judge(job, layout)
            tally.add(one)
            for line in trouble if wrong else ():
                print(f"   {layout.__name__}: {line}")
        print(f"  {layout.__name__:14} {tally}")
        total.add(tally)
    print(f"  {'all':14} {total}")


def main(jobs: list[Job], wrong: bool) -> None:
    """Prints what was measured, what is tuned on and what is held out apart."""
    known = [job for job in jobs if not job.get("held_out")]
    unseen = [job for job in jobs if job.get("held_out")]
    print(f"{len(known)} jobs, {len(LAYOUTS)} layouts")
    measure(known, LAYOUTS, wrong)
    print(f"held out: {len(unseen)} jobs in the same layouts")
    measure(unseen, LAYOUTS, False)
    print(f"held out: {len(jobs)} jobs in {len(HELD_OUT)} layouts")
    measure(jobs, HELD_OUT, False)


if __name__ == "__main__":
    main(json.loads(JOBS.read_text("utf-8")), "--wrong" in sys.argv)
