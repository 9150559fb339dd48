"""What may be sent again, and when: pure decisions, so that the table in the design can be tested as a table."""

from __future__ import annotations

import enum
import random

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
