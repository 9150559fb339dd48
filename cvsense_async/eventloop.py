"""The event loop that we run in: asyncio's, whoever made it, and a typed error where there is none."""

from __future__ import annotations

import asyncio
import sys

from .errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """The running event loop. Raises `ConfigurationError` where there is none, or one that is not asyncio's."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(_advice()) from None


def _advice() -> str:
    sniffio = sys.modules.get("sniffio")
    try:
        library = None if sniffio is None else str(sniffio.current_async_library())
    except Exception:  # it knows of none
        library = None
    if library not in (None, "asyncio"):
        return (
            f"this package needs asyncio, and {library} is running here: run it in a thread with asyncio.run(…), "
            "or with trio-asyncio; with AnyIO choose the backend asyncio"
        )
    return "no event loop is running here: call this inside a coroutine that asyncio.run(…) runs"
