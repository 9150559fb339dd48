"""What is drawn on a PDF page besides its text: pictures, list marks, and what may cover text or match its colour.

Text under a rectangle is in the file and not on the page; so whatever could hide text is noted, and judged as drawn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import attrs

from cvsense_async.sandbox.ebsv.letters import Turn
from cvsense_async.sandbox.ebsv.pdfium import address_of, fill_colour, kind_of_object, object_at, raw

_MAX_OBJECTS = 20_000
_MAX_COVERS = 300
_MAX_INNER = 2_000  # objects of a form that are looked at
_WIDE, _HIGH = 12.0, 3.0  # points: less than this covers no word
_THICK = 3.0  # of a line that covers what it crosses
_COVERING_NOTES = (raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_POLYGON)
Box = tuple[float, float, float, float]


@attrs.frozen
class Cover:
    """An area that is painted: when, in the order of the page's objects, where, and how light (None: it varies)."""

    order: int
    box: Box
    grey: int | None = None

    def hides(self, order: int, grey: int, x: float, y: float) -> bool:
        """Whether text of a page's n-th object, of that lightness, at that place, may be hidden by it."""
        x0, y0, x1, y1 = self.box
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            return False
        return order < self.order or self.grey is None or abs(self.grey - grey) < 40


@attrs.define
class Drawings:
    """What was found on a page."""

    count: int = 0
    marks: list[tuple[float, float]] = attrs.field(factory=list)  # small drawn shapes: list marks
    image_share: float = 0.0
    pixels: int = 0
    covers: list[Cover] = attrs.field(factory=list)
    items: list[int] = attrs.field(factory=list)
    inner: dict[int, int] = attrs.field(factory=dict)
    _orders: dict[int, int] = attrs.field(factory=dict)

    def order_of(self, item: int) -> int:
        """When an object is drawn; one that is not found: before all."""
        if not self._orders:
            self._orders = {**{one: number for number, one in enumerate(self.items)}, **self.inner}
        return self._orders.get(item, -1)


def drawings_of(page: Any, turn: Turn, area: float) -> Drawings:
    """What is drawn on a page of that area."""
    found = Drawings(raw.FPDFPage_CountObjects(page))
    edges = [ctypes.c_float() for _ in range(4)]
    items: list[int] = list(map(object_at, repeat(address_of(page)), range(min(found.count, _MAX_OBJECTS))))
    found.items = items
    kinds: Iterator[int] = map(kind_of_object, items)
    for order, (address, kind) in enumerate(zip(items, kinds, strict=True)):
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            continue
        item = ctypes.cast(address, raw.FPDF_PAGEOBJECT)
        if not raw.FPDFPageObj_GetBounds(item, *edges):
            continue
        box = turn.box(*(edge.value for edge in edges))
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            _picture(found, item, abs((box[2] - box[0]) * (box[3] - box[1])) / area)
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            _mark(found, box)
        if len(found.covers) < _MAX_COVERS and box[2] - box[0] > _WIDE and box[3] - box[1] > _HIGH:
            _cover(found, item, address, kind, order, box)
    _notes(found, page, turn)
    return found


def _picture(found: Drawings, item: Any, share: float) -> None:
    pixels = (ctypes.c_uint(), ctypes.c_uint())
    if raw.FPDFImageObj_GetImagePixelSize(item, pixels[0], pixels[1]):
        found.pixels += pixels[0].value * pixels[1].value
    found.image_share = min(1.0, found.image_share + share)


def _mark(found: Drawings, box: Box) -> None:
    width, height = box[2] - box[0], box[3] - box[1]
    if 1 <= width <= 7 and 0.6 * width <= height <= 1.6 * width:
        found.marks.append(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))


def _cover(found: Drawings, item: Any, address: int, kind: int, order: int, box: Box) -> None:
    if kind == raw.FPDF_PAGEOBJ_FORM:
        if _paints(found, item, order):
            found.covers.append(Cover(order, box))
    elif kind != raw.FPDF_PAGEOBJ_PATH:
        found.covers.append(Cover(order, box))
    else:
        filled, stroked, width = ctypes.c_int(), ctypes.c_int(), ctypes.c_float()
        raw.FPDFPath_GetDrawMode(item, filled, stroked)
        raw.FPDFPageObj_GetStrokeWidth(item, width)
        if filled.value:
            rgba = (ctypes.c_uint * 4)()
            place = ctypes.addressof(rgba)
            known = fill_colour(address, place, place + 4, place + 8, place + 12) and rgba[3] > 200
            found.covers.append(Cover(order, box, sum(rgba[:3]) // 3 if known else None))
        elif stroked.value and width.value > _THICK:
            found.covers.append(Cover(order, box))


def _paints(found: Drawings, form: Any, order: int) -> bool:
    """Whether a form draws more than text; its objects are drawn when it is."""
    paints = False
    for index in range(min(raw.FPDFFormObj_CountObjects(form), _MAX_INNER)):
        inner = raw.FPDFFormObj_GetObject(form, index)
        found.inner[address_of(inner)] = order
        paints = paints or raw.FPDFPageObj_GetType(inner) != raw.FPDF_PAGEOBJ_TEXT
    return paints


def _notes(found: Drawings, page: Any, turn: Turn) -> None:
    """Notes are drawn over everything."""
    box = raw.FS_RECTF()
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), 100)):
        note = raw.FPDFPage_GetAnnot(page, index)
        if note:
            if raw.FPDFAnnot_GetSubtype(note) in _COVERING_NOTES and raw.FPDFAnnot_GetRect(note, box):
                found.covers.append(Cover(found.count, turn.box(box.left, box.bottom, box.right, box.top)))
            raw.FPDFPage_CloseAnnot(note)


def clip_of(item: int, turn: Turn) -> Box | None:
    """The box outside of which nothing of an object is drawn; None where there is none, or it is not a simple one."""
    clip = raw.FPDFPageObj_GetClipPath(ctypes.cast(item, raw.FPDF_PAGEOBJECT))
    if not clip:
        return None
    x, y = ctypes.c_float(), ctypes.c_float()
    found: Box | None = None
    for path in range(min(max(0, raw.FPDFClipPath_CountPaths(clip)), 6)):
        count = raw.FPDFClipPath_CountPathSegments(clip, path)
        if not 3 <= count <= 12:
            continue
        segments = (raw.FPDFClipPath_GetPathSegment(clip, path, number) for number in range(count))
        points = [(x.value, y.value) for one in segments if raw.FPDFPathSegment_GetPoint(one, x, y)]
        if points:
            across, down = [point[0] for point in points], [point[1] for point in points]
            box = turn.box(min(across), min(down), max(across), max(down))
            found = box if found is None else _inside(found, box)
    return found


def _inside(one: Box, two: Box) -> Box:
    return max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])
