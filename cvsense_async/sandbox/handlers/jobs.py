"""Jobs and their applications [contract: endpoints 4 to 9]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from cvsense_async.api.endpoint import UNSET, Id, Page
from cvsense_async.api.jobs import (
    Application,
    ApplicationCandidate,
    CreateJob,
    DeleteJob,
    GetJob,
    Job,
    ListApplications,
    ListJobs,
    UpdateJob,
)

from ..clock import moment
from ..context import Context, Refusal, handles, invalid
from ..paging import page_of, row_id
from ..schema import applications, candidates, jobs

FIELDS = tuple(field.name for field in CreateJob.__endpoint__.fields)
MAX_APPLICATIONS = 1000


@handles(ListJobs)
async def list_jobs(call: ListJobs, ctx: Context) -> Page[Job]:
    """Newest first."""
    query = _jobs().order_by(jobs.c.id.desc())
    return await ctx.store.read(page_of, query, _job, page=call.page, per_page=call.per_page)


@handles(CreateJob)
async def create_job(call: CreateJob, ctx: Context) -> Job:
    """Open at once."""
    values = {name: getattr(call, name) for name in FIELDS}
    values["salary_currency"] = call.salary_currency or "GBP"
    values["max_applications"] = call.max_applications or MAX_APPLICATIONS
    _check_salary(values)

    def work(tx: Connection) -> Job:
        now = ctx.now()
        made = tx.execute(insert(jobs).values(**values, status="open", created_at=now, updated_at=now))
        return _get(tx, made.lastrowid)

    return await ctx.store.write(work)


@handles(GetJob)
async def get_job(call: GetJob, ctx: Context) -> Job:
    """With the number of its applications."""
    return await ctx.store.read(_get, call.job_id)


@handles(UpdateJob)
async def update_job(call: UpdateJob, ctx: Context) -> Job:
    """Only what was given changes."""
    values = {name: value for name in FIELDS if (value := getattr(call, name)) is not UNSET}
    if "salary_currency" in values and values["salary_currency"] is None:
        values["salary_currency"] = "GBP"
    if "max_applications" in values and values["max_applications"] is None:
        values["max_applications"] = MAX_APPLICATIONS

    def work(tx: Connection) -> Job:
        before = _get(tx, call.job_id)
        _check_salary({"salary_min": before.salary_min, "salary_max": before.salary_max, **values})
        tx.execute(update(jobs).where(jobs.c.id == before.id).values(**values, updated_at=ctx.now()))
        return _get(tx, before.id)

    return await ctx.store.write(work)


@handles(DeleteJob)
async def delete_job(call: DeleteJob, ctx: Context) -> None:
    """Its applications go with it; batches and candidates stay."""

    def work(tx: Connection) -> None:
        job = _get(tx, call.job_id)
        tx.execute(delete(applications).where(applications.c.job_id == job.id))
        tx.execute(delete(jobs).where(jobs.c.id == job.id))

    await ctx.store.write(work)


@handles(ListApplications)
async def list_applications(call: ListApplications, ctx: Context) -> Page[Application]:
    """Oldest first."""

    def work(tx: Connection) -> Page[Application]:
        job = _get(tx, call.job_id)
        query = (
            select(
                applications,
                candidates.c.name,
                candidates.c.email,
                candidates.c.score,
                candidates.c.match_status,
                candidates.c.status.label("stage"),
            )
            .join(candidates, candidates.c.id == applications.c.candidate_id)
            .where(applications.c.job_id == job.id)
            .order_by(applications.c.id)
        )
        return page_of(tx, query, _application, page=call.page, per_page=call.per_page)

    return await ctx.store.read(work)


def _jobs() -> Select[Any]:
    counted = (
        select(func.count()).where(applications.c.job_id == jobs.c.id).scalar_subquery().label("applications_count")
    )
    return select(jobs, counted)


def _get(tx: Connection, job_id: Id) -> Job:
    row = tx.execute(_jobs().where(jobs.c.id == row_id(job_id))).first()
    if row is None:
        raise Refusal(404, "Job not found.")
    return _job(row)


def _job(row: Row[Any]) -> Job:
    values = {name: getattr(row, name) for name in FIELDS}
    return Job(
        id=row.id,
        **values,
        status=row.status,
        applications_count=row.applications_count,
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
    )


def _application(row: Row[Any]) -> Application:
    return Application(
        id=row.id,
        job_id=row.job_id,
        candidate=ApplicationCandidate(id=row.candidate_id, name=row.name, email=row.email),
        status=row.stage,
        score=row.score,
        match_status=row.match_status,
        created_at=moment(row.created_at),
    )


def _check_salary(values: dict[str, Any]) -> None:
    low, high = values.get("salary_min"), values.get("salary_max")
    if low is not None and high is not None and high < low:
        raise invalid("salary_max", "The salary_max must not be less than the salary_min.")
