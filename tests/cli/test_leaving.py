"""Ctrl-C, SIGTERM, a dead server, a closed pipe: what was done is shown, what is open is named, nothing hangs.

The runs here keep no journal, so that leaving one cancels; `test_resume.py` leaves those that keep one.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from contract_server import KEY, ContractServer

import cvsense_async.transport.settings

SLOW = {"screening": "per_batch", "seconds_per_batch": 30.0}


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.03)


def began(server: ContractServer, op: str, count: int = 1) -> Callable[[], bool]:
    """Whether so many calls of an operation have been answered."""
    return lambda: len([one for one in server.ask_now("log", op=op) if one["status"]]) >= count


@pytest.fixture
def running(spawn: Any, job: str, tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Begin screening 12 CVs in batches of 4, without a journal, in a process of its own."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / f"cv-{number}.pdf").write_bytes(b"%%PDF-1.7\n%d" % number)

    def begin(server: ContractServer, *more: str) -> subprocess.Popen[bytes]:
        command = ["screen", str(folder), "--job", job, "--batch-size", "4", "--rate-limit", "100000/1"]
        command.append("--no-journal")
        begun: subprocess.Popen[bytes] = spawn([*command, "--poll-interval", "0.05:0.2", *more], server)
        return begun

    return begin


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_half_way_cancels_what_is_open(
    started: Callable[..., ContractServer], running: Any, number: int, status: int
) -> None:
    """The open batches are cancelled at the service, no credit stays held, and there is no traceback."""
    server = started(**SLOW)
    process = running(server)
    until(began(server, "start", 3))
    process.send_signal(number)
    out, err = process.communicate(timeout=15)
    assert process.returncode == status
    assert b"Traceback" not in err
    assert b"nothing was left open" in err
    assert b"12 not screened" in out
    assert server.ask_now("ledger", summary=1)["held_by_batch"] == {}


def test_what_was_finished_is_shown_and_kept(
    started: Callable[..., ContractServer], running: Any, tmp_path: Path
) -> None:
    """After Ctrl-C the finished batches stand in the table and in the partial file, which is named."""
    server = started(fates=[{"fate": "never_ends", "batches": [2, 3], "items": 0}])
    target = tmp_path / "out.jsonl"
    target.write_text("what was there\n")
    process = running(server, "--output", str(target))
    partial_file = tmp_path / "out.jsonl.part"
    until(lambda: partial_file.exists() and len(partial_file.read_text().splitlines()) == 4)
    until(began(server, "start", 3))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert b"4 screened" in out
    assert b"8 not screened" in out
    assert str(partial_file).encode() in err
    assert target.read_text() == "what was there\n"
    assert len([json.loads(line) for line in partial_file.read_text().splitlines()]) == 4


def test_batches_that_cannot_be_cancelled_are_named(started: Callable[..., ContractServer], running: Any) -> None:
    """Where the service does not answer any more, leaving ends after its five seconds and names each batch."""
    server = started(**SLOW, faults=[{"op": "cancel", "kind": "stall_before", "seconds": 60}])
    process = running(server, "--json")
    until(began(server, "start", 3))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    left = json.loads(out)["summary"]["left"]
    assert [one["credits"] for one in left] == [4, 4, 4]
    for one in left:
        assert str(one["batch_id"]).encode() in err


@pytest.mark.alone
def test_a_second_signal_leaves_at_once(started: Callable[..., ContractServer], running: Any) -> None:
    """Ctrl-C twice does not wait for the service."""
    server = started(**SLOW, faults=[{"op": "cancel", "kind": "stall_before", "seconds": 60}])
    process = running(server)
    until(began(server, "start", 3))
    process.send_signal(signal.SIGINT)
    until(lambda: any(one["op"] == "cancel" for one in server.ask_now("log")))
    began_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert time.monotonic() - began_at < 4.5  # not after the five seconds of grace
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"left at once" in err


def test_a_server_that_dies_half_way(
    started: Callable[..., ContractServer], cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command ends with 1, one line that says so, and what may hold credits named."""
    server = started(**SLOW)
    quick = partial(cvsense_async.transport.settings.RetryPolicy, base=0.01, cap=0.05)
    monkeypatch.setattr("cvsense_async.transport.settings.RetryPolicy", quick)
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)

    def die() -> None:
        until(began(server, "start"))
        server.ask_now("stop", {"mode": "refuse"})

    killer = threading.Thread(target=die)
    killer.start()
    fast = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.1")
    ran = cvsense("screen", cvs, "--job", job, "--base-url", server.url, "--no-journal", *fast)
    killer.join()
    assert ran.status in (1, 3), ran.err
    assert "Traceback" not in ran.err
    assert "could not be reached" in ran.err + ran.out
    assert "may hold 5 credits" in ran.out


@pytest.mark.parametrize("arguments", [["--help"], ["openapi"], ["jobs", "list"]])
def test_a_closed_pipe_is_quiet(started: Callable[..., ContractServer], spawn: Any, arguments: list[str]) -> None:
    """A reader that goes away early is no error to speak of."""
    process = spawn(arguments, started())
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)
    assert err == b""


def test_a_closed_pipe_does_not_change_the_status(started: Callable[..., ContractServer], running: Any) -> None:
    """The exit status is the run's own, and stderr stays without a traceback."""
    process = running(started(), "--json")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err == b""


def test_interruption_of_a_question_leaves_nothing(started: Callable[..., ContractServer], spawn: Any) -> None:
    """Ctrl-C while the service is asked ends with 130 and one line."""
    server = started(faults=[{"op": "credits", "kind": "stall_before", "seconds": 30}])
    process = spawn(["credits"], server)
    until(lambda: any(one["op"] == "credits" for one in server.ask_now("log")), 10)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_event_loop_is_left_clean(at: ContractServer, cvsense: Any) -> None:
    """A command can run where another loop ran before."""
    asyncio.run(asyncio.sleep(0))
    assert cvsense("credits").status == 0
