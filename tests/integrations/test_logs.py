"""What is logged: a table that the docs hold, lines as they are declared, and nobody's name in what is shown."""

from __future__ import annotations

import asyncio
import inspect
import io
import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from conftest import FAST, QUICK_POLLS, QUICK_RETRIES, cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async import log
from cvsense_async.webhooks import WebhookReceiver

PAGE = Path(__file__).parents[2] / "docs" / "logging.md"
JOB = cv.JobDescription("Cook", "Cooking for many.")


def table() -> str:
    """The lines that exist, as the docs show them."""
    rows = ["| event | level | fields | when |", "|---|---|---|---|"]
    for line in log.LINES.values():
        fields = ", ".join(f"`{field}`" for field in line.fields) or "–"
        rows.append(
            f"| `{line.event}` | {logging.getLevelName(line.level)} | {fields} | {' '.join(line.meaning.split())} |"
        )
    return "\n".join(rows) + "\n"


def test_the_docs_hold_every_line() -> None:
    """The table in docs/logging.md is the declarations themselves."""
    print(table())
    assert table() in PAGE.read_text()


def test_every_line_is_written_somewhere() -> None:
    """A line that is declared is used, and nothing else is logged by the client's side of the package."""
    root = Path(inspect.getfile(cv)).parent
    files = [file for file in root.rglob("*.py") if "sandbox" not in file.parts and file.name != "log.py"]
    code = "\n".join(file.read_text() for file in files)
    used = set(re.findall(r"\blog\.([a-z_]+)\b", code))
    declared = {line.event.replace(".", "_") for line in log.LINES.values()}
    assert declared - used == set()
    assert "getLogger" not in code


def test_no_field_hides_what_a_record_has() -> None:
    """`extra` may not name what every record has: logging would raise."""
    taken = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "event"}
    for line in log.LINES.values():
        assert not taken & set(line.fields), line.event


def test_a_line_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """What the service said makes no second line, and an error is its name."""
    caplog.set_level(logging.DEBUG, "cvsense_async")
    error = OSError("greta-holm.pdf")
    log.call_failed(operation="a\nb\x1b[0m" + "c" * 1000, attempts=2, waited=0.12345, spent=1.0, error=error)
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert "\x1b" not in record.getMessage()
    assert len(record.getMessage()) < 300
    assert vars(record)["event"] == "call.failed"
    assert vars(record)["waited"] == 0.123
    assert vars(record)["error"] == "OSError"
    assert record.filename == Path(__file__).name


def test_nothing_is_written_without_logging_set_up() -> None:
    """A warning of this package does not reach the standard error of an application that asked for no logs."""
    code = "from cvsense_async import log; log.limiter_paused(operation='x', paused_for=1.0); log.webhook_full(held=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


async def test_what_a_run_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Milestones at INFO, trouble at WARNING, calls at DEBUG; a quiet run logs nothing for a person to look at."""
    caplog.set_level(logging.DEBUG, "cvsense_async")
    async with stand_in() as server, session_at(server) as session:
        async for _ in session.screen(cvs(4), job=JOB, batch_size=2, poll_interval=QUICK_POLLS):
            pass
    said = [(record.levelname, vars(record)["event"]) for record in caplog.records if record.levelname != "DEBUG"]
    assert said == [("INFO", event) for event in ("run.started", "batch.done", "batch.done", "run.ended")]
    (ended,) = [vars(record) for record in caplog.records if vars(record)["event"] == "run.ended"]
    assert (ended["screened"], ended["batches"], ended["credits"]) == (4, 2, 4)
    calls = [vars(record) for record in caplog.records if vars(record)["event"] == "call.done"]
    assert {call["operation"] for call in calls} >= {"get_credits", "create_batch", "upload_cvs", "list_results"}


async def test_trouble_is_logged(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """An upload in doubt, a refusal, a batch without its results and a damaged journal, each by its own line."""
    caplog.set_level(logging.INFO, "cvsense_async")
    rules = [
        {"op": "upload", "kind": "drop_after", "calls": [1]},
        {"op": "create", "kind": "status", "status": 429, "retry_after": 0, "calls": [1]},
        {"op": "start", "kind": "503", "retry_after": 0, "calls": [1]},
    ]
    fates = [{"fate": "missing", "batches": [1, 2], "items": 1}]
    async with stand_in(faults=rules, fates=fates) as server, session_at(server) as session:
        async for _ in session.screen(cvs(2), job=JOB, poll_interval=QUICK_POLLS):
            pass
        journal = tmp_path / "run.journal"
        journal.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
        with pytest.raises(cv.JournalDamaged):
            async for _ in session.screen(cvs(2), job=JOB, journal=journal):
                pass
    said = {vars(record)["event"]: record for record in caplog.records}
    for event in ("limiter.refused", "limiter.paused", "call.retried", "call.ambiguous", "batch.doubtful"):
        assert event in said, event
    assert vars(said["batch.failed"])["unsettled"] == 1
    assert vars(said["batch.failed"])["error"] == "OutcomeUnsettled"
    assert said["batch.failed"].levelno == logging.WARNING
    assert said["journal.damaged"].levelno == logging.ERROR
    assert vars(said["run.stopped"])["error"] == "JournalDamaged"


# --- nobody's name ----------------------------------------------------------------------------------------------------


@attrs.frozen
class Person:
    """Somebody invented, and the file that their CV came in."""

    name: str
    email: str
    phone: str
    file: str

    @property
    def told(self) -> set[str]:
        """What may be shown nowhere: whole, and in parts that would still name them."""
        parts = {part for part in self.name.split() if len(part) > 3}
        return {self.name, self.email, self.phone, self.phone.replace(" ", ""), self.file, *parts}


PEOPLE = (
    Person("Ottoline Brackenfell", "ottoline.brackenfell@example.com", "07700 900417", "brackenfell-cv.pdf"),
    Person("Kasimir Vantongeren", "k.vantongeren@example.org", "07700 900588", "vantongeren kasimir (final).pdf"),
    Person("Philippa Oduyemisi", "philippa.oduyemisi@example.net", "07700 900232", "résumé_oduyemisi.docx"),
    Person("Thaddeus Quillfeather", "t.quillfeather@example.com", "07700 900764", "quillfeather.pdf"),
)


def made(person: Person) -> bytes:
    """The CV of a person, as PDF or DOCX by the file's name."""
    lines = [
        person.name,
        f"{person.email} · {person.phone}",
        "Experience",
        "Cook, Harbour Kitchen, January 2019 to present",
        f"{person.name} cooked for two hundred guests a day and trained three apprentices.",
    ]
    held = io.BytesIO()
    if person.file.endswith(".docx"):
        docx = pytest.importorskip("docx")
        document = docx.Document()
        for text in lines:
            document.add_paragraph(text)
        document.save(held)
        return held.getvalue()
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(held)
    for number, text in enumerate(lines):
        canvas.drawString(60, 780 - 20 * number, text)
    canvas.save()
    return held.getvalue()


def shown(*values: Any) -> Iterator[str]:
    """Everything that a program shows of a value without asking for its content."""
    for value in values:
        yield repr(value)
        if isinstance(value, BaseException):
            yield from (str(value), "".join(traceback.format_exception_only(value)))
            yield from shown(*([value.__cause__] if isinstance(value.__cause__, cv.CVSenseError) else []))
        elif isinstance(value, (list, tuple, set)):
            yield from shown(*value)
        elif attrs.has(type(value)):
            yield from shown(*(getattr(value, field.name) for field in attrs.fields(type(value)) if field.repr))


async def test_a_run_shows_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run on the sandbox, faults included: no name, address, number, file name or key in anything that is shown."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("reportlab")
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "of-people"
    folder.mkdir()
    for person in PEOPLE:
        (folder / person.file).write_bytes(made(person))
    (folder / "brackenfell-copy.pdf").write_bytes((folder / PEOPLE[0].file).read_bytes())
    (folder / "quillfeather-empty.pdf").write_bytes(b"")
    seen: list[str] = []
    async with cv.Sandbox(rate_limit=(10_000, 60.0), workers=1) as sandbox:
        receiver = WebhookReceiver("whs_of_nobody")
        async with cv.CVSenseSession(sandbox.api_key, sandbox.url, FAST, retries=QUICK_RETRIES) as session, receiver:
            await sandbox.faults.add("upload_cvs", drop=True, when="after", times=1)
            await sandbox.faults.add("list_results", status=500, times=1)
            await sandbox.faults.add("create_batch", status=503, times=1)
            journal = tmp_path / "run.journal"
            run = session.screen(folder, job=JOB, batch_size=2, poll_interval=QUICK_POLLS, journal=journal)
            batches = [batch async for batch in run]
            assert {screened.result.candidate.name for batch in batches for screened in batch} >= {
                person.name for person in PEOPLE if person.file.endswith(".pdf")
            }
            seen += shown(session, run, run.summary, run.progress, receiver, sandbox, *batches)
            for batch in batches:
                seen += shown(*batch.results, *batch.rejected, *batch.failed, *batch.unsettled)
                for screened in batch:
                    seen += shown(screened.document, screened.result, screened.result.candidate)
                    assert batch.batch_id is not None
                    seen += shown(await session.screening.report(batch.batch_id, screened.result.id))
            async for candidate in session.candidates.list():
                seen += shown(candidate)
                async with asyncio.timeout(5):
                    seen += shown(await session.candidates.get(candidate.id))
            seen += [text async for text in troubles(session, folder)]
            delivery = await receiver.receive(f'{{"name": "{PEOPLE[0].name}"}}'.encode(), {})
            seen += shown(delivery)
            seen += shown(*[batch async for batch in session.resume(journal)])
        key = sandbox.api_key
    captured = capfd.readouterr()
    records = [str(vars(record)) for record in caplog.records]
    assert {"batch.doubtful", "call.retried", "webhook.rejected", "run.stopped"} <= {
        vars(record).get("event") for record in caplog.records
    }
    everything = "\n".join([*seen, *records, caplog.text, captured.out, captured.err])
    assert everything.count("Screened(") >= len(PEOPLE)
    for secret in {key, key.removeprefix("cvs_"), "copy.pdf", *(told for person in PEOPLE for told in person.told)}:
        assert secret.lower() not in everything.lower(), secret


async def troubles(session: cv.CVSenseSession, folder: Path) -> Any:
    """What errors show that were brought about with people's names in every place that takes text."""
    person = PEOPLE[1]
    tries: list[Any] = [
        lambda: session.jobs.get(person.name),
        lambda: session.jobs.create(title=person.name * 30, description=person.name, location=person.email),
        lambda: session.candidates.set_status(person.email, person.name),
        lambda: session.candidates.get(person.email),
        lambda: session.shortlists.candidates(person.name),
        lambda: session.screening.create(job_id=person.name, name=person.email),
        lambda: session.screen_one(folder / "quillfeather-empty.pdf", job=JOB),
        lambda: session.screen_one((person.file, b"PK" + person.name.encode()), job=JOB),
        lambda: session.screen_one(folder / PEOPLE[3].file, job=person.name),
        lambda: session.screen_one(folder / f"{person.name}.pdf", job=JOB),
        lambda: session.screen(folder, job=JOB, max_credits=1).ranking(top=1),
        lambda: session.webhooks.register(f"ftp://{person.email}", [person.name]),
    ]
    for bring_about in tries:
        try:
            await bring_about()
        except cv.CVSenseError as error:
            for text in shown(error):
                yield text
        else:
            pytest.fail(f"no error: {inspect.getsource(bring_about)}")
