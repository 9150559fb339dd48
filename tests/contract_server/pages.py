"""How a page of a list is worded: the contract's own form, and each form that Laravel 8.83's paginators take.

Seen on a real Laravel: a paginator is put under `data`, returned as it is, or wrapped in a resource; its links carry
the page or the cursor alone, not the query's other words, and a `per_page` from the query comes back as text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from .options import Options

LARAVEL = {
    kind: (paginator, form)
    for paginator in ("length", "simple", "cursor")
    for form in ("plain", "raw", "resource")
    for kind in (form if paginator == "length" else f"{paginator}_{form}",)
}
"""The name of a choice to the paginator and to how it is handed out."""


def worded(
    every: Sequence[Any], query: dict[str, str], path: str, options: Options, word: Callable[[Any], Any], cap: int
) -> dict[str, Any]:
    """The body of one page of `every`; `word` turns an element into its JSON."""
    said = query.get("per_page")
    per_page = options.default_per_page if options.ignore_per_page else _whole(said, options.default_per_page)
    per_page = min(per_page, cap, options.page_cap)
    page = _whole(query.get("page"), 1)
    if options.pages == "bare":
        return {"success": True, "data": as_list([word(each) for each in every], options.lists)}
    if options.pages in LARAVEL:
        paginator, form = LARAVEL[options.pages]
        told: Any = said if said is not None and not options.ignore_per_page else per_page
        link = f"{options.link_base}{path}"
        return _laravel(every, query, options, word, paginator, form, page, per_page, told, link)
    content = as_list([word(each) for each in every[(page - 1) * per_page : page * per_page]], options.lists)
    facts = {
        "current_page": page,
        "per_page": per_page,
        "total": len(every),
        "last_page": max(1, -(-len(every) // per_page)),
    }
    match options.pages:
        case "items":
            return {"success": True, "data": content}
        case "laravel":
            return {"success": True, "data": {"data": content, **facts, "next_page_url": None}}
        case "pagination":
            return {"success": True, "data": content, "pagination": facts}
        case _:
            return {"success": True, "data": content, "meta": facts}


def _laravel(
    every: Sequence[Any],
    query: dict[str, str],
    options: Options,
    word: Callable[[Any], Any],
    paginator: str,
    form: str,
    page: int,
    per_page: int,
    told: Any,
    link: str,
) -> dict[str, Any]:
    cursor = paginator == "cursor"
    start = _opened(query.get("cursor")) if cursor else (page - 1) * per_page
    shown = [word(each) for each in every[start : start + per_page]]
    more = start + per_page < len(every)

    def to(number: int) -> str:
        return f"{link}?page={number}"

    content = as_list(shown, options.lists)
    span = {"from": start + 1 if shown else None, "to": start + len(shown) if shown else None}
    facts: dict[str, Any] = {"path": link, "per_page": told}
    if not cursor:
        facts = {"current_page": page, **span, **facts}
    first, last, after, before = None if cursor else to(1), None, None, None
    if cursor:
        after = f"{link}?cursor={_sealed(start + per_page)}" if more else None
        before = f"{link}?cursor={_sealed(max(0, start - per_page))}" if start else None
    else:
        after, before = to(page + 1) if more else None, to(page - 1) if page > 1 else None
    if paginator == "length":
        pages = max(1, -(-len(every) // per_page))
        last = to(pages)
        facts |= {"last_page": pages, "total": len(every)}
    if form == "resource":
        links = {"first": first, "last": last, "prev": before, "next": after}
        return {"data": content, "links": links, "meta": facts}
    whole: dict[str, Any] = {"data": content, **facts, "next_page_url": after, "prev_page_url": before}
    if not cursor:
        whole["first_page_url"] = first
    if paginator == "length":
        whole["last_page_url"] = last
    return whole if form == "plain" else {"success": True, "data": whole}


def as_list(content: list[Any], form: str) -> Any:
    """A list as PHP's `json_encode` words it once a collection's keys are not 0, 1, 2 …"""
    match form:
        case "filtered" if content:
            return {str(number * 2 + 1): each for number, each in enumerate(content)}
        case "sorted" if len(content) > 1:
            return {str(len(content) - 1 - number): each for number, each in enumerate(content)}
        case _:
            return content


def _sealed(at: int) -> str:
    said = json.dumps({"id": at, "_pointsToNextItems": True}, separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _opened(cursor: str | None) -> int:
    if cursor is None:
        return 0
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return int(said["id"])


def _whole(text: str | None, otherwise: int) -> int:
    return max(1, int(text)) if text is not None and text.isdigit() else otherwise
