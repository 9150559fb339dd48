"""The pieces of text on one PDF page, with their places: characters joined to words by the gaps between them.

PDFium's own text glues the words of web printers, which draw no spaces; the loose boxes (advance widths) show them.
"""

from __future__ import annotations

import ctypes
import itertools
import math
from collections import Counter
from collections.abc import Callable
from statistics import median
from typing import Any

from cvsense_async.sandbox.ebsv.passage import is_mark
from cvsense_async.sandbox.ebsv.pdfium import raw

MAX_CHARACTERS = 60_000
_SAMPLED = 60  # letters of a page that are asked which way they stand
_MAX_OBJECTS = 20_000
_FAR = 50_000.0  # points; PDF's own limit on a page is 14,400


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


class _Looks:
    """Bold, light and hidden for each text object, asked of PDFium once."""

    def __init__(self) -> None:
        self._objects: dict[int, tuple[bool, bool, bool]] = {}
        self._fonts: dict[int, bool] = {}
        self._name = ctypes.create_string_buffer(128)
        self._rgba = [ctypes.c_uint() for _ in range(4)]

    def of(self, text_object: Any) -> tuple[bool, bool, bool]:
        address = ctypes.cast(text_object, ctypes.c_void_p).value or 0
        known = self._objects.get(address)
        if known is None:
            known = self._objects[address] = self._ask(text_object) if address else (False, False, False)
        return known

    def _ask(self, text_object: Any) -> tuple[bool, bool, bool]:
        mode = raw.FPDFTextObj_GetTextRenderMode(text_object)
        red, green, blue, alpha = self._rgba
        light = False
        unseen = mode == 3
        if mode in (0, 2, 4, 6) and raw.FPDFPageObj_GetFillColor(text_object, red, green, blue, alpha):
            light = min(red.value, green.value, blue.value) > 190
            unseen = unseen or alpha.value < 8
        return mode == 2 or self._bold(raw.FPDFTextObj_GetFont(text_object)), light, unseen

    def _bold(self, font: Any) -> bool:
        address = ctypes.cast(font, ctypes.c_void_p).value if font else None
        if address is None:
            return False
        known = self._fonts.get(address)
        if known is None:
            length = raw.FPDFFont_GetBaseFontName(font, self._name, 128)
            name = self._name.raw[: max(0, min(length, 128) - 1)].decode("utf-8", "ignore").lower()
            known = any(word in name for word in ("bold", "black", "heavy", "demi", "-bd", "medium"))
            known = self._fonts[address] = known or raw.FPDFFont_GetWeight(font) >= 600
        return known


def read_page(page: Any, text_page: Any, limit: int) -> PageText:
    """The page's text; at most `limit` characters of it."""
    box = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, box)
    count = min(raw.FPDFText_CountChars(text_page), limit)
    shown = raw.FPDFPage_GetRotation(page)
    rotation = _reading_side(text_page, count, shown)
    turn = _placing(rotation, box.left, box.bottom, box.right, box.top)
    found = PageText(raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page))
    if rotation != shown:
        found.sideways = True
        if (rotation - shown) % 2:
            found.width, found.height = found.height, found.width
    if count > 0:
        _join(found, _characters(text_page, count, turn, upright=rotation == 0), _looks(text_page))
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


Place = Callable[[float, float, float, float], tuple[float, float, float, float]]
Character = tuple[int, str, float, float, float, float, float]  # index, letter, box, pen position


def _placing(rotation: int, left: float, bottom: float, right: float, top: float) -> Place:
    """How a box of the page's own coordinates lies on the page as it is shown."""
    if rotation == 1:
        return lambda x0, y0, x1, y1: (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
    if rotation == 2:
        return lambda x0, y0, x1, y1: (right - x1, y0 - bottom, right - x0, y1 - bottom)
    if rotation == 3:
        return lambda x0, y0, x1, y1: (top - y1, right - x1, top - y0, right - x0)
    return lambda x0, y0, x1, y1: (x0 - left, top - y1, x1 - left, top - y0)


def _characters(text_page: Any, count: int, turn: Place, *, upright: bool) -> list[Character]:
    """Every drawn character with its box; a drawn space is kept as a character, one that PDFium made up is not."""
    unicode_of, box_of, origin_of, generated = (
        raw.FPDFText_GetUnicode,
        raw.FPDFText_GetLooseCharBox,
        raw.FPDFText_GetCharOrigin,
        raw.FPDFText_IsGenerated,
    )
    box = raw.FS_RECTF()
    pen_x, pen_y = ctypes.c_double(), ctypes.c_double()
    found: list[Character] = []
    for index in range(count):
        code = unicode_of(text_page, index)
        if code in (0, 10, 13) or (code == 32 and generated(text_page, index) == 1):
            continue
        if not box_of(text_page, index, box) or not origin_of(text_page, index, pen_x, pen_y):
            continue
        letter = "-" if code in (2, 0xFFFE) else chr(code) if code <= 0x10FFFF else " "
        x0, y0, x1, y1 = turn(box.left, box.bottom, box.right, box.top)
        if not (abs(x0) < _FAR and abs(x1) < _FAR and abs(y0) < _FAR and abs(y1) < _FAR and abs(pen_x.value) < _FAR):
            continue  # a broken matrix gives places that are no numbers
        pen = x0 + pen_x.value - box.left if upright else turn(pen_x.value, pen_y.value, pen_x.value, pen_y.value)[0]
        found.append((index, letter, x0, y0, x1, y1, pen))
    return found


def _looks(text_page: Any) -> Callable[[int], tuple[bool, bool, bool]]:
    looks = _Looks()
    object_of = raw.FPDFText_GetTextObject
    return lambda index: looks.of(object_of(text_page, index))


def _advances(characters: list[Character]) -> tuple[dict[tuple[str, int], float], float]:
    """How far the pen moves for each letter of each size, and over which share of the height a further move is a space.

    The least step seen after a letter is its width, unless it only ever stood before a space: then its box is. Where
    all letters stand apart (a heading with spread letters), the steps hold and the boxes do not.
    """
    steps: dict[tuple[str, int], float] = {}
    boxes: dict[tuple[str, int], float] = {}
    spaces = 0
    for one, two in itertools.pairwise(characters):
        if one[1].isspace():
            spaces += 1
            continue
        height = one[5] - one[3]
        step = two[6] - one[6]
        if abs(two[3] - one[3]) > 0.3 * height or not 0 < step < 2 * height:
            continue
        key = (one[1], round(height * 2))
        if step < steps.get(key, 1e9):
            steps[key] = step
        width = one[4] - one[6]
        if width < boxes.get(key, 1e9):
            boxes[key] = width
    spread: dict[int, list[float]] = {}
    for (_, size), step in ((key, steps[key] - boxes[key]) for key in steps):
        spread.setdefault(size, []).append(step / (size / 2 or 1))
    apart = {size for size, found in spread.items() if len(found) >= 4 and median(found) > 0.06}
    drawn = spaces * 14 > len(characters)
    advances = {
        key: step if key[1] in apart and (drawn or step - boxes[key] < 0.2 * key[1]) else min(step, boxes[key])
        for key, step in steps.items()
    }
    return advances, 0.15 if drawn else 0.1


def _join(found: PageText, characters: list[Character], looks_of: Callable[[int], tuple[bool, bool, bool]]) -> None:
    advances, share = _advances(characters)
    piece: Piece | None = None
    letters: list[str] = []
    seen: tuple[bool, bool, bool] = (False, False, False)
    right = pen_end = 0.0
    word_start = True

    def close() -> None:
        nonlocal piece
        if piece is not None:
            piece.text = "".join(letters)
            piece.mark = is_mark(piece.text)
            if piece.text.strip():
                found.pieces.append(piece)
        piece = None
        letters.clear()

    for index, letter, x0, y0, x1, y1, pen in characters:
        if letter.isspace() or letter == "\xa0":
            word_start = True
            if piece is not None and letters and letters[-1] != " ":
                letters.append(" ")
            continue
        height = max(y1 - y0, 0.1)
        if piece is not None:
            gap = x0 - right
            if (y0 != piece.y0 and _apart(y0, y1, piece)) or gap > 0.75 * height or gap < -0.7 * height:
                close()
            elif pen - pen_end > share * height and letters[-1] != " ":
                letters.append(" ")
                word_start = True
        if piece is None or word_start:
            looks = looks_of(index)
            if piece is not None and (looks[1:] != seen[1:] or (len(letters) <= 2 and is_mark("".join(letters)))):
                close()
            seen = looks
            word_start = False
        if seen[2]:
            found.unseen += 1
        if piece is None:
            piece = Piece("", x0, y0, x1, y1)
            piece.bold, piece.light, piece.hidden = seen
        letters.append(letter)
        right = x1
        pen_end = pen + advances.get((letter, round(height * 2)), x1 - pen)
        if x0 < piece.x0:
            piece.x0 = x0
        if x1 > piece.x1:
            piece.x1 = x1
    close()


def _apart(y0: float, y1: float, piece: Piece) -> bool:
    """Whether a letter stands on another line than a piece."""
    return min(y1, piece.y1) - max(y0, piece.y0) < 0.5 * min(y1 - y0, piece.height)


def _objects(found: PageText, page: Any, turn: Place) -> None:
    """List marks drawn as shapes, and how much of the page pictures cover."""
    edges = [ctypes.c_float() for _ in range(4)]
    pixels = (ctypes.c_uint(), ctypes.c_uint())
    area = max(1.0, found.width * found.height)
    found.objects = raw.FPDFPage_CountObjects(page)
    for index in range(min(found.objects, _MAX_OBJECTS)):
        item = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM):
            continue
        if not raw.FPDFPageObj_GetBounds(item, *edges):
            continue
        x0, y0, x1, y1 = turn(*(edge.value for edge in edges))
        width, height = x1 - x0, y1 - y0
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            if raw.FPDFImageObj_GetImagePixelSize(item, pixels[0], pixels[1]):
                found.pixels += pixels[0].value * pixels[1].value
            found.image_share = min(1.0, found.image_share + abs(width * height) / area)
        elif kind == raw.FPDF_PAGEOBJ_PATH and 1 <= width <= 7 and 0.6 * width <= height <= 1.6 * width:
            found.marks.append(((x0 + x1) / 2, (y0 + y1) / 2))
