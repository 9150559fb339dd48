"""Tells the level of education that a text names, and whether it was reached: a master's answers a bachelor's.

The school is never looked at.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re

from cvsense_async.sandbox.ebsv.document import Month

_LEVELS = (
    (5, r"\b(?:ph\.?\s?d|doctorate|doctoral|doctor of|d\.?phil|juris doctor|j\.?d\.?(?=\W|$)|ed\.?d|m\.?d\.?(?=\W|$))"),
    (4, r"\b(?:master(?:['’]?s)?(?=\b)(?! (?:electrician|plumber|of ceremon))|m\.?\s?sc\b|m\.?b\.?a\b|m\.\s?s\b\.?|m\.\s?a\b\.?|\bms(?= in| degree|[,:]| of)|\bma(?= in)|m\.?tech|m\.?ed\b|m\.?eng|m\.?com\b|m\.?phil|postgraduate|magister|graduate degree|advanced degree)"),
    (3, r"\b(?:bachelor(?:['’]?s)?|b\.?\s?sc\b|b\.\s?s\b\.?|b\.\s?a\b\.?|\bbs\b|\bba\b|\bbba\b|b\.?tech|b\.?eng|b\.?e\.(?=\W)|b\.?com\b|b\.?ed\b|bfa\b|ll\.?b|undergraduate degree|four[- ]year (?:degree|college)|college degree|university degree|graduation from|licentiate|diplom(?=-)|specialist degree)"),
    (2, r"\b(?:associate(?:['’]?s)? (?:degree|of|in)|a\.\s?a\.?s?\b|\baas\b|diploma|hnd\b|foundation degree|apprenticeship|two[- ]year|trade school|vocational|certificate)"),
    (1, r"\b(?:high school|ged\b|secondary school|a[- ]levels?|gcse|abitur|baccalaureate|matriculation|12th)"),
)  # fmt: skip
_COMPILED = tuple((level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _LEVELS)
_HIGH_SCHOOL = re.compile(r"high school|ged\b", re.IGNORECASE)


def level_of(text: str) -> int:
    """The highest level of education that a text names: 5 doctor, 4 master, 3 bachelor, 2 associate or diploma, 1 school; 0 none."""
    for level, pattern in _COMPILED:
        if pattern.search(text):
            return 1 if level == 2 and _HIGH_SCHOOL.search(text) else level
    return 0


def least_level(text: str) -> int:
    """The lowest level that a requirement would be content with; a plain "degree" is a bachelor's."""
    found = [level for level, pattern in _COMPILED if pattern.search(text)]
    if found == [1, 2] or found == [2, 1]:
        return 1
    return min(found) if found else 3


_UNFINISHED = re.compile(
    r"\b(?:expected|anticipated|projected|estimated|in[- ]progress|on[- ]going|current(?:ly)?|present|pursuing|enrolled|candidate|studying|working (?:towards?|on)|"
    r"towards?|incomplete|not completed|unfinished|did not (?:finish|graduate|complete)|dropped out|withdrew|(?:semester|credit|quarter) hours|credits? (?:earned|hours|completed)|some college|to be completed|no degree)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def unfinished(text: str, today: Month) -> bool:
    """Whether a text says that a course is not ended: "expected 2027", "in progress"; a date gone by is an end."""
    years = [int(year) for year in _YEAR.findall(text)]
    if any(year > today.year for year in years):
        return True
    if _UNFINISHED.search(text) is None:
        return False
    return not (
        years
        and max(years) < today.year
        and re.search(r"\bexpected|\banticipated|\bprojected|\bestimated", text, re.IGNORECASE)
    )
