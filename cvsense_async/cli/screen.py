"""`cvsense screen`: the main job from a shell, from counting what it would cost to the ranked table.

Whatever ends it (the end, an error, Ctrl-C), what was paid for by then is shown and written, and kept in its journal.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from cvsense_async import errors
from cvsense_async.api.endpoint import Id
from cvsense_async.screening.documents import count_documents
from cvsense_async.screening.export import Export, json_text, open_export
from cvsense_async.screening.journal_reading import count_unsent
from cvsense_async.screening.outcome import BatchResult, Progress, Summary
from cvsense_async.screening.plan import JobDescription
from cvsense_async.screening.plan import Plan as ScreeningPlan
from cvsense_async.screening.run import ScreeningRun
from cvsense_async.session import CVSenseSession
from cvsense_async.transport.rate import RateLimit

from . import progress, show
from .asking import UNREADABLE, can_ask, confirm_going_on, confirm_screening
from .consoles import emit, out, say
from .ending import Interruption, Stop, explained, run
from .gathered import Gathered, as_json
from .going_on import advice, check_job, check_service, job_of, left_open, look, unfinished
from .jobfile import read_job
from .journals import called, find, journal_for, new_journal, remove
from .journals import explained as journal_explained
from .order import BATCH_SIZE, Order, check_order
from .reports import checked_folder, fetch_reports
from .reusing import Earlier, Now, earlier_runs, now_of, planned, reused_from, say_left, say_taken
from .service import poll_interval, rate_limit, session_at, session_at_sandbox
from .statuses import FAILURE, INCOMPLETE, OK

TOP = 20
CHANGED = "what is sent from here on is judged by its new text, and what has a result by the old one"

Start = Callable[[CVSenseSession, Callable[[Progress], object]], ScreeningRun]


@attrs.frozen
class _Kept:
    """Where the run is written down: nowhere, in a file of the user's, or in one of the state folder."""

    path: Path | None = None
    new: bool = False
    by_default: bool = False
    goes_on: bool = True
    """Whether the run can be gone on with: not where its sandbox goes with the command."""
    reused: Sequence[Mapping[str, Any]] = ()
    """Earlier runs whose results are taken, as they are printed."""


@attrs.define
class _Ending:
    """How the run came to its end."""

    summary: Summary
    error: BaseException | None = None
    interrupted: bool = False
    journal: Path | None = None
    """Where the run is written down, if anything came of it."""
    job_changed: bool = False


def screen(order: Order) -> int:
    """Carry out the order; gives the exit status."""
    check_order(order)
    return run(lambda interruption: _screen(order, interruption))


async def _screen(order: Order, interruption: Interruption) -> int:
    rate = rate_limit(order.rate_limit or "120/60", strict=order.strict)
    folder = checked_folder(order.reports) if order.reports is not None else None
    gathered = Gathered(order.top or (None if order.as_json else TOP))
    async with contextlib.AsyncExitStack() as stack:
        export = _begun(order.output) if order.output is not None else None
        if export is not None:
            stack.callback(export.abandon)  # does nothing once it is finished
        if order.resume is None:
            session, kept, start = await _new_run(order, rate, stack)
        else:
            session, kept, start = await _earlier_run(order, order.resume, rate, stack)
        _prepare(interruption, kept)
        ending = await _run(session, kept, start, gathered, export)
        if ending.error is None and not ending.interrupted and folder is not None:
            await _reports(session, order, gathered, folder, ending)
        status = _conclude(order, gathered, ending, kept, interruption)
        if export is not None:
            _close(export, whole=ending.error is None and not ending.interrupted)
        return status


async def _new_run(
    order: Order, rate: RateLimit, stack: contextlib.AsyncExitStack
) -> tuple[CVSenseSession, _Kept, Start]:
    """A run of the paths that were given, once it has been agreed to."""
    job = read_job(order.job or "")
    polls = poll_interval(order.poll_interval or ("0.5:2" if order.sandbox else "5:10"))
    path = journal_for(order.journal) if order.journal is not None else None
    named = [find(given) for given in order.reuse]
    session = await stack.enter_async_context(_opened(order, rate))
    now = await now_of(session, order.job, job, order.base_url)
    earlier = Earlier() if order.again or order.sandbox else await earlier_runs(now, named=named)
    asks = not (order.yes or order.sandbox) and can_ask()
    plan = await _planned(session, order, job, earlier) if asks or earlier.paths else None
    say_left(earlier)
    say_taken(plan, earlier)
    if asks:
        await confirm_screening(order, plan)
    by_default = path is None and not (order.no_journal or order.sandbox)
    kept = _Kept(new_journal() if by_default else path, True, by_default, goes_on=not order.sandbox)

    def start(session: CVSenseSession, moved: Callable[[Progress], object]) -> ScreeningRun:
        return session.screen(
            order.paths,
            job=job,
            batch_size=order.batch_size or BATCH_SIZE,
            max_credits=order.max_credits,
            poll_interval=polls,
            journal=kept.path,
            retry_failed=order.retry_failed or 0,
            reuse=earlier.paths,
            on_progress=moved,
        )

    return session, attrs.evolve(kept, reused=reused_from(plan, earlier)), start


async def _earlier_run(
    order: Order, given: str, rate: RateLimit, stack: contextlib.AsyncExitStack
) -> tuple[CVSenseSession, _Kept, Start]:
    """The run of a journal, once it has been agreed to that it spends more."""
    path = find(given)
    polls = poll_interval(order.poll_interval) if order.poll_interval is not None else None
    summary, record = await look(path)
    check_job(record, order.job, path)
    check_service(record, order.base_url)
    sources = list(order.paths) or None
    named = [find(given) for given in order.reuse]
    session = await stack.enter_async_context(session_at(order.base_url, rate))
    now = Now(session, record.base_url, record.job)
    before = [Path(one) for one in record.options.get("reuse", [])]
    earlier = Earlier() if order.again else await earlier_runs(now, named=named, before=before, but=[path])
    say_left(earlier)
    if unfinished(summary):
        say_taken(None, earlier)
    if await now.changed(record):
        say(f"{job_of(record.job)} was edited after this run began: {CHANGED}")
    if not order.yes and can_ask():
        unsent = await count_unsent(path, record, sources)
        again = summary.failed if order.retry_failed else 0
        await confirm_going_on(session, summary, None if unsent is None else unsent + again)

    def start(session: CVSenseSession, moved: Callable[[Progress], object]) -> ScreeningRun:
        return session.resume(
            path,
            sources,
            max_credits=order.max_credits,
            retry_failed=order.retry_failed,
            poll_interval=polls,
            reuse=earlier.paths,
            on_progress=moved,
        )

    return session, _Kept(path, reused=reused_from(None, earlier)), start


async def _planned(
    session: CVSenseSession, order: Order, job: JobDescription | Id, earlier: Earlier
) -> ScreeningPlan | None:
    """What the run would take; `None` where the account may not see its balance."""
    try:
        return await planned(session, order.paths, order.batch_size or BATCH_SIZE, job, earlier)
    except UNREADABLE:
        return None


def _prepare(interruption: Interruption, kept: _Kept) -> None:
    """What a signal says from now on."""
    if kept.path is None or not kept.goes_on:
        interruption.leaving = "stopping: what is open at the service is cancelled, for 5 seconds at most"
        return
    interruption.leaving = "stopping: nothing new is sent, what was started goes on at the service; 5 seconds at most"
    interruption.left = f"what was started goes on at the service: `cvsense screen --resume {called(kept.path)}`"


@contextlib.asynccontextmanager
async def _opened(order: Order, rate: RateLimit) -> AsyncGenerator[CVSenseSession, None]:
    if not order.sandbox:
        async with session_at(order.base_url, rate) as session:
            yield session
        return
    count = await count_documents(order.paths) or 0
    if count == 0:
        raise errors.NoDocuments("there is nothing to screen")
    async with session_at_sandbox(max(5000, count), rate) as session:
        yield session


async def _run(
    session: CVSenseSession, kept: _Kept, start: Start, gathered: Gathered, export: Export | None
) -> _Ending:
    """The run itself; what stops it becomes part of the ending, for what was finished is still to be shown."""
    ending = _Ending(Summary())
    latest, begun = Progress(), False

    def moved(now: Progress) -> None:
        nonlocal latest, begun
        latest = now
        if not begun and now.found:
            begun = True
            if kept.by_default:
                say(f"the run is kept in {kept.path}")

    running = start(session, moved)
    try:
        async with progress.shown(lambda: latest), running:
            async for batch in running:
                gathered.add(batch)
                if export is not None:
                    _write(export, batch)
    except asyncio.CancelledError:
        ending.interrupted = True
    except (errors.CVSenseError, OSError, Stop) as error:
        ending.error = error
    ending.summary, ending.job_changed = running.summary, running.job_changed
    if begun or not kept.new:
        ending.journal = kept.path
    elif kept.path is not None and not isinstance(ending.error, errors.JournalError):
        remove(kept.path)  # nothing came into it, and the same name may be given again
    return ending


async def _reports(session: CVSenseSession, order: Order, gathered: Gathered, folder: Path, ending: _Ending) -> None:
    try:
        gathered.reports_failed = await fetch_reports(session, gathered.best[: order.top or TOP], folder)
    except asyncio.CancelledError:
        ending.interrupted = True
    except BaseExceptionGroup as group:
        ending.error = group


def _conclude(order: Order, gathered: Gathered, ending: _Ending, kept: _Kept, interruption: Interruption) -> int:
    """Show everything that came of it, then say what stopped it and how to go on; gives the exit status."""
    words, status = _why(ending, kept)
    summary = ending.summary
    if ending.interrupted:
        status = interruption.status
        goes_on = ending.journal is not None and kept.goes_on
        words = f"stopped before the end; {left_open(summary, journal=goes_on)}"
    elif ending.error is None and gathered.incomplete(summary, rejects_count=order.fail_on_rejected):
        status = INCOMPLETE
    if order.as_json:
        journal = str(ending.journal) if ending.journal is not None else None
        document = as_json(gathered, summary, sandbox=order.sandbox, error=words or None, journal=journal)
        document |= {"reused_from": list(kept.reused), "job_changed": ending.job_changed}
        emit(json_text(document, indent=2) + "\n")
        if order.sandbox:
            say(show.SANDBOX_NOTE)
    elif summary.batches or summary.found or gathered.rejected or summary.left:
        show.outcome(out(), gathered, summary, sandbox=order.sandbox, kept=ending.journal is not None)
    if not words and ending.journal is not None and kept.goes_on:
        name = called(ending.journal)
        if any(not failed.decided for failed in gathered.failed):
            say(f"what failed holds no credit: `cvsense screen --resume {name} --retry-failed 1` sends it again")
        if gathered.unsettled:
            say(f"unsettled: `cvsense runs recheck {name}` asks again, `cvsense runs settle {name}` lists them")
    if words:
        say(words)
        if ending.journal is not None:
            _say_how_to_go_on(ending, ending.journal, goes_on=kept.goes_on)
    return status


def _say_how_to_go_on(ending: _Ending, journal: Path, *, goes_on: bool) -> None:
    if isinstance(ending.error, errors.JournalError) and not ending.summary.found:
        return  # it is the journal that stands in the way
    if not goes_on:
        words = f"`cvsense runs export {called(journal)} -o FILE` gives what was collected"
        say(f"{words}; the sandbox has gone with this command")
        return
    if ending.summary.left and not ending.interrupted:
        say(left_open(ending.summary, journal=True))
    say(advice(journal, ending.error, ending.summary))


def _why(ending: _Ending, kept: _Kept) -> tuple[str, int]:
    """What stopped the run, in one line, and its exit status."""
    if ending.error is None:
        return "", OK
    if isinstance(ending.error, errors.JournalError) and kept.path is not None:
        elsewhere = "; --journal FILE keeps it elsewhere" if kept.by_default else ""
        return journal_explained(kept.path, ending.error) + elsewhere, FAILURE
    return explained(ending.error)


def _begun(output: str) -> Export:
    """The file of results, begun. Raises `Stop` where it cannot be."""
    try:
        return open_export(output)
    except OSError as error:
        raise Stop(f"--output {output}: it cannot be written ({error.strerror}); give another file") from None


def _write(export: Export, batch: BatchResult) -> None:
    """Add a batch's results. Raises `Stop` on a full disk."""
    try:
        export.write(batch)
    except OSError as error:
        raise _unwritten(export, error) from None


def _unwritten(export: Export, error: OSError) -> Stop:
    words = f"--output {export.path}: it could not be written ({error.strerror})"
    return Stop(f"{words}; make room, or give another file", FAILURE)


def _close(export: Export, *, whole: bool) -> None:
    if whole:
        try:
            export.finish()
        except OSError as error:
            raise _unwritten(export, error) from None
        return
    export.abandon()
    if export.written:
        say(f"the results so far are in {export.partial}")
