"""A run of text as the page shows it, with what its looks tell: the common form of PDF and DOCX.

Both readers end here: headings, roles and contacts are found by one code, and a CV reads the same in either format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import attrs

_INVISIBLE = dict.fromkeys(
    [
        *(*range(9), *range(14, 32), *range(0x7F, 0xA0), 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F)),
        *(*range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFD), 0xFFFE, 0xFFFF),
    ]
)
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_CLEAN = {**_INVISIBLE, **_LIGATURES}
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRAY_NBSP = re.compile("(?<=\\w)\u00c2(?=[\\s\u00a0]|$)|(?<=[a-z0-9])\u00c2(?=\\w)")
_SPACES = re.compile(r"\s+")
_MARKS = "•‣⁃◦▪▫■□●○◉◘◆◇◊➢➣➤►▶▸▹✓✔✗✘➔➜→⇒❖★☆✦✧❑❒·∙⋅●\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf0e0\uf0a8\u2043\u204c\u204d\ufffd"
_BULLET = re.compile(
    rf"^\s*(?:[{_MARKS}\ue000-\uf8ff]+\s*|\u00e2\u20ac\u00a2\s*|[*¤»>~]+\s+|\*(?=[A-Z])"
    r"|[-–—]+\s+(?=\S)|[-–—](?=[A-Za-z\"'(]))(?!\s*$)"
)
_ONLY_MARK = re.compile(rf"^\s*[{_MARKS}\ue000-\uf8ff]\s*$")
_PRIVATE = re.compile("[\ue000-\uf8ff]")


@attrs.frozen
class Passage:
    """A paragraph, list item or heading. Sizes are in points, 0 where not known; `level` is Word's heading level."""

    text: str = attrs.field(repr=False)
    page: int = 1
    bullet: bool = False
    hidden: bool = False
    level: int = 0
    size: float = 0.0
    bold: bool = False
    indent: float = 0.0
    column: int = 0  # passages of one column and stretch of a page share it
    left: float = 0.0  # the edges of that column, in points
    right: float = 0.0
    tall: bool = False  # that column takes a good part of the page's height
    bottom: float = 0.0  # where it ends, in points from the page's top


def clean(text: str) -> str:
    """The text without invisible characters, with ligatures spelt out and single spaces."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    if "\u00e2\u20ac\u2039" in text:  # a zero-width space whose UTF-8 was read as Windows-1252
        text = text.replace("\u00e2\u20ac\u2039", "")
    text = _STRAY_NBSP.sub(" \u00c2 ", text.translate(_CLEAN))
    return _SPACES.sub(" ", text).strip()


def unbullet(text: str) -> tuple[str, bool]:
    """The text without its list mark, and whether it had one."""
    match = _BULLET.match(text)
    bare = text[match.end() :] if match else text
    if _PRIVATE.search(bare):
        bare = _PRIVATE.sub(" ", bare)
    return bare.strip(), match is not None


_LETTER_MARK = re.compile(r"^([lnoqvuüØ§])\s+(?=[A-Z])")


def letter_marks(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What matches letters that stand for list marks ("l Stocked": a symbol font's dot), where several lines do."""
    counts = Counter(match.group(1) for text in texts if (match := _LETTER_MARK.match(text)))
    marks = "".join(letter for letter, count in counts.items() if count >= 3)
    return re.compile(rf"^[{marks}]\s+(?=[A-Z])") if marks else None


def is_mark(text: str) -> bool:
    """Whether the text is a list mark and nothing else."""
    return _ONLY_MARK.match(text) is not None
