"""Questions on a terminal: before credits are spent, and before something is erased for good."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading

from cvsense_async import errors
from cvsense_async.screening.documents import count_documents
from cvsense_async.screening.plan import Plan
from cvsense_async.screening.sqlite_journal import JournalSummary
from cvsense_async.session import CVSenseSession

from . import progress
from .consoles import err, is_terminal, say
from .ending import Stop
from .order import Order
from .statuses import FAILURE

UNREADABLE = (errors.NotFound, errors.PermissionDenied, errors.InvalidResponse)
"""What an account may answer that cannot, or may not, see its balance."""


def can_ask() -> bool:
    """Whether a person sees the question and can answer."""
    return is_terminal(sys.stdin) and err().is_terminal


async def confirm(words: str, otherwise: str) -> None:
    """Say what would be done, and go on only after a yes. Raises `Stop` otherwise."""
    say(words)
    answer = await _answered("Go on? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise Stop(otherwise, FAILURE)


async def confirm_screening(order: Order, plan: Plan | None) -> None:
    """Say what a new run would take, and ask, unless it takes nothing. Raises `Stop` where it is not wanted.

    No `plan`: the balance cannot be read.
    """
    if plan is None:
        count = await count_documents(order.paths) or 0
        words = f"{count:,} documents: up to {count:,} credits (the balance cannot be read)."
    else:
        if plan.credits == 0:
            return
        minutes = "under a minute" if plan.minutes < 1 else f"about {plan.minutes:.0f} min"
        words = (
            f"{plan.credits:,} documents in {plan.batches:,} batch{'es' if plan.batches != 1 else ''}: "
            f"up to {plan.credits:,} credits of your {plan.balance:,}, {plan.requests:,} requests, "
            f"{minutes} at this rate limit, and the service's own time."
        )
        if not plan.affordable:
            words += " The balance does not cover all of them."
    await confirm(words, "nothing was sent")


async def confirm_going_on(session: CVSenseSession, summary: JournalSummary, unsent: int | None) -> None:
    """Say what going on would still take, and ask, unless it takes nothing. Raises `Stop` where it is not wanted."""
    if unsent == 0:
        return
    try:
        with progress.waiting():
            balance = f" of your {(await session.account.credits()).balance:,}"
    except UNREADABLE:
        balance = ""
    done = f"{summary.screened:,} screened already, {summary.held:,} at the service; "
    if unsent is None:
        words = f"{done}how many are still to be sent cannot be told before, each costs a credit{balance}."
    else:
        words = f"{done}{unsent:,} still to be sent: up to {unsent:,} credits{balance}."
    await confirm(words, "nothing was sent")


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
