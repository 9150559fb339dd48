"""One batch's life: create, upload, settle, start, wait, collect; and another batch for what had to be given up.

The rule of money: a document is sent again only when it is certain that its earlier copy holds no credit.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cvsense_async import errors, log
from cvsense_async.transport.limiter import Lane

from .collecting import finish
from .crew import Crew, Turn
from .documents import Document, Rejected, wire_names
from .ending import Ended, Round
from .outcome import BatchResult, Failed
from .settling import give_up, settle_uploads
from .starting import start
from .uploading import Contents, upload_all

ROUNDS = 6
"""How many batches a document may go through when they have to be given up."""

RENAMING = 2
"""Batches in which the service renamed files, after which every file is uploaded by itself from the beginning."""


@attrs.define
class _Care:
    """What the batches of one set of documents have taught: how often uploads are halved, and whether to part them."""

    cut: int = 0
    alone: bool = False

    @property
    def smaller(self) -> int:
        return max(0, self.cut - 1)


async def screen_batch(
    crew: Crew, documents: Sequence[Document], turn: Turn, *, tries: int = 0, rounds: int = 0
) -> Ended:
    """Screen documents in one batch, or in another one where it had to be given up without a credit at stake.

    `rounds`: the batches that they have been through. What the service does raises nothing: the result says what became
    of each document. Raises `JournalError`.
    """
    left = list(documents)
    rejected: list[Rejected] = []
    failed: list[Failed] = []
    care = _Care()
    for number in range(rounds, ROUNDS):
        ended = await _one_round(crew, left, turn, care)
        result = ended.result
        if result is None or not ended.again or result.results or result.unsettled:
            done = await conclude(crew, ended, rejected, failed, tries=tries)
            return attrs.evolve(done, again=ended.again, rounds=number + 1)
        if ended.number is not None:  # it has ended, and neither gave nor holds anything
            await crew.journal.released(ended.number)
        rejected += result.rejected
        failed += result.failed
        left = ended.again
    problem = errors.BatchFailed(f"{ROUNDS} batches in a row had to be given up; none of them holds a credit")
    failed += [Failed(document, "its batches had to be given up; it holds no credit") for document in left]
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


async def _one_round(crew: Crew, documents: list[Document], turn: Turn, care: _Care) -> Round:
    """One batch to its end; what it teaches of the way to the service is noted in `care`."""
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
        contents = Contents(documents, wire_names(documents))
        opened = crew.opened(batch.id, await crew.journal.created(batch.id, documents, contents.names))
        log.batch_created(batch_id=batch.id, documents=len(documents))
        alone = care.alone or crew.renaming >= RENAMING
        await upload_all(crew, opened, contents, smaller=care.smaller, alone=alone)
        care.cut += contents.uploads.cut  # some servers close on a large body without an answer that arrives
        if contents.uploads.renamed and not alone:
            care.alone = True
            crew.renaming += 1
        settled = await settle_uploads(crew, opened, contents, alone=alone)
        if settled is not None:
            return settled
        if crew.cancelling:
            return await give_up(crew, opened, contents, crew.halted)
        started = await start(crew, opened, contents)
    if isinstance(started, Round):
        return started
    return await finish(crew, opened, contents, started, turn)


def _all_failed(documents: Sequence[Document], problem: errors.CVSenseError) -> Round:
    failed = tuple(Failed(document, "its batch could not be created") for document in documents)
    return Round(BatchResult(failed=failed, failure=problem))
