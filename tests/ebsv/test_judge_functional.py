"""A functional CV tells its work under its skills: its sentences count as work, and nobody is accused of stuffing."""

from __future__ import annotations

import attrs
import pytest
from ebsv.judge_builders import cv, evidenced, experience, judged, role, section

from cvsense_async.sandbox.ebsv.document import Document, Month, SectionKind

ADVERT = """Shop Manager

Essential
- Stock control
- Cash handling
- Staff supervision
- Window displays
"""
TOLD = [
    "Ran the stock control of a shop with 4,000 lines and halved the losses.",
    "Took over the cash handling of three tills and banked the takings each night.",
    "Led the staff supervision of a team of nine over two Christmas seasons.",
    "Designed window displays for the spring and the autumn of each year.",
]


def functional(lines: list[str]) -> Document:
    """A CV with sentences under "Relevant skills" and a bare history of work below."""
    plain = cv()
    kept = tuple(one for one in plain.sections if one.kind is not SectionKind.EXPERIENCE)
    history = experience(role("Shop Assistant", Month(2015, 1), Month(2021, 6), []))
    return attrs.evolve(plain, sections=(*kept, section(SectionKind.SKILLS, lines, "Relevant skills"), history))


def test_sentences_under_skills_are_work_and_no_stuffing() -> None:
    """Full sentences of what was done are evidence wherever they stand, and not a list."""
    screening = judged(functional(TOLD), ADVERT)
    assert evidenced(screening) == {"Stock control", "Cash handling", "Staff supervision", "Window displays"}
    assert "keyword_stuffing" not in screening.flags


@pytest.mark.parametrize(
    "lines",
    [
        ["Stock control, cash handling, staff supervision, window displays"],
        ["Stock control", "Cash handling", "Staff supervision", "Window displays"],
        ["Skilled in stock control, cash handling, staff supervision and window displays."],
        ["Used stock control.", "Used cash handling.", "Used staff supervision.", "Used window displays."],
        ["Experienced in stock control and cash handling.", "Practised staff supervision and window displays."],
    ],
)
def test_names_under_skills_stay_a_list(lines: list[str]) -> None:
    """Names with or without a word before them show nothing."""
    assert evidenced(judged(functional(lines), ADVERT)) == set()


def test_a_list_among_the_skills_is_stuffing_still() -> None:
    """Where half of what is asked stands in a list and nowhere else, the flag stays, whatever the section is called."""
    line = (
        "Languages, stock control, cash handling, staff supervision, spreadsheets, first aid, window displays, driving"
    )
    assert "keyword_stuffing" in judged(functional([line]), ADVERT).flags
