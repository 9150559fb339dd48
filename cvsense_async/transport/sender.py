"""Sends one call: key, rate limit, time-outs, retries, and the way from bytes to a model or a typed error.

Everything that may be repeated is repeated here, and nothing else is; see `retry.py` for the rules.
"""

from __future__ import annotations

import asyncio
import functools
import random
import time
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, BinaryIO, Generic, TypeVar

import aiohttp
import anyio.to_thread
import attrs
from aiohttp import hdrs
from yarl import URL

from cvsense_async import errors, log
from cvsense_async.api import codec
from cvsense_async.api.endpoint import Call, Endpoint, UploadFile, problems

from . import retry
from .limiter import Limiter, Permit
from .multipart import FilePart, MultipartBody
from .observer import ObservedCall, Observer
from .retry import End, Next
from .settings import MIB, CallOptions, RetryPolicy, Timeouts

T = TypeVar("T")
R = TypeVar("R")

ANSWER_LIMIT = 64 * MIB
LARGE_ANSWER = 64 * 1024
"""Bodies above this many bytes are parsed in a thread, so that the host's loop is not held."""

BROKEN_GRACE = 1.0
"""Seconds for which a request whose connection broke may still be counted by the service."""

UNREADABLE_ANSWERS = 3
"""How many answers in a row may be unreadable before a call that could be repeated is given up."""


@attrs.frozen
class Answer:
    """An HTTP answer that came whole."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


_NONE: Mapping[str, str] = {}

_NOTHING_SAID = Answer(204, {}, b"")
"""The answer to a call that is known to have been carried out, and was not answered."""


@attrs.frozen
class RawResponse(Generic[T]):
    """An answer as it came: its HTTP status, headers and body; `parse` makes the model of it."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    call: Call[T] = attrs.field(repr=False)

    def parse(self) -> T:
        """The model. Raises `InvalidResponse` where the body cannot be understood."""
        if self.call.__endpoint__.binary:
            return typing.cast("T", self.body)
        try:
            return codec.decode_answer(self.call, codec.parse(self.body))
        except codec.Undecodable as error:
            spec = self.call.__endpoint__
            raise errors.InvalidResponse(
                str(error), status=self.status, operation=spec.operation, method=spec.method, path=spec.path
            ) from None


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
    """Sends calls to one service with one key. Belongs to the event loop in which `http` was opened."""

    def __init__(
        self,
        *,
        http: aiohttp.ClientSession,
        base_url: URL,
        key: Callable[[], str],
        limiter: Limiter,
        timeouts: Timeouts,
        policy: RetryPolicy,
        upload_field: str,
        proxy: str | None = None,
        user_agent: str = "cvsense-async",
        chance: random.Random | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.limiter = limiter
        self.requests_sent: int = 0
        self._decoded: set[type[Call[Any]]] = set()
        self._http = http
        self._base = str(base_url)
        self._key = key
        self._timeouts = timeouts
        self._policy = policy
        self._upload_field = upload_field
        self._proxy = proxy
        self._user_agent = user_agent
        self._chance = chance or random.Random()  # noqa: S311  (jitter, not a secret)
        self._observer = observer

    @property
    def base_url(self) -> str:
        """The service that the calls go to."""
        return self._base

    async def send(self, call: Call[T], options: CallOptions | None = None) -> T:
        """Carry out a call. Raises `InvalidRequest` before anything is sent, else a `CallError`."""
        return await self._within(call, options or _PLAIN, self._decode)

    async def send_raw(self, call: Call[T], options: CallOptions | None = None) -> RawResponse[T]:
        """Carry out a call and give its answer as it came. Raises as `send` does, but for what cannot be understood."""

        async def keep(call: Call[T], answer: Answer) -> RawResponse[T]:
            return RawResponse(answer.status, answer.headers, answer.body, call)

        return await self._within(call, options or _PLAIN, keep)

    async def _within(
        self, call: Call[T], options: CallOptions, finish: Callable[[Call[T], Answer], Awaitable[R]]
    ) -> R:
        """Carry out a call, and tell of it."""
        broken = problems(call)
        if broken:
            raise errors.InvalidRequest(broken)
        spec = call.__endpoint__
        seen = None if self._observer is None else self._observer.call(spec, options.lane)
        attempts = _Attempts(seen=seen)
        try:
            done = await self._in_time(call, options, attempts, finish)
        except BaseException as error:
            attempts.tell(spec, error)
            raise
        attempts.tell(spec, None)
        return done

    async def _in_time(
        self,
        call: Call[T],
        options: CallOptions,
        attempts: _Attempts,
        finish: Callable[[Call[T], Answer], Awaitable[R]],
    ) -> R:
        """Carry out a call within its deadline."""
        if options.deadline is None:
            return await self._send(call, options, attempts, finish)
        try:
            async with asyncio.timeout(options.deadline):
                return await self._send(call, options, attempts, finish)
        except TimeoutError as error:
            if isinstance(error, errors.CVSenseError):
                raise
            words = f"the deadline of {options.deadline:g} s has passed"
            raise errors.DeadlineExceeded(words, **_context(call.__endpoint__, attempts)) from None

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
                    context = _context(call.__endpoint__, attempts, answer)
                    problem = errors.InvalidResponse(str(error), status=answer.status, **context)
            if answer is not None and self._repeated_and_done(call.__endpoint__, answer.status, attempts):
                return await finish(call, await self._read_back(call, options))
            if problem is not None:
                await self._go_on(call.__endpoint__, ended, problem, attempts, answer)
            if ended is End.AMBIGUOUS and call.__endpoint__.settle is not None:
                settled = await self._settle(call, options)
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
        attempts.made += 1
        attempts.waited += permit.waited
        seen = None if attempts.seen is None else attempts.seen.request(attempts.made, permit.waited)
        status: int | None = None
        problem: type[BaseException] | None = None
        try:
            answer = await self._attempt(call, wire, permit, allowed, options.into, seen.headers if seen else _NONE)
            status = answer.status
        except _AttemptFailed as failed:
            problem = failed.kind
            return failed.end, None, failed.error(_context(spec, attempts))
        except BaseException as error:
            problem = type(error)
            raise
        finally:
            attempts.spent += time.monotonic() - started
            if seen is not None:
                seen.ended(status, problem)
        if 200 <= answer.status < 300:
            return End.ANSWERED, answer, None
        return retry.end_of(answer.status), answer, self._status_error(spec, answer, attempts)

    async def _go_on(
        self, spec: Endpoint, ended: End, problem: errors.CallError, attempts: _Attempts, answer: Answer | None
    ) -> None:
        """Return when the call should be sent again, after the pause that is due; raise where it should not."""
        attempts.refusals += ended is End.REFUSED
        attempts.ambiguous |= ended is End.AMBIGUOUS
        met = attempts.made - attempts.refusals
        step = retry.after(ended, spec.repeat, attempts=met, refusals=attempts.refusals, policy=self._policy)
        if attempts.unreadable >= UNREADABLE_ANSWERS and step is Next.AGAIN:
            step = Next.RAISE
        if isinstance(problem.__cause__, _HOPELESS):
            step = Next.RAISE
        if step in (Next.RETURN, Next.RAISE):
            raise problem
        if step is Next.AMBIGUOUS_OUTCOME:
            words = "the request may or may not have been carried out"
            words += f": {spec.look_up}" if spec.look_up else ""
            log.call_ambiguous(operation=spec.operation, attempts=attempts.made, error=problem)
            raise errors.AmbiguousOutcome(words, look_up=spec.look_up, **_context(spec, attempts)) from problem
        wait = self._pause_after(ended, attempts, answer, problem)
        attempts.spent += wait
        if self._timeouts.call is not None and attempts.spent >= self._timeouts.call:
            raise problem
        status = answer.status if answer is not None else None
        log.call_retried(operation=spec.operation, attempts=attempts.made, error=problem, status=status, pause=wait)
        await asyncio.sleep(wait)

    def _pause_after(self, ended: End, attempts: _Attempts, answer: Answer | None, problem: errors.CallError) -> float:
        """Seconds that this call waits by itself; what the service asked for closes the limiter's gate for all."""
        asked = retry.asked_pause(answer.headers, now=time.time()) if answer is not None else None
        if asked is not None and asked > self._policy.longest_pause:
            raise problem
        if ended is End.REFUSED and answer is not None:
            if answer.status == 429:
                return 0.0  # the gate has been closed when the answer's headers came
            if asked is not None:
                self.limiter.pause(asked)
                log.limiter_paused(operation=problem.operation or "", paused_for=asked)
                return 0.0
        return retry.pause(attempts.made, self._policy, self._chance)

    def _time_for(self, call: Call[Any], options: CallOptions, attempts: _Attempts) -> float:
        size = sum([file.size for file in _files_of(call)])
        allowed = options.timeout if options.timeout is not None else self._timeouts.for_body(size)
        if self._timeouts.call is not None:
            allowed = min(allowed, max(1.0, self._timeouts.call + size / self._timeouts.upload_rate - attempts.spent))
        return allowed

    # --- one attempt ------------------------------------------------------------------------------------------------

    async def _attempt(
        self,
        call: Call[Any],
        wire: codec.WireRequest,
        permit: Permit,
        allowed: float,
        into: BinaryIO | None,
        along: Mapping[str, str],
    ) -> Answer:
        """One request on one slot of the rate limit, which is settled however this ends."""
        self.requests_sent += 1
        try:
            async with asyncio.timeout(allowed):
                return await self._exchange(call, wire, permit, into, along)
        except TimeoutError:
            permit.unknown()
            words = f"no whole answer within {allowed:.3g} s"
            raise _AttemptFailed(End.AMBIGUOUS, errors.CallTimeout, words) from None
        except BaseException:
            permit.unknown()  # no-op where the exchange knew better
            raise

    async def _exchange(
        self,
        call: Call[Any],
        wire: codec.WireRequest,
        permit: Permit,
        into: BinaryIO | None,
        along: Mapping[str, str],
    ) -> Answer:
        headers: dict[str, str] = {
            **along,
            hdrs.AUTHORIZATION: f"Bearer {self._key()}",
            hdrs.ACCEPT: "application/pdf" if call.__endpoint__.binary else "application/json",
            hdrs.USER_AGENT: self._user_agent,
        }
        data = self._body(call, wire, headers)
        try:
            async with self._http.request(
                wire.method,
                _url(self._base, wire.path, wire.query),
                headers=headers,
                data=data,
                allow_redirects=False,
                proxy=self._proxy,
            ) as response:
                refused = response.status == 429
                permit.answered(
                    limit=_count(response.headers.get("X-RateLimit-Limit")),
                    remaining=_count(response.headers.get("X-RateLimit-Remaining")),
                    refused=refused,
                )
                if refused:
                    asked = retry.asked_pause(response.headers, now=time.time())
                    self.limiter.refused(retry_after=asked)
                    state = self.limiter.state
                    log.limiter_refused(
                        operation=call.__endpoint__.operation,
                        paused_for=state.paused_for,
                        foreign=state.foreign,
                        strict=state.strict,
                    )
                if into is not None and 200 <= response.status < 300:
                    await _pour(response, into)
                    return Answer(response.status, response.headers, b"")
                return Answer(response.status, response.headers, await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            permit.unsent()
            raise _AttemptFailed(End.UNSENT, errors.ConnectionFailed, _why_unreachable(error)) from error
        except aiohttp.ClientHttpProxyError as error:
            permit.unsent()
            words = f"the proxy refused with status {error.status}"
            raise _AttemptFailed(End.UNSENT, errors.ConnectionFailed, words) from None
        except aiohttp.InvalidURL:
            permit.unsent()
            raise errors.ConfigurationError("the base URL or the proxy's URL cannot be used") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            if isinstance(data, MultipartBody) and data.failure is not None:
                raise data.failure from None  # the body was broken off before its end, so nothing was taken
            permit.unknown(grace=BROKEN_GRACE)
            words = "the connection ended before the whole answer was there"
            cause = None if isinstance(error, aiohttp.ClientResponseError) else error
            raise _AttemptFailed(End.AMBIGUOUS, errors.ConnectionLost, words) from cause
        finally:
            if isinstance(data, MultipartBody):
                await data.close()

    def _body(self, call: Call[Any], wire: codec.WireRequest, headers: dict[str, str]) -> MultipartBody | bytes | None:
        files = _files_of(call)
        if files:
            field = self._upload_field
            return MultipartBody(
                [FilePart(field, file.filename, file.content_type, file.size, file.open, file.sha256) for file in files]
            )
        if wire.json is None:
            return None
        headers[hdrs.CONTENT_TYPE] = "application/json"
        return codec.dump(wire.json)

    # --- after an answer --------------------------------------------------------------------------------------------

    async def _decode(self, call: Call[T], answer: Answer) -> T:
        if call.__endpoint__.binary:
            return typing.cast("T", answer.body)
        if len(answer.body) > LARGE_ANSWER or type(call) not in self._decoded:
            # The first answer of a kind makes the functions that read it, and the very first one loads cattrs.
            model = await anyio.to_thread.run_sync(self._model, call, answer)
            self._decoded.add(type(call))
            return model
        return self._model(call, answer)

    def _model(self, call: Call[T], answer: Answer) -> T:
        document = codec.parse(answer.body)
        if codec.refused(document):
            raise self._status_error(call.__endpoint__, answer, _Attempts(made=1))
        return codec.decode_answer(call, document)

    def _repeated_and_done(self, spec: Endpoint, status: int, attempts: _Attempts) -> bool:
        """Whether a refusal of a repeated call means that the first one had been carried out."""
        if not attempts.ambiguous:
            return False
        return (status == 404 and spec.method == "DELETE") or (status == 409 and spec.settle is not None)

    async def _read_back(self, call: Call[Any], options: CallOptions) -> Answer:
        return await self._settle(call, options, insist=True) or _NOTHING_SAID

    async def _settle(self, call: Call[Any], options: CallOptions, *, insist: bool = False) -> Answer | None:
        """Read what became of a call with an ambiguous end: an answer that says so, `None` if it was not done."""
        settle = call.__endpoint__.settle
        if settle is None:
            return None
        reading = settle.read(call)
        try:
            raw = await self.send_raw(reading, attrs.evolve(options, deadline=None, into=None))
            state = codec.decode_answer(reading, codec.parse(raw.body))
        except errors.NotFound:
            if call.__endpoint__.method == "DELETE":
                return _NOTHING_SAID
            raise
        except codec.Undecodable:
            return None
        if settle.done(state):
            return Answer(raw.status, raw.headers, raw.body)
        if insist:
            spec = call.__endpoint__
            raise errors.Conflict(
                "the service refuses the call, and does not show it as carried out",
                status=409,
                **_context(spec, _Attempts(made=1)),
            )
        return None

    def _status_error(self, spec: Endpoint, answer: Answer, attempts: _Attempts) -> errors.StatusError:
        said = codec.decode_error(answer.body)
        kind = _ERRORS.get(answer.status) or _kind_by_class(answer.status)
        words = f"{answer.status} {_PHRASES.get(kind, 'refused')}"
        if said.message and not spec.personal:
            words += f": {said.message[:500]}"
        return kind(
            words,
            status=answer.status,
            message=said.message,
            field_errors=said.field_errors,
            code=said.code,
            retry_after=retry.asked_pause(answer.headers, now=time.time()),
            **_context(spec, attempts, answer),
        )


class _AttemptFailed(Exception):
    """An attempt without a whole answer; becomes the error that the caller sees once it is known what to do."""

    def __init__(self, end: End, kind: type[errors.TransportError], words: str) -> None:
        super().__init__(words)
        self.end = end
        self.kind = kind
        self.words = words

    def error(self, context: dict[str, Any]) -> errors.TransportError:
        made = self.kind(self.words, **context)
        made.__cause__ = self.__cause__
        return made


_PLAIN = CallOptions()

_HOPELESS = (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)

_ERRORS: dict[int, type[errors.StatusError]] = {
    400: errors.BadRequest,
    401: errors.AuthenticationError,
    402: errors.InsufficientCredits,
    403: errors.PermissionDenied,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
    503: errors.ServiceUnavailable,
}

_PHRASES: dict[type[errors.StatusError], str] = {
    errors.BadRequest: "the service did not understand the request",
    errors.AuthenticationError: "the API key was refused: check CVSENSE_API_KEY, or make a new key in the dashboard",
    errors.InsufficientCredits: "not enough credits: top up the account, or send fewer CVs",
    errors.PermissionDenied: "the key or its plan may not do this",
    errors.NotFound: "there is no such thing in this account",
    errors.Conflict: "its state does not allow this now",
    errors.PayloadTooLarge: "the body is too large",
    errors.UnsupportedMediaType: "the service does not take this kind of content",
    errors.ValidationFailed: "the service refused the fields (see field_errors)",
    errors.RateLimited: "too many requests",
    errors.ServiceUnavailable: "the service is down for a moment",
    errors.ServerError: "the service failed",
    errors.UnexpectedRedirect: "the service pointed elsewhere; check the base URL",
    errors.StatusError: "the service refused",
}


def _kind_by_class(status: int) -> type[errors.StatusError]:
    if status >= 500:
        return errors.ServerError
    if 300 <= status < 400:
        return errors.UnexpectedRedirect
    return errors.BadRequest if status >= 400 else errors.StatusError


def _context(spec: Endpoint, attempts: _Attempts, answer: Answer | None = None) -> dict[str, Any]:
    request_id = answer.headers.get("X-Request-Id") if answer is not None else None
    return {
        "operation": spec.operation,
        "method": spec.method,
        "path": spec.path,
        "attempts": attempts.made,
        "request_id": request_id,
    }


def _files_of(call: Call[Any]) -> tuple[UploadFile, ...]:
    upload = call.__endpoint__.upload
    return typing.cast("tuple[UploadFile, ...]", getattr(call, upload)) if upload is not None else ()


@functools.lru_cache(maxsize=256)
def _url(base: str, path: str, query: tuple[tuple[str, str], ...]) -> URL:
    """Where a call goes; a batch that is polled is asked for at the same place again and again."""
    return URL(base + path, encoded=True).with_query(query)


def _count(text: str | None) -> int | None:
    text = text.strip() if text else ""
    return int(text) if text.isascii() and text.isdigit() else None


def _why_unreachable(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the service's host name was not found"
    if isinstance(error, _HOPELESS):
        return "the service's certificate was refused: a private CA is given with ca_file= or ssl_context="
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return "the proxy could not be reached"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "the service could not be reached in time"
    return "the service could not be reached"


async def _pour(response: aiohttp.ClientResponse, into: BinaryIO) -> None:
    """The body into a file, from its beginning; aiohttp raises where it does not come whole."""

    def begin() -> None:
        into.seek(0)
        into.truncate()

    await anyio.to_thread.run_sync(begin)
    async for chunk in response.content.iter_chunked(LARGE_ANSWER):
        await anyio.to_thread.run_sync(into.write, chunk)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, within bounds.

    A refusal whose words do not come whole is a refusal all the same: a server may close before it has read the body.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := await response.content.readany():
            size += len(chunk)
            if size > ANSWER_LIMIT:
                raise aiohttp.ClientPayloadError("the answer is too large")
            chunks.append(chunk)
    except (aiohttp.ClientError, ConnectionError):
        if not 400 <= response.status < 500:
            raise
        return b""
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
