"""Follows a page of the docs as its reader would: each example in turn, in one empty folder.

A Python example that opens with a file's name in a comment is saved under it, any other is run; commands are run by
bash, and what one exports the next one has. `# leave it running` is for another terminal.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BACKGROUND = "# leave it running\n"

_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.M | re.S)
_INSTALL = re.compile(r"^(?:python -m )?pip install [^&\n]*(?:&& (?:nox$)?)?", re.M)
_PORT = re.compile(r"\b80(?:00|17)\b")
_NAMED = re.compile(r"# ([\w.]+\.py)\n")
_QUIET = ("export", "mkdir")
_RUN = "set -euo pipefail\n[ -f .exported ] && . ./.exported\n{}\nexport -p > .exported\n"


def blocks(page: Path) -> list[tuple[str, str]]:
    """The examples of a page, in order: their language and text."""
    return [(found[1], found[2]) for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))]


def follow(page: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Do what the page says, in this folder. Raises `AssertionError` where an example fails or says nothing."""
    here = {name: value for name, value in os.environ.items() if not name.startswith("CVSENSE_")}
    tools = os.pathsep.join([os.path.dirname(sys.executable), here.get("PATH", "")])
    here |= {"PATH": tools, "NO_COLOR": "1", "TERM": "dumb", "CVSENSE_STATE_DIR": str(folder / ".state"), **environment}
    ports: dict[str, str] = {}
    with contextlib.ExitStack() as running:
        for number, (language, text) in enumerate(blocks(page), start=1):
            text = _PORT.sub(lambda found: ports.setdefault(found[0], _free_port()), text)
            if language == "python" and (named := _NAMED.match(text)):
                (folder / named[1]).write_text(text, encoding="utf-8")
                continue
            if language == "python":
                (folder / "example.py").write_text(text, encoding="utf-8")
                command = "python -W error example.py"
            else:
                command = _INSTALL.sub("", text)
            if text.startswith(BACKGROUND):
                running.enter_context(_running(command, folder, here))
            elif command.strip():
                _finish(command, folder, here, f"{page.name}, example {number}")


def _finish(command: str, folder: Path, environment: Mapping[str, str], name: str) -> None:
    done = subprocess.run(
        ["bash", "-c", _RUN.format(command)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,  # it only ends what hangs: how long it takes says how busy the machine is
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    assert done.stdout or command.lstrip().startswith(_QUIET), f"{name} says nothing"


@contextlib.contextmanager
def _running(command: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    exported = "[ -f .exported ] && . ./.exported\n"
    with (folder / "running.log").open("a") as said:
        process = subprocess.Popen(
            ["bash", "-c", exported + command],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        _until_open(int(re.findall(r"--port (\d+)", command)[0]), process, folder / "running.log")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until_open(port: int, process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}: {said.read_text()}")


def _free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])
