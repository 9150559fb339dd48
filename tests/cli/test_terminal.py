"""What a person sees: the command in a pseudo-terminal, wide and narrow, asked before credits are spent."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_server import ContractServer

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

CTRL_C = b"\x03"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SETTINGS = ["--rate-limit", "100000/1", "--poll-interval", "0.05:0.2"]


@pytest.fixture
def seen(spawn: Any, at: ContractServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run a command in a terminal of so many columns; type `answer` when asked. Gives the status and the screen."""
    for name in ("COLUMNS", "LINES"):  # where they are set they stand above the terminal (pytest-xdist sets them)
        monkeypatch.delenv(name, raising=False)

    def run(columns: int, arguments: list[str], answer: bytes = b"") -> tuple[int, str]:
        mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process: subprocess.Popen[bytes] = spawn(arguments, at, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        screen, asked, ends = b"", False, time.monotonic() + 20
        try:
            while time.monotonic() < ends:
                if not select.select([mine], [], [], 0.5)[0]:
                    continue
                try:
                    more = os.read(mine, 65536)
                except OSError:
                    break
                screen += more
                if not asked and b"[y/N]" in screen:
                    asked = True
                    if answer == CTRL_C:
                        process.send_signal(signal.SIGINT)
                    else:
                        os.write(mine, answer)
        finally:
            os.close(mine)
        return process.wait(10), screen.decode()

    return run


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("columns", [60, 120])
def test_a_person_sees_the_plan_the_progress_and_the_table(seen: Any, cvs: str, job: str, columns: int) -> None:
    """It asks, shows a live line, then the table; no line is wider than the terminal."""
    status, screen = seen(columns, ["screen", cvs, "--job", job, *SETTINGS], b"y\n")
    assert status == 0, screen
    plain = ESCAPES.sub("", screen)
    assert "up to 5 credits" in plain
    assert "screened" in plain
    assert "\x1b[?25h" in screen  # the cursor is back
    table = plain[plain.rindex(" CV") :]
    assert table.count("cv-00") == 5
    assert max(len(line.rstrip()) for part in plain.splitlines() for line in part.split("\r")) <= columns


def test_a_narrow_terminal_loses_no_value(seen: Any, at: ContractServer) -> None:
    """Columns that have no room stand as names and values, one under the other, none of them cut."""
    status, screen = seen(40, ["doctor"])
    plain = ESCAPES.sub("", screen).replace("\r", "")
    assert status == 0
    assert "…" not in re.sub(r"cvs_…|…\}", "", plain)
    assert re.search(
        r"^Check +times in /account/usage$\n^Contract +assumed$|^Check +pages$\n^Contract +assumed$", plain, re.M
    )
    assert max(map(len, plain.splitlines())) <= 40


def test_a_no_sends_nothing(seen: Any, at: ContractServer, cvs: str, job: str) -> None:
    """Anything but a yes ends it: status 1, nothing uploaded, not even a batch."""
    for answer in (b"n\n", b"\n", b"\x04", CTRL_C):
        status, screen = seen(80, ["screen", cvs, "--job", job, *SETTINGS], answer)
        assert status == (130 if answer == CTRL_C else 1), screen
        assert "Traceback" not in screen
    assert {one["op"] for one in at.ask_now("log")} == {"credits"}


def test_yes_is_not_asked(seen: Any, cvs: str, job: str) -> None:
    """--yes goes straight on."""
    status, screen = seen(80, ["screen", cvs, "--job", job, "--yes", *SETTINGS])
    assert status == 0
    assert "[y/N]" not in screen


def test_what_is_paid_for_is_not_asked_about(seen: Any, at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """The same command again says what it takes from which run, and asks only for what has come since."""
    assert cvsense("screen", cvs, "--job", job, *SETTINGS).status == 0
    status, screen = seen(100, ["screen", cvs, "--job", job, *SETTINGS])
    assert status == 0, screen
    assert "[y/N]" not in screen
    assert "5 of 5 have results of" in ESCAPES.sub("", screen)
    (Path(cvs) / "new.pdf").write_bytes(b"%PDF-1.7\nnew")
    status, screen = seen(100, ["screen", cvs, "--job", job, *SETTINGS], b"n\n")
    assert status == 1, screen
    assert "up to 1 credits" in ESCAPES.sub("", screen)
    assert at.ask_now("ledger", summary=1)["used"] == 5


def test_going_on_asks_only_where_it_costs_more(
    seen: Any, at: ContractServer, cvsense: Any, cvs: str, job: str, tmp_path: Path
) -> None:
    """A run with nothing left to send is not asked about; with a new file it is, and a no sends nothing."""
    journal = str(tmp_path / "mine.journal")
    assert cvsense("screen", cvs, "--job", job, "--journal", journal, *SETTINGS).status == 0
    (Path(cvs) / "note.txt").write_text("no CV, so nothing to ask about")
    status, screen = seen(80, ["screen", "--resume", journal, *SETTINGS])
    assert status == 0, screen
    assert "[y/N]" not in screen
    (Path(cvs) / "new.pdf").write_bytes(b"%PDF-1.7\nnew")
    sent = len(at.ask_now("batches"))
    status, screen = seen(80, ["screen", "--resume", journal, *SETTINGS], b"n\n")
    assert status == 1, screen
    assert "5 screened already" in screen
    assert "1 still to be sent" in screen
    assert len(at.ask_now("batches")) == sent


def test_no_color_is_honoured(seen: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR no colour is set, on a terminal too."""
    monkeypatch.setenv("NO_COLOR", "1")
    _, screen = seen(100, ["screen", cvs, "--job", job, "--yes", *SETTINGS])
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3|4|9|10)\d(?:;\d+)*m", screen)


def test_a_pipe_gets_no_escapes(spawn: Any, at: ContractServer, cvs: str, job: str) -> None:
    """Not even where something asks for colour."""
    process = spawn(["screen", cvs, "--job", job, *SETTINGS], at)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert b"\x1b" not in out + err
