"""The engine's two homes: within the server (instant), or in a worker process that can be killed (all others).

A file may be made to hang or to swell; so a worker holds one CV at a time, is watched from outside, and dies alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import psutil

from . import engines
from .batches import Work
from .options import MIB, Options

log: Final = logging.getLogger("cvsense_async.sandbox")

START_SECONDS = 60.0
WATCH_SECONDS = 0.1
LAST_LOOK_SECONDS = 0.25
INLINE_AT_ONCE = 100
LINE_LIMIT = 64 * MIB

TOO_SLOW = {"reason": "too_slow", "why": "Reading the file took longer than a CV may take."}
TOO_LARGE = {"reason": "too_large", "why": "The file needs more memory than a CV may take."}
CRASHED = {"crashed": "the screening process died", "trace": ""}


class EngineFailed(Exception):
    """The engine cannot be loaded in a worker."""


class Inline:
    """An engine that needs no process of its own."""

    def __init__(self, options: Options, spool: Path) -> None:
        self.at_once = 1 if options.screening_seconds else INLINE_AT_ONCE
        self._engine = engines.load(options.engine)
        self._spool = spool

    async def assess(self, job: dict[str, Any], works: Sequence[Work]) -> list[dict[str, Any]]:
        """All of them in one thread."""
        return await asyncio.to_thread(self._assess, job, works)

    def _assess(self, job: dict[str, Any], works: Sequence[Work]) -> list[dict[str, Any]]:
        prepared = engines.prepare(self._engine, job)
        return [engines.assess(self._engine, prepared, self._spool / work.path, work.filename) for work in works]

    async def close(self) -> None:
        """Nothing to end."""


class Worker:
    """One worker process; started when it is first needed, and again when it has died."""

    at_once = 1

    def __init__(self, options: Options, spool: Path) -> None:
        self._options, self._spool = options, spool
        self._process: asyncio.subprocess.Process | None = None
        self._watched: psutil.Process | None = None

    async def assess(self, job: dict[str, Any], works: Sequence[Work]) -> list[dict[str, Any]]:
        """One after the other."""
        return [await self._one(job, work) for work in works]

    async def _one(self, job: dict[str, Any], work: Work) -> dict[str, Any]:
        # A path need not be text, and JSON holds nothing else.
        path, filename = os.fsencode(self._spool / work.path), work.filename.encode("utf-8", "replace")
        line = orjson.dumps({"job": job, "path": path.hex(), "filename": filename.decode("utf-8")}) + b"\n"
        for _ in range(2):  # a worker may have died of something else than this file
            try:
                answer = await self._ask(line)
            except EngineFailed as error:
                log.error("the engine cannot be loaded: %s", error)
                return {"failed": str(error)}
            except (OSError, EOFError, ValueError, psutil.Error):
                await self.close()
                continue
            if answer in (TOO_SLOW, TOO_LARGE):
                await self.close()
            return answer
        return CRASHED

    async def _ask(self, line: bytes) -> dict[str, Any]:
        process = await self._running()
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None or self._watched is None:
            raise EOFError
        stdin.write(line)
        reading = asyncio.ensure_future(stdout.readline())
        try:
            await stdin.drain()
            loop = asyncio.get_running_loop()
            end = loop.time() + self._options.cv_seconds
            while not (await asyncio.wait({reading}, timeout=min(WATCH_SECONDS, max(0.0, end - loop.time()))))[0]:
                if loop.time() >= end:
                    if (await asyncio.wait({reading}, timeout=LAST_LOOK_SECONDS))[0]:  # it came at that moment
                        break
                    return TOO_SLOW
                if self._watched.memory_info().rss > self._options.cv_megabytes * MIB:
                    return TOO_LARGE
            return _answer(reading.result())
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await reading

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "cvsense_async.sandbox.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            limit=LINE_LIMIT,
        )
        self._watched = psutil.Process(process.pid)
        if process.stdin is None or process.stdout is None:
            raise EOFError
        setup = {"engine": self._options.engine, "seconds": self._options.cv_seconds}
        process.stdin.write(orjson.dumps({**setup, "megabytes": self._options.cv_megabytes}) + b"\n")
        async with asyncio.timeout(START_SECONDS):
            answer = _answer(await process.stdout.readline())
        if "failed" in answer:
            await self.close()
            raise EngineFailed(str(answer["failed"]))
        return process

    async def close(self) -> None:
        """Kill the process and wait for its end."""
        process, self._process, self._watched = self._process, None, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def _answer(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise EOFError
    found: dict[str, Any] = orjson.loads(line)
    return found


def assessors(options: Options, spool: Path) -> list[Inline | Worker]:
    """The slots of a sandbox: one within the server for the instant engine, else a process each."""
    if options.engine == "instant":
        count = options.workers if options.screening_seconds else 1
        return [Inline(options, spool) for _ in range(count)]
    return [Worker(options, spool) for _ in range(options.workers)]
