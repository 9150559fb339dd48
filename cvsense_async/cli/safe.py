"""Makes text harmless before a terminal, a table or a file system sees it.

A file name, a CV and a server's answer are written by others; none of them may move the cursor, restyle the screen,
or choose where a file is written.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from cvsense_async.screening.export import json_text, one_line

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["cut", "file_name", "json_text", "one_line", "text"]


def cut(words: object, most: int) -> str:
    """The words as one safe line of at most `most` characters."""
    line = one_line(words)
    return line if len(line) <= most else line[: max(1, most - 1)].rstrip() + "…"


def text(words: object, style: str = "") -> Text:
    """The words as one safe line that rich shows as they are, without reading markup in them."""
    from rich.text import Text

    return Text(one_line(words), style=style)


def file_name(words: str, most: int = 80) -> str:
    """A name for a file made of these words: letters, digits, `-`, `_`, single dots; never empty, hidden or a path."""
    plain = unicodedata.normalize("NFC", words)
    plain = re.sub(r"[^\w.-]+", "_", plain)
    plain = re.sub(r"\.{2,}|^[.-]+", "_", plain)
    while len(plain.encode()) > most:
        plain = plain[:-1]
    return plain.strip("._") or "cv"
