"""The promises under a real throttle on a real socket, with the period scaled so that they show in seconds."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import cvs, session_at, stand_in

import cvsense_async as cv

JOB = cv.JobDescription("Data engineer", "SQL and Python.")
LIMIT, PERIOD = 60, 2.0


@pytest.mark.parametrize(
    ("throttle", "burst", "strict"),
    [
        ("fixed", 0, False),
        ("sliding-log", 0, False),
        ("gcra", LIMIT, False),
        ("sliding-counter", 0, True),
        ("gcra", 10, True),
    ],
)
async def test_no_429_and_the_quota_is_used(throttle: str, burst: int, strict: bool) -> None:
    """Under each window that the mode promises: no 429, nearly all of the quota used, everything screened once."""
    switches = {"throttle": throttle, "limit": LIMIT, "period": PERIOD, "burst": burst, "process": True}
    async with (
        stand_in(**switches) as server,
        session_at(server, rate_limit=cv.RateLimit(LIMIT, per=PERIOD, strict=strict)) as session,
    ):
        run = session.screen(cvs(240), job=JOB, batch_size=10, poll_interval=(0.17, 0.34))
        count = len([screened async for screened in run.results()])
        report, books = await server.report(), await server.ledger()
    assert count == 240
    assert report["answered_429"] == 0
    assert books["used"] == 240
    # How much of the quota is used is measured by benchmarks/quota.py; this holds that nothing is badly off.
    assert report["quota"]["share"] > 0.4, report["quota"]


async def test_a_new_start_after_a_kill_meets_no_429(tmp_path: Path) -> None:
    """A process is killed while it uses the whole quota; one that starts at once finds out first what is left."""
    script = tmp_path / "bulk.py"
    script.write_text(
        "import asyncio, random, sys\n"
        "import cvsense_async as cv\n"
        "async def main():\n"
        "    async with cv.CVSenseSession(sys.argv[1], sys.argv[2], cv.RateLimit(60, per=3.0)) as session:\n"
        "        async def one():\n"
        "            while True:\n"
        "                await session.account.credits()\n"
        "        await asyncio.gather(*(one() for _ in range(20)))\n"
        "asyncio.run(main())\n"
    )
    async with stand_in(throttle="fixed", limit=60, period=3.0, process=True) as server:
        command = [sys.executable, str(script), server.api_key, server.url]
        for _ in range(3):
            before = len(await server.log())
            process = subprocess.Popen(command)
            for _ in range(600):  # how long a process takes to start says how busy the machine is
                if len(await server.log()) > before:
                    break
                await asyncio.sleep(0.05)
            await asyncio.sleep(1.6)
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
        log = await server.log()
    refused = [entry for entry in log if entry["status"] == 429]
    assert len(log) > 60
    assert len(refused) <= 3, "at most the first request of each start"


@pytest.mark.alone
async def test_the_loop_is_never_held(tmp_path: Path) -> None:
    """Files on disk, hashes, uploads and large answers: the host's loop keeps turning."""
    for name, content in cvs(150, size=200_000):
        (tmp_path / name).write_bytes(content)
    longest, running = 0.0, True

    async def watch() -> None:
        nonlocal longest
        while running:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before - 0.001)

    async with stand_in(process=True) as server, session_at(server) as session:
        await session.account.credits()  # what is loaded at the first answer is loaded
        async for _ in session.screen(cvs(1), job=JOB, poll_interval=(0.05, 0.1)):
            pass
        watcher = asyncio.create_task(watch())
        run = session.screen(tmp_path, job=JOB, poll_interval=(0.05, 0.1))
        count = len([screened async for screened in run.results()])
        running = False
        await watcher
    assert count == 150
    assert longest < 0.25, f"held for {longest * 1000:.0f} ms"  # 20 ms on a quiet machine; a shared one adds its own


@pytest.mark.alone
async def test_memory_does_not_grow_with_the_job() -> None:
    """Ten times the documents take hardly more memory."""

    async def stream(count: int) -> AsyncIterator[tuple[str, bytes]]:
        for file in cvs(count, size=2_000):
            yield file

    async def peak(count: int) -> int:
        async with stand_in(process=True) as server, session_at(server) as session:
            tracemalloc.start()
            async for _ in session.screen(stream(count), job=JOB, poll_interval=(0.02, 0.05), max_open_batches=4):
                pass
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    await peak(50)
    small, large = await peak(150), await peak(1_500)
    assert large - small < 3_000_000, (small, large)


SECRETS = ("Jane Q. Candidate", "jane.candidate@example.org", "jane-candidate-cv.pdf", "+44 7700 900123")


async def test_nothing_personal_leaks(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """No name, address, file name or key of a run stands in a log line, a repr or an error's text."""
    caplog.set_level("DEBUG")
    shown: list[str] = []
    files = [
        (SECRETS[2], b"%PDF-1.7 " + " ".join(SECRETS).encode()),
        ("jane-candidate-cv.docx", b"PK nothing"),
        ("jane-candidate-copy.pdf", b"%PDF-1.7 " + " ".join(SECRETS).encode()),
    ]
    rules = [{"op": "upload", "kind": "drop_before", "calls": [1]}, {"op": "results", "kind": "500", "calls": [1]}]
    async with stand_in(faults=rules, fates=[{"fate": "missing", "batches": [2], "items": 1}]) as server:
        async with session_at(server) as session:
            run = session.screen(
                files, job=JOB, poll_interval=(0.02, 0.05), on_progress=lambda p: shown.append(repr(p))
            )
            async for batch in run:
                shown += [repr(batch), repr(batch.results), repr(batch.rejected), repr(batch.unsettled)]
                shown += [repr(batch.failed), str(batch.failure), repr(batch.failure)]
                shown += [repr(screened.document) + repr(screened.result) for screened in batch]
            shown += [repr(run), repr(run.summary), repr(session)]
        key = server.api_key
    captured = capfd.readouterr()
    everything = "\n".join([*shown, caplog.text, captured.out, captured.err])
    for secret in (*SECRETS, "jane-candidate", key):
        assert secret not in everything, secret
