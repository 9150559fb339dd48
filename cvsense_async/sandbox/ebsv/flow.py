"""Follows columns from page to page, and sees where the name stands above the second of them.

A narrow column beside a wide one holds sections of its own; they go on in the same column of the next page.
"""

from __future__ import annotations

from cvsense_async.sandbox.ebsv.contact import is_name
from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.openings import Open
from cvsense_async.sandbox.ebsv.passage import Passage

_REACHES = 0.85  # of the height at which the page's last line ends
_NEARLY = 0.6  # enough for a list of short items
_SHORT = 60


class Columns:
    """Which section each tall column of a page was in at its end, so that the next page's column goes on with it.

    Only where a narrow column runs beside a wide one: of equal columns, the text flows from one into the next.
    """

    def __init__(self, passages: list[Passage]) -> None:
        edges = {(one.page, one.left, one.right) for one in passages if one.tall}
        self._sided = {
            page
            for page, left, right in edges
            for other, left2, right2 in edges
            if page == other
            and right < left2
            and min(right - left, right2 - left2) < 0.72 * max(right - left, right2 - left2)
        }
        self._follows = _followed(passages, self._sided)
        self._full = _full_columns(passages)
        self._page = 0
        self._column = -1
        self._before: list[tuple[float, Open]] = []
        self._here: list[tuple[float, Open]] = []
        self._resumed: Open | None = None
        self._newest: Open | None = None
        self._at_top: Open | None = None

    def begins_apart(self, passage: Passage, before: Passage) -> bool:
        """Whether a passage is the first of a wide or narrow column, right of the one that was read before it.

        What stands there above the column's first heading belongs to the page's top, not to the other's last section.
        """
        return (
            passage.page == before.page == 1
            and passage.column != before.column
            and passage.tall
            and passage.page in self._sided
            and passage.left >= before.right - 1
        )

    def resumed(self, passage: Passage, newest: Open) -> Open:
        """The section that a passage belongs to if it heads none: the newest, or its column's of the page before."""
        page = passage.page
        followed = page in self._follows
        if page not in self._sided and not followed:
            return newest
        place = self._follows.get(page, passage.left)
        if newest is not self._newest:
            self._newest, self._resumed = newest, None
        if passage.column != self._column:
            self._column, self._resumed = passage.column, None
            if page != self._page:
                self._before, self._here = (self._here if page == self._page + 1 else []), []
                self._page, self._at_top = page, newest
            for left, section in self._before:
                share = self._full.get((page - 1, left), 1.0 if page - 1 in self._follows else 0.0)
                full = share > (_NEARLY if len(passage.text) <= _SHORT else _REACHES)
                due = newest is self._at_top if followed else passage.tall
                if due and abs(left - place) < 15 and section is not newest and full:
                    self._resumed = section
        current = self._resumed or newest
        if passage.tall or followed:
            self._here = [one for one in self._here if one[0] != place] + [(place, current)]
        return current


def _followed(passages: list[Passage], sided: set[int]) -> dict[int, float]:
    """Pages of one column after pages of two: the left edge of the one of the two that goes on there.

    Set in the narrow column's place and width, the narrow one does; else the wide one.
    """
    edges: dict[int, set[tuple[float, float]]] = {}
    for one in passages:
        if one.tall or one.page not in sided:
            edges.setdefault(one.page, set()).add((one.left, one.right))
    found: dict[int, float] = {}
    before = 0
    for page in sorted(edges):
        if page in sided:
            before = page
        elif before and all(between in found for between in range(before + 1, page)):
            narrow, *_, wide = sorted(edges[before], key=lambda edge: edge[1] - edge[0])
            left, right = min(edge[0] for edge in edges[page]), max(edge[1] for edge in edges[page])
            beside = abs(left - narrow[0]) < 15 and right < narrow[1] + 15
            found[page] = narrow[0] if beside else wide[0]
    return found


def _full_columns(passages: list[Passage]) -> dict[tuple[int, float], float]:
    """How far down its page each column reaches, by page and left edge: what has room left needs no next page."""
    ends: dict[tuple[int, float], float] = {}
    pages: dict[int, float] = {}
    for one in passages:
        if one.tall:
            ends[one.page, one.left] = max(ends.get((one.page, one.left), 0.0), one.bottom)
        pages[one.page] = max(pages.get(one.page, 0.0), one.bottom)
    return {column: end / max(1.0, pages[column[0]]) for column, end in ends.items()}


def starts_with_name(passage: Passage, before: Passage, current: Open, body: float, *, named: bool) -> bool:
    """Whether a new column on the first page starts with the person's name, after a narrow column that came first.

    `named`: a name has been read already, so that only a large one is another.
    """
    if passage.page != 1 or passage.column == before.column or passage.bullet or current.kind is Kind.EXPERIENCE:
        return False
    if len(passage.text) > 40 or any(letter.isdigit() for letter in passage.text):
        return False
    large = body > 0 and passage.size >= 1.35 * body
    beside = not named and passage.left >= before.right - 1
    return (large or passage.level == 1 or beside) and is_name(passage.text)
