"""Finds the names of skills in a sentence of a CV, each as it is written and with its words together.

What stands between two words decides whether they are one name: "machine tools; learning sets" is no machine learning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from cvsense_async.sandbox.ebsv.lexicon import Lexicon
from cvsense_async.sandbox.ebsv.namelike import everyday, mark, plain, spelt, written
from cvsense_async.sandbox.ebsv.words import Word

_PARTED = re.compile(r"[;:!?()]|\.\s")
_BARE_GAP = re.compile(r"[\s./&+®™'’*_-]*")
_SHORTEST_PAIR = 6
_APART = frozenset(
    "salesforce airtable photoshop workday dropbox sharepoint powerpoint facebook smartsheet onenote quicktime".split()  # noqa: SIM905
)  # everyday words where they stand apart


def named(text: str, found: Sequence[Word], lexicon: Lexicon) -> tuple[frozenset[str], frozenset[str]]:
    """The marks of the names that a sentence spells, and the skills that it names."""
    marks = spelt(text, found)
    run = [word.stem for word in found]
    skills = {
        skill for first, last, skill in lexicon.every_concept(run) if _named(text, found[first:last], marks, lexicon)
    }
    for one in marks:
        if one[1:] in lexicon.names:
            skills.add(lexicon.names[one[1:]])
    return marks, frozenset(skills)


def _named(text: str, span: Sequence[Word], marks: frozenset[str], lexicon: Lexicon) -> bool:
    """Whether words that may be the name of a skill are one where they stand."""
    return together(text, span, lexicon) if len(span) > 1 else _as_written(text, span[0], marks, lexicon)


def _as_written(text: str, word: Word, marks: frozenset[str], lexicon: Lexicon) -> bool:
    """Whether a word that names a skill does so as it is written: any form of it, unless the skill is a tool."""
    if word.stem not in lexicon.tool_stems:
        return True
    can = written(plain(text, word))
    return not can.unknown and not marks.isdisjoint(can.marks)


def together(text: str, found: Sequence[Word], lexicon: Lexicon) -> bool:
    """Whether the words of a name stand in one clause, those of a product with nothing between them."""
    gaps = [text[one.end : other.start] for one, other in pairwise(found)]
    joining = lexicon.products.get(" ".join(word.stem for word in found))
    if joining is not None:
        return all(_BARE_GAP.fullmatch(gap) or joining.issuperset(gap.lower().split()) for gap in gaps)
    return not any(_PARTED.search(gap) for gap in gaps)


def joined(text: str, found: Sequence[Word]) -> frozenset[str]:
    """Neighbours written as one word, as stems, and as a name's mark ("dev ops", "Quick Books").

    What is an everyday word together ("air flow", "snow flake") is a name only where it has a capital.
    """
    pairs: set[str] = set()
    for one, other in pairwise(found):
        pairs.add(one.stem + other.stem)
        low = text[one.start : one.end].lower() + text[other.start : other.end].lower()
        if len(low) < _SHORTEST_PAIR or not set(text[one.end : other.start]) <= {" ", "-"}:
            continue
        if text[other.start].isupper() or not (low in everyday() or low in _APART):
            pairs.update((mark(low), *written(low).marks))
    return frozenset(pairs)
