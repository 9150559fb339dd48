"""Batches and their simulated screening: created, queued, processing, then completed, failed or cancelled.

Each state change happens on the event loop at a known moment, so that a fate (lost, failed, stuck) can hit any of them.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .ledger import CHARGED, RESERVED, Item, Ledger
from .options import Options

ENDED = {"completed", "failed", "cancelled"}


@dataclass(slots=True, eq=False)
class Batch:
    """One screening batch; `number` counts batches from 1, `fate` is the rule that will hit it, if any."""

    id: Any
    number: int
    name: str | None
    job_id: Any
    created: float
    created_at: float
    state: str = "created"
    items: list[Item] = field(default_factory=list[Item])
    by_id: dict[str, Item] = field(default_factory=dict[str, Item])
    fate: dict[str, Any] = field(default_factory=dict[str, Any])
    lost_at: float = float("inf")
    changed: float = 0.0
    behind: dict[str, int] = field(default_factory=dict[str, int])
    started: float = 0.0
    ended: float | None = None
    finished: int = 0
    history: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    def become(self, state: str, now: float) -> None:
        """Change the state and remember when."""
        self.state = state
        self.history.append((now, state))


class Screening:
    """The workers that go through started batches."""

    def __init__(self, options: Options, ledger: Ledger, ended: Callable[[Batch], None]) -> None:
        self.options = options
        self.ledger = ledger
        self.batches: dict[str, Batch] = {}
        self.peak_open = 0
        self._ended = ended
        self._queue: deque[tuple[Batch, Item]] = deque()
        self._busy = 0
        self._chance = random.Random(options.seed + 7)

    def create(self, batch_id: Any, name: str | None, job_id: Any) -> Batch:
        """A new batch, with the fate that the rules give it."""
        now = time.monotonic()
        batch = Batch(batch_id, len(self.batches) + 1, name, job_id, now, time.time())
        batch.become("created", now)
        for rule in self.options.fates:
            numbers = rule.get("batches")
            if numbers is not None:
                hit = batch.number in numbers
            elif "every" in rule:
                hit = batch.number % rule["every"] == 0
            else:
                hit = self._chance.random() < rule.get("probability", 1.0)
            if hit:
                batch.fate = rule
                break
        self.batches[str(batch_id)] = batch
        self.peak_open = max(self.peak_open, sum(1 for each in self.batches.values() if each.state not in ENDED))
        self.mark(batch, "create")
        return batch

    def find(self, batch_id: str) -> Batch | None:
        """A batch by the id in a path; None when it is unknown or lost."""
        batch = self.batches.get(batch_id)
        return None if batch is None or batch.lost_at <= time.monotonic() else batch

    def mark(self, batch: Batch, event: str) -> None:
        """Something happened to the batch: create, upload, start, complete, cancel."""
        batch.changed, batch.behind = time.monotonic(), dict.fromkeys(self.options.lag_ops, self.options.lag_requests)
        if batch.fate.get("fate") == "lost" and batch.fate.get("after", "start") == event:
            batch.lost_at = min(batch.lost_at, time.monotonic() + batch.fate.get("seconds", 0.0))

    def lags(self, batch: Batch, op: str) -> bool:
        """Whether a replica has not seen the batch's last change; each reading counts."""
        left = batch.behind.get(op, 0)
        batch.behind[op] = left - 1
        return left > 0 or time.monotonic() < batch.changed + self.options.lag_seconds

    def start(self, batch: Batch) -> None:
        """Queue a created batch."""
        batch.started = time.monotonic()
        batch.become("queued", batch.started)
        self.mark(batch, "start")
        if batch.fate.get("fate") == "never_ends" and batch.fate.get("stuck") == "queued":
            return
        if self.options.queue_seconds:
            asyncio.get_running_loop().call_later(self.options.queue_seconds, self._process, batch)
        else:
            asyncio.get_running_loop().call_soon(self._process, batch)

    def _process(self, batch: Batch) -> None:
        if batch.state != "queued":
            return
        batch.become("processing", time.monotonic())
        todo = list(batch.items)
        fate, count = batch.fate.get("fate"), batch.fate.get("items", 1)
        if fate == "invalid":
            for item in todo[:count]:
                item.invalid = True
        elif fate == "missing":
            todo = todo[: max(0, len(todo) - count)]
        elif fate in {"fail", "never_ends"}:
            todo = todo[: batch.fate.get("items", 0)]
        loop = asyncio.get_running_loop()
        if fate == "fail":
            loop.call_later(batch.fate.get("seconds", 0.0), self._fail_when_done, batch, len(todo))
        if not todo:
            loop.call_soon(self._settle, batch)
        elif self.options.screening == "per_cv":
            self._queue.extend((batch, item) for item in todo)
            self._pump()
        else:
            steps = min(10, len(todo))
            for step in range(steps):
                part = todo[step * len(todo) // steps : (step + 1) * len(todo) // steps]
                loop.call_later(self.options.seconds_per_batch * (step + 1) / steps, self._finish, batch, part)

    def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue and self._busy < self.options.workers:
            batch, item = self._queue.popleft()
            if item.state == "waiting":
                self._busy += 1
                item.state = "running"
                loop.call_later(self.options.seconds_per_cv, self._work_done, batch, item)

    def _work_done(self, batch: Batch, item: Item) -> None:
        self._busy -= 1
        self._finish(batch, [item])
        self._pump()

    def _finish(self, batch: Batch, items: list[Item]) -> None:
        if batch.state not in {"processing", "cancelling"}:
            return
        for item in items:
            if item.state not in {"waiting", "running"}:
                continue
            batch.finished += 1
            if item.invalid:
                item.state = "invalid"
                self.ledger.release([item], "Unreadable CV")
            else:
                item.state = "done"
                self.ledger.charge(item)
        self._settle(batch)

    def _settle(self, batch: Batch) -> None:
        if batch.state != "processing":
            return
        fate, left = batch.fate.get("fate"), len(batch.items) - batch.finished
        if fate == "missing" and left <= batch.fate.get("items", 1):
            missing = [item for item in batch.items if item.state in {"waiting", "running"}]
            for item in missing:
                item.state = "missing"
                if batch.fate.get("charged"):
                    self.ledger.charge(item)
            if batch.fate.get("released", True):
                self.ledger.release(missing, "Not processed")
            left = 0
        if left == 0 and fate not in {"fail", "never_ends"}:
            self.end(batch, "completed")

    def _fail_when_done(self, batch: Batch, count: int) -> None:
        if batch.state == "processing" and batch.finished < count:
            asyncio.get_running_loop().call_later(0.01, self._fail_when_done, batch, count)
        elif batch.state == "processing":
            if batch.fate.get("released", self.options.fail_releases):
                self.ledger.release(batch.items, "Batch failed")
            self._leave(batch)
            self.end(batch, "failed")

    def _leave(self, batch: Batch) -> None:
        for item in batch.items:
            if item.state == "waiting" or (item.state == "running" and batch.state != "cancelling"):
                item.state = "unprocessed"

    def cancel(self, batch: Batch) -> None:
        """Cancel a batch that has not ended; with `cancel_seconds` what is running may still finish and be charged."""
        if not self.options.cancel_seconds:
            self._cancelled(batch)
            return
        batch.become("cancelling", time.monotonic())
        self._leave(batch)
        asyncio.get_running_loop().call_later(self.options.cancel_seconds, self._cancelled, batch)

    def _cancelled(self, batch: Batch) -> None:
        batch.become("cancelled", time.monotonic())
        for item in batch.items:
            if item.state in {"waiting", "running"}:
                item.state = "unprocessed"
        if batch.fate.get("fate") != "keeps_credits":
            self.ledger.release(batch.items, "Batch cancelled")
        self.mark(batch, "cancel")
        self.end(batch, "cancelled")

    def end(self, batch: Batch, state: str) -> None:
        """The batch has ended in this state."""
        now = time.monotonic()
        if batch.state != state:
            batch.become(state, now)
        batch.ended = now
        if state == "completed":
            self.mark(batch, "complete")
        self._ended(batch)

    def counts(self, batch: Batch) -> dict[str, int]:
        """How many items are in which state, and their credits."""
        counted = {"total": len(batch.items), "done": 0, "invalid": 0, "charged": 0, "held": 0}
        for item in batch.items:
            counted["done"] += item.state == "done"
            counted["invalid"] += item.state == "invalid"
            counted["charged"] += item.credit == CHARGED
            counted["held"] += item.credit == RESERVED
        return counted
