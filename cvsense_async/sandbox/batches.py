"""A batch's life in the database: created → queued → processing → completed | failed | cancelled.

Each function is one step of one transaction; the credits move in the same step as the CVs that they are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import orjson
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from cvsense_async.api.endpoint import Id

from . import credits, deliveries
from .context import Refusal
from .paging import row_id
from .schema import applications, batches, candidates, items, jobs

ENDED = ("completed", "failed", "cancelled")
OPEN = ("queued", "processing")


@attrs.frozen
class Stored:
    """One CV of an upload, as it lies in the spool."""

    filename: str = attrs.field(repr=False)
    path: str
    size: int
    sha256: str


@attrs.frozen
class Work:
    """One CV that waits for its screening."""

    item_id: int
    batch_id: int
    filename: str = attrs.field(repr=False)
    path: str


@attrs.frozen
class Finding:
    """What became of one CV: `screening` is the result's JSON, or `None` with the reason why it was invalid.

    `crashed`: the engine could not screen it, which says nothing about the CV.
    """

    work: Work
    screening: dict[str, Any] | None = attrs.field(default=None, repr=False)
    reason: str = ""
    why: str = ""
    crashed: bool = False


def get(tx: Connection, batch_id: Id) -> Row[Any]:
    """The batch's row. Raises a 404."""
    row = tx.execute(select(batches).where(batches.c.id == row_id(batch_id))).first()
    if row is None:
        raise Refusal(404, "Batch not found.")
    return row


def counts(tx: Connection, batch_id: int) -> dict[str, int]:
    """How many of its items are in each state."""
    query = select(items.c.state, func.count()).where(items.c.batch_id == batch_id).group_by(items.c.state)
    found = {"pending": 0, "processed": 0, "invalid": 0, "failed": 0, "released": 0}
    found.update((state, count) for state, count in tx.execute(query))
    return found


def add(tx: Connection, batch_id: Id, stored: Sequence[Stored], now: float) -> tuple[list[tuple[int, str]], int]:
    """Put an upload into a batch: all of it or, with a 402 or 409, nothing. Gives the items and the new total."""
    row = get(tx, batch_id)
    if row.status != "created":
        raise Refusal(409, f"The batch is {row.status}; it takes files only before it is started.")
    try:
        credits.reserve(tx, len(stored), row.id, now)
    except credits.TooFewCredits:
        balance = credits.purse(tx).balance
        raise Refusal(402, f"Not enough credits: {len(stored)} needed, {balance} left.") from None
    values = [{**attrs.asdict(one), "batch_id": row.id, "state": "pending"} for one in stored]
    made = tx.execute(insert(items).returning(items.c.id, sort_by_parameter_order=True), values).scalars().all()
    total = tx.execute(select(func.count()).where(items.c.batch_id == row.id)).scalar_one()
    return [(item_id, one.filename) for item_id, one in zip(made, stored, strict=True)], total


def start(tx: Connection, batch_id: Id, now: float) -> None:
    """created → queued."""
    row = get(tx, batch_id)
    if row.status != "created":
        raise Refusal(409, f"The batch is {row.status}; only a created batch can be started.")
    if not sum(counts(tx, row.id).values()):
        raise Refusal(422, "The batch holds no CVs.", errors={"batch_id": ["The batch holds no CVs."]})
    tx.execute(update(batches).where(batches.c.id == row.id).values(status="queued", started_at=now))


def cancel(tx: Connection, batch_id: Id, now: float) -> list[str]:
    """End a batch that goes on; gives the paths that its CVs no longer need."""
    row = get(tx, batch_id)
    if row.status in ENDED:
        raise Refusal(409, f"The batch is {row.status} already.")
    return end(tx, row.id, "cancelled", now)


def fail(tx: Connection, batch_id: int, now: float) -> list[str]:
    """End a batch that cannot go on, unless it has ended meanwhile or is gone."""
    row = tx.execute(select(batches.c.status).where(batches.c.id == batch_id)).first()
    return end(tx, batch_id, "failed", now) if row is not None and row.status in OPEN else []


def end(tx: Connection, batch_id: int, status: str, now: float) -> list[str]:
    """Any state → an ended one: what was not processed is released, the rest ranked, receivers told."""
    left = select(items.c.path).where(items.c.batch_id == batch_id, items.c.state == "pending")
    paths = list(tx.execute(left).scalars())
    if paths:
        pending = (items.c.batch_id == batch_id) & (items.c.state == "pending")
        tx.execute(update(items).where(pending).values(state="released"))
        credits.release(tx, len(paths), batch_id, now, "not processed")
    _rank(tx, batch_id)
    tx.execute(update(batches).where(batches.c.id == batch_id).values(status=status, ended_at=now))
    deliveries.announce(tx, f"batch.{status}", {"batch_id": batch_id, "status": status}, now)
    return paths


def waiting(tx: Connection, limit: int, taken: Iterable[int], now: float) -> list[Work]:
    """The next CVs in the order in which their batches were started, without those that are being worked on."""
    found = tx.execute(
        select(items.c.id, items.c.batch_id, items.c.filename, items.c.path, batches.c.status)
        .join(batches, batches.c.id == items.c.batch_id)
        .where(batches.c.status.in_(OPEN), items.c.state == "pending", items.c.id.not_in(list(taken)))
        .order_by(batches.c.started_at, batches.c.id, items.c.id)
        .limit(limit)
    ).all()
    for batch_id in {row.batch_id for row in found if row.status == "queued"}:
        tx.execute(update(batches).where(batches.c.id == batch_id).values(status="processing", first_at=now))
    return [Work(row.id, row.batch_id, row.filename, row.path) for row in found]


def job_of(tx: Connection, batch_id: int) -> dict[str, Any] | None:
    """What the batch's CVs are screened for, as JSON; `None` where the batch is gone."""
    kept = tx.execute(select(batches.c.job).where(batches.c.id == batch_id)).scalar()
    return None if kept is None else orjson.loads(kept)


def record(tx: Connection, findings: Sequence[Finding], now: float) -> list[int]:
    """Keep what was found of some CVs of one batch and settle their credits; gives the ids of batches that ended.

    A CV that was settled before (its batch was cancelled meanwhile) is left as it is.
    """
    ended: list[int] = []
    for batch_id in dict.fromkeys(one.work.batch_id for one in findings):
        batch = tx.execute(select(batches).where(batches.c.id == batch_id)).first()
        if batch is None or batch.status not in OPEN:
            continue
        ids = [one.work.item_id for one in findings if one.work.batch_id == batch_id]
        pending = set(tx.execute(select(items.c.id).where(items.c.id.in_(ids), items.c.state == "pending")).scalars())
        fresh = [one for one in findings if one.work.item_id in pending]
        _settle(tx, batch, fresh, now)
        left = select(items.c.id).where(items.c.batch_id == batch_id, items.c.state == "pending").limit(1)
        if tx.execute(left).first() is None:
            end(tx, batch_id, "completed", now)
            ended.append(batch_id)
    return ended


def _settle(tx: Connection, batch: Row[Any], findings: list[Finding], now: float) -> None:
    good = [one for one in findings if one.screening is not None]
    people = _meet(tx, batch.job_id, good, now)
    rows: list[dict[str, Any]] = []
    for one in findings:
        screening = one.screening or {"summary": one.why, "flags": [one.reason] if one.reason else []}
        rows.append(
            {
                "item": one.work.item_id,
                "state": "failed" if one.crashed else "processed" if one.screening else "invalid",
                "candidate_id": people.get(one.work.item_id),
                "score": screening.get("score"),
                "match_status": None if one.crashed else screening.get("match_status") or "invalid",
                "screening": orjson.dumps(screening),
            }
        )
    if rows:
        names = ("state", "candidate_id", "score", "match_status", "screening")
        change = update(items).where(items.c.id == bindparam("item")).values({n: bindparam(n) for n in names})
        tx.execute(change, rows)
    credits.charge(tx, len(good), batch.id, now)
    crashed = sum(one.crashed for one in findings)
    credits.release(tx, len(findings) - len(good) - crashed, batch.id, now, "invalid")
    credits.release(tx, crashed, batch.id, now, "could not be screened")


def _meet(tx: Connection, job_id: int | None, good: list[Finding], now: float) -> dict[int, int]:
    """Candidates (and, for a job, applications) of CVs that could be read; by item id."""
    if not good:
        return {}
    values: list[dict[str, Any]] = []
    for one in good:
        screening: dict[str, Any] = one.screening or {}
        contact: dict[str, Any] = screening.get("contact") or {}
        person = {name: contact.get(name) for name in ("name", "email", "phone")}
        verdict = {name: screening.get(name) for name in ("score", "match_status")}
        values.append({**person, **verdict, "status": "new", "job_id": job_id, "created_at": now})
    made = tx.execute(insert(candidates).returning(candidates.c.id, sort_by_parameter_order=True), values)
    ids = list(made.scalars())
    if job_id is not None and tx.execute(select(jobs.c.id).where(jobs.c.id == job_id)).first() is not None:
        rows = [{"job_id": job_id, "candidate_id": person, "status": "new", "created_at": now} for person in ids]
        tx.execute(insert(applications), rows)
    return {one.work.item_id: person for one, person in zip(good, ids, strict=True)}


def _rank(tx: Connection, batch_id: int) -> None:
    done = (items.c.batch_id == batch_id) & items.c.state.in_(("processed", "invalid"))
    best = (items.c.score.is_(None), items.c.score.desc(), items.c.id)
    rows = [
        {"item": one, "place": n}
        for n, one in enumerate(tx.execute(select(items.c.id).where(done).order_by(*best)).scalars(), 1)
    ]
    if rows:
        tx.execute(update(items).where(items.c.id == bindparam("item")).values(rank=bindparam("place")), rows)
