"""The newcomer's minute: `--sandbox`, `sandbox serve` and `ebsv`, with no key and no service."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from cvsense_async.cli.jobfile import read_advert
from cvsense_async.sandbox.ebsv import Screener, parse_job, read_document, render_html

pytest.importorskip("sqlalchemy")
pytest.importorskip("pypdfium2")
reportlab = pytest.importorskip("reportlab.pdfgen.canvas")

ADVERT = """# Data engineer

## Essential
- Experience of Python
- SQL

## Desirable
- Docker
"""
GOOD = [
    "Alex Example", "alex@example.test", "", "Experience", "Data engineer, Northern Widgets, Jan 2019 - Dec 2023",
    "- Built pipelines in Python that load sales every hour", "- Tuned SQL queries of the warehouse", "",
    "Education", "BSc Mathematics, 2015 - 2018", "Skills", "Python, SQL, Docker",
]  # fmt: skip
POOR = ["Sam Sample", "sam@example.test", "", "Experience", "Waiter, The Blue Boat, 2019 - 2023", "- Served guests"]


def write_pdf(path: Path, lines: list[str]) -> None:
    """A PDF with these lines."""
    page = reportlab.Canvas(str(path))
    for number, line in enumerate(lines):
        page.drawString(60, 780 - 18 * number, line)
    page.save()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two CVs, a file that is none, and an advert beside them."""
    folder = tmp_path / "people"
    folder.mkdir()
    write_pdf(folder / "good.pdf", GOOD)
    write_pdf(folder / "poor.pdf", POOR)
    (tmp_path / "advert.md").write_text(ADVERT, encoding="utf-8")
    return folder


def test_screening_in_a_sandbox_needs_nothing(cvsense: Any, people: Path) -> None:
    """No key: two CVs are ranked, the better first, and a line says whose scores these are."""
    ran = cvsense("screen", str(people), "--job", str(people.parent / "advert.md"), "--sandbox")
    assert ran.status == 0, ran.err
    assert ran.out.index("good.pdf") < ran.out.index("poor.pdf")
    assert "These scores are the sandbox's own, not CVSense's." in ran.out
    assert "2 screened · 2 credits" in ran.out


def test_a_sandbox_keeps_a_journal_only_when_asked(
    cvsense: Any, people: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes with the command: its run can be shown and exported, and not gone on with, which is said."""
    journal = str(tmp_path / "tried.journal")
    advert = str(people.parent / "advert.md")
    assert cvsense("screen", str(people), "--job", advert, "--sandbox", "--journal", journal).status == 0
    assert not state.exists()
    assert json.loads(cvsense("runs", "show", journal, "--json").out)["screened"] == 2
    assert cvsense("runs", "export", journal, "-o", str(tmp_path / "tried.csv")).status == 0
    monkeypatch.setenv("CVSENSE_API_KEY", "cvs_any")
    ran = cvsense("screen", "--resume", journal)
    assert ran.status == 2
    assert "has gone with its command" in ran.err


def test_ebsv_alone(cvsense: Any, people: Path) -> None:
    """One object a line with --json; an unreadable file is a line with no score, and --fail-on-rejected counts it."""
    (people / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    ran = cvsense("ebsv", "--job", str(people.parent / "advert.md"), str(people), "--json")
    assert ran.status == 0
    assert cvsense("ebsv", "--job", str(people.parent / "advert.md"), str(people), "--fail-on-rejected").status == 3
    said = {Path(one["file"]).name: one for one in map(json.loads, ran.out.splitlines())}
    assert said["good.pdf"]["score"] > said["poor.pdf"]["score"]
    assert said["broken.pdf"]["score"] is None
    assert said["broken.pdf"]["match_status"] == "invalid"
    assert said["broken.pdf"]["why"]
    assert {one["importance"] for one in said["good.pdf"]["requirements"]} == {"essential", "desirable"}
    assert {one["classification"] for one in said["good.pdf"]["skills"]} <= {"evidenced", "claimed", "missing"}
    table = cvsense("ebsv", "--job", str(people.parent / "advert.md"), str(people))
    assert table.out.index("good.pdf") < table.out.index("poor.pdf")
    assert "broken.pdf" in table.out
    assert "the sandbox's own" in table.out


def test_ebsv_tells_a_crash_of_its_own(cvsense: Any, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CV on which the screening itself fails is not called invalid, the rest is screened, and the status is 3."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    monkeypatch.setattr("cvsense_async.cli.ebsv.ENGINE", "sandbox.engines_for_tests:Rough")
    paths = [people.parent / "a.pdf", people.parent / "b.pdf"]
    for path, word in zip(paths, ("raise", "good"), strict=True):
        path.write_text(f"%PDF-1.4 {word}")
    arguments = ("ebsv", "--job", str(people.parent / "advert.md"), *map(str, paths))
    ran = cvsense(*arguments)
    assert ran.status == 3
    assert "Invalid" not in ran.out
    said = " ".join(ran.out.split())
    assert "a.pdf: the screening engine failed (RuntimeError); CVSENSE_DEBUG=1 shows where" in said
    assert "50.0" in said
    monkeypatch.setenv("CVSENSE_DEBUG", "1")
    ran = cvsense(*arguments, "--json")
    crashed, good = map(json.loads, ran.out.splitlines())
    assert (ran.status, crashed["score"], crashed["match_status"], good["score"]) == (3, None, None, 50.0)
    assert crashed["why"] == "the screening engine failed (RuntimeError)"
    assert "engines_for_tests.py" in ran.err


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_a_file_name_that_is_no_text(cvsense: Any, people: Path) -> None:
    """A name that is no UTF-8 is shown with escapes, stands whole in the JSON, and stops no command."""
    advert = str(people.parent / "advert.md")
    odd = os.fsdecode(os.path.join(os.fsencode(people), b"caf\xe9.pdf"))
    os.rename(people / "poor.pdf", odd)
    ran = cvsense("ebsv", "--job", advert, str(people))
    assert ran.status == 0, ran.err
    assert "good.pdf" in ran.out
    assert "caf" in ran.out
    ran = cvsense("ebsv", "--job", advert, odd, str(people / "good.pdf"), "--json")
    assert [json.loads(line)["file"] for line in ran.out.splitlines()] == [odd, str(people / "good.pdf")]
    assert all(json.loads(line)["score"] is not None for line in ran.out.splitlines())
    assert "Served guests" in cvsense("ebsv", "--text", odd).out
    for more in ([], ["--json"], ["-o", str(people.parent / "out.csv")], ["-o", str(people.parent / "out.jsonl")]):
        ran = cvsense("screen", str(people), "--job", advert, "--sandbox", *more)
        assert ran.status == 0, ran.err
        assert "caf" in ran.out
        if more == ["--json"]:
            assert r"caf\xe9.pdf" in [one["name"] for one in json.loads(ran.out)["results"]]
    assert json.loads((people.parent / "out.jsonl").read_text().splitlines()[0])["score"] is not None


def test_ebsv_judges_in_workers_as_in_this_process(cvsense: Any, people: Path) -> None:
    """What the workers of the command say is what `read_document` and `Screener` say here, in the same order."""
    names = ["poor.pdf", "good.pdf"]
    advert = people.parent / "advert.md"
    ran = cvsense("ebsv", "--job", str(advert), *(str(people / name) for name in names), "--json")
    job = read_advert(str(advert))
    requirements = parse_job(job.description, title=job.title)
    for name, line in zip(names, ran.out.splitlines(), strict=True):
        said = json.loads(line)
        here = attrs.asdict(Screener().screen(requirements, read_document(people / name)))
        assert Path(said["file"]).name == name
        assert {key: said[key] for key in here} == json.loads(json.dumps(here))
    page = people.parent / "page.html"
    ran = cvsense("ebsv", "--job", str(advert), str(people / "good.pdf"), "--html", str(page))
    assert ran.status == 0
    document = read_document(people / "good.pdf")
    assert page.read_text() == render_html(requirements, document, Screener().screen(requirements, document))


def test_ebsv_shows_what_it_reads(cvsense: Any, people: Path) -> None:
    """--requirements shows the advert's, --text the CV's text."""
    job = str(people.parent / "advert.md")
    assert "Docker" in cvsense("ebsv", "--job", job, "--requirements").out
    assert len(json.loads(cvsense("ebsv", "--job", job, "--requirements", "--json").out)["requirements"]) == 3
    assert "Northern Widgets" in cvsense("ebsv", "--text", str(people / "good.pdf")).out


@pytest.mark.parametrize("arguments", [["ebsv"], ["ebsv", "--text", "nope.pdf"], ["ebsv", "--job", "nope.md", "x.pdf"]])
def test_ebsv_used_wrongly(cvsense: Any, arguments: list[str]) -> None:
    """One line and status 2."""
    ran = cvsense(*arguments)
    assert ran.status == 2
    assert ran.err.count("\n") == 1


def test_serve_prints_what_is_needed_and_ends_with_ctrl_c(spawn: Any, cvsense: Any, monkeypatch: Any) -> None:
    """The address and the key come as two lines that a shell can read; Ctrl-C ends it with no traceback."""
    process: subprocess.Popen[bytes] = spawn(
        ["sandbox", "serve", "--port", "0", "--key", "cvs_mine", "--credits", "42"]
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().decode() for _ in range(2)]
    given = dict(re.findall(r"^export (\w+)=(\S+)$", "".join(lines), re.M))
    assert given["CVSENSE_API_KEY"] == "cvs_mine"
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert json.loads(cvsense("credits", "--json").out)["balance"] == 42
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert b"Traceback" not in err
    assert process.returncode in (0, 130)


@pytest.mark.parametrize("more", [["--throttle", "none"], ["--rate-limit", "x"], ["--engine", "gpt"]])
def test_serve_used_wrongly(cvsense: Any, more: list[str]) -> None:
    """Status 2 and one line."""
    ran = cvsense("sandbox", "serve", "--port", "0", *more)
    assert ran.status == 2
    assert ran.err.count("\n") == 1
