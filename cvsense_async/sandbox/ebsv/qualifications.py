"""Finds the degrees that a CV names, and tells those reached from those only begun.

Words alone would not settle it: a bachelor's "expected 2031" is none yet, nor is a course that was left.
"""

from __future__ import annotations

import attrs

from cvsense_async.sandbox.ebsv.document import SectionKind
from cvsense_async.sandbox.ebsv.levels import level_of, unfinished
from cvsense_async.sandbox.ebsv.places import Place, Reading, Sentence

_WHERE = frozenset(
    {
        SectionKind.EDUCATION,
        SectionKind.CERTIFICATIONS,
        SectionKind.ACHIEVEMENTS,
        SectionKind.SUMMARY,
        SectionKind.OTHER,
        SectionKind.HEADER,
    }
)
_BACHELOR = 3


@attrs.frozen
class Degree:
    """A level of education that a sentence names."""

    level: int
    sentence: Sentence
    reached: bool


def degrees(reading: Reading) -> list[Degree]:
    """The degrees that a CV names, highest first, and of equal ones those reached and those among the education."""
    found: list[Degree] = []
    for at, sentence in enumerate(reading.sentences):
        if sentence.place in (Place.NOTHING, Place.LIST) or sentence.section.kind not in _WHERE:
            continue
        educated = sentence.section.kind is SectionKind.EDUCATION
        level = level_of(sentence.text)
        if level and (educated or level >= _BACHELOR):
            found.append(Degree(level, sentence, not _left_open(reading, at)))
    found.sort(key=lambda one: (-one.level, not one.reached, one.sentence.section.kind is not SectionKind.EDUCATION))
    return found


def _left_open(reading: Reading, at: int) -> bool:
    """Whether the sentence, or the line below it that names no degree itself, says that the course is not ended."""
    sentence = reading.sentences[at]
    if sentence.section.kind is SectionKind.EDUCATION and unfinished(sentence.text, reading.today):
        return True
    for below in reading.sentences[at + 1 : at + 3]:
        if below.section is not sentence.section or level_of(below.text):
            return False
        if unfinished(below.text, reading.today):
            return sentence.section.kind is SectionKind.EDUCATION
    return False
