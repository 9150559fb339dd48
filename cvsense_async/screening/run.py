"""`ScreeningRun`: the async iterator over finished batches, its progress, its cancellation and its summary.

The pipeline's task group lives inside one task of its own and consumers only read a bounded stream, so a run may be
entered in one task, left in another, or broken off inside a generator, without a cancel scope crossing a yield.
"""

from __future__ import annotations

import asyncio
import collections
import types
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import anyio

from cvsense_async import errors
from cvsense_async.api.screening import BatchState
from cvsense_async.transport.sender import Sender

from .crew import Crew
from .outcome import BatchResult, Progress, Screened, Summary
from .pipeline import Pipeline
from .ranking import Best
from .task import Task

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream


class ScreeningRun:
    """A screening under way: `async for batch in run` gives each finished batch.

        async with session.screen("cvs/", job=7) as run:
            async for batch in run:
                for screened in batch:
                    print(screened.name, screened.score)

    Nothing is sent before it is entered or iterated. Leaving it early cancels what is open at the service within
    `grace` seconds, as far as the rate limit allows; `summary.left` names what could not be cancelled. A batch that
    fails is an item of the stream. With a journal, leaving it sends nothing new: started batches go on at the service,
    what was uploaded and not started is cancelled, and `session.resume` goes on. Iterating raises `NoDocuments`,
    `BudgetExceeded`, `JournalError`, or the `CallError` that stopped the run, after everything that was finished has
    been given.
    """

    def __init__(
        self,
        sender: Callable[[], Sender],
        tasks: set[asyncio.Task[object]],
        task: Task,
        on_progress: Callable[[Progress], object] | None,
    ) -> None:
        self._sender = sender
        self._tasks = tasks
        self._asked = task
        self._on_progress = on_progress
        self._entered = False
        self._crew: Crew | None = None
        self._task: asyncio.Task[object] | None = None
        self._finished: MemoryObjectReceiveStream[BatchResult] | None = None
        self._kept: collections.deque[BatchResult] = collections.deque()

    def __repr__(self) -> str:
        if self._task is None:
            return "<ScreeningRun not started>"
        return f"<ScreeningRun {'ended' if self._task.done() else 'running'}>"

    # --- entering, iterating, leaving ------------------------------------------------------------------------

    async def __aenter__(self) -> ScreeningRun:
        self._begin()
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        await self.aclose()

    async def __aiter__(self) -> AsyncIterator[BatchResult]:
        finished = self._begin()
        try:
            while True:
                try:
                    batch = await finished.receive()
                except (anyio.EndOfStream, anyio.ClosedResourceError):
                    break
                yield batch
            while self._kept:
                yield self._kept.popleft()
            await self._ended()
        finally:
            if not self._entered:
                await self.aclose()

    async def results(self) -> AsyncIterator[Screened]:
        """Every result as its batch finishes, best first within a batch."""
        async for batch in self:
            for screened in batch:
                yield screened

    async def ranking(self, *, top: int) -> list[Screened]:
        """The best `top` results over all batches, best first; reads the run to its end.

        `top` is required, for only so many are held in memory. Equal scores stand in the order of their names, and of
        their content where those are the same, too: whatever order the batches end in, the ranking is the same.
        Raises `ConfigurationError` for a `top` under 1, and what iterating the run raises.
        """
        if top < 1:
            raise errors.ConfigurationError("top must be at least 1")
        best = Best(top)
        async for screened in self.results():
            best.add(screened)
        return best.ranked()

    async def cancel(self) -> Summary:
        """Cancel the run: collect what was processed, cancel the rest at the service, and say what came of it.

        The batches that were open are still given to whoever iterates. Credits of CVs that were not processed are
        refunded [doc].
        """
        crew = self._crew
        if crew is not None and self._task is not None and not self._task.done():
            crew.cancelling = True
            crew.stop(errors.RunClosed("the run was cancelled"))
            for opened in list(crew.open.values()):
                if opened.waiting is not None:
                    opened.waiting.cancel()
            await self._wait_for_end()
        return self.summary

    def notify(self, event: Any) -> None:
        """Take in that the service told of a batch (a webhook's event): it is looked at now.

        Anything with a `batch_id` will do; what is not a batch of this run is ignored. Where the `status` is
        `completed` the results are fetched without a poll, which is only made up for if they are not all there.
        """
        crew = self._crew
        batch_id, status = getattr(event, "batch_id", None), getattr(event, "status", None)
        if crew is not None and batch_id is not None:
            for opened in crew.open.values():
                if str(opened.id) == str(batch_id):
                    if status == "completed":
                        opened.told = BatchState(batch_id=opened.id, status=status)
                    opened.woken.set()

    async def aclose(self) -> None:
        """Leave the run: cancel what is open within `grace` seconds. Does nothing once it has ended."""
        task, finished = self._task, self._finished
        if task is not None and not task.done():
            if not task.cancelling():  # a second cancel would break off the leaving itself
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([task])
        if task is not None and not task.cancelled():
            task.exception()  # who leaves does not ask what stopped the run: the log says it
        if finished is not None:
            finished.close()

    @property
    def progress(self) -> Progress:
        """How far the run has come."""
        return self._crew.progress() if self._crew is not None else Progress()

    @property
    def job_changed(self) -> bool:
        """Whether the job, given by its id, was edited at the service between this run's beginning and its resuming.

        What had been screened is of the text as it was, what is sent now is judged by the new one.
        """
        return self._crew is not None and self._crew.job_changed

    @property
    def summary(self) -> Summary:
        """What the run has done so far; whole once it has ended."""
        return self._crew.summary() if self._crew is not None else Summary()

    # --- the run's own task ----------------------------------------------------------------------------------

    def _begin(self) -> MemoryObjectReceiveStream[BatchResult]:
        if self._finished is None:
            sender = self._sender()
            asked = self._asked
            self._crew = Crew(sender, asked.create, asked.options, self._on_progress, asked.journal)
            send, self._finished = anyio.create_memory_object_stream[BatchResult](0)
            pipeline = Pipeline(self._crew, asked, send)
            self._task = asyncio.get_running_loop().create_task(pipeline.main(), name="cvsense screening run")
            self._tasks.add(self._task)
            self._task.add_done_callback(self._tasks.discard)
            # With no buffer nothing waits in the stream once the task has ended, even if nobody closes the run.
            finished = self._finished
            self._task.add_done_callback(lambda _: finished.close())
        return self._finished

    async def _wait_for_end(self) -> None:
        """Let the run end though nobody may be consuming it; what finishes meanwhile is kept for who iterates next."""
        assert self._task is not None  # noqa: S101
        assert self._finished is not None  # noqa: S101
        spare = self._finished.clone()
        with spare:
            async for batch in spare:
                self._kept.append(batch)
        await asyncio.wait([self._task])

    async def _ended(self) -> None:
        """Raise what stopped the run, once everything that was finished has been given."""
        assert self._task is not None  # noqa: S101
        await asyncio.wait([self._task])
        if self._task.cancelled():
            raise errors.RunClosed("the run was left before it ended")
        error = self._task.exception()
        if error is not None:
            raise error


async def one_result(run: ScreeningRun) -> Screened:
    """The result of a run of one document. Raises what became of it where there is none."""
    async for batch in run:
        if batch.results:
            return batch.results[0]
        for rejected in batch.rejected:
            raise errors.DocumentRejected(str(rejected.reason.value), rejected.detail)
        if batch.failure is not None:
            raise batch.failure
    raise errors.NoDocuments("the source holds no document")
