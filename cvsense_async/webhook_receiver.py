"""The receiver: takes each event once, answers at once, and hands the work to a bounded queue.

The service waits 10 s for its answer and will not repeat what it had a 2xx for [contract: Delivery], so an event is
written down before it is answered, and a handler that fails is called again by us.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
import types
from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol, TypeVar, overload

import attrs

from . import log
from .errors import ConfigurationError, InvalidSignature
from .webhook_events import BatchEvent, Event, Ping, read_event
from .webhook_signature import BODY_TOLERANCE, MAX_BODY, SIGNATURE_HEADER, Headers, Secrets, checked_secrets, verify
from .webhook_store import EventStore, MemoryStore, SharedEventStore

E = TypeVar("E", bound=Event)
R = TypeVar("R")

RETRY_PAUSES = (1.0, 10.0, 60.0, 300.0)
"""Seconds between two tries of handlers that fail."""

BACK_AGAIN = 10
"""Seconds after which the service may try again when there is no room."""


class Wakes(Protocol):
    """What can be told of a batch's end, such as a `ScreeningRun`."""

    def notify(self, event: Any) -> object: ...


@attrs.frozen
class Reply:
    """What to answer the service: a status, a few words for its log, and header fields."""

    status: int
    words: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes:
        """The words as plain text."""
        return self.words.encode()


@attrs.define(eq=False)
class _Job:
    event: Event
    tries: int = 0
    done: set[int] = attrs.field(factory=set[int])  # the handlers that have succeeded, by their number


class WebhookReceiver:
    """Takes deliveries: `await receiver.receive(body, headers)` answers, the functions given to `on` do the work.

    `secrets` is the receiver's secret, several of them while one is replaced, or a function that gives them (for a
    secret that is known only after registration; while it gives none, the answer is 503). `store` remembers events: in
    memory unless said, in a file with `SQLiteStore`. `queue_size` bounds the events that were taken and not handled;
    when it is full, or the receiver is not open, the answer is 503, and the service tries again. `workers` events are
    handled at a time, each handler within `handler_timeout` seconds. `header`, `tolerance`: see `verify`.

    An event is handled at least once. The service has had its 2xx by then and will not repeat it, so a handler that
    raises is called again by the receiver, after `retry_pauses` seconds (handlers that had succeeded are not). After
    the last try the event is given up: it stays in the store, and is taken up again when the receiver next opens, or
    when the service is asked to deliver it once more. Leaving waits up to `grace` seconds for what is being handled.
    Where several receivers share a store (the workers of a server, one `SQLiteStore`), each event is one's: those of a
    worker that is gone are taken over by the others.

    It needs no session and no key. Its workers are plain tasks, so it may be entered and left in different tasks.
    """

    def __init__(
        self,
        secrets: Secrets | Callable[[], Secrets],
        *,
        store: EventStore | None = None,
        queue_size: int = 1000,
        workers: int = 4,
        header: str = SIGNATURE_HEADER,
        tolerance: float | None = BODY_TOLERANCE,
        handler_timeout: float | None = 300.0,
        retry_pauses: Sequence[float] = RETRY_PAUSES,
        grace: float = 5.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        if queue_size < 1 or workers < 1:
            raise ConfigurationError("queue_size and workers must be at least 1")
        if callable(secrets):
            self._secrets = secrets
        else:
            known = checked_secrets(secrets)
            self._secrets = lambda: known
        self._store: EventStore = store if store is not None else MemoryStore()
        self._room = queue_size
        self._workers = workers
        self._header = header
        self._tolerance = tolerance
        self._timeout = handler_timeout
        self._pauses = tuple(retry_pauses)
        self._grace = grace
        self._now = now
        self._handlers: dict[int, tuple[type[Event] | str, Callable[[Any], object]]] = {}
        self._last = 0
        self._held = 0
        self._queue: asyncio.Queue[_Job] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._later: set[asyncio.TimerHandle] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._keeping: set[asyncio.Task[Reply]] = set()

    def __repr__(self) -> str:
        return f"<WebhookReceiver {'open' if self._queue is not None else 'closed'}, {self._held} held>"

    @property
    def is_open(self) -> bool:
        """Whether it takes deliveries: it has been entered, and not been left."""
        return self._queue is not None

    # --- who is told ------------------------------------------------------------------------------------------------

    @overload
    def on(self, kind: type[E]) -> Callable[[Callable[[E], R]], Callable[[E], R]]: ...
    @overload
    def on(self, kind: str) -> Callable[[Callable[[Event], R]], Callable[[Event], R]]: ...
    def on(self, kind: Any) -> Any:
        """Have a function called with each event of a kind: a class (`Event` for all of them) or the event's name.

        The function may be plain or async. It runs on the event loop, so a plain one must be quick.
        """

        def register(handler: Callable[[Any], R]) -> Callable[[Any], R]:
            self._add(kind, handler)
            return handler

        return register

    @contextlib.contextmanager
    def wakes(self, run: Wakes) -> Generator[None, None, None]:
        """For as long as the block lasts, tell a run at once when one of its batches has ended; it then polls less."""
        number = self._add(BatchEvent, run.notify)
        try:
            yield
        finally:
            del self._handlers[number]

    def _add(self, kind: type[Event] | str, handler: Callable[[Any], object]) -> int:
        self._last += 1
        self._handlers[self._last] = (kind if isinstance(kind, type) else str(kind), handler)
        return self._last

    # --- opening and leaving ----------------------------------------------------------------------------------------

    async def __aenter__(self) -> WebhookReceiver:
        if self._queue is not None:
            raise ConfigurationError("this receiver is open already")
        unfinished = await self._store.unfinished()
        queue = self._queue = asyncio.Queue[_Job]()
        self._take(unfinished)
        self._tasks = [
            asyncio.create_task(self._work(queue), name=f"cvsense webhook worker {number}")
            for number in range(self._workers)
        ]
        if isinstance(self._store, SharedEventStore):
            self._renewing = asyncio.create_task(self._renew(self._store), name="cvsense webhook leases")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        queue, self._queue = self._queue, None
        tasks, self._tasks = self._tasks, []
        for timer in self._later:
            timer.cancel()
        self._later.clear()
        if queue is None:
            return
        for _ in tasks:
            queue.put_nowait(_STOP)
        try:
            await asyncio.wait(tasks, timeout=self._grace)
        finally:
            if self._renewing is not None:
                tasks.append(self._renewing)
                self._renewing = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._keeping, return_exceptions=True)
            if self._held:
                log.webhook_unfinished(events=self._held)
            self._held = 0
            await self._store.close()

    # --- a delivery -------------------------------------------------------------------------------------------------

    async def receive(self, body: bytes, headers: Headers) -> Reply:
        """Take one delivery and say what to answer; it never waits for a handler.

        200: taken, or known already. 400: not from the service, changed, or too old. 413: too large. 503: no room, no
        secret yet, or the store failed; the service tries again. Raises `ConfigurationError` for a body that is not
        bytes.
        """
        if len(body) > MAX_BODY:
            return Reply(413, "too large")
        secrets = self._secrets()
        if not secrets:
            return self._full()
        try:
            event = verify(body, headers, secrets, header=self._header, tolerance=self._tolerance, now=self._now())
        except InvalidSignature as error:
            log.webhook_rejected(why=str(error))
            return Reply(400, "the signature or the age of this delivery does not fit")
        if self._queue is None or self._held >= self._room:
            return self._full()
        self._held += 1  # the place is taken before anything is awaited
        keeping = asyncio.create_task(self._keep(event, bytes(body)), name="cvsense webhook delivery")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        return await asyncio.shield(keeping)

    async def _keep(self, event: Event, body: bytes) -> Reply:
        """Write an event down and put it into the queue, also where its request is cancelled meanwhile."""
        try:
            new = await self._store.accept(event.id, body)
        except Exception as error:
            log.webhook_unkept(error=error)
            return _NO_ROOM
        finally:
            self._held -= 1
        log.webhook_taken(kind=event.name, known=not new)
        if new:
            self._put(_Job(event))
        return Reply(200, "taken" if new else "known")

    def _full(self) -> Reply:
        log.webhook_full(held=self._held)
        return _NO_ROOM

    def _put(self, job: _Job) -> None:
        if self._queue is not None:  # else the store has it, for the next start
            self._held += 1
            self._queue.put_nowait(job)

    def _take(self, kept: Sequence[tuple[str, bytes]]) -> None:
        """Put what the store gives into the queue."""
        for event_id, body in kept:
            try:
                self._put(_Job(read_event(body, delivery_id=event_id)))
            except ValueError:
                log.webhook_unreadable()

    async def _renew(self, store: SharedEventStore) -> None:
        """Three times a lease: keep what is ours, and take over what nobody renews."""
        while True:
            await asyncio.sleep(store.lease / 3)
            try:
                self._take(await store.renew())
            except Exception as error:
                log.webhook_unrenewed(error=error)

    # --- the work ---------------------------------------------------------------------------------------------------

    async def _work(self, queue: asyncio.Queue[_Job]) -> None:
        while (job := await queue.get()) is not _STOP:
            if await self._handled(job):
                self._held -= 1

    async def _handled(self, job: _Job) -> bool:
        """Call the handlers of an event; `False` if it comes again later."""
        job.tries += 1
        failed = 0
        for number, (kind, handler) in list(self._handlers.items()):
            if number in job.done or not _asks_for(kind, job.event):
                continue
            try:
                async with asyncio.timeout(self._timeout):
                    returned: Any = handler(job.event)
                    if inspect.isawaitable(returned):
                        await returned
            except Exception as error:
                failed += 1
                log.webhook_handler_failed(
                    kind=job.event.name, tries=job.tries, error=error, where=log.raised_at(error)
                )
            else:
                job.done.add(number)
        if failed and job.tries <= len(self._pauses):
            self._again(job, self._pauses[job.tries - 1])
            return False
        try:
            if failed:
                log.webhook_given_up(kind=job.event.name, tries=job.tries)
                await self._store.given_up(job.event.id)
            else:
                await self._store.handled(job.event.id)
        except Exception as error:
            log.webhook_unmarked(error=error)
        return True

    def _again(self, job: _Job, pause: float) -> None:
        queue = self._queue
        if queue is None:
            return
        timer: asyncio.TimerHandle

        def put() -> None:
            self._later.discard(timer)
            queue.put_nowait(job)

        timer = asyncio.get_running_loop().call_later(pause, put)
        self._later.add(timer)


_NO_ROOM = Reply(503, "no room: try again", (("Retry-After", str(BACK_AGAIN)),))
_STOP = _Job(Ping(id="", name="ping"))


def _asks_for(kind: type[Event] | str, event: Event) -> bool:
    return isinstance(event, kind) if isinstance(kind, type) else event.name == kind
