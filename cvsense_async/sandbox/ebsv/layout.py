"""Reading order on a page: which pieces form a line, which lines a column, which rows a table.

A CV's columns are read one after the other, but a date beside a job is read with the job: each gutter is judged first.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from statistics import median

import attrs

from cvsense_async.sandbox.ebsv.columns import bands_of, lines_of, margin_headings, run_of, white_of
from cvsense_async.sandbox.ebsv.glyphs import PageText, Piece
from cvsense_async.sandbox.ebsv.headings import is_plain_name, kind_of
from cvsense_async.sandbox.ebsv.passage import clean
from cvsense_async.sandbox.ebsv.tables import cells_apart, is_table, table_rows

_MAX_DEPTH = 12
_APART = 4.0  # heights: no justified line has such a gap between two words
_MAX_BANDS = 500  # no page that a person reads has more lines


@attrs.define
class Row:
    """One physical line of a column."""

    text: str = attrs.field(repr=False)
    page: int
    block: int
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    bold: bool
    hidden: bool
    bullet: bool
    limit: float = 0.0  # the right edge of its column
    left: float = 0.0
    tall: bool = False
    letters: int = 0  # letters in the longest row of the column, where rows were cut by their number
    wraps: bool = False  # sentences are cut by the column's edge
    parted: bool = False  # what stands at its right end is set apart from the rest (a date, a place)
    mark_inside: bool = False  # the list mark was part of the text, so that x0 is the mark's place


def rows_of(found: PageText, page: int, first_block: int) -> list[Row]:
    """The page's lines in reading order; lines of one column and stretch share a `block`."""
    rows: list[Row] = []
    pieces = _with_marks(found)
    labels = margin_headings(pieces)
    blocks = _blocks([piece for piece in pieces if not piece.hidden], 0)
    unseen = lines_of([piece for piece in pieces if piece.hidden])  # they stand in no line that is seen
    for number, block in enumerate([*blocks, unseen] if unseen else blocks):
        made = [_row(part, page, first_block + number) for line in cells_apart(block) for part in _parted(line, labels)]
        if made:
            limit, left = max(row.x1 for row in made), min(row.x0 for row in made)
            tall = max(row.y1 for row in made) - min(row.y0 for row in made) > 0.35 * found.height
            for row in made:
                row.limit, row.left, row.tall = limit, left, tall
            rows.extend(made)
    return rows


def _parted(line: list[Piece], labels: set[int]) -> list[list[Piece]]:
    """A line whose first piece is a section's name, with what stands beside it, as two lines."""
    if len(line) > 1 and id(line[0]) in labels:
        return [line[:1], line[1:]]
    if len(line) > 1 and not line[0].mark and line[1].x0 - line[0].x1 > line[0].height:
        name = clean(line[0].text)
        if kind_of(name) is not None and (is_plain_name(name) or name.isupper()):
            return [line[:1], line[1:]]
    return [line]


def _with_marks(found: PageText) -> list[Piece]:
    """The pieces, each list mark (a glyph or a drawn dot) joined to the piece to its right."""
    pieces = [piece for piece in found.pieces if not piece.mark]
    marks = [(piece.x1, (piece.y0 + piece.y1) / 2) for piece in found.pieces if piece.mark and not piece.hidden]
    marks += found.drawings.marks[:3000]
    if not marks:
        return pieces
    marks.sort(key=lambda mark: mark[1])
    centres = [mark[1] for mark in marks]
    for piece in pieces:
        start = bisect_left(centres, piece.y0)
        while start < len(marks) and centres[start] <= piece.y1:
            if -1 <= piece.x0 - marks[start][0] < 3.2 * piece.height:
                piece.mark = True
                break
            start += 1
    return pieces


def _blocks(pieces: list[Piece], depth: int) -> list[list[list[Piece]]]:
    """The pieces as blocks in reading order, each a list of lines."""
    lines = lines_of(pieces)
    if len(lines) < 2 or depth > _MAX_DEPTH:
        return [lines] if lines else []
    bands = bands_of(lines)
    if len(bands) > _MAX_BANDS:
        return [lines]
    height = median(piece.height for piece in pieces)
    gaps = [white_of(band, 0.55 * height) for band in bands]
    done: list[list[list[Piece]]] = []
    plain: list[list[Piece]] = []
    at = 0
    while at < len(bands):
        cut = run_of(bands, gaps, at, 0.55 * height)
        if cut is None:
            plain.extend(bands[at])
            at += 1
            continue
        end, gutter = cut
        run = [line for band in bands[at:end] for line in band]
        left = [piece for line in run for piece in line if piece.x1 <= gutter[0] + 0.1]
        right = [piece for line in run for piece in line if piece.x1 > gutter[0] + 0.1]
        if is_table(lines_of(left), lines_of(right)):
            table = table_rows(lines_of(left), lines_of(right))
            plain.extend(table)
        else:
            while plain and min(piece.x0 for piece in plain[-1]) >= gutter[1] - 0.1:
                right.extend(plain.pop())  # the right column began higher
            if plain:
                done.append(plain)
                plain = []
            done.extend(_blocks(left, depth + 1))
            done.extend(_blocks(right, depth + 1))
        at = end
    if plain:
        done.append(plain)
    return done


def _row(line: list[Piece], page: int, block: int) -> Row:
    parts: list[str] = []
    previous: Piece | None = None
    for piece in line:
        if (previous is not None and piece.x0 - previous.x1 > 0.08 * piece.height and parts[-1][-1:] != " ") or (
            previous is not None and abs(piece.y0 - previous.y0) > 0.5 * piece.height
        ):
            parts.append(" ")
        parts.append(piece.text)
        previous = piece
    letters = sum(len(piece.text) for piece in line) or 1
    return Row(
        text="".join(parts),
        page=page,
        block=block,
        x0=line[0].x0,
        x1=max(piece.x1 for piece in line),
        y0=min(piece.y0 for piece in line),
        y1=max(piece.y1 for piece in line),
        size=max(line, key=lambda piece: len(piece.text)).size,
        bold=sum(len(piece.text) for piece in line if piece.bold) > 0.6 * letters,
        hidden=line[0].hidden,
        bullet=line[0].mark,
        parted=any(two.x0 - one.x1 > _APART * two.height for one, two in itertools.pairwise(line)),
    )
