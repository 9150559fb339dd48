"""What the sandbox does in a second, and the memory that it takes: requests, uploads, and CVs that its engine screens.

    python benchmarks/sandbox_speed.py [--cvs 200 | --folder CVS] [--seconds 3]

The sandbox runs as users run it, in a process of its own on a real socket, with its rate limit out of the way; its
client is bare aiohttp on the same cores, so CPU time tells more than speed does where the machine has other work. CVs
are invented unless a folder of PDF and DOCX files is given; their time runs from the start of their batch to its end,
uploads not counted. Memory is the most that the server and its workers held together, sampled. It is so because users'
tests run against it, and its speed is theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import invented
import psutil
from handwritten import CV, Script, chunks
from tables import parser, row, table
from watching import running

from cvsense_async import Sandbox

AT_ONCE, PAGE, POLL = 16, 100, 0.02
MIB = 2**20


class Usage:
    """What a sandbox's server and its workers have used of the machine: CPU time, and the most memory, in bytes."""

    def __init__(self, pid: int) -> None:
        self._server = psutil.Process(pid)
        self.server = self.workers = 0

    async def watch(self) -> None:
        """Look ten times a second."""
        while True:
            with contextlib.suppress(psutil.NoSuchProcess):
                server = self._server.memory_info().rss
                workers = sum(each.memory_info().rss for each in self._server.children(recursive=True))
                if server + workers > self.server + self.workers:
                    self.server, self.workers = server, workers
            await asyncio.sleep(0.1)

    def cpu(self) -> tuple[float, float]:
        """Seconds of CPU time so far: the server's, and those of the workers that live."""
        spent = [sum(each.cpu_times()[:2]) for each in (self._server, *self._server.children(recursive=True))]
        return spent[0], sum(spent[1:])


def new_sandbox(workers: int) -> Sandbox:
    """A sandbox whose rate limit nobody meets."""
    return Sandbox(credits=10**9, rate_limit=(10**6, 1.0), workers=workers)


@contextlib.asynccontextmanager
async def client_of(sandbox: Sandbox) -> AsyncIterator[Script]:
    """A bare client."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {sandbox.api_key}"}) as http:
        yield Script(http, sandbox.url, None, second=POLL / 5)


async def repeated(call: Callable[[], Awaitable[object]], seconds: float, at_once: int) -> int:
    """How many calls are done, so many at once."""
    done, started = 0, time.perf_counter()

    async def some() -> None:
        nonlocal done
        while time.perf_counter() < started + seconds:
            await call()
            done += 1

    await asyncio.gather(*(some() for _ in range(at_once)))
    return done


async def requests(seconds: float) -> None:
    """Print the table of requests."""
    async with new_sandbox(1) as sandbox, client_of(sandbox) as client:
        usage = Usage(sandbox.pid)
        for number in range(PAGE):
            job = {"title": f"Job {number}", "description": "<p>To do much.</p>" * 20, "location": "Leeds"}
            await client.call("POST", "/jobs", json=job)
        files = [(f"cv-{number}.pdf", invented.cv(number)) for number in range(50)]
        size = sum(len(content) for _, content in files)

        async def upload() -> None:
            batch = await client.call("POST", "/screening/batch", json=invented.JOB)
            await client.call("POST", f"/screening/batch/{batch['id']}/upload", files=files)

        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "GET /account/credits": lambda: client.call("GET", "/account/credits"),
            f"GET /jobs, a page of {PAGE}": lambda: client.call("GET", f"/jobs?per_page={PAGE}"),
            f"a new batch and 50 CVs uploaded ({size / 1000:.0f} KB)": upload,
        }
        table(["what", "a second, one by one", f"a second, {AT_ONCE} at once", "CPU of the server, ms each"])
        async with running(usage.watch()):
            for name, call in calls.items():
                await call()
                before, _ = usage.cpu()
                counts = [await repeated(call, seconds, at_once) for at_once in (1, AT_ONCE)]
                cpu = (usage.cpu()[0] - before) / sum(counts)
                row([name, *(f"{count / seconds:.0f}" for count in counts), f"{cpu * 1000:.1f}"])
        print(f"\nmemory of the server: {usage.server / MIB:.0f} MiB at most\n")


async def screened(cvs: list[CV], workers: int) -> tuple[float, tuple[float, float], Usage]:
    """Screen CVs in one batch with so many workers; gives CVs a second, CPU seconds a CV, and what was used."""
    async with new_sandbox(workers) as sandbox, client_of(sandbox) as client:
        usage = Usage(sandbox.pid)
        warm = await client.begin(invented.JOB, [("warm.pdf", invented.cv(-1 - each)) for each in range(2 * workers)])
        await client.end(warm)
        batch = (await client.call("POST", "/screening/batch", json=invented.JOB))["id"]
        for files in chunks(cvs, 50):
            await client.call("POST", f"/screening/batch/{batch}/upload", files=files)
        async with running(usage.watch()):
            before, started = usage.cpu(), time.perf_counter()
            await client.call("POST", f"/screening/batch/{batch}/start")
            await client.end(batch)
            speed = len(cvs) / (time.perf_counter() - started)
            server, own = ((now - then) / len(cvs) for now, then in zip(usage.cpu(), before, strict=True))
            return speed, (server, own), usage


async def main() -> None:
    """Print both tables."""
    arguments = parser(__doc__)
    arguments.add_argument("--cvs", type=int, default=200, help="how many CVs are invented")
    arguments.add_argument("--folder", type=Path, help="a folder of PDF and DOCX files to screen instead")
    arguments.add_argument("--seconds", type=float, default=3.0, help="how long each request is repeated")
    given = arguments.parse_args()
    await requests(given.seconds)
    if given.folder is None:
        cvs = [(f"cv-{number}.pdf", invented.cv(number)) for number in range(given.cvs)]
    else:
        found = sorted(each for each in given.folder.iterdir() if each.suffix.lower() in (".pdf", ".docx"))
        cvs = [(each.name, each.read_bytes()) for each in found]
    heads = ["CVs", "workers", "CVs a second", "against one worker"]
    table([*heads, "worker CPU a CV, ms", "server CPU a CV, ms", "workers MiB", "server MiB"])
    alone = 0.0
    for workers in (1, 2):
        speed, (server, own), usage = await screened(cvs, workers)
        alone = alone or speed
        of = f"{len(cvs)} {'invented' if given.folder is None else 'of the folder'}"
        used = (own * 1000, server * 1000, usage.workers / MIB, usage.server / MIB)
        row([of, workers, f"{speed:.1f}", f"{speed / alone:.2f}", *(f"{each:.0f}" for each in used)])


if __name__ == "__main__":
    asyncio.run(main())
