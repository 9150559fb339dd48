"""What the sandbox asks of an engine that screens CVs, and what the engine answers.

It imports nothing heavy, so that a worker with an engine of the user's own (or an instant one) starts at once.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import attrs

from cvsense_async.sandbox.ebsv.document import Contact


class Classification(enum.StrEnum):
    """What a CV says of one requirement: shown in use, only mentioned, or not there (contract: tri-state)."""

    EVIDENCED = "evidenced"
    CLAIMED = "claimed"
    MISSING = "missing"


class Importance(enum.StrEnum):
    """Whether an advert insists on a requirement."""

    ESSENTIAL = "essential"
    DESIRABLE = "desirable"


def _strings(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen
class JobText:
    """A job as the wire brings it: HTML or plain text, and the criteria that the batch names itself, if any."""

    title: str
    description: str = attrs.field(repr=False)
    essential: tuple[str, ...] = attrs.field(default=(), converter=_strings, repr=False)
    desirable: tuple[str, ...] = attrs.field(default=(), converter=_strings, repr=False)


@attrs.frozen
class Quote:
    """Words of the CV, verbatim, and where they stand."""

    quote: str = attrs.field(repr=False)
    section: str | None = None
    page: int | None = None


@attrs.frozen
class SkillFinding:
    """One requirement, what the CV says of it, and the CV's own words for it, best first."""

    name: str
    classification: Classification
    importance: Importance
    evidence: tuple[Quote, ...] = attrs.field(default=(), repr=False)


@attrs.frozen
class Screening:
    """One CV judged against one job; `score` is 0 to 100 with one decimal, `match_status` its band.

    An unreadable CV has no Screening: the engine raises Unreadable.
    """

    score: float
    match_status: str
    summary: str = attrs.field(repr=False)
    strengths: tuple[str, ...] = attrs.field(default=(), repr=False)
    weaknesses: tuple[str, ...] = attrs.field(default=(), repr=False)
    skills: tuple[SkillFinding, ...] = attrs.field(default=(), repr=False)
    reasoning: str = attrs.field(default="", repr=False)
    experience_years: float | None = None
    education: tuple[str, ...] = attrs.field(default=(), repr=False)
    contact: Contact = attrs.field(factory=Contact, repr=False)
    flags: tuple[str, ...] = attrs.field(default=())


@runtime_checkable
class ScreeningEngine(Protocol):
    """Judges CVs against a job; a worker process makes one and asks it for every CV of every batch."""

    def prepare(self, job: JobText) -> Any:
        """Reads the job, once a batch; the answer is handed to `assess` as it is (it may cross a process border)."""
        ...

    def assess(self, prepared: Any, path: Path, filename: str) -> Screening:
        """Reads and judges one CV. Raises Unreadable for a file that holds no CV; all else is its own fault."""
        ...


def band(score: float) -> str:
    """The match status of a score, 0 to 100 (contract: exceptional 85, strong 65, good 45, fair 20, limited)."""
    for least, name in ((85.0, "exceptional"), (65.0, "strong"), (45.0, "good"), (20.0, "fair")):
        if score >= least:
            return name
    return "limited"
