"""Decides which text of a PDF page a reader would not see: light text on a light ground, tiny text, text off the page.

White letters on a dark band are common and honest: light text is judged on the page as drawn, not by its colour.
"""

from __future__ import annotations

import ctypes
from statistics import median
from typing import Any

from cvsense_async.sandbox.ebsv.glyphs import PageText
from cvsense_async.sandbox.ebsv.pdfium import raw

_MAX_SIDE = 1400
_MAX_PIXELS = 40_000_000
_MAX_OBJECTS = 30_000
_LEAST_CONTRAST = 24


def mark_hidden(found: PageText, page: Any) -> None:
    """Sets `hidden` on the pieces of a page that cannot be seen."""
    if not found.pieces:
        return
    letters = sum(len(piece.text) for piece in found.pieces)
    if found.unseen > 0.8 * letters and found.image_share > 0.5:
        for piece in found.pieces:  # the text that a scanner lays under its picture is what the page shows
            piece.hidden = False
    usual = median(piece.height for piece in found.pieces)
    for piece in found.pieces:
        tiny = piece.height < 1.8 or (piece.height < 3.2 and piece.height < 0.4 * usual)
        middle, centre = (piece.x0 + piece.x1) / 2, (piece.y0 + piece.y1) / 2
        off = not (-2 <= middle <= found.width + 2 and -2 <= centre <= found.height + 2)
        piece.hidden = piece.hidden or tiny or off
    light = [piece for piece in found.pieces if piece.light and not piece.hidden]
    if not light or found.pixels > _MAX_PIXELS or found.objects > _MAX_OBJECTS:  # drawing would take too much
        return
    if found.sideways:  # its places are not those of the drawing: such a page's light letters do not count
        for piece in light:
            piece.hidden = True
        return
    drawn = _drawn(found, page)
    for piece in light:
        piece.hidden = drawn is None or _contrast(drawn, piece.x0, piece.y0, piece.x1, piece.y1) < _LEAST_CONTRAST


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
