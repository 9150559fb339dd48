"""The whole job, and the lists, through each way in which Laravel, PHP and a proxy word the same contract.

The server's ledger judges: each CV has one result, its own, was paid for once, and nothing is held.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in
from contract_server import LARAVEL
from resuming import hold, screen, take

from cvsense_async import AuthenticationError, CVSenseError

PAGINATORS = [
    "plain", "raw", "resource", "simple_plain", "simple_raw", "simple_resource", "cursor_plain", "cursor_raw",
    "cursor_resource",
]  # fmt: skip
FORMS: dict[str, dict[str, Any]] = {
    **{kind: {"pages": kind} for kind in PAGINATORS},
    "items": {"pages": "items"},
    **{
        f"{kind}, a page of 15 whatever is asked": {"pages": kind, "ignore_per_page": True, "default_per_page": 15}
        for kind in (*PAGINATORS, "items", "meta")
    },
    "items, pages of 7": {"pages": "items", "ignore_per_page": True, "default_per_page": 7},
    "cursor, ids that a path must quote": {
        "pages": "cursor_raw",
        "ignore_per_page": True,
        "default_per_page": 7,
        "ids": "odd",
    },
    "20 files, and none is named": {"max_file_uploads": 20, "upload_items": "none"},
    "filtered": {"pages": "raw", "lists": "filtered", "inner_lists": "filtered"},
    "filtered beside meta": {"lists": "filtered"},
    "sorted": {"pages": "raw", "lists": "sorted", "inner_lists": "sorted"},
    "filtered, bare": {"pages": "bare", "lists": "filtered"},
    "bom": {"bom": True},
    "seconds": {"times": "int"},
    "PHP's dates": {"times": "php"},
    "capitals": {"statuses": "upper"},
    "capitals, no credits_used": {"statuses": "upper", "status_omits": ["credits_used"]},
    "another word": {"status_words": {"completed": "completed_with_errors"}},
    "Done": {"status_words": {"completed": "done"}, "statuses": "title"},
    "status alone": {
        "status_omits": ["total", "processed", "failed", "progress", "credits_used", "estimated_seconds_remaining"]
    },
    "Laravel": LARAVEL,
    "Laravel without a login": {**LARAVEL, "without_json": "no_route", "pages": "cursor_resource"},
}


def sent(count: int) -> dict[str, str]:
    """SHA-256 to name of what `cvs` makes."""
    return {hashlib.sha256(content).hexdigest(): name for name, content in cvs(count)}


@pytest.mark.parametrize("form", FORMS)
async def test_a_run_comes_out_right(form: str) -> None:
    """Each CV gets its own result and is paid for once, however the service words it."""
    async with stand_in(**FORMS[form]) as server, session_at(server) as session:
        run = screen(session, cvs(60), None, batch_deadline=3.0)
        await hold(server, sent(60), await take(run))
        assert run.summary.complete


@pytest.mark.parametrize("form", [form for form in FORMS if "pages" in FORMS[form] and form != "items, pages of 7"])
async def test_lists_are_whole_and_in_order(form: str) -> None:
    """All jobs come, each once, in the service's order, though links carry neither `per_page` nor a host to reach."""
    async with stand_in(**FORMS[form]) as server, session_at(server) as session:
        made = [await session.jobs.create(title=f"Job {n}", description="D", location="L") for n in range(37)]
        assert [job.id async for job in session.jobs.list(per_page=10)] == [job.id for job in made]
        assert [job.id async for job in session.jobs.list(per_page=37)] == [job.id for job in made]


@pytest.mark.parametrize("kind", PAGINATORS)
async def test_a_filter_holds_on_each_page(kind: str) -> None:
    """Links do not repeat the filter: it is sent with each page all the same."""
    async with stand_in(pages=kind, default_per_page=10) as server, session_at(server) as session:
        jobs = [await session.jobs.create(title=title, description="D", location="L") for title in ("A", "B")]
        for job in jobs:
            await take(session.screen(cvs(23, seed=int(job.id)), job=job, poll_interval=(0.02, 0.05)))
        found = [candidate async for candidate in session.candidates.list(job_id=jobs[0].id, per_page=10)]
        assert len(found) == 23
        assert {candidate.job_id for candidate in found} == {jobs[0].id}


async def test_the_order_of_an_object_is_the_ranking() -> None:
    """`sortByDesc` leaves keys in falling order: what comes first is first, whatever its key."""
    async with stand_in(pages="raw", lists="sorted") as server, session_at(server) as at:
        [batch] = await take(screen(at, cvs(20), None))
        results = [result async for result in at.screening.results(batch.batch_id or 0)]
        assert [result.rank for result in results] == list(range(1, 21))
        assert len(results[0].skills) == 3


@pytest.mark.parametrize("over", ["413", "empty"])
async def test_a_body_that_php_does_not_take(over: str) -> None:
    """Too large an upload is refused, or seems to hold no file; smaller ones go."""
    options = {**LARAVEL, "post_max_size": 12_000, "over_post_max": over}
    async with stand_in(**options) as server, session_at(server) as session:
        run = screen(session, cvs(30), None)
        await hold(server, sent(30), await take(run))


@pytest.mark.parametrize("over", ["invalid", "missing"])
async def test_a_file_that_php_does_not_take(over: str) -> None:
    """One file over the limit costs only itself: it is told, and the others have results."""
    large = ("large.pdf", b"%PDF-1.7\n" + b"x" * 5000)
    options = {**LARAVEL, "upload_max_filesize": 3000, "over_filesize": over}
    async with stand_in(**options) as server, session_at(server) as session:
        run = screen(session, [*cvs(8), large], None)
        batches = await take(run)
        assert run.summary.screened == 8
        untaken = [each.name for batch in batches for each in batch.rejected]
        untaken += [each.document.name for batch in batches for each in (*batch.failed, *batch.unsettled)]
        assert untaken == ["large.pdf"]
        [told] = [each.said for batch in batches for each in batch.rejected]
        assert told == ("The files.8 failed to upload." if over == "invalid" else "The files field is required.")
        check = await server.check([*sent(8)])
        assert not check["never_charged"]
        assert not check["charged_twice"]
        assert not check["held_by_batch"]


AFTER = ["create", "upload", "start", "status", "results"]


@pytest.mark.parametrize("op", AFTER)
@pytest.mark.parametrize("kind", ["503_after", "504", "warning"])
async def test_an_answer_that_hides_the_work(op: str, kind: str) -> None:
    """503 after the work, 504 before it, PHP's warning before the JSON: each CV has its result, paid for once."""
    seconds = {"seconds": 0.2} if kind == "504" else {}
    faults = [{"op": op, "kind": kind, "calls": [1], **seconds}]
    async with stand_in(faults=faults) as server, session_at(server) as session:
        run = screen(session, cvs(20), None)
        await hold(server, sent(20), await take(run))


@pytest.mark.parametrize("kind", ["503_after", "504", "warning"])
async def test_a_job_is_not_made_twice(kind: str) -> None:
    """What cannot be told from the answer is an error that says what to look up, and one job is there."""
    faults = [{"op": "jobs.create", "kind": kind, "seconds": 0.0}]
    async with stand_in(faults=faults) as server, session_at(server) as session:
        with pytest.raises(CVSenseError):
            await session.jobs.create(title="T", description="D", location="L")
        await asyncio.sleep(0.05)
        assert len([job async for job in session.jobs.list()]) == 1


@pytest.mark.parametrize("lag", [{"lag_requests": 2}, {"lag_seconds": 0.3}], ids=["two readings", "some time"])
@pytest.mark.parametrize("answer", ["404", "409", "empty"])
async def test_replicas_that_lag(answer: str, lag: dict[str, Any]) -> None:
    """What is not there yet is asked for again."""
    async with stand_in(**lag, lag_answer=answer) as server, session_at(server) as session:
        run = screen(session, cvs(20), None)
        await hold(server, sent(20), await take(run))


async def test_a_pause_for_maintenance() -> None:
    """A service that is down for a while is waited for, and nothing is paid twice."""
    async with stand_in(seconds_per_cv=0.01, workers=1) as server, session_at(server) as session:
        run = screen(session, cvs(40), None, batch_size=10)
        batches: list[Any] = []
        async with run:
            async for batch in run:
                batches.append(batch)
                if len(batches) == 1:
                    await server.set(maintenance_seconds=0.1, maintenance_retry_after=None)
        await hold(server, sent(40), batches)


async def test_a_refused_key_is_told_as_one() -> None:
    """A report asked for with a wrong key is a refused key, not a redirect or the service's own failure."""
    for without_json in ("redirect", "no_route"):
        async with stand_in(**{**LARAVEL, "without_json": without_json}) as server:
            server.api_key = "cvs_wrong"
            async with session_at(server) as session:
                with pytest.raises(AuthenticationError):
                    await session.screening.report_pdf(1, 1)
