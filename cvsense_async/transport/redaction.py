"""Keeps the key out of what an error carries: the service's words, and the frames that an error reporter would store.

aiohttp's frames hold the headers that were sent, so none of them may hang on an error that reaches a caller, not even
by the chain of those it came from.
"""

from __future__ import annotations

import html
import re
import urllib.parse
from typing import TypeVar

E = TypeVar("E", bound=BaseException)

MARK = "[key]"
"""What stands in a text in the place of the key."""


def without_frames(error: E, handled: BaseException | None) -> E:
    """The error without its frames, and without those of the errors that it came from.

    `handled` is what the caller was handling already (`sys.exception()`): that one, and what it came from, is theirs.
    """
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or each is handled or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        waiting += [each.__cause__, each.__context__]
    return error


def redacted(text: str, key: str) -> str:
    """A text of the service without the key: as it is, as URLs and HTML write it, and where half of it or more stands.

    A service that shows the few letters by which a key is told apart from others may do so.
    """
    for form in {key, urllib.parse.quote(key, safe=""), html.escape(key)}:
        text = re.sub(re.escape(form), MARK, text, flags=re.IGNORECASE)
    if len(key) >= 12:
        text = _without_start(text, key)
        text = _without_start(text[::-1], key[::-1])[::-1].replace(MARK[::-1], MARK)
    return text


def _without_start(text: str, key: str) -> str:
    """The text without the key where it was cut short, but holds half of it."""
    half = key[: max(8, len(key) // 2)]
    at = text.find(half)
    while at >= 0:
        end = at + len(half)
        while text[at : end + 1] == key[: end + 1 - at] and end < len(text):
            end += 1
        text = text[:at] + MARK + text[end:]
        at = text.find(half, at + len(MARK))
    return text
