"""Reads the tables of adverts: columns headed "Essential" and "Desirable", ticks in them, or a column that says which.

A table is the same thing in HTML and in text parted by tabs or bars, so both come here as cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cvsense_async.sandbox.ebsv.advertlines import AdvertLine, Mark, advert_lines
from cvsense_async.sandbox.ebsv.advertwords import metaness, weigh
from cvsense_async.sandbox.ebsv.marks import importance

Cell = Sequence[AdvertLine]
_TICK = re.compile(r"\W*(?:[xy]|yes|e|d|true|✓|✔|☑|√|●|•)\W*", re.IGNORECASE)
_BLANK = re.compile(r"\W*(?:n|no|false)?\W*", re.IGNORECASE)
_LETTERS = {"e": "essential", "m": "essential", "r": "essential", "d": "desirable", "p": "desirable", "o": "desirable"}
_LONGEST_MARK = 4  # words
_CODE = 4  # words


def grid_lines(table: Sequence[Sequence[Cell]]) -> list[AdvertLine]:
    """A table's lines: by columns where they are headed by importance, else a row a line, its importance behind it."""
    if not table:
        return []
    heads = {number: mark for number, cell in enumerate(table[0]) if (mark := _mark(_said(cell))) is not None}
    if len(set(heads.values())) >= 2:
        return _by_columns(table[1:], heads)
    codes = _codes(table)
    found: list[AdvertLine] = []
    for number, row in enumerate(table):
        said = [(at, _said(cell)) for at, cell in enumerate(row)]
        marks = [(at, mark) for at, text in said if at and (mark := _mark(text)) is not None]
        if number == 0 and len(row) > 1 and not marks and _names_columns([text for _, text in said]):
            continue
        if marks:
            at, mark = marks[0]
            text = " ".join(text for other, text in said if other != at and other not in codes)
            found.append(AdvertLine(f"{text} ({mark})", Mark.BULLET))
        elif len(row) > 1 and all(len(cell) <= 1 for cell in row):
            found.extend(advert_lines(" ".join(text for at, text in said if text and at not in codes)))
        else:
            found.extend(line for cell in row for line in cell)
    return found


def _by_columns(rows: Sequence[Sequence[Cell]], heads: dict[int, str]) -> list[AdvertLine]:
    codes = _codes(rows)
    found: list[AdvertLine] = []
    for row in rows:
        for number, cell in enumerate(row):
            said = _said(cell)
            if number not in heads or _BLANK.fullmatch(said):
                continue
            if _TICK.fullmatch(said):
                text = " ".join(_said(other) for at, other in enumerate(row) if at not in heads and at not in codes)
                found.append(AdvertLine(f"{text} ({heads[number]})", Mark.BULLET))
            else:
                found.extend(AdvertLine(f"{line.text} ({heads[number]})", Mark.BULLET) for line in cell)
    return found


def _codes(rows: Sequence[Sequence[Cell]]) -> frozenset[int]:
    """The columns behind the first that say the same few short things again and again ("A/I", "Interview")."""
    found: set[int] = set()
    for number in range(1, max((len(row) for row in rows), default=0)):
        said = [text for row in rows[1:] if number < len(row) and (text := _said(row[number]))]
        if said and len(set(said)) <= max(1, len(said) // 2) and all(len(one.split()) <= _CODE for one in said):
            found.add(number)
    return frozenset(found)


def _names_columns(said: Sequence[str]) -> bool:
    return all(len(one.split()) <= _LONGEST_MARK for one in said) and all(
        re.fullmatch(r"\W*(?:[a-z]\W*/\W*[a-z]|ref|no|type|how)\W*", one, re.IGNORECASE)
        or metaness(one) >= 0.5
        or re.search(r"attribute|criteri|assess|method|measur|weight|priorit", one, re.IGNORECASE)
        for one in said
    )


def is_importance(text: str) -> bool:
    """Whether a cell says how much its row matters, and nothing else."""
    return _mark(text) is not None


def _mark(text: str) -> str | None:
    plain = text.strip(" .:*()[]").lower()
    if plain in _LETTERS:
        return _LETTERS[plain]
    firm = None if weigh(plain).both or len(plain.split()) > _LONGEST_MARK else importance(plain)
    return None if firm is None else "essential" if firm else "desirable"


def _said(cell: Cell) -> str:
    return " ".join(line.text for line in cell)
