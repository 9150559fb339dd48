"""One odd answer is not the last word: a success that says it is none, "gone" or "locked" for a moment, a page that
cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from conftest import cvs
from odd_service import Instead, OddService, serving, told

REFUSES = {"success": False, "message": "the queue has trouble"}


async def test_an_upload_that_says_it_failed_though_it_was_done() -> None:
    """What a success took that says that it is none is looked up: the batch is used, and nothing is left held."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return Instead(200, REFUSES) if operation == "upload" else answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(6))
        assert len(run.screened) == service.charged == 6
        assert [batch.uploads for batch in service.batches] == [[6]]


async def test_an_upload_that_says_it_failed_and_did() -> None:
    """Where nothing was taken, all fail in the end, and no batch holds anything."""

    def before(operation: str, nth: int) -> int | None:
        return 200 if operation == "upload" else None

    async with serving(OddService(before=before)) as service:
        run = await told(service, cvs(3), batch_deadline=0.2)
        assert len(run.failed) == 3
        assert not service.items
        assert not run.summary.left


@pytest.mark.parametrize("status", [200, 302, 410, 423, 425])
@pytest.mark.parametrize("operation", ["status", "results"])
async def test_a_refusal_for_a_moment(operation: str, status: int) -> None:
    """Three answers that say "not now", in whatever form, give up no results that were paid for."""

    def bend(which: str, nth: int, answer: Any) -> Any:
        if which == "start":
            return {**answer, "status": "processing", "processed": 0}
        return Instead(status, REFUSES) if which == operation and nth <= 3 else answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(4))
        assert len(run.screened) == service.charged == 4
        assert service.calls["cancel"] == 0


@pytest.mark.parametrize("trouble", ["a page cannot be read", "each page is the first"])
async def test_what_was_read_before_a_page_that_cannot_be(trouble: str) -> None:
    """Results on the pages that can be read are given; the other documents are unsettled, and none is lost."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation != "results":
            return answer
        if trouble == "a page cannot be read" and service.calls["results"] % 2 == 0:
            return Instead(410)
        facts = {"current_page": 1, "per_page": 4, "last_page": 3, "total": len(answer)}
        return {"data": answer[:4], "meta": facts}

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(10), batch_deadline=0.5)
        assert len(run.screened) == 4
        assert len(run.unsettled) == 6
        assert run.summary.credits_used == service.charged == 10


@pytest.mark.parametrize("status", [400, 422])
async def test_a_service_that_takes_fewer_results_a_page(status: int) -> None:
    """Where as many as we ask for are refused, its own number is taken, and what was paid is given."""

    class Strict(OddService):
        async def answer(self, operation: str, request: web.Request) -> web.Response:
            if operation == "results" and "per_page" in request.query:
                words = {"message": "no", "errors": {"per_page": ["It may not be greater than 50."]}}
                return web.json_response(words, status=status)
            return await super().answer(operation, request)

    async with serving(Strict()) as service:
        run = await told(service, cvs(6))
        assert len(run.screened) == service.charged == 6
