"""What is unsettled can be asked for again without going on with the run, and a person can say what becomes of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from conftest import cvs, session_at
from odd_service import Instead, OddService, serving, take, told

import cvsense_async as cv
from cvsense_async.errors import AuthenticationError, ConfigurationError, JournalError
from cvsense_async.screening.decisions import matching
from cvsense_async.screening.sqlite_journal import forget, look_into

PAID = ("create", "upload", "start", "cancel")


class Forgetful:
    """A service that does not show what it has: `hidden` are the names whose results are left out."""

    def __init__(self, **options: Any) -> None:
        self.hidden: set[str] = set()
        self.renamed = False
        self.lost: set[int] = set()
        self.service = OddService(self.bend, hides=("processed", "credits_used", "failed"), **options)

    def bend(self, operation: str, nth: int, answer: Any) -> Any:
        if isinstance(answer, dict) and answer.get("batch_id") in self.lost:
            return Instead(404)
        if operation == "results":
            shown = [one for one in answer if one["filename"] not in self.hidden]
            if self.renamed:
                shown = [{**one, "id": one["id"] + 1000, "filename": f"x{one['id']}.pdf"} for one in shown]
            return shown
        return answer


@asynccontextmanager
async def left_unsettled(tmp_path: Path, *names: str, count: int = 4, **options: Any) -> AsyncIterator[Any]:
    """A run of which these documents are unsettled, and a session at its service."""
    bent = Forgetful(**options)
    bent.hidden = set(names)
    (tmp_path / "in").mkdir(exist_ok=True)
    for name, content in cvs(count):
        (tmp_path / "in" / name).write_bytes(content)
    async with serving(bent.service) as service:
        run = await told(service, tmp_path / "in", journal=tmp_path / "j.db", batch_deadline=0.3)
        assert len(run.unsettled) == len(names)
        async with session_at(service) as session:
            yield bent, session, run, tmp_path / "j.db"


def paid_steps(service: OddService) -> int:
    return sum(service.calls[operation] for operation in PAID)


async def test_what_is_shown_later_is_tied(tmp_path: Path) -> None:
    """A recheck gives exactly what was missing, the journal keeps it, and no paid step is taken."""
    async with left_unsettled(tmp_path, "cv-0.pdf", "cv-2.pdf") as (bent, session, _, journal):
        before = paid_steps(bent.service)
        assert await session.recheck(journal) == []
        bent.hidden = {"cv-2.pdf"}
        (settled,) = await session.recheck(journal)
        assert [one.name for one in settled.results] == ["cv-0.pdf"]
        assert settled.results[0].document.sha256 == settled.results[0].result.summary
        assert not settled.resumed
        bent.hidden = set()
        (settled,) = await session.recheck(journal)
        assert [one.name for one in settled.results] == ["cv-2.pdf"]
        assert await session.recheck(journal) == []
        assert paid_steps(bent.service) == before
        summary = await look_into(journal)
        assert (summary.screened, summary.unsettled, summary.ended) == (4, 0, "left")
        run = await take(session.resume(journal))
        assert len(run.screened) == run.summary.credits_used == bent.service.charged == 4
        assert run.summary.complete


async def test_a_batch_that_is_open(tmp_path: Path) -> None:
    """One that goes on stays open; once it has ended its results are collected; one never started is not started."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return {**answer, "status": word} if operation == "status" and word else answer

    word = "processing"
    async with serving(OddService(bend, processes=[0])) as service, session_at(service) as session:
        run = session.screen(
            list(cvs(3)), job=cv.JobDescription("Cook", "Cooks."), journal=tmp_path / "j.db", poll_interval=(0.02, 0.05)
        )
        async with run:
            while not run.progress.batches_open or not service.calls["start"]:  # noqa: ASYNC110  (the service has no event for it)
                await anyio.sleep(0.01)
        before = paid_steps(service)
        assert await session.recheck(tmp_path / "j.db") == []
        assert len((await look_into(tmp_path / "j.db")).open_batches) == 1
        for item in service.items:
            item.processed, item.credit = True, "charged"
        service.batch_of(1).end("completed")
        word = ""
        (settled,) = await session.recheck(tmp_path / "j.db")
        assert len(settled.results) == 3
        assert paid_steps(service) == before
        summary = await look_into(tmp_path / "j.db")
        assert (summary.open_batches, summary.screened, summary.credits) == ((), 3, 3)


async def test_a_batch_that_nobody_knows(tmp_path: Path) -> None:
    """It becomes one that a person can settle, and is asked for again all the same: 404s may end."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return Instead(404) if gone and operation in ("status", "results") else answer

    async with serving(OddService(bend)) as service:
        gone = True
        run = await told(service, cvs(3), journal=tmp_path / "j.db", batch_deadline=0.2)
        assert len(run.unsettled) == 3
        async with session_at(service) as session:
            (left,) = await session.recheck(tmp_path / "j.db", patience=0.2)
            assert len(left.unsettled) == 3
            assert (await look_into(tmp_path / "j.db")).unsettled == 3
            gone = False
            (settled,) = await session.recheck(tmp_path / "j.db")
            assert len(settled.results) == service.charged == 3


async def test_a_service_that_cannot_be_asked(tmp_path: Path) -> None:
    """A refused key is an error, and no empty answer; another service's session is refused; all stays as it was."""
    async with left_unsettled(tmp_path, "cv-0.pdf") as (bent, session, _, journal):
        bent.service.before = lambda operation, nth: 401
        with pytest.raises(AuthenticationError):
            await session.recheck(journal)
        async with serving(OddService()) as other, session_at(other) as elsewhere:
            with pytest.raises(JournalError, match="another base URL"):
                await elsewhere.recheck(journal)
        summary = await look_into(journal)
        assert (summary.unsettled, summary.ended) == (1, "left")


async def test_a_person_sends_again(tmp_path: Path) -> None:
    """It is sent at the next resume and not before, a second credit is what it costs, and the word is written down."""
    async with left_unsettled(tmp_path, "cv-0.pdf", "cv-2.pdf") as (bent, session, run, journal):
        again = [one for one in run.unsettled if one.document.name == "cv-0.pdf"]
        before = paid_steps(bent.service)
        assert await session.settle(journal, again, "send_again") == []
        assert paid_steps(bent.service) == before
        assert (await look_into(journal)).unsettled == 1
        (said,) = (await look_into(journal)).decisions
        assert (said.name, said.word, said.batch_id, said.result_id) == ("cv-0.pdf", "send_again", 1, None)
        bent.hidden = {"cv-2.pdf"}
        resumed = await take(session.resume(journal))
        assert len(resumed.screened) == 3
        assert again[0].document.sha256 in resumed.screened
        assert len(resumed.unsettled) == 1
        assert len(bent.service.twice()) == 1
        with pytest.raises(ConfigurationError, match="not unsettled"):
            await session.settle(journal, again, "send_again")


async def test_a_person_gives_up(tmp_path: Path) -> None:
    """It ends as failed with that reason, and not even `retry_failed` sends it again, for it may hold a credit."""
    async with left_unsettled(tmp_path, "cv-0.pdf") as (bent, session, run, journal):
        ((given_up,),) = [what.failed for what in await session.settle(journal, run.unsettled[0], "give_up")]
        assert "given up by a person's word" in given_up.detail
        resumed = await take(session.resume(journal, retry_failed=2))
        (failed,) = resumed.failed
        assert (failed.document.name, failed.decided, failed.detail) == ("cv-0.pdf", True, given_up.detail)
        assert len(bent.service.items) == 4
        summary = await look_into(journal)
        assert (summary.given_up, summary.failed, summary.unsettled) == (1, 0, 0)


async def test_a_person_says_whose_a_kept_result_is(tmp_path: Path) -> None:
    """Results under names and ids of nobody are kept; each accepted one is its document's, once; none is lost."""
    bent = Forgetful()
    bent.renamed = True
    (tmp_path / "in").mkdir()
    for name, content in cvs(3):
        (tmp_path / "in" / name).write_bytes(content)
    async with serving(bent.service) as service, session_at(service) as session:
        run = await told(service, tmp_path / "in", journal=tmp_path / "j.db", batch_deadline=0.3)
        left = run.unsettled
        assert all(one.result is not None for one in left)
        of_content = {one.result.summary: one.result for one in left if one.result is not None}
        for number, one in enumerate(left):
            right = of_content[one.document.sha256]
            others = [each for each in left if each is not one]
            with pytest.raises(ConfigurationError, match="no result of this id"):
                await session.settle(tmp_path / "j.db", one, "accept", result_id="none")
            (accepted,) = await session.settle(tmp_path / "j.db", one, "accept", result_id=right.id)
            assert accepted.results[0].document.sha256 == accepted.results[0].result.summary
            if number == 0:
                with pytest.raises(ConfigurationError, match="another document's"):
                    await session.settle(tmp_path / "j.db", others[0], "accept", result_id=right.id)
        resumed = await take(session.resume(tmp_path / "j.db"))
        assert len(resumed.screened) == resumed.summary.credits_used == service.charged == 3
        assert [said.word for said in (await look_into(tmp_path / "j.db")).decisions] == ["accept"] * 3


async def test_a_result_is_asked_for_by_its_id(tmp_path: Path) -> None:
    """A result that was not kept is taken from the service; and it is written once that it costs what it cost."""
    async with left_unsettled(tmp_path, "cv-0.pdf", "cv-1.pdf") as (bent, session, run, journal):
        bent.hidden, bent.renamed = set(), True
        one = next(one for one in run.unsettled if one.document.name == "cv-1.pdf")
        item = next(item for item in bent.service.items if item.sha256 == one.document.sha256)
        (accepted,) = await session.settle(journal, one, "accept", result_id=item.id + 1000)
        assert accepted.results[0].result.summary == one.document.sha256
        assert (await look_into(journal)).unsettled == 1


@pytest.mark.parametrize(
    ("word", "more"),
    [("accept", {}), ("give_up", {"result_id": 7}), ("send_again", {"result_id": 7}), ("forgive", {})],
)
async def test_words_that_do_not_go_together(tmp_path: Path, word: Any, more: Any) -> None:
    """They are refused before anything is opened."""
    async with left_unsettled(tmp_path, "cv-0.pdf") as (_, session, run, journal):
        with pytest.raises(ConfigurationError):
            await session.settle(journal, run.unsettled, word, **more)
        with pytest.raises(ConfigurationError):
            await session.settle(journal, [], word, **more)
        assert (await look_into(journal)).unsettled == 1


async def test_a_word_is_all_or_nothing_and_is_forgotten_with_the_run(tmp_path: Path) -> None:
    """Of two documents of which one is not there nothing is written; `forget` leaves no trace of what was said."""
    async with left_unsettled(tmp_path, "cv-0.pdf", "cv-1.pdf") as (_, session, run, journal):
        await session.settle(journal, run.unsettled[0], "give_up")
        with pytest.raises(ConfigurationError, match="1 of the documents"):
            await session.settle(journal, run.unsettled, "give_up")
        assert (await look_into(journal)).unsettled == 1
    await forget(journal)
    with closing(sqlite3.connect(journal)) as db:
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'decision'").fetchone() == (0,)


async def test_names(tmp_path: Path) -> None:
    """A source is one document; a name may be several; eight digits of the content part them; the rest is nobody."""
    async with left_unsettled(tmp_path, "cv-0.pdf", "cv-1.pdf") as (_, _, run, _):
        left = run.unsettled
        source, sha256 = left[0].document.source, left[0].document.sha256
        for name in (left[0].document.name, source, sha256[:8], sha256.upper()):
            assert matching(left, name) == [left[0]]
        assert matching(left, "nobody.pdf") == matching(left, sha256[:4]) == matching(left, "") == []
