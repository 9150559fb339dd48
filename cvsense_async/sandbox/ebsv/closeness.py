"""How close a whole CV is to a job: by the words they share and by the fields of work they belong to.

Requirements alone do not tell a nurse from a veterinary nurse; the rest of the text does. Every part is a share of what
the job is about, however long the CV: more text never brings a CV further away, and less never nearer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from cvsense_async.sandbox.ebsv.engine import Importance
from cvsense_async.sandbox.ebsv.lexicon import Lexicon, saturated
from cvsense_async.sandbox.ebsv.places import Place, Reading
from cvsense_async.sandbox.ebsv.requirements import JobRequirements
from cvsense_async.sandbox.ebsv.words import stems

MOST_TOLD = 0.015
"""What text without evidence (a summary, interests) can add to the closeness."""

_WORDS, _FIELDS, _TITLE = 0.3, 0.3, 0.4
_ENOUGH_WORDS = 4.0  # mentions of a word that are worth two thirds of very many
_ENOUGH_FIELD = 20.0  # the same of a field of work, in the lexicon's weights
_NEAR = 0.2  # CVs of the job's own occupation mostly have 0.2 to 0.5: what is above that says little more

_Key = TypeVar("_Key", str, int)


@attrs.frozen
class Profile:
    """A job as words and fields, each with its share of the whole."""

    words: dict[str, float]
    fields: dict[int, float]
    title: tuple[str, ...]
    title_fields: dict[int, float]


@attrs.frozen
class Closeness:
    """Parts of the closeness, each from 0 to 1."""

    words: float
    fields: float
    title: float | None  # None where the job has no title
    told: float = 0.0  # what a summary and the like add, bounded

    @property
    def whole(self) -> float:
        """All parts together."""
        near = _WORDS * self.words + _FIELDS * self.fields
        near = near / (_WORDS + _FIELDS) if self.title is None else near + _TITLE * self.title
        return min(1.0, _enough(near, _NEAR) + self.told)


def profile(job: JobRequirements, lexicon: Lexicon) -> Profile:
    """The job's own words, the title's most, then what is asked, then what is done."""
    counts: dict[str, float] = {}
    for strength, texts in (
        (3.0, [job.title]),
        (1.0, [one.name for one in job.requirements if one.importance is Importance.ESSENTIAL]),
        (0.8, [one.name for one in job.requirements if one.importance is Importance.DESIRABLE]),
        (0.8, job.duties),
    ):
        for text in texts:
            for stem in stems(text):
                counts[stem] = counts.get(stem, 0.0) + strength
    words = {stem: saturated(count) * lexicon.weight(stem) ** 2 for stem, count in counts.items() if not stem.isdigit()}
    fields: dict[int, float] = {}
    for strength, texts in (
        (2.5, [job.title]),
        (1.0, [one.name for one in job.requirements]),
        (1.0, job.duties),
    ):
        for text in texts:
            for field, weight in lexicon.fields_of(stems(text)).items():
                fields[field] = fields.get(field, 0.0) + strength * weight
    title = tuple(stems(job.title))
    return Profile(_shares(words), _shares(_sharp(fields)), title, _unit(lexicon.fields_of(title)))


def closeness(wanted: Profile, reading: Reading, lexicon: Lexicon) -> Closeness:
    """How close a CV is to a job. Lists and what was copied from the advert do not count."""
    own: list[str] = []
    told: list[str] = []
    for sentence in reading.sentences:
        if sentence.place > Place.LIST:
            run = told if sentence.place is Place.TOLD else own
            run.extend(sentence.stems)
            run.append("")
    title = _titles(wanted, reading, lexicon) if wanted.title else None
    titles = _title_fields(reading, lexicon)

    def close(run: Sequence[str]) -> Closeness:
        counts = Counter(run)
        fields = lexicon.fields_of(run)
        for field, weight in titles.items():
            fields[field] = fields.get(field, 0.0) + 1.5 * weight
        return Closeness(
            words=sum(share * _enough(counts[stem], _ENOUGH_WORDS) for stem, share in wanted.words.items()),
            fields=sum(share * _enough(fields.get(one, 0.0), _ENOUGH_FIELD) for one, share in wanted.fields.items()),
            title=title,
        )

    without = close(own)
    gained = close([*own, *told]).whole - without.whole if told else 0.0
    return attrs.evolve(without, told=min(MOST_TOLD, gained))


def _enough(amount: float, enough: float) -> float:
    """An amount as a share of very much of it: it grows ever slower, and never falls."""
    return 1.0 - math.exp(-amount / enough)


def _title_fields(reading: Reading, lexicon: Lexicon) -> dict[int, float]:
    titles: dict[int, float] = {}
    for title, recent in reading.titles:
        for field, weight in lexicon.fields_of(stems(title)).items():
            titles[field] = titles.get(field, 0.0) + recent * weight
    return titles


def _titles(wanted: Profile, reading: Reading, lexicon: Lexicon) -> float:
    """How close the best of a CV's titles is to the job's, recent ones counting for more."""
    best = 0.0
    mine = {stem: 0.3 + lexicon.weight(stem) for stem in wanted.title}
    whole = sum(mine.values())
    for title, recent in reading.titles:
        run = stems(title)
        shared = sum(weight for stem, weight in mine.items() if stem in run) / whole
        fields = _unit(lexicon.fields_of(run))
        kin = sum(weight * wanted.title_fields.get(field, 0.0) for field, weight in fields.items())
        best = max(best, recent * (0.5 * shared + 0.5 * kin))
    return best


def _shares(weights: Mapping[_Key, float]) -> dict[_Key, float]:
    whole = sum(weights.values())
    return {key: weight / whole for key, weight in weights.items()} if whole else {}


def _sharp(fields: Mapping[int, float]) -> dict[int, float]:
    """The fields that a job is mostly about stand out from those that its words touch."""
    return {field: weight**2.2 for field, weight in fields.items()}


def _unit(fields: Mapping[int, float]) -> dict[int, float]:
    raised = {field: weight**1.1 for field, weight in fields.items()}
    length = math.sqrt(sum(weight * weight for weight in raised.values()))
    return {field: weight / length for field, weight in raised.items()} if length else {}
