"""An advert in any layout is read into what it asks, and what is no requirement stays out."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from ebsv.judge_builders import cv, judged, section
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv import parse_job
from cvsense_async.sandbox.ebsv.document import SectionKind

HOME = Path(__file__).resolve().parents[2] / "benchmarks" / "ebsv"


def _parsing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ebsv_parsing", HOME / "parsing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ebsv_parsing"] = module
    spec.loader.exec_module(module)
    return module


PARSING = _parsing()
JOBS = json.loads((HOME / "jobs.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "layout", [one for one in PARSING.LAYOUTS if one.__name__ != "letters"], ids=lambda one: one.__name__
)
def test_every_layout_is_read(layout: object) -> None:
    """Nine in ten requirements are found, nine in ten found are right, 19 in 20 have the right importance."""
    asked = found = right = parsed = good = 0
    for job in JOBS:
        got = parse_job(layout(job))  # type: ignore[operator]
        wanted = [(line, kind) for kind in ("essential", "desirable") for line in job[kind]]
        parsed += len(got.requirements)
        good += sum(any(PARSING.alike(one.name, line) for line, _ in wanted) for one in got.requirements)
        for line, kind in wanted:
            mine = next((one for one in got.requirements if PARSING.alike(one.name, line)), None)
            asked += 1
            found += mine is not None
            right += mine is not None and mine.importance == kind
    assert found >= 0.9 * asked
    assert good >= 0.9 * parsed
    assert right >= 0.95 * found


BULLETIN = """ARBORIST
Class Code: 4711
ANNUAL SALARY
$51,000 to $62,000
NOTES:
1. Pay may change; ask what you would start on.
DUTIES
An Arborist inspects, prunes and fells trees in parks; and does related work.
REQUIREMENTS/MINIMUM QUALIFICATIONS
1. Two years of full-time work for pay in tree care; or
2. A degree in forestry from an accredited college.
PROCESS NOTES
1. Somebody who is a few months short of the experience can still sit the exam.
2. A class C driving licence is required before you start.
WHERE TO APPLY
Send your form through our website and in no other way.
SELECTION PROCESS
The examination will consist of an interview, in which candidates may be asked about knowledge of tree diseases.
NOTES:
1. Those who score 70% overall go on the list from which people are picked.
AN EQUAL EMPLOYMENT OPPORTUNITY EMPLOYER
"""


def test_a_bulletin() -> None:
    """From a long bulletin come its two ways to qualify, tied together, and the licence; its process stays out."""
    job = parse_job(BULLETIN)
    assert job.title == "ARBORIST"
    assert [one.name for one in job.requirements] == [
        "Two years of full-time work for pay in tree care",
        "A degree in forestry from an accredited college.",
        "A class C driving licence is required before you start.",
    ]
    assert [one.group > 0 for one in job.requirements] == [True, True, False]
    assert job.requirements[0].years == 2


def test_given_criteria_win() -> None:
    """Criteria that the caller names replace what the text asks, which becomes context."""
    job = parse_job(BULLETIN, title="Tree person", essential=["Chainsaw ticket"], desirable=["Rope access"])
    assert [(one.name, str(one.importance)) for one in job.requirements] == [
        ("Chainsaw ticket", "essential"),
        ("Rope access", "desirable"),
    ]
    assert job.title == "Tree person"


def test_requirements_that_say_the_same_are_merged() -> None:
    """The same sentence twice is one requirement, and the firmer importance stays."""
    job = parse_job("Cook\n\nNice to have\n- Experience of baking bread\n\nMust have\n- Experience of baking bread\n")
    assert [(one.name, str(one.importance)) for one in job.requirements] == [
        ("Experience of baking bread", "essential")
    ]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("5+ years of Java", 5),
        ("two years of full-time work", 2),
        ("at least 18 months in sales", 1.5),
        ("3-5 years in law", 3),
    ],
)
def test_years(text: str, years: float) -> None:
    """Years are read in digits, in words, in months, and as the lower end of a span."""
    assert parse_job(f"Job\n\nRequirements\n- {text}\n").requirements[0].years == years


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    """No text, however odd, breaks the reading of an advert."""
    parse_job(text)
    parse_job(f"<div><p>{text}</p><ul><li>{text}</li></ul>")


HOSTILE = {
    "one word": "x" * 60_000,
    "spaces": " " * 60_000 + "x",
    "brackets": "(" * 60_000,
    "or": "a or " * 12_000,
    "degrees": "completion of bachelor " * 4_000,
    "denials": "no experience in the " * 3_000,
    "schools": "The University Of " * 3_300,
    "tags": "<p>" * 20_000,
    "years": "5 years or " * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_no_time(name: str) -> None:
    """Texts made to make patterns run for ever are read and judged in seconds at most."""
    text = HOSTILE[name]
    started = time.process_time()
    parse_job(text)
    judged(cv(section(SectionKind.EDUCATION, [text]), section(SectionKind.SUMMARY, [text])))
    assert time.process_time() - started < 10
