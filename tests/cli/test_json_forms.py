"""What `--json` prints has the fields that the page on the command line lists, so that programs can lean on them.

The page is the promise; a field that is renamed, taken away or added without a word fails here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import cvs as invented
from conftest import session_at
from contract_server import KEY, ContractServer

from cvsense_async import JobDescription, Progress

from .conftest import fill
from .test_settle import keep_results

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.2")


def promised(command: str) -> dict[str, set[str]]:
    """The fields of each part of a command's document, as the page has them."""
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    parts = {
        "" if part == "the document" else part.strip("`"): set(re.findall(r"`(\w+)`", fields.partition(";")[0]))
        for commands, part, fields in rows
        if f"`{command}`" in commands
    }
    assert parts
    return parts


def seen(document: Any, part: str) -> list[set[str]]:
    """The fields of each object that a part such as `results[].skills[]` leads to."""
    found = [document]
    for step in filter(None, part.split(".")):
        found = [one[step.removesuffix("[]")] for one in found if one is not None]
        if step.endswith("[]"):
            found = [each for many in found for each in many]
    return [set(one) for one in found if one is not None]


def hold(command: str, *documents: Any, but: frozenset[str] = frozenset()) -> None:
    """Each part of the page but those is met, and has those fields and no other."""
    for part, fields in promised(command).items():
        if part in but:
            continue
        objects = [one for document in documents for one in seen(document, part)]
        assert objects, f"nothing showed {part}"
        for one in objects:
            assert one == fields, (part, one ^ fields)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Two CVs, a copy, one that is none, and one that the service cannot read."""
    where = tmp_path / "some"
    where.mkdir()
    for name, content in [*invented(2), ("note.pdf", b"a letter"), ("bad.pdf", b"%PDF-1.7 contract:invalid")]:
        (where / name).write_bytes(content)
    (where / "copy.pdf").write_bytes((where / "cv-0.pdf").read_bytes())
    return str(where)


def test_screen(
    started: Callable[..., ContractServer], cvsense: Any, folder: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results, and everything that can go wrong with a document and a batch."""
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    documents: list[Any] = []
    for fates in ([], [{"fate": "fail", "batches": [1], "items": 0}], [{"fate": "lost", "batches": [1]}]):
        monkeypatch.setenv("CVSENSE_BASE_URL", started(fates=fates).url)
        documents.append(json.loads(cvsense("screen", folder, "--job", job, "--json", *FAST).out))
    documents.append(json.loads(cvsense("screen", folder, "--job", job, "--json", *FAST).out))
    documents.append(json.loads(cvsense("screen", folder, "--job", job, "--json", *FAST).out))
    hold("screen", *documents, but=frozenset({"invalid[]", "summary.left[]"}))
    (invalid,) = seen(documents[0], "invalid[]")
    assert invalid == {"why", *promised("screen")["results[]"]} - {"rank"}


def test_plan_and_doctor(at: ContractServer, cvsense: Any, folder: str, job: str) -> None:
    """Numbers of a plan with what an earlier run has paid for, lines of a check."""
    assert cvsense("screen", folder, "--job", job, "--yes", "--json", *FAST).out
    hold("plan", json.loads(cvsense("plan", folder, "--job", job, "--json").out))
    hold("doctor", json.loads(cvsense("doctor", "--json", "--paid", "--yes").out))
    assert json.loads(cvsense("doctor", "--json").out).keys() == promised("doctor")[""]


def test_runs(started: Callable[..., ContractServer], cvsense: Any, state: Path, monkeypatch: Any) -> None:
    """A run that was left with a batch open: in the list, by itself, and cancelled; and one that is damaged."""
    server = started(fates=[{"fate": "never_ends", "batches": [1], "items": 0}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    state.mkdir(parents=True)
    journal = state / "2026-01-01-0000-abcd.journal"

    async def leave() -> None:
        opened = asyncio.Event()
        job = JobDescription("Cook", "Cooks.")

        def moved(now: Progress) -> None:
            if now.batches_open:
                opened.set()

        async with (
            session_at(server) as session,
            session.screen([*invented(2)], job=job, journal=journal, on_progress=moved),
        ):
            await opened.wait()

    asyncio.run(leave())
    listed = json.loads(cvsense("runs", "list", "--json").out)
    assert listed == [json.loads(cvsense("runs", "show", "abcd", "--json").out)]
    hold("runs show", *listed, but=frozenset({"decisions[]"}))
    hold("runs cancel", json.loads(cvsense("runs", "cancel", "abcd", "--json").out))
    journal.write_bytes(journal.read_bytes()[:100] + b"x" * 5000)
    assert [set(one) for one in json.loads(cvsense("runs", "list", "--json").out)] == [{"run", "journal", "standing"}]


def test_settling(
    started: Callable[..., ContractServer], cvsense: Any, job: str, state: Path, monkeypatch: Any, tmp_path: Path
) -> None:
    """CVs without a result, one of which has a kept result; what is asked, listed, said, and shown of the run."""
    server = started(fates=[{"fate": "missing", "batches": [1], "items": 2, "charged": True}])
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    monkeypatch.setenv("CVSENSE_BASE_URL", server.url)
    quick = ("--rate-limit", "100000/1", "--poll-interval", "0.01:0.05")
    assert cvsense("screen", str(fill(tmp_path / "cvs", 3)), "--job", job, "--json", *quick).status == 3
    keep_results(state)
    (run,) = (path.stem[-4:] for path in state.glob("*.journal"))
    listed = json.loads(cvsense("runs", "settle", run, "--json").out)
    said = cvsense("runs", "settle", run, listed["unsettled"][0]["name"], "--accept", "900", "--yes", "--json")
    assert set(listed) == {"run", "unsettled"}
    hold("runs settle", listed)
    hold("runs settle CV…", json.loads(said.out))
    hold("runs show", json.loads(cvsense("runs", "show", run, "--json").out), but=frozenset({"open_batches[]"}))
    hold("runs recheck", json.loads(cvsense("runs", "recheck", run, "--json").out), but=frozenset({"failed[]"}))


def test_ebsv(cvsense: Any, tmp_path: Path, job: str) -> None:
    """A CV, one that cannot be read, and what the advert asks for."""
    from reportlab.pdfgen.canvas import Canvas

    page = Canvas(str(tmp_path / "cv.pdf"))
    page.drawString(72, 770, "Ada Venn, data engineer: wrote SQL for two years.")
    page.save()
    (tmp_path / "no.pdf").write_bytes(b"a letter")
    said = cvsense("ebsv", "--job", job, str(tmp_path / "cv.pdf"), str(tmp_path / "no.pdf"), "--json")
    read, unread = (json.loads(line) for line in said.out.splitlines())
    hold("ebsv", read)
    assert set(unread) == {"file", "score", "match_status", "why"}
    hold("ebsv --requirements", json.loads(cvsense("ebsv", "--job", job, "--requirements", "--json").out))
