"""A request's way through the server: fault, key, throttle, body, work, fault again, answer; each step logged.

A fault may strike before the request is counted, after it, or after its work: a client must survive all three.
"""

from __future__ import annotations

import asyncio
import random
import time
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from email.utils import formatdate
from math import ceil
from typing import Any

from . import php
from .answers import Answers
from .bends import BENDS, bend
from .dialect import html_answer
from .faults import Fault, Faults
from .multipart import Multipart, boundary_of
from .options import Options
from .record import Exchange, Record
from .routes import PATHS, match
from .throttles import Throttle, Verdict, new_throttle, whole_seconds
from .wire import Answer, Buffer, Connection, Discard, Request

THROTTLE_OPTIONS = {"throttle", "limit", "period", "burst", "throttle_by", "count_refused"}


@dataclass(slots=True)
class Passage:
    """What is known of a request on its way."""

    exchange: Exchange
    op: str | None = None
    ids: list[str] | None = None
    miss: int = 404
    fault: Fault | None = None
    bucket: str = ""
    verdict: Verdict | None = None
    refusal: Answer | None = None
    ended: bool = False


class _DropMidBody:
    """A sink that ends the connection once enough of the body has come."""

    def __init__(self, request: Request, after: int, dropped: Callable[[], None]) -> None:
        self._request, self._after, self._dropped = request, after, dropped

    def feed(self, chunk: bytes) -> None:
        if self._request.received >= self._after and not self._request.connection.transport.is_closing():
            self._dropped()

    def close(self) -> None:
        self._dropped()


class ContractService:
    """The API behind every connection; `control` answers under /_test/."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.control: Callable[[Request], Answer | Coroutine[Any, Any, Answer]] | None = None
        self.mode = "answer"
        self.reset()

    def reset(self) -> None:
        """Begin anew: no batches, no log, fresh throttle and faults."""
        options = self.options
        self.answers = Answers(options)
        self.record = Record()
        self.faults = Faults(options.faults, options.seed)
        self.keys = set(options.api_keys)
        self.throttles: dict[str, Throttle] = {}
        self._idle_throttle = new_throttle(options)
        self._chance = random.Random(options.seed + 3)
        self._foreign_at: dict[str, float] = {}
        self._counted = 0
        self._since = self._down_since = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()

    def set(self, changes: dict[str, Any]) -> None:
        """Change options while running; a changed throttle starts empty, changed faults count from here."""
        if "faults" in changes:
            Faults(changes["faults"], 0)
        self.options.set(changes)
        if changes.keys() & THROTTLE_OPTIONS:
            self.throttles.clear()
            self._idle_throttle = new_throttle(self.options)
        if "faults" in changes:
            self.faults = Faults(self.options.faults, self.options.seed)
        if "api_keys" in changes:
            self.keys = set(self.options.api_keys)
        if "credits" in changes:
            self.answers.ledger.granted = self.options.credits
        if "unauthorized_after_seconds" in changes:
            self._since = time.monotonic()
        if "maintenance_seconds" in changes:
            self._down_since = time.monotonic()

    def uplink(self) -> float:
        """How many seconds the next request is still on its way."""
        options = self.options
        jitter = self._chance.random() * options.uplink_jitter if options.uplink_jitter else 0.0
        return options.uplink + jitter

    # --- the request's head

    def begin(self, request: Request) -> None:
        """The head has arrived."""
        now = time.monotonic()
        if request.path[0] == "_test":
            request.sink = Buffer()
            return
        base = [piece for piece in self.options.base_path.split("/") if piece]
        tail = request.path[len(base) :] if request.path[: len(base)] == base else [""]
        op, ids, miss = match(request.method, tail)
        exchange = Exchange(len(self.record.exchanges), now, request.method, op or "unknown", PATHS.get(op or "", "?"))
        if op is not None and ids and "{batch}" in exchange.path:
            exchange.batch = ids[0]
        passage = request.state = Passage(exchange, op, ids, miss)
        self.record.open(exchange)
        if self.mode != "answer":
            exchange.fault = f"stop:{self.mode}"
            if self.mode == "silent":
                request.connection.silent = True
            else:
                request.connection.drop()
            self._end(request, 0, 0)
            return
        passage.fault = fault = self.faults.pick(exchange.op)
        if fault is not None:
            exchange.fault = fault.label
            if not fault.counted and fault.kind in {"drop", "rst"}:
                self._break(request, fault)
                return
            if fault.kind == "freeze":
                request.connection.freeze(fault.seconds)
            if fault.early:
                request.sink = Discard()
                self._send(request, self._refusal(fault))
                return
        uncounted = fault is not None and not fault.counted
        passage.refusal = self._before_the_application(request, now)
        if passage.refusal is None:
            passage.bucket, passage.refusal = self._authorised(request, now)
        if passage.refusal is None and not uncounted and self.options.count_at == "headers":
            self._count(passage, now)
        if passage.refusal is None and op is None:
            passage.refusal = self.answers.dialect.error(miss, "Not found." if miss == 404 else "Method not allowed.")
        too_large = self.options.max_body is not None and (request.length or 0) > self.options.max_body
        if passage.refusal is None and too_large and op == "upload":
            passage.refusal = self.answers.dialect.error(413, "Payload too large.")
            if self.options.early_413:
                self._send(request, passage.refusal)
                return
        if passage.refusal is not None:
            request.sink = Discard()
            if not self.options.drain_refused and request.length != 0:
                self._send(request, passage.refusal)
            return
        request.sink = self._sink(request, passage)

    def _before_the_application(self, request: Request, now: float) -> Answer | None:
        options = self.options
        if now < self._down_since + options.maintenance_seconds:
            return php.maintenance(options)
        if options.post_max_size is not None and (request.length or 0) > options.post_max_size:
            return php.too_large(options)
        return None

    def _sink(self, request: Request, passage: Passage) -> Any:
        fault = passage.fault
        if fault is not None and fault.kind == "drop_midbody":
            return _DropMidBody(request, fault.bytes, lambda: self._break(request, fault))
        boundary = boundary_of(request.headers.get("content-type", ""))
        limit = self.options.post_max_size
        emptied = limit is not None and (request.length or 0) > limit
        if passage.op == "upload" and boundary is not None and not emptied:
            return Multipart(boundary, filename_star=self.options.filename_star == "accept")
        return Buffer() if passage.op != "upload" else Discard()

    def _authorised(self, request: Request, now: float) -> tuple[str, Answer | None]:
        options = self.options
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        request.state.exchange.key = key[-4:]
        after, seconds = options.unauthorized_after_requests, options.unauthorized_after_seconds
        stale = (after is not None and self._counted >= after) or (seconds is not None and now > self._since + seconds)
        if scheme.lower() != "bearer" or key not in self.keys or stale:
            return "", self.answers.dialect.error(401, "Unauthenticated.")
        return (key if options.throttle_by == "key" else "account"), None

    def throttle(self, bucket: str) -> Throttle:
        """The throttle of one key or of the account."""
        if bucket not in self.throttles:
            self.throttles[bucket] = new_throttle(self.options)
        return self.throttles[bucket]

    def _foreign(self, throttle: Throttle, bucket: str, now: float) -> None:
        """Another user of the key has sent its steady share since the last look."""
        rate = self.options.foreign_per_second
        if not rate:
            self._foreign_at.clear()
            return
        due = self._foreign_at.setdefault(bucket, now)
        while due <= now:
            throttle.admit(due)
            due += 1 / rate
        self._foreign_at[bucket] = due

    def _count(self, passage: Passage, now: float) -> None:
        throttle = self.throttle(passage.bucket)
        self._foreign(throttle, passage.bucket, now)
        verdict = passage.verdict = throttle.admit(now)
        if verdict.admitted:
            passage.exchange.counted_at = now
            self._counted += 1
            return
        passage.exchange.throttled = True
        refusal = passage.refusal = self.answers.dialect.error(429, "Too Many Attempts.")
        seconds = whole_seconds(verdict.wait)
        if self.options.retry_after == "seconds":
            refusal.headers["Retry-After"] = str(seconds)
        elif self.options.retry_after == "tenths":
            refusal.headers["Retry-After"] = f"{max(1, ceil(verdict.wait * 10)) / 10}"
        elif self.options.retry_after == "date":
            refusal.headers["Retry-After"] = formatdate(time.time() + seconds + 1, usegmt=True)
        if self.options.reset_header:
            refusal.headers["X-RateLimit-Reset"] = str(int(time.time()) + seconds)

    # --- the request's end

    def broken_off(self, request: Request) -> None:
        """The client left before its body had come: nothing is done."""
        if isinstance(request.state, Passage) and not request.state.ended:
            request.state.exchange.gone = True
            self._end(request, 0, 0)

    def finish(self, request: Request) -> None:
        """The whole body has arrived."""
        passage = request.state
        if not isinstance(passage, Passage):
            self._controlled(request)
            return
        if passage.ended:
            return
        now = time.monotonic()
        passage.exchange.body_at = now
        passage.exchange.bytes_in = request.received
        fault = passage.fault
        uncounted = fault is not None and not fault.counted
        if passage.refusal is None and self.options.count_at == "body" and not uncounted:
            self._count(passage, now)
        if passage.refusal is not None:
            self._send(request, passage.refusal)
        elif fault is None:
            self._send(request, self._work(request))
        elif fault.kind == "stall" or (fault.kind == "freeze" and not request.received):
            self._spawn(self._stall(request, fault))
        else:
            self._faulty(request, fault)

    def _work(self, request: Request) -> Answer:
        passage: Passage = request.state
        try:
            return self.answers.work(passage.op or "", request, passage.ids or [])
        except Exception:
            traceback.print_exc()
            passage.exchange.fault = "crash"
            return self.answers.dialect.error(500, "The contract server itself failed.")

    async def _stall(self, request: Request, fault: Fault) -> None:
        answer = self._work(request) if fault.after else None
        gone = await request.wait_or_gone(fault.seconds)
        request.state.exchange.gone = gone
        if answer is None:
            late = self.options.late_upload_seconds
            if gone and late is not None and request.state.op == "upload":
                await asyncio.sleep(late)
            elif gone:
                await asyncio.sleep(max(0.0, request.state.exchange.body_at + fault.seconds - time.monotonic()))
            answer = self._work(request)
        self._send(request, answer)

    async def _work_later(self, request: Request, fault: Fault) -> None:
        """The proxy has given up, the service goes on."""
        await asyncio.sleep(fault.seconds)
        self._work(request)

    def _faulty(self, request: Request, fault: Fault) -> None:
        if fault.kind == "freeze":
            self._send(request, self._work(request))
            return
        answer = self._work(request) if fault.after else None
        if fault.kind in {"drop", "rst"}:
            self._break(request, fault)
        elif fault.kind == "status":
            if fault.later:
                self._spawn(self._work_later(request, fault))
            self._send(request, self._refusal(fault))
        elif answer is not None:
            if fault.kind == "cut":
                answer.body, answer.cut = answer.body[: len(answer.body) // 2], len(answer.body) - len(answer.body) // 2
            elif fault.kind == "truncate":
                answer.body = answer.body[: len(answer.body) * 2 // 3]
            elif fault.kind == "drip":
                answer.drip = fault.seconds
            elif fault.kind == "warning":
                answer.body = php.WARNING + answer.body
            elif fault.kind == "twice":
                answer = self._work(request)
            elif fault.kind in BENDS:
                bend(fault.kind, request.state.op, request.state.ids, answer, self.answers.ledger)
            self._send(request, answer)

    def _refusal(self, fault: Fault) -> Answer:
        words = self.answers.dialect
        made = html_answer(fault.status, "Bad Gateway") if fault.html else words.error(fault.status, "Server Error")
        made.proxy = fault.html
        if fault.retry_after is not None:
            made.headers["Retry-After"] = str(fault.retry_after)
        return made

    def _break(self, request: Request, fault: Fault) -> None:
        if fault.kind == "rst":
            request.connection.reset()
        else:
            request.connection.drop()
        self._end(request, 0, 0)

    def _send(self, request: Request, answer: Answer) -> None:
        options, passage = self.options, request.state
        refused = answer.status >= 400 and "json" in answer.content_type
        if refused and options.without_json != "same" and not php.expects_json(request.headers):
            answer = php.for_a_browser(answer, options)
        if options.bom and "json" in answer.content_type:
            answer.body = php.BOM + answer.body
        if options.rate_headers and not answer.proxy:
            verdict = passage.verdict
            left = verdict.remaining if verdict is not None else self._remaining(passage.bucket)
            answer.headers["X-RateLimit-Limit"] = str(options.limit)
            answer.headers["X-RateLimit-Remaining"] = str(left)
        if options.latency or options.latency_jitter:
            pause = options.latency + self._chance.random() * options.latency_jitter
            asyncio.get_running_loop().call_later(pause, self._out, request, answer)
        else:
            self._out(request, answer)

    def _remaining(self, bucket: str) -> int:
        throttle = self.throttles.get(bucket, self._idle_throttle)
        return throttle.remaining(time.monotonic())

    def _out(self, request: Request, answer: Answer) -> None:
        exchange: Exchange = request.state.exchange
        if request.connection.lost:
            exchange.gone = True
        sent = request.connection.reply(request, answer)
        self._end(request, answer.status, sent)

    def _end(self, request: Request, status: int, sent: int) -> None:
        passage: Passage = request.state
        passage.ended = True
        passage.exchange.bytes_in = request.received
        self.record.close(passage.exchange, status, sent, time.monotonic())

    # --- tests' own door

    def _controlled(self, request: Request) -> None:
        assert self.control is not None
        answer = self.control(request)
        if isinstance(answer, Answer):
            request.connection.reply(request, answer)
            return

        async def later() -> None:
            request.connection.reply(request, await answer)

        self._spawn(later())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """End what is under way."""
        self.answers.webhooks.close()
        for task in list(self._tasks):
            task.cancel()


def new_connection(service: ContractService, connections: set[Connection]) -> Connection:
    """A connection for asyncio's create_server."""
    return Connection(service, connections)
