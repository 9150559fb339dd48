"""The words with which adverts speak of themselves, and what they weigh: for need, for wish, for duties, for what is neither.

Nobody can list the headings that people invent, but all of them draw on the same few hundred words.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re
from functools import lru_cache

import attrs

_I = re.IGNORECASE
_NOT = r"(?:\bnot\b|\bno\b|n['’]t\b|\bnever\b|\bwithout being\b|\bnon\b)"
_NEEDED = r"(?:requir\w*|essential\w*|mandatory|necessary|need(?:ed|s)?|musts?|vital|crucial|compulsory|obligatory|prerequisites?|deal-?\s?breakers?|(?:pre)?conditions?|the end of the world)"

_ESSENTIAL = (
    r"\bmust\b|\bmusts\b|\b(?:have|has|got) to\b", r"\brequir(?!ements?\b)\w*", r"\bneed(?:s|ed)?\b", r"\bminimum|\bmin\b", r"\bbasics?\b", r"\bessentials?\b",
    r"\bmandatory|\bcompulsory|\bobligatory", r"\bnecessary|\bnecessities", r"\bvital\b|\bcrucial\b|\bcritical\b|\bindispensable", r"\bprerequisites?\b",
    r"\bnon-?\s?negotiables?\b", r"\bdeal-?\s?breakers?\b|\bshow-?stoppers?\b", r"\bentr(?:y|ance)\b|\beligib\w+", r"\bacceptable\b", r"\binsist|\bmatters? most\b|\bno way around\b|\bcount on\b|\byou can point to\b", r"\bnot be (?:taken|considered|accepted|shortlisted|progressed|read|looked at)\b", r"\bcalls? for\b", r"\bdemand(?:s|ed)\b",
    r"\bexpect(?:s|ed|ations?)?\b(?! from us)", r"\bto (?:be considered|qualify|land|succeed|thrive|be successful|fit|do (?:this|the) job)\b|\bin order to\b",
    r"\bonly\b.{0,30}\b(?:consider|look at|accept|shortlist|interview|people|candidates|applicants|if)\b", r"\b(?:not|cannot|n['’]t)\b.{0,40}\bwithout\b", r"\bno\b.{0,20}\bwithout\b|\b(?:applications?|candidates|applicants|those|people) without\b",
)  # fmt: skip
_DESIRABLE = (
    r"\bprefer\w*", r"\bdesir\w+", r"\bnice\b|\bnicely\b", r"\bbonus(?:es)?\b", r"\bplus(?:es)?\b", r"\badvantag\w+", r"\bideal(?:ly)?\b(?! (?:candidate|applicant|person|profile|match))", r"\bassets?\b",
    r"\boptional(?:ly)?\b", r"\bextras?\b", r"\bedge\b|\bhead[- ]?start\b|\bleg up\b", r"\bst(?:and|ood) out\b|\bsets? you apart\b|\bset you up\b|\bshine\b", r"\bicing\b|\bcherry\b|\bcake\b",
    r"\bgold(?:en)? stars?\b|\bbrownie\b|\b(?:extra|bonus) (?:points?|marks?|credit)\b|\bpoints for\b|\bmarks go to\b", r"\bwish(?:es|ed|-?list)?\b", r"\bhelpful\b|\b(?:would|will|may|might|also|could|['’]d) (?:also )?help\b|\bhelps?(?: you| us)? if\b|\bhelp your\b", r"\bbeneficial\b|\bof benefit\b",
    r"\buseful\b", r"\bfavou?r\w*", r"\bwelcom\w+", r"\b(?:['’]d|would|will|also)(?: also)? (?:love|like|enjoy|value|appreciate)\b", r"\b(?:thrill|delight|pleas|impress|excit)ed\b|\bhapp(?:y|ier)\b|\bbrilliant\b|\bsmile\b|\bcool\b|\bgreat if\b|\bgood to have\b|\bwould be (?:great|good|fantastic|lovely|ideal)\b",
    r"\b(?:even|so much|much|all)(?: the)? (?:more|better|happier)\b|\bbetter if\b|\bbetter still\b", r"\bcan (?:be )?(?:learn|teach|taught|train)\w*|\blearn (?:it |them )?(?:here|on the job|with us)\b|\bdon['’]t worry\b|\bnot a problem\b|\bwon['’]t hurt\b",
    r"\bdifferentiat\w+|\bsweeten\w*|\btips? the (?:balance|scales)\b", r"\bperhaps\b|\bmaybe\b|\bround off\b|\balso interested\b|\bbeyond that\b|\bon top\b", r"\b(?:if|where) possible\b", r"\bspecial consideration|\bpreference\b|\bpriority\b|\branking\b", r"\bmerit(?:s|orious)?\b|\bvalu(?:ed|able)\b|\bcounts? (?:in|for)\b|\bregarded\b|\blooked (?:on|upon)\b|\bbeyond\b|\babove and\b|\bcomplement\w*|\bkindly\b",
    r"\bif you (?:also|can also|happen to|come)\b|\byou (?:may|might|could) (?:also )?(?:have|bring|know)\b|\balso (?:have|had|bring|offer|look\w*|hav\w+|possess|know|good|advantageous)\b",
)  # fmt: skip
_DESIRABLE_WEAK = (r"\badditional(?:ly)?\b|\bin addition\b|\bfurther\b|\bsupplementary\b", r"\bothers?\b|\belse\b", r"\balso\b|\btoo\b", r"\bmight\b|\bmay\b|\bcould\b", r"\bif\b")  # fmt: skip
_ASKED = (
    r"\bqualif\w+", r"\brequirements?\b", r"\bcriteri(?:a|on)\b", r"\bskill\w*|\bknow-?how\b", r"\bexperiences?d?\b", r"\bknowledge\b|\bknow\b|\bunderstanding\b", r"\babilit\w+|\bcapabilit\w+|\baptitudes?\b", r"\bcompeten\w+|\bproficienc\w+", r"\beducation\w*|\bcredentials?\b|\bcertifications?\b|\blicen[cs]es?\b|\blanguages?\b|\btraining\b",
    r"\bprofile\b|\bspecifications?\b|\bspec\b", r"\bcandidates?\b|\bapplicants?\b|\bperson\b|\bindividual\b|\bsomeone\b|\bhire\b(?! process)", r"\byou(?:['’]ve|['’]ll| will| should| would| must| might| may| probably| also|['’]d)* (?:got|have|had|bring|possess|know|hold|show|demonstrate|offer|come|need|be able)\b(?! to do)|\byou(?:['’]re| are)\b(?! (?:going|responsible|doing|entitled))",
    r"\bare you\b|\bwho(?:['’]s| is)? (?:you|he|she|we(?:['’]re| are) (?:looking|after))\b|\bwho['’]d\b|\babout you\b|\babout yourself\b|\byou in a\b", r"\blooking for\b|\bseek(?:ing|s)?\b|\bsought\b|\bwe want\b|\bwanted\b|\b(?:we(?:['’]re| are)) after\b|\bhop(?:e|ing) (?:for|to see)\b", r"\bmatch\b|\bfit\b|\bsuit(?:s|ed|able)?\b|\bwhat it takes\b",
    r"\w\W+background\b|\bexpertise\b|\battributes?\b|\bqualities\b|\bstrengths\b|\btalents?\b|\btraits\b|(?<!distinguishing )\bcharacteristics\b|\btoolbox\b|\btoolkit\b", r"\byou bring\b|\bbring\b|\bbring along\b|\bneed to see\b|\bevidence\b|\bapply (?:only )?if (?:you|this)\b",
)  # fmt: skip
_DUTIES = (
    r"\bdut(?:y|ies)\b", r"\bresponsib\w+", r"\baccountab\w+", r"\btasks?\b", r"\bfunctions?\b", r"\bdeliverables?\b|\bobjectives?\b|\bresult areas?\b|\bkey areas?\b|\bactivities\b", r"\bexamples? of\b|\bwork(?:ing)? (?:on|you|performed)\b|\bnature of\b",
    r"\b(?:you|i)(?:['’]ll|['’]d| will| would)? (?:be |get to |can expect to )?(?:do(?:ing)?|work(?:ing)?|own(?:ing)?|spend|help|contribute|make|build|lead|drive|deliver|get up to|be doing|be responsible)\b|\bwill (?:you|i) (?:do|be doing|own|spend|work)\b",
    r"\byou(?:['’]ll| will| would)\b\W*$", r"\bexpect to\b", r"\bdays?\b|\bshift\b|\bday-to-day\b|\btypical\b|\bweek\b", r"\bpurpose\b|\bmission\b|\boverview\b|\bsummary\b|\bdescription\b|\bin (?:short|brief)\b|\bbrief\b", r"\bimpact\b|\bdifference\b|\bcontribut\w+|\bchallenges?\b|\badventure\b",
    r"\binvolve[sd]?\b|\bentails?\b|\bis it about\b|\bscope\b", r"\b(?:the|this|your|about the|our) (?:role|job|post|position|work|opportunity|assignment)\b|\bthe job\b|\bjob (?:looks|in|itself)\b|\baufgaben\b|\brole\b|\bposition\b",
)  # fmt: skip
_OUTSIDE = (
    r"\bpay\b|\bsalar\w+|\bcompensation\b|\bwages?\b|\bremuneration\b|\bhourly rate\b|\bmoney\b|\bpayroll information\b", r"\bbenefits?\b(?! of)|\bperks?\b|\brewards?\b|\bholidays?\b|\bleave\b|\bgood(?:ies| stuff)\b", r"\bapply\b(?! (?:only )?if (?:you|this))|\bapplications?\b|\bfiling\b|\bapplying\b",
    r"\bwe(?:['’]ll|['’]re| will| can| are)? (?:offer|give|provide|do for you|believe|stand for)\w*|\bon offer\b|\bthe offer\b|\boffering\b|\bwe offer\b|\bour offer\b", r"\babout (?:us|our|the (?:company|team|employer|organi[sz]ation|department|school|university|firm|agency|city|council|trust|group|hospital))\b",
    r"\bequal\b|\bdivers\w+|\binclusi\w+|\beeo\b|\beoe\b|\baccommodations?\b", r"\bcontact\b|\bget in touch\b|\bquestions\b", r"\bprocess\b|\bprocedures?\b|\bnext steps?\b|\bwhat happens next\b|\btimeline\b|\bdeadlines?\b|\bclosing\b|\bappeals?\b|\bselection\b(?! criteri)", r"\binterviews?\b|\bexam(?:ination|ined?|s)?\b|\btests?\b|\bquestionnaires?\b", r"\bevaluat\w+|\bassess(?:ed|ment)\b|\bscor(?:e|es|ed|ing)\b|\bweights?\b|\breview(?:ed)?\b|\bcommittee\b|\bpanel\b|\bscheduled\b|\binvited\b|\bcertification list\b|\beligib(?:le|ility) list\b",
    r"\bpackage\b|\bthe deal\b|\bour deal\b|\bdeal\b(?!-?\s?breaker)", r"\bphysical\b", r"\bterms\b|\bconditions\b|\bcontract\b|\bhours\b|\bschedule\b|\blocation\b|\benvironment\b|\brelocation\b|\bvisa\b|\bsponsorship\b|\bstart date\b|\bduration\b|\bwork authori[sz]ation\b",
    r"\bstatements?\b|\blegal\b|\bprivacy\b|\bdisclaimer\b|\bnotice\b|\bparticulars\b|\binformation\b|\binstructions?\b|\bdocuments\b|\bpolic(?:y|ies)\b|\btransparency\b|\bsafeguarding\b|\bvetting\b|\bchecks?\b", r"\bwhy\b|\blife (?:at|in|with|here)\b|\bcultures?\b|\bjoin(?:ing)?\b|\bone of us\b|\bwork(?:ing)? (?:with|for|at|here)(?: us)?\b|\bhow we\b|\bwho we are\b(?! (?:looking|after|seeking))|\bour (?:company|story|values|mission|culture|team|promise|pledge|commitment|client|stor\w+)\b|\bthe (?:company|team|employer|organi[sz]ation|client|firm)\b|\bcompany\b|\bemployer\b",
    r"\b(?:you|i)(?:['’]ll| will| can)? (?:get|receive|earn|enjoy)\b(?! to)|\byou(?:['’]ll| will) love\b|\bwhat do i get\b|\bin store\b|\bin it for\b|\bfor you\b|\bin return\b|\bfrom us\b", r"^\W*(?:the )?background\W*$", r"\bpromise\b|\bpledge\b|\bcommitment to\b|\binterested\b\?|\bready to\b|\bread on\b",
)  # fmt: skip
_NOTES = (r"^\W*(?:process |important |special )?notes?\b|\bplease note\b|\badditional information\b|\bother information\b|\bconditions of employment\b|\bspecial conditions\b|\bworking conditions\b|\bphysical (?:demands|requirements)\b",)  # fmt: skip

_WORDS = re.findall(
    r"\S+",
    """
    a an the and or & but not no nor to for of in on at by with without from as if so too very much more most than that this these those it its it's is are be been being was were
    will would can could may might must musts should shall do does did don't doesn't have haves has had having you your yours yourself you'll you'd you've you're we our ours us we'll we'd we've we're i me my
    they them their those who who'd whom what what's which how why when where there here here's also any some all each every only just even still yet both either one ones it'll it'd they'd that'd
    isn't aren't won't can't cannot couldn't wouldn't needn't nothing none something anything everything things thing stuff lot bit able unable albeit though although however while because since because into out up forward
    along down over under about between before after again ever never always already now then therefore through per via etc vs plus minus
    get gets got getting go goes come comes make makes take takes taken give gives given put set sets see seen show shows shown say says tell know knows known think thinks like likes love loves want wants
    look looks looked looking seek seeks sought find finds need needs needed bring brings brought hold holds use uses keep keeps let lets help helps work works worked working do doing done start starts end hurt stand stands standing
    best better good great nice cool brilliant happy glad pleased lovely fantastic perfect right strong kindly perhaps maybe merely matters around round off viewed view views seen possible well big huge total overall annual base hourly full whole real true sure certain distinct definite clear considerable significant decided different important following above below next top first second last
    job jobs role roles position positions post posts team teams company people person persons individual individuals candidate candidates applicant applicants hire hires member members colleague someone anybody anyone everyone
    list lists point points mark marks star stars gold credit case short long way day days week weeks life world cake cherry icing table favour favor luck head edge eye bottom line
    class code area areas level levels part parts kind kinds type types sort form order place side step steps key core main major principal primary central general specific typical particular
    professional technical personal educational academic formal relevant related job-related work-related specialized specialised specialist special functional behavioural soft hard highly high strongly
""",
)
_STEMS = re.findall(
    r"\S+",
    """
    qualif requir skill experien knowledge abilit capab competen educat train criteri profil specif background credential expert attribut qualit strength talent trait characterist essential mandator necess necessit
    minim basic vital crucial critic compuls obligator prerequisit standard accept entr eligib expect demand insist call negotiab non-negotiab deal-break dealbreak breaker prefer desir bonus plus advantag ideal asset option extra addition further
    other else wish helpful benef useful favour favor welcom thrill delight pleas impress prefer priorit consider merit valu count regard appreciat appart apart learn teach taught dut respons accountab task function purpos mission overview summar
    descript exampl perform impact differen contribut involv entail scope brief activit object opportunit pay salar compens wage remunerat perk reward offer apply appl fil contact process procedur packag term condition statement
    hour environ locat legal offic receiv stor promis pledg commit privac disclaim particular interest relocat cultur instruct inform physic evaluat deal employ notic note transparen match fit suit evidenc demonstrat possess land success succeed
    thriv appoint consider vacanc select distinguish featur attract charact acknowledg complement supplement includ worry lack problem hurt equal divers about reason detail day-to-day must-have nice-to-have shortlist hiring licens licenc certific
""",
)
_META = re.compile(rf"(?:{'|'.join(map(re.escape, _WORDS))}|(?:{'|'.join(_STEMS)})\w{{0,9}})", _I)
_WORD = re.compile(r"\w*\d\w*|[^\W\d_]+(?:['’-][^\W\d_]+)*|&")


def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one, _I) for one in patterns)


_CUES = {
    "essential": _compiled(_ESSENTIAL), "desirable": _compiled(_DESIRABLE), "weak": _compiled(_DESIRABLE_WEAK), "asked": _compiled(_ASKED),
    "duties": _compiled(_DUTIES), "outside": _compiled(_OUTSIDE), "notes": _compiled(_NOTES),
}  # fmt: skip
_DENIED = re.compile(
    rf"{_NOT}\W+(?:\w+\W+){{0,3}}?{_NEEDED}\b|\bneed(?: not|n['’]t)\b|\b(?:may|might|could) be (?:needed|required)\b",
    _I,
)
_INDISPENSABLE = re.compile(
    r"(?:\bnot\b|\bcannot\b|n['’]t\b)[^.]{0,40}\bwithout\b|\bnon-?\s?negotiable|\bnothing (?:less|without)\b", _I
)
_NEED = r"(?:essential|required|minimum|mandatory|must[- ]haves?|basic)"
_WISH = r"(?:desirable|desired|preferred|optional|nice[- ]to[- ]haves?)"
_BOTH = re.compile(
    rf"\b(?:{_NEED}\b[^.]{{0,12}}?(?:\band\b|\bor\b|&|/|,)\W*(?:\w\W+)?{_WISH}|{_WISH}\b\W*(?:and|or|&|/|,)\W*{_NEED})\b",
    _I,
)
_FURTHER = re.compile(r"\b(?:additional|further|supplementary)\b(?!.*\brequirements?\b)", _I)
_STRONG = 3.0
_MEDIUM = 2.0
_WEAK = 0.8


@attrs.frozen
class Weights:
    """How much the words of a phrase speak for each thing that a part of an advert can be."""

    essential: float
    desirable: float
    asked: float
    duties: float
    outside: float
    notes: float
    both: bool = False  # need and wish in one breath ("essential and desirable criteria")

    @property
    def firm(self) -> bool | None:
        """Whether need outweighs wish; None where neither is spoken of."""
        if max(self.essential, self.desirable) < _STRONG:
            return None
        return self.essential > self.desirable


@lru_cache(maxsize=8192)
def weigh(phrase: str) -> Weights:
    """The weights of a heading, a mark, or the frame of a sentence."""
    phrase = phrase.replace("’", "'")[:200]
    indispensable = _INDISPENSABLE.search(phrase) is not None
    denied = None if indispensable else _DENIED.search(phrase)
    plain = phrase if denied is None else phrase[: denied.start()] + " " + phrase[denied.end() :]
    found = {name: sum(1 for cue in cues if cue.search(plain)) for name, cues in _CUES.items()}
    essential, desirable = min(found["essential"], 2), min(found["desirable"], 2)
    return Weights(
        essential=_STRONG * essential + (_STRONG * 2 if indispensable else 0.0),
        desirable=_STRONG * desirable
        + _WEAK * min(found["weak"], 3)
        + 0.4 * (_FURTHER.search(plain) is not None)
        + (_STRONG * 1.5 if denied is not None or (desirable and re.search(r"\bnot\b|n't\b", plain)) else 0.0)
        + (1.0 if desirable else 0.0),
        asked=_MEDIUM * min(found["asked"], 2),
        duties=_STRONG * min(found["duties"], 2),
        outside=_STRONG * min(found["outside"], 2),
        notes=_STRONG * found["notes"],
        both=_BOTH.search(phrase) is not None,
    )


def is_waiver(phrase: str) -> bool:
    """Whether a phrase says "not needed", and nothing kinder."""
    denied = None if _INDISPENSABLE.search(phrase) else _DENIED.search(phrase.replace("’", "'"))
    return denied is not None and not weigh(phrase[: denied.start()] + " " + phrase[denied.end() :]).desirable


@lru_cache(maxsize=8192)
def metaness(phrase: str) -> float:
    """The share of a phrase's words with which adverts speak of themselves, not of any one job; 0 without words."""
    words = [word for word in _WORD.findall(phrase.replace("’", "'")) if len(word) > 1 or word in "aiI&"]
    return sum(1 for word in words if is_meta(word)) / len(words) if words else 0.0


@lru_cache(maxsize=8192)
def is_meta(word: str) -> bool:
    """Whether a word says nothing of the work itself."""
    return _META.fullmatch(word.replace("’", "'")) is not None or all(
        _META.fullmatch(part) for part in word.split("-") if part
    )
