"""Faults on demand: what a network or a service in trouble does to a call, by operation, number and chance.

Chance is seeded, so that a test that failed once can be run again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal

import attrs

from cvsense_async.api.registry import endpoints


@attrs.frozen(kw_only=True)
class Fault:
    """What to do to calls of `operation` (as in `Endpoint.operation`; `*`: all).

    `status` answers with that status, `drop` ends the connection, `cut` sends only that many bytes of the answer,
    `latency` waits that many seconds first; `when` says whether the call's work is done before or not at all.
    `operation="screening"` with `status=500` makes the next batch fail. It strikes with `probability`; at most `times`
    times; and, with `nth`, only the nth call (from 1) of those that it matches.
    """

    operation: str = "*"
    status: int | None = None
    drop: bool = False
    cut: int | None = None
    latency: float = 0.0
    when: Literal["before", "after"] = "before"
    probability: float = 1.0
    nth: int | None = None
    times: int | None = None
    retry_after: float | None = None
    message: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.operation not in operations():
            raise ValueError(f"operation must be one of: {', '.join(sorted(operations()))}")
        if self.status is not None and not 300 <= self.status <= 599:
            raise ValueError("status must be from 300 to 599")
        if self.when not in ("before", "after"):
            raise ValueError("when must be before or after")
        if not 0 <= self.probability <= 1 or not 0 <= self.latency <= 3600:
            raise ValueError("probability is 0 to 1, latency 0 to 3600 seconds")
        if any(n is not None and n < least for n, least in ((self.cut, 0), (self.nth, 1), (self.times, 1))):
            raise ValueError("cut, nth and times must not be negative")
        if self.status is None and not self.drop and self.cut is None and not self.latency:
            raise ValueError("a fault needs a status, drop, cut or latency")


def operations() -> frozenset[str]:
    """What a fault can be for."""
    return frozenset({"*", "screening", *(spec.operation for spec in endpoints())})


@attrs.define
class Armed:
    """A fault that waits for its calls."""

    id: int
    fault: Fault
    seen: int = 0
    struck: int = 0

    def to_json(self) -> dict[str, Any]:
        """The fault and how often it struck."""
        return {"id": self.id, **attrs.asdict(self.fault), "seen": self.seen, "struck": self.struck}


class Faults:
    """The faults that are armed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._last = 0
        self.reset()

    def reset(self) -> None:
        """Disarm all, and start chance anew."""
        self.armed: list[Armed] = []
        self._chance = random.Random(self._seed)  # noqa: S311  # repeatable on purpose

    def add(self, given: dict[str, Any]) -> Armed:
        """Arm a fault. Raises `ValueError`, with words, for one that cannot be."""
        checks: dict[str, Callable[[Any], bool]] = {
            "operation": lambda v: isinstance(v, str),
            "when": lambda v: isinstance(v, str),
            "message": lambda v: v is None or isinstance(v, str),
            "drop": lambda v: isinstance(v, bool),
            **dict.fromkeys(("status", "cut", "nth", "times"), _whole),
            **dict.fromkeys(("latency", "probability", "retry_after"), _number),
        }
        for name, value in given.items():
            if name not in checks:
                raise ValueError(f"unknown field: {name}; a fault has {', '.join(checks)}")
            if not checks[name](value):
                raise ValueError(f"{name} has the wrong type")
        self._last += 1
        armed = Armed(self._last, Fault(**given))
        self.armed.append(armed)
        return armed

    def remove(self, fault_id: int) -> bool:
        """Disarm one."""
        before = len(self.armed)
        self.armed = [one for one in self.armed if one.id != fault_id]
        return len(self.armed) < before

    def strike(self, operation: str) -> Fault | None:
        """The fault that hits this call, if one does; the first that was armed wins."""
        for armed in self.armed:
            fault = armed.fault
            if fault.operation != operation and (fault.operation != "*" or operation == "screening"):
                continue
            armed.seen += 1
            if fault.nth is not None and armed.seen != fault.nth:
                continue
            if fault.times is not None and armed.struck >= fault.times:
                continue
            if fault.probability < 1 and self._chance.random() >= fault.probability:
                continue
            armed.struck += 1
            return fault
        return None


def _whole(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
