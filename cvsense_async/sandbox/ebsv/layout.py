"""Reading order on a page: which pieces form a line, which lines a column, which rows a table.

A CV's columns are read one after the other, but a date beside a job is read with the job: each gutter is judged first.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from statistics import median

import attrs

from cvsense_async.sandbox.ebsv.glyphs import PageText, Piece
from cvsense_async.sandbox.ebsv.headings import is_plain_name, kind_of
from cvsense_async.sandbox.ebsv.passage import clean

_MAX_DEPTH = 12
_MAX_GAPS = 12
_MAX_BANDS = 500  # no page that a person reads has more lines
_Gaps = list[tuple[float, float]]
_DATE = re.compile(r"(?:\b(?:19|20)\d\d\b|\b\d{1,2}/\d{2,4}\b|\b(?:present|current|now|to|until)\b)", re.IGNORECASE)
_LABEL = re.compile(
    r"(?::\s*$|^\W*(?:basic|beginner|intermediate|advanced|fluent|native|expert|good|\d+\+? ?years?)\b)", re.I
)


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
    mark_inside: bool = False  # the list mark was part of the text, so that x0 is the mark's place


def rows_of(found: PageText, page: int, first_block: int) -> list[Row]:
    """The page's lines in reading order; lines of one column and stretch share a `block`."""
    rows: list[Row] = []
    pieces = _with_marks(found)
    for number, block in enumerate(_blocks(pieces, 0)):
        made = [_row(part, page, first_block + number) for line in block for part in _parted(line)]
        if made:
            limit, left = max(row.x1 for row in made), min(row.x0 for row in made)
            tall = max(row.y1 for row in made) - min(row.y0 for row in made) > 0.35 * found.height
            for row in made:
                row.limit, row.left, row.tall = limit, left, tall
            rows.extend(made)
    return rows


def _parted(line: list[Piece]) -> list[list[Piece]]:
    """A line whose first piece is a section's name, with what stands beside it, as two lines."""
    if len(line) > 1 and not line[0].mark and line[1].x0 - line[0].x1 > line[0].height:
        name = clean(line[0].text)
        if kind_of(name) is not None and (is_plain_name(name) or name.isupper()):
            return [line[:1], line[1:]]
    return [line]


def _with_marks(found: PageText) -> list[Piece]:
    """The pieces, each list mark (a glyph or a drawn dot) joined to the piece to its right."""
    pieces = [piece for piece in found.pieces if not piece.mark]
    marks = [(piece.x1, (piece.y0 + piece.y1) / 2) for piece in found.pieces if piece.mark and not piece.hidden]
    marks += found.marks[:3000]
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


def _lines(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces on the same height, each line from left to right."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda one: ((one.y0 + one.y1) / 2, one.x0)):
        centre = (piece.y0 + piece.y1) / 2
        if lines:
            first = lines[-1][0]
            overlap = min(first.y1, piece.y1) - max(first.y0, piece.y0)
            if overlap >= 0.5 * min(first.height, piece.height) and centre - (first.y0 + first.y1) / 2 < 0.6 * max(
                first.height, piece.height
            ):
                lines[-1].append(piece)
                continue
        lines.append([piece])
    for line in lines:
        line.sort(key=lambda one: one.x0)
    return lines


def _blocks(pieces: list[Piece], depth: int) -> list[list[list[Piece]]]:
    """The pieces as blocks in reading order, each a list of lines."""
    lines = _lines(pieces)
    if len(lines) < 2 or depth > _MAX_DEPTH:
        return [lines] if lines else []
    bands = _bands(lines)
    if len(bands) > _MAX_BANDS:
        return [lines]
    height = median(piece.height for piece in pieces)
    gaps = [_free(band, 0.55 * height) for band in bands]
    done: list[list[list[Piece]]] = []
    plain: list[list[Piece]] = []
    at = 0
    while at < len(bands):
        cut = _columns(bands, gaps, at, 0.55 * height)
        if cut is None:
            plain.extend(bands[at])
            at += 1
            continue
        end, gutter = cut
        run = [line for band in bands[at:end] for line in band]
        left = [piece for line in run for piece in line if piece.x1 <= gutter[0] + 0.1]
        right = [piece for line in run for piece in line if piece.x1 > gutter[0] + 0.1]
        if _is_table(_lines(left), _lines(right)):
            table = _table(_lines(left), _lines(right))
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


def _bands(lines: list[list[Piece]]) -> list[list[list[Piece]]]:
    """Lines that overlap in height belong together (columns whose lines do not stand at one height)."""
    bands: list[list[list[Piece]]] = []
    bottom = float("-inf")
    for line in lines:
        top = min(piece.y0 + 0.15 * piece.height for piece in line)
        low = max(piece.y1 - 0.15 * piece.height for piece in line)
        if bands and top < bottom:
            bands[-1].append(line)
            bottom = max(bottom, low)
        else:
            bands.append([line])
            bottom = low
    return bands


def _free(band: list[list[Piece]], least: float) -> _Gaps:
    """The widths that a band leaves white, from far left to far right."""
    edges = sorted((piece.x0, piece.x1) for line in band for piece in line)
    free: _Gaps = []
    reached = -1e6
    for x0, x1 in edges:
        if x0 - reached >= least:
            free.append((reached, x0))
        reached = max(reached, x1)
    free.append((reached, 1e6))
    if len(free) > _MAX_GAPS:
        free = sorted(sorted(free, key=lambda gap: gap[0] - gap[1])[:_MAX_GAPS])
    return free


def _shared(one: _Gaps, other: _Gaps, least: float) -> _Gaps:
    """The widths that two bands both leave white; both lists go from left to right."""
    found: _Gaps = []
    a = b = 0
    while a < len(one) and b < len(other):
        low, high = max(one[a][0], other[b][0]), min(one[a][1], other[b][1])
        if high - low >= least:
            found.append((low, high))
        if one[a][1] < other[b][1]:
            a += 1
        else:
            b += 1
    return found


def _sides(band: list[list[Piece]], gutter: tuple[float, float]) -> tuple[bool, bool]:
    middle = (gutter[0] + gutter[1]) / 2
    pieces = [piece for line in band for piece in line]
    return any(piece.x1 <= middle for piece in pieces), any(piece.x0 >= middle for piece in pieces)


def _columns(
    bands: list[list[list[Piece]]], gaps: list[_Gaps], at: int, least: float
) -> tuple[int, tuple[float, float]] | None:
    """Where the run of bands from `at` ends that one white gutter runs through, and the gutter; else None."""
    current = [gap for gap in gaps[at] if gap[0] > -1e6 and gap[1] < 1e6]
    if not current:
        return None
    end = at + 1
    while end < len(bands) and end - at < 2000:
        further = _shared(current, gaps[end], least)
        if not further:
            break
        current = further
        end += 1
    gutter = max(current, key=lambda gap: gap[1] - gap[0])
    sides = [_sides(band, gutter) for band in bands[at:end]]
    end = at + _end_of_run(bands[at:end], sides, gutter, end == len(bands))
    run = bands[at:end]
    lefts = sum(len(_half(band, gutter, True)) for band in run)
    rights = sum(len(_half(band, gutter, False)) for band in run)
    if min(lefts, rights) < 2 or lefts + rights < 5:
        return None
    pieces = [piece for band in run for line in band for piece in line]
    low = max((piece.x1 for piece in pieces if piece.x1 <= gutter[0] + 0.1), default=gutter[0])
    high = min((piece.x0 for piece in pieces if piece.x0 >= gutter[1] - 0.1), default=gutter[1])
    return end, (low, high)


def _half(band: list[list[Piece]], gutter: tuple[float, float], left: bool) -> list[list[Piece]]:
    middle = (gutter[0] + gutter[1]) / 2
    return _lines([piece for line in band for piece in line if (piece.x1 <= middle) == left])


def _end_of_run(
    run: list[list[list[Piece]]], sides: list[tuple[bool, bool]], gutter: tuple[float, float], to_foot: bool
) -> int:
    """Where columns end: lines after the last two-sided band belong to a column only if they are set in its width."""
    last = max((number for number, (_, right) in enumerate(sides) if right), default=0)
    tail = run[last + 1 :]
    if not tail:
        return len(run)
    first, final = run[0], run[last]
    depth = max(p.y1 for line in final for p in line) - min(p.y0 for line in first for p in line)
    height = median(p.height for line in first for p in line)
    start = min(p.x0 for band in run for line in band for p in line)
    width = gutter[0] - start
    wrapped = sum(1 for band in tail for line in band if line[-1].x1 > gutter[0] - 0.15 * width)
    lines = sum(len(band) for band in tail)
    if depth > 14 * height and (wrapped >= 2 or (to_foot and wrapped >= 1)):
        return len(run)
    if to_foot and lines >= 6 and wrapped >= max(3, 0.25 * lines):
        return len(run)
    return last + 1


def _text(line: list[Piece]) -> str:
    return " ".join(piece.text.strip() for piece in line)


def _is_table(left: list[list[Piece]], right: list[list[Piece]]) -> bool:
    """Whether two sides are cells of rows (dates beside jobs, labels beside values) and not columns of their own."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    tops = [_centre(line) for line in many]
    height = median(piece.height for line in few for piece in line)

    def beside(line: list[Piece]) -> bool:
        at = bisect_left(tops, _centre(line) - 0.35 * height)
        return at < len(tops) and tops[at] <= _centre(line) + 0.35 * height

    few = [line for line in few if beside(line) or kind_of(clean(_text(line))) is None]  # headings stand alone
    if len(few) < 2:
        return False
    items = _items(few, 1.25 * _pitch(many))
    told = [" ".join(_text(line) for line in item) for item in items]
    dated = sum(1 for text in told if len(text) <= 48 and _DATE.search(text))
    if dated >= max(2, 0.5 * len(items)) and sum(1 for item in items if beside(item[0])) >= 0.8 * len(items):
        return True
    if sum(1 for line in few if beside(line)) < 0.9 * len(few):
        return False
    if sum(1 for line in few if _LABEL.search(_text(line))) >= 0.6 * len(few):
        return True
    short = median(len(_text(line)) for line in few) <= 28
    return short and len(items) >= 0.7 * len(few) and len(few) <= 0.8 * len(many)


def _pitch(lines: list[list[Piece]]) -> float:
    steps = [_centre(two) - _centre(one) for one, two in itertools.pairwise(lines)]
    return median(steps) if steps else 0.0


def _centre(line: list[Piece]) -> float:
    return (line[0].y0 + line[0].y1) / 2


def _items(lines: list[list[Piece]], reach: float = 0.0) -> list[list[list[Piece]]]:
    """Lines that stand right under each other, together; `reach` is how far apart two such lines may be at least."""
    items: list[list[list[Piece]]] = []
    for line in lines:
        if items and _centre(line) - _centre(items[-1][-1]) < max(1.45 * line[0].height, reach):
            items[-1].append(line)
        else:
            items.append([line])
    return items


def _table(left: list[list[Piece]], right: list[list[Piece]]) -> list[list[Piece]]:
    """The rows of a table: an item of the short side comes whole before what stands beside it."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    rows: list[list[Piece]] = []
    at = 0
    for item in _items(few):
        top = _centre(item[0]) - 0.5 * item[0][0].height
        while at < len(many) and _centre(many[at]) < top:
            rows.append(many[at])
            at += 1
        cell = [piece for line in item for piece in line]
        if at < len(many) and abs(_centre(many[at]) - _centre(item[0])) < 0.5 * cell[0].height and len(item) == 1:
            rows.append(sorted([*cell, *many[at]], key=lambda piece: piece.x0))
            at += 1
        else:
            rows.append(cell)
    rows.extend(many[at:])
    return rows


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
    )
