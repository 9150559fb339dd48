"""Waits for a started batch, collects its results, and judges what it left without one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio
import attrs

from cvsense_async import errors
from cvsense_async.api.endpoint import Call
from cvsense_async.api.paging import Walk
from cvsense_async.api.screening import BatchState, GetBatchStatus, ListResults, Result
from cvsense_async.transport.limiter import Lane

from .cancelling import cancel
from .crew import Crew, OpenBatch, Turn
from .ending import LOOK_AT, LOOK_UP, Round, in_doubt, unsettled
from .judging import credits_of, is_explained, is_rest_free
from .outcome import BatchResult, Failed, Screened
from .patience import Patience, ask, is_passing
from .tying import TiedResults, tie_results
from .uploading import Contents
from .waiting import follow

T = TypeVar("T")


async def finish(crew: Crew, opened: OpenBatch, contents: Contents, started: BatchState, turn: Turn) -> Round:
    """Wait for a started batch and collect its results."""
    try:
        state, tied = await _outcome(crew, opened, contents, started, turn)
    except errors.CVSenseError as problem:
        return unknown(crew, opened, contents, problem)
    ended = concluded(crew, opened, contents, state, tied)
    if not _holds_more(contents, state) or ended.result is None or crew.halted is not None:
        return ended
    return rest_goes_on(crew, contents, ended)  # what was at stake twice was cancelled, for no fault of its documents


async def collect_ended(crew: Crew, opened: OpenBatch, contents: Contents, state: BatchState) -> Round:
    """Collect what a batch processed before it was cancelled: only what holds no credit may go into another one."""
    for index in contents.uploads.doubtful:
        contents.uploads.taken.setdefault(index, None)
    contents.uploads.doubtful.clear()
    try:
        state, tied = await _gather(crew, opened, contents, state)
    except errors.CVSenseError as problem:
        return unknown(crew, opened, contents, problem)
    return concluded(crew, opened, contents, state, tied)


def rest_goes_on(crew: Crew, contents: Contents, ended: Round) -> Round:
    """What a batch that was given up had processed is kept; the rest, where it is free, goes into another batch."""
    if ended.result is None or not ended.result.failed:
        return ended
    again = [failed.document for failed in ended.result.failed]
    freed = len(again) - len(contents.uploads.failed)
    crew.spend(freed)  # they are about to be sent, and were set aside for that before
    crew.moved(uploaded=-freed)
    kept = ended.result.results or ended.result.unsettled
    result = attrs.evolve(ended.result, failed=(), failure=ended.result.failure if kept else None)
    return attrs.evolve(ended, result=result, again=again)


def unknown(crew: Crew, opened: OpenBatch, contents: Contents, problem: errors.CVSenseError) -> Round:
    """The service could not be asked what became of a batch that may hold credits."""
    crew.met(problem)
    if crew.left_open(problem):
        return Round(None)
    return in_doubt(opened, contents, problem, _without_result(opened, contents))


def concluded(crew: Crew, opened: OpenBatch, contents: Contents, state: BatchState, tied: TiedResults) -> Round:
    """What a batch's last state and its results say of each of its documents, and of the credits."""
    known = _without_result(opened, contents)
    missing = [index for index in contents.uploads.taken if index not in tied.tied]
    free = bool(missing) and is_rest_free(state, tied, len(missing))
    credits = crew.charged(credits_of(state, tied), free=len(missing) * free + len(tied.tied) - tied.charged_of_tied)
    crew.well()
    crew.closed(opened)
    failed, left = known.failed, list(unsettled(opened, contents, [] if free else missing))
    if free:
        words, given_up = "its batch ended before it was processed", not crew.cancelling
        if state.end == "completed":
            words = "the service could not screen it, by a fault of its own"
        failed += tuple(Failed(document, words, opened.id, given_up=given_up) for document in contents.of(missing))
    counted = credits - tied.charged_of_tied
    for place, one in enumerate(left):
        untied = tied.untied[place] if place < len(tied.untied) else None
        look_up = LOOK_UP if untied is None else LOOK_AT
        left[place] = attrs.evolve(one, result=untied, look_up=look_up, counted=place < counted)
    screened = [Screened(result, contents.documents[index], opened.id) for index, result in tied.tied.items()]
    screened += [Screened(result, None, opened.id) for result in tied.untied[len(left) :]]
    failure: errors.CVSenseError | None = None
    if state.end != "completed":
        words = f"the batch ended as {state.status}" if state.ended else "the batch did not end in time"
        failure = errors.BatchFailed(words, batch_id=opened.id, status=str(state.status))
    elif missing and not free:
        words = f"the batch completed without a result for {len(missing)} of its documents"
        if tied.untied:
            words = f"the results of {len(missing)} documents could not be told from each other"
        failure = errors.OutcomeUnsettled(words, batch_id=opened.id)
    if failure is None and _holds_more(contents, state):
        words = f"the batch holds {state.total} files where {len(contents.uploads.taken)} were sent into it"
        failure = errors.OutcomeUnsettled(f"{words}: some may have been charged twice", batch_id=opened.id)
    result = attrs.evolve(known, results=tuple(screened), failed=failed, unsettled=tuple(left), failure=failure)
    told = state.ended and (bool(screened or tied.untied) or not left)
    return Round(result, known=told, number=opened.number, credits=credits)


def _without_result(opened: OpenBatch, contents: Contents) -> BatchResult:
    """The documents that the batch never held."""
    uploads = contents.uploads
    words = "its upload did not succeed"
    failed = tuple(Failed(document, words, opened.id) for document in contents.of(list(uploads.failed)))
    return BatchResult(opened.id, rejected=tuple(uploads.rejected.values()), failed=failed)


def _holds_more(contents: Contents, state: BatchState) -> bool:
    """Whether a batch holds more than was sent, so that documents of it may be paid for twice."""
    uploads = contents.uploads
    return state.total is not None and state.total > len(uploads.taken) + len(uploads.rejected)


# --- the wait ---------------------------------------------------------------------------------------------------------


async def _outcome(
    crew: Crew, opened: OpenBatch, contents: Contents, started: BatchState, turn: Turn
) -> tuple[BatchState, TiedResults]:
    """How a started batch ended, and its results.

    What a webhook says, or a number, before the batch's status does, counts only where every result bears it out.
    """
    try:
        state = await _wait(crew, opened, contents, started)
    except errors.CVSenseError as problem:
        if not is_passing(problem):
            raise
        # Its status cannot be read, and its results may be all the same.
        await turn.collect()
        if (every := await _all_results(crew, opened, contents)) is None:
            raise
        return BatchState(batch_id=opened.id, status="completed"), every
    await turn.collect()
    if state is opened.told or not (state.ended or _holds_more(contents, state)):
        if (every := await _all_results(crew, opened, contents)) is not None:
            return attrs.evolve(state, status="completed"), every
        state = await _wait(crew, opened, contents, started, believe=False)
    return await _gather(crew, opened, contents, state)


async def _wait(
    crew: Crew, opened: OpenBatch, contents: Contents, started: BatchState, *, believe: bool = True
) -> BatchState:
    """Poll until the batch has ended; cancel it where its deadline passes, the run is being cancelled, or it holds more
    than was sent.

    With `believe` a webhook's word ends the wait, too, and so do numbers that say that all is done.
    """
    documents, deadline = len(contents.uploads.taken), crew.options.batch_deadline

    async def read() -> BatchState:
        return await ask(crew, GetBatchStatus(opened.id), Lane.POLL, Patience(crew))

    def enough(state: BatchState) -> bool:
        return state.ended or _holds_more(contents, state) or (believe and state.all_processed)

    state = started
    if started.ended:
        return started
    if not _holds_more(contents, started):
        with anyio.CancelScope() as scope:
            opened.waiting = scope
            if crew.cancelling:
                scope.cancel()
            try:
                state = await follow(
                    read,
                    crew.schedule,
                    batch_id=opened.id,
                    documents=documents,
                    started=started,
                    deadline=deadline,
                    woken=opened.woken,
                    told=lambda: opened.told if believe else None,
                    enough=enough,
                )
                if not _holds_more(contents, state) or state.ended:
                    return state
            except errors.PollTimeout as problem:
                state = problem.last_status
    opened.waiting = None
    try:
        return await cancel(crew, opened)
    except errors.OutcomeUnsettled:
        return state  # it can be read, and does not end


# --- the results ------------------------------------------------------------------------------------------------------


async def _all_results(crew: Crew, opened: OpenBatch, contents: Contents) -> TiedResults | None:
    """A batch's results, where they can be read now and every document has one."""
    try:
        tied = _tied(contents, await read_results(crew, opened, len(contents.uploads.taken)))
    except errors.CVSenseError as problem:
        if not is_passing(problem):
            raise
        return None
    return tied if len(tied.tied) == len(contents.uploads.taken) else None


async def read_results(
    crew: Crew, opened: OpenBatch, expected: int | None = None, *, found: list[Result] | None = None
) -> list[Result]:
    """Every result of a batch, page after page; a service that tells nothing of pages is asked until all are there.

    They are put into `found` as they come, so that what was read is there though a later page cannot be.
    """
    found = [] if found is None else found

    def send(call: Call[T], /) -> Coroutine[Any, Any, T]:
        return crew.send(call, Lane.COLLECT)

    async def read(per_page: int | None) -> list[Result]:
        walk: Walk[Result] = Walk(send, ListResults(opened.id, per_page=per_page), expected=expected)
        async with contextlib.aclosing(walk.pages()) as pages:
            async for page in pages:
                found.extend(page.items)
        return found

    try:
        return await read(100)
    except (errors.ValidationFailed, errors.BadRequest):
        if found:
            raise
        return await read(None)  # it takes fewer a page, or no such word [assumed]


def _tied(contents: Contents, results: list[Result]) -> TiedResults:
    return tie_results(contents.names, contents.uploads.taken, results)


async def _gather(
    crew: Crew, opened: OpenBatch, contents: Contents, state: BatchState
) -> tuple[BatchState, TiedResults]:
    """The results of a batch that has ended, read again until all are there or its numbers say that no more will come.

    Numbers count when they have been read twice with a poll interval between. Raises what the last reading met where
    nothing could be read at all.
    """
    loop, patience = asyncio.get_running_loop(), Patience(crew)
    apart = crew.options.poll_interval[0]
    best: list[Result] = []
    last: object = None
    since = loop.time()
    while True:
        problem: errors.CVSenseError | None = None
        results: list[Result] = []
        try:
            await read_results(crew, opened, len(contents.uploads.taken), found=results)
        except errors.CVSenseError as met:
            if not patience.worth(met):
                raise
            problem = met
        if results and len(results) >= len(best):
            best = results
        tied = _tied(contents, best)
        missing = len(contents.uploads.taken) - len(tied.tied)
        if not missing:
            return state, tied
        settled = missing <= len(tied.untied) or is_explained(state, tied, missing)
        proof = (state.status, state.credits_used, state.processed, state.failed, len(best))
        if proof != last:
            last, since = proof, loop.time()
        elif settled and loop.time() - since >= apart:
            return state, tied
        if not await patience.more():
            refused = isinstance(problem, (errors.Conflict, errors.NotFound))  # it says that there are none
            if problem is not None and not refused and not best and not settled:
                raise problem
            return state, tied
        try:
            state = await crew.send(GetBatchStatus(opened.id), Lane.START)
        except errors.CVSenseError as met:
            if not patience.worth(met):
                raise
