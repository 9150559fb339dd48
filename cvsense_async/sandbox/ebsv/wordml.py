"""Walks WordprocessingML as a stream: paragraphs, tables, text boxes, breaks, and what is not shown.

One pass of expat with a small stack: no tree is built, document type declarations are refused.
"""

from __future__ import annotations

import attrs

from cvsense_async.sandbox.ebsv.wordtext import Paragraph, row_of
from cvsense_async.sandbox.ebsv.wordxml import StreamParser, alike, half_points, is_dark, is_on, is_white, value_of

MAX_CHARACTERS = 80_000
_SQUEEZED = 10  # per cent of a letter's width
_SKIPPED = frozenset(
    {
        "del",
        "moveFrom",
        "instrText",
        "delText",
        "pPrChange",
        "rPrChange",
        "tblPrChange",
        "tcPrChange",
        "trPrChange",
        "sectPr",
        "Fallback",
        "rt",
    }
)


@attrs.define
class _Run:
    bold: bool = False
    hidden: bool = False
    white: bool = False
    shaded: bool = False
    size: float = 0.0
    style: str = ""
    colour: str = ""
    ground: str = ""
    filling: bool = False


@attrs.define
class _Cell:
    shaded: bool = False
    paragraphs: list[Paragraph] = attrs.field(factory=list)


class Body(StreamParser):
    """Gathers the paragraphs of the parts fed to it, in reading order."""

    def __init__(self) -> None:
        super().__init__()
        self.page: int = 1
        self.uses_styles: bool = False
        self.chunks: list[tuple[int, str]] = []  # parts of another kind: after how many paragraphs, by which id
        self._done: list[Paragraph] = []
        self._part_from = 0
        self._margin = False
        self._letters = 0
        self._reset()

    def _reset(self) -> None:
        self._skip = 0
        self._open: list[Paragraph] = []
        self._after: list[list[Paragraph]] = []  # text boxes of the open paragraphs
        self._cells: list[list[_Cell]] = []
        self._runs: list[_Run] = []
        self._shapes: list[bool] = []
        self._in_text = False
        self._in_properties = 0
        self._in_shape_looks = False
        self._choices: list[bool] = []
        self._prompts: list[bool] = []  # for each open control: whether it shows its prompt, which nobody filled in

    @property
    def paragraphs(self) -> list[Paragraph]:
        """What has been gathered."""
        return self._done

    @property
    def cut_short(self) -> bool:
        """Whether there was more text than is taken."""
        return self._letters >= MAX_CHARACTERS

    def begin_margin(self) -> None:
        """What follows is a header or footer."""
        self._margin = True
        self._part_from = len(self._done)

    def end_of_part(self) -> None:
        """A part has ended; a header or footer that repeats an earlier one is dropped."""
        if self._margin:
            seen = {one.plain for one in self._done[: self._part_from]}
            fresh = [one for one in self._done[self._part_from :] if one.plain not in seen]
            self._done[self._part_from :] = fresh
        self._margin = False
        self._part_from = len(self._done)
        self._reset()

    def drop_part(self) -> None:
        """Forgets a part that could not be read to its end."""
        del self._done[self._part_from :]
        self._margin = False
        self._expat = None
        self._reset()

    def put_chunk(self, place: int, paragraphs: list[Paragraph]) -> bool:
        """Puts in the text of a part of another kind, after so many paragraphs; whether there was room for it."""
        self._letters += sum(len(one.plain) for one in paragraphs)
        if self._letters < MAX_CHARACTERS:
            self._done[place:place] = paragraphs
        return self._letters < MAX_CHARACTERS

    def start(self, name: str, attributes: dict[str, str]) -> None:
        chosen = bool(self._choices and self._choices[-1])
        prompted = name == "sdtContent" and bool(self._prompts and self._prompts[-1])
        if self._skip or prompted or (name in _SKIPPED and (name != "Fallback" or chosen)):
            self._skip += 1
            return
        if name == "t":
            self._in_text = True
        elif name == "r":
            self._runs.append(_Run())
        elif name == "p" and not self._in_shape_looks:
            self._open.append(Paragraph(page=self.page))
            self._after.append([])
        elif name in ("pPr", "rPr"):
            self._in_properties += 1
        elif self._in_properties:
            self._property(name, attributes)
        elif name in ("tab", "ptab"):
            self._add("\t")
        elif name in ("br", "cr"):
            if value_of(attributes, "type") == "page":
                self.page += 1
            self._add("\n")
        elif name == "lastRenderedPageBreak":
            self.page += 1
            if self._open and not self._open[-1].plain:
                self._open[-1].page = self.page
        elif name == "noBreakHyphen":
            self._add("-")
        elif name == "sym":
            self._add("\uf0b7" if not self._open or not self._open[-1].plain else " ")
        elif name == "sdt":
            self._prompts.append(False)
        elif name == "showingPlcHdr" and self._prompts:
            self._prompts[-1] = is_on(attributes)
        elif name == "altChunk":
            self.chunks.append((len(self._done), value_of(attributes, "id")))
        elif name == "tbl":
            self._cells.append([])
        elif name == "tr" and self._cells:
            self._cells[-1] = []
        elif name == "tc" and self._cells:
            self._cells[-1].append(_Cell())
        elif name == "shd" and self._cells and self._cells[-1]:
            self._cells[-1][-1].shaded = is_dark(attributes)
        elif name == "AlternateContent":
            self._choices.append(False)
        elif name == "Choice" and self._choices:
            self._choices[-1] = True
        elif name == "txbxContent":
            self._cells.append([])
            self._cells[-1].append(_Cell(shaded=bool(self._shapes and self._shapes[-1])))
        elif name in ("wsp", "shape", "rect"):
            self._shapes.append(name != "wsp" and value_of(attributes, "filled") not in ("f", "false"))
        elif name == "solidFill" and self._shapes:
            self._shapes[-1] = True

    def end(self, name: str) -> None:
        if self._skip:
            self._skip -= 1
            return
        if name == "t":
            self._in_text = False
        elif name == "r" and self._runs:
            self._runs.pop()
        elif name == "p" and self._open:
            paragraph, boxes = self._open.pop(), self._after.pop()
            for one in [paragraph, *boxes]:
                self._put(one)
        elif name in ("pPr", "rPr") and self._in_properties:
            self._in_properties -= 1
        elif name == "tr" and self._cells:
            cells, self._cells[-1] = self._cells[-1], []
            outer = self._cells[-2][-1].paragraphs if len(self._cells) > 1 and self._cells[-2] else self._done
            outer.extend(row_of([cell.paragraphs for cell in cells]))
        elif name == "tbl" and self._cells:
            self._cells.pop()
        elif name == "AlternateContent" and self._choices:
            self._choices.pop()
        elif name == "sdt" and self._prompts:
            self._prompts.pop()
        elif name == "txbxContent" and self._cells:
            boxed = [one for cell in self._cells.pop() for one in cell.paragraphs]
            if self._after:
                self._after[-1].extend(boxed)
            else:
                for one in boxed:
                    self._put(one)
        elif name in ("wsp", "shape", "rect") and self._shapes:
            self._shapes.pop()

    def text(self, text: str) -> None:
        if self._in_text and not self._skip:
            self._letters += len(text)
            if self._letters < MAX_CHARACTERS:
                self._add(text.replace("\n", " "))

    def _put(self, paragraph: Paragraph) -> None:
        if not paragraph.pieces:
            return
        if self._cells and self._cells[-1]:
            self._cells[-1][-1].paragraphs.append(paragraph)
        else:
            self._done.append(paragraph)

    def _add(self, text: str) -> None:
        if not self._open:
            return
        run = self._runs[-1] if self._runs else _Run()
        paragraph = self._open[-1]
        shaded = run.shaded or paragraph.shaded or any(cell.shaded for row in self._cells for cell in row[-1:])
        hidden = run.hidden or (run.white and not shaded) or 0 < run.size <= 2.5
        hidden = hidden or alike(run.colour, run.ground or paragraph.ground)
        bare = not (shaded or run.colour)
        paragraph.pieces.append((text, hidden, run.bold, run.size, run.style, bare))

    def _property(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open:
            return
        paragraph = self._open[-1]
        if self._runs:
            run = self._runs[-1]
            if name == "b":
                run.bold = is_on(attributes)
            elif name in ("vanish", "specVanish", "webHidden"):
                run.hidden = run.hidden or is_on(attributes)
            elif name == "color":
                run.colour = value_of(attributes)
                run.white = is_white(run.colour) or value_of(attributes, "themeColor") == "background1"
            elif name == "sz":
                run.size = half_points(value_of(attributes))
            elif name == "shd":
                run.shaded, run.ground = is_dark(attributes), value_of(attributes, "fill")
            elif name == "rStyle":
                run.style = value_of(attributes)
                self.uses_styles = True
            elif name == "w" and value_of(attributes).rstrip("%").isdigit():
                run.hidden = run.hidden or int(value_of(attributes).rstrip("%")) < _SQUEEZED
            elif name in ("textFill", "textOutline"):  # an outline without colour is usual, letters without are not
                run.filling = name == "textFill"
            elif name == "noFill":
                run.hidden = run.hidden or run.filling
            elif name == "highlight":
                run.shaded = value_of(attributes) not in ("", "none", "white")
        elif name == "pStyle":
            paragraph.style = value_of(attributes)
            self.uses_styles = True
        elif name == "numId":
            paragraph.listed = value_of(attributes) not in ("", "0")
        elif name == "outlineLvl" and value_of(attributes).isdigit():
            paragraph.outline = int(value_of(attributes)) + 1
        elif name == "shd":
            paragraph.shaded, paragraph.ground = is_dark(attributes), value_of(attributes, "fill")
