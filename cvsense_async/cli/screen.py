"""`cvsense screen`: the main job from a shell, from counting what it would cost to the ranked table.

Whatever ends it (the end, an error, Ctrl-C), what was paid for by then is shown and written.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import os
import re
import sys
import threading
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import attrs

from cvsense_async import errors
from cvsense_async.api.endpoint import Id
from cvsense_async.screening.documents import count_documents
from cvsense_async.screening.export import Export, json_text, open_export
from cvsense_async.screening.outcome import Progress, Summary
from cvsense_async.screening.plan import JobDescription
from cvsense_async.session import CVSenseSession
from cvsense_async.transport.rate import RateLimit

from . import progress, show
from .consoles import emit, err, is_terminal, out, say
from .ending import Interruption, Stop, explained, run
from .gathered import Gathered, as_json
from .jobfile import read_job
from .reports import checked_folder, fetch_reports
from .service import check_key, poll_interval, rate_limit, session_at, session_at_sandbox
from .statuses import FAILURE, INCOMPLETE, OK

TOP = 20


@attrs.frozen(kw_only=True)
class Order:
    """What `cvsense screen` was told."""

    paths: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    job: str
    sandbox: bool = False
    batch_size: int = 50
    max_credits: int | None = None
    top: int | None = None
    output: str | None = None
    reports: str | None = None
    as_json: bool = False
    rate_limit: str | None = None
    strict: bool = False
    poll_interval: str | None = None
    yes: bool = False
    base_url: str | None = None


@attrs.define
class _Ending:
    """How the run came to its end."""

    summary: Summary
    error: BaseException | None = None
    interrupted: bool = False


def screen(order: Order) -> int:
    """Carry out the order; gives the exit status."""
    check_paths(order.paths)
    if order.sandbox and order.base_url:
        raise Stop("--sandbox and --base-url: give one of them")
    if order.sandbox and not isinstance(read_job(order.job), JobDescription):
        raise Stop(f"--job {order.job}: a new sandbox knows no jobs by id; give a file")
    if not order.sandbox:
        check_key()
    return run(lambda interruption: _screen(order, interruption))


def check_paths(paths: Sequence[str]) -> None:
    """Raise `Stop` for a path that is not there; patterns and URLs are looked up later."""
    for path in paths:
        if re.match(r"^[A-Za-z][A-Za-z0-9+.-]+(?:::|://)", path) or os.path.lexists(path):
            continue
        if not glob.has_magic(path):
            raise Stop(f"{path or repr(path)}: there is no such file or folder")


async def _screen(order: Order, interruption: Interruption) -> int:
    job = read_job(order.job)
    polls = poll_interval(order.poll_interval or ("0.5:2" if order.sandbox else "5:10"))
    rate = rate_limit(order.rate_limit or "120/60", strict=order.strict)
    folder = checked_folder(order.reports) if order.reports is not None else None
    gathered = Gathered(order.top or (None if order.as_json else TOP))
    async with contextlib.AsyncExitStack() as stack:
        export = open_export(order.output) if order.output is not None else None
        if export is not None:
            stack.callback(export.abandon)  # does nothing once it is finished
        session = await stack.enter_async_context(_opened(order, rate))
        await _job_is_there(session, job)
        if not (order.yes or order.sandbox) and is_terminal(sys.stdin) and err().is_terminal:
            await _ask(session, order)
        interruption.leaving = "stopping: what is open at the service is cancelled, for 5 seconds at most"
        ending = await _run(session, order, job, polls, gathered, export)
        if ending.error is None and not ending.interrupted and folder is not None:
            await _reports(session, order, gathered, folder, ending)
        status = _conclude(order, gathered, ending, interruption)
        if export is not None:
            _close(export, whole=ending.error is None and not ending.interrupted)
        return status


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


async def _job_is_there(session: CVSenseSession, job: JobDescription | Id) -> None:
    """A job's id is looked up before CVs go anywhere."""
    if isinstance(job, JobDescription):
        return
    try:
        await session.jobs.get(job)
    except errors.NotFound:
        raise Stop(f"--job {job}: there is no such file, and the account has no job of this id") from None
    except (errors.PermissionDenied, errors.InvalidResponse):
        return


async def _ask(session: CVSenseSession, order: Order) -> None:
    """Show what it would take, and go on only after a yes. Raises `Stop` otherwise."""
    try:
        plan = await session.plan(order.paths, batch_size=order.batch_size)
    except (errors.NotFound, errors.PermissionDenied, errors.InvalidResponse):
        count = await count_documents(order.paths) or 0
        words = f"{count:,} documents: up to {count:,} credits (the balance cannot be read)."
    else:
        if plan.documents == 0:
            return
        minutes = "under a minute" if plan.minutes < 1 else f"about {plan.minutes:.0f} min"
        words = (
            f"{plan.documents:,} documents in {plan.batches:,} batch{'es' if plan.batches != 1 else ''}: "
            f"up to {plan.credits:,} credits of your {plan.balance:,}, {plan.requests:,} requests, "
            f"{minutes} at this rate limit, and the service's own time."
        )
        if not plan.affordable:
            words += " The balance does not cover all of them."
    say(words)
    answer = await _answered("Go on? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise Stop("nothing was sent", FAILURE)


async def _answered(question: str) -> str:
    """A line from the terminal, waited for in a thread that neither Ctrl-C nor the end of the process waits for."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def give(line: str) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        try:
            line = os.read(sys.stdin.fileno(), 1000).decode(errors="replace")
        except (OSError, ValueError):
            line = ""
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(give, line)

    err().print(question, end="")
    threading.Thread(target=read, daemon=True).start()
    try:
        return await answer
    finally:
        if not answer.done() or answer.cancelled():
            err().print()


async def _run(
    session: CVSenseSession,
    order: Order,
    job: JobDescription | Id,
    polls: tuple[float, float],
    gathered: Gathered,
    export: Export | None,
) -> _Ending:
    """The run itself; what stops it becomes part of the ending, for what was finished is still to be shown."""
    ending = _Ending(Summary())
    latest = Progress()

    def moved(now: Progress) -> None:
        nonlocal latest
        latest = now

    running = session.screen(
        order.paths,
        job=job,
        batch_size=order.batch_size,
        max_credits=order.max_credits,
        poll_interval=polls,
        on_progress=moved,
    )
    try:
        async with progress.shown(lambda: latest), running:
            async for batch in running:
                gathered.add(batch)
                if export is not None:
                    export.write(batch)
    except asyncio.CancelledError:
        ending.interrupted = True
    except (errors.CVSenseError, OSError) as error:
        ending.error = error
    ending.summary = running.summary
    return ending


async def _reports(session: CVSenseSession, order: Order, gathered: Gathered, folder: Path, ending: _Ending) -> None:
    try:
        gathered.reports_failed = await fetch_reports(session, gathered.best[: order.top or TOP], folder)
    except asyncio.CancelledError:
        ending.interrupted = True
    except BaseExceptionGroup as group:
        ending.error = group


def _conclude(order: Order, gathered: Gathered, ending: _Ending, interruption: Interruption) -> int:
    """Show everything that came of it, then say what stopped it; gives the exit status."""
    words, status = explained(ending.error) if ending.error is not None else ("", OK)
    if ending.interrupted:
        status = interruption.status
        words = f"stopped before the end; {_left_open(ending.summary)}"
    elif ending.error is None and gathered.incomplete(ending.summary):
        status = INCOMPLETE
    summary = ending.summary
    begun = summary.batches or summary.found or gathered.rejected or summary.left
    if order.as_json:
        document = as_json(gathered, summary, sandbox=order.sandbox, error=words or None)
        emit(json_text(document, indent=2) + "\n")
        if order.sandbox:
            say(show.SANDBOX_NOTE)
    elif begun:
        show.outcome(out(), gathered, summary, sandbox=order.sandbox)
    if words:
        say(words)
    return status


def _left_open(summary: Summary) -> str:
    if not summary.left:
        return "nothing was left open at the service"
    batches = ", ".join(str(left.batch_id) for left in summary.left)
    return f"left open at the service, with their credits: batch {batches}"


def _close(export: Export, *, whole: bool) -> None:
    if whole:
        export.finish()
        return
    export.abandon()
    if export.written:
        say(f"the results so far are in {export.partial}")
