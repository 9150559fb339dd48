"""What a person is told when something outside stands in the way: the address, the certificate, the disk, a folder.

Each is one line that names what it is about and what to do next, in the command line's own words.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from contract_server import KEY, ContractServer

from cvsense_async.cli import order, progress

FAST = ("--rate-limit", "100000/1", "--poll-interval", "0.05:0.2")
NOWHERE = "https://backend.cvsense.co.uk/api/v1"


def test_a_wrong_address_is_suspected(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """A 404 of a call that names no id: the address is asked about, and nothing goes on to be refused."""
    at.ask_now("reset", {"faults": [{"kind": "status", "status": 404, "op": "*", "html": True}]})
    for command in (["credits"], ["jobs", "list"], ["screen", cvs, "--job", job, "--batch-size", "1", *FAST]):
        ran = cvsense(*command)
        assert ran.status == 1
        assert "is --base-url right? `cvsense doctor` says" in ran.err
    ran = cvsense("doctor")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert f"is the address right? The service's own is {NOWHERE}" in ran.err


def test_an_unknown_id_is_not_blamed_on_the_address(at: ContractServer, cvsense: Any) -> None:
    """A job that is not there says nothing of `--base-url`."""
    assert "--base-url" not in cvsense("jobs", "get", "nope").err


@pytest.mark.parametrize(("status", "words"), [(401, "make a new key"), (403, "Developer Dashboard"), (500, "later")])
def test_the_doctor_says_what_to_do(at: ContractServer, cvsense: Any, status: int, words: str) -> None:
    """After its table: one line on what the failure calls for."""
    at.ask_now("reset", {"faults": [{"kind": "status", "status": status, "op": "*"}]})
    ran = cvsense("doctor")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_a_refusal_is_said_once(at: ContractServer, cvsense: Any) -> None:
    """The words of a 403 are not repeated by its advice."""
    at.ask_now("reset", {"faults": [{"kind": "status", "status": 403, "op": "credits"}]})
    ran = cvsense("credits")
    assert ran.status == 4
    assert ran.err.count("may not do this") == 1
    assert ran.err.rstrip().endswith("see the Developer Dashboard")


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"success": true, "data": {"balance": 7, "reserved": 0, "used": 0, "limit": null}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a service whose certificate is of a private CA, and that CA's file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with HTTPServer(("127.0.0.1", 0), _Empty) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/api/v1", tmp_path / "company.pem"
        server.shutdown()
        thread.join()


def test_a_private_ca(private: tuple[str, Path], cvsense: Any, spawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with the way to trust it, SSL_CERT_FILE, and that way works."""
    url, authority = private
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    for command in ("credits", "doctor"):
        ran = cvsense(command, "--base-url", url)
        assert ran.status == 1
        assert "SSL_CERT_FILE" in ran.err
        assert "ca_file=" not in ran.err
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    trusted = spawn(["credits", "--base-url", url])  # aiohttp makes its contexts when it is imported
    out, err = trusted.communicate(timeout=20)
    assert (trusted.returncode, err) == (0, b"")
    assert b"Balance   7" in out


def test_the_budget_is_told_in_options(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """`--max-credits 0` sends nothing, and names itself."""
    ran = cvsense("screen", cvs, "--job", job, "--max-credits", "0", *FAST)
    assert ran.status == 5
    assert "raise --max-credits" in ran.err
    assert at.ask_now("log", op="upload") == []


def small_disk() -> None:
    """Let no file of this process grow: what a full disk does, for a test that cannot fill one."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))


@pytest.mark.parametrize("journal", [["--no-journal"], []], ids=["output", "journal"])
def test_a_full_disk(
    at: ContractServer, spawn: Any, cvs: str, job: str, tmp_path: Path, state: Path, journal: list[str]
) -> None:
    """The file that could not be written is named, with what to do; what was paid for is shown all the same."""
    pytest.importorskip("resource")
    output = tmp_path / "ranking.csv"
    command = ["screen", cvs, "--job", job, "--output", str(output), *journal, *FAST]
    process = spawn(command, at, preexec_fn=small_disk)
    out, err = (stream.decode() for stream in process.communicate(timeout=30))
    assert process.returncode == 1
    assert "Traceback" not in err
    if journal:
        assert f"--output {output}: it could not be written" in err
        assert "5 screened" in out
    else:
        assert str(state) in err
        assert "--journal FILE keeps it elsewhere" in err
        assert at.ask_now("log", op="upload") == []


def test_an_output_that_cannot_be_made(at: ContractServer, cvsense: Any, cvs: str, job: str) -> None:
    """Status 2 and its name, before anything is sent."""
    ran = cvsense("screen", cvs, "--job", job, "--output", f"{'x' * 300}.csv", *FAST)
    assert ran.status == 2
    assert "--output x" in ran.err
    assert at.ask_now("log") == []


def test_a_page_that_cannot_be_written(cvsense: Any, tmp_path: Path, job: str) -> None:
    """`ebsv --html` names the file."""
    from reportlab.pdfgen.canvas import Canvas

    page = Canvas(str(tmp_path / "cv.pdf"))
    page.drawString(72, 770, "Ada Venn, data engineer")
    page.save()
    ran = cvsense("ebsv", "--job", job, str(tmp_path / "cv.pdf"), "--html", str(tmp_path / "no" / "x.html"))
    assert ran.status == 1
    assert "--html" in ran.err


def test_a_database_that_cannot_be_made(cvsense: Any, job: str) -> None:
    """`sandbox serve --db` names the database, not the port."""
    ran = cvsense("sandbox", "serve", "--port", "0", "--db", f"{job}/x.db")
    assert ran.status in (1, 2)
    assert f"{job}/x.db" in ran.err
    assert "--port" not in ran.err


def test_a_folder_that_may_not_be_read(
    at: ContractServer, cvsense: Any, cvs: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named as a PATH it is a wrong command, for `plan` as for `screen`: nothing is sent."""
    monkeypatch.setattr(order.os, "access", lambda path, mode: str(path) != cvs)  # the tests may run as root
    for command in (["plan", cvs], ["screen", cvs, "--job", job, *FAST]):
        ran = cvsense(*command)
        assert (ran.status, ran.err) == (2, f"cvsense: {cvs}: the folder may not be read\n")
    assert at.ask_now("log") == []


def test_nobody_waits_in_silence(at: ContractServer, cvsense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer takes its time a line says that the service is still being asked; else none does."""
    assert cvsense("credits").err == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    at.ask_now("reset", {"faults": [{"kind": "drip", "seconds": 0.4, "op": ["credits", "account"]}]})
    for command in ("credits", "doctor"):
        ran = cvsense(command)
        assert ran.status == 0
        assert "still being asked" in ran.err
