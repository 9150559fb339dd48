"""Success comes in several forms: each call reads all that its answer can be read from, and says where it cannot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from conftest import session_at
from scripted import answer, raw_server

import cvsense_async as cv
from cvsense_async import CVSenseSession

Way = Callable[[CVSenseSession], Awaitable[Any]]

DONE: dict[str, tuple[Way, Any]] = {
    "update_job": (lambda session: session.jobs.update(7, title="t", salary_min=None), cv.Job(id=7, title="t")),
    "delete_job": (lambda session: session.jobs.delete(7), None),
    "start": (lambda session: session.screening.start(9), cv.BatchState(batch_id=9)),
    "cancel": (lambda session: session.screening.cancel(9), cv.BatchState(batch_id=9)),
    "set_status": (lambda session: session.candidates.set_status(3, "hired"), None),
    "delete_webhook": (lambda session: session.webhooks.delete(3), None),
    "ping": (lambda session: session.webhooks.ping(3), None),
}
"""Calls for which "done" is enough, and what they give for it: what was asked."""

TOLD: dict[str, Way] = {
    "create_job": lambda session: session.jobs.create("t", "d", "l"),
    "create_shortlist": lambda session: session.shortlists.create("s"),
    "register": lambda session: session.webhooks.register("https://x", ["ping"]),
    "create_batch": lambda session: session.screening.create(7),
    "get_job": lambda session: session.jobs.get(7),
    "account": lambda session: session.account.get(),
    "credits": lambda session: session.account.credits(),
    "report": lambda session: session.screening.report(1, 2),
    "candidate": lambda session: session.candidates.get(1),
}
"""Calls whose answer is needed: without it they end in an error that says so."""

FORMS = {
    "204": answer(204),
    "202": answer(202, {"success": True, "message": "Done."}),
    "message": answer(200, {"success": True, "message": "Done."}),
    "success": answer(200, {"success": True}),
    "null": answer(200, {"success": True, "data": None}),
    "nothing": answer(200),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DONE)
async def test_done_is_enough_where_nothing_else_is_needed(name: str, form: str) -> None:
    """Any 2xx, with a message, with nothing or with no body."""
    way, gives = DONE[name]
    async with raw_server(FORMS[form]) as raw, session_at(raw) as session:
        assert await way(session) == gives
        assert len(raw.heads) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TOLD)
async def test_what_is_missing_is_told(name: str, form: str) -> None:
    """A success without what was asked for is an error, not an empty thing."""
    async with raw_server(FORMS[form]) as raw, session_at(raw) as session:
        with pytest.raises((cv.InvalidResponse, cv.AmbiguousOutcome)):
            await TOLD[name](session)


@pytest.mark.parametrize("form", FORMS)
async def test_a_list_that_was_not_given_is_told(form: str) -> None:
    """No content is an empty list; a message, or an answer that was lost, is none."""
    async with raw_server(FORMS[form]) as raw, session_at(raw) as session:
        if form in ("204", "null"):
            assert len(await session.jobs.list()) == 0
        else:
            with pytest.raises(cv.InvalidResponse, match="list"):
                await session.jobs.list()


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "document",
    [
        {"success": True, "data": {"id": 7, "title": "t"}},
        {"data": {"id": 7, "title": "t"}},
        {"message": "Created.", "data": {"id": 7, "title": "t"}},
        {"success": True, "message": "Created.", "id": 7, "title": "t"},
        {"id": 7, "title": "t"},
    ],
)
async def test_where_a_model_may_stand(document: Any, status: int) -> None:
    """In an envelope of any of these forms, or alone."""
    async with raw_server(answer(status, document)) as raw, session_at(raw) as session:
        job = await session.jobs.create("t", "d", "l")
        assert (job.id, job.title) == (7, "t")


@pytest.mark.parametrize("no", [False, 0, "false"])
async def test_a_no_under_a_success_status(no: Any) -> None:
    """An envelope that says no is a refusal, whatever the status, and is not sent again."""
    async with raw_server(answer(200, {"success": no, "message": "No."})) as raw, session_at(raw) as session:
        with pytest.raises(cv.StatusError, match="No"):
            await session.jobs.get(7)
        assert len(raw.heads) == 1


async def test_the_words_of_a_422_reach_the_caller() -> None:
    """What the service says of a file stands in `field_errors`, and not in the error's text: it may be personal."""
    from io import BytesIO

    said = {"message": "The files.0 failed.", "errors": {"files.0": ["greta.pdf may not be greater than 2048 kB."]}}
    file = cv.UploadFile("greta.pdf", "application/pdf", 3, lambda: BytesIO(b"%PD"))
    async with raw_server(answer(422, said)) as raw, session_at(raw) as session:
        with pytest.raises(cv.ValidationFailed) as caught:
            await session.screening.upload(9, [file])
    assert caught.value.field_errors == said["errors"]
    assert caught.value.message == "The files.0 failed."
    assert "greta" not in str(caught.value)


async def test_a_warning_before_the_json_is_told() -> None:
    """What PHP printed before the JSON is told as that, and none of its words."""
    body = b'<br />\n<b>Warning</b>:  Undefined array key "greta" in <b>/srv/x.php</b>\n' + b'{"data": {"id": 7}}'
    async with raw_server(answer(200, body)) as raw, session_at(raw) as session:
        with pytest.raises(cv.InvalidResponse, match="the answer begins with a PHP warning") as caught:
            await session.jobs.get(7)
        assert "greta" not in str(caught.value)
