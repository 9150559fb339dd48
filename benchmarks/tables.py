"""How every benchmark speaks: its help is its docstring, its output Markdown tables, its numbers ratios of rounds.

It is so because absolute times vary with the machine: medians of rounds in which all took turns vary least.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable, Mapping, Sequence

MISSED = 3
"""The exit status of a script that ran to its end and missed one of its goals."""


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser whose `--help` is the script's docstring, and names each default."""

    class Format(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
        """Keeps the docstring's lines."""

    return argparse.ArgumentParser(description=doc, formatter_class=Format)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]] = ()) -> None:
    """Print a table, or the head of one whose rows come later."""
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for cells in rows:
        row(cells)


def row(cells: Iterable[object]) -> None:
    """Print one row of a table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def ratio(rounds: Mapping[str, Sequence[float]], name: str, base: str) -> float:
    """How many times as much as `base`: the median over the rounds, each against its own round."""
    return statistics.median(mine / its for mine, its in zip(rounds[name], rounds[base], strict=True))


def at(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def goals(met: Mapping[str, bool]) -> bool:
    """Print which goals were met; gives whether all were."""
    print()
    for goal, reached in met.items():
        print(f"- {goal}: {'met' if reached else 'missed'}", flush=True)
    return all(met.values())
