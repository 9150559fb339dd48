"""CVs and a job, made up for the tests of judging."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cvsense_async.sandbox.ebsv import Screener, parse_job
from cvsense_async.sandbox.ebsv.document import Contact, Document, Line, Month, Role, Section, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification, Screening
from cvsense_async.sandbox.ebsv.screener import PreparedJob, prepared

TODAY = Month(2026, 6)

ADVERT = """Payroll Officer

The role
You pay 900 people on time and answer their questions.

Essential
- Three years of payroll administration in a company with several sites
- Experience of pension and tax reporting
- Excel and SAP
- Knowledge of employment law

Desirable
- Managing shift allowances and overtime
- CIPP qualification
- German
"""

WORK = (
    "Ran the monthly payroll for 600 employees at four sites and reported tax and pension contributions.",
    "Built Excel workbooks that cut payroll errors by 30%.",
    "Answered questions about leave and sick pay.",
)
EARLIER = ("Kept the stock ledger and paid suppliers.", "Filed correspondence for three managers.")


def section(kind: SectionKind, lines: Sequence[str], title: str = "") -> Section:
    """A section of plain lines."""
    return Section(kind, title or kind.value.capitalize(), tuple(Line(text) for text in lines))


def role(title: str, start: Month, end: Month | None, lines: Sequence[str]) -> Role:
    """A dated role; no end means that it is still held."""
    dates = f"{title} {start.month:02}/{start.year} to " + (f"{end.month:02}/{end.year}" if end else "Current")
    return Role(title, start, end, end is None, tuple(Line(text) for text in (dates, *lines)))


def experience(*roles: Role) -> Section:
    """A section of dated roles."""
    return Section(SectionKind.EXPERIENCE, "Experience", tuple(line for one in roles for line in one.lines), roles)


def cv(
    *more: Section,
    work: Sequence[str] = WORK,
    header: Sequence[str] = ("Jordan Ashby", "jordan.ashby@example.org", "12 Mill Lane, Norwich"),
    school: str = "Diploma in Business Administration, Norwich College, 2012",
    contact: Contact | None = None,
) -> Document:
    """A CV of a payroll clerk, with sections added at its end."""
    return Document(
        kind="docx",
        pages=1,
        sections=(
            section(SectionKind.HEADER, header, ""),
            section(SectionKind.SUMMARY, ["Payroll clerk who likes order."]),
            experience(
                role("Payroll Clerk", Month(2019, 2), None, work),
                role("Office Assistant", Month(2014, 1), Month(2018, 12), EARLIER),
            ),
            section(SectionKind.EDUCATION, [school]),
            *more,
        ),
        contact=contact or Contact("Jordan Ashby", "jordan.ashby@example.org", None, "Norwich"),
    )


def with_line(document: Document, text: str) -> Document:
    """The CV with one more line in its present role."""
    line = Line(text)
    sections: list[Section] = []
    for one in document.sections:
        if one.kind is SectionKind.EXPERIENCE:
            first = one.roles[0]
            at = len(first.lines)
            changed = attrs.evolve(first, lines=(*first.lines, line))
            one = attrs.evolve(one, lines=(*one.lines[:at], line, *one.lines[at:]), roles=(changed, *one.roles[1:]))
        sections.append(one)
    return attrs.evolve(document, sections=tuple(sections))


def without_line(document: Document, text: str) -> Document:
    """The CV without a line."""

    def kept(lines: Sequence[Line]) -> tuple[Line, ...]:
        return tuple(line for line in lines if line.text != text)

    return attrs.evolve(
        document,
        sections=tuple(
            attrs.evolve(
                one,
                lines=kept(one.lines),
                roles=tuple(attrs.evolve(each, lines=kept(each.lines)) for each in one.roles),
            )
            for one in document.sections
        ),
    )


def job(text: str = ADVERT) -> PreparedJob:
    """A job that is ready."""
    return prepared(parse_job(text))


def judged(document: Document, text: str = ADVERT) -> Screening:
    """The CV judged for a job."""
    return Screener(TODAY).judge(job(text), document)


def verdicts(screening: Screening) -> dict[str, Classification]:
    """The verdict on each requirement."""
    return {one.name: one.classification for one in screening.skills}


def evidenced(screening: Screening) -> set[str]:
    """The requirements that are evidenced."""
    return {name for name, verdict in verdicts(screening).items() if verdict is Classification.EVIDENCED}
