"""The journal's file and the one thread that owns it: opening, locking, checking, and writing many things at once.

What is asked for while a write is on its way to the disk is written together with the next one, so that the cost of
`synchronous=FULL` is shared; the event loop only ever waits for a future.

Two things keep a second run out. The lock beside the file (`journal_lock.py`) is held while it is open. And each run
that begins, or goes on, raises the journal's fence by one: every transaction first reads it, so that a run whose lock
was taken away from it writes nothing more, and sends nothing that it could not write.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import attrs

from cvsense_async.errors import JournalDamaged, JournalError, JournalInUse, JournalTakenOver

from . import journal_rights
from .journal_lock import SUFFIX, TAKEN_OVER, JournalLock

T = TypeVar("T")
Step = Callable[[sqlite3.Connection], T]

APPLICATION = 0x43565365  # "CVSe"
VERSION = 3
LAZY = 1.0
"""Seconds after which what nobody waits for is written."""
PATIENCE = 5.0
"""Seconds that a write waits for another program that looks into the file, as a backup does."""

SCHEMA = """
CREATE TABLE run (
    one INTEGER PRIMARY KEY CHECK (one = 1), base_url TEXT NOT NULL, job TEXT NOT NULL, options TEXT NOT NULL,
    sources TEXT, folder TEXT NOT NULL, found_all INTEGER NOT NULL DEFAULT 0,
    begun TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, ended TEXT NOT NULL DEFAULT '', account TEXT, closing TEXT
);
CREATE TABLE holder (
    one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, path BLOB, inode TEXT
);
INSERT INTO holder (one, fence) VALUES (1, 0);
CREATE TABLE file (
    key BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 BLOB NOT NULL, kind TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE document (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, source TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    size INTEGER NOT NULL, key BLOB, batch INTEGER, end TEXT
);
CREATE TABLE batch (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, standing TEXT NOT NULL, credits INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE item (
    batch INTEGER NOT NULL, place INTEGER NOT NULL, document INTEGER NOT NULL, wire_name TEXT NOT NULL,
    standing TEXT NOT NULL, item_id TEXT, said TEXT NOT NULL DEFAULT '', PRIMARY KEY (batch, place)
) WITHOUT ROWID;
CREATE TABLE delivery (
    number INTEGER PRIMARY KEY, batch_id TEXT, credits INTEGER NOT NULL, failure TEXT, taken INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE outcome (
    delivery INTEGER NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, document INTEGER, content TEXT NOT NULL,
    PRIMARY KEY (delivery, place)
) WITHOUT ROWID;
CREATE INDEX open_batch ON batch (number) WHERE standing IN ('created', 'starting');
CREATE INDEX waiting ON document (id) WHERE end IS NULL AND batch IS NULL;
"""

CHANGES = {
    2: ("ALTER TABLE run ADD COLUMN account TEXT",),
    3: (
        "ALTER TABLE run ADD COLUMN closing TEXT",
        "CREATE TABLE holder (one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, path BLOB, inode TEXT)",
        "INSERT INTO holder (one, fence) VALUES (1, 0)",
    ),
}
"""What makes a journal of the version before into one of this version."""


@attrs.define
class _Job:
    step: Step[Any] | None  # None: write what is not written, and end
    durable: bool
    future: concurrent.futures.Future[Any] = attrs.field(factory=concurrent.futures.Future[Any])


class JournalFile:
    """An open journal. `ask` carries out a step on its thread; with `durable` it returns once that is on the disk."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.fence: int | None = None
        """The number that the journal must bear for this run to write to it; `None` for who only reads."""
        self._process = os.getpid()
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._broken: JournalError | None = None
        self._thread: threading.Thread | None = None
        self._door = threading.Lock()  # nothing is asked for after the last job

    async def open(self, *, create: bool) -> None:
        """Open the file and hold it alone. Raises `JournalError`."""
        self._process = os.getpid()
        opened: concurrent.futures.Future[None] = concurrent.futures.Future()
        thread = threading.Thread(target=self._main, args=(create, opened), name="cvsense journal", daemon=True)
        self._thread = thread  # before it starts, for it takes itself away where it cannot open the file
        thread.start()
        await asyncio.wrap_future(opened)

    async def ask(self, step: Step[T], *, durable: bool = False) -> T:
        """Carry out a step. A step that has been asked for is carried out even where its caller is cancelled."""
        return await asyncio.wrap_future(self._put(step, durable=durable))

    def ask_now(self, step: Step[T]) -> T:
        """Carry out a step and wait for it; for other threads than a loop's."""
        return self._put(step, durable=False).result()

    async def close(self) -> None:
        """Write what is not written yet, and let go of the file. Never raises."""
        with self._door:
            thread, self._thread = self._thread, None
            if thread is None or self._process != os.getpid():
                return
            job = _Job(None, durable=True)
            self._jobs.put(job)
        with contextlib.suppress(JournalError):
            await asyncio.wrap_future(job.future)

    def _put(self, step: Step[T], *, durable: bool) -> concurrent.futures.Future[T]:
        job = _Job(step, durable=durable)
        with self._door:
            if self._thread is None:
                raise self._broken or JournalError("the journal is closed")
            if self._process != os.getpid():
                raise JournalError("the journal belongs to the process that this one was forked from")
            self._jobs.put(job)
        return job.future

    # --- the thread -------------------------------------------------------------------------------------------------

    def _main(self, create: bool, opened: concurrent.futures.Future[None]) -> None:
        try:
            journal_rights.check_name(self.path)
            connection = connect(self.path, create=create)
        except BaseException as error:
            self._thread = None
            _settle(opened, error=error)
            return
        _settle(opened)
        with contextlib.closing(connection):
            last = self._serve(connection)
        _settle(last.future)  # only now may another one open it

    def _serve(self, connection: Held) -> _Job:
        """Carry out what is asked for, until the journal is closed; gives the closing job, which is not settled yet."""
        while True:
            jobs = self._next(connection)
            waiting: list[tuple[_Job, Any]] = []
            try:
                if not connection.in_transaction:
                    self._begin(connection)
                for job in jobs:
                    answer = job.step(connection) if job.step is not None else None
                    if job.durable:
                        waiting.append((job, answer))
                    else:
                        _settle(job.future, answer)
                if waiting:
                    connection.execute("COMMIT")
            except Exception as error:
                self._broken = problem = _problem(self.path, error)
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                return self._refuse(jobs, problem)
            closing = next((job for job in jobs if job.step is None), None)
            for job, answer in waiting:
                if job is not closing:
                    _settle(job.future, answer)
            if closing is not None:
                return closing

    def _begin(self, connection: Held) -> None:
        """Begin to write. Raises `JournalTakenOver` where another run has begun to: until the commit no other can."""
        connection.lock.check()
        connection.execute("BEGIN IMMEDIATE")
        if self.fence is not None and connection.execute("SELECT fence FROM holder").fetchone() != (self.fence,):
            raise JournalTakenOver(TAKEN_OVER)

    def _next(self, connection: sqlite3.Connection) -> list[_Job]:
        """All that is asked for by now; waits for the first, and does not let what was written lazily wait long."""
        try:
            jobs = [self._jobs.get(timeout=LAZY if connection.in_transaction else None)]
        except queue.Empty:
            return [_Job(_nothing, durable=True)]
        while True:
            try:
                jobs.append(self._jobs.get_nowait())
            except queue.Empty:
                return jobs

    def _refuse(self, jobs: list[_Job], problem: JournalError) -> _Job:
        """After a failure nothing is written any more, for what follows may lean on what was lost."""
        while True:
            for job in jobs:
                if job.step is None:
                    return job
                _settle(job.future, error=problem)
            jobs = [self._jobs.get()]


def _nothing(_: sqlite3.Connection) -> None:
    """What is asked for when only the pending writes are meant."""


def _settle(future: concurrent.futures.Future[Any], answer: Any = None, *, error: BaseException | None = None) -> None:
    with contextlib.suppress(concurrent.futures.InvalidStateError, RuntimeError):  # its caller, or its loop, is gone
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)


# --- the file -------------------------------------------------------------------------------------------------------


class Held(sqlite3.Connection):
    """A connection to a journal that this process holds alone; closing it lets the journal go."""

    lock: JournalLock
    made: str | None = None
    """The file, where it was made here: it is removed again if no run is begun in it."""

    def close(self) -> None:
        """Close the file, and only then give up the lock: from here on another one may open it."""
        made, self.made = self.made, None
        unused = made if made is not None and self._is_unused() else None
        super().close()
        if unused is not None:
            with contextlib.suppress(OSError):
                os.unlink(unused)
        self.lock.release()

    def _is_unused(self) -> bool:
        try:
            begun = "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM batch)"
            return bool(self.execute(begun).fetchone()[0] == 0)
        except sqlite3.Error:
            return False


def connect(path: str, *, create: bool) -> Held:
    """Open a journal and hold it alone; blocks. Raises `JournalError`, which says what is wrong."""
    real = _real(path)
    lock, made = _locked(path, real, create=create)
    try:
        if journal_rights.has_second_name(real):
            _try_alone(real)
        connection = sqlite3.connect(real, timeout=0.2, isolation_level=None, factory=Held)
    except sqlite3.Error as error:
        lock.release()
        raise _problem(real, error) from error
    connection.lock = lock
    connection.made = real if made else None
    try:
        _prepare(connection, real)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise _problem(real, error) from error
        raise
    return connection


def _real(path: str) -> str:
    """Where a journal lies: SQLite puts what belongs to a file beside the file itself, not beside a link to it."""
    try:
        return os.path.realpath(path)
    except ValueError:
        raise JournalError("the journal's path cannot be one of a file") from None


def _try_alone(real: str) -> None:
    """Raise `sqlite3.Error` where a file that has a second name is open under that one, whose lock we do not see."""
    with contextlib.closing(sqlite3.connect(real, timeout=0.2, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")


def _locked(path: str, real: str, *, create: bool) -> tuple[JournalLock, bool]:
    """Lock a journal, and see to it that nobody else can read it; gives the lock, and whether the file was made."""
    lock, made = JournalLock(real), False
    try:
        if os.path.isdir(real):
            raise JournalError("the journal's path is a folder: give a file in it")
        if not create and not os.path.exists(real):
            raise JournalError("there is no such journal: session.screen(…, journal=…) begins one")
        journal_rights.check_place(path, real)
        lock.take()
        if create and not os.path.exists(real):
            os.close(journal_rights.open_closed(real, os.O_CREAT | os.O_EXCL))
            made = True
        journal_rights.check_files(real)
    except BaseException as error:
        lock.release()
        if isinstance(error, (OSError, ValueError)):
            said = getattr(error, "strerror", None) or "its path cannot be one of a file"
            raise JournalError(f"the journal cannot be {'made' if create else 'opened'}: {said}") from None
        raise
    return lock, made


@contextlib.contextmanager
def held(path: str) -> Generator[None, None, None]:
    """Keep others out of a journal that is read without opening it as one. Raises `JournalError`."""
    lock, _ = _locked(path, _real(path), create=False)
    try:
        yield
    finally:
        lock.release()


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise JournalError("the file is a database, but no journal: give another path")
    # Not SQLite's exclusive mode: in that it would never look whether another process has written.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION:
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
    elif version > VERSION:
        words = (
            f"the journal was written by a newer version of this package (schema {version}, this one knows {VERSION})"
        )
        raise JournalError(f"{words}: update the package")
    elif [row[0] for row in connection.execute("PRAGMA quick_check(1)")] != ["ok"]:
        raise damage(path, connection)
    else:
        for later in range(version + 1, VERSION + 1):
            for statement in CHANGES[later]:
                connection.execute(statement)
    if version != VERSION:
        connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")


def file_ids(path: str) -> frozenset[tuple[int, int]]:
    """The device and inode of a journal's file, and of each that lies beside it."""
    found: set[tuple[int, int]] = set()
    real = _real(path)
    for beside in ("", SUFFIX, *journal_rights.BESIDE):
        with contextlib.suppress(OSError):
            known = os.stat(real + beside)
            found.add((known.st_dev, known.st_ino))
    return frozenset(found)


def take_over(db: sqlite3.Connection, path: str | None) -> int:
    """A run begins, or goes on, or is forgotten: the fence's next number, which shuts out whoever had one before.

    The file's place is noted beside it, so that a copy can be told from the journal itself.
    """
    place = inode = None
    if path is not None:
        with contextlib.suppress(OSError):
            place, inode = os.fsencode(os.path.realpath(path)), str(os.stat(path).st_ino)
    db.execute("UPDATE holder SET fence = fence + 1, path = ?, inode = ?", (place, inode))
    fence: int = db.execute("SELECT fence FROM holder").fetchone()[0]
    return fence


def _problem(path: str, error: Exception) -> JournalError:
    """The error that says what happened to the journal, without anything personal."""
    if isinstance(error, JournalError):
        return error
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return JournalInUse("another process, or another run of this one, is using the journal")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damage(path, None)
    words = {
        "SQLITE_FULL": "the disk is full",
        "SQLITE_READONLY": "it may not be written to",
        "SQLITE_CANTOPEN": "it, or its folder, cannot be opened",
        "SQLITE_IOERR": "the disk failed",
    }
    known = next((said for start, said in words.items() if code.startswith(start)), None)
    said = known or f"{type(error).__name__} {code}".strip()
    problem = JournalError(f"the journal could not be written ({said}); nothing more was sent without it")
    problem.__cause__ = error
    return problem


def damage(path: str, connection: sqlite3.Connection | None) -> JournalDamaged:
    """What is left of a damaged journal, read table by table as far as it goes."""
    opened = connection or sqlite3.connect(path, timeout=0.2, isolation_level=None)
    try:
        results = readable(opened, "SELECT content FROM outcome WHERE kind = 'screened'")
        open_ids = readable(opened, "SELECT id FROM batch WHERE standing IN ('created', 'starting')")
    finally:
        if connection is None:
            opened.close()
    words = f"the journal is damaged: {len(results)} results can still be read (salvage(path) gives them)"
    words += f", and the ids of {len(open_ids)} batches that were open; it cannot be gone on with"
    return JournalDamaged(words, results=len(results), open_batches=tuple(str(row[0]) for row in open_ids))


def readable(connection: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, as far as they can be read."""
    rows: list[tuple[Any, ...]] = []
    try:
        for row in connection.execute(query):
            rows.append(row)  # noqa: PERF402  (as far as it goes)
    except sqlite3.Error:
        pass
    return rows
