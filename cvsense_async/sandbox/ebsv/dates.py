"""Finds the time spans that people write into CVs: "01/2010 to Current", "Jan 2010 – Present", "2010-2013".

A year alone is taken as its middle, so that "2010-2013" counts 36 months, as a reader would.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import attrs

from cvsense_async.sandbox.ebsv.document import Month

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro styczeń stycznia sty января",
        "february feb februar feber février févr fév febrero febbraio februari fevereiro fev luty lutego lut",
        "march mar märz mrz maerz mars marzo maart mrt março marzec marca",
        "april apr avril avr abril abr aprile kwiecień kwietnia kwi",
        "may mai mayo maggio mag mei maio maj maja",
        "june jun juni juin junio giugno giu junho czerwiec czerwca cze",
        "july jul juli juillet juil julio luglio lug julho lipiec lipca lip",
        "august aug août aout agosto ago augustus sierpień sierpnia sie",
        "september sept sep septembre septiembre settembre set setembro wrzesień września wrz",
        "october oct oktober okt octobre octubre ottobre ott outubro out październik października paź",
        "november nov novembre noviembre novembro listopad listopada lis",
        "december dec dezember dez décembre déc diciembre dic dicembre dezembro grudzień grudnia gru",
    ),
    start=1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))
_SEASONS = {
    "winter": 1,
    "hilary": 1,
    "lent": 1,
    "trinity": 5,
    "michaelmas": 10,
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
_SEASON = r"(?:early|mid|late|winter|spring|summer|fall|autumn|hilary|lent|trinity|michaelmas|q[1-4])"
_POINT = (
    rf"(?:"
    rf"(?:\b\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?)?(?<![^\W\d_])(?:{_NAME})(?![^\W\d_])[.,]?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?,\s*)?(?:of\s+)?[-/']?\s?(?:{_YEAR}|['’`]?\d\d(?![\d/.]))"
    rf"|(?<![^\W\d_]){_SEASON}\b(?:\s+(?:term|semester|quarter))?[\s,/-]*(?:of\s+)?{_YEAR}"
    rf"|\b\d{{1,2}}\s?[/.-]\s?(?:\d{{1,2}}\s?[/.-]\s?)?{_YEAR}(?!\d)"
    rf"|\b{_YEAR}[\s,]\s?(?:{_NAME})\b(?!\.?,?\s*(?:{_YEAR}|\d\d?,))"
    rf"|\b{_YEAR}[/.](?:0?[1-9]|1[0-2])(?:[/.]\d{{1,2}})?(?!\d)"
    rf"|\b{_YEAR}-(?:0[1-9]|1[0-2])(?:-\d{{2}})?(?![\d])"
    rf"|\b{_YEAR}(?!\d)"
    rf")"
)
_NOW = (
    r"(?:(?:up\s+)?(?:to|till|until)\s+)?(?:th(?:e|is)\s+)?(?:present(?:\s+(?:day|time))?|pres|currently\s+working|current(?:ly)?|now|today|to\s*date|"
    r"todate|date|day|ongoing|on-going|still(?:\s+(?:in\s+post|employed|working|there|here|going|serving|active))?|"
    r"heute|jetzt|aktuell|dato|derzeit|gegenwärtig|laufend|"
    r"présent|aujourd['’]hui|ce\s+jour|en\s+cours|actuellement|maintenant|actualidad|actual|actualmente|(?:la\s+)?fecha|en\s+curso|hoy|"
    r"presente|oggi|attuale|attualmente|in\s+corso|heden|nu|atual|obecnie|teraz|nadal|dziś|(?:chwili\s+)?obecnej)\b"
)
_DASH = r"(?:â€[“”\"]|ï¼|[-\u2010-\u2015\u2212~→➔⇒]+|\u00b7)"
_JOIN = (
    rf"(?:\s*{_DASH}\s*|\s*\b(?:to|until|till|til|through|thru|bis|à|a|ad|au|al|hasta|fino|tot|do)\b\s*(?:{_DASH}\s*)?"
    r"|\s*/\s*)"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b[.,]?\s+)?"
_RANGE = re.compile(
    rf"(?P<a>{_POINT})(?:\s*[,;]?\s*\)?(?P<join>{_JOIN})|\s*[,;]\s*(?=still\b)|\s+|(?<=\d)(?=[^\W\d_]))\(?\s*{_WEEKDAY}(?P<b>{_POINT}|(?P<now>{_NOW}))",
    re.IGNORECASE,
)
_SHORT = re.compile(rf"\b(?P<m>{_NAME})\b\.?\s*(?:{_DASH}|to)\s*(?P<b>\b(?:{_NAME})\b[.,]?\s*{_YEAR})", re.IGNORECASE)
_YY_RANGE = re.compile(rf"\b(?P<y>{_YEAR})\s*[-\u2013/]\s*(?P<s>\d\d)(?!\d|[-/.]\d)")
_MMYY = re.compile(
    rf"(?<![\d/])(?P<m1>0?[1-9]|1[0-2])/(?P<y1>\d\d)\s*(?:{_JOIN})\s*(?:(?P<m2>0?[1-9]|1[0-2])/(?P<y2>\d\d)(?![\d/])|(?P<now>{_NOW}))",
    re.IGNORECASE,
)
_APOSTROPHES = re.compile(
    rf"(?<!\w)['’`](?P<y1>\d\d)(?:{_JOIN}|\s+)(?:['’`](?P<y2>\d\d)(?!\d)|(?P<b>{_POINT})|(?P<now>{_NOW}))",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})\s?[/.-]\s?(\d{{1,2}})\s?[/.-]\s?{_YEAR}(?!\d)")
_SINCE = re.compile(
    rf"\b(?:since|from|starting|seit|ab|depuis|desde|dal|sinds|od|as\s+of)\s*:?\s*(?P<a>{_POINT})|(?P<c>{_POINT})\s*(?:onwards?|/?\s*{_DASH}\s*(?=$|\)|\|))",
    re.IGNORECASE,
)
_SINGLE = re.compile(_POINT, re.IGNORECASE)
_PRODUCT = re.compile(
    r"\b(?:windows|servers?|office|exchange|sql|sharepoint|studio|word|excel|access|outlook|autocad|iso|visio|project|in|of)\W{0,3}\Z",
    re.IGNORECASE,
)
_FOUR = re.compile(r"(?<!\d)(?:1[0-8]\d\d|20[5-9]\d|2[1-9]\d\d|[3-9]\d\d\d)(?!\d)")
_APOSTROPHE = re.compile(r"['’`]\d\d")
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
    pauses: tuple[range, ...] = ()
    """Months between the stretches of which it is made ("2012 - 2014 and 2016 - 2018"), by their index."""


def month_first(texts: Iterable[str]) -> bool:
    """Whether a document's dates in figures have the month before the day, as one of them shows that can be no other.

    Where none shows it, or they do not agree, the day comes first.
    """
    pairs = [(int(one), int(two)) for text in texts for one, two in _DAY_MONTH.findall(text)]
    return any(two > 12 >= one for one, two in pairs) and not any(one > 12 >= two for one, two in pairs)


@lru_cache(maxsize=1024)
def spans(text: str, *, month_leads: bool = False) -> tuple[Span, ...]:
    """The time spans written in a text, in the order they stand; none overlaps another.

    With `month_leads` dates in figures have the month before the day; so have those of a text that shows it itself.
    """
    if not _DIGITS.search(text):
        return ()
    found: list[Span] = []
    for match in _MMYY.finditer(text):
        _add(found, _two_digit(match))
    month_leads = month_leads or ("/" in text and month_first([text]))
    for match in _RANGE.finditer(text):
        _add(found, _range(match, month_leads))
    if _APOSTROPHE.search(text):
        for match in _APOSTROPHES.finditer(text):
            _add(found, _of_two_digits(match))
    for match in _SHORT.finditer(text):
        end = point(match["b"], end=True)
        if end is not None:
            _add(found, Span(Month(end.year, _MONTHS[match["m"].lower()]), end, False, *match.span()))
    for match in _YY_RANGE.finditer(text):
        year, last = int(match["y"]), int(match["s"])
        if last > year % 100:
            _add(found, Span(Month(year, 7), Month(year - year % 100 + last, 6), False, *match.span()))
    for match in _SINCE.finditer(text):
        start = point(match["a"] or match["c"], end=False, month_leads=month_leads)
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


def point(text: str, *, end: bool, month_leads: bool = False) -> Month | None:
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
        else:  # day and month in either order: Europe's, unless that cannot be, or the document shows another
            month, other = (small[0], small[1]) if month_leads else (small[1], small[0])
            month = month if month <= 12 else other
    if month is None:
        month = 6 if end else 7
    return Month(year, month) if 1 <= month <= 12 else None


def _is_year(text: str) -> bool:
    return re.fullmatch(_YEAR, text.strip()) is not None


def _range(match: re.Match[str], month_leads: bool) -> Span | None:
    first, second = match["a"], match["b"]
    if (
        match["join"] is None
        and _is_year(first) != (match["now"] is None and _is_year(second))
        and match["now"] is None
    ):
        return None
    start = point(first, end=False, month_leads=month_leads)
    if start is None:
        return None
    if match["now"]:
        return Span(start, None, True, *match.span())
    end = point(second, end=True, month_leads=month_leads)
    if end is None:
        return None
    if _is_year(first) and _is_year(second) and start.year == end.year:
        start, end = Month(start.year, 4), Month(end.year, 9)
    elif _is_year(first) and start.year == end.year:
        start = Month(start.year, 1)
    elif _is_year(second) and start.year == end.year:
        end = Month(end.year, 12)
    return Span(start, end, False, *match.span())


def _full(text: str) -> int:
    """The year that two digits stand for."""
    return 2000 + int(text) if int(text) < 50 else 1900 + int(text)


def _two_digit(match: re.Match[str]) -> Span:
    start = Month(_full(match["y1"]), int(match["m1"]))
    if match["now"]:
        return Span(start, None, True, *match.span())
    return Span(start, Month(_full(match["y2"]), int(match["m2"])), False, *match.span())


def _of_two_digits(match: re.Match[str]) -> Span | None:
    """A span of years that are written with an apostrophe ("'98-'03")."""
    start = Month(_full(match["y1"]), 7)
    if match["now"]:
        return Span(start, None, True, *match.span())
    end = Month(_full(match["y2"]), 6) if match["y2"] else point(match["b"], end=True)
    return Span(start, end, False, *match.span()) if end is not None and end >= start else None


_AND = re.compile(r"\s*(?:[,;/&+]|\b(?:and|und|et|y|e|en|i|then|again)\b|\s)*\s*\(?", re.IGNORECASE)


def together(text: str, found: Sequence[Span]) -> Span:
    """The first span of a text, and with it those that only a comma or an "and" parts from it: two spans of one job."""
    whole = found[0]
    stretches = [whole]
    for span in found[1:]:
        if not _AND.fullmatch(text[whole.to : span.at].strip(")")):
            break
        stretches.append(span)
        whole = attrs.evolve(whole, to=span.to)
    if len(stretches) == 1:
        return whole
    stretches.sort(key=lambda span: span.start)
    pauses = [
        range(one.end.index + 1, two.start.index)
        for one, two in itertools.pairwise(stretches)
        if one.end is not None and one.end.index + 1 < two.start.index
    ]
    last = stretches[-1]
    return attrs.evolve(whole, start=stretches[0].start, end=last.end, current=last.current, pauses=tuple(pauses))


_IMPOSSIBLE = re.compile(
    rf"{_POINT}\s*{_JOIN}\s*(?:(?:{_NAME})\b[.,]?\s*|\d{{1,2}}[/.]){{0,2}}(?:1[0-8]\d\d|20[5-9]\d|2[1-9]\d\d|[3-9]\d\d\d)(?!\d)",
    re.IGNORECASE,
)


def is_impossible(text: str) -> bool:
    """Whether a span of a short line ends in a year that nobody can have worked in ("May 2015 - May 2105")."""
    return len(text) <= 110 and _FOUR.search(text) is not None and _IMPOSSIBLE.search(text) is not None


def _add(found: list[Span], span: Span | None) -> None:
    if span is not None and not any(span.at < other.to and other.at < span.to for other in found):
        found.append(span)
