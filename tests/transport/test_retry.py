"""What may be sent again, as a table; and how long a call waits by itself."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.api.endpoint import Repeat
from cvsense_async.api.registry import endpoints
from cvsense_async.transport.retry import End, Next, after, end_of, pause
from cvsense_async.transport.settings import RetryPolicy

POLICY = RetryPolicy()


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (200, End.ANSWERED),
        (302, End.ANSWERED),
        (401, End.ANSWERED),
        (408, End.AMBIGUOUS),
        (422, End.ANSWERED),
        (429, End.REFUSED),
        (500, End.AMBIGUOUS),
        (502, End.AMBIGUOUS),
        (503, End.UNAVAILABLE),
        (504, End.AMBIGUOUS),
        (520, End.AMBIGUOUS),
    ],
)
def test_how_a_status_ends_an_attempt(status: int, end: End) -> None:
    """A 429 did nothing; a 5xx may have, a 503 among them."""
    assert end_of(status) is end


def test_a_503_before_the_last_byte_is_a_refusal() -> None:
    """Nobody can have carried out a request that had not been sent whole; other statuses are as they were."""
    assert end_of(503, sent=False) is End.REFUSED
    assert end_of(500, sent=False) is End.AMBIGUOUS
    assert end_of(429, sent=False) is End.REFUSED


@pytest.mark.parametrize(
    ("end", "repeat", "step"),
    [
        (End.REFUSED, Repeat.NEVER, Next.AGAIN),
        (End.UNSENT, Repeat.NEVER, Next.AGAIN),
        (End.AMBIGUOUS, Repeat.NEVER, Next.AMBIGUOUS_OUTCOME),
        (End.AMBIGUOUS, Repeat.SAFE, Next.AGAIN),
        (End.AMBIGUOUS, Repeat.HARMLESS, Next.AGAIN),
        (End.AMBIGUOUS, Repeat.SETTLE, Next.SETTLE),
        (End.UNAVAILABLE, Repeat.NEVER, Next.AMBIGUOUS_OUTCOME),
        (End.UNAVAILABLE, Repeat.SAFE, Next.AGAIN),
        (End.UNAVAILABLE, Repeat.HARMLESS, Next.AGAIN),
        (End.UNAVAILABLE, Repeat.SETTLE, Next.SETTLE),
        (End.ANSWERED, Repeat.SAFE, Next.RETURN),
    ],
)
def test_what_follows_an_attempt(end: End, repeat: Repeat, step: Next) -> None:
    """The design's table, while attempts are left."""
    assert after(end, repeat, attempts=1, refusals=1, policy=POLICY) is step


def test_attempts_are_bounded() -> None:
    """Every way of repeating ends."""
    many = {"attempts": POLICY.attempts, "refusals": POLICY.refusals, "policy": POLICY}
    assert after(End.REFUSED, Repeat.SAFE, **many) is Next.RAISE
    assert after(End.UNAVAILABLE, Repeat.SAFE, **many) is Next.RAISE
    assert after(End.UNAVAILABLE, Repeat.SETTLE, **many) is Next.AMBIGUOUS_OUTCOME
    assert after(End.UNSENT, Repeat.SAFE, **many) is Next.RAISE
    assert after(End.AMBIGUOUS, Repeat.SAFE, **many) is Next.RAISE
    assert after(End.AMBIGUOUS, Repeat.SETTLE, **many) is Next.AMBIGUOUS_OUTCOME


def test_the_table_of_the_design() -> None:
    """Which calls may be repeated after an ambiguous end, by name."""
    by_policy: dict[Repeat, set[str]] = {}
    for row in endpoints():
        by_policy.setdefault(row.repeat, set()).add(row.operation)
    assert by_policy[Repeat.NEVER] == {"create_job", "create_shortlist", "register_webhook", "upload_cvs"}
    assert by_policy[Repeat.SETTLE] == {"start_batch", "cancel_batch"}
    assert by_policy[Repeat.HARMLESS] == {"create_batch", "ping_webhook"}
    assert all(row.look_up for row in endpoints() if row.repeat is Repeat.NEVER)


@given(st.integers(0, 10_000), st.integers())
def test_a_pause_is_bounded(attempts: int, seed: int) -> None:
    """However often a call failed, its pause stays between nothing and the cap."""
    assert 0 <= pause(attempts, POLICY, random.Random(seed)) <= POLICY.cap
