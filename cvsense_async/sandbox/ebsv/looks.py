"""How the letters of a PDF page look: bold, light, unseen; asked of PDFium once for each object and font.

What is asked for every word must cost little, so that handles are plain numbers here.
"""

from __future__ import annotations

import ctypes
from typing import Any

import attrs

from cvsense_async.sandbox.ebsv.pdfium import (
    address_of,
    count_marks,
    fill_colour,
    font_of,
    raw,
    render_mode,
    stroke_colour,
    text_object_of,
)

_BOLD = ("bold", "black", "heavy", "demi", "-bd", "medium")


_LEAST_REPLACED = 4  # letters: shorter ones stand for ligatures
_MAX_MARKS = 8


@attrs.frozen
class Look:
    """How a text object looks: bold; to be looked at as drawn (light, thin as air, on a layer); not drawn at all."""

    bold: bool = False
    doubtful: bool = False
    unseen: bool = False
    grey: int = 0  # 0 black to 255 white


class Looks:
    """The look of each text object of a page, and which of them say something else than what they draw."""

    def __init__(self, text_page: Any) -> None:
        self._page = address_of(text_page)
        self._objects: dict[int, Look] = {0: Look()}
        self._fonts: dict[int, bool] = {0: False}
        self._made: dict[tuple[bool, bool, bool, int], Look] = {}
        self._rgba = (ctypes.c_uint * 4)()
        place = ctypes.addressof(self._rgba)
        self._places = (place, place + 4, place + 8, place + 12)
        self.replaced: list[int] = []

    def of(self, number: int) -> Look:
        """How the letter of that number looks."""
        item = self.object_of(number)
        known = self._objects.get(item)
        if known is None:
            known = self._objects[item] = self._ask(item)
        return known

    def object_of(self, number: int) -> int:
        """The text object that the letter of that number belongs to."""
        return text_object_of(self._page, number) or 0

    def _ask(self, item: int) -> Look:
        mode = render_mode(item)
        colour_of = stroke_colour if mode in (1, 5) else fill_colour
        doubtful, unseen, grey = False, mode in (3, 7), 0
        if not unseen and colour_of(item, *self._places):
            red, green, blue, alpha = self._rgba
            grey = (red + green + blue) // 3
            doubtful = min(red, green, blue) > 190 or alpha < 64
            unseen = alpha < 8
        if count_marks(item):
            doubtful = self._marked(item) or doubtful
        look = (mode == 2 or self._bold(font_of(item) or 0), doubtful, unseen, grey)
        return self._made.get(look) or self._made.setdefault(look, Look(*look))

    def _marked(self, item: int) -> bool:
        """Whether an object stands on a layer that may be off; what is said instead of it is noted."""
        handle = ctypes.cast(item, raw.FPDF_PAGEOBJECT)
        layered = False
        length = ctypes.c_ulong()
        for index in range(min(count_marks(item), _MAX_MARKS)):
            mark = raw.FPDFPageObj_GetMark(handle, index)
            name = (ctypes.c_ushort * 8)()
            raw.FPDFPageObjMark_GetName(mark, name, 16, length)
            layered = layered or bytes(name)[:6] == b"O\0C\0\0\0"
            said = raw.FPDFPageObjMark_GetParamStringValue(mark, b"ActualText", None, 0, length)
            if said and length.value // 2 > _LEAST_REPLACED:
                self.replaced.append(item)
        return layered

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
