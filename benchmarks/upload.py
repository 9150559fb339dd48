"""How fast CVs go up from disk, and what that costs the host: 50 files an upload, four uploads at once.

    python benchmarks/upload.py [--rounds 3]

Each measurement is a process of its own, so that one client's memory is not another's. Ours hashes every byte that it
sends, so that what was checked is what is sent; aiohttp's FormData and `curl -F` send what a file holds by then.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import peers

if __name__ == "__main__":
    peers.enter()

from answering import answering
from tables import ratio, table

FILES, AT_ONCE, TICK = 50, 4, 0.001
SIZES = (200_000, 2_000_000)
OURS, FORM, CURL = "cvsense_async", "aiohttp FormData", "curl -F"
PLAIN = "cvsense_async without hashes"
ANSWER = json.dumps({"success": True, "data": {"uploaded": FILES, "items": [], "rejected": [], "total_files": FILES}})


def upload_by_ours(base: str, files: list[Path], *, hashed: bool) -> Callable[[], Awaitable[None]]:
    """The session's own upload, as a screening run does it."""
    from cvsense_async import CVSenseSession, RateLimit
    from cvsense_async.api.screening import UploadFile

    def sha(path: Path) -> str | None:
        return hashlib.sha256(path.read_bytes()).hexdigest() if hashed else None

    parts = [
        UploadFile(path.name, "application/pdf", path.stat().st_size, lambda path=path: path.open("rb"), sha(path))
        for path in files
    ]

    async def upload() -> None:
        async with CVSenseSession("cvs_key", base, RateLimit(10**9, per=1)) as session:
            await session.account.credits()  # the HTTP stack is loaded and the limiter knows the server
            await measured(lambda: session.screening.upload(1, parts))

    return upload


def upload_by_form(base: str, files: list[Path]) -> Callable[[], Awaitable[None]]:
    """What one writes by hand."""
    import aiohttp

    async def upload() -> None:
        async with aiohttp.ClientSession() as http:

            async def once() -> None:
                form = aiohttp.FormData()
                for path in files:
                    file = path.open("rb")
                    form.add_field("files[]", file, filename=path.name, content_type="application/pdf")
                async with http.post(f"{base}/screening/batch/1/upload", data=form) as response:
                    await response.read()

            async with http.get(f"{base}/account/credits") as response:
                await response.read()
            await measured(once)

    return upload


async def measured(once: Callable[[], Awaitable[object]]) -> None:
    """Upload four times at once, and print the seconds, the growth of memory in bytes and the longest stall."""
    import psutil

    process, stall, ended = psutil.Process(), 0.0, threading.Event()
    before = most = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.005):
            most = max(most, process.memory_info().rss)

    async def tick() -> None:
        nonlocal stall
        while True:
            then = time.perf_counter()
            await asyncio.sleep(TICK)
            stall = max(stall, time.perf_counter() - then - TICK)

    watcher, ticks = threading.Thread(target=watch), asyncio.create_task(tick())
    watcher.start()
    started, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(once() for _ in range(AT_ONCE)))
    took, cpu = time.perf_counter() - started, time.process_time() - used
    ended.set()
    watcher.join()
    ticks.cancel()
    print(json.dumps({"seconds": took, "cpu": cpu, "memory": most - before, "stall": stall}))


def run_curl(base: str, files: list[Path]) -> dict[str, float]:
    """Four processes of curl at once."""
    command = ["curl", "--silent", "--output", os.devnull, "--header", "Expect:"]
    for path in files:
        command += ["--form", f"files[]=@{path};type=application/pdf"]
    started = time.perf_counter()
    running = [subprocess.Popen([*command, f"{base}/screening/batch/1/upload"]) for _ in range(AT_ONCE)]
    if any(each.wait() for each in running):
        raise SystemExit("curl failed")
    return {"seconds": time.perf_counter() - started}


def run(client: str, base: str, folder: Path) -> dict[str, float]:
    """One measurement in a process of its own."""
    files = sorted(folder.iterdir())
    if client == CURL:
        return run_curl(base, files)
    made = subprocess.run(
        [sys.executable, __file__, "--worker", client, base, str(folder)], check=True, capture_output=True, text=True
    )
    said: dict[str, float] = json.loads(made.stdout)
    return said


def work(client: str, base: str, folder: str) -> None:
    """Be one client."""
    files = sorted(Path(folder).iterdir())
    made = upload_by_form(base, files) if client == FORM else upload_by_ours(base, files, hashed=client == OURS)
    asyncio.run(made())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(*given.worker)
        return
    rows: list[list[str]] = []
    credits = json.dumps({"success": True, "data": {"balance": 1}})
    with answering({"/account/credits": credits, "/screening/batch/1/upload": ANSWER}) as base:
        for size in SIZES:
            with tempfile.TemporaryDirectory() as name:
                for number in range(FILES):
                    (Path(name) / f"cv-{number}.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(size - 9))
                said: dict[str, list[dict[str, float]]] = {client: [] for client in (FORM, OURS, PLAIN, CURL)}
                for _ in range(given.rounds):
                    for client, those in said.items():
                        those.append(run(client, base, Path(name)))
            speeds = {client: [1 / each["seconds"] for each in those] for client, those in said.items()}
            for client, those in said.items():
                mb = FILES * AT_ONCE * size / 1e6 / statistics.median(each["seconds"] for each in those)
                host = ["", ""]
                if client != CURL:
                    memory, stall = (max(each[what] for each in those) for what in ("memory", "stall"))
                    host = [f"{memory / 2**20:.1f}", f"{stall * 1000:.0f}"]
                rows.append([f"{size // 1000} KB", client, f"{mb:.0f}", f"{ratio(speeds, client, FORM):.2f}", *host])
    table(["file", "client", "MB a second", "speed against FormData", "memory +MiB, most", "longest stall, ms"], rows)


if __name__ == "__main__":
    main()
