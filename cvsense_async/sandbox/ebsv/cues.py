"""Tells from a sentence alone whether it asks something of a candidate, how firmly, and what kind of thing.

Headings say most; these patterns serve adverts without them, and sort out what strayed under the wrong one.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import enum
import re

import attrs

_I = re.IGNORECASE


class Kind(enum.StrEnum):
    """What a requirement asks for."""

    SKILL = "skill"
    EXPERIENCE = "experience"
    YEARS = "years"  # years of work, and nothing said of what kind
    DEGREE = "degree"
    LICENCE = "licence"
    LANGUAGE = "language"
    TRAIT = "trait"  # how a person is: hardly to be shown in a CV, so it weighs little


_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_COUNT = r"(?:\d{1,2}(?:\.\d)?|" + "|".join(_NUMBERS) + r")"
YEARS = re.compile(
    rf"\b(?P<n>{_COUNT})\s*(?:\(\s*\d{{1,2}}\s*\)\s*)?(?P<plus>\+)?\s*(?:(?:-|–|to|or)\s*(?P<m>{_COUNT})\s*)?\+?\s*(?:or more |full |plus )?"
    rf"(?P<unit>year|yr|month)s?(?:['’]s?)?\b(?!\s+(?:old|of age|program|degree|college|course|apprenticeship|contract|term)|-old)",
    _I,
)
DEGREE = re.compile(
    r"\b(?:bachelor(?:['’]?s)?|master(?:['’]s)?(?= degree|['’]s| of| in| or|,)|masters|associate(?:['’]?s)? degree|doctorate|doctoral|ph\.?\s?d|"
    r"m\.?b\.?a|b\.?sc|m\.?sc|b\.?a\.?/b\.?s|ba/bs|b\.?s\.?/b\.?a|b\.?s\.?/m\.?s|bs|ms(?= degree| or| in)|b\.?tech|b\.?eng|m\.?eng|(?:under|post)?graduate degree|"
    r"university degree|college degree|advanced degree|four[- ]year degree|degree|diploma|ged|graduation from|graduate of|juris doctor|j\.d|"
    r"(?:semester|quarter) units|coursework|apprenticeship|a[- ]levels?|gcses?|abitur|completion of .{0,40}(?:course|program|study))\b",
    _I,
)
LICENCE = re.compile(
    r"\b(?:licen[cs]e[ds]?|licensure|certificat(?:e|ion)s?|certified|registration as|registered (?:nurse|professional)|accreditation|"
    r"chartered|clearance|pmp|cpa|cfa|acca|cissp|cdl|permit)\b",
    _I,
)
_LANGUAGE_NAMES = (
    "english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian|mandarin|cantonese|chinese|japanese|korean|"
    "arabic|hebrew|turkish|hindi|urdu|bengali|punjabi|tamil|telugu|swedish|norwegian|danish|finnish|czech|slovak|hungarian|romanian|"
    "bulgarian|greek|serbian|croatian|thai|vietnamese|indonesian|malay|tagalog|swahili|welsh|farsi|persian|bahasa|sign language|latvian|lithuanian|estonian"
)
LANGUAGE_NAME = re.compile(rf"\b(?:{_LANGUAGE_NAMES})\b", _I)
_LANGUAGE = re.compile(
    rf"\b(?:fluen\w+|speak\w*|spoken|native|bilingual|proficien\w+|read and write|write and speak|command|language\w*|communicate|written|knowledge of|business[- ]level)\b.{{0,60}}\b(?:{_LANGUAGE_NAMES})\b"
    rf"|\b(?:{_LANGUAGE_NAMES})\b.{{0,40}}\b(?:fluen\w+|speak\w*|spoken|native|language|proficien\w+|required|essential|idiomatic\w*|written|[abc][12])\b",
    _I,
)
_TRAIT = re.compile(
    r"\b(?:self[- ](?:starter|motivated|starting|driven|directed)|motivated|passion\w*|enthusias\w+|proactive|organi[sz]ed|detail[- ]oriented|"
    r"attention to detail|team[- ]?player|team[- ]?work\w*|interpersonal|communication skills|communicator|communicate|listening|work ethic|"
    r"flexib\w+|adaptab\w+|reliable|punctual|positive attitude|friendly|creative thinker|strategic(?:ally)? (?:think\w*|focused)|"
    r"problem[- ]solv\w+|critical thinking|analytical (?:skills|thinking|mindset)|multi[- ]?task\w*|deadlines?|ambiguity|fast[- ]paced|under pressure|"
    r"independently|initiative|leadership (?:skills|qualities)|negotiat\w+ skills|time management|presentation skills|"
    r"curio\w+|empath\w+|integrity|energetic|results[- ](?:driven|oriented)|organi[sz]ational skills|people skills|"
    r"collaborat\w+|build(?:ing)? (?:strong )?relationships|willing(?:ness)? to|eager|resilien\w+|resourceful|confident|tact(?:fully)?|work well|"
    r"quick(?:ly)? learn\w*|sense of humou?r|customer[- ]focused|cross[- ]functional\w*|mindset|attitude|comfortable)\b",
    _I,
)
_DESIRABLE = re.compile(
    r"\b(?:prefer(?:red|ably|ence)|desir(?:able|ed)|nice[- ]to[- ]have|(?:is|are|be|as|considered|seen as)?\s?(?:a|an) (?:big |huge |strong |definite |real |added )?(?:plus|bonus|asset|advantage)|"
    r"advantageous|beneficial|ideally|would be (?:great|good|nice|helpful|useful|welcome|ideal|an? )|helpful|not (?:required|essential|mandatory|necessary) but|but not (?:required|essential|necessary|mandatory)|"
    r"optional|bonus points?|welcome(?:d)? but|is welcome|highly regarded|we(?:['’]d| would) love|extra credit|good to have|a merit|it(?:['’]s| is) (?:great|good|nice) if)\b",
    _I,
)
_ESSENTIAL = re.compile(
    r"\b(?:must(?:[- ]have)?|required|requires?|essential|mandatory|necessary|need(?:ed)? to|you(?:['’]ll| will) need|minimum(?: of)?|at least|prerequisite|non[- ]negotiable)\b",
    _I,
)
_ASKS = re.compile(
    r"\b(?:experience(?:d)?|background|knowledge|understanding|familiar(?:ity)?|proficien\w+|fluen\w+|expertise|ability|abilities|able to|capab\w+|capacity|"
    r"skill(?:s|ed)?|aptitude|track record|competen\w+|demonstrated|proven|strong|excellent|exceptional|outstanding|solid|hands[- ]on|comfortable|"
    r"degree|diploma|licen[cs]e|certifi\w+|qualif\w+|graduate|eligib\w+|enrolled|interest in|passion\w*|literate|expert|exposure to|command of|grasp of|commitment to|"
    r"willing(?:ness)?|eager|motivated|organi[sz]ed|self[- ]\w+|proactive|legally|authori[sz]ed to|right to work|track-record|holder of|understand|desire to|drive to|flexib\w+|availab\w+|previous)\b",
    _I,
)
_OPENS_ASK = re.compile(
    r"^(?:(?:a|an|the|your|some|any|good|very good|great|sound|strong|excellent|exceptional|outstanding|solid|deep|broad|proven|demonstrated|extensive|prior|previous|relevant|recent|working|in-depth|effective|advanced|basic|thorough|hands[- ]on|significant|considerable|practical|professional|extremely|highly|minimum|at least|track)\W+)*"
    r"(?:experience|experienced|knowledge|understanding|familiarity|familiar|proficien\w+|proficient|fluen\w+|expertise|ability|able|capab\w+|capacity|skills?|skilled|aptitude|track record|competen\w+|"
    r"bachelor|master|ba|bs|ba/bs|mba|phd|degree|diploma|licen\w+|certifi\w+|qualif\w+|currently enrolled|passion\w*|interest|comfort\w*|command|exposure|background|record|written|verbal|communication|analytical|interpersonal|organi[sz]\w+|self-\w+|proactive|"
    r"must|you(?:['’]ll| will)? (?:have|need|must|are|possess|should|can|know|(?:bring|hold|love|enjoy)(?=.{0,60}\b(?:experience|degree|licen|certif|qualif|knowledge|skill|understanding|background|passion|abilit)))(?! (?:up|together|about|in|down|responsible|going|not)\b)|we(?:['’]re| are) looking for|we (?:need|require|expect|ask|want|seek)|candidates? (?:must|should|will have|with|who)|applicants? (?:must|should|will have|with|who)|"
    r"the (?:ideal|successful|right) (?:candidate|applicant|person)|someone (?:who|with)|sense of|attention to|willing\w*|motivated|team player|enthusias\w+|driven|detail|creative|valid|completion|graduation|eligib\w+|legally|legal right)\b",
    _I,
)
_VERBS = re.findall(
    r"\S+",
    """
    accept act adapt adjust administer adopt advertise advise advocate agree align allocate analyse analyze answer anticipate apply appoint arrange articulate assemble assess assign assist assure attend attract audit author automate balance
    bake book brief bring build buy calculate calibrate call care carry catalogue chair challenge champion check clean close coach code collaborate collect combine commission communicate compile complete compose conceive conduct configure
    consult contribute control convert convince cook cooperate coordinate co-ordinate counsel cover create cultivate cut deal debug decide define delegate deliver demonstrate deploy design detect determine develop devise diagnose direct dispatch dispense
    display distribute document draft draw drive earn edit educate effect empower enable encourage enforce engage enhance ensure enter establish estimate evaluate examine execute expand experiment explain explore extend facilitate feed file find fix follow
    forecast foster fulfil fulfill gather generate give greet grow guide handle have help hire hold host identify implement improve increase influence inform initiate inspect install integrate interact interpret interview introduce
    inventory investigate issue join keep launch lay lead learn lift liaise listen load log look maintain make manage map mark maximise maximize measure meet mentor migrate model moderate monitor motivate move navigate negotiate observe obtain
    onboard operate optimise optimize orchestrate order organise organize originate overhaul oversee own pack participate partner perform persuade pick pilot pitch plan position prepare present prevent prioritise prioritize process procure produce
    program project promote propose protect prototype provide publish purchase push query raise receive recommend reconcile record recruit redesign reduce refactor refer register regulate relay repair replace reply report represent research resolve
    respond restock review rewrite roll run safeguard scale schedule scope score screen script secure select sell send serve service set shape share ship sign simplify solve sort source spearhead spot staff stand standardise standardize steer stock
    store strengthen structure study submit supervise supply support sustain synthesise synthesize tackle take talk teach tell tend test track train transcribe transform translate transport treat triage troubleshoot turn type understand undertake
    unload update upgrade upsell use utilise utilize validate verify visit wash watch weigh welcome work write
""",
)
_DO = "|".join(sorted(_VERBS, key=len, reverse=True))
_OPENS_DUTY = re.compile(
    r"^(?:you(?:['’]ll| will|['’]d| would)(?! need| have| bring| be able| possess| hold| come| show)|(?:the|this) (?:role|position|job|incumbent|post ?holder|person|[a-z ]{3,30}) (?:will|is responsible|involves|performs|reports|works|supports|supervises|plans)|responsib\w+ for|"
    rf"(?:to )?(?:\w+ly )?(?:{_DO})\b(?! (?:of|in|for|skills?|experience|knowledge|background|qualification|degree|certificat\w+|licen\w+|ethic|permit|history|record)\b|[-:,]))",
    _I,
)
_OPENS_DOING = re.compile(rf"^(?:(?:{_DO})(?:e?s|ing)|\w{{4,}}ing (?:the|a|an|and|our|with|on|to|of|all)\b)", _I)
_OF_US = re.compile(r"^(?:we|our|at [A-Z]\w+,? we|here)\b|\b(?:we|our|us)\b", _I)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|will|can|do|does|lies?|runs?|makes?|helps?|builds?|offers?|goes|looks after|believes?)\b",
    _I,
)
_OUTSIDE = re.compile(
    r"\b(?:equal (?:employment )?opportunit|without regard to|regardless of|discriminat|reasonable accommodation|benefits? (?:include|package)|401\(?k|paid (?:time off|vacation|holiday)|"
    r"dental|life insurance|competitive salar|salary (?:is|of|range|from)|per (?:annum|hour)|pro rata|e-?mail (?:us|your|a)|apply (?:now|online|here|today|by|via|through|to)|send (?:your|us)|submit (?:your|an|a)|click|"
    r"closing date|deadline for applications|application (?:form|deadline|process)|applications? (?:must|will|are)|interviews? (?:will|are)|background check|drug (?:test|screen)|"
    r"we are an?\b|founded in|\btrusted by\b|our (?:mission|clients|customers|values|culture)\b|join (?:us|our)|about us|https?://|www\.|@\w|covid|visa sponsorship|no agencies|"
    r"examination|eligible list|questionnaire|supplemental|disqualif|will be (?:notified|considered|evaluated|scheduled|required to (?:complete|submit|provide|file))|reserve list|civil service|charter section|appointed to vacanc|at the time of (?:filing|appointment)|"
    r"\bpension\b|bonus scheme|we (?:\w+ly )?welcome|encouraged to apply|by applying|days?['’]? (?:of )?(?:annual )?(?:leave|holiday)|annual leave|informal (?:chat|discussion|enquir\w+)|relocation (?:package|assistance|support)|allowance|staff meals|share of tips|applicants of every|all backgrounds|hours are|days off|company car|training (?:is|will be) (?:provided|given)|we (?:offer|provide)|you(?:['’]ll| will) (?:get|receive|enjoy|earn)|start date|\bsponsorship\b|pass an? .{0,50}(?:physical|polygraph|medical|drug|background|screening|check)|(?:candidates|applicants)\b.{0,60}\b(?:file|scheduled|invited|rated)\b|\bpanel may\b|full[- ]time,? (?:permanent|position)|hours per week|perks)|(?<!\w)(?<!over )(?<!of )(?<!than )[£$€]\s?\d+(?:[.,]\d+)*k?\s?(?:per|an?\b|-|–|to\b|plus|p\.?a|doe|/)|(?<!\w)(?<!over )(?<!of )(?<!than )[£$€]\s?\d+,\d{3}",
    _I,
)
_SEEKS = re.compile(r"\b(?:looking for|seeking|seeks|hiring|recruiting|in need of|searching for)\b", _I)
_OF_WHOM = re.compile(
    r"\b(?:experience\w*|who|skill\w*|knowledge|degree|qualified|certified|licen\w+|abilit\w+|fluent|years?|background)\b",
    _I,
)
LICENCE_NOTE = re.compile(
    r"(?:licen[cs]e|registration|certificat(?:e|ion)|registered)\b[^.]{0,160}\b(?:is|are) required|(?:must (?:have|possess|hold|obtain|be registered))\b[^.]{0,100}(?:licen[cs]e|certificat|registration|registered)",
    _I,
)


_LONGEST = 400  # letters of a sentence that is looked at for who is spoken of
_WHO_ELSE = r"(?!(?:you|your|candidates?|applicants?|someone|somebody|ideally|the (?:ideal|successful|right))\b)"
_YEARS_OF = r"\d{1,3}\+?\s+(?:years?|yrs|months?)\b"
_OF_EMPLOYER = re.compile(
    rf"^(?:with|after|for|having|boasting|building on|drawing on|backed by)\b[^,]{{0,60}}{_YEARS_OF}"
    rf"[^,]{{0,80}},\s*{_WHO_ELSE}(?:the |our )?[\w&.'’-]+(?: [\w&.'’-]+){{0,5}}? (?:is|are|has|have|was|were|helps?|provides?|serves?|designs?|makes?|builds?|offers?|delivers?|works?|leads?|supports?|employs?|operates?|supplies)\b"
    rf"|\b(?:we|our (?:team|company|firm|people|staff|engineers|consultants|founders)|us)\b[^.]{{0,60}}\b(?:have|has|with|bring|brings|share|over|for)\b[^.]{{0,40}}{_YEARS_OF}"
    rf"|\b(?:average|combined|collective)\b[^.]{{0,40}}{_YEARS_OF}"
    rf"|\b(?:established|founded|trading|in business|operating|serving)\b[^.]{{0,40}}\b(?:for|over)\b[^.]{{0,20}}{_YEARS_OF}"
    rf"|\b(?:contract|duration|term|length|engagement|tenure)\s*:[^.]{{0,40}}{_YEARS_OF}"
    rf"|\b(?:fixed[- ]term|contract (?:of|for|length|duration)|initial (?:contract|term))\b[^.]{{0,30}}{_YEARS_OF}"
    rf"|{_YEARS_OF}[^.]{{0,12}}\b(?:fixed[- ]term|contract|ftc|secondment)\b",
    _I,
)
_ASKS_NOTHING = re.compile(
    r"^\W*(?:there (?:is|are) )?no\b[^.;]{1,90}\b(?:required|needed|necessary|essential|expected|demanded|asked(?: for)?)\b"
    r"|\b(?:we|you)(?:['’]ll| will)? (?:do not|don['’]?t|will not|won['’]?t|not|never) (?:need|require|expect|ask|demand|have to|insist)\b"
    r"|\b(?:is|are)(?: not|n['’]?t) (?:a )?(?:required?|requirement|needed|necessary|essential|expected|prerequisite|must)\b"
    r"|\bneed not (?:have|be|know|hold|possess)\b|\b(?:without|no) need (?:for|of)\b",
    _I,
)
_BUT = re.compile(
    r"\b(?:but|however|although|though|provided|as long as|except|unless|helpful|plus|bonus|advantage|welcome|nice|preferred|desirable|only)\b",
    _I,
)


def of_employer(sentence: str) -> bool:
    """Whether the years in a sentence are the employer's or the contract's, and nobody else is asked for any."""
    return len(sentence) <= _LONGEST and _OF_EMPLOYER.search(sentence) is not None


def asks_nothing(sentence: str) -> bool:
    """Whether a sentence says that something is not asked for ("No degree required"), and asks nothing else."""
    if len(sentence) > _LONGEST or _BUT.search(sentence) is not None:
        return False
    return all(_ASKS_NOTHING.search(part) is not None for part in re.split(r"[;.]\s+(?=\S)", sentence))


def firmness(sentence: str) -> bool | None:
    """Whether the sentence itself says essential (True) or desirable (False); None where it says neither."""
    if _DESIRABLE.search(sentence):
        return False
    return True if _ESSENTIAL.search(sentence) else None


def asks(sentence: str) -> bool:
    """Whether a sentence without a heading asks something of the candidate."""
    if outside(sentence) or seeks(sentence):
        return False
    if _OPENS_ASK.search(sentence) or _DESIRABLE.search(sentence):
        return True
    if _OPENS_DUTY.search(sentence):
        return False
    if DEGREE.search(sentence) and len(sentence) < 200:
        return True
    if YEARS.search(sentence) and re.search(r"experience|practice|work", sentence, _I):
        return True
    return bool(_ASKS.search(sentence)) or bool(_LANGUAGE.search(sentence))


@attrs.frozen
class Leaning:
    """How much a line speaks for being asked of somebody, done by them, or neither."""

    asks: float
    does: float
    outside: float


def leaning(line: str) -> Leaning:
    """What a line of a list or of a paragraph looks like, whatever its heading."""
    if line.endswith("?"):
        return Leaning(0.0, 0.0, 1.0)
    out = 2.5 * outside(line) + 1.0 * (_OF_US.search(line) is not None and _FINITE.search(line) is not None)
    if _OPENS_ASK.search(line):
        return Leaning(2.0, 0.0, out)
    if _OPENS_DUTY.search(line):
        return Leaning(0.0, 2.0, out)
    if _OPENS_DOING.search(line):
        return Leaning(0.3, 1.0, out)
    if DEGREE.search(line) or LICENCE.search(line) or _LANGUAGE.search(line) or YEARS.search(line):
        return Leaning(2.0, 0.0, out)
    if _ASKS.search(line):
        return Leaning(1.5, 0.0, out)
    named = len(line.split()) <= 10 and not _FINITE.search(line)
    return Leaning((0.4 if line.endswith(".") else 1.0) if named and not out else 0.0, 0.0, out)


def seeks(sentence: str) -> bool:
    """Whether a sentence only names the job ("We are looking for a cook."), and asks nothing of the cook."""
    return _SEEKS.search(sentence) is not None and _OF_WHOM.search(sentence) is None


def opens_ask(sentence: str) -> bool:
    """Whether a sentence begins as requirements do."""
    return _OPENS_ASK.search(sentence) is not None


def duty(sentence: str) -> bool:
    """Whether a sentence begins as duties do."""
    return bool(_OPENS_DUTY.search(sentence)) and not _OPENS_ASK.search(sentence)


def outside(sentence: str) -> bool:
    """Whether a sentence is of pay, process, the employer or equal opportunity."""
    return bool(_OUTSIDE.search(sentence))


def kind_of(sentence: str) -> Kind:
    """What kind of thing a requirement asks for."""
    has_years = YEARS.search(sentence) is not None
    if DEGREE.search(sentence) and not re.search(r"^(?:experience|knowledge|ability)", sentence, _I):
        return Kind.DEGREE
    if _LANGUAGE.search(sentence) and not has_years:
        return Kind.LANGUAGE
    if LICENCE.search(sentence) and not has_years:
        return Kind.LICENCE
    if has_years:
        return Kind.EXPERIENCE
    if _TRAIT.search(sentence):
        return Kind.TRAIT
    if re.search(r"\bexperience|background|track record|worked\b", sentence, _I):
        return Kind.EXPERIENCE
    return Kind.SKILL


def years_of(sentence: str) -> float | None:
    """The least years asked for in a sentence."""
    least: float | None = None
    for match in YEARS.finditer(sentence):
        number = match.group("n").lower()
        count = float(_NUMBERS.get(number, 0) or (number if number[0].isdigit() else 0))
        if match.group("unit").lower() == "month":
            count = round(count / 12, 2)
        if 0 < count <= 40 and (least is None or count < least):
            least = count
    return least
