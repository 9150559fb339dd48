"""The pieces of text on one PDF page, with their places: characters joined to words by the gaps between them.

PDFium's own text glues the words of web printers, which draw no spaces; the loose boxes (advance widths) show them.
"""

from __future__ import annotations

import math
from collections import Counter
from statistics import median
from typing import Any

from cvsense_async.sandbox.ebsv.drawings import Drawings, drawings_of
from cvsense_async.sandbox.ebsv.letters import Letters, Turn, letters_of
from cvsense_async.sandbox.ebsv.looks import Look, Looks
from cvsense_async.sandbox.ebsv.passage import is_mark
from cvsense_async.sandbox.ebsv.pdfium import raw

MAX_CHARACTERS = 60_000
_SAMPLED = 60  # letters of a page that are asked which way they stand
_LETTER_BITS = 21
_BLANKS = frozenset(letter for letter in map(chr, range(0x3001)) if letter.isspace())


class Piece:
    """Text on one baseline without a wide gap in it. Coordinates are points from the page's top left corner."""

    __slots__ = ("bold", "doubtful", "grey", "hidden", "item", "mark", "size", "text", "x0", "x1", "y0", "y1")

    def __init__(self, text: str, x0: float, y0: float, x1: float, y1: float) -> None:
        self.text: str = text
        self.x0: float = x0
        self.y0: float = y0
        self.x1: float = x1
        self.y1: float = y1
        self.size: float = y1 - y0
        self.bold: bool = False
        self.hidden: bool = False
        self.doubtful: bool = False  # to be looked at as drawn
        self.grey: int = 0
        self.item: int = 0  # its first text object
        self.mark: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0


class PageText:
    """What one page holds: its pieces in the order drawn, and what else matters to reading it."""

    __slots__ = ("drawings", "height", "pieces", "replaced", "sideways", "turn", "unseen", "width")

    def __init__(self, width: float, height: float, turn: Turn | None = None) -> None:
        self.turn: Turn = turn or Turn(0, 0.0, 0.0, 0.0, 0.0)
        self.width: float = width
        self.height: float = height
        self.pieces: list[Piece] = []
        self.drawings: Drawings = Drawings()
        self.replaced: list[int] = []  # text objects in whose stead the file says something else
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
    found = PageText(raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page), turn)
    if rotation != shown:
        found.sideways = True
        if (rotation - shown) % 2:
            found.width, found.height = found.height, found.width
    if count > 0:
        looks = Looks(text_page)
        _join(found, letters_of(text_page, count, turn), looks)
        found.replaced = looks.replaced
    found.drawings = drawings_of(page, turn, max(1.0, found.width * found.height))
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
    seen = Look()
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
            differs = asked.doubtful != seen.doubtful or asked.unseen != seen.unseen
            if piece is not None and (differs or (len(said) <= 2 and is_mark("".join(said)))):
                close(piece, furthest)
                piece = None
            seen = asked
            word_start = False
            if piece is None:
                piece = Piece("", x0, y0, x1, y1)
                piece.bold, piece.doubtful, piece.hidden, piece.grey = seen.bold, seen.doubtful, seen.unseen, seen.grey
                piece.item = looks.object_of(number)
                top, bottom, furthest = y0, y1, x1
        if seen.unseen:
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
