"""What a CV is once it has been read: pages, lines, sections and dated roles.

Reading and weighing meet only here, so that either can change without the other.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator

import attrs


class SectionKind(enum.StrEnum):
    """What a part of a CV is about; decides whether its words show a skill or only claim it."""

    HEADER = "header"
    SUMMARY = "summary"
    EXPERIENCE = "experience"
    PROJECTS = "projects"
    EDUCATION = "education"
    CERTIFICATIONS = "certifications"
    SKILLS = "skills"
    ACHIEVEMENTS = "achievements"
    PUBLICATIONS = "publications"
    LANGUAGES = "languages"
    INTERESTS = "interests"
    REFERENCES = "references"
    OTHER = "other"


class UnreadableReason(enum.StrEnum):
    """Why a file gives no text to judge."""

    EMPTY = "empty"
    NOT_A_DOCUMENT = "not_a_document"
    ENCRYPTED = "encrypted"
    SCANNED = "scanned"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NO_TEXT = "no_text"


class Unreadable(Exception):
    """The file cannot be read as a CV; `reason` says which kind of trouble, `why` says it in a sentence.

    The sentence never holds anything from the file.
    """

    def __init__(self, reason: UnreadableReason, why: str) -> None:
        super().__init__(reason, why)
        self.reason = reason
        self.why = why

    def __str__(self) -> str:
        return self.why


@attrs.frozen(order=True)
class Month:
    """A calendar month, for the dates of roles."""

    year: int
    month: int

    @property
    def index(self) -> int:
        """Months since year 0, so that two can be subtracted."""
        return self.year * 12 + self.month - 1


@attrs.frozen
class Line:
    """One line of text as the CV shows it, in reading order."""

    text: str = attrs.field(repr=False)
    page: int = 1
    bullet: bool = False
    hidden: bool = False  # white, tiny or off the page: seen, flagged and not counted


@attrs.frozen
class Role:
    """A dated position (job, internship, volunteering): its lines, and the months it lasted."""

    title: str = attrs.field(repr=False)
    start: Month | None
    end: Month | None  # None with `current`: until today; None without: not said
    current: bool
    lines: tuple[Line, ...] = attrs.field(repr=False)
    stated: int = 0  # months that the CV says it lasted ("9 months"), where it gives no dates
    pauses: tuple[range, ...] = ()  # months between the stretches of which it is made, by their index

    def months(self, today: Month) -> int:
        """How many months the role has lasted, both ends counted; 0 where neither dates nor a length are known.

        What lies ahead of today does not count.
        """
        return self.stated if self.start is None else len(self.covered(today))

    def covered(self, today: Month) -> list[int]:
        """The months of the role up to today, by their index."""
        end = self.end or (today if self.current else None)
        if self.start is None or end is None:
            return []
        months = range(self.start.index, min(end.index, today.index) + 1)
        return [month for month in months if not any(month in pause for pause in self.pauses)]


@attrs.frozen
class Section:
    """A run of lines under one heading; `roles` are its dated parts, in the order of the CV.

    `projects` are the dated parts of a section of projects: they show how long something was done, and employ nobody.
    """

    kind: SectionKind
    title: str = attrs.field(repr=False)
    lines: tuple[Line, ...] = attrs.field(repr=False)
    roles: tuple[Role, ...] = attrs.field(default=(), repr=False)
    projects: tuple[Role, ...] = attrs.field(default=(), repr=False)


@attrs.frozen
class Contact:
    """Who the CV speaks of, as far as it could be read. It never enters the score."""

    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    location: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Document:
    """A CV that has been read. `flags` hold what reading noticed (`hidden_text`, `dates_overlap`, `repaired`, …)."""

    kind: str  # "pdf" or "docx"
    pages: int
    sections: tuple[Section, ...] = attrs.field(repr=False)
    contact: Contact = attrs.field(factory=Contact, repr=False)
    flags: tuple[str, ...] = ()

    def lines(self) -> Iterator[tuple[Section, Line]]:
        """Every line with its section, in reading order, hidden ones too."""
        for section in self.sections:
            for line in section.lines:
                yield section, line

    @property
    def text(self) -> str:
        """The visible text, a line a line."""
        return "\n".join(line.text for _, line in self.lines() if not line.hidden)

    def experience_months(self, today: Month) -> int:
        """Months covered by the dated roles, overlaps counted once, and the lengths of roles without dates."""
        return months_together((role for section in self.sections for role in section.roles), today)


def months_together(roles: Iterable[Role], today: Month) -> int:
    """Months covered by roles, overlaps counted once, and the lengths of roles without dates."""
    covered: set[int] = set()
    stated = 0
    for role in roles:
        months = role.covered(today)
        if months:
            covered.update(months[:720])
        else:
            stated += min(role.months(today), 240)
    return len(covered) + stated
