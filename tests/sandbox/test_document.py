"""The sandbox takes every text that its OpenAPI document allows, and refuses every text that it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from cvsense_async.api import openapi
from cvsense_async.api.endpoint import FieldSpec, Place
from cvsense_async.api.registry import endpoints

TEXTS = ["", " ", "\u3000\x1c\x85", "\x00", "a\x00", "\x00\n", ".", "..", " .. ", "...", "7", "a b", "ü😀", "\n"]
TEXTS += ["x" * 255, "x" * 256, "9" * 5000]
BY_OTHER_WORDS = ("The selected job_id", "must be an http", "must be among", "is required without")
"""What no schema says: a job that is there, a reachable URL, what goes with what."""


def _bodies() -> Iterator[tuple[Any, FieldSpec, dict[str, Any]]]:
    """Each operation with each of its texts, and that text's schema."""
    document = openapi.document()
    for spec in endpoints():
        body = document["paths"][spec.path][spec.method.lower()].get("requestBody", {}).get("content", {})
        schemas = body.get("application/json", {}).get("schema", {}).get("properties", {})
        for field in spec.fields:
            if field.place is Place.BODY and "string" in str(schemas[field.name]):
                yield spec, field, schemas[field.name]


def _allowed(schema: dict[str, Any], text: str) -> bool:
    if "enum" in schema:
        return text in schema["enum"]
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", len(text))
    return shortest <= len(text) <= longest and re.search(schema["pattern"], text) is not None


async def test_a_body_may_hold_what_the_document_says(wire: Any) -> None:
    """NUL, white, dots, what is empty or too long: each text field of each body, ids among them, alone and in lists."""
    given = {"title": "Cook", "description": "Must cook", "location": "Leeds", "name": "x", "status": "new"}
    given |= {"url": "https://example.com/", "events": ["ping"], "candidate_ids": [1]}
    seen = 0
    for spec, field, schema in _bodies():
        path = re.sub(r"{\w+}", "1", spec.path)
        needed = {one.name: given[one.name] for one in spec.fields if one.place is Place.BODY and _required(one)}
        listed = next((one for one in (schema, *schema.get("anyOf", ())) if one.get("type") == "array"), None)
        for text in TEXTS:
            value = text if listed is None else [text]
            answer = await wire(spec.method, path, {**needed, field.name: value})
            refused = [] if answer.status != 422 else answer.json["errors"].get(field.name, [])
            refused = [words for words in refused if not any(other in words for other in BY_OTHER_WORDS)]
            allowed = _allowed(schema if listed is None else listed["items"], text)
            assert allowed is not bool(refused), (spec.operation, field.name, text[:9], answer.status, answer.json)
            seen += 1
    assert seen > 300


def _required(field: FieldSpec) -> bool:
    return field.default is attrs.NOTHING


async def test_half_a_surrogate_is_no_json(wire: Any) -> None:
    """No schema can say that half of a surrogate pair is no text: such a body is no JSON."""
    body = b'{"name": "\\ud800"}'
    answer = await wire("POST", "/shortlists", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400, answer.body


async def test_a_path_or_a_query_may_hold_what_the_document_says(wire: Any) -> None:
    """An id that the document does not allow is nobody's, and no text in a query or a path ends in a 500."""
    document = openapi.document()
    for parameter in document["paths"]["/jobs/{job_id}"]["get"]["parameters"]:
        assert parameter["schema"]["pattern"] == openapi.ID
    for path in ("%00", "%20", "%2E%2E%20", "9" * 4301, "%ED%A0%80", "x" * 6000):
        assert (await wire("GET", f"/jobs/{path}")).status == 404, path
    for query, status in (("a%00", 422), ("%00", 422), ("new", 200)):
        assert (await wire("GET", f"/candidates?status={query}")).status == status, query
    for query, status in (("%00", 422), ("..", 422), ("7", 200), ("x", 200), ("9" * 4301, 200)):
        assert (await wire("GET", f"/candidates?job_id={query}")).status == status, query
