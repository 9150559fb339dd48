"""Turns text into stemmed words with their places, the coin in which adverts and CVs are compared.

A stemmer of our own, small and cached: the same word must meet itself in every inflection, at microseconds a word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"\.net\b|\b[a-z]&[a-z]\b|[^\W_]+(?:\+\+|#)?(?:['’](?:s|t|re|ve|ll|d|m)\b)?", re.IGNORECASE)
_ACCENTS = str.maketrans("áàâäãåéèêëíìîïóòôöõúùûüçñ", "aaaaaaeeeeiiiiooooouuuucn")

STOP = frozenset(
    _WORD.findall(
        """
    a an the and or of to in for on at by with from as is are was were be been being am it its this that these
    those he she him her his hers they them their theirs we us our ours you your yours i me my mine himself
    herself themselves mr mrs ms miss who whom whose which what when where how why not no nor but if then than
    so too very can could will would shall should may might must do does did done has have had having there here
    all any both each few more most other some such only own same into over under again further once during
    before after above below up down out off about between through per via etc eg ie e g within across along
    upon while also just s t re ve ll d m one two three four five six seven eight nine ten
    """
    )
)
"""Words that carry no content; pronouns and forms of address among them, so that they can never weigh."""

_IRREGULAR = {
    "taught": "teach", "led": "lead", "wrote": "writ", "written": "writ", "built": "build", "sold": "sell",
    "bought": "buy", "grew": "grow", "grown": "grow", "drove": "driv", "driven": "driv", "held": "hold", "kept": "keep",
    "spoke": "speak", "spoken": "speak", "ran": "run", "oversaw": "overse", "overseen": "overse", "oversee": "overse",
    "overseeing": "overse", "taken": "tak", "took": "tak", "won": "win", "brought": "bring", "thought": "think",
    "financial": "financ", "finances": "financ", "maintenance": "maintain", "sales": "sale", "sale": "sale",
    "selling": "sell", "seller": "sell", "analyses": "analy", "compliance": "compli", "comply": "compli",
    "complying": "compli", "compliant": "compli", "strategic": "strateg", "strategy": "strateg",
    "strategies": "strateg", "strategist": "strateg", "pedagogical": "pedagog", "pedagogy": "pedagog",
    "surgical": "surg", "surgery": "surg", "surgeon": "surg", "licence": "licens", "license": "licens",
    "licensure": "licens", "programme": "program", "programmes": "program", "programming": "program",
    "programmer": "program", "negotiable": "negotiabl", "news": "news", "physics": "physics", "species": "species",
    "business": "business", "businesses": "business", "diagnoses": "diagnos", "diagnosis": "diagnos",
    "retail": "retail", "media": "media", "series": "series", "attorney": "attorney", "attorneys": "attorney",
    "nursing": "nurs", "nurse": "nurs", "nurses": "nurs", "catering": "cater", "caterer": "cater", "bakery": "bak",
    "accountancy": "account", "dentistry": "dent", "dental": "dent", "dentist": "dent", "chemistry": "chemic",
    "chemist": "chemic", "chemicals": "chemic", "biologist": "biolog", "biology": "biolog", "biological": "biolog",
    "agriculture": "agricultur", "agricultural": "agricultur", "agronomist": "agronom", "agronomy": "agronom",
    "photographer": "photograph", "photography": "photograph", "aviator": "aviat", "pharmacist": "pharmac",
    "pharmacy": "pharmac", "pharmaceutical": "pharmac", "architectural": "architect", "architecture": "architect",
    "legal": "legal", "theatre": "theater", "centre": "center", "labour": "labor", "behaviour": "behavior",
    "organisational": "organiz", "organizational": "organiz", "organisation": "organiz", "organization": "organiz",
    "scientist": "scienc", "scientific": "scienc", "science": "scienc", "sciences": "scienc",
    "economics": "econom", "economic": "econom", "economist": "econom", "economy": "econom",
    "journalist": "journal", "journalism": "journal", "therapist": "therap", "therapy": "therap",
    "therapies": "therap", "therapeutic": "therap", "counselling": "counsel", "counselor": "counsel",
    "counsellor": "counsel", "counseling": "counsel", "advisor": "advis", "adviser": "advis", "advice": "advis",
    "advisory": "advis", "merchandiser": "merchandis", "merchandising": "merchandis", "merchandise": "merchandis",
}  # fmt: skip
_WHOLE = frozenset(
    _WORD.findall(
        """
    customer computer career partner engineer server paper order power number master center member letter
    counter chapter matter offer later layer river charter manner banner summer dinner former ladder tender
    poster monitor factor major minor motor sector doctor author labor color honor error vector mirror tutor
    water weather leather rubber timber lumber timer meter liter theater character register chamber gender
    quarter semester newsletter computer filter laser fiber cyber user border folder corner voucher butler
    officer soccer cancer freezer never ever thing string spring king ring during morning evening wing sing
    bring mentor building need speed feed seed bed red shed breed weed field
    """
    )
)
_UNDOUBLED = re.compile(r"([bdfgmnprt])\1$")


class Word(NamedTuple):
    """A word of a text: its stem, and where it stands."""

    stem: str
    start: int
    end: int


@lru_cache(maxsize=60_000)
def stem(word: str) -> str:
    """The stem of one word in lower case."""
    known = _IRREGULAR.get(word)
    if known is not None:
        return known
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.startswith("analy"):
        return "analy"
    word = _singular(word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _WHOLE or len(word) <= 3:
        return word
    return _stripped(word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _stripped(word: str) -> str:
    for ending, least in (("ing", 3), ("ed", 3), ("ement", 4), ("ment", 4), ("ness", 4), ("ly", 4)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return _tail(_UNDOUBLED.sub(r"\1", word[: -len(ending)]))
    for ending in ("ional", "ion"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and word[-len(ending) - 1] in "ts":
            return _tail(word[: -len(ending)])
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
            return _tail(_UNDOUBLED.sub(r"\1", word[: -len(ending)]))
    return _tail(word)


def _tail(word: str) -> str:
    if len(word) > 3 and word.endswith("e"):
        return word[:-1]
    if len(word) > 3 and word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word


@lru_cache(maxsize=60_000)
def _stem_of(raw: str) -> str:
    plain = raw.lower().translate(_ACCENTS)
    for mark in ("'", "’"):
        if mark in plain:
            plain = plain.split(mark, 1)[0]
    if raw == "IT":
        return "it"  # the field of work, not the pronoun
    return "" if plain in STOP else stem(plain)


def words(text: str) -> list[Word]:
    """The content words of a text, in order; stop words are left out."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        known = _stem_of(match.group())
        if known:
            found.append(Word(known, match.start(), match.end()))
    return found


def stems(text: str) -> list[str]:
    """The stems of the content words of a text, in order."""
    return [known for raw in _WORD.findall(text) if (known := _stem_of(raw))]


def raw_words(text: str) -> list[str]:
    """All words in lower case as they stand, stop words too: for telling copied text."""
    return [raw.lower() for raw in _WORD.findall(text)]
