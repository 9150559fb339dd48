"""Tells which sentences of a CV were copied from the advert, by long runs of the same words and by whole lines.

What the advert says of itself is no evidence of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from cvsense_async.sandbox.ebsv.clauses import sentences
from cvsense_async.sandbox.ebsv.words import raw_words

RUN = 5
LONG_RUN = 8
_FULL_LINE = 4


@attrs.frozen
class Advert:
    """The advert's wording: all its runs of five and of eight words, across lines, and its lines and sentences."""

    runs: frozenset[tuple[str, ...]] = attrs.field(repr=False)
    long_runs: frozenset[tuple[str, ...]] = attrs.field(repr=False)
    lines: frozenset[str] = attrs.field(repr=False)
    whole: str = attrs.field(default="", repr=False)  # all words, a space before and after each

    def has_phrase(self, raw: Sequence[str]) -> bool:
        """Whether these words stand in the advert side by side."""
        return f" {' '.join(raw)} " in self.whole

    def covered(self, raw: Sequence[str]) -> tuple[bytearray, bytearray]:
        """Which words of a CV stand in a run of the advert: in one of five, in one of eight."""
        return _covered(raw, self.runs, RUN), _covered(raw, self.long_runs, LONG_RUN)

    def has_line(self, raw: Sequence[str]) -> bool:
        """Whether these words are a whole line or sentence of the advert."""
        return " ".join(raw) in self.lines

    def has_full_line(self, raw: Sequence[str]) -> bool:
        """The same, for lines too long to be alike by chance."""
        return len(raw) >= _FULL_LINE and self.has_line(raw)


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
