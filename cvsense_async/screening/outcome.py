"""What a screening run gives: results, rejects, failures, progress and a summary; all frozen.

Every document that went in comes out in exactly one of these: screened, rejected, failed, unsettled or unsent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import attrs

from cvsense_async.api.endpoint import Id
from cvsense_async.api.jsonable import Model
from cvsense_async.api.screening import Result
from cvsense_async.errors import CVSenseError

from .documents import Document, Rejected


def is_invalid(result: Result) -> bool:
    """Whether the service could not read the CV; it costs no credit."""
    return result.match_status == "invalid" or result.score is None


@attrs.frozen
class Screened(Model):
    """One CV's result, tied to the document that it came from.

    `document` is `None` only where the service gave a result for something that was not sent.
    """

    result: Result
    document: Document | None = None
    batch_id: Id | None = None

    @property
    def score(self) -> float | None:
        """0 to 100, or `None` where the CV could not be read."""
        return self.result.score

    @property
    def match_status(self) -> str:
        """The band of the score, or `invalid`."""
        return self.result.match_status

    @property
    def invalid(self) -> bool:
        """Whether the service could not read the CV; it costs no credit."""
        return is_invalid(self.result)

    @property
    def source(self) -> str:
        """Where the CV came from, as the caller named it."""
        return self.document.source if self.document is not None else self.result.filename

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.document.name if self.document is not None else self.result.filename


@attrs.frozen
class Failed(Model):
    """A document that was not screened, and holds no credit as far as the service says; it may be sent again."""

    document: Document
    detail: str
    batch_id: Id | None = None
    given_up: bool = False
    """Whether the service gave its batch up; anything else is sent again when a run with a journal is resumed."""
    decided: bool = False
    """Whether a person gave up an unsettled one, so that it may hold a credit all the same; it is not sent again."""


@attrs.frozen
class Unsettled(Model):
    """A document that may hold a credit, or whose result cannot be told from others, so it was not sent again.

    `look_up` says what to ask the service; only the caller may send it again.
    """

    document: Document
    look_up: str
    batch_id: Id | None = None
    result: Result | None = attrs.field(default=None, repr=False)
    """A result of its batch that could not be tied to a document, kept so that it is not lost: it may be another's."""
    item_id: Id | None = None
    """The id of its item in the batch, where the upload's answer tied it to this document."""
    wire_name: str = attrs.field(default="", repr=False)
    """The name under which it was sent."""
    counted: bool = False
    """Whether `credits_used` has a credit for it already, by the batch's own count."""


@attrs.frozen
class BatchResult(Model):
    """What became of one batch: its results, best first, and every document of it that has none.

    `rejected` also holds the documents that were refused before they were sent since the last batch. `failure` is why
    the batch did not complete, if it did not. Iterate it for the results, with `for` or `async for`.
    """

    batch_id: Id | None = None
    results: tuple[Screened, ...] = attrs.field(default=(), repr=False)
    rejected: tuple[Rejected, ...] = attrs.field(default=(), repr=False)
    failed: tuple[Failed, ...] = attrs.field(default=(), repr=False)
    unsettled: tuple[Unsettled, ...] = attrs.field(default=(), repr=False)
    failure: CVSenseError | None = None
    resumed: bool = False
    """Whether it had been collected before the run was resumed."""

    @property
    def reused(self) -> bool:
        """Whether its results were taken from an earlier run's journal; each says the batch that it is of."""
        return self.batch_id is None and bool(self.results)

    @property
    def ok(self) -> bool:
        """Whether every document that was sent has its result."""
        return self.failure is None and not self.failed and not self.unsettled

    def __iter__(self) -> Iterator[Screened]:
        return iter(self.results)

    async def __aiter__(self) -> AsyncIterator[Screened]:
        for screened in self.results:
            yield screened

    def __len__(self) -> int:
        return len(self.results)


@attrs.frozen
class LeftBatch(Model):
    """A batch that was open when the run was left: it could not be cancelled in time and may go on costing credits, or
    it has ended and the service does not say what it cost."""

    batch_id: Id
    credits: int
    """The credits that it may hold: one a document that was sent into it."""


@attrs.frozen
class Progress(Model):
    """How far a run has come, in documents (`batches` in batches, `requests` in requests, `elapsed` in seconds)."""

    found: int = 0
    checked: int = 0
    rejected: int = 0
    uploaded: int = 0
    screened: int = 0
    failed: int = 0
    unsettled: int = 0
    batches_open: int = 0
    batches_done: int = 0
    requests: int = 0
    requests_left: int = 0
    """Slots of the rate limit that are free now."""
    found_all: bool = False
    """Whether the sources have been read to their end, so that `found` is the total."""
    elapsed: float = 0.0
    remaining: float | None = None
    """Seconds that are left at the pace so far; `None` while the total is not known."""


@attrs.frozen
class Summary(Model):
    """What a run has done: documents by how they ended, batches, credits and requests."""

    found: int = 0
    screened: int = 0
    invalid: int = 0
    rejected: int = 0
    failed: int = 0
    unsettled: int = 0
    unscreened: int = 0
    """Documents that have no result because the run was left or stopped before."""
    batches: int = 0
    batches_failed: int = 0
    credits_used: int = 0
    """Credits charged, by the service's own count of each batch where it gave one, else one a valid result."""
    requests: int = 0
    elapsed: float = 0.0
    left: tuple[LeftBatch, ...] = ()
    """Batches that could not be cancelled when the run was left, or whose cost the service does not say."""
    reused: int = 0
    """Documents, of those that are screened or invalid, whose result an earlier run had paid for."""
    credits_by_account: int | None = None
    """Credits that the account says were charged between the run's first process's beginning and its end, without
    what was charged between an end of the run and its going on.

    `None` while the run goes on, where batches are open, and where the account does not say.
    """

    credits_elsewhere: int | None = None
    """Of a run that had ended and was gone on with: credits that the account was charged in between, by other use.

    `None` for any other run, and where the account does not say.
    """

    unreached: int = 0
    """Of what was rejected: sources that could not be reached, or that refused access. A resumed run tries them again.
    """

    @property
    def credits_unexplained(self) -> int | None:
        """What the account charged beyond `credits_used`; `None` where it does not say.

        More than 0: somebody else used the account meanwhile, or what is unsettled was charged. Less than 0: the
        account charged less than the batches said; ask the service.
        """
        return None if self.credits_by_account is None else self.credits_by_account - self.credits_used

    @property
    def complete(self) -> bool:
        """Whether every source could be reached, and every document that was found good has its result."""
        return not (self.failed or self.unsettled or self.unscreened or self.left or self.unreached)
