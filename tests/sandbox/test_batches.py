"""A batch's states, and the credits that move with them."""

from __future__ import annotations

import asyncio
from typing import Any

PDF = b"%PDF-1.4\n%%EOF"


async def test_credits_follow_the_cvs(wire: Any) -> None:
    """A credit is reserved at upload, charged when processed, and the sums hold at each step."""
    batch_id = await wire.batch()
    await wire.upload(batch_id, PDF, PDF + b"2")
    assert (await wire.ledger())["reserved"] == 2
    await wire("POST", f"/screening/batch/{batch_id}/start")
    state = await wire.until(batch_id)
    assert (state["total"], state["processed"], state["failed"], state["credits_used"]) == (2, 2, 0, 2)
    assert state["progress"] == 100
    found = await wire.ledger()
    assert (found["reserved"], found["used"]) == (0, 2)


async def test_invalid_cvs_cost_nothing(opened: Any) -> None:
    """A CV that cannot be read is ranked last, has no score, says why, and its credit is released."""
    async with opened(engine="cvsense_async.sandbox.ebsv.instant:InstantScreener", workers=1) as wire:
        batch_id = await wire.screened(("odd.pdf", b"junk first %PDF-1.4"), ("good.pdf", PDF))
        good, bad = (await wire("GET", f"/screening/batch/{batch_id}/results")).data
        assert (good["filename"], bad["filename"]) == ("good.pdf", "odd.pdf")
        assert (bad["score"], bad["match_status"], bad["candidate_id"]) == (None, "invalid", None)
        assert "neither a PDF" in bad["summary"]
        found = await wire.ledger()
        assert (found["used"], found["balance"]) == (1, 4999)
        assert {row["type"] for row in (await wire("GET", "/account/usage")).data} == {"grant", "charge", "refund"}
        drawn = await wire("GET", f"/screening/batch/{batch_id}/report/{bad['id']}")
        assert drawn.body.startswith(b"%PDF-")


async def test_too_few_credits(opened: Any) -> None:
    """An upload that the balance does not cover is a 402 and takes nothing."""
    async with opened(credits=2) as wire:
        batch_id = await wire.batch()
        refused = await wire.upload(batch_id, PDF, PDF, PDF)
        assert refused.status == 402
        assert (await wire.ledger())["reserved"] == 0
        assert (await wire("GET", f"/screening/batch/{batch_id}/status")).data["total"] == 0
        assert list(wire.where.spool.iterdir()) == []
        assert (await wire.upload(batch_id, PDF, PDF)).status == 200


async def test_what_a_state_does_not_allow(wire: Any) -> None:
    """Starting twice, uploading late, early results and cancelling what has ended are 409."""
    batch_id = await wire.batch()
    path = f"/screening/batch/{batch_id}"
    assert (await wire("POST", f"{path}/start")).status == 422
    assert (await wire("GET", f"{path}/results")).status == 409
    await wire.upload(batch_id, PDF)
    await wire("POST", f"{path}/start")
    await wire.until(batch_id)
    assert (await wire("POST", f"{path}/start")).status == 409
    assert (await wire.upload(batch_id, PDF)).status == 409
    assert (await wire("DELETE", path)).status == 409
    assert (await wire("GET", f"{path}/results/999")).status == 404
    assert (await wire("GET", "/screening/batch/999/status")).status == 404
    assert (await wire.upload(999, PDF)).status == 404


async def test_cancel_before_the_start(wire: Any) -> None:
    """Cancelling releases all credits, removes the files, and leaves an empty list of results."""
    batch_id = await wire.batch()
    await wire.upload(batch_id, PDF, PDF)
    cancelled = await wire("DELETE", f"/screening/batch/{batch_id}")
    assert cancelled.data["status"] == "cancelled"
    found = await wire.ledger()
    assert (found["balance"], found["used"]) == (5000, 0)
    assert list(wire.where.spool.iterdir()) == []
    assert (await wire("GET", f"/screening/batch/{batch_id}/results")).data == []
    assert (await wire.upload(batch_id, PDF)).status == 409


async def test_cancel_half_way(opened: Any) -> None:
    """What was processed before a cancel is charged and stays readable; the rest is refunded."""
    async with opened(screening_seconds=100.0, workers=1) as wire:
        batch_id = await wire.batch()
        await wire.upload(batch_id, PDF, PDF + b"2", PDF + b"3")
        await wire("POST", f"/screening/batch/{batch_id}/start")
        await wire.until(batch_id, "processing")
        state: Any = {"processed": 0}
        while not state["processed"]:
            await wire("POST", "/_sandbox/clock", {"advance": 100})
            state = (await wire("GET", f"/screening/batch/{batch_id}/status")).data
        assert state["estimated_seconds_remaining"] > 0
        cancelled = (await wire("DELETE", f"/screening/batch/{batch_id}")).data
        await wire("POST", "/_sandbox/clock", {"advance": 1000})
        found = await wire.ledger()
        assert found["used"] == cancelled["processed"] == cancelled["credits_used"]
        assert found["reserved"] == 0
        assert len((await wire("GET", f"/screening/batch/{batch_id}/results")).data) == cancelled["processed"]


async def test_files_go_when_they_were_processed(wire: Any) -> None:
    """No CV stays on the disk after its screening: it goes once the result is kept."""
    await wire.screened(PDF, PDF + b"2")
    async with asyncio.timeout(100):
        while list(wire.where.spool.iterdir()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_batch_can_fail(wire: Any) -> None:
    """A fault on `screening` makes the next batch fail and releases its credits."""
    await wire("POST", "/_sandbox/faults", {"operation": "screening", "status": 500, "times": 1})
    batch_id = await wire.batch()
    await wire.upload(batch_id, PDF)
    await wire("POST", f"/screening/batch/{batch_id}/start")
    await wire.until(batch_id, "failed")
    assert (await wire.ledger())["balance"] == 5000
    await wire.screened(PDF)


async def test_a_batch_needs_a_job(wire: Any) -> None:
    """A batch is for a job that is there, or for a title and a description."""
    for body in (
        {},
        {"job_title": "Cook"},
        {"job_id": 999},
        {"job_id": "x"},
        {"job_title": " ", "job_description": " "},
    ):
        assert (await wire("POST", "/screening/batch", body)).status == 422, body


async def test_reset(wire: Any) -> None:
    """A reset forgets everything, and no id is given twice."""
    before = await wire.screened(PDF)
    await wire("POST", "/_sandbox/reset")
    assert (await wire("GET", "/_sandbox/state")).json["batches"] == 0
    assert (await wire.ledger())["balance"] == 5000
    assert await wire.screened(PDF) > before


async def test_reset_in_the_middle_of_a_batch(opened: Any) -> None:
    """A CV that was being screened is forgotten, and the next batch does not wait for it."""
    async with opened(screening_seconds=100.0, workers=1) as wire:
        await wire("POST", "/_sandbox/clock", {"advance": 1_000_000})
        batch_id = await wire.batch()
        await wire.upload(batch_id, PDF, PDF)
        await wire("POST", f"/screening/batch/{batch_id}/start")
        await wire.until(batch_id, "processing")
        await wire("POST", "/_sandbox/reset")
        assert list(wire.where.spool.iterdir()) == []
        batch_id = await wire.batch()
        await wire.upload(batch_id, PDF)
        await wire("POST", f"/screening/batch/{batch_id}/start")
        await wire.until(batch_id, "processing")
        for _ in range(1000):  # a CV's time begins a little after `processing`; a million seconds do not pass here
            await wire("POST", "/_sandbox/clock", {"advance": 100})
            if (await wire("GET", f"/screening/batch/{batch_id}/status")).data["status"] == "completed":
                break
            await asyncio.sleep(0.01)
        await wire.until(batch_id)
        assert (await wire.ledger())["used"] == 1
