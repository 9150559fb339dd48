"""Every letter of a PDF page with its box and the place of the pen, fetched from PDFium in bulk.

A page has thousands of letters, and a call for each of several facts is most of what reading costs: so the calls are
mapped over a page, and write into one block of memory.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from itertools import compress, repeat
from math import hypot
from typing import Any, TypeVar

import attrs

from cvsense_async.sandbox.ebsv.pdfium import address_of, is_generated, letter_of, loose_box, pen_of, raw

_FAR = 50_000.0  # points; PDF's own limit on a page is 14,400
_UNDRAWN = re.compile("[\x00\n\r ]")  # what may stand in the text without being drawn
_SURROGATE = re.compile("[\ud800-\udfff]")
_HYPHENS = {2: "-", 0xFFFE: "-"}  # what PDFium puts for a hyphen at a line's end
_T = TypeVar("_T")


@attrs.frozen
class Turn:
    """How the page's own coordinates lie on the page as it is shown: by how many quarters it is turned, and its box."""

    quarters: int
    left: float
    bottom: float
    right: float
    top: float

    def boxes(
        self, left: list[float], bottom: list[float], right: list[float], top: list[float]
    ) -> tuple[list[float], list[float], list[float], list[float]]:
        """Boxes of the page's own, given by their edges, as they are shown: from their left and top edges on."""
        if self.quarters == 1:
            return _less(bottom, self.bottom), _less(left, self.left), _less(top, self.bottom), _less(right, self.left)
        if self.quarters == 2:
            return (
                _back(right, self.right),
                _less(bottom, self.bottom),
                _back(left, self.right),
                _less(top, self.bottom),
            )
        if self.quarters == 3:
            return _back(top, self.top), _back(right, self.right), _back(bottom, self.top), _back(left, self.right)
        return _less(left, self.left), _back(top, self.top), _less(right, self.left), _back(bottom, self.top)

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """One such box."""
        (x0,), (y0,), (x1,), (y1,) = self.boxes([left], [bottom], [right], [top])
        return x0, y0, x1, y1


def _less(values: list[float], edge: float) -> list[float]:
    return [value - edge for value in values] if edge else values


def _back(values: list[float], edge: float) -> list[float]:
    return [edge - value for value in values]


@attrs.frozen
class Letters:
    """The drawn letters of a page: for each its number at PDFium, its box as the page is shown, and the pen's place."""

    numbers: list[int]
    text: list[str]
    x0: list[float]
    y0: list[float]
    x1: list[float]
    y1: list[float]
    pen: list[float]


def letters_of(text_page: Any, count: int, turn: Turn) -> Letters:
    """The first `count` letters; a drawn space is one, what PDFium made up or cannot place is not."""
    page = address_of(text_page)
    text = _text(text_page, page, count)
    boxes, pens, unused = (ctypes.c_float * (4 * count))(), (ctypes.c_double * count)(), ctypes.c_double()
    box, pen, other = ctypes.addressof(boxes), ctypes.addressof(pens), ctypes.addressof(unused)
    boxed: list[int] = list(map(loose_box, repeat(page), range(count), range(box, box + 16 * count, 16)))
    x, y = range(pen, pen + 8 * count, 8), repeat(other)
    penned: Iterator[int] = map(pen_of, repeat(page), range(count), *((y, x) if turn.quarters % 2 else (x, y)))
    kept: list[int] = list(map(int.__and__, boxed, penned))
    for match in _UNDRAWN.finditer("".join(text)):
        if match.group() != " " or is_generated(page, match.start()) == 1:
            kept[match.start()] = 0
    left: list[float] = boxes[0::4]
    top: list[float] = boxes[1::4]
    right: list[float] = boxes[2::4]
    bottom: list[float] = boxes[3::4]
    placed = turn.boxes(left, bottom, right, top)
    along: list[float] = pens[:]
    steps = turn.boxes(along, along, along, along)[0]
    for values in (*placed, steps):
        if not hypot(*values) < _FAR:  # no single one is that large where all together are not
            kept = [int(one and abs(value) < _FAR) for one, value in zip(kept, values, strict=True)]  # a broken matrix
    numbers = list(range(count))
    if all(kept):
        return Letters(numbers, text, *placed, steps)
    x0, y0, x1, y1 = (_only(values, kept) for values in placed)
    return Letters(_only(numbers, kept), _only(text, kept), x0, y0, x1, y1, _only(steps, kept))


def _only(values: list[_T], kept: list[int]) -> list[_T]:
    return list(compress(values, kept))


def _text(text_page: Any, page: int, count: int) -> list[str]:
    """A letter for each number: all at once where PDFium leaves none out, else one by one."""
    units = (ctypes.c_ushort * (count + 1))()
    if raw.FPDFText_GetText(text_page, 0, count, units) == count + 1:
        text = bytes(units)[:-2].decode("utf-16", "surrogatepass")
        if len(text) == count and not _SURROGATE.search(text):
            return list(text.replace("\x02", "-").replace("\ufffe", "-"))
    codes: Iterator[int] = map(letter_of, repeat(page), range(count))
    return [_HYPHENS.get(code) or (chr(code) if code <= 0x10FFFF else " ") for code in codes]
