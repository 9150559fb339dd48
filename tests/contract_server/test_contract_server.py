"""Self-checks: the contract server does what the contract says, breaks as told, and keeps true books."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

import aiohttp
import pytest

from contract_server import ContractServer, Options
from contract_server.multipart import Multipart
from contract_server.throttles import new_throttle

HERE = Path(__file__).parent
FAST: dict[str, Any] = {"seconds_per_cv": 0.0, "throttle": "none"}


def cv(n: int, more: bytes = b"") -> bytes:
    """A PDF in name, with content of its own."""
    return b"%PDF-1.4\n" + more + f"cv number {n}\n".encode() * 50


def sha(content: bytes) -> str:
    """The content's SHA-256."""
    return hashlib.sha256(content).hexdigest()


class Caller:
    """A bare caller of the API."""

    def __init__(self, server: ContractServer, http: aiohttp.ClientSession) -> None:
        self.server, self.http = server, http

    async def call(self, method: str, path: str, **given: Any) -> tuple[int, Any]:
        """Status and decoded body."""
        async with self.http.request(method, self.server.url + path, **given) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if "json" in answer.headers.get("Content-Type", "") else raw

    async def create(self) -> str:
        """A new batch's id, quoted for a path."""
        _, said = await self.call("POST", "/screening/batch", json={"job_title": "T", "job_description": "D"})
        return quote(str(said["data"].get("id", said["data"].get("batch_id"))), safe="")

    async def upload(self, batch: str, files: list[tuple[str, bytes]], name: str = "files[]") -> tuple[int, Any]:
        """Upload these files."""
        form = aiohttp.FormData(quote_fields=False)
        for filename, content in files:
            form.add_field(name, content, filename=filename, content_type="application/pdf")
        return await self.call("POST", f"/screening/batch/{batch}/upload", data=form)

    async def until_ended(self, batch: str) -> dict[str, Any]:
        """Poll until the batch has ended."""
        while True:
            _, said = await self.call("GET", f"/screening/batch/{batch}/status")
            if said["data"]["status"] in {"completed", "failed", "cancelled"}:
                ended: dict[str, Any] = said["data"]
                return ended
            await asyncio.sleep(0.01)

    async def screened(self, files: list[tuple[str, bytes]]) -> str:
        """A batch that has gone all the way."""
        batch = await self.create()
        assert (await self.upload(batch, files))[0] == 200
        assert (await self.call("POST", f"/screening/batch/{batch}/start"))[0] in {200, 204}
        await self.until_ended(batch)
        return batch


@asynccontextmanager
async def calling(**switches: Any) -> AsyncGenerator[Caller]:
    """A server in a thread, and its caller."""
    async with (
        ContractServer(**switches) as server,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {server.api_key}"}) as http,
    ):
        yield Caller(server, http)


async def test_a_batch_goes_all_the_way() -> None:
    """Create, upload, start, poll, results, detail and report work, and the books balance."""
    files = [(f"cv{n}.pdf", cv(n)) for n in range(60)] + [("bad.pdf", cv(99, b"contract:invalid"))]
    async with calling(**FAST) as caller:
        batch = await caller.create()
        first, second = await asyncio.gather(caller.upload(batch, files[:50]), caller.upload(batch, files[50:]))
        assert {first[0], second[0]} == {200}
        assert sorted([first[1]["data"]["total_files"], second[1]["data"]["total_files"]])[-1] == 61
        assert (await caller.server.ledger(summary=True))["reserved"] == 61
        assert (await caller.call("GET", f"/screening/batch/{batch}/results"))[0] == 409
        assert (await caller.call("POST", f"/screening/batch/{batch}/start"))[0] == 200
        assert (await caller.call("POST", f"/screening/batch/{batch}/start"))[0] == 409
        status = await caller.until_ended(batch)
        assert status["processed"] == 60
        assert status["failed"] == 1
        assert status["progress"] == 100
        assert status["credits_used"] == 60
        assert (await caller.call("DELETE", f"/screening/batch/{batch}"))[0] == 409
        results: list[dict[str, Any]] = []
        for page in (1, 2, 3):
            _, said = await caller.call("GET", f"/screening/batch/{batch}/results?page={page}&per_page=25")
            assert said["meta"] == {"current_page": page, "per_page": 25, "total": 61, "last_page": 3}
            results += said["data"]
        assert [each["rank"] for each in results] == list(range(1, 62))
        scores = [each["score"] for each in results if each["score"] is not None]
        assert scores == sorted(scores, reverse=True)
        by_name = dict(files)
        got = [
            {"item_id": each["id"], "summary": each["summary"], "sha256": sha(by_name[each["filename"]])}
            for each in results
        ]
        check = await caller.server.check([sha(content) for _, content in files], got)
        assert check["wrong_results"] == []
        assert check["never_charged"] == [sha(files[-1][1])]
        assert check["charged_twice"] == check["beside_its_copy"] == []
        assert check["held_by_batch"] == {}
        got[0]["sha256"] = got[1]["sha256"]
        assert len((await caller.server.check([], got))["wrong_results"]) == 1
        _, detail = await caller.call("GET", f"/screening/batch/{batch}/results/{results[0]['id']}")
        assert detail["data"]["reasoning"]
        status_, report = await caller.call("GET", f"/screening/batch/{batch}/report/{results[0]['id']}")
        assert status_ == 200
        assert report.startswith(b"%PDF-1.4")
        _, credit = await caller.call("GET", "/account/credits")
        assert credit["data"] == {"balance": 999_940, "reserved": 0, "used": 60, "limit": 1_000_000}


async def test_uploads_are_refused_whole() -> None:
    """Over 50 files, a wrong type, too few credits, a started batch, a wrong field or too large a body take nothing."""
    async with calling(credits=3, max_body=100_000, **FAST) as caller:
        batch = await caller.create()
        assert (await caller.upload(batch, [(f"{n}.pdf", cv(n)) for n in range(51)]))[0] == 422
        assert (await caller.upload(batch, [("a.pdf", cv(1)), ("a.txt", b"plain text")]))[0] == 422
        assert (await caller.upload(batch, [(f"{n}.pdf", cv(n)) for n in range(4)]))[0] == 402
        assert (await caller.upload(batch, [("a.pdf", cv(1))], name="cv"))[0] == 422
        assert (await caller.upload(batch, [("a.pdf", cv(1) + b" " * 200_000)]))[0] == 413
        ledger = await caller.server.ledger(summary=True)
        assert (ledger["items"], ledger["reserved"]) == (0, 0)
        assert (await caller.upload(batch, [("a.pdf", cv(1)), ("b.pdf", cv(2, b"contract:reject"))]))[0] == 200
        assert (await caller.call("DELETE", f"/screening/batch/{batch}"))[1]["data"]["status"] == "cancelled"
        assert (await caller.upload(batch, [("c.pdf", cv(3))]))[0] == 409
        ledger = await caller.server.ledger(summary=True)
        assert (ledger["items"], ledger["reserved"], ledger["free"], ledger["used"]) == (1, 0, 3, 0)
        assert (await caller.call("GET", "/nowhere"))[0] == 404
        assert (await caller.call("DELETE", "/account"))[0] == 405
        assert (await caller.call("GET", "/account", headers={"Authorization": "Bearer no"}))[0] == 401


async def test_a_docx_is_known_by_its_bytes() -> None:
    """A DOCX under another name is taken, and a per-file refusal names the file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    async with calling(bad_type="rejected", **FAST) as caller:
        batch = await caller.create()
        _, said = await caller.upload(batch, [("cv.bin", made.getvalue()), ("x.pdf", b"no")])
        assert [each["filename"] for each in said["data"]["items"]] == ["cv.bin"]
        assert [each["filename"] for each in said["data"]["rejected"]] == ["x.pdf"]


@pytest.mark.parametrize("step", [1, 7, 64, 4096])
def test_the_form_is_read_in_any_pieces(step: int) -> None:
    """However the body is cut, the parts are the same, empty and boundary-like contents too."""
    contents = [b"", b"\r\n", b"\r\n--b", b"a" * 5000, b"\r\n--boundar", b"--boundary\r\n"]
    body = b"".join(
        b'--boundary\r\nContent-Disposition: form-data; name="files[]"; filename="%d \\"q\\".pdf"\r\n\r\n%s\r\n'
        % (n, content)
        for n, content in enumerate(contents)
    )
    body += b"--boundary--\r\n"
    form = Multipart(b"boundary")
    for at in range(0, len(body), step):
        form.feed(body[at : at + step])
    form.close()
    assert form.broken is None
    assert [part.sha for part in form.parts] == [sha(content) for content in contents]
    assert form.parts[3].filename == '3 "q".pdf'
    cut = Multipart(b"boundary")
    cut.feed(body[:-20])
    cut.close()
    assert cut.broken is not None


def test_throttles_admit_what_their_names_say() -> None:
    """A burst and a steady stream meet each throttle's own arithmetic."""

    def admitted(kind: str, times: list[float], burst: int = 4) -> int:
        throttle = new_throttle(Options(throttle=kind, limit=10, period=10.0, burst=burst))
        return sum(throttle.admit(at).admitted for at in times)

    at_once = [100.0] * 30
    across = [109.9] * 10 + [110.1] * 10
    assert admitted("fixed", at_once) == admitted("sliding-log", at_once) == admitted("sliding-counter", at_once) == 10
    assert admitted("gcra", at_once) == 5
    assert admitted("gcra", at_once, burst=9) == 10
    assert admitted("fixed", [100.0, *across]) == 20
    assert admitted("sliding-log", across) == 10
    assert admitted("sliding-counter", across) < 12
    assert admitted("none", at_once) == 30
    assert admitted("gcra", [100.0 + n for n in range(30)], burst=0) == 30


@pytest.mark.alone
async def test_the_throttle_speaks_by_its_headers() -> None:
    """Each answer carries the two headers; a refusal is not counted and says when to come back."""
    async with calling(limit=5, period=0.6) as caller:
        seen: list[tuple[int, str, str | None]] = []
        for _ in range(7):
            async with caller.http.get(f"{caller.server.url}/account") as answer:
                head = answer.headers
                assert head["X-RateLimit-Limit"] == "5"
                seen.append((answer.status, head["X-RateLimit-Remaining"], head.get("Retry-After")))
        assert [each[0] for each in seen] == [200] * 5 + [429] * 2
        assert [each[1] for each in seen] == ["4", "3", "2", "1", "0", "0", "0"]
        assert seen[-1][2] == "1"
        await asyncio.sleep(0.7)
        assert await caller.server.foreign(4) == 4
        assert (await caller.call("GET", "/account"))[0] == 200
        assert (await caller.call("GET", "/account"))[0] == 429
        await caller.server.set(retry_after="date", reset_header=False)
        async with caller.http.get(f"{caller.server.url}/account") as answer:
            assert answer.headers["Retry-After"].endswith("GMT")
            assert "X-RateLimit-Reset" not in answer.headers
        report = await caller.server.report()
        assert report["throttled"] == report["answered_429"] == 4
        assert report["counted"] == 6


@pytest.mark.parametrize(
    ("kind", "work_done"),
    [("drop_before", False), ("drop_after", True), ("rst_before", False), ("rst_after", True), ("cut", True),
     ("drop_uncounted", False), ("drop_midbody", False), ("500", False), ("502", False), ("503", False),
     ("truncate", True)],
)  # fmt: skip
async def test_a_fault_strikes_where_it_says(kind: str, work_done: bool) -> None:
    """The work is done or not as the fault says, the client sees an end, and only the hit call is hit."""
    async with calling(throttle="fixed", seconds_per_cv=0.0) as caller:
        batch = await caller.create()
        await caller.server.fault({"op": "upload", "kind": kind, "calls": [1]})
        try:
            status, _ = await caller.upload(batch, [("a.pdf", cv(1) * 200)])
        except aiohttp.ClientError:
            status = 0
        except ValueError:
            status = -1
        expected = {"500": 500, "502": 502, "503": 503, "truncate": -1}.get(kind, 0)
        assert status == expected
        ledger = await caller.server.ledger(summary=True)
        assert ledger["items"] == int(work_done)
        (entry,) = await caller.server.log(op="upload")
        assert (entry["counted_at"] is None) == (kind == "drop_uncounted")
        assert entry["fault"] == kind
        assert (await caller.upload(batch, [("b.pdf", cv(2))]))[0] == 200


async def test_a_late_body_is_taken_after_its_client_left() -> None:
    """A whole body whose client gave up is taken later, or refused when the batch has been cancelled meanwhile."""
    async with calling(faults=[{"op": "upload", "kind": "late", "seconds": 5, "calls": [1, 2]}], **FAST) as caller:
        await caller.server.set(late_upload_seconds=1.5)
        kept, cancelled = await caller.create(), await caller.create()
        for batch, n in ((kept, 1), (cancelled, 2)):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(caller.upload(batch, [("a.pdf", cv(n))]), 0.5)
        assert (await caller.call("DELETE", f"/screening/batch/{cancelled}"))[0] == 200
        assert (await caller.server.ledger(summary=True))["items"] == 0
        async with asyncio.timeout(30):
            while not (await caller.server.ledger())["items"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.7)  # the second body is late, too
        ledger = await caller.server.ledger()
        assert ledger["items"] == 1
        assert sorted(entry["taken"] for entry in await caller.server.log(op="upload")) == [0, 1]


async def test_a_frozen_connection_holds_the_body_in_the_kernel() -> None:
    """What a client sent before it gave up is read and taken after the thaw."""
    async with calling(faults=[{"op": "upload", "kind": "freeze", "seconds": 2.0, "calls": [1]}], **FAST) as caller:
        batch = await caller.create()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(caller.upload(batch, [("a.pdf", cv(1) * 20)]), 1.0)
        for _ in range(200):  # a busy machine thaws late
            if (await caller.server.ledger(summary=True))["items"]:
                break
            await asyncio.sleep(0.05)
        assert (await caller.server.ledger(summary=True))["items"] == 1


async def test_fates_befall_batches() -> None:
    """Batches are lost, fail, never end, miss items or turn out invalid, by their number."""
    fates = [
        {"fate": "lost", "batches": [1], "after": "start"},
        {"fate": "fail", "batches": [2], "items": 1},
        {"fate": "never_ends", "batches": [3], "items": 1},
        {"fate": "missing", "batches": [4], "items": 2},
        {"fate": "invalid", "batches": [5], "items": 2},
    ]
    files = [(f"{n}.pdf", cv(n)) for n in range(3)]
    async with calling(fates=fates, **FAST) as caller:
        batches = [await caller.create() for _ in range(6)]
        for batch in batches:
            assert (await caller.upload(batch, files))[0] == 200
            assert (await caller.call("POST", f"/screening/batch/{batch}/start"))[0] == 200
        assert (await caller.call("GET", f"/screening/batch/{batches[0]}/status"))[0] == 404
        assert (await caller.until_ended(batches[1]))["status"] == "failed"
        assert (await caller.until_ended(batches[3]))["processed"] == 1
        assert (await caller.until_ended(batches[4]))["failed"] == 2
        _, said = await caller.call("GET", f"/screening/batch/{batches[2]}/status")
        assert (said["data"]["status"], said["data"]["processed"]) == ("processing", 1)
        assert (await caller.call("GET", f"/screening/batch/{batches[2]}/results"))[0] == 409
        ledger = await caller.server.ledger(summary=True)
        assert ledger["held_by_batch"] == {batches[2]: 2}
        assert (await caller.call("DELETE", f"/screening/batch/{batches[2]}"))[0] == 200
        _, said = await caller.call("GET", f"/screening/batch/{batches[2]}/results")
        assert len(said["data"]) == 1
        assert len(ledger["charged_twice"]) == 3


@pytest.mark.parametrize("ids", ["int", "uuid", "numeric", "odd"])
@pytest.mark.parametrize("pages", ["meta", "laravel", "pagination", "bare"])
async def test_every_dialect_can_be_spoken(ids: str, pages: str) -> None:
    """Ids, pages and the other variants change the words and not the work."""
    switches = {
        "batch_id_field": "batch_id", "times": "plain", "unknown_fields": True, "null_optionals": True,
        "numbers_as_strings": True, "empty_answers": "none", "upload_items": "none", "unknown_status_seconds": 0.1,
        "upload_filenames": "nfc", "page_cap": 2, "errors": "error_object",
    }  # fmt: skip
    name = normalize("NFD", "é.pdf")
    async with calling(ids=ids, pages=pages, **switches, **FAST) as caller:
        batch = await caller.screened([(name, cv(1)), ("b.pdf", cv(2)), ("c.pdf", cv(3))])
        _, said = await caller.call("GET", f"/screening/batch/{batch}/results?per_page=50")
        page = said["data"]["data"] if pages == "laravel" else said["data"]
        content = page[:-1] if isinstance(page[-1], dict) and "id" not in page[-1] else page
        assert len(content) == (3 if pages == "bare" else 2)
        assert isinstance(content[0]["rank"], str)
        assert "x_unheard_of" in content[0]
        assert (await caller.call("GET", "/jobs/7"))[1]["error"]["code"] == "E404"
        items = await caller.server.ask("items")
        assert sorted(each["sha256"] for each in items.values()) == sorted(sha(cv(n)) for n in (1, 2, 3))


async def test_the_other_resources_answer() -> None:
    """Jobs, candidates, shortlists and webhooks are there, and a delivery is signed and counted."""
    job = {"title": "T", "description": "<p>D</p>", "location": "L", "employment_type": "contract"}
    async with calling(webhook_backoff=[], **FAST) as caller:
        _, made = await caller.call("POST", "/jobs", json=job)
        assert made["data"]["salary_currency"] == "GBP"
        path = f"/jobs/{made['data']['id']}"
        assert (await caller.call("PUT", path, json={"title": "U"}))[1]["data"]["title"] == "U"
        assert (await caller.call("POST", "/jobs", json={"title": "T"}))[1]["errors"].keys() == {"description"}
        hook = {"url": "http://127.0.0.1:9/x", "events": ["batch.completed"]}
        _, hooked = await caller.call("POST", "/webhooks", json=hook)
        await caller.screened([("a.pdf", cv(1))])
        _, listed = await caller.call("GET", "/webhooks")
        assert listed["data"][0]["secret"] != hooked["data"]["secret"]
        async with asyncio.timeout(30):
            while not await caller.server.ask("deliveries"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert [each["event"] for each in await caller.server.ask("deliveries")] == ["batch.completed"]
        (batch,) = await caller.server.batches()
        await caller.call("GET", f"/screening/batch/{batch['batch_id']}/results")
        _, people = await caller.call("GET", "/candidates")
        who = people["data"][0]["id"]
        assert (await caller.call("PUT", f"/candidates/{who}/status", json={"status": "hired"}))[0] == 200
        assert (await caller.call("PUT", f"/candidates/{who}/status", json={"status": "?"}))[0] == 422
        _, shortlist = await caller.call("POST", "/shortlists", json={"name": "S"})
        path = f"/shortlists/{shortlist['data']['id']}/candidates"
        _, added = await caller.call("POST", path, json={"candidate_ids": [who, who, 5]})
        assert added["data"] == {"added": 1, "skipped": 2}
        assert (await caller.call("POST", path, json={"candidate_ids": list(range(101))}))[0] == 422
        assert len((await caller.call("GET", path))[1]["data"]) == 1


async def test_it_stops_answering_and_resumes() -> None:
    """Silent, dropping and refusing are seen as a time-out, an end and a refused connection; then it answers again."""
    async with calling(**FAST) as caller:
        await caller.server.stop("silent")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(caller.call("GET", "/account"), 0.1)
        await caller.server.stop("drop")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await caller.call("POST", "/screening/batch", json={})
        await caller.server.stop("refuse")
        with pytest.raises(aiohttp.ClientConnectorError):
            await caller.call("GET", "/account")
        await caller.server.resume()
        assert (await caller.call("GET", "/account"))[0] == 200
        await caller.server.ask("keys", {"add": ["cvs_new"], "revoke": [caller.server.api_key]})
        assert (await caller.call("GET", "/account"))[0] == 401
        with pytest.raises(ValueError, match="unknown option"):
            await caller.server.set(no_such=1)


@pytest.mark.alone
async def test_the_report_measures_quota_and_polls() -> None:
    """Whole windows between the first and the last upload are counted, and polls have their intervals."""
    async with calling(limit=1000, period=0.3, seconds_per_cv=0.0) as caller:
        batch = await caller.create()
        started = time.monotonic()
        while time.monotonic() < started + 0.75:
            await caller.upload(batch, [("a.pdf", cv(1))])
            await caller.call("GET", f"/screening/batch/{batch}/status")
        report = await caller.server.report()
        assert len(report["quota"]["windows"]) == 2
        assert report["quota"]["peak_in_any_period"] >= max(report["quota"]["windows"])
        assert report["polls"]["batches"] == 1
        assert report["polls"]["shortest"] > 0
        assert (await caller.server.ledger(summary=True))["beside_its_copy"] == [sha(cv(1))]


async def test_a_chunked_body_is_read() -> None:
    """A form sent in chunks of any size is the same form."""
    form = b'--b\r\nContent-Disposition: form-data; name="files[]"; filename="a.pdf"\r\n\r\n%s\r\n--b--\r\n' % cv(1)

    async def pieces() -> AsyncGenerator[bytes]:
        for at in range(0, len(form), 17):
            yield form[at : at + 17]

    async with calling(**FAST) as caller:
        batch = await caller.create()
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, _ = await caller.call("POST", f"/screening/batch/{batch}/upload", data=pieces(), headers=kind)
        assert status == 200
        assert list((await caller.server.ledger())["by_content"]) == [sha(cv(1))]


async def test_a_process_of_its_own() -> None:
    """The script prints its JSON line, is steered over HTTP, and ends with its parent's pipe."""
    async with ContractServer(process=True, limit=7) as server:
        assert (await server.ask("about"))["url"] == server.url
        assert (await server.ask("options"))["limit"] == 7
        assert server.pid is not None


def test_it_leans_on_nothing() -> None:
    """The server imports neither the package under test nor any web framework."""
    code = "import sys; import contract_server.main; print({'cvsense_async', 'aiohttp'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=HERE.parent, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


async def test_a_reset_is_a_reset() -> None:
    """An rst fault reaches the client as a connection reset, not as an orderly end."""
    async with ContractServer(faults=[{"op": "account", "kind": "rst_before"}]) as server:
        host, _, port = server.url.removeprefix("http://").partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /api/v1/account HTTP/1.1\r\nAuthorization: Bearer {server.api_key}\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_requests_in_one_piece_are_answered_in_turn() -> None:
    """Two requests that arrive together, or byte by byte, get two whole answers on one connection."""
    async with ContractServer() as server:
        host, _, port = server.url.removeprefix("http://").partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"Authorization: Bearer {server.api_key}\r\n".encode()
        one = b"POST /api/v1/shortlists HTTP/1.1\r\nContent-Length: 12\r\n" + head + b'\r\n{"name":"S"}'
        writer.write(one + one)
        for byte in one:
            writer.write(bytes([byte]))
            await writer.drain()
        writer.write(b"GET /api/v1/shortlists HTTP/1.1\r\nConnection: close\r\n" + head + b"\r\n")
        said = await reader.read()
        assert said.count(b"HTTP/1.1 201 Created") == 3
        assert b'"total":3' in said
        writer.close()


@pytest.mark.parametrize("count_at", ["headers", "body"])
@pytest.mark.parametrize("drain", [True, False])
async def test_a_refused_upload_takes_nothing(count_at: str, drain: bool) -> None:
    """Whenever it is counted and answered, an upload over the limit is a 429 and the connection lives on."""
    async with calling(limit=2, period=5.0, count_at=count_at, drain_refused=drain) as caller:
        batch = await caller.create()
        assert (await caller.upload(batch, [("a.pdf", cv(1))]))[0] == 200
        assert (await caller.upload(batch, [("b.pdf", cv(2) * 500)]))[0] == 429
        await caller.server.set(limit=100)
        assert (await caller.upload(batch, [("c.pdf", cv(3))]))[0] == 200
        assert (await caller.server.ledger(summary=True))["items"] == 2


@pytest.mark.alone
async def test_cancelling_takes_its_time() -> None:
    """With `cancel_seconds`, running items may still be charged, the rest is released, and uploads get 409."""
    async with calling(throttle="none", seconds_per_cv=0.1, workers=1, cancel_seconds=0.2) as caller:
        batch = await caller.create()
        await caller.upload(batch, [(f"{n}.pdf", cv(n)) for n in range(5)])
        await caller.call("POST", f"/screening/batch/{batch}/start")
        await asyncio.sleep(0.05)
        _, said = await caller.call("DELETE", f"/screening/batch/{batch}")
        assert said["data"]["status"] == "cancelling"
        assert (await caller.upload(batch, [("x.pdf", cv(9))]))[0] == 409
        assert (await caller.until_ended(batch))["credits_used"] == 1
        ledger = await caller.server.ledger(summary=True)
        assert (ledger["used"], ledger["reserved"]) == (1, 0)
        _, said = await caller.call("GET", f"/screening/batch/{batch}/results")
        assert len(said["data"]) == 1


async def test_screening_by_the_batch_and_slow_lines() -> None:
    """A batch takes its fixed time; uplink and latency make the call last, and a drip arrives whole."""
    switches = {"screening": "per_batch", "seconds_per_batch": 0.2, "throttle": "none"}
    async with calling(**switches) as caller:
        started = time.monotonic()
        await caller.screened([(f"{n}.pdf", cv(n)) for n in range(20)])
        assert time.monotonic() - started >= 0.2
        await caller.server.set(uplink=0.1, uplink_jitter=0.05, latency=0.1)
        await caller.server.fault({"op": "account", "kind": "drip", "seconds": 0.1})
        started = time.monotonic()
        assert (await caller.call("GET", "/account"))[1]["data"]["id"] == 19
        assert time.monotonic() - started >= 0.28
        (entry,) = await caller.server.log(op="account")
        assert entry["at"] >= started + 0.1


async def test_the_key_and_the_credits_can_end_midway() -> None:
    """401 from a number of requests on, 402 once the credits are taken away, and a steady foreigner uses quota."""
    async with calling(limit=10, period=30.0, unauthorized_after_requests=3) as caller:
        batch = await caller.create()
        await caller.server.ask("credits", {"free": 0})
        assert (await caller.upload(batch, [("a.pdf", cv(1))]))[0] == 402
        assert [(await caller.call("GET", "/account"))[0] for _ in range(3)] == [200, 401, 401]
        await caller.server.set(unauthorized_after_requests=None, foreign_per_second=100.0)
        await caller.call("GET", "/account")
        await asyncio.sleep(0.2)
        assert (await caller.call("GET", "/account"))[0] == 429
