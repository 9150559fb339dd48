"""Cuts a CV's passages into sections: by headings of known names, by their looks, by content where there are none.

Whether a word shows a skill or only claims it hangs on the section it stands in.
"""

from __future__ import annotations

import re
from collections import Counter

import attrs

from cvsense_async.sandbox.ebsv.contact import is_name
from cvsense_async.sandbox.ebsv.dates import is_date, is_joint
from cvsense_async.sandbox.ebsv.document import Line, Section
from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.headings import is_plain_name, kind_of, untracked
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.roles import EMPLOYED, dates, has_range, roles_of

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
_DEGREE = re.compile(
    r"\b(?:bachelor|master|b\.?\s?sc|m\.?\s?sc|b\.?a\.|m\.?b\.?a|ph\.?\s?d|diploma|degree|university|college|"
    r"high school|associate of|gpa|b\.?tech|m\.?tech|b\.?e\.|universit|hochschule|abitur)\b",
    re.IGNORECASE,
)


@attrs.define
class _Open:
    """A section that is being gathered."""

    kind: Kind
    title: str
    passages: list[Passage]
    heading: Passage | None = None


@attrs.frozen
class _Looks:
    """How the CV is set: the size of its body, the sizes of its known headings, whether it is mostly in capitals."""

    body: float
    headings: frozenset[int]
    shouted: bool


class _Columns:
    """Which section each tall column of a page was in at its end, so that the next page's column goes on with it.

    Only where a narrow column runs beside a wide one: of equal columns, the text flows from one into the next.
    """

    def __init__(self, passages: list[Passage]) -> None:
        edges = {(one.page, one.left, one.right) for one in passages if one.tall}
        self._sided = {
            page
            for page, left, right in edges
            for other, left2, right2 in edges
            if page == other
            and right < left2
            and min(right - left, right2 - left2) < 0.72 * max(right - left, right2 - left2)
        }
        self._page = 0
        self._column = -1
        self._before: list[tuple[float, _Open]] = []
        self._here: list[tuple[float, _Open]] = []
        self._resumed: _Open | None = None
        self._newest: _Open | None = None

    def resumed(self, passage: Passage, newest: _Open) -> _Open:
        """The section that a passage belongs to if it heads none: the newest, or its column's of the page before."""
        if passage.page not in self._sided:
            return newest
        if newest is not self._newest:
            self._newest, self._resumed = newest, None
        if passage.column != self._column:
            self._column, self._resumed = passage.column, None
            if passage.page != self._page:
                self._before, self._here = (self._here if passage.page == self._page + 1 else []), []
                self._page = passage.page
            for left, section in self._before:
                if passage.tall and abs(left - passage.left) < 15 and section is not newest:
                    self._resumed = section
        current = self._resumed or newest
        if passage.tall:
            self._here = [one for one in self._here if one[0] != passage.left] + [(passage.left, current)]
        return current


def _starts_with_name(passage: Passage, before: Passage, current: _Open, body: float) -> bool:
    """Whether a new column on the first page starts with the person's name, after a narrow column that came first."""
    if passage.page != 1 or passage.column == before.column or passage.bullet or current.kind is Kind.EXPERIENCE:
        return False
    if len(passage.text) > 40 or any(letter.isdigit() for letter in passage.text):
        return False
    large = body > 0 and passage.size >= 1.35 * body
    return (large or (passage.level == 1)) and is_name(passage.text)


def sections_of(passages: list[Passage]) -> tuple[Section, ...]:
    """The sections in the order of the CV; every passage is in exactly one of them; headings are titles, not lines."""
    passages = _dates_whole([one for one in passages if any(letter.isalnum() for letter in one.text)])
    looks = _looks(passages)
    found = [_Open(Kind.HEADER, "", [])]
    columns = _Columns(passages)
    for number, passage in enumerate(passages):
        current = columns.resumed(passage, found[-1])
        if passage.hidden:
            current.passages.append(passage)
            continue
        kind, rest = _heading(passages, number, current, looks)
        if kind is None and number and _starts_with_name(passage, passages[number - 1], current, looks.body):
            found.append(_Open(Kind.HEADER, "", [passage]))
            continue
        if kind is None:
            current.passages.append(passage)
            continue
        title = untracked(passage.text.strip(" :_—–-•·|=*")) if rest is None else passage.text.split(":", 1)[0].strip()
        found.append(_Open(kind, title, [], passage))
        if rest is not None:
            found[-1].passages.append(attrs.evolve(passage, text=rest))
    by_content: list[_Open] = []
    for one in found:
        by_content.extend(_by_shape(one) if one.kind is Kind.HEADER and not one.title else [one])
    if not any(one.kind is Kind.EXPERIENCE and any(has_range(p.text) for p in one.passages) for one in by_content):
        by_content = [part for one in by_content for part in _jobs_out(one)]
    return tuple(_section(one) for one in by_content if one.passages or one.title)


def _jobs_out(one: _Open) -> list[_Open]:
    """Jobs under another heading, where two columns were run together: from the first job on, it is experience."""
    if one.kind not in (Kind.EDUCATION, Kind.SKILLS, Kind.LANGUAGES, Kind.SUMMARY, Kind.OTHER):
        return [one]
    starts: list[int] = []
    for number, passage in enumerate(one.passages):
        near = [passage.text] + [
            other.text for other in one.passages[max(0, number - 1) : number] if len(other.text) < 80
        ]
        if not has_range(passage.text) or len(passage.text) >= 110 or any(_DEGREE.search(text) for text in near):
            continue
        if any(EMPLOYED.search(text) for text in near):
            starts.append(number if EMPLOYED.search(passage.text) else number - 1)
    if len(starts) < 2:
        return [one]
    first = max(0, starts[0])
    return [_Open(one.kind, one.title, one.passages[:first]), _Open(Kind.EXPERIENCE, "", one.passages[first:])]


def _dates_whole(passages: list[Passage]) -> list[Passage]:
    """A span that is set over two or three lines ("July 2012", "to", "May 2014") becomes one line."""
    found: list[Passage] = []
    at = 0
    while at < len(passages):
        one = passages[at]
        rest = [other.text for other in passages[at + 1 : at + 3]]
        take = 1
        if is_date(one.text) and rest:
            if len(rest) > 1 and is_joint(rest[0]) and is_date(rest[1]):
                take = 3
            elif is_date(f"{rest[0]}") and (is_joint(one.text[-2:].strip()) or one.text.endswith(" to")):
                take = 2
        text = " ".join(other.text for other in passages[at : at + take])
        found.append(one if take == 1 else attrs.evolve(one, text=text))
        at += take
    return found


def _looks(passages: list[Passage]) -> _Looks:
    sizes: Counter[float] = Counter()
    for passage in passages:
        sizes[round(passage.size * 2) / 2] += len(passage.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    seen = [one for one in passages if not one.hidden]
    headings = frozenset(round(one.size) for one in seen if one.size > 1.08 * body and kind_of(one.text))
    return _Looks(body, headings, sum(one.text.isupper() for one in seen) > 0.4 * len(seen))


def _heading(passages: list[Passage], number: int, current: _Open, looks: _Looks) -> tuple[Kind | None, str | None]:
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


def _stands_alone(passage: Passage, current: _Open, looks: _Looks) -> bool:
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


def _is_inner(passages: list[Passage], number: int, kind: Kind, current: _Open) -> bool:
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
    return not is_plain_name(passage.text) or _job_follows(passages, number)


def _job_follows(passages: list[Passage], number: int) -> bool:
    """Whether another job comes before the next section."""
    for at in range(number + 1, min(number + 40, len(passages))):
        one = passages[at]
        kind = kind_of(one.text)
        if kind is not None and kind not in _INNER:
            return False
        if not one.bullet and len(one.text) < 110 and dates(passages, at) and not _DEGREE.search(one.text):
            return True
    return False


def _only_looks(passage: Passage, looks: _Looks) -> bool:
    """A line set like the CV's known headings, with no digit in it."""
    return (
        looks.body > 0
        and passage.size > 1.15 * looks.body
        and round(passage.size) in looks.headings
        and passage.text.isupper()
        and not any(letter.isdigit() for letter in passage.text)
    )


def _may_open(kind: Kind, current: _Open, label: str) -> bool:
    if current.kind is kind:
        return False
    if current.kind in (Kind.EXPERIENCE, Kind.PROJECTS):
        return kind in (Kind.EDUCATION, Kind.LANGUAGES, Kind.INTERESTS, Kind.REFERENCES) and len(label.split()) <= 2
    return current.kind is not Kind.SKILLS or kind in (Kind.EDUCATION, Kind.CERTIFICATIONS, Kind.INTERESTS)


def _by_shape(header: _Open) -> list[_Open]:
    """The part before the first heading, cut by content where it is too long to be a name and contacts alone."""
    passages = header.passages
    if len(passages) <= 6 and not any(dates(passages, number) for number in range(len(passages))):
        return [header]
    cut = [_Open(Kind.HEADER, "", [])]
    dated = [number for number, one in enumerate(passages) if not one.hidden and dates(passages, number)]
    for number, one in enumerate(passages):
        kind = _shape(passages, number, dated, cut[-1].kind)
        if kind is not cut[-1].kind:
            cut.append(_Open(kind, "", []))
        cut[-1].passages.append(one)
    return [one for one in cut if one.passages]


def _shape(passages: list[Passage], number: int, dated: list[int], current: Kind) -> Kind:
    one = passages[number]
    near = " ".join(other.text for other in passages[number : number + 2])
    if number in dated or (number + 1 in dated and not one.bullet and len(one.text) < 80):
        return Kind.EDUCATION if _DEGREE.search(near) else Kind.EXPERIENCE
    if _is_list(one.text) and current is not Kind.EXPERIENCE:
        return Kind.SKILLS
    if current in (Kind.EXPERIENCE, Kind.EDUCATION):
        if current is Kind.EXPERIENCE and _DEGREE.search(one.text) and not one.bullet and len(one.text) < 120:
            return Kind.EDUCATION
        return current
    if len(one.text) > 70 and current in (Kind.HEADER, Kind.SUMMARY):
        return Kind.SUMMARY
    return current


def _is_list(text: str) -> bool:
    if re.search(r"[a-z]\. [A-Z]", text):
        return False
    parts = re.split(r"[,;|•]", text)
    return len(parts) >= 5 and sum(len(part.split()) <= 3 for part in parts) >= 0.8 * len(parts)


def _section(one: _Open) -> Section:
    lines = tuple(
        Line(text=passage.text, page=passage.page, bullet=passage.bullet, hidden=passage.hidden)
        for passage in one.passages
    )
    roles = roles_of(one.passages, lines) if one.kind is Kind.EXPERIENCE else ()
    return Section(kind=one.kind, title=one.title, lines=lines, roles=roles)
