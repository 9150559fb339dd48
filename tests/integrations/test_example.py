"""The example service as people run it: a process, its page, an upload, the stream, and the webhooks it receives."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")
pytest.importorskip("sqlalchemy")

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "fastapi_app"
CVS = ROOT / "examples" / "cvs"
START_SECONDS = 30


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The example, started as its README says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CVSENSE_")}
    environment |= {"PORT": str(port), "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE / "main.py")], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(START_SECONDS * 20):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/about", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, process.stdout
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)
    assert b"Traceback" not in said, said.decode()
    assert b"Application shutdown complete" in said, said.decode()


async def get(http: aiohttp.ClientSession, url: str) -> tuple[int, Any, str]:
    async with http.get(url) as answer:
        return answer.status, answer.headers, await answer.text()


async def test_the_page_runs_nothing_but_its_own_files(url: str) -> None:
    """The page and what it loads are there, under a policy that allows no other script, and it writes no markup."""
    async with aiohttp.ClientSession() as http:
        status, headers, page = await get(http, url)
        assert status == 200
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "<script>" not in page
        assert "style=" not in page
        for name in ("app.js", "style.css", "icon.svg"):
            status, _, text = await get(http, f"{url}/page/{name}")
            assert status == 200
            assert f"/page/{name}" in page
            assert not {"innerHTML", "outerHTML", "insertAdjacentHTML", "eval("} & set(text.split())
            assert "innerHTML" not in text


async def test_an_upload_is_screened_and_its_webhooks_arrive(url: str) -> None:
    """CVs in a form: every one comes back in the stream, and the batch's end was told by a delivery."""
    files = sorted(CVS.glob("*.docx"))
    if not files:
        pytest.skip("the sample CVs are not here")
    form = aiohttp.FormData({"title": "Data engineer", "description": "Essential: Python. Desirable: SQL."})
    for file in files:
        form.add_field("files", file.read_bytes(), filename=file.name)
    form.add_field("files", b"not a CV", filename="<img src=x onerror=alert(1)>.pdf")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        async with http.post(f"{url}/screenings", data=form) as answer:
            assert answer.status == 200
            text = await answer.text()
        events = [
            (part.split("\n")[1].removeprefix("event: "), json.loads(part.split("\n")[2].removeprefix("data: ")))
            for part in text.strip().split("\n\n")
        ]
        results = [result for name, content in events if name == "batch" for result in content["results"]]
        assert {result["file"] for result in results} == {file.name for file in files}
        rejected = [one for name, content in events if name == "batch" for one in content["rejected"]]
        assert [one["reason"] for one in rejected] == ["not_pdf_or_docx"]
        name, summary = events[-1]
        assert name == "end"
        about = json.loads((await get(http, f"{url}/about"))[2])
        assert about["credits"] == 5000 - summary["credits_used"]
        assert [one["event"] for one in about["deliveries"]] == ["batch.completed"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "own"}, 403),
        ({"Origin": "https://other.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "own"}, 422),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "own"}, 422),
        ({}, 422),
    ],
    ids=str,
)
async def test_another_site_cannot_spend_credits(url: str, headers: dict[str, str], status: int) -> None:
    """A form on somebody else's page is refused, also by a browser that sends its Origin alone; ours is looked at."""
    form = aiohttp.FormData({"title": "", "description": "d"})  # what is let through breaks a rule, and costs nothing
    form.add_field("files", b"%PDF-1.7", filename="a.pdf")
    sent = {name: url if value == "own" else value for name, value in headers.items()}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/screenings", data=form, headers=sent) as answer:
        assert answer.status == status
