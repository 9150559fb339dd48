"""Lays out tables so that every line fits the console: one column takes what room is left, the others stay whole.

Rich's own tables shrink every column when room is short, and pad lines with blanks, which pipes then carry.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.text import Text

GAP = 2
"""Columns between two columns of a table."""

LEAST = 28
"""A wrapped column that would be narrower than this stands under its line instead."""


def draw(
    console: Console,
    heads: Sequence[str],
    lines: Sequence[Sequence[Text]],
    *,
    right: Collection[int] = (),
    flexible: int | None = None,
    wrapped: bool = False,
) -> None:
    """Print lines under heads; columns in `right` are set to the right, the one `flexible` is cut or wrapped to fit."""
    table = [[Text(head, style="bold") for head in heads]] if heads else []
    table += [list(line) for line in lines]
    if heads and console.is_terminal and _least(table, flexible) > console.width:
        _cards(console, table)
        return
    widths = [max(cell.cell_len for cell in column) for column in zip(*table, strict=True)]
    room = console.width - (sum(widths) + GAP * (len(widths) - 1)) if widths else 0
    under = flexible is not None and wrapped and room < 0 and room + widths[flexible] < LEAST
    if flexible is not None and not under:
        widths[flexible] = max(10, min(widths[flexible], room + widths[flexible]))
    for number, line in enumerate(table):
        if under and flexible is not None:
            kept = [cell for at, cell in enumerate(line) if at != flexible]
            spared = [width for at, width in enumerate(widths) if at != flexible]
            _print(console, _joined(kept, spared, [at - (at > flexible) for at in right]))
            indent = "    "
            for more in line[flexible].wrap(console, console.width - len(indent)) if number or not heads else ():
                _print(console, Text(indent) + more)
            continue
        for part in _parts(console, line, widths, flexible, wrapped=wrapped):
            _print(console, _joined(part, widths, right))


def _least(table: Sequence[Sequence[Text]], flexible: int | None) -> int:
    """The columns that a table needs, whatever becomes of its flexible one."""
    widths: list[int] = [max(cell.cell_len for cell in column) for column in zip(*table, strict=True)]
    fixed = [width for at, width in enumerate(widths) if at != flexible]
    return sum(fixed) + GAP * (len(fixed) - 1)


def _cards(console: Console, table: Sequence[Sequence[Text]]) -> None:
    """Each line as its heads and values, one under the other: for a terminal in which its columns have no room."""
    heads, *lines = table
    for number, line in enumerate(lines):
        if number:
            console.print()
        named = [[head, cell] for head, cell in zip(heads, line, strict=True)]
        draw(console, (), named, flexible=1, wrapped=True)


def _print(console: Console, line: Text) -> None:
    console.print(line, no_wrap=True, overflow="ellipsis", crop=console.is_terminal)


def _parts(
    console: Console, line: Sequence[Text], widths: Sequence[int], flexible: int | None, *, wrapped: bool
) -> list[list[Text]]:
    """The lines that one row takes."""
    cells = [cell.copy() for cell in line]
    if flexible is None or cells[flexible].cell_len <= widths[flexible]:
        return [cells]
    if not wrapped:
        cells[flexible].truncate(widths[flexible], overflow="ellipsis")
        return [cells]
    first, *rest = cells[flexible].wrap(console, widths[flexible])
    cells[flexible] = first
    return [cells, *([more if at == flexible else Text() for at in range(len(cells))] for more in rest)]


def _joined(cells: Sequence[Text], widths: Sequence[int], right: Collection[int]) -> Text:
    joined = Text()
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        blank = " " * max(0, width - cell.cell_len)
        joined.append(" " * GAP if place else "")
        joined.append_text(Text(blank) + cell if place in right else cell + Text(blank))
    joined.rstrip()
    return joined
