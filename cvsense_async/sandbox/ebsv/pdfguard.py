"""Looks into a PDF's streams before PDFium does: what they inflate to, and whether the file can be put together again.

PDFium inflates whole streams and builds an object for each drawing step, so a small file can take gigabytes.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason

MAX_CONTENT = 8_000_000  # bytes of one stream that may draw
MAX_EMBEDDED = 48_000_000  # bytes of one font, picture or colour profile
MAX_TOTAL = 96_000_000
MAX_SHOWN = 300_000  # characters that one stream shows; PDFium keeps some 200 bytes for each
MAX_OPEN = 100_000  # graphics states left open
_SMALL = 400_000  # a stream up to this size is not looked into
_NUMBERED = 16  # bytes before " obj" that hold an object's number
_CHUNK = 1 << 18
MAX_FORMS = 5_000
MAX_DRAWN = 20_000  # forms drawn by one form, at all depths
_FORM_LEVELS = 16
_NUMBER = re.compile(rb"(\d{1,8})\s+\d{1,5}\s+obj")
_FORM = re.compile(rb"/Subtype\s*/Form\b")
_NAMED = re.compile(rb"/([^\s/<>\[\]()]{1,100})\s+(\d{1,8})\s+\d{1,5}\s+R")
_DO = re.compile(rb"/([^\s/<>\[\]()]{1,100})\s+Do\b")
_REFERRED = re.compile(rb"/(?:Resources|XObject)\s+(\d{1,8})\s+0\s+R")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
_ASCII85 = re.compile(rb"/(?:ASCII85Decode|A85)\b")
_PICTURE = re.compile(rb"/Subtype\s*/Image|/FunctionType")
_EMBEDDED = re.compile(rb"/Length[123]\b|/Subtype\s*/(?:Type1C|CIDFontType0C|OpenType)|/Alternate\b|/N\s+[134]\b")
_STRING = re.compile(rb"\([^()]*\)|<[0-9A-Fa-f]+>")
_PAGE = re.compile(rb"(?:^|[\r\n])\s*(\d{1,7})\s+(\d{1,5})\s+obj\b(?=[^\x00]{0,400}?/Type\s*/Page\b)")


def check_forms(content: bytes) -> None:
    """Raises Unreadable where forms that draw forms would draw more than a CV's can: each level multiplies the last."""
    draws: dict[int, list[int]] = {}
    for header, start in _streams(content):
        number = _NUMBER.search(header)
        if number is None or not _FORM.search(header):
            continue
        names = {name: int(target) for name, target in _NAMED.findall(_resources(content, header))}
        end = content.find(b"endstream", start)
        raw = content[start : end if end >= 0 else len(content)]
        if _FLATE.search(header):
            raw = _first(raw)
        draws[int(number.group(1))] = [names[name] for name in _DO.findall(raw) if name in names]
        if len(draws) > MAX_FORMS:
            raise Unreadable(UnreadableReason.TOO_LARGE, "The PDF draws too much.")
    weights: dict[int, int] = dict.fromkeys(draws, 1)
    for _ in range(_FORM_LEVELS):
        weights = {one: min(MAX_DRAWN, 1 + sum(weights.get(inner, 1) for inner in draws[one])) for one in draws}
        if any(weight >= MAX_DRAWN for weight in weights.values()):
            raise Unreadable(UnreadableReason.TOO_LARGE, "The PDF draws too much.")


def _resources(content: bytes, header: bytes) -> bytes:
    """The dictionary in which a form names what it draws, with that of the object that it refers to."""
    found = header
    for reference in _REFERRED.findall(header)[:2]:
        at = content.find(b"\n" + reference + b" 0 obj")
        found += content[at : at + 4000].split(b"endobj")[0] if at >= 0 else b""
    return found


def _first(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw.lstrip(b"\r\n"), _SMALL)
    except zlib.error:
        return b""


def check_streams(content: bytes) -> None:
    """Raises Unreadable where a stream, or all of them, would inflate to more than a CV's can."""
    total = 0
    for header, start in _streams(content):
        filters = len(_FLATE.findall(header))
        if not filters:
            continue
        limit = MAX_EMBEDDED if _PICTURE.search(header) or _EMBEDDED.search(header) else MAX_CONTENT
        end = content.find(b"endstream", start)
        raw = content[start : end if end >= 0 else len(content)]
        if limit == MAX_EMBEDDED and len(raw) < MAX_EMBEDDED // 1100:
            continue
        if _ASCII85.search(header):
            raw = _ascii85(raw)
        weight = _Weight(looked_into=limit == MAX_CONTENT)
        _inflate(raw, limit, weight, again=filters > 1)
        total += weight.size
        if weight.size > limit or total > MAX_TOTAL or weight.shown > MAX_SHOWN or weight.open > MAX_OPEN:
            raise Unreadable(UnreadableReason.TOO_LARGE, "The PDF inflates to too much.")


def _streams(content: bytes) -> Iterator[tuple[bytes, int]]:
    """The number and the dictionary before each stream, and where its bytes start."""
    for match in _STREAM.finditer(content):
        opened = content.rfind(b" obj", max(0, match.start() - 4000), match.start())
        begin = opened - _NUMBERED if opened >= 0 else match.start() - 400
        yield content[max(0, begin) : match.start()], match.end()


def _ascii85(raw: bytes) -> bytes:
    try:
        return base64.a85decode(raw.strip().removesuffix(b"~>"), adobe=False)
    except (ValueError, binascii.Error):
        return b""


class _Weight:
    """What a stream inflates to: its bytes, the characters it shows, the graphics states it leaves open."""

    def __init__(self, *, looked_into: bool) -> None:
        self.size = self.shown = self.open = 0
        self._looked_into = looked_into

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._looked_into and self.size > _SMALL:
            self.shown += sum(len(found) for found in _STRING.findall(piece))
            self.open += piece.count(b"q") - piece.count(b"Q")


def _inflate(raw: bytes, limit: int, weight: _Weight, *, again: bool) -> None:
    """Weighs what a stream inflates to, piece by piece; what is not deflated weighs nothing."""
    inflate = zlib.decompressobj()
    second = zlib.decompressobj() if again else None
    rest = raw
    try:
        while rest and not inflate.eof and weight.size <= limit:
            piece = inflate.decompress(rest, _CHUNK)
            rest = inflate.unconsumed_tail
            if second is None:
                weight.add(piece)
                continue
            while piece and not second.eof and weight.size <= limit:
                weight.add(second.decompress(piece, _CHUNK))
                piece = second.unconsumed_tail
    except zlib.error:
        pass


def rebuilt(content: bytes) -> bytes | None:
    """The file with a new catalogue and page tree over the pages that are left in it; None where there are none."""
    pages = list(dict.fromkeys((int(match.group(1)), int(match.group(2))) for match in _PAGE.finditer(content)))[:60]
    if not pages:
        return None
    tree = 8_000_000
    kids = b" ".join(b"%d %d R" % page for page in pages)
    tail = b"\nendstream\nendobj\n" if content.rfind(b"stream") > content.rfind(b"endstream") + 3 else b"\n"
    if content.rfind(b"endobj") > content.rfind(b"stream"):
        tail = b"\n"
    return b"".join(
        (
            content,
            tail,
            b"%d 0 obj\n<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 595 842]>>\nendobj\n" % (tree, len(pages), kids),
            b"%d 0 obj\n<</Type/Catalog/Pages %d 0 R>>\nendobj\n" % (tree + 1, tree),
            b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n0\n%%%%EOF\n" % (tree + 2, tree + 1),
        )
    )
