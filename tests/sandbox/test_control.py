"""The sandbox's own pages and switches, and the OpenAPI document."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cvsense_async.api.openapi import FILLED, document
from cvsense_async.api.registry import endpoints


def test_openapi_has_every_endpoint() -> None:
    """Each row is an operation with its fields, limits and refusals, and every reference leads somewhere."""
    made = document()
    assert made["openapi"].startswith("3.1")
    found = {op["operationId"] for methods in made["paths"].values() for op in methods.values()}
    assert found == {spec.operation for spec in endpoints()}
    create = made["paths"]["/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert create["required"] == ["title", "description", "location"]
    assert create["properties"]["title"] == {"type": "string", "maxLength": 255, "minLength": 1, "pattern": FILLED}
    assert None in create["properties"]["salary_period"]["enum"]
    files = made["paths"]["/screening/batch/{batch_id}/upload"]["post"]["requestBody"]["content"]
    assert files["multipart/form-data"]["schema"]["properties"]["files[]"]["maxItems"] == 50
    for reference in set(re.findall(r'"#/([^"]+)"', json.dumps(made))):
        place: Any = made
        for step in reference.split("/"):
            place = place[step]
        assert place


async def test_openapi_names_this_server(wire: Any) -> None:
    """The sandbox's document points at the sandbox, and needs no key."""
    answer = await wire("GET", "/_sandbox/openapi.json", key=None)
    assert answer.json["servers"] == [{"url": wire.where.url}]
    assert "X-RateLimit-Limit" not in answer.headers


async def test_page(wire: Any) -> None:
    """A person sees where it is and what there is, without the key."""
    for path in ("/_sandbox/", "/_sandbox"):
        answer = await wire("GET", path, key=None)
        assert answer.headers["Content-Type"].startswith("text/html")
        text = answer.body.decode()
        assert wire.where.url in text
        assert "not CVSense" in text
        assert "cvs_test" not in text


@pytest.mark.parametrize("body", [{}, {"advance": "x"}, {"advance": -1}, {"advance": 1e300}, {"advance": True}])
async def test_the_clock_moves_forward_only(wire: Any, body: Any) -> None:
    """What is no forward step is refused."""
    assert (await wire("POST", "/_sandbox/clock", body)).status == 422


async def test_switches_refuse_what_is_no_json(wire: Any) -> None:
    """Bad bodies and unknown paths are 4xx in the same form."""
    assert (await wire("POST", "/_sandbox/faults", data=b"{")).status == 400
    assert (await wire("POST", "/_sandbox/faults", [])).status == 400
    assert (await wire("GET", "/_sandbox/nothing")).status == 404
    assert (await wire("PUT", "/_sandbox/clock", {})).status == 405


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
async def test_web_pages_are_kept_out(wire: Any, headers: dict[str, str]) -> None:
    """A page in a browser, or a name that was bent to loopback, reaches no switch."""
    assert (await wire("POST", "/_sandbox/reset", headers=headers)).status == 403
