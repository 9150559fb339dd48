"""The same word meets itself in every form and spelling, and what differs in meaning stays apart."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import TODAY, cv, experience, role
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv import classify
from cvsense_async.sandbox.ebsv.document import Month
from cvsense_async.sandbox.ebsv.engine import Classification
from cvsense_async.sandbox.ebsv.stemming import stem

TOGETHER = [
    "implement implementing implemented implementation", "resolve resolved resolving resolution", "licence license licensed",
    "analyse analysed analysis analytical analyze analyst", "manage managing managed management manager",
    "negotiate negotiated negotiating negotiation negotiator", "train training trained trainer", "refer referral referred",
    "prepare prepared preparing preparation", "install installed installing installation instal", "sell sold selling",
    "administer administered administration administrator administrative", "supervise supervised supervision supervisor",
    "optimise optimize optimising optimisation optimization", "organise organize organisation organizational",
    "deliver delivered delivering delivery", "certify certified certificate certification", "approve approved approval",
    "coordinate coordinating coordination coordinator", "document documented documenting documentation",
    "model modelling modeling modelled", "control controlled controlling", "enrol enroll enrolled enrollment enrolment",
    "reduce reduced reduction", "behaviour behavior behavioural", "regulate regulation regulatory", "translate translation",
    "register registered registration", "produce produced producing production", "practise practice practising",
    "transition transitioned transitioning", "environment environmental", "lead leading led leadership",
]  # fmt: skip
APART = [
    "university universe", "general generation", "organ organisation", "account accountant", "market marketing",
    "engine engineer", "product production", "internal international intern", "information inform", "form format",
    "application apply", "community communication", "police policy", "state statement station", "physician physical",
    "author authority", "laboratory labor", "excel excelled", "illustrator illustrated", "customer custom", "meter metric",
    "experience experiment", "specific specification", "secure security", "professor professional", "important import",
]  # fmt: skip


@pytest.mark.parametrize("forms", TOGETHER)
def test_forms_of_a_word_meet(forms: str) -> None:
    """Inflections, nouns of action and both spellings have one stem."""
    assert len({stem(word) for word in forms.split()}) == 1


@pytest.mark.parametrize("lookalikes", APART)
def test_lookalikes_stay_apart(lookalikes: str) -> None:
    """Words that begin alike and mean something else have stems of their own."""
    words = lookalikes.split()
    assert len({stem(word) for word in words}) == len(words)


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=30))
def test_any_word_has_a_stem(word: str) -> None:
    """A stem is never empty and hardly longer than its word."""
    assert 1 <= len(stem(word)) <= len(word) + 2


def verdict(skill: str, line: str) -> Classification:
    """The verdict on one skill of a CV with one line more in a dated role."""
    return classify(cv(experience(role("Clerk", Month(2010, 1), Month(2011, 1), [line]))), [skill], today=TODAY)[
        0
    ].classification


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("staff supervision", "Led a crew of nine on the night shift."),
        ("inventory management", "Monitored inventory at three depots."),
        ("vendor management", "Kept in touch with twelve suppliers and managed their contracts."),
        ("recruiting drivers", "Hired eleven drivers for the new depot."),
        ("training new employees", "Coached all new hires on the till."),
        ("report writing", "Authored weekly reports for the board."),
        ("budget preparation", "Compiled the yearly budget of the parish."),
        ("meeting facilitation", "Hosted monthly meetings with the unions."),
        ("purchasing equipment", "Bought equipment for two kitchens."),
    ],
)
def test_prose_is_met_in_other_words(skill: str, line: str) -> None:
    """What a reader would take for the same work is the same work."""
    assert verdict(skill, line) is Classification.EVIDENCED


@pytest.mark.parametrize(
    ("skill", "line"),
    [
        ("Microsoft Teams", "Led the staff of the Microsoft shop."),
        ("Google Analytics", "Reviewed the Google account of the club."),
        ("SAP", "Managed stock with care."),
        ("accounting", "Looked after four key accounts in the north."),
        ("marketing", "Sold fruit at the market."),
        ("grant management", "Managed the night shift."),
    ],
)
def test_names_and_what_says_most_are_not_met_in_other_words(skill: str, line: str) -> None:
    """No word stands for a tool's name, nor for the word that says most."""
    assert verdict(skill, line) is not Classification.EVIDENCED


def test_a_name_that_cannot_do_without_another_shows_it() -> None:
    """Work with PostgreSQL is work with SQL, and not the other way about."""
    assert verdict("SQL", "Wrote PostgreSQL queries for the sales report.") is Classification.EVIDENCED
    assert verdict("PostgreSQL", "Wrote SQL queries for the sales report.") is Classification.MISSING
