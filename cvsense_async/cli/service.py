"""Opens the session that a command talks through: at the service, or at a sandbox that lives as long as the command.

The key comes from the environment only: an argument would stand in the list of processes and in the shell's history.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from .ending import Stop
from .statuses import REFUSED

if TYPE_CHECKING:
    from cvsense_async.session import CVSenseSession
    from cvsense_async.transport.rate import RateLimit

KEY_VARIABLE = "CVSENSE_API_KEY"
URL_VARIABLE = "CVSENSE_BASE_URL"

NO_KEY = (
    f"no API key: set {KEY_VARIABLE} (the key comes from the Developer Dashboard); "
    "without one, try `cvsense screen … --sandbox`"
)


def check_key() -> None:
    """Raise `Stop` where no key is set."""
    if not os.environ.get(KEY_VARIABLE, "").strip():
        raise Stop(NO_KEY, REFUSED)


def base_url(given: str | None) -> str | None:
    """The address that was asked for, by option or environment; `None`: the service's own."""
    return given or os.environ.get(URL_VARIABLE) or None


def rate_limit(given: str, *, strict: bool) -> RateLimit:
    """`--rate-limit`: requests and the seconds they count in, as `120/60`."""
    from cvsense_async.transport.rate import RateLimit

    found = re.fullmatch(r"(\d{1,9})(?:/(\d{1,6}(?:\.\d+)?))?", given.strip())
    if found is None:
        raise Stop(f"--rate-limit {given}: give requests and seconds, such as 120/60")
    return RateLimit(int(found[1]), per=float(found[2] or 60), strict=strict)


def poll_interval(given: str) -> tuple[float, float]:
    """`--poll-interval`: the least and most seconds between two polls of a batch, as `5:10`."""
    number = r"(\d{1,6}(?:\.\d+)?)"
    found = re.fullmatch(rf"{number}(?::{number})?", given.strip())
    least, most = (float(found[1]), float(found[2] or found[1])) if found is not None else (0.0, 0.0)
    if not 0 < least <= most:
        raise Stop(f"--poll-interval {given}: give seconds, at least and at most, such as 5:10")
    return least, most


@contextlib.asynccontextmanager
async def session_at(base_url: str | None, rate: RateLimit | None = None) -> AsyncGenerator[CVSenseSession, None]:
    """A session at the service."""
    from cvsense_async.session import CVSenseSession

    check_key()
    async with CVSenseSession(base_url=base_url, rate_limit=rate) as session:
        yield session


@contextlib.asynccontextmanager
async def session_at_sandbox(credits: int, rate: RateLimit | None = None) -> AsyncGenerator[CVSenseSession, None]:
    """A session at a sandbox of its own, in which a rate limit that was asked for holds on both sides."""
    from cvsense_async.sandbox import Sandbox
    from cvsense_async.session import CVSenseSession

    limit = (rate.limit, rate.per) if rate is not None else (120, 60.0)
    async with (
        Sandbox(credits=credits, rate_limit=limit) as sandbox,
        CVSenseSession(sandbox.api_key, sandbox.url, rate) as session,
    ):
        yield session
