"""What is done with the batches that an earlier process left open: ask the service what it has, decide, go on.

An upload that nobody saw end is never sent into the same batch again, for a late body must not land beside its copy.
"""

from __future__ import annotations

import attrs

from cvsense_async import errors
from cvsense_async.api.screening import BatchState, GetBatchStatus
from cvsense_async.transport.limiter import Lane

from .collecting import finish
from .crew import Crew, OpenBatch, Turn
from .documents import Rejected, RejectReason
from .ending import Round, in_doubt
from .journal import StoredBatch
from .judging import is_untouched
from .outcome import BatchResult
from .patience import A_MINUTE, Patience, ask
from .settling import give_up, holds_exactly
from .starting import start
from .uploading import Contents, Uploads


@attrs.frozen
class Reopened:
    """A batch that was found started, or was started now: it can be waited for."""

    opened: OpenBatch
    contents: Contents
    state: BatchState

    @property
    def count(self) -> int:
        """How many documents it was meant for."""
        return len(self.contents.documents)

    async def finish(self, crew: Crew, turn: Turn) -> Round:
        """Wait for it and collect its results. What an earlier process had cancelled may be sent again."""
        ended = await finish(crew, self.opened, self.contents, self.state, turn)
        if ended.result is None or not str(self.state.status).casefold().startswith("cancel"):
            return ended
        again = [*ended.again, *(failed.document for failed in ended.result.failed)]
        return attrs.evolve(ended, result=attrs.evolve(ended.result, failed=()), again=again)


async def reopen_batch(crew: Crew, stored: StoredBatch) -> Reopened | Round:
    """Find out where a batch stands, and start it or give it up where that had not been done."""
    contents = _contents(stored)
    uploads = contents.uploads
    opened = crew.opened(stored.id, stored.number)
    opened.credits = len(uploads.taken)
    opened.starting = stored.standing == "starting"
    if not uploads.taken:
        return await _released(crew, opened, contents)
    try:
        state = await ask(crew, GetBatchStatus(opened.id), Lane.START, Patience(crew, A_MINUTE))
    except errors.CVSenseError as problem:
        if opened.starting and isinstance(problem, errors.NotFound):
            opened.started = True
            crew.moved(uploaded=len(uploads.taken))
            return Reopened(opened, contents, BatchState(batch_id=opened.id))  # its results may be there all the same
        crew.met(problem)
        if crew.left_open(problem):
            return Round(None)
        failure = errors.BatchFailed("the service does not know the batch any more", batch_id=opened.id)
        failure.__cause__ = problem
        return in_doubt(opened, contents, failure)
    crew.well()
    crew.moved(uploaded=len(uploads.taken))
    if state.unstarted:
        if crew.halted is not None or not await _is_whole(crew, opened, contents, state):
            return await give_up(crew, opened, contents, crew.halted)
        begun = await start(crew, opened, contents)
        if isinstance(begun, Round):
            return begun
        state = begun
    elif state.end == "cancelled" and not opened.starting and is_untouched(state):
        return await _released(crew, opened, contents)
    opened.started = True
    return Reopened(opened, contents, state)


def _contents(stored: StoredBatch) -> Contents:
    uploads = Uploads()
    for index, item in enumerate(stored.items):
        if item.standing in ("sending", "taken"):
            uploads.taken[index] = item.item_id
            if item.standing == "sending":
                uploads.doubtful.add(index)
        elif item.standing == "refused":
            document, detail = item.document, "the service did not take it"
            uploads.rejected[index] = Rejected(
                document.source,
                document.name,
                RejectReason.REFUSED_BY_SERVICE,
                detail,
                said=item.said,
                sha256=document.sha256,
            )
    return Contents([item.document for item in stored.items], [item.wire_name for item in stored.items], uploads)


async def _is_whole(crew: Crew, opened: OpenBatch, contents: Contents, state: BatchState) -> bool:
    """Whether the batch holds exactly what was sent into it, so that nothing can be on its way any more."""
    uploads = contents.uploads
    if state.total is None or state.total >= len(uploads.taken):
        return not uploads.doubtful if state.total is None else state.total == len(uploads.taken)
    try:
        return await holds_exactly(crew, opened, contents, len(uploads.taken))  # it may be on its way still
    except errors.CVSenseError:
        return False


async def _released(crew: Crew, opened: OpenBatch, contents: Contents) -> Round:
    """The batch holds nothing, or was cancelled before it was started."""
    await crew.journal.released(opened.number)
    crew.closed(opened)
    again = contents.of(list(contents.uploads.taken))
    return Round(BatchResult(opened.id, rejected=tuple(contents.uploads.rejected.values())), again)
