"""What is done with a batch that is open when its run is left: it is withdrawn, left to the service, or cancelled."""

from __future__ import annotations

import contextlib

from cvsense_async import errors
from cvsense_async.api.screening import CancelBatch, GetBatchStatus
from cvsense_async.transport.limiter import Lane

from .cancelling import cancel
from .collecting import read_results
from .crew import Crew, OpenBatch
from .judging import is_untouched
from .outcome import is_invalid


async def withdraw(crew: Crew, opened: OpenBatch) -> None:
    """Leave a batch that has been started to the service; see to it that another one holds nothing."""
    if opened.started:
        return
    with contextlib.suppress(errors.CVSenseError):
        if opened.starting:
            state = await crew.send(GetBatchStatus(opened.id), Lane.INTERACTIVE)
            if not state.unstarted:
                return
        state = await cancel(crew, opened, Lane.INTERACTIVE)
        said = not opened.starting or state.processed == 0 or state.credits_used == 0
        if said and is_untouched(state) and state.end != "completed":
            crew.closed(opened)
            await crew.journal.released(opened.number)


async def cancel_and_count(crew: Crew, opened: OpenBatch) -> None:
    """Cancel a batch, and count what it had charged by then."""
    try:
        try:
            state = await crew.send(CancelBatch(opened.id), Lane.INTERACTIVE)
        except errors.Conflict:  # it has ended: nothing is held any more
            state = await crew.send(GetBatchStatus(opened.id), Lane.INTERACTIVE)
            if not state.ended:
                return
    except errors.CVSenseError:
        return
    used = state.credits_used or 0
    if state.credits_used is None and opened.starting:
        with contextlib.suppress(errors.CVSenseError):
            used = sum(not is_invalid(result) for result in await read_results(crew, opened))
    crew.charged(used, free=opened.credits - used)
    crew.closed(opened)
