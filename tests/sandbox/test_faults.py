"""Faults: each kind hits the call that it is for, before or after its work."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

JOB = {"title": "Cook", "description": "Must cook", "location": "Leeds"}


async def arm(wire: Any, **fault: Any) -> Any:
    return await wire("POST", "/_sandbox/faults", fault)


async def jobs(wire: Any) -> int:
    return int((await wire("GET", "/_sandbox/state")).json["jobs"])


async def test_status_before_the_work(wire: Any) -> None:
    """The call is answered with the status and nothing was done; other calls go through."""
    await arm(wire, operation="create_job", status=503, retry_after=2, times=1)
    refused = await wire("POST", "/jobs", JOB)
    assert (refused.status, refused.headers["Retry-After"], refused.json["success"]) == (503, "2", False)
    assert "X-RateLimit-Limit" in refused.headers
    assert await jobs(wire) == 0
    assert (await wire("POST", "/jobs", JOB)).status == 201


async def test_status_after_the_work(wire: Any) -> None:
    """The work is done although the answer says otherwise."""
    await arm(wire, operation="create_job", status=502, when="after")
    assert (await wire("POST", "/jobs", JOB)).status == 502
    assert await jobs(wire) == 1


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
async def test_dropped_connection(wire: Any, when: str, done: int) -> None:
    """The connection ends without an answer, before or after the work."""
    await arm(wire, operation="create_job", drop=True, when=when)
    with pytest.raises(aiohttp.ClientError):
        await wire("POST", "/jobs", JOB)
    assert await jobs(wire) == done


async def test_cut_body(wire: Any) -> None:
    """The work is done and the answer ends half way."""
    await arm(wire, operation="create_job", cut=20)
    with pytest.raises(aiohttp.ClientPayloadError):
        await wire("POST", "/jobs", JOB)
    assert await jobs(wire) == 1


async def test_nth_call(wire: Any) -> None:
    """Only the call of that number is hit."""
    await arm(wire, operation="get_account", status=500, nth=3)
    assert [(await wire("GET", "/account")).status for _ in range(5)] == [200, 200, 500, 200, 200]
    (armed,) = (await wire("GET", "/_sandbox/faults")).json
    assert (armed["seen"], armed["struck"]) == (5, 1)


async def test_chance_is_seeded(opened: Any) -> None:
    """The same seed hits the same calls."""
    found: list[list[int]] = []
    for seed in (7, 7, 8):
        async with opened(seed=seed) as wire:
            await arm(wire, status=500, probability=0.5)
            found.append([(await wire("GET", "/account")).status for _ in range(30)])
    assert found[0] == found[1] != found[2]
    assert {200, 500} == set(found[0])


async def test_latency(wire: Any) -> None:
    """The answer waits."""
    await arm(wire, latency=0.2, times=1)
    loop_time = __import__("asyncio").get_running_loop().time
    start = loop_time()
    assert (await wire("GET", "/account")).status == 200
    assert loop_time() - start >= 0.2


async def test_clearing(wire: Any) -> None:
    """Faults go one by one, or all."""
    one = (await arm(wire, operation="get_account", status=500)).json["id"]
    await arm(wire, operation="get_account", status=501)
    await wire("DELETE", f"/_sandbox/faults/{one}")
    assert (await wire("GET", "/account")).status == 501
    await wire("DELETE", "/_sandbox/faults")
    assert (await wire("GET", "/account")).status == 200
    assert (await wire("DELETE", "/_sandbox/faults/99")).status == 404


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"operation": "nothing", "status": 500},
        {"status": 200},
        {"status": "500"},
        {"status": 500, "probability": 2},
        {"status": 500, "when": "during"},
        {"status": 500, "nth": 0},
        {"latency": -1},
        {"surprise": 1},
        {"operation": ["x"], "status": 500},
    ],
)
async def test_a_fault_that_cannot_be(wire: Any, fault: dict[str, Any]) -> None:
    """It is refused in words, so that no test runs without the fault that it meant."""
    assert (await arm(wire, **fault)).status == 422
