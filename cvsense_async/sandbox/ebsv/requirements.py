"""Reads a job into what it asks of a candidate, each with its sentence as it stands, and into the words of its work.

Everything after it weighs only what is found here, so what is no requirement must stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

from cvsense_async.sandbox.ebsv.advert import title_of
from cvsense_async.sandbox.ebsv.advertlines import Mark, without_sign
from cvsense_async.sandbox.ebsv.advertparts import ZonedLine, zoned
from cvsense_async.sandbox.ebsv.advertwords import is_meta
from cvsense_async.sandbox.ebsv.clauses import alternatives, equivalent, parts, sentences, years_within
from cvsense_async.sandbox.ebsv.cues import (
    LICENCE_NOTE,
    Kind,
    asks,
    asks_nothing,
    duty,
    firmness,
    kind_of,
    leaning,
    of_employer,
    opens_ask,
    outside,
    seeks,
    years_of,
)
from cvsense_async.sandbox.ebsv.engine import Importance
from cvsense_async.sandbox.ebsv.marks import Marked, marked
from cvsense_async.sandbox.ebsv.words import stems
from cvsense_async.sandbox.ebsv.zones import ASKING, Zone

_MOST_REQUIREMENTS = 60
_LONGEST_JOB = 60_000
_LEAST_MARKED = 3
_LONGEST_TITLE = 10  # words
_ASKS = 1.5  # how much a sentence leans to asking that does so by itself


@attrs.frozen
class Requirement:
    """One thing that a job asks for. `group` ties those of which one is enough ("1. …; or 2. …"); 0 is no group."""

    name: str
    importance: Importance
    kind: Kind
    years: float | None = None
    core: str = ""  # what must be there in any case
    alternatives: tuple[str, ...] = ()  # one of these is enough
    equivalent: bool = False  # "or equivalent experience"
    group: int = 0


@attrs.frozen
class JobRequirements:
    """A job as it has been read: its requirements, its duties, and the whole text, by which copied text is told."""

    title: str
    requirements: tuple[Requirement, ...]
    duties: tuple[str, ...] = attrs.field(default=(), repr=False)
    text: str = attrs.field(default="", repr=False)

    @property
    def essential(self) -> tuple[Requirement, ...]:
        """The requirements on which the job insists."""
        return tuple(one for one in self.requirements if one.importance is Importance.ESSENTIAL)

    @property
    def desirable(self) -> tuple[Requirement, ...]:
        """The requirements that the job would like to see met."""
        return tuple(one for one in self.requirements if one.importance is Importance.DESIRABLE)


def parse_job(
    text: str, *, title: str = "", essential: Sequence[str] = (), desirable: Sequence[str] = ()
) -> JobRequirements:
    """Reads an advert (HTML or plain text). Criteria that are given win: then the text is context only."""
    lines = zoned(text[:_LONGEST_JOB])
    found, duties = _read(lines)
    if not title:
        title = title_of(text)
    if essential or desirable:
        given = [_requirement(one, Importance.ESSENTIAL) for one in essential]
        given += [_requirement(one, Importance.DESIRABLE) for one in desirable]
        duties = [*duties, *(one.name for one in found)]
        found = given
    merged = _merged([one for one in found if one.name])[:_MOST_REQUIREMENTS]
    return JobRequirements(
        title=title.strip(), requirements=tuple(merged), duties=tuple(duties), text=text[:_LONGEST_JOB]
    )


def requirement(text: str, importance: Importance = Importance.ESSENTIAL) -> Requirement:
    """One requirement from its words alone."""
    return _requirement(text, importance)


def _read(lines: list[ZonedLine]) -> tuple[list[Requirement], list[str]]:
    found: list[Requirement] = []
    duties: list[str] = []
    group = 0
    chained = False
    firm: bool | None = None
    for number, line in enumerate(lines):
        text = line.text.strip()
        if line.zone in (Zone.ESSENTIAL, Zone.ASKED) and (chained or _goes_on(text)):
            group += not chained
            chained = _goes_on(text)
            whole = re.sub(r"[;,]?\s*(?:\b(?:or|and)\b)?\s*$", "", text)
            found.append(attrs.evolve(_requirement(whole, Importance.ESSENTIAL), group=group))
            continue
        chained = False
        if (
            number == 0
            and line.zone is Zone.UNKNOWN
            and not line.under_heading
            and len(text.split()) <= 10
            and (text[-1:] != "." or (len(lines) > 1 and firmness(text) is None and not opens_ask(text)))
        ):
            continue  # the title
        if text.endswith(":") and len(text) < 160:
            firm = firmness(text)
            continue
        clauses = list(_clauses(line, _without_title(text) if number == 0 and line.zone is Zone.UNKNOWN else text))
        read = [(marked(clause), clause, lead) for clause, lead in clauses]
        after = _marks_after([said.mark for said, _, _ in read], line)
        for (said, clause, lead), behind in zip(read, after, strict=True):
            explicit = next((one for one in (said.mark, line.firm, lead) if one is not None), None)
            if explicit is None and (line.item or asks(clause)):
                explicit = behind
            verdict = None if said.waived else _verdict(said, clause, line, explicit)
            if verdict is None:
                if line.zone is Zone.DUTIES or (
                    line.zone is Zone.UNKNOWN and not (outside(clause) or of_employer(clause))
                ):
                    duties.append(clause)
                continue
            if line.mark is not Mark.NONE and firm is False and explicit is None:
                verdict = Importance.DESIRABLE
            found.append(_requirement(said.text, verdict))
        if line.mark is Mark.NONE:
            firm = None
    return found, duties


def _clauses(line: ZonedLine, text: str) -> Iterator[tuple[str, bool | None]]:
    """What a line says, clause by clause, and how firm the words make it that lead into a list parted by semicolons."""
    said = sentences(text)
    if line.zone in ASKING and line.item:
        said = _together(said, line)
    for sentence in said:
        if line.zone in (Zone.OUTSIDE, Zone.NOTES, Zone.SELECTIVE):
            yield sentence, None
            continue
        items = (
            [sentence]
            if marked(sentence).mark is not None and sentence.count(";") == 1
            else parts(sentence, alone=len(said) == 1 and not line.item and line.zone in ASKING)
        )
        head, colon, first = items[0].partition(": ")
        led = len(items) > 1 and bool(colon) and firmness(head) is not None
        lead = firmness(head if led else items[0]) if len(items) > 1 else None
        for number, item in enumerate(items):
            own = firmness(item) is False and marked(item).firm is False
            for clause in years_within(first if led and number == 0 else item):
                yield clause, (False if own else lead)


def _without_title(text: str) -> str:
    """The first line without the job's title, where more stands behind it."""
    match = re.match(r"(?P<title>[^.!?|]{3,90}?)(?:\.|\s[-–—|])\s+(?=\S)", text)
    return text[match.end() :] if match and len(match.group("title").split()) <= _LONGEST_TITLE else text


def _marks_after(marks: list[bool | None], line: ZonedLine) -> list[bool | None]:
    """For each sentence the mark of the next marked one: a mark behind an item of two sentences holds for both."""
    if not line.item and sum(one is not None for one in marks) < _LEAST_MARKED:
        return [None] * len(marks)
    found: list[bool | None] = []
    behind: bool | None = None
    for one in reversed(marks):
        behind = behind if one is None else one
        found.append(behind)
    return found[::-1]


def _together(said: list[str], line: ZonedLine) -> list[str]:
    """The sentences of an item: one that asks nothing by itself belongs to the one before it."""
    found: list[str] = []
    for sentence in said:
        if found and (line.mark is Mark.NUMBER or leaning(sentence).asks < _ASKS):
            found[-1] = f"{found[-1]} {sentence}"
        else:
            found.append(sentence)
    return found


def _goes_on(text: str) -> bool:
    return re.search(r"[;,.]?\s\bor\s*[:;]?\s*$", text, re.IGNORECASE) is not None


def _verdict(said: Marked, sentence: str, line: ZonedLine, explicit: bool | None) -> Importance | None:
    """How important the sentence makes what it asks; None where it asks nothing."""
    if asks_nothing(sentence) or of_employer(sentence):
        return None
    if explicit is not None and line.zone not in (Zone.OUTSIDE, Zone.NOTES, Zone.SELECTIVE):
        return Importance.ESSENTIAL if explicit else Importance.DESIRABLE
    if line.zone in ASKING:
        if _process(sentence) or (line.zone is Zone.ASKED and seeks(sentence)):
            return None
        if line.zone is Zone.DESIRABLE:
            return Importance.DESIRABLE
        firm = said.firm if line.zone is Zone.ESSENTIAL else _firm(said, sentence)
        return Importance.DESIRABLE if firm is False else Importance.ESSENTIAL
    if line.zone is Zone.SELECTIVE:
        return Importance.DESIRABLE if line.mark is not Mark.NONE and not _process(sentence) else None
    if line.zone is Zone.NOTES:
        return Importance.ESSENTIAL if _licence(sentence) else None
    if line.zone is Zone.OUTSIDE or outside(sentence):
        return None
    firm = _firm(said, sentence)
    if line.zone is Zone.DUTIES and not (firm is not None and asks(sentence) and not duty(sentence)):
        return None
    if not (asks(sentence) or said.firm is not None or (said.framed and not duty(sentence))):
        return None
    return Importance.DESIRABLE if firm is False else Importance.ESSENTIAL


def _firm(said: Marked, sentence: str) -> bool | None:
    return firmness(sentence) if said.firm is None else said.firm


def _licence(sentence: str) -> bool:
    return LICENCE_NOTE.search(sentence) is not None and not re.search(
        r"\bmay require|some positions|applicants? (?:filing|must)", sentence, re.I
    )


_OF_US = re.compile(r"(?:we|our|us)\b", re.IGNORECASE)
_ASK_WORD = re.compile(
    r"\b(?:experience|degree|licen[cs]e|knowledge|ability|skills|history|record|background|qualifi\w+|certifi\w+|fluen\w+|"
    r"years (?:in|as|of (?!leave|holiday)))\b",
    re.IGNORECASE,
)


def _process(sentence: str) -> bool:
    if _OF_US.match(sentence) and not asks(sentence):
        return True
    return outside(sentence) and _ASK_WORD.search(sentence) is None


def _requirement(text: str, importance: Importance) -> Requirement:
    name = re.sub(r"[;,]\s*(?:or|and)\s*$", "", re.sub(r"\s+", " ", without_sign(text))).strip(" \t•*·-–—;")
    if is_meta(name.split(" ", 1)[0]):
        name = name[:1].upper() + name[1:]
    core, choice = alternatives(name)
    kind = kind_of(name)
    if kind is Kind.EXPERIENCE and years_of(name) is not None and not _content(core) and not choice:
        kind = Kind.YEARS
    return Requirement(
        name=name,
        importance=importance,
        kind=kind,
        years=years_of(name),
        core=core,
        alternatives=choice,
        equivalent=equivalent(name),
    )


_EMPTY = frozenset(
    stems(
        """years year months relevant related experience work working professional full time paid least minimum required
        industry field practical similar role position more plus"""
    )
)


def _content(text: str) -> list[str]:
    return [one for one in stems(text) if one not in _EMPTY and not one.isdigit()]


def _merged(found: list[Requirement]) -> list[Requirement]:
    """Requirements of the same words become one; the firmer importance stays.

    One that differs in a word stays: "with Python" in place of "with Java" is another requirement.
    """
    kept: list[Requirement] = []
    at: dict[frozenset[str], int] = {}
    for one in found:
        bag = frozenset(stems(one.name)) or frozenset({one.name})
        twin = at.setdefault(bag, len(kept))
        if twin == len(kept):
            kept.append(one)
        elif one.importance is Importance.ESSENTIAL and kept[twin].importance is Importance.DESIRABLE:
            kept[twin] = attrs.evolve(kept[twin], importance=Importance.ESSENTIAL)
    return kept
