"""Runs a sandbox in this process, until it is told to stop.

The command line calls `serve`; the child process of a `Sandbox` calls `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import attrs
import psutil
from aiohttp import web
from sqlalchemy import Connection, select

from . import app, credits, engines, pool, schema
from .clock import Clock
from .context import Services
from .deliveries import Deliveries
from .faults import Faults
from .options import Options
from .screener import Screener
from .store import Store
from .throttle import Throttles

TEMPORARY = "cvsense-sandbox-"
LONGEST_LINE = 64 * 1024
"""Of a request line or a header; what is longer never reaches the application and its forms."""


@attrs.frozen
class Running:
    """Where a sandbox listens."""

    url: str
    api_key: str = attrs.field(repr=False)
    port: int
    spool: Path


@contextlib.asynccontextmanager
async def running(options: Options) -> AsyncGenerator[Running, None]:
    """A sandbox that runs within this event loop for as long as the block does."""
    engines.check(options.engine)
    async with contextlib.AsyncExitStack() as stack:
        spool = options.spool
        if spool is None:
            await asyncio.to_thread(_sweep_dead)
            spool = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-"))
            stack.callback(shutil.rmtree, spool, ignore_errors=True)
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = await Store.open(options.db)
        stack.push_async_callback(store.close)
        clock, faults = Clock(), Faults(options.seed)
        kept = await store.write(_open_account, options.credits, clock.now())
        await asyncio.to_thread(_sweep, spool, kept)
        throttles = Throttles(options.throttle, options.rate_limit)
        slots = pool.assessors(options, spool)
        screener = Screener(store, clock, faults, spool, slots, seconds=options.screening_seconds)
        deliveries = Deliveries(store, clock, options.webhook_seconds)
        screener.on_end = deliveries.wake
        parts = Services(options, clock, store, throttles, faults, screener, deliveries, spool)
        tasks = [asyncio.create_task(screener.run()), asyncio.create_task(deliveries.run())]
        stack.push_async_callback(_stop, tasks)
        limits: dict[str, Any] = {"max_line_size": LONGEST_LINE, "max_field_size": LONGEST_LINE}
        runner = web.AppRunner(app.build(parts), access_log=None, logger=_quiet(), shutdown_timeout=0.5, **limits)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, options.host, options.port)
        await site.start()
        port = int(runner.addresses[0][1])
        host = f"[{options.host}]" if ":" in options.host else options.host
        yield Running(url=f"http://{host}:{port}{app.PREFIX}", api_key=options.key, port=port, spool=spool)


async def run(
    options: Options,
    on_ready: Callable[[Running], None] | None = None,
    stop: asyncio.Event | None = None,
    *,
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGINT),
) -> None:
    """Serve until `stop` is set or one of the signals comes; `on_ready` is told where it listens."""
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in signals:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(name, stop.set)
    async with running(options) as where:
        if on_ready is not None:
            on_ready(where)
        await stop.wait()


def serve(options: Options, on_ready: Callable[[Running], None] | None = None) -> None:
    """Serve in the foreground."""
    asyncio.run(run(options, on_ready))


def _quiet() -> logging.Logger:
    """What is no HTTP gets its 400 and no traceback in the log."""
    log = logging.getLogger("cvsense_async.sandbox.http")
    log.setLevel(logging.CRITICAL)
    return log


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _open_account(tx: Connection, granted: int, now: float) -> set[str]:
    """Grant the credits where the account is new; gives the files of the spool that are still needed."""
    if tx.execute(select(schema.account.c.id)).first() is None:
        credits.grant(tx, granted, now)
    return set(tx.execute(select(schema.items.c.path).where(schema.items.c.state == "pending")).scalars())


def _sweep_dead() -> None:
    """Remove the folders of sandboxes that were killed: there are CVs in them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
        pid = folder.name.removeprefix(TEMPORARY).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(spool: Path, kept: set[str]) -> None:
    """Remove what an upload that was broken off has left."""
    for path in spool.iterdir():
        if path.name not in kept and path.is_file():
            path.unlink(missing_ok=True)
