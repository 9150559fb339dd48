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

MOST_FOR_CLAIMS = 2.5
"""Points that claims without evidence can bring, all together."""

_FOR_REQUIREMENTS = 45.0
_FOR_CLOSENESS = 52.5
_KNEE, _KNEE_SCORE = 40.0, 54.0  # real CVs that fit have 35 to 70 raw points: the bands are laid on them


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
        return _laid(0.0, 0.0, near * (_FOR_REQUIREMENTS + _FOR_CLOSENESS))
    return _laid(_FOR_REQUIREMENTS * shown / whole, MOST_FOR_CLAIMS * claimed / whole, _FOR_CLOSENESS * near)


def _laid(shown: float, claimed: float, close: float) -> Parts:
    """Raw points laid on the bands: each raw point brings more below the knee than above it; the order stays."""
    raw = shown + claimed + close
    if raw <= _KNEE:
        factor = _KNEE_SCORE / _KNEE
    else:
        factor = (_KNEE_SCORE + (raw - _KNEE) * (100.0 - _KNEE_SCORE) / (100.0 - _KNEE)) / raw
    return Parts(shown * factor, claimed * factor, close * factor)


def _groups(weighed: Sequence[Weighed]) -> list[list[Weighed]]:
    """Requirements of which one is enough stand together; each other one alone."""
    groups: dict[int, list[Weighed]] = {}
    for place, one in enumerate(weighed):
        groups.setdefault(one.requirement.group or -1 - place, []).append(one)
    return list(groups.values())
