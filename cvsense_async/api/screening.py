"""Screening: batches of CVs, their states, their results and reports [contract: endpoints 10 to 17]."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from .endpoint import ALIASES, RULE, Call, Id, Listing, Repeat, Resource, Rule, Settle, UploadFile, endpoint, op, pager
from .jobs import PER_PAGE, MatchStatus

MAX_FILES_PER_UPLOAD = 50
"""How many files one upload may hold [doc: endpoint 11]."""


class BatchStatus(enum.StrEnum):
    """Where a batch stands [assumed]: created → queued → processing → completed | failed | cancelled."""

    CREATED = "created"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_END_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("completed", "complete", "done", "finished", "success", "succeeded", "successful"), "completed"),
    **dict.fromkeys(("cancelled", "canceled", "aborted", "stopped", "terminated", "revoked"), "cancelled"),
    **dict.fromkeys(("failed", "failure", "error", "errors", "errored", "expired", "timeout"), "failed"),
}
_NO_END = frozenset({"not", "un", "almost", "nearly", "retry", "retrying", "resuming", "waiting", "being"})
_NOT_STARTED = frozenset({"created", "new", "draft"})


def end_of(status: str) -> str | None:
    """The end that a status means: `completed`, `failed` or `cancelled`, in any case and in words of other services.

    `None`: it is no end, or nobody knows. Of several words the first one counts: `completed_with_errors` completed.
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(status))  # CompletedWithErrors
    words = re.findall(r"[a-z]+", apart.casefold().replace("timed_out", "timeout"))
    if _NO_END.intersection(words):
        return None
    return next((_END_WORDS[word] for word in words if word in _END_WORDS), None)


class Classification(enum.StrEnum):
    """The tri-state of a skill [doc]: shown in use, mentioned without evidence, or not there."""

    EVIDENCED = "evidenced"
    CLAIMED = "claimed"
    MISSING = "missing"


class Importance(enum.StrEnum):
    """What a requirement weighs."""

    ESSENTIAL = "essential"
    DESIRABLE = "desirable"


@attrs.frozen(kw_only=True, weakref_slot=False)
class Batch:
    """A screening batch [assumed]."""

    id: Id = attrs.field(metadata={ALIASES: ("batch_id",)})
    job_id: Id | None = None
    name: str | None = attrs.field(default=None, repr=False)
    status: BatchStatus | str = BatchStatus.CREATED
    total_files: int = 0
    created_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class BatchState:
    """How far a batch has come [assumed]. `progress` is 0 to 100; `None` is "the service did not say"."""

    batch_id: Id | None = attrs.field(default=None, metadata={ALIASES: ("id",)})
    status: BatchStatus | str = ""
    total: int | None = attrs.field(default=None, metadata={ALIASES: ("total_files",)})
    processed: int | None = None
    failed: int | None = None
    progress: float | None = None
    credits_used: int | None = None
    estimated_seconds_remaining: float | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)

    @property
    def end(self) -> str | None:
        """How the batch ended: `completed`, `failed` or `cancelled`, whatever word the service has for it.

        `None`: it goes on, or its status is unknown.
        """
        return end_of(self.status)

    @property
    def ended(self) -> bool:
        """Whether the batch has reached a state that it does not leave."""
        return self.end is not None

    @property
    def unstarted(self) -> bool:
        """Whether the service says that the batch has not been started."""
        return str(self.status).strip().casefold() in _NOT_STARTED

    @property
    def all_processed(self) -> bool:
        """Whether the numbers say that every document has been gone through, whatever the status says."""
        if self.total and self.processed is not None:
            return self.processed + (self.failed or 0) >= self.total
        return self.progress is not None and self.progress >= 100


@attrs.frozen(kw_only=True, weakref_slot=False)
class UploadedItem:
    """A file that was taken, and the id of its item."""

    id: Id = attrs.field(metadata={ALIASES: ("item_id",)})
    filename: str = attrs.field(default="", repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class RejectedFile:
    """A file that the service did not take, and why."""

    filename: str = attrs.field(default="", repr=False)
    reason: str = attrs.field(default="", repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Upload:
    """What became of an upload: `items` and `rejected` together name every file that was sent [assumed]."""

    uploaded: int | None = None
    items: tuple[UploadedItem, ...] = ()
    rejected: tuple[RejectedFile, ...] = ()
    total_files: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Evidence:
    """A verbatim quote from the CV, with where it stands."""

    quote: str = attrs.field(default="", repr=False)
    section: str | None = None
    page: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Skill:
    """What the CV shows of one requirement."""

    name: str = ""
    classification: Classification | str = ""
    importance: Importance | str | None = None
    evidence: tuple[Evidence, ...] = ()
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResultCandidate:
    """Who the CV speaks of."""

    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Result:
    """One CV's score and why [doc; the names assumed]. `score` is 0 to 100, `None` when the CV was invalid."""

    id: Id = attrs.field(metadata={ALIASES: ("item_id",)})
    filename: str = attrs.field(default="", repr=False)
    candidate_id: Id | None = None
    candidate: ResultCandidate | None = None
    rank: int | None = None
    score: float | None = None
    match_status: MatchStatus | str = ""
    summary: str | None = attrs.field(default=None, repr=False)
    strengths: tuple[str, ...] = attrs.field(default=(), repr=False)
    weaknesses: tuple[str, ...] = attrs.field(default=(), repr=False)
    skills: tuple[Skill, ...] = attrs.field(default=(), repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReportContact:
    """How to reach the candidate, as the CV says it."""

    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    location: str | None = attrs.field(default=None, repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Report(Result):
    """One CV's detailed report: the result, and the reasoning behind it [assumed]."""

    reasoning: str | None = attrs.field(default=None, repr=False)
    experience_years: float | None = None
    education: tuple[str, ...] = attrs.field(default=(), repr=False)
    contact: ReportContact | None = None
    flags: tuple[str, ...] = ()


@endpoint("POST", "/screening/batch", repeat=Repeat.HARMLESS)
class CreateBatch(Call[Batch]):
    """Create a screening batch for a job: `job_id`, or `job_title` and `job_description`.

    The criteria, where given, win over what the service reads out of the description.
    """

    job_id: Id | None = None
    job_title: str | None = attrs.field(default=None, kw_only=True)
    job_description: str | None = attrs.field(default=None, kw_only=True, repr=False)
    name: str | None = attrs.field(default=None, kw_only=True)
    essential_criteria: Sequence[str] | None = attrs.field(default=None, kw_only=True, repr=False)
    desirable_criteria: Sequence[str] | None = attrs.field(default=None, kw_only=True, repr=False)


@endpoint("GET", "/screening/batch/{batch_id}/status")
class GetBatchStatus(Call[BatchState]):
    """Fetch how far a batch has come; the service asks to be polled every 5 to 10 s [doc]."""

    batch_id: Id


def _status_of(call: Any) -> GetBatchStatus:
    return GetBatchStatus(call.batch_id)


def _has_started(state: BatchState) -> bool:
    return str(state.status) != "" and not state.unstarted


@endpoint(
    "POST",
    "/screening/batch/{batch_id}/upload",
    personal=True,
    look_up="read the batch's status: its total says how many files it holds",
)
class UploadCVs(Call[Upload]):
    """Upload CVs into a batch: at most 50 files, PDF or DOCX; each reserves a credit.

    After an ambiguous end it raises `AmbiguousOutcome`: read the batch's status before anything is sent again.
    """

    batch_id: Id
    files: Sequence[UploadFile] = attrs.field(
        converter=tuple[UploadFile, ...], metadata={RULE: Rule(min_items=1, max_items=MAX_FILES_PER_UPLOAD)}
    )


@endpoint("POST", "/screening/batch/{batch_id}/start", settle=Settle(read=_status_of, done=_has_started))
class StartBatch(Call[BatchState]):
    """Start the screening of a batch. After an ambiguous end its status is read before it is sent again."""

    batch_id: Id


@endpoint("GET", "/screening/batch/{batch_id}/results", personal=True)
class ListResults(Listing[Result]):
    """List a batch's scored results, best first."""

    batch_id: Id
    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})
    per_page: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: PER_PAGE})


@endpoint("GET", "/screening/batch/{batch_id}/results/{item_id}", personal=True)
class GetReport(Call[Report]):
    """Fetch one candidate's detailed report."""

    batch_id: Id
    item_id: Id


@endpoint("GET", "/screening/batch/{batch_id}/report/{item_id}", personal=True, binary=True)
class GetReportPDF(Call[bytes]):
    """Fetch one candidate's report as a PDF."""

    batch_id: Id
    item_id: Id


def _has_ended(state: BatchState) -> bool:
    return state.ended


@endpoint("DELETE", "/screening/batch/{batch_id}", settle=Settle(read=_status_of, done=_has_ended))
class CancelBatch(Call[BatchState]):
    """Cancel a batch; the credits of CVs that were not processed are refunded [doc]."""

    batch_id: Id


class ScreeningCalls(Resource):
    """`session.screening`: batches, one call at a time."""

    create: Final = op(CreateBatch)
    upload: Final = op(UploadCVs)
    start: Final = op(StartBatch)
    status: Final = op(GetBatchStatus)
    results: Final = pager(ListResults)
    report: Final = op(GetReport)
    report_pdf: Final = op(GetReportPDF)
    cancel: Final = op(CancelBatch)
