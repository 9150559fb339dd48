"""Whether `examples/fastapi_app` stays as it is: memory, tasks and descriptors while visitors come and go for minutes.

    python benchmarks/soak.py [--minutes 10] [--visitors 4]

The application runs under uvicorn in a process of its own with the sandbox that it brings, as it stands but for a
route that counts its tasks and its open runs. Visitors upload small CVs and read the stream to its end, leave in the
middle, are sent by another site, send what is no CV, look at the page. At the end it is asked to stop in the middle of
a stream, and must be gone soon and leave no process. It fails where a figure grows: a service runs for months.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "fastapi_app"))

import aiohttp
import attrs
import psutil

GROWTH_MIB = 8.0
"""Between the second tenth and the last tenth of the time: caches fill at first, and the allocator keeps some."""


@attrs.frozen
class Sample:
    """What the application's process has at a moment; taken while visitors are there."""

    at: float
    rss: float
    sandbox_rss: float
    descriptors: int
    threads: int
    tasks: int
    runs: int


def serve(port: int) -> None:
    """The example, and a route that counts."""
    os.environ["PORT"] = str(port)
    import main as example
    import uvicorn

    @example.app.get("/soak")
    async def counted() -> dict[str, int]:
        return {"tasks": len(asyncio.all_tasks()), "runs": len(example.runs)}

    uvicorn.run(example.app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def form(chance: random.Random, number: int, cvs: int) -> aiohttp.FormData:
    """Some CVs that nobody has sent before, and something that is none."""
    made = aiohttp.FormData({"title": "Data engineer", "description": "Essential: Python. Desirable: SQL."})
    for each in range(cvs):
        words = b"%%PDF-1.7\n%% %d-%d-%d\n" % (number, each, chance.getrandbits(60))
        made.add_field("files", words + chance.randbytes(20_000), filename=f"cv-{each}.pdf")
    made.add_field("files", b"a letter", filename="letter.pdf")
    return made


async def visit(
    http: aiohttp.ClientSession, url: str, chance: random.Random, number: int, done: dict[str, int]
) -> None:
    """One visitor: what it does is drawn."""
    kind = chance.choices(["whole", "leaves", "foreign", "page"], [3, 3, 1, 3])[0]
    if kind == "page":
        for path in ("/", "/page/app.js", "/about"):
            async with http.get(url + path) as answer:
                await answer.read()
    elif kind == "foreign":
        headers = {"Origin": "https://other.example"}
        async with http.post(f"{url}/screenings", data=form(chance, number, 1), headers=headers) as answer:
            assert answer.status == 403, answer.status
    else:
        async with http.post(f"{url}/screenings", data=form(chance, number, 3)) as answer:
            assert answer.status == 200, answer.status
            if kind == "leaves":
                await asyncio.wait([asyncio.ensure_future(answer.content.readline())], timeout=5)
                await asyncio.sleep(chance.uniform(0, 6))
                answer.close()
            else:
                text = await answer.text()
                assert "event: end" in text, text[-300:]
    done[kind] = done.get(kind, 0) + 1


async def sample(http: aiohttp.ClientSession, url: str, process: psutil.Process, begun: float) -> Sample:
    async with http.get(f"{url}/soak") as answer:
        counted = await answer.json()
    children = process.children(recursive=True)
    return Sample(
        at=time.monotonic() - begun,
        rss=process.memory_info().rss / 2**20,
        sandbox_rss=sum(child.memory_info().rss for child in children) / 2**20,
        descriptors=process.num_fds(),
        threads=process.num_threads(),
        tasks=counted["tasks"],
        runs=counted["runs"],
    )


async def soak(url: str, process: psutil.Process, given: argparse.Namespace) -> tuple[list[Sample], dict[str, int]]:
    """Visitors until the time is over; gives the samples, the last one taken when all have gone."""
    begun, samples = time.monotonic(), list[Sample]()
    done: dict[str, int] = {}
    ends = begun + given.minutes * 60

    async def visitor(seed: int) -> None:
        chance, number = random.Random(seed), 0
        while time.monotonic() < ends:
            number += 1
            await visit(http, url, chance, seed * 1_000_000 + number, done)
            await asyncio.sleep(chance.uniform(0, 2))

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=180)) as http:
        async with asyncio.TaskGroup() as group:
            visitors = [group.create_task(visitor(seed)) for seed in range(given.visitors)]
            while time.monotonic() < ends:
                samples.append(await sample(http, url, process, begun))
                print(samples[-1], flush=True)
                await asyncio.sleep(min(10.0, given.minutes * 6))
            await asyncio.wait(visitors)
        await asyncio.sleep(8)  # those who left are left
        samples.append(await sample(http, url, process, begun))
    return samples, done


async def stopped(url: str, process: psutil.Process) -> float:
    """SIGTERM in the middle of a stream; gives the seconds until the process was gone."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/screenings", data=form(random.Random(1), 0, 3)) as made,
    ):
        await made.content.readline()
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        text = await made.text()
        assert "closing" in text or "event: end" in text, text[-300:]
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        await asyncio.sleep(0.05)
        assert time.monotonic() - begun < 30
    return time.monotonic() - begun


def report(samples: list[Sample], done: dict[str, int], took: float) -> bool:
    """Print the figures; whether none grows."""
    early, late = samples[len(samples) // 10 : len(samples) // 10 * 2 + 1], samples[-len(samples) // 10 - 1 : -1]
    print(f"visits: {done}; stopped in {took:.1f} s")
    good = True
    for name in ("rss", "sandbox_rss", "descriptors", "threads", "tasks", "runs"):
        first, last = (statistics.median(getattr(one, name) for one in some) for some in (early, late))
        rest = getattr(samples[-1], name)
        most = max(getattr(one, name) for one in samples)
        print(f"{name:12} early {first:8.1f}   late {last:8.1f}   most {most:8.1f}   at rest {rest:8.1f}")
        if name == "rss":
            good = good and last - first < GROWTH_MIB
    rest = samples[-1]
    return good and rest.runs == 0 and rest.tasks <= samples[0].tasks + 2


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--minutes", type=float, default=10.0)
    reader.add_argument("--visitors", type=int, default=4)
    reader.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    given = reader.parse_args()
    if given.serve:
        serve(given.serve)
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CVSENSE_")}
    child = subprocess.Popen([sys.executable, __file__, "--serve", str(port)], env=environment)
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < deadline, "the application did not start"
            time.sleep(0.1)
        url, process = f"http://127.0.0.1:{port}", psutil.Process(child.pid)
        children = process.children(recursive=True)
        samples, done = asyncio.run(soak(url, process, given))
        took = asyncio.run(stopped(url, process))
        code = child.wait(10)
        good: Any = report(samples, done, took)
        left = [one for one in children if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        print(f"exit status {code}; processes left: {len(left)}")
        sys.exit(0 if good and not left else 1)
    finally:
        child.kill()


if __name__ == "__main__":
    main()
