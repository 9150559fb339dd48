"""What a Word document's paragraph styles say: headings, lists, bold, hidden, size.

Only these few; a style's other looks tell nothing about a CV.
"""

from __future__ import annotations

import re

import attrs

from cvsense_async.sandbox.ebsv.wordxml import StreamParser, half_points, is_dark, is_on, is_white, value_of

_HEADING = re.compile(r"(?:heading|title|überschrift|titre|título|titolo)\s*(\d)?", re.IGNORECASE)


@attrs.define
class Look:
    """What a paragraph style gives."""

    based_on: str = ""
    level: int = 0
    listed: bool = False
    bold: bool = False
    hidden: bool = False
    white: bool = False
    coloured: bool = False
    shaded: bool = False
    size: float = 0.0


class Styles(StreamParser):
    """The paragraph styles of a document, by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self._looks: dict[str, Look] = {}
        self._current: Look | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self._current = Look()
            if len(self._looks) < 5000:
                self._looks[value_of(attributes, "styleId")] = self._current
            return
        look = self._current
        if look is None:
            return
        value = value_of(attributes)
        if name == "name":
            match = _HEADING.match(value)
            if match:
                look.level = int(match.group(1) or 1)
            look.listed = look.listed or value.lower().startswith("list bullet")
        elif name == "basedOn":
            look.based_on = value
        elif name == "outlineLvl" and value.isdigit() and int(value) < 9:
            look.level = int(value) + 1
        elif name == "numId":
            look.listed = value not in ("", "0")
        elif name == "b":
            look.bold = is_on(attributes)
        elif name == "vanish":
            look.hidden = is_on(attributes)
        elif name == "color":
            look.white, look.coloured = is_white(value), value not in ("", "auto")
        elif name == "shd":
            look.shaded = is_dark(attributes)
        elif name == "sz":
            look.size = half_points(value)

    def end(self, name: str) -> None:
        if name == "style":
            self._current = None

    def look(self, style: str) -> Look:
        """What a style gives, with what it inherits."""
        found = Look()
        for _ in range(12):
            one = self._looks.get(style)
            if one is None:
                break
            found.level = found.level or one.level
            found.listed = found.listed or one.listed
            found.bold = found.bold or one.bold
            found.hidden = found.hidden or one.hidden
            found.size = found.size or one.size
            found.shaded = found.shaded or one.shaded
            found.white = found.white or (one.white and not found.coloured)
            found.coloured = found.coloured or one.coloured
            style = one.based_on
        found.white = found.white and not found.shaded
        return found
