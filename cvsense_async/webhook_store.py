"""Where a receiver keeps which events it has taken and which it has handled, so that none is lost and none comes twice.

An event is written down before the service is told that it was received, and marked only when it has been handled: a
receiver that dies in between finds it again when it starts (at least once).
"""

from __future__ import annotations

import asyncio
import collections
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import ConfigurationError

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")


class EventStore(Protocol):
    """What a receiver asks of a store; each method is one short step."""

    async def accept(self, event_id: str, body: bytes) -> bool:
        """Keep an event that is about to be handled; `False` if it is known already, unless it was given up."""
        ...

    async def handled(self, event_id: str) -> None:
        """Mark an event as handled, and forget its body."""
        ...

    async def given_up(self, event_id: str) -> None:
        """Keep an event whose handlers failed to the last: `unfinished` gives it again, and so does its replay."""
        ...

    async def unfinished(self) -> Sequence[tuple[str, bytes]]:
        """The ids and bodies that were taken but not handled, oldest first."""
        ...

    async def close(self) -> None:
        """Let go of what the store holds open."""
        ...


class MemoryStore:
    """Remembers the last `bound` handled events while the process lives; what was not handled dies with it."""

    def __init__(self, bound: int = 10_000) -> None:
        if bound < 1:
            raise ConfigurationError("bound must be at least 1")
        self._bound = bound
        self._handled: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._waiting: dict[str, bytes] = {}
        self._failed: collections.OrderedDict[str, bytes] = collections.OrderedDict()

    def __repr__(self) -> str:
        return f"<MemoryStore {len(self._waiting)} waiting>"

    async def accept(self, event_id: str, body: bytes) -> bool:
        if event_id in self._handled or event_id in self._waiting:
            return False
        self._failed.pop(event_id, None)
        self._waiting[event_id] = body
        return True

    async def handled(self, event_id: str) -> None:
        self._waiting.pop(event_id, None)
        self._handled[event_id] = None
        while len(self._handled) > self._bound:
            self._handled.popitem(last=False)

    async def given_up(self, event_id: str) -> None:
        body = self._waiting.pop(event_id, None)
        if body is not None:
            self._failed[event_id] = body
        while len(self._failed) > self._bound:
            self._failed.popitem(last=False)

    async def unfinished(self) -> Sequence[tuple[str, bytes]]:
        for event_id in list(self._failed):
            self._waiting[event_id] = self._failed.pop(event_id)
        return list(self._waiting.items())

    async def close(self) -> None:
        """Nothing is open."""


_SCHEMA = """
CREATE TABLE IF NOT EXISTS cvsense_events (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, body BLOB, taken_at REAL NOT NULL, handled_at REAL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cvsense_events_state ON cvsense_events (state, taken_at);
"""


class SQLiteStore:
    """Keeps events in a file, through restarts and `kill -9`. One receiver a file.

    A handled event is remembered for `keep` seconds, so that a replay of it is known; its body is forgotten at once.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, keep: float = 7 * 86400.0, now: Callable[[], float] = time.time
    ) -> None:
        if keep < 3600:
            raise ConfigurationError("keep must be at least an hour (3600 s): the service repeats deliveries")
        self._path = os.fspath(path)
        self._keep = keep
        self._now = now
        self._db: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._since_pruned = 0

    def __repr__(self) -> str:
        return "<SQLiteStore>"

    async def accept(self, event_id: str, body: bytes) -> bool:
        def step(db: sqlite3.Connection) -> bool:
            taken = db.execute(
                "INSERT INTO cvsense_events (id, state, body, taken_at) VALUES (?, 'waiting', ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET state = 'waiting', body = excluded.body WHERE state = 'failed'",
                (event_id, body, self._now()),
            )
            return taken.rowcount == 1

        return await self._do(step)

    async def handled(self, event_id: str) -> None:
        def step(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE cvsense_events SET state = 'handled', body = NULL, handled_at = ? WHERE id = ?",
                (self._now(), event_id),
            )
            self._since_pruned += 1
            if self._since_pruned >= 100:
                self._since_pruned = 0
                past = self._now() - self._keep
                db.execute("DELETE FROM cvsense_events WHERE state = 'handled' AND handled_at < ?", (past,))

        await self._do(step)

    async def given_up(self, event_id: str) -> None:
        await self._do(lambda db: db.execute("UPDATE cvsense_events SET state = 'failed' WHERE id = ?", (event_id,)))

    async def unfinished(self) -> Sequence[tuple[str, bytes]]:
        def step(db: sqlite3.Connection) -> list[tuple[str, bytes]]:
            db.execute("UPDATE cvsense_events SET state = 'waiting' WHERE state = 'failed'")
            rows = db.execute("SELECT id, body FROM cvsense_events WHERE state = 'waiting' ORDER BY taken_at, id")
            return [(str(row[0]), bytes(row[1])) for row in rows]

        return await self._do(step)

    async def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    async def _do(self, step: Callable[[sqlite3.Connection], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="cvsense-events")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._step, step)

    def _step(self, step: Callable[[sqlite3.Connection], T]) -> T:
        with self._opened() as db:  # commits, or rolls back
            return step(db)

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            import sqlite3

            db = sqlite3.connect(self._path, timeout=5.0)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            db.executescript(_SCHEMA)
            self._db = db
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
