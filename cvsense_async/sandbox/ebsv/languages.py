"""Reads how well a CV says that a language is spoken, and how well a job asks it to be: "basic German" is not fluent.

Levels are laid on the CEFR's: what has no level in a CV may be any.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re

from cvsense_async.sandbox.ebsv.cues import LANGUAGE_NAME

_LEVELS = (
    (6, r"native|mother[- ]tongue|first language|bilingual|c2"),
    (5, r"fluen\w+|c1|business(?:[- ]level)?|professional|advanced|proficien\w+|excellent|very good|full(?: working)?|negotiation level"),
    (4, r"b2|upper[- ]intermediate|good|strong"),
    (3, r"b1|intermediate|conversation\w*|working|moderate|functional|fair"),
    (1, r"a1|a2|basic\w*|element\w+|beginner\w*|some|little|limited|rudiment\w+|school|learning|novice|poor"),
)  # fmt: skip
_LEVEL = re.compile("|".join(rf"(?P<l{level}>\b(?:{pattern})\b)" for level, pattern in _LEVELS), re.IGNORECASE)
_LEADING = re.compile(
    r"(?:\W+(?:in|knowledge|command|of|level|spoken|written|speaker|proficiency|user|both|and|the|reading|speaking|skills))*\W*$",
    re.IGNORECASE,
)
_PART = re.compile(r"[,;|•·\n]|/(?=\s)")
_CLOSED = re.compile(r"[,;|)\n]")
FLUENT = 5


def levels_in(text: str) -> dict[str, int]:
    """Each language named in a text with its level, 1 to 6; 0 where none is said."""
    found: dict[str, int] = {}
    inherited = 0
    last = 0
    mentions = list(LANGUAGE_NAME.finditer(text))
    for number, match in enumerate(mentions):
        until = mentions[number + 1].start() if number + 1 < len(mentions) else len(text)
        level = _before(text[last : match.start()])
        inherited = level or (inherited if re.fullmatch(r"\W*(?:and|or|&|,|/)\W*", text[last : match.start()]) else 0)
        level = level or _after(text[match.end() : until], closed=until < len(text)) or inherited
        language = match.group().lower()
        found[language] = max(found.get(language, 0), level)
        last = match.end()
    return found


def asked_level(text: str) -> int:
    """The level that a requirement asks for: the lowest that it names; 0 for none."""
    found = [_value(match) for match in _LEVEL.finditer(text)]
    return min(found) if found else 0


def suffices(level: int, asked: int) -> bool | None:
    """Whether a level answers the one asked for; None: nearly, or it is not said."""
    if not asked or level >= min(asked, FLUENT):
        return True
    if level == 0 or level >= asked - 1:
        return None
    return False


def _value(match: re.Match[str]) -> int:
    return int((match.lastgroup or "l0")[1:])


def _before(text: str) -> int:
    """The level that leads up to a language ("fluent in German")."""
    text = _CLOSED.split(text)[-1]
    found = list(_LEVEL.finditer(text))
    return _value(found[-1]) if found and _LEADING.match(text, found[-1].end()) else 0


def _after(text: str, *, closed: bool) -> int:
    """The level that follows a language ("German (C1)", "German - basic"), before the next part of the list begins."""
    part = _PART.search(text.lstrip(" ,") if not closed else text)
    own = text[: part.start()] if part and closed else text
    found = _LEVEL.search(own)
    if found is None:
        return 0
    led = closed and part is None and _LEADING.match(own, found.end()) and "(" not in own[: found.start()]
    return 0 if led and not re.match(r"\W*[-–:(]", own) else _value(found)
