"""Paragraphs of a DOCX as passages: their lines, list marks and looks; table rows put in reading order.

Word keeps a paragraph whole; a CV pasted into Word has been broken into lines already, and is joined again.
"""

from __future__ import annotations

import re

import attrs

from cvsense_async.sandbox.ebsv.dates import is_joint, spans
from cvsense_async.sandbox.ebsv.headings import kind_of
from cvsense_async.sandbox.ebsv.passage import Passage, clean, letter_marks, unbullet
from cvsense_async.sandbox.ebsv.wordstyles import Look, Styles

_LABELLED = re.compile(r":\s*$")
Bit = tuple[str, bool, bool, float, str, bool]  # text, hidden, bold, size, style, without colours of its own


@attrs.define
class Paragraph:
    """A paragraph while it is read: its lines (cut at breaks) and looks."""

    style: str = ""
    listed: bool = False
    shaded: bool = False
    outline: int = 0
    page: int = 1
    ground: str = ""
    pieces: list[Bit] = attrs.field(factory=list)

    def lines(self) -> list[list[Bit]]:
        found: list[list[Bit]] = [[]]
        for piece in self.pieces:
            parts = piece[0].split("\n")
            for number, part in enumerate(parts):
                if number:
                    found.append([])
                if part:
                    found[-1].append((part, *piece[1:]))
        return found

    @property
    def plain(self) -> str:
        """The paragraph's text."""
        return "".join(piece[0] for piece in self.pieces).strip()


def passages_of(paragraphs: list[Paragraph], styles: Styles) -> list[Passage]:
    """What has been gathered, with the looks that the styles give."""
    found: list[tuple[Passage, bool]] = []
    for paragraph in paragraphs:
        look = styles.look(paragraph.style)
        made = [one for line in paragraph.lines() if (one := _passage(paragraph, line, look, styles)) is not None]
        found.extend((one, number > 0) for number, one in enumerate(made))
    marks = letter_marks(one.text for one, _ in found)
    if marks:
        found = [
            (attrs.evolve(one, text=marks.sub("", one.text), bullet=True) if marks.match(one.text) else one, cut)
            for one, cut in found
        ]
    return _unwrapped(found)


def _passage(paragraph: Paragraph, line: list[Bit], look: Look, styles: Styles) -> Passage | None:
    text = clean("".join(piece[0] for piece in line))
    bare, marked = unbullet(text)
    if not bare:
        return None
    letters = max(1, sum(len(piece[0].strip()) for piece in line))
    unseen = sum(len(piece[0].strip()) for piece in line if piece[1] or _hidden_by_style(piece, look, styles))
    bold = sum(len(piece[0].strip()) for piece in line if piece[2])
    level = paragraph.outline if 0 < paragraph.outline < 10 else look.level
    return Passage(
        text=bare,
        page=paragraph.page,
        bullet=marked or ((paragraph.listed or look.listed) and not level),
        hidden=look.hidden or unseen > 0.5 * letters,
        level=level,
        size=max((piece[3] for piece in line), default=0.0) or look.size,
        bold=bold > 0.6 * letters or look.bold,
    )


def _hidden_by_style(piece: Bit, look: Look, styles: Styles) -> bool:
    own = styles.look(piece[4]) if piece[4] else look
    return own.hidden or ((own.white or (look.white and not own.coloured)) and piece[5])


def _unwrapped(lines: list[tuple[Passage, bool]]) -> list[Passage]:
    """Lines that were cut by hand at a page's width, joined again where the text plainly goes on.

    With each line comes whether a break within its paragraph stands before it.
    """
    if len(lines) < 4:
        return [line for line, _ in lines]
    width = sorted(len(line.text) for line, _ in lines)[int(0.9 * (len(lines) - 1))]
    found: list[Passage] = []
    reach = 0
    for line, cut in lines:
        before = found[-1] if found else None
        if before is not None and _goesis_on(before, line, reach, width, cut=cut):
            found[-1] = attrs.evolve(before, text=f"{before.text} {line.text}")
        else:
            found.append(line)
        reach = len(line.text)
    return found


def _goesis_on(before: Passage, line: Passage, reach: int, width: int, *, cut: bool) -> bool:
    if line.bullet or line.hidden != before.hidden or line.level or before.level or reach < 40:
        return False
    if line.text[:1].islower():
        return reach >= 0.55 * width and before.text[-1:] not in ".!?:;" and not is_joint(line.text)
    return cut and before.text[-1:] in ",&(" and not spans(line.text)


def row_of(cells: list[list[Paragraph]]) -> list[Paragraph]:
    """A table row's paragraphs: cell after cell; a date or label is joined to what stands beside it."""
    filled = [cell for cell in cells if cell]
    found: list[Paragraph] = []
    at = 0
    while at < len(filled):
        cell = filled[at]
        beside = filled[at + 1] if at + 1 < len(filled) else None
        if beside is not None and _cell_belongs(cell, beside):
            joined = cell[0]
            for more in [*cell[1:], beside[0]]:
                joined.pieces = [*joined.pieces, (" ", False, False, 0.0, "", False), *more.pieces]
            joined.listed = False
            found.extend([joined, *beside[1:]])
            at += 2
            continue
        found.extend(cell)
        at += 1
    return found


def _cell_belongs(cell: list[Paragraph], beside: list[Paragraph]) -> bool:
    text = " ".join(one.plain for one in cell)
    if len(text) > 60 or len(cell) > 3 or kind_of(text) is not None:
        return False
    other = beside[0].plain
    if _LABELLED.search(text):
        return True
    dated = spans(text)
    if dated and dated[0].to - dated[0].at > 0.5 * len(text):
        return True
    ends = spans(other)
    return bool(len(cell) == 1 and len(beside) == 1 and ends and ends[0].to - ends[0].at > 0.5 * len(other))
