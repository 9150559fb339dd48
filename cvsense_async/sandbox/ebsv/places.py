"""Prepares a CV for judging: its sentences with their place, their words, and what must not count.

A word means what its place makes of it: the same "Python" is evidence in a dated role and a claim in a list.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import attrs

from cvsense_async.sandbox.ebsv.clauses import sentences
from cvsense_async.sandbox.ebsv.copying import Advert
from cvsense_async.sandbox.ebsv.document import Document, Line, Month, Role, Section, SectionKind
from cvsense_async.sandbox.ebsv.levels import held, level_of
from cvsense_async.sandbox.ebsv.lexicon import Lexicon
from cvsense_async.sandbox.ebsv.lists import (
    Names,
    continues,
    is_list,
    is_name,
    items,
    listed_lines,
    names_in,
    parted,
    tells_work,
    unjoined,
)
from cvsense_async.sandbox.ebsv.naming import joined, named
from cvsense_async.sandbox.ebsv.personal import Personal, looks_like_title
from cvsense_async.sandbox.ebsv.roles import JOB
from cvsense_async.sandbox.ebsv.stance import affirmed
from cvsense_async.sandbox.ebsv.words import Word, raw_words, read_words, stems


class Place(enum.IntEnum):
    """How much a sentence's place shows, least first."""

    NOTHING = 0  # copied from the advert, hidden, or personal
    LIST = 1
    TOLD = 2  # a summary, an interest, a heading
    UNDATED = 3  # told as work, without dates
    QUALIFICATION = 4
    SHOWN = 5  # a dated role, a project, or an outcome


@attrs.frozen
class Sentence:
    """One sentence of a CV, with what is needed to weigh it."""

    text: str
    section: Section
    page: int
    place: Place
    role: int  # index into Reading.roles; -1 outside of roles
    stems: tuple[str, ...]
    bag: frozenset[str]
    concepts: frozenset[str]
    pairs: frozenset[str] = attrs.field(default=frozenset(), repr=False)  # neighbours written as one word
    project: int = -1  # index into Reading.projects
    months: int = 0  # how long its role lasted
    outcome: bool = False


@attrs.frozen
class Reading:
    """A CV prepared for judging, in the order of the CV."""

    sentences: tuple[Sentence, ...]
    roles: tuple[Role, ...]
    projects: tuple[Role, ...]  # dated projects
    titles: tuple[tuple[str, float], ...]  # titles of roles and of the CV, with how recent they are (1 is now)
    experience_months: int
    today: Month
    copied: int  # how many words stand as they stand in the advert
    listed: int  # how many words stand in lists
    visible: int


_SHOWING = {
    SectionKind.EXPERIENCE: Place.UNDATED,
    SectionKind.PROJECTS: Place.SHOWN,
    SectionKind.EDUCATION: Place.QUALIFICATION,
    SectionKind.CERTIFICATIONS: Place.QUALIFICATION,
    SectionKind.ACHIEVEMENTS: Place.QUALIFICATION,
    SectionKind.PUBLICATIONS: Place.QUALIFICATION,
    SectionKind.SKILLS: Place.LIST,
    SectionKind.LANGUAGES: Place.LIST,
}
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_QUALIFYING = frozenset({SectionKind.EDUCATION, SectionKind.CERTIFICATIONS})
_DEGREE = 2
_LONGEST_SENTENCE = 1_000
_LONGEST_TITLE = 8
_LONGEST_TOP = 3  # lines over which a headline may run
_LEAST_RECENT = 0.6  # of a title that was left long ago
_OUTCOME = re.compile(
    r"\b(?:increas|reduc|improv|sav|grew|achiev|exceed|won|award|generat|cut|deliver|launch|built|led|manag|develop|implement|design|"
    r"creat|negotiat|train|supervis|direct|establish|complet|recogni|promot)\w*\b.*?(?:\d|%|\$|£|€)|(?:\d+ ?%|[$£€] ?\d)",
    re.IGNORECASE,
)
_WORK_VERB = re.compile(
    r"\b\w{3,}ed\b|\bled\b|\bbuilt\b|\bwon\b|\bgrew\b|\bran\b|\bwrote\b|\btaught\b|\bcut\b|\bsold\b|\bkept\b|\bmade\b",
    re.IGNORECASE,
)


@attrs.define
class _Draft:
    """A sentence before it is known whether it was copied."""

    text: str
    section: Section
    line: Line
    role: int
    project: int
    raw: list[str]
    words: list[Word]
    listed: bool
    goes_on: bool = False  # with the tools that the line before began to name
    told: bool = False  # of a dated role that is told in lists alone


def read(document: Document, lexicon: Lexicon, personal: Personal, advert: Advert, today: Month) -> Reading:
    """The CV as sentences with their places."""
    drafts, roles, projects = _drafts(document, personal)
    copied = _copied(drafts, advert)
    for number in _told_in_lists(drafts, roles, copied):
        drafts[number].told = True
    pasted = _pasted(drafts, advert) | _run_on(drafts, lexicon)
    made = [
        _sentences(attrs.evolve(draft, listed=True) if number in pasted else draft, roles, lexicon, mark, today)
        for number, (draft, mark) in enumerate(zip(drafts, copied, strict=True))
    ]
    found = [one for each in made for one in each]
    return Reading(
        sentences=tuple(found),
        roles=tuple(roles),
        projects=tuple(projects),
        titles=tuple(_titles(drafts, copied, roles, lexicon, advert, today)),
        experience_months=document.experience_months(today),
        today=today,
        copied=sum(len(draft.raw) for draft, mark in zip(drafts, copied, strict=True) if mark == 2),
        listed=sum(len(one.stems) for one in found if one.place is Place.LIST),
        visible=sum(len(one.stems) for one in found),
    )


def _drafts(document: Document, personal: Personal) -> tuple[list[_Draft], list[Role], list[Role]]:
    drafts: list[_Draft] = []
    roles: list[Role] = []
    projects: list[Role] = []
    for section in document.sections:
        owner = _owners(section, section.roles, len(roles))
        project_of = _owners(section, section.projects, len(projects))
        listed = listed_lines(section.lines)
        roles.extend(section.roles)
        projects.extend(section.projects)
        for number, line in enumerate(section.lines):
            if line.hidden or personal.drops(section, line, number):
                continue
            goes_on = number > 0 and continues(section.lines[number - 1].text, line.text)
            for text, endless in _pieces(line.text):
                raw, found = read_words(text)
                mine = personal.kept(section, text, found)
                if mine:
                    role, project = owner.get(id(line), -1), project_of.get(id(line), -1)
                    apart = endless or number in listed
                    drafts.append(_Draft(text, section, line, role, project, raw, mine, apart, goes_on))
    return drafts, roles, projects


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences of a line, and whether each is a part of an endless list.

    What is longer than any sentence is cut, so that no pattern meets an endless text.
    """
    for sentence in sentences(text):
        endless = len(sentence) > _LONGEST_SENTENCE
        listed = endless and is_list(sentence[:_LONGEST_SENTENCE], in_role=False)
        while len(sentence) > _LONGEST_SENTENCE:
            at = sentence.rfind(" ", _LONGEST_SENTENCE // 2, _LONGEST_SENTENCE)
            at = at if at > 0 else _LONGEST_SENTENCE
            yield sentence[:at].strip(), listed
            sentence = sentence[at:].strip()
        if sentence:
            yield sentence, listed


def _copied(drafts: list[_Draft], advert: Advert) -> list[int]:
    """For each sentence: 2 copied from the advert, 1 the same as one of its short lines, 0 the CV's own."""
    every = [word for draft in drafts for word in draft.raw]
    short, long = advert.covered(every)
    found: list[int] = []
    at = 0
    for draft in drafts:
        size = len(draft.raw)
        marks = long if draft.section.kind in _QUALIFYING else short
        alike = sum(marks[at : at + size])
        at += size
        retold = draft.role >= 0 and size - alike >= 3  # a role told with the advert's words and some of its own
        same = alike >= (0.75 if retold else 0.5) * size or advert.has_full_line(draft.raw)
        if same or advert.is_patchwork(draft.raw):
            found.append(2)
        else:
            found.append(1 if advert.has_line(draft.raw) else 0)
    return found


_MOST_NAMES = {Names.BARE: 16, Names.OPENED: 12, Names.TOLD: 30}
_MOST_IN_BLOCK = {Names.BARE: 12, Names.OPENED: 12, Names.LABELLED: 30, Names.TOLD: 30}
_MOST_PHRASES = 5
_LONGEST_PHRASE = 8
_NAMES_IN_RUN = 0.22  # of the words of a sentence in which names stand with nothing between them


def _pasted(drafts: list[_Draft], advert: Advert) -> frozenset[int]:
    """The sentences that are lists by their number: too many names side by side, or too many in the whole CV.

    Only names that are meant to count as shown are numbered; those of a section of skills are a list in any case.
    """
    blocks: dict[Names, list[list[tuple[int, int]]]] = {kind: [] for kind in Names}
    phrases: list[tuple[int, int]] = []
    found: set[int] = set()
    for number, draft in enumerate(drafts):
        if _SHOWING.get(draft.section.kind, Place.TOLD) < Place.UNDATED:
            continue
        if draft.told or _is_school(draft):
            continue
        kind, count = names_in(draft.text)
        if count <= _MOST_IN_HEAD and _DATED.search(draft.text):
            continue  # "Analyst, Contoso, Leeds, 2012 to 2015"
        parts = _phrases(draft, advert)
        if parts:
            phrases.append((number, parts))
        if kind is Names.NONE:
            continue
        if draft.goes_on:
            kind = Names.LABELLED
        _add_to_blocks(blocks[kind], drafts, number, count)
    stuffed: set[int] = set()  # sections with so many of the advert's phrases that no names in them count
    if sum(count for _, count in phrases) > _MOST_PHRASES:
        found.update(number for number, _ in phrases)
        stuffed.update(id(drafts[number].section) for number, _ in phrases)
        parts_stuffed = {(id(drafts[number].section), drafts[number].role) for number, _ in phrases}
        found.update(
            at for at, one in enumerate(drafts) if (id(one.section), one.role) in parts_stuffed and is_name(one.text)
        )
    for kind, most in _MOST_IN_BLOCK.items():
        named: Counter[int] = Counter()
        for block in blocks[kind]:
            named[id(drafts[block[0][0]].section)] += sum(count for _, count in block)
        for block in blocks[kind]:
            section = id(drafts[block[0][0]].section)
            if sum(count for _, count in block) > most or named[section] > _MOST_NAMES.get(kind, 10_000):
                found.update(number for number, _ in block)
            elif section in stuffed:
                found.update(number for number, _ in block if _bare(drafts[number], kind))
    return frozenset(found)


def _add_to_blocks(blocks: list[list[tuple[int, int]]], drafts: list[_Draft], number: int, count: int) -> None:
    """Add a sentence with its count of names to the block that ends close above it in its part, or begin another."""
    last = blocks[-1][-1][0] if blocks else -1
    if blocks and number - last <= 3 and _same_part(drafts[last], drafts[number]):
        blocks[-1].append((number, count))
    else:
        blocks.append([(number, count)])


def _run_on(drafts: list[_Draft], lexicon: Lexicon) -> frozenset[int]:
    """Sentences in which many names stand side by side with nothing between them, and what stands among those."""
    blocks: list[list[tuple[int, int]]] = []
    for number, draft in enumerate(drafts):
        if not unjoined(draft.text):
            continue
        named = len(lexicon.concepts([word.stem for word in draft.words]))
        if named >= _NAMES_IN_RUN * len(draft.text.split()):
            _add_to_blocks(blocks, drafts, number, named)
    found: set[int] = set()
    for block in blocks:
        first, last = block[0][0], block[-1][0]
        if sum(named for _, named in block) > _MOST_IN_BLOCK[Names.BARE]:
            found.update(range(first, last + 1))
            for number in range(last + 1, min(last + 3, len(drafts))):  # what is left over at the end of the names
                if not _same_part(drafts[number], drafts[last]) or parted(drafts[number].text):
                    break
                found.add(number)
    return frozenset(found)


def _bare(draft: _Draft, kind: Names) -> bool:
    """Whether a line has neither told work nor a label of its own."""
    return draft.goes_on if kind is Names.LABELLED else kind is not Names.TOLD


_MOST_TOLD = 40
_FEWEST_PIECES = 4
_MOST_IN_HEAD = 5
_MOST_IN_SCHOOL = 10


def _is_school(draft: _Draft) -> bool:
    """Whether a sentence names a degree among the education ("B.S.: Nutrition, Foods, Exercise, State College")."""
    if draft.section.kind is not SectionKind.EDUCATION or draft.listed or len(items(draft.text)) > _MOST_IN_SCHOOL:
        return False
    return level_of(draft.text) >= _DEGREE


def _told_in_lists(drafts: list[_Draft], roles: list[Role], copied: list[int]) -> frozenset[int]:
    """The sentences of dated roles that say what was done in lists and in nothing else, if they are not endless.

    A sentence copied from the advert is nobody's telling, and does not make it told otherwise; a copied list counts.
    """
    bodies: dict[int, list[int]] = {}
    for at, draft in enumerate(drafts):
        if draft.role < 0 or roles[draft.role].start is None or not _says_more(draft.text):
            continue
        if copied[at] < 2 or len(items(draft.text)) >= _FEWEST_PIECES:
            bodies.setdefault(draft.role, []).append(at)
    found: set[int] = set()
    for body in bodies.values():
        if not all(copied[at] == 2 or _lists(drafts[at].text) for at in body):
            continue
        if sum(len(items(drafts[at].text)) for at in body) <= _MOST_TOLD and not any(drafts[at].listed for at in body):
            found.update(body)
    return frozenset(found)


def _lists(text: str) -> bool:
    """Whether a line says hardly more than names."""
    return is_list(text, in_role=False) or names_in(text)[1] > 0


def _says_more(text: str) -> bool:
    """Whether a line of a role is no title, place or date."""
    return not _DATED.search(text) and (len(text.split()) > 6 or "," in text)


def _same_part(one: _Draft, other: _Draft) -> bool:
    return one.role == other.role and one.section is other.section


def _phrases(draft: _Draft, advert: Advert) -> int:
    """How many of the advert's phrases a sentence holds, if it holds hardly anything else."""
    if not advert.whole:
        return 0
    parts = [raw_words(one) for one in items(draft.text)]
    own = [one for one in parts if not advert.has_phrase(one)]
    alike = [one for one in parts if (len(one) >= 2 or len(parts) == 1) and advert.has_phrase(one)]
    most = _LONGEST_PHRASE if len(parts) == 1 else 10_000
    if not alike or len(draft.raw) > most or len(own) > len(parts) / 2 + 1 or max(map(len, own), default=0) > 5:
        return 0
    return len(alike)


def _sentences(draft: _Draft, roles: list[Role], lexicon: Lexicon, copied: int, today: Month) -> list[Sentence]:
    """A draft as a sentence, and as a second one with what it only claims ("familiar with …") among work."""
    role = roles[draft.role] if draft.role >= 0 else None
    place = _place(draft, role, today)
    if copied == 2:
        place = Place.NOTHING
    elif copied == 1 and place > Place.LIST:
        place = Place.LIST
    shown, claimed = affirmed(draft.text, draft.words, draft.raw, at_work=place >= Place.UNDATED)
    made = [_sentence(draft, shown, place, role, lexicon, today)]
    if claimed:
        made.append(_sentence(draft, claimed, Place.TOLD, role, lexicon, today))
    return made


def _sentence(
    draft: _Draft, found: list[Word], place: Place, role: Role | None, lexicon: Lexicon, today: Month
) -> Sentence:
    run = tuple(word.stem for word in found)
    names, concepts = named(draft.text, found, lexicon)
    return Sentence(
        text=draft.text,
        section=draft.section,
        page=draft.line.page,
        place=place,
        role=draft.role,
        project=draft.project,
        stems=run,
        bag=frozenset(run) | names,
        concepts=concepts,
        pairs=joined(draft.text, found),
        months=role.months(today) if role is not None else 0,
        outcome=_OUTCOME.search(draft.text) is not None,
    )


def _owners(section: Section, roles: tuple[Role, ...], first: int) -> dict[int, int]:
    """Which of a section's roles (or projects) a line belongs to, by the line's identity; lines that only look the same are matched by their text."""
    by_id = {id(line): first + number for number, role in enumerate(roles) for line in role.lines}
    if all(id(line) in by_id for line in section.lines):
        return by_id
    by_text = {(line.text, line.page): first + number for number, role in enumerate(roles) for line in role.lines}
    for line in section.lines:
        role = by_text.get((line.text, line.page))
        if role is not None:
            by_id.setdefault(id(line), role)
    return by_id


def _place(draft: _Draft, role: Role | None, today: Month) -> Place:
    kind, text = draft.section.kind, draft.text
    usual = _SHOWING.get(kind, Place.TOLD)
    dated = role is not None and role.start is not None and kind not in (SectionKind.SKILLS, SectionKind.EDUCATION)
    if dated:
        usual = Place.SHOWN
    if draft.told or _is_school(draft):
        return usual
    if kind is SectionKind.CERTIFICATIONS and not held(text, today):
        return Place.TOLD
    at_work = dated or kind is SectionKind.EXPERIENCE
    if draft.listed or (is_list(text, in_role=at_work) and not (at_work and draft.goes_on)):
        return Place.LIST
    if kind is SectionKind.SKILLS and tells_work(text):
        usual = Place.UNDATED  # a functional CV tells its work under its skills
    if usual in (Place.LIST, Place.TOLD) and len(draft.words) >= 4:
        told = _OUTCOME.search(text) and _WORK_VERB.search(text) and re.search(r"[%$£€]|\bby \d", text)
        return Place.SHOWN if told else usual
    return usual


def _titles(
    drafts: list[_Draft], copied: list[int], roles: list[Role], lexicon: Lexicon, advert: Advert, today: Month
) -> Iterator[tuple[str, float]]:
    """Titles of dated roles; a headline makes the role that bears it out present, and stands alone without roles."""
    top = [
        draft
        for draft, mark in zip(drafts, copied, strict=True)
        if draft.role < 0 and mark < 2 and draft.text.count(",") <= 1 and len(draft.raw) <= _LONGEST_TITLE
    ]
    first = [draft.text for draft in top if draft.section.kind is SectionKind.HEADER]
    own = [one for one in first if not advert.has_phrase(raw_words(one))]
    wrapped = [f"{one} {other}" for one, other in pairwise(first)] if len(first) <= _LONGEST_TOP else []
    headlines = [
        one for one in (*wrapped, *(draft.text for draft in top)) if JOB.search(one) and looks_like_title(one, lexicon)
    ]
    for number, role in enumerate(roles):
        title = _own_title(number, role, drafts, copied) if role.start is not None else ""
        if not title:
            continue
        end = today.index if role.current else (role.end or role.start or today).index
        ago = max(0, today.index - end) / 12
        yield title, max(_LEAST_RECENT, 1.0 - 0.025 * ago)
        mine = frozenset(stems(title))
        if any(len(mine.intersection(stems(one))) * 2 > len(mine) for one in headlines):
            yield title, 1.0
    alone = [one for one in headlines if one in own or (one in wrapped and own == first)]
    yield from ((one, 1.0) for one in alone[:1])


def _own_title(number: int, role: Role, drafts: list[_Draft], copied: list[int]) -> str:
    """A role's title; where that is a line of an advert pasted there, the first line that is the role's own."""
    mine = [at for at, draft in enumerate(drafts) if draft.role == number]
    holding = [at for at in mine if role.title in drafts[at].text]
    if holding and all(copied[at] and any(copied[at + 1 : at + 2]) for at in holding):
        return next((drafts[at].text for at in mine if not copied[at]), "")
    return role.title
