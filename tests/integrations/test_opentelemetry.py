"""Traces and metrics as an application's SDK receives them, against a server on a socket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import FAST, QUICK_POLLS, QUICK_RETRIES, cvs, session_at, stand_in

pytest.importorskip("opentelemetry.sdk")

from opentelemetry import baggage, context, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import cvsense_async as cv
from cvsense_async.integrations.opentelemetry import OpenTelemetry

KEY = "cvs_key_of_nobody"
BALANCE = {"success": True, "data": {"balance": 5}}


class Telemetry:
    """An SDK that keeps in memory what it is told, and the observer that tells it."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])
        self.observer = OpenTelemetry(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def points(self) -> dict[str, list[tuple[dict[str, Any], Any]]]:
        """Each metric's attributes and values; a histogram's value is its count."""
        read: dict[str, list[tuple[dict[str, Any], Any]]] = {}
        gathered = self.reader.get_metrics_data()
        for resource in gathered.resource_metrics if gathered is not None else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    read[metric.name] = [
                        (dict(point.attributes or {}), getattr(point, "value", getattr(point, "count", None)))
                        for point in metric.data.data_points
                    ]
        return read


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@asynccontextmanager
async def answering(*answers: tuple[int, Any]) -> AsyncIterator[tuple[str, list[Any]]]:
    """A server that gives these answers one after the other, the last one again and again; the headers it got."""
    heads: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        heads.append(request.headers)
        status, body = answers[min(len(heads), len(answers)) - 1]
        headers = {"Location": body} if 300 <= status < 400 else {}
        return web.json_response(body, status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}/api/v1", heads


def session_with(telemetry: Telemetry, url: str, **settings: Any) -> cv.CVSenseSession:
    return cv.CVSenseSession(KEY, url, rate_limit=FAST, retries=QUICK_RETRIES, observer=telemetry.observer, **settings)


def of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_span_for_the_call_and_one_for_each_request(telemetry: Telemetry) -> None:
    """By the HTTP conventions: a client span each request, counted when it is sent again, within the call's own."""
    async with answering((503, {}), (200, BALANCE)) as (url, _), session_with(telemetry, url) as session:
        await session.account.credits()
    first, second, call = telemetry.spans
    port = int(url.split(":")[2].split("/")[0])
    about = {
        "http.request.method": "GET",
        "url.template": "/api/v1/account/credits",
        "server.address": "127.0.0.1",
        "server.port": port,
        "cvsense.lane": "interactive",
        "cvsense.limiter.waited": 0.0,
    }
    whole = {**about, "url.full": f"{url}/account/credits"}
    assert of(first) == {**whole, "http.response.status_code": 503, "error.type": "503"}
    assert of(second) == {**whole, "http.response.status_code": 200, "http.request.resend_count": 1}
    assert of(call) == {**about, "http.request.resend_count": 1}
    assert [span.name for span in (first, call)] == ["GET /api/v1/account/credits", "cvsense.get_credits"]
    assert [span.kind for span in (first, second)] == [trace.SpanKind.CLIENT] * 2
    assert call.kind is trace.SpanKind.INTERNAL
    for request in (first, second):
        assert request.parent is not None
        assert call.context is not None
        assert request.parent.span_id == call.context.span_id
    assert [span.status.status_code for span in (first, second, call)] == [
        trace.StatusCode.ERROR,
        trace.StatusCode.UNSET,
        trace.StatusCode.UNSET,
    ]


async def test_a_call_that_fails(telemetry: Telemetry) -> None:
    """The error's name is the type, on the request that had no answer and on the call; no text, no stack."""
    async with session_with(telemetry, "http://127.0.0.1:9") as session:
        with pytest.raises(cv.ConnectionFailed):
            await session.account.credits()
    *requests, call = telemetry.spans
    assert len(requests) == QUICK_RETRIES.attempts
    for span in (*requests, call):
        assert of(span)["error.type"] == "ConnectionFailed"
        assert "http.response.status_code" not in of(span)
        assert span.status.status_code is trace.StatusCode.ERROR
        assert span.status.description is None
        assert not span.events


async def test_spans_stand_where_the_caller_stands(telemetry: Telemetry) -> None:
    """A call's span is a child of the caller's, and the caller's is the current one again afterwards."""
    tracer = telemetry.tracers.get_tracer("app")
    async with answering((200, BALANCE)) as (url, _), session_with(telemetry, url) as session:
        with tracer.start_as_current_span("request") as outer:
            await asyncio.gather(session.account.credits(), session.account.credits())
            assert trace.get_current_span() is outer
    calls = [span for span in telemetry.spans if span.name == "cvsense.get_credits"]
    assert [span.parent.span_id for span in calls if span.parent] == [outer.get_span_context().span_id] * 2


async def test_the_trace_goes_to_the_service_and_nowhere_else(telemetry: Telemetry) -> None:
    """`traceparent` names the request's own span; baggage stays here, and a redirect takes neither anywhere."""
    async with (
        answering((200, BALANCE)) as (elsewhere, strangers),
        answering((307, f"{elsewhere}/account/credits"), (200, BALANCE)) as (url, heads),
        session_with(telemetry, url) as session,
    ):
        token = context.attach(baggage.set_baggage("visitor", "somebody@example.com"))
        with pytest.raises(cv.UnexpectedRedirect):
            await session.account.credits()
        await session.account.credits()
        context.detach(token)
    assert not strangers
    requests = [span for span in telemetry.spans if span.kind is trace.SpanKind.CLIENT]
    for head, span in zip(heads, requests, strict=True):
        assert span.context is not None
        assert head["traceparent"].startswith(f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-")
        assert "baggage" not in head


async def test_metrics_of_the_limiter_and_of_requests(telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    """Granted, refused and waited by lane, and the time of each request; free slots, to any thread that asks."""
    caplog.set_level("DEBUG", "cvsense_async")
    rate = cv.RateLimit(40, per=0.4)
    async with (
        answering((429, {}), (200, BALANCE)) as (url, _),
        cv.CVSenseSession(KEY, url, rate_limit=rate, retries=QUICK_RETRIES, observer=telemetry.observer) as session,
    ):
        await session.with_options(lane=cv.Lane.POLL).account.credits()
        await session.account.credits()
        free = session.limiter.state.free
        here, there = telemetry.points(), await asyncio.to_thread(telemetry.points)
    second, call = telemetry.spans[1:3]  # after a 429 nobody goes for a while
    assert of(second)["cvsense.limiter.waited"] == of(call)["cvsense.limiter.waited"] > 0.03
    assert [vars(record)["waited"] > 0.03 for record in caplog.records if record.levelname == "DEBUG"] == [True, False]
    polls, people = {"cvsense.lane": "poll"}, {"cvsense.lane": "interactive"}
    assert here["cvsense.limiter.refused"] == [(polls, 1)]
    for name in ("cvsense.limiter.granted", "cvsense.limiter.wait.duration"):
        assert here[name] == [(polls, 2), (people, 1)]
    requests = [(about["http.response.status_code"], count) for about, count in here["http.client.request.duration"]]
    assert requests == [(429, 1), (200, 2)]
    for told in (here, there):
        ((server, count),) = told["cvsense.limiter.free"]
        assert server["server.address"] == "127.0.0.1"
        assert 30 < free <= count <= 40
    assert "cvsense.limiter.free" not in telemetry.points()  # the session is closed


async def test_nothing_personal_and_no_key_in_any_attribute(telemetry: Telemetry) -> None:
    """A run with faults, and calls whose values are names: traces and metrics hold templates, numbers and errors."""
    people = ("Greta Holm", "greta.holm@example.com", "07700 900321", "greta-holm-cv.pdf")
    document = b"%PDF-1.7\n" + " ".join(people).encode()
    rules = [{"op": "upload", "kind": "drop_after", "calls": [1]}, {"op": "results", "kind": "500", "calls": [1]}]
    async with stand_in(faults=rules) as server:
        async with session_at(server, observer=telemetry.observer) as session:
            run = session.screen(
                [(people[3], document), *cvs(2)], job=cv.JobDescription("Cook", people[0]), poll_interval=QUICK_POLLS
            )
            assert len([screened async for screened in run.results()]) == 3
            with pytest.raises(cv.NotFound):
                await session.jobs.get(people[0])
            await session.candidates.list(job_id=people[1])
            with pytest.raises(cv.CVSenseError):
                await session.jobs.create(title=people[0] * 40, description=people[2], location=people[1])
        key = server.api_key
    told = "\n".join([span.to_json() for span in telemetry.spans] + [repr(telemetry.points())])
    assert "upload_cvs" in told
    for secret in (*people, "greta", "Greta", "900321", key):
        assert secret not in told, secret


SCRIPT = """
import asyncio, sys
{before}
from cvsense_async import CVSenseSession
async def main():
    async with CVSenseSession("cvs_key", sys.argv[1]) as session:
        await session.account.credits()
asyncio.run(main())
{after}
"""

SET_UP = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
kept = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (SET_UP, "print([span.name for span in kept.get_finished_spans()])", "cvsense.get_credits"),
        ("", "print([name for name in sys.modules if 'opentelemetry' in name])", "[]"),
        ("import types; sys.modules['opentelemetry'] = types.ModuleType('opentelemetry')", "print('well')", "well"),
    ],
    ids=["set up", "not loaded", "a part only"],
)
async def test_found_by_itself(before: str, after: str, said: str) -> None:
    """An application that has set OpenTelemetry up gets its spans; one that has not loaded it does not load it here."""
    async with answering((200, BALANCE)) as (url, _):
        script = SCRIPT.format(before=before, after=after)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", script, url, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert said in out.decode()


COUNTED = """
import asyncio, sys
from opentelemetry import trace
spans = []
real = trace.ProxyTracer.start_span
trace.ProxyTracer.start_span = lambda self, *args, **more: spans.append(args[0]) or real(self, *args, **more)
from cvsense_async import CVSenseSession
async def main():
    async with CVSenseSession("cvs_key", sys.argv[1]) as session:
        {inside}
        await session.account.credits()
asyncio.run(main())
print(spans)
"""

REMOTE = """from opentelemetry import context
        passing = trace.SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True, trace.TraceFlags(1))
        context.attach(trace.set_span_in_context(trace.NonRecordingSpan(passing)))"""


@pytest.mark.parametrize(
    ("inside", "spans"),
    [("pass", 0), (SET_UP.strip().replace("\n", "\n        "), 2), (REMOTE, 2)],
    ids=["nobody hears", "set up after the session opened", "a trace passes through"],
)
async def test_a_call_is_told_of_only_where_somebody_hears(inside: str, spans: int) -> None:
    """The API alone, as frameworks load it, costs no span; a provider that comes later, and a trace, are served."""
    async with answering((200, BALANCE)) as (url, heads):
        script = COUNTED.format(inside=inside)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", script, url, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert out.decode().count("'") == 2 * spans
    assert ("traceparent" in heads[0]) == bool(spans)
    if inside == REMOTE:
        assert "0af7651916cd43dd8448eb211c80319c" in heads[0]["traceparent"]


def test_without_opentelemetry_it_says_what_to_install() -> None:
    """`MissingExtra` names the command."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try:\n    import cvsense_async.integrations.opentelemetry\n"
        "except ImportError as error:\n    print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingExtra")
    assert 'pip install "cvsense-async[opentelemetry]"' in done.stdout
