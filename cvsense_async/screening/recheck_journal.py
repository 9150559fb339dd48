"""Asks the service for what a run left open or unsettled, without going on with the run: nothing here costs a credit.

What can be told now is tied exactly as the run does it, and the journal keeps it. A batch that the service does not
know any more, or that ended without a word on some of its documents, becomes one that a person can settle.
"""

from __future__ import annotations

import contextlib
import os

import anyio
import attrs

from cvsense_async import errors
from cvsense_async.api.screening import GetBatchStatus
from cvsense_async.transport.limiter import Lane
from cvsense_async.transport.sender import Sender

from .batch import conclude
from .collecting import collect_ended
from .crew import Crew
from .ending import Round, in_doubt
from .journal import RunRecord, StoredBatch
from .judging import is_untouched
from .outcome import BatchResult
from .patience import A_MOMENT, Patience, ask
from .recheck import recheck
from .reconcile import contents_of
from .sqlite_journal import SQLiteJournal, look_into
from .task import resumed_task

AT_ONCE = 8
"""Batches that are asked for at one time."""

_OF_THE_BATCH = (errors.NotFound, errors.Conflict)
"""What an answer may be that speaks of one batch, and not of the service."""


async def recheck_journal(sender: Sender, path: str | os.PathLike[str], patience: float) -> list[BatchResult]:
    """See `CVSenseSession.recheck`."""
    before = await look_into(path)
    journal = SQLiteJournal(path)
    try:
        record = await journal.reopen(sender.base_url, 0)
        try:
            crew = _crew(sender, journal, record, patience)
            return await _asked(crew, journal)
        finally:
            with anyio.CancelScope(shield=True):
                await journal.ended(before.ended)
    finally:
        with anyio.CancelScope(shield=True):
            await journal.close()


def _crew(sender: Sender, journal: SQLiteJournal, record: RunRecord, patience: float) -> Crew:
    create, options = resumed_task(journal, None, {}).restored(record)
    bounded = attrs.evolve(options, batch_deadline=patience, retry_failed=0)
    return Crew(sender, create, bounded, None, journal)


async def _asked(crew: Crew, journal: SQLiteJournal) -> list[BatchResult]:
    last = await journal.last_delivery()
    stored = [batch for batch in await journal.open_batches() if any(_was_sent(one.standing) for one in batch.items)]
    first = stored[0].id if stored else None
    async for delivery in journal.unsettled():
        first = delivery.result.batch_id if first is None else first
    if first is None:
        return []
    # Asked once by itself, so that a key that is refused or a service that is away is an error, and no empty answer.
    with contextlib.suppress(*_OF_THE_BATCH):
        await crew.send(GetBatchStatus(first), Lane.COLLECT)
    await recheck(crew)
    turns = anyio.Semaphore(AT_ONCE)
    async with anyio.create_task_group() as group:
        for batch in stored:
            group.start_soon(_look_at, crew, batch, turns)
    told = [delivery.result async for delivery in journal.deliveries(after=last)]
    return [attrs.evolve(one, resumed=False) for one in told if one.results or one.failed or one.unsettled]


def _was_sent(standing: str) -> bool:
    return standing in ("sending", "taken")


async def _look_at(crew: Crew, stored: StoredBatch, turns: anyio.Semaphore) -> None:
    """Find out how an open batch has ended, if it has, and write that down; else it stays open."""
    async with turns:
        contents = contents_of(stored)
        opened = crew.opened(stored.id, stored.number)
        opened.credits, opened.starting = len(contents.uploads.taken), stored.standing == "starting"
        try:
            state = await ask(crew, GetBatchStatus(stored.id), Lane.COLLECT, Patience(crew, A_MOMENT))
        except errors.NotFound as problem:
            failure = errors.OutcomeUnsettled("the service does not know the batch any more", batch_id=stored.id)
            failure.__cause__ = problem
            ended = in_doubt(opened, contents, failure)
        except errors.CVSenseError:
            return
        else:
            if state.unstarted or not state.ended:
                return
            if state.end == "cancelled" and not opened.starting and is_untouched(state):
                await crew.journal.released(stored.number)
                return
            ended = await collect_ended(crew, opened, contents, state)
            if state.end == "cancelled" and ended.result is not None:
                # As when the run goes on: what somebody cancelled, and holds no credit, is free to be sent again.
                ended = attrs.evolve(ended, result=attrs.evolve(ended.result, failed=()))
        if ended.result is not None:
            # However little is known, it is what a person now has to go by.
            await conclude(crew, _written(ended, stored), tries=0)


def _written(ended: Round, stored: StoredBatch) -> Round:
    return attrs.evolve(ended, known=True, number=stored.number)
