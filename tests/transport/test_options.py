"""What `with_options` changes for the calls made through it, and for no others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest import session_at, stand_in

import cvsense_async as cv


async def test_a_timeout_for_some_calls() -> None:
    """One request is given up after so many seconds; calls of the session itself have their own time."""
    async with stand_in(latency=0.15) as server, session_at(server) as session:
        hasty = session.with_options(timeout=0.02)
        assert (await session.account.credits()).balance
        with pytest.raises(cv.CallTimeout, match=r"0\.02 s"):
            await hasty.account.credits()
        assert (await session.account.credits()).balance


async def test_a_lane_for_some_calls() -> None:
    """Calls wait in the lane that was asked for: a person who comes later goes first."""
    order: list[str] = []
    async with stand_in() as server, session_at(server, rate_limit=cv.RateLimit(30, per=1.0, strict=True)) as session:
        patient = session.with_options(lane=cv.Lane.CREATE)
        await session.account.credits()

        async def call(name: str, calls: Any) -> None:
            await calls.account.credits()
            order.append(name)

        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(call("patient", patient))
            await asyncio.sleep(0)
            assert session.limiter.state.queued[cv.Lane.CREATE] >= 2
            group.create_task(call("person", session))
    assert order.index("person") < 2
