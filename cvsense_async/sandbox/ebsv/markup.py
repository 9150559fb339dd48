"""Gathers the text of an HTML advert, a block a line, with its tables as `grids` reads them.

Adverts come as HTML that was pasted from everywhere: bold lines stand for headings, and line breaks for lists.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from attrs import evolve

from cvsense_async.sandbox.ebsv.advertlines import AdvertLine, Mark, advert_lines
from cvsense_async.sandbox.ebsv.grids import grid_lines

_LONGEST_LEAD = 90
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """
        p br ul ol li div h1 h2 h3 h4 h5 h6 table tr section article header footer dl dt dd pre blockquote hr
        """,
    )
)
_SILENT = frozenset({"script", "style", "template", "head", "noscript"})
_CELLS = frozenset({"td", "th"})
_TICKS = ("✓", "✔", "☑", "√")

Row = list[int]  # where each cell's lines start


def html_lines(text: str) -> list[AdvertLine]:
    """The lines of an advert in HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.finished()


class _Reader(HTMLParser):
    """Gathers blocks as lines; the rows of a table as one block each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[AdvertLine] = []
        self._text: list[str] = []
        self._strong = 0
        self._styled: list[str] = []  # the open tags that are bold by their style
        self._weak = ""
        self._lead = ""  # the bold words with which a block begins
        self._heading = False
        self._item = False
        self._silent = 0
        self._tables: list[list[Row]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS or tag in _CELLS:
            self._cut()
        if tag == "table":
            self._tables.append([])
        elif tag == "tr" and self._tables:
            self._tables[-1].append([])
        elif tag in _CELLS and self._tables and self._tables[-1]:
            self._tables[-1][-1].append(len(self._lines))
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", "legend"):
            self._heading = True
        elif tag == "li":
            self._item = True
        elif tag in ("strong", "b", "u"):
            self._strong += 1
        elif _BOLD.search(dict(attrs).get("style") or ""):
            self._strong += 1
            self._styled.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS or tag in _CELLS:
            self._cut()
        if tag == "table" and self._tables:
            self._close_table(self._tables.pop())
        elif tag in ("strong", "b", "u") or self._styled[-1:] == [tag]:
            self._strong = max(0, self._strong - 1)
            if tag not in ("strong", "b", "u"):
                self._styled.pop()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._strong:
            self._weak += data
        elif not self._weak.strip():
            self._lead += data
        self._text.append(data)

    def finished(self) -> list[AdvertLine]:
        """The lines gathered."""
        self._cut()
        return self._lines

    def _cut(self) -> None:
        raw = "".join(self._text)
        if raw.strip() in _TICKS:
            raw = "x"
        heading = self._heading or (bool(raw.strip()) and not self._weak.strip(" :\n\t"))
        mark = Mark.BULLET if self._item else Mark.NONE
        lead = " ".join(self._lead.split())
        led = (
            0 < len(lead) < _LONGEST_LEAD and not heading and (lead.endswith(":") or self._weak.lstrip()[:1] in ":–—-")
        )
        for number, part in enumerate(_parts(raw)):
            lines = list(advert_lines(part, mark if number == 0 else Mark.NONE, heading))
            if led and number == 0 and lines and lines[0].text.startswith(lead):
                lines[0] = evolve(lines[0], lead=len(lead))
            self._lines.extend(lines)
        self._text, self._weak, self._lead, self._heading, self._item = [], "", "", False, False

    def _close_table(self, rows: list[Row]) -> None:
        starts = [start for row in rows for start in row]
        if not starts:
            return
        edges = [*starts, len(self._lines)]
        cells = iter([self._lines[one:other] for one, other in itertools.pairwise(edges)])
        table = [[next(cells) for _ in row] for row in rows if row]
        del self._lines[starts[0] :]
        self._lines.extend(grid_lines(table))


def _parts(raw: str) -> Iterator[str]:
    """In HTML a line break is a space, but a text that was only wrapped in a tag keeps its lines."""
    if raw.count("\n") >= 3 and re.search(r"\n\s*(?:[-•*]|\d+[.)])\s", raw):
        yield from raw.splitlines()
    else:
        yield " ".join(raw.split())
