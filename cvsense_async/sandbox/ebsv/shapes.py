"""Cuts by content what no heading cuts: dated lines are experience or education, lists of words skills, prose summary.

Many CVs have no headings at their top, some have none at all, and in some two columns were run together.
"""

from __future__ import annotations

import re

from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.openings import DEGREE, Open
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.roles import EMPLOYED, dates, has_range


def by_shape(header: Open) -> list[Open]:
    """The part before the first heading, cut by content where it is too long to be a name and contacts alone."""
    passages = header.passages
    if len(passages) <= 6 and not any(dates(passages, number) for number in range(len(passages))):
        return [header]
    cut = [Open(Kind.HEADER, "", [])]
    dated = [number for number, one in enumerate(passages) if not one.hidden and dates(passages, number)]
    for number, one in enumerate(passages):
        kind = _shape(passages, number, dated, cut[-1].kind)
        if kind is not cut[-1].kind:
            cut.append(Open(kind, "", []))
        cut[-1].passages.append(one)
    return [one for one in cut if one.passages]


def _shape(passages: list[Passage], number: int, dated: list[int], current: Kind) -> Kind:
    one = passages[number]
    near = " ".join(other.text for other in passages[number : number + 2])
    if number in dated or (number + 1 in dated and not one.bullet and len(one.text) < 80):
        return Kind.EDUCATION if DEGREE.search(near) else Kind.EXPERIENCE
    if _is_list(one.text) and current is not Kind.EXPERIENCE:
        return Kind.SKILLS
    if current in (Kind.EXPERIENCE, Kind.EDUCATION):
        if current is Kind.EXPERIENCE and DEGREE.search(one.text) and not one.bullet and len(one.text) < 120:
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


def jobs_out(one: Open) -> list[Open]:
    """Jobs under another heading, where two columns were run together: from the first job on, it is experience."""
    if one.kind not in (Kind.EDUCATION, Kind.SKILLS, Kind.LANGUAGES, Kind.SUMMARY, Kind.OTHER):
        return [one]
    starts: list[int] = []
    for number, passage in enumerate(one.passages):
        near = [passage.text] + [
            other.text for other in one.passages[max(0, number - 1) : number] if len(other.text) < 80
        ]
        if not has_range(passage.text) or len(passage.text) >= 110 or any(DEGREE.search(text) for text in near):
            continue
        if any(EMPLOYED.search(text) for text in near):
            starts.append(number if EMPLOYED.search(passage.text) else number - 1)
    if len(starts) < 2:
        return [one]
    first = max(0, starts[0])
    return [Open(one.kind, one.title, one.passages[:first]), Open(Kind.EXPERIENCE, "", one.passages[first:])]
