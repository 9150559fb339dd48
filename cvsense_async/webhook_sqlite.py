"""A receiver's store in a file: events outlive restarts and `kill -9`, and several workers may share it.

Each waiting event has an owner and a lease. A worker that starts takes up what nobody owns, what belonged to a process
of this machine that is gone, and what was owned and not renewed; and while it runs it goes on looking.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import log
from .errors import ConfigurationError, WebhookError

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

LEASE = 60.0
"""Seconds for which a worker that was not heard of keeps its events."""

ANSWER_WITHIN = 4.0
"""Seconds in which a delivery is written down or refused: the service waits for 10 [contract: Delivery]."""

OPEN_WITHIN = 30.0
"""Seconds in which everything else must have got hold of the file."""

_SLICE = 0.25
"""Seconds that one try waits for the file: in between, a delivery may have its turn."""

_COLUMNS = {
    "id": "TEXT PRIMARY KEY",
    "state": "TEXT NOT NULL",
    "body": "BLOB",
    "taken_at": "REAL NOT NULL",
    "handled_at": "REAL",
}
_ADDED = {"owner": "TEXT", "leased_until": "REAL"}
"""Columns that files of earlier versions lack."""

_FREE = "(owner IS NULL OR (owner <> :me AND (leased_until IS NULL OR leased_until < :now)))"
"""Which events may be taken over."""

_ACCEPT = f"""
INSERT INTO cvsense_events (id, state, body, taken_at, owner, leased_until)
VALUES (:id, 'waiting', :body, :now, :me, :until)
ON CONFLICT (id) DO UPDATE SET state = 'waiting', body = excluded.body, owner = excluded.owner,
    leased_until = excluded.leased_until
WHERE state = 'failed' OR (state = 'waiting' AND {_FREE})
"""  # noqa: S608  (our own words)


class SQLiteStore:
    """Keeps events in a file, through restarts and `kill -9`. The workers of one host may share it.

    A handled event is remembered for `keep` seconds, so that a replay of it is known; its body is forgotten at once.
    An event that was taken belongs to its worker for `lease` seconds, which a running receiver renews. Where the file
    stays locked (by a backup, say), a delivery is answered 503 within `ANSWER_WITHIN` seconds, and comes again.

    It must be on a local disk: SQLite's locks do not work on network file systems. Raises `ConfigurationError` for
    settings that cannot work; its methods raise `WebhookError` where the file stays locked.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        keep: float = 7 * 86400.0,
        lease: float = LEASE,
        now: Callable[[], float] = time.time,
    ) -> None:
        if keep < 3600:
            raise ConfigurationError("keep must be at least an hour (3600 s): the service repeats deliveries")
        if lease <= 0:
            raise ConfigurationError("lease must be more than 0 seconds")
        self._path = os.fspath(path)
        self._keep = keep
        self.lease = lease
        self._now = now
        self._owner = ""
        self._db: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._since_pruned = 0

    def __repr__(self) -> str:
        return "<SQLiteStore>"

    async def accept(self, event_id: str, body: bytes) -> bool:
        def step(db: sqlite3.Connection) -> bool:
            return db.execute(_ACCEPT, {"id": event_id, "body": body, **self._mine()}).rowcount == 1

        return await self._do(step, within=ANSWER_WITHIN)

    async def handled(self, event_id: str) -> None:
        def step(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE cvsense_events SET state = 'handled', body = NULL, handled_at = ?, owner = NULL WHERE id = ?",
                (self._now(), event_id),
            )
            self._since_pruned += 1
            if self._since_pruned >= 100:
                self._since_pruned = 0
                past = self._now() - self._keep
                db.execute("DELETE FROM cvsense_events WHERE state = 'handled' AND handled_at < ?", (past,))

        await self._do(step)

    async def given_up(self, event_id: str) -> None:
        await self._do(
            lambda db: db.execute("UPDATE cvsense_events SET state = 'failed', owner = NULL WHERE id = ?", (event_id,))
        )

    async def unfinished(self) -> Sequence[tuple[str, bytes]]:
        return await self._do(lambda db: self._claimed(db, ("waiting", "failed")))

    async def renew(self) -> Sequence[tuple[str, bytes]]:
        """Go on owning what this worker has; gives what it owns from now on, because its owner was not heard of."""

        def step(db: sqlite3.Connection) -> list[tuple[str, bytes]]:
            db.execute(
                "UPDATE cvsense_events SET leased_until = :until WHERE state = 'waiting' AND owner = :me", self._mine()
            )
            return self._claimed(db, ("waiting",))

        return await self._do(step)

    async def close(self) -> None:
        """Let go of the file, and of the events that were not handled: whoever starts next may take them."""
        thread = self._thread
        if thread is None:
            return
        try:
            if self._db is not None:
                await self._do(
                    lambda db: db.execute("UPDATE cvsense_events SET owner = NULL WHERE owner = ?", (self._owner,)),
                    within=ANSWER_WITHIN,
                )
        except Exception as error:  # its leases run out
            log.webhook_unmarked(error=error)
        finally:
            self._thread = None
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    # --- owning -----------------------------------------------------------------------------------------------------

    def _mine(self) -> dict[str, object]:
        now = self._now()
        return {"me": self._owner, "now": now, "until": now + self.lease}

    def _claimed(self, db: sqlite3.Connection, states: tuple[str, ...]) -> list[tuple[str, bytes]]:
        """Take over what is free, oldest first."""
        mine = self._mine()
        for (owner,) in db.execute(
            "SELECT DISTINCT owner FROM cvsense_events WHERE state = 'waiting' AND owner <> ?", (self._owner,)
        ).fetchall():
            if _is_gone(owner):
                db.execute("UPDATE cvsense_events SET owner = NULL WHERE state = 'waiting' AND owner = ?", (owner,))
        wanted = " OR ".join(f"state = '{state}'" for state in states)
        rows = db.execute(
            f"SELECT id, body FROM cvsense_events WHERE ({wanted}) AND {_FREE} ORDER BY taken_at, id",  # noqa: S608
            mine,
        ).fetchall()
        db.executemany(
            "UPDATE cvsense_events SET state = 'waiting', owner = ?, leased_until = ? WHERE id = ?",
            [(self._owner, mine["until"], row[0]) for row in rows],
        )
        return [(str(row[0]), bytes(row[1])) for row in rows]

    # --- the file ---------------------------------------------------------------------------------------------------

    async def _do(self, step: Callable[[sqlite3.Connection], T], *, within: float = OPEN_WITHIN) -> T:
        """Do a step as one transaction, in the store's own thread.

        It is done whole before `within` seconds are over, or not at all. It does not hold the thread while the file is
        locked, because a delivery that waits behind it has less time.
        """
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="cvsense-events")
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + within
        while True:
            try:
                return await loop.run_in_executor(self._thread, self._step, step, deadline)
            except _Locked:
                if time.monotonic() >= deadline:
                    raise WebhookError(
                        "the file of the webhook events stays locked: look for another program that holds it"
                    ) from None
            await asyncio.sleep(_SLICE / 10)

    def _step(self, step: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        import sqlite3

        if time.monotonic() >= deadline:
            raise _Locked
        try:
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _is_lock(error):
                raise _Locked from None
            raise
        try:
            made = step(db)
            db.execute("COMMIT")
        except BaseException as error:
            db.rollback()
            if _is_lock(error):
                raise _Locked from None
            raise
        return made

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            import sqlite3

            db = sqlite3.connect(self._path, timeout=_SLICE, isolation_level=None)
            try:
                db.execute("PRAGMA journal_mode = WAL")  # which does not wait for a lock: the caller tries again
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA secure_delete = ON")
                _prepare(db)
            except BaseException:
                db.close()
                raise
            self._owner = _new_owner()
            self._db = db
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


class _Locked(Exception):
    """Somebody else has the file now."""


def _is_lock(error: BaseException) -> bool:
    import sqlite3

    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, sqlite3.OperationalError) and code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _prepare(db: sqlite3.Connection) -> None:
    """Make the table, or bring one of an earlier version up to date."""
    if _has(db, {*_COLUMNS, *_ADDED}):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        db.execute(f"CREATE TABLE IF NOT EXISTS cvsense_events ({columns}) WITHOUT ROWID")
        db.execute("CREATE INDEX IF NOT EXISTS cvsense_events_state ON cvsense_events (state, taken_at)")
        for name, kind in _ADDED.items():
            if not _has(db, {name}):
                db.execute(f"ALTER TABLE cvsense_events ADD COLUMN {name} {kind}")
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _has(db: sqlite3.Connection, columns: set[str]) -> bool:
    return columns <= {row[1] for row in db.execute("PRAGMA table_info(cvsense_events)")}


# --- who is alive -----------------------------------------------------------------------------------------------------


def _new_owner() -> str:
    """A name for this store in this process, by which others on this machine can see whether the process lives."""
    pid = os.getpid()
    return "|".join((_machine(), str(pid), _began(pid) or "", uuid.uuid4().hex))


def _is_gone(owner: str) -> bool:
    """Whether an owner's process has certainly ended: it was on this machine, and is no more."""
    parts = owner.split("|")
    if len(parts) != 4 or parts[0] != _machine() or not parts[1].isdigit():
        return False
    pid, began = int(parts[1]), parts[2]
    if began:
        return _began(pid) != began
    if os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _machine() -> str:
    """This machine, and this container on it: elsewhere the same number is another process."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{socket.gethostname()}{space}".replace("|", "_")


def _began(pid: int) -> str | None:
    """When a process began, in the kernel's own count; `None` where it has ended, or where that cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if not fields or fields[0] in ("Z", "X") else fields[19]
