"""Processes that die: a journal and a sender that stop for good at a chosen point, as a process does that is killed.

After the point nothing is written and nothing is sent, whatever the run tries while it is being torn down.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import cvsense_async as cv
from cvsense_async.screening.sqlite_journal import SQLiteJournal

WRITES = ("begin", "found", "created", "uploading", "uploaded", "turned_away", "starting", "released", "collected",
          "delivered", "account", "found_all", "reopen", "open_batches")  # fmt: skip


class Died(BaseException):
    """The process is no more."""


class Life:
    """Counts the points at which a process can die, and ends it at one of them, or at the first after one so named."""

    def __init__(self, dies_at: int | None = None, *, dies_after: str | None = None) -> None:
        self.dies_at = dies_at
        self.dies_after = dies_after
        self.points: list[str] = []
        self.dead = False

    def point(self, name: str) -> None:
        """A point that is passed alive, or not."""
        if self.dead:
            raise Died
        if len(self.points) == self.dies_at or (self.points and self.points[-1] == self.dies_after):
            self.dead = True
            raise Died
        self.points.append(name)


class MortalJournal:
    """A journal in a file whose process may die before and after each thing that it writes."""

    durable = True

    def __init__(self, path: Path, life: Life) -> None:
        self.life = life
        self.inner = SQLiteJournal(path)

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self.inner, name)
        if name not in WRITES:
            return inner

        async def mortal(*given: Any) -> Any:
            self.life.point(f"before {name}")
            answer = await inner(*given)
            self.life.point(f"after {name}")
            return answer

        return mortal

    async def ended(self, why: str) -> None:
        """A dead process writes no last words."""
        if not self.life.dead:
            await self.inner.ended(why)

    async def deliveries(self) -> AsyncGenerator[Any, None]:
        """As they are; the process may die after each of them."""
        async for delivery in self.inner.deliveries():
            self.life.point("before a delivery")
            yield delivery


def mortal_session(session: cv.CVSenseSession, life: Life) -> None:
    """Let the process die before and after each call that this session sends."""
    sender = session._sender()
    alive = sender.send

    async def send(call: Any, options: Any) -> Any:
        name = type(call).__name__
        life.point(f"before {name}")
        answer = await alive(call, options)
        life.point(f"after {name}")
        return answer

    sender.send = send  # type: ignore[method-assign]
