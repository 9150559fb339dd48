"""Prints Markdown tables, and what every benchmark says of its numbers: medians of rounds in which all took turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table."""
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def ratio(rounds: Mapping[str, Sequence[float]], name: str, base: str) -> float:
    """How many times as much as `base`: the median over the rounds, each against its own round."""
    return statistics.median(mine / its for mine, its in zip(rounds[name], rounds[base], strict=True))
