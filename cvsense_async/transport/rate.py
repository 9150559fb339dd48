"""What the limiter is told (`RateLimit`) and what it tells (`LimiterState`).

Both are plain frozen values, so that settings can be checked, compared and shown before anything runs.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from numbers import Rational
from typing import TYPE_CHECKING

import attrs

from cvsense_async.errors import ConfigurationError

from .lanes import Lane

if TYPE_CHECKING:
    from fractions import Fraction

    Share = float | Fraction
else:
    Share = float  # for those who read hints at run time: the module of fractions loads much, and few need it

_FINEST_SHARE = 1_000_000


def margin(per: float) -> float:
    """Seconds added to a period: 0.25 at 60, scaled, and never under 0.02 (a clock's drift and grain)."""
    return max(0.02, per / 240)


@attrs.frozen
class RateLimit:
    """So many requests in so many seconds, and this process's share of them.

    `limit` requests [contract, Basics: 120] in any `per` seconds (60). `share` (above 0, at most 1) is what this
    process may use when several use one key; a `Fraction` is taken exactly. `strict` sends a little slower and
    evenly, for servers that count otherwise than by window. Raises `ConfigurationError` for what cannot work.
    """

    limit: int = 120
    per: float = attrs.field(default=60.0, kw_only=True)
    share: Share = attrs.field(default=1, kw_only=True)
    strict: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.limit, bool) or not isinstance(self.limit, int) or self.limit < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise ConfigurationError("RateLimit: limit must be a whole number of requests, 1 or more")
        if not _is_number(self.per) or self.per <= 0:
            raise ConfigurationError("RateLimit: per must be a number of seconds above 0")
        if not _is_number(self.share) or not 0 < self.share <= 1:
            raise ConfigurationError("RateLimit: share must be above 0 and at most 1")
        if _share_of(self.limit, self.share) < 1:
            raise ConfigurationError("RateLimit: this share of the limit is less than one request in a period")

    @property
    def slots(self) -> int:
        """Requests that this process may have in any one period."""
        return _share_of(self.limit, self.share)

    def slots_of(self, limit: int) -> int:
        """The same under a limit that the server names; at least 1, and never more than `slots`."""
        return max(1, _share_of(min(limit, self.limit), self.share))


@functools.lru_cache(maxsize=64)
def _share_of(limit: int, share: Share) -> int:
    """So many requests are a share of the limit. Each answer asks for it, and a fraction is slow to reckon with."""
    if share == 1:
        return limit
    from fractions import Fraction  # it loads decimal, which nobody else needs

    exact = share if isinstance(share, Fraction) else Fraction(share).limit_denominator(_FINEST_SHARE)
    return math.floor(limit * exact)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Rational) and not isinstance(value, bool) and math.isfinite(value)


@attrs.frozen
class LimiterState:
    """How a limiter stands at one moment.

    Of its bucket, in the whole process: `free` slots of `limit` (this process's share of what the server allows now);
    `queued` callers by lane; `in_flight` requests without an answer yet; `foreign` slots kept for other users of the
    key; `strict`; `paused_for` seconds until the gate opens, 0 when it is open. Of the limiter itself, so of one event
    loop: `waited` seconds by all callers together; `granted` and `refused` (429) requests so far.
    """

    free: int
    limit: int
    queued: Mapping[Lane, int]
    in_flight: int
    waited: float
    granted: int
    refused: int
    foreign: int
    strict: bool
    paused_for: float
