"""`cvsense runs recheck`, `settle` and `forget --older-than`: what is asked, what it costs, what is refused."""

from __future__ import annotations

import datetime
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from contract_server import KEY, ContractServer

from cvsense_async.cli.ending import Stop
from cvsense_async.cli.runs_forget import age_of
from cvsense_async.screening.journal_file import connect

from .conftest import fill

FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.01:0.05")


@pytest.fixture
def unsettled(
    started: Any, cvsense: Any, tmp_path: Path, job: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[ContractServer, str]:
    """A run of five CVs of which two are unsettled: the service charged for them and gives no result. And its name."""
    server = started(fates=[{"fate": "missing", "batches": [1], "items": 2, "charged": True}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    ran = cvsense("screen", str(fill(tmp_path / "cvs", 5)), "--job", job, "--json", *FAST)
    document = json.loads(ran.out)
    assert (ran.status, document["summary"]["unsettled"]) == (3, 2), ran.err
    run = Path(document["journal"]).stem[-4:]
    assert f"`cvsense runs recheck {run}` asks again" in ran.err
    return server, run


def names_left(cvsense: Any, run: str) -> list[str]:
    return [one["name"] for one in json.loads(cvsense("runs", "settle", run, "--json").out)["unsettled"]]


def test_they_are_listed(unsettled: Any, cvsense: Any) -> None:
    """Without a name: the CVs, their batch, and each thing that can be done, as a command."""
    server, run = unsettled
    before = server.ask_now("report")["requests"]
    listed = cvsense("runs", "settle", run)
    assert listed.status == 0
    for word in ("recheck", "--send-again", "--accept RESULT", "--give-up", "second credit"):
        assert word in listed.out
    assert all(name in listed.out for name in names_left(cvsense, run))
    assert f"cvsense runs settle {run}" in cvsense("runs", "show", run).out
    assert server.ask_now("report")["requests"] == before


def test_a_recheck_costs_nothing(unsettled: Any, cvsense: Any) -> None:
    """It only asks, and its exit status says that something is left."""
    server, run = unsettled
    used = server.ask_now("ledger", summary=1)["used"]
    ran = cvsense("runs", "recheck", run)
    assert ran.status == 3, ran.err
    assert "Nothing new is known" in ran.out
    assert "2 CVs still unsettled" in ran.err
    asked = {one["op"] for one in server.ask_now("log")[-20:] if one["op"] in ("create", "upload", "start", "cancel")}
    document = json.loads(cvsense("runs", "recheck", run, "--json").out)
    assert (len(document["unsettled"]), document["results"], document["charged"]) == (2, [], 0)
    assert server.ask_now("ledger", summary=1)["used"] == used
    assert asked <= {"create", "upload", "start"}  # those of the run itself


def test_sent_again(unsettled: Any, cvsense: Any) -> None:
    """Nobody to ask: refused with what it may cost, unless --yes; then it goes with the next --resume."""
    server, run = unsettled
    first, second = names_left(cvsense, run)
    refused = cvsense("runs", "settle", run, first, "--send-again")
    assert refused.status == 2
    assert "paid for twice" in refused.err
    assert "--yes" in refused.err
    assert names_left(cvsense, run) == [first, second]
    done = cvsense("runs", "settle", run, first, "--send-again", "--yes", "--json")
    assert (done.status, json.loads(done.out)["may_cost"], json.loads(done.out)["unsettled"]) == (0, 1, 1)
    shown = json.loads(cvsense("runs", "show", run, "--json").out)
    assert [(one["name"], one["word"]) for one in shown["decisions"]] == [(first, "send_again")]
    used = server.ask_now("ledger", summary=1)["used"]
    ran = cvsense("screen", "--resume", run, "--json", "--yes", *FAST)
    assert first in [one["name"] for one in json.loads(ran.out)["results"]]
    assert server.ask_now("ledger", summary=1)["used"] == used + 1
    assert names_left(cvsense, run) == [second]


def test_given_up(unsettled: Any, cvsense: Any) -> None:
    """All at once; they end as failed by a person's word, and nothing says that they hold no credit."""
    _, run = unsettled
    assert cvsense("runs", "settle", run, "--all", "--give-up", "--yes").status == 0
    ran = cvsense("screen", "--resume", run, "--json", "--yes", "--retry-failed", "2", *FAST)
    failed = json.loads(ran.out)["failed"]
    assert [one["given_up"] for one in failed] == [True, True]
    assert "given up by a person's word" in failed[0]["detail"]
    assert "holds no credit" not in ran.err
    text = cvsense("screen", "--resume", run, *FAST).out
    assert "given up by a person's word" in text
    assert "no credit held" not in text
    assert json.loads(cvsense("runs", "show", run, "--json").out)["given_up"] == 2
    assert cvsense("runs", "settle", run, "--all", "--give-up", "--yes").status == 2


def keep_results(state: Path) -> list[int]:
    """Let each unsettled CV of the only run have a kept result, as if the service had renamed what it gave."""
    (journal,) = state.glob("*.journal")
    with closing(connect(str(journal), create=False)) as db:
        rows = db.execute("SELECT delivery, place FROM outcome WHERE kind = 'unsettled'").fetchall()
        for number, where in enumerate(rows):
            kept = {"id": 900 + number, "filename": f"{number}.pdf", "score": 71.5, "match_status": "strong"}
            statement = (
                "UPDATE outcome SET content = json_set(content, '$.result', json(?)) WHERE delivery = ? AND place = ?"
            )
            db.execute(statement, (json.dumps(kept), *where))
    return [900 + number for number in range(len(rows))]


def test_a_kept_result_is_accepted(unsettled: Any, cvsense: Any, state: Path, monkeypatch: Any) -> None:
    """One that was kept with another CV, too; with no key and no service, and the other one's stays."""
    _, run = unsettled
    kept = keep_results(state)
    first, second = names_left(cvsense, run)
    assert "900 (0.pdf, 71.5)" in cvsense("runs", "settle", run).out
    monkeypatch.delenv("CVSENSE_API_KEY")
    assert cvsense("runs", "settle", run, first, "--accept", str(kept[1]), "--yes").status == 0
    (left,) = json.loads(cvsense("runs", "settle", run, "--json").out)["unsettled"]
    assert (left["name"], left["kept_result"]["item_id"]) == (second, kept[0])
    shown = json.loads(cvsense("runs", "show", run, "--json").out)
    assert [(one["word"], one["result_id"]) for one in shown["decisions"]] == [("accept", kept[1])]
    assert (shown["screened"], shown["unsettled"]) == (4, 1)


def test_a_result_that_is_not_there(unsettled: Any, cvsense: Any) -> None:
    """It is asked for at the service; what is not there, or another CV's, is refused."""
    _, run = unsettled
    (first, _) = names_left(cvsense, run)
    missing = cvsense("runs", "settle", run, first, "--accept", "99999", "--yes")
    assert missing.status == 2
    assert "no result of this id" in missing.err
    taken = json.loads(cvsense("screen", "--resume", run, "--json", "--yes", *FAST).out)["results"][0]["item_id"]
    refused = cvsense("runs", "settle", run, first, "--accept", str(taken), "--yes")
    assert refused.status == 2
    assert "another document's" in refused.err


def test_what_cannot_be_meant(unsettled: Any, cvsense: Any) -> None:
    """Each is refused with what to give, and nothing is written."""
    _, run = unsettled
    for arguments, words in (
        (["cv-000.pdf"], "--send-again, --accept RESULT, or --give-up"),
        (["--send-again"], "name the CVs"),
        (["cv-000.pdf", "--send-again", "--give-up"], "give one of them"),
        (["cv-000.pdf", "cv-001.pdf", "--accept", "7"], "one CV's"),
        (["cv-000.pdf", "--all", "--give-up"], "give one of them"),
        (["nobody.pdf", "--give-up", "--yes"], "no unsettled CV"),
    ):
        refused = cvsense("runs", "settle", run, *arguments)
        assert (refused.status, words in refused.err) == (2, True), (arguments, refused.err)
    assert len(names_left(cvsense, run)) == 2


def test_a_name_of_several(started: Any, cvsense: Any, tmp_path: Path, job: str, monkeypatch: Any) -> None:
    """It is refused with their paths and the digits of their content, either of which will do."""
    server = started(fates=[{"fate": "missing", "batches": [1], "items": 2, "charged": True}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    for number in (1, 2):
        (tmp_path / "cvs" / str(number)).mkdir(parents=True)
        (tmp_path / "cvs" / str(number) / "cv.pdf").write_bytes(b"%PDF-1.7 " + bytes([number]) * 50)
    document = json.loads(cvsense("screen", str(tmp_path / "cvs"), "--job", job, "--json", *FAST).out)
    run = Path(document["journal"]).stem[-4:]
    early = cvsense("runs", "settle", run, "cv.pdf", "--give-up", "--yes")  # none of its batch has a result
    assert (early.status, f"`cvsense runs recheck {run}`" in early.err) == (2, True)
    assert cvsense("runs", "recheck", run).status == 3
    refused = cvsense("runs", "settle", run, "cv.pdf", "--give-up", "--yes")
    assert refused.status == 2
    for one in document["unsettled"]:
        assert one["source"] in refused.err
        assert one["sha256"][:12] in refused.err
    first, second = document["unsettled"]
    assert cvsense("runs", "settle", run, first["source"], "--give-up", "--yes").status == 0
    assert cvsense("runs", "settle", run, second["sha256"][:12], "--give-up", "--yes").status == 0
    assert names_left(cvsense, run) == []


# --- forget --older-than --------------------------------------------------------------------------------------------


def dated(journal: Path, days: float) -> Path:
    """A run that was begun so many days ago."""
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    with closing(connect(str(journal), create=False)) as db:
        db.execute("UPDATE run SET begun = ?", (f"{then:%Y-%m-%d %H:%M:%S}",))
    return journal


def test_what_is_older_is_erased(at: ContractServer, cvsense: Any, cvs: str, job: str, state: Path) -> None:
    """It is listed first, and erased only after a yes; what is younger stays."""
    for days in (31, 40, 5):
        assert cvsense("screen", cvs, "--job", job, "--again", "--json", *FAST).status == 0
        dated(max(state.glob("*.journal"), key=lambda path: path.stat().st_mtime_ns), days)
    listed = cvsense("runs", "forget", "--older-than", "30d")
    assert listed.status == 2
    assert listed.out.count("the run for Data engineer with 5 CVs and 5 results") == 2
    assert "say --yes" in listed.err
    assert len(list(state.iterdir())) == 3
    erased = cvsense("runs", "forget", "--older-than", "4w", "--yes")
    assert (erased.status, erased.err.count("erased: the run for")) == (0, 2)
    (left,) = state.iterdir()
    assert "5 days" not in left.name
    none = cvsense("runs", "forget", "--older-than", "30d", "--yes")
    assert (none.status, "no run older than 30d" in none.err) == (0, True)


def test_what_is_open_or_damaged_is_left(
    started: Any, cvsense: Any, cvs: str, job: str, state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each is named; --force erases it all the same, and says what is left open at the service."""
    server = started()
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    for _ in range(3):
        cvsense("screen", cvs, "--job", job, "--again", "--json", *FAST)
    open_one, damaged, held = (dated(path, 50) for path in sorted(state.glob("*.journal")))
    with closing(connect(str(open_one), create=False)) as db:
        db.execute("UPDATE batch SET standing = 'starting'")
    damaged.write_bytes(damaged.read_bytes()[:100] + b"x" * 5000)
    damaged.rename(damaged.with_name("2026-01-01-0000-0dad.journal"))
    held = held.rename(held.with_name("2026-01-01-0000-0e1d.journal"))
    with closing(connect(str(held), create=False)):
        ran = cvsense("runs", "forget", "--older-than", "36h", "--yes")
        assert ran.status == 0
        assert "1 batch open at the service" in ran.err
        assert "damaged" in ran.err
        assert "another process is using this journal" in ran.err
        assert len(list(state.glob("*.journal"))) == 3
    forced = cvsense("runs", "forget", "--older-than", "36h", "--yes", "--force")
    assert forced.status == 0, forced.err
    assert "still open at the service: batch" in forced.err
    assert list(state.iterdir()) == []


@pytest.mark.parametrize(("given", "hours"), [("36h", 36), ("30d", 720), (" 4W ", 672), ("1d", 24)])
def test_ages(given: str, hours: int) -> None:
    """Hours, days and weeks."""
    assert age_of(given) == datetime.timedelta(hours=hours)


@pytest.mark.parametrize("given", ["", "30", "d", "-1d", "0d", "1.5d", "30 days", "3m", "999999d"])
def test_no_ages(given: str) -> None:
    """Anything else is refused, with an example; so is an age that would mean everything."""
    with pytest.raises(Stop, match="30d"):
        age_of(given)


def test_a_run_or_an_age(cvsense: Any) -> None:
    """One of them is given."""
    assert cvsense("runs", "forget").status == 2
    assert cvsense("runs", "forget", "x", "--older-than", "30d").status == 2
