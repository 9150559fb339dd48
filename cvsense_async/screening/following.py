"""`session.screening`: the calls of the resource, and waiting for one batch that is at the service already."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cvsense_async.api.endpoint import Id
from cvsense_async.api.screening import BatchState, Result, ScreeningCalls
from cvsense_async.errors import BatchFailed, Conflict

from .waiting import PollSchedule, follow

ONE_BATCH = 1.0
"""Polls a second that a single batch can never reach, so that its schedule is its interval alone."""


class ScreeningResource(ScreeningCalls):
    """`session.screening`: batches, one call at a time; `wait` and `stream` follow one to its end."""

    async def wait(
        self, batch_id: Id, *, deadline: float | None = 3600.0, poll_interval: tuple[float, float] = (5.0, 10.0)
    ) -> BatchState:
        """Poll a batch until it has ended and give its last status; an unknown status is not an end.

        `deadline` is in seconds, `None` waits for ever. Raises `PollTimeout`, which carries the last status and the
        batch's id, when it passes.
        """
        schedule = PollSchedule(poll_interval, ONE_BATCH / poll_interval[0] * 3)
        return await follow(lambda: self.status(batch_id), schedule, batch_id=batch_id, deadline=deadline, at_once=True)

    async def stream(
        self, batch_id: Id, *, deadline: float | None = 3600.0, poll_interval: tuple[float, float] = (5.0, 10.0)
    ) -> AsyncIterator[Result]:
        """Poll a batch until it has ended and yield its results, best first.

        Of a cancelled batch the results that were ready. Raises `BatchFailed` when the batch failed, `PollTimeout`
        at the deadline.
        """
        state = await self.wait(batch_id, deadline=deadline, poll_interval=poll_interval)
        if state.status == "failed":
            raise BatchFailed("the batch failed at the service", batch_id=batch_id, status=str(state.status))
        try:
            async for result in self.results(batch_id, per_page=100):
                yield result
        except Conflict:
            if state.status != "cancelled":
                raise
