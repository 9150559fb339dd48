"""Cuts a CV's passages into sections: by headings of known names, by their looks, by content where there are none.

Whether a word shows a skill or only claims it hangs on the section it stands in.
"""

from __future__ import annotations

import attrs

from cvsense_async.sandbox.ebsv.contact import is_name
from cvsense_async.sandbox.ebsv.dates import is_date, is_joint, month_first
from cvsense_async.sandbox.ebsv.document import Line, Section
from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.flow import Columns, starts_with_name
from cvsense_async.sandbox.ebsv.headings import untracked
from cvsense_async.sandbox.ebsv.openings import Open, heading, looks_of
from cvsense_async.sandbox.ebsv.passage import Passage
from cvsense_async.sandbox.ebsv.roles import has_range, roles_of
from cvsense_async.sandbox.ebsv.shapes import by_shape, jobs_out


def sections_of(passages: list[Passage]) -> tuple[Section, ...]:
    """The sections in the order of the CV; every passage is in exactly one of them; headings are titles, not lines."""
    passages = _dates_whole([one for one in passages if any(letter.isalnum() for letter in one.text)])
    looks = looks_of(passages)
    found = [Open(Kind.HEADER, "", [])]
    columns = Columns(passages)
    for number, passage in enumerate(passages):
        current = columns.resumed(passage, found[-1])
        if passage.hidden:
            current.passages.append(passage)
            continue
        kind, rest = heading(passages, number, current, looks)
        if kind is None and number and passage.column != passages[number - 1].column:
            before, named = passages[number - 1], any(is_name(one.text) for one in passages[:number])
            if starts_with_name(passage, before, current, looks.body, named=named) or columns.begins_apart(
                passage, before
            ):
                found.append(Open(Kind.HEADER, "", [passage]))
                continue
        if kind is None:
            current.passages.append(passage)
            continue
        title = untracked(passage.text.strip(" :_—–-•·|=*")) if rest is None else passage.text.split(":", 1)[0].strip()
        found.append(Open(kind, title, [], passage))
        if rest is not None:
            found[-1].passages.append(attrs.evolve(passage, text=rest))
    by_content: list[Open] = []
    for one in found:
        by_content.extend(by_shape(one) if one.kind is Kind.HEADER and not one.title else [one])
    if not any(one.kind is Kind.EXPERIENCE and any(has_range(p.text) for p in one.passages) for one in by_content):
        by_content = [part for one in by_content for part in jobs_out(one)]
    month_leads = month_first(one.text for one in passages)
    return tuple(_section(one, month_leads) for one in by_content if one.passages or one.title)


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


def _section(one: Open, month_leads: bool) -> Section:
    lines = tuple(
        Line(text=passage.text, page=passage.page, bullet=passage.bullet, hidden=passage.hidden)
        for passage in one.passages
    )
    kinds = (Kind.EXPERIENCE, Kind.PROJECTS)
    dated = roles_of(one.passages, lines, month_leads=month_leads) if one.kind in kinds else ()
    if one.kind is Kind.PROJECTS:
        return Section(kind=one.kind, title=one.title, lines=lines, projects=dated)
    return Section(kind=one.kind, title=one.title, lines=lines, roles=dated)
