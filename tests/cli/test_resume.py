"""Runs with a journal: killed, left, refused, gone on with, each CV once; and what `cvsense runs` says and does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import stat
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from contract_server import KEY, ContractServer

from cvsense_async import BudgetExceeded, CVSenseSession, JobDescription, RateLimit
from cvsense_async.cli.journals import state_folder
from cvsense_async.screening.journal_file import connect

from .conftest import fill
from .test_leaving import began, until

FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.2")
NAMES = [f"cv-{number:03d}.pdf" for number in range(12)]


@pytest.fixture
def many(tmp_path: Path) -> str:
    """A folder with twelve CVs."""
    return str(fill(tmp_path / "many", 12))


@pytest.fixture
def begin(spawn: Any, many: str, job: str) -> Callable[..., Any]:
    """Begin screening the twelve CVs in batches of four, in a process of its own."""

    def start(server: ContractServer, *more: str) -> Any:
        return spawn(["screen", many, "--job", job, "--batch-size", "4", *FAST, *more], server)

    return start


def go_to(server: ContractServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the environment at a server."""
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)


def held(server: ContractServer) -> Any:
    """What the service's ledger holds by batch."""
    return server.ask_now("ledger", summary=1)["held_by_batch"]


def names_in(out: str) -> list[str]:
    """The CVs that a `--json` answer has results of."""
    return sorted(one["name"] for one in json.loads(out)["results"])


def used(server: ContractServer) -> Any:
    """The credits that the service has charged."""
    return server.ask_now("ledger", summary=1)["used"]


def test_killed_half_way_and_gone_on_with(
    started: Callable[..., ContractServer], begin: Any, cvsense: Any, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `kill -9` the journal is in the state folder, closed to others; going on gives each CV once, paid once."""
    server = started(fates=[{"fate": "never_ends", "batches": [2], "items": 0}])
    go_to(server, monkeypatch)
    process = begin(server)
    until(began(server, "start", 3))
    until(began(server, "results", 2))
    process.kill()
    _, err = process.communicate(timeout=10)
    (journal,) = state.glob("*.journal")
    assert f"the run is kept in {journal}" in err.decode()
    if sys.platform != "win32":
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    (listed,) = json.loads(cvsense("runs", "list", "--json").out)
    assert listed["standing"] == "broken off"
    assert listed["job"] == "Data engineer"
    assert listed["open_batches"]
    cancelled = cvsense("runs", "cancel", listed["run"], "--json")  # the batch that never ends
    assert cancelled.status == 0, cancelled.err
    assert json.loads(cancelled.out)["came_back"] == 4
    assert held(server) == {}
    assert json.loads(cvsense("runs", "show", listed["run"], "--json").out)["standing"] == "cancelled"
    ran = cvsense("screen", "--resume", listed["run"], "--json", *FAST)
    assert ran.status == 0, ran.err
    assert names_in(ran.out) == NAMES
    assert used(server) == 12
    assert held(server) == {}


def test_the_page_shows_what_is_said(started: Callable[..., ContractServer], begin: Any) -> None:
    """What the page on going on prints of a run that was left with Ctrl-C is what such a run says, but for numbers."""
    page = (Path(__file__).parents[2] / "docs" / "resume.md").read_text(encoding="utf-8")
    shown = page.partition("```text\n")[2].partition("```")[0].partition("\n")[2].replace("^C\n", "")
    server = started(screening="per_batch", seconds_per_batch=30.0)
    process = begin(server)
    until(began(server, "start", 3))
    process.send_signal(signal.SIGINT)
    out, err = (stream.decode() for stream in process.communicate(timeout=15))
    assert plain(shown) == plain(out + err)


def plain(words: str) -> list[str]:
    """What was said, in any order of its lines and without what differs from run to run."""
    joined = re.sub(r"\n(?!cvsense:|\d+ screened)", " ", words).strip()
    alike = re.sub(r"\S+/runs/\S+\.journal", "JOURNAL", joined)
    alike = re.sub(r"(--resume|runs cancel) \w+", r"\1 RUN", alike)
    alike = re.sub(r"\d+ requests · [\d.]+ s", "N requests · N s", alike)
    return sorted(line.strip() for line in alike.splitlines())


@pytest.mark.alone
def test_terminated_as_in_a_container(
    started: Callable[..., ContractServer], begin: Any, cvsense: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM settles within ten seconds with 143 and cancels nothing that runs; the commands it names work."""
    server = started(screening="per_batch", seconds_per_batch=1.5)
    go_to(server, monkeypatch)
    journal = str(tmp_path / "it is.journal")
    process = begin(server, "--journal", journal)
    until(began(server, "start", 3))
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=15)
    assert time.monotonic() - begun < 10
    assert process.returncode == 143
    assert "3 batches with up to 12 credits still open" in err.decode()
    assert f"`cvsense screen --resume '{journal}'`" in err.decode()
    assert f"`cvsense runs cancel '{journal}'`" in err.decode()
    assert not [one for one in server.ask_now("log") if one["op"] == "cancel"]
    shown = cvsense("runs", "show", journal)
    assert "left half way" in shown.out
    assert "Open batches" in shown.out
    refused = cvsense("runs", "forget", journal, "--yes")
    assert refused.status == 1
    assert "3 batches open at the service" in refused.err
    assert Path(journal).exists()
    ran = cvsense("screen", "--resume", journal, "--json", *FAST)
    assert ran.status == 0, ran.err
    assert names_in(ran.out) == NAMES
    assert used(server) == 12


@pytest.mark.parametrize(("answer", "status", "first"), [(402, 5, "top up"), (401, 4, "CVSENSE_API_KEY")])
def test_refused_half_way(
    started: Callable[..., ContractServer], cvsense: Any, many: str, job: str, monkeypatch: Any,
    answer: int, status: int, first: str,
) -> None:  # fmt: skip
    """No credits, or a refused key: what is done is shown and kept, the way on is named, and it works."""
    server = started(faults=[{"op": "upload", "kind": "status", "status": answer, "calls": [2]}])
    go_to(server, monkeypatch)
    ran = cvsense("screen", many, "--job", job, "--batch-size", "4", "--json", *FAST)
    assert ran.status == status, ran.err
    said = json.loads(ran.out)
    assert len(said["results"]) in (4, 8)
    assert first in ran.err
    (listed,) = json.loads(cvsense("runs", "list", "--json").out)
    assert listed["journal"] == said["journal"]
    assert listed["standing"].startswith("paused: ")
    assert f"cvsense screen --resume {listed['run']}`" in ran.err
    again = cvsense("screen", "--resume", listed["run"], "--json", *FAST)
    assert again.status == 0, again.err
    assert names_in(again.out) == NAMES
    assert used(server) == 12


def test_what_failed_is_sent_again_where_it_is_asked_for(
    started: Callable[..., ContractServer], cvsense: Any, many: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed batch is left alone by --resume, named with the way on, and sent again, once, by --retry-failed."""
    server = started(fates=[{"fate": "fail", "batches": [2], "items": 0}])
    go_to(server, monkeypatch)
    ran = cvsense("screen", many, "--job", job, "--batch-size", "4", *FAST)
    assert ran.status == 3, ran.err
    (run,) = json.loads(cvsense("runs", "list", "--json").out)
    assert f"cvsense screen --resume {run['run']} --retry-failed 1`" in ran.err
    again = cvsense("screen", "--resume", run["run"], "--json", *FAST)
    assert again.status == 3
    assert used(server) == 8
    sent = cvsense("screen", "--resume", run["run"], "--retry-failed", "1", "--json", *FAST)
    assert sent.status == 0, sent.err
    assert names_in(sent.out) == NAMES
    assert used(server) == 12
    assert held(server) == {}


def test_runs_are_listed_newest_first(at: ContractServer, cvsense: Any, cvs: str, job: str, state: Path) -> None:
    """Within a minute, too, which is all that a journal's name says."""
    for name, second in (("aaaa", "03"), ("ffff", "01"), ("bbbb", "02")):
        assert cvsense("screen", cvs, "--job", job, *FAST).status == 0
        (journal,) = [path for path in state.glob("*.journal") if not path.name.startswith("2020-")]
        with closing(sqlite3.connect(journal)) as db, db:
            db.execute("UPDATE run SET begun = ?", (f"2020-01-01 10:00:{second}",))
        journal.rename(state / f"2020-01-01-1000-{name}.journal")
    listed = json.loads(cvsense("runs", "list", "--json").out)
    assert [run["run"] for run in listed] == ["aaaa", "bbbb", "ffff"]


def test_a_finished_run_is_listed_shown_exported_and_erased(
    at: ContractServer, cvsense: Any, cvs: str, job: str, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of it asks the service, or needs a key; going on with it costs nothing; after `forget` nothing is left."""
    assert cvsense("screen", cvs, "--job", job, *FAST).status == 0
    (journal,) = state.glob("*.journal")
    again = cvsense("screen", "--resume", str(journal), *FAST)
    assert again.status == 0
    assert "5 screened · 5 credits" in again.out
    monkeypatch.delenv("CVSENSE_API_KEY")
    asked = len(at.ask_now("log"))
    listed = cvsense("runs", "list").out
    name = journal.stem.rpartition("-")[2]
    assert name in listed
    assert "complete" in listed
    shown = json.loads(cvsense("runs", "show", name, "--json").out)
    assert [shown[key] for key in ("documents", "screened", "credits", "not_sent", "open_batches")] == [5, 5, 5, 0, []]
    assert "Data engineer" in cvsense("runs", "show", name).out
    out = tmp_path / "saved.jsonl"
    assert cvsense("runs", "export", name, "-o", str(out)).status == 0
    assert len({json.loads(line)["sha256"] for line in out.read_text().splitlines()}) == 5
    assert "Nothing is open" in cvsense("runs", "cancel", name).out
    same = tmp_path / "the same file"
    os.link(journal, same)
    assert b"cv-000" in same.read_bytes()
    unasked = cvsense("runs", "forget", name)
    assert unasked.status == 2
    assert "--yes" in unasked.err
    assert cvsense("runs", "forget", name, "--yes").status == 0
    assert list(state.iterdir()) == []
    assert not same.read_bytes().strip(b"\0")
    assert "no runs" in cvsense("runs", "list").out
    assert len(at.ask_now("log")) == asked


def test_what_is_no_journal_is_left_alone_and_told(
    at: ContractServer, cvsense: Any, journal: Path, tmp_path: Path
) -> None:
    """Each command: one line that says what the file is, the right status, not a byte of the file changed."""
    (tmp_path / "text").write_text("words, no database " * 300)
    (tmp_path / "empty").write_bytes(b"")
    with sqlite3.connect(tmp_path / "other") as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    newer = tmp_path / "newer"
    newer.write_bytes(journal.read_bytes())
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    cases = {
        "nothing": ("no such journal", 2),
        "": ("this is a folder", 2),
        "text": ("no journal", 2),
        "empty": ("the file is empty", 2),
        "other": ("a database, but no journal", 2),
        "newer": ("update the package", 1),
    }
    for name, (words, status) in cases.items():
        path = tmp_path / name
        before = path.read_bytes() if path.is_file() else b""
        for command in COMMANDS:
            ran = cvsense(*(one.format(path, out=tmp_path / "out.csv") for one in command))
            assert (ran.status, ran.err.count("\n"), ran.out) == (status, 1, ""), (name, command, ran.err)
            assert words in ran.err, (name, command, ran.err)
        if name != "newer":  # opening it checks its log in
            assert (path.read_bytes() if path.is_file() else b"") == before


COMMANDS = [
    ["screen", "--resume", "{}"],
    ["runs", "show", "{}"],
    ["runs", "export", "{}", "-o", "{out}"],
    ["runs", "cancel", "{}"],
    ["runs", "forget", "{}", "--yes"],
]


@pytest.fixture
def journal(at: ContractServer, cvsense: Any, cvs: str, job: str, tmp_path: Path) -> Path:
    """The journal of a finished run over five CVs."""
    path = tmp_path / "mine.journal"
    assert cvsense("screen", cvs, "--job", job, "--journal", str(path), *FAST).status == 0
    return path


def test_a_journal_in_use(at: ContractServer, cvsense: Any, journal: Path, state: Path, tmp_path: Path) -> None:
    """Each command says so with status 1, and the list shows it as running."""
    kept = state / "2026-01-01-0000-beef.journal"
    state.mkdir(parents=True)
    journal.rename(kept)
    with closing(connect(str(kept), create=False)):
        for command in COMMANDS:
            ran = cvsense(*(one.format("beef", out=tmp_path / "out.csv") for one in command))
            assert (ran.status, ran.out) == (1, ""), ran.err
            assert "another process is using this journal" in ran.err
        assert "running" in cvsense("runs", "list").out
    assert cvsense("runs", "show", "beef").status == 0


def test_a_damaged_journal(at: ContractServer, cvsense: Any, cvs: str, journal: Path, tmp_path: Path) -> None:
    """It cannot be gone on with; what is left can be exported, with status 3; only --force erases it."""
    with sqlite3.connect(journal) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'document'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    with journal.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 200)
    ran = cvsense("screen", "--resume", str(journal), *FAST)
    assert ran.status == 1
    assert "damaged" in ran.err
    assert "runs export" in ran.err
    saved = tmp_path / "saved.csv"
    assert cvsense("runs", "export", str(journal), "-o", str(saved)).status == 3
    assert len(saved.read_text().splitlines()) == 6
    assert cvsense("runs", "forget", str(journal), "--yes").status == 1
    assert journal.exists()
    assert cvsense("runs", "forget", str(journal), "--yes", "--force").status == 0
    assert not journal.exists()


def test_what_does_not_go_with_resume(at: ContractServer, cvsense: Any, cvs: str, job: str, journal: Path) -> None:
    """Each is refused by its name with status 2; the same job, and the paths, may be said again."""
    other = Path(job).with_name("other.md")
    other.write_text("# Cook\n\n- Knives\n")
    cases = [
        ("--sandbox",),
        ("--journal", "x.journal"),
        ("--no-journal",),
        ("--batch-size", "4"),
        ("--job", str(other)),
        ("--base-url", "http://localhost:1/api/v1"),
    ]
    for case in cases:
        ran = cvsense("screen", "--resume", str(journal), *case)
        assert ran.status == 2, ran.err
        assert case[0] in ran.err
    asked = used(at)
    assert cvsense("screen", cvs, "--job", job, "--resume", str(journal), *FAST).status == 0
    (Path(cvs) / "new.pdf").write_bytes(b"%PDF-1.7\nnew")
    assert "6 screened" in cvsense("screen", "--resume", str(journal), *FAST).out
    assert used(at) == asked + 1


def test_a_journal_is_begun_once(at: ContractServer, cvsense: Any, cvs: str, job: str, journal: Path) -> None:
    """A second run into the same file is a usage error that names the way on; both options at once are refused."""
    ran = cvsense("screen", cvs, "--job", job, "--journal", str(journal))
    assert ran.status == 2
    assert "--resume" in ran.err
    assert cvsense("screen", cvs, "--job", job, "--journal", "x", "--no-journal").status == 2
    assert "folder does not exist" in cvsense("screen", cvs, "--job", job, "--journal", "no/x").err


def test_a_run_that_did_nothing_leaves_no_journal(
    at: ContractServer, cvsense: Any, cvs: str, job: str, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too small a budget, a refused key, --no-journal: no file is left behind, and nothing is said of one."""
    mine = tmp_path / "mine.journal"
    assert cvsense("screen", cvs, "--job", job, "--max-credits", "3", "--journal", str(mine), *FAST).status == 5
    assert not mine.exists()
    assert cvsense("screen", cvs, "--job", job, "--no-journal", *FAST).status == 0
    monkeypatch.setenv("CVSENSE_API_KEY", "cvs_wrong")
    ran = cvsense("screen", cvs, "--job", job, *FAST)
    assert ran.status == 4
    assert ran.err.count("\n") == 1
    assert not list(state.glob("*")) if state.exists() else True


def test_a_state_folder_that_cannot_be(
    at: ContractServer, cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent; the line names both ways out."""
    monkeypatch.setenv("CVSENSE_STATE_DIR", job)
    ran = cvsense("screen", cvs, "--job", job, *FAST)
    assert ran.status == 2
    assert "--journal FILE" in ran.err
    assert "--no-journal" in ran.err
    assert used(at) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such users")
def test_a_user_without_a_home(
    at: ContractServer, cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's user whom the system does not know: one line that names the way out, and nothing is sent."""
    import pwd

    for name in ("CVSENSE_STATE_DIR", "HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    ran = cvsense("screen", cvs, "--job", job, *FAST)
    assert ran.status == 2
    assert "set HOME, or CVSENSE_STATE_DIR" in ran.err
    assert ran.err.count("Traceback") == 0
    assert used(at) == 0


def test_documents_that_only_the_caller_can_give(at: ContractServer, cvsense: Any, tmp_path: Path) -> None:
    """A run over bytes, begun in Python and left, says how to name its files; named, they are screened once."""
    contents = [b"%%PDF-1.7\n%d" % number for number in range(6)]

    async def leave() -> None:
        async with CVSenseSession(rate_limit=RateLimit(100_000, per=1)) as session:
            files = ((f"{number}.pdf", content) for number, content in enumerate(contents))
            job = JobDescription("Cook", "Knives")
            run = session.screen(
                files, job=job, batch_size=2, max_credits=2, poll_interval=(0.05, 0.2), journal=tmp_path / "j"
            )
            with pytest.raises(BudgetExceeded):
                [batch async for batch in run]

    asyncio.run(leave())
    ran = cvsense("screen", "--resume", str(tmp_path / "j"), "--max-credits", "9", *FAST)
    assert ran.status == 1
    assert f"`cvsense screen PATH… --resume {tmp_path / 'j'}`" in ran.err
    for number, content in enumerate(contents):
        (tmp_path / f"{number}.pdf").write_bytes(content)
    named = str(tmp_path / "*.pdf")
    ran = cvsense("screen", named, "--resume", str(tmp_path / "j"), "--max-credits", "9", "--json", *FAST)
    assert ran.status == 0, ran.err
    assert len(json.loads(ran.out)["results"]) == used(at) == 6


def test_the_state_folder_of_each_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The platform's own place, or what the environment names; a relative XDG_STATE_HOME is none [doc: XDG]."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert state_folder() == tmp_path / "state" / "runs"
    monkeypatch.delenv("CVSENSE_STATE_DIR")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert state_folder() == tmp_path / ".local/state/cvsense/runs"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert state_folder() == tmp_path / "xdg/cvsense/runs"
    monkeypatch.setattr("sys.platform", "darwin")
    assert state_folder() == tmp_path / "Library/Application Support/cvsense/runs"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert state_folder() == tmp_path / "local/cvsense/runs"


def test_results_of_an_earlier_run_are_taken(
    started: Callable[..., ContractServer],
    cvsense: Any,
    many: str,
    job: str,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`--reuse` pays for what is new alone, also where the credits would not do for all, and says what was taken."""
    server = started(credits=14)
    go_to(server, monkeypatch)
    assert cvsense("screen", many, "--job", job, "--yes", *FAST).status == 0
    (earlier,) = state.glob("*.journal")
    extra = fill(Path(many).parent / "more", 14)
    again = cvsense("screen", str(extra), "--job", job, "--yes", "--json", "--reuse", str(earlier), *FAST)
    assert again.status == 0, again.err
    summary = json.loads(again.out)["summary"]
    assert (summary["screened"], summary["reused"], summary["credits_used"]) == (14, 12, 2)
    assert summary["credits_unexplained"] == 0
    assert used(server) == 14
    wrong = cvsense("screen", many, "--job", job, "--yes", "--reuse", "none-such", *FAST)
    assert wrong.status == 2
    assert "there is no such journal" in wrong.err
