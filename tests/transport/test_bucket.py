"""A bucket of small burst and a window that is nearly used up say the same at first; they are told apart."""

from __future__ import annotations

import pytest

from cvsense_async.transport.bucket import SmallBucket

PER, LIMIT = 60.0, 120


def feed(watch: SmallBucket, remaining: list[int], *, apart: float = 0.6) -> list[bool]:
    """Answers to requests that go alone, `apart` seconds one after the other."""
    return [
        watch.answered(serial, serial * apart, LIMIT, left, serial * apart)
        for serial, left in enumerate(remaining, start=1)
    ]


def test_a_bucket_is_believed_in_after_the_same_number_four_times() -> None:
    """It fills up between two requests, so it says the same again and again."""
    watch = SmallBucket(PER)
    assert feed(watch, [9, 9, 9, 9]) == [False, False, False, True]
    assert watch.seen


@pytest.mark.parametrize("remaining", [[9, 8, 7, 6], [9, 8, 8, 8], [119, 119, 119, 119], [0, 0, 0], [9, 9, 119]])
def test_a_window_is_not_taken_for_a_bucket(remaining: list[int]) -> None:
    """One less each time, a number that is not small, or a window that turns over: no bucket."""
    watch = SmallBucket(PER)
    assert not any(feed(watch, remaining))
    assert not watch.curious


def test_requests_close_together_prove_nothing() -> None:
    """Before an interval is over a bucket cannot have filled up."""
    watch = SmallBucket(PER)
    assert not any(feed(watch, [9, 9, 9, 9, 9], apart=0.1))


def test_a_refusal_ends_the_belief() -> None:
    """A 429 although the bucket was respected: it was somebody else, and it stays so."""
    watch = SmallBucket(PER)
    feed(watch, [9, 9, 9, 9])
    watch.refuse()
    assert not watch.seen
    assert not any(feed(watch, [9, 9, 9, 9, 9]))
