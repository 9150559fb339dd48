"""Judges files in worker processes, without a server: for the command line.

A hostile file then costs its worker and ten seconds, and never the terminal that asked.
"""

from __future__ import annotations

import asyncio
import collections
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from .batches import Work
from .options import Options, needs_python
from .pool import Worker

AHEAD = 32
"""How many files are in work, or done and not yet asked for, at once."""


async def judged(
    engine: str, job: dict[str, Any], paths: Sequence[Path], options: Options | None = None
) -> AsyncGenerator[dict[str, Any], None]:
    """An answer for each file, in the order given: a `screening`, a `reason` and `why`, `crashed`, or `failed`.

    `engine` is named as in `Options`; `options` gives the seconds and megabytes that a file may take. Raises
    `ConfigurationError` in a frozen program.
    """
    needs_python()
    options = options or Options(key="none", engine=engine)
    count = max(1, min(len(paths), 4, os.cpu_count() or 1))
    workers = [Worker(options, Path()) for _ in range(count)]
    idle: asyncio.Queue[Worker] = asyncio.Queue()
    for worker in workers:
        idle.put_nowait(worker)

    async def one(path: Path) -> dict[str, Any]:
        worker = await idle.get()
        try:
            return (await worker.assess(job, [Work(0, 0, path.name, str(path))]))[0]
        finally:
            idle.put_nowait(worker)

    waiting: collections.deque[asyncio.Task[dict[str, Any]]] = collections.deque()
    try:
        for path in paths:
            waiting.append(asyncio.create_task(one(path)))
            if len(waiting) >= AHEAD:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*(worker.close() for worker in workers))
