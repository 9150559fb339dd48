"""Tells what a sentence affirms from what it denies, wishes for, or only touches: "no experience with", "keen to learn".

A name is not evidence because it is printed; what is said of it decides.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cvsense_async.sandbox.ebsv.whose import clause_start, of_others
from cvsense_async.sandbox.ebsv.words import Word

_KNOWING = r"(?:experience|knowledge|exposure|background|training|understanding|familiarity|skills?|qualifications?|proficiency|expertise)"
_AWAY = re.compile(
    # "no (prior) experience with …", to the end of the clause
    rf"\b(?:no|without|lack(?:s|ing|ed)?(?: of| any)?|never had|not (?:yet )?(?:have|had|got|having|any)|do(?:es)?(?: not|n[o'’]t) have|have(?: not|n['’]t)(?: yet)?(?: had)?|zero) (?:any |much |prior |previous |formal |professional |direct |real |hands-on |commercial |practical |working |the )*(?:{_KNOWING}|worked|used)"
    r"|\bnever (?:used|worked|studied|touched|learn\w+|tried)"
    r"|(?:\bnot|n['’]t) (?:yet |really |ever )?(?:familiar|experienced|know|known|used?|using|work(?:ed)?|touch(?:ed)?|proficient|trained|qualified|certified)\b"
    r"|\b(?:yet|no (?:chance|opportunity|occasion)) to (?:use|work|learn|try|study|touch)"
    r"|\b(?:unfamiliar|inexperienced|untrained|unskilled|unqualified)\b"
    r"|\bnot (?!only\b)(?=[\w+#.]+(?: [\w+#.]+)?,? but\b)"
    r"|\b(?:wrote|writes?|did|do|used?|touch(?:ed)?) (?:none|nothing) (?:of|in|with)\b|\bnone of (?:my|our|the) (?:\w+ )?(?:work|code|projects?|roles?|jobs?|duties|tasks?)\b"
    # wishes
    r"|\b(?:keen|eager|willing|hoping|hopes?|wants?|wish|wishing|aspir(?:e|es|ing)|plan|plans|planning|intend|intending|looking|like|love|ready|excited|aim|aiming|desire|ambition|motivated|able) to (?:learn|study|explore|gain|acquire|start|begin|work|train|obtain|become|get|develop (?:my|skills|knowledge)|move into|transition|take an?|attend|enrol\w*|pursue|specialise|specialize)\b"
    r"|\b(?:would like to|interest(?:ed)? in (?:learning|working|gaining|becoming)|curious about|(?:currently|now|still|am|i['’]m|begun|started) learning|beginner in|about to (?:start|learn)|(?:want(?:ing|s)?|wish(?:ing)?|hope|hoping|ready|time|able) to learn(?: more)?(?: about)?|dream of|looking forward to|aspiring)\b",
    re.IGNORECASE,
)
_SEEKING = re.compile(
    r"\b(?:looking for|seeking|in search of|interested in|to learn(?: more)?(?: about)?|learning about)\b",
    re.IGNORECASE,
)
_SEEKING_AT_WORK = re.compile(
    r"(?:^\W*|\b(?:am|i['’]m|currently|now|actively)\s+(?:very |also |highly )?)(?:looking for|seeking|in search of|interested in|learning about)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    # "no Python experience", "lacked Python skills": what stands between, and no more
    rf"\b(?:no|without|lack(?:s|ing|ed)?|zero)(?: any| prior| previous| formal)? (?:[\w+#.&-]+ ){{1,3}}?{_KNOWING}\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    # "Python was not used", "Python (no experience)": what stands before it in the clause
    r"\b(?:was|were|is|are|has|have)(?: not|n['’]t| never)(?: yet)?(?: been)? (?:used|known|among|part of|learnt|learned|needed|required|one of)\b"
    r"|[(:–-]\s*(?:no|none|zero|without|not)\b(?: any| yet| prior)*(?: (?:experience|knowledge|used|learnt|learned))?\s*(?=[).,;]|$)",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"\b(?:no|not|none|never|without|lack\w*|zero|yet|un(?:familiar|trained|skilled|qualified)|inexperienced)\b|n['’]t\b",
    re.IGNORECASE,
)
_SOFT = re.compile(
    # claims made among work: "familiar with", "basic knowledge of", "supported the team that used"
    r"(?:^\W*|[,;:]\s*(?:and )?)(?:i (?:have|am|had)\s+|had\s+|have\s+)?(?:an? )?(?:(?:some|basic|little|limited|minimal|good|working|fair|sound|general|theoretical|strong|excellent|solid|in-depth|thorough|and)\s+)*"
    r"(?:familiar(?:ity)? with|acquainted with|aware(?:ness)? of|knowledge of|understanding of|exposure to|introduced to)\b"
    r"|\b(?:little|limited|minimal|basic|some) (?:\w+ )?(?:experience|knowledge|understanding|exposure|skills?) (?:with|of|in|to|on)\b"
    r"|\b(?:support|assist|help|shadow|observ|accompani|join)\w*\s+(?:\w+ ){0,4}?(?:team|people|staff|colleagues?|developers?|engineers?|department|managers?|those|group) (?:that|who|which)\b"
    r"|\benrolled (?:in|on|for)\b|\bshadow(?:ed|ing)\b",
    re.IGNORECASE,
)
_IDIOM = re.compile(
    r"(?:\bexcel|^\W*Excel|\b[Ee]xcel(?:s|led|ling))(?= (?:in|at|as|under|within|beyond)\b)|\bgo(?= (?:to|above|over|beyond)\b)|\bword(?= of mouth\b)"
)
_END = re.compile(r"[.;!?](?=\s|$)|\bbut\b|\bhowever\b|\balthough\b|\bwith \d", re.IGNORECASE)


_CUES = frozenset(
    """no without lack lacks lacking lacked never not zero yet unfamiliar inexperienced untrained unskilled unqualified none
    keen eager willing hoping hope hopes want wants wanting wish wishes wishing aspire aspires aspiring plan plans planning
    intend intending looking like love ready excited aim aiming desire ambition motivated able would interest interested
    curious currently now still am i'm i’m begun started beginner about time dream seeking search learning learn familiar
    familiarity acquainted aware awareness knowledge understanding exposure introduced little limited minimal basic some
    against out none rejected ruled passed turned by rather instead over above preference place other others another someone somebody else different contractors
    contractor vendor vendors supplier suppliers agency outsourcer colleague colleagues external outside
    enrolled shadowed shadowing excel excels excelled excelling go word that who which""".split()  # noqa: SIM905
)


def affirmed(text: str, found: Sequence[Word], raw: Iterable[str], *, at_work: bool) -> tuple[list[Word], list[Word]]:
    """The words that a sentence affirms, and those that it only claims ("familiar with"); the denied are in neither.

    At work others are who seek and learn ("helped guests looking for rooms"), unless the sentence begins with it.
    """
    if _CUES.isdisjoint(raw) and "n't" not in text and "n’t" not in text:
        return list(found), []
    away = [*_scopes(_AWAY, text), *_scopes(_SEEKING_AT_WORK if at_work else _SEEKING, text)]
    away.extend(match.span() for match in _IDIOM.finditer(text))
    if _CUE.search(text):
        away.extend(match.span() for match in _BETWEEN.finditer(text))
        away.extend((clause_start(text, match.start()), match.end()) for match in _BEFORE.finditer(text))
    away.extend(of_others(text))
    soft = _scopes(_SOFT, text) if at_work else []
    if not away and not soft:
        return list(found), []
    kept = [word for word in found if not _within(word, away)]
    return [word for word in kept if not _within(word, soft)], [word for word in kept if _within(word, soft)]


def _scopes(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Where what a cue governs stands: from the cue to the end of its clause."""
    found: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        end = _END.search(text, match.end())
        found.append((match.start(), end.start() if end else len(text)))
    return found


def _within(word: Word, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= word.start < end for start, end in spans)
