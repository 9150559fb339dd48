"""`cvsense runs list`, `show` and `export`: what is in the journals of runs, with no key and no service."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Any

from cvsense_async import errors
from cvsense_async.screening.export import open_export
from cvsense_async.screening.journal import Decision
from cvsense_async.screening.journal_reading import collected
from cvsense_async.screening.sqlite_journal import JournalSummary, look_into, salvage

from . import show
from .consoles import emit, out, say
from .ending import Stop, run
from .going_on import job_of, look, standing, unfinished
from .journals import called, find, kept, short_name, state_folder, told
from .safe import cut, json_text
from .statuses import INCOMPLETE, OK


def list_runs(*, as_json: bool) -> int:
    """`cvsense runs list`."""

    async def work(_: object) -> int:
        found = [(path, await _glance(path)) for path in kept()]
        found.sort(key=lambda run: _begun(*run), reverse=True)
        if as_json:
            emit(json_text([_listed_json(path, seen) for path, seen in found], indent=2) + "\n")
            return OK
        if not found:
            emit(f"There are no runs in {state_folder()}.\n")
            return OK
        columns = ("Run", "Begun (UTC)", "CVs", "Screened", "Open", "Standing", "Job")
        show.rows(out(), columns, [_listed(path, seen) for path, seen in found], wraps="Job")
        return OK

    return run(work)


def show_run(given: str, *, as_json: bool) -> int:
    """`cvsense runs show RUN`."""
    path = find(given)

    async def work(_: object) -> int:
        summary, record = await look(path)
        if as_json:
            emit(json_text(_shown_json(path, summary), indent=2) + "\n")
            return OK
        not_sent = f"{summary.waiting:,}" + ("" if record.found_all else " found so far; not all were looked for")
        show.fields(
            out(),
            [
                ("Run", called(path)),
                ("Journal", path),
                ("Job", cut(job_of(record.job), 200)),
                ("Service", record.base_url),
                ("Begun (UTC)", summary.begun),
                ("Standing", standing(summary)),
                ("CVs", f"{summary.documents:,}"),
                ("Screened", f"{summary.screened - summary.invalid:,}"),
                *[
                    (name, f"{number:,}")
                    for name, number in (
                        ("Invalid", summary.invalid),
                        ("Refused", summary.rejected),
                        ("Failed", summary.failed),
                        ("Given up", summary.given_up),
                        ("Unsettled", summary.unsettled),
                    )
                    if number
                ],
                ("Not sent", not_sent),
                ("Credits", f"{summary.credits:,}" + (f", and {summary.held:,} held" if summary.held else "")),
                *[("Decided", f"{one.name}: {one.word.replace('_', ' ')}, {one.said_at}") for one in summary.decisions],
                ("Open batches", ", ".join(str(batch.id) for batch in summary.batches) or "none"),
            ],
        )
        if unfinished(summary):
            emit(f"\nGo on:   cvsense screen --resume {called(path)}\n")
        if summary.batches:
            emit(f"Cancel:  cvsense runs cancel {called(path)}\n")
        if summary.unsettled:
            emit(f"\nAsk again:  cvsense runs recheck {called(path)}\n")
            emit(f"Settle:     cvsense runs settle {called(path)}\n")
        return OK

    return run(work)


def export_run(given: str, output: str) -> int:
    """`cvsense runs export RUN -o FILE`."""
    path = find(given)

    async def work(_: object) -> int:
        with open_export(output) as export:
            try:
                async with aclosing(collected(path)) as deliveries:
                    async for delivery in deliveries:
                        export.write(delivery.result)
            except errors.JournalDamaged:
                status = INCOMPLETE
                async with aclosing(salvage(path)) as deliveries:
                    async for delivery in deliveries:
                        export.write(delivery.result)
            else:
                status = OK
            if not export.written:
                raise Stop(f"{called(path)}: no results have been collected; nothing was written")
        words = "; the journal is damaged, there may have been more" if status else ""
        say(f"{show.counted(export.written, 'result')} in {output}{words}")
        return status

    with told(path):
        return run(work)


async def _glance(path: Path) -> JournalSummary | errors.JournalError:
    try:
        return await look_into(path)
    except errors.JournalError as problem:
        return problem


def _begun(path: Path, seen: JournalSummary | errors.JournalError) -> str:
    """When a run began, to the second where its journal can be read: its name says the minute alone."""
    if isinstance(seen, JournalSummary) and seen.begun:
        return seen.begun.replace(" ", "-").replace(":", "")
    return path.name


def _word(seen: JournalSummary | errors.JournalError) -> str:
    if isinstance(seen, JournalSummary):
        return standing(seen)
    if isinstance(seen, errors.JournalInUse):
        return "running"
    return "damaged" if isinstance(seen, errors.JournalDamaged) else "cannot be read"


def _listed(path: Path, seen: JournalSummary | errors.JournalError) -> tuple[Any, ...]:
    name = short_name(path)
    if isinstance(seen, errors.JournalError):
        return (name, None, None, None, None, _word(seen), None)
    job = cut(job_of(seen.record.job), 80) if seen.record is not None else None
    return (name, seen.begun[:16], seen.documents, seen.screened, len(seen.batches), _word(seen), job)


def _listed_json(path: Path, seen: JournalSummary | errors.JournalError) -> dict[str, Any]:
    if isinstance(seen, errors.JournalError):
        return {"run": short_name(path), "journal": str(path), "standing": _word(seen)}
    return _shown_json(path, seen)


def _said(one: Decision) -> dict[str, Any]:
    return {
        "at": f"{one.said_at.replace(' ', 'T')}Z",
        "name": one.name,
        "word": one.word,
        "batch_id": one.batch_id,
        "result_id": one.result_id,
    }


def _shown_json(path: Path, summary: JournalSummary) -> dict[str, Any]:
    record = summary.record
    return {
        "run": called(path),
        "journal": str(path),
        "job": job_of(record.job) if record is not None else None,
        "base_url": record.base_url if record is not None else None,
        "begun": f"{summary.begun.replace(' ', 'T')}Z" if summary.begun else None,
        "standing": standing(summary),
        "unfinished": unfinished(summary),
        "documents": summary.documents,
        "screened": summary.screened - summary.invalid,
        "invalid": summary.invalid,
        "refused": summary.rejected,
        "failed": summary.failed,
        "given_up": summary.given_up,
        "unsettled": summary.unsettled,
        "not_sent": summary.waiting,
        "found_all": record.found_all if record is not None else None,
        "credits": summary.credits,
        "credits_held": summary.held,
        "open_batches": [
            {"batch_id": batch.id, "standing": batch.standing, "cvs": len(batch.items)} for batch in summary.batches
        ],
        "decisions": [_said(one) for one in summary.decisions],
    }
