"""Pages of rows: every list of the service is cut in the same way [contract: Basics]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, func, select

from cvsense_async.api.endpoint import Id, Page

T = TypeVar("T")

PER_PAGE = 25


def page_of(
    tx: Connection, query: Select[Any], model: Callable[[Row[Any]], T], *, page: int, per_page: int | None
) -> Page[T]:
    """One page of a query, whose order must be complete."""
    size = per_page or PER_PAGE
    total = tx.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    start = (page - 1) * size
    rows: Sequence[Row[Any]] = tx.execute(query.limit(size).offset(start)).all() if start < total else ()
    return Page(
        items=tuple(model(row) for row in rows),
        current_page=page,
        per_page=size,
        total=total,
        last_page=max(1, -(-total // size)),
    )


def row_id(given: Id | None) -> int:
    """An id as the sandbox's tables have them; one that they cannot have becomes -1, which is nobody's."""
    return given if isinstance(given, int) and 0 < given < 2**63 else -1
