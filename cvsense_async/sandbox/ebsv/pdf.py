"""Reads a PDF into passages, within bounds on pages, characters and inflated bytes.

PDFium parses in C without limits of its own, so what could exhaust it is refused before it sees the file.
"""

from __future__ import annotations

import warnings
from typing import Any

from cvsense_async.sandbox.ebsv import glyphs
from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.layout import Row, rows_of
from cvsense_async.sandbox.ebsv.paragraphs import passages
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.pdfguard import check_forms, check_streams, rebuilt
from cvsense_async.sandbox.ebsv.pdfium import pypdfium, raw, unmark
from cvsense_async.sandbox.ebsv.visibility import as_shown, mark_hidden

MAX_PAGES = 60
MAX_OBJECTS = 250_000  # drawn on all pages together
MAX_NOTES = 2_000
_LEAST_LETTERS = 10


def read_pdf(content: bytes) -> tuple[list[Passage], int, tuple[str, ...]]:
    """The PDF's passages, the number of its pages, and flags. Raises Unreadable."""
    check_streams(content)
    check_forms(content)
    try:
        rows, heights, pages, flags = _read(content)
    except Unreadable as trouble:
        if trouble.reason is not UnreadableReason.DAMAGED:
            raise
        again = rebuilt(content)
        if again is None:
            raise
        rows, heights, pages, flags = _read(again)
        flags = (*flags, "repaired")
    return passages(rows, heights), pages, flags


def _read(content: bytes) -> tuple[list[Row], dict[int, float], int, tuple[str, ...]]:
    try:
        book = pypdfium.PdfDocument(content)
    except pypdfium.PdfiumError:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD:
            raise Unreadable(UnreadableReason.ENCRYPTED, "The PDF needs a password to open.") from None
        raise Unreadable(UnreadableReason.DAMAGED, "The PDF is damaged.") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _pages(book)
        finally:
            book.close()


def _pages(book: Any) -> tuple[list[Row], dict[int, float], int, tuple[str, ...]]:
    rows: list[Row] = []
    heights: dict[int, float] = {}
    left, letters, pictures = glyphs.MAX_CHARACTERS, 0, 0.0
    loaded = objects = pictured = 0
    for number in range(min(len(book), MAX_PAGES)):
        page = raw.FPDF_LoadPage(book.raw, number)
        if not page:
            continue
        loaded += 1
        if _has_fields(page) and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
            raw.FPDF_ClosePage(page)
            page = raw.FPDF_LoadPage(book.raw, number)
        try:
            found = _page(page, left)
        finally:
            raw.FPDF_ClosePage(page)
        seen = sum(len(piece.text) for piece in found.pieces)
        letters += seen
        left -= seen
        objects += found.drawings.count
        pictures = max(pictures, found.drawings.image_share)
        pictured += found.drawings.image_share > 0.5
        heights[number + 1] = found.height
        rows.extend(rows_of(found, number + 1, rows[-1].block + 1 if rows else 0))
        if left <= 0 or objects > MAX_OBJECTS:
            break
    if not loaded:
        raise Unreadable(UnreadableReason.DAMAGED, "The PDF has no page that can be read.")
    if letters < _LEAST_LETTERS or (letters < 60 * loaded and pictured == loaded):  # a scan's own few words
        if pictures > 0.2:
            raise Unreadable(UnreadableReason.SCANNED, "The PDF is a picture without text.")
        raise Unreadable(UnreadableReason.NO_TEXT, "The PDF has no text.")
    flags = ("cut_short",) if left <= 0 or objects > MAX_OBJECTS or len(book) > MAX_PAGES else ()
    return rows, heights, max(loaded, min(len(book), 10_000) if loaded == MAX_PAGES else loaded), flags


def _has_fields(page: Any) -> bool:
    """Whether text stands in form fields or notes on the page, which PDFium does not count as the page's text."""
    count = raw.FPDFPage_GetAnnotCount(page)
    if count > MAX_NOTES:  # to lay them all into the page would take too long
        return False
    for index in range(min(count, 100)):
        note = raw.FPDFPage_GetAnnot(page, index)
        if note:
            kind = raw.FPDFAnnot_GetSubtype(note)
            raw.FPDFPage_CloseAnnot(note)
            if kind in (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_WIDGET):
                return True
    return False


def _page(page: Any, limit: int) -> glyphs.PageText:
    """One page's text, hidden pieces marked; what it shows is read, not what the file says in its stead."""
    found = _text(page, limit)
    if found.replaced:
        said = found
        for item in set(said.replaced):
            unmark(item)
        found = as_shown(said, _text(page, limit))
    mark_hidden(found, page)
    return found


def _text(page: Any, limit: int) -> glyphs.PageText:
    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        return glyphs.PageText(0.0, 0.0)
    try:
        return glyphs.read_page(page, text_page, limit)
    finally:
        raw.FPDFText_ClosePage(text_page)
