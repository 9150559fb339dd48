"""The main job against a server on a real socket: all accounted for, nothing paid twice, every way of leaving."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import QUICK_POLLS, cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async import CVSenseSession, JobDescription

JOB = JobDescription("Data engineer", "SQL, Python and pipelines.", essential=["SQL"])


def settled(check: dict[str, Any]) -> None:
    """Hold that the server's own books find nothing lost, doubled or held."""
    assert not check["charged_twice"], check
    assert not check["beside_its_copy"], check
    assert not check["held_by_batch"], check


async def everything(session: CVSenseSession, sources: Any, **options: Any) -> tuple[list[cv.BatchResult], cv.Summary]:
    """Run to the end."""
    batches: list[cv.BatchResult] = []
    async with session.screen(sources, job=JOB, poll_interval=QUICK_POLLS, **options) as run:
        async for batch in run:
            batches.append(batch)
    return batches, run.summary


def tied(batches: list[cv.BatchResult]) -> int:
    """Hold that each result belongs to the content of its document; gives their number."""
    count = 0
    for screened in (screened for batch in batches for screened in batch):
        assert screened.document is not None
        assert screened.document.sha256[:12] in (screened.result.summary or "")
        count += 1
    return count


async def test_every_cv_comes_back_once(server: Any, session: CVSenseSession) -> None:
    """230 CVs in batches of 50: each one has its result, and each cost one credit."""
    batches, summary = await everything(session, cvs(230))
    assert tied(batches) == 230
    assert summary.screened == summary.credits_used == summary.found == 230
    assert summary.batches == 5
    assert summary.complete
    settled(await server.ledger())


async def test_results_are_tied_though_all_have_one_name(server: Any, session: CVSenseSession) -> None:
    """120 files called cv.pdf, and each result finds its own."""
    batches, _ = await everything(session, cvs(120, same_name=True))
    assert tied(batches) == 120


async def test_a_large_batch_takes_several_uploads(server: Any, session: CVSenseSession) -> None:
    """A batch of 200 goes out in four uploads of 50, so that fewer requests are made."""
    batches, summary = await everything(session, cvs(200), batch_size=200)
    assert tied(batches) == 200
    assert summary.batches == 1
    assert (await server.report())["by_op"]["upload"] == {"200": 4}


async def test_what_cannot_be_screened_is_said_and_costs_nothing(
    server: Any, session: CVSenseSession, tmp_path: Path
) -> None:
    """Empty, a picture, a copy, a missing file: each rejected with its reason, the rest screened."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    good = list(cvs(3))
    (tmp_path / "a" / "cv.pdf").write_bytes(good[0][1])
    (tmp_path / "b" / "cv.pdf").write_bytes(good[1][1])
    (tmp_path / "b" / "copy.pdf").write_bytes(good[0][1])
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "picture.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    batches, summary = await everything(session, [tmp_path, tmp_path / "gone.pdf"])
    assert tied(batches) == 2
    reasons = sorted(rejected.reason for batch in batches for rejected in batch.rejected)
    assert reasons == ["duplicate", "empty", "missing", "not_pdf_or_docx"]
    assert summary.rejected == 4
    assert summary.unscreened == 0
    assert summary.credits_used == 2


async def test_nothing_to_screen(server: Any, session: CVSenseSession, tmp_path: Path) -> None:
    """An empty folder is an error that says so; a folder of rejects gives the rejects."""
    with pytest.raises(cv.NoDocuments):
        await everything(session, tmp_path)
    (tmp_path / "x.pdf").write_bytes(b"")
    batches, summary = await everything(session, tmp_path)
    assert [rejected.reason for batch in batches for rejected in batch.rejected] == ["empty"]
    assert summary.batches == 0


FAULTS = [
    "drop_uncounted",
    "drop_before",
    "drop_after",
    "rst_before",
    "rst_after",
    "500",
    "502",
    "503",
    "cut",
    "truncate",
    "drop_midbody",
]
OPERATIONS = ["credits", "create", "upload", "start", "status", "results"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_fault_at_each_step(fault: str, operation: str) -> None:
    """Whatever happens to the first two requests of any step, every CV is screened once and paid once."""
    rule = {"kind": fault, "op": operation, "calls": [1, 2]}
    if fault == "503":
        rule["retry_after"] = 0
    async with stand_in(faults=[rule]) as server, session_at(server) as session:
        batches, summary = await everything(session, cvs(60), batch_size=30)
        assert tied(batches) == 60
        assert summary.complete
        books = await server.ledger()
        settled(books)
        assert books["used"] == 60


@pytest.mark.parametrize(
    "switches",
    [
        {"ids": "uuid", "pages": "laravel", "batch_id_field": "batch_id"},
        {"ids": "numeric", "pages": "pagination", "errors": "error", "times": "plain"},
        {"ids": "odd", "pages": "meta", "page_cap": 7, "errors": "error_object", "times": "offset"},
        {"pages": "bare", "page_cap": 1000, "default_per_page": 1000, "errors": "html"},
        {"unknown_status_seconds": 0.1, "unknown_fields": True, "null_optionals": True},
        {"numbers_as_strings": True, "empty_answers": "message"},
        {"empty_answers": "none", "upload_items": "none"},
        {"upload_filenames": "nfc"},
        {"upload_filenames": "basename"},
        {"max_file_uploads": 20},
        {"upload_items": "incomplete"},
        {"reject_share": 0.2},
        {"invalid_share": 0.3},
        {"max_body": 9_000},
        {"max_body": 9_000, "early_413": True},
        {"screening": "per_batch", "seconds_per_batch": 0.05},
    ],
    ids=lambda switches: "-".join(f"{key}={value}" for key, value in switches.items()),
)
async def test_every_form_that_the_contract_allows(switches: dict[str, Any]) -> None:
    """Ids, pages, errors, names and limits in each form: every document is accounted for and paid at most once."""
    async with stand_in(**switches) as server, session_at(server) as session:
        batches, summary = await everything(session, cvs(90), batch_size=45)
        ended = summary.screened + summary.invalid + summary.rejected
        assert ended == 90, (summary, [batch.failure for batch in batches])
        assert summary.complete
        tied([batch for batch in batches if "invalid_share" not in switches])
        settled(await server.ledger())


async def test_a_late_body_never_lands_beside_its_copy() -> None:
    """A body that the client gave up on, and the server takes later, is not paid for a second time."""
    rule = {"kind": "drop", "op": "upload", "calls": [1, 2, 3]}
    async with (
        stand_in(faults=[rule], late_upload_seconds=0.2) as server,
        session_at(server) as session,
    ):
        batches, summary = await everything(session, cvs(20))
        assert tied(batches) == 20
        assert summary.complete
        await asyncio.sleep(0.5)
        settled(await server.ledger())


@pytest.mark.parametrize("fate", ["fail", "lost", "missing"])
async def test_a_batch_that_fails_is_an_item_of_the_stream(fate: str) -> None:
    """One batch fails, is lost or cancelled: the others go on, and each document of it is named with what is known."""
    async with stand_in(fates=[{"fate": fate, "batches": [2], "items": 3}]) as server, session_at(server) as session:
        batches, summary = await everything(session, cvs(60), batch_size=20)
        assert len(batches) == 3
        bad = [batch for batch in batches if not batch.ok]
        assert len(bad) == 1
        assert isinstance(bad[0].failure, cv.CVSenseError)
        assert summary.screened + summary.failed + summary.unsettled == 60
        assert (summary.failed, summary.unsettled) == {"fail": (17, 0), "lost": (0, 20), "missing": (0, 3)}[fate]
        assert not (await server.ledger())["charged_twice"]


async def test_a_batch_that_never_ends_is_cancelled_at_its_deadline() -> None:
    """Every wait ends: at the batch's deadline it is cancelled, and what was processed is kept."""
    async with (
        stand_in(fates=[{"fate": "never_ends", "batches": [1], "items": 4}]) as server,
        session_at(server) as session,
    ):
        batches, summary = await everything(session, cvs(10), batch_deadline=0.3)
        assert not batches[0].ok
        assert len(batches[0]) == 4
        assert summary.failed == 6
        assert not (await server.ledger())["held_by_batch"]


async def test_a_refused_key_ends_the_run_with_a_clear_error(server: Any) -> None:
    """A wrong key: one typed error, nothing sent."""
    async with CVSenseSession("cvs_wrong", server.url) as session:
        with pytest.raises(cv.AuthenticationError, match="CVSENSE_API_KEY"):
            await everything(session, cvs(5))


@pytest.mark.parametrize(("status", "kind"), [(404, cv.NotFound), (422, cv.ValidationFailed)])
async def test_what_refuses_every_batch_ends_the_run(status: int, kind: type[cv.StatusError]) -> None:
    """A base URL that is not the API's, or a job that the service does not take: the run stops, and does not go on to
    be refused for each of its 40 batches."""
    rule = {"kind": "status", "status": status, "op": "create"}
    async with stand_in(faults=[rule]) as server, session_at(server) as session:
        with pytest.raises(kind):
            await everything(session, cvs(200), batch_size=5)
        tried = (await server.report())["by_op"]["create"]
        assert 1 <= sum(tried.values()) <= 16, tried


async def test_a_key_that_is_revoked_half_way() -> None:
    """A 401 in the middle ends the run; what had been finished was given, and what is open is named."""
    async with stand_in(unauthorized_after_requests=12, seconds_per_cv=0.2) as server, session_at(server) as session:
        batches: list[cv.BatchResult] = []
        run = session.screen(cvs(200), job=JOB, batch_size=20, poll_interval=QUICK_POLLS)
        with pytest.raises(cv.AuthenticationError):
            async with run:
                async for batch in run:
                    batches.append(batch)
        summary = run.summary
        sent = sum(left.credits for left in summary.left)
        assert sent
        assert not summary.complete


async def test_the_budget_is_checked_before_the_first_upload(server: Any, session: CVSenseSession) -> None:
    """More documents than max_credits or the balance allows: a typed error, and nothing uploaded."""
    with pytest.raises(cv.BudgetExceeded) as caught:
        await everything(session, list(cvs(11)), max_credits=10)
    assert (caught.value.needed, caught.value.allowed) == (11, 10)
    async with stand_in(credits=10) as poor, session_at(poor) as other:
        with pytest.raises(cv.BudgetExceeded):
            await everything(other, list(cvs(11)))
        assert (await poor.ledger())["used"] == 0
        assert "upload" not in (await poor.report())["by_op"]


async def test_duplicates_do_not_count_against_the_budget(server: Any, session: CVSenseSession) -> None:
    """Eleven files of which two are the same fit into ten credits."""
    files = list(cvs(10))
    _, summary = await everything(session, [*files, ("copy.pdf", files[0][1])], max_credits=10)
    assert summary.screened == 10


async def test_the_budget_is_a_hard_stop_for_a_source_without_end(server: Any, session: CVSenseSession) -> None:
    """From a stream, no more than max_credits documents are sent; what was done is kept, then the run says so."""

    async def stream() -> AsyncIterator[tuple[str, bytes]]:
        for file in cvs(100):
            yield file

    batches: list[cv.BatchResult] = []
    run = session.screen(stream(), job=JOB, batch_size=10, max_credits=25, poll_interval=QUICK_POLLS)
    with pytest.raises(cv.BudgetExceeded):
        async for batch in run:
            batches.append(batch)
    assert tied(batches) == 25
    assert (await server.ledger())["used"] == 25


async def test_credits_that_run_out_half_way(server: Any) -> None:
    """A 402 in the middle (somebody else spent them) ends the run after what was started has been given."""
    async with stand_in(credits=1000) as poor, session_at(poor) as session:
        batches: list[cv.BatchResult] = []
        run = session.screen(cvs(200), job=JOB, batch_size=20, poll_interval=QUICK_POLLS, max_open_batches=1)
        with pytest.raises(cv.InsufficientCredits):
            async for batch in run:
                batches.append(batch)
                if len(batches) == 2:
                    await poor.ask("credits", {"free": 0})
        assert tied(batches) >= 40
        settled(await poor.ledger())


# --- leaving ----------------------------------------------------------------------------------------------------------


async def held(server: Any) -> dict[str, Any]:
    return dict((await server.ledger())["held_by_batch"])


async def test_breaking_out_of_async_with_cancels_what_is_open() -> None:
    """Leaving after the first batch: no batch is left that holds a credit, and no task runs on."""
    async with stand_in(seconds_per_cv=0.02, workers=1) as server, session_at(server) as session:
        before = asyncio.all_tasks()
        async with session.screen(cvs(200), job=JOB, batch_size=10, poll_interval=QUICK_POLLS) as run:
            async for _ in run:
                break
        assert run.summary.left == ()
        assert not await held(server)
        assert run.summary.unscreened > 0
        assert run.summary.unscreened + run.summary.screened == run.summary.found
        async with asyncio.timeout(30):  # the limiter's dispatcher sees that nobody waits, and ends
            while not asyncio.all_tasks() <= before | {asyncio.current_task()}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_breaking_out_of_a_plain_loop_cancels_what_is_open() -> None:
    """A plain `async for` that is broken off leaves the run as well."""
    async with stand_in(seconds_per_cv=0.02, workers=1) as server, session_at(server) as session:
        run = session.screen(cvs(100), job=JOB, batch_size=10, poll_interval=QUICK_POLLS)
        async for _ in run:
            break
        gc.collect()
        for _ in range(1000):
            if "ended" in repr(run):
                break
            await asyncio.sleep(0.02)
        assert "ended" in repr(run)
        assert not await held(server)


async def test_entered_in_one_task_and_left_in_another() -> None:
    """No cancel scope crosses a task: open in one, iterate in a second, close in a third."""
    async with stand_in(seconds_per_cv=0.02, workers=1) as server, session_at(server) as session:
        run = session.screen(cvs(100), job=JOB, batch_size=10, poll_interval=QUICK_POLLS)
        await asyncio.create_task(run.__aenter__())

        async def first() -> cv.BatchResult:
            async for batch in run:
                return batch
            raise AssertionError

        assert len(await asyncio.create_task(first())) == 10
        await asyncio.create_task(run.__aexit__(None, None, None))
        assert not await held(server)


@pytest.fixture
async def run_of_a_fixture(server: Any) -> AsyncIterator[cv.ScreeningRun]:
    """A run that is entered by a fixture and left by its teardown."""
    async with (
        session_at(server) as session,
        session.screen(cvs(30), job=JOB, batch_size=10, poll_interval=QUICK_POLLS) as run,
    ):
        yield run


async def test_inside_a_fixture(run_of_a_fixture: cv.ScreeningRun) -> None:
    """A run lives across a pytest fixture's yield."""
    async for batch in run_of_a_fixture:
        assert batch.ok
        break


async def test_a_cancelled_consumer_leaves_well() -> None:
    """Cancelling the task that consumes (a visitor who leaves) cancels the batches and refunds."""
    async with stand_in(seconds_per_cv=0.05, workers=1) as server, session_at(server) as session:

        async def consume() -> None:
            async with session.screen(cvs(100), job=JOB, batch_size=10, poll_interval=QUICK_POLLS) as run:
                async for _ in run:
                    pass

        task = asyncio.create_task(consume())
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await held(server)


async def test_closing_the_session_leaves_its_runs() -> None:
    """A session that is closed while a run is under way takes the run with it."""
    async with stand_in(seconds_per_cv=0.05, workers=1) as server:
        async with session_at(server) as session:
            run = session.screen(cvs(100), job=JOB, batch_size=10, poll_interval=QUICK_POLLS)
            await run.__aenter__()
            await asyncio.sleep(0.3)
        assert not await held(server)


async def test_closing_the_session_does_not_break_off_the_leaving() -> None:
    """A run that is being left under a tight limit, and a session that closes meanwhile: nothing stays held unnamed."""
    async with stand_in(seconds_per_cv=0.2, workers=1) as server:
        async with session_at(server, rate_limit=cv.RateLimit(12, per=2.0)) as session:
            run = session.screen(cvs(20), job=JOB, batch_size=5, poll_interval=QUICK_POLLS)
            await run.__aenter__()
            await asyncio.sleep(1.6)
            leaving = asyncio.create_task(run.aclose())
            await asyncio.sleep(0.05)
        await leaving
        still = await held(server)
        named = {str(left.batch_id) for left in run.summary.left}
        assert set(map(str, still)) <= named, (still, run.summary)


async def test_cancel_collects_what_was_processed() -> None:
    """`run.cancel()` gives the results that were ready and refunds the rest."""
    async with stand_in(seconds_per_cv=0.05, workers=1) as server, session_at(server) as session:
        batches: list[cv.BatchResult] = []
        async with session.screen(cvs(40), job=JOB, batch_size=20, poll_interval=QUICK_POLLS) as run:

            async def consume() -> None:
                async for batch in run:
                    batches.append(batch)

            consumer = asyncio.create_task(consume())
            while not (await server.ledger())["used"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            summary = await run.cancel()
            await consumer
        books = await server.ledger()
        assert not books["held_by_batch"]
        assert summary.screened == tied(batches) == books["used"]
        assert 0 < summary.screened < 40
        assert summary.failed + summary.unscreened == 40 - summary.screened


async def test_cancel_without_a_consumer_keeps_what_was_collected() -> None:
    """Nobody iterates while the run is cancelled: its batches are still there afterwards."""
    async with stand_in(seconds_per_cv=0.02, workers=1) as server, session_at(server) as session:
        async with session.screen(cvs(60), job=JOB, batch_size=10, poll_interval=QUICK_POLLS) as run:
            while not run.progress.screened:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            summary = await run.cancel()
            batches = [batch async for batch in run]
        assert tied(batches) == summary.screened == (await server.ledger())["used"] > 0
        assert not await held(server)


async def test_a_slow_consumer_holds_the_pipeline_back(server: Any, session: CVSenseSession) -> None:
    """While nobody takes results, only a bounded number of batches is collected and begun."""
    async with session.screen(cvs(400), job=JOB, batch_size=4, max_open_batches=6, poll_interval=QUICK_POLLS) as run:
        await asyncio.sleep(0.5)
        assert run.progress.checked <= 4 * 6 + 4 * 2 + 16
        count = 0
        async for batch in run:
            count += len(batch)
    assert count == 400


async def test_a_run_is_nothing_before_it_is_used(server: Any, session: CVSenseSession) -> None:
    """Making a run sends nothing."""
    session.screen(cvs(5), job=JOB)
    assert (await server.report())["requests"] == 0


# --- other ways to the results ----------------------------------------------------------------------------------------


async def test_results_and_ranking(server: Any, session: CVSenseSession) -> None:
    """`results` flattens the batches; `ranking` keeps the best over all of them, best first."""
    scores = sorted(
        [
            s.score or 0
            async for s in session.screen(cvs(90), job=JOB, batch_size=30, poll_interval=QUICK_POLLS).results()
        ],
        reverse=True,
    )
    best = await session.screen(cvs(90), job=JOB, batch_size=30, poll_interval=QUICK_POLLS).ranking(top=10)
    assert [s.score for s in best] == scores[:10]
    with pytest.raises(cv.ConfigurationError):
        await session.screen(cvs(1), job=JOB).ranking(top=0)


async def test_screen_one(server: Any, session: CVSenseSession) -> None:
    """One CV in, one result out; one that cannot be sent is a typed error."""
    screened = await session.screen_one(next(cvs(1)), job=JOB, poll_interval=QUICK_POLLS)
    assert screened.score is not None
    with pytest.raises(cv.DocumentRejected, match="empty"):
        await session.screen_one(("cv.pdf", b""), job=JOB)


async def test_a_batch_result_iterates_both_ways(server: Any, session: CVSenseSession) -> None:
    """`for` and `async for` give the same."""
    async for batch in session.screen(cvs(5), job=JOB, poll_interval=QUICK_POLLS):
        assert list(batch) == [screened async for screened in batch]


async def test_wait_and_stream_follow_one_batch() -> None:
    """A batch that is at the service is followed to its end; an unknown status is not one."""
    async with stand_in(unknown_status_seconds=0.1) as server, session_at(server) as session:
        batch = await session.screening.create(job_title="t", job_description="d")
        from io import BytesIO

        name, content = next(cvs(1))
        file = cv.UploadFile(name, "application/pdf", len(content), lambda: BytesIO(content))
        await session.screening.upload(batch.id, [file])
        with pytest.raises(cv.PollTimeout) as caught:
            await session.screening.wait(batch.id, deadline=0.1, poll_interval=QUICK_POLLS)
        assert caught.value.batch_id == batch.id
        assert caught.value.last_status.status == "created"
        await session.screening.start(batch.id)
        state = await session.screening.wait(batch.id, deadline=5, poll_interval=QUICK_POLLS)
        assert state.status == "completed"
        results = [result async for result in session.screening.stream(batch.id, poll_interval=QUICK_POLLS)]
        assert len(results) == 1


async def test_the_plan_sends_only_the_question_for_the_balance(server: Any, session: CVSenseSession) -> None:
    """A plan counts by names and sizes; a stream needs `expected`."""
    plan = await session.plan(list(cvs(120)))
    assert (plan.documents, plan.batches, plan.credits) == (120, 3, 120)
    assert plan.affordable
    assert (await server.report())["by_op"] == {"credits": {"200": 1}}

    async def stream() -> AsyncIterator[tuple[str, bytes]]:
        yield "a.pdf", b"%PDF-"

    with pytest.raises(cv.ConfigurationError, match="expected="):
        await session.plan(stream())
    assert (await session.plan(stream(), expected=50)).documents == 50


async def test_progress_is_told(server: Any, session: CVSenseSession) -> None:
    """The callback sees documents found, uploaded and screened, and at last all of them."""
    seen: list[cv.Progress] = []
    await everything(session, cvs(60), batch_size=20, on_progress=seen.append)
    last = seen[-1]
    assert (last.found, last.uploaded, last.screened, last.batches_done) == (60, 60, 60, 3)
    assert last.found_all
    assert [progress.screened for progress in seen] == sorted(progress.screened for progress in seen)


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"max_credits": -1},
        {"poll_interval": (0, 1)},
        {"poll_interval": (10, 5)},
        {"max_open_batches": 0},
        {"batch_deadline": 0},
        {"grace": -1},
    ],
    ids=str,
)
async def test_options_that_cannot_work(session: CVSenseSession, options: dict[str, Any]) -> None:
    """Each is refused before anything is sent."""
    with pytest.raises(cv.ConfigurationError):
        session.screen(cvs(1), job=JOB, **options)


@pytest.mark.parametrize("job", [None, True, "", 1.5, object()])
async def test_what_is_no_job(session: CVSenseSession, job: Any) -> None:
    """A job is a Job, an id or a description."""
    with pytest.raises(cv.ConfigurationError):
        session.screen(cvs(1), job=job)
