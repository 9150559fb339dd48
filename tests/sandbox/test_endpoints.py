"""The 28 endpoints, over plain HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from cvsense_async.api.registry import endpoints
from cvsense_async.sandbox import handlers
from cvsense_async.sandbox.context import HANDLERS

JOB = {"title": "Cook", "description": "<p>Must cook</p>", "location": "Leeds"}
PDF = b"%PDF-1.4\n%%EOF"


def test_every_row_has_exactly_one_handler() -> None:
    """Each of the 28 endpoints has one handler, and there is none besides."""
    assert handlers.jobs is not None
    assert len(endpoints()) == 28
    assert set(HANDLERS) == {spec.call for spec in endpoints()}
    assert len({id(handler) for handler in HANDLERS.values()}) == 28


async def test_account(wire: Any) -> None:
    """The account has its plan, its credits and the grant in its usage."""
    assert (await wire("GET", "/account")).data["plan"]["plan_key"] == "enterprise"
    assert (await wire("GET", "/account/credits")).data == {"balance": 5000, "reserved": 0, "used": 0, "limit": 5000}
    usage = await wire("GET", "/account/usage")
    assert [row["type"] for row in usage.data] == ["grant"]
    assert (await wire("GET", "/account/usage?page=2")).data == []


async def test_job_lifecycle(wire: Any) -> None:
    """A job is made, listed, changed field by field, and deleted."""
    made = await wire("POST", "/jobs", {**JOB, "employment_type": "full-time", "salary_min": 20000})
    assert made.status == 201
    assert made.data["salary_currency"] == "GBP"
    assert made.data["max_applications"] == 1000
    path = f"/jobs/{made.data['id']}"
    changed = await wire("PUT", path, {"title": "Chef", "salary_min": None})
    assert (changed.data["title"], changed.data["location"], changed.data["salary_min"]) == ("Chef", "Leeds", None)
    assert (await wire("GET", path)).data == changed.data
    assert [job["id"] for job in (await wire("GET", "/jobs")).data] == [made.data["id"]]
    assert (await wire("DELETE", path)).json == {"success": True, "message": "Done."}
    assert (await wire("GET", path)).status == 404
    assert (await wire("DELETE", path)).status == 404


async def test_pages(wire: Any) -> None:
    """Lists are cut into pages that say where they stand, and page past the end is empty."""
    ids = [(await wire("POST", "/jobs", JOB)).data["id"] for _ in range(7)]
    first = await wire("GET", "/jobs?per_page=3")
    assert first.json["meta"] == {"current_page": 1, "per_page": 3, "total": 7, "last_page": 3}
    found = [job["id"] for n in (1, 2, 3) for job in (await wire("GET", f"/jobs?per_page=3&page={n}")).data]
    assert found == ids[::-1]
    assert (await wire("GET", "/jobs?per_page=3&page=4")).data == []
    assert (await wire("GET", "/jobs?page=9999999999999999999")).status == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": None}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": "\x00"}, "title"),
        ({"employment_type": "seasonal"}, "employment_type"),
        ({"salary_period": "decade"}, "salary_period"),
        ({"salary_min": -1}, "salary_min"),
        ({"salary_min": "much"}, "salary_min"),
        ({"salary_min": 5, "salary_max": 4}, "salary_max"),
        ({"max_applications": 0}, "max_applications"),
        ({"max_applications": 10**30}, "max_applications"),
        ({"max_applications": 10**18}, "max_applications"),
        ({"max_applications": True}, "max_applications"),
    ],
)
async def test_job_limits(wire: Any, change: dict[str, Any], field: str) -> None:
    """A field outside its documented limits is a 422 that names it."""
    answer = await wire("POST", "/jobs", {**JOB, **change})
    assert answer.status == 422, answer.body
    assert list(answer.json["errors"]) == [field]
    assert answer.json["success"] is False


async def test_screening_a_job(wire: Any) -> None:
    """CVs screened for a job become ranked results, candidates and applications."""
    job_id = (await wire("POST", "/jobs", JOB)).data["id"]
    batch_id = await wire.screened(*(PDF + b"%d" % n for n in range(5)), job_id=job_id, essential_criteria=["Cooking"])
    results = await wire("GET", f"/screening/batch/{batch_id}/results?per_page=2&page=2")
    assert results.json["meta"]["total"] == 5
    assert [row["rank"] for row in results.data] == [3, 4]
    every = (await wire("GET", f"/screening/batch/{batch_id}/results")).data
    assert [row["score"] for row in every] == sorted((row["score"] for row in every), reverse=True)
    assert every[0]["skills"][0]["name"] == "Cooking"
    report = await wire("GET", f"/screening/batch/{batch_id}/results/{every[0]['id']}")
    assert report.data["reasoning"]
    assert report.data["rank"] == 1
    drawn = await wire("GET", f"/screening/batch/{batch_id}/report/{every[0]['id']}")
    assert drawn.headers["Content-Type"] == "application/pdf"
    assert drawn.body.startswith(b"%PDF-")
    candidates = (await wire("GET", f"/candidates?job_id={job_id}")).data
    assert {one["id"] for one in candidates} == {row["candidate_id"] for row in every}
    assert (await wire("GET", f"/jobs/{job_id}")).data["applications_count"] == 5
    assert len((await wire("GET", f"/jobs/{job_id}/applications")).data) == 5
    assert (await wire("GET", "/candidates?job_id=999")).data == []


async def test_candidate_status(wire: Any) -> None:
    """A candidate's status moves among the known ones, and the filter finds it."""
    await wire.screened(PDF)
    (one,) = (await wire("GET", "/candidates")).data
    path = f"/candidates/{one['id']}"
    moved = await wire("PUT", f"{path}/status", {"status": "interview", "note": "Tuesday"})
    assert moved.data["status"] == "interview"
    assert (await wire("GET", path)).data["note"] == "Tuesday"
    assert len((await wire("GET", "/candidates?status=interview")).data) == 1
    assert (await wire("GET", "/candidates?status=new")).data == []
    assert (await wire("PUT", f"{path}/status", {"status": "promoted"})).status == 422
    assert (await wire("PUT", "/candidates/999/status", {"status": "new"})).status == 404


async def test_shortlists(wire: Any) -> None:
    """At most 100 candidates a call; what is in it, named twice or unknown is skipped."""
    await wire.screened(*(PDF + b"%d" % n for n in range(3)))
    ids = [one["id"] for one in (await wire("GET", "/candidates")).data]
    made = await wire("POST", "/shortlists", {"name": "Best"})
    path = f"/shortlists/{made.data['id']}/candidates"
    assert (await wire("POST", path, {"candidate_ids": ids[:2]})).data == {"added": 2, "skipped": 0}
    again = await wire("POST", path, {"candidate_ids": [*ids, ids[0], 999, "x"]})
    assert again.data == {"added": 1, "skipped": 5}
    assert [one["id"] for one in (await wire("GET", path)).data] == ids
    assert (await wire("GET", "/shortlists")).data[0]["candidates_count"] == 3
    assert (await wire("POST", path, {"candidate_ids": list(range(1, 102))})).status == 422
    assert (await wire("POST", path, {"candidate_ids": []})).status == 422
    assert (await wire("POST", "/shortlists", {"name": "x", "job_id": 999})).status == 422
    assert (await wire("GET", "/shortlists/999/candidates")).status == 404


async def test_webhook_registration(wire: Any) -> None:
    """The secret is whole once; a URL that is not http(s), or an unknown event, is a 422."""
    made = await wire("POST", "/webhooks", {"url": "https://example.com/hook", "events": ["batch.completed"]})
    assert made.status == 201
    assert made.data["secret"].startswith("whsec_")
    (listed,) = (await wire("GET", "/webhooks")).data
    assert made.data["secret"] not in str(listed)
    assert listed["active"] is True
    for url in ("ftp://example.com", "file:///etc/passwd", "https://", "example.com", "http://a b/", "http://a:99999/"):
        refused = await wire("POST", "/webhooks", {"url": url, "events": ["ping"]})
        assert refused.status == 422, url
    assert (await wire("POST", "/webhooks", {"url": "http://a/", "events": ["nothing"]})).status == 422
    assert (await wire("DELETE", f"/webhooks/{made.data['id']}")).status == 200
    assert (await wire("GET", "/webhooks")).data == []
    assert (await wire("POST", f"/webhooks/{made.data['id']}/test")).status == 404
