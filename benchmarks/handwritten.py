"""The screening that people write by hand: aiohttp, and aiolimiter or nothing; what ours is measured beside.

It is what a good engineer has after an afternoon, not a straw man: lazy, several batches at once, fresh forms for
every try, `Retry-After` obeyed, and a batch that fails does not stop the others. It never sends an upload again
without an answer of 429, so it pays for nothing twice where nothing else goes wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import aiohttp
import aiolimiter

CV = tuple[str, bytes]

BATCH, OPEN_BATCHES, TRIES = 50, 20, 10


class Script:
    """One screening. `limiter` may be `None`; `poll` is in seconds, `second` what the service calls a second."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, limiter: aiolimiter.AsyncLimiter | None, *, second: float
    ) -> None:
        self.http = http
        self.url = url
        self.limiter: contextlib.AbstractAsyncContextManager[Any] = limiter or contextlib.nullcontext()
        self.poll = 5 * second
        self.second = second
        self.results: list[dict[str, Any]] = []
        self.first: float | None = None  # when the first results came, on the loop's clock
        self.problems: list[Exception] = []

    async def call(self, method: str, path: str, *, json: Any = None, files: Sequence[CV] = ()) -> Any:
        """One call, again after a 429 when the service says, else later and later; any other error is raised."""
        for tried in itertools.count(1):
            form = None
            if files:
                form = aiohttp.FormData()
                for name, content in files:
                    form.add_field("files[]", content, filename=name, content_type="application/pdf")
            async with self.limiter, self.http.request(method, f"{self.url}{path}", json=json, data=form) as answer:
                if answer.status != 429 or tried == TRIES:
                    answer.raise_for_status()
                    return (await answer.json())["data"]
                said = answer.headers.get("Retry-After")
            pause = float(said) if said else random.uniform(0, min(60.0, 2.0**tried)) * self.second
            await asyncio.sleep(pause)
        raise AssertionError

    async def begin(self, job: dict[str, str], files: Sequence[CV]) -> Any:
        """Start a batch of at most 50 CVs; gives its id."""
        batch = (await self.call("POST", "/screening/batch", json=job))["id"]
        await self.call("POST", f"/screening/batch/{batch}/upload", files=files)
        await self.call("POST", f"/screening/batch/{batch}/start")
        return batch

    async def end(self, batch: Any) -> list[dict[str, Any]]:
        """Wait for a batch; gives its results."""
        while True:
            await asyncio.sleep(self.poll)
            status = (await self.call("GET", f"/screening/batch/{batch}/status"))["status"]
            if status == "completed":
                results: list[dict[str, Any]] = await self.call("GET", f"/screening/batch/{batch}/results?per_page=100")
                return results
            if status in ("failed", "cancelled"):
                raise RuntimeError(f"batch {batch}: {status}")

    async def screen(self, job: dict[str, str], cvs: Iterable[CV]) -> None:
        """Screen them all, some batches at a time."""
        room = asyncio.Semaphore(OPEN_BATCHES)

        async def one(files: Sequence[CV]) -> None:
            try:
                self.take(await self.end(await self.begin(job, files)))
            except (aiohttp.ClientError, RuntimeError) as problem:
                self.problems.append(problem)
            finally:
                room.release()

        async with asyncio.TaskGroup() as batches:
            for files in chunks(cvs, BATCH):
                await room.acquire()
                batches.create_task(one(files))

    async def screen_in_steps(self, job: dict[str, str], cvs: Iterable[CV]) -> None:
        """The simpler script: upload everything, wait for everything, then give what came."""
        room = asyncio.Semaphore(OPEN_BATCHES)

        async def begin(files: Sequence[CV]) -> Any:
            async with room:
                return await self.begin(job, files)

        begun = await asyncio.gather(*(begin(files) for files in chunks(cvs, BATCH)))
        for results in await asyncio.gather(*(self.end(batch) for batch in begun)):
            self.take(results)

    def take(self, results: list[dict[str, Any]]) -> None:
        """Give results to whoever asked."""
        self.first = self.first or asyncio.get_running_loop().time()
        self.results += results


def chunks(cvs: Iterable[CV], size: int) -> Iterator[list[CV]]:
    """So many at a time."""
    left = iter(cvs)
    while some := list(itertools.islice(left, size)):
        yield some
