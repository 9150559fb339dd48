"""Starts a batch whose contents are settled; a start that was sent may have been done until the service says not."""

from __future__ import annotations

import attrs

from cvsense_async import errors, log
from cvsense_async.api.screening import BatchState, GetBatchStatus, StartBatch
from cvsense_async.transport.limiter import Lane

from .crew import Crew, OpenBatch
from .ending import Round
from .outcome import Failed
from .patience import A_MINUTE, LAGGING, Patience
from .settling import give_up
from .uploading import Contents

STARTS = 3
"""How often a batch is started that shows itself as not started."""


async def start(crew: Crew, opened: OpenBatch, contents: Contents) -> BatchState | Round:
    """Start a batch; gives its state, or what became of it where it could not be started."""
    await crew.journal.starting(opened.number)
    opened.starting = True
    problem: errors.CVSenseError | None = None
    doubt = False
    for _ in range(STARTS):
        try:
            state = await crew.send(StartBatch(opened.id), Lane.START)
        except LAGGING as met:
            problem = met
            doubt |= not isinstance(met, errors.RateLimited)  # a 429 says for certain that it was not carried out
            try:
                begun = await _begun(crew, opened)
            except errors.CVSenseError:
                break
            if begun is None:
                continue
            state = begun
        except errors.CVSenseError as refused:
            problem = refused
            # Refused at the first attempt: it was not carried out.
            doubt |= not isinstance(refused, errors.StatusError) or refused.attempts > 1
            break
        if state.end == "cancelled":
            return await give_up(crew, opened, contents, problem)
        opened.started = True
        log.batch_started(batch_id=opened.id, documents=len(contents.uploads.taken))
        return state
    assert problem is not None  # noqa: S101
    opened.starting = doubt  # without any, nothing was ever started
    cause = problem.__cause__
    crew.met(cause if isinstance(cause, errors.CVSenseError) else problem)
    ended = await give_up(crew, opened, contents, problem)
    if ended.result is None or not ended.again or isinstance(problem, LAGGING):
        return ended
    # Cancelled and confirmed: nothing is at stake, but the same would only happen again.
    failed = tuple(Failed(document, "its batch could not be started", opened.id) for document in ended.again)
    result = attrs.evolve(ended.result, failed=ended.result.failed + failed, failure=ended.result.failure or problem)
    return attrs.evolve(ended, result=result, again=[])


async def _begun(crew: Crew, opened: OpenBatch) -> BatchState | None:
    """The state of a batch whose start went astray, once it shows as started; `None` where it goes on to show not."""
    patience = Patience(crew, A_MINUTE)
    while True:
        try:
            state = await crew.send(GetBatchStatus(opened.id), Lane.START)
            if not state.unstarted and state.status != "":
                return state
        except errors.CVSenseError as problem:
            if not patience.worth(problem) or not await patience.more():
                raise
            continue
        if not await patience.more():
            return None
