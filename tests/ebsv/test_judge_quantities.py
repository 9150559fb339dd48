"""How much is asked is held against how much is told: people, money, shares, users, requests and sites."""

from __future__ import annotations

import pytest
from ebsv.test_judge_names import verdict

from cvsense_async.sandbox.ebsv.engine import Classification
from cvsense_async.sandbox.ebsv.quantities import Amount, Unit, amounts_asked, suffices

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING


@pytest.mark.parametrize(
    ("asked", "line", "right"),
    [
        ("Led a team of at least 12 people", "Led a team of 5 people.", MISSING), ("Led a team of at least 12 people", "Led a team of 14 people.", EVIDENCED),
        ("Led a team of at least 12 people", "Led a team of twelve.", EVIDENCED), ("Led a team of at least 12 people", "Led a 20-strong team.", EVIDENCED),
        ("Led a team of at least 12 people", "Led a team in a bakery.", CLAIMED), ("Led a team of 15+ engineers", "Led a team of 3 engineers at 40 sites.", MISSING),
        ("Led a team of 15+ engineers", "Led a team of 18 engineers.", EVIDENCED), ("Managed budgets above £2m", "Managed a budget of £45,000.", MISSING),
        ("Managed budgets above £2m", "Managed budgets of £3.5 million.", EVIDENCED), ("Managed budgets above £2m", "Managed the budget of a theatre.", CLAIMED),
        ("Managed a budget of $500k or more", "Managed a budget of $1,200,000.", EVIDENCED), ("Managed a budget of $500k or more", "Managed a budget of $80k.", MISSING),
        ("Increased sales by more than 20%", "Increased sales by 35 %.", EVIDENCED), ("Increased sales by more than 20%", "Increased sales by 4 %.", MISSING),
        ("Supported over 500 users", "Supported 60 users.", MISSING), ("Supported over 500 users", "Supported 1,200 users.", EVIDENCED),
        ("Managed stores at 8 or more locations", "Managed stores at 2 locations.", MISSING), ("Managed stores at 8 or more locations", "Managed stores at 11 locations.", EVIDENCED),
        ("Led teams of up to 10 people", "Led a team of 3 people.", EVIDENCED), ("Led a team of 5 to 10 people", "Led a team of 6 people.", EVIDENCED),
        ("Led a team of 10 people", "Led a team of 9 people.", EVIDENCED), ("Led a team of 10 people", "Led a team of 3 people.", MISSING),
    ],
)  # fmt: skip
def test_less_than_is_asked_does_not_meet_it(asked: str, line: str, right: Classification) -> None:
    """A number that falls short shows nothing, one that suffices does; work without a number is claimed."""
    assert verdict(asked, line) is right


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Budgets of over £1m", Amount(Unit.MONEY, 1e6, True)), ("A budget of €2.5bn", Amount(Unit.MONEY, 2.5e9)), ("Turnover of 3 million pounds", Amount(Unit.MONEY, 3e6)),
        ("A team of at least 10", Amount(Unit.PEOPLE, 10, True)), ("10+ direct reports", Amount(Unit.PEOPLE, 10, True)), ("A 25-person team", Amount(Unit.PEOPLE, 25)),
        ("Systems with 2m users", Amount(Unit.USERS, 2e6)), ("More than 40 stores", Amount(Unit.SITES, 40, True)), ("50,000 transactions", Amount(Unit.REQUESTS, 50_000)),
    ],
)  # fmt: skip
def test_an_amount_is_read_with_its_unit(text: str, amount: Amount) -> None:
    """Signs, words and scales of numbers come down to a value and a unit."""
    assert amounts_asked(text) == (amount,)


@pytest.mark.parametrize(
    "text",
    [
        "5+ years of sales",
        "Windows 10",
        "24/7 shifts",
        "Travel 25% of the time",
        "Two of three shifts",
        "Python 3",
        "ISO 9001",
        "100% committed",
    ],
)
def test_other_numbers_ask_for_no_amount(text: str) -> None:
    """Years, versions, standards and shares of one's time are no amounts."""
    assert amounts_asked(text) == ()


def test_a_range_is_met_from_its_lower_end_and_told_by_its_upper() -> None:
    """ "5 to 10 people" asks for five; "between 8 and 12" told as "8-12 people" reaches ten."""
    asked = amounts_asked("Led a team of at least 10 people")
    assert suffices(asked, "Led 8-12 people.") is True
    assert suffices(asked, "Led people.") is None
