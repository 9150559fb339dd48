"""Real servers with their default settings, as processes: no credit stays reserved when a visitor leaves, or when the
server is asked to stop in the middle of a stream."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from conftest import session_at, stand_in
from integrations.test_fastapi import events_of, settled

pytest.importorskip("fastapi")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process there at once")

HERE = Path(__file__).parents[1]
APP = "integrations.served_app:app"
START = 30.0
KUBERNETES = 30.0
"""Seconds between SIGTERM and SIGKILL there [terminationGracePeriodSeconds]; gunicorn gives its workers as many."""

HYPERCORN = "hypercorn"
"""Its worker has no signal: its parent tells it, and it cuts what is open after `graceful_timeout` (3 s)."""

SERVERS = {
    "uvicorn": ("uvicorn", ["-m", "uvicorn", APP, "--port", "PORT"]),
    HYPERCORN: ("hypercorn", ["-m", "hypercorn", APP, "--bind", "127.0.0.1:PORT"]),
    "granian": ("granian", ["-m", "granian", APP, "--interface", "asgi", "--port", "PORT"]),
    "gunicorn": (
        "uvicorn_worker",
        ["-m", "gunicorn", APP, "--worker-class", "uvicorn_worker.UvicornWorker", "--bind", "127.0.0.1:PORT"],
    ),
}


@contextlib.asynccontextmanager
async def served(name: str, service: Any, journals: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The application behind a server; gives the process and the address."""
    module, command = SERVERS[name]
    pytest.importorskip(module)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {
        **os.environ,
        "SERVED_URL": service.url,
        "SERVED_KEY": service.api_key,
        "SERVED_JOURNALS": str(journals),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *[word.replace("PORT", port) for word in command],
        cwd=HERE,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def opened(http: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process) -> None:
    """Wait until it serves."""
    async with asyncio.timeout(START):
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"{url}/ready") as answer:
                    assert answer.status == 200, await answer.text()
                    return
            await asyncio.sleep(0.05)
    raise AssertionError((await process.communicate())[0].decode())


async def begun(answer: aiohttp.ClientResponse, uploaded: int) -> None:
    """Read a stream until so many of its CVs are at the service."""
    async for name, content in events_of(answer):
        if name == "progress" and content["uploaded"] == uploaded:
            return
    raise AssertionError("the stream ended")


async def read(answer: aiohttp.ClientResponse) -> list[tuple[str, Any]]:
    """The rest of a stream."""
    return [event async for event in events_of(answer)]


@pytest.mark.parametrize("name", SERVERS)
async def test_a_visitor_who_leaves_and_a_server_that_stops(name: str, tmp_path: Path) -> None:
    """One server with its defaults. A visitor who leaves: refunded. SIGTERM with two streams and a plain answer open:
    it ends long before it would be killed; what has no journal is refunded and its visitor told, what has one goes on
    at the service, and `resume` collects it."""
    async with (
        stand_in(seconds_per_cv=0.2, workers=1) as service,
        served(name, service, tmp_path) as (process, url),
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http,
    ):
        await opened(http, url, process)

        async with http.post(f"{url}/stream") as answer:
            await begun(answer, 20)
            answer.close()
        books = await settled(service)
        assert not books["held_by_batch"]
        before = books["used"]
        assert before < 15

        plain = asyncio.create_task(http.post(f"{url}/whole").__aenter__())
        stream = await http.post(f"{url}/stream")
        kept = await http.post(f"{url}/stream?count=10&journal=run.db")
        await begun(kept, 10)
        await begun(stream, 20)
        while len(await service.batches()) < 2 + 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        loop = asyncio.get_running_loop()
        asked = loop.time()
        if name == HYPERCORN:
            for each in (read(stream), read(kept), plain):
                with contextlib.suppress(aiohttp.ClientError):
                    await each
        else:
            for answer in (stream, kept):
                word, content = (await read(answer))[-1]
                assert (word, content.get("type")) == ("problem", "urn:cvsense-async:problem:closing")
            assert (await plain).status == 503
        said, _ = await asyncio.wait_for(process.communicate(), KUBERNETES)
        took = loop.time() - asked
        assert took < KUBERNETES / 3, said.decode()
        own = () if name == HYPERCORN else (b"Traceback",)  # it prints one of its own for each connection that it cuts
        for trouble in (b"Unclosed", b"never retrieved", *own):
            assert trouble not in said, said.decode()

        if name != HYPERCORN:  # in its 3 s some have ended
            states = [batch["state"] for batch in await service.batches()]
            assert len([state for state in states if state not in ("cancelled", "cancelling")]) == 1
            assert (await service.ledger())["used"] - before < 25
        async with session_at(service) as session, session.resume(tmp_path / "run.db", journal_cvs(10)) as run:
            assert len([screened async for screened in run.results()]) == 10
        assert not (await settled(service))["held_by_batch"]


def journal_cvs(count: int) -> list[tuple[str, bytes]]:
    """The sources of the run with the journal: bytes, which only their owner can give again."""
    return [(f"cv-{number}.pdf", b"%%PDF-1.7 run.db %d" % number) for number in range(count)]
