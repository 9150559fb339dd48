"""Turns an advert, HTML or plain, into its lines with their zones: what is asked, what is done, and what is neither.

People lay adverts out in every way; the parser of requirements should see one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from cvsense_async.sandbox.ebsv.advertlines import BULLET, NUMBER, AdvertLine, Mark, advert_lines
from cvsense_async.sandbox.ebsv.markup import html_lines
from cvsense_async.sandbox.ebsv.zones import Zone, heading_zone, inline_headings, loose_zone, named_zone

_TAG = re.compile(
    r"</?(?:p|br|ul|ol|li|div|h[1-6]|strong|b|em|span|table|tr|td|section|article|html|body|i|u)\b[^>]*>", re.I
)
_OPEN_END = re.compile(r"(?:,|\b(?:and|or|of|in|with|the|a|an|for|to|as|by|on|at|from|using|is|are|be|our|your))\s*$")


_ASKING = (Zone.ESSENTIAL, Zone.DESIRABLE, Zone.ASKED)


@attrs.frozen
class ZonedLine:
    """A line with the zone it stands in; `title` is the heading above it."""

    text: str
    zone: Zone
    title: str
    mark: Mark = Mark.NONE
    number: str = ""
    under_heading: bool = False
    labelled: bool = False  # its heading stands on the same line


def lines_of(text: str) -> list[AdvertLine]:
    """The lines of an advert, without empty ones and without HTML."""
    if len(_TAG.findall(text[:20_000])) >= 1:
        return html_lines(text)
    found: list[AdvertLine] = []
    gap = False
    for raw in _unwrapped(text.splitlines()):
        lines = list(advert_lines(raw))
        found.extend(attrs.evolve(line, gap=gap) for line in lines[:1])
        found.extend(lines[1:])
        gap = not lines
    return found


def _unwrapped(raw: list[str]) -> Iterator[str]:
    """Lines that were cut at a column, put together again."""
    lengths = [len(line.rstrip()) for line in raw]
    widest = max(lengths, default=0)
    if not 50 <= widest <= 120:
        yield from raw
        return
    held, marked_at = "", -1
    for line in raw:
        text = line.strip()
        marked = bool(BULLET.match(text) or NUMBER.match(text))
        hanging = marked_at >= 0 and len(line) - len(line.lstrip()) > marked_at
        goes_on = (
            bool(held)
            and bool(text)
            and not marked
            and (
                hanging
                or (
                    len(held.rsplit("\n", 1)[-1]) >= 0.6 * widest
                    and held.rstrip()[-1:] not in ".:;!?"
                    and (text[0].islower() or _OPEN_END.search(held) is not None)
                )
            )
        )
        if goes_on:
            held = f"{held.rstrip()} \n{text}"
            continue
        if held:
            yield held.replace("\n", "")
        held = line
        marked_at = len(line) - len(line.lstrip()) if marked else -1
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
    listed = inline = False
    above = zone, title, under  # of the last heading with a line of its own
    found: list[ZonedLine] = []
    lines = lines_of(text)
    for number, line in enumerate(lines):
        if number == 0 and _may_be_title(line.text):
            found.append(ZonedLine(line.text, zone, title))
            continue
        named = heading_zone(line.text, styled=line.heading)
        if line.mark is not Mark.NONE and not line.heading and (named is Zone.UNKNOWN or not _titled(line.text)):
            named = None  # an item of a list, however it is written
        elif named is not None and any(start for start, _, _ in inline_headings(line.text)):
            named = None  # its end is a heading, its start the end of what was before
        elif named is None and _leads(lines, number):
            named = loose_zone(line.text.replace("’", "'"))
            named = None if named is Zone.UNKNOWN else named
        if named is not None:
            zone, title, under, listed, inline = named, line.text, True, False, False
            above = zone, title, under
            continue
        if inline and line.gap and line.mark is Mark.NONE:
            (zone, title, under), inline = above, False  # what a paragraph said of itself ends with it
            if zone in _ASKING:
                zone, title, under = Zone.UNKNOWN, "", False
        if line.mark is not Mark.NONE:
            listed = True
        elif listed and zone in _ASKING and not line.text.endswith(":"):
            zone, title, under, listed = Zone.UNKNOWN, "", False, False  # a paragraph after a list has left its heading
        at = 0
        for start, end, inner in inline_headings(line.text):
            if zone is Zone.DESIRABLE and inner is Zone.ASKED and not line.text[:start].strip():
                continue  # a label within a list of wishes
            if line.mark is not Mark.NONE and not line.text[:start].strip():
                continue  # an item of a list that begins with a label
            if zone in (Zone.OUTSIDE, Zone.NOTES) and under and not inline and inner is Zone.ASKED:
                continue  # the process, or the pay, has its own labels
            before = line.text[at:start].strip()
            if before:
                found.append(ZonedLine(before, zone, title, line.mark, line.number, under))
            zone, title, under = inner, line.text[start:end].strip(" :"), True
            at = end
        rest = line.text[at:].strip(" -–—\t").lstrip(":").strip()
        if rest:
            inline = inline or (at > 0 and line.mark is Mark.NONE)
            found.append(ZonedLine(rest, zone, title, line.mark, line.number, under, at > 0))
    return found


def _may_be_title(text: str) -> bool:
    short = len(text.split()) <= 12 and not text.endswith(":")
    return short and not named_zone(text) and not any(inline_headings(text))


def _leads(lines: list[AdvertLine], number: int) -> bool:
    """Whether a line without a mark stands over a list or a paragraph as its heading: short, and no sentence."""
    line, after = lines[number], lines[number + 1 : number + 2]
    if line.mark is not Mark.NONE or not after or len(line.text.split()) > 12 or line.text[-1:] in ".;,":
        return False
    if _ASKS_ITSELF.match(line.text):
        return False
    return after[0].mark is not Mark.NONE or (
        line.gap and not after[0].gap and len(line.text.split()) <= 8 and _OF_PEOPLE.search(line.text) is not None
    )


_ASKS_ITSELF = re.compile(
    r"(?:\w+ ){0,2}(?:experience|knowledge|skills?|ability|understanding|degree|education) "
    r"(?:of|in|with|to|and|working)\b|[\d(]",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(
    r"\b(?:you|we|i|us|your|our|required|preferred|desired|purpose|tasks|assets|conditions|duties)\b", re.I
)


def _titled(text: str) -> bool:
    """Whether an item of a list could be a heading: short, and in capitals or with a colon at its end."""
    return len(text.split()) <= 5 and (text.endswith(":") or text.istitle() or text.isupper())
