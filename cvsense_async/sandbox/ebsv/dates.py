"""Finds the time spans that people write into CVs: "01/2010 to Current", "Jan 2010 – Present", "2010-2013".

A year alone is taken as its middle, so that "2010-2013" counts 36 months, as a reader would.
"""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from cvsense_async.sandbox.ebsv.document import Month

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro styczeń января",
        "february feb februar feber février févr fév febrero febbraio februari fevereiro fev",
        "march mar märz mrz maerz mars marzo maart mrt março",
        "april apr avril avr abril abr aprile",
        "may mai mayo maggio mag mei maio",
        "june jun juni juin junio giugno giu junho",
        "july jul juli juillet juil julio luglio lug julho",
        "august aug août aout agosto ago augustus",
        "september sept sep septembre septiembre settembre set setembro",
        "october oct oktober okt octobre octubre ottobre ott outubro out",
        "november nov novembre noviembre novembro",
        "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
    ),
    start=1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))
_SEASONS = {
    "winter": 1,
    "spring": 4,
    "early": 2,
    "summer": 7,
    "mid": 7,
    "fall": 10,
    "autumn": 10,
    "late": 11,
    "q1": 2,
    "q2": 5,
    "q3": 8,
    "q4": 11,
}
_NAME = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_YEAR = r"(?:19[4-9]\d|20[0-4]\d)"
_POINT = (
    rf"(?:"
    rf"(?:\b\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?)?(?<![^\W\d_])(?:{_NAME})\b[.,]?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?,\s*)?(?:of\s+)?[-/']?\s?(?:{_YEAR}|['’`]?\d\d(?![\d/.]))"
    rf"|(?<![^\W\d_])(?:early|mid|late|winter|spring|summer|fall|autumn|q[1-4])\b[\s,-]*(?:of\s+)?{_YEAR}"
    rf"|\b\d{{1,2}}\s?[/.-]\s?(?:\d{{1,2}}\s?[/.-]\s?)?{_YEAR}(?!\d)"
    rf"|\b{_YEAR}[\s,]\s?(?:{_NAME})\b(?!\.?,?\s*(?:{_YEAR}|\d\d?,))"
    rf"|\b{_YEAR}[/.](?:0?[1-9]|1[0-2])(?:[/.]\d{{1,2}})?(?!\d)"
    rf"|\b{_YEAR}-(?:0[1-9]|1[0-2])(?:-\d{{2}})?(?![\d])"
    rf"|\b{_YEAR}(?!\d)"
    rf")"
)
_NOW = (
    r"(?:(?:up\s+)?(?:to|till|until)\s+)?(?:the\s+)?(?:present(?:\s+(?:day|time))?|currently\s+working|current(?:ly)?|now|today|to\s*date|todate|date|ongoing|"
    r"on-going|heute|jetzt|aktuell|présent|aujourd['’]hui|actualidad|actual|actualmente|presente|oggi|attuale|heden|atual)\b"
)
_DASH = r"(?:â€[“”\"]|ï¼|[-\u2010-\u2015\u2212~→➔⇒]+|\u00b7)"
_JOIN = (
    rf"(?:\s*{_DASH}\s*|\s*\b(?:to|until|till|til|through|thru|bis|à|a|au|al|hasta|fino|tot)\b\s*(?:{_DASH}\s*)?"
    r"|\s*/\s*)"
)
_RANGE = re.compile(
    rf"(?P<a>{_POINT})(?:\s*[,;]?\s*\)?(?P<join>{_JOIN})|\s+|(?<=\d)(?=[^\W\d_]))\(?\s*(?P<b>{_POINT}|(?P<now>{_NOW}))",
    re.IGNORECASE,
)
_SHORT = re.compile(rf"\b(?P<m>{_NAME})\b\.?\s*(?:{_DASH}|to)\s*(?P<b>\b(?:{_NAME})\b[.,]?\s*{_YEAR})", re.IGNORECASE)
_YY_RANGE = re.compile(rf"\b(?P<y>{_YEAR})\s*[-\u2013/]\s*(?P<s>\d\d)(?!\d|[-/.]\d)")
_MMYY = re.compile(
    rf"(?<![\d/])(?P<m1>0?[1-9]|1[0-2])/(?P<y1>\d\d)\s*(?:{_JOIN})\s*(?:(?P<m2>0?[1-9]|1[0-2])/(?P<y2>\d\d)(?![\d/])|(?P<now>{_NOW}))",
    re.IGNORECASE,
)
_SINCE = re.compile(
    rf"\b(?:since|from|starting|seit|ab|depuis|desde|dal|sinds|as\s+of)\s*:?\s*(?P<a>{_POINT})|(?P<c>{_POINT})\s*(?:onwards?|/?\s*{_DASH}\s*(?=$|\)|\|))",
    re.IGNORECASE,
)
_SINGLE = re.compile(_POINT, re.IGNORECASE)
_PRODUCT = re.compile(
    r"\b(?:windows|servers?|office|exchange|sql|sharepoint|studio|word|excel|access|outlook|autocad|iso|visio|project|in|of)\W{0,3}\Z",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")


@attrs.frozen
class Span:
    """A time span and where its text stands. `end` is None with `current`, or where none is said."""

    start: Month
    end: Month | None
    current: bool
    at: int
    to: int
    single: bool = False


@lru_cache(maxsize=1024)
def spans(text: str) -> tuple[Span, ...]:
    """The time spans written in a text, in the order they stand; none overlaps another."""
    if not _DIGITS.search(text):
        return ()
    found: list[Span] = []
    for match in _MMYY.finditer(text):
        _add(found, _two_digit(match))
    for match in _RANGE.finditer(text):
        _add(found, _range(match))
    for match in _SHORT.finditer(text):
        end = point(match["b"], end=True)
        if end is not None:
            _add(found, Span(Month(end.year, _MONTHS[match["m"].lower()]), end, False, *match.span()))
    for match in _YY_RANGE.finditer(text):
        year, last = int(match["y"]), int(match["s"])
        if last > year % 100:
            _add(found, Span(Month(year, 7), Month(year - year % 100 + last, 6), False, *match.span()))
    for match in _SINCE.finditer(text):
        start = point(match["a"] or match["c"], end=False)
        if start is not None:
            _add(found, Span(start, None, True, *match.span()))
    found = [span for span in found if not _PRODUCT.search(text, max(0, span.at - 24), span.at)]
    return tuple(sorted(found, key=lambda span: span.at))


_LONE = re.compile(rf"(?:{_POINT}|{_NOW})\s*(?:{_DASH}|to)?", re.IGNORECASE)
_LONE_JOIN = re.compile(rf"(?:{_DASH}|to|until|till|bis)", re.IGNORECASE)


def is_date(text: str) -> bool:
    """Whether the text is one date and nothing else, a dash or "to" after it allowed."""
    return len(text) <= 24 and _LONE.fullmatch(text.strip()) is not None


def is_joint(text: str) -> bool:
    """Whether the text is what stands between two dates, and nothing else."""
    return len(text) <= 8 and _LONE_JOIN.fullmatch(text.strip()) is not None


_OPEN = re.compile(rf"{_POINT}\s*(?:{_DASH}|to|until|till)\s*\Z", re.IGNORECASE)
_OPEN_MONTH = re.compile(rf"(?:{_DASH}|\bto|\buntil|^|,)\s*(?:{_NAME})\.?,?\s*\Z", re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"\s*{_YEAR}(?!\d)")
_FIRST = re.compile(rf"\s*(?:{_POINT}|{_NOW})", re.IGNORECASE)


def cut_between(above: str, below: str) -> bool:
    """Whether a time span was cut between two lines ("08/2008 to", "02/2011 Contoso"; "Aug 2004 to May", "2007")."""
    if _FIRST.match(below) is None:  # asked first: it costs least
        return False
    at = max(0, len(above) - 40)
    if _OPEN.search(above, at):
        return True
    return _OPEN_MONTH.search(above, at) is not None and _YEAR_FIRST.match(below) is not None


_LENGTH = re.compile(
    r"(?:\b(\d{1,2})\s*(?:years?|yrs?)\b\.?)?(?:\s*(?:,|and|&)?\s*)(?:\b(\d{1,2})\s*(?:months?|mos?|mths?)\b)?",
    re.IGNORECASE,
)


def length(text: str) -> int:
    """The months that a line says in brackets, or at its end, without dates ("Clerk (1 year 5 months)"); 0 for none."""
    inside = re.search(r"\(([^()]{3,30})\)|[-–,|:]\s*([^-–,|:()]{3,24})$", text)
    if inside is None:
        return 0
    match = _LENGTH.fullmatch((inside.group(1) or inside.group(2)).strip(" .~"))
    if match is None:
        return 0
    return 12 * int(match.group(1) or 0) + int(match.group(2) or 0)


def tells_month(text: str) -> bool:
    """Whether the text holds a date that names its month."""
    found = single(text)
    return found is not None and re.fullmatch(r"\d{4}", text[found.at : found.to].strip()) is None


def single(text: str) -> Span | None:
    """The first date in a text that holds no span."""
    match = _SINGLE.search(text) if _DIGITS.search(text) else None
    start = point(match.group(), end=False) if match else None
    return Span(start, None, False, *match.span(), single=True) if match and start else None


def point(text: str, *, end: bool) -> Month | None:
    """The month that a date names; a year alone is its middle: July where a span starts, June where it ends."""
    text = text.lower()
    numbers = [int(number) for number in _DIGITS.findall(text)]
    words = _LETTERS.findall(text)
    year = next((number for number in numbers if number >= 1000), None)
    month = next((_MONTHS[word] for word in words if word in _MONTHS), None)
    if year is None:
        if month is None or not numbers:
            return None
        short = numbers[-1]
        year = 2000 + short if short < 50 else 1900 + short
        numbers = numbers[:-1]
    season = next((_SEASONS[key] for key in _SEASONS if re.search(rf"\b{key}", text)), None)
    small = [number for number in numbers if number != year]
    if month is None and season is not None:
        month = season
    if month is None and small:
        if len(small) == 1 or text.strip().startswith(str(year)):
            month = small[0]
        else:  # day and month in either order: Europe's, unless that cannot be
            month = small[1] if small[1] <= 12 else small[0]
    if month is None:
        month = 6 if end else 7
    return Month(year, month) if 1 <= month <= 12 else None


def _is_year(text: str) -> bool:
    return re.fullmatch(_YEAR, text.strip()) is not None


def _range(match: re.Match[str]) -> Span | None:
    first, second = match["a"], match["b"]
    if (
        match["join"] is None
        and _is_year(first) != (match["now"] is None and _is_year(second))
        and match["now"] is None
    ):
        return None
    start = point(first, end=False)
    if start is None:
        return None
    if match["now"]:
        return Span(start, None, True, *match.span())
    end = point(second, end=True)
    if end is None:
        return None
    if _is_year(first) and _is_year(second) and start.year == end.year:
        start, end = Month(start.year, 4), Month(end.year, 9)
    elif _is_year(first) and start.year == end.year:
        start = Month(start.year, 1)
    elif _is_year(second) and start.year == end.year:
        end = Month(end.year, 12)
    return Span(start, end, False, *match.span())


def _two_digit(match: re.Match[str]) -> Span:
    def full(text: str) -> int:
        return 2000 + int(text) if int(text) < 50 else 1900 + int(text)

    start = Month(full(match["y1"]), int(match["m1"]))
    if match["now"]:
        return Span(start, None, True, *match.span())
    return Span(start, Month(full(match["y2"]), int(match["m2"])), False, *match.span())


def _add(found: list[Span], span: Span | None) -> None:
    if span is not None and not any(span.at < other.to and other.at < span.to for other in found):
        found.append(span)
