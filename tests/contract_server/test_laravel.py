"""Self-checks: the contract server words things as real PHP 8.2 and Laravel 8.83 were seen to do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contract_server import LARAVEL

from .test_contract_server import FAST, Caller, calling, cv

JOB = {"title": "T", "description": "D", "location": "L"}


async def made(caller: Caller, count: int) -> None:
    """So many jobs."""
    for _ in range(count):
        assert (await caller.call("POST", "/jobs", json=JOB))[0] == 201


@pytest.mark.parametrize("form", ["plain", "raw", "resource"])
@pytest.mark.parametrize("paginator", ["", "simple_", "cursor_"])
async def test_paginators(paginator: str, form: str) -> None:
    """Each paginator has its own facts, and its links carry the page or the cursor alone."""
    async with calling(**FAST, pages=paginator + form) as caller:
        await made(caller, 5)
        _, said = await caller.call("GET", "/jobs?per_page=2")
        facts = {"plain": said, "raw": said.get("data"), "resource": said.get("meta")}[form]
        link = said["links"]["next"] if form == "resource" else facts["next_page_url"]
        assert ("last_page" in facts, "total" in facts) == ((True, True) if not paginator else (False, False))
        assert ("current_page" in facts) == (paginator != "cursor_")
        assert facts["per_page"] == "2"
        assert ("success" in said) == (form == "raw")
        host, _, query = link.partition("?")
        assert host == "http://10.255.0.1/api/v1/jobs"
        assert query.partition("=")[0] == ("cursor" if paginator == "cursor_" else "page")
        assert "&" not in query
        seen: list[Any] = []
        while link:
            items = said["data"]["data"] if form == "raw" else said["data"]
            seen += [item["id"] for item in items]
            _, said = await caller.call("GET", f"/jobs?per_page=2&{link.partition('?')[2]}")
            link = said["links"]["next"] if form == "resource" else (said["data"] if form == "raw" else said)[
                "next_page_url"
            ]  # fmt: skip
        items = said["data"]["data"] if form == "raw" else said["data"]
        assert len({*seen, *(item["id"] for item in items)}) == 5


async def test_a_cursor_paginator_knows_no_page() -> None:
    """Each page number is answered with the first page."""
    async with calling(**FAST, pages="cursor_raw") as caller:
        await made(caller, 5)
        one, two = [(await caller.call("GET", f"/jobs?per_page=2&page={n}"))[1]["data"]["data"] for n in (1, 2)]
        assert one == two


async def test_lists_that_became_objects() -> None:
    """A filtered list skips keys, a sorted one has them in another order, an empty one is an array."""
    async with calling(**FAST, pages="raw", lists="filtered") as caller:
        assert (await caller.call("GET", "/jobs"))[1]["data"]["data"] == []
        await made(caller, 3)
        assert list((await caller.call("GET", "/jobs"))[1]["data"]["data"]) == ["1", "3", "5"]
        await caller.server.set(lists="sorted")
        said = (await caller.call("GET", "/jobs"))[1]["data"]["data"]
        assert list(said) == ["2", "1", "0"]
        assert [job["id"] for job in said.values()] == [101, 102, 103]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 401),
        ("application/json, application/pdf", 401),
        ("application/pdf, application/json", 302),
        ("application/pdf;q=0.5, application/vnd.api+json", 401),
        ("*/*", 302),
        ("", 302),
    ],
)
async def test_who_expects_json(accept: str, status: int) -> None:
    """A refusal is JSON only where the Accept header prefers JSON; else it is a redirect to the login."""
    async with calling(**FAST, **LARAVEL) as caller:
        got = await caller.call("GET", "/account", headers={"Authorization": "Bearer no", "Accept": accept},
                                allow_redirects=False)  # fmt: skip
        assert got[0] == status
        assert got[1] == {"message": "Unauthenticated."} or status == 302
        await caller.server.set(without_json="no_route")
        got = await caller.call("GET", "/account", headers={"Authorization": "Bearer no", "Accept": accept})
        assert got[0] == (401 if status == 401 else 500)


async def test_phps_three_limits() -> None:
    """Surplus files are dropped, one that is too large is named or dropped, too large a body is refused or emptied."""
    async with calling(**{**FAST, **LARAVEL, "upload_max_filesize": 2000, "post_max_size": 12_000}) as caller:
        caller.http.headers["Accept"] = "application/json"
        batch = await caller.create()
        status, said = await caller.upload(batch, [(f"{n}.pdf", cv(n)[:100]) for n in range(25)])
        assert (status, said["data"]["uploaded"]) == (200, 20)
        large = ("large.pdf", cv(1, b"x" * 3000))
        status, said = await caller.upload(batch, [("a.pdf", cv(50)[:100]), large])
        assert (status, said["errors"]) == (422, {"files.1": ["The files.1 failed to upload."]})
        await caller.server.set(over_filesize="missing")
        status, said = await caller.upload(batch, [("a.pdf", cv(51)[:100]), large])
        assert (status, said["data"]["uploaded"]) == (200, 1)
        huge = ("huge.pdf", cv(1, b"x" * 13_000))
        assert await caller.upload(batch, [huge]) == (413, {"message": ""})
        await caller.server.set(over_post_max="empty")
        status, said = await caller.upload(batch, [huge])
        assert (status, list(said["errors"])) == (422, ["files"])
        assert (await caller.server.ledger(summary=True))["items"] == 21


async def test_maintenance_comes_before_everything() -> None:
    """503 with Retry-After, even to a wrong key, without rate headers and uncounted; then it is over."""
    async with calling(**FAST, maintenance_seconds=0.3, maintenance_retry_after=7) as caller:
        async with caller.http.get(caller.server.url + "/account", headers={"Authorization": "Bearer no"}) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "7"
            assert "X-RateLimit-Limit" not in answer.headers
        assert (await caller.server.log())[0]["counted_at"] is None
        await asyncio.sleep(0.35)
        assert (await caller.call("GET", "/account"))[0] == 200


async def test_a_proxy_gives_up_and_php_goes_on() -> None:
    """A 504 comes at once, the files are there some time later."""
    async with calling(**FAST, faults=[{"op": "upload", "kind": "504", "seconds": 0.3}]) as caller:
        batch = await caller.create()
        assert (await caller.upload(batch, [("a.pdf", cv(1))]))[0] == 504
        assert (await caller.call("GET", f"/screening/batch/{batch}/status"))[1]["data"]["total"] == 0
        await asyncio.sleep(0.4)
        assert (await caller.call("GET", f"/screening/batch/{batch}/status"))[1]["data"]["total"] == 1


async def test_what_comes_before_the_json() -> None:
    """A BOM, or PHP's warning."""
    async with calling(**FAST, bom=True, faults=[{"op": "account", "kind": "warning", "calls": [2]}]) as caller:
        for prefix in (b"\xef\xbb\xbf{", b"\xef\xbb\xbf<br />\n<b>Warning</b>: "):
            async with caller.http.get(caller.server.url + "/account") as answer:
                assert (await answer.read()).startswith(prefix)


@pytest.mark.parametrize(
    ("times", "kind"), [("int", int), ("php", dict), ("plain", str), ("z", str)]
)  # fmt: skip
async def test_times(times: str, kind: type) -> None:
    """A time is text, whole seconds, or PHP's object."""
    async with calling(**FAST, times=times) as caller:
        await made(caller, 1)
        said: Any = (await caller.call("GET", "/jobs"))[1]["data"][0]["created_at"]
        assert isinstance(said, kind)
        assert times != "php" or [*said] == ["date", "timezone_type", "timezone"]


@pytest.mark.parametrize("answer", ["404", "409", "empty"])
async def test_replicas_that_lag(answer: str) -> None:
    """After each change the batch is unknown, or without results, for some readings; then it is as it is."""
    async with calling(**FAST, statuses="upper", status_omits=["credits_used"]) as caller:
        batch = await caller.create()
        await caller.server.set(lag_requests=2, lag_answer=answer)
        await caller.upload(batch, [("a.pdf", cv(1))])
        got = [await caller.call("GET", f"/screening/batch/{batch}/status") for _ in range(3)]
        assert [status for status, _ in got] == [404 if answer == "empty" else int(answer)] * 2 + [200]
        assert (got[2][1]["data"]["status"], "credits_used" in got[2][1]["data"]) == ("CREATED", False)
        await caller.call("POST", f"/screening/batch/{batch}/start")
        await asyncio.sleep(0.1)
        got = [await caller.call("GET", f"/screening/batch/{batch}/results") for _ in range(3)]
        if answer == "empty":
            assert [len(said["data"]) for _, said in got] == [0, 0, 1]
        else:
            assert [status for status, _ in got] == [int(answer)] * 2 + [200]
