"""One table of the whole service: each row's method, handler, OpenAPI operation and place in the docs."""

from __future__ import annotations

import re
from pathlib import Path

from cvsense_async.api import openapi
from cvsense_async.api.endpoint import methods
from cvsense_async.api.registry import RESOURCES, endpoints
from cvsense_async.sandbox import handlers
from cvsense_async.sandbox.context import HANDLERS

PAGE = Path(__file__).parents[2] / "docs" / "calls.md"
SHORT = {"add_up_to_100": "add"}


def table() -> list[tuple[str, str, str, str, bool]]:
    """Rows of: method and path, client method, handler, OpenAPI operation, and whether the docs use it."""
    assert handlers.__doc__  # importing the package registers the handlers
    page = PAGE.read_text()
    clients = {
        spec.operation: f"{resource.__name__.removesuffix('Calls').lower()}.{SHORT.get(name, name)}"
        for resource in RESOURCES
        for name, spec in methods(resource).items()
    }
    document = openapi.document()
    operations = {
        (verb.upper(), path): operation["operationId"]
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if isinstance(operation, dict) and "operationId" in operation
    }
    rows: list[tuple[str, str, str, str, bool]] = []
    for spec in endpoints():
        method = clients[spec.operation]
        plural = {"job": "jobs", "candidate": "candidates", "shortlist": "shortlists", "webhook": "webhooks"}
        group, _, name = method.partition(".")
        used = re.search(rf"session\.{plural.get(group, group)}\.{name}\(", page) is not None
        handler = HANDLERS[spec.call].__name__
        rows.append((f"{spec.method} {spec.path}", method, handler, operations[spec.method, spec.path], used))
    return rows


def test_the_table_has_28_whole_rows() -> None:
    """Every endpoint has a client method, a handler, an operation in the OpenAPI document and an example that runs."""
    rows = table()
    for row in rows:
        print("  ".join(str(cell) for cell in row))
    assert len(rows) == 28
    assert [row for row in rows if not all(row)] == []
