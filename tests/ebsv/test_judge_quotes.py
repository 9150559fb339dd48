"""What is quoted is what a person would quote: what was done and what came of it, recent, and not too long."""

from __future__ import annotations

from ebsv.judge_builders import TODAY, cv, experience, role, section
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv import classify
from cvsense_async.sandbox.ebsv.document import Document, Month, SectionKind
from cvsense_async.sandbox.ebsv.quoting import LONGEST


def quoted(skill: str, document: Document) -> str:
    """The first quote for a skill."""
    return classify(document, [skill], today=TODAY)[0].quotes[0].quote


def test_an_outcome_is_quoted_before_a_mention_and_a_date_line() -> None:
    """Of a role's title, a mention and a result the result is quoted."""
    lines = ["Welding and other duties.", "Welded 40 tanks and cut leaks by 30%.", "Kept welding rods dry."]
    document = cv(experience(role("Welding Inspector", Month(2014, 8), None, lines)))
    assert quoted("welding", document) == "Welded 40 tanks and cut leaks by 30%."


def test_work_is_quoted_before_the_title_that_names_it() -> None:
    """A title with its dates is quoted only where nothing else shows the skill."""
    told = cv(experience(role("Welding Inspector", Month(2014, 8), None, ["Checked the welding of two bridges."])))
    bare = cv(experience(role("Welding Inspector", Month(2014, 8), None, ["Checked two bridges."])))
    assert quoted("welding", told) == "Checked the welding of two bridges."
    assert quoted("welding", bare).startswith("Welding Inspector")


def test_what_is_recent_is_quoted_before_what_is_old() -> None:
    """Of two equal sentences that of the later role is quoted."""
    old = role("Hand", Month(2001, 1), Month(2003, 1), ["Welded gates in Ely."])
    new = role("Smith", Month(2021, 1), Month(2025, 1), ["Welded gates in Ayr."])
    assert quoted("welding", cv(experience(old, new))) == "Welded gates in Ayr."


def test_a_long_list_is_cut_to_the_name() -> None:
    """Of a list of a hundred names the stretch with the one asked for is quoted, as it stands."""
    names = [f"Tool number {at}" for at in range(100)]
    text = ", ".join([*names[:60], "Tableau", *names[60:]])
    found = quoted("Tableau", cv(section(SectionKind.SKILLS, [text])))
    assert "Tableau" in found
    assert found in text
    assert len(found) <= 130


@given(
    st.lists(
        st.sampled_from(["kept", "a ledger,", "of 40", "ships;", "• and", "welded", "gates.", "Then"]), max_size=120
    )
)
def test_quotes_are_verbatim_however_long_the_line(parts: list[str]) -> None:
    """Whatever a line is made of, its quote stands in it and is no longer than the longest, but for unbroken text."""
    line = " ".join([*parts, "welded pipes, with care"])
    document = cv(experience(role("Hand", Month(2001, 1), Month(2003, 1), [line])))
    for quote in classify(document, ["welding"], today=TODAY)[0].quotes:
        assert quote.quote in document.text
        assert len(quote.quote) <= LONGEST or "," not in quote.quote[:LONGEST]
