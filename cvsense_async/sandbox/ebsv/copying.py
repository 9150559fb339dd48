"""Tells which sentences of a CV were copied from the advert, by long runs of the same words and by whole lines.

What the advert says of itself is no evidence of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import attrs

from cvsense_async.sandbox.ebsv.clauses import sentences
from cvsense_async.sandbox.ebsv.words import STOP, raw_words

RUN = 5
LONG_RUN = 8
_FULL_LINE = 4
_PATCHWORK = 20
_PATCHED = 0.42  # of a sentence of work at most a third stands in pairs of the advert's words
_TELLING = 0.25  # and a quarter of its words or more join others
_OPENERS = frozenset(raw_words("i we have has had am possess hold also my strong"))


@attrs.frozen
class Advert:
    """The advert's wording: all its runs of five and of eight words, across lines, and its lines and sentences."""

    runs: frozenset[tuple[str, ...]] = attrs.field(repr=False)
    long_runs: frozenset[tuple[str, ...]] = attrs.field(repr=False)
    lines: frozenset[str] = attrs.field(repr=False)
    whole: str = attrs.field(default="", repr=False)  # all words, a space before and after each
    pairs: frozenset[tuple[str, str]] = attrs.field(default=frozenset(), repr=False)  # neighbours, one of them content

    def has_phrase(self, raw: Sequence[str]) -> bool:
        """Whether these words stand in the advert side by side."""
        return f" {' '.join(raw)} " in self.whole

    def covered(self, raw: Sequence[str]) -> tuple[bytearray, bytearray]:
        """Which words of a CV stand in a run of the advert: in one of five, in one of eight."""
        return _covered(raw, self.runs, RUN), _covered(raw, self.long_runs, LONG_RUN)

    def has_line(self, raw: Sequence[str]) -> bool:
        """Whether these words are a whole line or sentence of the advert, "I have" before it or not."""
        at = next((at for at, word in enumerate(raw) if word not in _OPENERS), 0)
        return " ".join(raw) in self.lines or " ".join(raw[at:]) in self.lines

    def has_full_line(self, raw: Sequence[str]) -> bool:
        """The same, for lines too long to be alike by chance."""
        return len(raw) >= _FULL_LINE and self.has_line(raw)

    def is_patchwork(self, raw: Sequence[str]) -> bool:
        """Whether a long run of words is pieces of the advert side by side, with hardly a word that joins them."""
        if len(raw) < _PATCHWORK or sum(word in STOP for word in raw) >= _TELLING * len(raw):
            return False
        marks = bytearray(len(raw))
        for at, pair in enumerate(pairwise(raw)):
            if pair in self.pairs:
                marks[at : at + 2] = b"\x01\x01"
        return sum(marks) >= _PATCHED * len(raw)


NO_ADVERT = Advert(frozenset(), frozenset(), frozenset())


def advert_of(text: str, more: Iterable[str] = ()) -> Advert:
    """The wording of an advert, and of criteria given beside it."""
    raw = raw_words(text)
    lines: set[str] = set()
    for line in (*text.splitlines(), *more):
        for sentence in (line, *sentences(line)):
            lines.add(" ".join(raw_words(sentence)))
    extra = [raw_words(one) for one in more]
    return Advert(
        runs=frozenset(run for words in (raw, *extra) for run in _runs(words, RUN)),
        long_runs=frozenset(run for words in (raw, *extra) for run in _runs(words, LONG_RUN)),
        lines=frozenset(lines - {""}),
        pairs=frozenset(
            pair for words in (raw, *extra) for pair in pairwise(words) if not (pair[0] in STOP and pair[1] in STOP)
        ),
        whole=" \n ".join(f" {' '.join(words)} " for words in (raw, *extra)),
    )


def _runs(raw: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(raw[at : at + size]) for at in range(len(raw) - size + 1))


def _covered(raw: Sequence[str], runs: frozenset[tuple[str, ...]], size: int) -> bytearray:
    marks = bytearray(len(raw))
    if runs:
        for at, run in enumerate(_runs(raw, size)):
            if run in runs:
                marks[at : at + size] = b"\x01" * size
    return marks
