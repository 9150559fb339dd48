"""The engine: reads a job once, then judges CVs against it, one by one, the same way every time.

It holds no state between CVs but what ships with the package, so a score depends on the CV and the job alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import attrs

from cvsense_async.sandbox.ebsv import explain
from cvsense_async.sandbox.ebsv.closeness import Profile, closeness, profile
from cvsense_async.sandbox.ebsv.copying import NO_ADVERT, Advert, advert_of
from cvsense_async.sandbox.ebsv.document import Document, Month
from cvsense_async.sandbox.ebsv.engine import Classification, JobText, Quote, Screening, SkillFinding, band
from cvsense_async.sandbox.ebsv.evidence import Sought, sought, weigh
from cvsense_async.sandbox.ebsv.flags import flags_of
from cvsense_async.sandbox.ebsv.lexicon import lexicon
from cvsense_async.sandbox.ebsv.personal import Personal
from cvsense_async.sandbox.ebsv.places import Reading, read
from cvsense_async.sandbox.ebsv.qualifications import degrees
from cvsense_async.sandbox.ebsv.requirements import JobRequirements, parse_job, requirement
from cvsense_async.sandbox.ebsv.score import parts


@attrs.frozen
class PreparedJob:
    """A job ready to hold CVs against; it can be pickled."""

    requirements: JobRequirements
    sought: tuple[Sought, ...] = attrs.field(repr=False)
    profile: Profile = attrs.field(repr=False)
    advert: Advert = attrs.field(repr=False)


@attrs.frozen
class Classified:
    """What a CV says of one skill."""

    skill: str
    classification: Classification
    quotes: tuple[Quote, ...] = attrs.field(default=(), repr=False)


class Screener:
    """Judges CVs. `today` (a month; default: this one) decides how long a role that is still held has lasted."""

    def __init__(self, today: Month | None = None) -> None:
        self._today = today

    def prepare(self, job: JobText) -> PreparedJob:
        """Reads a job as the wire brings it; once a batch."""
        return prepared(parse_job(job.description, title=job.title, essential=job.essential, desirable=job.desirable))

    def assess(self, prepared: PreparedJob, path: Path, filename: str) -> Screening:
        """Reads a CV's file and judges it. Raises Unreadable."""
        from cvsense_async.sandbox.ebsv.extract import read_document

        return self.judge(prepared, read_document(path))

    def screen(self, requirements: JobRequirements, document: Document) -> Screening:
        """Judges a CV that has been read against a job that has been parsed."""
        return self.judge(prepared(requirements), document)

    def judge(self, job: PreparedJob, document: Document) -> Screening:
        """Judges a CV that has been read against a prepared job."""
        today = self._today or _this_month()
        words = lexicon()
        reading = read(document, words, Personal.of(document.contact), job.advert, today)
        weighed = [weigh(one, reading, words) for one in job.sought]
        points = parts(weighed, closeness(job.profile, reading, words))
        flags = flags_of(document, reading, weighed)
        years = round(reading.experience_months / 12, 1) or None
        return Screening(
            score=points.score,
            match_status=band(points.score),
            summary=explain.summary(job.requirements.title, weighed, points.score, years),
            strengths=explain.strengths(weighed),
            weaknesses=explain.weaknesses(weighed),
            skills=tuple(
                SkillFinding(one.requirement.name, one.classification, one.requirement.importance, one.evidence())
                for one in weighed
            ),
            reasoning=explain.reasoning(weighed, points, flags, reading.copied),
            experience_years=years,
            education=_education(reading),
            contact=document.contact,
            flags=flags,
        )


@lru_cache(maxsize=32)
def prepared(requirements: JobRequirements) -> PreparedJob:
    """A parsed job made ready to hold CVs against."""
    words = lexicon()
    return PreparedJob(
        requirements=requirements,
        sought=tuple(sought(one, words) for one in requirements.requirements),
        profile=profile(requirements, words),
        advert=advert_of(requirements.text, [one.name for one in requirements.requirements]),
    )


def classify(document: Document, skills: Sequence[str], *, today: Month | None = None) -> tuple[Classified, ...]:
    """What a CV says of each skill: evidenced, claimed or missing, with verbatim quotes, in the order asked."""
    words = lexicon()
    reading = read(document, words, Personal.of(document.contact), NO_ADVERT, today or _this_month())
    found: list[Classified] = []
    for skill in skills:
        weighed = weigh(sought(requirement(skill), words), reading, words)
        found.append(Classified(skill, weighed.classification, weighed.evidence()))
    return tuple(found)


def _education(reading: Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.sentence.text for one in degrees(reading)))[:6]


def _this_month() -> Month:
    now = datetime.now(UTC)
    return Month(now.year, now.month)
