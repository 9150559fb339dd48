"""Reads the plain values in JSON: numbers, texts, truth values, ids, times, and lists that PHP turned into objects.

Reading is forgiving, for the service is documented in part only; what cannot be read is `Undecodable`, in words that
hold nothing from the body.
"""

from __future__ import annotations

import datetime
import functools
import typing
from typing import Any

Id = int | str
"""An id of the service: opaque, sent back as it came [contract: Basics]."""

_IN_SECONDS = 100_000_000_000
"""Unix time from here on is finer than seconds: 13 digits are milliseconds, 16 are microseconds."""


class Undecodable(ValueError):
    """An answer's body does not have the form that the contract gives it; the text holds nothing from the body."""


def is_object(value: Any) -> typing.TypeGuard[dict[str, Any]]:
    """Whether a piece of JSON is an object."""
    return isinstance(value, dict)


def is_array(value: Any) -> typing.TypeGuard[list[Any]]:
    """Whether a piece of JSON is an array."""
    return isinstance(value, list)


def whole(value: Any, _: Any = None) -> int:
    """A whole number, also where it is written as a text or with a point."""
    if isinstance(value, bool):
        raise Undecodable("a truth value where a number was expected")
    if isinstance(value, int):
        return value
    number = float(value) if isinstance(value, (float, str)) else None
    if number is None or not number.is_integer():
        raise Undecodable("no whole number")
    return int(number)


def whole_or_none(value: Any) -> int | None:
    """A whole number; `None` where it is none."""
    try:
        return whole(value)
    except (Undecodable, ValueError, OverflowError):
        return None


def number(value: Any, _: Any = None) -> float:
    """A finite number, also where it is written as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Undecodable("no number")
    made = float(value)
    if made != made or made in (float("inf"), float("-inf")):
        raise Undecodable("no finite number")
    return made


def text(value: Any, _: Any = None) -> str:
    """A text, or a number as one."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise Undecodable("no text")


def truth(value: Any, _: Any = None) -> bool:
    """A truth value, also as 0, 1, or in words."""
    if isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false", "0", "1"):
        return value.lower() in ("true", "1")
    raise Undecodable("no truth value")


def identity(value: Any, _: Any = None) -> Id:
    """An id of the service: an int, or a text that is not empty."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise Undecodable("no id")
    return value


def identity_or_none(value: Any, _: Any = None) -> Id | None:
    """An id, or none."""
    return None if value is None else identity(value)


def moment(value: Any, _: Any = None) -> datetime.datetime:
    """A time of the service: ISO 8601 with an offset or `Z`; without one it is UTC [contract: Basics]."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and 9 <= len(text) <= 20 and text.isdigit():
            return _of_unix(int(text))
        made = _of_text(text)
        return made if made.tzinfo is not None else made.replace(tzinfo=datetime.UTC)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _of_unix(value)
    if isinstance(value, dict):
        return _of_php(typing.cast("dict[str, Any]", value))
    raise Undecodable("no time")


def _of_text(text: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(text.replace(" UTC", "Z"))
    except ValueError:
        raise Undecodable("no time that can be read") from None


def _of_unix(number: float) -> datetime.datetime:
    """Unix time in seconds, or as finely as its digits say."""
    while _IN_SECONDS <= abs(number) < 1e20:
        number /= 1000
    try:
        return datetime.datetime.fromtimestamp(number, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise Undecodable("no time that can be read") from None


def _of_php(value: dict[str, Any]) -> datetime.datetime:
    """PHP's own JSON of a DateTime: `date`, `timezone_type` (1: an offset, 2: letters, 3: a name) and `timezone`."""
    date, zone = value.get("date"), value.get("timezone", "UTC")
    if not isinstance(date, str) or not isinstance(zone, str):
        raise Undecodable("no time that can be read")
    made = _of_text(date.strip())
    return made if made.tzinfo is not None else made.replace(tzinfo=_zone(zone))


@functools.lru_cache(maxsize=64)
def _zone(name: str) -> datetime.tzinfo:
    if name.upper() in ("UTC", "Z", "GMT"):
        return datetime.UTC
    if name[:1] in ("+", "-"):
        zone = _of_text(f"2000-01-01T00:00:00{name}").tzinfo
        if zone is not None:
            return zone
    import zoneinfo  # seldom needed, and it reads the system's files

    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Undecodable("a time in a zone that is not known here") from None


def entries_of(value: dict[str, Any]) -> list[Any] | None:
    """The entries of a list that PHP wrote as an object, for it had gaps (`{"0": …, "2": …}`); `None` if it is none.

    Their order in the document is the list's: the keys say where they stood before it was sorted.
    """
    return list(value.values()) if all(key.isascii() and key.isdigit() for key in value) else None
