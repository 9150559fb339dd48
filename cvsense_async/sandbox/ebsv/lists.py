"""Tells lists of names from sentences of work, wherever in a CV they stand.

Fifty skills pasted under a job are still a list; "managed payroll, leave and benefits" is not.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import enum
import re
from collections.abc import Sequence

from cvsense_async.sandbox.ebsv.cues import DEGREE
from cvsense_async.sandbox.ebsv.document import Line

_VERB_FIRST = re.compile(
    r"^\W*(?:\w{2,}ed|\w{3,}ing|led|built|won|grew|ran|wrote|taught|sold|made|kept|held|oversaw|drove|set|cut|did|spoke|"
    r"manage|lead|develop|create|provide|maintain|assist|support|ensure|perform|prepare|coordinate|conduct|handle|plan|direct|"
    r"supervise|train|design|implement|analy[sz]e|responsible|review|process|monitor|work|help|oversee|build|write|teach|"
    r"manages|leads|develops|creates|provides|maintains|assists|supports|ensures|performs|prepares|coordinates|conducts|handles)\b",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"^\W*(?:core |key |technical |other |additional |computer |relevant |special |professional )*"
    r"(?:skills?|competenc\w+|keywords?|expertise|proficien\w+|strengths|areas of \w+|qualifications?)(?: used| include)?\s*[:\-–]",
    re.IGNORECASE,
)
_IN_USE = re.compile(
    r"^\W*(?:environment|technolog(?:y|ies)|tech(?:nical)? stack|stack|tools?|software|platforms?|frameworks?|languages?|built with|equipment)"
    r"(?: (?:used|and|&|/)\W*\w*)*\s*[:\-–]",
    re.IGNORECASE,
)
_JOINING = re.compile(
    r"\b(?:the|of|to|for|with|a|an|in|on|by|from|at|was|were|is|are|that|my|our|their|as|through)\b", re.IGNORECASE
)
_SEPARATOR = re.compile(r"[,;|•·]|\s/\s")
_MOST_IN_USE = 40
_RUN = 8
_DONE = re.compile(r"\W*(?:\w{2,}ed|led|built|ran|wrote|taught|sold|kept|made|set)", re.IGNORECASE)
_LITTLE_SAID = re.compile(
    r"^\W*(?:(?:i|we|have|has|had|been|also|often|daily|regularly|successfully|extensively)\s+)*"
    r"(?:us(?:e|ed|es|ing)|utili[sz]\w+|appl(?:y|ied|ies|ying)|leverag\w+|employ(?:ed|ing)|practi[sc](?:ed|ing)|"
    r"work(?:ed|s|ing)? (?:with|on|in)|experienced? (?:with|in|of)|knowledge of|proficient (?:in|with)|"
    r"skilled (?:in|at|with)|familiar with|expert(?:ise)? in|exposure to|hands[- ]on (?:with|in)|versed in|competent in)\b"
    r"\W*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:[,;|•·]|\s/\s|\band\b|\s&\s)\s*", re.IGNORECASE)
_EXAMPLES = re.compile(r"\(([^()]*)\)")
_MOST_EXAMPLES = 10
_DOING = re.compile(r"^\W*(?:and\s+)?\w{3,}ing\s+\w", re.IGNORECASE)
_MOST_DUTIES = 12
_UNJOINED = 25  # words, of which hardly one joins others
_SHORTEST_RUN = 8
_PARTING = re.compile(r"[,;:|•·.]")
_LONGEST_NAMES = 3.5  # words a name, on the average of a line
_TELLING = re.compile(
    r"\b(?:the|to|with|an?|by|from|at|was|were|is|are|that|my|our|their|as|through|which|who|into|all|each|new|\d+)\b|[%$£€]",
    re.IGNORECASE,
)


def begins_with_verb(text: str) -> bool:
    """Whether a line begins with what was done ("Led …", "Maintains …")."""
    return _VERB_FIRST.match(text) is not None


class Names(enum.Enum):
    """How names come that a line holds and nothing else."""

    NONE = "none"
    BARE = "bare"  # "SQL, Tableau, Excel"
    OPENED = "opened"  # "Used SQL, Tableau and Excel."
    LABELLED = "labelled"  # "Technologies: SQL, Tableau"
    TOLD = "told"  # "Managed payroll, leave and benefits."


def names_in(text: str) -> tuple[Names, int]:
    """How many names a line holds that says hardly more than them, and how they come.

    A few such names in a role are what was used there; very many are a list, however they are cut and dressed up.
    """
    label = _IN_USE.match(text)
    if label:
        return Names.LABELLED, len(items(text[label.end() :]))
    text = _without_examples(text)
    opener = _LITTLE_SAID.match(text)
    body = text[opener.end() :] if opener else text
    found = items(body)
    least = 1 if opener and not _TELLING.search(body) else 2 if opener or "," in body else 3
    if len(found) < least or any(len(one.split()) > 7 for one in found):
        return Names.NONE, 0
    if opener:
        return Names.OPENED, len(found)
    if all(_DONE.fullmatch(one) for one in found[:2]):
        return Names.NONE, 0  # "Installed, configured and repaired printers."
    if len(found[0].split()) > 1 and _VERB_FIRST.match(text):
        return (Names.TOLD, len(found)) if len(found) >= 4 and not _TELLING.search(text) else (Names.NONE, 0)
    telling = sum(1 for one in found if _TELLING.search(one) or (" " in one and _VERB_FIRST.match(one)))
    short = len(text.split()) <= _LONGEST_NAMES * len(found)
    return (Names.BARE, len(found)) if short and telling <= 0.25 * len(found) else (Names.NONE, 0)


def is_name(text: str) -> bool:
    """Whether a line is one short name, and tells nothing."""
    size = len(text.split())
    return size <= 4 and text[-1:] != "." and not (size > 1 and _VERB_FIRST.match(text))


def unjoined(text: str) -> bool:
    """Whether a text is words side by side, with hardly a word or a sign that joins or parts them."""
    size = len(text.split())
    return (
        size >= _SHORTEST_RUN
        and len(_PARTING.findall(text)) <= 0.07 * size
        and len(_JOINING.findall(text)) <= 0.13 * size
    )


def parted(text: str) -> bool:
    """Whether a text has any sign between its words, or at its end."""
    return _PARTING.search(text) is not None


_DID = re.compile(
    r"^\W*(?:(?:also|then|successfully|personally|regularly|I)\s+)*(?:(?!(?:skill|experienc|need|gift|talent|speed|unmatch|advanc|relat|detail|seed|feed|breed|indeed|need|shar|bas)e?d\b)\w{3,}ed|led|built|won|grew|ran|wrote|taught|sold|made|kept|held|oversaw|drove|set|cut|spoke|drew|found|gave|took|brought|began)\s+\w",
    re.IGNORECASE,
)
_SHORTEST_TELLING = 6


def tells_work(text: str) -> bool:
    """Whether a line is a whole sentence of what somebody did ("Ran the stall of a market and kept its till")."""
    if len(text.split()) < _SHORTEST_TELLING or _DID.match(text) is None or _LITTLE_SAID.match(text):
        return False
    if len(_TELLING.findall(text)) < 1 or is_list(text, in_role=False):
        return False
    return names_in(text)[0] is Names.NONE


def _without_examples(text: str) -> str:
    """The text without a short list in brackets, where what stands before it says what they were used for."""
    match = _EXAMPLES.search(text)
    if match is None or len(text[: match.start()].split()) < 2 or len(items(match.group(1))) > _MOST_EXAMPLES:
        return text
    return text[: match.start()] + text[match.end() :]


def _duties(text: str) -> bool:
    """Whether most parts of a list tell what was done ("pulling permits, hiring subcontractors, …")."""
    parts = _SEPARATOR.split(text)
    doing = sum(1 for one in parts if _DOING.match(one))
    return len(parts) <= _MOST_DUTIES and doing >= 3 and doing >= 0.4 * len(parts)


def continues(before: str, text: str) -> bool:
    """Whether a line goes on with the tools that the line before began to name."""
    return (
        _IN_USE.match(before) is not None
        and before.rstrip()[-1:] not in ".;:"
        and len(before) + len(text) <= 400
        and names_in(text)[0] is Names.BARE
    )


def items(text: str) -> list[str]:
    """What stands between the commas, bars and "and"s of a line."""
    return [one for one in _ITEM.split(text) if re.search(r"\w", one)]


def is_list(text: str, *, in_role: bool) -> bool:
    """Whether a sentence is a list of names; a role's line of the tools used in it is not, unless it is endless."""
    if LABEL.match(text):
        return True
    text = _without_examples(text)
    if _duties(text):
        return False
    items = len(_SEPARATOR.findall(text)) + 1
    size = len(text.split())
    joining = len(_JOINING.findall(text)) + text.lower().count(" and ")
    if size >= _UNJOINED and joining < 0.12 * size and (in_role or not DEGREE.search(text)):
        return True
    if in_role and _IN_USE.match(text) and size <= _MOST_IN_USE:
        return False
    if items >= 16:
        return size / items < 5
    joined = len(_JOINING.findall(text)) / max(1, size)
    if items < 7 or size / items >= (3.6 if joined > 0.06 else 5.5):
        return False
    if items >= 9 and not joined:
        return True
    told = _VERB_FIRST.match(text) and re.search(r"\b(?:and|&|or)\s+[^,;|]{1,60}$", text)
    return not told


def listed_lines(lines: Sequence[Line]) -> frozenset[int]:
    """The lines that belong to a long run of short lines without verbs: a list set one name a line."""
    found: set[int] = set()
    run: list[int] = []
    gap = 0
    for number, line in enumerate((*lines, None)):
        size = len(line.text.split()) if line is not None else 99
        if line is not None and size <= 6 and not re.search(r"(?:19|20)\d\d", line.text) and line.text[-1:] != ".":
            run.append(number)
            gap = 0
            continue
        if size <= 10 and not gap and len(run) >= 3:
            gap = 1  # one longer name does not end a list
            continue
        if len(run) >= _RUN:
            sizes = [len(lines[at].text.split()) for at in run]
            every = range(run[0], run[-1] + 1)
            told = {at for at in every if len(lines[at].text.split()) > 2 and _VERB_FIRST.match(lines[at].text)}
            if sum(sizes) / len(run) <= 4 and sum(at in told for at in run) <= 0.3 * len(run):
                found.update(at for at in every if at not in told and lines[at].text[-1:] != ".")
        run, gap = [], 0
    return frozenset(found)
