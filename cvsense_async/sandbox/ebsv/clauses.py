"""Cuts an advert's lines into sentences, and a sentence into what it asks: what must be there, and what may stand for what.

"Experience with SQL, R or Python" asks for one of three; "planning, budgeting and forecasting" for all.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re

_ABBREVIATIONS = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|approx|incl|min|max|no|nos|sr|jr|dr|mr|mrs|ms|st|inc|ltd|co|corp|dept|ph|u\.s|u\.k|b\.s|b\.a|b\.e|m\.e|b\.tech|m\.tech|b\.com|m\.com|b\.ed|b\.eng|ll\.b|dipl\.?-ing|m\.s|m\.a|b\.sc|m\.sc|a\.m|p\.m|sec|yr|yrs|exp|tel|ext)\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?](?=[\"'”’)]?\s+[\"'“(]?[A-Z0-9•*£$€])|[.!?](?=[A-Z][a-z])")
_INITIAL = re.compile(r"(?:^|[A-Z][\w.]*\s)[A-Z]\.$")

_SAYS = re.compile(
    r"[^\W\d_]{2}|(?<!\w)[^\W\d_](?:\+\+|#)|^\W*[CDJRV]\W*$"
)  # a word, or a language's name of one letter


def sentences(text: str) -> list[str]:
    """The sentences of a line, as they stand."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        before, after = text[start : match.end()], text[match.end() : match.end() + 6]
        if _ABBREVIATIONS.search(before) or _INITIAL.search(before):
            continue
        glued = match.group() == "." and after[:1].isupper()
        if glued and not re.search(r"[a-z]{3}\.$", before) and not re.match(r"[A-Z][a-z]{4}", after):
            continue  # "ASP.Net"
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [one for one in found if _SAYS.search(one)]


_EQUAL = re.compile(r"or (?:an? )?(?:equivalent|comparable|similar|related|relevant|other|any|its)\b", re.IGNORECASE)
_OF_THEM = re.compile(r"(?:at least )?\w+ of (?:them|these|those|which)\b", re.IGNORECASE)


def parts(sentence: str, *, alone: bool) -> list[str]:
    """The items of a sentence that is a list parted by semicolons: by two of them, or by one where the sentence is `alone`."""
    cut = [one.strip() for one in re.split(r";\s+(?:and\s+)?(?![^(]*\))", sentence)]
    cut = [one for one in cut if _SAYS.search(one)]
    choices = [_EQUAL.match(one) is not None for one in cut]
    items = [one.removeprefix("or ").strip() for one in cut]
    for number in range(len(choices) - 1, 0, -1):
        if choices[number]:
            items[number - 1 : number + 1] = [f"{items[number - 1]}; or {items[number]}"]
    for number in range(len(items) - 1, 0, -1):
        if _OF_THEM.match(items[number]):
            items[number - 1 : number + 1] = [f"{items[number - 1]}; {items[number]}"]
    chosen = any(one.startswith("or ") and not choice for one, choice in zip(cut, choices, strict=True))
    if chosen or len(items) < (2 if alone else 3):
        return [sentence]
    return items


_PAREN = re.compile(r"\(([^()]*)\)")
_EXAMPLES = re.compile(r"\b(?:such as|e\.g\.?|for example|including|like|i\.e\.?)\b[:,]?", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:,|;|/(?!\w*\d)|\band/or\b|\bor\b)\s*", re.IGNORECASE)
_OR = re.compile(r"\b(?:or|and/or)\b|/", re.IGNORECASE)
_EQUIVALENT = re.compile(
    r",?\s*\(?\bor (?:an? |the )?(?:equivalent|related|similar|comparable|relevant|other|closely related|combination)\b[^.;)]*\)?|\bor equivalent\b",
    re.IGNORECASE,
)


_LONGEST = 400  # letters
_WITHIN = re.compile(
    r"^(?P<whole>.*?\b\d{1,2}\+?\s*(?:years?|yrs)\b.*?)[,;]?\s*(?:(?:with|and|including|of which|of them)\s+)+"
    r"(?P<part>(?:at least|a minimum of|no less than|minimum)?\s*\d{1,2}\+?)\s*(?P<unit>years?|yrs)?\s*"
    r"(?:of (?:them|which|those|that|experience)\s+)?(?P<what>(?:in|with|of|as|on|working|using|leading|managing)\b.+)$",
    re.IGNORECASE,
)


def years_within(sentence: str) -> list[str]:
    """A number of years and another within it as two requirements ("10 years of sales, with at least 2 in retail")."""
    match = _WITHIN.match(sentence) if len(sentence) <= _LONGEST else None
    if match is None:
        return [sentence]
    return [match["whole"].strip(), f"{match['part'].strip()} {match['unit'] or 'years'} {match['what'].strip()}"]


def equivalent(sentence: str) -> bool:
    """Whether "or equivalent" (practical experience) is let stand for what is asked."""
    return bool(
        re.search(
            r"equivalent|in lieu|or (?:relevant|comparable) (?:practical |work )?experience|combination of education",
            sentence,
            re.IGNORECASE,
        )
    )


def alternatives(sentence: str) -> tuple[str, tuple[str, ...]]:
    """What must be there in any case, and the alternatives of which one is enough (none: there is no choice)."""
    text = _EQUIVALENT.sub(" or other ", sentence)
    examples: list[str] = []
    for match in _PAREN.finditer(text):
        inside = match.group(1)
        if _EXAMPLES.match(inside.strip()) or inside.count(",") >= 1 or _OR.search(inside):
            examples.extend(part for part in _SPLIT.split(_EXAMPLES.sub("", inside)) if part)
    text = _PAREN.sub(" ", text)
    if examples:
        return text, _cleaned(examples)
    shown = re.search(r"\b(?:such as|e\.g\.?|for example|like)\b[:,]?\s*([^.;]+)", text, re.IGNORECASE)
    if shown:
        head = text[: shown.start()]
        items = _cleaned(re.split(r"\s*(?:,|;|\band/or\b|\bor\b|\band\b)\s*", shown.group(1), flags=re.IGNORECASE))
        return head, items
    if not re.search(r"\b(?:or|and/or)\b", text, re.IGNORECASE):
        return text, ()
    head, items = _or_list(text)
    return (text, ()) if len(items) == 1 and text.rstrip(" .").endswith(" or other") else (head, items)


def _or_list(text: str) -> tuple[str, tuple[str, ...]]:
    """An "a, b or c" in the sentence: the words before it and after it are needed in any case."""
    match = re.search(r"\b(?:and/or|or)\b", text, re.IGNORECASE)
    if match is None:
        return text, ()
    before, after = text[: match.start()].rstrip(" ,"), text[match.end() :]
    last = re.match(r"\s*([^,.;]+)", after)
    tail = after[last.end() :] if last else ""
    last_item = (last.group(1) if last else "").strip()
    closing = re.search(r"\s(?:to|in|within|for|with|at|is|are|that|who|required|preferred)\s", last_item + " ")
    if closing and closing.start() > 0:
        tail = last_item[closing.start() :] + " " + tail
        last_item = last_item[: closing.start()]
    items = re.split(r"\s*,\s*|\s+(?:or)\s+", before)
    size = max(1, min(4, len(last_item.split())))
    kept: list[str] = []
    head: list[str] = []
    for number, item in enumerate(reversed(items)):
        tokens = item.split()
        first = number == len(items) - 1
        cue = _lead_in(tokens)
        if first or len(tokens) > size + 4 or cue:
            take = len(tokens) - cue if cue else min(len(tokens), size)
            kept.append(" ".join(tokens[-take:]) if take else "")
            head = tokens[:-take] if take else tokens
            rest = items[: len(items) - 1 - number]
            head = ", ".join(rest).split() + head
            break
        kept.append(item)
    return " ".join(head) + " " + tail, _cleaned([*reversed(kept), last_item])


_CUES = frozenset(re.findall(r"\w+", "in with of using as for to a an the working on at by from include speak"))


def _lead_in(tokens: list[str]) -> int:
    """How many words of an item lead into the list ("experience with SQL": two)."""
    for place in range(len(tokens) - 1, -1, -1):
        if tokens[place].lower() in _CUES and place < len(tokens) - 1:
            return place + 1
    return 0


def _cleaned(items: list[str]) -> tuple[str, ...]:
    out: list[str] = []
    for item in items:
        plain = re.sub(
            r"^(?:and|or|other|etc\.?)\s+|\s*\betc\.?$", "", item.strip(" .,:;-–"), flags=re.IGNORECASE
        ).strip(" .")
        if plain and not re.fullmatch(
            r"(?:other|others|similar|related|etc|any|more|related fields?|other solutions?|equivalent)",
            plain,
            re.IGNORECASE,
        ):
            out.append(plain)
    return tuple(out)
