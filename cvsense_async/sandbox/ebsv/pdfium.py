"""PDFium's C functions, untyped: the one place where the package is imported.

It has no type stubs and its calls go through ctypes, so that its names are Any by design. PDFium is not thread-safe:
one thread of a process reads PDFs.
"""

from __future__ import annotations

import ctypes
from importlib import import_module
from typing import Any

pypdfium: Any = import_module("pypdfium2")
raw: Any = import_module("pypdfium2.raw")

_ADDRESS, _INT, _UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint


def address_of(handle: Any) -> int:
    """The number behind a handle, as the quick functions take it."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def _quick(name: str, result: Any, *arguments: Any) -> Any:
    """A function that takes and gives addresses as plain numbers: what is called for each letter must cost little."""
    return ctypes.PYFUNCTYPE(result, *arguments)(address_of(getattr(raw, name)))


letter_of: Any = _quick("FPDFText_GetUnicode", _UINT, _ADDRESS, _INT)
is_generated: Any = _quick("FPDFText_IsGenerated", _INT, _ADDRESS, _INT)
loose_box: Any = _quick("FPDFText_GetLooseCharBox", _INT, _ADDRESS, _INT, _ADDRESS)
pen_of: Any = _quick("FPDFText_GetCharOrigin", _INT, _ADDRESS, _INT, _ADDRESS, _ADDRESS)
text_object_of: Any = _quick("FPDFText_GetTextObject", _ADDRESS, _ADDRESS, _INT)
render_mode: Any = _quick("FPDFTextObj_GetTextRenderMode", _INT, _ADDRESS)
font_of: Any = _quick("FPDFTextObj_GetFont", _ADDRESS, _ADDRESS)
fill_colour: Any = _quick("FPDFPageObj_GetFillColor", _INT, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS)
stroke_colour: Any = _quick("FPDFPageObj_GetStrokeColor", _INT, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS)
count_marks: Any = _quick("FPDFPageObj_CountMarks", _INT, _ADDRESS)
object_at: Any = _quick("FPDFPage_GetObject", _ADDRESS, _ADDRESS, _INT)
kind_of_object: Any = _quick("FPDFPageObj_GetType", _INT, _ADDRESS)


def unmark(item: int) -> None:
    """Takes off an object's marks, so that what it draws is read and not what they say."""
    handle = ctypes.cast(item, raw.FPDF_PAGEOBJECT)
    for index in reversed(range(max(0, count_marks(item)))):
        raw.FPDFPageObj_RemoveMark(handle, raw.FPDFPageObj_GetMark(handle, index))
