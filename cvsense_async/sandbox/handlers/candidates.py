"""Candidates [contract: endpoints 18 to 20]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from cvsense_async.api.candidates import Candidate, GetCandidate, ListCandidates, SetCandidateStatus
from cvsense_async.api.endpoint import Id, Page

from .. import deliveries
from ..clock import moment
from ..context import Context, Refusal, handles
from ..paging import page_of, row_id
from ..schema import candidates


@handles(ListCandidates)
async def list_candidates(call: ListCandidates, ctx: Context) -> Page[Candidate]:
    """Newest first."""
    query = select(candidates).order_by(candidates.c.id.desc())
    if call.job_id is not None:
        query = query.where(candidates.c.job_id == row_id(call.job_id))
    if call.status is not None:
        query = query.where(candidates.c.status == str(call.status))
    return await ctx.store.read(page_of, query, candidate, page=call.page, per_page=call.per_page)


@handles(GetCandidate)
async def get_candidate(call: GetCandidate, ctx: Context) -> Candidate:
    """One."""
    return await ctx.store.read(_get, call.candidate_id)


@handles(SetCandidateStatus)
async def set_candidate_status(call: SetCandidateStatus, ctx: Context) -> Candidate:
    """Receivers are told when the status is another than before."""

    def work(tx: Connection) -> Candidate:
        before = _get(tx, call.candidate_id)
        values: dict[str, Any] = {"status": str(call.status)}
        if call.note is not None:
            values["note"] = call.note
        tx.execute(update(candidates).where(candidates.c.id == before.id).values(**values))
        if before.status != call.status:
            told = {"candidate_id": before.id, "status": str(call.status)}
            deliveries.announce(tx, "candidate.status_changed", told, ctx.now())
        return _get(tx, before.id)

    made = await ctx.store.write(work)
    ctx.services.deliveries.wake()
    return made


def _get(tx: Connection, candidate_id: Id) -> Candidate:
    row = tx.execute(select(candidates).where(candidates.c.id == row_id(candidate_id))).first()
    if row is None:
        raise Refusal(404, "Candidate not found.")
    return candidate(row)


def candidate(row: Row[Any]) -> Candidate:
    """A row as the model; a note, where there is one, goes along."""
    return Candidate(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        status=row.status,
        job_id=row.job_id,
        score=row.score,
        match_status=row.match_status,
        created_at=moment(row.created_at),
        extra={"note": row.note} if row.note else {},
    )
