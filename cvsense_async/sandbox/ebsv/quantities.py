"""Holds how much is asked against how much a CV tells: a team of at least 10 is not met by 4, nor £1m by £20,000.

Only numbers with a unit that both sides name are compared; years are read elsewhere, and rates are not converted.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

import attrs

_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "eighteen": 18, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80, "a dozen": 12, "dozen": 12, "a hundred": 100, "hundred": 100,
}  # fmt: skip
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
}
_NUMBER = rf"(?P<n>\d{{1,3}}(?:[,\u202f']\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|{'|'.join(_WORDS)})\s?(?P<s>(?:k|thousand|mn|mm|mio|million|m|bn|billion|b)\b)?"
_CUE = r"(?:at least|a minimum of|minimum of|minimum|no (?:less|fewer) than|not (?:less|fewer) than|more than|greater than|over|above|upwards of|in excess of|exceeding|around|about|approximately|circa|c\.|some|>=?|≥)"
_MORE = r"(?:\s?\+|\s?plus\b|\s+or more\b|\s+and (?:more|above|over)\b)?"
_TO = r"(?:\s*(?:-|–|to)\s*(?P<m>\d+))?"
_UP_TO = re.compile(
    r"(?:\b(?:up to|at most|maximum of|no more than|not more than|under|below|less than|fewer than|within)|<=?)\s*$",
    re.IGNORECASE,
)

_ANYBODY = r"(?:people|persons|staff|employees|members|reports|heads|ftes?|individuals|colleagues|team members|direct reports|subordinates|workers|personnel)"
_TRADES = r"(?:engineers|developers|programmers|analysts|designers|testers|nurses|agents|advisers|advisors|assistants|drivers|technicians|operators|operatives|teachers|tutors|cooks|chefs|waiters|clerks|accountants|consultants|managers|supervisors|officers|volunteers|apprentices|trainees|interns|scientists|researchers|specialists|electricians|plumbers|carpenters|cleaners|guards|recruiters|representatives|reps|salespeople|cashiers|carers|lawyers|writers|editors|mechanics|welders|labourers|laborers|contractors)"
_PER = r"(?!\s*(?:/|per\b|a (?:day|week|month|year|second|minute|night)\b|an hour\b|each\b|every\b|daily\b|monthly\b|weekly\b))"


class Unit(enum.StrEnum):
    """What is counted."""

    PEOPLE = "people"  # who are led
    MONEY = "money"
    PERCENT = "percent"
    USERS = "users"  # who are served
    REQUESTS = "requests"
    SITES = "sites"


_DESCRIBED = r"(?:[a-z][\w-]*\s+){0,2}?"
_COMPILED = tuple(
    (unit, re.compile(rf"(?<![\w.,])(?P<cue>{_CUE}\s*)?{pattern}", re.IGNORECASE))
    for unit, pattern in (
    (Unit.MONEY, rf"(?:[£$€]|\b(?:usd|gbp|eur|us\$)\s?)\s?{_NUMBER}{_MORE}"),
    (Unit.MONEY, rf"{_NUMBER}{_MORE}\s?(?:£|€|\b(?:pounds|dollars|euros?|usd|gbp|eur)\b)"),
    (Unit.PERCENT, rf"{_NUMBER}\s?(?:%|\bper ?cent\b|\bpercent\b){_MORE}"),
    (Unit.PEOPLE, rf"\b(?:teams?|crews?|staff|groups?|squads?|departments?|workforce|headcount)\s+of\s+(?:up to\s+)?(?P<cue2>{_CUE}\s+)?{_NUMBER}{_MORE}{_TO}(?:\s+{_DESCRIBED}{_ANYBODY}\b)?(?!\s*(?:years|%))"),
    (Unit.PEOPLE, rf"{_NUMBER}{_MORE}{_TO}[- ](?:person|people|strong|man|member|engineer|developer)\b"),
    (Unit.PEOPLE, rf"{_NUMBER}{_MORE}{_TO}\s+{_DESCRIBED}(?:{_ANYBODY}|(?={_TRADES}))\b"),
    (Unit.USERS, rf"{_NUMBER}{_MORE}\s+{_DESCRIBED}(?=(?:users|customers|clients|subscribers|patients|pupils|students|households|visitors|passengers|guests|players)\b)"),
    (Unit.REQUESTS, rf"{_NUMBER}{_MORE}\s+{_DESCRIBED}(?=(?:requests|transactions|messages|events|queries|calls|tickets|orders|invoices|emails)\b{_PER})"),
    (Unit.SITES, rf"{_NUMBER}{_MORE}\s+{_DESCRIBED}(?=(?:sites|locations|stores|shops|branches|offices|countries|warehouses|depots|plants|restaurants|hotels|properties|schools|clinics)\b)"),
    )
)  # fmt: skip
_GROWING = re.compile(
    r"\b(?:gr[eo]w\w*|increas\w*|reduc\w*|cut\w*|improv\w*|rais\w*|exceed\w*|lower\w*|sav(?:e|ed|ing)\w*|doubl\w*)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\d|\b(?:" + "|".join(_WORDS) + r")\b", re.IGNORECASE)
_NEARLY = 0.8  # of a number that stands without "at least" or the like


@attrs.frozen
class Amount:
    """How much of something, and whether that is the least ("at least 10", "10+", "over £1m")."""

    unit: Unit
    value: float
    least: bool = False


@attrs.frozen
class _Found:
    amount: Amount
    most: float  # of a range
    start: int
    end: int
    capped: bool  # "up to"


def _found(text: str) -> Iterator[_Found]:
    if _COUNTED.search(text) is None:
        return
    for unit, pattern in _COMPILED:
        for match in pattern.finditer(text):
            value = _value(match.group("n"), match.group("s"))
            groups = match.groupdict()
            start = (
                match.start("cue2") if groups.get("cue2") else match.start("n") if "cue2" in groups else match.start()
            )
            least = (
                bool(groups.get("cue") or groups.get("cue2"))
                or re.search(r"\+|\bplus\b|\bor more\b|\band (?:more|above|over)\b", match.group()) is not None
            )
            most = max(value, float(groups.get("m") or 0))
            yield _Found(
                Amount(unit, value, least),
                most,
                start,
                match.end(),
                _UP_TO.search(text[: match.start("n")]) is not None,
            )


def _value(number: str, scale: str | None) -> float:
    low = number.lower()
    return (_WORDS[low] if low in _WORDS else float(re.sub(r"[,\u202f']", "", low))) * _SCALES.get(
        (scale or "").lower(), 1
    )


def amounts_asked(text: str) -> tuple[Amount, ...]:
    """The amounts that a requirement asks for, one a unit; a percentage only where something is to have grown by it."""
    asked: dict[Unit, Amount] = {}
    for one in _found(text):
        if one.capped or (one.amount.unit is Unit.PERCENT and not _GROWING.search(text)):
            continue
        asked.setdefault(one.amount.unit, one.amount)
    return tuple(asked.values())


def without_amounts(text: str) -> str:
    """A requirement's words without its amounts, so that the numbers are not looked for as words."""
    last = len(text)
    for start, end in sorted(((one.start, one.end) for one in _found(text) if not one.capped), reverse=True):
        if start < last:
            text = f"{text[:start].rstrip()} {text[min(end, last) :].lstrip()}".strip()
            last = start
    return text


def suffices(asked: tuple[Amount, ...], text: str) -> bool | None:
    """Whether a text tells as much as is asked; None where it names no number of that kind."""
    told: dict[Unit, float] = {}
    for one in _found(text):
        told[one.amount.unit] = max(told.get(one.amount.unit, 0.0), one.most)
    unsaid = False
    for wanted in asked:
        if wanted.unit not in told:
            unsaid = True
        elif told[wanted.unit] < wanted.value * (1.0 if wanted.least else _NEARLY):
            return False
    return None if unsaid else True
