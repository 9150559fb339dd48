"""Deliveries of the sandbox, over HTTP, to a receiver in a FastAPI service: refused, repeated, replayed, handled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from conftest import cvs

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("sqlalchemy")

from fastapi import FastAPI
from integrations.serving import serving

from cvsense_async import CVSenseSession, JobDescription, RateLimit
from cvsense_async.integrations.fastapi import cvsense_router
from cvsense_async.sandbox import Sandbox
from cvsense_async.webhooks import BatchCompleted, Event, SQLiteStore, WebhookReceiver


async def until(done: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_from_the_service_to_the_handler(tmp_path: Path) -> None:
    """A delivery that met a closed receiver comes again after 10 s; a replay is known; a batch's end arrives typed."""
    secrets: list[str] = ["not known yet"]
    receiver = WebhookReceiver(lambda: secrets, store=SQLiteStore(tmp_path / "events.db"))
    seen: list[Event] = []
    receiver.on(Event)(seen.append)
    limit = RateLimit(100_000, per=60.0)
    async with Sandbox(engine="instant", rate_limit=(100_000, 60.0), workers=1) as sandbox:
        app = FastAPI()
        app.include_router(
            cvsense_router(lambda: CVSenseSession(sandbox.api_key, sandbox.url, limit), receiver=receiver)
        )
        async with serving(app) as url, CVSenseSession(sandbox.api_key, sandbox.url, limit) as session:
            hook = await session.webhooks.register(f"{url}/webhooks/cvsense", ["batch.completed"])

            async def attempted(attempts: int) -> dict[str, Any]:
                async with asyncio.timeout(10):
                    while True:
                        (found,) = await sandbox.deliveries.list()
                        if len(found["log"]) == attempts:
                            return dict(found)
                        await asyncio.sleep(0.01)

            await session.webhooks.ping(hook.id)  # the receiver does not know the secret yet: 400
            assert (await attempted(1))["log"][0]["status"] == 400
            assert not seen
            secrets.append(hook.secret or "")
            await sandbox.clock.advance(11)
            first = await attempted(2)
            assert first["log"][1]["status"] == 200
            await until(lambda: len(seen) == 1)
            await sandbox.deliveries.replay(first["id"])
            assert (await attempted(3))["log"][2]["status"] == 200
            assert len(seen) == 1

            async with aiohttp.ClientSession() as http, http.post(f"{url}/webhooks/cvsense", data=b"{}") as answer:
                assert answer.status == 400

            job = JobDescription("Cook", "Cooking.")
            async with session.screen(cvs(3), job=job, poll_interval=(30.0, 60.0)) as run:
                receiver.on(BatchCompleted)(run.notify)
                async with asyncio.timeout(10):
                    results = [screened async for screened in run.results()]
            assert len(results) == 3
            assert isinstance(seen[-1], BatchCompleted)
