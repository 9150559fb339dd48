"""Chooses and cuts the words of a CV that a person would quote for a requirement: what was done and what came of it.

A date line or a title shows that work was done, and hardly what; a list of three hundred letters shows it nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from itertools import pairwise

import attrs

from cvsense_async.sandbox.ebsv.document import Month, Role
from cvsense_async.sandbox.ebsv.lists import begins_with_verb
from cvsense_async.sandbox.ebsv.places import Place, Reading, Sentence
from cvsense_async.sandbox.ebsv.words import words

LONGEST = 240
"""Letters of the longest quote that is not one unbroken clause."""
_LONGEST_OF_LIST = 120

_DATED = re.compile(r"\b(?:19|20)\d\d\b|\b\d\d?/\d\d\b")
_MOST_IN_HEAD = 16
_BREAK = re.compile(r"[;•|]\s*|\s\*\s*|(?<=[.!?])\s+")
_COMMA = re.compile(r",\s*")
_LITERAL = 0.985  # what asks and shows in the same words
_OLD = 15.0  # years after which it no longer matters when something was done


def best_first(found: Iterable[tuple[float, Sentence]], reading: Reading) -> list[tuple[float, Sentence]]:
    """Sentences with how much of a requirement each covers, the one worth quoting most first."""
    return sorted(found, key=lambda pair: (-_worth(pair[0], pair[1], reading), len(pair[1].text)))


def _worth(cover: float, sentence: Sentence, reading: Reading) -> float:
    text = sentence.text
    size = len(text.split())
    role = reading.roles[sentence.role] if sentence.role >= 0 else None
    worth = 2.0 * round(min(1.0, cover), 1) + 0.2 * int(sentence.place)
    worth += 0.3 * (cover >= _LITERAL) + 0.35 * sentence.outcome + 0.25 * begins_with_verb(text)
    worth += 0.3 * _recent(role, reading.today) if role is not None and sentence.place is Place.SHOWN else 0.0
    if role is not None and size <= _MOST_IN_HEAD and _DATED.search(text) and not sentence.outcome:
        worth -= 1.5  # the line with a role's dates
    elif size < 4:
        worth -= 0.5
    return worth


def _recent(role: Role, today: Month) -> float:
    """How recent a role is: 1 for one still held, 0 for one long ago."""
    if role.current or role.start is None:
        return float(role.current)
    return max(0.0, 1.0 - max(0, today.index - (role.end or role.start).index) / 12 / _OLD)


def trimmed(sentence: Sentence, wanted: Set[str]) -> Sentence:
    """The sentence cut down, verbatim, to the clause that holds what is wanted, where it is long."""
    text = sentence.text
    longest = _LONGEST_OF_LIST if sentence.place is Place.LIST else LONGEST
    if len(text) <= longest:
        return sentence
    marks = [word.start for word in words(text) if word.stem in wanted]
    start, end = _part(text, _cuts(_BREAK, text), marks)
    if end - start > longest:
        commas = [at for at in _cuts(_COMMA, text) if start < at < end]
        start, end = _widened((start, end), commas, [at for at in marks if start <= at < end], longest)
    return attrs.evolve(sentence, text=text[start:end].strip(" ,;|*•"))


def _cuts(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.end() for match in pattern.finditer(text)]


def _part(text: str, cuts: list[int], marks: list[int]) -> tuple[int, int]:
    """The part between two cuts that holds most of the marks; the first of equal ones."""
    edges = [0, *cuts, len(text)]
    parts = [(start, end) for start, end in pairwise(edges) if text[start:end].strip()]
    return max(parts, key=lambda part: sum(part[0] <= at < part[1] for at in marks), default=(0, len(text)))


def _widened(part: tuple[int, int], cuts: list[int], marks: list[int], longest: int) -> tuple[int, int]:
    """From the first mark outwards, to the cuts on either side that keep within the longest quote."""
    start, end = part
    first = marks[0] if marks else start
    left = max((at for at in (start, *cuts) if at <= first), default=start)
    right = max((at for at in (*cuts, end) if at > first and at - left <= longest), default=0)
    if not right:
        right = min((at for at in (*cuts, end) if at > first), default=end)
    while left > start:
        before = max((at for at in (start, *cuts) if at < left), default=start)
        if right - before > longest:
            break
        left = before
    return left, right
