"""Which lines head a section, and of which kind, under the many names that people give to the same thing.

A name is a head noun with any of a few words before it ("Core Professional Skills"): no list has to hold them all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.heading_names import AFTER, BEFORE, COMMON, PHRASES

_JOINS = frozenset(
    {
        "and",
        "&",
        "/",
        "+",
        "or",
        "of",
        "the",
        "in",
        "und",
        "et",
        "y",
        "e",
        "en",
        "i",
        "oraz",
        "ed",
        "de",
        "di",
        "with",
        "for",
    }
    | {"a", "to"}
)
_ORDER = (
    Kind.EXPERIENCE,
    Kind.EDUCATION,
    Kind.CERTIFICATIONS,
    Kind.PROJECTS,
    Kind.PUBLICATIONS,
    Kind.ACHIEVEMENTS,
    Kind.LANGUAGES,
    Kind.SKILLS,
    Kind.SUMMARY,
    Kind.REFERENCES,
    Kind.INTERESTS,
    Kind.HEADER,
    Kind.OTHER,
)
_NAMES: dict[str, Kind] = {name: kind for kind, names in PHRASES.items() for name in names}
_VOCABULARY = {word for name in _NAMES for word in name.split()} | BEFORE | _JOINS
_LONGEST = max(len(name.split()) for name in _NAMES)
_SPLIT = re.compile(r"[a-z0-9']+|[&/+]")
_TRACKED = re.compile(r"^(?:[^\W\d_] ){3,}[^\W\d_]\W*$")
_NUMBERED = re.compile(r"^(?:\(?(?:[ivx]{1,4}|\d{1,2})[.)]\)?|section \d+)\s*", re.IGNORECASE)
_SPELT = (
    (re.compile(r"\bexp[ei]?[ei]?r[ei]+[ae]?nce(s?)\b"), r"experience\1"),
    (re.compile(r"\beducat?i?t?on\b"), "education"),
    (re.compile(r"\bach[ei]+vements?\b"), "achievements"),
    (re.compile(r"\bcert[i]?f[i]?cat[i]?ons?\b"), "certifications"),
    (re.compile(r"\bproffess?ion"), "profession"),
    (re.compile(r"\bcarrier\b"), "career"),
)
_ACCENTS = str.maketrans("áàâäãåąéèêëęíìîïóòôöõúùûüçćñńßśłżź’", "aaaaaaaeeeeeiiiiooooouuuuccnnsslzz'")


@lru_cache(maxsize=4096)
def kind_of(text: str) -> Kind | None:
    """The kind of section that a line names, where the whole line is such a name; None otherwise."""
    if not 2 < len(text) <= 64:
        return None
    text = untracked(text)
    plain = _NUMBERED.sub("", text.lower().translate(_ACCENTS).replace("\u2019", "'"))
    for wrong, right in _SPELT:
        plain = wrong.sub(right, plain)
    plain = re.sub(r"\((?:s|continued|contd?\.?|selected|cont'd)\)", "", plain)
    plain = re.sub(r"\b(?:continued|cont'd|contd)\b", "", plain)
    if re.search(r"[.!?;@\d%]", plain.strip(" .:")):
        return None
    words = _SPLIT.findall(plain.replace("'s", "").replace("'", " ").replace("-", " "))
    if not words or len(words) > 7:
        return None
    kind = _NAMES.get(" ".join(words)) or _composed(words)
    return None if plain.rstrip().endswith(".") and kind is not Kind.REFERENCES else kind


def _composed(words: list[str]) -> Kind | None:
    """The kind of a line made of names, words before them and joining words only."""
    kinds: list[tuple[Kind, int]] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            kind = _NAMES.get(" ".join(words[at : at + length]))
            if kind is not None:
                kinds.append((kind, length))
                at += length
                break
        else:
            if kinds and words[at] in AFTER:
                at += 1
                continue
            if words[at] not in BEFORE and words[at] not in _JOINS:
                return None
            if at == len(words) - 1:
                return None
            at += 1
    if not kinds:
        return None
    if any(word in {"and", "&", "/", "+"} for word in words):
        return min((kind for kind, _ in kinds), key=_ORDER.index) if kinds[0][0] != Kind.SUMMARY else kinds[0][0]
    return kinds[-1][0]


def is_plain_name(text: str) -> bool:
    """Whether a heading is known by a name that hardly means anything else, so that it needs no looks to be one."""
    words = _SPLIT.findall(untracked(text).lower().translate(_ACCENTS).replace("-", " "))
    return any(
        " ".join(words[at : at + length]) in _NAMES and (length > 1 or words[at] not in COMMON)
        for at in range(len(words))
        for length in range(1, min(_LONGEST, len(words) - at) + 1)
    )


def untracked(text: str) -> str:
    """A heading whose letters are set apart ("W O R K E X P E R I E N C E") in words; any other text as it is."""
    if not _TRACKED.match(text):
        return text
    joined = text.replace(" ", "")
    found = _cut(joined.lower(), 0)
    if found is None:
        return joined
    words: list[str] = []
    at = 0
    for length in found:
        words.append(joined[at : at + length])
        at += length
    return " ".join(words)


def _cut(joined: str, depth: int) -> list[int] | None:
    """The lengths of the known words that a run of letters is made of."""
    if not joined:
        return []
    if depth > 5:
        return None
    for length in range(len(joined), 1, -1):
        if joined[:length] in _VOCABULARY:
            rest = _cut(joined[length:], depth + 1)
            if rest is not None:
                return [length, *rest]
    return None
