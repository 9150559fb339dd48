"""What a person should look at is flagged when it is there, and an honest CV raises no flag."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import WORK, cv, judged, section
from ebsv.metamorphic_cvs import PASTES, STYLES, TERSE, document_of, pasted

from cvsense_async.sandbox.ebsv.document import Month, SectionKind

HONEST = [f"Paid the crews of {ship} and settled what they asked." for ship in ("Petrel", "Tern", "Gannet")]


def test_an_honest_cv_raises_no_flag() -> None:
    """A CV of sentences, with a skills section as people have them, has nothing to look at."""
    skills = section(SectionKind.SKILLS, ["Typing, filing, Word, Outlook, switchboard, minutes, travel, stock, post"])
    assert judged(cv(skills, work=(*WORK, *HONEST))).flags == ()


def test_a_skill_listed_and_never_used_is_flagged_till_it_is_used() -> None:
    """What the job asks and only a list names is flagged; one sentence of use takes the flag away."""
    listed = section(SectionKind.SKILLS, ["Employment law"])
    used = (*WORK, "Settled 20 disputes under employment law.")
    assert "skill_listed_never_used" in judged(cv(listed)).flags
    assert "skill_listed_never_used" not in judged(cv(listed, work=used)).flags


@pytest.mark.parametrize("style", STYLES)
def test_pasted_text_of_the_job_is_flagged(style: str) -> None:
    """The advert in a CV is flagged, in one line or many; a CV without it is not."""
    for shape in ("the advert", "the advert in one line"):
        assert "job_text_pasted" in judged(document_of(pasted(STYLES[style], PASTES[shape], "end"))).flags
    assert "job_text_pasted" not in judged(document_of(STYLES[style])).flags


def test_half_of_what_is_asked_in_lists_is_stuffing() -> None:
    """A list that names what the job asks, with no work to show for it, is flagged; a long honest list is not."""
    asked = ["Payroll administration, pension and tax reporting, SAP, employment law, shift allowances, overtime, CIPP"]
    bare = cv(section(SectionKind.SKILLS, asked), work=("Answered the telephone.",))
    assert "keyword_stuffing" in judged(bare).flags
    many = [", ".join(f"{tool} {number}" for tool in ("lathe", "press", "drill", "saw") for number in range(9))]
    assert "keyword_stuffing" not in judged(cv(section(SectionKind.SKILLS, many))).flags


@pytest.mark.parametrize(("until", "flagged"), [(Month(2019, 2), False), (Month(2020, 6), True)])
def test_overlapping_dates_are_flagged(until: Month, flagged: bool) -> None:
    """Two roles at a time are flagged; a month in which one ended and the next began is not."""
    jobs = [("job", f"Clerk, Ouse Mills, 03/2015 - {until.month:02}/{until.year}"), ("bullet", "Paid 40 weavers.")]
    parts = (*TERSE[:3], ("job", "Clerk, Nene Mills, 02/2019 - 05/2022"), ("bullet", "Paid 60 weavers."), *jobs)
    assert ("dates_overlap" in judged(document_of(parts)).flags) is flagged


def test_too_few_years_and_no_dates_are_flagged() -> None:
    """Fewer than half of the years asked, and a CV without a dated role, are each named."""
    assert "fewer_years_than_asked" in judged(cv(), "Payroll Officer\n\nEssential\n- 20 years of payroll\n").flags
    assert "no_dated_roles" in judged(document_of((*TERSE[:2], ("heading", "Skills"), ("line", "Excel, SAP")))).flags
