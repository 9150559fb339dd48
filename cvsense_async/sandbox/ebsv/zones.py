"""Finds the headings of adverts by their shape and their words, and tells what stands under them.

A heading is short, no finished sentence, made of the words with which adverts speak of themselves; what its own words leave open,
the lines under it and the order of the parts decide.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import bisect
import enum
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from cvsense_async.sandbox.ebsv.advertlines import AdvertLine, Mark
from cvsense_async.sandbox.ebsv.advertwords import is_meta, metaness, weigh
from cvsense_async.sandbox.ebsv.cues import Leaning, leaning
from cvsense_async.sandbox.ebsv.marks import importance

_I = re.IGNORECASE


class Zone(enum.StrEnum):
    """What a part of an advert is for."""

    UNKNOWN = "unknown"  # before any heading, or under one that says nothing
    ESSENTIAL = "essential"
    DESIRABLE = "desirable"
    ASKED = "asked"  # requirements, without saying which kind
    DUTIES = "duties"
    SELECTIVE = "selective"  # asked for some positions only
    NOTES = "notes"  # notes on the process, in which a licence may be asked for
    OUTSIDE = "outside"  # pay, benefits, how to apply, the employer, equal opportunity


ASKING = (Zone.ESSENTIAL, Zone.DESIRABLE, Zone.ASKED)
_LONGEST = 14  # words
_LONGEST_TEXT = 110
_SURE = 2.5
_UNLIKELY = -2.0
_LEAST_ALIKE = 2
_SHORT = 5  # words
_LEAST_BLOCKS = 3
_MOSTLY = 0.4
_CLEAR = 2.0
_LIKELY = 1.0
_TOLD = 2.0  # the weight of what stands under a heading
_COUNTER = re.compile(r"^(?:[IVX]{1,4}|\d{1,2}|[A-H])[.):]\s+")
_SELECTIVE = re.compile(r"^\W*selective certification\b", _I)
_LIKE_AN_ITEM = re.compile(
    r"(?:(?:\w+[- ]){0,2}(?:experience|knowledge|skills?|ability|understanding|degree|education|background|familiarity|proficiency|certificate|licen[cs]e|qualification) (?:of|in|with|to|and working|working|as|at|on|using)\b(?! (?:(?:the|this|our) (?:role|job|post|position)|apply|succeed|have))"
    r"|\d|(?:strong(?! (?:candidates|applicants))|excellent|good|proven|solid|sound|exceptional|outstanding|great|demonstrated|able|willing|fluent|familiar|proficient|advanced|relevant) )",
    _I,
)
_LABELLED = re.compile(r":\s+\S")
_ANNOUNCED = re.compile(
    r"\b(?:the following|(?:any|all|some|one|more|each|every one|most) of (?:the following|these|those|this|them)|these|those|below|as follows|this list)\b[^.]{0,20}\.$",
    _I,
)
_UNFINISHED = re.compile(r"(?:\.\.\.|…|:|\?|!|–|-)$")
_OF_YOU = re.compile(r"\W*(?:about you|who (?:you|are you)|you(?:['’]re| are|['’]ve| have)\b)", _I)
_SPOKEN = re.compile(r"\b(?:you|we|i|us|your|our)\b|['’](?:ll|d|ve|re)\b", _I)


def heading_lines(lines: Sequence[AdvertLine]) -> frozenset[int]:
    """The lines that are headings: those told by their own shape and words, and those set like them and unlike the rest."""
    sure = {number for number in range(len(lines)) if _looks(lines, number) >= _SURE}
    sure |= _outline(lines) | _first_of_blocks(lines)
    styles = [_style(lines, number) for number in range(len(lines))]
    held, shared = Counter(styles[number] for number in sure), Counter(styles)
    like = {
        number
        for number, style in enumerate(styles)
        if number
        and style is not None
        and held[style] >= _LEAST_ALIKE
        and held[style] >= _MOSTLY * shared[style]
        and lines[number].mark is Mark.NONE
        and _looks(lines, number) >= 0
        and not _LABELLED.search(lines[number].text)
    }
    return frozenset(sure | like)


def _outline(lines: Sequence[AdvertLine]) -> set[int]:
    """Short lines that are numbered on and on with other lines between them: the headings of an outline."""
    counted: list[int] = []
    for number, line in enumerate(lines):
        if line.number.isdigit() and int(line.number) == len(counted) + 1 and len(line.text.split()) <= _LONGEST:
            counted.append(number)
    apart = [other - one for one, other in itertools.pairwise(counted)]
    return (
        set(counted) if len(apart) >= _LEAST_ALIKE and sorted(apart)[len(apart) // 2] > 1 and min(apart) > 1 else set()
    )


def _first_of_blocks(lines: Sequence[AdvertLine]) -> set[int]:
    """The first lines of the blocks that empty lines part, where all such lines are short: one heading over each list."""
    starts = [number for number, line in enumerate(lines) if line.gap and number]
    blocks = [range(one, other) for one, other in itertools.pairwise([*starts, len(lines)])]
    several = [block for block in blocks if len(block) > 1 and lines[block[0]].mark is Mark.NONE]
    firsts = {block[0] for block in several if _style(lines, block[0]) is not None}
    plain = sum(
        1 for number in firsts if _LIKE_AN_ITEM.match(lines[number].text) or _LABELLED.search(lines[number].text)
    )
    if len(several) < _LEAST_BLOCKS or len(several) < 0.7 * len(blocks) or len(firsts) < 0.8 * len(several) or plain:
        return set()
    return firsts


def _style(lines: Sequence[AdvertLine], number: int) -> tuple[bool | str, ...] | None:
    """How a short line is set; None for what no heading could be."""
    line = lines[number]
    after = lines[number + 1] if number + 1 < len(lines) else None
    if after is None or len(line.text.split()) > _LONGEST or re.search(r"[.;,]$", line.text):
        return None
    return (
        line.gap, after.gap, after.mark is not Mark.NONE, line.text.isupper(), line.heading, line.text.endswith(":"),
        not line.text[:1].isalnum(),
    )  # fmt: skip


def _looks(lines: Sequence[AdvertLine], number: int) -> float:
    """How much a line looks like a heading, by how it is set and worded and by what follows."""
    line = lines[number]
    text = _COUNTER.sub("", line.text).strip()
    words = text.split()
    if (
        not words
        or len(words) > _LONGEST
        or len(text) > _LONGEST_TEXT
        or (number + 1 >= len(lines) and not line.heading)
    ):
        return _UNLIKELY
    if _announces(lines, number):
        text = f"{text[:-1]}:"
    shouted = text.isupper() and len(re.findall(r"[A-Z]", text)) > 3
    if re.search(r"[.;,]$", text) and not re.search(r"(?:\.\.\.|…)$", text) and not shouted:
        return _UNLIKELY
    if line.mark is Mark.BULLET and not line.heading:
        below = number + 1 < len(lines) and lines[number + 1].mark is Mark.BULLET
        return (
            _SURE
            if below and len(words) <= _SHORT and metaness(text) == 1 and weigh(text).firm is not None
            else _UNLIKELY
        )
    if line.mark is Mark.NUMBER and not (line.heading or shouted or text.endswith(":")):
        return _UNLIKELY
    own = metaness(text)
    score = 3.0 * line.heading + 2.0 * (_UNFINISHED.search(text) is not None) + 2.5 * shouted
    score += 1.5 * (max(_all(text)) >= _CLEAR) + 1.0 * (own >= 0.99) + 0.5 * (own >= 0.7)
    score -= 1.0 * (own < 0.5) + 3.0 * (_LIKE_AN_ITEM.match(text) is not None and not line.heading)
    labelled = _LABELLED.search(text)
    score -= 3.0 * (text[0] in "[(")
    score -= 3.0 * (labelled is not None and not line.heading and importance(text[labelled.end() - 1 :]) is None)
    after = lines[number + 1] if number + 1 < len(lines) else None
    if after is not None:
        score += 1.5 * (after.mark is not Mark.NONE and line.mark is Mark.NONE) + 0.5 * (line.gap and not after.gap)
        score += 2.0 * (line.gap and not after.gap and after.mark is not Mark.NONE and line.mark is Mark.NONE)
    score += 0.5 * line.gap + 0.5 * (_SPOKEN.search(text) is not None and own >= 0.85) + 0.5 * text.istitle()
    score += 1.5 * (unicodedata.category(text[0]) == "So")
    alone = len(words) == 1 and not (shouted or line.heading or text.endswith(":") or line.gap)
    return score - 1.0 * alone


def _announces(lines: Sequence[AdvertLine], number: int) -> bool:
    """Whether a finished sentence leads into the list below it ("We would also love to hear about any of these.")."""
    line = lines[number]
    listed = number + 1 < len(lines) and lines[number + 1].mark is not Mark.NONE
    if not (line.text.endswith(".") and listed and line.mark is Mark.NONE):
        return False
    weights = weigh(line.text)
    clear = max(weights.essential, weights.desirable, weights.asked) >= _CLEAR
    return clear or _ANNOUNCED.search(line.text) is not None


def _all(text: str) -> tuple[float, ...]:
    weights = weigh(text)
    return weights.essential, weights.desirable, weights.asked, weights.duties, weights.outside, weights.notes


def zone_of(heading: str, items: Sequence[str], seen: Sequence[Zone], *, strict: bool = False) -> Zone:
    """What a heading opens, by its words, by the lines under it, and by the parts that were `seen` before it."""
    if _SELECTIVE.match(heading):
        return Zone.SELECTIVE
    weights = weigh(heading)
    content = _content(items)
    asks = (
        max(weights.essential, weights.desirable if weights.desirable >= _CLEAR else 0.0) + weights.asked + content.asks
    )
    does = weights.duties + content.does
    else_ = max(weights.outside, weights.notes + 0.5 if weights.notes else 0.0) + content.outside
    if not any(_all(heading)):
        if strict:
            return Zone.UNKNOWN
        return _by_content(heading, content, seen)
    if weights.notes and weights.notes + 0.5 >= weights.outside and else_ >= max(asks, does):
        return Zone.NOTES
    if else_ >= max(asks, does):
        return Zone.OUTSIDE
    if does >= asks:
        return Zone.DUTIES
    if weights.both:
        return Zone.ASKED
    if weights.desirable >= _CLEAR and weights.desirable > weights.essential:
        return Zone.DESIRABLE
    if weights.essential >= _CLEAR:
        return Zone.ESSENTIAL
    spoken = _SPOKEN.search(heading) is not None and weights.asked < 2 * _CLEAR and not _OF_YOU.match(heading)
    if (weights.asked < _CLEAR or spoken) and _asked(seen) and content.asks >= _LIKELY:
        return Zone.DESIRABLE
    if weights.desirable > 1 and _asked(seen):
        return Zone.DESIRABLE
    return Zone.ASKED if weights.asked or content.asks >= _LIKELY else Zone.UNKNOWN


def _asked(seen: Sequence[Zone]) -> bool:
    return any(zone in (Zone.ESSENTIAL, Zone.ASKED) for zone in seen) and Zone.DESIRABLE not in seen


def _by_content(heading: str, content: Leaning, seen: Sequence[Zone]) -> Zone:
    """What stands under a heading whose words say nothing."""
    best = max(content.asks, content.does, content.outside)
    if best < _LIKELY:
        return Zone.UNKNOWN
    if best == content.does:
        return Zone.DUTIES
    if best == content.outside:
        return Zone.OUTSIDE
    return Zone.DESIRABLE if _asked(seen) and len(heading.split()) > 1 else Zone.ASKED


def _content(items: Sequence[str]) -> Leaning:
    leanings = [leaning(one) for one in items[:12]]
    if not leanings:
        return Leaning(0.0, 0.0, 0.0)
    count = len(leanings)
    return Leaning(
        _TOLD * sum(one.asks for one in leanings) / count,
        _TOLD * sum(one.does for one in leanings) / count,
        _TOLD * sum(one.outside for one in leanings) / count,
    )


_STOP = re.compile(r"(?:[.;!?)](?=\s)|\s[-–—|•*](?=\s)|\s{2,})\s*")
_COLON = re.compile(r":(?=\s|$)|(?:\.\.\.|…)(?=\s)|\s[–—-](?=\s)")
_NAME = re.compile(
    r"qualifications?|requirements?|skills?|criteria|experience|responsibilities|duties|competenc(?:y|ies|es)|attributes|knowledge|education|abilities|expertise|haves?|musts?|specification|profile|extras|credentials|benefits|compensation|statement|overview|summary|description",
    _I,
)
_SINGLE = re.compile(
    r"(?:responsibilities|duties|requirements|qualifications|essential|desirable|required|preferred|benefits)\Z", _I
)
_WITHIN = re.compile(
    r"(?<=\w )(?:(?:Minimum|Basic|Required|Essential|Preferred|Desired|Desirable) (?:[Qq]ualifications|[Rr]equirements|[Ss]kills|[Cc]riteria)|Responsibilities|Requirements|Qualifications|Duties)(?= [A-Z0-9])"
)
_SHOUTED = re.compile(r"(?<![\w’'])[A-Z][A-Z'’/-]{2,}(?:,? (?:[A-Z][A-Z'’/-]+|&))*")
_TITLE = 120  # characters in which a heading may stand behind the job's title
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’/-][^\W\d_]+)*|[&/]|,(?= )")
_JOIN = frozenset({"and", "&", "/", ",", "of", "for", "the", "to", "or"})
_MOST_NAMES = 8  # words
_MOST_STARTS = 12


def inline_headings(text: str, *, labels_only: bool = False) -> list[tuple[int, int]]:
    """Headings that stand inside a line ("… Minimum qualifications: BSc. …"): where they start and where their text does."""
    found: list[tuple[int, int]] = []
    both: list[tuple[int, int]] = [*_labels(text), *(() if labels_only else _names(text))]
    for start, end in sorted(both):
        if found and start < found[-1][1]:
            continue
        skip = re.match(r"\s*(?:[:–—-]+\s+|[·•*]\s+)?", text[end:])
        found.append((start, end + (skip.end() if skip else 0)))
    return found


def _labels(text: str) -> list[tuple[int, int]]:
    """Phrases before a colon that read as headings, from the end of the sentence before, or from a capital after it.

    Where two of them stand in a text, others that only may be headings are taken for such.
    """
    found: list[tuple[int, int]] = []
    stops = [0, *(match.end() for match in _STOP.finditer(text))]
    doubtful: list[tuple[int, int]] = []
    for colon in _COLON.finditer(text):
        begin = stops[bisect.bisect_right(stops, colon.start()) - 1]
        phrase = text[begin : colon.start()]
        if len(phrase) > 3 * _LONGEST_TEXT:
            phrase, begin = phrase[-_LONGEST_TEXT:], colon.start() - _LONGEST_TEXT
        starts = [0, *(match.start() + 1 for match in re.finditer(r"\s(?=[\"'“‘(]?[A-Z])", phrase))]
        inner = [(start, phrase[start:].strip()) for start in starts[-_MOST_STARTS:]]
        known = [one for one in inner if metaness(one[1]) == 1 and one[1][:1].isupper()]
        whole = inner[:1] if begin in stops and inner[0][1][:1].isupper() else []
        for start, name in known or whole:
            if is_label(name, full=start == 0, dash=":" not in colon.group()):
                found.append((begin + start, colon.end()))
                break
        else:
            if whole and ":" in colon.group() and _may_be_label(whole[0][1]):
                doubtful.append((begin + whole[0][0], colon.end()))
    enough = len(found) >= _LEAST_ALIKE or len(found) + len(doubtful) > _LEAST_ALIKE
    return [*found, *doubtful] if enough else found


def _may_be_label(phrase: str) -> bool:
    """Whether a phrase before a colon could name a part, in a text that names others in this way."""
    own = metaness(phrase)
    return (
        len(phrase.split()) <= _LONGEST
        and not _LIKE_AN_ITEM.match(phrase)
        and (own >= 0.7 or (own >= 0.4 and _SPOKEN.search(phrase) is not None))
    )


def is_label(phrase: str, *, full: bool, dash: bool = False) -> bool:
    """Whether a phrase before a colon names a part of the advert."""
    words = phrase.split()
    if not words or len(words) > _LONGEST or len(phrase) > _LONGEST_TEXT or _LIKE_AN_ITEM.match(phrase):
        return False
    own, best = metaness(phrase), max(_all(phrase))
    if not is_meta(words[-1].strip("\"'”’),")):
        return False
    if dash and (own < 1 or best < 3):
        return False
    if len(words) == 1:
        return own == 1 and best >= _CLEAR and (full or max(weigh(phrase).outside, weigh(phrase).duties) >= best)
    least = 0.85 if full and len(words) > 3 and not re.search(r"\bif\b", phrase, _I) else 0.99
    return best >= _CLEAR and own >= least


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Names of parts without a colon: a run of such words from a sentence's start, then a capital ("… Preferred qualifications MBA")."""
    stops = {0, *(match.end() for match in _STOP.finditer(text))}
    within = {
        match.start()
        for match in _WITHIN.finditer(text)
        if " " in match.group() or (match.start() < _TITLE and not is_meta(text[: match.start()].split()[-1]))
    }
    for match in _SHOUTED.finditer(text):
        words = match.group().split(" ")
        while words and not is_meta(words[-1].strip(",&").lower()):
            words.pop()
        phrase = " ".join(words).strip(" ,&")
        if not phrase or not re.match(r":?\s+[A-Z0-9•*·]", text[match.start() + len(phrase) :]):
            continue
        if metaness(phrase) == 1 and max(_all(phrase)) >= _CLEAR and (" " in phrase or match.start() in stops):
            yield match.start(), match.start() + len(phrase)
    for stop in sorted(stops | within):
        end, names, count = stop, 0, 0
        last = ""
        for match in _NAME_WORD.finditer(text, stop, stop + _LONGEST_TEXT):
            word = match.group()
            if match.start() - end > 1 or count >= _MOST_NAMES or (word.lower() not in _JOIN and not is_meta(word)):
                break
            if word[:1].isupper() and _NAME.fullmatch(last):
                break
            end, last, count = match.end(), word, count + 1
            names += _NAME.fullmatch(word) is not None
        phrase = text[stop:end]
        follows = re.match(r"\s+(?=[A-Z0-9•*·])", text[end:])
        if not follows or not phrase[:1].isupper() or not _NAME.fullmatch(last):
            continue
        if (count >= 2 and max(_all(phrase)) >= 3 and _of_name(phrase)) or _SINGLE.match(phrase):
            yield stop, end


def is_name(heading: str) -> bool:
    """Whether a heading ends as names do ("Minimum qualifications"), and is no phrase."""
    words = heading.rstrip(" :").split()
    return bool(words) and _NAME.fullmatch(words[-1]) is not None and _of_name(heading)


def _of_name(phrase: str) -> bool:
    return not re.search(r"\b(?:you|we|is|are|in|with|to|of)\b", phrase, _I)


def names_part(text: str) -> bool:
    """Whether a line names a part of an advert, and nothing else."""
    return is_label(text.rstrip(" :"), full=True) and metaness(text) == 1
