"""Knows the headings of adverts and what stands under them.

Most of an advert is told by its headings; where they are missing, the sentences must speak (see `cues`).
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from functools import lru_cache


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


_NAMES: dict[Zone, str] = {
    Zone.ESSENTIAL: r"""
        (?:the )?(?:minimum|min\.?|basic|essential|required|mandatory|must[- ]?haves?|key|core|necessary|key essential)
            (?: (?:job|education|educational|professional|technical|knowledge|position))?
            (?: (?:qualifications?|requirements?|criteria|skills?|experience|competenc(?:y|ies|es)|education|attributes|knowledge|abilities|
            credentials|and|&|,|/|of|the|for|job|role))*
        | requirements?/minimum qualifications? | requirements? and minimum qualifications? | minimum qualifications? and requirements?
        | must[- ]?haves?(?: skills)? | essentials? | what you(?:'ll| will)? (?:must|need to) have | you must have | what is required
        | what(?:'s| is) essential | we require | non[- ]negotiables? | you will need | what you(?:'ll| will)? need(?: to (?:succeed|apply|have))?
        | we need you to have | (?:your |our |the )?(?:must[- ]haves|essentials|non[- ]negotiables) | to (?:be considered|qualify|succeed|be successful|apply|thrive)(?: (?:for|in) (?:this|the) (?:role|job|position))?,? you(?:'ll| will)? (?:must|need to|should|need)(?: (?:have|be))? | you(?:'ll| will) need | who must apply""",
    Zone.DESIRABLE: r"""
        (?:preferred|desired|desirable|additional|bonus|optional|advantageous|nice[- ]to[- ]haves?|plus|ideal)
            (?: (?:job|education|educational|professional|technical))?
            (?: (?:qualifications?|requirements?|criteria|skills?|experience|points?|competenc(?:y|ies|es)|education|attributes|knowledge|
            and|&|,|/|extras?|background|assets?))*
        | nice[- ]to[- ]haves?(?: skills| but not required)? | good to have | pluses | bonus(?: points)?(?: if you(?: have| bring)?| for)? | extra credit
        | (?:it(?:'s| is| would be|'d be)|we(?:'d| would) be) (?:also )?(?:an? (?:plus|bonus|advantage)|great|nice|even better|helpful|useful|delighted|thrilled|happy|impressed)
            (?: if)?(?:,? you(?:(?:'d| would)? (?:also )?(?:have|had|bring|know))?(?: some of)?)? | desirables? | preferences? | would be (?:nice|a plus|an advantage)
        | what would be nice | what(?:'s| is) desirable | we(?:'d| would) (?:also )?love(?: it)?(?: if you(?: also)? (?:have|had)| to see)? | ideally(?: you(?: have| will have|'ll have)?)?
        | an advantage | we also (?:value|like) | extras | what sets you apart | you(?:'ll| will| might| may)? (?:also )?stand out if(?: you(?: have)?)? | (?:even|much) better if(?: you(?: have)?)? | you might also have | it helps if(?: you(?: have)?)?
        | what(?:'s| is) nice to have | advantages | good extras | stand[- ]?out(?: qualifications)?""",
    Zone.ASKED: r"""
        (?:job |position |role |candidate |knowledge, skills,? (?:and|&) |entry |employment |education |license |licensing )?requirements?
        | (?:your |candidate |professional |the |our |job |education (?:and|&) |knowledge (?:and|&) )?qualifications?(?: (?:and|&) (?:experience|requirements?|skills|education))?
        | requirements? (?:and|&) (?:qualifications?|skills)
        | (?:the )?(?:ideal|successful|right) (?:candidate|applicant|person)(?: (?:will have|will|has|should have|must have|profile))?
        | (?:candidate|person|your|applicant|job|the|ideal) (?:profile|specification|spec)
        | (?:about you|who you are|who are you|who we(?:'re| are) looking for|what we(?:'re| are) looking for|we(?:'re| are) looking for
            |what we(?:'d| would)? (?:expect|need|want|look for|like to see)(?: from you)?|what you(?:'ll| will)? (?:bring|have|offer)|you have|you are|you bring
            |what you bring to the (?:table|team|role)|what makes you a (?:great|good) fit|what it takes|you(?:'ll| will)? (?:probably |likely )?(?:have|bring)|who you(?:'ll| will) be|your (?:skills|background|experience|profile|strengths|talents?)|is this you|could this be you|do you have)
        | (?:skills|experience|education|knowledge|abilities|competenc(?:y|ies|es)|expertise|certifications?|licen[cs]es?|languages?|training)
            (?:(?:,? (?:and|&|/) |, |/| )(?:skills|experience|education|knowledge|abilities|competenc(?:y|ies|es)|qualifications?|certifications?|licen[cs]es?
            |languages?|training|requirements?|attributes|required|needed))*
        | (?:technical|professional|soft|personal|key|relevant|work|language|computer|other|special) (?:skills|experience|attributes|requirements|qualities|competencies)
        | selection criteria | criteria | prerequisites | eligibility(?: criteria| requirements)? | we ask for | wanted""",
    Zone.DUTIES: r"""
        (?:the |your |key |main |major |core |primary |principal |essential |job |general |day[- ]to[- ]day |typical |daily |specific |role )*
            (?:duties|responsibilit(?:y|ies)|accountabilit(?:y|ies)|tasks|functions|activities|deliverables)
            (?:(?:,? (?:and|&|/) |/| )(?:duties|responsibilit(?:y|ies)|tasks|functions|accountabilities|performed|include|of the (?:role|position|job)))*
        | (?:about |the |your )(?:the )?(?:role|job|position|opportunity|work|mission|day)(?: (?:description|summary|overview|purpose|itself|involves|in detail))?
        | (?:job|role|position) (?:description|summary|overview|purpose|details|objective|profile|responsibilities) | overview | summary | description | the opportunity
        | what you(?:'ll| will) (?:do|be doing|work on|own) | what (?:will )?you(?:'ll)? do | what the job involves | how you(?:'ll| will) (?:help|contribute|make an impact)
        | in this role(?:,? you(?:'ll| will)?)? | (?:your |a )?(?:typical )?(?:day|week|mission|tasks)(?: to day| in brief)? | you will | you(?:'ll) | a day in the life | what to expect | scope(?: of work)? | your impact | key areas""",
    Zone.SELECTIVE: r"""selective certification""",
    Zone.NOTES: r"""process notes? | notes? | important notes? | please note | special notes? | additional information | conditions of employment | special conditions
        | other information | note to applicants | working conditions | physical (?:demands|requirements)(?: and work(?:ing)? (?:environment|conditions))? | work(?:ing)? environment""",
    Zone.OUTSIDE: r"""
        (?:annual |the |base |starting |hourly |monthly )?(?:salary|pay|wages?|compensation|remuneration|rewards?)(?: (?:range|and|&|benefits|package|details|information))*
        | (?:our |employee |the |your |company |some of our |staff )?(?:benefits?|perks)(?: (?:and|&|include|package|perks|benefits|of working here))* | what we(?:'ll| will| can)? offer(?: you)? | we offer | what(?:'s| is) in it for you | (?:the |your |our )?package | in return(?:,? we(?:'ll| will)? (?:offer|give)(?: you)?)? | why you(?:'ll| will) (?:love|like|enjoy).{0,30} | why (?:join|work).{0,30} | what you(?:'ll| will) (?:get|receive|earn)
        | (?:where|how|when) to apply | to apply | apply(?: now| here| today)? | application (?:deadline|process|procedure|instructions|materials|period|filing) | applications?
        | filing (?:period|deadline)s? | closing date | deadline | next steps | the process | interview process | contact(?: us| information)? | how do i apply\??
        | selection (?:process|procedure) | examination(?: weights?| process| information| score)? | hiring process | recruitment process | expert review committee | qualifications? review | scoring
        | about (?:us|the (?:company|team|organi[sz]ation|employer|department|school|university|firm|agency|city|group)|our (?:company|team)|(?!you\b|your\b|(?:the )?(?:role|job|position|work|opportunity)\b)[A-Z][\w&.]*(?: [A-Z][\w&.]*){0,2}) | who we are | company (?:overview|profile|description|culture|background) | our (?:company|story|values|mission|culture|team|commitment|offer|client) | the (?:company|team|organi[sz]ation|employer|client) | culture | background | introduction
        | (?:an )?equal (?:employment )?opportunit(?:y|ies)(?: employer| statement)? | eeo(?: statement)? | eoe | diversity(?:,? (?:equity,? )?(?:and|&) inclusion)? | disclaimer | accommodations? | privacy(?: notice| policy)? | legal
        | notice | class code.* | open date.* | revised.* | veterans?'? preference | review(?: of the proposed decision)? | appeals? | schedule | hours(?: of work)? | location | job type | employment type | work (?:schedule|hours|location|authorization) | additional pay | this examination .* | department | reports to | start date | contract(?: type| length)? | vacanc(?:y|ies) | job (?:details|type|id|number|code|location|category)""",
}
_ORDER = (Zone.ESSENTIAL, Zone.DESIRABLE, Zone.SELECTIVE, Zone.OUTSIDE, Zone.NOTES, Zone.DUTIES, Zone.ASKED)


def _compiled(names: str) -> re.Pattern[str]:
    alternatives = re.sub(r"\s*\n\s*\|\s+", " | ", names)
    alternatives = re.sub(r"\s*\n\s*", "", alternatives).strip()
    alternatives = re.sub(r"\s+\|\s+", "|", alternatives)
    return re.compile(rf"(?:{alternatives})", re.IGNORECASE)


_WHOLE = {zone: _compiled(names) for zone, names in _NAMES.items()}
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
_COUNTER = re.compile(r"^(?:[IVX]{1,4}|\d{1,2}|[A-H])[.):]\s+")
_TAIL = re.compile(
    r"\s*\((?:optional|cont(?:inued|'?d)?\.?|required|essential|must have|preferred|desirable)\)\s*$", re.I
)
_SENTENCE_END = r"(?:^|(?<=[.;:!?)])\s+|\s{2,}|\s[-–—|•*]\s+)"


@lru_cache(maxsize=4096)
def heading_zone(text: str, *, styled: bool = False) -> Zone | None:
    """The zone that a line opens where the whole line is a heading; UNKNOWN for a heading without a known name."""
    bare = text.strip()
    if len(bare) > 90 or (bare.endswith((".", ";", ",")) and not bare.isupper()):
        return None
    plain = _EDGE.sub("", _COUNTER.sub("", bare.replace("’", "'")))
    tail = _TAIL.search(bare)
    if tail and not styled and not re.fullmatch(r"[\W\w]{3,40}", bare):
        return None
    base = _TAIL.sub("", plain) if tail else plain
    base = _EDGE.sub("", re.sub(r"\s+", " ", base))
    if not base:
        return None
    if tail and re.search(r"prefer|desirab", tail.group(), re.I) and _WHOLE[Zone.ASKED].fullmatch(base):
        return Zone.DESIRABLE
    for zone in _ORDER:
        if _WHOLE[zone].fullmatch(base):
            single = " " not in base and base.islower()
            return None if single and not styled and not bare.endswith(":") else zone
    shouted = base.isupper() and len(base) > 3 and len(base.split()) <= 12
    if styled or (bare.endswith(":") and len(base.split()) <= 9) or shouted:
        return loose_zone(base)
    return None


def named_zone(text: str) -> bool:
    """Whether a whole line is a heading with a known name."""
    base = _EDGE.sub("", text.replace("’", "'"))
    return any(pattern.fullmatch(base) for pattern in _WHOLE.values())


def loose_zone(base: str) -> Zone:
    """The zone of a heading with no known name, by the words in it."""
    low = base.lower()
    for pattern, zone in (
        (r"^why |love (?:it|us|working)|in return|(?:do i|you(?:'ll| will)?) get\b|good stuff", Zone.OUTSIDE),
        (
            r"prefer|desir|nice[- ]to|great if|would be|plus if|bonus|a plus|ideal\b|ideally|advantage|stand out|better if|also (?:have|had|bring)"
            r"|delighted|optional|helps? if|would (?:also )?(?:help|welcome|like|love)|we'd (?:also )?(?:like|love)|\bassets?\b|extra|what else|further|not required",
            Zone.DESIRABLE,
        ),
        (
            r"benefit|salary|remuneration|compensation|perk|apply|application|about us|equal|diversity|we offer|deadline|who we are|join us|process|package"
            r"|\bterms\b|conditions of|contact|statement|hours|environment",
            Zone.OUTSIDE,
        ),
        (
            r"\bdut(?:y|ies)\b|responsib|you(?:'ll| will) (?:do|be|work|spend)|i be doing|the role|day to day|day-to-day|functions|role you(?:'ll| will)|tasks|purpose|mission"
            r"|(?:job|day|week|role|work) looks like|summary|overview",
            Zone.DUTIES,
        ),
        (
            r"minimum|essential|must|require[ds]\b|we require\b|mandatory|you(?:'ll| will)? need|we need|do i need",
            Zone.ESSENTIAL,
        ),
        (
            r"requirement|qualif|looking for|you bring|you have|you(?:'ll| will) (?:have|bring)|about you|criteria|profile|fit if|fit for|expect|you are\b|you're\b",
            Zone.ASKED,
        ),
        (r"skill|experience|education|competenc|knowledge|abilities", Zone.ASKED),
        (r"note", Zone.NOTES),
    ):
        if re.search(pattern, low):
            return zone
    return Zone.UNKNOWN


_INLINE_NAMES = (
    (Zone.ESSENTIAL, r"(?:Minimum|Basic|Essential|Required|Mandatory|Key) (?:qualifications?|requirements?|skills|criteria|experience)(?: and (?:qualifications?|requirements?|skills|experience))?|Must[- ]haves?|Essential(?=:)|Required(?=:)|Essentials(?=:)|You will need(?=:)"),
    (Zone.DESIRABLE, r"(?:Preferred|Desired|Desirable|Additional) (?:qualifications?|requirements?|skills|criteria|experience)(?: and (?:qualifications?|requirements?|skills|experience))?|Nice[- ]to[- ]haves?|Desirable(?=:)|Preferred(?=:)|Bonus points(?: for)?(?=:)|Good to have(?=:)|Bonus(?=:)|Ideally(?=:)"),
    (Zone.DUTIES, r"(?:Key |Main |Job |Your )?(?:Responsibilities|Duties)(?: and (?:responsibilities|duties))?|What you(?:'ll|’ll| will) do|The role(?=:)|Role(?=:)|Job description(?=:)"),
    (Zone.ASKED, r"(?:Job )?Requirements|Qualifications|What you(?:'ll|’ll| will)? (?:bring|need|have)|(?:Who|What) we(?:'re|’re| are) looking for|About you(?=:)|Skills(?=:)|Your profile(?=:)"),
    (Zone.OUTSIDE, r"Benefits(?=:)|What we offer|We offer(?=:)|Salary(?=:)|How to apply|About us|About the company|Perks(?=:)|Equal opportunity employer|To apply(?=[:,])|Location(?=:)|Employment type(?=:)|Compensation(?=:)"),
)  # fmt: skip
_INLINE = re.compile(
    "|".join(f"(?P<{zone.name}>{_SENTENCE_END}(?:{names})(?!\\w))" for zone, names in _INLINE_NAMES), re.IGNORECASE
)


_LABEL = re.compile(r"(?P<name>[A-Z][\w'’/&-]*(?:,? [\w'’/&-]+){0,8}):(?=\s|$)")
_MOST_SUFFIXES = 6


def _labels(text: str) -> Iterator[tuple[int, int, Zone]]:
    """Names of headings with a colon, wherever in a line they stand ("… by hand What you need: a degree")."""
    for match in _LABEL.finditer(text):
        name = match.group("name")
        starts = [0, *(one.start() + 1 for one in re.finditer(r" (?=[A-Z])", name))]
        for start in starts[-_MOST_SUFFIXES:]:
            inner = name[start:]
            zone = heading_zone(f"{inner}:") if named_zone(inner) else None
            if zone is not None and (" " in inner or (zone in (Zone.OUTSIDE, Zone.DUTIES) and match.start() + start)):
                yield match.start() + start, match.start() + len(name), zone
                break


def inline_headings(text: str) -> list[tuple[int, int, Zone]]:
    """Headings that stand inside a line ("… Minimum qualifications: BSc. …"): start, end of the name, and the zone."""
    found: list[tuple[int, int, Zone]] = []
    for start, end, zone in sorted([*_known(text), *_labels(text)]):
        if found and start < found[-1][1]:
            continue
        skip = re.match(r"\s*[:–—-]+\s*", text[end:])
        found.append((start, end + (skip.end() if skip else 0), zone))
    return found


def _known(text: str) -> Iterator[tuple[int, int, Zone]]:
    """Headings of well-known names, with a colon or with a capital after them."""
    for match in _INLINE.finditer(text):
        zone = Zone[match.lastgroup or "UNKNOWN"]
        if not match.group().strip(" -–—|•*")[:1].isupper():
            continue
        after = text[match.end() : match.end() + 3]
        start = match.start()
        colon = after.lstrip()[:1] in (":", "-", "–", "—")
        next_letter = re.match(r"\s+([A-Z0-9•*])", text[match.end() :])
        if not colon and not next_letter:
            continue
        if match.end() >= len(text.rstrip(" :–—-")) and start == 0:
            continue
        yield start, match.end(), zone
