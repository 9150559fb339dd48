"""The log of requests, and what a test asks of it: refusals, quota used, polls and their intervals.

Times are those of the server's monotonic clock: only the server can say what arrived when.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any


@dataclass(slots=True)
class Exchange:
    """One request and its end; `status` is 0 while there is no answer."""

    n: int
    at: float
    method: str
    op: str
    path: str
    batch: str | None = None
    body_at: float | None = None
    counted_at: float | None = None
    done_at: float | None = None
    status: int = 0
    throttled: bool = False
    bytes_in: int = 0
    bytes_out: int = 0
    files: int = 0
    taken: int = 0
    fault: str | None = None
    gone: bool = False
    key: str = ""


class Record:
    """Every exchange since the start or the last reset."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.in_flight = 0
        self.peak_in_flight = 0

    def open(self, exchange: Exchange) -> None:
        """A request has arrived."""
        self.exchanges.append(exchange)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def close(self, exchange: Exchange, status: int, sent: int, now: float) -> None:
        """A request has ended; closing it twice changes nothing."""
        if exchange.done_at is None and exchange.n < len(self.exchanges) and self.exchanges[exchange.n] is exchange:
            exchange.done_at, exchange.status, exchange.bytes_out = now, status, sent
            self.in_flight -= 1

    def as_json(self, since: int = 0, op: str | None = None) -> list[dict[str, Any]]:
        """Exchanges from number `since` on."""
        return [asdict(each) for each in self.exchanges[since:] if op is None or each.op == op]

    def report(self, limit: int, period: float) -> dict[str, Any]:
        """Refusals, quota, polls, by operation; `limit` requests per `period` seconds is the quota."""
        by_op: dict[str, dict[str, int]] = {}
        for each in self.exchanges:
            counts = by_op.setdefault(each.op, {})
            counts[str(each.status)] = counts.get(str(each.status), 0) + 1
        return {
            "requests": len(self.exchanges),
            "throttled": sum(each.throttled for each in self.exchanges),
            "answered_429": sum(each.status == 429 for each in self.exchanges),
            "counted": sum(each.counted_at is not None for each in self.exchanges),
            "bytes_in": sum(each.bytes_in for each in self.exchanges),
            "crashes": sum(each.fault == "crash" for each in self.exchanges),
            "peak_in_flight": self.peak_in_flight,
            "by_op": by_op,
            "quota": self._quota(limit, period),
            "polls": self._polls(),
        }

    def _quota(self, limit: int, period: float) -> dict[str, Any]:
        times = sorted(each.counted_at for each in self.exchanges if each.counted_at is not None)
        uploads = sorted(each.counted_at for each in self.exchanges if each.op == "upload" and each.counted_at)
        peak = max((bisect_right(times, at) - bisect_right(times, at - period) for at in times), default=0)
        windows: list[int] = []
        if uploads:
            start, stop = uploads[0], uploads[-1]
            while start + period <= stop:
                windows.append(bisect_left(times, start + period) - bisect_left(times, start))
                start += period
        return {
            "limit": limit,
            "period": period,
            "windows": windows,
            "share": sum(windows) / (limit * len(windows)) if windows else None,
            "least_share": min(windows) / limit if windows else None,
            "peak_in_any_period": peak,
            "first_upload": uploads[0] if uploads else None,
            "last_upload": uploads[-1] if uploads else None,
        }

    def _polls(self) -> dict[str, Any]:
        by_batch: dict[str, list[float]] = {}
        for each in self.exchanges:
            if each.op == "status" and each.batch is not None:
                by_batch.setdefault(each.batch, []).append(each.at)
        spans = {
            batch: [round(after - before, 4) for before, after in pairwise(times)] for batch, times in by_batch.items()
        }
        every = sorted(span for each in spans.values() for span in each)
        return {
            "total": sum(map(len, by_batch.values())),
            "batches": len(by_batch),
            "most_of_a_batch": max(map(len, by_batch.values()), default=0),
            "shortest": every[0] if every else None,
            "median": every[len(every) // 2] if every else None,
            "longest": every[-1] if every else None,
            "intervals": spans,
        }
