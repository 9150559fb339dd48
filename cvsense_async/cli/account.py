"""Small looks at the account: who the key belongs to, its credits and their use, and its jobs.

Each prints a table for people, or with `--json` the service's own fields for programs.
"""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable
from typing import Any

from cvsense_async.api import codec
from cvsense_async.api.codec import path_id
from cvsense_async.session import CVSenseSession

from . import progress, show
from .consoles import emit, out
from .ending import run
from .safe import cut, json_text
from .service import check_key, session_at
from .statuses import OK


def ask(
    base_url: str | None,
    question: Callable[[CVSenseSession], Awaitable[Any]],
    draw: Callable[[Any], None],
    as_json: bool,
) -> int:
    """Ask the service one thing, and print it as a table or as JSON."""
    check_key()

    async def work(_: object) -> int:
        with progress.waiting():
            async with session_at(base_url) as session:
                answer = await question(session)
        if as_json:
            emit(json_text(codec.to_json(answer), indent=2) + "\n")
        else:
            draw(answer)
        return OK

    return run(work)


def account(base_url: str | None, *, as_json: bool) -> int:
    """`cvsense account`."""

    def draw(answer: Any) -> None:
        plan = answer.plan
        name = " ".join(part for part in (answer.first_name, answer.last_name) if part)
        pairs: list[tuple[str, Any]] = [("Account", answer.id), ("Name", name), ("Email", answer.email)]
        if plan is not None:
            pairs += [
                ("Plan", plan.plan_name or plan.plan_key),
                ("Credits of the plan", _limit(plan.credit_limit)),
                ("Job postings", _limit(plan.job_posting_limit)),
                ("Applications a job", _limit(plan.application_limit_per_job)),
            ]
        show.fields(out(), pairs)

    return ask(base_url, lambda session: session.account.get(), draw, as_json)


def credits(base_url: str | None, *, as_json: bool) -> int:
    """`cvsense credits`."""

    def draw(answer: Any) -> None:
        show.fields(
            out(),
            [
                ("Balance", f"{answer.balance:,}"),
                ("Reserved", f"{answer.reserved:,}"),
                ("Used", f"{answer.used:,}"),
                ("Limit", _limit(answer.limit)),
            ],
        )

    return ask(base_url, lambda session: session.account.credits(), draw, as_json)


def usage(base_url: str | None, *, as_json: bool) -> int:
    """`cvsense usage`."""

    def draw(answer: Any) -> None:
        lines = [
            (_when(one.created_at), one.type, one.amount, one.balance_after, one.batch_id, one.description)
            for one in answer
        ]
        if lines:
            columns = ("When (UTC)", "What", "Credits", "Balance", "Batch", "Description")
            show.rows(out(), columns, lines, wraps="Description")
        else:
            emit("No credits have moved yet.\n")

    async def question(session: CVSenseSession) -> Any:
        return [each async for each in session.account.usage()]

    return ask(base_url, question, draw, as_json)


def jobs_list(base_url: str | None, *, as_json: bool) -> int:
    """`cvsense jobs list`."""

    def draw(answer: Any) -> None:
        lines = [
            (job.id, job.title, job.location, job.status, job.applications_count, _when(job.created_at)[:10])
            for job in answer
        ]
        if lines:
            columns = ("Id", "Title", "Location", "Status", "Applications", "Created")
            show.rows(out(), columns, lines, wraps="Title")
        else:
            emit("The account has no jobs.\n")

    async def question(session: CVSenseSession) -> Any:
        return [each async for each in session.jobs.list(per_page=100)]

    return ask(base_url, question, draw, as_json)


def jobs_get(job_id: str, base_url: str | None, *, as_json: bool) -> int:
    """`cvsense jobs get ID`."""

    def draw(job: Any) -> None:
        salary = [f"{amount:,.0f}" for amount in (job.salary_min, job.salary_max) if amount is not None]
        per = f"{job.salary_currency or ''} a {job.salary_period or 'year'}".strip()
        show.fields(
            out(),
            [
                ("Job", job.id),
                ("Title", job.title),
                ("Location", job.location),
                ("Employment", job.employment_type),
                ("Working method", job.working_method),
                ("Salary", f"{'–'.join(salary)} {per}" if salary else None),
                ("Status", job.status),
                ("Applications", job.applications_count),
                ("Created", _when(job.created_at)),
                ("Description", cut(job.description, 600)),
            ],
        )

    return ask(base_url, lambda session: session.jobs.get(path_id(job_id)), draw, as_json)


def _limit(number: int | None) -> str:
    return "no limit" if number is None else f"{number:,}"


def _when(moment: datetime.datetime | None) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M") if moment is not None else ""
