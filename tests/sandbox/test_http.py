"""Key, throttle, forms of refusal: what is the same for every endpoint."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

JSON = {"Content-Type": "application/json"}
JOB = {"title": "Cook", "description": "Must cook", "location": "Leeds"}


@pytest.mark.parametrize("key", [None, "", "cvs_wrong", "cvs_tes", "cvs_testt", "ключ", "cvs_test cvs_test"])
async def test_key(wire: Any, key: str | None) -> None:
    """Without the right key there is a 401 in the contract's form."""
    answer = await wire("GET", "/account", key=key)
    assert answer.status == 401
    assert answer.json == {"success": False, "message": "Unauthenticated."}


async def test_schemes(wire: Any) -> None:
    """Only Bearer will do, however it is written."""
    for value, status in (("bearer cvs_test", 200), ("Basic cvs_test", 401), ("cvs_test", 401), ("Bearer", 401)):
        answer = await wire("GET", "/account", key=None, headers={"Authorization": value})
        assert answer.status == status, value


async def test_every_response_has_its_headers(wire: Any) -> None:
    """Success or refusal: the rate limit's headers and a request id of its own."""
    answers = [
        await wire("GET", "/account"),
        await wire("GET", "/nothing"),
        await wire("PATCH", "/jobs"),
        await wire("GET", "/account", key=None),
        await wire("POST", "/jobs", {}),
    ]
    assert [answer.status for answer in answers] == [200, 404, 405, 401, 422]
    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == "1000000"
        assert int(answer.headers["X-RateLimit-Remaining"]) < 1_000_000
        assert answer.headers["Content-Type"].startswith("application/json")
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 5
    assert set(answers[2].headers["Allow"].split(",")) == {"GET", "POST"}


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON, b"{", 400),
        (JSON, b"[]", 400),
        (JSON, b'"x"', 400),
        (JSON, b"[" * 100_000, 400),
        (JSON, b'{"title": "\xff"}', 400),
        (JSON, b'{"title": NaN}', 400),
        (JSON, b"", 422),
        (JSON, b"null", 400),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"title=x", 415),
        (JSON, b'{"title": "' + b"x" * 1_048_570, 413),
        ({**JSON, "Content-Encoding": "gzip"}, b"no gzip", 400),
    ],
)
async def test_bodies(wire: Any, headers: dict[str, str], body: bytes, status: int) -> None:
    """A body that is no JSON object is refused with its own status."""
    answer = await wire("POST", "/jobs", headers=headers, data=io.BytesIO(body))
    assert answer.status == status, answer.body
    assert answer.json["success"] is False


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/abc",
        "/jobs/-1",
        "/jobs/0",
        "/jobs/1.0",
        "/jobs/%00",
        "/jobs/%2e%2e",
        "/jobs/..%2faccount",
        "/jobs/%ff",
        "/jobs/99999999999999999999999",
        "/jobs/9223372036854775807",
        "/jobs/%E2%80%AE",
        "/jobs/1/",
        "/jobs/1;drop",
        "/screening/batch/x/status",
        "/screening/batch/1/results/x",
        "/candidates/x",
        "/candidates?job_id=x%00",
        "/candidates?status=%ff",
        "/jobs?page=-1",
        "/jobs?page=x",
        "/jobs?page=1e400",
        "/jobs?page=nan",
        "/jobs?per_page=0",
        "/jobs?per_page=101",
        "/jobs?page=9223372036854775807",
        "/jobs?per_page=100&page=92233720368547758",
        "/account/usage?page=0",
    ],
)
async def test_paths(wire: Any, path: str) -> None:
    """Whatever stands where an id or a number belongs, the answer is a JSON of 200, 404 or 422."""
    from yarl import URL

    url = URL(wire.where.url + path, encoded=True)
    async with wire.http.get(url, headers={"Authorization": "Bearer cvs_test"}) as answer:
        assert answer.status in (200, 404, 422)
        assert "success" in await answer.json()


async def test_a_body_that_cannot_be_inflated(wire: Any) -> None:
    """It is refused before any handler sees it."""
    headers = {**JSON, "Content-Encoding": "deflate"}
    assert (await wire("POST", "/jobs", headers=headers, data=b"\x00\x01")).status == 400


async def test_garbage_on_the_line(wire: Any) -> None:
    """What is no HTTP gets a 400, and the server lives on."""
    for line in (b"\x16\x03\x01\x00\xa5\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"x" * 70_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.where.port)
        writer.write(line)
        writer.write_eof()
        answer = await reader.read()
        assert not answer or b" 400 " in answer.split(b"\r\n")[0]
        assert b"Traceback" not in answer
        writer.close()
    assert (await wire("GET", "/account")).status == 200


async def test_the_window(opened: Any) -> None:
    """Laravel's window: so many requests, then 429s that are not counted and say when to come back."""
    async with opened(rate_limit=(5, 60.0)) as wire:
        left = [int((await wire("GET", "/account")).headers["X-RateLimit-Remaining"]) for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        for _ in range(3):
            refused = await wire("GET", "/account")
            assert refused.status == 429
            assert 55 <= int(refused.headers["Retry-After"]) <= 60
            now = (await wire("GET", "/_sandbox/clock")).json["now"]
            assert 55 <= int(refused.headers["X-RateLimit-Reset"]) - now <= 61
        await wire("POST", "/_sandbox/clock", {"advance": 60})
        again = await wire("GET", "/account")
        assert (again.status, again.headers["X-RateLimit-Remaining"]) == (200, "4")
        assert "Retry-After" not in again.headers


async def test_unknown_keys_do_not_use_up_the_window(opened: Any) -> None:
    """Requests with a wrong key are throttled on their own."""
    async with opened(rate_limit=(3, 60.0)) as wire:
        statuses = [(await wire("GET", "/account", key="cvs_wrong")).status for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        assert (await wire("GET", "/account")).status == 200
        assert (await wire("GET", "/_sandbox/state")).json["throttled"] == 2


async def test_times_have_an_offset(wire: Any) -> None:
    """Times are ISO 8601 with an offset, by the sandbox's clock."""
    await wire("POST", "/_sandbox/clock", {"advance": 86400})
    made = (await wire("POST", "/jobs", JOB)).data["created_at"]
    assert made.endswith("+00:00")
    assert made[:10] == (await wire("GET", "/_sandbox/clock")).json["iso"][:10]
