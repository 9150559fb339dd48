"""Finds out what a batch really holds before it is started, and gives up one that cannot be trusted.

What is counted is always compared with what was sent: a batch that holds more, or other files, is never started.
"""

from __future__ import annotations

from cvsense_async import errors, log
from cvsense_async.api.screening import BatchState, GetBatchStatus
from cvsense_async.transport.limiter import Lane

from .cancelling import cancel
from .collecting import collect_ended, rest_goes_on
from .crew import Crew, OpenBatch
from .ending import Round, in_doubt
from .judging import is_untouched
from .outcome import BatchResult, Failed
from .patience import A_MINUTE, A_MOMENT, Patience
from .uploading import Contents


async def settle_uploads(crew: Crew, opened: OpenBatch, contents: Contents, *, alone: bool) -> Round | None:
    """Find out what a batch really holds. `None`: it may be started; else what became of it and what to send again."""
    uploads = contents.uploads
    if uploads.closed is not None and uploads.inside:
        return await give_up(crew, opened, contents, uploads.closed)
    if uploads.inside:
        if uploads.renamed and not alone:
            # Sent one by one, each item is known by the answer that it came in; nothing has been paid for yet.
            return await give_up(crew, opened, contents, None)
        expected = len(uploads.inside)
        counted = uploads.most is None or uploads.most == expected
        if uploads.doubtful or uploads.odd or not counted:
            try:
                whole = await holds_exactly(crew, opened, contents, expected)
            except errors.CVSenseError as problem:
                crew.met(problem)
                return await give_up(crew, opened, contents, problem)
            if not whole:
                return await give_up(crew, opened, contents, None)
            uploads.taken.update(dict.fromkeys(uploads.doubtful))
            crew.moved(uploaded=len(uploads.doubtful))
            uploads.doubtful.clear()
        opened.credits = len(uploads.taken)
        return None
    await crew.journal.released(opened.number)
    crew.closed(opened)  # an empty batch costs nothing, and is left
    if uploads.closed is not None and crew.halted is None:
        again = contents.of(sorted(uploads.failed))  # it was refused for what the batch is, not for what they are
        return Round(BatchResult(opened.id, rejected=tuple(uploads.rejected.values())), again)
    failed = _not_uploaded(opened, contents)
    failure = next(iter(uploads.failed.values()), None)
    return Round(BatchResult(opened.id, rejected=tuple(uploads.rejected.values()), failed=failed, failure=failure))


async def holds_exactly(crew: Crew, opened: OpenBatch, contents: Contents, expected: int) -> bool:
    """Whether a batch comes to hold what was sent into it, and nothing else.

    A proxy may give up before the service does, so that the files arrive while the batch is read; what has once been
    counted in it stays there, whatever a reading that lags behind says.
    """
    uploads = contents.uploads
    more = uploads.most is not None and uploads.most > expected
    patience = Patience(crew, A_MINUTE if uploads.slow or more else A_MOMENT)
    growing, before = False, 0
    while True:
        problem: errors.CVSenseError | None = None
        try:
            state = await crew.send(GetBatchStatus(opened.id), Lane.START)
        except errors.CVSenseError as met:
            if not patience.worth(met):
                raise
            problem = met
        else:
            if state.ended or _is_under_way(state):
                return False
            if not state.total and not uploads.doubtful and not more:
                return True  # every file was named as taken, and the count is not kept
            if state.total is None or state.total > expected:
                return False
            if state.total == expected and not more:
                return True
            if state.total > before and before and not growing:
                growing, patience = True, Patience(crew, A_MINUTE)
            before = state.total
        if not await patience.more():
            if problem is not None:
                raise problem
            return before == expected


def _is_under_way(state: BatchState) -> bool:
    return str(state.status).casefold() in ("queued", "processing")


async def give_up(crew: Crew, opened: OpenBatch, contents: Contents, problem: errors.CVSenseError | None) -> Round:
    """Cancel a batch that cannot be trusted. Once it has ended, what holds no credit may go into another one."""
    uploads = contents.uploads
    inside = uploads.inside
    rejected = tuple(uploads.rejected.values())
    failed = _not_uploaded(opened, contents)
    try:
        state = await cancel(crew, opened)
    except errors.CVSenseError as doubt:
        crew.met(doubt)
        if crew.left_open(doubt):
            return Round(None)
        words = "an upload ended in doubt, and its batch could not be cancelled"
        failure = errors.OutcomeUnsettled(words, batch_id=opened.id)
        failure.__cause__ = problem or doubt
        return in_doubt(opened, contents, failure, BatchResult(opened.id, rejected=rejected, failed=failed))
    if opened.starting or state.end == "completed" or not is_untouched(state):
        ended = await collect_ended(crew, opened, contents, state)
        return rest_goes_on(crew, contents, ended) if crew.halted is None else ended
    await crew.journal.released(opened.number)
    crew.closed(opened)
    crew.moved(uploaded=-len(uploads.taken))
    log.batch_given_up(batch_id=opened.id, documents=len(inside))
    again = inside
    if uploads.closed is not None:
        again, failed = sorted({*inside, *uploads.failed}), ()
    if crew.halted is None:
        return Round(BatchResult(opened.id, rejected=rejected, failed=failed), contents.of(again))
    failed += tuple(Failed(document, "its batch was cancelled", opened.id) for document in contents.of(again))
    return Round(BatchResult(opened.id, rejected=rejected, failed=failed, failure=problem or crew.halted))


def _not_uploaded(opened: OpenBatch, contents: Contents) -> tuple[Failed, ...]:
    failed = contents.of(list(contents.uploads.failed))
    return tuple(Failed(document, "its upload did not succeed", opened.id) for document in failed)
