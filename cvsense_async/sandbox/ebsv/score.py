"""Makes one number of a CV's evidence: mostly essential requirements shown, then claims at a fraction, then closeness.

The parts are bounded so that what is cheap to write (lists, claims) can move little, and what is shown moves much.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cvsense_async.sandbox.ebsv.closeness import Closeness
from cvsense_async.sandbox.ebsv.cues import Kind
from cvsense_async.sandbox.ebsv.engine import Classification, Importance
from cvsense_async.sandbox.ebsv.evidence import Weighed

MOST_FOR_CLAIMS = 3.0
"""Points that claims without evidence can bring, all together."""

FOR_REQUIREMENTS = 60.0
"""Points for all requirements shown, in work close to the job."""

FOR_CLOSENESS = 40.0
"""Points for roles and text that are wholly about the job's work; a job that asks nothing gives all 100 for them."""

_RISE = 0.8  # below 1: real CVs that fit show a third of what is asked in so many words, and few show all
_ANYWHERE = 0.5  # how much of what is shown counts in work that is nowhere near the job's


@attrs.frozen
class Parts:
    """What the score is made of, in points."""

    shown: float
    claimed: float
    close: float

    @property
    def score(self) -> float:
        """The score, 0 to 100 with one decimal."""
        return round(min(100.0, self.shown + self.claimed + self.close), 1)


def weight_of(one: Weighed) -> float:
    """How much a requirement matters."""
    weight = 1.0 if one.requirement.importance is Importance.ESSENTIAL else 0.4
    if one.requirement.kind is Kind.TRAIT:
        weight *= 0.35
    elif one.requirement.kind in (Kind.YEARS, Kind.LANGUAGE):
        weight *= 0.6
    elif one.requirement.kind is Kind.DEGREE:
        weight *= 0.7
    return weight


def parts(weighed: Sequence[Weighed], close: Closeness) -> Parts:
    """The points of a CV."""
    whole = shown = claimed = 0.0
    for group in _groups(weighed):
        weight = max(weight_of(one) for one in group)
        whole += weight
        shown += weight * max(
            (one.strength for one in group if one.classification is Classification.EVIDENCED), default=0.0
        )
        if not any(one.classification is Classification.EVIDENCED for one in group):
            claimed += weight * max((one.strength for one in group), default=0.0)
    near = close.whole
    if not whole:
        return Parts(0.0, 0.0, 100.0 * near)
    return Parts(
        shown=FOR_REQUIREMENTS * (shown / whole) ** _RISE * (_ANYWHERE + (1.0 - _ANYWHERE) * near),
        claimed=MOST_FOR_CLAIMS * claimed / whole,
        close=FOR_CLOSENESS * near,
    )


def _groups(weighed: Sequence[Weighed]) -> list[list[Weighed]]:
    """Requirements of which one is enough stand together; each other one alone."""
    groups: dict[int, list[Weighed]] = {}
    for place, one in enumerate(weighed):
        groups.setdefault(one.requirement.group or -1 - place, []).append(one)
    return list(groups.values())
