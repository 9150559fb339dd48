"""Shortlists [contract: endpoints 21 to 24]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from cvsense_async.api.candidates import Candidate
from cvsense_async.api.endpoint import Id, Page
from cvsense_async.api.shortlists import (
    AddCandidates,
    Added,
    CreateShortlist,
    ListShortlistCandidates,
    ListShortlists,
    Shortlist,
)

from ..clock import moment
from ..context import Context, Refusal, handles, invalid
from ..paging import page_of, row_id
from ..schema import candidates, jobs, shortlisted, shortlists
from .candidates import candidate


@handles(ListShortlists)
async def list_shortlists(call: ListShortlists, ctx: Context) -> Page[Shortlist]:
    """Newest first."""
    query = _shortlists().order_by(shortlists.c.id.desc())
    return await ctx.store.read(page_of, query, _shortlist, page=call.page, per_page=call.per_page)


@handles(CreateShortlist)
async def create_shortlist(call: CreateShortlist, ctx: Context) -> Shortlist:
    """For a job that is there, or for none."""

    def work(tx: Connection) -> Shortlist:
        job_id = None
        if call.job_id is not None:
            job_id = tx.execute(select(jobs.c.id).where(jobs.c.id == row_id(call.job_id))).scalar()
            if job_id is None:
                raise invalid("job_id", "The selected job_id is invalid.")
        values = {"name": call.name, "description": call.description, "job_id": job_id, "created_at": ctx.now()}
        made = tx.execute(insert(shortlists).values(**values))
        return _get(tx, made.lastrowid)

    return await ctx.store.write(work)


@handles(ListShortlistCandidates)
async def list_shortlist_candidates(call: ListShortlistCandidates, ctx: Context) -> Page[Candidate]:
    """In the order in which they were added."""

    def work(tx: Connection) -> Page[Candidate]:
        found = _get(tx, call.shortlist_id)
        query = (
            select(candidates)
            .join(shortlisted, shortlisted.c.candidate_id == candidates.c.id)
            .where(shortlisted.c.shortlist_id == found.id)
            .order_by(shortlisted.c.position)
        )
        return page_of(tx, query, candidate, page=call.page, per_page=call.per_page)

    return await ctx.store.read(work)


@handles(AddCandidates)
async def add_candidates(call: AddCandidates, ctx: Context) -> Added:
    """One that is in it already, that is named twice, or that nobody knows, is skipped."""

    def work(tx: Connection) -> Added:
        found = _get(tx, call.shortlist_id)
        asked = list(dict.fromkeys(row_id(one) for one in call.candidate_ids))
        known = set(tx.execute(select(candidates.c.id).where(candidates.c.id.in_(asked))).scalars())
        there = select(shortlisted.c.candidate_id).where(shortlisted.c.shortlist_id == found.id)
        known -= set(tx.execute(there).scalars())
        last = select(func.coalesce(func.max(shortlisted.c.position), 0)).where(shortlisted.c.shortlist_id == found.id)
        start = tx.execute(last).scalar_one()
        rows = [
            {"shortlist_id": found.id, "candidate_id": one, "position": start + n}
            for n, one in enumerate((one for one in asked if one in known), 1)
        ]
        if rows:
            tx.execute(insert(shortlisted), rows)
        return Added(added=len(rows), skipped=len(call.candidate_ids) - len(rows))

    return await ctx.store.write(work)


def _shortlists() -> Select[Any]:
    counted = (
        select(func.count())
        .where(shortlisted.c.shortlist_id == shortlists.c.id)
        .scalar_subquery()
        .label("candidates_count")
    )
    return select(shortlists, counted)


def _get(tx: Connection, shortlist_id: Id) -> Shortlist:
    row = tx.execute(_shortlists().where(shortlists.c.id == row_id(shortlist_id))).first()
    if row is None:
        raise Refusal(404, "Shortlist not found.")
    return _shortlist(row)


def _shortlist(row: Row[Any]) -> Shortlist:
    return Shortlist(
        id=row.id,
        name=row.name,
        description=row.description,
        job_id=row.job_id,
        candidates_count=row.candidates_count,
        created_at=moment(row.created_at),
    )
