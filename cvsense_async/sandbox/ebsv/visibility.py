"""Decides which text of a PDF page a reader would not see: light text on a light ground, tiny text, text off the page.

White letters on a dark band are common and honest: light text is judged on the page as drawn, not by its colour.
"""

from __future__ import annotations

import ctypes
import re
from statistics import median
from typing import Any

from cvsense_async.sandbox.ebsv.drawings import clip_of
from cvsense_async.sandbox.ebsv.glyphs import PageText, Piece
from cvsense_async.sandbox.ebsv.pdfium import raw

_MAX_SIDE = 1400
_MAX_PIXELS = 40_000_000
_MAX_OBJECTS = 30_000
_LEAST_CONTRAST = 24
_SQUEEZED = 0.06  # of the height, for a letter's width
_LIGHT = 190
_WORD = re.compile(r"[^\W\d_]+")


def mark_hidden(found: PageText, page: Any) -> None:
    """Sets `hidden` on the pieces of a page that cannot be seen."""
    if not found.pieces:
        return
    letters = sum(len(piece.text) for piece in found.pieces)
    drawn = found.drawings
    covered = _may_be_covered(found)
    scan = drawn.image_share > 0.5 and letters < 2 * found.unseen + 2 * sum(len(piece.text) for piece in covered)
    if drawn.image_share > 0.5 and found.unseen > 0.8 * letters:
        for piece in found.pieces:  # the text that a scanner lays under its picture is what the page shows
            piece.hidden = False
    usual = median(piece.height for piece in found.pieces)
    for piece in found.pieces:
        tiny = piece.height < 1.8 or (piece.height < 3.2 and piece.height < 0.4 * usual)
        squeezed = piece.x1 - piece.x0 < _SQUEEZED * piece.height * len(piece.text)
        middle, centre = (piece.x0 + piece.x1) / 2, (piece.y0 + piece.y1) / 2
        off = not (-2 <= middle <= found.width + 2 and -2 <= centre <= found.height + 2)
        piece.hidden = piece.hidden or tiny or squeezed or off or _over_another(piece, found)
    doubtful = [piece for piece in found.pieces if piece.doubtful and not piece.hidden]
    if not found.sideways:
        clipped = [piece for piece in found.pieces if not piece.hidden and _may_be_clipped(piece, found)]
        doubtful += [piece for piece in (*clipped, *([] if scan else covered)) if not piece.hidden]
    if not doubtful or drawn.pixels > _MAX_PIXELS or drawn.count > _MAX_OBJECTS:  # drawing would take too much
        return
    if found.sideways:  # its places are not those of the drawing: such a page's light letters do not count
        for piece in doubtful:
            piece.hidden = True
        return
    picture = _drawn(found, page)
    for piece in doubtful:
        piece.hidden = picture is None or _contrast(picture, piece.x0, piece.y0, piece.x1, piece.y1) < _LEAST_CONTRAST


def as_shown(said: PageText, shown: PageText) -> PageText:
    """What a page shows, where its file says other words in its stead; those that are not shown are kept, hidden.

    Where what is shown cannot be told (a font that does not say which letters it draws), the file is believed.
    """
    letters = sum(letter.isalpha() for piece in shown.pieces for letter in piece.text)
    if letters < 0.6 * sum(len(piece.text.replace(" ", "")) for piece in shown.pieces):
        return said
    words = {word.lower() for piece in shown.pieces for word in _WORD.findall(piece.text)}
    for piece in said.pieces:
        if any(len(word) > 2 and word.lower() not in words for word in _WORD.findall(piece.text)):
            piece.hidden = True
            shown.pieces.append(piece)
    return shown


def _may_be_covered(found: PageText) -> list[Piece]:
    """The pieces that stand under or on something painted that may hide them."""
    covers = found.drawings.covers
    if not covers:
        return []
    return [
        piece
        for piece in found.pieces
        for order in [found.drawings.order_of(piece.item)]
        if any(one.hides(order, piece.grey, (piece.x0 + piece.x1) / 2, (piece.y0 + piece.y1) / 2) for one in covers)
    ]


def _may_be_clipped(piece: Piece, found: PageText) -> bool:
    clip = clip_of(piece.item, found.turn) if piece.item else None
    middle, centre = (piece.x0 + piece.x1) / 2, (piece.y0 + piece.y1) / 2
    return clip is not None and not (clip[0] <= middle <= clip[2] and clip[1] <= centre <= clip[3])


def _over_another(piece: Piece, found: PageText) -> bool:
    """Whether light text stands in the place of dark text: one of the two cannot be read."""
    if not (piece.doubtful and piece.grey > _LIGHT):
        return False
    for other in found.pieces:
        if other is not piece and other.grey <= _LIGHT:
            width = min(piece.x1, other.x1) - max(piece.x0, other.x0)
            height = min(piece.y1, other.y1) - max(piece.y0, other.y0)
            if height > 0.6 * piece.height and width > 0.5 * (piece.x1 - piece.x0):
                return True
    return False


Picture = tuple[memoryview, int, int, int, float]  # grey values, bytes a row, width, height, pixels a point


def _drawn(found: PageText, page: Any) -> Picture | None:
    """The page in grey values, one byte a pixel."""
    side = max(found.width, found.height, 1.0)
    scale = min(1.5, _MAX_SIDE / side)
    width, height = max(1, int(found.width * scale)), max(1, int(found.height * scale))
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        return None
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT)
        stride = raw.FPDFBitmap_GetStride(bitmap)
        copied = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return memoryview(copied), stride, width, height, scale


def _contrast(drawn: Picture, x0: float, y0: float, x1: float, y1: float) -> int:
    """The difference of the lightest and the darkest grey inside a box."""
    grey, stride, width, height, scale = drawn
    left, right = max(0, int(x0 * scale)), min(width, int(x1 * scale) + 1)
    low, high = 255, 0
    for row in range(max(0, int(y0 * scale)), min(height, int(y1 * scale) + 1)):
        piece = bytes(grey[row * stride + left : row * stride + right])
        if piece:
            low, high = min(low, min(piece)), max(high, max(piece))
    return high - low
