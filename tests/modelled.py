"""A service that exists in memory alone and answers when it is told to, and processes that live in a time of their own.

Nothing sleeps, no thread runs and no socket is opened: a test decides which request goes on next and how, what becomes
of each batch, when time passes, and when the process dies, so that any interleaving can be drawn, and drawn again.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

import attrs
import orjson
from crashes import Died

import cvsense_async as cv
from cvsense_async import errors
from cvsense_async.api.account import GetAccount, GetCredits, GetUsage
from cvsense_async.api.endpoint import UploadFile
from cvsense_async.api.screening import (
    CancelBatch,
    CreateBatch,
    GetBatchStatus,
    ListResults,
    StartBatch,
    UploadCVs,
)
from cvsense_async.screening import journal_file
from cvsense_async.screening.sqlite_journal import SQLiteJournal
from cvsense_async.transport.answers import Answer
from cvsense_async.transport.exchange import AttemptFailed
from cvsense_async.transport.limiter import Lane
from cvsense_async.transport.retry import End
from cvsense_async.transport.sender import Sender
from cvsense_async.transport.settings import RetryPolicy, Timeouts

SOON = 1.0
"""Seconds that pass by themselves: the pauses between two attempts of one call."""


class ToldLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still until it is told to pass."""

    now = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.set_exception_handler(_unless_dead)

    def time(self) -> float:
        """Seconds since it was made, as told."""
        return self.now

    def settle(self) -> None:
        """Run until everything waits for the service, or for a time that is further away than `SOON`."""
        while True:
            self.call_soon(self.stop)
            self.run_forever()
            due = self.due()
            if not cast("Any", self)._ready and (due is None or due > self.now + SOON):
                return
            if not cast("Any", self)._ready:
                self.now = cast("float", due) + 1e-6

    def due(self) -> float | None:
        """When the next thing is due that waits for time alone."""
        timers = [timer.when() for timer in cast("Any", self)._scheduled if not timer.cancelled()]
        return min(timers, default=None)

    def pass_time(self) -> bool:
        """Let time pass until something happens; gives whether anything was due."""
        due = self.due()
        if due is not None:
            self.now = max(self.now, due) + 1e-6
            self.settle()
        return due is not None


def _unless_dead(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Nobody asks after the last words of a process that was killed."""
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(context)


@contextlib.contextmanager
def no_threads() -> Iterator[None]:
    """What would be done in a thread is done where it stands."""

    async def here(step: Callable[..., Any], *given: Any, **_: Any) -> Any:
        await asyncio.sleep(0)
        return step(*given)

    with mock.patch("anyio.to_thread.run_sync", here):
        yield


# --- the service ------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Copy:
    """A file that was taken: what became of its credit, and whether its result can be read."""

    id: int
    sha256: str
    name: str
    credit: str = "reserved"
    processed: bool = False
    readable: bool = True
    invalid: bool = False


@attrs.define(eq=False)
class ModelBatch:
    """A batch. A `mute` one is lost, stuck or contradicts itself: what it cost, nobody can say."""

    id: int
    status: str = "created"
    copies: list[Copy] = attrs.field(factory=list[Copy])
    sent: set[str] = attrs.field(factory=set[str])  # what anybody tried to upload into it
    lost: bool = False
    stuck: bool = False
    missing: bool = False

    @property
    def mute(self) -> bool:
        """Whether the service cannot say what became of its documents."""
        return self.lost or self.stuck or self.missing

    @property
    def working(self) -> bool:
        """Whether it was started and has not ended."""
        return self.status in ("queued", "processing", "cancelling")


@attrs.define(eq=False)
class Asked:
    """One request that waits for its answer."""

    call: Any
    answer: asyncio.Future[Answer]


class Refused(Exception):
    """The service refuses a call with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Model:
    """The service of the contract, with books by content."""

    def __init__(self) -> None:
        self.hides: tuple[str, ...] = ()  # fields of a status that it does not give
        self.batches: list[ModelBatch] = []
        self.waiting: list[Asked] = []
        self.late: list[UploadCVs] = []
        self._count = 100

    def copies(self) -> Iterator[tuple[ModelBatch, Copy]]:
        """Every file that was ever taken."""
        for batch in self.batches:
            for copy in batch.copies:
                yield batch, copy

    @property
    def used(self) -> int:
        """Credits that were charged."""
        return sum(copy.credit == "charged" for _, copy in self.copies())

    # --- how a request goes on ----------------------------------------------------------------------------------------

    async def ask(self, call: Any) -> Answer:
        """A request: it waits until it is told how it goes on."""
        if isinstance(call, UploadCVs):
            batch = next(each for each in self.batches if each.id == call.batch_id)
            batch.sent.update(str(file.sha256) for file in call.files)
        asked = Asked(call, asyncio.get_running_loop().create_future())
        self.waiting.append(asked)
        try:
            return await asked.answer
        finally:
            if asked in self.waiting:  # given up by the client: an upload may be on its way all the same
                self.waiting.remove(asked)
                if isinstance(call, UploadCVs):
                    self.late.append(call)

    def go_on(self, asked: Asked, how: str) -> None:
        """Let one request go on: `well`, refused with a status, or with an end that says nothing of the work."""
        self.waiting.remove(asked)
        call = asked.call
        if how.isdigit():
            return asked.answer.set_result(_answer(int(how), {"success": False, "message": "no"}))
        if how in ("lost before", "lost late"):
            if how == "lost late" and isinstance(call, UploadCVs):
                self.late.append(call)
            return asked.answer.set_exception(_ambiguous())
        answer = self.carry_out(call, how)
        if how == "lost after":
            return asked.answer.set_exception(_ambiguous())
        if how == "500 after":
            answer = _answer(500, {"success": False, "message": "no"})
        return asked.answer.set_result(answer)

    def arrive_late(self, call: UploadCVs) -> None:
        """The body of an upload that its client gave up arrives."""
        self.late.remove(call)
        self.carry_out(call, "well")

    # --- what the calls do --------------------------------------------------------------------------------------------

    def carry_out(self, call: Any, how: str) -> Answer:
        """Do the work of a call and give its answer."""
        try:
            return _answer(200, {"success": True, **self._work(call, how)})
        except Refused as refusal:
            return _answer(refusal.status, {"success": False, "message": "no"})

    def _work(self, call: Any, how: str) -> dict[str, Any]:
        if isinstance(call, GetCredits):
            reserved = sum(copy.credit == "reserved" for _, copy in self.copies())
            return {"data": {"balance": 1000 - self.used - reserved, "reserved": reserved, "used": self.used}}
        if isinstance(call, GetUsage):
            return {"data": []}
        if isinstance(call, GetAccount):
            return {"data": {"id": 1}}
        if isinstance(call, CreateBatch):
            self.batches.append(ModelBatch(len(self.batches) + 1))
            return {"data": {"id": self.batches[-1].id, "status": "created"}}
        batch = next(each for each in self.batches if each.id == call.batch_id)
        if batch.lost:
            raise Refused(404)
        if isinstance(call, UploadCVs):
            return {"data": self._upload(batch, list(call.files), how)}
        if isinstance(call, StartBatch):
            if batch.status != "created":
                raise Refused(409)
            batch.status = "queued"
        elif isinstance(call, CancelBatch):
            self._cancel(batch, slowly=how == "slowly")
        elif isinstance(call, ListResults):
            found = [copy for copy in batch.copies if copy.processed and copy.readable]
            if not found and batch.status != "completed":
                raise Refused(409)
            return {"data": [_result(copy) for copy in found]}
        else:
            assert isinstance(call, GetBatchStatus)
        return {"data": {key: value for key, value in _state(batch).items() if key not in self.hides}}

    def _upload(self, batch: ModelBatch, files: list[UploadFile], how: str) -> dict[str, Any]:
        if batch.status != "created":
            raise Refused(409)
        taken, refused = files, files[:0]
        if how == "one refused":
            taken, refused = files[1:], files[:1]
        elif how == "some dropped":
            taken = files[: len(files) // 2 or 1]
        copies: list[Copy] = []
        for file in taken:
            self._count += 1
            assert file.sha256 is not None
            copies.append(Copy(self._count, file.sha256, file.filename))
        batch.copies += copies
        items = [{"id": copy.id, "filename": copy.name} for copy in copies]
        if how == "not all named":
            items = items[: len(items) // 2]
        rejected = [{"filename": file.filename, "reason": "no"} for file in refused]
        return {"uploaded": len(items), "items": items, "rejected": rejected, "total_files": len(batch.copies)}

    def _cancel(self, batch: ModelBatch, *, slowly: bool) -> None:
        if batch.status in ("completed", "failed", "cancelled"):
            raise Refused(409)
        if batch.stuck:
            return
        if slowly and batch.working:
            batch.status = "cancelling"
        else:
            self.end(batch, "cancelled")

    # --- what becomes of batches --------------------------------------------------------------------------------------

    def process(self, batch: ModelBatch, *, invalid: bool = False) -> None:
        """Screen the next document of a batch; the last one completes it."""
        left = [copy for copy in batch.copies if not copy.processed]
        if left:
            batch.status = "processing" if batch.status == "queued" else batch.status
            left[0].processed, left[0].invalid = True, invalid
            left[0].credit = "released" if invalid else "charged"
        if len(left) <= 1:
            self.end(batch, "completed" if batch.status != "cancelling" else "cancelled")

    def end(self, batch: ModelBatch, status: str) -> None:
        """End a batch: what was not processed gives its credit back."""
        batch.status = status
        for copy in batch.copies:
            if copy.credit == "reserved":
                copy.credit = "released"

    def complete_without(self, batch: ModelBatch) -> None:
        """A batch completes and says that it charged for a document of which it gives no result."""
        batch.missing = True
        while batch.working:
            self.process(batch)
        if batch.copies:
            batch.copies[-1].readable = False


def _answer(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, {}, orjson.dumps(document))


def _ambiguous() -> AttemptFailed:
    return AttemptFailed(End.AMBIGUOUS, errors.ConnectionLost, "the connection ended")


def _state(batch: ModelBatch) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "status": batch.status,
        "total": len(batch.copies),
        "processed": sum(copy.processed for copy in batch.copies),
        "credits_used": sum(copy.credit == "charged" for copy in batch.copies),
    }


def _result(copy: Copy) -> dict[str, Any]:
    judged = {"score": None, "match_status": "invalid"} if copy.invalid else {"score": 50, "match_status": "good"}
    return {"id": copy.id, "filename": copy.name, "summary": copy.sha256, **judged}


# --- the process ------------------------------------------------------------------------------------------------------


class Disk:
    """What outlasts a process: an SQLite database in memory. What was not committed may be lost with the process."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        journal_file._prepare(self.db, "")

    def crash(self, *, keep: bool) -> None:
        """The process is gone; what it wrote without waiting for the disk is there, or not."""
        if self.db.in_transaction:
            self.db.execute("COMMIT" if keep else "ROLLBACK")

    def rows(self, query: str) -> list[Any]:
        """What stands in it."""
        return self.db.execute(query).fetchall()


class Process:
    """One process with a run: it goes on until the run has ended, or it is killed."""

    def __init__(self, loop: ToldLoop, model: Model, disk: Disk) -> None:
        self.loop, self.model, self.disk = loop, model, disk
        self.alive = True
        self.writes_left: int | None = None
        self.given: list[cv.BatchResult] = []
        self.problem: BaseException | None = None
        self.run: cv.ScreeningRun | None = None
        self._task: asyncio.Task[None] | None = None
        self._runs: set[asyncio.Task[object]] = set()
        self._cancelling: asyncio.Task[Any] | None = None

    def journal(self) -> SQLiteJournal:
        """Its journal, on the disk that outlasts it."""
        journal = SQLiteJournal("not a file")
        cast("Any", journal)._file = _Writing(self)
        return journal

    def start(self, task: Any) -> None:
        """Begin, or go on with, a run."""
        sender = ModelSender(self)
        self.run = cv.ScreeningRun(lambda: sender, self._runs, task, None)
        self._task = self.loop.create_task(self._live(self.run))
        self.loop.settle()

    async def _live(self, run: cv.ScreeningRun) -> None:
        async with run:
            async for batch in run:
                self.given.append(batch)

    @property
    def ended(self) -> bool:
        """Whether the run has ended, one way or another. Raises what no run may raise."""
        if self._task is None or not self._task.done():
            return False
        if self.problem is None and not self._task.cancelled():
            self.problem = self._task.exception()
            if self.alive and self.problem is not None and not isinstance(self.problem, errors.CVSenseError):
                raise self.problem
        return True

    def leave(self) -> None:
        """Ctrl-C: the block that holds the run is cancelled."""
        assert self._task is not None
        self._task.cancel()
        self.loop.settle()

    def cancel(self) -> None:
        """`run.cancel()`."""
        assert self.run is not None
        if self._cancelling is None:
            self._cancelling = self.loop.create_task(self.run.cancel())
            self.loop.settle()

    def step(self) -> None:
        """A moment at which the process may be dead."""
        if not self.alive:
            raise Died
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                self.alive = False
                raise Died

    def die(self, *, keep: bool) -> None:
        """`kill -9`: nothing that is done while it is torn down is written or sent."""
        self.alive = False
        self.disk.crash(keep=keep)
        tasks = [task for task in (self._task, self._cancelling, *self._runs) if task is not None]
        for task in tasks:
            task.cancel()
        while not all(task.done() for task in tasks):
            self.loop.settle()
            if not all(task.done() for task in tasks):
                assert self.loop.pass_time()
        for task in tasks:
            if not task.cancelled():
                task.exception()  # seen


class _Writing:
    """The part of a journal that writes, without a thread: each step is done where it is asked for."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def open(self, *, create: bool) -> None:
        self._process.step()

    async def ask(self, step: Callable[[sqlite3.Connection], Any], *, durable: bool = False) -> Any:
        answer = self._carry_out(step, durable=durable)
        await asyncio.sleep(0)
        self._process.step()
        return answer

    def ask_now(self, step: Callable[[sqlite3.Connection], Any]) -> Any:
        return self._carry_out(step, durable=False)

    async def close(self) -> None:
        if self._process.alive:
            self._process.disk.crash(keep=True)

    def _carry_out(self, step: Callable[[sqlite3.Connection], Any], *, durable: bool) -> Any:
        self._process.step()
        db = self._process.disk.db
        if not db.in_transaction:
            db.execute("BEGIN")
        answer = step(db)
        if durable:
            db.execute("COMMIT")
        return answer


class ModelSender(Sender):
    """The way to the service as it is, but for the wire."""

    def __init__(self, process: Process) -> None:
        async def acquire(_: Any) -> Any:
            await asyncio.sleep(0)
            return SimpleNamespace(waited=0.0)

        limiter = SimpleNamespace(
            per_minute=1e9,
            state=SimpleNamespace(free=100, queued=Counter[Lane]()),
            acquire=acquire,
            pause=lambda _: None,
        )
        super().__init__(
            cast("Any", _Wire(process)),
            cast("Any", limiter),
            timeouts=Timeouts(),
            policy=RetryPolicy(attempts=2, refusals=2, base=0.001, cap=0.001),
            chance=random.Random(1),
        )


class _Wire:
    """The wire: a request reaches the model, unless the process is dead."""

    base = "https://model.example/api/v1"

    def __init__(self, process: Process) -> None:
        self._process = process

    async def attempt(self, call: Any, *_: Any) -> Answer:
        if not self._process.alive:
            raise Died
        answer = await self._process.model.ask(call)
        if not self._process.alive:
            raise Died
        return answer
