"""Turns text into stemmed words with their places, the coin in which adverts and CVs are compared.

A stemmer of our own, small and cached: the same word must meet itself in every inflection, at microseconds a word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cvsense_async.sandbox.ebsv.stemming import stem

_WORD = re.compile(
    r"\.net\b|\b[a-z]&[a-z]\b|\be-[a-z]{4,}|[^\W_]+(?:\+\+|#)?(?:['’](?:s|t|re|ve|ll|d|m)\b)?", re.IGNORECASE
)
_ACCENTS = str.maketrans("áàâäãåéèêëíìîïóòôöõúùûüçñ", "aaaaaaeeeeiiiiooooouuuucn")

STOP = frozenset(
    _WORD.findall(
        """
    a an the and or of to in for on at by with from as is are was were be been being am it its this that these
    those he she him her his hers they them their theirs we us our ours you your yours i me my mine himself
    herself themselves mr mrs ms miss who whom whose which what when where how why not no nor but if then than
    so too very can could will would shall should may might must do does did done has have had having there here
    all any both each few more most other some such only own same into over under again further once during
    before after above below up down out off about between through per via etc eg ie e g within across along
    upon while also just s t re ve ll d m one two three four five six seven eight nine ten
    """
    )
)
"""Words that carry no content; pronouns and forms of address among them, so that they can never weigh."""


class Word(NamedTuple):
    """A word of a text: its stem, and where it stands."""

    stem: str
    start: int
    end: int


@lru_cache(maxsize=60_000)
def _stem_of(raw: str) -> str:
    plain = raw.lower().translate(_ACCENTS).replace("-", "")  # e-commerce
    for mark in ("'", "’"):
        if mark in plain:
            plain = plain.split(mark, 1)[0]
    if raw == "IT":
        return "it"  # the field of work, not the pronoun
    return "" if plain in STOP else stem(plain)


def words(text: str) -> list[Word]:
    """The content words of a text, in order; stop words are left out."""
    return read_words(text)[1]


def read_words(text: str) -> tuple[list[str], list[Word]]:
    """All words in lower case as they stand, and the content words with their stems, in one pass."""
    raw: list[str] = []
    found: list[Word] = []
    for match in _WORD.finditer(text):
        written = match.group()
        raw.append(written.lower())
        known = _stem_of(written)
        if known:
            found.append(Word(known, match.start(), match.end()))
    return raw, found


def stems(text: str) -> list[str]:
    """The stems of the content words of a text, in order."""
    return [known for raw in _WORD.findall(text) if (known := _stem_of(raw))]


def raw_words(text: str) -> list[str]:
    """All words in lower case as they stand, stop words too: for telling copied text."""
    return [raw.lower() for raw in _WORD.findall(text)]
