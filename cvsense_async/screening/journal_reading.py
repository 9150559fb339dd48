"""Reads a journal without going on with its run: what it has collected, and how much of the run is still to be sent.

Neither needs a session, a key, or the service; a run that is using the journal keeps them out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from .documents import Document, Sources, count_documents, find_documents
from .journal import Delivery, RunRecord
from .outcome import Unsettled
from .sources import is_url
from .sqlite_journal import SQLiteJournal
from .task import Task


async def collected(path: str | os.PathLike[str]) -> AsyncGenerator[Delivery, None]:
    """Everything that a run has collected, in order. Raises `JournalError`."""
    async with _open(path) as journal, aclosing(journal.deliveries()) as deliveries:
        async for delivery in deliveries:
            yield delivery


async def left_unsettled(path: str | os.PathLike[str]) -> list[Unsettled]:
    """The documents of a run that are unsettled, in order. Raises `JournalError`."""
    async with _open(path) as journal, aclosing(journal.unsettled()) as deliveries:
        return [one async for delivery in deliveries for one in delivery.result.unsettled]


async def count_unsent(
    path: str | os.PathLike[str], record: RunRecord, sources: Sequence[str] | None = None
) -> int | None:
    """How many documents going on would still send, so at most so many credits; `None` where nobody can tell before.

    Files that the journal does not know are read; nothing is sent, and nothing written. Raises `JournalError`.
    """
    where: Sources | None = sources or Task.restored_sources(record)
    async with _open(path) as journal:
        unsent = {document.sha256 async for document in journal.waiting() if document.key is not None}
        if where is None:
            return len(unsent) if record.found_all else None
        own = await journal.files()
        if await count_documents(where, skip=own) is None or any(
            is_url(one) for one in sources or record.sources or ()
        ):
            return None
        found = find_documents(where, max_bytes=record.options.get("max_file_bytes"), recall=journal.recall, skip=own)
        async with aclosing(found) as documents:
            async for document in documents:
                if isinstance(document, Document) and not await journal.accounted(document):
                    unsent.add(document.sha256)
    return len(unsent)


@contextlib.asynccontextmanager
async def _open(path: str | os.PathLike[str]) -> AsyncGenerator[SQLiteJournal, None]:
    journal = SQLiteJournal(path)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()
