"""How the letters of a PDF page look: bold, light, unseen; asked of PDFium once for each object and font.

What is asked for every word must cost little, so that handles are plain numbers here.
"""

from __future__ import annotations

import ctypes
from typing import Any

from cvsense_async.sandbox.ebsv.pdfium import address_of, fill_colour, font_of, raw, render_mode, text_object_of

_BOLD = ("bold", "black", "heavy", "demi", "-bd", "medium")


class Looks:
    """Bold, light and hidden for each text object of a page."""

    def __init__(self, text_page: Any) -> None:
        self._page = address_of(text_page)
        self._objects: dict[int, tuple[bool, bool, bool]] = {0: (False, False, False)}
        self._fonts: dict[int, bool] = {0: False}
        self._rgba = (ctypes.c_uint * 4)()
        place = ctypes.addressof(self._rgba)
        self._places = (place, place + 4, place + 8, place + 12)

    def of(self, number: int) -> tuple[bool, bool, bool]:
        """How the letter of that number looks."""
        item = text_object_of(self._page, number) or 0
        known = self._objects.get(item)
        if known is None:
            known = self._objects[item] = self._ask(item)
        return known

    def _ask(self, item: int) -> tuple[bool, bool, bool]:
        mode = render_mode(item)
        light = False
        unseen = mode == 3
        if mode in (0, 2, 4, 6) and fill_colour(item, *self._places):
            red, green, blue, alpha = self._rgba
            light = min(red, green, blue) > 190
            unseen = unseen or alpha < 8
        return mode == 2 or self._bold(font_of(item) or 0), light, unseen

    def _bold(self, font: int) -> bool:
        known = self._fonts.get(font)
        if known is None:
            handle = ctypes.cast(font, raw.FPDF_FONT)
            said = ctypes.create_string_buffer(128)
            length = raw.FPDFFont_GetBaseFontName(handle, said, 128)
            name = said.raw[: max(0, min(length, 128) - 1)].decode("utf-8", "ignore").lower()
            bold = any(word in name for word in _BOLD) or raw.FPDFFont_GetWeight(handle) >= 600
            known = self._fonts[font] = bold
        return known
