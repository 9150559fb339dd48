"""What a sentence denies, wishes for or only touches is no evidence, and an everyday word is no tool's name."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import TODAY, cv, experience, role, section

from cvsense_async.sandbox.ebsv import classify
from cvsense_async.sandbox.ebsv.document import Document, Month, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING


def told(line: str) -> Document:
    """A CV with a line in a dated role."""
    return cv(experience(role("Clerk", Month(2010, 1), Month(2011, 1), [line])), work=("Answered the door.",))


def verdict(skill: str, document: Document) -> Classification:
    """The verdict on one skill."""
    return classify(document, [skill], today=TODAY)[0].classification


@pytest.mark.parametrize(
    "line",
    [
        "No experience with Python.", "Have not used Python.", "I have never used Python.", "Didn't use Python.",
        "Keen to learn Python.", "Eager to gain experience in Python.", "Currently learning Python.", "I am learning Python.",
        "Would like to work with Python.", "Hope to move into Python.", "Interested in Python and data.", "Willing to learn Python.",
        "Without any knowledge of Python.", "Python was not used.", "Lacked Python skills.", "Not Python, but Ruby.",
        "Python is not among my skills.", "Wants to become a Python developer.", "Seeking a role in Python.", "Unfamiliar with Python.",
        "Looking forward to using Python.", "Aspiring Python developer.", "Python (no experience)", "Planning to take a Python course.",
        "No Python experience.", "No prior Python knowledge", "I do not know Python.", "Have yet to use Python.",
        "Had no chance to use Python.",
    ],
)  # fmt: skip
def test_what_is_denied_or_wished_for_is_missing(line: str) -> None:
    """A name that a sentence denies or wishes for shows nothing, even in a dated role."""
    assert verdict("Python", told(line)) is MISSING


@pytest.mark.parametrize(
    "line",
    [
        "Familiar with Python.", "Familiarity with Python.", "Basic knowledge of Python.", "Some exposure to Python.",
        "Little experience with Python.", "Supported the team that used Python.", "Enrolled in a Python course.",
        "Knowledge of Python and SQL.", "Good understanding of Python.",
    ],
)  # fmt: skip
def test_what_is_only_touched_is_a_claim(line: str) -> None:
    """Being familiar with something, or near those who use it, claims it and does not show it."""
    assert verdict("Python", told(line)) is CLAIMED


@pytest.mark.parametrize(
    "line",
    [
        "Used Python without help.", "Not only used Python but taught it.", "Used Python, never a spreadsheet.",
        "Replaced a form with a Python script, no longer by hand.", "Moved the reports to Python, which halved the time.",
        "Helped guests looking for rooms with a Python script.", "Used Python; no complaints in three years.",
    ],
)  # fmt: skip
def test_a_no_elsewhere_takes_nothing_away(line: str) -> None:
    """A negation reaches as far as its clause and no farther."""
    assert verdict("Python", told(line)) is EVIDENCED


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("Go", "Always ready to go above and beyond."), ("Go", "Asked clients to go online."), ("Go", "Go to person for payroll."),
        ("Excel", "Excelled in a team of nine."), ("Excel", "Excel at customer care."), ("Word", "Spread the word among members."),
        ("Access", "Gave access to the building."), ("Microsoft Access", "Gave access to staff."), ("Teams", "Led two teams."),
        ("Spark", "A spark of creativity in meetings."), ("Outlook", "Kept a positive outlook."), ("REST", "Let patients rest."),
        ("Swift", "Swift handling of complaints."), ("R", "Ran R&D."), ("R", "Managed the H.R. office."), ("C#", "Wrote C++ drivers."),
        ("C++", "Wrote C drivers."), (".NET", "Paid net salaries."), ("IT", "It was my task to file."), ("Microsoft Project", "Led a project."),
    ],
)  # fmt: skip
def test_everyday_words_are_no_names(skill: str, line: str) -> None:
    """A word that is also a tool's name is that tool only where it is spelt as a name."""
    assert verdict(skill, told(line)) is MISSING


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("Go", "Wrote services in Go."), ("R", "Modelled sales in R."), ("C", "Wrote firmware in C."), ("C++", "Wrote C++ drivers."),
        ("C#", "Wrote C# services."), (".NET", "Built .NET services."), ("Word", "Wrote letters in Word."), ("Swift", "Wrote apps in Swift."),
        ("Access", "Built a database in MS Access."), ("Microsoft Teams", "Ran lessons on Microsoft Teams."), ("Kubernetes", "Ran K8s clusters."),
        ("MS Excel", "Built workbooks in Excel."), ("JavaScript", "Wrote JS for the shop."), ("SQL", "Queried tables in SQL."),
        ("artificial intelligence", "Applied AI to triage letters."), ("AI", "Applied artificial intelligence to triage."),
        ("HR", "Ran human resources for a plant."), ("human resources", "HR administration for a plant of 90."), ("PR", "Led public relations for the club."),
        ("public relations", "Led PR for the club."), ("REST API", "Built RESTful services."), ("e-commerce", "Ran the ecommerce shop."),
        ("front-end development", "Frontend development in Vue."), ("A/B testing", "Ran A/B tests on the home page."),
        ("Node.js", "Wrote NodeJS services."), ("SEO", "Did search engine optimisation for the shop."), ("Outlook", "Ran calendars in Outlook."),
        ("Python or Java", "Wrote Java services."), ("SQL, R or Python", "Wrote R scripts for the wards."), ("leadership", "Led nine people."),
    ],
)  # fmt: skip
def test_names_abbreviations_and_choices_are_met(skill: str, line: str) -> None:
    """A tool is met under its names as people spell them, and one of several that may be chosen is enough."""
    assert verdict(skill, told(line)) is EVIDENCED


def test_a_list_may_be_in_small_letters() -> None:
    """In a list a word stands alone, and is a name in small letters, too."""
    document = cv(section(SectionKind.SKILLS, ["word, access, outlook"]))
    assert [verdict(skill, document) for skill in ("Word", "Access", "Outlook")] == [CLAIMED] * 3


def test_a_role_told_in_a_list_shows_it_and_an_endless_one_does_not() -> None:
    """Where a role's whole text is a list of what was done there it counts, up to forty names."""
    tools = [f"tool{number}" for number in range(60)]
    honest = "Server installations and migrations, firewalls, VPN support, help desk, budgets, backups, printers, routers, Kubernetes"
    assert verdict("Kubernetes", told(honest)) is EVIDENCED
    assert verdict("Kubernetes", told(", ".join([*tools, "Kubernetes"]))) is CLAIMED
