"""The sender alone, without a socket: what it asks aiohttp for, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aioresponses import aioresponses
from conftest import FAST, QUICK_RETRIES
from yarl import URL

import cvsense_async as cv
from cvsense_async import CVSenseSession

BASE = "https://backend.cvsense.co.uk/api/v1"


@pytest.fixture
async def wire() -> AsyncIterator[aioresponses]:
    """Answers in place of the network."""
    with aioresponses() as mocked:
        yield mocked


@pytest.fixture
async def session() -> AsyncIterator[CVSenseSession]:
    """A session at the service's own address."""
    async with CVSenseSession("cvs_key", rate_limit=FAST, retries=QUICK_RETRIES, trust_env=False) as opened:
        yield opened


async def test_what_is_asked_for(wire: aioresponses, session: CVSenseSession) -> None:
    """The documented base URL, the key as a bearer token, and no redirects."""
    wire.get(f"{BASE}/jobs/7", payload={"success": True, "data": {"id": 7, "title": "t"}})
    job = await session.jobs.get(7)
    assert (job.id, job.title) == (7, "t")
    ((_, (call,)),) = wire.requests.items()
    assert call.kwargs["headers"]["Authorization"] == "Bearer cvs_key"
    assert call.kwargs["headers"]["Accept"] == "application/json"
    assert call.kwargs["allow_redirects"] is False


async def test_a_body_is_json_without_what_was_not_given(wire: aioresponses, session: CVSenseSession) -> None:
    """Fields that were not given are not sent; `None` in an update clears a field."""
    wire.put(f"{BASE}/jobs/7", payload={"success": True, "data": {"id": 7}})
    await session.jobs.update(7, title="new", salary_min=None)
    ((_, (call,)),) = wire.requests.items()
    assert call.kwargs["data"] == b'{"title":"new","salary_min":null}'
    assert call.kwargs["headers"]["Content-Type"] == "application/json"


async def test_each_attempt_takes_a_slot(wire: aioresponses, session: CVSenseSession) -> None:
    """Two failures and a success are three requests of the quota."""
    url = f"{BASE}/account/credits"
    wire.get(url, status=500)
    wire.get(url, status=502, body="<html>")
    wire.get(url, payload={"success": True, "data": {"balance": 5}})
    assert (await session.account.credits()).balance == 5
    assert session.limiter.state.granted == 3


async def test_the_rate_limit_headers_reach_the_limiter(wire: aioresponses, session: CVSenseSession) -> None:
    """A lower limit in an answer lowers what the limiter lets go."""
    headers = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59"}
    wire.get(f"{BASE}/account/credits", payload={"success": True, "data": {"balance": 5}}, headers=headers)
    await session.account.credits()
    assert session.limiter.state.limit == 60


@pytest.mark.parametrize("page", [1, 2])
async def test_a_query(wire: aioresponses, session: CVSenseSession, page: int) -> None:
    """Filters travel in the query, and only those that were given."""
    url = URL(f"{BASE}/candidates").with_query({"job_id": "a b", "page": str(page)})
    wire.get(url, payload={"success": True, "data": [{"id": 1}]})
    assert len(await session.candidates.list(job_id="a b", page=page)) == 1


async def test_a_binary_answer(wire: aioresponses, session: CVSenseSession) -> None:
    """A PDF report is given as its bytes."""
    wire.get(f"{BASE}/screening/batch/b/report/i", body=b"%PDF-1.7", content_type="application/pdf")
    assert await session.screening.report_pdf("b", "i") == b"%PDF-1.7"


async def test_an_empty_answer(wire: aioresponses, session: CVSenseSession) -> None:
    """204 and a bare message are successes; what is known of the state is what was asked."""
    wire.post(f"{BASE}/screening/batch/9/start", status=204)
    wire.delete(f"{BASE}/screening/batch/9", payload={"success": True, "message": "Cancelled."})
    assert (await session.screening.start(9)).batch_id == 9
    assert isinstance(await session.screening.cancel(9), cv.BatchState)
