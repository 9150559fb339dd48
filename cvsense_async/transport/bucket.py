"""Tells a bucket of small burst from a window that somebody else has nearly used up.

Both say "few remaining" to the first request. But a window has one less after each of ours, while a bucket (nginx's
limit_req, a GCRA) has filled up again after a moment and says the same number, however often it is asked.
"""

from __future__ import annotations

import math

ALIKE = 3
"""Answers in a row that must repeat the highest number before a bucket is believed in."""

SMALL = 1 / 3
"""A bucket is small when it holds less than this part of the limit."""


class SmallBucket:
    """Watches `X-RateLimit-Remaining` in answers to requests that went alone, one after the other."""

    def __init__(self, per: float) -> None:
        self._per = per
        self._highest = -1
        self._alike = 0
        self._answered_at = math.inf
        self._answered = 0
        self._refuted = False
        self.seen: bool = False
        self.curious: bool = False
        """The first answers leave it open: the next requests should go alone, an interval apart."""

    def answered(self, serial: int, sent_at: float, limit: int, remaining: int, now: float) -> bool:
        """Take in an answer; `True` when it proves that there is a small bucket."""
        before, before_at = self._answered, self._answered_at
        self._answered, self._answered_at = serial, now
        highest, small = self._highest, remaining < limit * SMALL
        if self.seen or self._refuted:
            return False
        if remaining <= highest and not (self._alike or self.curious or (small and remaining == highest)):
            return False  # nothing that an earlier answer has begun, and nothing that begins here
        follows = serial == before + 1 and sent_at - before_at >= self._per / limit
        if remaining > highest:
            self._highest, self._alike = remaining, 0
            self.curious = small and highest < 0 < remaining
        elif follows and small and remaining == highest:
            self._alike += 1
        elif follows or self.curious:
            self._alike, self.curious = 0, False
        self.seen = self._alike >= ALIKE
        self.curious = self.curious and not self.seen
        return self.seen

    def refuse(self) -> None:
        """A 429 although the bucket was respected: it was somebody else after all."""
        self._refuted = self._refuted or self.seen
        self.seen = False
