"""Knows which words of a CV say who somebody is, so that they can never weigh.

Name, sex, age, nationality, address and the school's name must change the score by exactly nothing.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from cvsense_async.sandbox.ebsv.document import Contact, Line, Section, SectionKind
from cvsense_async.sandbox.ebsv.lexicon import Lexicon
from cvsense_async.sandbox.ebsv.words import Word, stems, words

_LABELLED = re.compile(
    r"\b(?:nationality|citizenship|citizen of|date of birth|d\.?o\.?b|born(?: on| in)?|age|sex|gender|pronouns?|marital status|married|single|religion|"
    r"ethnicity|race|caste|address|home address|residence|city of residence|place of birth|photo|photograph|passport(?: no)?|father'?s name|"
    r"name|full name|phone|mobile|tel|telephone|e-?mail|location|children|health|height|weight)\s*[:=–-]",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"@\w|https?://|www\.|linkedin\.com|github\.com|\+?\d[\d\s().-]{7,}\d")
_ADDRESS = re.compile(
    r"\b\d{1,5}\s+(?:[A-Z][\w.'-]*\s+){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|way|close|place|boulevard|blvd|terrace|square)\b\.?",
    re.IGNORECASE,
)
_PERSONAL_WORD = re.compile(
    r"^(?:male|female|man|woman|men|women|boy|girl|married|single|divorced|widow|christian|muslim|jewish|hindu|buddhist|catholic|"
    r"years? old|aged?|birth|born|nationality|citizen\w*|gender|sex|pronouns?|husband|wife|mother|father|mum|dad|gay|lesbian|transgender|ethnic\w*)$",
    re.IGNORECASE,
)
_SCHOOL_WORD = re.compile(
    r"(?:university|universities|college|school|institute|academy|polytechnic|faculty|universit\w*|hochschule|lyc[eé]e|gymnasium|campus|seminary|conservatory)",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    rf"(?:(?:[A-Z][\w'’.&-]*|of|the|and|at|for|de|la|&|St\.?)[\s,-]+){{0,6}}\b{_SCHOOL_WORD.pattern}\b(?:\s+(?:of|at|for|de|in)\s+(?:the\s+)?(?:[A-Z][\w'’.&-]*(?:\s+(?:and|&|of)\s+|[\s,-]+|$)){{1,5}})?",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?::|\bin\b)\s+([A-Z][\w/&-]*(?:\s+(?:and|&)\s+[A-Z][\w-]*)?)")
_DEGREE_WORD = re.compile(
    r"\b(?:bachelor|master|associate|doctor|diploma|degree|certificate|b\.?s\.?c?|m\.?s\.?c?|b\.?a|m\.?b\.?a|b\.e(?=\.)|b\.?eng|m\.?eng|b\.?tech|m\.?tech|b\.?c\.?a|m\.?c\.?a|b\.?com|mbbs|ll\.?b|ph\.?d|gpa|minor|major|coursework)\b[^,;|]*",
    re.IGNORECASE,
)


@attrs.frozen
class Personal:
    """What of one CV is personal."""

    stems: frozenset[str] = attrs.field(repr=False)

    @classmethod
    def of(cls, contact: Contact) -> Personal:
        """From the contact that reading found."""
        told = [contact.name, contact.email, contact.location]
        return cls(frozenset(stem for one in told if one for stem in stems(one)))

    def drops(self, section: Section, line: Line, number: int) -> bool:
        """Whether a whole line says only who or where somebody is."""
        if section.kind is SectionKind.REFERENCES:
            return True
        if section.kind is SectionKind.HEADER or number < 0:
            text = line.text[:1_000]
            if _CONTACT.search(text) or _ADDRESS.search(text):
                return True
            found = stems(text)
            return bool(found) and sum(1 for one in found if one in self.stems) * 2 >= len(found)
        return False

    def kept(self, section: Section, text: str, found: Iterable[Word]) -> list[Word]:
        """The words of a sentence that are not personal."""
        mine = self.stems if section.kind in (SectionKind.HEADER, SectionKind.OTHER, SectionKind.SUMMARY) else _NOBODY
        spans = _spans(section.kind, text)
        return [
            word
            for word in found
            if word.stem not in mine
            and not _PERSONAL_WORD.match(text[word.start : word.end])
            and not any(start <= word.start < end for start, end in spans)
        ]


_NOBODY: frozenset[str] = frozenset()


def _spans(kind: SectionKind, text: str) -> list[tuple[int, int]]:
    """The stretches of a sentence that are personal."""
    spans: list[tuple[int, int]] = []
    for match in _LABELLED.finditer(text):
        end = re.search(r"[|;,\n]|\s{3,}", text[match.end() :])
        spans.append((match.start(), match.end() + (end.start() if end else len(text))))
    spans.extend(match.span() for match in _ADDRESS.finditer(text))
    if kind in (SectionKind.EDUCATION, SectionKind.HEADER, SectionKind.CERTIFICATIONS):
        spans.extend(_schools(text))
    return spans


_BEFORE_SCHOOL = re.compile(r"\b(?:at|from)\s+|,\s*|\s[–—-]\s", re.IGNORECASE)
_SUBJECT_BEHIND = re.compile(
    r",\s+(?=(?:[A-Z]\w+ (?:and |& )?){0,3}(?:Science|Sciences|Engineering|Mathematics|Economics|Law|Physics|Chemistry|Biology|Nursing|Accounting|Finance|"
    r"Management|Administration|Marketing|Psychology|Statistics|Informatics|Technology|Medicine|Education|Studies|History)\b)"
)


def _school_start(text: str, degree: int, school: int) -> int:
    """Where a school's name begins behind a degree: after "at", "from" or a comma, or with "University of"."""
    last = max((one.end() for one in _BEFORE_SCHOOL.finditer(text, degree, school)), default=0)
    if last:
        return last
    return school if re.match(r"\w+ (?:of|at|for|de)\b", text[school:]) else degree


def _schools(text: str) -> list[tuple[int, int]]:
    """Where names of schools stand; a degree beside one is not part of it."""
    found: list[tuple[int, int]] = []
    for match in _SCHOOL.finditer(text):
        start, end = match.span()
        school = _SCHOOL_WORD.search(text, start, end)
        named = school.start() if school else start
        for one in _DEGREE_WORD.finditer(text, start, end):
            if one.start() > named:
                end = min(end, one.start())  # "University of York - BSc Computer Science"
            elif one.end() < end and not _SCHOOL_WORD.search(one.group()):
                start = max(start, one.end())
            else:
                start = max(start, _school_start(text, one.start(), named))
        if start == match.start() and _DEGREE_WORD.search(text, 0, start):
            start = _school_start(text, start, named) if _BEFORE_SCHOOL.search(text, start, named) else start
        for one in _SUBJECT.finditer(text, 0, end):
            if (
                start < one.end(1)
                and not _SCHOOL_WORD.search(one.group(1))
                and _DEGREE_WORD.search(text, 0, one.start(1))
            ):
                start = one.end(1)
        subject = _SUBJECT_BEHIND.search(text, named, end)
        if subject is not None:
            end = subject.start()
        found.append((start, end))
    return found


def looks_like_title(text: str, lexicon: Lexicon) -> bool:
    """Whether a line at the top of a CV is a title of work: every word of it is a word of work, so that no name is."""
    found = words(text)
    return 0 < len(found) <= 8 and all(lexicon.known(one.stem) for one in found)
