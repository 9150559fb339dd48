"""The names of sections, in the many ways that people write them."""

from __future__ import annotations

import pytest

from cvsense_async.sandbox.ebsv.document import SectionKind as Kind
from cvsense_async.sandbox.ebsv.headings import kind_of, untracked


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Experience", Kind.EXPERIENCE),
        ("WORK HISTORY", Kind.EXPERIENCE),
        ("Professional Experience:", Kind.EXPERIENCE),
        ("Relevant Work Experience (continued)", Kind.EXPERIENCE),
        ("3. Employment", Kind.EXPERIENCE),
        ("Work Expirience", Kind.EXPERIENCE),
        ("Berufserfahrung", Kind.EXPERIENCE),
        ("Expérience professionnelle", Kind.EXPERIENCE),
        ("W O R K   E X P E R I E N C E", Kind.EXPERIENCE),
        ("Education and Training", Kind.EDUCATION),
        ("Academic Background", Kind.EDUCATION),
        ("Licenses & Certifications", Kind.CERTIFICATIONS),
        ("Core Qualifications", Kind.SKILLS),
        ("Skill Highlights", Kind.SKILLS),
        ("Technical Skills", Kind.SKILLS),
        ("Areas of Expertise", Kind.SKILLS),
        ("Career Overview", Kind.SUMMARY),
        ("Executive Profile", Kind.SUMMARY),
        ("Career Accomplishments", Kind.ACHIEVEMENTS),
        ("Honors and Awards", Kind.ACHIEVEMENTS),
        ("Personal Projects", Kind.PROJECTS),
        ("Publications", Kind.PUBLICATIONS),
        ("Languages", Kind.LANGUAGES),
        ("Interests & Hobbies", Kind.INTERESTS),
        ("References available upon request.", Kind.REFERENCES),
        ("Personal Information", Kind.HEADER),
        ("Professional Affiliations", Kind.OTHER),
    ],
)
def test_headings_are_known(text: str, kind: Kind) -> None:
    """A heading's kind follows its words, whatever stands before them."""
    assert kind_of(" ".join(text.split())) is kind


@pytest.mark.parametrize(
    "text",
    [
        "Experienced engineer",
        "Managed education programmes for adults",
        "Five years of experience.",
        "Java, Kotlin, Swift",
        "Senior Software Engineer",
        "University of Leeds",
        "Training new staff members daily",
        "",
    ],
)
def test_lines_that_are_no_headings(text: str) -> None:
    """A line that says more than a section's name is not a heading."""
    assert kind_of(text) is None


def test_spread_letters_are_put_together() -> None:
    """A heading set with spaces between its letters is given as words."""
    assert untracked("W O R K E X P E R I E N C E") == "WORK EXPERIENCE"
    assert untracked("Python") == "Python"
