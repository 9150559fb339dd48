"""An advert in any layout is read into what it asks, and what is no requirement stays out."""

from __future__ import annotations

import importlib
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
    """The measuring script, whose layouts and judgement these tests use."""
    sys.path.insert(0, str(HOME))
    try:
        return importlib.import_module("parsing")
    finally:
        sys.path.remove(str(HOME))


PARSING = _parsing()
JOBS = json.loads((HOME / "jobs.json").read_text("utf-8"))


@pytest.mark.parametrize("layout", PARSING.LAYOUTS, ids=lambda one: one.__name__)
def test_every_layout_is_read(layout: object) -> None:
    """Nine in ten requirements are found, nine in ten found are right, 19 in 20 have the right importance."""
    total = PARSING.Tally()
    for job in JOBS:
        total.add(PARSING.judge(job, layout)[0])
    assert total.found >= 0.9 * total.asked
    assert total.good >= 0.9 * total.parsed
    assert total.right >= 0.95 * total.found


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

Examination Weight: Interview . . . . . . . . . . . . . . . . . . . . . . 100%

The examination will consist of an interview, in which candidates may be asked about knowledge of tree diseases.
In it they look at: Care for Detail, Teamwork, and Job Knowledge, including knowledge of: how trees heal; the ability to
climb; use saws; deal kindly with the public; and other necessary skills, knowledge and abilities.

Before the interview, candidates will be required to write a page on the duties of an Arborist.
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
    ("sentence", "name", "importance"),
    [
        ("You must have the following: a boat licence.", "A boat licence.", "essential"),
        ("The successful candidate will have experience of rigging.", "Experience of rigging.", "essential"),
        ("Ideally you also have knowledge of tides.", "Knowledge of tides.", "desirable"),
        ("A knowledge of tides would be a distinct advantage.", "A knowledge of tides", "desirable"),
        ("Experience of rigging is preferred but not required.", "Experience of rigging", "desirable"),
    ],
)
def test_what_is_asked_is_told_from_how_firmly(sentence: str, name: str, importance: str) -> None:
    """The words that only say how much a thing matters give its importance, and are no part of its name."""
    job = parse_job(f"Boatman\n\nWe sail to the islands every day. {sentence} We sail in all weathers.")
    assert [(one.name, str(one.importance)) for one in job.requirements] == [(name, importance)]


def test_a_table_of_criteria() -> None:
    """Columns headed essential and desirable, ticks in them, and a column that names the importance are all read."""
    head = "<table><tr><th>Criteria</th><th>Essential</th><th>Desirable</th></tr>"
    columns = (
        f"{head}<tr><td>Training</td><td><p>Boat licence</p><p>First aid</p></td><td>Radio licence</td></tr></table>"
    )
    ticks = f"{head}<tr><td>Boat licence</td><td>✓</td><td></td></tr><tr><td>Radio licence</td><td> </td><td>X</td></tr></table>"
    named = "<table><tr><td>Boat licence</td><td>Essential</td></tr><tr><td>Radio licence</td><td>Desirable</td></tr></table>"
    plain = "Boat licence\tEssential\nRadio licence | desirable |"
    for table in (columns, ticks, named, plain):
        found = {one.name: str(one.importance) for one in parse_job(f"Boatman\n{table}").requirements}
        assert found == {"Boat licence": "essential", "Radio licence": "desirable"} | (
            {"First aid": "essential"} if "First aid" in table else {}
        )


def test_ways_to_qualify_without_numbers() -> None:
    """Lines that end in "or" are alternatives to the next one, whether they are numbered or not."""
    job = parse_job("Arborist\n\nMINIMUM QUALIFICATIONS\nTwo years of tree care; or\nA degree in forestry.\n")
    assert [one.name for one in job.requirements] == ["Two years of tree care", "A degree in forestry."]
    assert len({one.group for one in job.requirements}) == 1
    assert job.requirements[0].group > 0


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
