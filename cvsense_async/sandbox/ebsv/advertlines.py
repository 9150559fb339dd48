"""One line of an advert without its bullet or number, and lines that hold several items cut into them.

A list may be set with any mark, or be run together in one paragraph; after this it is a list.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterator, Sequence

import attrs

_PICTURE = "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"  # emoji and other signs, as people paste them
_SIGN = re.compile(rf"\s*(?:(?:{_PICTURE}[\ufe0f\u200d\U0001f3fb-\U0001f3ff]*)+|\d\ufe0f?\u20e3)\s*(?=\S)")
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


def signs_as_marks(lines: Sequence[AdvertLine]) -> list[AdvertLine]:
    """Lines that begin with emoji, as items of a list where the one above or below begins with the same.

    A sign that stands alone is a heading's, and stays; of three or more different ones in a row the first is.
    """
    signs = [match.group().strip() if (match := _SIGN.match(line.text)) else "" for line in lines]
    rows = set(_rows_of_signs(lines, signs))
    found = list(lines)
    for number, (line, sign) in enumerate(zip(lines, signs, strict=True)):
        if not sign or line.mark is not Mark.NONE or line.heading:
            continue
        beside = [signs[at] for at in (number - 1, number + 1) if 0 <= at < len(lines)]
        if sign in beside or number in rows:
            text = _SIGN.sub("", line.text, count=1)
            found[number] = attrs.evolve(line, text=text, mark=Mark.BULLET)
    return found


def _rows_of_signs(lines: Sequence[AdvertLine], signs: Sequence[str]) -> Iterator[int]:
    """The lines after the first of each run of lines that begin with signs, no two of them alike."""
    starts = [at for at in range(len(lines)) if at == 0 or lines[at].gap or not signs[at] or not signs[at - 1]]
    for start, stop in itertools.pairwise([*starts, len(lines)]):
        if signs[start] and stop - start >= 3 and len({*signs[start:stop]}) == stop - start:
            yield from range(start + 1, stop)


def without_sign(text: str) -> str:
    """A text without the emoji that it begins with."""
    return _SIGN.sub("", text, count=1)


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
