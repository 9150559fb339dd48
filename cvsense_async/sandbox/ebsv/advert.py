"""Turns an advert, HTML or plain, into its lines, and finds the job's title.

People lay adverts out in every way; the parser of requirements should see one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from cvsense_async.sandbox.ebsv.advertlines import BULLET, NUMBER, AdvertLine, advert_lines, signs_as_marks
from cvsense_async.sandbox.ebsv.grids import grid_lines, is_importance
from cvsense_async.sandbox.ebsv.markup import html_lines
from cvsense_async.sandbox.ebsv.zones import names_part

_TAG = re.compile(
    r"</?(?:p|br|ul|ol|li|div|h[1-6]|strong|b|em|span|table|tr|td|section|article|html|body|i|u)\b[^>]*>", re.I
)
_CELLS = re.compile(r"[\t|]")
_OPEN_END = re.compile(r"(?:,|\b(?:and|or|of|in|with|the|a|an|for|to|as|by|on|at|from|using|is|are|be|our|your))\s*$")


def lines_of(text: str) -> list[AdvertLine]:
    """The lines of an advert, without empty ones and without HTML."""
    if len(_TAG.findall(text[:20_000])) >= 1:
        return signs_as_marks(html_lines(text))
    found: list[AdvertLine] = []
    gap = False
    for rows in _rows(_unwrapped(text.splitlines())):
        lines = (
            grid_lines([[list(advert_lines(cell)) for cell in row] for row in rows])
            if len(rows[0]) > 1
            else list(advert_lines(rows[0][0]))
        )
        found.extend(attrs.evolve(line, gap=gap) for line in lines[:1])
        found.extend(lines[1:])
        gap = not lines
    return signs_as_marks(found)


def _rows(raw: Iterable[str]) -> Iterator[list[list[str]]]:
    """Lines, each alone, and the rows of a table in text together: cells, of which one says how much it matters."""
    held: list[list[str]] = []
    for line in raw:
        cells = _CELLS.split(line.strip(" |\t\r\n"))
        if (
            len(cells) > 1
            and re.search(r"\w", cells[0])
            and not NUMBER.fullmatch(f"{cells[0]} x"[: len(cells[0]) + 1])
            and not re.fullmatch(r"[\W\d]*", cells[0])
        ):
            if held and len(held[0]) != len(cells):
                yield from _table(held)
                held = []
            held.append(cells)
            continue
        if held and re.fullmatch(r"[\s|:+=-]+", line) and "-" in line:
            continue  # the rule under a table's head
        yield from _table(held)
        held = []
        yield [[line]]
    yield from _table(held)


def _table(held: list[list[str]]) -> Iterator[list[list[str]]]:
    if any(is_importance(cell) for row in held for cell in row[1:]):
        yield held
    else:
        yield from ([[" \t ".join(row)]] for row in held)


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
        if not text:
            if held:
                yield held.replace("\n", "")
            yield ""
            held, marked_at = "", -1
            continue
        marked = bool(BULLET.match(text) or NUMBER.match(text))
        hanging = marked_at >= 0 and len(line) - len(line.lstrip()) > marked_at
        goes_on = (
            bool(held)
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
        if len(plain.split()) <= 12 and plain[-1:] not in ".;:" and not names_part(line.text):
            return plain
    sought = _SOUGHT.search(" ".join(line.text for line in lines[:6]))
    return sought.group("title").strip() if sought else ""
