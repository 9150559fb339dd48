"""What a run writes down so that it can go on after a crash: the `Journal` protocol, and `NoJournal` for runs without.

Its methods are named after what happened, so that the pipeline reads as a story, and another store can take the place
of the file (`sqlite_journal.py`). A method returns once what it was told will outlast the process, where money depends
on that; the others may be written together with the next one that does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import attrs

from cvsense_async.api.endpoint import Id

from .cv import Document
from .outcome import BatchResult
from .sources import FileId


@attrs.frozen
class RunRecord:
    """A run as it was asked for: the call that creates its batches, its options, and its sources where they can be
    written down (paths, patterns and URLs; `None`: only the caller can give them again)."""

    base_url: str
    job: Mapping[str, Any] = attrs.field(repr=False)
    options: Mapping[str, Any]
    sources: Sequence[str] | None = attrs.field(default=None, repr=False)
    folder: str = attrs.field(default="", repr=False)
    """The folder that relative paths start from."""
    found_all: bool = False
    """Whether the sources had been read to their end."""
    credits: int = 0
    """Credits that ended batches have cost, and that open ones may cost."""
    account: Mapping[str, int] | None = None
    """The account's credits as they stood when the run began, where it said: without what others used meanwhile."""
    closing: Mapping[str, int] | None = None
    """The account's credits as they stood when the run last ended, with nothing open or unsettled."""


@attrs.frozen
class StoredItem:
    """A document's place in a batch: its name on the wire, its item's id where known, and what is known of it.

    `standing` is `planned` (not sent), `sending` (nobody knows), `taken`, or `refused` by the service (`said` is why).
    """

    document: Document
    wire_name: str = attrs.field(repr=False)
    standing: str
    item_id: Id | None = None
    said: str = attrs.field(default="", repr=False)


@attrs.frozen
class StoredBatch:
    """A batch whose end is not known. `standing` is `created`, or `starting` once its start may have been sent."""

    number: int
    id: Id
    standing: str
    items: tuple[StoredItem, ...] = attrs.field(repr=False)


@attrs.frozen
class Standing:
    """Where a document that has been found stands: to be sent, or accounted for under this or `another` source."""

    send: bool
    another: str | None = attrs.field(default=None, repr=False)


SEND = Standing(send=True)


@attrs.frozen
class Decision:
    """What a person said of a document that was unsettled: `send_again`, `accept` (of a result) or `give_up`."""

    said_at: str
    """When: `YYYY-MM-DD HH:MM:SS`, UTC."""
    name: str = attrs.field(repr=False)
    word: str
    batch_id: Id | None = None
    result_id: Id | None = None


@attrs.frozen
class Delivery:
    """A result that is in the journal: its number there, and the credits that its batch cost."""

    number: int
    credits: int
    result: BatchResult


@runtime_checkable
class Journal(Protocol):
    """What happened in one run. All methods may raise `JournalError`, after which nothing more may be sent."""

    durable: bool
    """Whether anything outlasts the process; where not, leaving a run cancels its batches."""

    async def begin(self, record: RunRecord) -> None:
        """A new run begins. Raises `JournalError` where the journal holds one already."""
        ...

    async def reopen(self, base_url: str, retry_failed: int) -> RunRecord:
        """An earlier run goes on; with `retry_failed` the documents of its failed batches are to be sent again.

        What was planned for a batch and not sent is free again, for nobody sends into it any more.
        """
        ...

    async def files(self) -> Collection[FileId]:
        """What the journal itself consists of, by device and inode: no source is ever one of these."""
        ...

    async def account(self, credits: Mapping[str, int] | None) -> None:
        """The account's credits before anything was sent; `None` where it does not say. The run is not closed now."""
        ...

    async def closed_account(self, credits: Mapping[str, int]) -> None:
        """The account's credits now that the run has ended: what is charged after this is not the run's."""
        ...

    async def judged(self, by: Mapping[str, Any]) -> None:
        """What the CVs are judged by, and whose credits pay, as hashes (`job_text.py`); takes the place of what was."""
        ...

    def recall(self, key: bytes, size: int, mtime_ns: int) -> tuple[str, str] | None:
        """The SHA-256 and kind of a file that is as it was. Waits, so it is called in a thread."""
        ...

    async def found(self, document: Document) -> Standing:
        """A document has been found and checked."""
        ...

    async def found_all(self) -> None:
        """The sources have been read to their end."""
        ...

    async def created(self, batch_id: Id, documents: Sequence[Document], names: Sequence[str]) -> int:
        """A batch exists at the service; gives its number here. Durable before anything is uploaded into it."""
        ...

    async def uploading(self, number: int, places: Sequence[int]) -> None:
        """These documents of a batch are about to be sent. Durable before the first byte."""
        ...

    async def uploaded(self, number: int, taken: Mapping[int, Id | None], refused: Mapping[int, str]) -> None:
        """The service said what it took and what not; places that are in neither stay in doubt."""
        ...

    async def turned_away(self, number: int, places: Sequence[int]) -> None:
        """The service took nothing of an upload."""
        ...

    async def starting(self, number: int) -> None:
        """What the batch holds is settled, and it is about to be started; what is not in it is free again. Durable."""
        ...

    async def released(self, number: int) -> None:
        """The service has confirmed that the batch holds no credit: its documents may go into another one."""
        ...

    async def collected(self, number: int | None, result: BatchResult, credits: int) -> int:
        """A batch has ended so; gives the number of the delivery. Durable before anybody sees it.

        Documents of the batch that the result does not name, or names as failed before they were started, are free
        to be sent again.
        """
        ...

    async def delivered(self, delivery: int) -> None:
        """The consumer has taken a result."""
        ...

    async def ended(self, why: str) -> None:
        """The run has ended, or been left."""
        ...

    async def close(self) -> None:
        """Write what is not written yet, and let go. Never raises."""
        ...

    def deliveries(self) -> AsyncGenerator[Delivery, None]:
        """Everything that was collected before, in order."""
        ...

    def unsettled(self) -> AsyncGenerator[Delivery, None]:
        """What was collected before and holds documents that are still unsettled."""
        ...

    async def open_batches(self) -> list[StoredBatch]:
        """The batches whose end is not known."""
        ...

    def waiting(self) -> AsyncGenerator[Document, None]:
        """Documents that were found and are neither in a batch nor accounted for."""
        ...


class NoJournal:
    """A run that is forgotten when its process ends."""

    durable = False

    async def begin(self, record: RunRecord) -> None:
        """Nothing is written."""

    async def reopen(self, base_url: str, retry_failed: int) -> RunRecord:
        """There is nothing to go on from."""
        raise NotImplementedError

    async def files(self) -> Collection[FileId]:
        """There are none."""
        return ()

    async def account(self, credits: Mapping[str, int] | None) -> None:
        """Nothing is written."""

    async def closed_account(self, credits: Mapping[str, int]) -> None:
        """Nothing is written."""

    async def judged(self, by: Mapping[str, Any]) -> None:
        """Nothing is written."""

    def recall(self, key: bytes, size: int, mtime_ns: int) -> tuple[str, str] | None:
        """Nothing is known."""
        return None

    async def found(self, document: Document) -> Standing:
        """Every document is new."""
        return SEND

    async def found_all(self) -> None:
        """Nothing is written."""

    async def created(self, batch_id: Id, documents: Sequence[Document], names: Sequence[str]) -> int:
        """Nothing is written."""
        return 0

    async def uploading(self, number: int, places: Sequence[int]) -> None:
        """Nothing is written."""

    async def uploaded(self, number: int, taken: Mapping[int, Id | None], refused: Mapping[int, str]) -> None:
        """Nothing is written."""

    async def turned_away(self, number: int, places: Sequence[int]) -> None:
        """Nothing is written."""

    async def starting(self, number: int) -> None:
        """Nothing is written."""

    async def released(self, number: int) -> None:
        """Nothing is written."""

    async def collected(self, number: int | None, result: BatchResult, credits: int) -> int:
        """Nothing is written."""
        return 0

    async def delivered(self, delivery: int) -> None:
        """Nothing is written."""

    async def ended(self, why: str) -> None:
        """Nothing is written."""

    async def close(self) -> None:
        """Nothing is held."""

    async def deliveries(self) -> AsyncGenerator[Delivery, None]:
        """None."""
        return
        yield

    async def unsettled(self) -> AsyncGenerator[Delivery, None]:
        """None."""
        return
        yield

    async def open_batches(self) -> list[StoredBatch]:
        """None."""
        return []

    async def waiting(self) -> AsyncGenerator[Document, None]:
        """None."""
        return
        yield
