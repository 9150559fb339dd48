"""Results that earlier runs of the same job have paid for, found by the content of a CV.

They are read out of those runs' journals when a document is found, so that nothing is listed first and the memory
stays flat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from cvsense_async.api.endpoint import Id
from cvsense_async.errors import JournalError

from . import journal_text as text
from .cv import Document
from .journal_file import JournalFile
from .outcome import Screened


class EarlierRuns:
    """The journals of earlier runs, held while a run looks into them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._files = [JournalFile(path) for path in paths]

    async def open(self, base_url: str, job: Mapping[str, Any]) -> None:
        """Hold the journals. Raises `JournalError`, also for one of another job or another service."""
        for file in self._files:
            await file.open(create=False)
            await file.ask(lambda db: _check(db, base_url, job))

    async def find(self, document: Document) -> Screened | None:
        """The result that an earlier run has of a CV with these bytes."""
        sha256 = bytes.fromhex(document.sha256)
        for file in self._files:
            row = await file.ask(lambda db: db.execute(_FIND, (sha256,)).fetchone())
            if row is not None:
                batch_id: Id | None = None if row[1] is None else orjson.loads(row[1])
                return text.screened(row[0], document, batch_id)
        return None

    async def close(self) -> None:
        """Let go of the journals. Never raises."""
        for file in self._files:
            await file.close()


_FIND = (
    "SELECT o.content, v.batch_id FROM temp.result AS r JOIN outcome AS o ON o.delivery = r.delivery "
    "AND o.place = r.place JOIN delivery AS v ON v.number = r.delivery WHERE r.sha256 = ?"
)


def _check(db: sqlite3.Connection, base_url: str, job: Mapping[str, Any]) -> None:
    row = db.execute("SELECT base_url, job FROM run").fetchone()
    if row is None:
        raise JournalError("a journal to reuse holds no run: it is empty, or was forgotten")
    if row[0] != base_url:
        raise JournalError("a journal to reuse is of a run at another base URL: its results are another service's")
    if _judged_by(orjson.loads(row[1])) != _judged_by(orjson.loads(orjson.dumps(dict(job)))):
        raise JournalError("a journal to reuse is of a run for another job: its results do not answer for this one")
    db.execute("CREATE TEMP TABLE result (sha256 BLOB PRIMARY KEY, delivery INTEGER, place INTEGER) WITHOUT ROWID")
    db.execute(
        "INSERT OR REPLACE INTO temp.result SELECT d.sha256, o.delivery, o.place FROM outcome AS o "
        "JOIN document AS d ON d.id = o.document WHERE o.kind = 'screened'"
    )


def _judged_by(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a CV is judged by: the name of the batches is not part of it."""
    return {key: value for key, value in job.items() if key != "name" and value is not None}
