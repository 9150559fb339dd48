"""A small service on a real socket that keeps honest books by content, and says whatever a test makes of its answers.

It knows the screening endpoints and the balance alone. `bend(operation, nth, answer)` gives what is said in
place of the plain answer: other content, an `Instead` of it, or the answer as it is.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import attrs
from aiohttp import web
from conftest import QUICK_POLLS, session_at

import cvsense_async as cv

JOB = cv.JobDescription("Data engineer", "SQL and Python.")


@attrs.frozen
class Instead:
    """An answer with this status in place of a success; the work is done all the same unless it is refused `before`."""

    status: int
    body: Any = None


@attrs.define(eq=False)
class OddItem:
    """One file that was taken."""

    id: Any
    name: str
    sha256: str
    credit: str = "held"
    processed: bool = False


@attrs.define(eq=False)
class OddBatch:
    """One batch; `processes` is how many of its items are gone through before it is cancelled (`None`: all)."""

    id: int
    processes: int | None
    status: str = "created"
    items: list[OddItem] = attrs.field(factory=list[OddItem])
    uploads: list[int] = attrs.field(factory=list[int])

    def end(self, status: str) -> None:
        """End it: what was not processed gives its credit back."""
        self.status = status
        for item in self.items:
            if item.credit == "held":
                item.credit = "released"


Bend = Callable[[str, int, Any], Any]


class OddService:
    """The service; `hides` are fields of a status that it does not give, `ends` the word for a batch that is done."""

    def __init__(
        self,
        bend: Bend | None = None,
        *,
        before: Callable[[str, int], int | None] = lambda operation, nth: None,
        processes: list[int | None] | None = None,
        ends: str = "completed",
        hides: tuple[str, ...] = (),
    ) -> None:
        self.bend: Bend = bend or (lambda operation, nth, answer: answer)
        self.before = before
        self.processes: list[int | None] = processes or []
        self.ends = ends
        self.hides = hides
        self.batches: list[OddBatch] = []
        self.calls: Counter[str] = Counter()
        self.landing: set[asyncio.Task[None]] = set()
        self.url = ""
        self.api_key = "cvs_odd"
        self._ids = 100

    # --- the books ----------------------------------------------------------------------------------------------------

    @property
    def items(self) -> list[OddItem]:
        """Every file that was ever taken."""
        return [item for batch in self.batches for item in batch.items]

    @property
    def charged(self) -> int:
        """Credits that were charged."""
        return sum(item.credit == "charged" for item in self.items)

    def twice(self) -> list[str]:
        """Contents that were charged more than once."""
        paid = Counter(item.sha256 for item in self.items if item.credit == "charged")
        return [sha256 for sha256, count in paid.items() if count > 1]

    # --- the work -----------------------------------------------------------------------------------------------------

    def take(self, batch: OddBatch, files: list[tuple[str, str]]) -> list[OddItem]:
        """Take files (name and SHA-256) into a batch."""
        taken: list[OddItem] = []
        for name, sha256 in files:
            self._ids += 1
            taken.append(OddItem(self._ids, name, sha256))
        batch.items += taken
        return taken

    def start(self, batch: OddBatch) -> None:
        """Go through a batch, at once."""
        batch.status = "processing"
        many = len(batch.items) if batch.processes is None else batch.processes
        for item in batch.items[:many]:
            item.processed, item.credit = True, "charged"
        if many >= len(batch.items):
            batch.end(self.ends)

    def status(self, batch: OddBatch) -> dict[str, Any]:
        """Where a batch stands, without the fields that are hidden."""
        said = {
            "batch_id": batch.id,
            "status": batch.status,
            "total": len(batch.items),
            "processed": sum(item.processed for item in batch.items),
            "failed": 0,
            "credits_used": sum(item.credit == "charged" for item in batch.items),
        }
        return {key: value for key, value in said.items() if key not in self.hides}

    def result(self, item: OddItem) -> dict[str, Any]:
        """What it says of one file: `summary` is its content's hash."""
        score = int(item.sha256[:4], 16) % 101
        return {"id": item.id, "filename": item.name, "score": score, "match_status": "good", "summary": item.sha256}

    async def _work(self, operation: str, request: web.Request) -> Any:
        if operation == "credits":
            return {"balance": 1_000_000, "reserved": 0, "used": 0, "limit": 1_000_000}
        if operation == "create":
            number = len(self.batches)
            self.batches.append(OddBatch(number + 1, self.processes[number] if number < len(self.processes) else None))
            return {"id": self.batches[-1].id, "status": "created", "total_files": 0}
        batch = self.batches[int(request.match_info["batch"]) - 1]
        if operation == "upload":
            files = await _files(request)
            if batch.status != "created":
                return Instead(409)
            batch.uploads.append(len(files))
            return self.upload(batch, files)
        if operation == "start":
            if batch.status != "created":
                return Instead(409)
            self.start(batch)
        elif operation == "cancel":
            if batch.status not in ("created", "processing"):
                return Instead(409)
            batch.end("cancelled")
        elif operation == "results":
            done = [self.result(item) for item in batch.items if item.processed]
            return sorted(done, key=lambda result: -result["score"]) if batch.status != "processing" else Instead(409)
        return self.status(batch)

    def upload(self, batch: OddBatch, files: list[tuple[str, str]]) -> Any:
        """Take an upload, and say so."""
        taken = [{"id": item.id, "filename": item.name} for item in self.take(batch, files)]
        return {"uploaded": len(taken), "items": taken, "rejected": [], "total_files": len(batch.items)}

    async def answer(self, operation: str, request: web.Request) -> web.Response:
        """One request."""
        self.calls[operation] += 1
        nth = self.calls[operation]
        refused = self.before(operation, nth)
        if refused is not None:
            await request.read()
            return web.json_response({"message": "no"}, status=refused)
        content = await self._work(operation, request)
        if not isinstance(content, Instead):
            content = self.bend(operation, nth, content)
        if isinstance(content, Instead):
            return web.json_response({"message": "no"} if content.body is None else content.body, status=content.status)
        return web.json_response({"success": True, "data": content})

    def batch_of(self, number: int) -> OddBatch:
        """A batch by its number from 1."""
        return self.batches[number - 1]

    def land_later(self, batch: OddBatch, files: list[tuple[str, str]], seconds: float) -> None:
        """Take files after a while, unless the batch is closed by then: PHP that goes on after its proxy gave up."""

        async def land() -> None:
            await asyncio.sleep(seconds)
            if batch.status == "created":
                self.take(batch, files)

        task = asyncio.get_running_loop().create_task(land())
        self.landing.add(task)
        task.add_done_callback(self.landing.discard)


async def _files(request: web.Request) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    async for part in await request.multipart():
        reader = cast("Any", part)
        found.append((reader.filename, hashlib.sha256(await reader.read()).hexdigest()))
    return found


ROUTES = (
    ("GET", "/account/credits", "credits"),
    ("POST", "/screening/batch", "create"),
    ("POST", "/screening/batch/{batch}/upload", "upload"),
    ("POST", "/screening/batch/{batch}/start", "start"),
    ("GET", "/screening/batch/{batch}/status", "status"),
    ("GET", "/screening/batch/{batch}/results", "results"),
    ("DELETE", "/screening/batch/{batch}", "cancel"),
)


@asynccontextmanager
async def serving(service: OddService) -> AsyncIterator[OddService]:
    """Serve it on a free port of this machine."""
    app = web.Application(client_max_size=2**26)

    def route(operation: str) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            return await service.answer(operation, request)

        return handle

    for method, path, operation in ROUTES:
        app.router.add_route(method, path, route(operation))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        for task in service.landing:
            task.cancel()
        await runner.cleanup()


@attrs.frozen
class Told:
    """What a run gave: its batches, and its summary."""

    batches: list[cv.BatchResult]
    summary: cv.Summary

    @property
    def screened(self) -> list[str]:
        """The contents that have a result, each held to be its own."""
        found: list[str] = []
        for screened in (screened for batch in self.batches for screened in batch):
            assert screened.document is not None
            assert screened.document.sha256 == screened.result.summary, "a result was given to another person"
            found.append(screened.document.sha256)
        assert len(found) == len(set(found))
        return found

    @property
    def unsettled(self) -> list[cv.Unsettled]:
        """The documents of which nobody can say what became of them."""
        return [one for batch in self.batches for one in batch.unsettled]

    @property
    def failed(self) -> list[cv.Failed]:
        """The documents that were not screened and hold no credit."""
        return [one for batch in self.batches for one in batch.failed]


async def told(service: OddService, sources: Any, **options: Any) -> Told:
    """Screen these at the service, to the end."""
    async with session_at(service) as session:
        given = {"poll_interval": QUICK_POLLS, **options}
        return await take(session.screen(sources, job=JOB, **given))


async def take(run: cv.ScreeningRun) -> Told:
    """A run to its end."""
    batches: list[cv.BatchResult] = []
    async with asyncio.timeout(30), run:
        async for batch in run:
            batches.append(batch)
    return Told(batches, run.summary)
