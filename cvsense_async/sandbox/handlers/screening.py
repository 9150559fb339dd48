"""Screening batches [contract: endpoints 10 to 17]."""

from __future__ import annotations

import asyncio
import datetime
import importlib.util
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select

from cvsense_async.api.endpoint import Id, Page
from cvsense_async.api.screening import (
    Batch,
    BatchState,
    CancelBatch,
    CreateBatch,
    GetBatchStatus,
    GetReport,
    GetReportPDF,
    ListResults,
    Report,
    Result,
    StartBatch,
    Upload,
    UploadCVs,
    UploadedItem,
)

from .. import batches as steps
from .. import uploads
from ..clock import moment
from ..context import Context, Refusal, handles, invalid
from ..paging import page_of, row_id
from ..results import report_of, result_of
from ..schema import batches, items, jobs

if importlib.util.find_spec("reportlab") is None:
    raise ModuleNotFoundError("No module named 'reportlab'", name="reportlab")

LONGEST_TEXT = 200_000
MOST_CRITERIA = 200


@handles(CreateBatch)
async def create_batch(call: CreateBatch, ctx: Context) -> Batch:
    """It keeps its own copy of what it screens for."""

    def work(tx: Connection) -> Batch:
        job = _job(tx, call)
        values = {"job_id": job.pop("id"), "name": call.name, "job": orjson.dumps(job)}
        made = tx.execute(insert(batches).values(**values, status="created", created_at=ctx.now()))
        return _batch(tx, made.lastrowid)

    return await ctx.store.write(work)


@handles(UploadCVs)
async def upload_cvs(call: UploadCVs, ctx: Context) -> Upload:
    """The files are read before the batch is asked again, in one transaction with their credits."""
    now, spool = ctx.now, ctx.services.spool
    row = await ctx.store.read(steps.get, call.batch_id)
    if row.status != "created":
        raise Refusal(409, f"The batch is {row.status}; it takes files only before it is started.")
    async with uploads.receive(ctx.request, spool, ctx.services.options) as received:
        made, total = await ctx.store.write(steps.add, call.batch_id, received.files, now())
        received.keep()
    taken = tuple(UploadedItem(id=item_id, filename=name) for item_id, name in made)
    return Upload(uploaded=len(taken), items=taken, total_files=total)


@handles(StartBatch)
async def start_batch(call: StartBatch, ctx: Context) -> BatchState:
    """Queued behind the batches that were started before it."""

    def work(tx: Connection) -> BatchState:
        steps.start(tx, call.batch_id, ctx.now())
        return _state(tx, call.batch_id, ctx.now())

    made = await ctx.store.write(work)
    ctx.services.screener.wake()
    return made


@handles(GetBatchStatus)
async def get_batch_status(call: GetBatchStatus, ctx: Context) -> BatchState:
    """`processed` counts every CV that was looked at, `failed` those of them that were not scored.

    Those are the invalid ones, which have a result that says so, and those that the engine could not screen, which
    have none.
    """
    return await ctx.store.read(_state, call.batch_id, ctx.now())


@handles(CancelBatch)
async def cancel_batch(call: CancelBatch, ctx: Context) -> BatchState:
    """What was processed stays, the rest is refunded."""

    def work(tx: Connection) -> tuple[BatchState, list[str]]:
        paths = steps.cancel(tx, call.batch_id, ctx.now())
        return _state(tx, call.batch_id, ctx.now()), paths

    made, paths = await ctx.store.write(work)
    await asyncio.to_thread(uploads.discard, ctx.services.spool, paths)
    ctx.services.screener.forget(row_id(call.batch_id))
    ctx.services.deliveries.wake()
    return made


@handles(ListResults)
async def list_results(call: ListResults, ctx: Context) -> Page[Result]:
    """Best first; invalid ones last."""

    def work(tx: Connection) -> Page[Result]:
        row = _ended(tx, call.batch_id)
        query = select(items).where(items.c.batch_id == row.id, items.c.rank.is_not(None)).order_by(items.c.rank)
        return page_of(tx, query, result_of, page=call.page, per_page=call.per_page)

    return await ctx.store.read(work)


@handles(GetReport)
async def get_report(call: GetReport, ctx: Context) -> Report:
    """With the reasoning."""
    _, row = await ctx.store.read(_item, call.batch_id, call.item_id)
    return report_of(row)


@handles(GetReportPDF)
async def get_report_pdf(call: GetReportPDF, ctx: Context) -> bytes:
    """Drawn when it is asked for."""
    batch, row = await ctx.store.read(_item, call.batch_id, call.item_id)
    job: dict[str, Any] = orjson.loads(batch.job)
    made = moment(ctx.now())
    return await asyncio.to_thread(_draw, report_of(row), str(job.get("title") or ""), made)


def _draw(found: Report, job_title: str, made: datetime.datetime | None) -> bytes:
    """What draws is loaded when it is first needed: a sandbox starts sooner without it."""
    from .. import report

    return report.draw(found, job_title, made)


def _job(tx: Connection, call: CreateBatch) -> dict[str, Any]:
    for name in ("essential_criteria", "desirable_criteria"):
        given: tuple[str, ...] = getattr(call, name) or ()
        if len(given) > MOST_CRITERIA or any(len(text) > LONGEST_TEXT for text in given):
            raise invalid(name, f"The {name} must not hold more than {MOST_CRITERIA} items.")
    criteria = {"essential_criteria": call.essential_criteria, "desirable_criteria": call.desirable_criteria}
    if call.job_id is not None:
        row = tx.execute(select(jobs).where(jobs.c.id == row_id(call.job_id))).first()
        if row is None:
            raise invalid("job_id", "The selected job_id is invalid.")
        return {"id": row.id, "title": row.title, "description": row.description, **criteria}
    missing = [name for name in ("job_title", "job_description") if not (getattr(call, name) or "").strip()]
    if missing:
        raise Refusal(422, errors={name: [f"The {name} field is required without job_id."] for name in missing})
    if len(call.job_description or "") > LONGEST_TEXT or len(call.job_title or "") > LONGEST_TEXT:
        raise invalid("job_description", f"The job_description must not be longer than {LONGEST_TEXT} characters.")
    return {"id": None, "title": call.job_title, "description": call.job_description, **criteria}


def _batch(tx: Connection, batch_id: int) -> Batch:
    row = steps.get(tx, batch_id)
    total = tx.execute(select(func.count()).where(items.c.batch_id == row.id)).scalar_one()
    return Batch(
        id=row.id,
        job_id=row.job_id,
        name=row.name,
        status=row.status,
        total_files=total,
        created_at=moment(row.created_at),
    )


def _state(tx: Connection, batch_id: Id, now: float) -> BatchState:
    row = steps.get(tx, batch_id)
    by_state = steps.counts(tx, row.id)
    total, unscored = sum(by_state.values()), by_state["invalid"] + by_state["failed"]
    done = by_state["processed"] + unscored
    left: float | None = None
    if row.status in steps.ENDED:
        left = 0.0
    elif row.status == "processing" and done and row.first_at is not None:
        left = round((now - row.first_at) / done * by_state["pending"], 1)
    return BatchState(
        batch_id=row.id,
        status=row.status,
        total=total,
        processed=done,
        failed=unscored,
        progress=100.0 if row.status == "completed" else round(100 * done / total, 1) if total else 0.0,
        credits_used=by_state["processed"],
        estimated_seconds_remaining=left,
    )


def _ended(tx: Connection, batch_id: Id) -> Row[Any]:
    row = steps.get(tx, batch_id)
    if row.status not in steps.ENDED:
        raise Refusal(409, f"The batch is {row.status}; there are no results yet.")
    return row


def _item(tx: Connection, batch_id: Id, item_id: Id) -> tuple[Row[Any], Row[Any]]:
    batch = _ended(tx, batch_id)
    found = select(items).where(items.c.batch_id == batch.id, items.c.id == row_id(item_id), items.c.rank.is_not(None))
    row = tx.execute(found).first()
    if row is None:
        raise Refusal(404, "Item not found.")
    return batch, row
