"""What the command line's tests share: the contract's stand-in, a folder of CVs, and ways to run `cvsense`."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract_server import KEY, ContractServer

from cvsense_async.cli import main

ROOT = str(Path(__file__).resolve().parents[2])


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that runs keep their journals in: the test's own."""
    monkeypatch.setenv("CVSENSE_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "runs"


@pytest.fixture
def started() -> Iterator[Callable[..., ContractServer]]:
    """Start the contract's stand-in with some switches; unthrottled, and screening at once unless said."""
    running: list[ContractServer] = []

    def start(**switches: Any) -> ContractServer:
        server = ContractServer(**{"throttle": "none", "seconds_per_cv": 0.0, "workers": 50, **switches})
        asyncio.run(server.__aenter__())
        running.append(server)
        return server

    yield start
    for server in running:
        asyncio.run(server.__aexit__())


@pytest.fixture
def at(started: Callable[..., ContractServer], monkeypatch: pytest.MonkeyPatch) -> ContractServer:
    """The stand-in, with the environment pointing at it."""
    server = started()
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    return server


@pytest.fixture
def job(tmp_path: Path) -> str:
    """A file with an advert."""
    path = tmp_path / "job.md"
    path.write_text("# Data engineer\n\n## Essential\n- Python\n- SQL\n", encoding="utf-8")
    return str(path)


def fill(folder: Path, count: int, seed: int = 1) -> Path:
    """A folder of so many different files that begin as a PDF does."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(seed)
    for number in range(count):
        (folder / f"cv-{number:03d}.pdf").write_bytes(b"%PDF-1.7\n" + chance.randbytes(200))
    return folder


@pytest.fixture
def cvs(tmp_path: Path) -> str:
    """A folder with five CVs."""
    return str(fill(tmp_path / "cvs", 5))


class Ran:
    """How a command ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def cvsense(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `cvsense` in this process."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main(list(arguments))
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return run


Spawn = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Begin `cvsense` in a process of its own, with the environment pointing at a server."""
    alive: list[subprocess.Popen[bytes]] = []

    def begin(arguments: list[str], server: ContractServer | None = None, **streams: Any) -> subprocess.Popen[bytes]:
        given = {"CVSENSE_API_KEY": KEY, "CVSENSE_BASE_URL": server.url} if server is not None else {}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        command = [sys.executable, "-m", "cvsense_async.cli", *arguments]
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": ROOT, **given}, **streams)
        alive.append(process)
        return process

    yield begin
    for process in alive:
        if process.poll() is None:
            process.kill()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()
