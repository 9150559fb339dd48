"""What no client of ours would send: hosts that are none, ids that nothing can have. A 4xx each time, never a 500."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from cvsense_async.api.registry import endpoints

HOSTS = ["[", "[::1", "[::1]x", "[127.0.0.1]", "127.0.0.1:99999", "127.0.0.1:abc", "127.0.0.1:-1", "http://[", "\u2100"]
IDS = ["9" * 5000, "1" * 4301, "9" * 19, "%D9%A3" * 10, "%C2%B2", "%00", "-1", "007", "1e3", "x" * 3000]


async def status(wire: Any, path: str, **headers: str) -> int:
    """The status of a GET whose headers go out as they are given."""
    host, port = wire.root.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    sent = {"Host": host, "Authorization": "Bearer cvs_test", "Connection": "close", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    writer.write(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    async with asyncio.timeout(10):
        line = await reader.readline()
    writer.close()
    return int(line.split()[1])


@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/openapi.json", "/_sandbox/state", "/api/v1/account"])
async def test_a_host_that_is_none(wire: Any, path: str) -> None:
    """A malformed Host is a 400 wherever it is sent; a good one of any kind is served."""
    found = {host: await status(wire, path, Host=host) for host in HOSTS}
    assert found == dict.fromkeys(HOSTS, 400)
    for host in ("127.0.0.1", "localhost:1", "[::1]:80"):
        assert await status(wire, path, Host=host) == 200


async def test_an_origin_that_is_none(wire: Any) -> None:
    """A malformed Origin is not this machine: the switches refuse it as they refuse another site's."""
    for origin in ("[", "http://[", "http://[::1", "null", "https://other.example"):
        assert await status(wire, "/_sandbox/state", Origin=origin) == 403
    assert await status(wire, "/_sandbox/state", Origin="http://localhost:3000") == 200


async def test_ids_that_nothing_can_have(wire: Any) -> None:
    """An id of thousands of digits, or in other letters, in any path: 404, or what the rest of the request breaks."""
    for spec in endpoints():
        if "{" not in spec.path:
            continue
        for one in IDS:
            path = re.sub(r"{\w+}", one, spec.path)
            answer = await wire(spec.method, path) if "%" not in one else None
            got = answer.status if answer else await status(wire, f"/api/v1{path}")
            assert got in ((404, 415, 422) if spec.method in ("POST", "PUT") else (404,)) or (
                got == 405 and spec.method != "GET" and answer is None
            ), (spec.operation, one[:10], got)


async def test_numbers_that_nothing_can_have(wire: Any) -> None:
    """The same in a query."""
    for query in ("page=" + "9" * 5000, "per_page=" + "9" * 5000, "page=%C2%B2"):
        assert (await wire("GET", f"/jobs?{query}")).status == 422
    assert (await wire("GET", "/candidates?job_id=" + "9" * 5000)).status in (200, 422)
