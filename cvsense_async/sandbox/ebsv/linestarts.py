"""What the words of two lines tell of whether the second goes on with the first.

Places on the page tell most of it; a date, a label or an address tells the rest.
"""

from __future__ import annotations

import re

from cvsense_async.sandbox.ebsv.dates import is_date, is_joint, spans, tells_month

_YEAR_LAST = re.compile(r"(?<![\w,;] )\b(?:19|20)\d\d\)?$|\b[A-Z][a-z]{2,8}\.? (?:19|20)\d\d\)?$")
_LABEL_FIRST = re.compile(r"[A-Z][\w&/.-]*(?: [\w&/.-]+){0,3}:(?:\s|$)")
_HANGING = frozenset(
    {"and", "of", "the", "for", "in", "with", "to", "a", "an", "or", "by", "on", "at", "as", "from", "&"}
)
ADDRESS = re.compile(r"(?:https?:|www\.|linkedin|github|[\w.+-]+@)", re.IGNORECASE)


def is_dated(text: str, above: str, below: str) -> bool:
    """Whether a row carries a role's dates or is a short line right above one that does: no sentence goes on there."""
    if is_joint(text):
        return is_date(above)
    if text[:1].islower() or hangs(above):
        return False
    if is_date(text) or (len(text) < 140 and spans(text)):
        return True
    if len(text) < 110 and above[-1:] not in ",;-" and tells_month(text):
        return True
    return len(text) < 60 and (is_date(below) or bool(len(below) < 140 and not below[:1].islower() and spans(below)))


def begins_anew(above: str, text: str) -> bool:
    """Whether a line looks like a start: a label, a change to or from capitals, what comes after a year."""
    if above.isupper() != text.isupper() or _YEAR_LAST.search(above):
        return True
    return above[-1:] not in ",&(" and _LABEL_FIRST.match(text) is not None


def hangs(text: str) -> bool:
    """Whether a line ends in a word that cannot end anything."""
    return text.rsplit(" ", 1)[-1].lower() in _HANGING
