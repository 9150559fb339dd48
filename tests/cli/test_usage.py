"""What a person gets for a command that cannot work: one line, a hint, the right exit status, never a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from contract_server import KEY, ContractServer

from cvsense_async import __version__
from cvsense_async.cli.app import app
from cvsense_async.cli.jobfile import read_job, title_of
from cvsense_async.screening.plan import JobDescription

CASES: dict[str, tuple[list[str], str]] = {
    "missing path": (["screen", "{tmp}/nope", "--job", "{job}"], "no such file or folder"),
    "empty path": (["screen", "", "--job", "{job}"], "no such file or folder"),
    "empty folder": (["screen", "{tmp}/empty", "--job", "{job}"], "nothing to screen"),
    "no job": (["screen", "{cvs}"], "--job"),
    "missing job file": (["screen", "{cvs}", "--job", "nope.md"], "no such file"),
    "job is a folder": (["screen", "{cvs}", "--job", "{cvs}"], "not a file"),
    "job is a PDF": (["screen", "{cvs}", "--job", "{cvs}/cv-000.pdf"], "not text"),
    "job is binary": (["screen", "{cvs}", "--job", "{tmp}/binary.txt"], "not text"),
    "job is empty": (["screen", "{cvs}", "--job", "{tmp}/empty.txt"], "is empty"),
    "unknown option": (["screen", "{cvs}", "--job", "{job}", "--tpo", "3"], "--top"),
    "batch size": (["screen", "{cvs}", "--job", "{job}", "--batch-size", "0"], "--batch-size"),
    "no number": (["screen", "{cvs}", "--job", "{job}", "--top", "many"], "--top"),
    "rate limit": (["screen", "{cvs}", "--job", "{job}", "--rate-limit", "fast"], "120/60"),
    "poll interval": (["screen", "{cvs}", "--job", "{job}", "--poll-interval", "9:1"], "5:10"),
    "output's form": (["screen", "{cvs}", "--job", "{job}", "--output", "x.xlsx"], ".csv or .jsonl"),
    "output's folder": (["screen", "{cvs}", "--job", "{job}", "--output", "{tmp}/no/x.csv"], "does not exist"),
    "reports' folder": (["screen", "{cvs}", "--job", "{job}", "--reports", "{job}"], "not a folder"),
    "two places": (["screen", "{cvs}", "--job", "{job}", "--sandbox", "--base-url", "http://localhost"], "one of them"),
    "sandbox and id": (["screen", "{cvs}", "--job", "7", "--sandbox"], "no jobs by id"),
    "plain http": (["screen", "{cvs}", "--job", "{job}", "--base-url", "http://example.com/api"], "https"),
    "unknown command": (["scren", "{cvs}"], "scren"),
    "plan of nothing": (["plan", "{tmp}/empty"], "nothing to screen"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_command_is_one_clear_line(
    case: str, at: ContractServer, cvsense: Any, cvs: str, job: str, tmp_path: Path
) -> None:
    """Exit status 2, one line on stderr that names what is wrong, nothing on stdout."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.txt").write_bytes(b" \n")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02")
    arguments, hint = CASES[case]
    ran = cvsense(*(one.format(tmp=tmp_path, cvs=cvs, job=job) for one in arguments))
    assert ran.status == 2, ran.err
    assert hint in ran.err
    assert ran.err.startswith("cvsense: ")
    assert ran.err.count("\n") == 1
    assert ran.out == ""


def test_a_missing_key_is_told_before_anything_else(cvsense: Any, cvs: str, job: str) -> None:
    """Exit status 4, and the line says where a key comes from and how to try without one."""
    for command in (["screen", cvs, "--job", job], ["account"], ["credits"], ["usage"], ["jobs", "list"], ["doctor"]):
        ran = cvsense(*command)
        assert ran.status == 4
        assert "CVSENSE_API_KEY" in ran.err
        assert "--sandbox" in ran.err


def test_a_refused_key_is_status_4(at: ContractServer, cvsense: Any, cvs: str, job: str, monkeypatch: Any) -> None:
    """For every command that talks to the service; the key itself is never shown."""
    monkeypatch.setenv("CVSENSE_API_KEY", "cvs_secret_but_wrong")
    for command in (["screen", cvs, "--job", job], ["account"], ["doctor"], ["plan", cvs]):
        ran = cvsense(*command)
        assert ran.status == 4, ran.err
        assert "secret_but_wrong" not in ran.out + ran.err


def test_a_key_is_never_an_argument(cvsense: Any, cvs: str, job: str) -> None:
    """There is no option for it."""
    ran = cvsense("screen", cvs, "--job", job, "--api-key", KEY)
    assert ran.status == 2


def test_debug_shows_the_traceback(at: ContractServer, cvsense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """CVSENSE_DEBUG=1 shows where it happened; without it there is none."""
    assert "Traceback" not in cvsense("jobs", "get", "nope").err
    monkeypatch.setenv("CVSENSE_DEBUG", "1")
    ran = cvsense("jobs", "get", "nope")
    assert ran.status == 1
    assert "Traceback" in ran.err


def test_help_teaches(cvsense: Any) -> None:
    """Help names the exit statuses and gives examples; the version is the package's."""
    for command in ([], ["screen"]):
        ran = cvsense(*command, "--help")
        assert ran.status == 0
        assert "Exit status:" in ran.out
        assert "cvsense screen cvs/" in ran.out
        assert max(map(len, ran.out.splitlines())) <= 100
    assert cvsense("--version").out == f"cvsense {__version__}\n"


def commands(group: Any = None, before: str = "") -> dict[str, Any]:
    """Every command that there is, by its words."""
    found: dict[str, Any] = {}
    for name, one in (group or typer.main.get_command(app)).commands.items():
        words = f"{before} {name}".strip()
        found |= commands(one, words) if hasattr(one, "commands") else {words: one}
    return found


@pytest.mark.parametrize("command", commands())
def test_each_command_shows_how_it_is_called(cvsense: Any, command: str) -> None:
    """Help says in a sentence what it does, explains each argument and option, and gives an example of itself."""
    ran = cvsense(*command.split(), "--help")
    assert ran.status == 0
    told, _, example = ran.out.partition("  Example")
    assert f"cvsense {command}" in example
    assert re.search(r"^  [A-Z].+\.", told, re.M)
    assert [one.name for one in commands()[command].params if not one.help] == []
    assert max(map(len, ran.out.splitlines())) <= 100


def test_help_loads_nothing_heavy() -> None:
    """`cvsense --help` loads neither the HTTP stack nor the sandbox nor cattrs."""
    code = (
        "import sys; from cvsense_async.cli import main; main(['--help']);"
        "heavy = {'aiohttp', 'cattrs', 'sqlalchemy', 'pypdfium2', 'reportlab', 'anyio'} & set(sys.modules);"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    root = str(Path(__file__).resolve().parents[2])
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, cvsense: Any) -> None:
    """Where typer or rich is missing, stderr names the command that installs them."""
    for missing in ("typer", "rich.console"):
        monkeypatch.setitem(sys.modules, missing, None)
        ran = cvsense("--help")
        assert ran.status == 1
        assert 'pip install "cvsense-async[cli]"' in ran.err
        assert ran.err.count("\n") == 1
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Data engineer\n\ntext", "Data engineer"),
        ("Senior Cook\n\n## Essential\n- x", "Senior Cook"),
        ("\n**Job title: Nurse**\n", "Nurse"),
        ("<html><head><title>Site</title></head><body><h1>A <b>chef</b></h1><p>x</p></body></html>", "A chef"),
        ("<html><head><title>Site</title></head><body><p>x</p></body></html>", "Site"),
        ("<p>Only words</p>", "Only words"),
        ("---\n\nLast", "Last"),
        ("x" * 400, "x" * 254 + "…"),
    ],
)
def test_the_title_of_an_advert(text: str, title: str) -> None:
    """The main heading, else the page's title, else the first line with words."""
    assert title_of(text) == title


def test_adverts_in_other_encodings_are_read(tmp_path: Path) -> None:
    """UTF-8 with a mark, UTF-16 and Windows text all become text; ids stay what they are."""
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        path = tmp_path / "job.txt"
        path.write_bytes("Café manager\r\nfor £30k".encode(encoding))
        job = read_job(str(path))
        assert isinstance(job, JobDescription)
        assert (job.title, job.description) == ("Café manager", "Café manager\nfor £30k")
    assert [read_job(one) for one in ("7", "007", "a1b2")] == [7, "007", "a1b2"]
