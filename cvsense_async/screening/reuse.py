"""Results that earlier runs of the same job have paid for, found by the content of a CV.

They are read out of those runs' journals when a document is found, so that nothing is listed first and the memory
stays flat. A journal is only read, beside the run that it is of: many may look into one at the same time.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import sqlite3
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import anyio.to_thread
import attrs
import orjson

from cvsense_async.api.endpoint import Id
from cvsense_async.errors import JournalDamaged, JournalError, JournalInUse

from . import journal_text as text
from .cv import Document
from .documents import Sources, find_documents
from .job_text import Judged, is_by_id, judged_of, same_job
from .journal import RunRecord
from .journal_file import APPLICATION, VERSION, damage
from .journal_lock import is_held
from .outcome import Screened


@attrs.frozen
class EarlierRun:
    """A run as its journal tells of it, for who wants to know whether its results answer again."""

    path: str = attrs.field(repr=False)
    begun: str
    """When it was begun: `YYYY-MM-DD HH:MM:SS`, UTC."""
    base_url: str
    job: Mapping[str, Any] = attrs.field(repr=False)
    judged: Judged
    under_way: bool = False
    """Whether a process holds it now: the run goes on, and what it has no result of yet is not known."""
    without_result: int = 0
    """Documents that may have been paid for, and have no result yet: in a batch that is open, or unsettled."""

    def check(self, base_url: str, job: Mapping[str, Any], words: str | None) -> None:
        """Raise `JournalError` where its results do not answer for this job at this service.

        `words`: the hash of what the job says now; `None` where the service does not give it.
        """
        if self.base_url != base_url:
            raise JournalError("a journal to reuse is of a run at another base URL: its results are another service's")
        if not same_job(self.job, job):
            raise JournalError("a journal to reuse is of a run for another job: its results do not answer for this one")
        why = self.other_text(job, words)
        if why is not None:
            raise JournalError(f"a journal to reuse {why}: go on without it (reuse=())")

    def other_text(self, job: Mapping[str, Any], words: str | None) -> str | None:
        """Why its results may be of another text of the same job; `None` where they are of what the job says now."""
        if not is_by_id(job) or {*self.judged.texts} == {words}:
            return None
        if words is None:
            return "is of a job whose text the service does not give, so it may have been edited since"
        if not self.judged.texts:
            return "does not say what the text of its job was, which may have been edited since"
        return "is of an earlier text of the job, which was edited"


class EarlierRuns:
    """The journals of earlier runs, open while a run looks into them: what they had results of when it began."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths: tuple[str, ...] = tuple(paths)
        self._open: list[sqlite3.Connection] = []
        self._door = threading.Lock()

    async def open(self, base_url: str, job: Mapping[str, Any], words: str | None) -> None:
        """Hold the journals. Raises `JournalError`, also for one of another job, another text or another service."""

        def step() -> None:
            for path in self.paths:
                connection = _connect(path)
                self._open.append(connection)
                with _told(path):
                    look(path, connection).check(base_url, job, words)
                    _list_results(connection)

        await anyio.to_thread.run_sync(step)

    async def find(self, document: Document) -> Screened | None:
        """The valid result that an earlier run has of a CV with these bytes."""
        known = await self.locate(document)
        if known is None:
            return None
        batch_id: Id | None = None if known[2] is None else orjson.loads(known[2])
        return text.screened(known[1], document, batch_id)

    async def locate(self, document: Document) -> tuple[str, str, str | None] | None:
        """The path of the journal that has a result of these bytes, the result and its batch, as they stand there."""
        return await anyio.to_thread.run_sync(self._locate, bytes.fromhex(document.sha256))

    def _locate(self, sha256: bytes) -> tuple[str, str, str | None] | None:
        taken_over: tuple[str, str, str | None] | None = None
        with self._door:
            for path, connection in zip(self.paths, self._open, strict=True):
                with _told(path):
                    row = connection.execute(_FIND, (sha256,)).fetchone()
                if row is None:
                    continue
                if row[1] is not None:
                    return path, row[0], row[1]
                taken_over = taken_over or (path, row[0], row[1])  # better the run that paid for it, if it is there
        return taken_over

    async def close(self) -> None:
        """Let go of the journals. Never raises."""
        with self._door:
            connections, self._open = self._open, []
        for connection in connections:
            with contextlib.suppress(sqlite3.Error):
                connection.close()


async def count_known(
    sources: Sources, earlier: EarlierRuns, max_bytes: int | None = None
) -> tuple[int, dict[str, int]]:
    """How many documents the sources hold, and of how many each journal has the result, by its path.

    Every file is read, for only its content says what it is. Raises what `find_documents` raises.
    """
    documents, known = 0, dict[str, int]()
    async with aclosing(find_documents(sources, max_bytes=max_bytes)) as found:
        async for item in found:
            if isinstance(item, Document):
                documents += 1
                place = await earlier.locate(item)
                if place is not None:
                    known[place[0]] = known.get(place[0], 0) + 1
    return documents, known


async def earlier_run(path: str | os.PathLike[str]) -> EarlierRun:
    """What a journal tells of its run, which may be under way. Raises `JournalError`."""

    def step() -> EarlierRun:
        given: str = os.path.abspath(path)
        with contextlib.closing(_connect(given)) as connection, _told(given):
            return look(given, connection)

    return await anyio.to_thread.run_sync(step)


def look(path: str, connection: sqlite3.Connection) -> EarlierRun:
    """The run of an open journal. Raises `JournalError` where there is none in it."""
    row = connection.execute("SELECT base_url, job, options, begun FROM run").fetchone()
    if row is None:
        raise JournalError("a journal to reuse holds no run: it is empty, or was forgotten")
    record = RunRecord(base_url=row[0], job=orjson.loads(row[1]), options=orjson.loads(row[2]))
    under_way = is_held(os.path.realpath(path))
    query = "SELECT count(*) FROM document WHERE batch IS NOT NULL OR end = 'unsettled'"
    without: int = connection.execute(query).fetchone()[0]
    return EarlierRun(path, row[3], record.base_url, record.job, judged_of(record), under_way, without)


# --- the file -----------------------------------------------------------------------------------------------------

_FIND = (
    "SELECT o.content, v.batch_id FROM temp.result AS r JOIN outcome AS o ON o.delivery = r.delivery "
    "AND o.place = r.place JOIN delivery AS v ON v.number = r.delivery WHERE r.sha256 = ?"
)


def _connect(path: str) -> sqlite3.Connection:
    """Open a journal to read what is in it, beside its run and others who read it; blocks. Raises `JournalError`."""
    if not os.path.exists(path):
        raise JournalError("there is no such journal to reuse")
    where = pathlib.Path(path).as_uri()
    with _told(path):
        connection = sqlite3.connect(
            f"{where}?mode=ro", uri=True, timeout=0.2, isolation_level=None, check_same_thread=False
        )
        try:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if application != APPLICATION:
                raise JournalError("a file to reuse is no journal")
            if version > VERSION:
                raise JournalError("a journal to reuse was written by a newer version of this package: update it")
        except BaseException:
            connection.close()
            raise
    return connection


def _list_results(connection: sqlite3.Connection) -> None:
    """Note where the results of each content stand. What the service could not read is not among them."""
    if [row[0] for row in connection.execute("PRAGMA quick_check(1)")] != ["ok"]:
        raise sqlite3.DatabaseError("damaged")
    connection.execute(
        "CREATE TEMP TABLE result (sha256 BLOB PRIMARY KEY, delivery INTEGER, place INTEGER) WITHOUT ROWID"
    )
    connection.execute(
        "INSERT OR REPLACE INTO temp.result SELECT d.sha256, o.delivery, o.place FROM outcome AS o "
        "JOIN document AS d ON d.id = o.document WHERE o.kind = 'screened' "
        "AND json_extract(o.content, '$.score') IS NOT NULL AND json_extract(o.content, '$.match_status') != 'invalid'"
    )


@contextlib.contextmanager
def _told(path: str) -> Generator[None, None, None]:
    """What SQLite meets, as the errors of a journal."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "") or ""
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise JournalInUse("another process, or another run of this one, is using a journal to reuse") from None
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or not code:
            raise _damage(path) from None
        raise JournalError(f"a journal to reuse could not be read ({type(error).__name__} {code})") from error
    except ValueError:  # what stands in it is not what was written
        raise _damage(path) from None


def _damage(path: str) -> JournalDamaged:
    try:
        return damage(path, None)
    except sqlite3.Error:
        return JournalDamaged("the journal is damaged, and nothing of it can be read", results=0, open_batches=())
