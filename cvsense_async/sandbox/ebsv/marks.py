"""Parts what a sentence asks from the words that only say how firmly: marks such as "(required)", and frames such as "… is a plus".

"Experience with Kafka would be an advantage" asks for Kafka; an advantage is nothing that a CV could show.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

import attrs

from cvsense_async.sandbox.ebsv.advertwords import is_meta, is_waiver, metaness, weigh
from cvsense_async.sandbox.ebsv.cues import leaning

_I = re.IGNORECASE
_LONGEST_MARK = 8  # words
_FARTHEST = 160  # characters from the end, in which a mark may begin
_LONGEST_FRAME = 40  # words
_BRACKETED = re.compile(r"[\s,;–—-]*[\[({]\s*([^()\[\]{}]{1,60}?)\s*[\])}]\W*$")
_AFTER = re.compile(r"\s*(?:[,;|:]|\s[-–—]+|\.\.\.|…)\s+(?=[^;|:–—]{2,70}$)")
_PREDICATE = re.compile(
    r"[\s,:]+(?=(?:is|are|isn['’]t|aren['’]t|would|will|['’]d|could|can|may|might|should|must|being|while|counts?|gives?|earns?|helps?|sets?|makes?|not|though|although|but|if|preferably|ideally|"
    r"(?:(?:strongly|highly|very|much|most) )?(?:required|needed|preferred|desired|desirable|essential|mandatory|necessary|helpful|advantageous|beneficial|useful|optional|welcome|appreciated|valued|expected)\b(?!\s\w)|"
    r"an? (?:(?:big|huge|strong|definite|distinct|real|added|clear|must|nice|great) )*(?:plus|bonus|asset|advantage|benefit|merit|must|must-have|prerequisite|requirement|necessity|nice)\b)\b)",
    _I,
)
_NO_MARK = re.compile(r"(?:as|when|where|if|and|or)\s+(?:and when )?(?:required|needed|necessary|appropriate)\W*$", _I)
_WHEN = re.compile(r"\b(?:before|after|during|within|until|when|where|while|by|at)\b", _I)
_FRONT = re.compile(
    r"\s*(?:[\[({]\s*([^()\[\]{}]{1,40}?)\s*[\])}]\s*[:–—-]?|([^:–—()\[\]]{2,50}?)\s*(?:[:–—]|\s-))\s+(?=\S)"
)
_CODE = re.compile(r"\s*[\[(]?([A-Z])\d{1,2}[\])]?[.:)]?\s+(?=\S)")
_WORDS = {
    "must": True, "need": True, "should": False, "could": False, "would": False, "nice": False, "want": False, "req'd": True, "reqd": True, "req": True, "ess": True,
    "pref": False, "prefd": False, "des": False, "opt": False}  # fmt: skip
_LETTER = re.compile(r"(?:\s*[\[(]\s*([A-Z])\s*[\])]|\s+[-–—|]\s*([A-Z])|\t\s*([A-Z]))\s*[.;]?\s*$")
_MEANING = {"E": True, "M": True, "R": True, "D": False, "P": False, "O": False, "N": False}
_LEGEND = re.compile(
    r"^\W*(?P<star>\(?\*\)?|[^.:]{0,60}\b(?:asterisks?|stars?|starred)\b|[^.:]{0,40}\(?\*\)?\s)[^.]{0,80}$", _I
)

_TAKING = frozenset(
    re.findall(
        r"\w+",
        "have has had having got need needs require requires bring brings show shows demonstrate demonstrates possess possesses hold holds see lack demands demand",
    )
)
_TOWARDS = frozenset({"with", "by", "for", "on", "without", "of"})
_LINKS = frozenset(
    re.findall(
        r"[\w']+",
        """to you you'll you've also if who those people person candidates candidate applicants applicant that they either ideally preferably the following this role job position post must should will would need all of these be able
    someone somebody anyone any it we us our at least in addition have has had as well furthermore a an""",
    )
)
_ASKED_OF = re.compile(
    r"\b(?:you|you['’]\w+|candidates?|applicants?|applications?|those|people|person|individual|someone|somebody|hire|post|position|role|job|colleague|they|it)\b",
    _I,
)
_BY_US = re.compile(r"\b(?:we|us|our|we['’]\w+)\b", _I)
_PAIRS = frozenset({("interested", "in"), ("point", "to"), ("way", "around"), ("us", "is"), ("you", "is")})
_SOUGHT = frozenset(
    re.findall(
        r"\w+",
        """experience experienced knowledge ability abilities skill skills background degree qualification qualifications education training understanding competence competency competencies expertise proficiency
    certification certificate licence license licences licenses aptitude commitment willingness interest success evidence record passion enthusiasm proof""",
    )
)
_TOKEN = re.compile(r"\S+")
_CUE_FIRST = re.compile(
    r"\W*(?:an? |the )?(?:prerequisite|advantage|requirement|condition|nice|bonus|extra|points?|marks|plus|musts?|need|required|preferred|preference|desirable|essential|ideally|preferably|priority|great|good|helpful|useful|it|there)\b",
    _I,
)
_DOING = re.compile(r"\b(?:will|['’]ll) (?:also )?(?:hold|bring|show|see|lead|demonstrate)\s*$", _I)
_HAVING = re.compile(r"\b(?:have|possess|show|demonstrate|need)\s*$", _I)
_WE_FIND = re.compile(
    r"(?:we|you)(?: would| will| should|['’]d|['’]ll)?(?: also)? (?:find|have|bring|see|like to see|hold)\s+", _I
)
_DENIES = re.compile(r"\bnot\b|n['’]t\b", _I)
_PARTICLE = re.compile(r"(?:not|no longer|to|up|out|down|together|in|about|on|forward|off|over)\b", _I)
_LEAST_LEFT = 2  # letters


@attrs.frozen
class Marked:
    """A sentence without its marks and frames."""

    text: str
    mark: bool | None  # what a mark set apart says: essential, or desirable
    firm: bool | None  # what the words around say
    framed: bool  # whether the sentence says that it asks
    waived: bool = False  # whether it says that it does not ("… is not required")


def marked(sentence: str) -> Marked:
    """Takes marks and frames from a sentence; what is left is what it asks."""
    mark: bool | None = None
    firm: bool | None = None
    text = sentence.strip()
    for cut in (_front, _tail):
        rest, said = cut(text)
        if said is not None and _says_something(rest):
            text, mark = rest, said if mark is None else mark
            break
    rest, said = _predicate(text)
    waived = mark is None and said is False and is_waiver(text[len(rest) :])
    if said is not None:
        firm = said
        text = rest if _says_something(rest) else text
    rest, framed, said = _frame(text)
    if framed and _says_something(rest):
        text = rest[:1].upper() + rest[1:]
        firm = said if firm is None else firm
    return Marked(text, mark, firm, framed or firm is not None, waived)


def _says_something(text: str) -> bool:
    return len(re.findall(r"[^\W\d_]", text)) >= _LEAST_LEFT


def importance(phrase: str) -> bool | None:
    """What a mark says: essential, or desirable; None where it is no mark."""
    word = phrase.lower().strip(" .!*")
    if word in _WORDS:
        return _WORDS[word]
    if not phrase or len(phrase.split()) > _LONGEST_MARK or metaness(phrase) < 1 or _NO_MARK.match(phrase):
        return None
    weights = weigh(phrase)
    return weights.firm if max(weights.essential, weights.desirable) > weights.duties else None


def _tail(text: str) -> tuple[str, bool | None]:
    bracket = _BRACKETED.search(text, max(0, len(text) - _FARTHEST))
    if bracket:
        said = importance(bracket.group(1))
        if said is not None:
            return text[: bracket.start()], said
    for match in _AFTER.finditer(text, max(0, len(text) - _FARTHEST)):
        tail = text[match.end() :].strip(" .!-–—|")
        said = importance(tail)
        if said is not None and not _SOUGHT & set(re.findall(r"\w+", tail.lower())):
            return text[: match.start()].rstrip(" ,;|:-–—"), said
    return text, None


def _front(text: str) -> tuple[str, bool | None]:
    match = _FRONT.match(text)
    if match is None:
        return text, None
    said = importance(match.group(1) or match.group(2))
    return (text[match.end() :], said) if said is not None else (text, None)


def _predicate(text: str) -> tuple[str, bool | None]:
    """Cuts "… would be an advantage, though not required", and says what it says."""
    for match in _PREDICATE.finditer(text, max(0, len(text) - _FARTHEST)):
        tail = text[match.end() :].strip(" .!")
        if (
            not match.start()
            or ";" in text[: match.start()]
            or _NO_MARK.match(tail)
            or _WHEN.search(tail)
            or len(tail.split()) > 2 * _LONGEST_MARK
        ):
            continue
        if metaness(tail) == 1:
            said = weigh(tail).firm
            if said is not None:
                return text[: match.start()].rstrip(" ,;:-–—"), said
    return text, None


def _frame(text: str) -> tuple[str, bool, bool | None]:
    """The sentence after "You must have …", whether it began so, and how firmly."""
    end = 0
    linked = True
    before = ""
    for match in itertools.islice(_TOKEN.finditer(text), _LONGEST_FRAME):
        word = match.group().lower().replace("’", "'").strip(",.:;!()\"'")
        if not word or word in _SOUGHT or not is_meta(word) or (not linked and end):
            break
        if (
            word in _TAKING
            or word in _TOWARDS
            or (word in ("is", "are", "be") and not end and before not in ("it", "there") and _CUE_FIRST.match(text))
            or (before, word) in _PAIRS
            or (word == "be" and before in ("must", "should", "to", "you'll"))
        ):
            end, linked = match.end(), True
        elif end:
            linked = word in _LINKS
        before = word
    alone = re.match(r"(?:ideally|preferably)\b[,:]?\s+", text, _I)
    if alone and end < alone.end():
        return _WE_FIND.sub("", text[alone.end() :]), True, False
    frame, rest = text[:end], text[end:].lstrip(" :")
    if _DOING.search(frame) and weigh(frame).firm is None and leaning(rest[:1].upper() + rest[1:]).asks < 1.5:
        return text, False, None
    if not end or _PARTICLE.match(rest) or not _is_frame(frame):
        return text, False, None
    firm = weigh(frame).firm
    if firm is False and _DENIES.search(frame):
        rest = re.split(r",? (?:but|though|although)\b", rest)[0]
    return rest, True, firm


def _is_frame(frame: str) -> bool:
    weights = weigh(frame)
    if weights.duties > max(1.0, weights.essential, weights.desirable) and not _HAVING.search(frame):
        return False
    if weights.firm is not None and _CUE_FIRST.match(frame):
        return True
    if _ASKED_OF.search(frame):
        return re.search(r"\b(?:they|it)\b", frame, _I) is None or _BY_US.search(frame) is None
    return _BY_US.search(frame) is not None and (weights.asked > 0 or weights.firm is not None)


def letters(lines: Sequence[str]) -> frozenset[str]:
    """The letters with which the lines of an advert are marked ("(E)", "(D)"): two kinds at least, or one often."""
    counted = Counter(letter for line in lines if (letter := _letter(line)) is not None)
    known = {letter: count for letter, count in counted.items() if letter in _MEANING}
    both = {_MEANING[letter] for letter in known} == {True, False}
    return frozenset(known) if both and len(counted) == len(known) else frozenset()


def by_letter(text: str, known: frozenset[str]) -> tuple[str, bool | None]:
    """A line without its letter, and what the letter says."""
    letter = _letter(text)
    if letter is None or letter not in known:
        return text, None
    code, match = _CODE.match(text), _LETTER.search(text)
    if code:
        return text[code.end() :], _MEANING[letter]
    return (text[: match.start()] if match else text), _MEANING[letter]


def _letter(text: str) -> str | None:
    match = _CODE.match(text) or _LETTER.search(text[-12:])
    return next((one for one in match.groups() if one), None) if match else None


def star(text: str) -> bool | None:
    """What a star means, where a line explains it ("* = desirable", "those marked with an asterisk are essential")."""
    text = text.rstrip(" .")
    if len(text.split()) > 16 or not _LEGEND.match(text):
        return None
    after = re.sub(r"^.*?(?:\*|asterisks?|stars?|starred)", "", text, count=1, flags=_I)
    if metaness(re.sub(r"asterisk\w*|starred|criteri\w+|items?|denotes?|indicates?|means?", "", after, flags=_I)) < 1:
        return None
    first = re.split(r"[,;]|\bothers?\b|\brest\b|\bremain", after, flags=_I)[0]
    return weigh(first).firm
