"""The same command does not pay twice: what an earlier run for the same job has results of is taken, and said."""

from __future__ import annotations

import asyncio
import datetime
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import session_at
from contract_server import KEY, ContractServer

from cvsense_async.api.jobs import UpdateJob
from cvsense_async.cli.reusing import age
from cvsense_async.screening.journal_file import VERSION, connect
from cvsense_async.screening.sqlite_journal import forget

from .conftest import fill

FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.2")
SKIPPED = "not looked into for results that are paid for"


@pytest.fixture
def screen(cvsense: Any) -> Callable[..., Any]:
    """Run `cvsense screen --yes --json`, and give what it said with its document."""

    def run(*arguments: str) -> Any:
        ran = cvsense("screen", *arguments, "--yes", "--json", *FAST)
        ran.document = json.loads(ran.out) if ran.out.strip() else None
        return ran

    return run


def used(server: ContractServer) -> int:
    """The credits that the service has charged."""
    charged: int = server.ask_now("ledger", summary=1)["used"]
    return charged


def edit(journal: Path, statement: str, *values: Any) -> None:
    """Change what stands in a journal."""
    with closing(connect(str(journal), create=False)) as db:
        db.execute(statement, values)


async def call(server: ContractServer, request: Any) -> Any:
    async with session_at(server) as session:
        return (await session.with_raw_response(request)).parse()


async def posted(server: ContractServer, **changes: str) -> str:
    """The id of a job that the service knows."""
    async with session_at(server) as session:
        job = await session.jobs.create("Cook", "Cooks for many.", "Leeds")
        if changes:
            await session.jobs.update(job.id, **changes)
        return str(job.id)


def test_the_same_command_twice(at: ContractServer, screen: Any, cvsense: Any, cvs: str, job: str) -> None:
    """It pays once, says of which run the results are and how old, and gives the same ranking; `plan` says it, too."""
    first = screen(cvs, "--job", job)
    assert (first.status, used(at)) == (0, 5)
    assert first.document["reused_from"] == []
    assert "not paid for" not in first.err
    run = json.loads(cvsense("runs", "list", "--json").out)[0]["run"]
    planned = cvsense("plan", cvs, "--job", job)
    assert f"5 of 5 have results of just now, run {run}" in planned.out
    assert re.search(r"Credits +0 at most", planned.out)
    plan = json.loads(cvsense("plan", cvs, "--job", job, "--json").out)
    assert (plan["documents"], plan["reused"], plan["credits"], plan["batches"]) == (5, 5, 0, 0)
    assert [(one["run"], one["cvs"]) for one in plan["reused_from"]] == [(run, 5)]
    second = screen(cvs, "--job", job)
    assert (second.status, used(at)) == (0, 5)
    assert f"5 of 5 have results of just now, run {run}: not paid for again (--again pays anew)" in second.err
    assert [(one["run"], one["cvs"]) for one in second.document["reused_from"]] == [(run, 5)]
    assert second.document["results"] == first.document["results"]
    assert (second.document["summary"]["reused"], second.document["summary"]["credits_used"]) == (5, 0)
    third = screen(cvs, "--job", job, "--again")
    assert (third.status, used(at), third.document["summary"]["reused"]) == (0, 10, 0)


def test_what_has_come_is_paid_for(at: ContractServer, screen: Any, cvsense: Any, tmp_path: Path, job: str) -> None:
    """Renamed and copied files are known by their bytes; new ones, and those that changed, are sent."""
    folder = fill(tmp_path / "some", 5)
    screen(str(folder), "--job", job)
    fill(tmp_path / "more", 3, seed=2)
    (folder / "cv-000.pdf").rename(tmp_path / "more" / "renamed.pdf")
    (folder / "cv-001.pdf").write_bytes(b"%PDF-1.7\n changed")
    plan = json.loads(cvsense("plan", str(folder), str(tmp_path / "more"), "--job", job, "--json").out)
    assert (plan["documents"], plan["reused"], plan["credits"]) == (8, 4, 4)
    again = screen(str(folder), str(tmp_path / "more"), "--job", job)
    assert "4 of 8 have results" in again.err
    assert (used(at), again.document["summary"]["screened"]) == (9, 8)
    third = screen(str(folder), str(tmp_path / "more"), "--job", job)
    runs = {one["run"]: one["cvs"] for one in third.document["reused_from"]}
    assert sorted(runs.values()) == [4, 4]  # each from the run that paid for it
    assert used(at) == 9


def test_another_advert_is_paid_for(at: ContractServer, screen: Any, cvs: str, tmp_path: Path, job: str) -> None:
    """An advert that was edited is another one, and the run of its earlier text is named; so is one of other words."""
    screen(cvs, "--job", job)
    Path(job).write_text(Path(job).read_text() + "- Go\n", encoding="utf-8")
    edited = screen(cvs, "--job", job)
    assert (used(at), edited.document["summary"]["reused"]) == (10, 0)
    assert "for an earlier text of the advert" in edited.err
    other = tmp_path / "other.md"
    other.write_text("# Cook\n\nCooks.\n", encoding="utf-8")
    assert SKIPPED not in screen(cvs, "--job", str(other)).err
    assert used(at) == 15


@pytest.mark.parametrize("changes", [{"description": "Cooks for a few."}, {"title": "Chef"}, {"location": "York"}])
def test_a_job_by_its_id(at: ContractServer, screen: Any, cvs: str, changes: dict[str, str]) -> None:
    """It is the advert as the service has it: reused while that stands, paid anew once it was edited."""
    job = asyncio.run(posted(at))
    screen(cvs, "--job", job)
    assert screen(cvs, "--job", job).document["summary"]["reused"] == 5
    asyncio.run(call(at, UpdateJob(int(job), max_applications=7)))  # nobody is judged by that
    assert screen(cvs, "--job", job).document["summary"]["reused"] == 5
    asyncio.run(call(at, UpdateJob(int(job), **changes)))
    assert used(at) == 5
    edited = screen(cvs, "--job", job)
    assert (edited.document["summary"]["reused"], used(at)) == (0, 10)
    assert "is of an earlier text of the job, which was edited" in edited.err
    assert screen(cvs, "--job", job).document["summary"]["reused"] == 5


def test_another_key_of_the_account_and_another_account(
    started: Callable[..., ContractServer], screen: Any, cvs: str, job: str, state: Path, monkeypatch: Any
) -> None:
    """A new key of the same account takes what the old one paid for; another account's results are not taken."""
    server = started(api_keys=[KEY, "cvs_the_second_key"])
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    screen(cvs, "--job", job)
    monkeypatch.setenv("CVSENSE_API_KEY", "cvs_the_second_key")
    assert screen(cvs, "--job", job).document["summary"]["reused"] == 5
    for journal in state.glob("*.journal"):
        assert KEY.encode() not in journal.read_bytes()
        edit(journal, "UPDATE run SET options = json_set(options, '$.judged.account', 'of somebody else')")
    other = screen(cvs, "--job", job)
    assert (other.document["summary"]["reused"], used(server)) == (0, 10)
    assert "for another account" in other.err


def test_another_service(
    started: Callable[..., ContractServer], screen: Any, cvs: str, job: str, monkeypatch: Any
) -> None:
    """Its results are of no use here, and it is not asked for the account for nothing."""
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    for _ in range(2):
        server = started()
        monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
        ran = screen(cvs, "--job", job)
        assert (ran.document["summary"]["reused"], used(server), SKIPPED in ran.err) == (0, 5, False)


def test_what_could_not_be_read_is_asked_again(
    started: Callable[..., ContractServer], screen: Any, cvsense: Any, cvs: str, job: str, monkeypatch: Any
) -> None:
    """An invalid result answers for nothing: it cost no credit, and the service may read that CV today."""
    server = started(invalid_share=1.0)
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    assert screen(cvs, "--job", job).document["summary"]["invalid"] == 5
    assert json.loads(cvsense("plan", cvs, "--job", job, "--json").out)["reused"] == 0
    server.ask_now("options", {"invalid_share": 0.0})
    again = screen(cvs, "--job", job)
    assert (again.document["summary"]["screened"], again.document["summary"]["reused"]) == (5, 0)


def test_journals_that_cannot_be_used(at: ContractServer, screen: Any, cvs: str, job: str, state: Path) -> None:
    """One that is damaged, forgotten, of a newer or of an older schema, and what is none: each a word at most, and the
    rest is done."""
    screen(cvs, "--job", job)
    (whole,) = state.glob("*.journal")
    content = whole.read_bytes()
    for name in ("0001", "0002", "0003", "0004"):
        (state / f"2026-01-01-0000-{name}.journal").write_bytes(content)
    (state / "2026-01-01-0000-0001.journal").write_bytes(content[:100] + b"x" * 5000)
    asyncio.run(forget(state / "2026-01-01-0000-0002.journal"))
    edit(state / "2026-01-01-0000-0003.journal", f"PRAGMA user_version={VERSION + 1}")
    (state / "2026-01-01-0000-0006.journal").write_bytes(b"")
    (state / "2026-01-01-0000-0007.journal").write_bytes(b"not a journal at all")
    (state / "2026-01-01-0000-0008.journal").mkdir()
    first = state / "2026-01-01-0000-0004.journal"  # as the first version of the schema had it
    edit(first, "DROP TABLE holder")
    edit_as_it_is(first, "ALTER TABLE run DROP COLUMN closing", "ALTER TABLE run DROP COLUMN account")
    edit_as_it_is(first, "PRAGMA user_version=1")
    whole.unlink()
    ran = screen(cvs, "--job", job)
    assert ran.status == 0, ran.err
    for name, why in (
        ("0001", "damaged"),
        ("0002", "forgotten"),
        ("0003", "newer version"),
        ("0006", "no journal"),
        ("0007", "damaged"),
    ):
        (line,) = [line for line in ran.err.splitlines() if name in line]
        assert SKIPPED in line
        assert why in line, (name, line)
    assert "5 of 5 have results of just now, run 0004" in ran.err  # of the first schema, read as it is
    assert used(at) == 5


def edit_as_it_is(journal: Path, *statements: str) -> None:
    """Change a journal without opening it as one, which would bring its schema up to date."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_a_run_that_is_under_way(
    at: ContractServer, screen: Any, cvs: str, job: str, state: Path, tmp_path: Path
) -> None:
    """What it has by now is taken beside it, and it is said that the rest may be paid for twice."""
    screen(cvs, "--job", job)
    (journal,) = state.glob("*.journal")
    with closing(connect(str(journal), create=False)) as db:
        db.execute("BEGIN IMMEDIATE")
        fill(Path(cvs), 7)
        ran = screen(cvs, "--job", job)
        db.execute("ROLLBACK")
    assert (ran.status, ran.document["summary"]["reused"], used(at)) == (0, 5, 7)
    assert f"run {journal.stem[-4:]}: another command goes on with it now" in ran.err


def test_a_run_that_left_something(
    started: Callable[..., ContractServer], screen: Any, cvs: str, job: str, state: Path, monkeypatch: Any
) -> None:
    """What may be paid for and has no result yet is said before it is paid for again, with the command that asks."""
    server = started(fates=[{"fate": "missing", "batches": [1], "items": 2, "charged": True}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    screen(cvs, "--job", job, "--poll-interval", "0.01:0.05")
    (journal,) = state.glob("*.journal")
    name = journal.stem[-4:]
    ran = screen(cvs, "--job", job)
    assert f"run {name} left 2 CVs without a result that may be paid for already" in ran.err
    assert f"`cvsense screen --resume {name}`" in ran.err
    assert (ran.document["summary"]["reused"], ran.document["summary"]["screened"]) == (3, 5)
    assert "without a result" not in screen(cvs, "--job", job, "--again").err


def test_a_journal_of_before(at: ContractServer, screen: Any, cvs: str, job: str, state: Path) -> None:
    """One that says neither account nor text is taken only by its name, and by an id not at all."""
    screen(cvs, "--job", job)
    (journal,) = state.glob("*.journal")
    edit(journal, "UPDATE run SET options = json_remove(options, '$.judged')")
    name = journal.stem[-4:]
    ran = screen(cvs, "--job", job)
    assert used(at) == 10
    assert f"run {name} (it does not say for which account" in ran.err
    assert screen(cvs, "--job", job, "--reuse", name).document["summary"]["reused"] == 5
    by_id = asyncio.run(posted(at))
    screen(cvs, "--job", by_id)
    newest = max(state.glob("*.journal"), key=lambda path: path.stat().st_mtime)
    edit(newest, "UPDATE run SET options = json_remove(options, '$.judged.texts')")
    refused = screen(cvs, "--job", by_id, "--reuse", newest.stem[-4:])
    assert (refused.status, refused.out) == (1, "")
    assert "does not say what the text of its job was" in refused.err


def test_an_explicit_run_that_does_not_fit(at: ContractServer, screen: Any, cvs: str, job: str, tmp_path: Path) -> None:
    """It is refused before anything is sent; and `--again` does not go with one."""
    screen(cvs, "--job", job, "--journal", str(tmp_path / "own.journal"))
    other = tmp_path / "other.md"
    other.write_text("# Cook\n\nCooks.\n", encoding="utf-8")
    refused = screen(cvs, "--job", str(other), "--reuse", str(tmp_path / "own.journal"))
    assert (refused.status, used(at)) == (1, 5)
    assert "another job" in refused.err
    taken = screen(cvs, "--job", job, "--reuse", str(tmp_path / "own.journal"))
    assert (taken.document["summary"]["reused"], used(at)) == (5, 5)
    assert screen(cvs, "--job", job, "--reuse", "x", "--again").status == 2


def test_a_run_goes_on_without_a_journal_it_had_looked_into(
    at: ContractServer, screen: Any, cvsense: Any, cvs: str, job: str, tmp_path: Path, state: Path
) -> None:
    """A run that took results of one that was erased since goes on, and what it took is its own."""
    screen(cvs, "--job", job)
    (first,) = state.glob("*.journal")
    fill(Path(cvs), 7)
    run = screen(cvs, "--job", job)
    assert (run.document["summary"]["reused"], used(at)) == (5, 7)
    first.unlink()
    fill(Path(cvs), 8)
    ran = cvsense("screen", "--resume", run.document["journal"], "--json", *FAST)
    assert ran.status == 0, ran.err
    assert (len(json.loads(ran.out)["results"]), used(at)) == (8, 8)


def test_an_advert_edited_before_the_run_goes_on(
    at: ContractServer, screen: Any, cvsense: Any, cvs: str, tmp_path: Path, state: Path
) -> None:
    """It is told before anything is sent, on stderr and in the document; and such a run's results, of two texts,
    answer for neither."""
    job = asyncio.run(posted(at))
    first = screen(cvs, "--job", job)
    assert first.document["job_changed"] is False
    asyncio.run(call(at, UpdateJob(int(job), description="Cooks for a few.")))
    fill(Path(cvs), 6)
    ran = cvsense("screen", "--resume", first.document["journal"], "--json", *FAST)
    assert ran.status == 0, ran.err
    assert f"job {job} was edited after this run began" in ran.err
    assert json.loads(ran.out)["job_changed"] is True
    assert used(at) == 6
    again = cvsense("screen", "--resume", first.document["journal"], "--json", *FAST)
    assert "was edited" not in again.err  # it was told, and is what the run goes on with
    for text in ("Cooks for a few.", "Cooks for many."):
        asyncio.run(call(at, UpdateJob(int(job), description=text)))
        assert json.loads(cvsense("plan", cvs, "--job", job, "--json").out)["reused"] == 0


def test_an_advert_file_edited_before_the_run_goes_on(at: ContractServer, screen: Any, cvs: str, job: str) -> None:
    """The run keeps the words that it began with: naming the edited file says so, and leaving it out goes on."""
    first = screen(cvs, "--job", job)
    Path(job).write_text(Path(job).read_text() + "- Go\n", encoding="utf-8")
    refused = screen("--resume", first.document["journal"], "--job", job)
    assert (refused.status, "was edited since the run" in refused.err) == (2, True)
    fill(Path(cvs), 6)
    ran = screen("--resume", first.document["journal"])
    assert (ran.status, ran.document["job_changed"], used(at)) == (0, False, 6)


@pytest.mark.parametrize(
    ("begun", "word"),
    [
        ("2026-11-27 11:59:30", "just now"), ("2026-11-27 11:20:00", "40 min ago"), ("2026-11-27 08:00:00", "4 h ago"),
        ("2026-11-26 11:00:00", "yesterday"), ("2026-11-24 12:00:00", "3 days ago"),
        ("2026-10-01 12:00:00", "2026-10-01"),
        ("2026-11-27 12:30:00", "just now"), ("", "some time ago"),
    ],
)  # fmt: skip
def test_ages(begun: str, word: str) -> None:
    """An age in a word or two, by the calendar of who reads it; a clock that ran ahead is no age."""
    assert age(begun, datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)) == word
