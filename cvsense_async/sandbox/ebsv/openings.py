"""Decides which lines open a section: by their names, by how they are set, by what stands around them.

A word that names a section is often only an item of a list, or a label inside a job.
"""

from __future__ import annotations

import re
from collections import Counter

import attrs

from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.headings import is_plain_name, kind_of
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.roles import dates

_INLINE = re.compile(r"^([^\W\d][^:|]{2,38}?)\s*:\s*(\S.*)$")
_SURE = frozenset(
    {Kind.SKILLS, Kind.EDUCATION, Kind.CERTIFICATIONS, Kind.LANGUAGES, Kind.SUMMARY, Kind.INTERESTS, Kind.REFERENCES}
)
_INNER = frozenset(
    {Kind.ACHIEVEMENTS, Kind.PROJECTS, Kind.SKILLS, Kind.SUMMARY, Kind.OTHER, Kind.CERTIFICATIONS, Kind.HEADER}
)
_ALONE = frozenset(
    {"training", "employment", "profile", "contact", "expertise", "activities", "internship", "credentials"}
)
_ENTRY = frozenset(
    {"certificate", "certification", "degree", "diploma", "license", "qualification", "coursework", "course work"}
)
_IN_ROLE = re.compile(
    r"(?:(?:key|main|selected|major|notable|core|career|professional|my) )*"
    r"(?:highlights?|achievements?|accomplishments?|responsibilit(?:y|ies)|duties|contributions?|results|projects?|deliverables|tasks|outcomes|successes|"
    r"(?:duties|responsibilities) (?:and|&) (?:duties|responsibilities|achievements|accomplishments))",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r"\b(?:bachelor|master|b\.?\s?sc|m\.?\s?sc|b\.?a\.|m\.?b\.?a|ph\.?\s?d|diploma|degree|university|college|"
    r"high school|associate of|gpa|b\.?tech|m\.?tech|b\.?e\.|universit|hochschule|abitur)\b",
    re.IGNORECASE,
)


@attrs.define
class Open:
    """A section that is being gathered."""

    kind: Kind
    title: str
    passages: list[Passage]
    heading: Passage | None = None


@attrs.frozen
class Looks:
    """How the CV is set: the size of its body, the sizes of its known headings, whether it is mostly in capitals."""

    body: float
    headings: frozenset[int]
    shouted: bool


def looks_of(passages: list[Passage]) -> Looks:
    """How the CV is set, on the whole."""
    sizes: Counter[float] = Counter()
    for passage in passages:
        sizes[round(passage.size * 2) / 2] += len(passage.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    seen = [one for one in passages if not one.hidden]
    headings = frozenset(round(one.size) for one in seen if one.size > 1.08 * body and kind_of(one.text))
    return Looks(body, headings, sum(one.text.isupper() for one in seen) > 0.4 * len(seen))


def heading(passages: list[Passage], number: int, current: Open, looks: Looks) -> tuple[Kind | None, str | None]:
    """The kind of section that a passage opens (None: none), and the text that follows its name on the same line."""
    passage = passages[number]
    text = passage.text
    kind = kind_of(text)
    if kind is not None and _stands_alone(passage, current, looks):
        return (None if _is_inner(passages, number, kind, current) else kind), None
    if kind is None and len(text) <= 48 and not passage.bullet and _only_looks(passage, looks):
        return Kind.OTHER, None
    match = _INLINE.match(text)
    if match and not passage.bullet:
        kind = kind_of(match.group(1))
        if kind is not None and kind in _SURE and _may_open(kind, current, match.group(1)):
            return kind, match.group(2)
    return None, None


def _stands_alone(passage: Passage, current: Open, looks: Looks) -> bool:
    """Whether a line that names a section is its heading, and not an item of a list that happens to be so called."""
    text = passage.text
    styled = passage.level > 0 or passage.bold or (looks.body > 0 and passage.size > 1.08 * looks.body)
    if passage.bullet and not passage.level:
        return is_plain_name(text) and (passage.bold or text.endswith(":") or (text.isupper() and not looks.shouted))
    if styled or text.isupper() or text.endswith(":"):
        return True
    if text[:1].islower() or (current.kind is Kind.SKILLS and kind_of(text) is Kind.SKILLS):
        return False
    if current.kind is Kind.EDUCATION and text.lower() in _ENTRY:
        return False
    if passage.indent > 12 and current.kind in (Kind.SKILLS, Kind.EXPERIENCE):
        return False
    return is_plain_name(text) or text.lower() in _ALONE


def _is_inner(passages: list[Passage], number: int, kind: Kind, current: Open) -> bool:
    """Whether a heading belongs inside a job ("Achievements:"): it is set unlike the section's, and jobs follow."""
    above, passage = current.heading, passages[number]
    if current.kind not in (Kind.EXPERIENCE, Kind.PROJECTS) or kind not in _INNER or above is None:
        return False
    if (
        (passage.level, passage.bold, passage.bullet) == (above.level, above.bold, above.bullet)
        and abs(passage.size - above.size) <= 0.06 * above.size
        and passage.text.isupper() == above.text.isupper()
        and passage.text.endswith(":") == above.text.endswith(":")
    ):
        return False
    if _labels_a_role(passages, number, current, above):
        return True
    return not is_plain_name(passage.text) or _job_follows(passages, number)


def _labels_a_role(passages: list[Passage], number: int, current: Open, above: Passage) -> bool:
    """Whether a name in smaller letters than the section's own labels what was done in the dated role above it."""
    passage, before = passages[number], passages[number - 1]
    if not _IN_ROLE.fullmatch(passage.text.strip(" :")) or passage.size > 0.94 * above.size:
        return False
    if passage.column != before.column or before.page not in (passage.page, passage.page - 1):
        return False
    return any(dates(current.passages, at) for at in range(len(current.passages)))


def _job_follows(passages: list[Passage], number: int) -> bool:
    """Whether another job comes before the next section."""
    for at in range(number + 1, min(number + 40, len(passages))):
        one = passages[at]
        kind = kind_of(one.text)
        if kind is not None and kind not in _INNER:
            return False
        if not one.bullet and len(one.text) < 110 and dates(passages, at) and not DEGREE.search(one.text):
            return True
    return False


def _only_looks(passage: Passage, looks: Looks) -> bool:
    """A line set like the CV's known headings, with no digit in it."""
    return (
        looks.body > 0
        and passage.size > 1.15 * looks.body
        and round(passage.size) in looks.headings
        and passage.text.isupper()
        and not any(letter.isdigit() for letter in passage.text)
    )


def _may_open(kind: Kind, current: Open, label: str) -> bool:
    if current.kind is kind:
        return False
    if current.kind in (Kind.EXPERIENCE, Kind.PROJECTS):
        return kind in (Kind.EDUCATION, Kind.LANGUAGES, Kind.INTERESTS, Kind.REFERENCES) and len(label.split()) <= 2
    return current.kind is not Kind.SKILLS or kind in (Kind.EDUCATION, Kind.CERTIFICATIONS, Kind.INTERESTS)
