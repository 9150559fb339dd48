"""Cancels a batch, and reads back that it has ended: only then can nothing more be charged in it."""

from __future__ import annotations

import contextlib

from cvsense_async import errors
from cvsense_async.api.screening import BatchState, CancelBatch, GetBatchStatus
from cvsense_async.transport.limiter import Lane

from .crew import Crew, OpenBatch
from .patience import A_MINUTE, Patience


async def cancel(crew: Crew, opened: OpenBatch, lane: Lane = Lane.START) -> BatchState:
    """Cancel a batch and give the state in which it has ended. Raises `CVSenseError` where that cannot be found out.

    A batch that was never started, and is gone after the answer to its DELETE said so, was cancelled. Of one that was
    started that answer is enough where its status cannot be read, but for its numbers: its results can be had.
    """
    patience, said = Patience(crew), BatchState()
    accepted, gone, asked = False, False, True
    while True:
        problem: errors.CVSenseError
        try:
            if asked:
                with contextlib.suppress(errors.Conflict):  # it has ended, or is about to
                    said = await crew.send(CancelBatch(opened.id), lane)
                    accepted |= said.end == "cancelled"  # no content is also what a lost batch looks like
            state = await crew.send(GetBatchStatus(opened.id), lane)
        except errors.CVSenseError as met:
            problem = met
            if not patience.worth(problem):
                raise
            asked = asked and not said.ended
            if isinstance(met, errors.NotFound) and accepted and not opened.starting and not gone:
                gone, patience = True, Patience(crew, A_MINUTE)
        else:
            if state.ended:
                return state
            gone, asked = False, not str(state.status).casefold().startswith("cancel")
            problem = errors.OutcomeUnsettled("the service does not show the batch as cancelled", batch_id=opened.id)
        if not await patience.more():
            if gone:
                return BatchState(batch_id=opened.id, status="cancelled")
            if opened.starting and said.ended and not isinstance(problem, errors.OutcomeUnsettled):
                return BatchState(batch_id=opened.id, status=said.status)
            raise problem
