"""A person's word on documents that are unsettled: send them again, take a result as theirs, or give them up.

Only a person may risk a second credit, or say whose a result is. What was said, and when, stays in the journal.
"""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, cast, get_args

import anyio
import orjson

from cvsense_async.api.endpoint import Call, Id, Pager
from cvsense_async.api.screening import ListResults, Result
from cvsense_async.errors import ConfigurationError, JournalError
from cvsense_async.transport.sender import Sender
from cvsense_async.transport.settings import CallOptions

from . import journal_text as text
from .outcome import BatchResult, Failed, Screened, Unsettled, is_invalid
from .sqlite_journal import SQLiteJournal

T = TypeVar("T")

Word: TypeAlias = Literal["send_again", "accept", "give_up"]
"""What a person may say of an unsettled document."""

_TABLE = (
    "CREATE TABLE IF NOT EXISTS decision (number INTEGER PRIMARY KEY, said_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, "
    "document INTEGER NOT NULL, batch_id TEXT, word TEXT NOT NULL, result_id TEXT)"
)


class DecidingJournal(SQLiteJournal):
    """A run's journal while a person says what is to become of its unsettled documents; the run does not go on."""

    async def hold(self, base_url: str | None = None) -> None:
        """Open it for this alone. Raises `JournalError`, also for a run at another base URL, where one is given."""
        await self.open()

        def step(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT base_url FROM run").fetchone()
            if row is None:
                raise JournalError("the journal holds no run: there is nothing in it to settle")
            if base_url is not None and row[0] != base_url:
                raise JournalError("the journal's run is at another base URL: open the session with that one")
            self._take_over(db)

        await self._file.ask(step, durable=True)

    async def left(self) -> list[Unsettled]:
        """Every unsettled document, in the order in which they were left so."""
        return [one async for delivery in self.unsettled() for one in delivery.result.unsettled]

    async def is_taken(self, batch_id: Id | None, result_id: Id) -> bool:
        """Whether a result of a batch is a document's already."""
        query = (
            "SELECT 1 FROM outcome AS o JOIN delivery AS v ON v.number = o.delivery WHERE o.kind = 'screened' AND "
            "v.batch_id = ? AND o.document IS NOT NULL AND CAST(json_extract(o.content, '$.id') AS TEXT) = ?"
        )
        given = (orjson.dumps(batch_id).decode(), str(result_id))
        return await self._file.ask(lambda db: db.execute(query, given).fetchone()) is not None

    async def decide(self, chosen: Sequence[Unsettled], word: Word, result: Result | None) -> list[BatchResult]:
        """Write down what was said of documents, all of it or nothing; gives what became of them."""
        became = [_became(one, word, result) for one in chosen]

        def step(db: sqlite3.Connection) -> None:
            db.execute(_TABLE)
            for one, what in zip(chosen, became, strict=True):
                _decide(db, one, what, word, result)

        await self._file.ask(step, durable=True)
        return [what for what in became if what is not None]


async def settle(
    sender: Sender | None,
    path: str | os.PathLike[str],
    given: Sequence[Unsettled],
    word: Word,
    result_id: Id | None = None,
) -> list[BatchResult]:
    """See `CVSenseSession.settle`. Without a `sender` only a result that the journal kept can be accepted."""
    check_word(word, len(given), result_id)
    journal = DecidingJournal(path)
    try:
        await journal.hold(sender.base_url if sender is not None else None)
        left = await journal.left()
        chosen = as_they_stand(left, given)
        result = None
        if word == "accept" and result_id is not None:
            if await journal.is_taken(chosen[0].batch_id, result_id):
                raise ConfigurationError("this result is another document's already, by its id and name")
            result = kept_result(left, chosen[0], result_id) or await _asked(sender, chosen[0].batch_id, result_id)
        return await journal.decide(chosen, word, result)
    finally:
        with anyio.CancelScope(shield=True):
            await journal.close()


def check_word(word: str, documents: int, result_id: Id | None) -> None:
    """Raise `ConfigurationError` for what cannot be said."""
    if word not in get_args(Word):
        raise ConfigurationError("the word must be 'send_again', 'accept' or 'give_up'")
    if documents < 1:
        raise ConfigurationError("give the documents that it is said of")
    if (word == "accept") != (result_id is not None):
        raise ConfigurationError("'accept' goes with result_id=, and nothing else does")
    if word == "accept" and documents != 1:
        raise ConfigurationError("a result is one document's: give that one")


async def _asked(sender: Sender | None, batch_id: Id | None, result_id: Id) -> Result:
    """A result of a batch, asked from the service by its id."""
    if sender is not None and batch_id is not None:

        def send(call: Call[T], /) -> Coroutine[Any, Any, T]:
            return sender.send(call, CallOptions())

        async for result in Pager(send, ListResults(batch_id, per_page=100)):
            if str(result.id) == str(result_id):
                return result
    raise ConfigurationError("the documents' batch has no result of this id")


# --- choosing -------------------------------------------------------------------------------------------------------


def matching(left: Sequence[Unsettled], name: str) -> list[Unsettled]:
    """The unsettled documents that a person may mean by a name: a source, a file's name, or the start of a SHA-256."""
    ways: tuple[Callable[[Unsettled], bool], ...] = (
        lambda one: one.document.source == name,
        lambda one: one.document.name == name,
        lambda one: len(name) >= 8 and one.document.sha256.startswith(name.lower()),
    )
    for way in ways:
        found = [one for one in left if way(one)]
        if found:
            return found
    return []


def kept_result(left: Sequence[Unsettled], one: Unsettled, result_id: Id) -> Result | None:
    """The result of this id that was kept untied, with this document or another one of its batch."""
    of_batch = (each.result for each in left if str(each.batch_id) == str(one.batch_id) and each.result is not None)
    return next((result for result in of_batch if str(result.id) == str(result_id)), None)


def as_they_stand(left: Sequence[Unsettled], given: Sequence[Unsettled]) -> list[Unsettled]:
    """The given documents as the journal has them. Raises `ConfigurationError` where one is not unsettled."""
    known = {one.document.sha256: one for one in left}
    missing = sum(one.document.sha256 not in known for one in given)
    if missing:
        raise ConfigurationError(f"{missing} of the documents are not unsettled in this journal: look at them again")
    return list({one.document.sha256: known[one.document.sha256] for one in given}.values())


# --- steps ----------------------------------------------------------------------------------------------------------


def _became(one: Unsettled, word: Word, result: Result | None) -> BatchResult | None:
    if word == "accept":
        assert result is not None  # noqa: S101
        return BatchResult(one.batch_id, results=(Screened(result, one.document, one.batch_id),))
    if word == "give_up":
        today = datetime.datetime.now(datetime.UTC).date()
        words = f"given up by a person's word of {today}; whether it holds a credit was never found out"
        return BatchResult(one.batch_id, failed=(Failed(one.document, words, one.batch_id, given_up=True),))
    return None


def _decide(
    db: sqlite3.Connection, one: Unsettled, what: BatchResult | None, word: Word, result: Result | None
) -> None:
    row = db.execute(
        "SELECT d.id, o.delivery, o.place FROM document AS d JOIN outcome AS o ON o.document = d.id "
        "WHERE d.sha256 = ? AND d.end = 'unsettled' AND o.kind = 'unsettled'",
        (bytes.fromhex(one.document.sha256),),
    ).fetchone()
    if row is None:
        raise JournalError("a document is not unsettled any more: look at the run again")
    document, delivery, place = row
    _hand_on(db, delivery, place, result)
    db.execute("DELETE FROM outcome WHERE delivery = ? AND place = ?", (delivery, place))
    end = None
    if what is not None:
        end = "screened" if what.results else "given_up"
        batch_id = None if one.batch_id is None else orjson.dumps(one.batch_id).decode()
        charged = 0 if result is None or one.counted or is_invalid(result) else 1
        made = db.execute("INSERT INTO delivery (batch_id, credits) VALUES (?, ?)", (batch_id, charged))
        ((_, _, content),) = text.outcomes(what)
        db.execute("INSERT INTO outcome VALUES (?, 0, ?, ?, ?)", (made.lastrowid, end, document, content))
    db.execute("UPDATE document SET end = ?, batch = NULL WHERE id = ?", (end, document))
    db.execute(
        "INSERT INTO decision (document, batch_id, word, result_id) VALUES (?, ?, ?, ?)",
        (
            document,
            orjson.dumps(one.batch_id).decode(),
            word,
            None if result is None else orjson.dumps(result.id).decode(),
        ),
    )


def _hand_on(db: sqlite3.Connection, delivery: int, place: int, taken: Result | None) -> None:
    """See to it that a result that was kept untied stays with a document that it may be of, while there is one.

    One that is taken now leaves the document that it was kept with; the one kept with the document that is decided on
    goes to another that has none.
    """
    query = "SELECT place, content FROM outcome WHERE delivery = ? AND kind = 'unsettled' ORDER BY place"
    kept: dict[int, dict[str, Any]] = {}
    for at, content in db.execute(query, (delivery,)).fetchall():
        loaded: Any = orjson.loads(content)
        if isinstance(loaded, dict):  # earlier versions wrote words alone
            kept[at] = cast("dict[str, Any]", loaded)
    orphan: Any = kept.pop(place, {"result": None})["result"]
    if orphan is not None and taken is not None and str(orphan["id"]) == str(taken.id):
        orphan = None
    for at, said in kept.items():
        held: Any = said["result"]
        if held is not None and taken is not None and str(held["id"]) == str(taken.id):
            held = None
        if held is None:
            held, orphan = orphan, None
        if held is not said["result"]:
            statement = "UPDATE outcome SET content = ? WHERE delivery = ? AND place = ?"
            db.execute(statement, (orjson.dumps({**said, "result": held}).decode(), delivery, at))
