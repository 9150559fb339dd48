"""Tells what of a sentence is another's work, or was passed over: "written by another team", "rather than Kafka".

What others did and what was not chosen is no evidence for the person, though its name is printed.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re
from collections.abc import Iterator

_NOT_CHOSEN = re.compile(
    # "chose RabbitMQ rather than Kafka": what was passed over, to the next comma; "replaced X with Y" had X in use
    r"\b(?:rather than|instead of|in preference to|in place of(?= (?:the )?(?:proposed|planned|suggested)\b)|(?:over|above)(?= [A-Z][\w.+#]*(?: [A-Z0-9][\w.+#]*){0,2}\s*(?:[.,;]|for\b|as\b|because\b|since\b|to\b|on\b|in\b|after\b|$)))\s",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\b(?:cho(?:se|sen|ose|osing)|prefer\w*|select\w*|pick(?:ed|ing)?|opt(?:ed|ing)|decided|favou?r\w*|recommend\w*|adopt\w*|argued|went with)\b",
    re.IGNORECASE,
)
_RATHER = re.compile(r"\b(?:rather than|instead of|in preference to)\s", re.IGNORECASE)
_OF_OTHERS = re.compile(
    # "Python is written by another team", "the vendor wrote all Python": whose work it was, in its clause
    r"\b(?:by|with|to) (?:an?other|a different|some other|the other|other|an outside|an external) (?:\w+ )?(?:teams?|departments?|groups?|people|person|colleagues?|contractors?|vendors?|agenc(?:y|ies)|firms?|compan(?:y|ies)|suppliers?|staff|developers?|engineers?|consultants?|office|unit)\b(?= ?(?:[.,;:)]|and\b|who\b|that\b|while\b|$))"
    r"|\b(?:by|to) (?:others|someone else|somebody else|(?:the )?contractors|(?:the )?(?:vendor|supplier|agency|outsourcer)s?|(?:a |our |the )?(?:\w+ )?colleagues?|external (?:consultants|contractors|developers))\b(?= ?(?:[.,;:)]|and\b|while\b|$))",
    re.IGNORECASE,
)
_BY_THE_TEAM = re.compile(
    # "Docker is run by the platform team"
    r"\b(?:is|are|was|were) (?:\w+ly |all )?(?:written|done|run|built|handled|managed|maintained|owned|developed|coded|administered|operated) by the (?!team\b)\w+ (?:team|department|group|office)\b(?! (?:I|under|that I|which I)\b)(?!, which I)",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:decided|opted|advised|argued|chose) against (?:us(?:e|ing) |adopting )?|\b(?:ruled out|turned down)(?= [A-Z])",
    re.IGNORECASE,
)
_PASSED_OVER = re.compile(
    r"\b(?:was|were) (?:rejected|ruled out|passed over|turned down|considered but)\b", re.IGNORECASE
)
_BY_HAND = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got|left|outsourced|delegated|contracted out)\s+(?:\w+ly\s+|all\s+)?(?:written|done|run|built|handled|managed|maintained|owned|used|looked after|kept|made|developed|coded|administered|operated|taken care of|prepared|supplied|delivered|provided|carried out|led|to|outsourced|delegated|left)\b|\b(?:left|outsourced|delegated|handed|passed)\b",
    re.IGNORECASE,
)
_DO = r"(?:wrote|writes?|did|do(?:es)?|ran|runs?|built|builds?|handled?|handles|managed?|manages|used?|uses|maintain(?:ed|s)?|own(?:ed|s)?|look(?:ed|s)? after|(?:was|were|is|are) responsible for|took care of|takes? care of)"
_OTHERS_DO = re.compile(
    rf"(?:^|[;,.]\s+)(?:my |our |the )?(?:colleagues?|others|contractors?|vendors?|suppliers?|external \w+) {_DO}\b|\b(?:an?other|a different|the other|some other) (?:\w+ )?(?:team|department|group|person|colleague|company|firm|agency|contractor|supplier|vendor)s? {_DO}\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;!?](?=\s)|,")
_LIST_END = re.compile(r"[,.;!?](?=\s|$)|\b(?:for|because|since|as|to|but|and (?:\w+ed|built|ran|wrote|led))\b")


def of_others(text: str) -> Iterator[tuple[int, int]]:
    """Where a sentence tells what was not chosen, and what others did."""
    for match in _NOT_CHOSEN.finditer(text):
        before = text[clause_start(text, match.start()) : match.start()]
        if _RATHER.match(match.group()) or _CHOICE.search(before):
            end = _LIST_END.search(text, match.end())
            yield match.start(), end.start() if end else len(text)
    for match in _OF_OTHERS.finditer(text):
        start = clause_start(text, match.start())
        if _BY_HAND.search(text, start, match.start()):
            yield start, match.end()
    for pattern in (_BY_THE_TEAM, _PASSED_OVER):
        for match in pattern.finditer(text):
            yield clause_start(text, match.start()), match.end()
    for pattern, ends in ((_OTHERS_DO, _CLAUSE), (_AGAINST, _LIST_END)):
        for match in pattern.finditer(text):
            end = ends.search(text, match.end())
            yield match.start(), end.start() if end else len(text)


def clause_start(text: str, at: int) -> int:
    """Where the clause begins in which a place of the text stands."""
    start = 0
    for match in _CLAUSE.finditer(text, 0, at):
        start = match.end()
    return start
