"""Works through the queue: CVs of started batches, in the order in which the batches were started.

What waits stands in the database, so that a sandbox that was killed goes on where it stopped; each result is settled in
one transaction with its credit.
"""

from __future__ import annotations

import asyncio
import collections
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Connection

from . import batches, uploads
from .batches import Finding, Work
from .clock import Clock
from .faults import Faults
from .store import Store

log: Final = logging.getLogger("cvsense_async.sandbox")

AHEAD = 256
"""How many waiting CVs are read from the database at once."""


class Assessor(Protocol):
    """Judges CVs, one after the other; each slot of the screener has its own."""

    at_once: int

    async def assess(self, job: dict[str, Any], works: Sequence[Work]) -> list[dict[str, Any]]:
        """An answer for each of these CVs of one batch: a `screening`, a `reason` and `why` of an invalid one,
        `crashed` and `trace` of one that could not be screened, or `failed`, for which the batch fails."""
        ...

    async def close(self) -> None:
        """End what it started."""
        ...


def _nothing() -> None:
    """Nobody needs to be told."""


class Screener:
    """The queue and its slots."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        faults: Faults,
        spool: Path,
        assessors: Sequence[Assessor],
        *,
        seconds: float,
    ) -> None:
        self._store, self._clock, self._faults, self._spool = store, clock, faults, spool
        self._assessors, self._seconds = assessors, seconds
        self._waiting: collections.deque[Work] = collections.deque()
        self._busy: set[int] = set()
        self._begun: set[int] = set()
        self._jobs: collections.OrderedDict[int, dict[str, Any]] = collections.OrderedDict()
        self._taking = asyncio.Lock()
        self._news = asyncio.Event()
        self.trouble: str | None = None
        self.on_end: Callable[[], None] = _nothing

    def wake(self) -> None:
        """A batch was started."""
        self._news.set()
        self._news = asyncio.Event()

    def forget(self, batch_id: int | None = None) -> None:
        """Leave out what still waits of a batch (`None`: of all) that was cancelled."""
        kept = [work for work in self._waiting if batch_id is not None and work.batch_id != batch_id]
        self._waiting = collections.deque(kept)

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for assessor in self._assessors:
                    tasks.create_task(self._slot(assessor))
        finally:
            await asyncio.gather(*(one.close() for one in self._assessors), return_exceptions=True)

    async def _slot(self, assessor: Assessor) -> None:
        while True:
            news, resets = self._news, self._clock.resets
            works = await self._take(assessor.at_once)
            if not works:
                await news.wait()
                continue
            try:
                await self._screen(assessor, works, resets)
            except Exception as error:
                log.error("a batch failed: an unexpected %s", type(error).__name__)
                await self._give_up(works[0].batch_id)
            finally:
                self._busy.difference_update(work.item_id for work in works)

    async def _take(self, most: int) -> list[Work]:
        """Up to so many CVs of one batch."""
        async with self._taking:
            if not self._waiting:
                taken = set(self._busy)
                found = await self._store.write(batches.waiting, AHEAD, taken, self._clock.now())
                self._waiting.extend(found)
            works: list[Work] = []
            while self._waiting and len(works) < most:
                if works and self._waiting[0].batch_id != works[0].batch_id:
                    break
                works.append(self._waiting.popleft())
            self._busy.update(work.item_id for work in works)
            return works

    async def _screen(self, assessor: Assessor, works: list[Work], resets: int) -> None:
        batch_id = works[0].batch_id
        if batch_id not in self._begun:
            self._begun.add(batch_id)
            if self._faults.strike("screening") is not None:
                return await self._fail(batch_id)
        job = await self._job(batch_id)
        if job is None:
            return None
        start = self._clock.now()
        answers = await assessor.assess(job, works)
        if self._seconds and resets == self._clock.resets:  # what was taken before a reset holds nothing up
            await self._clock.sleep_until(start + self._seconds)
        refused = next((answer for answer in answers if "failed" in answer), None)
        if refused is not None:
            self.trouble = _told(refused["failed"], refused)
            log.error("batch %s failed: %s", batch_id, self.trouble)
            return await self._fail(batch_id)
        findings = [self._finding(work, answer) for work, answer in zip(works, answers, strict=True)]
        ended = await self._store.write(batches.record, findings, self._clock.now())
        await asyncio.to_thread(uploads.discard, self._spool, [work.path for work in works])
        if ended:
            self._over(batch_id)
        return None

    def _finding(self, work: Work, answer: dict[str, Any]) -> Finding:
        """What an engine said of a CV. A crash is the sandbox's own trouble, and stands in its log."""
        if "crashed" in answer:
            self.trouble = _told(answer["crashed"], answer)
            log.error("item %s could not be screened: %s", work.item_id, self.trouble)
            return Finding(work, crashed=True)
        return Finding(work, answer.get("screening"), answer.get("reason", ""), answer.get("why", ""))

    async def _give_up(self, batch_id: int) -> None:
        """Fail a batch when something is wrong with the sandbox itself (a full disk): the slot must live on."""
        try:
            await self._fail(batch_id)
        except Exception as error:
            log.error("a batch could not be ended: %s", type(error).__name__)
            await asyncio.sleep(1)

    async def _fail(self, batch_id: int) -> None:
        def work(tx: Connection) -> list[str]:
            return batches.fail(tx, batch_id, self._clock.now())

        paths = await self._store.write(work)
        await asyncio.to_thread(uploads.discard, self._spool, paths)
        self.forget(batch_id)
        self._over(batch_id)

    def _over(self, batch_id: int) -> None:
        self._begun.discard(batch_id)
        self._jobs.pop(batch_id, None)
        self.on_end()

    async def _job(self, batch_id: int) -> dict[str, Any] | None:
        if batch_id not in self._jobs:
            job = await self._store.read(batches.job_of, batch_id)
            if job is None:
                return None
            self._jobs[batch_id] = job
            while len(self._jobs) > 64:
                self._jobs.popitem(last=False)
        return self._jobs[batch_id]


def _told(words: str, answer: dict[str, Any]) -> str:
    """What went wrong in the engine, with where; nothing of a CV is in it."""
    return f"{words}\n{answer.get('trace', '')}".strip()
