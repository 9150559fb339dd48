"""Which request goes wrong, and how: rules by operation, by chance or by the number of the call.

The chance is seeded, so that a failing run can be run again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from .bends import BENDS

ALIASES: dict[str, dict[str, Any]] = {
    "drop_uncounted": {"kind": "drop", "counted": False},
    "drop_before": {"kind": "drop", "work": "before"},
    "drop_after": {"kind": "drop", "work": "after"},
    "rst_before": {"kind": "rst", "work": "before"},
    "rst_after": {"kind": "rst", "work": "after"},
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502, "html": True},
    "503": {"kind": "status", "status": 503, "retry_after": 1},
    "504": {"kind": "status", "status": 504, "html": True, "work": "later"},
    "503_early": {"kind": "status", "status": 503, "work": "early"},
    "503_after": {"kind": "status", "status": 503, "work": "after"},
    "stall_before": {"kind": "stall", "work": "before"},
    "stall_after": {"kind": "stall", "work": "after"},
    "late": {"kind": "stall", "work": "before"},
}
KINDS = (
    "drop",
    "rst",
    "status",
    "stall",
    "cut",
    "truncate",
    "drip",
    "freeze",
    "drop_midbody",
    "warning",
    "twice",
    *BENDS,
)
WORKING = frozenset({"cut", "truncate", "drip", "warning", "twice", *BENDS})
NAMES = {
    "op", "kind", "probability", "calls", "every", "times", "work", "counted", "seconds", "status", "html",
    "retry_after", "bytes",
}  # fmt: skip


@dataclass(slots=True)
class Fault:
    """What goes wrong with one request; `after` and `later` tell that the work is done all the same, `early` that the
    answer comes at the request's head."""

    kind: str
    after: bool
    later: bool
    early: bool
    counted: bool
    seconds: float
    status: int
    html: bool
    retry_after: float | None
    bytes: int
    label: str


class Rule:
    """One rule, read from its JSON; raises ValueError for a word that it does not know."""

    def __init__(self, said: dict[str, Any], chance: random.Random) -> None:
        unknown = said.keys() - NAMES
        label = str(said.get("kind"))
        meant = {**ALIASES.get(label, {"kind": label}), **{key: said[key] for key in said if key != "kind"}}
        if (
            unknown
            or meant["kind"] not in KINDS
            or meant.get("work", "before") not in {"before", "after", "later", "early"}
        ):
            raise ValueError(f"a fault cannot be read: {said}")
        ops = meant.get("op", "*")
        self._ops: set[str] = {ops} if isinstance(ops, str) else set(ops)
        self._probability: float | None = meant.get("probability")
        self._calls: list[int] | None = meant.get("calls")
        self._every: int | None = meant.get("every")
        self._times: float = meant.get("times", float("inf"))
        self._seen: dict[str, int] = {}
        self._chance = chance
        kind = meant["kind"]
        self.fault = Fault(
            kind,
            meant.get("work", "before") == "after" or kind in WORKING,
            meant.get("work") == "later",
            meant.get("work") == "early",
            meant.get("counted", True),
            float(meant.get("seconds", 1.0)),
            meant.get("status", 500),
            meant.get("html", False),
            meant.get("retry_after"),
            meant.get("bytes", 1000),
            label,
        )

    def hits(self, op: str) -> bool:
        """Count a call of this operation; True when the rule hits it."""
        if "*" not in self._ops and op not in self._ops:
            return False
        self._seen[op] = nth = self._seen.get(op, 0) + 1
        if self._times <= 0:
            return False
        if self._calls is not None:
            hit = nth in self._calls
        elif self._every is not None:
            hit = nth % self._every == 0
        else:
            hit = self._probability is None or self._chance.random() < self._probability
        self._times -= hit
        return hit


class Faults:
    """All rules; the first that hits a request wins, and each counts the calls that it applies to."""

    def __init__(self, rules: list[dict[str, Any]], seed: int) -> None:
        chance = random.Random(seed)
        self._rules = [Rule(rule, chance) for rule in rules]

    def pick(self, op: str) -> Fault | None:
        """What goes wrong with this call."""
        hit: Fault | None = None
        for rule in self._rules:
            if rule.hits(op) and hit is None:
                hit = rule.fault
        return hit
