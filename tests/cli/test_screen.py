"""`cvsense screen` against the contract's stand-in: what it shows, writes and answers, and what it costs."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_server import KEY, ContractServer

FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.2")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
HOSTILE = [
    b"\x1b[31mred\x1b]0;title\x07.pdf",
    b"=cmd()|x.pdf",
    b"@SUM(1).pdf",
    b"-rf.pdf",
    b"[bold red]m[link=x].pdf",
    b"x" * 240 + b".pdf",
    b"\xff\xfe.pdf",
    "\u202egpj.fdp.pdf".encode(),
    "zero\u200bwidth.pdf".encode(),
    b"two\nlines.pdf",
    b"<script>.pdf",
    "\x9b31m.pdf".encode(),
    "日本語の履歴書.pdf".encode(),
]


def hostile(folder: Path) -> Path:
    """A folder whose names try everything."""
    folder.mkdir()
    for name in HOSTILE:
        Path(str(folder.joinpath(name.decode(errors="surrogateescape")))).write_bytes(b"%PDF-1.7\n" + name)
    return folder


def test_the_ranking_is_by_score_then_name(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """Each CV stands in the table, best first, with its quote, and the totals follow."""
    ran = cvsense("screen", cvs, "--job", job, *FAST)
    assert ran.status == 0, ran.err
    scores = [float(one) for one in re.findall(r"^ *\d+ +(\d+\.\d) ", ran.out, re.M)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert "“Evidence" in ran.out
    assert "5 screened · 5 credits" in ran.out
    assert "sandbox" not in ran.out


def test_what_is_not_screened_is_told_with_its_reason(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """Rejects, duplicates and invalid CVs are named; each is where it belongs, so that the exit status is 0."""
    folder = Path(cvs)
    (folder / "copy.pdf").write_bytes((folder / "cv-001.pdf").read_bytes())
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "note.txt").write_bytes(b"hello")
    (folder / "scan.pdf").write_bytes(b"%PDF-1.7\ncontract:invalid")
    (folder / "refused.pdf").write_bytes(b"%PDF-1.7\ncontract:reject")
    ran = cvsense("screen", cvs, "--job", job, *FAST)
    assert ran.status == 0
    assert "cv-001.pdf: it has the same content as" in ran.out or "it has the same content as" in ran.out
    assert "empty.pdf: the file is empty" in ran.out
    assert "note.txt: it is neither a PDF nor a DOCX" in ran.out
    assert "scan.pdf" in ran.out.partition("Invalid")[2]
    assert "refused.pdf" in ran.out.partition("Rejected")[2]
    assert "5 screened · 1 invalid · 4 rejected" in ran.out


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.pdf", b""), ("scan.pdf", b"%PDF-1.7\ncontract:invalid"), ("refused.pdf", b"%PDF-1.7\ncontract:reject")],
)
def test_rejects_count_where_that_is_asked_for(
    at: ContractServer, cvsense: Any, cvs: str, job: str, name: str, content: bytes
) -> None:
    """With --fail-on-rejected one that is rejected, here or by the service, or that is invalid makes the status 3."""
    (Path(cvs) / name).write_bytes(content)
    ran = cvsense("screen", cvs, "--job", job, "--fail-on-rejected", *FAST)
    assert ran.status == 3
    assert "5 screened" in ran.out


def test_duplicates_alone_are_no_failure(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """A copy is told, and the exit status stays 0, also with --fail-on-rejected."""
    (Path(cvs) / "copy.pdf").write_bytes((Path(cvs) / "cv-001.pdf").read_bytes())
    ran = cvsense("screen", cvs, "--job", job, "--fail-on-rejected", *FAST)
    assert ran.status == 0
    assert "same content" in ran.out


def test_json_is_one_object_and_nothing_else(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """With --json stdout parses whole, and holds every result unless --top says otherwise."""
    (Path(cvs) / "empty.pdf").write_bytes(b"")
    ran = cvsense("screen", cvs, "--job", job, "--json", *FAST)
    assert ran.status == 0
    said = json.loads(ran.out)
    assert [one["rank"] for one in said["results"]] == [1, 2, 3, 4, 5]
    assert said["results"][0]["skills"][0]["evidence"][0]["quote"]
    assert said["rejected"][0]["reason"] == "empty"
    assert said["failed"] == said["unsettled"] == []
    assert said["summary"]["screened"] == 5
    assert said["error"] is None
    assert len(json.loads(cvsense("screen", cvs, "--job", job, "--json", "--top", "2", *FAST).out)["results"]) == 2


def test_output_holds_all_results_though_the_table_does_not(
    at: ContractServer, cvsense: Any, cvs: str, job: str, tmp_path: Path
) -> None:
    """--top 2 shows two; the files hold all five, and no partial file is left."""
    for name in ("all.csv", "all.jsonl"):
        ran = cvsense("screen", cvs, "--job", job, "--top", "2", "--output", str(tmp_path / name), *FAST)
        assert ran.status == 0, ran.err
        assert "The best 2 of 5" in ran.out
    with (tmp_path / "all.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 5
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert len({line["sha256"] for line in lines}) == 5
    assert not list(tmp_path.glob("*.part"))


def test_hostile_names_are_harmless_everywhere(at: ContractServer, cvsense: Any, job: str, tmp_path: Path) -> None:
    """Escapes, formulas, markup, long and broken names: shown and written, never acted on."""
    folder = hostile(tmp_path / "evil")
    out, reports = tmp_path / "evil.csv", tmp_path / "reports"
    ran = cvsense("screen", str(folder), "--job", job, "--output", str(out), "--reports", str(reports), *FAST)
    assert ran.status == 0, ran.err
    assert not CONTROL.search(ran.out + ran.err)
    assert "[bold red]m[link=x].pdf" in ran.out
    assert r"\x1b[31mred" in ran.out
    text = out.read_text(encoding="utf-8")
    assert not CONTROL.search(text.replace("\r\n", "\n"))
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(HOSTILE)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    files = sorted(path.name for path in reports.iterdir())
    assert len(files) == len(HOSTILE)
    assert all(re.fullmatch(r"\d{3}-\w[\w.-]*\.pdf", name) for name in files), files
    said = cvsense("screen", str(folder), "--job", job, "--json", *FAST)
    assert not CONTROL.search(said.out)
    assert "\x1b[31mred\x1b]0;title\x07.pdf" in {one["name"] for one in json.loads(said.out)["results"]}


def test_a_hostile_server_cannot_steer_the_terminal(
    started: Callable[..., ContractServer], cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is refused in HTML full of escapes is one plain line."""
    server = started(errors="html")
    monkeypatch.setenv("CVSENSE_API_KEY", "cvs_wrong")
    ran = cvsense("screen", cvs, "--job", job, "--base-url", server.url, *FAST)
    assert ran.status == 4
    assert not CONTROL.search(ran.err)
    assert ran.err.count("\n") == 1


def test_reports_are_fetched_and_write_over_nothing(
    at: ContractServer, cvsense: Any, cvs: str, job: str, tmp_path: Path
) -> None:
    """A second run's reports stand beside the first one's."""
    folder = tmp_path / "reports"
    for expected in (2, 4):
        assert cvsense("screen", cvs, "--job", job, "--top", "2", "--reports", str(folder), *FAST).status == 0
        files = list(folder.iterdir())
        assert len(files) == expected
        assert all(path.read_bytes().startswith(b"%PDF") for path in files)


def test_a_report_that_cannot_be_had_is_told(
    started: Callable[..., ContractServer], cvsense: Any, cvs: str, job: str, tmp_path: Path, monkeypatch: Any
) -> None:
    """The ranking is shown all the same, and the exit status is 3."""
    server = started(faults=[{"op": "report", "kind": "status", "status": 404}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    folder = str(tmp_path / "reports")
    ran = cvsense("screen", cvs, "--job", job, "--base-url", server.url, "--reports", folder, *FAST)
    assert ran.status == 3
    assert "5 screened" in ran.out
    assert ran.err.count("no report for cv-") == 5


def test_the_budget_is_held(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """Five CVs with --max-credits 3 send nothing and exit with 5."""
    ran = cvsense("screen", cvs, "--job", job, "--max-credits", "3", *FAST)
    assert ran.status == 5
    assert ran.out == ""
    assert "nothing was sent" in ran.err
    assert asyncio.run(at.ledger())["used"] == 0


def test_failed_batches_are_named(
    started: Callable[..., ContractServer], cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that fails is named with its id and its CVs; the rest is screened; the exit status is 3."""
    server = started(fates=[{"fate": "fail", "batches": [1], "items": 0}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    ran = cvsense("screen", cvs, "--job", job, "--base-url", server.url, "--batch-size", "3", *FAST)
    assert ran.status == 3, ran.err
    assert re.search(r"Batch \d+ failed: ", ran.out)
    assert "no credit held" in ran.out
    assert re.search(r"[23] screened · [23] failed", ran.out)


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_no_line_is_wider_than_asked(
    at: ContractServer, cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """The table fits the width; a narrow one puts the quotes under the names."""
    monkeypatch.setenv("COLUMNS", str(width))
    ran = cvsense("screen", cvs, "--job", job, *FAST)
    table = ran.out.partition("\n\n")[0].splitlines()
    assert len(table) == (6 if width >= 90 else 11)
    assert max(map(len, table)) <= width


def test_a_job_of_the_account_is_used_by_its_id(at: ContractServer, cvsense: Any, cvs: str, tmp_path: Path) -> None:
    """--job with an id asks for that job first, and a wrong one is a usage error before anything is sent."""
    ran = cvsense("screen", cvs, "--job", "424242", *FAST)
    assert ran.status == 2
    assert "no job of this id" in ran.err
    assert asyncio.run(at.ledger())["used"] == 0
