"""What a sandbox can be told; one frozen set of options, the same for Python, the command line and the child process.

It is plain JSON on the way to the child, so that the key stands in no process list.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import orjson

from cvsense_async.errors import ConfigurationError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
THROTTLES = ("laravel", "sliding-log", "sliding-counter", "gcra")
MIB = 1024 * 1024
MAX_UPLOAD_BYTES = 101 * MIB


def _limit(given: Sequence[float]) -> tuple[int, float]:
    return int(given[0]), float(given[1])


def default_workers() -> int:
    """One processor is left for the server and its client."""
    return max(1, min(4, (os.cpu_count() or 2) - 1))


def needs_python() -> None:
    """Raise `ConfigurationError` where no Python can be started as a process: the program would start itself again."""
    if getattr(sys, "frozen", False) or not sys.executable:
        raise ConfigurationError(
            "the sandbox runs as a process of Python, and this program is frozen (or embeds Python), so it would start "
            "itself: run `cvsense sandbox` where this package is installed, and give the session its url and key"
        )


def new_key() -> str:
    """A key in the service's form."""
    return f"cvs_{secrets.token_hex(20)}"


@attrs.frozen(kw_only=True)
class Options:
    """A sandbox's settings. Sizes are bytes unless named otherwise, times are seconds.

    `throttle` is one of `THROTTLES`; `gcra` may carry its burst, as in `gcra:20` (a token bucket is `gcra:120`).
    `engine` is `ebsv`, `instant`, or `module:attribute` of an engine or of a class of engines. `screening_seconds` is
    how long each CV takes at least, on the sandbox's clock. `db` is a file that is kept; `None` is memory.
    """

    key: str = attrs.field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    db: str | None = None
    credits: int = 5000
    rate_limit: tuple[int, float] = attrs.field(default=(120, 60.0), converter=_limit)
    throttle: str = "laravel"
    workers: int = attrs.field(factory=default_workers)
    engine: str = "ebsv"
    seed: int = 0
    screening_seconds: float = 0.0
    cv_seconds: float = 10.0
    cv_megabytes: int = 512
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    upload_seconds: float = 120.0
    webhook_seconds: float = 10.0

    def __attrs_post_init__(self) -> None:
        kind, _, burst = self.throttle.partition(":")
        if self.host not in LOOPBACK:
            raise ConfigurationError("the sandbox binds to loopback only (127.0.0.1)")
        if kind not in THROTTLES or (burst and (kind != "gcra" or not burst.isdigit() or int(burst) < 1)):
            raise ConfigurationError(f"throttle must be one of: {', '.join(THROTTLES)}; gcra may be followed by :burst")
        if not self.key or self.key != self.key.strip() or not self.key.isascii() or not self.key.isprintable():
            raise ConfigurationError("the key must be printable ASCII")
        if self.rate_limit[0] < 1 or self.rate_limit[1] <= 0 or self.workers < 1 or self.credits < 0:
            raise ConfigurationError("rate_limit and workers must be positive, credits not negative")
        if self.engine not in ("ebsv", "instant") and ":" not in self.engine:
            raise ConfigurationError("engine must be ebsv, instant or module:attribute")

    @property
    def spool(self) -> Path | None:
        """Where CVs wait for their screening when the database is a file; `None`: a temporary folder."""
        return Path(f"{self.db}.files") if self.db else None

    def to_json(self) -> bytes:
        """The options as one line."""
        return orjson.dumps(attrs.asdict(self))

    @classmethod
    def from_json(cls, line: bytes) -> Options:
        """The options out of that line."""
        given: dict[str, Any] = orjson.loads(line)
        return cls(**given)
