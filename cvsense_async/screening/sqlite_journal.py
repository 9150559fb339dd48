"""The journal in an SQLite file: each thing that happened is one step on the journal's thread.

Names, sources and results are in it, and no CV; the file is readable by its owner alone, and `forget` empties it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any, cast

import anyio.to_thread
import attrs
import orjson

from cvsense_async.api.content import FileKind
from cvsense_async.api.endpoint import Id
from cvsense_async.errors import JournalEmpty, JournalError

from . import journal_text as text
from .cv import Document
from .journal import SEND, Decision, Delivery, RunRecord, Standing, StoredBatch, StoredItem
from .journal_file import JournalFile, connect, file_ids, held, readable, take_over
from .outcome import BatchResult
from .sources import FileId, reopen

PAGE = 200
"""Documents that are read at a time."""

_DOCUMENT = "d.source, d.name, d.kind, d.size, d.sha256, d.key, d.id"


class SQLiteJournal:
    """A journal in a file. One run holds it at a time; a second process, or a second run, is refused."""

    durable = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(path)  # now: the process may change its folder before the run begins
        self._file = JournalFile(self._path)

    def __repr__(self) -> str:
        return "<SQLiteJournal>"

    # --- a run begins, goes on, ends --------------------------------------------------------------------------------

    async def begin(self, record: RunRecord) -> None:
        """A new run begins. Raises `JournalError` where the journal holds one already."""
        await self._file.open(create=True)

        def step(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM run").fetchone():
                raise JournalError("the journal holds a run already: session.resume(journal) goes on with it")
            if db.execute("SELECT 1 FROM batch").fetchone():
                raise JournalError("the journal's run was forgotten, its batches are still named: give another path")
            self._take_over(db)
            db.execute(
                "INSERT INTO run (one, base_url, job, options, sources, folder) VALUES (1, ?, ?, ?, ?, ?)",
                (
                    record.base_url,
                    _json(record.job),
                    _json(record.options),
                    None if record.sources is None else _json(list(record.sources)),
                    record.folder,
                ),
            )

        await self._file.ask(step, durable=True)

    async def reopen(self, base_url: str, retry_failed: int) -> RunRecord:
        """An earlier run goes on."""
        await self._file.open(create=False)

        def step(db: sqlite3.Connection) -> RunRecord:
            record = _record(db)
            if record is None:
                raise _nothing_in_it(db)
            if record.base_url != base_url:
                raise JournalError("the journal's run is at another base URL: open the session with that one")
            _refuse_copy(db, self._path)
            self._take_over(db)
            if record.closing is None and _one(db, "SELECT ended FROM run") == "complete":
                # What the account was charged since is not the run's, and nobody noted where it stood at the end.
                db.execute("UPDATE run SET account = NULL")
                record = attrs.evolve(record, account=None)
            db.execute("UPDATE run SET ended = ''")
            # Nobody sends into a batch of an earlier process: what had not been sent, or was turned away, is free.
            db.execute(
                "UPDATE document SET batch = NULL WHERE batch IS NOT NULL AND EXISTS (SELECT 1 FROM item AS i "
                "WHERE i.batch = document.batch AND i.document = document.id AND i.standing = 'planned')"
            )
            db.execute("DELETE FROM item WHERE standing = 'planned'")
            if retry_failed:
                db.execute("UPDATE document SET end = NULL WHERE end = 'failed'")
                db.execute("DELETE FROM outcome WHERE kind = 'failed'")
            return record

        return await self._file.ask(step, durable=True)

    def _take_over(self, db: sqlite3.Connection) -> None:
        self._file.fence = take_over(db, self._path)

    async def open(self) -> None:
        """Open it to read what is in it, without going on with its run."""
        await self._file.open(create=False)

    async def files(self) -> frozenset[FileId]:
        """The journal, its lock, and what SQLite keeps beside it, by device and inode."""
        return await anyio.to_thread.run_sync(file_ids, self._path)

    async def account(self, credits: Mapping[str, int] | None) -> None:
        """The account's credits before anything was sent; the run is not closed any more."""
        said = None if credits is None else _json(dict(credits))
        await self._file.ask(lambda db: _run(db, "UPDATE run SET account = ?, closing = NULL", said))

    async def closed_account(self, credits: Mapping[str, int]) -> None:
        """The account's credits now that the run has ended."""
        await self._file.ask(lambda db: _run(db, "UPDATE run SET closing = ?", _json(dict(credits))))

    async def judged(self, by: Mapping[str, Any]) -> None:
        """What the CVs are judged by, and whose credits pay, as hashes."""
        statement = "UPDATE run SET options = json_set(options, '$.judged', json(?))"
        await self._file.ask(lambda db: _run(db, statement, _json(dict(by))))

    async def ended(self, why: str) -> None:
        """The run has ended, or been left."""
        await self._file.ask(lambda db: _run(db, "UPDATE run SET ended = ?", why))

    async def close(self) -> None:
        """Write what is not written yet, and let go. Never raises."""
        await self._file.close()

    # --- documents --------------------------------------------------------------------------------------------------

    def recall(self, key: bytes, size: int, mtime_ns: int) -> tuple[str, str] | None:
        """The SHA-256 and kind of a file that is as it was."""
        query = "SELECT sha256, kind FROM file WHERE key = ? AND size = ? AND mtime_ns = ?"
        row = self._file.ask_now(lambda db: db.execute(query, (key, size, mtime_ns)).fetchone())
        return None if row is None else (cast("bytes", row[0]).hex(), row[1])

    async def found(self, document: Document) -> Standing:
        """A document has been found and checked."""
        sha256 = bytes.fromhex(document.sha256)

        def step(db: sqlite3.Connection) -> Standing:
            if document.key is not None and document.mtime_ns is not None:
                db.execute(
                    "INSERT INTO file VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET size = excluded.size, "
                    "mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, kind = excluded.kind",
                    (document.key, document.size, document.mtime_ns, sha256, document.kind.value),
                )
            row = db.execute("SELECT source, key, batch, end FROM document WHERE sha256 = ?", (sha256,)).fetchone()
            if row is None or (row[2] is None and row[3] is None):
                db.execute(
                    "INSERT INTO document (sha256, source, name, kind, size, key) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (sha256) DO UPDATE SET source = excluded.source, name = excluded.name, "
                    "key = excluded.key",
                    (sha256, document.source, document.name, document.kind.value, document.size, document.key),
                )
                return SEND
            same = row[1] == document.key if document.key is not None else row[0] == document.source
            return Standing(send=False, another=None if same else row[0])

        return await self._file.ask(step)

    async def accounted(self, document: Document) -> bool:
        """Whether a document is in a batch, or has ended, under whatever name."""
        query = "SELECT 1 FROM document WHERE sha256 = ? AND (batch IS NOT NULL OR end IS NOT NULL)"
        sha256 = bytes.fromhex(document.sha256)
        return await self._file.ask(lambda db: db.execute(query, (sha256,)).fetchone()) is not None

    async def found_all(self) -> None:
        """The sources have been read to their end."""
        await self._file.ask(lambda db: _run(db, "UPDATE run SET found_all = 1"))

    # --- a batch's life ---------------------------------------------------------------------------------------------

    async def created(self, batch_id: Id, documents: Sequence[Document], names: Sequence[str]) -> int:
        """A batch exists at the service; gives its number here."""
        rows = [
            (place, bytes.fromhex(document.sha256), name)
            for place, (document, name) in enumerate(zip(documents, names, strict=True))
        ]

        def step(db: sqlite3.Connection) -> int:
            made = db.execute("INSERT INTO batch (id, standing) VALUES (?, 'created')", (_json(batch_id),))
            number = cast("int", made.lastrowid)
            for place, sha256, name in rows:
                db.execute(
                    "INSERT INTO item (batch, place, document, wire_name, standing) "
                    "SELECT ?, ?, id, ?, 'planned' FROM document WHERE sha256 = ?",
                    (number, place, name, sha256),
                )
                db.execute("UPDATE document SET batch = ? WHERE sha256 = ?", (number, sha256))
            return number

        return await self._file.ask(step, durable=True)

    async def uploading(self, number: int, places: Sequence[int]) -> None:
        """These documents of a batch are about to be sent."""
        await self._file.ask(lambda db: _stand(db, number, places, "sending"), durable=True)

    async def uploaded(self, number: int, taken: Mapping[int, Id | None], refused: Mapping[int, str]) -> None:
        """The service said what it took and what not."""

        def step(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE item SET standing = 'taken', item_id = ? WHERE batch = ? AND place = ?",
                [(None if item is None else _json(item), number, place) for place, item in taken.items()],
            )
            db.executemany(
                "UPDATE item SET standing = 'refused', said = ? WHERE batch = ? AND place = ?",
                [(said, number, place) for place, said in refused.items()],
            )

        await self._file.ask(step)

    async def turned_away(self, number: int, places: Sequence[int]) -> None:
        """The service took nothing of an upload."""
        await self._file.ask(lambda db: _stand(db, number, places, "planned"))

    async def starting(self, number: int) -> None:
        """What the batch holds is settled, and it is about to be started; what is not in it is free again."""

        def step(db: sqlite3.Connection) -> None:
            db.execute("UPDATE batch SET standing = 'starting' WHERE number = ?", (number,))
            db.execute("UPDATE item SET standing = 'taken' WHERE batch = ? AND standing = 'sending'", (number,))
            db.execute(
                "UPDATE document SET batch = NULL WHERE batch = ? AND id IN "
                "(SELECT document FROM item WHERE batch = ? AND standing = 'planned')",
                (number, number),
            )
            db.execute("DELETE FROM item WHERE batch = ? AND standing = 'planned'", (number,))

        await self._file.ask(step, durable=True)

    async def released(self, number: int) -> None:
        """The service has confirmed that the batch holds no credit."""
        await self._file.ask(lambda db: _close_batch(db, number, "released", 0))

    async def collected(self, number: int | None, result: BatchResult, credits: int) -> int:
        """A batch has ended so; gives the number of the delivery."""
        rows = await anyio.to_thread.run_sync(text.outcomes, result)
        failure = text.failure(result)

        def step(db: sqlite3.Connection) -> int:
            if number is not None:
                _close_batch(db, number, "ended", credits)
            made = db.execute(
                "INSERT INTO delivery (batch_id, credits, failure) VALUES (?, ?, ?)",
                (None if result.batch_id is None else _json(result.batch_id), credits, failure),
            )
            delivery = cast("int", made.lastrowid)
            for place, (kind, sha256, content) in enumerate(rows):
                document = None
                if sha256 is not None:
                    _settle(db, sha256)
                    row = db.execute(
                        "UPDATE document SET end = ?, batch = NULL WHERE sha256 = ? RETURNING id", (kind, sha256)
                    ).fetchall()
                    document = row[0][0] if row else None
                db.execute("INSERT INTO outcome VALUES (?, ?, ?, ?, ?)", (delivery, place, kind, document, content))
            return delivery

        return await self._file.ask(step, durable=True)

    async def delivered(self, delivery: int) -> None:
        """The consumer has taken a result."""
        await self._file.ask(lambda db: _run(db, "UPDATE delivery SET taken = 1 WHERE number = ?", delivery))

    # --- what an earlier process left -------------------------------------------------------------------------------

    async def last_delivery(self) -> int:
        """The number of what was collected last; 0 where nothing was."""
        last: int = await self._file.ask(lambda db: _one(db, "SELECT coalesce(max(number), 0) FROM delivery"))
        return last

    async def deliveries(self, after: int = 0) -> AsyncGenerator[Delivery, None]:
        """Everything that was collected before, in order; with `after`, what came after that number."""
        number, last = after, await self.last_delivery()
        while number < last:
            number += 1
            delivery = await self._file.ask(lambda db, number=number: _delivery(db, number))  # type: ignore[misc]
            if delivery is not None:
                yield delivery

    async def unsettled(self) -> AsyncGenerator[Delivery, None]:
        """What was collected before and holds documents that are still unsettled."""
        query = "SELECT DISTINCT delivery FROM outcome WHERE kind = 'unsettled' ORDER BY delivery"
        for (number,) in await self._file.ask(lambda db: db.execute(query).fetchall()):
            delivery = await self._file.ask(lambda db, number=number: _delivery(db, number))  # type: ignore[misc]
            if delivery is not None:
                yield delivery

    async def open_batches(self) -> list[StoredBatch]:
        """The batches whose end is not known."""
        return await self._file.ask(_open_batches)

    async def waiting(self) -> AsyncGenerator[Document, None]:
        """Documents that were found and are neither in a batch nor accounted for."""
        query = (
            f"SELECT {_DOCUMENT} FROM document AS d WHERE d.end IS NULL AND d.batch IS NULL AND d.id > ? "  # noqa: S608
            f"ORDER BY d.id LIMIT {PAGE}"
        )
        after = 0
        while rows := await self._file.ask(lambda db, after=after: db.execute(query, (after,)).fetchall()):  # type: ignore[misc]
            for row in rows:
                yield _document(row)
            after = rows[-1][6]


# --- steps ------------------------------------------------------------------------------------------------------------


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _run(db: sqlite3.Connection, statement: str, *values: Any) -> None:
    db.execute(statement, values)


def _one(db: sqlite3.Connection, query: str) -> Any:
    return db.execute(query).fetchone()[0]


def _record(db: sqlite3.Connection) -> RunRecord | None:
    """The run as it was asked for; `None` where there is none, or it was forgotten."""
    row = db.execute("SELECT base_url, job, options, sources, folder, found_all, account, closing FROM run").fetchone()
    if row is None:
        return None
    spent = _one(db, "SELECT coalesce(sum(credits), 0) FROM batch")
    held = _one(
        db,
        "SELECT count(*) FROM batch JOIN item ON item.batch = batch.number "
        "WHERE batch.standing IN ('created', 'starting') AND item.standing IN ('sending', 'taken')",
    )
    return RunRecord(
        base_url=row[0],
        job=orjson.loads(row[1]),
        options=orjson.loads(row[2]),
        sources=None if row[3] is None else orjson.loads(row[3]),
        folder=row[4],
        found_all=bool(row[5]),
        credits=spent + held,
        account=None if row[6] is None else orjson.loads(row[6]),
        closing=None if row[7] is None else orjson.loads(row[7]),
    )


def _nothing_in_it(db: sqlite3.Connection) -> JournalError:
    if db.execute("SELECT 1 FROM batch").fetchone():
        return JournalError("the journal holds no run any more: it was forgotten, and cannot be gone on with")
    words = "the journal holds no run: none was begun in it, and nothing was sent"
    return JournalEmpty(f"{words}; session.screen(…, journal=…) begins one")


def _refuse_copy(db: sqlite3.Connection, path: str) -> None:
    """Raise `JournalError` for a copy of a journal that is still where its run last used it."""
    place, inode = db.execute("SELECT path, inode FROM holder").fetchone()
    if place is None or inode is None:
        return
    with contextlib.suppress(OSError):
        there, here = os.stat(os.fsdecode(place)), os.stat(path)
        if str(there.st_ino) == inode and not os.path.samestat(there, here):
            words = "this is a copy of a journal that is still at its place, and may know more than the copy"
            raise JournalError(f"{words}: go on with that one, or remove it first")


def _stand(db: sqlite3.Connection, number: int, places: Iterable[int], standing: str) -> None:
    statement = "UPDATE item SET standing = ? WHERE batch = ? AND place = ?"
    db.executemany(statement, [(standing, number, place) for place in places])


def _close_batch(db: sqlite3.Connection, number: int, standing: str, credits: int) -> None:
    """A batch is of no concern any more; its documents are free, and its items are needed by nobody."""
    db.execute("UPDATE batch SET standing = ?, credits = ? WHERE number = ?", (standing, credits, number))
    db.execute(
        "UPDATE document SET batch = NULL WHERE batch = ? AND id IN (SELECT document FROM item WHERE batch = ?)",
        (number, number),
    )
    db.execute("DELETE FROM item WHERE batch = ?", (number,))


def _settle(db: sqlite3.Connection, sha256: bytes) -> None:
    """A document that was unsettled has another end now."""
    row = db.execute("SELECT id FROM document WHERE sha256 = ? AND end = 'unsettled'", (sha256,)).fetchone()
    if row is not None:
        db.execute("DELETE FROM outcome WHERE kind = 'unsettled' AND document = ?", row)


def _document(row: Sequence[Any]) -> Document:
    source, name, kind, size, sha256, key = row[:6]
    return Document(source, name, FileKind(kind), size, sha256.hex(), reopen(key), key=key)


def _open_batches(db: sqlite3.Connection) -> list[StoredBatch]:
    found: list[StoredBatch] = []
    batches = db.execute("SELECT number, id, standing FROM batch WHERE standing IN ('created', 'starting')").fetchall()
    for number, batch_id, standing in batches:
        items = db.execute(
            f"SELECT {_DOCUMENT}, i.wire_name, i.standing, i.item_id, i.said "  # noqa: S608
            "FROM item AS i JOIN document AS d ON d.id = i.document WHERE i.batch = ? ORDER BY i.place",
            (number,),
        ).fetchall()
        found.append(
            StoredBatch(
                number,
                orjson.loads(batch_id),
                standing,
                tuple(
                    StoredItem(
                        _document(row), row[7], row[8], None if row[9] is None else orjson.loads(row[9]), row[10]
                    )
                    for row in items
                ),
            )
        )
    return found


def _delivery(db: sqlite3.Connection, number: int) -> Delivery | None:
    head = db.execute("SELECT batch_id, credits, failure FROM delivery WHERE number = ?", (number,)).fetchone()
    if head is None:
        return None
    rows = db.execute(
        f"SELECT o.kind, o.content, {_DOCUMENT} FROM outcome AS o LEFT JOIN document AS d ON d.id = o.document "  # noqa: S608
        "WHERE o.delivery = ? ORDER BY o.place",
        (number,),
    ).fetchall()
    named = [(kind, content, None if rest[6] is None else _document(rest)) for kind, content, *rest in rows]
    batch_id: Id | None = None if head[0] is None else orjson.loads(head[0])
    return Delivery(number, head[1], text.restored(batch_id, head[2], named))


# --- a journal as a whole ---------------------------------------------------------------------------------------------


@attrs.frozen
class JournalSummary:
    """What a journal says of its run. It names nobody."""

    begun: str
    ended: str
    documents: int
    screened: int
    failed: int
    unsettled: int
    waiting: int
    open_batches: tuple[Id, ...]
    credits: int
    """What the batches that have ended cost."""
    invalid: int = 0
    """Those of the screened ones that the service could not read."""
    rejected: int = 0
    """Documents that the service did not take."""
    given_up: int = 0
    """Documents that were unsettled until a person gave them up."""
    held: int = 0
    """Credits that the open batches may hold: one a document that was sent into them."""
    batches: tuple[StoredBatch, ...] = attrs.field(default=(), repr=False)
    record: RunRecord | None = attrs.field(default=None, repr=False)
    """The run as it was asked for; `None` once it was forgotten, or where none was begun."""
    decisions: tuple[Decision, ...] = attrs.field(default=(), repr=False)
    """What a person said of documents that were unsettled, in order."""


def _decisions(db: sqlite3.Connection) -> tuple[Decision, ...]:
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'decision'").fetchone() is None:
        return ()
    rows = db.execute(
        "SELECT c.said_at, d.name, c.word, c.batch_id, c.result_id FROM decision AS c "
        "JOIN document AS d ON d.id = c.document ORDER BY c.number"
    ).fetchall()
    return tuple(Decision(at, name, word, _id(batch), _id(result)) for at, name, word, batch, result in rows)


def _id(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


async def look_into(path: str | os.PathLike[str]) -> JournalSummary:
    """What a journal says of its run. Raises `JournalError`, also while a run is using it."""
    return await anyio.to_thread.run_sync(_summary, os.fspath(path))


def _summary(path: str) -> JournalSummary:
    with contextlib.closing(connect(path, create=False)) as db:
        begun, ended = db.execute("SELECT begun, ended FROM run").fetchone() or ("", "")
        ends = dict(db.execute("SELECT coalesce(end, ''), count(*) FROM document GROUP BY 1").fetchall())
        batches, record = tuple(_open_batches(db)), _record(db)
        credits = _one(db, "SELECT coalesce(sum(credits), 0) FROM batch")
        return JournalSummary(
            begun=begun,
            ended=ended,
            documents=sum(ends.values()),
            screened=ends.get("screened", 0),
            failed=ends.get("failed", 0),
            unsettled=ends.get("unsettled", 0),
            waiting=_one(db, "SELECT count(*) FROM document WHERE end IS NULL AND batch IS NULL"),
            open_batches=tuple(batch.id for batch in batches),
            credits=credits,
            invalid=_one(
                db,
                "SELECT count(*) FROM outcome WHERE kind = 'screened' AND "
                "(json_extract(content, '$.score') IS NULL OR json_extract(content, '$.match_status') = 'invalid')",
            ),
            rejected=ends.get("rejected", 0),
            given_up=ends.get("given_up", 0),
            held=record.credits - credits if record is not None else 0,
            batches=batches,
            record=record,
            decisions=_decisions(db),
        )


async def forget(path: str | os.PathLike[str], *, abandon: bool = False) -> None:
    """Erase everything personal from a journal: names, sources, job and results; ids of batches and counts stay.

    The freed pages are overwritten, the log is emptied, and the file is written anew. A journal with open batches is
    refused, for what they hold could not be collected afterwards, unless `abandon` is set. The run cannot be gone on
    with. Raises `JournalError`.
    """
    await anyio.to_thread.run_sync(_forget, os.fspath(path), abandon)


def _forget(path: str, abandon: bool) -> None:
    with contextlib.closing(connect(path, create=False)) as db:
        still_open = _one(db, "SELECT count(*) FROM batch WHERE standing IN ('created', 'starting')")
        if still_open and not abandon:
            words = f"{still_open} batches are open at the service: resume the run to collect them, or say abandon=True"
            raise JournalError(words)
        try:
            db.execute("BEGIN IMMEDIATE")
            for table in ("outcome", "item", "document", "file", "run"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            db.execute("DROP TABLE IF EXISTS decision")
            db.execute("UPDATE delivery SET failure = NULL")
            take_over(db, None)
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise JournalError("the journal could not be emptied: it is as it was, or partly so") from error


async def salvage(path: str | os.PathLike[str]) -> AsyncGenerator[Delivery, None]:
    """The results that can still be read out of a damaged journal, as far as possible with their documents."""
    for delivery in await anyio.to_thread.run_sync(_salvage, os.fspath(path)):
        yield delivery


def _salvage(path: str) -> list[Delivery]:
    with held(path), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        numbers = sorted({row[0] for row in readable(db, "SELECT delivery FROM outcome")})
        return [delivery for number in numbers if (delivery := _salvaged(db, number)) is not None]


def _salvaged(db: sqlite3.Connection, number: int) -> Delivery | None:
    with contextlib.suppress(sqlite3.Error, ValueError):
        return _delivery(db, number)
    rows = readable(db, f"SELECT content FROM outcome WHERE kind = 'screened' AND delivery = {int(number)}")  # noqa: S608
    with contextlib.suppress(ValueError):
        return Delivery(number, 0, text.restored(None, None, [("screened", row[0], None) for row in rows]))
    return None
