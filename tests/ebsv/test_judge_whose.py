"""Whose work a sentence tells, and what it says was not chosen; and a headline of tools, which is no place."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import TODAY, cv, section
from ebsv.test_judge_names import verdict

from cvsense_async.sandbox.ebsv import classify
from cvsense_async.sandbox.ebsv.contact import contact_of
from cvsense_async.sandbox.ebsv.document import SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("Python", "All Python was written by another department; I wrote none of it."), ("Python", "I wrote none of the Python code."),
        ("Python", "The Python tools were built by an external firm."), ("Python", "Another team wrote the Python services."),
        ("Python", "Python is looked after by others."), ("Python", "My colleagues write Python."), ("Python", "None of my work was in Python."),
        ("SQL", "SQL is left to colleagues, while I draw the charts."), ("Docker", "Docker is run by the platform team."),
        ("Kafka", "Used NATS instead of Kafka."), ("Kafka", "Picked NATS over Kafka for its size."), ("Kafka", "Adopted NATS in preference to Kafka."),
        ("Kafka", "Decided against Kafka."), ("Kafka", "Kafka was ruled out as too heavy."), ("Tableau", "Built charts in Excel rather than Tableau."),
    ],
)  # fmt: skip
def test_what_others_did_or_nobody_chose_is_missing(skill: str, line: str) -> None:
    """A name is no evidence where the sentence gives the work to others, or passes the thing over."""
    assert verdict(skill, line) is MISSING


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("NATS", "Picked NATS over Kafka for its size."), ("Excel", "Built charts in Excel rather than Tableau."), ("MySQL", "Replaced MySQL with PostgreSQL."),
        ("PostgreSQL", "Replaced MySQL with PostgreSQL."), ("Kafka", "Sent 3m events a day over Kafka."), ("Python", "Wrote Python tools that other teams use."),
        ("Python", "Built Python services with another team."), ("Python", "Taught Python to another team."), ("Java", "SQL is left to colleagues, I write Java."),
        ("Python", "Reviewed Python written by another team."), ("Excel", "Built Excel reports that were used by the sales team."),
        ("Kafka", "Moved from RabbitMQ to Kafka rather than stay."), ("Python", "Chose Python, rather than a shell script, for the nightly jobs."),
    ],
)  # fmt: skip
def test_what_was_chosen_used_or_left_behind_is_evidence(skill: str, line: str) -> None:
    """The thing chosen counts, as does one that was in use before; others may use what somebody made."""
    assert verdict(skill, line) is EVIDENCED


@pytest.mark.parametrize(
    ("headline", "place"),
    [
        ("Terraform, Kafka", None), ("Docker, Ansible", None), ("Python, Django", None), ("Project Management, Budgeting", None),
        ("Leeds, England", "Leeds, England"), ("Phoenix, AZ", "Phoenix, AZ"), ("Jakarta, Java", "Jakarta, Java"),
    ],
)  # fmt: skip
def test_a_headline_of_tools_is_no_place(headline: str, place: str | None) -> None:
    """Two names of tools under a person's name are what they say, and a town is a place still."""
    head = section(SectionKind.HEADER, ["Ida Quell", headline], "")
    assert contact_of([head]).location == place


def test_tools_in_a_headline_are_claimed() -> None:
    """What the headline names is a claim, as a list is."""
    document = cv(header=("Ida Quell", "Terraform, Kafka"), work=("Answered the door.",))
    for skill in ("Terraform", "Kafka"):
        assert classify(document, [skill], today=TODAY)[0].classification is CLAIMED
