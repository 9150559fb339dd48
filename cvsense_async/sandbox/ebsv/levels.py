"""Tells the level of education that a text names, and whether it was reached: a master's answers a bachelor's.

The school is never looked at.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re

from cvsense_async.sandbox.ebsv.document import Month
from cvsense_async.sandbox.ebsv.words import stems

_LEVELS = (
    (5, r"\b(?:ph\.?\s?d|doctorate|doctoral|doctor of|d\.?phil|juris doctor|j\.?d\.?(?=\W|$)|ed\.?d|m\.?d\.?(?=\W|$))"),
    (4, r"\b(?:m[aá]ster(?:['’]?s)?(?=\b)(?! (?:electrician|plumber|of ceremon))|m\.?\s?sc\b|m\.?b\.?a\b|m\.\s?s\b\.?|m\.\s?a\b\.?|\bms(?= in| degree|[,:]| of)|\bma(?= in)|m\.?tech|m\.?ed\b|m\.?eng|m\.?com\b|m\.?phil|m\.?c\.?a\b|postgraduate|magister\b|magistrale\b|laurea specialistica|mgr\.? in[żz]|dipl\.?-?\s?(?:ing|inf|kfm|kffr|math|phys|chem|psych|volksw|oec)\b(?!.{0,30}\(FH\))|dipl[oô]me d['’]ing[ée]nieur|ing[ée]nieur dipl[oô]m[ée]|ma[iî]trise\b|doctorandus|drs\.|graduate degree|advanced degree)"),
    (3, r"\b(?:bachelor(?:['’]?s)?|b\.?\s?sc\b|b\.\s?s\b\.?|b\.\s?a\b\.?|\bbs\b|\bba\b|\bbba\b|b\.?tech|b\.?eng|b\.?e\.(?=\W)|(?-i:BE(?=,| in | \(| [A-Z]))|mbbs\b|m\.b\.?,?\s?b\.?s\b\.?|mb\.?\s?ch\.?\s?b\b|b\.?c\.?a\b|b\.?pharm|b\.?arch|b\.?com\b|b\.?ed\b|bfa\b|ll\.?b|undergraduate degree|four[- ]year (?:degree|college)|college degree|university degree|graduation from|licentiate|b\.?s\.?n\b|diplom-\w|dipl\.?-?\s?(?:ing|inf|kfm|kffr|math|phys|chem|psych|volksw|oec)\b|licen[cs]e (?:en\b|de\b|d['’]|ès\b|professionnelle)(?! ?(?:conduire|conducir|pilot\w*|taxi|chasse|p[êe]che|exploitation|vente))|licenciat\w+|licenciado|licencjat|laurea|(?:grado|graduad[oa]) en\b|ingenier[oa] (?:t[eé]cnic|en|inform|industrial|civil)\w*|in[żz]ynier|in[żz]\.|inż\b|graduated in (?!\d|the\b|(?:january|february|march|april|may|june|july|august|september|october|november|december)\b)|specialist degree)"),
    (2, r"\b(?:associate(?:['’]?s)? (?:degree|of|in)|a\.\s?a\.?s?\b|\baas\b|diploma|hnd\b|foundation degree|apprenticeship|two[- ]year|trade school|vocational|certificate)"),
    (1, r"\b(?:high school|ged\b|secondary school|a[- ]levels?|gcse|abitur|baccalaureate|matriculation|12th)"),
)  # fmt: skip
_ANY = re.compile("|".join(pattern for _, pattern in _LEVELS), re.IGNORECASE)
_COMPILED = tuple((level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _LEVELS)
_HIGH_SCHOOL = re.compile(r"high school|ged\b", re.IGNORECASE)


def level_of(text: str) -> int:
    """The highest level of education that a text names: 5 doctor, 4 master, 3 bachelor, 2 associate or diploma, 1 school; 0 none."""
    if _ANY.search(text) is None:
        return 0
    for level, pattern in _COMPILED:
        if pattern.search(text):
            return 1 if level == 2 and _HIGH_SCHOOL.search(text) else level
    return 0


def least_level(text: str) -> int:
    """The lowest level that a requirement would be content with; a plain "degree" is a bachelor's."""
    found = [level for level, pattern in _COMPILED if pattern.search(text)]
    if found == [1, 2] or found == [2, 1]:
        return 1
    return min(found) if found else 3


_SUBJECTS = tuple(
    (re.compile(rf"\b(?:{pattern})(?=\W|$)", re.IGNORECASE), frozenset(stems(subjects)))
    for pattern, subjects in (
        (r"b\.?s\.?n", "nursing"),
        (r"ll\.?\s?[bm]\.?|j\.?d\.?|juris doctor", "law legal"),
        (r"b\.?\s?com\.?|m\.?\s?com\.?|of commerce", "business commerce"),
        (r"m\.?b\.?a|b\.?b\.?a", "business administration management"),
        (r"b\.?ed|m\.?ed|ed\.?d", "education teaching"),
        (r"b\.?eng|m\.?eng|b\.?e\.|(?-i:BE)|dipl\.?-?\s?ing\.?|in[żz]\.?|in[żz]ynier", "engineering"),
        (r"ing[ée]nieur\w*|ingenier\w+|ingegneria|ingenieurwesen|in[żz]ynieria", "engineering"),
        (
            r"informati(?:k|ca|que|cs)|inform[aá]tica|informatyka|dipl\.?-?\s?inf\.?",
            "computer science information technology",
        ),
        (r"maschinenbau", "mechanical engineering"),
        (r"elektrotechnik|elettronica|electr[oó]nica|électronique", "electrical electronic engineering"),
        (
            r"betriebswirtschaft\w*|bwl|gestion|dipl\.?-?\s?kfm\.?|administraci[oó]n de empresas|zarz[aą]dzanie",
            "business administration management",
        ),
        (r"[ée]conomie|econom[ií]a|volkswirtschaft\w*|vwl|ekonomia", "economics"),
        (r"droit|derecho|giurisprudenza|rechtswissenschaft\w*|jura|prawo", "law legal"),
        (r"physi(?:k|que)|f[ií]sica|fizyka", "physics"),
        (r"mathemati(?:k)|math[ée]matiques|matem[aá]tica|matematyka", "mathematics"),
        (r"medizin|m[ée]decine|medicina|medycyna", "medicine medical"),
        (r"b\.?tech|m\.?tech", "engineering technology"),
        (r"m\.?d\.?|mbbs|m\.b\.?,?\s?b\.?s\.?|mb\.?\s?ch\.?\s?b", "medicine medical"),
        (r"m\.?s\.?w|b\.?s\.?w", "social work"),
        (r"m\.?p\.?h", "public health"),
        (r"b\.?f\.?a|m\.?f\.?a", "fine arts"),
        (r"b\.?c\.?a|m\.?c\.?a", "computer science application"),
    )
)


def subjects_of(text: str) -> frozenset[str]:
    """The subjects that a degree's short name implies ("LL.B": law), as stems."""
    return frozenset(stem for pattern, subjects in _SUBJECTS if pattern.search(text) for stem in subjects)


_UNFINISHED = re.compile(
    r"\b(?:expected|anticipated|projected|estimated|in[- ]progress|on[- ]going|current(?:ly)?|present|pursuing|enrolled|candidate|studying|working (?:towards?|on)|"
    r"towards?|incomplete|not completed|unfinished|did not (?:finish|graduate|complete)|dropped out|withdrew|(?:semester|credit|quarter) hours|credits? (?:earned|hours|completed)|some college|to be completed|no degree)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def unfinished(text: str, today: Month) -> bool:
    """Whether a text says that a course is not ended: "expected 2027", "in progress"; a date gone by is an end."""
    years = [int(year) for year in _YEAR.findall(text)]
    if any(year > today.year for year in years):
        return True
    if _UNFINISHED.search(text) is None:
        return False
    return not (
        years
        and max(years) < today.year
        and re.search(r"\bexpected|\banticipated|\bprojected|\bestimated", text, re.IGNORECASE)
    )


_NOT_HELD = re.compile(
    r"\b(?:work(?:ing)? towards?|in[- ]progress|pursuing|studying|stud(?:y|ies) for|enrolled|preparing for|expected|anticipated|planned|scheduled|"
    r"to be (?:taken|completed)|not (?:yet )?(?:completed|certified|taken)|expired|lapsed|revoked|suspended|candidate)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\b(?:valid (?:until|till|to|through)|expir\w+(?: on| in)?:?|until)\b[^.;]{0,24}?\b((?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def held(text: str, today: Month) -> bool:
    """Whether a certificate that a text names is held today: not one worked towards, and not one that ran out."""
    ended = _ENDED.search(text)
    if ended is not None:
        return int(ended.group(1)) >= today.year
    return _NOT_HELD.search(text) is None
