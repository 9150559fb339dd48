"""Runs with a journal: killed, left, refused, gone on with, each CV once; and what `cvsense runs` says and does."""

from __future__ import annotations

import csv
import json
import re
import signal
import sqlite3
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_server import KEY, ContractServer

from .conftest import Ran, fill
from .test_leaving import began, until

FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.2")
SLOW = {"screening": "per_batch", "seconds_per_batch": 2.0}


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
    until(began(server, "results"))
    process.kill()
    _, err = process.communicate(timeout=10)
    (journal,) = state.iterdir() if len(list(state.iterdir())) == 1 else [one for one in state.glob("*.journal")]
    assert f"the run is kept in {journal}" in err.decode()
    if sys.platform != "win32":
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    (listed,) = json.loads(cvsense("runs", "list", "--json").out)
    assert listed["standing"] == "broken off"
    assert listed["job"] == "Data engineer"
    assert listed["open_batches"]
    cancelled = [batch["batch_id"] for batch in server.ask_now("batches") if batch["state"] == "processing"]
    assert cancelled
    said = cvsense("runs", "cancel", listed["run"])
    assert said.status == 0, said.err
    ran = cvsense("screen", "--resume", listed["run"], "--json", *FAST)
    assert ran.status == 0, ran.err
    names = [one["name"] for one in json.loads(ran.out)["results"]]
    assert sorted(names) == [f"cv-{number:03d}.pdf" for number in range(12)]
    assert used(server) == 12
    assert held(server) == {}
