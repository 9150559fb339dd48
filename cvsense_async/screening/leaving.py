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
    """Cancel a batch, and count what it had charged by then. It stays open, and is named, where nobody can say that."""
    try:
        try:
            state = await crew.send(CancelBatch(opened.id), Lane.INTERACTIVE)
        except errors.Conflict:  # it has ended: nothing is held any more
            state = await crew.send(GetBatchStatus(opened.id), Lane.INTERACTIVE)
            if not state.ended:
                return
    except errors.CVSenseError:
        return
    used = state.credits_used
    if used is None:
        used = await _cost(crew, opened) if opened.starting else 0
    if used is None:
        return
    crew.charged(used, free=opened.credits - used)
    crew.closed(opened)


async def _cost(crew: Crew, opened: OpenBatch) -> int | None:
    """What a batch that has ended cost: by its own count, or by its results where they are all there."""
    processed = opened.credits
    with contextlib.suppress(errors.CVSenseError):
        state = await crew.send(GetBatchStatus(opened.id), Lane.INTERACTIVE)
        if state.credits_used is not None:
            return state.credits_used
        processed = opened.credits if state.processed is None else state.processed
    with contextlib.suppress(errors.CVSenseError):
        found = {str(result.id): result for result in await read_results(crew, opened)}
        if len(found) >= processed:
            return sum(not is_invalid(result) for result in found.values())
    return None
