"""Sources on other machines: what is not there is told from what cannot be reached, and an outage is never final."""

from __future__ import annotations

import errno
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from conftest import cvs, session_at, stand_in
from resuming import results_of, screen, take

import cvsense_async as cv
from cvsense_async.screening import outage
from cvsense_async.screening.documents import Document, RejectReason, find_documents
from cvsense_async.screening.outage import problem_of
from cvsense_async.screening.sqlite_journal import look_into

fsspec = pytest.importorskip("fsspec")

CV = next(iter(cvs(1)))[1]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that do not hold a test up."""
    monkeypatch.setattr(outage, "PAUSES", (0.01, 0.02, 0.03))


class Files:
    """A web server of files, which answers with a status that can be chosen, for so many requests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.status = 200
        self.failures = 10**9
        self.requests = 0
        self.url = ""

    async def answer(self, _: web.Request) -> web.StreamResponse:
        self.requests += 1
        if self.status != 200 and self.failures > 0:
            self.failures -= 1
            return web.Response(status=self.status)
        return web.FileResponse(self.path)


@asynccontextmanager
async def web_files() -> AsyncIterator[Files]:
    """Such a server on a socket."""
    folder = tempfile.TemporaryDirectory()
    (Path(folder.name) / "a.pdf").write_bytes(CV)
    files = Files(Path(folder.name) / "a.pdf")
    application = web.Application()
    application.router.add_get("/{name}", files.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    files.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield files
    finally:
        await runner.cleanup()
        folder.cleanup()


async def only(sources: Any) -> Any:
    """The one document, or the reason against it."""
    (item,) = [item async for item in find_documents(sources)]
    return item if isinstance(item, Document) else item.reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (503, RejectReason.UNREACHABLE),
        (500, RejectReason.UNREACHABLE),
        (429, RejectReason.UNREACHABLE),
        (403, RejectReason.FORBIDDEN),
        (401, RejectReason.FORBIDDEN),
        (404, RejectReason.MISSING),
        (410, RejectReason.MISSING),
        (400, RejectReason.UNREADABLE),
    ],
)
async def test_what_a_web_server_says(status: int, reason: RejectReason) -> None:
    """Its status is told as what it is, though fsspec calls it all "file not found"; what may pass is tried again."""
    async with web_files() as files:
        files.status = status
        assert await only(f"{files.url}/a.pdf") is reason
        tries = 4 if reason is RejectReason.UNREACHABLE else 1
        assert files.requests == 2 * tries  # fsspec asks by HEAD, then by GET


async def test_a_short_outage_is_waited_out() -> None:
    """Some 503s, when a file is looked up or when it is read, and then an answer: the file is taken."""
    async with web_files() as files:
        for failures in (1, 3, 5):
            files.status, files.failures = 503, failures
            assert isinstance(await only(f"{files.url}/{failures}.pdf"), Document)


async def test_no_server_at_all() -> None:
    """A refused connection is an outage, with words that say what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.pdf"
        (item,) = [item async for item in find_documents(url)]
        assert isinstance(item, cv.Rejected)
        assert item.reason is RejectReason.UNREACHABLE
        assert "--resume" in item.detail
        assert "nothing at this address" not in item.detail


async def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk over many files of a server that is away does not wait for each of them."""
    monkeypatch.setattr(outage, "PATIENCE", 0.05)
    async with web_files() as files:
        files.status = 503
        found = [item async for item in find_documents([f"{files.url}/{number}.pdf" for number in range(20)])]
        assert len(found) == 20
        assert files.requests < 2 * 20 + 10


async def test_a_resumed_run_tries_what_was_away(tmp_path: Path) -> None:
    """An outage while the sources are walked: the run is not complete, and its resume screens the CV, paid once."""
    (tmp_path / "here.pdf").write_bytes(list(cvs(2))[1][1])
    async with web_files() as files, stand_in() as server, session_at(server) as session:
        files.status = 503
        run = screen(session, [tmp_path / "here.pdf", f"{files.url}/a.pdf"], tmp_path / "j.db")
        batches = await take(run)
        assert [rejected.reason for batch in batches for rejected in batch.rejected] == [RejectReason.UNREACHABLE]
        assert (run.summary.screened, run.summary.unreached, run.summary.complete) == (1, 1, False)
        looked = await look_into(tmp_path / "j.db")
        assert looked.ended == "left"
        assert looked.record is not None
        assert not looked.record.found_all
        files.status = 200
        resumed = session.resume(tmp_path / "j.db")
        assert len(results_of(await take(resumed))) == 2
        assert (resumed.summary.complete, resumed.summary.unreached) == (True, 0)
        assert (await server.ledger(summary=True))["used"] == 2


@pytest.mark.parametrize("status", [503, 403])
async def test_an_outage_between_check_and_upload(tmp_path: Path, status: int) -> None:
    """A CV that was good and cannot be opened for its upload is not rejected for good: the resume sends it."""
    (tmp_path / "here.pdf").write_bytes(list(cvs(2))[1][1])
    async with web_files() as files, stand_in() as server, session_at(server) as session:

        def away(progress: cv.Progress) -> None:
            if progress.found == 2:
                files.status = status

        run = session.screen(
            [f"{files.url}/a.pdf", tmp_path / "here.pdf"],
            job=cv.JobDescription("Cook", "Cooking."),
            journal=tmp_path / "j.db",
            poll_interval=(0.02, 0.05),
            on_progress=away,
        )
        batches = await take(run)
        assert [failed.given_up for batch in batches for failed in batch.failed] == [False]
        assert not [rejected for batch in batches for rejected in batch.rejected]
        assert (run.summary.screened, run.summary.complete) == (1, False)
        away_still = session.resume(tmp_path / "j.db")  # and a resume that comes too early changes nothing
        reasons = {rejected.reason for batch in await take(away_still) for rejected in batch.rejected}
        assert reasons <= {RejectReason.UNREACHABLE, RejectReason.FORBIDDEN}
        assert reasons
        files.status = 200
        resumed = session.resume(tmp_path / "j.db")
        assert len(results_of(await take(resumed))) == 2
        assert resumed.summary.complete
        assert (await server.ledger(summary=True))["used"] == 2


async def test_folders_and_patterns_of_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be listed is told as that, among what could, and never as an empty one."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    for name in ("in/a.pdf", "in/b/2.pdf"):
        with system.open(f"/{name}", "wb") as file:
            file.write(CV + name.encode())
    listed = type(system).ls

    trouble: list[OSError] = []

    def ls(self: Any, path: str, *given: Any, **named: Any) -> Any:
        if path.rstrip("/").endswith("/b"):
            raise trouble[0]
        return listed(self, path, *given, **named)

    monkeypatch.setattr(type(system), "ls", ls)
    try:
        for error, reason in (
            (OSError(errno.EBUSY, "Please reduce your request rate."), "unreachable"),
            (PermissionError("Access Denied"), "forbidden"),
        ):
            trouble[:] = [error]
            found = [item async for item in find_documents("memory://in")]
            assert [getattr(item, "reason", "good") for item in found] == ["good", reason]
            found = [item async for item in find_documents("memory://in/**/*.pdf")]
            assert [getattr(item, "reason", "good") for item in found] == ["good", reason]
            found = [item async for item in find_documents("memory://in/*.pdf")]  # which does not lead there
            assert [getattr(item, "reason", "good") for item in found] == ["good"]
    finally:
        system.store.clear()


class ClientError(Exception):
    """As botocore's."""

    def __init__(self, status: int) -> None:
        super().__init__("an error occurred")
        self.response = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": status}}


class EndpointConnectionError(Exception):
    """As botocore's."""


class NoCredentialsError(Exception):
    """As botocore's."""


class HttpError(Exception):
    """As gcsfs's, whose code may be text."""

    code = "503"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (FileNotFoundError("bucket/a.pdf"), "missing"),
        (caused(FileNotFoundError("bucket"), ClientError(404)), "missing"),
        (caused(FileNotFoundError("bucket"), ClientError(503)), "unreachable"),
        (caused(PermissionError("Forbidden"), ClientError(403)), "forbidden"),
        (caused(OSError(errno.EIO, "reached max retries"), ClientError(500)), "unreachable"),
        (caused(FileNotFoundError("x"), ConnectionRefusedError()), "unreachable"),
        (caused(FileNotFoundError("x"), TimeoutError()), "unreachable"),
        (EndpointConnectionError(), "unreachable"),
        (NoCredentialsError(), "forbidden"),
        (HttpError(), "unreachable"),
        (socket.gaierror(-2, "Name or service not known"), "unreachable"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable"),
        (caused(FileNotFoundError("x"), ssl.SSLCertVerificationError("self-signed certificate")), "unreadable"),
        (PermissionError(), "forbidden"),
        (NotImplementedError(), "unreadable"),
        (ValueError("its size is not known"), "unreadable"),
    ],
)
def test_the_errors_of_other_backends(error: Exception, problem: str) -> None:
    """A status in the chain of causes decides, then what a cause is; "not found" only where nothing else is said."""
    assert problem_of(error) == problem
