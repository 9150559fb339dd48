"""Says in plain sentences why a CV scored as it did, naming the evidence.

A score nobody can question is worth little; these sentences are what a recruiter reads first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cvsense_async.sandbox.ebsv.engine import Classification, Importance, band
from cvsense_async.sandbox.ebsv.evidence import Weighed
from cvsense_async.sandbox.ebsv.score import FOR_CLOSENESS, FOR_REQUIREMENTS, MOST_FOR_CLAIMS, Parts, weight_of

_MOST = 5


def _short(text: str, most: int = 110) -> str:
    text = " ".join(text.split()).rstrip(" .;,")
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def _named(one: Weighed) -> str:
    """A requirement's words as a sentence begins, without the article that adverts like to open with."""
    name = _short(one.requirement.name)
    for article in ("a ", "an ", "the "):
        name = name[len(article) :] if name.lower().startswith(article) else name
    return name[:1].upper() + name[1:]


def strengths(weighed: Sequence[Weighed]) -> tuple[str, ...]:
    """The requirements best shown, most important first, each with its quote."""
    good = [
        one
        for one in weighed
        if one.classification is Classification.EVIDENCED and one.quotes and not _short_of_years(one)
    ]
    good.sort(key=lambda one: -weight_of(one) * one.strength)
    found: list[str] = []
    for one in good[:_MOST]:
        years = (
            f" ({one.years:g} years in dated roles)"
            if one.years is not None and one.requirement.years is not None
            else ""
        )
        found.append(f"{_named(one)}{years}: “{_short(one.quotes[0].text, 160)}”")
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
    name = _named(one)
    kind = one.requirement.importance.value
    if _short_of_years(one) and one.years:
        return f"{name}: dated roles show {one.years:g} of {one.requirement.years:g} years asked ({kind})."
    if one.classification is Classification.MISSING:
        return f"{name}: nothing in the CV shows it ({kind})."
    if one.only_listed:
        return f"{name}: listed, but no role, project or qualification shows it ({kind})."
    return f"{name}: mentioned, but not shown in a dated role, a project or a qualification ({kind})."


def _tally(weighed: Sequence[Weighed], importance: Importance) -> str:
    """How many requirements of a kind are shown, claimed and missing; what there is none of goes unsaid."""
    found = Counter(one.classification for one in weighed if one.requirement.importance is importance)
    total = found.total()
    if not total:
        return ""
    said = {
        Classification.EVIDENCED: "shown in use",
        Classification.CLAIMED: "only claimed",
        Classification.MISSING: "missing",
    }
    parts = [f"{count} {'is' if count == 1 else 'are'} {said[kind]}" for kind in said if (count := found[kind])]
    if len(parts) > 1:
        return f"Of {total} {importance.value} requirements, {', '.join(parts[:-1])} and {parts[-1]}."
    whole = "The one" if total == 1 else "Both" if total == 2 else f"All {total}"
    verb = "requirement is" if total == 1 else "requirements are"
    return f"{whole} {importance.value} {verb} {said[next(iter(found))]}."


def summary(title: str, weighed: Sequence[Weighed], score: float, years: float | None) -> str:
    """Two or three sentences that say how the CV stands to the job."""
    job = f" for “{title}”" if title else ""
    article = "An" if band(score) == "exceptional" else "A"
    parts = [f"{article} {band(score)} match{job}.", *(_tally(weighed, importance) for importance in Importance)]
    if years:
        parts.append(f"Dated roles cover {years:g} years.")
    return " ".join(part for part in parts if part)


def reasoning(weighed: Sequence[Weighed], points: Parts, flags: Sequence[str], copied: int) -> str:
    """How the score came about, requirement by requirement."""
    lines = [
        f"Score {points.score:g}: {points.shown:.1f} of {FOR_REQUIREMENTS:g} points for requirements shown in use, "
        f"{points.claimed:.1f} of {MOST_FOR_CLAIMS:g} for claims without evidence, "
        f"{points.close:.1f} of {FOR_CLOSENESS if weighed else 100:g} for how close roles and text are to the job."
    ]
    for one in weighed:
        quote = f" “{_short(one.quotes[0].text, 140)}”" if one.quotes else ""
        lines.append(
            f"{one.classification.value.capitalize()} ({one.requirement.importance.value}): {_named(one)}.{quote}"
        )
    if copied:
        lines.append(f"{copied} words stand as they stand in the advert and were not counted.")
    if "hidden_text" in flags:
        lines.append("The document has text that a reader cannot see; it was not counted.")
    if "language_partly_read" in flags:
        lines.append("The CV is not in English: names of tools are found in it, and its sentences are judged in part.")
    if "partly_read" in flags:
        lines.append("A part of the document is of a kind that is not read: look at the document itself.")
    return "\n".join(lines)
