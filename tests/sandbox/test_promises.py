"""What holds whatever is sent, in whatever order: no 500, and credits that add up."""

from __future__ import annotations

import asyncio
import random
import string
from typing import Any

from cvsense_async.api.endpoint import Place
from cvsense_async.api.registry import endpoints

PDF = b"%PDF-1.4\n%%EOF"


def anything(chance: random.Random, depth: int = 0) -> Any:
    """A piece of JSON that means nothing."""
    simple = [
        None,
        True,
        0,
        -1,
        1,
        2**63 - 1,
        2**64 - 1,
        1e308,
        0.5,
        "",
        " ",
        "1",
        "x" * 300,
        "\x00",
        "ü\u202e😀",
        "full-time",
        "completed",
        "https://example.com/",
        "' OR 1=1 --",
    ]
    kind = chance.random()
    if depth < 2 and kind < 0.2:
        return [anything(chance, depth + 1) for _ in range(chance.choice((0, 1, 3, 101)))]
    if depth < 2 and kind < 0.3:
        return {chance.choice(string.ascii_letters): anything(chance, depth + 1) for _ in range(3)}
    return chance.choice(simple)


async def test_no_input_is_a_500(wire: Any) -> None:
    """Random values in every field of every endpoint: the answers are 2xx or 4xx, in the contract's form."""
    chance = random.Random(5)
    await wire.screened(PDF)
    job = await wire("POST", "/jobs", {"title": "Cook", "description": "Must cook", "location": "Leeds"})
    assert job.status == 201
    seen: set[tuple[str, int]] = set()
    for _ in range(40):
        for spec in endpoints():
            path, query, body = spec.path, {}, {}
            for field in spec.fields:
                value = anything(chance)
                if field.place is Place.PATH:
                    path = path.replace(f"{{{field.name}}}", chance.choice(("1", "2", "x", "0")))
                elif field.place is Place.QUERY and chance.random() < 0.5:
                    query[field.name] = str(value).replace("\x00", "")
                elif field.place is Place.BODY and chance.random() < 0.8:
                    body[field.name] = value
            answer = await wire(spec.method, path, body or None, params=query)
            assert answer.status < 500, (spec.operation, body, query)
            if not (spec.binary and answer.status == 200):
                assert answer.json is not None, (spec.operation, answer.status, body, query, answer.body)
                assert answer.json["success"] is (answer.status < 400)
            seen.add((spec.operation, answer.status // 100))
    assert len(seen) > 35
    await wire.ledger()


async def test_credits_add_up_in_any_order(opened: Any) -> None:
    """Uploads, starts and cancels side by side, with few credits: the ledger's sums hold and no CV counts twice."""
    chance = random.Random(3)
    async with opened(credits=60, workers=2, screening_seconds=0.001) as wire:

        async def one() -> None:
            batch_id = await wire.batch()
            steps = [
                lambda: wire.upload(batch_id, *([PDF] * chance.randint(1, 6))),
                lambda: wire("POST", f"/screening/batch/{batch_id}/start"),
                lambda: wire("DELETE", f"/screening/batch/{batch_id}"),
                lambda: wire("GET", f"/screening/batch/{batch_id}/status"),
            ]
            await asyncio.gather(*(chance.choice(steps)() for _ in range(6)))
            await wire.ledger()
            await wire("POST", f"/screening/batch/{batch_id}/start")
            await asyncio.sleep(chance.random() / 50)
            await wire("DELETE", f"/screening/batch/{batch_id}")

        await asyncio.gather(*(one() for _ in range(25)))
        async with asyncio.timeout(100):
            while (found := await wire.ledger())["reserved"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert found["used"] == (await wire("GET", "/_sandbox/state")).json["candidates"]
        assert list(wire.where.spool.iterdir()) == []


async def test_a_job_that_goes_while_its_cvs_are_screened(opened: Any) -> None:
    """Its candidates stay, without applications."""
    async with opened(screening_seconds=50.0, workers=1) as wire:
        made = await wire("POST", "/jobs", {"title": "Cook", "description": "Must cook", "location": "Leeds"})
        batch_id = await wire.batch(job_id=made.data["id"])
        await wire.upload(batch_id, PDF)
        await wire("POST", f"/screening/batch/{batch_id}/start")
        await wire.until(batch_id, "processing")
        assert (await wire("DELETE", f"/jobs/{made.data['id']}")).status == 200
        await wire("POST", "/_sandbox/clock", {"advance": 50})
        await wire.until(batch_id)
        state = (await wire("GET", "/_sandbox/state")).json
        assert (state["candidates"], state["applications"]) == (1, 0)
