"""The sandbox's time: the real one, and as much later as a test has moved it.

Everything that looks at the time looks here, so that a window, a back-off or a batch of an hour can be tried at once.
"""

from __future__ import annotations

import asyncio
import datetime
import time


class Clock:
    """Unix seconds that move on by themselves and can be moved forward."""

    def __init__(self) -> None:
        self._wall = time.time()
        self._start = time.monotonic()
        self._moved = asyncio.Event()
        self.resets: int = 0
        self.offset: float = 0.0

    def now(self) -> float:
        """The time, in Unix seconds."""
        return self._wall + (time.monotonic() - self._start) + self.offset

    def advance(self, seconds: float) -> None:
        """Move the time forward; whoever waits for a moment that has come wakes up. Raises `ValueError` if negative."""
        if not 0 <= seconds <= 10 * 366 * 86400:
            raise ValueError("the clock moves forward only, and by ten years at most")
        self.offset += seconds
        self._wake()

    def reset(self) -> None:
        """Back to the real time; whoever waits stops waiting, for the moment may be far away now."""
        self.offset = 0.0
        self.resets += 1
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, moment: float) -> None:
        """Wait until the clock shows `moment`, or is reset."""
        resets = self.resets
        while resets == self.resets and (left := moment - self.now()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left):
                    await moved.wait()
            except TimeoutError:
                continue

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds of the clock."""
        await self.sleep_until(self.now() + seconds)


def moment(seconds: float | None) -> datetime.datetime | None:
    """Unix seconds as a time with its offset, to the second, as Laravel writes them."""
    return None if seconds is None else datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
