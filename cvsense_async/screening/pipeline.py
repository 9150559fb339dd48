"""A run from its documents to its finished batches: what is read, what is sent, what is given, and how it is left.

It knows nothing of the handle that the caller holds, so that a run which was forgotten can be collected.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from cvsense_async import errors, log
from cvsense_async.api.account import Credits, GetCredits
from cvsense_async.api.endpoint import Call
from cvsense_async.transport.limiter import Lane

from .batch import conclude, screen_batch
from .crew import Crew, Turn, charged_between, without
from .cv import OUT_OF_REACH
from .documents import (
    DEFAULT_MAX_BYTES,
    Document,
    Rejected,
    RejectReason,
    Sources,
    count_documents,
    find_documents,
)
from .ending import Ended, Round
from .job_text import note_judged, text_of
from .journal import RunRecord, StoredBatch
from .leaving import cancel_and_count, withdraw
from .outcome import BatchResult, Failed, LeftBatch, Screened
from .recheck import recheck
from .reconcile import Reopened, reopen_batch
from .sources import FileId
from .task import Task
from .telling import tell_batch, tell_end, tell_stop

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

    from .reuse import EarlierRuns

MANY_REJECTED = 1000
"""Rejects that are given in a batch of their own, when no other batch takes them along."""

ACCOUNT_SECONDS = 10.0
"""Seconds that a run which has ended may wait for the account's word on what it cost."""

GO_ON = "what was done is kept in the journal: session.resume(journal) goes on from there"

_NO_BALANCE = (
    errors.NotFound,
    errors.PermissionDenied,
    errors.BadRequest,
    errors.ServerError,
    errors.InvalidResponse,
)
"""What an account may answer that cannot, or may not, see its balance."""


class Pipeline:
    """From documents to finished batches. Knows nothing of the handle, so that a forgotten run can be collected."""

    def __init__(self, crew: Crew, asked: Task, finished: MemoryObjectSendStream[BatchResult]) -> None:
        self.crew = crew
        self.asked = asked
        self.sources: Sources | None = asked.sources
        self.finished = finished
        self.rejected: list[Rejected] = []
        self.seen: dict[bytes, str] = {}
        self.sent: set[bytes] = set()
        self.own: Collection[FileId] = ()
        self.given: dict[bytes, Document | None] = {}  # documents of open batches, as the walk met them
        self.sources_needed: bool = False
        self.walking: bool = True  # the sources have not been read to their end yet
        self.source_broken: Exception | None = None
        self.spent: int = 0
        self.account_now: dict[str, int] | None = None
        self.closing: Mapping[str, int] | None = None
        self.earlier: EarlierRuns | None = None
        self.slots: anyio.Semaphore = anyio.Semaphore(crew.options.max_open_batches)
        self.staged: anyio.Semaphore = anyio.Semaphore(
            2
        )  # batches that wait for their turn to be created, with their documents

    async def main(self) -> None:
        crew = self.crew
        try:
            with self.finished:
                record = await self._open_journal()
                self.own = await crew.journal.files()
                await self._check_budget()
                if crew.stopped is None:
                    resumed = self.asked.resumed
                    crew.job_changed = await note_judged(crew.journal, self._ask, record, resumed=resumed)
                async with anyio.create_task_group() as group:
                    if self.asked.resumed:
                        await self._resume(group)
                    await self._feed(group)
                if self.rejected:
                    await self._give(Ended(BatchResult()))
                if self.sources_needed:
                    words = "some documents are not at hand any more: give them again, session.resume(journal, sources)"
                    crew.stop(errors.SourcesNeeded(words))
                await self._ask_account()
            if self.source_broken is not None:
                raise self.source_broken
        except BaseExceptionGroup as group_error:
            first = _first(group_error)
            tell_stop(first)
            raise first from None
        except Exception as error:
            if error is self.source_broken and crew.journal.durable:
                error.add_note(GO_ON)
            tell_stop(error)
            raise
        finally:
            with anyio.CancelScope(shield=True):
                try:
                    await self._leave()
                finally:
                    await crew.journal.close()
                    if self.earlier is not None:
                        await self.earlier.close()
        problem = crew.stopped or crew.unfinished
        if problem is not None and not isinstance(problem, errors.RunClosed):
            if crew.journal.durable:
                problem.add_note(GO_ON)
            tell_stop(problem)
            raise problem

    # --- the journal -----------------------------------------------------------------------------------------------

    async def _open_journal(self) -> RunRecord:
        """Begin a journal, or take over from one the job, the options and the sources that are not given anew."""
        crew, asked = self.crew, self.asked
        if not asked.resumed:
            begun = asked.record(crew.base_url)
            await self._open_earlier(asked.reuse or (), begun)
            await crew.journal.begin(begun)
            log.run_started(batch_size=crew.options.batch_size, journal=crew.journal.durable, resumed=False)
            return begun
        record = await crew.journal.reopen(crew.base_url, asked.overrides.get("retry_failed", 0))
        create, options = asked.restored(record)
        crew.adopt(create, options)
        self.slots = anyio.Semaphore(options.max_open_batches)
        self.spent = record.credits
        log.run_started(batch_size=options.batch_size, journal=True, resumed=True)
        crew.account_before = record.account
        self.closing = record.closing
        await self._open_earlier(asked.restored_reuse(record), record)
        if self.sources is None:
            self.sources = asked.restored_sources(record)
            self.sources_needed = self.sources is None and not record.found_all
        return record

    async def _ask(self, call: Call[Any]) -> Any:
        """Ask what the run wants to know before it begins."""
        return await self.crew.send(call, Lane.INTERACTIVE)

    async def _open_earlier(self, paths: Sequence[str], record: RunRecord) -> None:
        """Hold the journals of earlier runs, if there are any to reuse."""
        if paths:
            from .reuse import EarlierRuns

            self.earlier = EarlierRuns(paths)
            await self.earlier.open(record.base_url, record.job, await text_of(self._ask, record.job))

    async def _resume(self, group: anyio.abc.TaskGroup) -> None:
        """Give what was collected before, and take up the batches that were left open."""
        await recheck(self.crew)
        group.start_soon(self._give_earlier)
        stored = await self.crew.journal.open_batches()
        self.given = {bytes.fromhex(item.document.sha256): None for batch in stored for item in batch.items}
        log.journal_resumed(open_batches=len(stored), credits=self.spent)
        begun = [batch for batch in stored if batch.standing == "starting"]
        async with anyio.create_task_group() as settling:
            # First those that may hold credits and were never started: what they give back is found again by the walk.
            for batch in stored:
                if batch.standing == "created":
                    settling.start_soon(self._settle_earlier, group, batch)
        for batch in begun:
            await self.slots.acquire()
            group.start_soon(self._take_up, batch)

    async def _give_earlier(self) -> None:
        """Everything that an earlier process collected."""
        async with aclosing(self.crew.journal.deliveries()) as deliveries:
            async for earlier in deliveries:
                result = earlier.result
                documents = len(result.results) + len(result.rejected) + len(result.failed) + len(result.unsettled)
                uploaded = 0 if result.reused else len(result.results)
                self.crew.moved(found=documents, checked=documents, uploaded=uploaded)
                self.crew.cost(earlier.credits)
                await self._give(Ended(result, earlier.number))

    async def _settle_earlier(self, group: anyio.abc.TaskGroup, stored: StoredBatch) -> None:
        """Start, or give up, a batch that was uploaded into and not started."""
        settled = await reopen_batch(self.crew, stored)
        if isinstance(settled, Reopened):
            self.crew.moved(found=settled.count, checked=settled.count)
            group.start_soon(self._finish_earlier, settled)
            return
        self._count_earlier(settled)
        await self._give_unless_empty(await conclude(self.crew, settled, tries=0))

    async def _finish_earlier(self, settled: Reopened) -> None:
        await self.slots.acquire()
        await self._see_through(settled)

    async def _take_up(self, stored: StoredBatch) -> None:
        settled = await reopen_batch(self.crew, stored)
        if isinstance(settled, Reopened):
            self.crew.moved(found=settled.count, checked=settled.count)
            await self._see_through(settled)
            return
        self._count_earlier(settled)
        try:
            await self._give_unless_empty(await conclude(self.crew, settled, tries=0))
        finally:
            self.slots.release()
        await self._again(settled.again)

    def _count_earlier(self, settled: Round) -> None:
        if settled.result is not None:
            result = settled.result
            if settled.known:
                self.crew.give_back(len(settled.again) + len(result.failed))
            named = len(result.rejected) + len(result.failed) + len(result.unsettled)
            self.crew.moved(found=named, checked=named)

    async def _see_through(self, settled: Reopened) -> None:
        turn = Turn(self.staged, self.crew.delivering, begun=True)
        try:
            found = await settled.finish(self.crew, turn)
            ended = await conclude(self.crew, found, tries=0)
            await self._give(ended)
        finally:
            turn.end()
            self.slots.release()
        again = [*found.again, *ended.retry]
        self.crew.moved(found=-len(again))
        await self._again(again)

    async def _again(self, documents: list[Document]) -> None:
        """Send documents of an earlier process once more, where their content is at hand."""
        asked = [await self._at_hand(document) for document in documents]
        at_hand = [document for document in asked if document is not None]
        if at_hand:
            async with anyio.create_task_group() as group:
                await self._dispatch(group, at_hand)

    async def _at_hand(self, document: Document) -> Document | None:
        """A document of an earlier process as it can be sent now; `None` where it is not to be, or cannot.

        Counts it, and says so where its content is gone. While the sources are being read that is not certain yet: the
        walk may still come to it, and what it leaves is asked for again at its end.
        """
        digest = bytes.fromhex(document.sha256)
        if digest in self.sent:
            return None
        self.sent.add(digest)
        found = self.given.get(digest) or await self._opened_again(document)
        if not isinstance(found, Document) and self.walking:
            self.sent.discard(digest)
            return None
        self.crew.moved(found=1, checked=1)
        if isinstance(found, Document):
            return found
        if found is None:
            words = "its content is not at hand any more: give it again, session.resume(journal, sources)"
            self.sources_needed = True
            await self._give(Ended(BatchResult(failed=(Failed(document, words),))))
            return None
        self.crew.moved(rejected=1, found=-1, unreached=int(found.reason in OUT_OF_REACH))
        self.rejected.append(found)
        return None

    async def _opened_again(self, document: Document) -> Document | Rejected | None:
        """A document at the place where an earlier process found it; `None` where only the caller can give it."""
        if document.key is None:
            return None
        async with aclosing(self._walk(os.fsdecode(document.key), seen={})) as found:
            async for item in found:
                if isinstance(item, Document) and item.sha256 == document.sha256:
                    return item
                if isinstance(item, Rejected) and item.reason in OUT_OF_REACH:
                    return attrs.evolve(item, source=document.source, name=document.name)
        words = "it is gone, or has changed, since it was found"
        return Rejected(document.source, document.name, RejectReason.CHANGED, words)

    # --- documents -------------------------------------------------------------------------------------------------

    async def _check_budget(self) -> None:
        """The balance and `max_credits`, before anything is uploaded [contract: Credits]."""
        crew = self.crew
        allowed = crew.options.max_credits
        if allowed is not None:
            allowed = max(0, allowed - self.spent)
        try:
            credits = await crew.send(GetCredits(), Lane.INTERACTIVE)
        except _NO_BALANCE:
            pass  # an account that may not see its balance: the service's own 402 is the check
        else:
            if allowed is None or credits.balance < allowed:
                allowed = credits.balance
            self.account_now = _account(credits)
        await self._open_account()
        crew.allowance = allowed
        if allowed is None or self.asked.resumed:
            return
        assert self.sources is not None  # noqa: S101
        least = await count_documents(self.sources, skip=self.own)
        if least is not None and least > allowed:
            # A cheap count holds duplicates and what is no CV, so it is made exact before it refuses anybody.
            found = find_documents(self.sources, max_bytes=self._max_bytes, skip=self.own)
            least = sum([1 async for item in found if isinstance(item, Document) and await self._known(item) is None])
        if (least is not None and least > allowed) or (allowed < 1 and least != 0):
            needed = least if least is not None else 1
            words = f"{needed} documents need as many credits, and {max(0, allowed)} are allowed: "
            words += "top up, raise max_credits, or screen fewer; nothing was sent"
            raise errors.BudgetExceeded(words, needed=needed, allowed=max(0, allowed))

    async def _open_account(self) -> None:
        """Note where the account stands; what it was charged since the run last ended is other use, and not its own."""
        crew, now, closing = self.crew, self.account_now, self.closing
        if not self.asked.resumed:
            crew.account_before = now
        elif closing is None:
            return
        elif now is None or crew.account_before is None:
            crew.account_before = None
        else:
            crew.account_before = without(crew.account_before, closing, now)
            crew.credits_elsewhere = charged_between(closing, now)
        await crew.journal.account(crew.account_before)

    async def _ask_account(self) -> None:
        """What the account says that the run has cost: one request, where nothing is open any more."""
        crew = self.crew
        if crew.open or crew.unfinished is not None or self.account_now is None:
            return
        if not crew.sent_anything:
            crew.account_after = self.account_now
        elif crew.stopped is None or isinstance(crew.stopped, (errors.BudgetExceeded, errors.SourcesNeeded)):
            with anyio.move_on_after(ACCOUNT_SECONDS), contextlib.suppress(errors.CVSenseError):
                crew.account_after = _account(await crew.send(GetCredits(), Lane.COLLECT))
        if crew.account_after is not None and not crew.summary().unsettled:
            await crew.journal.closed_account(crew.account_after)

    @property
    def _max_bytes(self) -> int:
        return self.crew.options.max_file_bytes or DEFAULT_MAX_BYTES

    def _walk(self, sources: Sources, seen: dict[bytes, str]) -> AsyncGenerator[Document | Rejected, None]:
        journal = self.crew.journal
        recall = journal.recall if journal.durable else None
        return find_documents(sources, max_bytes=self._max_bytes, seen=seen, recall=recall, skip=self.own)

    async def _feed(self, group: anyio.abc.TaskGroup) -> None:
        """Read the sources, fill batches, and let each go its way."""
        crew, waiting, reused = self.crew, list[Document](), list[Screened]()
        if crew.stopped is not None:  # a run that is gone on with only to be cancelled reads no source
            return
        anything = self.asked.resumed
        async with aclosing(self._until_it_breaks()) as found:
            async for item in found:
                anything = True
                if isinstance(item, Rejected):
                    self.rejected.append(item)
                    crew.moved(checked=1, rejected=1, unreached=int(item.reason in OUT_OF_REACH))
                    if len(self.rejected) >= MANY_REJECTED:
                        await self._give(Ended(BatchResult()))
                    continue
                crew.moved(checked=1, found=1)
                known = await self._known(item)
                if known is not None:
                    reused.append(known)
                    if len(reused) == crew.options.batch_size:
                        await self._give_reused(reused)
                        reused = []
                    continue
                waiting.append(item)
                if len(waiting) == crew.options.batch_size:
                    await self._dispatch(group, waiting)
                    waiting = []
                if crew.stopped is not None:
                    await self._give_reused(reused)
                    return
        self.walking = False
        if self.source_broken is not None:
            return await self._give_reused(reused)
        if self.sources is not None and not crew.summary().unreached:
            await crew.journal.found_all()
        if self.asked.resumed:
            async with aclosing(crew.journal.waiting()) as left:
                async for document in left:
                    known = await self._known(document)
                    if known is not None and bytes.fromhex(document.sha256) not in self.sent:
                        self.sent.add(bytes.fromhex(document.sha256))
                        crew.moved(checked=1, found=1)
                        reused.append(known)
                    elif crew.stopped is None and (found_again := await self._at_hand(document)) is not None:
                        waiting.append(found_again)
                    if len(waiting) == crew.options.batch_size:
                        await self._dispatch(group, waiting)
                        waiting = []
        crew.found_all = True
        crew.notify()
        await self._give_reused(reused)
        if waiting:
            await self._dispatch(group, waiting)
        if not anything:
            raise errors.NoDocuments("there is nothing to screen: the sources hold no files")

    async def _known(self, document: Document) -> Screened | None:
        """The result that an earlier run has paid for."""
        return await self.earlier.find(document) if self.earlier is not None else None

    async def _give_reused(self, reused: list[Screened]) -> None:
        """Give results of earlier runs, once they are this run's own, too."""
        if not reused:
            return
        result = BatchResult(results=tuple(reused))
        delivery = await self.crew.journal.collected(None, result, 0)
        await self._give(Ended(result, delivery))

    async def _every_document(self) -> AsyncGenerator[Document | Rejected, None]:
        """What the sources hold, without what the journal accounts for."""
        if self.sources is None:
            return
        async with aclosing(self._walk(self.sources, self.seen)) as found:
            async for item in found:
                if isinstance(item, Rejected):
                    yield item
                    continue
                digest = bytes.fromhex(item.sha256)
                if digest in self.given:
                    self.given[digest] = item
                standing = await self.crew.journal.found(item)
                if standing.send and digest not in self.sent:
                    self.sent.add(digest)
                    yield item
                elif standing.another is not None:
                    words = "it has the same content as an earlier document"
                    reason = RejectReason.DUPLICATE
                    yield Rejected(item.source, item.name, reason, words, duplicate_of=standing.another)

    async def _until_it_breaks(self) -> AsyncGenerator[Document | Rejected, None]:
        """What the sources hold, until the caller's own iterator raises: what was started by then is collected."""
        async with aclosing(self._every_document()) as found:
            while True:
                try:
                    item = await anext(found)
                except StopAsyncIteration:
                    return
                except errors.JournalError:
                    raise
                except Exception as error:
                    self.source_broken = error
                    return
                yield item

    async def _dispatch(
        self, group: anyio.abc.TaskGroup, documents: list[Document], tries: int = 0, rounds: int = 0
    ) -> None:
        """Send documents off as a batch, within the budget; waits for room."""
        crew = self.crew
        while documents and crew.stopped is None:
            await self.slots.acquire()
            await self.staged.acquire()
            allowed = await crew.allow(len(documents))
            if allowed < 1 or crew.stopped is not None:
                self.slots.release()
                self.staged.release()
                break
            crew.spend(allowed)
            group.start_soon(self._screen, group, documents[:allowed], tries, rounds)
            documents = documents[allowed:]
        if documents and crew.stopped is None:
            sent = crew.progress().uploaded
            words = f"the budget of credits is used up after {sent} documents; the rest was not sent"
            crew.stop(errors.BudgetExceeded(words, needed=len(documents), allowed=0, sent=sent), uploads=False)

    async def _screen(self, group: anyio.abc.TaskGroup, documents: list[Document], tries: int, rounds: int) -> None:
        turn = Turn(self.staged, self.crew.delivering)
        try:
            ended = await screen_batch(self.crew, documents, turn, tries=tries, rounds=rounds)
            await self._give(ended)
        finally:
            turn.end()
            self.slots.release()
        if ended.retry:
            await self._dispatch(group, ended.retry, tries + 1)
        if ended.again:
            self.crew.give_back(len(ended.again))
            await self._dispatch(group, ended.again, tries, ended.rounds)

    async def _give_unless_empty(self, ended: Ended) -> None:
        result = ended.result
        if result is not None and (result.failure is not None or result.rejected or result.failed or result.unsettled):
            await self._give(ended)

    async def _give(self, ended: Ended) -> None:
        """Hand a finished batch to the consumer; a slow one holds the pipeline back here."""
        crew, result = self.crew, ended.result
        if result is None:
            return
        rejects, self.rejected = self.rejected, []
        self.sent.update(bytes.fromhex(failed.document.sha256) for failed in result.failed)
        invalid = sum(1 for screened in result.results if screened.invalid)
        crew.moved(
            screened=len(result.results),
            invalid=invalid,
            reused=len(result.results) if result.reused else 0,
            rejected=len(result.rejected),
            found=-len(result.rejected),
            failed=len(result.failed),
            unsettled=len(result.unsettled),
        )
        if result.batch_id is not None or result.failure is not None:
            crew.batches_done += 1
            crew.batches_failed += not result.ok
            if not result.resumed:
                tell_batch(result)
        await self.finished.send(attrs.evolve(result, rejected=(*rejects, *result.rejected)))
        if ended.delivery is not None:
            await crew.journal.delivered(ended.delivery)

    # --- leaving ---------------------------------------------------------------------------------------------------

    async def _leave(self) -> None:
        """Settle what is still open, within `grace` seconds and the rate limit; name the rest, and let the journal go.

        With a journal only what was not started is cancelled: the rest goes on at the service, and can be collected.
        """
        crew = self.crew
        crew.stop(crew.stopped or errors.RunClosed("the run has ended"))
        still_open = sorted(crew.open.values(), key=lambda opened: -opened.credits)
        try:
            await crew.journal.ended("")
        except errors.JournalTakenOver:
            still_open = []  # they are another process's batches now: it may just have started one of them
        except errors.JournalError:
            pass  # a journal that cannot be written to is no reason to leave credits held
        try:
            with anyio.move_on_after(crew.options.grace):
                async with anyio.create_task_group() as group:
                    for opened in still_open:
                        if opened.credits and crew.journal.durable and not crew.cancelling:
                            group.start_soon(withdraw, crew, opened)
                        elif opened.credits:
                            group.start_soon(cancel_and_count, crew, opened)
        finally:
            crew.left = tuple(LeftBatch(opened.id, opened.credits) for opened in crew.open.values() if opened.credits)
            with contextlib.suppress(errors.JournalError):
                await crew.journal.ended(self._how_it_ended())
            crew.finished()
            for left in crew.left:
                log.batch_left(batch_id=left.batch_id, credits=left.credits)
            tell_end(crew.summary())

    def _how_it_ended(self) -> str:
        stopped = self.crew.stopped or self.crew.unfinished
        if stopped is not None and not isinstance(stopped, errors.RunClosed):
            return f"paused: {type(stopped).__name__}"
        if self.crew.cancelling:
            return "cancelled"
        return "complete" if self.crew.found_all and self.crew.summary().complete else "left"


def _account(credits: Credits) -> dict[str, int]:
    return {"balance": credits.balance, "reserved": credits.reserved, "used": credits.used}


def _first(error: BaseException) -> BaseException:
    """The error that a task group met first; the others are what followed from it."""
    if isinstance(error, BaseExceptionGroup):
        return _first(error.exceptions[0])  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # narrowing loses the parameter
    return error
