"""The pieces of text on one PDF page, with their places: characters joined to words by the gaps between them.

PDFium's own text glues the words of web printers, which draw no spaces; the loose boxes (advance widths) show them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from cvsense_async.sandbox.ebsv.drawings import Drawings, drawings_of
from cvsense_async.sandbox.ebsv.letters import Letters, Turn, letters_of
from cvsense_async.sandbox.ebsv.looks import Look, Looks
from cvsense_async.sandbox.ebsv.passage import is_mark
from cvsense_async.sandbox.ebsv.pdfium import raw

MAX_CHARACTERS = 60_000
_SAMPLED = 60  # letters of a page that are asked which way they stand
_BLANKS = frozenset(letter for letter in map(chr, range(0x3001)) if letter.isspace())
_WORD = re.compile(r"\S+")


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


def _pen_ends(letters: Letters) -> tuple[list[float], float]:
    """Where the pen stands after each letter, and over which share of the height a further move is a space.

    A letter's own box tells, but for sizes whose boxes are not true to the steps between letters (spread headings,
    pages that were laid out with other widths than the fonts have): there the least step that was seen after it does.
    """
    pens, tops = letters.pen, letters.y0
    heights = list(map(float.__sub__, letters.y1, tops))
    halves = {height: round(height * 2) for height in set(heights)}
    sizes = list(map(halves.__getitem__, heights))
    spaces = sum(map(_BLANKS.__contains__, letters.text))
    share = 0.15 if spaces * 14 > len(sizes) else 0.1
    steps = list(map(float.__sub__, pens[1:], pens))
    untrue = Counter(
        size
        for size, height, step, right, next_pen in zip(sizes, heights, steps, letters.x1, pens[1:], strict=False)
        if 0 < step < 2 * height and not -0.05 * height < next_pen - right < 0.05 * height
    )
    counts = Counter(sizes)
    apart = {size for size, count in untrue.items() if count > 0.3 * counts[size]}
    if not apart:
        return letters.x1, share
    return _by_least_steps(letters, sizes, steps, apart, drawn=share > 0.1), share


def _by_least_steps(
    letters: Letters, sizes: list[int], steps: list[float], apart: set[int], *, drawn: bool
) -> list[float]:
    """Where the pen stands after each letter, by the least step after such a letter in the sizes of `apart`.

    A letter is known by its width, too: fonts of one size share no letter's steps. Steps wider than the box count only
    where all letters of a size stand apart and the gap is no space's; with `drawn` spaces any gap may be in a word.
    """
    least: dict[tuple[str, int, int], float] = {}
    kinds: list[tuple[str, int, int] | None] = []
    before = math.inf
    for letter, size, pen, right, step, top, next_top in zip(
        letters.text, sizes, letters.pen, letters.x1, [*steps, -1.0], letters.y0, [*letters.y0[1:], 0.0], strict=True
    ):
        ligature, before = pen == before, pen  # the step after its last letter is that of all
        if size not in apart or ligature or letter in _BLANKS:
            kinds.append(None)
            continue
        kind = (letter, size, round((right - pen) * 32))
        kinds.append(kind)
        if 0 < step < size and abs(next_top - top) <= 0.15 * size:
            known = least.get(kind)
            if known is None or step < known:
                least[kind] = step
    beyond: dict[int, list[float]] = {}
    for (_, size, width), step in least.items():
        beyond.setdefault(size, []).append((step - width / 32) / (size / 2 or 1))
    spread = {size for size, found in beyond.items() if len(found) >= 4 and median(found) > 0.06}
    ends = list(letters.x1)
    for index, known_kind in enumerate(kinds):
        if known_kind is None or known_kind not in least:
            continue
        _, size, width = known_kind
        step = least[known_kind]
        more = step - width / 32
        if more < 0 or (size in spread and (drawn or more < 0.2 * size)):
            ends[index] = letters.pen[index] + step
    return ends


def _join(found: PageText, letters: Letters, looks: Looks) -> None:
    """Joins the letters to pieces: where a letter does not follow the one before it a word, or a piece, ends."""
    ends, share = _pen_ends(letters)
    x0s, x1s, tops, bottoms, pens = letters.x0, letters.x1, letters.y0, letters.y1, letters.pen
    text = "".join(letters.text)
    cuts = _cuts(letters, ends, share)
    piece: Piece | None = None
    said: list[str] = []
    seen = Look()
    top = bottom = furthest = 0.0
    last = -1

    def close(ended: Piece) -> None:
        ended.x1 = max(ended.x1, furthest)
        ended.text = "".join(said)
        ended.mark = is_mark(ended.text)
        if ended.text.strip():
            found.pieces.append(ended)
        said.clear()

    for start, stop in _parts(text, cuts):
        x0, y0, y1 = x0s[start], tops[start], bottoms[start]
        height = max(0.1, y1 - y0)
        new_word = piece is None
        if piece is not None:
            if last + 1 < start:
                said.append(" ")
                new_word = True
            gap = x0 - x1s[last]
            if (
                gap > 0.75 * height
                or gap < -0.7 * height
                or (abs(y0 - top) > 0.1 * height and _apart(y0, y1, top, bottom))
            ):
                close(piece)
                piece = None
            elif not new_word and pens[start] - ends[last] > share * height:
                said.append(" ")
                new_word = True
        if piece is None or new_word:
            asked = looks.of(letters.numbers[start])
            differs = asked.doubtful != seen.doubtful or asked.unseen != seen.unseen
            if piece is not None and (
                differs or (len(said) <= 2 and len(only := "".join(said)) <= 2 and is_mark(only))
            ):
                close(piece)
                piece = None
            seen = asked
            if piece is None:
                piece = Piece("", x0, y0, x1s[start], y1)
                piece.bold, piece.doubtful, piece.hidden, piece.grey = seen.bold, seen.doubtful, seen.unseen, seen.grey
                piece.item = looks.object_of(letters.numbers[start])
                top, bottom, furthest = y0, y1, x1s[start]
        if seen.unseen:
            found.unseen += stop - start
        said.append(text[start:stop])
        piece.x0 = min(piece.x0, min(x0s[start:stop]))
        furthest = max(furthest, max(x1s[start:stop]))
        last = stop - 1
    if piece is not None:
        close(piece)


def _cuts(letters: Letters, ends: list[float], share: float) -> list[int]:
    """The letters that may not follow the one before them; the letters of a ligature, which share one box, do."""
    return [
        index
        for index, (x0, right, end, top, next_top, next_bottom, pen, next_pen) in enumerate(
            zip(
                letters.x0[1:],
                letters.x1,
                ends,
                letters.y0,
                letters.y0[1:],
                letters.y1[1:],
                letters.pen,
                letters.pen[1:],
                strict=False,
            ),
            start=1,
        )
        if next_pen != pen
        and (
            not -0.7 * (height := next_bottom - next_top) <= x0 - right <= 0.75 * height
            or next_pen - end > share * height
            or not -0.1 * height <= next_top - top <= 0.1 * height
        )
    ]


def _parts(text: str, cuts: list[int]) -> Iterator[tuple[int, int]]:
    """The words of a page's text, and the parts of those within which there is a cut."""
    place = 0
    for word in _WORD.finditer(text):
        start, stop = word.span()
        while place < len(cuts) and cuts[place] <= start:
            place += 1
        while place < len(cuts) and cuts[place] < stop:
            yield start, cuts[place]
            start = cuts[place]
            place += 1
        yield start, stop


def _apart(y0: float, y1: float, top: float, bottom: float) -> bool:
    """Whether a letter stands on another line than what stands from `top` to `bottom`."""
    return min(y1, bottom) - max(y0, top) < 0.5 * min(y1 - y0, bottom - top)
