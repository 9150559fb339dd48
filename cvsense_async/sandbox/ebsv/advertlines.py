"""One line of an advert without its bullet or number, and lines that hold several items cut into them.

A list may be set with any mark, or be run together in one paragraph; after this it is a list.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterator

import attrs

BULLET = re.compile(
    r"^\s*(?:[-–—\u2190-\u21ff\u25a0-\u25ff\u2794-\u27be★☆✦✧•▪●○◦‣⁃·»›✓✔➢►§■□☐❖◆➤]|\*(?!\*)|\u00b7|\uf0b7|\uf0a7|o(?=\s+[A-Z0-9]))\s*"
)
NUMBER = re.compile(r"^\s*(?:\(?(\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)])\s+(?=\S)")
_LEADER = re.compile(r"(?:\s*\.){6,}\s*")
_GLYPHS = "•·●▪◦‣■►➢✓✔❖◆"
_LEAD = re.compile(r"(?:\*\*|__)([^*_:]{2,80}:?)(?:\*\*|__)(?:(?<=:..)|:|\s+[-–—])\s*(?=\S)")
_COUNT = re.compile(r"(?:^|(?<=\s))\(?(\d{1,2}|[a-h])[.)]\s+(?=\w)")
_LEAST_COUNTED = 3


class Mark(enum.Enum):
    """What stands before a line's text."""

    NONE = "none"
    BULLET = "bullet"
    NUMBER = "number"


@attrs.frozen
class AdvertLine:
    """One line of an advert."""

    text: str
    mark: Mark = Mark.NONE
    number: str = ""
    heading: bool = False  # set as a heading in HTML
    gap: bool = False  # stands after an empty line
    lead: int = 0  # how far the bold words reach with which it begins, and which end in a colon


def advert_lines(raw: str, mark: Mark = Mark.NONE, heading: bool = False) -> Iterator[AdvertLine]:
    """The lines that a raw line holds: one, or one for each item where a list was run together."""
    for number, part in enumerate(_items(re.sub(r"\s{3,}", "  ", raw))):
        line = _line(part, mark if number == 0 else Mark.NONE, heading)
        if line is not None:
            yield line


def _line(raw: str, mark: Mark, heading: bool) -> AdvertLine | None:
    text = _LEADER.sub(" ", " ".join(raw.split())).strip(" |")
    number = ""
    bullet = BULLET.match(text)
    if bullet and len(text) > bullet.end():
        text, mark = text[bullet.end() :], Mark.BULLET
    else:
        numbered = NUMBER.match(text)
        if numbered:
            text, mark, number = text[numbered.end() :], Mark.NUMBER, numbered.group(1)
    bare = text.rstrip(": ")
    if re.match(r"#{1,6}\s", text) or any(bare.startswith(one) and bare.endswith(one) for one in ("**", "__")):
        heading = True
    bold = _LEAD.match(text)
    text = re.sub(r"\*\*|__|^#{1,6}\s+", "", text).strip()
    lead = len(bold.group(1)) if bold else 0
    return AdvertLine(text, mark, number, heading, lead=lead) if re.search(r"\w", text) else None


def _items(raw: str) -> list[str]:
    """The items of a list that was set on one line, each with its mark; the line itself where it is no list."""
    for glyph in _GLYPHS:
        if raw.count(glyph) >= 2:
            first, *rest = raw.split(glyph)
            return [first, *(f"{glyph} {one}" for one in rest)]
    dashed = re.search(r":\s+([-–*])\s", raw)
    if dashed:
        head, body = raw[: dashed.start() + 1], raw[dashed.start() + 1 :]
        parts = re.split(rf"\s+{re.escape(dashed.group(1))}\s+", body)
        if len(parts) >= 4:
            return [head, *(f"- {one}" for one in parts[1:])]
    return _counted(raw)


def _counted(raw: str) -> list[str]:
    """A line cut at "1. … 2. … 3. …" or "a) … b) … c) …"."""
    cuts: list[int] = []
    due = ""
    for found in _COUNT.finditer(raw):
        sign = found.group(1)
        if not cuts or sign == due:
            cuts.append(found.start())
            due = str(int(sign) + 1) if sign.isdigit() else chr(ord(sign) + 1)
    if len(cuts) < _LEAST_COUNTED:
        return [raw]
    edges = [0, *cuts, len(raw)]
    return [raw[one:other] for one, other in itertools.pairwise(edges) if raw[one:other].strip()]
