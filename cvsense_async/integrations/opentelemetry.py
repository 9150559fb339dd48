"""Traces and metrics in OpenTelemetry's conventions; a session uses it by itself where the process has loaded it.

Attributes name calls by their template and nothing by its value, so that no trace says whose CV it was. Each request is
a client span of its own [semantic conventions for HTTP: retries], within one span for the call that it serves, which
begins before the wait for the rate limit and so shows it. Needs `opentelemetry-api`; what is done with the spans is up
to the application's SDK.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import time
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from yarl import URL

try:
    from opentelemetry import context, metrics, trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as _error:
    from cvsense_async.errors import MissingExtra

    words = 'the OpenTelemetry integration needs its API: pip install "cvsense-async[opentelemetry]"'
    raise MissingExtra(words) from _error

from cvsense_async import __version__
from cvsense_async.api.endpoint import Endpoint
from cvsense_async.transport.limiter import Lane, Limiter
from cvsense_async.transport.observer import ObservedCall, ObservedRequest, Observer

__all__ = ["OpenTelemetry", "found"]

NAME = "cvsense_async"
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Seconds, as the convention advises for `http.client.request.duration`."""
WAIT_BUCKETS = (0.0, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
READ_SECONDS = 1.0
"""How long a metric reader's thread waits for the event loop to say how many slots are free."""

# Instrumentation of aiohttp leaves requests under this key alone, which would tell of each a second time, with ids.
_ALONE: str | None = getattr(context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", None)
# The W3C's header only: baggage is the application's own, may hold anything, and stays here.
_propagator = TraceContextTextMapPropagator()


class OpenTelemetry:
    """Watches sessions: `CVSenseSession(observer=OpenTelemetry(tracer_provider=…))`. Make one, and share it.

    Without arguments it uses the process's global providers, which is what a session does by itself.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        self.tracer: trace.Tracer = trace.get_tracer(NAME, __version__, tracer_provider)
        meter = metrics.get_meter(NAME, __version__, meter_provider)
        self.duration: metrics.Histogram = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=REQUEST_BUCKETS,
        )
        self.waited: metrics.Histogram = meter.create_histogram(
            "cvsense.limiter.wait.duration",
            "s",
            "Time that a request waited for the rate limit.",
            explicit_bucket_boundaries_advisory=WAIT_BUCKETS,
        )
        self.granted: metrics.Counter = meter.create_counter(
            "cvsense.limiter.granted", "{request}", "Requests that the rate limiter let go."
        )
        self.refused: metrics.Counter = meter.create_counter(
            "cvsense.limiter.refused", "{request}", "Requests that the service refused with 429."
        )
        self._watched: tuple[_Slots, ...] = ()  # replaced, never changed: readers are in other threads
        meter.create_observable_gauge(
            "cvsense.limiter.free", [self._free], "{request}", "Requests that could be sent at once."
        )

    def __call__(self, base_url: str, limiter: Limiter) -> Observer:
        """The observer of a session that opens in the running event loop."""
        url = URL(base_url)
        server: dict[str, str | int] = {"server.address": url.host or ""}
        if url.port is not None:
            server["server.port"] = url.port
        others = [slots for slots in self._watched if slots.alive and slots.limiter() is not limiter]
        self._watched = (*others, _Slots(asyncio.get_running_loop(), weakref.ref(limiter), server))
        return _Calls(self, base_url, url.raw_path.rstrip("/"), server)

    def _free(self, options: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        free: dict[tuple[tuple[str, str | int], ...], int] = {}
        for slots in self._watched:
            count = slots.free()
            if count is not None:
                key = tuple(slots.server.items())
                free[key] = free.get(key, 0) + count  # several keys at one address
        return [metrics.Observation(count, dict(key)) for key, count in free.items()]


@functools.cache
def found() -> OpenTelemetry:
    """The one that sessions share which were given none: it uses the global providers."""
    return OpenTelemetry()


@attrs.frozen
class _Slots:
    """A limiter that metrics are read of. It is its loop's own, and readers come from threads of theirs."""

    loop: asyncio.AbstractEventLoop
    limiter: weakref.ref[Limiter]
    server: Mapping[str, str | int]

    @property
    def alive(self) -> bool:
        limiter = self.limiter()
        return limiter is not None and not limiter.closed

    def free(self) -> int | None:
        """The free slots now; `None` where the loop does not say."""
        with contextlib.suppress(RuntimeError):
            if asyncio.get_running_loop() is self.loop:
                return self._read()
        answer: concurrent.futures.Future[int | None] = concurrent.futures.Future()
        with contextlib.suppress(RuntimeError, TimeoutError):  # the loop is closed, or busy
            self.loop.call_soon_threadsafe(lambda: answer.set_result(self._read()))
            return answer.result(READ_SECONDS)
        return None

    def _read(self) -> int | None:
        limiter = self.limiter()
        return None if limiter is None or limiter.closed else limiter.state.free


@attrs.frozen
class _Calls:
    """The calls of one session."""

    telemetry: OpenTelemetry
    base_url: str
    prefix: str
    server: Mapping[str, str | int]

    def call(self, endpoint: Endpoint, lane: Lane) -> ObservedCall:
        about: dict[str, Any] = {
            "http.request.method": endpoint.method,
            "url.template": self.prefix + endpoint.path,
            **self.server,
        }
        span = self.telemetry.tracer.start_span(
            f"cvsense.{endpoint.operation}", attributes={**about, "cvsense.lane": lane.name.lower()}
        )
        return _Call(self.telemetry, endpoint, lane.name.lower(), about, self.base_url + endpoint.path, span)


class _Call:
    """One call: the span that holds its requests, and all that it waited."""

    def __init__(
        self,
        telemetry: OpenTelemetry,
        endpoint: Endpoint,
        lane: str,
        about: Mapping[str, Any],
        url: str,
        span: trace.Span,
    ) -> None:
        self.telemetry = telemetry
        self.name = f"{endpoint.method} {about['url.template']}"
        self.lane = {"cvsense.lane": lane}
        self.about = about
        self.url = url
        self.span = span
        self.waited = 0.0
        self.requests = 0
        inside = trace.set_span_in_context(span)
        self.token = context.attach(inside if _ALONE is None else context.set_value(_ALONE, True, inside))

    def request(self, number: int, waited: float) -> ObservedRequest:
        self.requests = number
        self.waited += waited
        self.telemetry.granted.add(1, self.lane)
        self.telemetry.waited.record(waited, self.lane)
        return _Request(self, number, waited)

    def ended(self, error: BaseException | None) -> None:
        span = self.span
        if span.is_recording():
            span.set_attribute("cvsense.limiter.waited", self.waited)
            if self.requests > 1:
                span.set_attribute("http.request.resend_count", self.requests - 1)
            if error is not None:
                _failed(span, type(error).__qualname__)
        span.end()
        context.detach(self.token)


class _Request:
    """One request: a client span, and its time."""

    def __init__(self, call: _Call, number: int, waited: float) -> None:
        self.call = call
        about = {**call.about, **call.lane, "url.full": call.url, "cvsense.limiter.waited": waited}
        if number > 1:
            about["http.request.resend_count"] = number - 1
        span = self.span = call.telemetry.tracer.start_span(call.name, kind=trace.SpanKind.CLIENT, attributes=about)
        headers: dict[str, str] = {}
        _propagator.inject(headers, trace.set_span_in_context(span))
        self.headers: Mapping[str, str] = headers
        self.began = time.perf_counter()

    def ended(self, status: int | None, error: type[BaseException] | None) -> None:
        took, telemetry, span = time.perf_counter() - self.began, self.call.telemetry, self.span
        outcome: dict[str, Any] = {}
        if status is not None:
            outcome["http.response.status_code"] = status
        kind = (
            error.__qualname__ if error is not None else str(status) if status is not None and status >= 400 else None
        )
        if kind is not None:
            outcome["error.type"] = kind
        if span.is_recording():
            span.set_attributes(outcome)
            if kind is not None:
                _failed(span, kind)
        span.end()
        telemetry.duration.record(took, {**self.call.about, **outcome})
        if status == 429:
            telemetry.refused.add(1, self.call.lane)


def _failed(span: trace.Span, kind: str) -> None:
    """Mark a span by the error's name: its text and its causes may name a file."""
    span.set_attribute("error.type", kind)
    span.set_status(trace.StatusCode.ERROR)
