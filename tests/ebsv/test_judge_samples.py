"""On real CVs, where they are at hand: scores rank by occupation, and are made fast enough."""

from __future__ import annotations

import pickle
import time
from functools import cache
from pathlib import Path

import pytest
from ebsv.judge_builders import TODAY, cv

from cvsense_async.sandbox.ebsv import JobText, Screener, read_document
from cvsense_async.sandbox.ebsv.document import Document

ROOT = Path(__file__).resolve().parents[2]
CVS = ROOT.parent / "shared" / "cvs"
ADVERTS = ROOT / "benchmarks" / "ebsv" / "adverts"
SAMPLES = sorted(CVS.glob("*-?.pdf"))

needs_samples = pytest.mark.skipif(not SAMPLES, reason="the sample CVs are not at hand")


@cache
def documents() -> dict[str, Document]:
    """The sample CVs, read."""
    return {path.stem: read_document(path) for path in SAMPLES}


@needs_samples
def test_own_occupation_ranks_above_others() -> None:
    """With one invented advert an occupation, the mean AUC over the samples is at least 0.92."""
    screener = Screener(TODAY)
    areas: list[float] = []
    for path in sorted(ADVERTS.glob("*.txt")):
        job = screener.prepare(JobText("", path.read_text("utf-8")))
        own: list[float] = []
        others: list[float] = []
        for name, document in documents().items():
            (own if name.rsplit("-", 1)[0] == path.stem else others).append(screener.judge(job, document).score)
        won = sum((mine > other) + 0.5 * (mine == other) for mine in own for other in others)
        areas.append(won / (len(own) * len(others)))
    assert sum(areas) / len(areas) >= 0.92


@needs_samples
def test_quotes_of_real_cvs_are_verbatim() -> None:
    """Every quote stands in the text of its CV."""
    screener = Screener(TODAY)
    job = screener.prepare(JobText("", (ADVERTS / "hr.txt").read_text("utf-8")))
    for document in documents().values():
        text = document.text
        assert all(quote.quote in text for one in screener.judge(job, document).skills for quote in one.evidence)


def test_judging_takes_milliseconds() -> None:
    """A CV that has been read is judged in under 30 ms: the best of twenty, for others may use the machine."""
    screener = Screener(TODAY)
    job = screener.prepare(JobText("", (ADVERTS / "hr.txt").read_text("utf-8")))
    screener.judge(job, cv())
    took: list[float] = []
    for _ in range(20):
        started = time.process_time()
        screener.judge(job, cv())
        took.append(time.process_time() - started)
    assert min(took) < 0.03


def test_a_prepared_job_can_be_pickled() -> None:
    """A job that was read in one process serves another."""
    screener = Screener(TODAY)
    job = screener.prepare(JobText("", (ADVERTS / "hr.txt").read_text("utf-8")))
    again = pickle.loads(pickle.dumps(job))
    assert screener.judge(again, cv()) == screener.judge(job, cv())
