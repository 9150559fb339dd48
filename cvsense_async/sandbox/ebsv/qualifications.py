"""Finds the degrees that a CV names, and tells those reached from those only begun.

Words alone would not settle it: a bachelor's "expected 2031" is none yet, nor is a course that was left.
"""

from __future__ import annotations

import attrs

from cvsense_async.sandbox.ebsv.document import SectionKind
from cvsense_async.sandbox.ebsv.levels import level_of, unfinished
from cvsense_async.sandbox.ebsv.places import Place, Reading, Sentence
from cvsense_async.sandbox.ebsv.words import stems

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

DEGREE_WORDS = frozenset(
    stems(
        """degree bachelor bachelors master masters mba phd doctorate diploma associate ba bs bsc msc ms ma
        graduation graduate accredited college
        university school equivalent related field technical discipline currently enrolled program completion
        major minor semester
        quarter units unit course coursework study year years four two higher education advanced recognized
        relevant subject part qualified
        such experience three five one full time paid preferred required minimum least strong equivalent
        practical successful area discipline hons honours class first second upper lower grade gpa"""
    )
)
_TITLE_OF_SCIENCE = frozenset(stems("science arts"))
_LONGEST_SUBJECT = 6


@attrs.frozen
class Degree:
    """A level of education that a sentence names."""

    level: int
    sentence: Sentence
    reached: bool
    beside: frozenset[str] = frozenset()  # the subject, where that stands on a line of its own


def degrees(reading: Reading) -> list[Degree]:
    """The degrees that a CV names, highest first, and of equal ones those reached and those among the education."""
    found: list[Degree] = []
    for at, sentence in enumerate(reading.sentences):
        if sentence.place in (Place.NOTHING, Place.LIST) or sentence.section.kind not in _WHERE:
            continue
        educated = sentence.section.kind is SectionKind.EDUCATION
        level = level_of(sentence.text)
        if level and (educated or level >= _BACHELOR):
            found.append(Degree(level, sentence, not _left_open(reading, at), _subject_beside(reading, at)))
    found.sort(key=lambda one: (-one.level, not one.reached, one.sentence.section.kind is not SectionKind.EDUCATION))
    return found


def _subject_beside(reading: Reading, at: int) -> frozenset[str]:
    """The words of short lines beside a degree that names no subject itself ("BSc (Hons)", below it "Chemistry")."""
    sentence = reading.sentences[at]
    if sentence.section.kind is not SectionKind.EDUCATION or _says_subject(sentence):
        return frozenset()
    found: set[str] = set()
    for near in reading.sentences[at + 1 : at + 3]:
        if near.section is not sentence.section or level_of(near.text):
            break
        if len(near.text.split()) <= _LONGEST_SUBJECT:
            found.update(near.bag)
    before = reading.sentences[at - 1] if at else None
    if not found - DEGREE_WORDS and before is not None and before.section is sentence.section:
        found.update(before.bag if not level_of(before.text) and len(before.text.split()) <= _LONGEST_SUBJECT else ())
    return frozenset(found)


def _says_subject(sentence: Sentence) -> bool:
    own = sentence.bag - DEGREE_WORDS - _TITLE_OF_SCIENCE
    return any(not one.isdigit() and not one.startswith("=") and len(one) > 2 for one in own)


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
