"""Finds the white gutters that part a page into columns, and where such columns end.

A gutter counts only where it runs through several lines with text on both sides of it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from statistics import median

from cvsense_async.sandbox.ebsv.dates import is_date, spans
from cvsense_async.sandbox.ebsv.glyphs import Piece
from cvsense_async.sandbox.ebsv.headings import kind_of
from cvsense_async.sandbox.ebsv.passage import clean

_MAX_GAPS = 12
Gaps = list[tuple[float, float]]


def lines_of(pieces: list[Piece]) -> list[list[Piece]]:
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


def bands_of(lines: list[list[Piece]]) -> list[list[list[Piece]]]:
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


def white_of(band: list[list[Piece]], least: float) -> Gaps:
    """The widths that a band leaves white, from far left to far right."""
    edges = sorted((piece.x0, piece.x1) for line in band for piece in line)
    free: Gaps = []
    reached = -1e6
    for x0, x1 in edges:
        if x0 - reached >= least:
            free.append((reached, x0))
        reached = max(reached, x1)
    free.append((reached, 1e6))
    if len(free) > _MAX_GAPS:
        free = sorted(sorted(free, key=lambda gap: gap[0] - gap[1])[:_MAX_GAPS])
    return free


def run_of(
    bands: list[list[list[Piece]]], gaps: list[Gaps], at: int, least: float
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
    edge = _edge(bands[at:end], gutter)
    if edge is not None and _dated_line(bands[at], gutter, edge):
        return None
    cut = _before_dated_lines(bands[at:end], gutter, edge) if edge is not None else end - at
    to_foot = end == len(bands) and cut == end - at
    sides = [_sides(band, gutter) for band in bands[at : at + cut]]
    end = at + _end_of_run(bands[at : at + cut], sides, gutter, to_foot)
    run = bands[at:end]
    lefts = sum(len(_half(band, gutter, True)) for band in run)
    rights = sum(len(_half(band, gutter, False)) for band in run)
    if min(lefts, rights) < 2 or lefts + rights < 5:
        return None
    pieces = [piece for band in run for line in band for piece in line]
    low = max((piece.x1 for piece in pieces if piece.x1 <= gutter[0] + 0.1), default=gutter[0])
    high = min((piece.x0 for piece in pieces if piece.x0 >= gutter[1] - 0.1), default=gutter[1])
    return end, (low, high)


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
    goes_on = _continued(tail, gutter, width)
    if goes_on and to_foot and goes_on + _continued(run[: last + 1], gutter, width) >= 2:
        return len(run)
    if depth > 14 * height and (wrapped >= 2 or (to_foot and wrapped >= 1)):
        return len(run)
    if to_foot and goes_on and lines >= 6 and wrapped >= max(3, 0.25 * lines):
        return len(run)
    return last + 1 + _close_below(run, tail, gutter)


def _close_below(run: list[list[list[Piece]]], tail: list[list[list[Piece]]], gutter: tuple[float, float]) -> int:
    """How many bands below the shorter right side go on with what stands to its left: up to the next heading."""
    lefts = [line for band in run[: len(run) - len(tail)] for line in _half(band, gutter, True)]
    if not lefts:
        return 0
    bottom = max(piece.y1 for piece in lefts[-1])
    size = median(piece.size for line in lefts for piece in line)
    for number, band in enumerate(tail):
        first = band[0]
        headed = kind_of(clean(" ".join(piece.text for piece in first))) is not None or first[0].size > 1.15 * size
        if headed or (number == 0 and min(piece.y0 for piece in first) - bottom > first[0].height):
            return number
    return len(tail)


def _continued(bands: list[list[list[Piece]]], gutter: tuple[float, float], width: float) -> int:
    """How many lines of the left side end near the gutter and go on in the next line, in small letters."""
    lefts = [line for band in bands for line in _half(band, gutter, True)]
    return sum(
        1
        for above, below in itertools.pairwise(lefts)
        if above[-1].x1 > gutter[0] - 0.15 * width and below[0].text[:1].islower() and not below[0].mark
    )


def _edge(run: list[list[list[Piece]]], gutter: tuple[float, float]) -> float | None:
    """Where most lines of the right side begin; None where it is a column of dates."""
    starts: Counter[int] = Counter()
    dated = 0
    for band in run:
        for line in _half(band, gutter, False):
            starts[round(line[0].x0)] += 1
            dated += _is_dates(line)
    if not starts or 2 * dated > starts.total():
        return None
    return float(starts.most_common(1)[0][0])


def _is_dates(line: list[Piece]) -> bool:
    text = clean(" ".join(piece.text for piece in line)).strip("()[]|,. ")
    if len(text) > 32 or not any(letter.isdigit() for letter in text):
        return False
    found = spans(text)
    return is_date(text) or bool(found and found[0].to - found[0].at > 0.6 * len(text))


def _dated_line(band: list[list[Piece]], gutter: tuple[float, float], edge: float) -> bool:
    """Whether a band is a job with its dates at the page's right edge, and not a line of two columns."""
    rights = _half(band, gutter, False)
    return (
        len(rights) == 1
        and abs(rights[0][0].x0 - edge) > 3
        and any(line[0].x1 <= gutter[0] + 0.1 and line[-1] is rights[0][-1] for line in band)
        and _is_dates(rights[0])
    )


def _before_dated_lines(run: list[list[list[Piece]]], gutter: tuple[float, float], edge: float) -> int:
    """How many bands of a run stand before the jobs that end it, with dates at the page edge, and their heading."""
    cut = len(run)
    for number in range(len(run) - 1, 0, -1):
        if _sides(run[number], gutter)[1]:
            if not _dated_line(run[number], gutter, edge):
                break
            cut = number
    heading = cut
    while cut < len(run) and heading > 1 and not _sides(run[heading - 1], gutter)[1]:
        heading -= 1
        if kind_of(clean(" ".join(piece.text for piece in run[heading][0]))) is not None:
            return heading
    return cut


def _half(band: list[list[Piece]], gutter: tuple[float, float], left: bool) -> list[list[Piece]]:
    middle = (gutter[0] + gutter[1]) / 2
    return lines_of([piece for line in band for piece in line if (piece.x1 <= middle) == left])


def _sides(band: list[list[Piece]], gutter: tuple[float, float]) -> tuple[bool, bool]:
    middle = (gutter[0] + gutter[1]) / 2
    pieces = [piece for line in band for piece in line]
    return any(piece.x1 <= middle for piece in pieces), any(piece.x0 >= middle for piece in pieces)


def _shared(one: Gaps, other: Gaps, least: float) -> Gaps:
    """The widths that two bands both leave white; both lists go from left to right."""
    found: Gaps = []
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


def margin_headings(pieces: list[Piece]) -> set[int]:
    """The pieces (by `id`) that name sections in a column left of the text: two or more, set alike on one edge.

    A name that stands there is a heading, though it would be none within the text ("Work" beside a job's title).
    """
    names = [piece for piece in pieces if not piece.mark and not piece.hidden and kind_of(clean(piece.text))]
    firsts = {
        id(line[0]) for line in lines_of(pieces) if len(line) > 1 and line[1].x0 - line[0].x1 > 0.5 * line[1].height
    }
    beside = [piece for piece in names if id(piece) in firsts]
    return {
        id(piece)
        for piece in beside
        if any(
            other is not piece
            and abs(other.size - piece.size) < 0.06 * piece.size
            and min(abs(other.x0 - piece.x0), abs(other.x1 - piece.x1)) < 3
            for other in beside
        )
    }
