"""Who an advert speaks of, what it does not ask, and names and lists as people write them."""

from __future__ import annotations

import pytest

from cvsense_async.sandbox.ebsv import JobText, Screener, parse_job
from cvsense_async.sandbox.ebsv.advertlines import AdvertLine, Mark, signs_as_marks


def _asked(text: str) -> list[tuple[str, str, float | None]]:
    return [(one.name, one.importance.value, one.years) for one in parse_job(text).requirements]


@pytest.mark.parametrize(
    "sentence",
    [
        "With over 25 years of experience in dairy machines, Corbelstone is trusted by 90 farms.",
        "For 40 years our family has built looms.",
        "Our consultants bring an average of 12 years of experience to every project.",
        "The team shares a combined 60 years of experience.",
        "Contract: 2 years fixed term",
        "This is an 18 months fixed-term contract.",
    ],
)
def test_years_of_the_employer_ask_nothing_of_the_person(sentence: str) -> None:
    """The employer's age, the team's average and the contract's length are no requirement, and change no score."""
    advert = "{}\n\n## Requirements\n\n- 3 years of experience in milking\n- Welding"
    assert _asked(advert.format(sentence)) == _asked(advert.format(""))
    screener = Screener()
    assert screener.prepare(JobText("Fitter", advert.format(sentence))).requirements.duties == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "No degree required",
        "No prior experience of farming is needed",
        "We do not need Excel",
        "You don't need to know French",
        "A driving licence is not necessary",
        "Experience of sheep isn't required.",
    ],
)
def test_what_is_not_needed_asks_nothing(sentence: str) -> None:
    """A line that says what is not asked for is no requirement, under whatever heading it stands."""
    assert _asked(f"# Fitter\n\n## Requirements\n\n- Welding\n- {sentence}") == [("Welding", "essential", None)]


def test_what_is_not_required_but_liked_is_desirable() -> None:
    """ "Not required, but a plus" asks a little, and a clause that asks is heard beside one that does not."""
    head = "# Fitter\n\n## Requirements\n\n- Welding\n- "
    assert _asked(f"{head}Welsh is not required, but a plus")[1:] == [("Welsh", "desirable", None)]
    assert [name for name, _, _ in _asked(f"{head}German at B2; Dutch is not needed")][1:] == ["German at B2"]


def test_years_within_years_are_two_requirements() -> None:
    """ "10+ years of …, with at least 2 in …" asks for both, each with its own number."""
    asked = _asked(
        "# Fitter\n\n## Requirements\n\n- 10+ years of product management, with at least 2 in dairy\n- Welding"
    )
    assert [(name, years) for name, _, years in asked] == [
        ("10+ years of product management", 10.0),
        ("At least 2 years in dairy", 2.0),
        ("Welding", None),
    ]


def test_names_of_one_letter_are_asked_for() -> None:
    """ "C", "C#", "F#" and "R" are whole requirements."""
    asked = _asked("# Fitter\n\n## Essential\n\n- C\n- C++\n- C#\n- F#\n- R\n- Ada")
    assert [name for name, _, _ in asked] == ["C", "C++", "C#", "F#", "R", "Ada"]


@pytest.mark.parametrize(
    "advert",
    [
        "Fitter\n\nWhat you bring\n✅ Welding\n✅ Go\n✅ 5+ years with looms\n\nWhat we offer\n✅ Free lunch",
        "Fitter\n\n🚀 What you bring\n🔧 Welding\n🐹 Go\n🧵 5+ years with looms\n\n🎁 What we offer\n🍕 Pizza\n🏖 Holidays\n🚲 Bicycle",
        "<h2>🔥 Must have</h2><ul><li>✅ Welding</li><li>✅ Go</li><li>✅ 5+ years with looms</li></ul>",
    ],
)
def test_emoji_are_list_marks(advert: str) -> None:
    """Items that begin with emoji are items, their names without it; one over a list is its heading's."""
    assert _asked(advert) == [
        ("Welding", "essential", None),
        ("Go", "essential", None),
        ("5+ years with looms", "essential", 5.0),
    ]


def test_a_sign_of_its_own_stays_a_headings() -> None:
    """Only signs that repeat, or stand in a row, are marks."""
    lines = [AdvertLine("🔥 Must have"), AdvertLine("Welding"), AdvertLine("⭐ Nice to have"), AdvertLine("Go")]
    assert [line.mark for line in signs_as_marks(lines)] == [Mark.NONE] * 4


@pytest.mark.parametrize(
    ("needed", "liked"),
    [
        ("To be considered, applicants need to bring the following.", "We would also love to hear about any of these."),
        ("You will need to have all of these.", "It would be great if you also had some of these."),
        ("Please only apply if you have all of the following.", "Extra points for any of the following."),
    ],
)
def test_headings_that_are_sentences_part_needed_from_liked(needed: str, liked: str) -> None:
    """A finished sentence that leads into a list is its heading."""
    text = f"Fitter\n\nWe build looms.\n\n{needed}\n- Welding\n- Turning\n\n{liked}\n- Casting\n- Forging\n"
    assert [(name, importance) for name, importance, _ in _asked(text)] == [
        ("Welding", "essential"),
        ("Turning", "essential"),
        ("Casting", "desirable"),
        ("Forging", "desirable"),
    ]
