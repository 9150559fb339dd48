"""The two consoles: results go to stdout, everything else to stderr, each as plain or rich as what it is tied to.

They never read markup in text, send no escape sequence to what is no terminal, and fall silent when a pipe is closed.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from functools import cache
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from .safe import one_line

PIPED_WIDTH = 120
"""Columns where the output is no terminal and COLUMNS is not set."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        hush(self.file)


@cache
def out() -> Console:
    """The console of results."""
    return _console(sys.stdout)


@cache
def err() -> Console:
    """The console of progress and messages."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    terminal = is_terminal(stream)
    width = None if terminal else _columns() or PIPED_WIDTH
    return _Console(
        file=stream, force_terminal=terminal, width=width, markup=False, highlight=False, emoji=False,
        no_color=None if terminal else True, soft_wrap=False,
    )  # fmt: skip


def _columns() -> int | None:
    given = os.environ.get("COLUMNS", "")
    return int(given) if given.isdigit() and int(given) >= 20 else None


def is_terminal(stream: Any) -> bool:
    """Whether a person sees this stream."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def say(words: object) -> None:
    """One message on stderr: a line, made harmless."""
    console = err()
    console.print(Text(f"cvsense: {one_line(words)}"), soft_wrap=not console.is_terminal)


def emit(text: str) -> None:
    """Write text to stdout as it is; quiet when nobody reads any more."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        hush(sys.stdout)


def hush(stream: Any) -> None:
    """Send what is still written to this stream nowhere: its reader has gone."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def prepare_streams() -> None:
    """Let no character that the terminal's encoding lacks end a command."""
    out.cache_clear()
    err.cache_clear()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush_all() -> None:
    """Write what is waiting, so that nothing is said when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            hush(stream)
        except (ValueError, AttributeError):
            pass
