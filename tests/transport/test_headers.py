"""What is believed of the headers that limiters and proxies write, and what they cannot do to a caller."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.transport.headers import asked_pause, count

NOW = 1_790_000_000.0
DATE = "Mon, 21 Sep 2026 14:13:20 GMT"  # NOW, as the service would write it


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "1e999"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "\u0667"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "5, 10"}, 10),
        ({"Retry-After": "5, soon"}, None),
        ({"Retry-After": "999999999"}, 999_999_999),
        ({"Retry-After": "Mon, 21 Sep 2026 14:13:50 GMT"}, 30),
        ({"Retry-After": "Mon, 21 Sep 2026 14:13:50 -0000"}, 30),
        ({"Retry-After": "2026-09-21T14:13:50Z"}, 30),
        ({"Retry-After": "Mon, 21 Sep 2026 14:13:50 GMT", "Date": "Mon, 21 Sep 2026 14:13:40 GMT"}, 10),
        ({"Retry-After": "Mon, 21 Sep 2026 13:00:00 GMT"}, 0),
        ({"Retry-After": "Mon, 01 Jan 0001 00:00:00 GMT"}, 0),
        ({"Retry-After": "Mon, 21 Sep 99999999999 14:13:50 GMT"}, None),
        ({"Retry-After": str(int(NOW) + 12)}, 12),
        ({"Retry-After": str((int(NOW) + 12) * 1000)}, 12),
        ({"X-RateLimit-Reset": str(NOW + 12)}, 12),
        ({"X-RateLimit-Reset": str((int(NOW) + 12) * 1000)}, 12),
        ({"X-RateLimit-Reset": str((int(NOW) + 12) * 1_000_000)}, 12),
        ({"X-RateLimit-Reset": str(NOW + 12), "Date": "Mon, 21 Sep 2026 14:13:30 GMT"}, 2),
        ({"X-RateLimit-Reset": str(NOW + 12), "Date": "nonsense"}, 12),
        ({"X-RateLimit-Reset": "9"}, 9),
        ({"X-RateLimit-Reset": "9, 9"}, 9),
        ({"X-RateLimit-Reset": str(NOW + 50), "Retry-After": "3"}, 3),
        ({"X-RateLimit-Reset": str(NOW + 50), "Retry-After": "soon"}, 50),
    ],
)
def test_the_pause_that_a_429_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, dates, Unix time in seconds or finer: relative to the answer's own clock, and never less than 0."""
    asked = asked_pause(headers, status=429, now=NOW)
    assert asked == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (503, {"Retry-After": "7"}, 7),
        (503, {"Retry-After": "7", "X-RateLimit-Remaining": "0"}, 7),
        (503, {"Retry-After": "7", "X-RateLimit-Remaining": "80"}, None),
        (503, {"X-RateLimit-Reset": "9"}, None),
        (503, {"X-RateLimit-Reset": "9", "X-RateLimit-Remaining": "80"}, None),
        (503, {"X-RateLimit-Reset": "9", "X-RateLimit-Remaining": "0"}, 9),
        (500, {"Retry-After": "400", "X-RateLimit-Reset": "400"}, None),
        (502, {"Retry-After": "20", "X-RateLimit-Remaining": "0"}, None),
        (200, {"Retry-After": "20", "X-RateLimit-Reset": "9", "X-RateLimit-Remaining": "0"}, None),
        (401, {"Retry-After": "20"}, None),
    ],
)
def test_whose_headers_ask_for_a_pause(status: int, headers: dict[str, str], seconds: float | None) -> None:
    """A limiter writes the end of its window on every answer: on a failure, or with requests left, it asks nothing."""
    assert asked_pause(headers, status=status, now=NOW) == seconds


def test_a_wrong_clock_here_does_not_change_a_pause() -> None:
    """With a Date in the answer, this machine's clock does not matter."""
    headers = {"Retry-After": "Mon, 21 Sep 2026 14:13:50 GMT", "Date": DATE}
    wrong = (asked_pause(headers, status=429, now=NOW + shift) for shift in (-86_400, 86_400))
    assert [*wrong] == [30, 30]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("120", 120),
        ("0", 0),
        (" 120 ", 120),
        ("120, 120", 120),
        ("120,120,120", 120),
        ("100;w=60", 100),
        ("100, 100;w=60", 100),
        ("120, 60", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("", None),
        (",", None),
        ("\u0661\u0662\u0660", None),
        ("\u00b2", None),
        ("9" * 400, None),
        ("9" * 5000, None),
        ("unlimited", None),
        (None, None),
    ],
)
def test_a_number_of_requests(text: str | None, number: int | None) -> None:
    """A plain number, also doubled on the way; whatever else there is counts as not said."""
    assert count(text) == number


anything = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789.,-+e: ;", max_size=40),
    st.integers(0, 6000).map(lambda length: "9" * length),
    st.floats().map(str),
    st.integers().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["Mon, 21 Sep 2026 14:13:50 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"]
    ),
)


@settings(derandomize=True, max_examples=300)
@given(
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "X-RateLimit-Reset", "X-RateLimit-Remaining", "Date"]), anything
    ),
    status=st.sampled_from([200, 404, 429, 500, 503]),
)
def test_no_header_raises(headers: dict[str, str], status: int) -> None:
    """Whatever the headers hold, a pause is a finite number of seconds or none."""
    asked = asked_pause(headers, status=status, now=NOW)
    assert asked is None or (asked >= 0 and math.isfinite(asked))


@settings(derandomize=True, max_examples=300)
@given(anything)
def test_no_count_raises(text: str) -> None:
    """A number of requests is one that a limiter can reckon with, or none."""
    read = count(text)
    assert read is None or 0 <= read < 10**9
