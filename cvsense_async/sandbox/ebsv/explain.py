"""Says in plain sentences why a CV scored as it did, naming the evidence.

A score nobody can question is worth little; these sentences are what a recruiter reads first.
"""

from __future__ import annotations

from collections.abc import Sequence

from cvsense_async.sandbox.ebsv.engine import Classification, Importance, band
from cvsense_async.sandbox.ebsv.evidence import Weighed
from cvsense_async.sandbox.ebsv.score import Parts, weight_of

_MOST = 5


def _short(text: str, most: int = 110) -> str:
    text = " ".join(text.split()).rstrip(" .;,")
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def strengths(weighed: Sequence[Weighed]) -> tuple[str, ...]:
    """The requirements best shown, most important first, each with its quote."""
    good = [one for one in weighed if one.classification is Classification.EVIDENCED and one.quotes]
    good.sort(key=lambda one: -weight_of(one) * one.strength)
    found: list[str] = []
    for one in good[:_MOST]:
        years = (
            f" ({one.years:g} years in dated roles)"
            if one.years is not None and one.requirement.years is not None
            else ""
        )
        found.append(f"{_short(one.requirement.name)}{years}: “{_short(one.quotes[0].text, 160)}”")
    return tuple(found)


def weaknesses(weighed: Sequence[Weighed]) -> tuple[str, ...]:
    """What is missing, claimed only or too short, most important first."""
    bad = [one for one in weighed if one.classification is not Classification.EVIDENCED or _short_of_years(one)]
    bad.sort(key=lambda one: (one.requirement.importance is not Importance.ESSENTIAL, -weight_of(one)))
    return tuple(_weakness(one) for one in bad[:_MOST])


def _short_of_years(one: Weighed) -> bool:
    asked = one.requirement.years
    return asked is not None and one.years is not None and one.years < 0.95 * asked


def _weakness(one: Weighed) -> str:
    name = _short(one.requirement.name)
    kind = one.requirement.importance.value
    if _short_of_years(one) and one.quotes:
        return f"{name}: {one.years:g} of {one.requirement.years:g} years asked are shown in dated roles ({kind})."
    if one.classification is Classification.MISSING:
        return f"{name}: nothing in the CV shows it ({kind})."
    if one.only_listed:
        return f"{name}: listed, but no role, project or qualification shows it ({kind})."
    return f"{name}: mentioned, but not shown in a dated role, a project or a qualification ({kind})."


def _count(weighed: Sequence[Weighed], importance: Importance, classification: Classification) -> int:
    return sum(
        1 for one in weighed if one.requirement.importance is importance and one.classification is classification
    )


def summary(title: str, weighed: Sequence[Weighed], score: float, years: float | None) -> str:
    """Two or three sentences that say how the CV stands to the job."""
    job = f" for {title}" if title else ""
    article = "An" if band(score) == "exceptional" else "A"
    parts = [f"{article} {band(score)} match{job}."]
    for importance in Importance:
        total = sum(1 for one in weighed if one.requirement.importance is importance)
        if total:
            shown = _count(weighed, importance, Classification.EVIDENCED)
            claimed = _count(weighed, importance, Classification.CLAIMED)
            parts.append(f"{shown} of {total} {importance.value} requirements are evidenced, {claimed} only claimed.")
    if years:
        parts.append(f"Dated roles cover {years:g} years.")
    return " ".join(parts)


def reasoning(weighed: Sequence[Weighed], points: Parts, flags: Sequence[str], copied: int) -> str:
    """How the score came about, requirement by requirement."""
    lines = [
        f"Score {points.score:g}: {points.shown:.1f} points for requirements shown in use, "
        f"{points.claimed:.1f} for claims without evidence, "
        f"{points.close:.1f} for how close roles and text are to the job."
    ]
    for one in weighed:
        quote = f" “{_short(one.quotes[0].text, 140)}”" if one.quotes else ""
        lines.append(
            f"{one.classification.value.capitalize()} ({one.requirement.importance.value}): "
            f"{_short(one.requirement.name)}.{quote}"
        )
    if copied:
        lines.append(f"{copied} words stand as they stand in the advert and were not counted.")
    if "hidden_text" in flags:
        lines.append("The document has text that a reader cannot see; it was not counted.")
    return "\n".join(lines)
