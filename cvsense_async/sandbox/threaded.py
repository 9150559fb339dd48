"""Blocking work in a thread of its own, awaited from any event loop.

A loop's own pool may be full, and a loop may be closed before the work is done; neither may hold up a process's end.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from cvsense_async.eventloop import running_loop


class Threaded:
    """One piece of work; `wait` for it once."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._tell: Callable[[], None] = lambda: None

    async def wait(self, *, through: bool = False) -> None:
        """Do the work; `through`: wait for its end even when the caller is cancelled."""
        loop = running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not ended.done():
                ended.set_result(None)

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(finish)

        self._tell = tell
        self._thread.start()
        cancelled: asyncio.CancelledError | None = None
        while not ended.done():
            try:
                await asyncio.shield(ended)
            except asyncio.CancelledError as error:
                cancelled = error
                if not through:
                    break
        if cancelled is not None:
            raise cancelled
        if self._error is not None:
            raise self._error

    def then(self, work: Callable[[], None]) -> None:
        """Nobody waits any more: when the work is done, do this."""

        def later() -> None:
            self._thread.join()
            work()

        threading.Thread(target=later, daemon=True).start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._error = error
        self._tell()
