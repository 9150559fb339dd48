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


@pytest.mark.parametrize("layout", PARSING.PLAIN, ids=lambda one: one.__name__)
def test_every_layout_is_read(layout: object) -> None:
    """Nine in ten requirements are found, nine in ten found are right, 19 in 20 have the right importance."""
    total = PARSING.Tally()
    for job in JOBS[::2]:
        total.add(PARSING.judge(job, layout)[0])
    assert total.found >= 0.9 * total.asked
    assert total.good >= 0.9 * total.parsed
    assert total.right >= 0.95 * total.found


def test_many_wordings_are_read() -> None:
    """Over all wordings of headings and sentences, 19 in 20 requirements are found, right, and of the right importance."""
    total = PARSING.Tally()
    for number, layout in enumerate(PARSING.WORDED):
        for job in JOBS[number % 4 :: 4]:
            total.add(PARSING.judge(job, layout)[0])
    assert total.found >= 0.95 * total.asked
    assert total.good >= 0.95 * total.parsed
    assert total.right >= 0.95 * total.found


@pytest.mark.parametrize("layout", ["municipal", "county"])
def test_the_process_of_a_bulletin_stays_out(layout: str) -> None:
    """Of a bulletin's notes, tests, reviews and questionnaires hardly a line is taken for a requirement."""
    write = next(one for one in PARSING.WORDED if one.__name__ == layout)
    total = PARSING.Tally()
    for job in JOBS[::2]:
        total.add(PARSING.judge(job, write)[0])
    assert total.good >= 0.97 * total.parsed
    assert total.found >= 0.97 * total.asked


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


def _read(text: str) -> dict[str, str]:
    return {one.name: str(one.importance) for one in parse_job(text).requirements}


BOAT = {"Boat licence": "essential", "Radio licence": "desirable"}


@pytest.mark.parametrize(
    "lines",
    [
        "- Boat licence (required)\n- Radio licence (preferred)",
        "- Boat licence [must]\n- Radio licence [nice]",
        "- Boat licence – essential criterion\n- Radio licence – desirable criterion",
        "- Boat licence, required\n- Radio licence, preferred but not required",
        "- Required: Boat licence\n- Optional: Radio licence",
        "[must have] Boat licence\n[nice to have] Radio licence",
        "- Boat licence (E)\n- Radio licence (D)",
        "E1. Boat licence\nD1. Radio licence",
        "- Boat licence\n- Radio licence *\n* desirable, all others are essential",
        "- Boat licence *\n- Radio licence\nCriteria marked with an asterisk (*) are essential.",
        "- Boat licence (req'd)\n- Radio licence (pref.)",
        "| What | How important |\n|---|---|\n| Boat licence | must |\n| Radio licence | could |",
        "Boat licence is a must.\nRadio licence would be a big plus.",
        "- Boat licence\n- Radio licence: if possible",
    ],
)
def test_marks_of_any_form(lines: str) -> None:
    """However a line is marked, before it, behind it, by a letter, a star or a cell, the mark gives its importance."""
    assert _read(f"Boatman\n\nWe sail to the islands.\n\nCriteria\n{lines}\n") == BOAT


@pytest.mark.parametrize(
    ("needed", "wished"),
    [
        ("What you can't do without", "What would be the icing on the cake"),
        ("Table stakes", "Secret sauce"),
        ("Ingredients we are after", "Happy surprises"),
        ("Before you board", "Wind in our sails"),
    ],
)
def test_headings_that_nobody_has_listed(needed: str, wished: str) -> None:
    """Headings in words of their own are told by how they are set, by what stands under them, and by their order."""
    musts = "- Boat licence\n- Five years of experience at sea\n- Ability to swim"
    wishes = "- Radio licence\n- Knowledge of tides"
    found = _read(
        f"Boatman\n\nWe sail to the islands.\n\nWhat you will do\n- Sail boats\n- Clean decks\n\n{needed}\n{musts}\n\n{wished}\n{wishes}\n\nBenefits\nFree fish."
    )
    assert found == {
        "Boat licence": "essential",
        "Five years of experience at sea": "essential",
        "Ability to swim": "essential",
        "Radio licence": "desirable",
        "Knowledge of tides": "desirable",
    }


@pytest.mark.parametrize(
    ("sentence", "name", "importance"),
    [
        ("We insist on a boat licence.", "A boat licence.", "essential"),
        ("You cannot do this job without a boat licence.", "A boat licence.", "essential"),
        ("Applications without a boat licence will not be considered.", "A boat licence", "essential"),
        ("We'd be thrilled by experience of rigging.", "Experience of rigging.", "desirable"),
        ("Experience of rigging is helpful but not needed.", "Experience of rigging", "desirable"),
        ("Experience of rigging isn't essential, though it would help.", "Experience of rigging", "desirable"),
        ("Preference goes to people with experience of rigging.", "Experience of rigging.", "desirable"),
        ("You needn't have experience of rigging, but it makes life easier.", "Experience of rigging", "desirable"),
    ],
)
def test_frames_of_many_kinds(sentence: str, name: str, importance: str) -> None:
    """Sentences that ask in words of their own are told from those that do not, and lose those words."""
    job = parse_job(f"Boatman\n\nOur boats leave at dawn. Mend nets and paint hulls. {sentence} Free fish on Fridays.")
    assert [(one.name, str(one.importance)) for one in job.requirements] == [(name, importance)]


def test_what_is_waived_is_not_asked() -> None:
    """A sentence that says that something is not needed asks nothing."""
    text = "Boatman\n\nRequirements\n- Boat licence\n- A degree is not required\n\nNice to have\n- Radio licence\n"
    assert _read(text) == BOAT


def test_sentences_of_one_item() -> None:
    """In a list, a sentence that asks nothing by itself stays with the one before it, and a mark behind both holds for both."""
    job = parse_job(
        "Boatman\n\nCriteria\n- Boat licence. The inland one will not do. (required)\n- Experience of rigging. Knowledge of tides (preferred)\n"
    )
    assert [(one.name, str(one.importance)) for one in job.requirements] == [
        ("Boat licence. The inland one will not do.", "essential"),
        ("Experience of rigging.", "desirable"),
        ("Knowledge of tides", "desirable"),
    ]


def test_a_title_is_no_requirement() -> None:
    """A job's title that names languages or a degree, in front of a paragraph, is not taken for one."""
    text = "Graduate Boatman, Carriers (English, German). Responsibilities: Sail boats. Minimum qualifications: Boat licence. Preferred qualifications: Radio licence."
    assert [one.removesuffix(".") for one in _read(text)] == list(BOAT)


def test_what_a_requirement_holds() -> None:
    """Years, degree, licence, language and "or equivalent" are read into their fields, alternatives into one requirement."""
    job = parse_job(
        "Boatman\n\nMinimum qualifications\n- Bachelor's degree in seamanship or equivalent practical experience\n- 3+ years of experience with sails, oars or engines\n"
        "- Valid boat licence\n- Fluency in English and Greek\n"
    )
    degree, years, licence, language = job.requirements
    assert [str(one.kind) for one in job.requirements] == ["degree", "experience", "licence", "language"]
    assert degree.equivalent
    assert (years.years, years.alternatives) == (3, ("sails", "oars", "engines"))
    assert not licence.alternatives
    assert language.name == "Fluency in English and Greek"


def test_line_ends_bullets_and_entities_change_nothing() -> None:
    """The same lists with Windows line ends, other bullets, or as HTML with entities are read alike."""
    plain = "Boatman\n\nMust have\n- Boat licence\n- Tar & rope\n\nNice to have\n- Radio licence\n"
    lists = "<h3>Must have</h3><ul><li>Boat&nbsp;licence</li><li>Tar &amp; rope</li></ul><h3>Nice to have</h3><ul><li>Radio licence&#160;</li></ul>"
    for text in (
        plain.replace("\n", "\r\n"),
        plain.replace("- ", "→ "),
        plain.replace("- ", "•\t"),
        f"<p>Boatman</p>{lists}",
    ):
        assert _read(text) == _read(plain)
    assert len(_read(plain)) == 3


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


def test_a_megabyte_is_read_at_once() -> None:
    """A text of a megabyte takes about as long as the part of it that is read: a second or so."""
    text = " ".join(line for job in JOBS for kind in ("duties", "essential", "desirable") for line in job[kind])
    text = (text * (1_000_000 // len(text) + 1))[:1_000_000]
    started = time.process_time()
    parse_job(text)
    assert time.process_time() - started < 3


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
    "copulas": "it is " * 10_000,
    "commas": "must, nice, " * 5_000,
    "dashes": "a - b " * 10_000,
    "gaps": "a\n\n" * 20_000,
    "rows": "a | must\n" * 6_600,
    "cells": "<table><tr><td>a<td>E" * 3_000,
    "headings": "Minimum qualifications: " * 2_500,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_no_time(name: str) -> None:
    """Texts made to make patterns run for ever are read and judged in seconds at most."""
    text = HOSTILE[name]
    started = time.process_time()
    parse_job(text)
    judged(cv(section(SectionKind.EDUCATION, [text]), section(SectionKind.SUMMARY, [text])))
    assert time.process_time() - started < 10
