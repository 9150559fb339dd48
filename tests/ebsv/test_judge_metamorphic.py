"""What changes a CV without changing what it shows leaves its score alone; what adds to it raises it, and less never does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from ebsv.judge_builders import TODAY, evidenced, judged
from ebsv.metamorphic_cvs import (
    LONG,
    PASTES,
    STYLES,
    TERSE,
    Parts,
    document_of,
    keeping,
    pasted,
    read,
    with_sentence,
)
from ebsv.read_builders import as_pdf, as_two_columns
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv import JobText, Screener, Screening, read_document
from cvsense_async.sandbox.ebsv.document import Document
from cvsense_async.sandbox.ebsv.engine import Classification, Importance
from cvsense_async.sandbox.ebsv.screener import PreparedJob

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT.parent / "shared" / "cvs").glob("*-1.pdf"))[::8]
needs_samples = pytest.mark.skipif(not SAMPLES, reason="the sample CVs are not at hand")


@cache
def plain(style: str) -> Document:
    """A CV as it is."""
    return document_of(STYLES[style])


@pytest.mark.parametrize("place", ["start", "end", "first role", "last role", "skills"])
def test_pasting_moves_little_and_shows_nothing(place: str) -> None:
    """The advert or fifty skills, in any shape and place, move the score by at most 5 and turn nothing to evidenced."""
    for turn, (shape, more) in enumerate(PASTES.items(), len(place)):
        style = [*STYLES][turn % len(STYLES)]
        before = judged(plain(style))
        after = judged(document_of(pasted(STYLES[style], more, place)))
        assert evidenced(after) <= evidenced(before), (style, shape)
        assert abs(after.score - before.score) <= 5, (style, shape)


def replaced(parts: Parts, changes: dict[str, str]) -> Parts:
    """The CV with words changed, each of which must be there."""
    found = []
    for kind, text in parts:
        for old, new in changes.items():
            text = text.replace(old, new)
        found.append((kind, text))
    assert tuple(found) != parts
    return tuple(found)


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        (TERSE, {"Jordan Ashby": "Oluwaseun Adebayo-Whitfield", "jordan.ashby": "o.adebayo"}),
        (TERSE, {"Jordan Ashby": "Mrs Li Na", "jordan.ashby": "li"}),
        (TERSE, {"12 Mill Lane, Norwich": "Flat 3, 980 Payroll Avenue, Lagos"}),
        (TERSE, {"Norwich College": "Harvard University"}),
        (LONG, {"She likes": "He likes", "her deputy": "his deputy"}),
        (LONG, {"She likes": "They like", "her deputy": "their deputy"}),
        (LONG, {"Age: 41": "Age: 63"}),
        (LONG, {"Nationality: Austrian": "Nationality: German"}),
        (LONG, {"University of Bremen": "University of Oxford"}),
        (LONG, {"Marisol Brandt": "Bill Pay", "marisol.brandt": "bill.pay"}),
    ],
)
def test_who_and_where_move_nothing(parts: Parts, changes: dict[str, str]) -> None:
    """Another name, pronoun, age, nationality, address or school in the file leaves the score exactly as it was."""
    assert judged(document_of(replaced(parts, changes))).score == judged(document_of(parts)).score


@pytest.mark.parametrize("style", STYLES)
def test_the_setting_moves_little(style: str) -> None:
    """The same text as DOCX, as PDF and as PDF in two columns scores the same to within 3 points."""
    parts = STYLES[style]
    aside: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    run = aside
    for kind, text in parts:
        if kind == "heading":
            run = aside if text in ("Education", "Skills", "Core Skills", "Languages") else rest
        run.append((kind, text))
    scores = [
        judged(plain(style)).score,
        judged(read(as_pdf(parts), "pdf")).score,
        judged(read(as_two_columns(aside, rest), "pdf")).score,
    ]
    assert max(scores) - min(scores) <= 3


@pytest.mark.parametrize("style", STYLES)
def test_a_true_sentence_raises(style: str) -> None:
    """One more sentence of work with a missing essential, in whichever dated role, raises the score and shows it."""
    document = plain(style)
    before = judged(document)
    missing = [
        one for one in before.skills if one.importance is Importance.ESSENTIAL and one.name not in evidenced(before)
    ]
    assert missing
    for one in missing:
        told = f"In both years used {one.name[0].lower()}{one.name[1:]} to settle 40 complaints."
        for number in range(2):
            after = judged(with_sentence(document, number, told))
            assert after.score > before.score, (one.name, number)
            verdict = next(now.classification for now in after.skills if now.name == one.name)
            assert verdict is not Classification.MISSING


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(STYLES)), st.data())
def test_taking_out_never_raises(style: str, data: st.DataObject) -> None:
    """Whatever lines, roles or sections are taken out, the score does not rise."""
    document = plain(style)
    lines = [id(line) for _, line in document.lines()]
    groups = [
        *([line] for line in lines),
        *([id(line) for line in role.lines] for section in document.sections for role in section.roles),
        *([id(line) for line in section.lines] for section in document.sections),
    ]
    out = {line for group in data.draw(st.lists(st.sampled_from(groups), min_size=1, max_size=4)) for line in group}
    less = keeping(document, lambda _, line: id(line) not in out)
    assert judged(less).score <= judged(document).score


def test_padding_lowers_nothing() -> None:
    """Twenty sentences of other work leave the score of a short CV where it was, or above."""
    more = tuple(("bullet", f"Watered the {plant} in the yard.") for plant in ("roses", "ferns", "limes", "firs") * 5)
    assert judged(document_of(pasted(TERSE, more, "last role"))).score >= judged(plain("terse")).score


@cache
def samples() -> tuple[tuple[PreparedJob, Document, Screening], ...]:
    """Sample CVs with the advert of their occupation."""
    screener = Screener(TODAY)
    found = []
    for path in SAMPLES:
        advert = ROOT / "benchmarks" / "ebsv" / "adverts" / f"{path.stem.rsplit('-', 1)[0]}.txt"
        job = screener.prepare(JobText("", advert.read_text("utf-8")))
        document = read_document(path)
        found.append((job, document, screener.judge(job, document)))
    return tuple(found)


@needs_samples
def test_taking_out_of_real_cvs_hardly_raises() -> None:
    """No role or section taken out of a real CV raises its score by more than half a point."""
    screener = Screener(TODAY)
    for job, document, before in samples():
        for section in document.sections:
            for group in (section, *section.roles):
                out = {id(line) for line in group.lines}
                less = keeping(document, lambda _, line, out=out: id(line) not in out)
                assert screener.judge(job, less).score <= before.score + 0.5


@needs_samples
def test_a_true_sentence_raises_real_cvs() -> None:
    """In every dated role of real CVs, a sentence of work with a missing essential raises the score."""
    screener = Screener(TODAY)
    for job, document, before in samples():
        roles = [role for section in document.sections for role in section.roles]
        for one in before.skills:
            if one.importance is Importance.ESSENTIAL and one.classification is Classification.MISSING:
                told = f"In both years used {one.name[0].lower()}{one.name[1:]} to settle 40 complaints."
                for number, role in enumerate(roles):
                    if role.start is not None:
                        after = screener.judge(job, with_sentence(document, number, told))
                        assert after.score > before.score
