"""Text for fonts that know Western European letters only: what they lack is spelt with what they have.

A PDF's standard fonts need no files and look the same everywhere; a name in Cyrillic or Greek stays readable.
"""

from __future__ import annotations

import unicodedata

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўђјљњћџ"
_CYRILLIC_SPELT = (
    "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g u dj j lj nj c dz"
)
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψω"
_GREEK_SPELT = "a v g d e z i th i k l m n x o p r s s t u f ch ps o"
_OTHERS = {
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "→": "->",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "≥": ">=",
    "≤": "<=",
    "●": "•",
    "▪": "•",
    "■": "•",
    "✓": "+",
    "✔": "+",
}
_SPELT = {
    **dict(zip(_CYRILLIC, _CYRILLIC_SPELT.split(), strict=True)),
    **dict(zip(_GREEK, _GREEK_SPELT.split(), strict=True)),
    **_OTHERS,
}


def plain(words: str, longest: int) -> str:
    """The words in letters that the standard fonts have (cp1252), on one line, cut to their length."""
    short = words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
    return "".join(_shown(character) for character in short).strip()


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if has(character):
        return character
    if not character.isprintable() or unicodedata.combining(character):
        return ""
    lower = character.lower()
    if lower in _SPELT:
        spelt = _SPELT[lower].strip("_")
        return spelt if character == lower else spelt.capitalize()
    parts = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    if parts != character:
        return "".join(_shown(one) for one in parts)
    return "?"


def has(character: str) -> bool:
    """Whether the standard fonts have this character."""
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return character.isprintable()
