"""Sends one call: key, rate limit, time-outs, retries, and the way from bytes to a model or a typed error.

Everything that may be repeated is repeated here, and nothing else is; see `retry.py` for the rules.
"""

from __future__ import annotations

import asyncio
import math
import random
import sys
import time
import typing
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio.to_thread
import attrs

from cvsense_async import errors, log
from cvsense_async.api import codec
from cvsense_async.api.endpoint import Call, Endpoint, problems

from . import retry
from .answers import NOTHING_SAID, Answer, RawResponse, context, model, pdf, status_error
from .exchange import HOPELESS, NO_HEADERS, AttemptFailed, Exchange, files_of
from .limiter import Limiter
from .observer import ObservedCall, Observer
from .redaction import without_frames
from .retry import End, Next
from .settings import CallOptions, RetryPolicy, Timeouts

T = TypeVar("T")
R = TypeVar("R")

LARGE_ANSWER = 64 * 1024
"""Bodies above this many bytes are parsed in a thread, so that the host's loop is not held."""

UNREADABLE_ANSWERS = 3
"""How many answers in a row may be unreadable before a call that could be repeated is given up."""

IN_DOUBT = (End.AMBIGUOUS, End.UNAVAILABLE)
"""The ends after which a call may or may not have been carried out."""

_PLAIN = CallOptions()


@attrs.define
class _Attempts:
    """What one call has met so far."""

    made: int = 0
    refusals: int = 0
    unreadable: int = 0
    ambiguous: bool = False
    spent: float = 0.0  # seconds in attempts and pauses; waiting for the rate limit is not in it
    waited: float = 0.0  # seconds at the rate limit
    seen: ObservedCall | None = None

    def tell(self, spec: Endpoint, error: BaseException | None) -> None:
        """Tell the log, and who watches, how the call has ended."""
        if error is None:
            log.call_done(operation=spec.operation, attempts=self.made, waited=self.waited, spent=self.spent)
        else:
            log.call_failed(
                operation=spec.operation, attempts=self.made, waited=self.waited, spent=self.spent, error=error
            )
        if self.seen is not None:
            self.seen.ended(error)


class Sender:
    """Sends calls to one service with one key, through one limiter."""

    def __init__(
        self,
        exchange: Exchange,
        limiter: Limiter,
        *,
        timeouts: Timeouts,
        policy: RetryPolicy,
        chance: random.Random | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.limiter = limiter
        self.requests_sent: int = 0
        self._exchange = exchange
        self._timeouts = timeouts
        self._first_time = min(timeouts.attempt, max(1.0, timeouts.call or math.inf))
        self._policy = policy
        self._chance = chance or random.Random()  # noqa: S311  (jitter, not a secret)
        self._observer = observer
        self._decoded: set[type[Call[Any]]] = set()

    @property
    def base_url(self) -> str:
        """The service that the calls go to."""
        return self._exchange.base

    def send(self, call: Call[T], options: CallOptions | None = None) -> Coroutine[Any, Any, T]:
        """Carry out a call. Raises `InvalidRequest` before anything is sent, else a `CallError`."""
        return self._carry_out(call, options or _PLAIN, self._decode)

    def send_raw(self, call: Call[T], options: CallOptions | None = None) -> Coroutine[Any, Any, RawResponse[T]]:
        """Carry out a call and give its answer as it came. Raises as `send` does, but for what cannot be understood."""

        async def keep(call: Call[T], answer: Answer) -> RawResponse[T]:
            return RawResponse(answer.status, answer.headers, answer.body, call)

        return self._carry_out(call, options or _PLAIN, keep)

    async def _carry_out(
        self, call: Call[T], options: CallOptions, finish: Callable[[Call[T], Answer], Awaitable[R]]
    ) -> R:
        """Carry out a call, and tell of it."""
        broken = problems(call)
        if broken:
            raise errors.InvalidRequest(broken)
        spec = call.__endpoint__
        seen = None if self._observer is None else self._observer.call(spec, options.lane)
        attempts = _Attempts(seen=seen)
        handled = sys.exception()
        try:
            if options.deadline is None:
                done = await self._send(call, options, attempts, finish)
            else:
                done = await self._in_time(call, options, attempts, finish, options.deadline)
        except BaseException as error:
            attempts.tell(spec, error)
            if isinstance(error, errors.CVSenseError):
                without_frames(error, handled)
            raise
        attempts.tell(spec, None)
        return done

    async def _in_time(
        self,
        call: Call[T],
        options: CallOptions,
        attempts: _Attempts,
        finish: Callable[[Call[T], Answer], Awaitable[R]],
        deadline: float,
    ) -> R:
        """Carry out a call within its deadline."""
        try:
            async with asyncio.timeout(deadline):
                return await self._send(call, options, attempts, finish)
        except TimeoutError as error:
            if isinstance(error, errors.CVSenseError):
                raise
            words = f"the deadline of {deadline:g} s has passed"
            raise errors.DeadlineExceeded(words, **context(call.__endpoint__, attempts.made)) from None

    async def _send(
        self,
        call: Call[T],
        options: CallOptions,
        attempts: _Attempts,
        finish: Callable[[Call[T], Answer], Awaitable[R]],
    ) -> R:
        """Attempt the call until it is carried out, or may not be sent again."""
        wire = codec.encode(call)
        while True:
            ended, answer, problem = await self._once(call, wire, options, attempts)
            if problem is None and answer is not None:
                try:
                    return await finish(call, answer)
                except codec.Undecodable as error:
                    attempts.unreadable += 1
                    ended = End.AMBIGUOUS
                    met = context(call.__endpoint__, attempts.made, answer)
                    problem = errors.InvalidResponse(str(error), status=answer.status, **met)
            if answer is not None and self._repeated_and_done(call.__endpoint__, answer.status, attempts):
                return await finish(call, await self._read_back(call, options, attempts))
            if problem is not None:
                await self._go_on(call.__endpoint__, ended, problem, attempts, answer)
            if ended in IN_DOUBT and call.__endpoint__.settle is not None:
                settled = await self._settle(call, options, attempts)
                if settled is not None:
                    return await finish(call, settled)

    async def _once(
        self, call: Call[Any], wire: codec.WireRequest, options: CallOptions, attempts: _Attempts
    ) -> tuple[End, Answer | None, errors.CallError | None]:
        """One attempt: how it ended, the answer if a whole one came, and the problem unless it was a success."""
        spec = call.__endpoint__
        allowed = self._time_for(call, options, attempts)
        permit = await self.limiter.acquire(options.lane)
        started = time.monotonic()
        self.requests_sent += 1
        attempts.made += 1
        attempts.waited += permit.waited
        seen = None if attempts.seen is None else attempts.seen.request(attempts.made, permit.waited)
        status: int | None = None
        problem: type[BaseException] | None = None
        try:
            along = NO_HEADERS if seen is None else seen.headers
            answer = await self._exchange.attempt(call, wire, permit, allowed, options.into, along)
            status = answer.status
        except AttemptFailed as failed:
            problem = failed.kind
            return failed.end, None, failed.error(context(spec, attempts.made))
        except BaseException as error:
            problem = type(error)
            raise
        finally:
            attempts.spent += time.monotonic() - started
            if seen is not None:
                seen.ended(status, problem)
        if 200 <= answer.status < 300:
            return End.ANSWERED, answer, None
        return retry.end_of(answer.status, sent=answer.sent), answer, status_error(spec, answer, attempts.made)

    async def _go_on(
        self, spec: Endpoint, ended: End, problem: errors.CallError, attempts: _Attempts, answer: Answer | None
    ) -> None:
        """Return when the call should be sent again, after the pause that is due; raise where it should not."""
        attempts.refusals += ended in (End.REFUSED, End.UNAVAILABLE)
        attempts.ambiguous |= ended in IN_DOUBT
        met = attempts.made - attempts.refusals
        step = retry.after(ended, spec.repeat, attempts=met, refusals=attempts.refusals, policy=self._policy)
        if attempts.unreadable >= UNREADABLE_ANSWERS and step is Next.AGAIN:
            step = Next.RAISE
        if isinstance(problem.__cause__, HOPELESS):
            step = Next.RAISE
        if step is Next.RAISE and ended is End.REFUSED and attempts.ambiguous and spec.settle is not None:
            step = Next.AMBIGUOUS_OUTCOME  # an attempt before it may have been carried out
        if step in (Next.RETURN, Next.RAISE):
            raise problem
        if step is Next.AMBIGUOUS_OUTCOME:
            words = "the request may or may not have been carried out"
            words += f": {spec.look_up}" if spec.look_up else ""
            log.call_ambiguous(operation=spec.operation, attempts=attempts.made, error=problem)
            raise errors.AmbiguousOutcome(words, look_up=spec.look_up, **context(spec, attempts.made)) from problem
        refused = answer is not None and answer.status == 429  # the gate has been closed when its headers came
        wait = 0.0 if refused else retry.pause(attempts.made, self._policy, self._chance)
        attempts.spent += wait
        if self._timeouts.call is not None and attempts.spent >= self._timeouts.call:
            raise problem
        status = answer.status if answer is not None else None
        log.call_retried(operation=spec.operation, attempts=attempts.made, error=problem, status=status, pause=wait)
        await asyncio.sleep(wait)

    def _time_for(self, call: Call[Any], options: CallOptions, attempts: _Attempts) -> float:
        upload = call.__endpoint__.upload
        if upload is None and options.timeout is None and not attempts.made:
            return self._first_time
        size = sum([file.size for file in files_of(call)])
        allowed = options.timeout if options.timeout is not None else self._timeouts.for_body(size)
        if self._timeouts.call is not None:
            allowed = min(allowed, max(1.0, self._timeouts.call + size / self._timeouts.upload_rate - attempts.spent))
        return allowed

    # --- after an answer --------------------------------------------------------------------------------------------

    async def _decode(self, call: Call[T], answer: Answer) -> T:
        if call.__endpoint__.binary:
            return typing.cast("T", b"" if answer.poured else pdf(call, answer))
        if len(answer.body) > LARGE_ANSWER or type(call) not in self._decoded:
            # The first answer of a kind makes the functions that read it, and the very first one loads cattrs.
            made = await anyio.to_thread.run_sync(model, call, answer)
            self._decoded.add(type(call))
            return made
        return model(call, answer)

    def _repeated_and_done(self, spec: Endpoint, status: int, attempts: _Attempts) -> bool:
        """Whether a refusal of a repeated call means that the first one had been carried out."""
        if not attempts.ambiguous:
            return False
        return (status == 404 and spec.method == "DELETE") or (status == 409 and spec.settle is not None)

    async def _read_back(self, call: Call[Any], options: CallOptions, attempts: _Attempts) -> Answer:
        return await self._settle(call, options, attempts, insist=True) or NOTHING_SAID

    async def _settle(
        self, call: Call[Any], options: CallOptions, attempts: _Attempts, *, insist: bool = False
    ) -> Answer | None:
        """Read what became of a call with an ambiguous end: an answer that says so, `None` if it was not done.

        Where that cannot be read, the end stays ambiguous, whatever the reading met.
        """
        spec, settle = call.__endpoint__, call.__endpoint__.settle
        if settle is None:
            return None
        reading = settle.read(call)
        try:
            raw = await self.send_raw(reading, attrs.evolve(options, deadline=None, into=None))
            state = codec.decode_answer(reading, codec.parse(raw.body))
        except errors.CallError as problem:
            if isinstance(problem, errors.NotFound) and spec.method == "DELETE":
                return NOTHING_SAID
            words = "the request may or may not have been carried out, and what became of it could not be read"
            log.call_ambiguous(operation=spec.operation, attempts=attempts.made, error=problem)
            look_up = spec.look_up or "read the batch's status"
            raise errors.AmbiguousOutcome(words, look_up=look_up, **context(spec, attempts.made)) from problem
        except codec.Undecodable:
            return None
        if settle.done(state):
            return Answer(raw.status, raw.headers, raw.body)
        if insist:
            raise errors.Conflict(
                "the service refuses the call, and does not show it as carried out",
                status=409,
                **context(spec, attempts.made),
            )
        return None
