"""The four rate limits, on a clock of their own."""

from __future__ import annotations

import random
from collections import deque

import pytest

from cvsense_async.sandbox.throttle import Throttles, make


def passed(kind: str, times: list[float], limit: int = 10, period: float = 60.0) -> list[float]:
    """Which of these requests pass."""
    throttle = make(kind, limit, period)
    return [now for now in times if throttle.ask(now).allowed]


def test_fixed_window_lets_two_bursts_meet() -> None:
    """The window opens at the first request; at its edge twice the limit may pass in a moment."""
    assert len(passed("laravel", [0.0] + [59.9] * 20 + [60.0] * 20)) == 20


def test_sliding_log_holds_everywhere() -> None:
    """No period, wherever it begins, holds more than the limit."""
    chance = random.Random(1)
    times = sorted(chance.uniform(0, 600) for _ in range(2000))
    recent: deque[float] = deque()
    for now in passed("sliding-log", times):
        recent.append(now)
        while recent[0] <= now - 60:
            recent.popleft()
        assert len(recent) <= 10
    assert len(passed("sliding-log", times)) > 90


def test_sliding_counter_weighs_the_window_before() -> None:
    """Half a window later, half of the earlier window's requests still count."""
    assert len(passed("sliding-counter", [30.0] * 12 + [90.0] * 12)) == 10 + 5


def test_buckets() -> None:
    """A bucket lets its burst through and then one request a step."""
    assert len(passed("gcra:3", [0.0] * 10)) == 3
    assert len(passed("gcra:10", [0.0] * 20)) == 10
    assert passed("gcra:1", [0.0, 1.0, 6.0, 6.1, 12.0]) == [0.0, 6.0, 12.0]


@pytest.mark.parametrize("kind", ["laravel", "sliding-log", "sliding-counter", "gcra", "gcra:1"])
def test_whoever_comes_back_when_told_may_pass(kind: str) -> None:
    """A refused request that waits as long as it was told passes then, and not much earlier."""
    chance = random.Random(2)
    throttle, now, refused = make(kind, 5, 10.0), 100.0, 0
    for _ in range(3000):
        now += chance.expovariate(3)
        verdict = throttle.ask(now)
        assert verdict.remaining >= 0
        if not verdict.allowed:
            refused += 1
            assert 0 < verdict.retry_after <= 20
            now += verdict.retry_after + 1e-6
            assert throttle.ask(now).allowed
    assert refused


def test_remaining_tells_what_may_follow() -> None:
    """What a verdict says remains passes at once, and no more."""
    for kind in ("laravel", "sliding-log", "sliding-counter", "gcra:7"):
        throttle = make(kind, 20, 60.0)
        first = throttle.ask(1000.0)
        follow = [throttle.ask(1000.0).allowed for _ in range(40)]
        assert sum(follow) == first.remaining, kind


def test_headers() -> None:
    """A refusal says in whole seconds when to come back, never too early."""
    throttles = Throttles("laravel", (1, 60.0))
    assert throttles.headers(throttles.ask("k", 100.25), 100.25) == {
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
    }
    refused = throttles.headers(throttles.ask("k", 110.5), 110.5)
    assert (refused["Retry-After"], refused["X-RateLimit-Reset"]) == ("50", "161")
