"""How calls are sent: time-outs, retries and options; frozen, so that they can be shared and compared."""

from __future__ import annotations

from typing import Any, BinaryIO

import attrs

from cvsense_async.errors import ConfigurationError

from .limiter import Lane

MIB = 1024 * 1024


def _positive(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None and not value > 0:
        raise ConfigurationError(f"{attribute.name} must be more than 0, not {value!r}")


@attrs.frozen(kw_only=True)
class Timeouts:
    """How long a call may take, in seconds. Waiting for the rate limit counts in none of them.

    `connect`: until a connection stands. `attempt`: one request until its whole answer is there; an upload gets the
    time its bytes need at `upload_rate` (bytes a second) on top. `call`: all attempts and the pauses between them;
    `None` bounds it by the number of attempts alone.
    """

    connect: float = attrs.field(default=10.0, validator=_positive)
    attempt: float = attrs.field(default=60.0, validator=_positive)
    call: float | None = attrs.field(default=600.0, validator=_positive)
    upload_rate: float = attrs.field(default=64 * 1024, validator=_positive)

    def for_body(self, size: int) -> float:
        """Seconds for one attempt that sends `size` bytes."""
        return self.attempt + size / self.upload_rate


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often, and how soon, a call that may be sent again is sent again.

    `attempts` bounds the requests of one call that met errors, `refusals` those that met a 429 or a 503. The pause
    before the n-th is drawn evenly from 0 to `base` · 2^n seconds, at most `cap` ("full jitter").
    Where the service asks for a pause, all calls of the key wait, but never longer than `longest_pause` seconds at
    once; then the call is sent again, as often as `refusals` allows.
    """

    attempts: int = attrs.field(default=6, validator=_positive)
    refusals: int = attrs.field(default=10, validator=_positive)
    base: float = attrs.field(default=0.5, validator=_positive)
    cap: float = attrs.field(default=20.0, validator=_positive)
    longest_pause: float = attrs.field(default=300.0, validator=_positive)


@attrs.frozen(kw_only=True)
class CallOptions:
    """What may differ from call to call: the lane at the limiter, the attempt's time-out, and a deadline (seconds).

    The deadline counts from the call's start and includes waiting for the rate limit. A success's body goes `into` a
    file where one is given, anew for each attempt, and none of it is held.
    """

    lane: Lane = Lane.INTERACTIVE
    timeout: float | None = attrs.field(default=None, validator=_positive)
    deadline: float | None = attrs.field(default=None, validator=_positive)
    into: BinaryIO | None = attrs.field(default=None, repr=False, eq=False)
