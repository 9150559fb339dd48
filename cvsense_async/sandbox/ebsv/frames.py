"""Takes from a requirement's sentence the words that only say how firmly it is asked: what is left is what is asked.

"Experience with Kafka would be an advantage" asks for Kafka; an advantage is nothing that a CV could show.
"""
# ruff: noqa: E501 (patterns are easier to read whole)

from __future__ import annotations

import re

_WISH = (
    r"(?:(?:big|huge|strong|definite|distinct|real|added|clear) )?(?:plus|bonus|asset|advantage|benefit|merit)"
    r"(?: but (?:is )?not (?:a )?(?:required|requirement|essential|necessary|mandatory))?"
)
_SUBJECT = r"(?:you|we|(?:the |our |an? )?(?:ideal|successful|right|suitable|strong|preferred|best)?\s?(?:candidates?|applicants?|person|individual|hire))"
_FRONT = re.compile(
    rf"^\W*(?:"
    rf"(?:to (?:be considered|qualify|succeed|apply|thrive|be successful)[^,:]{{0,40}},\s*)?"
    rf"(?:ideally,?\s+|preferably,?\s+|in addition,?\s+|furthermore,?\s+)?{_SUBJECT}"
    rf"(?:['’]ll|['’]d| will| would| must| should| need to| needs to| may)?(?: also| ideally| preferably| either)?"
    rf" (?:have|be able to (?:show|demonstrate)|hold|possess|need|needs|require|requires|bring|demonstrate|has|show)(?: to have)?(?: the following| all of the following)?\s*:?\s+"
    rf"|(?:ideally|preferably)[,:]?\s+"
    rf"|(?:it (?:would be|is|will be)|it['’]s) (?:an? {_WISH}|great|nice|good|helpful|useful) (?:if you (?:also )?(?:have|had|hold)|to have)\s+"
    rf"|bonus points (?:for|if you have)\s+|nice to have\s*[:,]?\s+|must have\s*[:,]?\s+"
    rf"|(?:the following (?:is|are) (?:required|essential|needed|desirable|preferred)\s*:\s*)"
    rf")(?=\S+(?:\s|$))",
    re.IGNORECASE,
)
_BACK = re.compile(
    rf"[\s,;–—-]+(?:(?:is|are|would be|will be|may be|being)\s+)?(?:considered |seen as |also )?(?:"
    rf"an? {_WISH}|(?:highly |strongly |very |most )?(?:desirable|advantageous|beneficial|helpful|welcome|preferred|desired|useful|valued|regarded)"
    rf"(?:,? (?:but|though|although) (?:is )?not (?:required|essential|necessary|mandatory))?|(?:a must|essential|required|mandatory|necessary|needed|expected|ideal|great|nice)"
    rf"(?:,? (?:but|though) not (?:required|essential|necessary|mandatory))?)\s*[.!]?$",
    re.IGNORECASE,
)
_LEAST_LEFT = 2  # letters


def unframed(sentence: str) -> str:
    """The sentence without its frame ("You must have …", "… is a plus"); as it stands where nothing would be left."""
    rest = _FRONT.sub("", sentence, count=1)
    if rest != sentence:
        rest = rest[:1].upper() + rest[1:]
    rest = _BACK.sub("", rest, count=1)
    return rest.strip() if len(re.findall(r"[^\W\d_]", rest)) >= _LEAST_LEFT else sentence
