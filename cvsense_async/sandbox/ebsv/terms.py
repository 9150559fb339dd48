"""Breaks a requirement into weighted terms and says how much of it a sentence covers.

Requirements are prose more often than names, so each is met by its words, weighted, with names of skills as one word.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cvsense_async.sandbox.ebsv.cues import Kind
from cvsense_async.sandbox.ebsv.lexicon import Lexicon
from cvsense_async.sandbox.ebsv.namelike import asked, is_name, plain, unmarked, written
from cvsense_async.sandbox.ebsv.places import Sentence
from cvsense_async.sandbox.ebsv.requirements import Requirement
from cvsense_async.sandbox.ebsv.words import Word, raw_words, stems, words

_CUES = frozenset(
    raw_words(
        """experience experienced ability able abilities knowledge understanding familiarity familiar
        proficiency proficient expertise
        strong excellent good great solid proven demonstrated demonstrate minimum least year years month
        months relevant related equivalent
        degree bachelor master bachelors masters preferred required desirable essential must plus working work
        worked skill skills
        skilled full time paid professional prior previous hands track record including include various
        multiple such field
        role similar using use used effectively effective highly extremely exceptional outstanding broad deep
        advanced basic
        practical capability capacity comfortable possess valid candidate position level other need needed
        success successfully successful
        recognized accredited college university school four completion satisfactory like hold hands-on etc
        area areas new well both
        one two three four five six seven eight nine ten more less than within across industry environment
        ideally nice bonus optional
        learn interest interested relating relates passion passionate willing willingness fluent fluently
        native speak write
        background understand
        extensive considerable significant in-depth thorough sound"""
    )
)

LICENCE_STEMS = frozenset(
    stems("license certificate certified registration accreditation chartered permit valid holder")
)
"""Words that say that something is a licence, and not which."""

_SAYS_LITTLE = 0.3
_LEAST_IN_NAME = 0.35  # in a name of two or three words even a plain word must be met
_CLOSE = 10
_NONE: frozenset[str] = frozenset()
_BY_KIN = 0.9  # what a word shows that may stand for the one that is asked for


@attrs.frozen
class Term:
    """A word, or a skill's name, that a requirement is about; each of its stems has its weight and its kin."""

    stems: tuple[str, ...]
    concept: str | None
    weight: float
    weights: tuple[float, ...] = ()
    kin: tuple[frozenset[str], ...] = attrs.field(default=(), repr=False)
    whole: bool = False  # a name whose words must stand together

    def met(self, bag: frozenset[str], concepts: frozenset[str], pairs: frozenset[str] = frozenset()) -> float:
        """How far a sentence has it, from 0 to 1; "QuickBooks" is met by "quick books", and the other way about."""
        if self.concept is not None and self.concept in concepts:
            return 1.0
        if len(self.stems) == 1:
            one = self.stems[0]
            if one in bag or (len(one.removeprefix("=")) >= 6 and one in pairs):
                return 1.0
            return 0.0 if self.kin[0].isdisjoint(bag) else _BY_KIN
        if len(self.stems) == 2 and "".join(self.stems) in bag:
            return 1.0
        if self.whole:
            return 0.0
        share = 0.0
        whole = True
        for one, weight, kin in zip(self.stems, self.weights, self.kin, strict=True):
            if one in bag:
                share += weight
            elif not kin.isdisjoint(bag):
                share += weight * _BY_KIN
            else:
                whole = False
        share /= sum(self.weights)
        return 0.9 * share if whole else share * share * 0.8


@attrs.frozen
class Terms:
    """A requirement's terms: all of `core`, and one of `choices` where there are any."""

    core: tuple[Term, ...]
    choices: tuple[tuple[Term, ...], ...]
    hooks: frozenset[str] = attrs.field(repr=False)  # a sentence without any of these shows nothing
    marks: dict[str, int] = attrs.field(repr=False)  # a stem, or its kin, to the number of its term

    @property
    def weight(self) -> float:
        """The weight of all that must be met."""
        return _weight(self.core) + max((_weight(one) for one in self.choices), default=0.0)

    def covered(self, sentence: Sentence) -> float:
        """How much of the requirement one sentence shows, from 0 to 1; a short one must stand close together."""
        hooks = self.hooks
        if hooks.isdisjoint(sentence.bag) and hooks.isdisjoint(sentence.concepts) and hooks.isdisjoint(sentence.pairs):
            return 0.0
        share = self.covered_by(sentence.bag, sentence.concepts, sentence.pairs)
        if share and not self.choices and 2 <= len(self.core) <= 3 and not self._close_by(sentence.stems):
            return 0.6 * share
        return share

    def _close_by(self, run: Sequence[str]) -> bool:
        """Whether the words of all terms that are met stand within a few words of one another."""
        wanted = self.marks
        last: dict[int, int] = {}
        present = {wanted[one] for one in run if one in wanted}
        for place, one in enumerate(run):
            number = wanted.get(one)
            if number is not None:
                last[number] = place
                if len(last) == len(present) and max(last.values()) - min(last.values()) <= _CLOSE:
                    return True
        return len(present) < 2

    def covered_by(self, bag: frozenset[str], concepts: frozenset[str], pairs: frozenset[str] = frozenset()) -> float:
        """How much of the requirement these words show, from 0 to 1."""
        core = _weight(self.core)
        got = sum(term.weight * term.met(bag, concepts, pairs) for term in self.core)
        if not self.choices:
            return got / core if core else 0.0
        best = 0.0
        for choice in self.choices:
            weight = _weight(choice)
            mine = sum(term.weight * term.met(bag, concepts, pairs) for term in choice) / weight if weight else 0.0
            best = max(best, mine if len(choice) == 1 or mine >= 0.95 else mine * mine)
        chosen = max(_weight(one) for one in self.choices)
        lead = min(core, chosen)  # what may be chosen from says more than what leads up to it
        whole = (lead * (got / core if core else 0.0) + chosen * best) / (lead + chosen)
        return whole if best >= 0.5 else 0.7 * whole


def terms_of(requirement: Requirement, lexicon: Lexicon) -> Terms:
    """The weighted terms of a requirement."""
    kin = requirement.kind is not Kind.TRAIT  # how a person is has too many words
    core = _terms(requirement.core or requirement.name, lexicon, strict=True, kin=kin)
    choices = tuple(found for one in requirement.alternatives if (found := _terms(one, lexicon, strict=True, kin=kin)))
    choices = _completed(choices)
    if requirement.kind is Kind.LICENCE:
        core = tuple(term for term in core if not LICENCE_STEMS.issuperset(term.stems)) or core
    if not choices and len(core) <= 3:
        core = tuple(attrs.evolve(term, weight=max(_LEAST_IN_NAME, term.weight)) for term in core)
    if not core and not choices:
        core = _terms(requirement.name, lexicon, strict=False, kin=kin)
    return Terms(core, choices, _hooks(core, choices), _marks(core))


def _hooks(core: Sequence[Term], choices: Sequence[Sequence[Term]]) -> frozenset[str]:
    """What a sentence must share with a requirement to be worth a look: not the word of a name that says least."""
    terms = [*core, *(term for choice in choices for term in choice)]
    if len(core) == 2 and not choices:
        light, heavy = sorted(core, key=lambda term: term.weight)
        if light.weight < 0.7 * heavy.weight:
            terms = [heavy]
    hooks: set[str] = set()
    for term in terms:
        hooks.update(term.stems, *term.kin)
        hooks.add("".join(term.stems))
        if term.concept is not None:
            hooks.add(term.concept)
    return frozenset(hooks)


def _marks(core: Sequence[Term]) -> dict[str, int]:
    marks: dict[str, int] = {}
    for number, term in enumerate(core):
        for kin in term.kin:
            for one in kin:
                marks.setdefault(one, number)
    marks.update((unmarked(stem), number) for number, term in enumerate(core) for stem in term.stems)
    return marks


def _completed(choices: tuple[tuple[Term, ...], ...]) -> tuple[tuple[Term, ...], ...]:
    """A choice that says too little by itself borrows the last one's end ("systems or network administration")."""
    if len(choices) < 2 or max(map(_weight, choices)) < _SAYS_LITTLE:
        return choices
    end = choices[-1][-1]
    longer = (one if _weight(one) >= _SAYS_LITTLE or end in one else (*one, end) for one in choices)
    return tuple(one for one in longer if _weight(one) >= _SAYS_LITTLE)


def _terms(text: str, lexicon: Lexicon, *, strict: bool, kin: bool) -> tuple[Term, ...]:
    found_words = [one for one in words(text) if not one.stem.isdigit()]
    run = [one.stem for one in found_words]
    cue = [strict and text[one.start : one.end].lower() in _CUES for one in found_words]
    found: list[Term] = []
    seen: set[str] = set()
    at = 0
    most = max((_weigh(one, lexicon) for one, said in zip(run, cue, strict=True) if not said), default=0.0)
    named = {first: (last, skill) for first, last, skill in lexicon.concepts(run)}
    while at < len(run):
        last, skill = named.get(at, (at + 1, None))
        part = tuple(run[at:last])
        if last == at + 1:
            one = _spelt(text, found_words[at], lexicon, alone=len(run) == 1)
            if one == part[0] in lexicon.tool_stems:
                skill = None  # the everyday word, or another form of it
            part = (one,)
        empty = all(cue[at:last])
        key = " ".join(part)
        whole = last > at + 1 and key in lexicon.products
        if whole and text[found_words[at].start : found_words[last - 1].end].islower():
            whole = key in lexicon.named_things
        at = last
        if empty:
            continue
        key = skill or key
        if key in seen:
            continue
        seen.add(key)
        weights = tuple(_weigh(one, lexicon) for one in part)
        kinds = _kin(part, weights, most, lexicon, kin=kin)
        found.append(Term(part, skill, sum(weights) ** 0.8, weights, kinds, whole))
    return tuple(found)


def _spelt(text: str, word: Word, lexicon: Lexicon, *, alone: bool) -> str:
    """The stem of a word of what is asked, or the mark of a name that must be met as it is written ("Go")."""
    low = plain(text, word)
    can = written(low)
    if can.everyday:
        named = alone or is_name(text, word)
    elif can.unknown:
        named = any(letter.isupper() for letter in text[word.start : word.end])
    else:
        named = bool(can.marks)
    return asked(low) if named else word.stem


def _kin(
    part: tuple[str, ...], weights: tuple[float, ...], most: float, lexicon: Lexicon, *, kin: bool
) -> tuple[frozenset[str], ...]:
    """For each stem what may stand for it: for the one that says most only what says the same."""
    if not kin or lexicon.named(part):
        return (_NONE,) * len(part)
    return tuple(
        (lexicon.twins if weight >= most > _LEAST_IN_NAME else lexicon.kin).get(unmarked(stem), _NONE)
        for stem, weight in zip(part, weights, strict=True)
    )


def _weigh(stem: str, lexicon: Lexicon) -> float:
    return max(0.7, lexicon.weight(unmarked(stem))) if stem[:1] == "=" else max(0.12, lexicon.weight(stem))


def _weight(found: Sequence[Term]) -> float:
    return sum(term.weight for term in found)
