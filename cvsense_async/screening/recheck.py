"""Asks the service once more for what an earlier process left unsettled: a reading that lagged has caught up by now."""

from __future__ import annotations

import anyio
import attrs

from cvsense_async import errors
from cvsense_async.api.screening import GetBatchStatus
from cvsense_async.transport.limiter import Lane

from .collecting import read_results
from .crew import Crew, OpenBatch
from .documents import wire_names
from .journal import Delivery
from .judging import is_rest_free
from .outcome import BatchResult, Failed, Screened, is_invalid
from .patience import A_MOMENT, Patience, ask
from .tying import TiedResults, tie_results

AT_ONCE = 8
"""Batches that are asked for at one time."""


async def recheck(crew: Crew) -> None:
    """Ask for all that stands unsettled in the journal of a run that goes on, and write down what can be told now.

    What still cannot stays as it is. Raises `JournalError`.
    """
    turns = anyio.Semaphore(AT_ONCE)
    async with anyio.create_task_group() as group:
        async for delivery in crew.journal.unsettled():
            if delivery.result.batch_id is not None and delivery.result.unsettled:
                group.start_soon(_recheck, crew, delivery, turns)


async def _recheck(crew: Crew, delivery: Delivery, turns: anyio.Semaphore) -> None:
    async with turns:
        found = await _asked_again(crew, delivery.result)
    if found.results or found.failed:
        left = {one.document.sha256: one.counted for one in delivery.result.unsettled}
        new = [one for one in found.results if one.document is not None and not left[one.document.sha256]]
        await crew.journal.collected(None, found, sum(not is_invalid(one.result) for one in new))


async def _asked_again(crew: Crew, before: BatchResult) -> BatchResult:
    """What the service can say now of a batch's unsettled documents."""
    batch_id, left = before.batch_id, before.unsettled
    assert batch_id is not None  # noqa: S101
    try:
        state = await ask(crew, GetBatchStatus(batch_id), Lane.COLLECT, Patience(crew, A_MOMENT))
        results = await read_results(crew, OpenBatch(batch_id))
    except errors.CVSenseError:
        return BatchResult(batch_id)
    known = {str(one.result.id): one.result for one in before.results}
    fresh = [result for result in results if str(result.id) not in known]
    names = [one.wire_name or wire_names([one.document])[0] for one in left]
    tied = tie_results(names, {index: one.item_id for index, one in enumerate(left)}, fresh)
    if known:  # what showed that ids are the items' own was tied then: a name alone may be another batch's file
        tied = _by_id(tied, {index: str(one.item_id) for index, one in enumerate(left) if one.item_id is not None})
    screened = [Screened(result, left[index].document, batch_id) for index, result in tied.tied.items()]
    missing = [one.document for index, one in enumerate(left) if index not in tied.tied]
    whole = TiedResults(dict(enumerate([*known.values(), *tied.tied.values()])), tied.untied)
    failed: tuple[Failed, ...] = ()
    if missing and is_rest_free(state, whole, len(missing)):
        words = "its batch ended before it was processed"
        failed = tuple(Failed(document, words, batch_id, given_up=True) for document in missing)
    return attrs.evolve(BatchResult(batch_id), results=tuple(screened), failed=failed)


def _by_id(found: TiedResults, items: dict[int, str]) -> TiedResults:
    """Without the results of documents whose items have another id."""
    loose = [index for index, result in found.tied.items() if items.get(index, str(result.id)) != str(result.id)]
    tied = {index: result for index, result in found.tied.items() if index not in loose}
    return TiedResults(tied, [*found.untied, *(found.tied[index] for index in loose)])
