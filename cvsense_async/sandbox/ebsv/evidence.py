"""Holds each requirement against a CV: evidenced, claimed or missing, with the CV's own words for it.

The verdict hangs on single sentences, so that everyone can check it by reading them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from cvsense_async.sandbox.ebsv.clauses import alternatives
from cvsense_async.sandbox.ebsv.cues import LANGUAGE_NAME, Kind
from cvsense_async.sandbox.ebsv.document import SectionKind, months_together
from cvsense_async.sandbox.ebsv.engine import Classification, Quote
from cvsense_async.sandbox.ebsv.languages import asked_level, levels_in, suffices
from cvsense_async.sandbox.ebsv.levels import least_level, subjects_of
from cvsense_async.sandbox.ebsv.lexicon import Lexicon
from cvsense_async.sandbox.ebsv.places import Place, Reading, Sentence
from cvsense_async.sandbox.ebsv.qualifications import DEGREE_WORDS, degrees
from cvsense_async.sandbox.ebsv.quantities import Amount, amounts_asked, without_amounts
from cvsense_async.sandbox.ebsv.quantities import suffices as amount_suffices
from cvsense_async.sandbox.ebsv.quoting import best_first, trimmed
from cvsense_async.sandbox.ebsv.requirements import Requirement
from cvsense_async.sandbox.ebsv.terms import LICENCE_STEMS, Terms, terms_of
from cvsense_async.sandbox.ebsv.words import stems
from cvsense_async.sandbox.ebsv.worktitles import titles_of

MOST_QUOTES = 3
_PART = 0.25  # the least share of what is enough that a sentence brings to its role's evidence

_UNCOVERED = 0.7  # what evidence loses by what it leaves uncovered, or says with other words


@attrs.frozen
class Weighed:
    """One requirement with what was found for it; `strength` is 0 to 1, `years` those shown where years were
    asked."""

    requirement: Requirement
    classification: Classification
    strength: float
    quotes: tuple[Sentence, ...] = attrs.field(default=(), repr=False)
    years: float | None = None
    only_listed: bool = False

    def evidence(self) -> tuple[Quote, ...]:
        """The quotes as the wire has them."""
        return tuple(
            Quote(one.text, one.section.title or one.section.kind.value, one.page) for one in self.quotes[:MOST_QUOTES]
        )


@attrs.frozen
class Sought:
    """A requirement ready to be looked for; made once a job."""

    requirement: Requirement
    terms: Terms
    threshold: float
    amounts: tuple[Amount, ...] = ()
    titles: tuple[re.Pattern[str], ...] = attrs.field(default=(), repr=False)  # of roles that are the work asked for


def sought(requirement: Requirement, lexicon: Lexicon) -> Sought:
    """Prepares a requirement."""
    amounts = () if requirement.kind in (Kind.DEGREE, Kind.LANGUAGE) else amounts_asked(requirement.name)
    named = requirement
    if amounts and stems(bare := without_amounts(requirement.name)):
        core, choice = alternatives(bare)
        named = attrs.evolve(requirement, name=bare, core=core, alternatives=choice)
    terms = terms_of(named, lexicon)
    count = len(terms.core) + (1 if terms.choices else 0)
    threshold = 0.75 if count <= 2 else 0.6 if count <= 4 else 0.48 if count <= 8 else 0.4
    if requirement.kind is Kind.TRAIT:
        threshold -= 0.08
    titles = titles_of(requirement.name) if requirement.years is not None else ()
    return Sought(requirement, terms, threshold, amounts, titles)


def weigh(one: Sought, reading: Reading, lexicon: Lexicon) -> Weighed:
    """What a CV says of one requirement."""
    kind = one.requirement.kind
    if kind is Kind.YEARS:
        return _years_only(one, reading)
    if kind is Kind.DEGREE or _ASKS_DEGREE.match(one.requirement.name):
        return _degree(one, reading, lexicon)
    if kind is Kind.LANGUAGE:
        return _language(one, reading)
    return _by_words(one, reading)


def _long(one: Sought) -> bool:
    """Whether several sentences of one role may show it together."""
    return len(one.terms.core) + len(one.terms.choices) >= 3


def _by_words(one: Sought, reading: Reading) -> Weighed:
    shown: list[tuple[float, Sentence]] = []
    told: list[tuple[float, Sentence]] = []
    partial: dict[int, list[tuple[float, Sentence]]] = {}
    for sentence in reading.sentences:
        if sentence.place is Place.NOTHING:
            continue
        cover = one.terms.covered(sentence)
        if cover <= 0:
            continue
        enough = amount_suffices(one.amounts, sentence.text) if one.amounts else True
        if enough is False:
            continue  # "managed 4" where ten are asked for
        if enough is None and cover >= one.threshold:
            told.append((cover, sentence))
            continue
        if sentence.place >= Place.UNDATED and _attests(one.requirement, sentence):
            if cover >= one.threshold:
                shown.append((cover, sentence))
            elif sentence.role >= 0 and cover >= _PART * one.threshold:
                partial.setdefault(sentence.role, []).append((cover, sentence))
        elif cover >= one.threshold:
            told.append((cover, sentence))
    shown.extend(_by_title(one, reading))
    together = not shown
    if together:
        shown = _by_role(one, partial)
    if shown and together and one.amounts and not any(amount_suffices(one.amounts, each.text) for _, each in shown):
        told, shown = shown, []
    if shown:
        return _evidenced(one, reading, shown, together)
    if told:
        listed = all(sentence.place is Place.LIST for _, sentence in told)
        return Weighed(one.requirement, Classification.CLAIMED, 0.5, _quotes(one, told, reading), only_listed=listed)
    return Weighed(one.requirement, Classification.MISSING, 0.0)


def _by_title(one: Sought, reading: Reading) -> list[tuple[float, Sentence]]:
    """The heads of dated roles whose title is the work that years are asked of."""
    if not one.titles:
        return []
    bearing = {at for at, role in enumerate(reading.roles) if any(title.search(role.title) for title in one.titles)}
    heads: dict[int, Sentence] = {}
    for sentence in reading.sentences:
        if sentence.role in bearing and sentence.place is Place.SHOWN:
            best = heads.setdefault(sentence.role, sentence)
            title = reading.roles[sentence.role].title
            if title not in best.text and title in sentence.text:
                heads[sentence.role] = sentence
    return [(0.95, sentence) for sentence in heads.values()]


_ATTESTING = (SectionKind.CERTIFICATIONS, SectionKind.EDUCATION, SectionKind.ACHIEVEMENTS)
_CREDENTIAL = re.compile(r"\b[A-Z][A-Z/&]{1,7}\b|\b(?:[Rr]egistered|[Cc]hartered|[Ll]icensed|[Cc]ertified) \w+")


def _attests(requirement: Requirement, sentence: Sentence) -> bool:
    """Whether a sentence can show a licence: work with a forklift shows no licence for one."""
    if requirement.kind is not Kind.LICENCE or sentence.section.kind in _ATTESTING:
        return True
    return (
        not LICENCE_STEMS.isdisjoint(sentence.bag)
        or _CREDENTIAL.search(requirement.core or requirement.name) is not None
    )


def _by_role(one: Sought, partial: dict[int, list[tuple[float, Sentence]]]) -> list[tuple[float, Sentence]]:
    """A long requirement may be shown by several sentences of one role together."""
    if not _long(one):
        return []
    best: list[tuple[float, Sentence]] = []
    most = 0.0
    for found in partial.values():
        if len(found) < 2 or max(cover for cover, _ in found) < 0.5 * one.threshold:
            continue
        top = sorted(found, key=lambda pair: -pair[0])[:4]
        together = one.terms.covered_by(
            frozenset(stem for _, sentence in top for stem in sentence.bag),
            frozenset(skill for _, sentence in top for skill in sentence.concepts),
        )
        if together * 0.8 >= one.threshold and together > most:
            most, best = together, [(together * 0.8, sentence) for _, sentence in top[:2]]
    return best


def _evidenced(one: Sought, reading: Reading, shown: list[tuple[float, Sentence]], together: bool) -> Weighed:
    dated = [sentence for _, sentence in shown if sentence.place is Place.SHOWN]
    quotes = _quotes(one, shown, reading)
    most = max(cover for cover, _ in shown)
    strength = (0.7 if together else 0.8) - _UNCOVERED * (1.0 - min(1.0, most))
    if not together:
        strength += 0.07 * any(sentence.outcome for _, sentence in shown)
        strength += 0.08 * (len({sentence.role for sentence in dated}) >= 2 or len(dated) >= 3)
        strength += 0.05 * any(sentence.place >= Place.QUALIFICATION for _, sentence in shown)
    asked = one.requirement.years
    if asked is None:
        return Weighed(one.requirement, Classification.EVIDENCED, strength, quotes)
    lasted = [reading.roles[at] for at in {one.role for one in dated} if at >= 0]
    lasted += [reading.projects[at] for at in {one.project for one in dated} if at >= 0]
    years = round(months_together(lasted, reading.today) / 12, 1)
    if years >= 0.8 * asked:
        return Weighed(one.requirement, Classification.EVIDENCED, strength, quotes, years)
    short = 0.5 + 0.3 * min(1.0, years / asked)
    return Weighed(one.requirement, Classification.CLAIMED, short, quotes, years)


def _years_only(one: Sought, reading: Reading) -> Weighed:
    asked = one.requirement.years or 0.0
    years = round(reading.experience_months / 12, 1)
    firsts: dict[int, Sentence] = {}
    for sentence in reading.sentences:
        if sentence.role >= 0 and sentence.months and sentence.role not in firsts and sentence.place is Place.SHOWN:
            firsts[sentence.role] = sentence
    quotes = tuple(sorted(firsts.values(), key=lambda s: -s.months)[:MOST_QUOTES])
    if years >= 0.95 * asked and quotes:
        return Weighed(one.requirement, Classification.EVIDENCED, 0.9, quotes, years)
    if years >= 0.5 * asked and quotes:
        return Weighed(one.requirement, Classification.CLAIMED, 0.5, quotes, years)
    return Weighed(one.requirement, Classification.MISSING, 0.0, (), years)


_ASKS_DEGREE = re.compile(
    r"\W*(?:an? )?(?:b\.?a|b\.?s|m\.?a|m\.?s|b\.?s\.?c|m\.?s\.?c|bsn|ll\.?b|law degree|ph\.?d)\.?"
    r"(?: degree)?(?: in\b|\W*$)",
    re.IGNORECASE,
)


def _degree(one: Sought, reading: Reading, lexicon: Lexicon) -> Weighed:
    asked = least_level(one.requirement.name)
    subjects = _subjects(one.requirement)
    good: list[tuple[float, Sentence]] = []
    other: list[tuple[float, Sentence]] = []
    begun: list[tuple[float, Sentence]] = []
    for degree in degrees(reading):
        sentence = degree.sentence
        if degree.level < asked:
            continue
        bag = sentence.bag | subjects_of(sentence.text) | degree.beside
        match = 1.0 if not subjects or any(subject <= bag for subject in subjects) else 0.0
        shown = sentence.section.kind in (SectionKind.EDUCATION, SectionKind.CERTIFICATIONS, SectionKind.ACHIEVEMENTS)
        if match and not degree.reached:
            begun.append((match, sentence))
            continue
        (good if match and shown else other).append((match, sentence))
    years = round(reading.experience_months / 12, 1)
    if (
        one.requirement.years is not None
        and "experience" in one.requirement.name.lower()
        and years < one.requirement.years
    ):
        other, good = [*good, *other], []
    if good:
        return Weighed(one.requirement, Classification.EVIDENCED, 0.95, _texts(good))
    if begun:
        return Weighed(one.requirement, Classification.CLAIMED, 0.4, _texts(begun))
    if other:
        loose = one.requirement.equivalent or "related" in one.requirement.name.lower()
        educated = [pair for pair in other if pair[1].section.kind is SectionKind.EDUCATION]
        kin = [pair for pair in educated if _akin(one.requirement, pair[1], lexicon)]
        if loose and kin:
            return Weighed(one.requirement, Classification.EVIDENCED, 0.7, _texts(kin))
        if loose or not subjects or years < (one.requirement.years or 0):
            return Weighed(one.requirement, Classification.CLAIMED, 0.5, _texts(other))
    if one.requirement.equivalent and reading.experience_months >= 60:
        return Weighed(one.requirement, Classification.CLAIMED, 0.5, _longest(reading))
    return Weighed(one.requirement, Classification.MISSING, 0.0)


def _akin(requirement: Requirement, sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a degree belongs to the field of work that is asked for, by its words."""
    asked = lexicon.fields_of(stems(requirement.name))
    shown = lexicon.fields_of(sentence.stems)
    top = sorted(asked, key=lambda field: -asked[field])[:3]
    return any(shown.get(field, 0.0) >= 0.5 * max(shown.values()) for field in top) if shown else False


def _subjects(requirement: Requirement) -> list[frozenset[str]]:
    """The subjects that a degree may be in, each as the words that must all be there; none: any subject will do."""
    parts = requirement.alternatives or re.split(r",|\band\b", requirement.core)
    found = (
        frozenset(stem for stem in stems(part) if stem not in DEGREE_WORDS and not stem.isdigit()) for part in parts
    )
    return [subject for subject in found if subject]


def _longest(reading: Reading) -> tuple[Sentence, ...]:
    dated = [one for one in reading.sentences if one.months and one.place is Place.SHOWN]
    return tuple(sorted(dated, key=lambda one: -one.months)[:1])


def _language(one: Sought, reading: Reading) -> Weighed:
    asked = {match.group().lower() for match in LANGUAGE_NAME.finditer(one.requirement.name)}
    choice = " or " in one.requirement.name.lower()
    level = asked_level(one.requirement.name)
    shown: dict[str, Sentence] = {}
    told: dict[str, Sentence] = {}
    nearly: set[str] = set()
    for at, sentence in enumerate(reading.sentences):
        if sentence.place is Place.NOTHING or LANGUAGE_NAME.search(sentence.text) is None:
            continue
        for language, spoken in levels_in(_with_level(reading, at)).items():
            if language not in asked or not any(stem in sentence.bag for stem in stems(language)):
                continue
            enough = suffices(spoken, level)
            if enough is False:
                continue
            if enough is None and spoken:
                nearly.add(language)
            (shown if sentence.place >= Place.UNDATED else told).setdefault(language, sentence)
    have = shown.keys() | told.keys()
    met = bool(have) if choice else bool(asked) and asked <= have
    if not met:
        if "english" in asked and (not choice and asked - have == {"english"}) and len(reading.sentences) >= 5 and have:
            return Weighed(one.requirement, Classification.CLAIMED, 0.5, tuple({**told, **shown}.values()))
        return Weighed(one.requirement, Classification.MISSING, 0.0)
    proved = bool(shown.keys() - nearly) if choice else asked <= shown.keys() - nearly
    quotes = tuple(dict.fromkeys((*shown.values(), *told.values())))
    if proved:
        return Weighed(one.requirement, Classification.EVIDENCED, 0.9, quotes)
    return Weighed(one.requirement, Classification.CLAIMED, 0.6, quotes)


def _with_level(reading: Reading, at: int) -> str:
    """A sentence that names a language, with the line below it where that says how well it is spoken."""
    text = reading.sentences[at].text
    below = reading.sentences[at + 1] if at + 1 < len(reading.sentences) else None
    if below is None or len(text.split()) > 3 or len(below.text.split()) > 4 or LANGUAGE_NAME.search(below.text):
        return text
    return f"{text}: {below.text}" if below.section is reading.sentences[at].section else text


def _quotes(one: Sought, found: Iterable[tuple[float, Sentence]], reading: Reading) -> tuple[Sentence, ...]:
    """The sentences most worth quoting, each cut to what it is quoted for."""
    return tuple(trimmed(sentence, one.terms.hooks) for sentence in _texts(best_first(found, reading)))


def _texts(found: Iterable[tuple[float, Sentence]]) -> tuple[Sentence, ...]:
    kept: dict[str, Sentence] = {}
    for _, sentence in found:
        kept.setdefault(sentence.text, sentence)
    return tuple(kept.values())[: MOST_QUOTES + 1]
