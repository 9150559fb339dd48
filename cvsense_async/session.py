"""`CVSenseSession`: opens and closes, holds the resources, and starts screening runs.

It loads the HTTP stack only when it is opened, so that importing it costs a command-line tool or a web worker nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import os
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from . import __version__
from .errors import ConfigurationError, SessionClosed
from .eventloop import running_loop
from .hints import resolve_later

if TYPE_CHECKING:
    import ssl

    import aiohttp

    from .api.account import AccountCalls
    from .api.candidates import CandidateCalls
    from .api.endpoint import Call, Id
    from .api.jobs import Job, JobCalls
    from .api.shortlists import ShortlistCalls
    from .api.webhooks import WebhookCalls
    from .screening.decisions import Word
    from .screening.documents import Source, Sources
    from .screening.following import ScreeningResource
    from .screening.journal import Journal
    from .screening.outcome import BatchResult, Progress, Screened, Unsettled
    from .screening.plan import JobDescription, Plan
    from .screening.run import ScreeningRun
    from .transport.answers import RawResponse
    from .transport.exchange import Exchange
    from .transport.limiter import Lane, Limiter, RateLimit
    from .transport.observer import Observes
    from .transport.sender import Sender
    from .transport.settings import CallOptions, RetryPolicy, Timeouts
    from .transport.sharing import Use

T = TypeVar("T")

KEY_VARIABLE = "CVSENSE_API_KEY"
URL_VARIABLE = "CVSENSE_BASE_URL"
UPLOAD_FIELD = "files[]"
MAX_UPLOAD_BYTES = 100 * 1024 * 1024


class Resources:
    """The service's calls by resource, each sent with the same options."""

    _options: CallOptions | None = None

    def _sender(self) -> Sender:
        raise NotImplementedError

    def _send(self, call: Call[T], /) -> Coroutine[Any, Any, T]:
        return self._sender().send(call, self._options)

    async def _send_into(self, call: Call[T], into: BinaryIO, /) -> T:
        import attrs

        from .transport.settings import CallOptions

        return await self._sender().send(call, attrs.evolve(self._options or CallOptions(), into=into))

    async def with_raw_response(self, call: Call[T]) -> RawResponse[T]:
        """Carry out a call and give the answer as it came: `await session.with_raw_response(GetJob(7))`.

        The requests are the classes of `cvsense_async.api`, such as `api.jobs.GetJob`. It is repeated, and raises, as
        the methods do; only the body is not read. `.parse()` gives the model.
        """
        return await self._sender().send_raw(call, self._options)

    @functools.cached_property
    def account(self) -> AccountCalls:
        """The account, its credits and their use."""
        from .api.account import AccountCalls

        return AccountCalls(self._send)

    @functools.cached_property
    def jobs(self) -> JobCalls:
        """Job postings and their applications."""
        from .api.jobs import JobCalls

        return JobCalls(self._send)

    @functools.cached_property
    def screening(self) -> ScreeningResource:
        """Screening batches, one call at a time, and waiting for one of them."""
        from .screening.following import ScreeningResource

        return ScreeningResource(self._send, self._send_into)

    @functools.cached_property
    def candidates(self) -> CandidateCalls:
        """The people behind the CVs."""
        from .api.candidates import CandidateCalls

        return CandidateCalls(self._send)

    @functools.cached_property
    def shortlists(self) -> ShortlistCalls:
        """Projects that gather candidates."""
        from .api.shortlists import ShortlistCalls

        return ShortlistCalls(self._send)

    @functools.cached_property
    def webhooks(self) -> WebhookCalls:
        """Who is told when something ends."""
        from .api.webhooks import WebhookCalls

        return WebhookCalls(self._send)


class CVSenseSession(Resources):
    """A session with the CVSense API: one key, one rate limit, one pool of connections, in one event loop.

        async with CVSenseSession() as session:
            job = await session.jobs.get(7)
            async with session.screen("cvs/", job=job) as run:
                async for batch in run:
                    ...

    `api_key` is the key (`cvs_…`) or a function that gives the current one; without it CVSENSE_API_KEY is read.
    `base_url` defaults to CVSENSE_BASE_URL, else to the service's own [contract: Basics]; plain http is refused except
    on loopback. `rate_limit` is what this process may use of the key's 120 requests a minute [doc]. Sessions on the
    same key and base URL share one count in a process, whatever loop or thread they are in; `bucket` names it where
    several keys share a window.
    `connector` is the caller's own aiohttp connector, which is not closed with the session. `observer` watches the
    calls; without one, OpenTelemetry does in a process that has loaded it and set a provider.

    Raises `ConfigurationError` when a setting cannot work; nothing is sent before a call is made.
    """

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        base_url: str | None = None,
        rate_limit: RateLimit | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_file: str | os.PathLike[str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        connector: aiohttp.BaseConnector | None = None,
        bucket: str | None = None,
        upload_field: str = UPLOAD_FIELD,
        max_upload_bytes: int = MAX_UPLOAD_BYTES,
        observer: Observes | None = None,
    ) -> None:
        try:
            self._key = _key_source(api_key)
        finally:
            del api_key  # no frame of an error holds it
        self._base_url = base_url or os.environ.get(URL_VARIABLE) or None
        self._rate_limit = rate_limit
        self._timeouts = timeouts
        self._retries = retries
        self._proxy = proxy
        self._trust_env = trust_env
        self._ca_file = os.fspath(ca_file) if ca_file is not None else None
        self._ssl_context = ssl_context
        self._connector = connector
        self._bucket = bucket
        self._upload_field = upload_field
        self.max_upload_bytes = max_upload_bytes
        self._observer = observer
        self._open: Sender | None = None
        self._exchange: Exchange | None = None
        self._use: Use | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = threading.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._dropped: weakref.finalize[..., CVSenseSession] | None = None
        self._runs: set[asyncio.Task[Any]] = set()
        if ca_file is not None and ssl_context is not None:
            raise ConfigurationError("give ca_file or ssl_context, not both")
        if connector is not None and (ca_file is not None or ssl_context is not None):
            raise ConfigurationError("a connector brings its own TLS settings: give them to it")
        if max_upload_bytes < 1:
            raise ConfigurationError("max_upload_bytes must be at least 1")
        if self._base_url is not None:
            _quick_check(self._base_url)

    def __repr__(self) -> str:
        return f"<CVSenseSession {'open' if getattr(self, '_open', None) else 'closed'}>"

    def __reduce__(self) -> Any:
        raise TypeError("a session holds a key and connections, so it does not pickle: open one in each process")

    # --- open and close ---------------------------------------------------------------------------------------------

    async def __aenter__(self) -> CVSenseSession:
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        await self.aclose()

    def open(self) -> None:
        """Open the session in the running event loop; `async with` does it, too.

        Raises `SessionClosed` where it is open already, and `ConfigurationError` where no asyncio event loop runs.
        """
        loop = running_loop()
        with self._opening:  # threads may race
            if self._open is not None:
                if loop is not self._loop:
                    raise SessionClosed("the session is open in another event loop: open one session in each")
                raise SessionClosed("the session is open already: open it once, and share it")
            self._open_in(loop)

    def _open_in(self, loop: asyncio.AbstractEventLoop) -> None:
        from .transport import connection
        from .transport.exchange import Exchange
        from .transport.sender import Sender
        from .transport.settings import RetryPolicy, Timeouts
        from .transport.sharing import bucket_of, share

        settings = connection.Connection(
            base_url=self._base_url or connection.DEFAULT_BASE_URL,
            proxy=self._proxy,
            trust_env=self._trust_env,
            ca_file=self._ca_file,
            ssl_context=self._ssl_context,
            connector=self._connector,
        )
        timeouts = self._timeouts or Timeouts()
        url = connection.checked_base_url(settings.base_url)
        self._use = use = share(self._bucket or bucket_of(url, self._key()), self._rate_limit, self)
        try:
            observes = self._observer or _found_observer()
            exchange = Exchange(
                http=connection.open_http(settings, timeouts),
                base_url=url,
                key=self._key,
                limiter=use.limiter,
                upload_field=self._upload_field,
                proxy=connection.proxy_for(url, settings),
                user_agent=f"cvsense-async/{__version__}",
                longest_pause=(self._retries or RetryPolicy()).longest_pause,
            )
        except BaseException:
            use.give_up()
            raise
        self._loop, self._exchange = loop, exchange
        # The finalizer holds the connections, so that they can be closed in their loop when nobody holds the session.
        self._dropped = weakref.finalize(self, _close_forgotten, loop, exchange)
        self._dropped.atexit = False
        self._open = Sender(
            exchange,
            use.limiter,
            timeouts=timeouts,
            policy=self._retries or RetryPolicy(),
            observer=None if observes is None else observes(str(url), use.limiter),
        )

    async def aclose(self) -> None:
        """Leave the running screenings, as their `async with` would, then close the connections. Safe to call twice.

        A cancellation, of a task or of a scope, waits until all is closed; a second one breaks off the leaving of
        the screenings, and then all is closed, too. Raises `SessionClosed` in another event loop than the session's.
        """
        if self._exchange is None:
            return
        if running_loop() is not self._loop:
            raise SessionClosed(self._how_to_close())
        import anyio

        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="cvsense session close")
        closing, cancelled = self._closing, None
        with anyio.CancelScope(shield=True):
            while not closing.done():
                try:
                    await asyncio.wait([closing])
                except asyncio.CancelledError as error:
                    if cancelled is not None:
                        closing.cancel()
                    cancelled = error
        if cancelled is not None:
            raise cancelled
        closing.result()

    async def _close(self) -> None:
        try:
            while runs := [task for task in self._runs if not task.done()]:
                for task in runs:
                    if not task.cancelling():  # a second cancel would break off the leaving itself
                        task.cancel()
                try:
                    await asyncio.wait(runs)
                except asyncio.CancelledError:
                    for task in runs:
                        task.cancel()
                    await asyncio.wait(runs)
        finally:
            exchange, use = self._exchange, self._use
            self._open = self._exchange = self._use = self._closing = None
            self._forget_connections()
            if exchange is not None:
                await exchange.aclose()
            if use is not None:
                await use.release()

    def _forget_connections(self) -> None:
        if self._dropped is not None:
            self._dropped.detach()

    def _how_to_close(self) -> str:
        if self._loop is None or self._loop.is_closed():
            self._open = self._exchange = self._use = None
            self._forget_connections()
            return (
                "the session's event loop has ended, and its connections with it: "
                "close a session in its own loop, best with `async with`"
            )
        return (
            "the session belongs to another event loop: close it there; from another thread with "
            "asyncio.run_coroutine_threadsafe(session.aclose(), loop).result()"
        )

    def _sender(self) -> Sender:
        if self._open is None:
            raise SessionClosed("the session is not open: use `async with CVSenseSession(…) as session:`")
        if running_loop() is not self._loop:
            raise SessionClosed("the session was opened in another event loop: open one in each loop")
        return self._open

    @property
    def limiter(self) -> Limiter:
        """The limiter that every call of this session passes; its `state` tells what is free and who waits."""
        if self._open is None:
            raise SessionClosed("the session is not open: its limiter is made when it opens")
        return self._open.limiter

    def with_options(
        self, *, timeout: float | None = None, deadline: float | None = None, lane: Lane | None = None
    ) -> Resources:
        """The same calls with other options.

        `timeout` (seconds) bounds one request, `deadline` (seconds) the whole call including its wait for the rate
        limit; `lane` is its place at the limiter, INTERACTIVE unless said.
        """
        from .transport.limiter import Lane
        from .transport.settings import CallOptions

        chosen = Lane.INTERACTIVE if lane is None else lane
        return _View(self, CallOptions(lane=chosen, timeout=timeout, deadline=deadline))

    # --- the main job -----------------------------------------------------------------------------------------------

    def screen(
        self,
        sources: Sources,
        *,
        job: Job | Id | JobDescription,
        batch_size: int = 50,
        max_credits: int | None = None,
        max_file_bytes: int | None = None,
        max_open_batches: int = 100,
        poll_interval: tuple[float, float] = (5.0, 10.0),
        batch_deadline: float | None = 3600.0,
        grace: float = 5.0,
        name: str | None = None,
        retry_failed: int = 0,
        journal: str | os.PathLike[str] | Journal | None = None,
        reuse: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
        on_progress: Callable[[Progress], object] | None = None,
    ) -> ScreeningRun:
        """Screen CVs for a job; nothing is sent before the run is entered or iterated.

        `sources`: files, folders, globs, `(name, bytes)`, or an iterable or async iterable of these, read lazily.
        `job`: a `Job`, a job's id, or a `JobDescription`. `batch_size`: documents a screening batch; above 50 a batch
        takes several uploads [doc: 50 files an upload]. `max_credits`: a hard stop, checked before the first upload
        together with the account's balance. `max_open_batches` bounds the batches, and so the credits, at stake.
        `poll_interval`: seconds between two polls of a batch, at least and at most [doc: 5 to 10].
        `batch_deadline`: seconds after which a batch that does not end becomes a failed one. `grace`: seconds that
        leaving early may take to cancel what is open. `retry_failed`: how often the documents of a batch that failed
        are sent again, where the service has confirmed that they hold no credit. `journal`: a file in which the run
        writes down what it does, so that `resume` can go on after a crash; it holds names, sources and results, and is
        readable by its owner alone. `reuse`: one journal, or several, of earlier runs for the same job at the same
        service: a CV whose bytes have a valid result there is not paid for again, and comes with that result, in a
        `BatchResult` that is `reused`; iterating raises `JournalError` for a journal of another job, or of a job by
        its id whose advert was edited since. `on_progress` is called with a `Progress` as things move.

        Raises `ConfigurationError` for arguments that cannot work.
        """
        from .screening.plan import ScreeningOptions
        from .screening.run import ScreeningRun
        from .screening.task import new_task

        options = ScreeningOptions(
            batch_size=batch_size,
            max_credits=max_credits,
            max_file_bytes=max_file_bytes,
            max_upload_bytes=self.max_upload_bytes,
            max_open_batches=max_open_batches,
            poll_interval=poll_interval,
            batch_deadline=batch_deadline,
            grace=grace,
            name=name,
            retry_failed=retry_failed,
        )
        return ScreeningRun(self._sender, self._runs, new_task(sources, job, options, journal, reuse), on_progress)

    def resume(
        self,
        journal: str | os.PathLike[str] | Journal,
        sources: Sources | None = None,
        *,
        max_credits: int | None = None,
        retry_failed: int | None = None,
        poll_interval: tuple[float, float] | None = None,
        batch_deadline: float | None = None,
        grace: float | None = None,
        reuse: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> ScreeningRun:
        """Go on with a run that has a journal, however it ended; nothing is sent before it is entered or iterated.

        What had been collected is given again (`BatchResult.resumed`), so that the caller's loop need not care. What
        was open is reconciled with the service: a document is sent again only where the service has confirmed that its
        earlier copy holds no credit. Files that have come meanwhile join the run, unchanged ones are not read again.
        `sources` are needed where they were bytes, or an iterable: the run then ends with `SourcesNeeded` without them.
        The other arguments take the place of what the run was begun with; `max_credits` counts for the whole run, and
        with `retry_failed` documents that had failed before are sent again, too, and with `reuse` other journals are
        looked into than those that the run began with (`()`: none). Where the job, given by its id, was edited
        meanwhile, the run goes on and says so (`ScreeningRun.job_changed`).

        Raises `ConfigurationError`; iterating raises `JournalError` where the journal cannot be used.
        """
        from .screening.run import ScreeningRun
        from .screening.task import resumed_task

        overrides: dict[str, Any] = {
            "max_credits": max_credits,
            "retry_failed": retry_failed,
            "poll_interval": poll_interval,
            "batch_deadline": batch_deadline,
            "grace": grace,
            "max_upload_bytes": self.max_upload_bytes,
        }
        return ScreeningRun(self._sender, self._runs, resumed_task(journal, sources, overrides, reuse), on_progress)

    async def recheck(self, journal: str | os.PathLike[str], *, patience: float = 20.0) -> list[BatchResult]:
        """Ask the service again for what a run left open or unsettled, without going on with the run; it costs nothing.

        Gives what could be told now, tied to the documents as the run does it, and what has become unsettled because
        its batch ended without a word on it, or is not known any more. The journal keeps it. What was never sent, and
        what is still under way at the service, stays as it is. `patience` is how many seconds a batch is asked for that
        has ended and does not give all of its results.

        Raises `JournalError` where the journal cannot be used, and what the first question meets where the service
        cannot be asked.
        """
        from .screening.recheck_journal import recheck_journal

        return await recheck_journal(self._sender(), journal, patience)

    async def settle(
        self,
        journal: str | os.PathLike[str],
        unsettled: Unsettled | Sequence[Unsettled],
        word: Word,
        *,
        result_id: Id | None = None,
    ) -> list[BatchResult]:
        """Say what is to become of unsettled documents of a run; it is written down in the journal, with when.

        `word`: `"send_again"`: at the next `resume` they are sent again, which may cost a second credit each.
        `"accept"`: the result `result_id` of its batch is the one document's, be it one that was kept
        (`Unsettled.result`) or one that the service is asked for. `"give_up"`: it ends as failed (`Failed.decided`),
        and what it may hold stays spent. Gives what became of them: results or failures; nothing for what is sent
        again.

        Raises `ConfigurationError` for documents that are not unsettled in this journal, a result that is not there or
        another document's already, and words that do not go together; `JournalError` where the journal cannot be used.
        """
        from .screening.decisions import settle
        from .screening.outcome import Unsettled

        given = [unsettled] if isinstance(unsettled, Unsettled) else list(unsettled)
        return await settle(self._sender(), journal, given, word, result_id)

    async def screen_one(
        self,
        source: Source,
        *,
        job: Job | Id | JobDescription,
        poll_interval: tuple[float, float] = (5.0, 10.0),
        deadline: float | None = 600.0,
    ) -> Screened:
        """Screen one CV and wait for its result.

        Raises `DocumentRejected` where it cannot be sent, `BatchFailed`, `PollTimeout` or `OutcomeUnsettled` where no
        result came, and what `session.screen` raises.
        """
        from .screening.run import one_result

        async with self.screen(
            [source], job=job, poll_interval=poll_interval, batch_deadline=deadline, batch_size=1
        ) as run:
            return await one_result(run)

    async def plan(
        self,
        sources: Sources,
        *,
        batch_size: int = 50,
        expected: int | None = None,
        max_file_bytes: int | None = None,
        job: Job | Id | JobDescription | None = None,
        reuse: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    ) -> Plan:
        """What screening these sources would take: requests, credits and minutes.

        It reads names and sizes, and sends nothing but the question for the balance. `expected` says how many
        documents to reckon with where a source cannot be counted; without it such a source raises
        `ConfigurationError`. `max_file_bytes` is the largest CV that would be sent. With `reuse`, the journals of
        earlier runs for `job`, every file is read, for only its content says whether its result is there, and a job
        given by its id is asked for; raises `JournalError` as `screen` does.
        """
        from .screening.plan import make_plan
        from .screening.task import journal_paths

        return await make_plan(
            self._sender(),
            sources,
            batch_size=batch_size,
            expected=expected,
            max_file_bytes=max_file_bytes,
            job=job,
            reuse=journal_paths(reuse),
        )


class _View(Resources):
    """A session seen through other options."""

    def __init__(self, session: CVSenseSession, options: CallOptions) -> None:
        self._session = session
        self._options = options

    def _sender(self) -> Sender:
        return self._session._sender()  # pyright: ignore[reportPrivateUsage]  # a part of the session

    def __repr__(self) -> str:
        return "<CVSenseSession with options>"


class _Key:
    """A key that shows itself in no repr and no pickle."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self) -> str:
        return self._key

    def __repr__(self) -> str:
        return "<API key>"

    def __reduce__(self) -> Any:
        raise TypeError("a key does not pickle")


def _key_source(given: str | Callable[[], str] | None) -> Callable[[], str]:
    if callable(given):
        return given
    key = given if given is not None else os.environ.get(KEY_VARIABLE, "")
    key = key.strip()
    if not key:
        raise ConfigurationError(
            f"no API key: set {KEY_VARIABLE} or pass api_key=…; the key comes from the Developer Dashboard "
            "(to try without one, use the sandbox)"
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        del given, key  # no frame of an error holds it
        raise ConfigurationError("the API key holds characters that cannot be part of a key")
    return _Key(key)


def _close_forgotten(loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
    """A session was dropped while it was open: say so, and close its connections in its own loop."""

    def close() -> None:
        closing = loop.create_task(exchange.aclose(), name="cvsense session close")
        _forgotten.add(closing)
        closing.add_done_callback(_forgotten.discard)

    with contextlib.suppress(RuntimeError):  # the loop is closed, and aiohttp tells what it left open
        loop.call_soon_threadsafe(close)
    words = "unclosed CVSenseSession: use `async with CVSenseSession(…) as session:`, or await its aclose()"
    warnings.warn(words, ResourceWarning, stacklevel=2)


_forgotten: set[asyncio.Task[None]] = set()


def _found_observer() -> Observes | None:
    """OpenTelemetry's, where the process has loaded it (some frameworks do by themselves).

    It is found by its name, because the integrations stand above the session; it tells of calls only while a provider
    is set, so nobody else pays for it.
    """
    if "opentelemetry" not in sys.modules:
        return None
    try:
        integration = importlib.import_module(f"{__package__}.integrations.opentelemetry")
    except ImportError:  # only a part of it is installed
        return None
    found: Observes = integration.found()
    return found


def _quick_check(base_url: str) -> None:
    if not base_url.startswith(("https://", "http://")):
        raise ConfigurationError("the base URL must start with https:// (http:// for loopback only)")


resolve_later(
    globals(),
    {
        "ssl": "",
        "aiohttp": "",
        ".api.account": "AccountCalls",
        ".api.candidates": "CandidateCalls",
        ".api.endpoint": "Call Id",
        ".api.jobs": "Job JobCalls",
        ".api.shortlists": "ShortlistCalls",
        ".api.webhooks": "WebhookCalls",
        ".screening.decisions": "Word",
        ".screening.documents": "Source Sources",
        ".screening.following": "ScreeningResource",
        ".screening.journal": "Journal",
        ".screening.outcome": "BatchResult Progress Screened Unsettled",
        ".screening.plan": "JobDescription Plan",
        ".screening.run": "ScreeningRun",
        ".transport.answers": "RawResponse",
        ".transport.exchange": "Exchange",
        ".transport.limiter": "Lane Limiter RateLimit",
        ".transport.observer": "Observes",
        ".transport.sender": "Sender",
        ".transport.settings": "CallOptions RetryPolicy Timeouts",
    },
    Resources,
    CVSenseSession,
    _View,
)
