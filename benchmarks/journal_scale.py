"""What a journal costs as a run grows: time, memory and bytes for each CV, from a lazy source at a local service."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from contract_server import ContractServer

import cvsense_async as cv


def files(count: int) -> Iterator[tuple[str, bytes]]:
    """So many CVs, made when they are asked for."""
    chance = random.Random(count)
    for number in range(count):
        yield f"cv-{number}.pdf", b"%PDF-1.7\n" + chance.randbytes(300)


def size_of(folder: Path) -> int:
    """Bytes of a journal and what stands beside it."""
    return sum(each.stat().st_size for each in folder.iterdir())


async def measure(count: int, folder: Path, *, journal: bool) -> str:
    """Screen so many CVs, with a journal or without, and resume the finished run."""
    process = psutil.Process()
    path = folder / f"{count}.db"
    async with (
        ContractServer(process=True, throttle="none", seconds_per_cv=0.0, workers=50) as server,
        cv.CVSenseSession(server.api_key, server.url, rate_limit=cv.RateLimit(100_000, per=1.0)) as session,
    ):
        job = cv.JobDescription("Engineer", "Python.")
        started, cpu, most = time.monotonic(), process.cpu_times().user, 0
        before = process.memory_info().rss
        run = session.screen(
            files(count), job=job, batch_size=50, journal=path if journal else None, poll_interval=(0.02, 0.05)
        )
        async for _ in run:
            most = max(most, process.memory_info().rss)
        took, used = time.monotonic() - started, process.cpu_times().user - cpu
        words = f"{count:6} CVs, journal {journal!s:5}: {took:6.1f} s, {used / count * 1e3:5.2f} ms of CPU a CV, "
        words += f"memory +{(most - before) / 2**20:5.1f} MiB"
        if journal:
            size = size_of(folder)
            started = time.monotonic()
            given = sum([len(batch) async for batch in session.resume(path, files(count))])
            words += f", {size / count / 1024:.1f} KiB a CV; resumed {given} in {time.monotonic() - started:.1f} s"
        return words


def main() -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="*", default=[1_000, 4_000])
    for count in parser.parse_args().counts:
        for journal in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                print(asyncio.run(measure(count, Path(folder), journal=journal)), flush=True)


if __name__ == "__main__":
    main()
