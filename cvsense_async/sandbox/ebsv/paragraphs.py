"""Joins the wrapped lines of a page to paragraphs and list items.

A CV must read the same whether Word keeps its paragraphs whole or a printer has broken them into lines.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from statistics import median

from cvsense_async.sandbox.ebsv.dates import cut_between, is_date, spans
from cvsense_async.sandbox.ebsv.headings import kind_of
from cvsense_async.sandbox.ebsv.layout import Row
from cvsense_async.sandbox.ebsv.linestarts import ADDRESS, begins_anew, hangs, is_dated
from cvsense_async.sandbox.ebsv.passage import Passage, clean, letter_marks, unbullet

_WORD = re.compile(r"\S+")
_HYPHEN = re.compile(r"([^\W\d_]{2,})[-\u00ad]$")
_NEXT = re.compile(r"([^\W\d_]+)")
_KEEPS = frozenset(
    [
        "all",
        "anti",
        "back",
        "bi",
        "co",
        "cost",
        "cross",
        "data",
        "decision",
        "detail",
        "e",
        "end",
        "ex",
        "fast",
        "first",
        "follow",
        "four",
        "front",
        "full",
        "goal",
        "hands",
        "high",
        "in",
        "inter",
        "large",
        "life",
        "long",
        "low",
        "market",
        "mid",
        "mission",
        "multi",
        "non",
        "object",
        "off",
        "on",
        "one",
        "open",
        "part",
        "post",
        "pre",
        "problem",
        "re",
        "real",
        "result",
        "results",
        "risk",
        "second",
        "self",
        "semi",
        "short",
        "single",
        "small",
        "so",
        "state",
        "step",
        "sub",
        "team",
        "third",
        "time",
        "top",
        "two",
        "up",
        "user",
        "value",
        "well",
        "work",
        "world",
        "year",
        "zero",
    ]
)
_WIDE = 350.0  # points: nobody writes lists this wide
_NARROW = 220.0
_FILLED = 0.85  # of a narrow column's width
_SENTENCE = 4  # words: an item of so many that fills its line is a sentence, cut by the column's edge
_PAGE_NUMBER = re.compile(r"^(?:page\s*)?[-–]?\s*\d{1,3}\s*[-–]?(?:\s*(?:of|/|\|)\s*\d{1,3})?$", re.IGNORECASE)


def passages(rows: list[Row], heights: dict[int, float]) -> list[Passage]:
    """The rows joined to passages, page numbers at a page's edges left out. `heights` are the pages' heights."""
    rows = [row for row in rows if not _is_page_number(row, heights.get(row.page, 842.0))]
    for row in rows:
        row.text = clean(row.text)
        bare, marked = unbullet(row.text)
        if marked:
            row.text, row.bullet, row.mark_inside = bare, True, not row.bullet
    rows = [row for row in rows if row.text]
    _letters_as_marks(rows)
    words = Counter(word.lower() for row in rows for word in _NEXT.findall(row.text))
    _see_wraps(rows)
    pitch = _pitch(rows)
    found: list[Passage] = []
    group: list[Row] = []
    for number, row in enumerate(rows):
        below = rows[number + 1].text if number + 1 < len(rows) else ""
        if group and (
            _span_goes_on(group[-1], row)
            or (not is_dated(row.text, group[-1].text, below) and _continues(group, row, pitch))
        ):
            group.append(row)
            continue
        if group:
            found.append(_passage(group, words))
        group = [row]
    if group:
        found.append(_passage(group, words))
    return found


def _span_goes_on(last: Row, row: Row) -> bool:
    """Whether a time span was cut by the line's end ("08/2008 to", "02/2011 Contoso")."""
    return last.block == row.block and not row.bullet and cut_between(last.text, row.text)


def _is_page_number(row: Row, height: float) -> bool:
    at_edge = row.y1 < 0.07 * height or row.y0 > 0.93 * height
    return at_edge and len(row.text) < 16 and _PAGE_NUMBER.match(row.text.strip()) is not None


def _letters_as_marks(rows: list[Row]) -> None:
    marks = letter_marks(row.text for row in rows)
    for row in rows:
        match = marks.match(row.text) if marks else None
        if match:
            row.text, row.bullet, row.mark_inside = row.text[match.end() :], True, True


def _see_wraps(rows: list[Row]) -> None:
    """Marks the rows of columns in which sentences are plainly cut by the column's edge, and not by who wrote them.

    A program may have cut them after so many letters, whatever their widths: then letters tell which rows are full.
    """
    longest: Counter[int] = Counter()
    for row in rows:
        longest[row.block] = max(longest[row.block], len(row.text))
    goes_on = [
        (above, below)
        for above, below in itertools.pairwise(rows)
        if above.block == below.block and below.text[:1].islower() and not below.bullet
    ]
    full = Counter(above.block for above, below in goes_on if _full(above, below))
    by_letters = Counter(
        above.block
        for above, below in goes_on
        if not _full(above, below) and _full_of_letters(above, below, longest[above.block])
    )
    for row in rows:
        if by_letters[row.block] >= 3 and by_letters[row.block] > 0.5 * full[row.block]:
            row.letters = longest[row.block]
        row.wraps = row.limit - row.left > _NARROW and full[row.block] + by_letters[row.block] >= 2


def _full_of_letters(last: Row, row: Row, longest: int) -> bool:
    return len(last.text) + 1 + len(row.text.split(" ", 1)[0]) > longest and len(last.text) > 0.6 * longest


def _pitch(rows: list[Row]) -> float:
    steps = [
        below.y0 - above.y0
        for above, below in itertools.pairwise(rows)
        if above.block == below.block and 0 < below.y0 - above.y0 < 3 * (above.y1 - above.y0)
    ]
    return median(steps) if steps else 14.0


def _continues(group: list[Row], row: Row, pitch: float) -> bool:
    """Whether a row goes on with the passage before it: the row before was full, and nothing says that one starts."""
    last = group[-1]
    if row.bullet or row.hidden != last.hidden or abs(row.size - last.size) > 0.12 * last.size:
        return False
    if row.bold != last.bold and not (row.text[:1].islower() and not group[0].bold):
        return False
    starts_low = row.text[:1].islower()
    if is_date(last.text) or (len(group) == 1 and len(last.text) < 140 and spans(last.text) and not starts_low):
        return False
    if not starts_low and (last.parted or row.parted or kind_of(row.text) is not None):
        return False
    if row.block != last.block:
        return _goes_over(group, row)
    step = row.y0 - last.y0
    if step > 1.35 * min(pitch, 1.6 * (last.y1 - last.y0)) + 1 or step <= 0:
        return False
    shift = row.x0 - _text_left(group)
    if group[0].mark_inside and len(group) == 1:
        if not 2 < shift < 34 and not (abs(shift) <= 4 and starts_low):
            return False
    elif abs(shift) > 4 and (group[0].bullet or len(group) > 1 or shift > 0):
        return False
    if ADDRESS.match(row.text) or (not starts_low and not hangs(last.text) and begins_anew(last.text, row.text)):
        return False
    if starts_low and _HYPHEN.search(last.text):
        return True
    narrow = not (last.limit - last.left > _WIDE or last.wraps)
    if group[0].bullet and row.x0 > last.left + 2 and (starts_low or narrow):
        return True  # in a list whose items have marks, a line without one goes on
    if not _full(last, row):
        return False
    digit = row.text[:1].isdigit() and not (is_date(row.text) or spans(row.text))
    if starts_low or digit or last.text[-1:] in ",-/(&+" or not narrow:
        return True
    if hangs(last.text) or last.text.count("(") > last.text.count(")"):
        return True
    wide = last.x1 - last.left > _FILLED * (last.limit - last.left)
    return wide and len(last.text.split()) >= _SENTENCE and last.text[-1:] not in ".!?:;"


def _goes_over(group: list[Row], row: Row) -> bool:
    """Whether a passage goes on in the next column or on the next page."""
    last = group[-1]
    if row.page == last.page:
        wraps = last.wraps or (group[0].bullet and not row.bullet)
        if not (wraps and row.block == last.block + 1 and row.y0 < last.y0):
            return False
    elif row.page != last.page + 1:
        return False
    low = row.text[:1].islower() and (group[0].bullet or len(last.text) > 25)
    shouted = row.text.isupper() and last.text.isupper() and len(last.text) > 25
    return (low or shouted) and last.text[-1:] not in ".!?:;" and _full(last, row)


def _text_left(group: list[Row]) -> float:
    return group[1].x0 if len(group) > 1 else group[0].x0


def _full(last: Row, row: Row) -> bool:
    """Whether the first word of the next row would not have fitted."""
    if last.letters and _full_of_letters(last, row, last.letters):
        return True
    word = _WORD.match(row.text)
    share = len(word.group()) / max(1, len(row.text)) if word else 1.0
    needed = share * (row.x1 - row.x0) + 0.15 * row.size
    return last.x1 + needed > last.limit - 0.01 * (last.limit - last.left)


def _passage(group: list[Row], words: Counter[str]) -> Passage:
    text = group[0].text
    for row in group[1:]:
        text = _joined(text, row.text, words)
    first = group[0]
    return Passage(
        text=text,
        page=first.page,
        bullet=first.bullet,
        hidden=first.hidden,
        size=round(first.size, 1),
        bold=all(row.bold for row in group),
        indent=max(0.0, first.x0 - first.left),
        column=first.block,
        left=first.left,
        right=first.limit,
        tall=first.tall,
        bottom=group[-1].y1,
    )


def _joined(text: str, more: str, words: Counter[str]) -> str:
    """Two rows as one, a word that was broken between them made whole."""
    head, tail = _HYPHEN.search(text), _NEXT.match(more)
    if head is None or tail is None or not tail.group().islower():
        tight = text.endswith(("-", "/")) and text[-2:-1].isalnum() and more[:1].isalnum()
        return f"{text}{'' if tight else ' '}{more}"
    front, back = head.group(1).lower(), tail.group().lower()
    if words[front + back] or (front not in _KEEPS and words[front] < 2):
        return text[:-1] + more
    return text + more
