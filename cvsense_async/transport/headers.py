"""What an answer's headers say of the rate limit, and how long it asks to wait.

Limiters and proxies of every kind write these headers, so nothing in them is believed that does not have one of the
known forms: what has none counts as not said, and raises nothing, however long or odd it is.
"""

from __future__ import annotations

import datetime
import email.utils
import re
from collections.abc import Mapping

_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,20}(?:\.[0-9]{0,20})?", re.ASCII)
_LONGEST = 100
"""Characters of a header that is looked at; a date has about thirty."""

_A_MOMENT = 1_000_000_000
"""Numbers from here on are Unix time (since 2001), smaller ones are seconds from now."""

_IN_SECONDS = 100_000_000_000
"""Unix time from here on is finer than seconds: 13 digits are milliseconds, 16 are microseconds."""


def count(text: str | None) -> int | None:
    """A number of requests; `None` where there is none. A header that was doubled on the way (`120, 120`) counts once.

    Parameters after a semicolon, as in `100;w=60`, are left out.
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    if len(text) > _LONGEST:
        return None
    several = {part.partition(";")[0].strip() for part in text.split(",")}
    only = several.pop()
    return int(only) if not several and _COUNT.fullmatch(only) else None


def asked_pause(headers: Mapping[str, str], *, status: int, now: float) -> float | None:
    """The seconds that an answer asks to wait, or `None`. It is the caller who bounds them.

    `Retry-After` counts on a 429 and a 503, `X-RateLimit-Reset` on these where nothing remains: some limiters put the
    end of their window on every answer, and on a 503 with requests left neither of the two asks for anything. Both may
    be seconds, Unix time or a date [contract: Basics]. A moment is taken relative to the answer's own `Date`, for the
    two machines' clocks need not agree; `now` (Unix seconds) serves where there is none.
    """
    if status not in (429, 503):
        return None
    remaining = count(headers.get("X-RateLimit-Remaining"))
    if status == 503 and remaining:
        return None
    there = _date(headers.get("Date", ""))
    since = now if there is None else there
    asked = _seconds(headers.get("Retry-After", ""), since)
    if asked is None and (status == 429 or remaining == 0):
        asked = _seconds(headers.get("X-RateLimit-Reset", ""), since)
    return asked


def _seconds(text: str, since: float) -> float | None:
    """The seconds from a moment that a header speaks of, at least 0."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    numbers = [_number(part) for part in text.split(",")]
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers):
        return max(0.0, *(number - since if number >= _A_MOMENT else number for number in known))
    moment = _date(text)
    return None if moment is None else max(0.0, moment - since)


def _number(text: str) -> float | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    while number >= _IN_SECONDS:
        number /= 1000
    return number


def _date(text: str) -> float | None:
    """A date as HTTP or ISO 8601 writes it, as Unix time; one without a zone is UTC."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    for read in (email.utils.parsedate_to_datetime, datetime.datetime.fromisoformat):
        try:
            made = read(text)
            return (made if made.tzinfo is not None else made.replace(tzinfo=datetime.UTC)).timestamp()
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
