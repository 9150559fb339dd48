"""A process that judges CVs, one at a time: a line of JSON in, a line of JSON out, until its input ends.

It limits itself too, so that it ends even when the server that watches it is gone.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from . import engines
from .ebsv.engine import ScreeningEngine
from .options import MIB

JOBS_KEPT = 8


def main() -> None:
    """Serve standard input."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    source = sys.stdin.buffer
    with os.fdopen(os.dup(1), "wb", buffering=0) as sink:
        os.dup2(2, 1)  # what a library prints must not stand among the answers
        setup: dict[str, Any] = orjson.loads(source.readline() or b"{}")
        if setup:
            try:
                engine = engines.load(setup["engine"])
            except Exception as error:
                _say(sink, {"failed": str(error)})
                return
            _limit_memory(int(setup["megabytes"]))
            _say(sink, {"ready": True})
            _serve(engine, source, sink, math.ceil(float(setup["seconds"])) + 2)


def _serve(engine: ScreeningEngine, source: BinaryIO, sink: BinaryIO, seconds: int) -> None:
    prepared: dict[bytes, Any] = {}
    while line := source.readline():
        asked: dict[str, Any] = orjson.loads(line)
        with _at_most(seconds):
            key = orjson.dumps(asked["job"])
            try:
                if key not in prepared:
                    if len(prepared) >= JOBS_KEPT:
                        prepared.clear()
                    prepared[key] = engines.prepare(engine, asked["job"])
            except Exception as error:
                _say(sink, {"failed": type(error).__name__, "trace": engines.trace(error)})
                continue
            answer = engines.assess(
                engine, prepared[key], Path(os.fsdecode(bytes.fromhex(asked["path"]))), asked["filename"]
            )
        _say(sink, answer)


def _say(sink: BinaryIO, answer: dict[str, Any]) -> None:
    left = memoryview(orjson.dumps(answer) + b"\n")
    while left:
        left = left[sink.write(left) :]


@contextlib.contextmanager
def _at_most(seconds: int) -> Generator[None, None, None]:
    """The kernel ends the process when a CV takes that many seconds, whatever the code is doing."""
    alarm: Callable[[int], object] = getattr(signal, "alarm", float)  # where there is none, nothing is set
    alarm(seconds)
    try:
        yield
    finally:
        alarm(0)


def _limit_memory(megabytes: int) -> None:
    """A CV's share comes on top of what the engine's own code has mapped; elsewhere the server watches."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + megabytes * MIB
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError, IndexError):
        return


if __name__ == "__main__":
    main()
