"""Names what a person should look at before trusting a score.

Flags never change the score by themselves: what they name has already been left out of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cvsense_async.sandbox.ebsv.document import Document
from cvsense_async.sandbox.ebsv.engine import Classification
from cvsense_async.sandbox.ebsv.evidence import Weighed
from cvsense_async.sandbox.ebsv.places import Place, Reading

_COPIED = 12
_LONG_LIST = 150  # honest CVs have lists of up to 130 words
_MANY_LISTED = 3


def flags_of(document: Document, reading: Reading, weighed: Sequence[Weighed]) -> tuple[str, ...]:
    """What reading noticed, and what judging noticed, in a fixed order."""
    found = list(dict.fromkeys(document.flags))
    if any(line.hidden for _, line in document.lines()) and "hidden_text" not in found:
        found.append("hidden_text")
    if reading.copied >= _COPIED:
        found.append("job_text_pasted")
    if any(one.only_listed for one in weighed):
        found.append("skill_listed_never_used")
    if _stuffed(reading, weighed):
        found.append("keyword_stuffing")
    if not reading.roles:
        found.append("no_dated_roles")
    if any(one.classification is Classification.CLAIMED and one.years is not None for one in weighed):
        found.append("fewer_years_than_asked")
    return tuple(found)


def _stuffed(reading: Reading, weighed: Sequence[Weighed]) -> bool:
    """An endless list, a CV that is lists for the most part, or half of what is asked in lists and nowhere else."""
    longest = max((len(one.stems) for one in reading.sentences if one.place is Place.LIST), default=0)
    listed = sum(one.only_listed for one in weighed)
    return (
        longest >= _LONG_LIST
        or (reading.listed >= _LONG_LIST and reading.listed > 0.7 * reading.visible)
        or (listed >= _MANY_LISTED and listed * 2 >= len(weighed))
    )
