"""Cuts an advert into its parts, each with its heading, and gives each line the zone it stands in.

What a line asks depends on what it stands under; headings have lines of their own, or stand within a paragraph.
"""

from __future__ import annotations

import re
from collections import Counter

import attrs

from cvsense_async.sandbox.ebsv.advert import lines_of
from cvsense_async.sandbox.ebsv.advertlines import AdvertLine, Mark
from cvsense_async.sandbox.ebsv.advertwords import metaness, weigh
from cvsense_async.sandbox.ebsv.clauses import parts as clauses
from cvsense_async.sandbox.ebsv.clauses import sentences
from cvsense_async.sandbox.ebsv.marks import by_letter, importance, letters, star
from cvsense_async.sandbox.ebsv.zones import ASKING, Zone, heading_lines, inline_headings, is_name, names_part, zone_of

_REPEATED = 2
_LEAST_LOUD = 3
_LONGEST_TAIL = 40  # characters
_LEAST_HEADINGS = 2
_APART = (Zone.OUTSIDE, Zone.NOTES, Zone.SELECTIVE)


@attrs.frozen
class ZonedLine:
    """A line with the zone it stands in; `title` is the heading above it."""

    text: str
    zone: Zone
    title: str
    mark: Mark = Mark.NONE
    number: str = ""
    under_heading: bool = False
    item: bool = False  # one of a list
    firm: bool | None = None  # what a letter or a star behind it says


@attrs.define
class _Part:
    """A run of lines under one heading."""

    heading: str
    inline: bool = False
    loud: bool = False  # in capitals, or marked up
    left: bool = False  # a paragraph after the list that stood under the heading
    listed: bool = False  # some of its lines are items of a list
    lines: list[ZonedLine] = attrs.field(factory=list)
    zone: Zone = Zone.UNKNOWN


def zoned(text: str) -> list[ZonedLine]:
    """The lines of an advert with their zones; headings are gone, those inside a line have split it."""
    lines = lines_of(text)
    found: list[ZonedLine] = []
    above = Zone.UNKNOWN
    for part in _classified(_parts_of(lines)):
        if part.left or (part.heading == "" and part.lines):
            zone = Zone.UNKNOWN if above in ASKING else above
        else:
            zone = above = part.zone
        listed = bool(part.heading) and not part.inline and not part.left and len(part.lines) > 1
        found.extend(
            attrs.evolve(
                line,
                zone=zone,
                title=part.heading,
                under_heading=bool(part.heading),
                item=listed or line.mark is not Mark.NONE,
            )
            for line in part.lines
        )
    return _lettered(found, _star(text))


def _parts_of(lines: list[AdvertLine]) -> list[_Part]:
    parts = [_Part("")]
    headings = heading_lines(lines)
    counted = Counter(_label(line.text, one) for line in lines for one in inline_headings(line.text)[:1] if not one[0])
    for number, line in enumerate(lines):
        part = parts[-1]
        if number == 0 and _may_be_title(line.text):
            part.lines.append(_plain(line, line.text))
            continue
        inner = inline_headings(line.text, labels_only=len(headings) >= _LEAST_HEADINGS)
        inner = [one for one in inner if one[0] or counted[_label(line.text, one)] < _REPEATED]
        if number in headings and (line.text.isupper() or not any(_within(line.text, one) for one in inner)):
            parts.append(_Part(line.text, loud=line.heading or line.text.isupper()))
            continue
        if line.lead and line.mark is Mark.NONE and (not inner or inner[0][0] > 0):
            inner = [(0, line.lead), *inner]
        if line.mark is not Mark.NONE:
            inner = [one for one in inner if one[0] > 0]  # an item of a list that begins with a label
        left = part.listed and part.heading and not line.text.endswith(":")
        if not inner and line.mark is Mark.NONE and ((part.inline and line.gap) or left):
            parts.append(_Part(part.heading, left=True))
        at = 0
        for start, end in inner:
            if before := line.text[at:start].strip():
                parts[-1].lines.append(_plain(line, before))
            parts.append(_Part(line.text[start:end].strip(" :–—-·•*"), inline=True))
            at = end
        rest = line.text[at:].strip(" -–—\t").lstrip(":").strip()
        if rest:
            parts[-1].lines.append(_plain(line, rest))
            parts[-1].listed |= line.mark is not Mark.NONE
    return parts


def _label(text: str, found: tuple[int, int]) -> str:
    """The label of a line; before several lines it is a mark of each, and no heading."""
    return text[found[0] : found[1]].strip().lower()


def _within(text: str, found: tuple[int, int]) -> bool:
    """Whether a heading stands inside a line, with text before it or behind it."""
    rest = text[found[1] :].strip()
    return metaness(text) < 1 and (found[0] > 0 or (bool(rest) and importance(rest) is None))


def _plain(line: AdvertLine, text: str) -> ZonedLine:
    return ZonedLine(text, Zone.UNKNOWN, "", line.mark, line.number)


def _classified(parts: list[_Part]) -> list[_Part]:
    """The parts with their zones; one of need or wish with nothing under it holds for those that follow."""
    seen: list[Zone] = []
    over: Zone | None = None
    own = Zone.UNKNOWN  # of the last heading with a line of its own; of the loudest kind, where the advert has such
    loud = sum(part.loud for part in parts) >= _LEAST_LOUD
    for part in parts:
        if not part.heading or part.left:
            continue
        part.zone = zone_of(part.heading, _said(part), seen, strict=part.inline)
        quiet = part.inline or not (part.loud or not loud)
        if not quiet:
            own = part.zone
        elif (
            own in _APART
            and part.zone in ASKING
            and not (is_name(part.heading) and weigh(part.heading).firm is not None)
        ):
            part.zone = own  # the process, or the pay, has its own labels
        listed = bool(part.lines) and all(line.mark is not Mark.NONE for line in part.lines)
        if over is not None and (part.zone is Zone.ASKED or (listed and part.zone in (Zone.NOTES, Zone.UNKNOWN))):
            part.zone = over
        elif part.zone is not Zone.ASKED:
            over = part.zone if not part.lines and part.zone in (Zone.ESSENTIAL, Zone.DESIRABLE) else None
        if part.lines:
            seen.append(part.zone)
    return parts


def _said(part: _Part) -> list[str]:
    return [one for line in part.lines for sentence in sentences(line.text) for one in clauses(sentence, alone=True)]


def _star(text: str) -> bool | None:
    """What a star behind a line means; None where no line explains it."""
    raw_lines = re.sub(r"<[^>]*>", "\n", text).splitlines()
    if not any("*" in raw and re.search(r"[^*\s]\s*\*[\s.;]*$", raw[-_LONGEST_TAIL:]) for raw in raw_lines):
        return None
    for raw in raw_lines:
        if "*" in raw or re.search(r"asterisk|starred", raw, re.I):
            said = star(raw)
            if said is not None:
                return said
    return None


def _lettered(lines: list[ZonedLine], starred: bool | None) -> list[ZonedLine]:
    """Lines without the letters and stars that say how much they matter."""
    known = letters([line.text for line in lines])
    found: list[ZonedLine] = []
    for line in lines:
        text, firm = by_letter(line.text, known)
        if starred is not None and star(text if "*" in text else f"* {text}") is not None:
            continue  # the legend
        if starred is not None and line.zone in ASKING:
            firm = starred if re.search(r"^\s*\*|\*[\s.;]*$", text) else not starred
            text = text.strip("* ")
        found.append(attrs.evolve(line, text=text, firm=firm))
    return found


def _may_be_title(text: str) -> bool:
    short = len(text.split()) <= 12 and not text.endswith(":")
    return short and not names_part(text) and not any(inline_headings(text))
