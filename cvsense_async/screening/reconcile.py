"""What is done with the batches that an earlier process left open: ask the service what it has, decide, go on.

An upload that nobody saw end is never sent into the same batch again, for a late body must not land beside its copy.
"""

from __future__ import annotations

import attrs

from cvsense_async import errors
from cvsense_async.api.screening import BatchState, GetBatchStatus
from cvsense_async.transport.limiter import Lane

from .batch import LOOK_UP, Round, Uploads, finish, give_up, start
from .crew import Crew, OpenBatch, Turn
from .documents import Document, Rejected, RejectReason
from .journal import StoredBatch
from .outcome import BatchResult, Unsettled


@attrs.frozen
class Reopened:
    """A batch that was found started, or was started now: it can be waited for."""

    opened: OpenBatch
    documents: list[Document]
    names: list[str]
    uploads: Uploads
    state: BatchState

    async def finish(self, crew: Crew, turn: Turn) -> Round:
        """Wait for it and collect its results. What an earlier process had cancelled may be sent again."""
        ended = await finish(crew, self.opened, self.documents, self.names, self.uploads, self.state, turn)
        if ended.result is None or str(self.state.status) not in ("cancelled", "cancelling"):
            return ended
        again = [failed.document for failed in ended.result.failed]
        return attrs.evolve(ended, result=attrs.evolve(ended.result, failed=()), again=again)


async def reopen_batch(crew: Crew, stored: StoredBatch) -> Reopened | Round:
    """Find out where a batch stands, and start it or give it up where that had not been done."""
    documents = [item.document for item in stored.items]
    names = [item.wire_name for item in stored.items]
    uploads = _uploads(stored)
    opened = crew.opened(stored.id, stored.number)
    opened.credits = len(uploads.taken)
    opened.starting = stored.standing == "starting"
    if not uploads.taken:
        return await _nothing_in_it(crew, opened, uploads)
    try:
        state = await crew.send(GetBatchStatus(opened.id), Lane.START)
    except errors.CVSenseError as problem:
        crew.met(problem)
        if crew.left_open(problem):
            return Round(None)
        return _lost(opened, documents, uploads, problem)
    crew.well()
    crew.moved(uploaded=len(uploads.taken))
    if state.status == "created":
        if not _whole(stored, state) or crew.halted is not None:
            return await give_up(crew, opened, documents, uploads, crew.halted)
        begun = await start(crew, opened, documents, uploads)
        if isinstance(begun, Round):
            return begun
        state = begun
    elif state.status == "cancelled" and not state.credits_used:
        return await _cancelled_before(crew, opened, documents, uploads)
    opened.started = True
    return Reopened(opened, documents, names, uploads, state)


def _uploads(stored: StoredBatch) -> Uploads:
    uploads = Uploads()
    for index, item in enumerate(stored.items):
        if item.standing in ("sending", "taken"):
            uploads.taken[index] = item.item_id
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
    return uploads


def _whole(stored: StoredBatch, state: BatchState) -> bool:
    """Whether the batch holds exactly what was sent into it, so that nothing can be on its way any more."""
    sent = [item for item in stored.items if item.standing in ("sending", "taken")]
    if state.total is None:
        return all(item.standing == "taken" for item in sent)
    return state.total == len(sent)


async def _nothing_in_it(crew: Crew, opened: OpenBatch, uploads: Uploads) -> Round:
    await crew.journal.released(opened.number)
    crew.closed(opened)
    return Round(BatchResult(opened.id, rejected=tuple(uploads.rejected.values())))


async def _cancelled_before(crew: Crew, opened: OpenBatch, documents: list[Document], uploads: Uploads) -> Round:
    await crew.journal.released(opened.number)
    crew.closed(opened)
    again = [documents[index] for index in uploads.taken]
    return Round(BatchResult(opened.id, rejected=tuple(uploads.rejected.values())), again)


def _lost(opened: OpenBatch, documents: list[Document], uploads: Uploads, problem: errors.CVSenseError) -> Round:
    """The service does not know the batch: whether its documents were charged, nobody can say."""
    unsettled = tuple(Unsettled(documents[index], LOOK_UP, opened.id) for index in uploads.taken)
    failure = errors.BatchFailed("the service does not know the batch any more", batch_id=opened.id)
    failure.__cause__ = problem
    rejected = tuple(uploads.rejected.values())
    return Round(BatchResult(opened.id, rejected=rejected, unsettled=unsettled, failure=failure), known=False)
