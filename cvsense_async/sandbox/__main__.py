"""`python -m cvsense_async.sandbox`: a sandbox in the foreground, or the child process of a `Sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading

import orjson

from cvsense_async.errors import ConfigurationError, CVSenseError

from .options import THROTTLES, Options, new_key


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m cvsense_async.sandbox", description=__doc__)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=8017, help="the port on 127.0.0.1 (0: any that is free)")
    parser.add_argument("--db", help="a file that keeps everything (without it: memory)")
    parser.add_argument("--key", help="the API key (without it: a new one)")
    parser.add_argument("--credits", type=int, default=5000)
    parser.add_argument("--throttle", default="laravel", help=f"one of: {', '.join(THROTTLES)}")
    parser.add_argument("--engine", default="ebsv", help="ebsv, instant or module:attribute")
    given = parser.parse_args(arguments)
    try:
        if given.child:
            return child()
        from . import serve

        options = Options(
            key=given.key or new_key(),
            port=given.port,
            db=given.db,
            credits=given.credits,
            throttle=given.throttle,
            engine=given.engine,
        )
        serve(
            options, lambda where: print(f"CVSENSE_BASE_URL={where.url}\nCVSENSE_API_KEY={where.api_key}", flush=True)
        )
    except (CVSenseError, OSError) as error:
        print(f"cvsense sandbox: {error}", file=sys.stderr)
        return 2
    return 0


def child() -> int:
    """Options come as one line on standard input; the sandbox ends when that input does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent, which ends this process
    source = sys.stdin.buffer
    first = orjson.loads(source.readline())
    sys.path.extend(path for path in first.pop("sys_path", ()) if path not in sys.path)
    try:
        from .server import Running, run

        options = Options(**first)
    except ImportError as error:
        print(orjson.dumps({"error": "missing", "name": error.name, "words": str(error)}).decode(), flush=True)
        return 3
    except CVSenseError as error:
        print(orjson.dumps({"error": "configuration", "words": str(error)}).decode(), flush=True)
        return 3

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def watch() -> None:
            while source.read(4096):
                continue
            try:
                loop.call_soon_threadsafe(stop.set)
            except RuntimeError:
                return
            timer = threading.Timer(10, os._exit, (1,))
            timer.daemon = True
            timer.start()

        threading.Thread(target=watch, daemon=True).start()

        def ready(where: Running) -> None:
            line = {"url": where.url, "port": where.port, "spool": str(where.spool)}
            print(orjson.dumps(line).decode(), flush=True)

        await run(options, ready, stop, signals=(signal.SIGTERM,))

    try:
        asyncio.run(main())
    except (CVSenseError, OSError) as error:
        kind = "configuration" if isinstance(error, ConfigurationError) else "failed"
        print(orjson.dumps({"error": kind, "words": str(error)}).decode(), flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
