"""Invented CVs in several styles, as parts that can be set as PDF or DOCX, and what is changed in them.

What must not move a score is tested on long texts and short ones, on sentences and on lists.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
from ebsv.judge_builders import ADVERT
from ebsv.read_builders import Part, as_docx

from cvsense_async.sandbox.ebsv import read_document
from cvsense_async.sandbox.ebsv.document import Document, Line, Role, Section

Parts = tuple[Part, ...]

TERSE: Parts = (
    ("name", "Jordan Ashby"),
    ("line", "jordan.ashby@example.org | 12 Mill Lane, Norwich"),
    ("heading", "Experience"),
    ("job", "Payroll Clerk, Fenland Foods, 02/2019 - Present"),
    ("bullet", "Ran the monthly payroll for 600 employees at four sites."),
    ("bullet", "Reported pension contributions and tax."),
    ("job", "Office Assistant, Broads Boats, 01/2014 - 12/2018"),
    ("bullet", "Paid suppliers and kept the stock ledger."),
    ("heading", "Education"),
    ("line", "Diploma in Business Administration, Norwich College, 2012"),
    ("heading", "Skills"),
    ("line", "Excel, SAP, typing"),
)
LONG: Parts = (
    ("name", "Marisol Brandt"),
    ("line", "marisol.brandt@example.org | 4 Harbour Road, Bremen | Nationality: Austrian | Age: 41"),
    ("heading", "Profile"),
    (
        "line",
        "Office manager who has looked after people's pay for twelve years. She likes quiet months, clean ledgers and "
        "colleagues who ask before they guess.",
    ),
    ("heading", "Work Experience"),
    ("job", "Office Manager, Weser Pumps, March 2016 - Present"),
    (
        "bullet",
        "Took over the pay of 140 people at three sites from an outside bureau, brought the errors down from thirty a "
        "month to two, and wrote the handbook that her deputy works by.",
    ),
    (
        "bullet",
        "Built the shift allowances into a workbook in Excel, so that overtime is paid in the month it is worked.",
    ),
    ("bullet", "Advised four heads of department on notice periods and maternity leave under employment law."),
    ("job", "Bookkeeper, Hollweg Bakeries, 06/2009 to 02/2016"),
    ("bullet", "Kept the ledgers of nine bakeries and closed each month by the fourth working day."),
    ("bullet", "Moved the accounts to SAP together with two consultants, and trained the branches in its use."),
    ("heading", "Education"),
    ("line", "Diploma in Accounting, University of Bremen, 2008"),
    ("heading", "Languages"),
    ("line", "German, English"),
    ("heading", "Interests"),
    ("line", "Rowing, and the history of the Hanse."),
)
LISTED: Parts = (
    ("name", "Tam Okoro"),
    ("line", "tam.okoro@example.org | 77 Station Street, Leeds"),
    ("heading", "Core Skills"),
    ("bullet", "Payroll administration"),
    ("bullet", "Pension reporting"),
    ("bullet", "Employment law"),
    ("bullet", "Excel and SAP"),
    ("heading", "Employment History"),
    ("job", "Payroll Administrator, Aire Textiles, May 2017 to June 2023"),
    ("bullet", "Weekly payroll of 80 weavers."),
    ("bullet", "Pension returns to the trustees, on time in every month of six years."),
    ("bullet", "Software: Sage, Excel"),
    ("job", "Cashier, Calder Market, Jan 2013 to Apr 2017"),
    ("bullet", "Counted the tills and banked the takings."),
    ("heading", "Certifications"),
    ("line", "CIPP certificate in payroll practice, 2018"),
)
STYLES: dict[str, Parts] = {"terse": TERSE, "long": LONG, "listed": LISTED}

SKILLS = re.split(
    r",\s+",
    """payroll administration, pension reporting, tax reporting, Excel, SAP, employment law, shift allowances, overtime,
    CIPP qualification, German, Java, welding, nursing, Photoshop, forklift operation, Python, negotiation, recruitment,
    logistics, Oracle, HTML, catering, auditing, budgeting, Scrum, teaching, Kubernetes, plumbing, editing, French,
    driving, Access, Word, Outlook, PowerPoint, Linux, Tableau, marketing, sales, design, carpentry, first aid,
    translation, photography, SQL, Jira, Git, CRM, SEO, ERP""",
)
_LINES = [line.strip("- ") for line in ADVERT.splitlines() if line.strip()]
_ASKED = [line.strip("- ") for line in ADVERT.splitlines() if line.startswith("- ")]
PASTES: dict[str, Parts] = {
    "the advert": tuple(("line", line) for line in _LINES),
    "the advert as bullets": tuple(("bullet", line) for line in _LINES),
    "the advert in one line": (("line", " ".join(_LINES)),),
    "the advert three times": tuple(("line", line) for line in _LINES * 3),
    "what is asked, after 'I have'": tuple(("bullet", f"I have {one[0].lower()}{one[1:]}") for one in _ASKED),
    "fifty skills in a line": (("line", ", ".join(SKILLS)),),
    "fifty skills, a bullet each": tuple(("bullet", one) for one in SKILLS),
    "fifty skills, three a line": tuple(("line", ", ".join(SKILLS[at : at + 3])) for at in range(0, 50, 3)),
    "fifty skills with bars": (("line", " | ".join(SKILLS)),),
    "fifty skills with spaces": (("line", " ".join(SKILLS)),),
    "fifty skills, ten times 'Used'": tuple(
        ("bullet", f"Used {', '.join(SKILLS[at : at + 5])}.") for at in range(0, 50, 5)
    ),
}


def pasted(parts: Parts, more: Parts, place: str) -> Parts:
    """The CV with parts pasted at its start, its end, in its first or last role, or under its skills."""
    jobs = [at for at, (kind, _) in enumerate(parts) if kind == "job"]
    skills = [at for at, (kind, text) in enumerate(parts) if kind == "heading" and "skills" in text.lower()]
    at = {
        "start": 0,
        "end": len(parts),
        "first role": jobs[0] + 2,
        "last role": jobs[-1] + 2,
        "skills": skills[0] + 1 if skills else len(parts),
    }[place]
    return (*parts[:at], *more, *parts[at:])


def read(content: bytes, suffix: str) -> Document:
    """A CV's bytes as a document that has been read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"cv.{suffix}"
        path.write_bytes(content)
        return read_document(path)


def document_of(parts: Sequence[Part]) -> Document:
    """The CV, set as DOCX and read."""
    return read(as_docx(parts), "docx")


def keeping(document: Document, keeps: Callable[[Section, Line], bool]) -> Document:
    """The CV with the lines that are to be kept; a role or section without lines is gone."""
    sections: list[Section] = []
    for section in document.sections:
        lines = tuple(line for line in section.lines if keeps(section, line))
        inside = {id(line) for line in lines}
        roles: list[Role] = []
        for role in section.roles:
            own = tuple(line for line in role.lines if id(line) in inside)
            if own:
                roles.append(attrs.evolve(role, lines=own))
        if lines:
            sections.append(attrs.evolve(section, lines=lines, roles=tuple(roles)))
    return attrs.evolve(document, sections=tuple(sections))


def with_sentence(document: Document, number: int, text: str) -> Document:
    """The CV with one more line at the end of its dated role of that number."""
    at = 0
    sections = list(document.sections)
    for place, section in enumerate(sections):
        for index, role in enumerate(section.roles):
            if at == number:
                line = Line(text)
                last = next(here for here, one in enumerate(section.lines) if one is role.lines[-1])
                roles = [*section.roles]
                roles[index] = attrs.evolve(role, lines=(*role.lines, line))
                lines = (*section.lines[: last + 1], line, *section.lines[last + 1 :])
                sections[place] = attrs.evolve(section, lines=lines, roles=tuple(roles))
            at += 1
    return attrs.evolve(document, sections=tuple(sections))
