"""Tells table rows from columns, and puts the cells of a table in reading order.

A date beside a job, or a label beside its value, belongs to it; two texts side by side do not.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from statistics import median

from cvsense_async.sandbox.ebsv.dates import is_date, is_joint, spans
from cvsense_async.sandbox.ebsv.glyphs import Piece
from cvsense_async.sandbox.ebsv.headings import kind_of
from cvsense_async.sandbox.ebsv.passage import clean

_DATE = re.compile(r"(?:\b(?:19|20)\d\d\b|\b\d{1,2}/\d{2,4}\b|\b(?:present|current|now|to|until)\b)", re.IGNORECASE)
_LABEL = re.compile(
    r"(?::\s*$|^\W*(?:basic|beginner|intermediate|advanced|fluent|native|expert|good|\d+\+? ?years?)\b)", re.I
)

_ITEM = 32  # letters of an item in a grid
_DIGIT = re.compile(r"\d")


def is_table(left: list[list[Piece]], right: list[list[Piece]]) -> bool:
    """Whether two sides are cells of rows (dates beside jobs, labels beside values) and not columns of their own."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    tops = [centre(line) for line in many]
    height = median(piece.height for line in few for piece in line)

    def beside(line: list[Piece]) -> bool:
        at = bisect_left(tops, centre(line) - 0.35 * height)
        return at < len(tops) and tops[at] <= centre(line) + 0.35 * height

    few = [line for line in few if beside(line) or kind_of(clean(_text(line))) is None]  # headings stand alone
    if len(few) < 2:
        return False
    if all(_dates_over_places(item, many) for item in _items(few)):
        return True
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


def table_rows(left: list[list[Piece]], right: list[list[Piece]]) -> list[list[Piece]]:
    """The rows of a table: an item of the short side comes whole before what stands beside it."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    rows: list[list[Piece]] = []
    at = 0
    for item in _whole_items(few, many):
        top = centre(item[0]) - 0.5 * item[0][0].height
        while at < len(many) and centre(many[at]) < top:
            rows.append(many[at])
            at += 1
        cell = [piece for line in item for piece in line]
        if at < len(many) and abs(centre(many[at]) - centre(item[0])) < 0.5 * cell[0].height and len(item) == 1:
            rows.append(sorted([*cell, *many[at]], key=lambda piece: piece.x0))
            at += 1
        else:
            rows.append(cell)
    rows.extend(many[at:])
    return rows


def _whole_items(few: list[list[Piece]], many: list[list[Piece]]) -> list[list[list[Piece]]]:
    """The items of a table's short side; a place under a date, each beside a line of the job, is an item of its own."""
    found: list[list[list[Piece]]] = []
    for item in _items(few):
        found.extend([line] for line in item) if _dates_over_places(item, many) else found.append(item)
    return found


def _dates_over_places(item: list[list[Piece]], many: list[list[Piece]]) -> bool:
    dated, *others = (clean(_text(line)) for line in item)
    if not others or not (is_date(dated) or spans(dated)) or any(is_date(text) or is_joint(text) for text in others):
        return False
    tops = [centre(line) for line in many]
    return all(any(abs(top - centre(line)) < 0.35 * line[0].height for top in tops) for line in item)


def cells_apart(lines: list[list[Piece]]) -> list[list[Piece]]:
    """Lines of a grid of short items (skills in three columns, list marks side by side), each item as its own line."""
    starts = [_grid_starts(line) for line in lines]
    found: list[list[Piece]] = []
    for number, line in enumerate(lines):
        near = [one for one in (starts[number - 1] if number else (), *starts[number + 1 : number + 2]) if one]
        mine = starts[number]
        if mine and any(sum(abs(x - y) < 4 for x in mine for y in one) >= min(len(mine), len(one)) for one in near):
            found.extend([piece] for piece in line)
        else:
            found.append(line)
    return found


def _grid_starts(line: list[Piece]) -> tuple[float, ...]:
    """Where the items of a line begin that may be one of a grid; none where it cannot be."""
    if len(line) < 2 or not (all(piece.mark for piece in line) or (len(line) > 2 and not line[0].mark)):
        return ()
    apart = all(two.x0 - one.x1 > 1.2 * one.height for one, two in itertools.pairwise(line))
    short = all(len(piece.text) <= _ITEM and ":" not in piece.text and not _DIGIT.search(piece.text) for piece in line)
    return tuple(piece.x0 for piece in line) if apart and short else ()


def _items(lines: list[list[Piece]], reach: float = 0.0) -> list[list[list[Piece]]]:
    """Lines that stand right under each other, together; `reach` is how far apart two such lines may be at least."""
    items: list[list[list[Piece]]] = []
    for line in lines:
        if items and centre(line) - centre(items[-1][-1]) < max(1.45 * line[0].height, reach):
            items[-1].append(line)
        else:
            items.append([line])
    return items


def _pitch(lines: list[list[Piece]]) -> float:
    steps = [centre(two) - centre(one) for one, two in itertools.pairwise(lines)]
    return median(steps) if steps else 0.0


def centre(line: list[Piece]) -> float:
    """The height at which a line stands."""
    return (line[0].y0 + line[0].y1) / 2


def _text(line: list[Piece]) -> str:
    return " ".join(piece.text.strip() for piece in line)
