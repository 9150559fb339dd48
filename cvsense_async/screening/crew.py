"""What the batches of one run share: the way to the service, the budget, the limits learnt, the counts.

It knows nothing of the steps of a batch (`batch.py`) and nothing of who consumes the results (`run.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

import anyio
import attrs

from cvsense_async import errors
from cvsense_async.api.endpoint import Call, Id
from cvsense_async.api.screening import MAX_FILES_PER_UPLOAD, BatchState, CreateBatch
from cvsense_async.transport.limiter import Lane
from cvsense_async.transport.sender import Sender
from cvsense_async.transport.settings import CallOptions

from .journal import Journal, NoJournal
from .outcome import LeftBatch, Progress, Summary
from .plan import ScreeningOptions
from .waiting import PollSchedule

T = TypeVar("T")

STAGED = 8
"""Batches between their creation and their start at one time: enough to fill the quota over a slow line, and what is
begun is finished first."""

UPLOADS = 8
"""Uploads under way at one time."""

UNDELIVERED = 4
"""Batches whose results may wait for a slow consumer; more are not collected, and no new ones begun."""

UNFINISHED = 4
"""Batches that may wait at the rate limit to be polled or collected while a new one is begun: with people on the same
session there is not enough for all, and then what is begun is finished first."""

FAILURES_IN_A_ROW = 3
"""Batches that may fail one after the other, with the service failing or out of reach, before the run stops."""

_FINISHING = (Lane.COLLECT, Lane.POLL)


@attrs.frozen
class UploadLimits:
    """What one upload may hold, as far as the service has shown it."""

    files: int = MAX_FILES_PER_UPLOAD
    size: int = 100 * 1024 * 1024


@attrs.define(eq=False)
class OpenBatch:
    """A batch at the service that has not ended, and the credits that it may hold."""

    id: Id
    number: int = 0  # in the journal
    credits: int = 0
    starting: bool = False
    started: bool = False
    waiting: anyio.CancelScope | None = None
    woken: asyncio.Event = attrs.field(factory=asyncio.Event)
    told: BatchState | None = None  # what a webhook has said of its end


@attrs.define(eq=False)
class Turn:
    """A batch's way through the places of which there are few: waiting with its documents, then holding its results."""

    waiting: anyio.Semaphore
    delivering: anyio.Semaphore
    _begun: bool = attrs.field(default=False, alias="begun")
    _collecting: bool = False

    def begin(self) -> None:
        """The batch is being created: another one may wait in its place."""
        if not self._begun:
            self._begun = True
            self.waiting.release()

    async def collect(self) -> None:
        """Wait for a place to hold results, which a slow consumer keeps occupied."""
        await self.delivering.acquire()
        self._collecting = True

    def end(self) -> None:
        """The results have been taken."""
        self.begin()
        if self._collecting:
            self._collecting = False
            self.delivering.release()


class Crew:
    """The shared part of a run. All of its methods are for the run's own loop."""

    def __init__(
        self,
        sender: Sender,
        create: CreateBatch,
        options: ScreeningOptions,
        on_progress: Callable[[Progress], object] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.journal: Journal = journal or NoJournal()
        self._sender = sender
        self.adopt(create, options)
        self.staging: anyio.Semaphore = anyio.Semaphore(STAGED)
        self.uploading: anyio.Semaphore = anyio.Semaphore(UPLOADS)
        self.delivering: anyio.Semaphore = anyio.Semaphore(UNDELIVERED)
        self.open: dict[Id, OpenBatch] = {}
        self.allowance: int | None = None
        self.cancelling = False
        self.stopped: errors.CVSenseError | None = None
        self.halted: errors.CVSenseError | None = None
        self.unfinished: errors.CVSenseError | None = None
        self.account_before: Mapping[str, int] | None = None
        self.account_after: Mapping[str, int] | None = None
        self.credits_elsewhere: int | None = None
        self.sent_anything: bool = False
        self.job_changed: bool = False
        self.left: tuple[LeftBatch, ...] = ()
        self.batches_done = 0
        self.batches_failed = 0
        self.found_all = False
        self.renaming = 0  # batches in which the service gave files other names
        self._on_progress = on_progress
        self._counts: dict[str, int] = {}
        self._credits_used = 0
        self._failures = 0
        self._finishing = 0
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._ended: float | None = None
        self._requests_before = sender.requests_sent
        self._changed = asyncio.Event()

    def adopt(self, create: CreateBatch, options: ScreeningOptions) -> None:
        """Take over the job and the options of the run, which stand in the journal of one that goes on."""
        self.create = create
        self.options = options
        self.limits: UploadLimits = UploadLimits(size=options.max_upload_bytes)
        self.schedule: PollSchedule = PollSchedule(options.poll_interval, self._sender.limiter.per_minute / 60)

    @property
    def base_url(self) -> str:
        """The service that the run is at."""
        return self._sender.base_url

    # --- the service ------------------------------------------------------------------------------------------------

    async def send(self, call: Call[T], lane: Lane) -> T:
        """Carry out a call in a lane."""
        if lane not in _FINISHING:
            return await self._sender.send(call, CallOptions(lane=lane))
        self._finishing += 1
        try:
            return await self._sender.send(call, CallOptions(lane=lane))
        finally:
            self._finishing -= 1
            self._changed.set()

    async def finish_first(self) -> None:
        """Wait until what has been begun is no longer held up at the rate limit."""
        while self._finishing >= UNFINISHED and self.halted is None:
            queued = self._sender.limiter.state.queued
            if sum(queued[lane] for lane in _FINISHING) < UNFINISHED:
                return
            self._changed.clear()
            await self._changed.wait()

    def opened(self, batch_id: Id, number: int) -> OpenBatch:
        """Note a batch that now exists at the service; `number` is its number in the journal."""
        self.sent_anything = True
        self.open[batch_id] = OpenBatch(batch_id, number)
        self.notify()
        return self.open[batch_id]

    def closed(self, opened: OpenBatch) -> None:
        """Note that a batch has ended, or holds nothing."""
        self.open.pop(opened.id, None)
        self.notify()

    # --- trouble ----------------------------------------------------------------------------------------------------

    def met(self, problem: errors.CVSenseError) -> None:
        """Take in trouble: some of it stops the run, for every other batch would meet it, too."""
        if isinstance(
            problem,
            (errors.AuthenticationError, errors.PermissionDenied, errors.InsufficientCredits, errors.SessionClosed),
        ) or _refused_to_all(problem):
            self.stop(problem)
        elif isinstance(problem, (errors.TransportError, errors.ServerError, errors.RateLimited)):
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW or isinstance(problem, errors.ConnectionFailed):
                self.stop(problem)

    def left_open(self, problem: errors.CVSenseError) -> bool:
        """Whether the journal keeps a batch open that met trouble, so that a resumed run learns how it ended."""
        if not self.journal.durable or isinstance(problem, (errors.NotFound, errors.OutcomeUnsettled)):
            return False
        self.unfinished = self.unfinished or problem
        return True

    def well(self) -> None:
        """Take in that the service works."""
        self._failures = 0

    def stop(self, problem: errors.CVSenseError, *, uploads: bool = True) -> None:
        """Begin nothing new; what has been started is collected as far as possible, then `problem` ends the run.

        With `uploads` nothing more is uploaded, either; without, the batches that have been begun are filled.
        """
        if self.stopped is None:
            self.stopped = problem
        if uploads and self.halted is None:
            self.halted = problem
        self.notify()

    # --- credits ----------------------------------------------------------------------------------------------------

    async def allow(self, documents: int) -> int:
        """How many of so many documents the budget allows to send; waits while open batches may give credits back."""
        while self.allowance is not None and self.allowance < documents and self.open and self.stopped is None:
            self._changed.clear()
            await self._changed.wait()
        return documents if self.allowance is None else max(0, min(documents, self.allowance))

    def spend(self, credits: int) -> None:
        """Set credits of the budget aside for documents that are about to be sent."""
        if self.allowance is not None:
            self.allowance -= credits

    def give_back(self, credits: int) -> None:
        """Put credits of the budget back that turned out not to be charged."""
        if self.allowance is not None and credits > 0:
            self.allowance += credits
        self.notify()

    def charged(self, used: int, *, free: int) -> int:
        """Take in and give what a batch cost, and how many of its documents turned out to hold no credit."""
        self.cost(used)
        self.give_back(free)
        return used

    def cost(self, credits: int) -> None:
        """Add to the credits that the run has cost."""
        self._credits_used += credits

    # --- counts -----------------------------------------------------------------------------------------------------

    def moved(self, **counts: int) -> None:
        """Add to the counts of documents, and tell whoever watches."""
        for name, count in counts.items():
            self._counts[name] = self._counts.get(name, 0) + count
        self.notify()

    def notify(self) -> None:
        """Tell whoever watches the progress."""
        self._changed.set()
        if self._on_progress is not None:
            self._on_progress(self.progress())

    def finished(self) -> None:
        """Stop the clock."""
        if self._ended is None:
            self._ended = self._loop.time()

    def _elapsed(self) -> float:
        return (self._ended if self._ended is not None else self._loop.time()) - self._begun

    def progress(self) -> Progress:
        """How far the run has come."""
        count = self._counts.get
        done = sum(count(name, 0) for name in ("screened", "failed", "unsettled"))
        elapsed = self._elapsed()
        found = count("found", 0)
        remaining = elapsed * (found - done) / done if self.found_all and done else None
        return Progress(
            found=found,
            checked=count("checked", 0),
            rejected=count("rejected", 0),
            uploaded=count("uploaded", 0),
            screened=count("screened", 0),
            failed=count("failed", 0),
            unsettled=count("unsettled", 0),
            batches_open=len(self.open),
            batches_done=self.batches_done,
            requests=self._sender.requests_sent - self._requests_before,
            requests_left=self._sender.limiter.state.free,
            found_all=self.found_all,
            elapsed=elapsed,
            remaining=remaining,
        )

    def summary(self) -> Summary:
        """What the run has done so far."""
        count = self._counts.get
        ended = sum(count(name, 0) for name in ("screened", "failed", "unsettled"))
        return Summary(
            found=count("found", 0),
            screened=count("screened", 0) - count("invalid", 0),
            invalid=count("invalid", 0),
            rejected=count("rejected", 0),
            failed=count("failed", 0),
            unsettled=count("unsettled", 0),
            unscreened=max(0, count("found", 0) - ended),
            batches=self.batches_done,
            batches_failed=self.batches_failed,
            credits_used=self._credits_used,
            requests=self._sender.requests_sent - self._requests_before,
            elapsed=self._elapsed(),
            left=self.left,
            reused=count("reused", 0),
            credits_by_account=charged_between(self.account_before, self.account_after),
            credits_elsewhere=self.credits_elsewhere,
            unreached=count("unreached", 0),
        )


def without(before: Mapping[str, int], closing: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """An account's credits before a run, moved by what happened between an end of the run and its going on."""
    return {name: count + now[name] - closing[name] for name, count in before.items()}


def charged_between(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> int | None:
    """Credits that the account charged between two moments, as far as it says.

    By `used`; where the service does not give that [assumed], by the balance while nothing is held, which a top-up
    hides.
    """
    if before is None or after is None:
        return None
    if before["used"] or after["used"]:
        charged = after["used"] - before["used"]
    elif before["reserved"] or after["reserved"]:
        return None
    else:
        charged = before["balance"] - after["balance"]
    return charged if charged >= 0 else None


def _refused_to_all(problem: errors.CVSenseError) -> bool:
    """Whether a batch was refused for what all batches of a run share: the address of the service, and the job."""
    shared = (errors.NotFound, errors.UnexpectedRedirect, errors.BadRequest, errors.ValidationFailed)
    return isinstance(problem, shared) and problem.operation == CreateBatch.__endpoint__.operation
