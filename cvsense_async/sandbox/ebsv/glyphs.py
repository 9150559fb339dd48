"""The pieces of text on one PDF page, with their places: characters joined to words by the gaps between them.

PDFium's own text glues the words of web printers, which draw no spaces; the loose boxes (advance widths) show them.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from statistics import median
from typing import Any

from cvsense_async.sandbox.ebsv.letters import Letters, Turn, letters_of
from cvsense_async.sandbox.ebsv.looks import Looks
from cvsense_async.sandbox.ebsv.passage import is_mark
from cvsense_async.sandbox.ebsv.pdfium import address_of, kind_of_object, object_at, raw

MAX_CHARACTERS = 60_000
_SAMPLED = 60  # letters of a page that are asked which way they stand
_MAX_OBJECTS = 20_000
_LETTER_BITS = 21
_DRAWN = (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE)
_BLANKS = frozenset(letter for letter in map(chr, range(0x3001)) if letter.isspace())


class Piece:
    """Text on one baseline without a wide gap in it. Coordinates are points from the page's top left corner."""

    __slots__ = ("bold", "hidden", "light", "mark", "size", "text", "x0", "x1", "y0", "y1")

    def __init__(self, text: str, x0: float, y0: float, x1: float, y1: float) -> None:
        self.text: str = text
        self.x0: float = x0
        self.y0: float = y0
        self.x1: float = x1
        self.y1: float = y1
        self.size: float = y1 - y0
        self.bold: bool = False
        self.hidden: bool = False
        self.light: bool = False
        self.mark: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0


class PageText:
    """What one page holds: its pieces in the order drawn, and what else matters to reading it."""

    __slots__ = ("height", "image_share", "marks", "objects", "pieces", "pixels", "sideways", "unseen", "width")

    def __init__(self, width: float, height: float) -> None:
        self.width: float = width
        self.height: float = height
        self.pieces: list[Piece] = []
        self.marks: list[tuple[float, float]] = []  # small drawn shapes: list marks
        self.image_share: float = 0.0
        self.objects: int = 0
        self.pixels: int = 0  # of the pictures on the page
        self.unseen: int = 0  # characters drawn in the invisible mode (text laid under a scan)
        self.sideways: bool = False  # its places are not those of the page as it is shown


def read_page(page: Any, text_page: Any, limit: int) -> PageText:
    """The page's text; at most `limit` characters of it."""
    box = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, box)
    count = min(raw.FPDFText_CountChars(text_page), limit)
    shown = raw.FPDFPage_GetRotation(page)
    rotation = _reading_side(text_page, count, shown)
    turn = Turn(rotation, box.left, box.bottom, box.right, box.top)
    found = PageText(raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page))
    if rotation != shown:
        found.sideways = True
        if (rotation - shown) % 2:
            found.width, found.height = found.height, found.width
    if count > 0:
        _join(found, letters_of(text_page, count, turn), Looks(text_page))
    _objects(found, page, turn)
    return found


def _reading_side(text_page: Any, count: int, shown: int) -> int:
    """By how many quarters the page must be turned for most of its letters to stand upright."""
    sides = Counter(
        round(-angle / (math.pi / 2)) % 4
        for index in range(0, count, max(1, count // _SAMPLED))
        if (angle := raw.FPDFText_GetCharAngle(text_page, index)) >= 0
    )
    if not sides:
        return shown
    side, letters = sides.most_common(1)[0]
    return side if letters > 0.7 * sides.total() else shown


def _advances(letters: Letters, keys: list[int]) -> tuple[dict[int, float], float]:
    """How far the pen moves for each letter of each size, and over which share of the height a further move is a space.

    The least step seen after a letter is its width, unless it only ever stood before a space: then its box is. Where
    all letters stand apart (a heading with spread letters), the steps hold and the boxes do not.
    """
    steps: dict[int, float] = {}
    widths: dict[int, float] = {}
    spaces = 0
    pens, tops = letters.pen, letters.y0
    for letter, key, pen, top, right, bottom, next_pen, next_top in zip(
        letters.text, keys, pens, tops, letters.x1, letters.y1, pens[1:], tops[1:], strict=False
    ):
        if letter in _BLANKS:
            spaces += 1
            continue
        height = bottom - top
        step = next_pen - pen
        if not 0 < step < 2 * height or (next_top != top and abs(next_top - top) > 0.3 * height):
            continue
        known = steps.get(key)
        if known is None:
            steps[key], widths[key] = step, right - pen
            continue
        if step < known:
            steps[key] = step
        if right - pen < widths[key]:
            widths[key] = right - pen
    spread: dict[int, list[float]] = {}
    for key, step in steps.items():
        size = key >> _LETTER_BITS
        spread.setdefault(size, []).append((step - widths[key]) / (size / 2 or 1))
    apart = {size for size, found in spread.items() if len(found) >= 4 and median(found) > 0.06}
    drawn = spaces * 14 > len(keys)
    advances: dict[int, float] = {}
    for key, step in steps.items():
        size = key >> _LETTER_BITS
        stands = size in apart and (drawn or step - widths[key] < 0.2 * size)
        advances[key] = step if stands else min(step, widths[key])
    return advances, 0.15 if drawn else 0.1


def _keys(letters: Letters) -> list[int]:
    """A number for each letter and its size, to half a point."""
    heights = list(map(float.__sub__, letters.y1, letters.y0))
    sizes = {height: round(height * 2) << _LETTER_BITS for height in set(heights)}
    return list(map(int.__add__, map(sizes.__getitem__, heights), map(ord, letters.text)))


def _join(found: PageText, letters: Letters, looks: Looks) -> None:
    keys = _keys(letters)
    advances, share = _advances(letters, keys)
    advance_of = advances.get
    piece: Piece | None = None
    said: list[str] = []
    seen = (False, False, False)
    right = pen_end = top = bottom = 0.0
    word_start = True

    def close(ended: Piece, until: float) -> None:
        ended.x1 = max(ended.x1, until)
        ended.text = "".join(said)
        ended.mark = is_mark(ended.text)
        if ended.text.strip():
            found.pieces.append(ended)
        said.clear()

    furthest = 0.0
    for number, letter, x0, y0, x1, y1, pen, key in zip(
        letters.numbers, letters.text, letters.x0, letters.y0, letters.x1, letters.y1, letters.pen, keys, strict=True
    ):
        if letter in _BLANKS:
            word_start = True
            if piece is not None and said[-1] != " ":
                said.append(" ")
            continue
        height = y1 - y0
        if height < 0.1:
            height = 0.1
        if piece is not None:
            gap = x0 - right
            if (
                gap > 0.75 * height
                or gap < -0.7 * height
                or (abs(y0 - top) > 0.1 * height and _apart(y0, y1, top, bottom))
            ):
                close(piece, furthest)
                piece = None
            elif pen - pen_end > share * height and said[-1] != " ":
                said.append(" ")
                word_start = True
        if piece is None or word_start:
            asked = looks.of(number)
            if piece is not None and (asked[1:] != seen[1:] or (len(said) <= 2 and is_mark("".join(said)))):
                close(piece, furthest)
                piece = None
            seen = asked
            word_start = False
            if piece is None:
                piece = Piece("", x0, y0, x1, y1)
                piece.bold, piece.light, piece.hidden = seen
                top, bottom, furthest = y0, y1, x1
        if seen[2]:
            found.unseen += 1
        said.append(letter)
        right = x1
        pen_end = pen + advance_of(key, x1 - pen)
        if x0 < piece.x0:
            piece.x0 = x0
        if x1 > furthest:
            furthest = x1
    if piece is not None:
        close(piece, furthest)


def _apart(y0: float, y1: float, top: float, bottom: float) -> bool:
    """Whether a letter stands on another line than what stands from `top` to `bottom`."""
    return min(y1, bottom) - max(y0, top) < 0.5 * min(y1 - y0, bottom - top)


def _objects(found: PageText, page: Any, turn: Turn) -> None:
    """List marks drawn as shapes, and how much of the page pictures cover."""
    edges = [ctypes.c_float() for _ in range(4)]
    pixels = (ctypes.c_uint(), ctypes.c_uint())
    area = max(1.0, found.width * found.height)
    found.objects = raw.FPDFPage_CountObjects(page)
    items: list[int] = list(map(object_at, repeat(address_of(page)), range(min(found.objects, _MAX_OBJECTS))))
    kinds: Iterator[int] = map(kind_of_object, items)
    for address, kind in zip(items, kinds, strict=True):
        if kind not in _DRAWN:
            continue
        item = ctypes.cast(address, raw.FPDF_PAGEOBJECT)
        if not raw.FPDFPageObj_GetBounds(item, *edges):
            continue
        x0, y0, x1, y1 = turn.box(*(edge.value for edge in edges))
        width, height = x1 - x0, y1 - y0
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            if raw.FPDFImageObj_GetImagePixelSize(item, pixels[0], pixels[1]):
                found.pixels += pixels[0].value * pixels[1].value
            found.image_share = min(1.0, found.image_share + abs(width * height) / area)
        elif kind == raw.FPDF_PAGEOBJ_PATH and 1 <= width <= 7 and 0.6 * width <= height <= 1.6 * width:
            found.marks.append(((x0 + x1) / 2, (y0 + y1) / 2))
