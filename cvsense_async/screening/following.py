"""`session.screening`: the calls of the resource, and waiting for one batch that is at the service already."""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread

from cvsense_async.api.endpoint import Call, Id, Sends
from cvsense_async.api.screening import BatchState, GetReportPDF, Result, ScreeningCalls
from cvsense_async.errors import BatchFailed, Conflict

from .waiting import PollSchedule, follow

REPORTS_AT_ONCE = 4

ONE_BATCH = 1.0
"""Polls a second that a single batch can never reach, so that its schedule is its interval alone."""


class ScreeningResource(ScreeningCalls):
    """`session.screening`: batches, one call at a time; `wait` and `stream` follow one to its end."""

    def __init__(self, send: Sends, send_into: Callable[[Call[bytes], BinaryIO], Awaitable[bytes]]) -> None:
        super().__init__(send)
        self._send_into = send_into

    async def download_report(self, batch_id: Id, item_id: Id, path: str | os.PathLike[str]) -> Path:
        """Fetch one candidate's PDF report into a file; gives its path.

        It is written under a temporary name beside it and renamed when it is whole, so what was there is replaced only
        then. The file name is yours: the service's is never used. Raises `OSError` where the file cannot be written.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        file: BinaryIO = await anyio.to_thread.run_sync(lambda: part.open("xb"))
        try:
            try:
                await self._send_into(GetReportPDF(batch_id, item_id), file)
            finally:
                file.close()
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return target

    async def reports(
        self, batch_id: Id, *, into: str | os.PathLike[str], items: Iterable[Id] | None = None
    ) -> list[Path]:
        """Fetch the PDF reports of a batch's candidates into a folder, a few at a time; gives their paths.

        All of the batch's results unless `items` says which. The files are named after place and item id, as in
        `001-4711.pdf`.
        """
        wanted = [result.id async for result in self.results(batch_id, per_page=100)] if items is None else list(items)
        folder = Path(into)
        await anyio.to_thread.run_sync(functools.partial(folder.mkdir, parents=True, exist_ok=True))
        turns = asyncio.Semaphore(REPORTS_AT_ONCE)

        async def fetch(place: int, item_id: Id) -> Path:
            async with turns:
                safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in str(item_id))[:100]
                return await self.download_report(batch_id, item_id, folder / f"{place:03d}-{safe}.pdf")

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(place, item_id)) for place, item_id in enumerate(wanted, start=1)]
        return [task.result() for task in tasks]

    async def wait(
        self, batch_id: Id, *, deadline: float | None = 3600.0, poll_interval: tuple[float, float] = (5.0, 10.0)
    ) -> BatchState:
        """Poll a batch until it has ended and give its last status, in whatever case or word; others are no end.

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
        if state.end == "failed":
            raise BatchFailed("the batch failed at the service", batch_id=batch_id, status=str(state.status))
        try:
            async for result in self.results(batch_id, per_page=100):
                yield result
        except Conflict:
            if state.end != "cancelled":
                raise
