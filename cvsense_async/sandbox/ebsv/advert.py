"""Turns an advert, HTML or plain, into its lines with their zones: what is asked, what is done, and what is neither.

People lay adverts out in every way; the parser of requirements should see one.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import attrs

from cvsense_async.sandbox.ebsv.zones import Zone, heading_zone, inline_headings, named_zone

_TAG = re.compile(
    r"</?(?:p|br|ul|ol|li|div|h[1-6]|strong|b|em|span|table|tr|td|section|article|html|body|i|u)\b[^>]*>", re.I
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """
        p br ul ol li div h1 h2 h3 h4 h5 h6 table tr section article header footer dl dt dd pre blockquote hr
        """,
    )
)
_SILENT = frozenset({"script", "style", "template", "head", "noscript"})
_BULLET = re.compile(r"^\s*(?:[-–—•▪●○◦‣⁃·*»›✓✔➢►§]|\u00b7|\uf0b7|o(?=\s{2,}))\s*")
_NUMBER = re.compile(r"^\s*(?:\(?(\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)])\s+(?=\S)")
_OPEN_END = re.compile(r"(?:,|\b(?:and|or|of|in|with|the|a|an|for|to|as|by|on|at|from|using|is|are|be|our|your))\s*$")
_LEADER = re.compile(r"(?:\s*\.){6,}\s*")


_ASKING = (Zone.ESSENTIAL, Zone.DESIRABLE, Zone.ASKED)


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


@attrs.frozen
class ZonedLine:
    """A line with the zone it stands in; `title` is the heading above it."""

    text: str
    zone: Zone
    title: str
    mark: Mark = Mark.NONE
    number: str = ""
    under_heading: bool = False


def lines_of(text: str) -> list[AdvertLine]:
    """The lines of an advert, without empty ones and without HTML."""
    if len(_TAG.findall(text[:20_000])) >= 1:
        reader = _Reader()
        reader.feed(text)
        reader.close()
        return reader.finished()
    return [line for raw in _unwrapped(text.splitlines()) if (line := _plain(raw)) is not None]


def _unwrapped(raw: list[str]) -> Iterator[str]:
    """Lines that were cut at a column, put together again."""
    lengths = [len(line.rstrip()) for line in raw]
    widest = max(lengths, default=0)
    if not 50 <= widest <= 120:
        yield from raw
        return
    held = ""
    for line in raw:
        text = line.strip()
        marked = bool(_BULLET.match(text) or _NUMBER.match(text))
        goes_on = (
            bool(held)
            and bool(text)
            and not marked
            and len(held.rsplit("\n", 1)[-1]) >= 0.6 * widest
            and held.rstrip()[-1:] not in ".:;!?"
            and (text[0].islower() or _OPEN_END.search(held) is not None)
        )
        if goes_on:
            held = f"{held.rstrip()} \n{text}"
            continue
        if held:
            yield held.replace("\n", "")
        held = line
    if held:
        yield held.replace("\n", "")


_SOUGHT = re.compile(
    r"(?:hiring|looking for|seeking|recruiting|in need of|searching for)\s+(?:an?|our (?:next|new))\s+"
    r"(?P<title>[^.,;:!?\n]{3,60}?)"
    r"(?=\s+(?:in|at|to|who|with|for|based|that|from|on|and)\b|[.,;:!?\n]|$)",
    re.IGNORECASE,
)


def title_of(text: str) -> str:
    """The advert's first line, where it looks like a title; else what it says it looks for; else nothing."""
    lines = lines_of(text)
    for line in lines[:1]:
        plain = re.sub(r"^(?:job title|title|position|role|vacancy)\s*:\s*", "", line.text, flags=re.IGNORECASE)
        if len(plain.split()) <= 12 and plain[-1:] not in ".;:" and not named_zone(line.text):
            return plain
    sought = _SOUGHT.search(" ".join(line.text for line in lines[:6]))
    return sought.group("title").strip() if sought else ""


def zoned(text: str) -> list[ZonedLine]:
    """The lines of an advert with their zones; headings are gone, those inside a line have split it."""
    zone, title, under = Zone.UNKNOWN, "", False
    listed = False
    found: list[ZonedLine] = []
    for number, line in enumerate(lines_of(text)):
        if number == 0 and _may_be_title(line.text):
            found.append(ZonedLine(line.text, zone, title))
            continue
        named = heading_zone(line.text, styled=line.heading)
        if line.mark is not Mark.NONE and not line.heading and (named is Zone.UNKNOWN or not _titled(line.text)):
            named = None  # an item of a list, however it is written
        if named is not None:
            zone, title, under, listed = named, line.text, True, False
            continue
        if line.mark is not Mark.NONE:
            listed = True
        elif listed and zone in _ASKING and not line.text.endswith(":"):
            zone, title, under, listed = Zone.UNKNOWN, "", False, False  # a paragraph after a list has left its heading
        at = 0
        for start, end, inner in inline_headings(line.text):
            before = line.text[at:start].strip()
            if before:
                found.append(ZonedLine(before, zone, title, line.mark, line.number, under))
            zone, title, under = inner, line.text[start:end].strip(" :"), True
            at = end
        rest = line.text[at:].strip(" -–—\t").lstrip(":").strip()
        if rest:
            found.append(ZonedLine(rest, zone, title, line.mark, line.number, under))
    return found


def _may_be_title(text: str) -> bool:
    short = len(text.split()) <= 12 and not text.endswith(":")
    return short and not named_zone(text) and not any(inline_headings(text))


def _titled(text: str) -> bool:
    """Whether an item of a list could be a heading: short, and in capitals or with a colon at its end."""
    return len(text.split()) <= 5 and (text.endswith(":") or text.istitle() or text.isupper())


def _plain(raw: str, mark: Mark = Mark.NONE, heading: bool = False) -> AdvertLine | None:
    text = _LEADER.sub(" ", " ".join(raw.split())).strip()
    number = ""
    bullet = _BULLET.match(text)
    if bullet and bullet.end() and len(text) > bullet.end():
        text, mark = text[bullet.end() :], Mark.BULLET
    else:
        numbered = _NUMBER.match(text)
        if numbered:
            text, mark, number = text[numbered.end() :], Mark.NUMBER, numbered.group(1)
    if text.startswith("**") and text.rstrip(": ").endswith("**"):
        heading = True
    if re.match(r"#{1,6}\s", text):
        heading = True
    text = re.sub(r"\*\*|__|^#{1,6}\s+", "", text).strip()
    return AdvertLine(text, mark, number, heading) if re.search(r"\w", text) else None


class _Reader(HTMLParser):
    """Gathers the text of an HTML advert a block a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[AdvertLine] = []
        self._text: list[str] = []
        self._strong = 0
        self._weak = ""
        self._heading = False
        self._item = False
        self._ordered: list[int] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS:
            self._cut()
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._heading = True
        elif tag == "li":
            self._item = True
        elif tag in ("strong", "b", "u"):
            self._strong += 1
        elif tag == "td":
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS:
            self._cut()
        elif tag in ("strong", "b", "u"):
            self._strong = max(0, self._strong - 1)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._strong:
            self._weak += data
        self._text.append(data)

    def finished(self) -> list[AdvertLine]:
        """The lines gathered."""
        self._cut()
        return self._lines

    def _cut(self) -> None:
        raw = "".join(self._text)
        heading = self._heading or (bool(raw.strip()) and not self._weak.strip(" :\n\t"))
        mark = Mark.BULLET if self._item else Mark.NONE
        for number, part in enumerate(_parts(raw)):
            line = _plain(part, mark if number == 0 else Mark.NONE, heading)
            if line is not None:
                self._lines.append(line)
        self._text, self._weak, self._heading, self._item = [], "", False, False


def _parts(raw: str) -> Iterator[str]:
    """In HTML a line break is a space, but a text that was only wrapped in a tag keeps its lines."""
    if raw.count("\n") >= 3 and re.search(r"\n\s*(?:[-•*]|\d+[.)])\s", raw):
        yield from raw.splitlines()
    else:
        yield " ".join(raw.split())
