"""Reads who a CV speaks of, as far as it is plain: nothing is guessed that a reader could not point at.

Contacts never enter the score; a wrong name in a report is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cvsense_async.sandbox.ebsv.document import Contact, Section, SectionKind
from cvsense_async.sandbox.ebsv.headings import kind_of
from cvsense_async.sandbox.ebsv.namelike import names_tools
from cvsense_async.sandbox.ebsv.roles import JOB

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-])")
_PHONE = re.compile(r"(?<![\w/.-])(?:\+|00)?\(?\d[\d\s().\u2011\u2013/-]{7,20}\d(?![\w/])")
_DATE_LIKE = re.compile(r"(?:19|20)\d\d\s*[-–/]|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b")
_YEARS = re.compile(r"(?:\D*(?:19|20)\d\d\D*){2,}")
_WORD = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]*)*\Z")
_LABEL = re.compile(
    r"\b(?:location|address|residence|city|based in|wohnort|adresse|domicile)\s*[:\-]\s*([^|•;:]{3,60}?)\s*"
    r"(?=\b(?:birth\w*|date|phone|mobile|e-?mail|tel|languages?|linked\w*|dob|nationality|git\w*|skype|age)\b|[|•;]|$)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?<![\w])((?:[A-Z][\w'’.-]+ ){0,2}[A-Z][\w'’.-]+),"
    r"\s*([A-Z]{2}\b(?:\s+\d{5})?|[A-Z][a-z]+(?: [A-Z][a-z]+)?)(?![\w])"
)
_STREET = re.compile(r"\b(?:street|st|road|rd|avenue|ave|lane|drive|blvd|way|suite|apt|straße|rue)\b", re.IGNORECASE)
_REFEREE = re.compile(
    r"\b(?:referees?|references?\s*[:\-–]|reference from|line manager|supervisor\s*[:\-–]|(?:emergency|next of kin)\b)",
    re.IGNORECASE,
)
_LINES_OF_A_REFEREE = 3
_PARTICLES_IN_NAMES = (
    "af al ap av ben bin bint da de del della den der di do dos du el ibn la le los mac ní nic ó op san ten ter und "
    "van vom von y zu zum zur"
)
_PARTICLES = frozenset(_PARTICLES_IN_NAMES.split())
_ASIDE = re.compile(r"\s*\([^()]{2,30}\)\s*")
_TITLES = re.compile(r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|eng|dipl\.?-ing)\.?\s+)+", re.IGNORECASE)
_LETTERED = re.compile(
    r"(?:,?\s+(?:ph\.?d|m\.?sc|b\.?sc|m\.?a|b\.?a|mba|m\.?eng|b\.?eng|rn|cpa|esq|jr|sr|ii|iii|iv|obe|mbe)\b\.?)+$",
    re.IGNORECASE,
)
_TURNED = re.compile(r"([^\W\d_][^,]{0,30}),\s*([^\W\d_][^,]{0,30})")
_NOT_NAMES = frozenset(
    [
        "curriculum",
        "vitae",
        "resume",
        "résumé",
        "cv",
        "confidential",
        "page",
        "university",
        "college",
        "company",
        "inc",
        "ltd",
        "llc",
        "gmbh",
    ]
)


def contact_of(sections: Sequence[Section]) -> Contact:
    """Name and place from what stands before the first heading or under "Contact".

    E-mail and phone come from anywhere but the references and lines that name a referee: those are other people's.
    """
    heads = [section for section in sections if section.kind is SectionKind.HEADER]
    top = [line.text for section in heads for line in section.lines[:15] if not line.hidden]
    names = [line.text for section in heads if not section.title for line in section.lines[:2] if not line.hidden]
    seen = [text for section in sections if section.kind is not SectionKind.REFERENCES for text in _own(section)]
    seen = [*top, *seen]  # what stands at the top comes first, wherever the section is that it was read from
    email = next((match.group() for text in seen if "@" in text for match in [_EMAIL.search(text)] if match), None)
    phone = next((found for text in [*seen[: len(top) + 12], *seen[-12:]] if (found := _phone(text))), None)
    location = next((found for text in top if (found := _place(text))), None)
    return Contact(name=_name(names, bool(email or phone)), email=email, phone=phone, location=location)


def _own(section: Section) -> Iterator[str]:
    """The lines of a section that do not speak of a referee, nor follow right under one who is named there."""
    referee = 0
    for line in section.lines:
        referee = _LINES_OF_A_REFEREE if _REFEREE.search(line.text) else referee - 1
        if not line.hidden and referee <= 0:
            yield line.text


def _phone(text: str) -> str | None:
    for match in _PHONE.finditer(text):
        number = match.group().strip(" .-/")
        digits = sum(letter.isdigit() for letter in number)
        if 8 <= digits <= 15 and not _DATE_LIKE.search(number) and not _YEARS.fullmatch(number):
            return number
    return None


def _place(text: str) -> str | None:
    labelled = _LABEL.search(text)
    if labelled:
        return labelled.group(1).strip(" ,.") or None
    if len(text) > 120:
        return None
    match = _PLACE.search(text)
    while match is not None:
        taken = JOB.search(match.group()) or _STREET.search(match.group()) or names_tools(match.groups())
        if match.group() != "City, State" and not taken:
            return match.group()
        match = _PLACE.search(text, match.start(2))
    return None


def is_name(text: str) -> bool:
    """Whether a line can be a person's name: two to five capitalised words that name no section and no job.

    Particles ("van", "de la") may be in small letters; titles, pronouns in brackets and letters after it are no part.
    """
    text = _bare_name(text)
    words = text.split()
    if not 2 <= len(words) <= 5 or len(text) > 40 or kind_of(text) is not None or JOB.search(text):
        return False
    if any(word.lower() in _NOT_NAMES or not _WORD.match(word) for word in words):
        return False
    own = [word for word in words if word not in _PARTICLES]
    return 2 <= len(own) <= 4 and words[-1] in own and all(word[0].isupper() for word in own)


def _bare_name(text: str) -> str:
    """A name without what people put around it, the given name first ("OKAFOR, Ada (she/her)": Ada OKAFOR)."""
    text = _TITLES.sub("", _ASIDE.sub(" ", text).strip())
    text = _LETTERED.sub("", text).strip(" ,")
    turned = _TURNED.fullmatch(text)
    if turned is not None and turned.group(1).isupper() and not turned.group(2).isupper():
        return f"{turned.group(2).strip()} {turned.group(1).strip()}"
    return text


def _name(top: Sequence[str], reachable: bool) -> str | None:
    for number, text in enumerate(top):
        line = _ASIDE.sub(" ", text).strip()
        bare = _bare_name(line)
        first = (
            bare
            if "," not in bare and _TURNED.fullmatch(line)
            else re.split(r"\s*[|,•]\s*|\s{2,}", line, maxsplit=1)[0].strip()
        )
        labelled = re.match(r"(?:name|full name)\s*:\s*(.+)", first, re.IGNORECASE)
        name = _bare_name(labelled.group(1) if labelled else first)
        if is_name(name) and (labelled or reachable or not name.isupper()):
            return name
        if number == 0 and reachable and name.islower() and len(name.split()) < 4 and is_name(name.title()):
            return name
    return None
