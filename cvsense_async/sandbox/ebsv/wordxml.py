"""Streams a part of a DOCX through expat, within limits; a document type declaration is refused.

General XML libraries build trees and resolve entities: a CV needs neither, and a hostile file uses both.
"""

from __future__ import annotations

from xml.parsers import expat

from cvsense_async.sandbox.ebsv.document import UnreadableReason

MAX_DEPTH = 400
MAX_ELEMENTS = 600_000


class Refused(Exception):
    """The XML is not one that a word processor writes, or too much of it."""

    def __init__(self, reason: UnreadableReason, why: str) -> None:
        super().__init__(why)
        self.reason = reason


class StreamParser:
    """Expat with this project's limits; subclasses take `start`, `end` and `text`."""

    def __init__(self) -> None:
        self._expat: expat.XMLParserType | None = None
        self.depth: int = 0
        self.elements: int = 0

    def feed(self, chunk: bytes, final: bool) -> None:
        """Takes the next bytes of a part. Raises Refused."""
        if self._expat is None:
            self._expat = self._new()
            self.depth = 0
        try:
            self._expat.Parse(chunk, final)
        except expat.ExpatError:
            raise Refused(UnreadableReason.DAMAGED, "The Word document is damaged.") from None
        if final:
            self._expat = None

    def _new(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        return parser

    def _doctype(self, *_: object) -> None:
        raise Refused(UnreadableReason.DAMAGED, "The document declares a document type, which no word processor does.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise Refused(UnreadableReason.TOO_LARGE, "The document is nested too deep or has too many elements.")
        self.start(name.rpartition(" ")[2], attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.end(name.rpartition(" ")[2])

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; `name` is its local name."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters."""


def value_of(attributes: dict[str, str], name: str = "val") -> str:
    for key, value in attributes.items():
        if key == name or key.endswith(" " + name):
            return value
    return ""


def is_on(attributes: dict[str, str]) -> bool:
    return value_of(attributes).lower() not in ("0", "false", "off", "none")


def is_white(colour: str) -> bool:
    if len(colour) != 6:
        return False
    try:
        return min(int(colour[0:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)) >= 0xF0
    except ValueError:
        return False


def alike(colour: str, ground: str) -> bool:
    """Whether two colours given in hexadecimal are too near to each other to be told apart."""
    try:
        pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (0, 2, 4)]
    except ValueError:
        return False
    return len(colour) == len(ground) == 6 and all(abs(one - two) < 16 for one, two in pairs)


def is_dark(attributes: dict[str, str]) -> bool:
    fill = value_of(attributes, "fill")
    return fill not in ("", "auto") and not is_white(fill)


def half_points(value: str) -> float:
    return int(value) / 2 if value.isdigit() and len(value) < 6 else 0.0
