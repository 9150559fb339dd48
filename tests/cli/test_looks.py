"""The small commands: the account, its credits, jobs, a plan, the doctor, the OpenAPI document."""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from contract_server import KEY, ContractServer

from cvsense_async.cli.judging import CheckUp, judge

LOOKS = [["account"], ["credits"], ["usage"], ["jobs", "list"], ["doctor"]]


async def make_job(server: ContractServer, title: str) -> Any:
    """A job at the stand-in."""
    body = {"title": title, "description": "<p>x</p>", "location": "London", "salary_min": 30000}
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession() as http, http.post(f"{server.url}/jobs", json=body, headers=headers) as answer:
        return (await answer.json())["data"]["id"]


@pytest.mark.parametrize("command", LOOKS, ids=" ".join)
def test_each_look_is_a_table_and_json(at: ContractServer, cvsense: Any, command: list[str]) -> None:
    """A table for people and JSON for programs, exit status 0, nothing on stderr."""
    ran = cvsense(*command)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.strip()
    said = cvsense(*command, "--json")
    assert said.status == 0
    json.loads(said.out)


def test_a_job_is_listed_and_shown(at: ContractServer, cvsense: Any) -> None:
    """Hostile titles are harmless; an unknown id is one line and status 1."""
    import asyncio

    job_id = asyncio.run(make_job(at, "Cook \x1b[31m[red]"))
    listed = cvsense("jobs", "list")
    assert r"Cook \x1b[31m[red]" in listed.out
    shown = cvsense("jobs", "get", str(job_id))
    assert "30,000" in shown.out
    assert json.loads(cvsense("jobs", "get", str(job_id), "--json").out)["location"] == "London"
    unknown = cvsense("jobs", "get", "nope")
    assert unknown.status == 1
    assert unknown.err.count("\n") == 1


def test_a_batch_that_was_left_can_be_cancelled(at: ContractServer, cvsense: Any) -> None:
    """Its status is shown, and cancelling it says that it is cancelled."""
    import urllib.request

    request = urllib.request.Request(
        f"{at.url}/screening/batch",
        data=b'{"job_title": "x", "job_description": "y"}',
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        batch_id = str(json.loads(answer.read())["data"]["id"])
    assert json.loads(cvsense("batch", "status", batch_id, "--json").out)["status"] == "created"
    assert "cancelled" in cvsense("batch", "cancel", batch_id).out
    assert "cancelled" in cvsense("batch", "status", batch_id).out


def test_a_plan_costs_nothing(at: ContractServer, cvsense: Any, cvs: str) -> None:
    """It counts the documents, and sends only the question for the balance."""
    said = json.loads(cvsense("plan", cvs, "--json").out)
    assert said["documents"] == said["credits"] == 5
    assert said["batches"] == 1
    assert [one["op"] for one in at.ask_now("log")] == ["credits"]
    assert "Credits    5 at most" in cvsense("plan", cvs).out


def test_openapi_is_printed(cvsense: Any) -> None:
    """The document of the API, without a key."""
    assert json.loads(cvsense("openapi").out)["openapi"].startswith("3.1")


def test_the_doctor_reads_only_and_finds_the_contract_kept(at: ContractServer, cvsense: Any) -> None:
    """Five GETs; every line of the table is ok or, with no jobs to look at, unknown."""
    at.ask_now("reset", {"throttle": "fixed"})
    checks = json.loads(cvsense("doctor", "--json").out)["checks"]
    assert {one["verdict"] for one in checks} == {"ok", "unknown"}
    assert {one["op"] for one in at.ask_now("log")} <= {"account", "credits", "usage", "jobs.list", "jobs.get"}
    by_name = {one["check"]: one for one in checks}
    assert by_name["pages"]["found"] == "meta beside data"
    assert by_name["requests a minute"]["found"] == "120"
    assert by_name["how it counts"]["verdict"] == "ok"


@pytest.mark.parametrize(
    ("switches", "check"),
    [
        ({"pages": "laravel"}, "pages"),
        ({"pages": "bare"}, "pages"),
        ({"errors": "error_object"}, "form of errors"),
        ({"rate_headers": False}, "X-RateLimit-Limit, -Remaining"),
        ({"limit": 60}, "requests a minute"),
        ({"times": "plain"}, "times in /account/usage"),
    ],
)
def test_the_doctor_tells_what_differs(
    started: Callable[..., ContractServer], cvsense: Any, monkeypatch: pytest.MonkeyPatch, switches: Any, check: str
) -> None:
    """What is assumed and is otherwise there differs, and is no failure."""
    server = started(throttle="fixed", **switches)
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    ran = cvsense("doctor", "--base-url", server.url, "--json")
    assert ran.status == 0
    assert {one["check"]: one["verdict"] for one in json.loads(ran.out)["checks"]}[check] == "differs"


def test_the_doctor_of_a_service_that_is_not_there(cvsense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 1, and the line says that there is no connection."""
    monkeypatch.setenv("CVSENSE_API_KEY", KEY)
    ran = cvsense("doctor", "--base-url", "http://127.0.0.1:1/api/v1")
    assert ran.status == 1
    assert "no connection" in ran.out


def test_the_doctor_says_what_it_cannot_read() -> None:
    """A proxy's page in place of an answer is a failure, not a crash."""

    class Page:
        path, status, seconds, tls = "/account", 200, 0.1, None
        headers = {"Date": "nonsense"}
        body = b"<html>hello</html>"
        came = datetime.datetime.now(datetime.UTC)

    check_up = CheckUp()
    judge(check_up, [Page()], "https")
    assert check_up.failed


def test_the_doctor_compares_clocks_at_the_time_of_the_answer() -> None:
    """A walk that takes a minute, or waits for the quota, makes no clock wrong."""

    class Old:
        path, status, seconds, tls, body = "/account", 200, 0.1, None, b"{}"
        headers = {"Date": "Sat, 28 Nov 2020 01:07:13 GMT"}
        came = datetime.datetime(2020, 11, 28, 1, 7, 14, tzinfo=datetime.UTC)

    check_up = CheckUp()
    judge(check_up, [Old()], "http")
    (clocks,) = [check for check in check_up.checks if check.check == "clocks"]
    assert (clocks.verdict, clocks.found) == ("ok", "1 s apart")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_a_plan_of_a_name_that_is_no_text(at: ContractServer, cvsense: Any, cvs: str) -> None:
    """A file whose name is no UTF-8 is counted as any other; a path that is not there is told with escapes."""
    odd = os.path.join(os.fsencode(cvs), b"caf\xe9.pdf")
    os.rename(os.path.join(cvs, "cv-001.pdf"), odd)
    assert json.loads(cvsense("plan", cvs, "--json").out)["documents"] == 5
    ran = cvsense("plan", os.fsdecode(odd) + ".docx")
    assert ran.status == 2
    assert "there is no such file" in ran.err
