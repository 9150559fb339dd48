"""Each request survives the wire: what the sandbox decodes is what the client was given."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.api import codec
from cvsense_async.api.endpoint import (
    UNSET,
    Call,
    Endpoint,
    Id,
    Place,
    UploadFile,
    methods,
    problems,
)
from cvsense_async.api.registry import RESOURCES, endpoints

ROWS = endpoints()

text = st.text(min_size=1, max_size=40)
ids = st.integers(0, 10**17) | st.text(min_size=1, max_size=20).filter(
    lambda s: s.strip() not in ("", ".", "..") and not s.isdigit() and s.isprintable()
)


def values(kind: Any, rule: Any) -> st.SearchStrategy[Any]:
    """Values that fit a field's type and its rule."""
    if rule is not None and rule.choices:
        return st.sampled_from(rule.choices)
    members = getattr(kind, "__args__", (kind,))
    several: list[st.SearchStrategy[Any]] = []
    if kind == Id or (int in members and str in members):
        several.append(ids)
    elif float in members:
        several.append(st.integers(0, 10**6).map(float))
    elif int in members:
        several.append(st.integers(1, 100))
    elif str in members:
        several.append(text.filter(lambda s: bool(s.strip())))
    if type(None) in members:
        several.append(st.none())
    if not several or "Sequence" in str(kind):
        items = ids if "int" in str(kind) else text
        several = [st.lists(items, min_size=1, max_size=5).map(tuple)]
    return st.one_of(*several)


def calls(row: Endpoint) -> st.SearchStrategy[Call[Any]]:
    """Requests of one row, with and without their optional fields."""
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for field in row.fields:
        if field.place is Place.UPLOAD:
            required[field.name] = st.just((UploadFile("a.pdf", "application/pdf", 3, lambda: None),))  # type: ignore[arg-type,return-value]
        elif field.place is Place.PATH:
            required[field.name] = ids
        elif field.default is attrs.NOTHING:
            required[field.name] = values(field.type, field.rule)
        else:
            optional[field.name] = values(field.type, field.rule)
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: row.call(**given))


def test_the_registry_holds_the_28_rows_of_the_contract() -> None:
    """Every endpoint of the contract is declared once, and no other."""
    assert len(ROWS) == 28
    assert len({(row.method, row.path) for row in ROWS}) == 28
    assert len({row.operation for row in ROWS}) == 28


def test_every_row_has_one_method() -> None:
    """Each request can be sent by exactly one method of the session's resources."""
    offered = [row.operation for resource in RESOURCES for row in methods(resource).values()]
    assert sorted(offered) == sorted(row.operation for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)
@given(data=st.data())
def test_request_to_wire_to_request(row: Endpoint, data: st.DataObject) -> None:
    """A request, sent and decoded by the other side, is the same request."""
    call = data.draw(calls(row))
    if problems(call):
        return
    wire = codec.encode(call)
    assert wire.method == row.method
    template = row.path.strip("/").split("/")
    parts = wire.path.strip("/").split("/")
    assert len(parts) == len(template), "an id never adds a segment to the path"
    assert not {".", ".."} & set(parts)
    path = {
        name[1:-1]: urllib.parse.unquote(part)
        for name, part in zip(template, parts, strict=True)
        if name.startswith("{")
    }
    body = json.loads(codec.dump(wire.json)) if wire.json is not None else {}
    uploads = {field.name: getattr(call, field.name) for field in row.fields if field.place is Place.UPLOAD}
    again = codec.decode_request(row.call, path, dict(wire.query), body, **uploads)
    for field in row.fields:
        was, now = getattr(call, field.name), getattr(again, field.name)
        if field.place is Place.QUERY and field.type in (Id, Id | None) and was is not None:
            was = codec.path_id(str(was))
        assert now == was or (was is None and now is UNSET) or tuple(now) == tuple(was)


@pytest.mark.parametrize("bad", ["", " ", ".", "..", True, None, 1.5])
def test_an_id_that_would_reach_another_path_is_refused(bad: Any) -> None:
    """Empty ids and dot segments are refused before a URL is made."""
    from cvsense_async.api.jobs import GetJob

    assert "job_id" in problems(GetJob(bad))


@pytest.mark.parametrize(
    ("given_id", "path"),
    [("a/b", "/jobs/a%2Fb"), ("a?b#c", "/jobs/a%3Fb%23c"), ("ä %", "/jobs/%C3%A4%20%25"), (7, "/jobs/7")],
)
def test_an_id_stays_one_segment(given_id: Id, path: str) -> None:
    """Whatever an id holds, it stays one segment of the path."""
    from cvsense_async.api.jobs import GetJob

    assert codec.encode(GetJob(given_id)).path == path


def test_the_documented_limits_of_a_job_are_checked() -> None:
    """Title and location up to 255 characters, the enumerations, and at most 100 a page [doc]."""
    from cvsense_async.api.jobs import CreateJob, ListJobs, UpdateJob

    assert problems(CreateJob("t" * 255, "d", "l" * 255, employment_type="full-time")) == {}
    broken = problems(CreateJob("t" * 256, "", "l" * 256, employment_type="full time", salary_min=-1))
    assert sorted(broken) == ["description", "employment_type", "location", "salary_min", "title"]
    assert problems(ListJobs(per_page=100)) == {}
    assert "per_page" in problems(ListJobs(per_page=101))
    assert problems(UpdateJob(1, title=UNSET)) == {}
