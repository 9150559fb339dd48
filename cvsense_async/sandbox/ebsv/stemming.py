"""Takes words back to what all their forms share: "resolution" and "resolved" to one stem, and either spelling.

Rules of our own instead of a library's: those at hand make one of "engine" and "engineer", and two of "resolve" and
"resolution". What differs in meaning stays apart (market and marketing, account and accounting).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files


@cache
def _known() -> dict[str, str]:
    """The stems of words that no rule leads to theirs."""
    found: dict[str, str] = {}
    for line in (files("cvsense_async.sandbox.ebsv") / "forms.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            found.update((word, _tail(word)) for word in line.split()[1:])
        elif not line.startswith("#"):
            stem, forms = line.split(":")
            found.update((form, stem) for form in forms.split())
    return found


_IZE = re.compile(
    r"^((?:re|un|de|dis)?(?:organ|optim|recogn|priorit|util|maxim|minim|special|final|custom|standard|summar|categor|author|sanit"
    r"|modern|real|capital|central|digit|digital|visual|normal|vital|monet|computer|initial|mobil|personal|stabil|steril"
    r"|synchron|general|formal|global|local|rational|harmon|token|item|apolog|critic|econom|fertil|hospital|industrial"
    r"|jeopard|material|memor|neutral|popular|public|regular|social|virtual|serial|anonym|emphas|analys|catalys|hypothes|synthes))"
    r"is(?=e|ing|ation|er)"
)
_OUR = re.compile(r"^(behavi|col|fav|flav|harb|hon|lab|neighb|rum|endeav|vap|arm|hum|od|parl|sav|sp|tum|val|vig)our")
_UNDOUBLED = re.compile(r"(?<=..)([bdgmnprt])\1$|(?<=....)(l)l$")
_FROM_AT = re.compile(r"(?<=[^aeo])at$")
_ATE = re.compile(r"at(?:e[drs]?|ing|ion|ional|ive|or|ory)$")


@lru_cache(maxsize=60_000)
def stem(word: str) -> str:
    """The stem of one word in lower case, without accents."""
    same = _known()
    known = same.get(word)
    if known is not None:
        return known
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.startswith("analy"):
        return "analy"
    word = _OUR.sub(r"\1or", _IZE.sub(r"\1iz", _singular(word)))
    known = same.get(word)
    if known is not None or len(word) <= 3:
        return known or word
    bare = _stripped(word)
    if bare.endswith("ificat"):
        bare = bare[:-3]  # certificate, certification: certify
    elif len(bare) >= 6 and _ATE.search(word):
        bare = _tail(_FROM_AT.sub("", bare))  # negotiate, negotiation; prepare, preparation
    return same.get(bare, bare)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _stripped(word: str) -> str:
    if word.endswith(("mental", "ural")) and len(word) > 6:
        word = word[:-2]  # environmental, cultural
        if word in _known():
            return _known()[word]
    if word.endswith("eed"):
        word = word[:-1]  # agreed
    for ending, least in (("ing", 3), ("ed", 3), ("ement", 4), ("ment", 4), ("ness", 4), ("ly", 4)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return _tail(_unioned(_single(word[: -len(ending)])))
    word = _unioned(word)
    for ending, least in (
        ("isory", 4), ("atory", 4), ("ician", 4), ("ical", 3), ("ance", 4), ("ant", 5), ("ive", 4), ("ity", 4),
        ("ist", 4), ("ism", 4), ("er", 3), ("or", 4),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= least:
            if ending in ("ical", "ician"):
                return word[: -len(ending)] + "ic"
            if ending in ("isory", "atory"):
                return word[:-3]
            if ending == "ive" and word[-4] not in "ts":
                continue
            if ending == "or" and word[-3] not in "tso":
                continue
            return _tail(_single(word[: -len(ending)]))
    return _tail(word)


def _unioned(word: str) -> str:
    for ending in ("ional", "ion"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and word[-len(ending) - 1] in "ts":
            return word[: -len(ending)]
    return word


def _single(word: str) -> str:
    """Without the doubling of the last letter that an ending brings ("planned")."""
    return word[:-1] if _UNDOUBLED.search(word) else word


def _tail(word: str) -> str:
    if len(word) > 5 and word.endswith("ll"):
        return word[:-1]  # install and instal, enroll and enrol
    if len(word) > 3 and word.endswith("e"):
        return word[:-1]
    if len(word) > 3 and word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word
