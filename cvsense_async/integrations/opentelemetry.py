"""Traces and metrics in OpenTelemetry's conventions; a session uses it by itself where the process has loaded it.

Attributes name calls by their template and nothing by its value, so that no trace says whose CV it was. Each request is
a client span of its own [semantic conventions for HTTP: retries], within one span for the call that it serves, which
begins before the wait for the rate limit and so shows it. Needs `opentelemetry-api`; what is done with the spans is up
to the application's SDK.
"""

from __future__ import annotations

import functools
import sys
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
API = ("opentelemetry.trace", "opentelemetry.metrics")
"""Where the providers are written that the API has by itself: they take everything in and give it to nobody."""

LOOK_SECONDS = 0.1
"""How soon a provider is noticed that is set while calls are made."""
INSTRUMENTATION = "opentelemetry.instrumentation.aiohttp_client"
"""It may have a provider of its own, and must be told to leave our requests alone."""

# Instrumentation of aiohttp leaves requests under this key alone, which would tell of each a second time, with ids.
_ALONE: str | None = getattr(context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", None)
# The W3C's header only: baggage is the application's own, may hold anything, and stays here.
_propagator = TraceContextTextMapPropagator()


class OpenTelemetry:
    """Watches sessions: `CVSenseSession(observer=OpenTelemetry(tracer_provider=…))`. Make one, and share it.

    Without arguments it uses the process's global providers, which is what a session does by itself. While the
    application has set none, nobody would hear of a call, and it costs next to nothing.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        self._given = tracer_provider is not None or meter_provider is not None
        self._given_globally = False
        self._looks_at = 0.0
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
        """The observer of a session that opens."""
        url = URL(base_url)
        server: dict[str, str | int] = {"server.address": url.host or ""}
        if url.port is not None:
            server["server.port"] = url.port
        others = [slots for slots in self._watched if slots.open() not in (None, limiter)]
        self._watched = (*others, _Slots(weakref.ref(limiter), server))
        return _Calls(self, base_url, url.raw_path.rstrip("/"), server)

    def heard(self) -> bool:
        """Whether anybody takes in what is told now, or a trace passes through that must go on."""
        if self._given:
            return True
        now = time.monotonic()
        if now >= self._looks_at:  # to ask for a provider costs more than all the rest
            self._looks_at = now + LOOK_SECONDS
            idle = _idle(trace.get_tracer_provider()) and _idle(metrics.get_meter_provider())
            self._given_globally = not idle or INSTRUMENTATION in sys.modules
        return self._given_globally or trace.get_current_span() is not trace.INVALID_SPAN

    def _free(self, options: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        free: dict[tuple[tuple[str, str | int], ...], int] = {}
        counted: list[object] = []  # event loops that share a bucket share its slots
        for slots in self._watched:
            limiter = slots.open()
            if limiter is not None and limiter.quota not in counted:
                counted.append(limiter.quota)
                key = tuple(slots.server.items())
                free[key] = free.get(key, 0) + limiter.state.free  # several keys at one address
        return [metrics.Observation(count, dict(key)) for key, count in free.items()]


def _idle(provider: object) -> bool:
    return type(provider).__module__.startswith(API)


@functools.cache
def found() -> OpenTelemetry:
    """The one that sessions share which were given none: it uses the global providers."""
    return OpenTelemetry()


@attrs.frozen
class _Slots:
    """A limiter that metrics are read of, by threads of their own."""

    limiter: weakref.ref[Limiter]
    server: Mapping[str, str | int]

    def open(self) -> Limiter | None:
        limiter = self.limiter()
        return None if limiter is None or limiter.closed else limiter


@attrs.frozen
class _Calls:
    """The calls of one session."""

    telemetry: OpenTelemetry
    base_url: str
    prefix: str
    server: Mapping[str, str | int]

    def call(self, endpoint: Endpoint, lane: Lane) -> ObservedCall | None:
        if not self.telemetry.heard():
            return None
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
