"""`cvsense doctor --paid`: one credit, every endpoint, each assumed line; and a record that holds nobody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from conftest import stand_in
from contract_server import KEY, LARAVEL, ContractServer
from yarl import URL

from cvsense_async.cli import asking, walk
from cvsense_async.cli.asked import Answer, Asker, SentFile
from cvsense_async.cli.assumptions import ASSUMPTIONS, verdicts
from cvsense_async.cli.record import recorded

NOT_SEEN = {
    "a 429 has Retry-After and X-RateLimit-Reset",
    "a refused request is not counted",
    "per_page is obeyed",
    "more than 50 files, too large a body, too few credits: 422, 413, 402",
    "an upload into a batch that has ended is refused with 409",
    "results of a cancelled batch stay readable",
    "results come ranked, best first",
    "the form, the headers and the retries of a delivery",
}
"""What one CV and an account without a history cannot show."""


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(walk, "LONGEST_SECONDS", 0.3)


@pytest.fixture
def examined(
    started: Callable[..., ContractServer], cvsense: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Any, Any, ContractServer]]:
    """Examine a stand-in with some switches; gives how it ended, its JSON, and the stand-in."""

    def examine(*arguments: str, **switches: Any) -> tuple[Any, Any, ContractServer]:
        server = started(**switches)
        monkeypatch.setenv("CVSENSE_API_KEY", KEY)
        ran = cvsense("doctor", "--base-url", server.url, "--paid", "--yes", "--json", *arguments)
        return ran, json.loads(ran.out), server

    return examine


def lines(said: Any) -> dict[str, str]:
    """Each assumed line to its verdict."""
    return {one["line"]: one["verdict"] for one in said["assumptions"]}


def held(server: ContractServer) -> tuple[int, dict[str, int]]:
    """Credits spent, and those still held by batch."""
    ledger = server.ask_now("ledger", summary=1)
    return ledger["used"], ledger["held_by_batch"]


def test_a_service_that_keeps_to_the_contract(examined: Any) -> None:
    """All lines hold but those that one CV cannot show; one credit; all that can be deleted is."""
    ran, said, server = examined(throttle="fixed")
    assert ran.status == 0
    found = lines(said)
    assert {line for line, verdict in found.items() if verdict == "not seen"} == NOT_SEEN
    assert {line for line, verdict in found.items() if verdict == "holds"} == found.keys() - NOT_SEEN
    assert held(server) == (1, {})
    ops = server.ask_now("report")["by_op"]
    made = ("jobs.create", "webhooks.create")
    assert [ops[op]["201"] for op in made] == [ops[op]["200"] for op in ("jobs.delete", "webhooks.delete")]
    assert len(ops) == 28
    assert [words.partition(":")[0] for words in said["left"]] == [
        "the invented candidate Alex Example",
        "the shortlist 'cvsense doctor'",
    ]


def test_a_second_time_uses_the_shortlist_that_is_there(examined: Any, cvsense: Any) -> None:
    """What cannot be deleted is not made again."""
    _, _, server = examined()
    assert cvsense("doctor", "--base-url", server.url, "--paid", "--yes").status == 0
    assert server.ask_now("report")["by_op"]["shortlists.create"]["201"] == 1
    assert held(server) == (2, {})


DIFFERENT: dict[str, tuple[dict[str, Any], set[str]]] = {
    "raw paginator": ({"pages": "raw"}, {"lists have data and a meta with the page's facts"}),
    "simple resource": ({"pages": "simple_resource"}, {"lists have data and a meta with the page's facts"}),
    "cursor": ({"pages": "cursor_plain"}, {"lists have data and a meta with the page's facts"}),
    "items": ({"pages": "items"}, {"lists have data and a meta with the page's facts"}),
    "objects": (
        {"lists": "filtered", "inner_lists": "filtered"},
        {"lists are arrays, and nothing comes before the JSON", "lists have data and a meta with the page's facts"},
    ),
    "bom": ({"bom": True}, {"lists are arrays, and nothing comes before the JSON"}),
    "warning": (
        {"faults": [{"op": "result", "kind": "warning"}]},
        {"lists are arrays, and nothing comes before the JSON"},
    ),
    "errors": ({"errors": "laravel"}, {"refusals say success, message"}),
    "html errors": ({"errors": "html"}, {"refusals say success, message", "a 422 names the fields in errors"}),
    "php times": ({"times": "php"}, {"times are ISO 8601 with an offset"}),
    "seconds": ({"times": "int"}, {"times are ISO 8601 with an offset"}),
    "plain times": ({"times": "plain"}, {"times are ISO 8601 with an offset"}),
    "capitals": ({"statuses": "upper"}, {"the words for a batch's status"}),
    "another word": ({"status_words": {"completed": "done"}}, {"the words for a batch's status"}),
    "no credits_used": ({"status_omits": ["credits_used"]}, {"a batch's status says credits_used"}),
    "no total": ({"status_omits": ["total"]}, {"fields of a batch's status"}),
    "lag 404": (
        {"lag_requests": 1},
        {"what was written can be read at once", "results before there are any are refused with 409"},
    ),
    "lag empty": (
        {"lag_requests": 1, "lag_answer": "empty", "lag_ops": ["results"]},
        {"what was written can be read at once", "results before there are any are refused with 409"},
    ),
    "batch_id": ({"batch_id_field": "batch_id"}, {"a batch says its id as id"}),
    "no items": (
        {"upload_items": "none"},
        {"fields of an upload's answer", "an upload names every file as it was sent"},
    ),
    "field": ({"field_name": "cvs[]"}, {"an upload's parts are named files[]"}),
    "balance": ({"balance_includes_reserved": True}, {"a credit is held from the upload"}),
    "keeps credits": (
        {"fates": [{"fate": "keeps_credits"}]},
        {"cancelling releases what was not screened"},
    ),
    "text is taken": ({"bad_type": "rejected"}, {"what is neither PDF nor DOCX is refused with 422"}),
    "early results": (
        {"faults": [{"op": "results", "kind": "status", "status": 404, "calls": [1]}]},
        {"results before there are any are refused with 409"},
    ),
    "no report": (
        {"faults": [{"op": "report", "kind": "status", "status": 404}]},
        {"a report is a PDF where JSON is accepted first"},
    ),
    "method": ({"faults": [{"op": "jobs.update", "kind": "status", "status": 405}]}, {"the methods of the endpoints"}),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_line_that_differs_is_told(examined: Any, case: str) -> None:
    """The dialect's own lines differ and no others, and at most one credit is spent."""
    switches, expected = DIFFERENT[case]
    _, said, server = examined(**switches)
    assert {line for line, verdict in lines(said).items() if verdict == "differs"} == expected
    assert held(server)[0] <= 1


def test_real_laravel(examined: Any) -> None:
    """All at once, as Laravel does: the walk goes through to the end."""
    _, said, server = examined(**{**LARAVEL, "times": "php", "lists": "sorted", "statuses": "title"})
    assert lines(said)["a report is a PDF where JSON is accepted first"] == "holds"
    assert held(server) == (1, {})


@pytest.mark.parametrize("op", ["upload", "start", "status", "cancel"])
@pytest.mark.parametrize("kind", ["503_after", "drop_before", "drop_after", "truncate"])
def test_never_more_than_one_credit(examined: Any, op: str, kind: str) -> None:
    """Whatever goes wrong, nothing is sent twice; a credit that is still held is told, with status 3."""
    ran, said, server = examined(faults=[{"op": op, "kind": kind}])
    used, still = held(server)
    assert used <= 1
    assert server.ask_now("ledger", summary=1)["items"] <= 2
    stuck = [words for words in said["left"] if words.startswith("the batch")]
    assert len(stuck) >= len(still)
    assert ran.status == 3 if stuck else ran.status in (0, 3)


async def test_leaving_halfway_takes_away_what_was_made() -> None:
    """Ctrl-C while a batch is started: the batch is cancelled, the job is deleted, nothing is charged."""
    reached = asyncio.Event()

    class Watched(Asker):
        async def ask(self, path: str, *, step: str = "", **how: Any) -> Answer:
            if step == "start":
                reached.set()
            return await super().ask(path, step=step, **how)

    faults = [{"op": "start", "kind": "stall_before", "seconds": 0.5, "calls": [2]}]
    async with stand_in(faults=faults) as server, aiohttp.ClientSession() as http:
        going = walk.Walk(Watched(http, URL(server.url), server.api_key, None))
        task = asyncio.create_task(going.go())
        await reached.wait()
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.6)  # the start that was left comes too late
        assert going.stuck == []
        assert (await server.report())["by_op"]["jobs.delete"] == {"200": 1}
        ledger = await server.ledger(summary=True)
        assert (ledger["used"], ledger["held_by_batch"]) == (0, {})


def test_a_record_that_cannot_be_written(examined: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found, and paid for, is told all the same."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cvsense_async.cli.doctor.write_record", full)
    ran, said, _ = examined("--record", str(tmp_path / "exchange.json"))
    assert "No space left" in ran.err
    assert len(said["assumptions"]) == len(ASSUMPTIONS)


def test_an_account_without_credits(examined: Any) -> None:
    """Status 5, as elsewhere, and nothing is left open."""
    ran, _, server = examined(credits=0)
    assert ran.status == 5
    assert held(server) == (0, {})


def test_a_refused_key(examined: Any) -> None:
    """Status 4, and nothing is made."""
    ran, _, server = examined(api_keys=["cvs_other"])
    assert ran.status == 4
    assert {one["op"] for one in server.ask_now("log")} == {"account"}


def test_it_asks_first(at: ContractServer, cvsense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is nobody to ask it wants --yes; a no sends nothing."""
    ran = cvsense("doctor", "--paid")
    assert ran.status == 2
    assert "--yes" in ran.err

    async def no(_: str) -> str:
        return "n"

    monkeypatch.setattr("cvsense_async.cli.doctor.can_ask", lambda: True)
    monkeypatch.setattr(asking, "_answered", no)
    ran = cvsense("doctor", "--paid")
    assert ran.status == 1
    assert "one credit" in ran.err
    assert at.ask_now("log") == []


def test_the_sandbox_keeps_to_the_contract(cvsense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox makes the same choices: nothing differs."""
    from cvsense_async.sandbox import Sandbox

    monkeypatch.setattr(walk, "LONGEST_SECONDS", 60.0)
    sandbox = Sandbox()
    asyncio.run(sandbox.__aenter__())
    try:
        monkeypatch.setenv("CVSENSE_API_KEY", sandbox.api_key)
        ran = cvsense("doctor", "--base-url", sandbox.url, "--paid", "--yes", "--json")
    finally:
        asyncio.run(sandbox.__aexit__(None, None, None))
    assert ran.status == 0
    assert [one for one in json.loads(ran.out)["assumptions"] if one["verdict"] == "differs"] == []


# --- the record


def test_the_exchange_is_recorded(examined: Any, tmp_path: Path) -> None:
    """All requests with their answers' form, readable by the owner only, without the key or a person."""
    path = tmp_path / "exchange.json"
    ran, _, server = examined("--record", str(path), inner_lists="filtered")
    assert ran.status == 0
    text = path.read_text(encoding="ascii")
    kept = json.loads(text)["exchanges"]
    assert len(kept) == len(server.ask_now("log"))
    assert path.stat().st_mode & 0o077 == 0
    for secret in (
        KEY,
        "owner@",
        "Contract",
        "Alex",
        "alex@",
        "doctor-check",
        "Candidate",
        "example.test",
        "127.0.0.1",
    ):
        assert secret not in text
    result = next(one for one in kept if one["step"] == "result")["answered"]["body"]["data"]
    assert list(result["skills"]) == ["1", "3", "5"]
    assert result["skills"]["1"]["classification"] == "evidenced"
    assert result["id"].endswith("number")


def test_a_record_is_written_also_where_it_only_reads(at: ContractServer, cvsense: Any, tmp_path: Path) -> None:
    """--record without --paid; a file that is there is not written over, and nothing is asked then."""
    path = tmp_path / "exchange.json"
    assert cvsense("doctor", "--record", str(path)).status == 0
    before = len(at.ask_now("log"))
    ran = cvsense("doctor", "--record", str(path))
    assert ran.status == 2
    assert len(at.ask_now("log")) == before
    assert cvsense("doctor", "--record", str(tmp_path / "no" / "where.json")).status == 2


PLANTED = [
    "Jane", "Doe-Planted", "jane.doe@planted.example", "447700900123", "+44 7700 900123", "jane_doe_cv.pdf",
    "planted-street", "Plantedville", "cvs_planted_key_123", "whsec_planted", "1990-05-17", "AcmePlanted",
]  # fmt: skip


def answered(body: Any, status: int = 200, path: str = "/account", **more: Any) -> Answer:
    """An answer with this body, JSON or bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Set-Cookie": "s=Jane", "X-User": "Jane", **more.pop("headers", {})}
    return Answer(path, status, headers, raw, 0.1, **more)


def test_nothing_of_a_person_is_left() -> None:
    """Persons in fields nobody has heard of, in names of fields, paths, messages, headers, numbers, and pages."""
    person = {"first_name": "Jane", "last_name": "Doe-Planted", "email": "jane.doe@planted.example"}
    answers = [
        answered({"success": True, "data": {"id": 19, **person, "phone": 447700900123, "born": "1990-05-17"}}),
        answered({"data": [{"id": "jane.doe@planted.example", "status": "Jane", "type": "Doe-Planted"}]}),
        answered({"data": {"Jane": 1, "jane_doe_cv.pdf": {"reason": "x"}, "jane.doe@planted.example": [1]}}),
        answered({"message": "Jane Doe-Planted (jane.doe@planted.example) may not",
                  "errors": {"files.0": ["jane_doe_cv.pdf failed"]}}, 422),
        answered(b"<br />\n<b>Warning</b>: in <b>/home/Jane/planted-street</b>\n{\"data\": {\"note\": \"Jane\"}}"),
        answered({"error": {"message": "Key cvs_planted_key_123 of AcmePlanted", "code": "Jane"}}, 403),
        answered({"data": {"secret": "whsec_planted", "url": "https://Jane.planted.example/x?who=Jane&page=2"}}),
        answered({"data": {"summary": "Jane lives in Plantedville", "created_at": "2026-01-01T10:00:00Z",
                           "tags": ["Plantedville", 447700900123], "text": "cvs_planted_key_123"}}),
        answered({"data": []}, path="/candidates/jane.doe@planted.example?status=Jane&page=3",
                 headers={"Location": "https://x/Jane", "Server": "Jane's <nginx>", "X-File": "jane_doe_cv.pdf"}),
        answered({}, headers={"Server": "Jane", "X-Powered-By": "cvs_planted_key_123/8.2"}),
        answered({}, files=(SentFile("jane_doe_cv.pdf", "application/pdf", b"%PDF-1.4 Jane"),), sent={"title": "Jane"}),
    ]  # fmt: skip
    text = recorded(answers, "https://planted-street.example/api", "cvs_planted_key_123")
    assert [word for word in PLANTED if word.lower() in text.lower()] == []
    kept = json.loads(text)["exchanges"]
    assert kept[0]["answered"]["body"]["data"].keys() == {"id", *person, "phone", "born"}
    assert kept[7]["answered"]["body"]["data"]["created_at"] == "0000-00-00T00:00:00Z"


def test_a_key_that_comes_back_within_a_word() -> None:
    """Wherever the key stands, it is not in the record."""
    assert "cvs_key_5" not in recorded([answered({}, headers={"Server": "cvs_key_5/1"})], "https://x", "cvs_key_5")


# --- the lines


def test_the_page_has_each_assumption() -> None:
    """The page on what is documented has every line, with what breaks where it is wrong."""
    page = (Path(__file__).parents[2] / "docs" / "documented.md").read_text(encoding="utf-8")
    for assumption in ASSUMPTIONS:
        assert f"| {assumption.line} | {assumption.breaks} |" in page


def test_nothing_seen_says_nothing() -> None:
    """Without an answer no line holds or differs."""
    assert {one.verdict for one in verdicts([])} == {"not seen"}
