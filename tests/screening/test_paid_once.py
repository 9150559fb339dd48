"""What was paid for is collected before anything is judged, and sent again only where that is certain to be free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import QUICK_POLLS, cvs, session_at
from crashes import Died, Life, MortalJournal, mortal_session
from odd_service import JOB, Instead, OddService, serving, take, told

from cvsense_async import BudgetExceeded
from cvsense_async.screening.sqlite_journal import look_into

NUMBERS = pytest.mark.parametrize("hides", [(), ("credits_used",)], ids=["with credits_used", "without"])


@NUMBERS
async def test_a_batch_that_is_cancelled_half_way(hides: tuple[str, ...]) -> None:
    """Six of ten were processed at the deadline: six results, six credits, and four that are free."""
    async with serving(OddService(processes=[6], hides=hides)) as service:
        run = await told(service, cvs(10), batch_deadline=0.3)
        assert len(run.screened) == 6
        assert (len(run.failed), len(run.unsettled)) == (4, 0)
        assert run.summary.credits_used == service.charged == 6


async def test_a_batch_that_says_nothing_of_what_it_processed() -> None:
    """Without any number nothing may be concluded: what has no result is unsettled, and nothing is sent again."""
    async with serving(OddService(processes=[6], hides=("credits_used", "processed", "total", "failed"))) as service:
        run = await told(service, cvs(10), batch_deadline=0.3, retry_failed=2)
        assert len(run.screened) == 6
        assert (len(run.failed), len(run.unsettled)) == (0, 4)
        assert all(one.look_up and one.batch_id == 1 and one.result is None for one in run.unsettled)
        assert run.summary.credits_used == service.charged == 6
        assert len(service.items) == 10


@NUMBERS
@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("processes", [0, 6])
async def test_a_start_that_answers_nothing(
    hides: tuple[str, ...], journal: bool, processes: int, tmp_path: Path
) -> None:
    """A start was carried out, answers 500 and is not shown by the status: what it processed is collected when the
    batch is given up, and only the rest goes into another one."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "start" and answer["batch_id"] == 1:
            return Instead(500)
        if operation == "status" and answer["batch_id"] == 1 and answer["status"] == "processing":
            return {**answer, "status": "created", **dict.fromkeys({"processed", "credits_used"} - set(hides), 0)}
        return answer

    async with serving(OddService(bend, processes=[processes], hides=hides)) as service:
        options: dict[str, Any] = {"journal": tmp_path / "j.db"} if journal else {}
        run = await told(service, cvs(10), batch_deadline=1.0, **options)
        assert len(run.screened) == service.charged == run.summary.credits_used == 10
        assert not service.twice()
        assert run.summary.complete
        if journal:
            assert not (await look_into(tmp_path / "j.db")).open_batches
            async with session_at(service) as session:
                again = await take(session.resume(tmp_path / "j.db"))
            assert len(again.screened) == service.charged == again.summary.credits_used == 10


@pytest.mark.parametrize("processes", [0, 6])
async def test_a_budget_holds_though_a_batch_was_given_up(processes: int) -> None:
    """What goes into another batch is counted once: no more is charged than `max_credits`, and no less is used."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "start" and answer["batch_id"] == 1:
            return Instead(500)
        if operation == "status" and answer["batch_id"] == 1 and answer["status"] == "processing":
            return {**answer, "status": "created", "processed": 0, "credits_used": 0}
        return answer

    async with serving(OddService(bend, processes=[processes])) as service, session_at(service) as session:
        given: list[str] = []
        options: dict[str, Any] = {"batch_size": 10, "max_credits": 20, "batch_deadline": 1.0, "max_open_batches": 1}
        run = session.screen(iter(list(cvs(40))), job=JOB, poll_interval=QUICK_POLLS, **options)
        with pytest.raises(BudgetExceeded):
            async for batch in run:
                given += [screened.document.sha256 for screened in batch if screened.document is not None]
        assert len(given) == service.charged == run.summary.credits_used == 20
        assert not service.twice()


@NUMBERS
async def test_a_start_that_is_refused_though_it_was_done(hides: tuple[str, ...]) -> None:
    """A start that answers 409 is not the end of it: what the batch is, its status says."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return Instead(409) if operation == "start" and nth == 1 else answer

    async with serving(OddService(bend, hides=hides)) as service:
        run = await told(service, cvs(10))
        assert len(run.screened) == run.summary.credits_used == service.charged == 10


@NUMBERS
@pytest.mark.parametrize("word", ["failed", "FAILED", "error"])
async def test_a_failed_batch_with_some_results(hides: tuple[str, ...], word: str) -> None:
    """What a failed batch processed is given; the rest is free, and is sent again where the caller wants that."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation in ("start", "status") and answer["batch_id"] == 1 and answer["status"] == "processing":
            service.batch_of(1).end(word)
            return service.status(service.batch_of(1))
        return answer

    async with serving(OddService(bend, processes=[3], hides=hides)) as service:
        run = await told(service, cvs(10), retry_failed=1)
        assert len(run.screened) == service.charged == run.summary.credits_used == 10
        assert not service.twice()


@pytest.mark.parametrize("credits_used", [None, 0, 5])
async def test_more_is_charged_than_the_service_counts(credits_used: int | None) -> None:
    """What results prove was charged counts, whatever number comes with them."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "status":
            answer["credits_used"] = credits_used
        return answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(10))
        assert run.summary.credits_used == service.charged == 10


async def test_a_cancel_whose_answer_is_lost_and_that_takes_its_time() -> None:
    """A cancel that answers 500, and a status that says `cancelling` for a while: its end is waited for."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "cancel" and nth == 1:
            service.batch_of(1).status = "cancelling"
            return Instead(500)
        if operation == "status" and answer["status"] == "cancelling" and nth > 25:
            service.batch_of(1).status = "cancelled"
        return answer

    async with serving(OddService(bend, processes=[6], hides=("credits_used",))) as service:
        run = await told(service, cvs(10), batch_deadline=0.3)
        assert len(run.screened) == 6
        assert (len(run.failed), len(run.unsettled)) == (4, 0)


async def test_a_service_that_deletes_what_it_cancels() -> None:
    """A batch that was never started and is gone after its DELETE holds nothing: its CVs go into another one."""

    def before(operation: str, nth: int) -> int | None:
        gone = any(batch.status == "cancelled" for batch in service.batches) and len(service.batches) == 1
        return 404 if gone and operation in ("status", "cancel") else None

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return Instead(500) if operation == "upload" and nth == 1 else answer

    async with serving(OddService(bend, before=before)) as service:
        upload = service.upload
        service.upload = lambda batch, files: upload(batch, files[: 0 if batch.id == 1 else None])  # type: ignore[method-assign]
        run = await told(service, cvs(4))
        assert len(run.screened) == service.charged == 4


# --- what is counted is compared with what was sent ------------------------------------------------------------------


def doubling(service: OddService, *, says: bool) -> None:
    """The first upload is taken twice, as when a 503 came after the work and something sent it again."""
    upload = service.upload

    def twice(batch: Any, files: list[tuple[str, str]]) -> Any:
        if batch.id == 1 and not batch.items:
            service.take(batch, files)
        said = upload(batch, files)
        return said if says else {**said, "total_files": None}

    service.upload = twice  # type: ignore[method-assign]


async def test_a_batch_that_holds_more_is_never_started() -> None:
    """An upload's answer says that the batch holds twice what was sent: it is cancelled, and another one used."""
    async with serving(OddService()) as service:
        doubling(service, says=True)
        run = await told(service, cvs(10))
        assert len(run.screened) == service.charged == run.summary.credits_used == 10
        assert not service.twice()
        assert service.batch_of(1).status == "cancelled"


async def test_a_batch_that_is_seen_to_hold_more_once_it_is_started() -> None:
    """Nothing said so before: it is cancelled at once, what it processed is kept, the rest goes into another one."""
    async with serving(OddService(processes=[4])) as service:
        doubling(service, says=False)
        run = await told(service, cvs(10))
        assert len(run.screened) + len(run.unsettled) == 10
        assert not service.twice()
        assert service.batch_of(1).status == "cancelled"
        assert run.summary.credits_used == service.charged


async def test_two_copies_of_every_document_are_told() -> None:
    """A batch that was doubled and completed before anybody could see it: one result each, all credits counted."""
    async with serving(OddService()) as service:
        doubling(service, says=False)
        run = await told(service, cvs(5))
        tied = [screened for batch in run.batches for screened in batch if screened.document is not None]
        assert len(tied) == 5
        assert run.summary.credits_used == service.charged == 10
        assert "holds 10 files where 5 were sent" in str(run.batches[0].failure)


@pytest.mark.parametrize("counts", [{"total_files": 0}, {"uploaded": None, "total_files": None}, {"uploaded": 0}])
async def test_counts_that_say_nothing(counts: dict[str, int | None]) -> None:
    """Every file is named as taken, and a count is not kept or not given: the batch is started."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            return {**answer, **counts}
        if operation == "status" and answer["status"] == "created":
            answer["total"] = 0
        return answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(10))
        assert len(run.screened) == 10
        assert len(service.batches) == 1


# --- a 504 means slow -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [502, 504])
async def test_an_upload_that_goes_on_after_its_proxy_gave_up(status: int) -> None:
    """The status counts nothing just after the answer and everything a little later: nothing is cancelled or cut."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return Instead(status) if operation == "upload" else answer

    async with serving(OddService(bend)) as service:

        def late(batch: Any, files: list[tuple[str, str]]) -> Any:
            service.land_later(batch, files, 0.1)
            return {}

        service.upload = late  # type: ignore[method-assign]
        run = await told(service, cvs(40), batch_size=20)
        assert len(run.screened) == service.charged == 40
        assert [batch.uploads for batch in service.batches] == [[20], [20]]
        assert service.calls["cancel"] == 0


async def test_no_upload_is_cut_for_being_slow() -> None:
    """An upload that never lands is tried again whole in another batch."""

    def before(operation: str, nth: int) -> int | None:
        return 504 if operation == "upload" and nth <= 3 else None

    async with serving(OddService(before=before)) as service:
        run = await told(service, cvs(20))
        assert len(run.screened) == service.charged == 20
        assert [batch.uploads for batch in service.batches] == [[], [], [], [20]]


# --- one reading is never final ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("operation", ["status", "results"])
@pytest.mark.parametrize("how", [404, 409, 500, "empty"])
async def test_a_reading_that_lags(operation: str, how: Any, journal: bool, tmp_path: Path) -> None:
    """Replicas that know nothing yet, right after a success: it is asked again, and nothing is given up."""

    def bend(op: str, nth: int, answer: Any) -> Any:
        if op != operation or nth > 5:
            return answer
        return Instead(how) if how != "empty" else ([] if op == "results" else {})

    async with serving(OddService(bend, processes=[None, None])) as service:
        options: dict[str, Any] = {"journal": tmp_path / "j.db"} if journal else {}
        if operation == "status":  # it is read at all
            start = service.start

            def slowly(batch: Any) -> None:
                start(batch)
                batch.status = "queued" if service.calls["status"] < 8 else "completed"

            service.start = slowly  # type: ignore[method-assign]
            real = service.status
            service.status = lambda batch: (
                (  # type: ignore[method-assign]
                    batch.end("completed") if service.calls["status"] >= 8 and batch.status == "queued" else None
                )
                or real(batch)
            )
        run = await told(service, cvs(10), **options)
        assert len(run.screened) == service.charged == run.summary.credits_used == 10
        assert service.calls["cancel"] == 0
        assert len(service.batches) == 1


@pytest.mark.parametrize("operation", ["upload", "start", "cancel"])
@pytest.mark.parametrize("status", [404, 409])
async def test_a_step_that_is_refused_once(operation: str, status: int) -> None:
    """A replica that does not know the batch yet when it is uploaded into, started or cancelled."""

    def before(op: str, nth: int) -> int | None:
        return status if op == operation and nth == 1 else None

    async with serving(OddService(before=before, processes=[6] if operation == "cancel" else [])) as service:
        run = await told(service, cvs(10), batch_deadline=0.3)
        assert len(run.screened) == service.charged == (6 if operation == "cancel" else 10)
        assert not run.unsettled
        assert not service.twice()


@pytest.mark.parametrize("status", [404, 500])
async def test_a_status_that_cannot_be_read(status: int) -> None:
    """Where it cannot be read for long, the results are tried, and are enough if they are all there."""

    def before(operation: str, nth: int) -> int | None:
        return status if operation == "status" else None

    async with serving(OddService(before=before)) as service:
        service.status = lambda batch: {"batch_id": batch.id}  # type: ignore[method-assign]
        run = await told(service, cvs(10))
        assert len(run.screened) == run.summary.credits_used == service.charged == 10


async def test_a_batch_that_stays_unknown_is_unsettled_in_the_end() -> None:
    """Every wait ends: after so long without a success the documents are unsettled, and are not sent again."""

    def before(operation: str, nth: int) -> int | None:
        return 404 if operation in ("status", "results", "cancel") else None

    async with serving(OddService(before=before, processes=[3])) as service:
        run = await told(service, cvs(10), retry_failed=2)
        assert not run.screened
        assert len(run.unsettled) == 10
        assert len(service.items) == 10


# --- words that nobody knows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["COMPLETED", "Done", "finished", "completed_with_errors", "expired", "error", "CompletedWithWarnings"]
)
async def test_an_end_in_another_word(word: str) -> None:
    """Results are tried once a status means an end in any reading."""
    async with serving(OddService(ends=word)) as service:
        run = await told(service, cvs(10))
        assert len(run.screened) == service.charged == run.summary.credits_used == 10
        assert service.calls["cancel"] == 0


async def test_a_word_that_means_nothing_when_all_is_processed() -> None:
    """A status that nobody knows, and numbers that say that all is done: results are tried at once."""
    async with serving(OddService(ends="abgeschlossen")) as service:
        service.before = lambda operation, nth: None
        run = await told(service, cvs(10), batch_deadline=20.0)
        assert len(run.screened) == run.summary.credits_used == 10
        assert run.summary.complete
        assert service.calls["cancel"] == 0


async def test_a_word_that_means_nothing_is_polled_on() -> None:
    """An unknown status in between is no end."""
    seen = 0

    def bend(operation: str, nth: int, answer: Any) -> Any:
        nonlocal seen
        if operation == "status" and (seen := seen + 1) < 6:
            return {**answer, "status": "warming_up", "processed": 0}
        return answer

    async with serving(OddService(bend)) as service:
        start = service.start

        def quietly(batch: Any) -> None:
            start(batch)
            batch.status = "warming_up" if not seen else batch.status

        service.start = quietly  # type: ignore[method-assign]
        status = service.status
        service.status = lambda batch: {**status(batch), "status": "completed" if seen >= 5 else batch.status}  # type: ignore[method-assign]
        run = await told(service, cvs(10))
        assert len(run.screened) == 10
        assert seen >= 6


# --- the caller's own source ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", [False, True])
async def test_a_source_that_raises(journal: bool, tmp_path: Path) -> None:
    """What was started by then is collected and given; then the caller's own error is raised."""

    def source() -> Any:
        for number, file in enumerate(cvs(30)):
            if number == 25:
                raise LookupError("the database is gone")
            yield file

    async with serving(OddService()) as service, session_at(service) as session:
        given: list[str] = []
        options: dict[str, Any] = {"journal": tmp_path / "j.db"} if journal else {}
        run = session.screen(source(), job=JOB, batch_size=10, poll_interval=QUICK_POLLS, **options)
        with pytest.raises(LookupError, match="database") as caught:
            async with run:
                async for batch in run:
                    given += [screened.document.sha256 for screened in batch if screened.document is not None]
        assert len(given) == service.charged == run.summary.credits_used == 20
        assert bool(getattr(caught.value, "__notes__", [])) is journal
        if journal:
            again = await take(session.resume(tmp_path / "j.db", list(cvs(30))))
            assert len(again.screened) == service.charged == 30


# --- what was unsettled is asked for again ----------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [True, False], ids=["with credits_used", "without"])
async def test_a_resume_asks_for_what_was_unsettled(counts: bool, tmp_path: Path) -> None:
    """Results that came too late for the run are given by the next one, once, and no credit is counted twice."""
    late = True

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "results" and late:
            return answer[:7]
        return {**answer, "credits_used": 10 if counts else None} if operation == "status" else answer

    async with serving(OddService(bend)) as service, session_at(service) as session:
        first = await told(service, cvs(10), journal=tmp_path / "j.db")
        assert (len(first.screened), len(first.unsettled)) == (7, 3)
        assert first.summary.credits_used == (10 if counts else 7)
        late = False
        for _ in range(2):
            run = await take(session.resume(tmp_path / "j.db", list(cvs(10))))
            assert len(run.screened) == run.summary.credits_used == service.charged == 10
            assert run.summary.complete
            assert all(batch.ok for batch in run.batches)


async def test_a_resume_asks_for_a_batch_that_was_unknown(tmp_path: Path) -> None:
    """A service that knew nothing of a batch for too long knows it when the run goes on."""
    lost = True

    def before(operation: str, nth: int) -> int | None:
        return 404 if lost and operation in ("status", "results", "cancel") else None

    async with serving(OddService(before=before, processes=[])) as service, session_at(service) as session:
        start = service.start

        def quietly(batch: Any) -> None:
            start(batch)
            batch.status = "queued" if lost else "completed"

        service.start = quietly  # type: ignore[method-assign]
        first = await told(service, cvs(10), journal=tmp_path / "j.db")
        assert len(first.unsettled) == 10
        lost = False
        service.batch_of(1).status = "completed"
        run = await take(session.resume(tmp_path / "j.db", list(cvs(10))))
        assert len(run.screened) == run.summary.credits_used == service.charged == 10


class DiesWhenItReads(Life):
    """A process that is killed just before it reads a batch's status for the first time."""

    def point(self, name: str) -> None:
        """A point that is passed alive, or not."""
        self.dead = self.dead or name == "before GetBatchStatus"
        if self.dead:
            raise Died


async def test_a_resume_does_not_judge_by_its_first_reading(tmp_path: Path) -> None:
    """A process died while an upload was on its way; the next one sees nothing of it at first, and cancels nothing."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            return Instead(504)
        return {**answer, "total": 0} if operation == "status" and nth <= 2 else answer

    async with serving(OddService(bend)) as service:
        async with session_at(service) as session:
            life = DiesWhenItReads()
            mortal_session(session, life)
            journal = MortalJournal(tmp_path / "j.db", life)
            run = session.screen(list(cvs(10)), job=JOB, poll_interval=QUICK_POLLS, journal=journal, grace=0.2)
            with pytest.raises(BaseException):  # noqa: B017, PT011  (as a process ends)
                await take(run)
        async with session_at(service) as session:
            again = await take(session.resume(tmp_path / "j.db", list(cvs(10))))
        assert len(again.screened) == service.charged == 10
        assert service.calls["cancel"] == 0
        assert len(service.batches) == 1


@NUMBERS
async def test_leaving_counts_what_was_charged(hides: tuple[str, ...]) -> None:
    """Batches that had ended when the run was left are in its summary's credits, whether the service counts or not."""
    async with serving(OddService(processes=[None, 3, None, None], hides=hides)) as service:
        async with session_at(service) as session:
            options: dict[str, Any] = {"batch_size": 5, "poll_interval": (0.5, 1.0)}
            async with session.screen(list(cvs(20)), job=JOB, **options) as run:
                async for _ in run:
                    break
        assert service.charged > 5
        assert run.summary.credits_used == service.charged
        assert not run.summary.left
