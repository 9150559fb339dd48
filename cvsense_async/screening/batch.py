"""One batch's life: create, upload, start, wait, collect; and what is done where the service's answer is in doubt.

The rule of money: a document is sent again only when the service has confirmed that its earlier copy holds no credit.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence

import anyio
import attrs

from cvsense_async import errors, log
from cvsense_async.api.endpoint import Id, UploadFile, next_page
from cvsense_async.api.screening import (
    BatchState,
    CancelBatch,
    GetBatchStatus,
    ListResults,
    Result,
    StartBatch,
    Upload,
    UploadCVs,
)
from cvsense_async.transport.limiter import Lane

from .crew import Crew, OpenBatch, Turn
from .documents import Document, Rejected, RejectReason, is_out_of_reach, wire_names
from .outcome import BatchResult, Failed, Screened, Unsettled
from .plan import cut_uploads
from .waiting import follow

ROUNDS = 6
"""How many batches a document may go through when uploads keep ending in doubt."""

LOOK_UP = "read this batch's status and results at the service: they say whether the document was taken and charged"


@attrs.define
class Uploads:
    """What became of the uploads of one batch, by index into its documents."""

    taken: dict[int, Id | None] = attrs.field(factory=dict[int, "Id | None"])
    doubtful: set[int] = attrs.field(factory=set[int])
    rejected: dict[int, Rejected] = attrs.field(factory=dict[int, Rejected])
    failed: dict[int, errors.CVSenseError] = attrs.field(factory=dict[int, errors.CVSenseError])
    closed: errors.CVSenseError | None = None  # the batch takes no more uploads


@attrs.frozen
class Round:
    """How one batch ended: its result, and the documents that may go into another one.

    No `result`: its end is not known yet, and the journal keeps it open. `known`: the service has said how it ended.
    """

    result: BatchResult | None
    again: list[Document] = attrs.field(factory=list[Document])
    known: bool = True
    number: int | None = None
    credits: int = 0


@attrs.frozen
class Ended:
    """What the consumer gets of a batch, its number in the journal, and the documents that are to be tried again."""

    result: BatchResult | None
    delivery: int | None = None
    retry: list[Document] = attrs.field(factory=list[Document])


async def screen_batch(crew: Crew, documents: Sequence[Document], turn: Turn, *, tries: int = 0) -> Ended:
    """Screen documents in one batch, or in a second one where the first had to be given up without a credit at stake.

    What the service does raises nothing: the result says what became of each document. Raises `JournalError`.
    """
    left = list(documents)
    rejected: list[Rejected] = []
    failed: list[Failed] = []
    for earlier in range(ROUNDS):
        ended = await _one_round(crew, left, turn, smaller=max(0, earlier - 1))
        if ended.result is None or not ended.again:
            return await conclude(crew, ended, rejected, failed, tries=tries)
        rejected += ended.result.rejected
        failed += ended.result.failed
        left = ended.again
    problem = errors.BatchFailed(f"uploads ended in doubt {ROUNDS} times in a row; each batch was cancelled")
    failed += [Failed(document, "its uploads kept ending in doubt; it holds no credit") for document in left]
    return await conclude(crew, Round(BatchResult(failure=problem)), rejected, failed, tries=tries)


async def conclude(
    crew: Crew, ended: Round, rejected: Sequence[Rejected] = (), failed: Sequence[Failed] = (), *, tries: int
) -> Ended:
    """Write down how documents ended, before anybody sees it."""
    result = ended.result
    if result is None:
        if rejected:
            await crew.journal.collected(None, BatchResult(rejected=tuple(rejected)), 0)
        return Ended(None)
    every = (*failed, *result.failed)
    retried = tries < crew.options.retry_failed and crew.stopped is None
    retry = [each.document for each in every if each.given_up and retried]
    kept = tuple(each for each in every if not (each.given_up and retried))
    result = attrs.evolve(result, rejected=(*rejected, *result.rejected), failed=kept)
    delivery = None
    if ended.known and (ended.number is not None or result.rejected):
        delivery = await crew.journal.collected(ended.number, result, ended.credits)
    return Ended(result, delivery, retry)


async def _one_round(crew: Crew, documents: list[Document], turn: Turn, *, smaller: int) -> Round:
    """One batch to its end.

    `smaller` is how often its uploads are halved: some servers close on a large body without an answer that arrives.
    """
    async with crew.staging:
        turn.begin()
        await crew.finish_first()
        if crew.halted is not None:
            return _all_failed(documents, crew.halted)
        try:
            batch = await crew.send(crew.create, Lane.CREATE)
        except errors.CVSenseError as problem:
            crew.met(problem)
            return _all_failed(documents, problem)
        names = wire_names(documents)
        opened = crew.opened(batch.id, await crew.journal.created(batch.id, documents, names))
        log.batch_created(batch_id=batch.id, documents=len(documents))
        uploads = await _upload_all(crew, opened, documents, names, smaller)
        settled = await _settle_uploads(crew, opened, documents, uploads)
        if settled is not None:
            return settled
        if crew.cancelling:
            return await give_up(crew, opened, documents, uploads, crew.halted)
        started = await start(crew, opened, documents, uploads)
    if isinstance(started, Round):
        return started
    return await finish(crew, opened, documents, names, uploads, started, turn)


def _all_failed(documents: Sequence[Document], problem: errors.CVSenseError) -> Round:
    failed = tuple(Failed(document, "its batch could not be created") for document in documents)
    return Round(BatchResult(failed=failed, failure=problem))


# --- upload -----------------------------------------------------------------------------------------------------------


async def _upload_all(
    crew: Crew, opened: OpenBatch, documents: list[Document], names: list[str], smaller: int
) -> Uploads:
    uploads = Uploads()
    size = crew.limits.size
    if smaller:
        size = max(1, min(size, sum(document.size for document in documents)) >> smaller)
    chunks = cut_uploads(documents, files=crew.limits.files, size=size)
    if len(chunks) == 1:
        await _upload(crew, opened, documents, names, chunks[0], uploads)
        return uploads
    async with anyio.create_task_group() as group:
        for chunk in chunks:
            group.start_soon(_upload, crew, opened, documents, names, chunk, uploads)
    return uploads


async def _upload(
    crew: Crew, opened: OpenBatch, documents: list[Document], names: list[str], chunk: list[int], uploads: Uploads
) -> None:
    """Upload some of a batch's documents; where the service refuses them as a whole, in ever smaller parts."""
    if uploads.closed is not None or crew.halted is not None:
        problem = uploads.closed or crew.halted
        uploads.failed.update({index: problem for index in chunk if problem is not None})
        return
    files = [_file(documents[index], names[index]) for index in chunk]
    await crew.journal.uploading(opened.number, chunk)
    opened.credits += len(chunk)
    try:
        async with crew.uploading:
            answer = await crew.send(UploadCVs(opened.id, files), Lane.UPLOAD)
    except errors.AmbiguousOutcome:
        uploads.doubtful.update(chunk)
        log.batch_doubtful(batch_id=opened.id, documents=len(chunk))
        return
    except errors.DocumentChanged as problem:
        opened.credits -= len(chunk)
        await crew.journal.turned_away(opened.number, chunk)
        changed = chunk[problem.index]
        if await is_out_of_reach(documents[changed]):
            uploads.failed[changed] = problem  # its source is away: nothing final is known of it
        else:
            uploads.rejected[changed] = _rejected(documents[changed], RejectReason.CHANGED, problem.detail)
        rest = [index for index in chunk if index != changed]
        if rest:
            await _upload(crew, opened, documents, names, rest, uploads)
        return
    except (errors.PayloadTooLarge, errors.BadRequest, errors.UnsupportedMediaType, errors.ValidationFailed) as refusal:
        opened.credits -= len(chunk)
        await crew.journal.turned_away(opened.number, chunk)
        await _upload_parts(crew, opened, documents, names, chunk, uploads, refusal)
        return
    except errors.CVSenseError as problem:
        opened.credits -= len(chunk)
        await crew.journal.turned_away(opened.number, chunk)
        uploads.failed.update(dict.fromkeys(chunk, problem))
        if isinstance(problem, (errors.Conflict, errors.NotFound)):
            uploads.closed = problem
        crew.met(problem)
        return
    crew.well()
    _take(crew, documents, names, chunk, answer, uploads)
    taken = {index: uploads.taken[index] for index in chunk if index in uploads.taken}
    refused = {index: uploads.rejected[index].said for index in chunk if index in uploads.rejected}
    await crew.journal.uploaded(opened.number, taken, refused)
    crew.moved(uploaded=sum(1 for index in chunk if index in uploads.taken))


async def _upload_parts(
    crew: Crew,
    opened: OpenBatch,
    documents: list[Document],
    names: list[str],
    chunk: list[int],
    uploads: Uploads,
    refusal: errors.StatusError,
) -> None:
    """An upload was refused and nothing taken: name the file at fault, else send halves to find it."""
    if isinstance(refusal, errors.PayloadTooLarge) and len(chunk) > 1:
        size = sum(documents[index].size for index in chunk)
        crew.limits = attrs.evolve(crew.limits, size=max(1, min(crew.limits.size, size) // 2))
    guilty = [chunk[place] for place in _named_files(refusal) if place < len(chunk)]
    if len(chunk) == 1 or (guilty and len(guilty) == len(chunk)):
        guilty = chunk
    if guilty:
        too_large = isinstance(refusal, errors.PayloadTooLarge)
        reason = RejectReason.TOO_LARGE if too_large else RejectReason.REFUSED_BY_SERVICE
        detail = f"the service refused it with status {refusal.status}"
        uploads.rejected.update({index: _rejected(documents[index], reason, detail) for index in guilty})
        parts = [[index for index in chunk if index not in guilty]]
    else:
        half = (len(chunk) + 1) // 2
        parts = [chunk[:half], chunk[half:]]
    for part in parts:
        if part:
            await _upload(crew, opened, documents, names, part, uploads)


def _named_files(refusal: errors.StatusError) -> list[int]:
    """The places of the files that a 422 names, as in `files.3`."""
    places: set[int] = set()
    for field in refusal.field_errors:
        head, _, place = field.replace("[", ".").replace("]", "").partition(".")
        if head.startswith("file") and place.isascii() and place.isdigit():
            places.add(int(place))
    return sorted(places)


def _take(
    crew: Crew, documents: list[Document], names: list[str], chunk: list[int], answer: Upload, uploads: Uploads
) -> None:
    """Tie what the service took, and what it did not, to the documents; what it does not name is in doubt."""
    waiting = {_plain(names[index]): index for index in chunk}
    named = len(answer.items) + len(answer.rejected)
    in_order = iter(chunk) if named == len(chunk) and not answer.rejected else iter(())
    for item in answer.items:
        placed = next(in_order, None)
        index = waiting.pop(_plain(item.filename), None)
        if index is None and placed is not None and _plain(names[placed]) in waiting:
            index = waiting.pop(_plain(names[placed]))
        if index is not None:
            uploads.taken[index] = item.id
    for file in answer.rejected:
        index = waiting.pop(_plain(file.filename), None)
        if index is not None:
            detail = "the service did not take it"
            uploads.rejected[index] = _rejected(documents[index], RejectReason.REFUSED_BY_SERVICE, detail, file.reason)
    uploads.doubtful.update(waiting.values())
    if waiting and 0 < named < len(chunk):
        # Something between here and there passes on so many files at most: PHP's max_file_uploads, a proxy.
        crew.limits = attrs.evolve(crew.limits, files=max(1, min(crew.limits.files, named)))


def _plain(name: str) -> str:
    """A wire name as it can be found again: services differ in Unicode form and drop folders."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].strip()


def _file(document: Document, name: str) -> UploadFile:
    return UploadFile(
        filename=name,
        content_type=document.kind.content_type,
        size=document.size,
        open=document.open,
        sha256=document.sha256,
    )


def _rejected(document: Document, reason: RejectReason, detail: str, said: str = "") -> Rejected:
    return Rejected(document.source, document.name, reason, detail, said=said, sha256=document.sha256)


async def _settle_uploads(crew: Crew, opened: OpenBatch, documents: list[Document], uploads: Uploads) -> Round | None:
    """Find out what a batch really holds. `None`: it may be started; else what became of it and what to send again."""
    if uploads.closed is not None and (uploads.taken or uploads.doubtful):
        return await give_up(crew, opened, documents, uploads, uploads.closed)
    if uploads.doubtful:
        expected = len(uploads.taken) + len(uploads.doubtful)
        try:
            state = await crew.send(GetBatchStatus(opened.id), Lane.START)
        except errors.CVSenseError as problem:
            crew.met(problem)
            return await give_up(crew, opened, documents, uploads, problem)
        if state.total != expected:
            return await give_up(crew, opened, documents, uploads, None)
        uploads.taken.update(dict.fromkeys(uploads.doubtful))
        crew.moved(uploaded=len(uploads.doubtful))
        uploads.doubtful.clear()
    if uploads.taken:
        opened.credits = len(uploads.taken)
        return None
    await crew.journal.released(opened.number)
    crew.closed(opened)  # an empty batch costs nothing, and is left
    failed = tuple(Failed(documents[index], "its upload did not succeed", opened.id) for index in uploads.failed)
    failure = next(iter(uploads.failed.values()), None)
    return Round(BatchResult(opened.id, rejected=tuple(uploads.rejected.values()), failed=failed, failure=failure))


async def give_up(
    crew: Crew,
    opened: OpenBatch,
    documents: list[Document],
    uploads: Uploads,
    problem: errors.CVSenseError | None,
) -> Round:
    """Cancel a batch that cannot be trusted. Once that is confirmed, its documents may go into another one."""
    inside = sorted({*uploads.taken, *uploads.doubtful})
    rejected = tuple(uploads.rejected.values())
    failed = tuple(Failed(documents[index], "its upload did not succeed", opened.id) for index in uploads.failed)
    doubt = await cancelled(crew, opened)
    if doubt is None:
        await crew.journal.released(opened.number)
        crew.closed(opened)
        crew.moved(uploaded=-len(uploads.taken))
        log.batch_given_up(batch_id=opened.id, documents=len(inside))
        again = sorted({*inside, *uploads.failed}) if uploads.closed is not None else inside
        if uploads.closed is not None:
            failed = ()
        if crew.halted is None:
            result = BatchResult(opened.id, rejected=rejected, failed=failed)
            return Round(result, [documents[index] for index in again])
        failed += tuple(Failed(documents[index], "its batch was cancelled", opened.id) for index in inside)
        return Round(BatchResult(opened.id, rejected=rejected, failed=failed, failure=problem))
    if crew.left_open(doubt):
        return Round(None)
    unsettled = tuple(Unsettled(documents[index], LOOK_UP, opened.id) for index in inside)
    words = "an upload ended in doubt, and its batch could not be cancelled"
    failure = errors.OutcomeUnsettled(words, batch_id=opened.id)
    failure.__cause__ = problem or doubt
    return Round(BatchResult(opened.id, (), rejected, failed, unsettled, failure), known=False)


async def cancelled(crew: Crew, opened: OpenBatch) -> errors.CVSenseError | None:
    """Cancel a batch and read back that it is cancelled; only then does it hold no credit. Gives what is in doubt."""
    try:
        with contextlib.suppress(errors.Conflict):
            await crew.send(CancelBatch(opened.id), Lane.START)
        state = await crew.send(GetBatchStatus(opened.id), Lane.START)
    except errors.CVSenseError as problem:
        crew.met(problem)
        return problem
    if state.status == "cancelled" and not state.credits_used:
        return None
    return errors.OutcomeUnsettled("the service does not show the batch as cancelled", batch_id=opened.id)


# --- start, wait, collect ------------------------------------------------------------------------------------------


async def start(crew: Crew, opened: OpenBatch, documents: list[Document], uploads: Uploads) -> BatchState | Round:
    """Start a batch; gives its state, or what became of it where it could not be started."""
    await crew.journal.starting(opened.number)
    opened.starting = True
    try:
        state = await crew.send(StartBatch(opened.id), Lane.START)
    except errors.Conflict as problem:
        try:
            state = await crew.send(GetBatchStatus(opened.id), Lane.START)
        except errors.CVSenseError:
            return await give_up(crew, opened, documents, uploads, problem)
        if str(state.status) in ("created", "cancelled", ""):
            return await give_up(crew, opened, documents, uploads, problem)
    except errors.CVSenseError as problem:
        crew.met(problem)
        ended = await give_up(crew, opened, documents, uploads, problem)
        if ended.result is None:
            return ended
        # Cancelled and confirmed: nothing is at stake, but the same would only happen again.
        failed = tuple(Failed(document, "its batch could not be started", opened.id) for document in ended.again)
        result = attrs.evolve(
            ended.result, failed=ended.result.failed + failed, failure=ended.result.failure or problem
        )
        return attrs.evolve(ended, result=result, again=[])
    opened.started = True
    log.batch_started(batch_id=opened.id, documents=len(uploads.taken))
    return state


async def finish(
    crew: Crew,
    opened: OpenBatch,
    documents: list[Document],
    names: list[str],
    uploads: Uploads,
    started: BatchState,
    turn: Turn,
) -> Round:
    """Wait for a started batch and collect its results."""
    rejected = tuple(uploads.rejected.values())
    failed = [Failed(documents[index], "its upload did not succeed", opened.id) for index in uploads.failed]
    unsettled: list[Unsettled] = []
    failure: errors.CVSenseError | None = None
    try:
        state, results = await _outcome(crew, opened, len(uploads.taken), started, turn)
    except errors.CVSenseError as problem:
        crew.met(problem)
        if crew.left_open(problem):
            return Round(None)
        unsettled = [Unsettled(documents[index], LOOK_UP, opened.id) for index in uploads.taken]
        return Round(BatchResult(opened.id, (), rejected, tuple(failed), tuple(unsettled), problem), known=False)
    valid = sum(1 for result in results if result.score is not None)
    credits = crew.charged(state, valid, len(uploads.taken))
    crew.well()
    crew.closed(opened)
    screened, missing = _tie(opened.id, documents, names, uploads, results)
    if state.status != "completed":
        words = f"the batch ended as {state.status}" if state.ended else "the batch did not end in time"
        failure = errors.BatchFailed(words, batch_id=opened.id, status=str(state.status))
    not_screened = state.status == "completed" and _could_not_screen(state, results, len(missing))
    released = not_screened or _gave_the_rest_back(state, valid)
    for index in missing:
        if released:
            words = "its batch ended before it was processed"
            if not_screened:
                words = "the service could not screen it, by a fault of its own"
            failed.append(Failed(documents[index], words, opened.id, given_up=not crew.cancelling))
        else:
            unsettled.append(Unsettled(documents[index], LOOK_UP, opened.id))
    if failure is None and missing and not not_screened:
        words = f"the batch completed without a result for {len(missing)} of its documents"
        failure = errors.OutcomeUnsettled(words, batch_id=opened.id)
    result = BatchResult(opened.id, screened, rejected, tuple(failed), tuple(unsettled), failure)
    return Round(result, known=state.ended, number=opened.number, credits=credits)


def _gave_the_rest_back(state: BatchState, valid: int) -> bool:
    """Whether what an ended batch gave no result for holds no credit: it charged for what it gave, and nothing else."""
    used = state.credits_used
    if used is None:
        return state.status == "cancelled"  # the rest is refunded [doc]
    return state.ended and used <= (valid if state.status in ("cancelled", "failed") else 0)


def _could_not_screen(state: BatchState, results: Sequence[Result], missing: int) -> bool:
    """Whether a completed batch says that what has no result failed, and that it charged for its results alone."""
    valid = sum(1 for result in results if result.score is not None)
    if state.failed is None or state.credits_used is None:
        return False
    return state.credits_used <= valid and state.failed >= len(results) - valid + missing


async def _outcome(
    crew: Crew, opened: OpenBatch, documents: int, started: BatchState, turn: Turn
) -> tuple[BatchState, list[Result]]:
    """How a started batch ended, and its results. A webhook's word counts only where every result bears it out."""
    state = await _wait(crew, opened, documents, started)
    await turn.collect()
    if state is opened.told:
        with contextlib.suppress(errors.Conflict, errors.NotFound):
            results = await _collect(crew, opened.id, state)
            if len(results) >= documents:
                return state, results
        state = await _wait(crew, opened, documents, started, believe=False)
    return state, await _collect(crew, opened.id, state)


async def _wait(
    crew: Crew, opened: OpenBatch, documents: int, started: BatchState, *, believe: bool = True
) -> BatchState:
    """Poll until the batch has ended; cancel it where its deadline passes or the run is being cancelled.

    With `believe` a webhook's word ends the wait, too.
    """

    async def read() -> BatchState:
        return await crew.send(GetBatchStatus(opened.id), Lane.POLL)

    if started.ended:
        return started
    with anyio.CancelScope() as scope:
        opened.waiting = scope
        if crew.cancelling:
            scope.cancel()
        try:
            return await follow(
                read,
                crew.schedule,
                batch_id=opened.id,
                documents=documents,
                started=started,
                deadline=crew.options.batch_deadline,
                woken=opened.woken,
                told=lambda: opened.told if believe else None,
            )
        except errors.PollTimeout:
            pass
    opened.waiting = None
    with contextlib.suppress(errors.Conflict):  # it has ended after all
        await crew.send(CancelBatch(opened.id), Lane.START)
    return await crew.send(GetBatchStatus(opened.id), Lane.START)


async def _collect(crew: Crew, batch_id: Id, state: BatchState) -> list[Result]:
    found: dict[Id, Result] = {}
    call = ListResults(batch_id, per_page=100)
    while True:
        try:
            page = await crew.send(call, Lane.COLLECT)
        except (errors.Conflict, errors.NotFound):
            if state.status == "completed":
                raise
            return list(found.values())
        if page.current_page != call.page:
            raise errors.InvalidResponse("the service gave another page of results than the one asked for")
        for result in page:
            found.setdefault(result.id, result)
        if not page.has_next:
            return list(found.values())
        call = next_page(call)


def _tie(
    batch_id: Id, documents: list[Document], names: list[str], uploads: Uploads, results: list[Result]
) -> tuple[tuple[Screened, ...], list[int]]:
    """Tie each result to its document, by the item's id, else by the name on the wire."""
    by_item = {str(item): index for index, item in uploads.taken.items() if item is not None}
    by_name = {_plain(names[index]): index for index in uploads.taken}
    missing = set(uploads.taken)
    screened: list[Screened] = []
    for result in results:
        index = by_item.get(str(result.id), by_name.get(_plain(result.filename)))
        if index is not None and index not in missing:
            index = None
        if index is not None:
            missing.discard(index)
        screened.append(Screened(result, documents[index] if index is not None else None, batch_id))
    return tuple(screened), sorted(missing)
