"""`cvsense plan`: what screening would take, without what earlier runs for the same job have paid for."""

from __future__ import annotations

from collections.abc import Sequence

from cvsense_async.screening.plan import Plan

from . import show
from .consoles import emit, out
from .ending import Stop, run
from .jobfile import read_job
from .order import check_paths
from .reusing import Earlier, earlier_runs, now_of, planned, reused_from, say_left, taken
from .safe import json_text, one_line
from .service import check_key, session_at
from .statuses import OK


def plan(paths: Sequence[str], job: str | None, batch_size: int, base_url: str | None, *, as_json: bool) -> int:
    """`cvsense plan PATH…`."""
    check_paths(paths)
    asked = read_job(job) if job is not None else None
    check_key()

    async def work(_: object) -> int:
        earlier = Earlier()
        async with session_at(base_url) as session:
            if asked is not None:
                earlier = await earlier_runs(await now_of(session, job, asked, base_url))
                say_left(earlier)
            answer = await planned(session, paths, batch_size, asked, earlier)
        if not answer.documents:
            raise Stop(f"there is nothing to screen in {one_line(', '.join(paths))}")
        if as_json:
            emit(json_text(_as_json(answer, earlier), indent=2) + "\n")
        else:
            _draw(answer, earlier)
        return OK

    return run(work)


def _as_json(plan: Plan, earlier: Earlier) -> dict[str, object]:
    return {
        "documents": plan.documents,
        "reused": plan.reused,
        "reused_from": reused_from(plan, earlier) if plan.reused else [],
        "batches": plan.batches,
        "requests": plan.requests,
        "credits": plan.credits,
        "minutes": plan.minutes,
        "balance": plan.balance,
        "counted": plan.counted,
    }


def _draw(plan: Plan, earlier: Earlier) -> None:
    at_most = "" if earlier.paths else " (at most: duplicates and what is no CV are left out later)"
    show.fields(
        out(),
        [
            ("Documents", f"{plan.documents:,}{at_most}"),
            *([("Paid for", f"{taken(plan, earlier)}; `screen` takes them, --again pays anew")] if plan.reused else []),
            ("Batches", f"{plan.batches:,}"),
            ("Credits", f"{plan.credits:,} at most"),
            ("Balance", f"{plan.balance:,}" + ("" if plan.affordable else ": not enough for all of them")),
            ("Requests", f"{plan.requests:,}"),
            ("Minutes", f"{plan.minutes:.1f} at the rate limit, and the service's own time"),
        ],
    )
