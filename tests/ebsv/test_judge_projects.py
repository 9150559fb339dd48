"""A project shows how long a skill was used by its own dates, whatever roles the CV has."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import TODAY
from ebsv.read_builders import paragraph, word_package

from cvsense_async.sandbox.ebsv import Screener, parse_job
from cvsense_async.sandbox.ebsv.engine import Screening
from cvsense_async.sandbox.ebsv.extract import read_bytes

ROLES = ("Experience", "Baker, Oven and Sons, 2010 - 2020", "Baked bread for a town of nine thousand.")
ASKED = parse_job("Requirements\n- 3+ years of experience in Python\n", title="Developer")


def _screened(*lines: str) -> Screening:
    """A CV's file, read and judged."""
    end = ("Education", "BSc Physics, University of Hull, 2009")
    content = word_package("".join(paragraph(line) for line in ("Lena Vossberg", *lines, *end)))
    return Screener(TODAY).screen(ASKED, read_bytes(content))


@pytest.mark.parametrize("roles", [(), ROLES])
@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("Tide tables, 2019 - 2023", "evidenced"),
        ("Tide tables, January 2022 - December 2022", "claimed"),
        ("Tide tables", "claimed"),
    ],
)
def test_a_project_counts_as_itself(roles: tuple[str, ...], head: str, said: str) -> None:
    """Four years of a project are four, one is one, and none are none; with no roles, and beside ten years of others'."""
    work = "Wrote a Python program that predicts the tides of a harbour."
    screening = _screened(*roles, "Projects", head, work)
    (skill,) = screening.skills
    assert skill.classification == said
    assert work in [quote.quote for quote in skill.evidence]
    assert screening.experience_years == (10.0 if roles else None)
