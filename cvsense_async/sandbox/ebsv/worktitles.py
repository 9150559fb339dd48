"""Knows which titles of roles are a kind of work: a Backend Engineer's years are years of software development.

Adverts ask for years of a kind of work, and CVs name it by the title alone.
"""

# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re

_CODE = (
    r"software|back[- ]?end|front[- ]?end|full[- ]?stack|web|mobile|android|ios|applications?|app|embedded|firmware|games?|"
    r"python|java|javascript|typescript|golang|go|ruby|rails|php|c\+\+|c#|\.net|scala|kotlin|rust|react|angular|node(?:\.js)?|"
    r"django|platform|systems? software|api|cloud software"
)
_DEVELOPERS = rf"(?:{_CODE})(?:[\s/]+\w+)?\s+(?:engineer|developer|programmer|architect)s?|(?:^|\W)(?:developer|programmer)(?=\W|$)|\bsde\b|\bswe\b"
_KINDS = (
    (r"software (?:development|engineering|design|developer|engineer)|(?:develop|build|engineer|writ)ing software|coding|programming", _DEVELOPERS),
    (r"back[- ]?end (?:development|engineering|work|programming)", r"(?:back[- ]?end|full[- ]?stack)\s+(?:\w+ )?(?:engineer|developer)"),
    (r"front[- ]?end (?:development|engineering|work)", r"(?:front[- ]?end|full[- ]?stack|ui|react|angular|vue)\s+(?:\w+ )?(?:engineer|developer)"),
    (r"web (?:development|engineering|programming)", r"(?:web|front[- ]?end|back[- ]?end|full[- ]?stack|php|javascript|react|angular|node|django|rails)\s+(?:\w+ )?(?:engineer|developer|programmer)"),
    (r"mobile (?:development|app development|engineering)", r"(?:mobile|android|ios|flutter|react native)\s+(?:\w+ )?(?:engineer|developer)"),
    (r"data engineering", r"data (?:platform |pipeline )?engineer|etl developer"),
    (r"data science", r"data scientist|machine learning engineer"),
    (r"(?:quality assurance|software testing|qa)\b", r"(?:qa|test|quality assurance)\s+(?:\w+ )?(?:engineer|analyst|lead|tester)|\btester\b|\bsdet\b"),
    (r"accounting|accountancy", r"accountant|bookkeeper"),
    (r"devops|site reliability", r"devops|site reliability|\bsre\b|platform engineer"),
)  # fmt: skip
_COMPILED = tuple(
    (re.compile(rf"\b(?:{asked})", re.IGNORECASE), re.compile(rf"(?<!\w)(?:{titles})", re.IGNORECASE))
    for asked, titles in _KINDS
)
_LITTLE = re.compile(
    r"\b(?:at least|a minimum of|minimum|years?['’]?|yrs|months?|of|in|the|a|an|with|experience|professional|commercial|industry|hands[- ]on|relevant|proven|solid|strong|"
    r"full[- ]time|practical|work(?:ing)?|or more|more|than|over|prior|previous|similar|roles?|as|have|must|you|and|or)\b|[\d+.,()'’–-]",
    re.IGNORECASE,
)


def titles_of(requirement: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of the titles that are the work years are asked of, where nothing is asked beside it."""
    found = [(asked, titles) for asked, titles in _COMPILED if asked.search(requirement)]
    rest = requirement
    for asked, _ in found:
        rest = asked.sub(" ", rest)
    return tuple(titles for _, titles in found) if found and not _LITTLE.sub(" ", rest).split() else ()
