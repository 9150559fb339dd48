"""Lists in every form that services page them in: all of it is given, in order, and what may be missing is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import pickle
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from conftest import session_at
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import answer, asked_server

import cvsense_async as cv
from cvsense_async.api import codec
from cvsense_async.api.jobs import Job, ListJobs
from cvsense_async.api.paging import Cursor, Page, Walk, next_page
from cvsense_async.api.values import Undecodable

ELSEWHERE = "http://10.1.2.3:8080/other/path"
"""Where a service behind a proxy believes that it lives."""


class Service:
    """A service of so many jobs; `size` is its page, `obeys` whether `per_page` changes that."""

    def __init__(self, kind: str, total: int, *, size: int = 15, obeys: bool = True) -> None:
        self.kind = kind
        self.jobs = [{"id": number, "title": f"job {number}"} for number in range(1, total + 1)]
        self.size = size
        self.obeys = obeys
        self.asked: list[dict[str, str]] = []

    def respond(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        if path != "/api/v1/jobs":
            return answer(404)
        asked = dict(urllib.parse.parse_qsl(query))
        self.asked.append(asked)
        return answer(200, json.dumps(getattr(self, self.kind)(asked)).encode())

    def _size(self, asked: dict[str, str]) -> int:
        return int(asked.get("per_page", self.size)) if self.obeys else self.size

    def _slice(self, asked: dict[str, str]) -> tuple[int, int, list[Any]]:
        page, size = int(asked.get("page", 1)), self._size(asked)
        return page, size, self.jobs[(page - 1) * size : page * size]

    def length_aware(self, asked: dict[str, str]) -> Any:
        page, size, part = self._slice(asked)
        last = max(1, -(-len(self.jobs) // size))
        link = f"{ELSEWHERE}?page={page + 1}" if page < last else None
        facts = {"current_page": page, "per_page": size, "total": len(self.jobs), "last_page": last}
        links = [{"url": link, "label": "Next", "active": False}]
        return {**facts, "data": part, "links": links, "next_page_url": link, "path": ELSEWHERE}

    def length_aware_inside(self, asked: dict[str, str]) -> Any:
        return {"success": True, "data": self.length_aware(asked)}

    def length_aware_resource(self, asked: dict[str, str]) -> Any:
        made = self.length_aware(asked)
        meta = {key: made[key] for key in ("current_page", "per_page", "total", "last_page", "links", "path")}
        return {"data": made["data"], "links": {"next": made["next_page_url"], "first": ELSEWHERE}, "meta": meta}

    def pagination(self, asked: dict[str, str]) -> Any:
        made = self.length_aware(asked)
        facts = {key: made[key] for key in ("current_page", "per_page", "total", "last_page")}
        return {"success": True, "data": made["data"], "pagination": facts}

    def total_only(self, asked: dict[str, str]) -> Any:
        return {"success": True, "data": self._slice(asked)[2], "meta": {"total": len(self.jobs)}}

    def simple(self, asked: dict[str, str]) -> Any:
        page, size, part = self._slice(asked)
        link = f"{ELSEWHERE}?page={page + 1}" if page * size < len(self.jobs) else None
        return {"current_page": page, "per_page": size, "data": part, "next_page_url": link, "path": ELSEWHERE}

    def simple_inside(self, asked: dict[str, str]) -> Any:
        return {"success": True, "data": self.simple(asked)}

    def simple_resource(self, asked: dict[str, str]) -> Any:
        made = self.simple(asked)
        return {
            "data": made["data"],
            "links": {"first": ELSEWHERE, "last": None, "prev": None, "next": made["next_page_url"]},
            "meta": {"current_page": made["current_page"], "per_page": made["per_page"], "path": ELSEWHERE},
        }

    def _cursor(self, asked: dict[str, str]) -> tuple[list[Any], str | None]:
        start, size = int(asked.get("cursor", "at 0")[3:]), self._size(asked)
        more = start + size < len(self.jobs)
        return self.jobs[start : start + size], f"at {start + size}" if more else None

    def cursor(self, asked: dict[str, str]) -> Any:
        part, following = self._cursor(asked)
        link = None if following is None else f"{ELSEWHERE}?{urllib.parse.urlencode({'cursor': following})}"
        facts = {"per_page": self._size(asked), "next_cursor": following, "prev_cursor": None, "prev_page_url": None}
        return {"data": part, **facts, "next_page_url": link, "path": ELSEWHERE}

    def cursor_inside(self, asked: dict[str, str]) -> Any:
        return {"success": True, "data": self.cursor(asked)}

    def cursor_resource(self, asked: dict[str, str]) -> Any:
        made = self.cursor(asked)
        meta = {"path": ELSEWHERE, "per_page": made["per_page"], "next_cursor": made["next_cursor"]}
        return {"data": made["data"], "links": {"next": made["next_page_url"], "prev": None}, "meta": meta}

    def cursor_alone(self, asked: dict[str, str]) -> Any:
        part, following = self._cursor(asked)
        return {"success": True, "data": part, "meta": {"next_cursor": following}}

    def silent(self, asked: dict[str, str]) -> Any:
        return {"success": True, "data": self._slice(asked)[2]}


PAGED = [name for name in vars(Service) if not name.startswith("_") and name != "respond"]


async def walked(service: Service, **options: Any) -> tuple[list[Any], str | None]:
    async with (
        asked_server(service.respond) as raw,
        session_at(raw, rate_limit=cv.RateLimit(100_000, per=1.0)) as session,
        asyncio.timeout(20),
    ):
        pager = session.jobs.list(**options)
        return [job.id async for job in pager], pager.incomplete


@pytest.mark.parametrize("obeys", [True, False], ids=["obeys per_page", "ignores it"])
@pytest.mark.parametrize("per_page", [None, 10, 100])
@pytest.mark.parametrize("total", [0, 1, 15, 37])
@pytest.mark.parametrize("kind", PAGED)
async def test_all_of_a_list_is_given(kind: str, total: int, per_page: int | None, obeys: bool) -> None:
    """Each paginator, whatever page size was asked for and whether it is obeyed: every item once, in order."""
    service = Service(kind, total, obeys=obeys)
    assert await walked(service, per_page=per_page) == ([*range(1, total + 1)], None)
    assert len(service.asked) <= total // 10 + 2
    assert {asked.get("per_page") for asked in service.asked} == {None if per_page is None else str(per_page)}
    assert all(asked.keys() <= {"page", "cursor", "per_page"} for asked in service.asked)


SAME = [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    "document",
    [
        lambda n: {"data": SAME, "meta": {"current_page": n, "last_page": n + 5}},
        lambda n: {"data": SAME, "meta": {"current_page": n, "last_page": n + 5, "total": 99 * n}},
        lambda n: {"data": SAME, "next_page_url": f"/jobs?page={n + 1}"},
        lambda n: {"data": SAME, "next_page_url": "/jobs?cursor=abc"},
        lambda n: {"data": SAME, "next_page_url": "/jobs?page=1"},
        lambda n: {"data": SAME, "next_page_url": "/jobs?jobs_page=2"},
        lambda n: {"data": SAME if n == 1 else [], "meta": {"current_page": n, "last_page": n + 5}},
        lambda n: {"data": SAME[::-1] if n % 2 else SAME, "next_cursor": f"c{n}"},
    ],
)
async def test_a_list_that_never_ends_is_left(document: Callable[[int], Any], caplog: Any) -> None:
    """Where a page brings nothing new the way ends, and says that more may be there."""
    caplog.set_level(logging.WARNING, "cvsense_async")
    service = Service("simple", 0)
    service.simple = lambda asked: document(int(asked.get("page", 1)))  # type: ignore[method-assign]
    items, incomplete = await walked(service)
    assert sorted(items) == [1, 2]
    assert incomplete is not None
    assert "list.incomplete" in caplog.text
    assert len(service.asked) <= 3


async def test_cursors_that_go_in_a_circle_are_left() -> None:
    """Page a leads to b, and b to a: each is given once."""
    pages = {"": ([1], "b"), "b": ([2], "a"), "a": ([1], "b")}
    service = Service("cursor", 0)

    def respond(asked: dict[str, str]) -> Any:
        ids, following = pages[asked.get("cursor", "")]
        return {"data": [{"id": number} for number in ids], "next_cursor": following}

    service.cursor = respond  # type: ignore[method-assign]
    items, incomplete = await walked(service)
    assert (items, incomplete is not None) == ([1, 2], True)


async def test_a_full_page_that_tells_nothing_is_asked_about_once() -> None:
    """Every `?page=` gives page one: it cannot be told whether that is all, so it is said that it may not be."""
    service = Service("silent", 10)
    service.silent = lambda asked: {"data": service.jobs[:10]}  # type: ignore[method-assign]
    items, incomplete = await walked(service, per_page=10)
    assert (items, len(service.asked), incomplete is not None) == ([*range(1, 11)], 2, True)


async def test_a_page_that_tells_nothing_and_is_not_full_is_all() -> None:
    """A bare array of seven is a whole list, and nothing more is asked for."""
    service = Service("silent", 7)
    assert await walked(service, per_page=10) == ([*range(1, 8)], None)
    assert len(service.asked) == 1


async def test_a_page_beyond_the_last_that_is_refused_is_the_end() -> None:
    """Some services answer 404 to a page that is not there: asked for on suspicion, it only says that this was all."""
    service = Service("silent", 10)

    def respond(target: str) -> bytes:
        return service.respond(target) if "page=1" in target else answer(404)

    async with asked_server(respond) as raw, session_at(raw) as session:
        pager = session.jobs.list(per_page=10)
        assert [job.id async for job in pager] == [*range(1, 11)]
        assert pager.incomplete is None


async def test_fewer_than_the_service_counts_is_told() -> None:
    """`total` says 50 and there are 15: what is given is given, and what may be missing is said."""
    service = Service("simple", 15)
    service.simple = lambda asked: {  # type: ignore[method-assign]
        "data": service._slice(asked)[2],
        "meta": {"total": 50, "last_page": 1, "per_page": 100, "current_page": int(asked.get("page", 1))},
    }
    items, incomplete = await walked(service)
    assert len(items) == 15
    assert incomplete == "the service gave 15 of 50 items"


async def test_paid_results_are_collected_where_per_page_is_ignored() -> None:
    """The walk that a screening collects by: 50 results come, although the service gives 15 a page and no count."""
    service = Service("simple", 50, obeys=False)

    async def send(call: ListJobs) -> Page[Job]:
        asked = {"page": str(int(call.page)), "per_page": str(call.per_page)}
        page: Page[Job] = codec.decode_page(service.simple(asked), Job, asked=call.page)
        return page

    walk = Walk(send, ListJobs(per_page=100), enough=50)
    assert [job.id async for page in walk.pages() for job in page] == [*range(1, 51)]
    assert walk.incomplete is None


# --- where a list stands ----------------------------------------------------------------------------------------------

ONE, TWO = {"id": 1}, {"id": 2}


@pytest.mark.parametrize(
    "document",
    [
        [TWO, ONE],
        {"0": TWO, "2": ONE},
        {"data": [TWO, ONE]},
        {"success": True, "data": {"0": TWO, "2": ONE}},
        {"success": True, "data": {"2": TWO, "0": ONE}},
        {"success": True, "data": {"data": {"5": TWO, "1": ONE}, "current_page": 1, "last_page": 1}},
        {"success": True, "data": {"items": [TWO, ONE]}},
        {"success": True, "data": {"results": {"3": TWO, "1": ONE}, "summary": {"count": 2}}},
        {"success": True, "data": {"jobs": [TWO, ONE], "meta": {"total": 2}}},
        {"success": True, "data": {"jobs": {"data": [TWO, ONE], "last_page": 1}}},
        {"success": True, "jobs": [TWO, ONE]},
        {"success": True, "data": {"b": TWO, "a": ONE}},
    ],
)
def test_where_a_list_may_stand(document: Any) -> None:
    """Arrays and PHP's objects, plain, in envelopes and paginators: the order of the document is the list's."""
    assert [job.id for job in codec.decode_page(document, Job)] == [2, 1]


@pytest.mark.parametrize("document", [None, [], {}, {"data": []}, {"data": {}}, {"data": None}, {"data": {"data": []}}])
def test_an_empty_list(document: Any) -> None:
    """What holds nothing is an empty list."""
    assert len(codec.decode_page(document, Job)) == 0


@pytest.mark.parametrize(
    "document",
    [
        {"success": True},
        {"success": True, "message": "Results are on their way."},
        {"success": True, "data": "none"},
        {"success": True, "data": 3},
        {"success": True, "data": {"count": 2}},
        {"success": True, "data": {"one": [ONE], "two": [TWO]}},
        {"success": True, "data": [[ONE]]},
        {"success": True, "data": {"0": "x"}},
        "text",
        3,
    ],
)
def test_what_is_no_list_is_told(document: Any) -> None:
    """A list that cannot be found, or whose items are none, is an error, never an empty list."""
    with pytest.raises(Undecodable):
        codec.decode_page(document, Job)


def test_a_link_is_followed_by_its_query_only() -> None:
    """Neither scheme, host, path nor other parameters of a link are taken; ours stay."""
    page = codec.decode_page({"data": [ONE], "next_page_url": "ftp://u:p@x/y?per_page=9&token=z&page=7"}, Job)
    call = next_page(ListJobs(per_page=50), page)
    assert codec.encode(call).query == (("page", "7"), ("per_page", "50"))
    page = codec.decode_page({"data": [ONE], "links": {"next": "//x?cursor=a%2Bb%3D&page=3"}}, Job)
    call = next_page(ListJobs(per_page=50), page)
    assert codec.encode(call).query == (("cursor", "a+b="), ("per_page", "50"))
    assert codec.encode(next_page(call)).query == (("page", "3"), ("per_page", "50"))


@pytest.mark.parametrize(
    ("facts", "query"),
    [
        ({"next_cursor": 42}, ("cursor", "42")),
        ({"next_page": 5}, ("page", "5")),
        ({"next_page": "/jobs?page=5"}, ("page", "5")),
        ({"links": {"next": {"href": "/jobs?page=5"}}}, ("page", "5")),
        ({"has_more": True}, ("page", "2")),
        ({"next_page_url": "/jobs?offset=15"}, ("page", "2")),
        ({"next_page_url": "/jobs?page=" + "9" * 5000}, ("page", "2")),
        ({"next_page_url": "http://[broken?page=3"}, ("page", "2")),
    ],
)
def test_other_ways_to_tell_of_a_page(facts: dict[str, Any], query: tuple[str, str]) -> None:
    """What tells of more is believed; where it cannot be followed, the next number is asked for."""
    page = codec.decode_page({"data": [ONE], **facts}, Job)
    assert page.has_next
    assert codec.encode(next_page(ListJobs(), page)).query[0] == query


def test_a_cursor_is_a_page_that_shows_nothing() -> None:
    """It counts pages, compares by its words, pickles, and its repr holds none of them."""
    cursor = Cursor(2, "secret")
    assert (cursor == Cursor(2, "secret"), cursor == Cursor(2, "other"), cursor == 2) == (True, False, False)
    assert pickle.loads(pickle.dumps(cursor)) == cursor
    assert "secret" not in repr(ListJobs(page=cursor))
    assert int(cursor) + 1 == 3


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 12)
    | st.sampled_from(["", "3", "/x?page=2", "?cursor=a", "http://[x", "9" * 5000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "items",
                    "meta",
                    "links",
                    "next",
                    "next_page_url",
                    "next_cursor",
                    "current_page",
                    "per_page",
                    "total",
                    "last_page",
                    "0",
                    "2",
                    "id",
                    "success",
                    "has_more",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=400)
@given(json_values)
def test_any_document_is_a_page_or_told(document: Any) -> None:
    """Whatever JSON comes: a page whose facts can be reckoned with, or `Undecodable`; nothing else is raised."""
    try:
        page = codec.decode_page(document, Job)
    except Undecodable:
        return
    assert isinstance(page.has_next, bool)
    codec.encode(next_page(ListJobs(), page))


@settings(derandomize=True, max_examples=100)
@given(st.lists(json_values, min_size=1, max_size=6))
def test_any_service_comes_to_an_end(documents: list[Any]) -> None:
    """Whatever pages a service gives, again and again, the way through them ends."""
    asked = 0

    async def send(call: ListJobs) -> Page[Job]:
        nonlocal asked
        asked += 1
        page: Page[Job] = codec.decode_page(documents[(asked - 1) % len(documents)], Job, asked=call.page)
        return page

    async def walk() -> None:
        async for _ in Walk(send, ListJobs()).pages():
            assert asked <= len(documents) + 2

    with contextlib.suppress(Undecodable, cv.InvalidResponse):
        asyncio.run(walk())
