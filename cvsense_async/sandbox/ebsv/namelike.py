"""Tells a tool's name from the everyday word that it is made of: "wrote it in Go", and not "asked to go online".

Spelling tells them apart: a capital within a sentence, or a place of its own in a list.
"""

from __future__ import annotations

import re

from cvsense_async.sandbox.ebsv.stemming import stem

EVERYDAY = frozenset(
    re.findall(
        r"\w+",
        """
    go r c word access spark teams outlook swift rest project publisher chef puppet sketch rust dart express ember
    hive pig storm unity blender slack zoom notion monday scratch flash spring ant maven canvas bridge salt sage
    asana make segment square stripe front drift acrobat premiere illustrator visual basic shell bash ruby perl julia
    """,
    )
)
"""Names of tools that are words, or letters, of everyday life as well."""
EVERYDAY_STEMS = frozenset(stem(word) for word in EVERYDAY)

_WORD = re.compile(r"[A-Za-z]+")
_ALONE_BEFORE = re.compile(r"(?:^|[,;|/•·(:]|\band|&)\s*$", re.IGNORECASE)
_ALONE_AFTER = re.compile(r"\s*(?:$|[,;|/•·)]|and\b|&)|\.(?:\s|$)", re.IGNORECASE)
_OPENS = re.compile(r"(?:^|[.!?:•*]\s*)[\"'“(]*$")
_LOWER = re.compile(r"\s+[a-z]")


def spelt(text: str) -> frozenset[str]:
    """The everyday words that are spelt as names in a text, each with a mark before it ("=go")."""
    found: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group().lower()
        if word in EVERYDAY and mark(word) not in found and _is_name(text, match.start(), match.end()):
            found.add(mark(word))
    return frozenset(found)


def mark(word: str) -> str:
    """How a name is told from the word among stems."""
    return f"={word}"


def _is_name(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 12) : start], text[end : end + 12]
    if before[-1:] in {"&", "-", "'", "’"} or after[:1] in {"&", "-", "'", "’", "+", "#"}:
        return False
    if before[-1:] == "." and before[-2:-1].isalpha():
        return False  # "H.R."
    if end - start == 1 and after[:1] == "." and after[1:2].isalpha():
        return False
    if _ALONE_BEFORE.search(before) and _ALONE_AFTER.match(after):
        return True
    if not text[start].isupper():
        return False
    return not (_OPENS.search(text[:start][-3:]) and _LOWER.match(after)) if start else not _LOWER.match(after)
