"""Cuts a section of experience into dated roles, each with its lines.

Where a role begins is seen at its dates, and at how the section's first role is set: its title above, beside or below.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import attrs

from cvsense_async.sandbox.ebsv.dates import Span, is_date, length, single, spans, together
from cvsense_async.sandbox.ebsv.document import Line, Role
from cvsense_async.sandbox.ebsv.passage import Passage

_WORDS = re.compile(r"[^\W\d_][\w'’&-]*")
_SMALL = frozenset(
    [
        "of",
        "and",
        "the",
        "for",
        "in",
        "at",
        "to",
        "a",
        "an",
        "on",
        "with",
        "by",
        "from",
        "as",
        "or",
        "de",
        "la",
        "&",
        "und",
    ]
)
JOB = re.compile(
    r"\b(?:manager|engineer|developer|analyst|assistant|director|specialist|consultant|coordinator|administrator|"
    r"supervisor|representative|associate|officer|teacher|instructor|accountant|chef|cook|designer|architect|programmer|"
    r"lead|leader|head|intern|internship|trainee|technician|nurse|sales|clerk|cashier|agent|executive|president|vp|chief|"
    r"ceo|cto|cfo|coo|partner|founder|owner|researcher|scientist|lecturer|professor|tutor|coach|trainer|advisor|adviser|"
    r"attorney|lawyer|advocate|counselor|counsellor|therapist|worker|driver|operator|mechanic|pilot|foreman|"
    r"superintendent|secretary|receptionist|writer|editor|producer|artist|photographer|buyer|planner|merchandiser|"
    r"recruiter|strategist|auditor|bookkeeper|controller|teller|banker|broker|underwriter|investigator|inspector|"
    r"principal|server|bartender|host|hostess|waiter|waitress|volunteer|freelancer|contractor|captain|sergeant|"
    r"fellow|scholar|student|member|provider|attendant|keyholder|stylist|model|devops|tester|qa|generalist|expert|"
    r"entwickler|ingenieur|leiter|mitarbeiter|berater|développeur|ingénieur|responsable|desarrollador|ingeniero|webmaster)s?\b",
    re.IGNORECASE,
)
EMPLOYED = re.compile(
    r"\b(?:manager|engineer|developer|analyst|director|specialist|consultant|coordinator|administrator|supervisor|officer|"
    r"accountant|chef|designer|architect|programmer|technician|nurse|clerk|cashier|executive|lead|teacher|driver)s?\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:designation|(?:job )?title|position(?: held)?|role|post(?: held)?)\s*[:\-–]\s*", re.IGNORECASE
)
_EARLIER = re.compile(
    r"(?:early career|earlier(?: (?:career|roles?|experience|positions?|work))?|previously|"
    r"(?:previous|prior|other|further|additional|past) (?:career|roles?|experience|positions?|employment|work|jobs?))\b"
    r"\s*[:,\-–—]",
    re.IGNORECASE,
)
_LED_BY_YEAR = re.compile(r"(?:19|20)\d\d\s*[-–—:,.]?\s+[A-Z]\S+ \S")
_PLACEHOLDER = re.compile(r"\bCompany Name\b[\s,|\u00ef\u00bc-]*(?:City\b[\s,]*(?:State\b)?)?|\bCity\s*,\s*State\b")
_EDGE = " \t,;:|/\\-–—·•()[]\u00ef\u00bc"


def dates(passages: Sequence[Passage], at: int, *, month_leads: bool = False) -> tuple[Span, ...]:
    """The spans in a passage; one whose end stands alone on the next line counts ("May 2011 Analyst", "June 2014")."""
    text = passages[at].text
    found = spans(text, month_leads=month_leads)
    if found or len(text) > 110 or at + 1 >= len(passages) or not is_date(passages[at + 1].text):
        return found
    first = single(text)
    if first is None or not _says_month(text[first.at : first.to]):
        return ()
    joined = spans(f"{text[first.at : first.to]} - {passages[at + 1].text}")
    return (attrs.evolve(joined[0], at=first.at, to=first.to),) if joined else ()


def has_range(text: str) -> bool:
    """Whether a time span ("2010 to 2013") stands in the text."""
    return bool(spans(text))


def roles_of(passages: Sequence[Passage], lines: Sequence[Line], *, month_leads: bool = False) -> tuple[Role, ...]:
    """The dated roles of a section; `lines` are the passages as lines, one for one.

    `month_leads`: the document's dates in figures have the month before the day.
    """
    anchors: list[tuple[int, Span | int]] = [*_anchors(passages, month_leads)] or _lengths(passages)
    if not anchors:
        return ()
    starts = _starts(passages, [at for at, _ in anchors])
    roles: list[Role] = []
    for number, (at, span) in enumerate(anchors):
        whole = starts[number + 1] if number + 1 < len(starts) else len(passages)
        undated = _undated(passages, at, whole)
        until = undated[0] if undated else whole
        title, own = _title(passages, starts[number], at, until), tuple(lines[starts[number] : until])
        if isinstance(span, int):
            roles.append(Role(title=title, start=None, end=None, current=False, lines=own, stated=span))
        else:
            roles.append(Role(title, span.start, span.end, span.current, own, pauses=span.pauses))
        for begin, end in itertools.pairwise([*undated, whole] if undated else []):
            title = _title(passages, begin, begin, end)
            roles.append(Role(title=title, start=None, end=None, current=False, lines=tuple(lines[begin:end])))
    return tuple(roles)


def _undated(passages: Sequence[Passage], at: int, until: int) -> list[int]:
    """Where roles without dates begin below a dated one, whose years are not theirs.

    Such a line names a job as the dated ones do, after that job's items, or says that what follows was earlier.
    """
    found: list[int] = []
    for number in range(at + 1, until):
        one, above = passages[number], passages[number - 1]
        if not _like_heading(one) or len(one.text) > 80 or not (above.bullet or above.text.endswith(".")):
            continue
        if _EARLIER.match(one.text) or (JOB.search(one.text) and _set_as_title(one, passages[at])):
            found.append(number)
    return found


def _set_as_title(one: Passage, dated: Passage) -> bool:
    """Whether a line is a title by its letters ("Consultant, Corbel"), set as boldly as the dated role's own line."""
    words = [word for word in _WORDS.findall(one.text) if word.lower() not in _SMALL]
    capital = all(word[0].isupper() for word in words)
    parted = re.search(r"[,|@]|\s[-–—]\s|\bat\b", one.text) is not None
    return capital and parted and 2 <= len(words) <= 8 and one.bold == dated.bold and ":" not in one.text


def _anchors(passages: Sequence[Passage], month_leads: bool) -> list[tuple[int, Span]]:
    """The passages that carry a role's dates."""
    plain: list[tuple[int, Span]] = []
    listed: list[tuple[int, Span]] = []
    for at, passage in enumerate(passages):
        if passage.hidden:
            continue
        told = dates(passages, at, month_leads=month_leads)
        if told and _dates_a_role(passage, told[0]):
            (listed if passage.bullet else plain).append((at, together(passage.text, told)))
    found = plain or listed
    taken = {at for at, _ in found}
    for at, passage in enumerate(passages):
        if at in taken or at - 1 in taken or at + 1 in taken or passage.bullet or passage.hidden:
            continue
        if len(passage.text) > 110 or passage.text.endswith(".") or spans(passage.text):
            continue
        alone = single(passage.text)
        if alone is None or not _dates_a_role(passage, alone):
            continue
        if _says_month(passage.text[alone.at : alone.to]) or _LED_BY_YEAR.match(passage.text):
            found.append((at, alone))
    return sorted(found, key=lambda anchor: anchor[0])


def _lengths(passages: Sequence[Passage]) -> list[tuple[int, Span | int]]:
    """The passages that say how long a role lasted, in a section that gives no dates."""
    return [
        (at, months)
        for at, one in enumerate(passages)
        if len(one.text) <= 100 and not one.bullet and not one.hidden and (months := length(one.text))
    ]


def _says_month(text: str) -> bool:
    return re.fullmatch(r"\d{4}", text.strip()) is None


def _dates_a_role(passage: Passage, span: Span) -> bool:
    """Whether a span dates the whole passage, rather than being told of in a sentence."""
    before, after = passage.text[: span.at], passage.text[span.to :]
    if len(passage.text) > 180 and (span.at > 60 or passage.bullet):
        return False
    if before.count("(") > before.count(")") and len(after) > 60:
        return False
    words = [word for word in _WORDS.findall(before) if word.lower() not in _SMALL]
    low = sum(1 for word in words if word[0].islower())
    if len(words) > 16 or (len(words) >= 4 and low > 0.5 * len(words)):
        return False
    if passage.bullet:
        return len(passage.text) <= 110 and (not words or not _WORDS.search(after) or len(words) <= 10)
    return not (len(words) >= 1 and words[0][0].islower() and low == len(words))


def _starts(passages: Sequence[Passage], anchors: list[int]) -> list[int]:
    """Where each role begins: at its dates, or as many heading lines above them as the first role has."""
    lead = anchors[0]
    usual = lead if lead <= 3 and all(_like_heading(passages[at]) for at in range(lead)) else -1
    starts: list[int] = []
    floor = 0
    for at in anchors:
        most = usual if usual >= 0 else (1 if _bare(passages[at]) else 0)
        start = at
        while start > floor and at - start < most and _heads(passages[start - 1], passages[at]):
            start -= 1
        if (
            start == at
            and most == 0
            and at > floor
            and passages[at - 1].bold
            and _heads(passages[at - 1], passages[at])
        ):
            start -= 1
        starts.append(start)
        floor = at + 1
    return starts


def _like_heading(passage: Passage) -> bool:
    return not passage.bullet and not passage.hidden and len(passage.text) <= 100 and passage.text[-1:] not in ".;"


def _heads(above: Passage, dated: Passage) -> bool:
    if not _like_heading(above) or spans(above.text):
        return False
    return above.indent <= dated.indent + 6 or above.bold


def _bare(passage: Passage) -> bool:
    found = spans(passage.text)
    rest = passage.text[: found[0].at] + passage.text[found[0].to :] if found else passage.text
    return len(_WORDS.findall(rest)) <= 1


def _title(passages: Sequence[Passage], start: int, at: int, until: int) -> str:
    """The best name for the role among its first lines."""
    last = min(until, at + (3 if _bare(passages[at]) else 2))
    candidates: list[str] = []
    for number in range(start, last):
        passage = passages[number]
        text = passage.text
        if number > at and (passage.bullet or len(text) > 100 or text.endswith(".")):
            company = _PLACEHOLDER.search(text, 0, 100)
            if passage.bullet or any(candidates) or company is None:
                break
            text = text[: company.start()]  # the title runs on into the text
        for span in reversed(spans(text) or tuple(one for one in [single(text)] if one and number == at)):
            text = text[: span.at] + " | " + text[span.to :]
        text = _PLACEHOLDER.sub(" | ", text)
        candidates.extend(part.strip(_EDGE) for part in re.split(r"\s*\|\s*|\s+[-–—@]\s+|\s{3,}|\bat\b|,\s", text))
    parts = [part for part in candidates if len(part) > 2]
    for part in parts:
        if JOB.search(part):
            return _tidy(part)
    return _tidy(parts[0]) if parts else ""


def _tidy(part: str) -> str:
    """A title without a bracket that is open at its end, at most 100 characters."""
    part = _LABEL.sub("", part)
    if part.count("(") > part.count(")"):
        part = part[: part.rfind("(")]
    return part.strip(_EDGE)[:100]


def overlapping(roles: Sequence[Role]) -> bool:
    """Whether two roles share more than two months."""
    reached = -1
    for role in sorted((role for role in roles if role.start), key=lambda role: role.start.index if role.start else 0):
        end = 10**6 if role.current else role.end.index if role.end else -1
        if role.start is not None and end >= 0:
            if min(reached, end) - role.start.index >= 2:
                return True
            reached = max(reached, end)
    return False
