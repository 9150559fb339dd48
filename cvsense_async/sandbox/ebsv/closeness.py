"""How close a whole CV is to a job: by the words they share and by the fields of work they belong to.

Requirements alone do not tell a nurse from a veterinary nurse; the rest of the text does. Every weight ships with the
sandbox, so a score does not depend on which other CVs are there. Lists and copied words are left out.
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

POWER = 1.1
MOST_TOLD = 0.017
"""What text without evidence (a summary, interests) can add to the closeness."""

_Key = TypeVar("_Key", str, int)


@attrs.frozen
class Profile:
    """A job as words and fields."""

    words: dict[str, float]
    fields: dict[int, float]
    title: tuple[str, ...]
    title_fields: dict[int, float]


@attrs.frozen
class Closeness:
    """Parts of the closeness, each from 0 to 1."""

    words: float
    fields: float
    title: float
    told: float = 0.0  # what a summary and the like add, bounded

    @property
    def whole(self) -> float:
        """All parts together."""
        return min(1.0, 0.3 * self.words + 0.42 * self.fields + 0.28 * self.title + self.told)


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
    title = tuple(stem for stem in stems(job.title))
    return Profile(_unit(words), _sharpened(fields), title, _sharpened(lexicon.fields_of(title)))


def closeness(wanted: Profile, reading: Reading, evidencing: frozenset[int], lexicon: Lexicon) -> Closeness:
    """How close a CV is to a job. `evidencing` are the sentences that show a requirement (see `_toward`)."""
    own: list[str] = []
    shown: list[str] = []
    told: list[str] = []
    for number, sentence in enumerate(reading.sentences):
        if sentence.place in (Place.NOTHING, Place.LIST):
            continue
        run = shown if number in evidencing else told if sentence.place is Place.TOLD else own
        run.extend(sentence.stems)
        run.append("")
    title = _titles(wanted, reading, lexicon)
    titles = _title_fields(reading, lexicon)

    def close(run: Sequence[str]) -> Closeness:
        fields = lexicon.fields_of(run)
        for field, weight in titles.items():
            fields[field] = fields.get(field, 0.0) + 1.5 * weight
        return Closeness(
            words=min(1.0, 2.2 * _toward(wanted.words, _weighted(run, lexicon), _weighted(shown, lexicon))),
            fields=_toward(wanted.fields, _powered(fields), _powered(lexicon.fields_of(shown))),
            title=title,
        )

    without = close(own)
    gained = max(0.0, close([*own, *told]).whole - without.whole) if told else 0.0
    return attrs.evolve(without, told=min(MOST_TOLD, gained))


def _toward(wanted: Mapping[_Key, float], own: Mapping[_Key, float], shown: Mapping[_Key, float]) -> float:
    """The cosine of the text with the job, where sentences that show a requirement count as being wholly about it.

    So taking evidence away can never bring the text closer to the job.
    """
    along = sum(weight * wanted.get(key, 0.0) for key, weight in shown.items())
    dot = along + sum(weight * wanted.get(key, 0.0) for key, weight in own.items())
    length = math.sqrt(
        sum((weight + along * wanted.get(key, 0.0)) ** 2 for key, weight in own.items())
        + sum((along * weight) ** 2 for key, weight in wanted.items() if key not in own)
    )
    return dot / length if length else 0.0


def _title_fields(reading: Reading, lexicon: Lexicon) -> dict[int, float]:
    titles: dict[int, float] = {}
    for title, recent in reading.titles:
        for field, weight in lexicon.fields_of(stems(title)).items():
            titles[field] = titles.get(field, 0.0) + recent * weight
    return titles


def _weighted(run: Sequence[str], lexicon: Lexicon) -> dict[str, float]:
    return {
        stem: saturated(count) * lexicon.weight(stem) ** 2
        for stem, count in Counter(run).items()
        if stem and not stem.isdigit()
    }


def _titles(wanted: Profile, reading: Reading, lexicon: Lexicon) -> float:
    """How close the best of a CV's titles is to the job's, recent ones counting for more."""
    best = 0.0
    mine = {stem: 0.3 + lexicon.weight(stem) for stem in wanted.title}
    whole = sum(mine.values())
    for title, recent in reading.titles:
        run = stems(title)
        shared = sum(weight for stem, weight in mine.items() if stem in run) / whole if whole else 0.0
        kin = _cosine(wanted.title_fields, _sharpened(lexicon.fields_of(run)))
        best = max(best, recent * (0.5 * shared + 0.5 * kin))
    return best


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {key: weight / length for key, weight in vector.items()} if length else {}


def _powered(fields: Mapping[int, float]) -> dict[int, float]:
    return {field: weight**POWER for field, weight in fields.items()}


def _sharpened(fields: Mapping[int, float]) -> dict[int, float]:
    raised = _powered(fields)
    length = math.sqrt(sum(weight * weight for weight in raised.values()))
    return {field: weight / length for field, weight in raised.items()} if length else {}


def _cosine(one: Mapping[_Key, float], other: Mapping[_Key, float]) -> float:
    return sum(weight * other.get(key, 0.0) for key, weight in one.items())
