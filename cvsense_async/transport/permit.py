"""One attempt's slot, and the four ways in which it ends.

It is an object of its own because an attempt can end in places that know nothing of the limiter, even by being
forgotten.
"""

from __future__ import annotations

from typing import Protocol

from .feedback import Mark

UNKNOWN_GRACE = 5.0
"""Seconds for which a request that was given up may still arrive at the server."""


class Permit:
    """The right to send one request. The first ending counts, later ones do nothing.

    `waited` is the seconds that `acquire` took. A permit that is thrown away unended counts as `unknown`.
    """

    __slots__ = ("_limiter", "_open", "mark", "pace", "sent_at", "serial", "waited")

    def __init__(self, limiter: PermitDesk, serial: int, mark: Mark, sent_at: float) -> None:
        self._limiter = limiter
        self._open = True
        self.serial: int = serial
        self.mark: Mark = mark
        self.sent_at: float = sent_at
        self.waited: float = 0.0
        self.pace: PaceKeeper | None = None

    def answered(self, *, limit: int | None, remaining: int | None, refused: bool = False) -> None:
        """The answer's headers are here: `X-RateLimit-Limit` and `-Remaining`, None where absent; refused on a 429.

        A refused request is not counted by the server [contract: Basics, assumed]; its slot is held all the same.
        """
        if self._open:
            self._open = False
            self._limiter.on_answered(self, limit, remaining, refused)

    def unsent(self) -> None:
        """Nothing was sent (cancelled before, connection refused): the slot is free at once."""
        if self._close():
            if self.pace is not None:
                self.pace.keep()
            self._limiter.on_unsent(self)

    def unknown(self, grace: float = UNKNOWN_GRACE) -> None:
        """It was given up (time-out, reset, cancelled in flight): it may arrive within `grace` seconds from now."""
        if self._close():
            self._limiter.on_unknown(self, max(0.0, grace))

    def _close(self) -> bool:
        was_open, self._open = self._open, False
        return was_open

    def __del__(self) -> None:
        if self._open:
            self._limiter.on_lost(self)

    def __repr__(self) -> str:
        return f"<Permit {self.serial} {'open' if self._open else 'ended'}>"


class PaceKeeper(Protocol):
    """Where a permit's turn came from."""

    def keep(self) -> None:
        """It was not used."""
        ...


class PermitDesk(Protocol):
    """Where a permit reports its end."""

    def on_answered(self, permit: Permit, limit: int | None, remaining: int | None, refused: bool) -> None: ...

    def on_unsent(self, permit: Permit) -> None: ...

    def on_unknown(self, permit: Permit, grace: float) -> None: ...

    def on_lost(self, permit: Permit) -> None: ...
