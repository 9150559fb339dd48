"""Tells a tool's name from the everyday word that it is made of: "wrote it in Go", and not "asked to go online".

A name is matched as it is written, never by its stem: "reacted" shows no React. Where the name is an everyday word as
well, spelling tells them apart: a capital within a sentence, a place of its own in a list, or the words beside it.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from cvsense_async.sandbox.ebsv.lexicon import lexicon
from cvsense_async.sandbox.ebsv.stemming import stem
from cvsense_async.sandbox.ebsv.words import Word, stems


@cache
def everyday() -> frozenset[str]:
    """Names of tools that are words, or letters, of everyday life as well."""
    lines = (files("cvsense_async.sandbox.ebsv") / "everyday.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


class Written(NamedTuple):
    """What a word as it is written can be: the marks of the names that it spells."""

    marks: tuple[str, ...]
    everyday: bool = False  # only where its spelling tells that it is a name
    unknown: bool = False  # in no list: a name for all that is known


_NOTHING = Written(())
_VERSION = re.compile(r"(?<=[a-z]{3})\d{1,2}$|(?<=[a-z])js$")
_SHORTEST = 3


@lru_cache(maxsize=60_000)
def written(word: str) -> Written:
    """The names that a word in small letters spells: its own, and that of its family ("html5", "nodejs", "pyspark")."""
    known = lexicon()
    if word in everyday():
        return Written((mark(word),), everyday=True)
    if word in known.tools:
        return Written((mark(word), *(mark(one) for one in family(word))))
    own = family(word)
    if own:
        return Written((mark(word), *(mark(one) for one in own)))
    if len(word) >= _SHORTEST and not word.isdigit() and stem(word) not in known.weights:
        one = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORTEST + 1 else word
        return Written((mark(one),), unknown=True)
    return _NOTHING


def family(word: str) -> list[str]:
    """The tools whose name a word in small letters is with a version, ".js", a plural's s or "py" about it."""
    known = lexicon().tools
    short = _VERSION.sub("", word)
    found = [short] if short != word and short in known else []
    if word.startswith("py") and len(word) > _SHORTEST + 2 and word[2:] in known:
        found.insert(0, word[2:])
    if word.endswith("s") and len(word) > _SHORTEST and word[:-1] in known and word[:-1] not in everyday():
        found.append(word[:-1])
    return found


def asked(word: str) -> str:
    """The mark under which a name that is asked for is met: of "html5" that of "html", of "pyspark" its own alone."""
    can = written(word).marks
    return can[0] if word.startswith("py") else can[-1]


def mark(word: str) -> str:
    """How a name is told from the word among stems."""
    return f"={word}"


def unmarked(one: str) -> str:
    """The stem of a name's mark; any other stem is itself."""
    return stem(one[1:]) if one[:1] == "=" else one


def plain(text: str, word: Word) -> str:
    """A word of a text in small letters, without the "'s" behind it."""
    return re.split("['’]", text[word.start : word.end].lower(), maxsplit=1)[0]


def spelt(text: str, found: Iterable[Word]) -> frozenset[str]:
    """The marks of all names that the words of a text spell."""
    marks: set[str] = set()
    for word in found:
        can = written(plain(text, word))
        if can.marks and not (can.everyday and (marks.issuperset(can.marks) or not is_name(text, word))):
            marks.update(can.marks)
    return frozenset(marks)


_ALSO_PLACES = frozenset({"java", "tekla", "azure"})


def names_tools(parts: Iterable[str]) -> bool:
    """Whether these are names of tools or skills and no place ("Terraform, Kafka"): one that is nothing else, or all."""
    known = lexicon()
    names = [part.lower().strip(" .") for part in parts]
    if any(name in known.tools and name not in everyday() and name not in _ALSO_PLACES for name in names):
        return True
    return all(name in known.tools or " ".join(stems(name)) in known.names for name in names)


_ALONE_BEFORE = re.compile(r"(?:^|[,;|/•·(:*+]|\band|&)\s*$", re.IGNORECASE)
_ALONE_AFTER = re.compile(r"\s*(?:$|[,;|/•·)]|and\b|&)|\.(?:\s|$)", re.IGNORECASE)
_OPENS = re.compile(r"(?:^|[.!?:•*]\s*)[\"'“(]*$")
_LOWER = re.compile(r"\s+[a-z]")
_IN_USE = re.compile(
    r"\b(?:using|used|(?:written|coded|programmed|developed|built|scripted|implemented|modelled|modeled|proficient|fluent|programming|development|scripts?|skilled|worked|code) (?:in|with)|(?:experience|knowledge|command|skills) (?:with|in|of))\s+$",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"(?:\.js\b|\s?\d+(?:\.\d+)*\b(?!\s?%)|[\s-]+(?:js|apps?|applications?|components?|apis?|endpoints?|microservices?|librar(?:y|ies)|frameworks?|code|codebases?|developers?|programming|scripts?|sdk|front[- ]?ends?|frontends?|back[- ]?ends?|backends?|hooks|queries|clusters?|spreadsheets?|macros?|formulas?|pivot|worksheets?|workbooks?|modules?|manifests?|cookbooks?|playbooks?|dashboards?|scrum|sprints?|ceremon\w+|kanban|methodolog\w+|methods?|software|delivery|coach|squads?|native|proficien\w+|certified|expertise|skills|users?|router|redux|hibernate|boot|mvc)\b)",
    re.IGNORECASE,
)
_WROTE_IN = re.compile(
    r"\b(?:wrote|rewrote|written|built|coded|programmed|developed|scripted|implemented|modelled|modeled)\b[^.;,]{0,40}\bin $",
    re.IGNORECASE,
)
_PURPOSE = re.compile(r"\s+(?:to|for) [a-z]")
_USED_IN_PROSE = frozenset("access rest word force go".split())  # "used access to the archive"  # noqa: SIM905
_BESIDE = {
    name: re.compile(rf"[\s-]+(?:{things})\b", re.IGNORECASE)
    for names, things in (
        (
            "agile scrum",
            r"teams?|ways?|environments?|process\w*|practices?|projects?|development|manifesto|boards?|rituals?|working|master|stand-?ups?|principles|transformation|of scrums|and (?:scrum|kanban|lean|waterfall)",
        ),
        (
            "lean",
            r"manufacturing|production|six|start-?ups?|principles|thinking|tools|practices?|process\w*|management|and (?:agile|six)",
        ),
        ("excel", r"sheets?|files?|reports?|tables?|models?|functions?|data|charts?|vba|skills"),
        ("sap oracle", r"databases?|systems?|servers?|consultants?|reports?|r/3|hana|erp|forms|sql"),
        ("rails node", r"server|services?|sites?|stack|engine"),
    )
    for name in names.split()
}  # the words behind a name that make it one in small letters, too
_COMPOUND = frozenset("&-'’")
_NEAR = 60  # letters before a name that are looked at
_CAPITALS = re.compile(r"[^\W\d_]{4,}")
_TITLE_CASE = 0.85  # of the longer words of a text: then a capital tells nothing
_FEWEST = 3


def is_name(text: str, word: Word) -> bool:
    """Whether an everyday word is spelt as a name where it stands in a text."""
    start, end = word.start, word.end
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    if before[-1:] in _COMPOUND or (after[:1] in _COMPOUND and not after[1:2].isspace()) or after[:1] in {"+", "#"}:
        return False
    if before[-1:] == "." and before[-2:-1].isalpha():
        return False  # "H.R."
    if end - start == 1 and after[:1] == "." and after[1:2].isalpha():
        return False
    if _ALONE_BEFORE.search(before[-12:]) and _ALONE_AFTER.match(after[:12]):
        return True
    beside = _BESIDE.get(text[start:end].lower())
    if end - start > 1 and (_THINGS.match(after) or (beside is not None and beside.match(after))):
        return True
    if _WROTE_IN.search(before) and _ALONE_AFTER.match(after[:12]):
        return True
    if _IN_USE.search(before) and (_ALONE_AFTER.match(after[:12]) or _PURPOSE.match(after) or text[start].isupper()):
        return text[start].isupper() or text[start:end] not in _USED_IN_PROSE
    if not text[start].isupper():
        return False
    opens = _OPENS.search(text[:start][-3:]) is not None
    shouted = end - start > 1 and text[start:end].isupper()
    if shouted and not text.isupper():
        return True
    if _title_case(text):
        alone = _ALONE_BEFORE.search(before[-12:]) or _ALONE_AFTER.match(after[:12])
        return alone is not None and re.search(r"[,;|•·+]", text) is not None
    return not (opens and _LOWER.match(after)) if start else not _LOWER.match(after)


def _title_case(text: str) -> bool:
    """Whether nearly every longer word of a text begins with a capital."""
    longer = _CAPITALS.findall(text)
    capitals = sum(one[0].isupper() for one in longer)
    return len(longer) > _FEWEST and capitals >= _TITLE_CASE * len(longer)
