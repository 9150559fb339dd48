"""What may be sent again, and when: pure decisions, so that the table in the design can be tested as a table."""

from __future__ import annotations

import email.utils
import enum
import random
from collections.abc import Mapping

from cvsense_async.api.endpoint import Repeat

from .settings import RetryPolicy


class End(enum.Enum):
    """How an attempt ended, as far as repeating it goes."""

    ANSWERED = "answered"  # a whole answer that settles the matter
    REFUSED = "refused"  # a 429, or a 503 that came before the request had been sent whole: nothing was done
    UNAVAILABLE = "unavailable"  # a 503 to a whole request: a limiter's refusal, or the work was done before it
    UNSENT = "unsent"  # the connection was refused: nothing was sent
    AMBIGUOUS = "ambiguous"  # it may or may not have been done


class Next(enum.Enum):
    """What to do after an attempt."""

    RETURN = "return"
    AGAIN = "again"
    SETTLE = "settle"
    AMBIGUOUS_OUTCOME = "ambiguous_outcome"
    RAISE = "raise"


def end_of(status: int, *, sent: bool = True) -> End:
    """How an answer with this status ended the attempt; `sent`: the last byte of the request had gone out by then."""
    if status == 429:
        return End.REFUSED
    if status == 503:
        return End.UNAVAILABLE if sent else End.REFUSED
    if status >= 500 or status == 408:
        return End.AMBIGUOUS
    return End.ANSWERED


def after(end: End, repeat: Repeat, *, attempts: int, refusals: int, policy: RetryPolicy) -> Next:
    """What to do after an attempt that ended so; `attempts` and `refusals` count those made, this one included."""
    if end is End.ANSWERED:
        return Next.RETURN
    if end is End.REFUSED:
        return Next.AGAIN if refusals < policy.refusals else Next.RAISE
    if end is End.UNSENT:
        return Next.AGAIN if attempts < policy.attempts else Next.RAISE
    if repeat is Repeat.NEVER:
        return Next.AMBIGUOUS_OUTCOME
    more = refusals < policy.refusals if end is End.UNAVAILABLE else attempts < policy.attempts
    if repeat is Repeat.SETTLE:
        return Next.SETTLE if more else Next.AMBIGUOUS_OUTCOME
    return Next.AGAIN if more else Next.RAISE


def pause(attempts: int, policy: RetryPolicy, chance: random.Random) -> float:
    """Seconds to wait before the next attempt: exponential, with full jitter."""
    return chance.uniform(0, min(policy.cap, policy.base * 2 ** min(attempts, 30)))


def asked_pause(headers: Mapping[str, str], *, now: float) -> float | None:
    """The seconds that an answer asks to wait, or `None`.

    `Retry-After` may be seconds or a date, `X-RateLimit-Reset` is Unix seconds [contract: Basics]. A moment is taken
    relative to the answer's own `Date`, for the two machines' clocks need not agree; `now` (Unix seconds) serves where
    there is none.
    """
    there = _moment(headers.get("Date")) or now
    after_header = headers.get("Retry-After", "").strip()
    if after_header:
        seconds = _number(after_header)
        if seconds is None:
            moment = _moment(after_header)
            seconds = None if moment is None else moment - there
        if seconds is not None:
            return max(0.0, seconds)
    reset = _number(headers.get("X-RateLimit-Reset", "").strip())
    if reset is not None:
        # Some services give the seconds left instead of a moment.
        return max(0.0, reset - there if reset > 1_000_000_000 else reset)
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None


def _moment(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
