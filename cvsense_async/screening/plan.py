"""What a run takes (requests, credits, minutes), and how its documents are cut into uploads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from cvsense_async.api.account import GetCredits
from cvsense_async.api.endpoint import Id
from cvsense_async.api.jobs import Job
from cvsense_async.api.jsonable import Model
from cvsense_async.api.screening import MAX_FILES_PER_UPLOAD, CreateBatch
from cvsense_async.errors import ConfigurationError
from cvsense_async.transport.sender import Sender
from cvsense_async.transport.settings import CallOptions

from .documents import Document, Sources, count_documents

PART_OVERHEAD = 512
"""Bytes that a file's part of a multipart body takes beside its content, at most."""

POLLS_PER_BATCH = 1.3


def _criteria(given: Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ConfigurationError("criteria must be a list of sentences, not one text")
    return tuple(given)


@attrs.frozen
class JobDescription(Model):
    """A job that the service does not know: its title, its description (plain or HTML), and criteria where given."""

    title: str
    description: str = attrs.field(repr=False)
    essential: tuple[str, ...] = attrs.field(default=(), converter=_criteria, repr=False)
    desirable: tuple[str, ...] = attrs.field(default=(), converter=_criteria, repr=False)


@attrs.frozen(kw_only=True)
class ScreeningOptions:
    """The settings of a run; see `CVSenseSession.screen`."""

    batch_size: int = 50
    max_credits: int | None = None
    max_file_bytes: int | None = None
    max_upload_bytes: int = 100 * 1024 * 1024
    max_open_batches: int = 100
    poll_interval: tuple[float, float] = (5.0, 10.0)
    batch_deadline: float | None = 3600.0
    grace: float = 5.0
    name: str | None = None
    retry_failed: int = 0

    def __attrs_post_init__(self) -> None:
        least, most = self.poll_interval
        wrong = [
            (self.batch_size < 1, "batch_size must be at least 1"),
            (self.max_credits is not None and self.max_credits < 0, "max_credits must not be negative"),
            (self.max_open_batches < 1, "max_open_batches must be at least 1"),
            (not 0 < least <= most, "poll_interval must be two numbers of seconds, the smaller one first"),
            (self.batch_deadline is not None and self.batch_deadline <= 0, "batch_deadline must be more than 0"),
            (self.retry_failed < 0, "retry_failed must not be negative"),
            (self.grace < 0, "grace must not be negative"),
        ]
        for is_wrong, words in wrong:
            if is_wrong:
                raise ConfigurationError(words)


def batch_call(job: Job | Id | JobDescription, name: str | None) -> CreateBatch:
    """The call that creates a batch for this job. Raises `ConfigurationError` for what is no job."""
    if isinstance(job, JobDescription):
        return CreateBatch(
            job_title=job.title,
            job_description=job.description,
            name=name,
            essential_criteria=job.essential or None,
            desirable_criteria=job.desirable or None,
        )
    job_id = job.id if isinstance(job, Job) else job
    given: Any = job_id
    if isinstance(given, bool) or not isinstance(given, (int, str)) or given == "":
        raise ConfigurationError("job must be a Job, a job's id, or a JobDescription(title, description)")
    return CreateBatch(job_id, name=name)


def asked_job(create: CreateBatch) -> dict[str, Any]:
    """The job of a run as it is written down."""
    return {key: value for key, value in attrs.asdict(cast("Any", create)).items() if value is not None}


def cut_uploads(documents: Sequence[Document], *, files: int, size: int) -> list[list[int]]:
    """Cut a batch's documents into uploads of at most `files` files and `size` bytes; a larger file goes alone.

    Gives indexes into `documents`, in order.
    """
    uploads: list[list[int]] = []
    room_files, room_bytes = 0, 0
    for index, document in enumerate(documents):
        needs = document.size + PART_OVERHEAD
        if not uploads or room_files < 1 or room_bytes < needs:
            uploads.append([])
            room_files, room_bytes = files, size
        uploads[-1].append(index)
        room_files, room_bytes = room_files - 1, room_bytes - needs
    return uploads


def requests_for(documents: int, batch_size: int) -> int:
    """The requests that screening so many documents takes: create, uploads, start, polls and result pages."""
    full, rest = divmod(documents, batch_size)
    requests = full * _requests_of_batch(batch_size) + (_requests_of_batch(rest) if rest else 0.0)
    return math.ceil(requests)


def _requests_of_batch(documents: int) -> float:
    uploads = math.ceil(documents / MAX_FILES_PER_UPLOAD)
    pages = math.ceil(documents / 100)
    return 2 + uploads + POLLS_PER_BATCH + pages


@attrs.frozen
class Plan(Model):
    """What a run would take. `credits` is an upper bound: what is refused or invalid costs none.

    `batches`, `requests`, `credits` and `minutes` are of the documents that are to be sent: all but the `reused` ones.
    """

    documents: int
    batches: int
    requests: int
    credits: int
    minutes: float
    """At the session's rate limit; the service's own time for the last batch comes on top."""
    balance: int
    counted: bool = True
    """Whether the documents were counted, rather than given as `expected`."""
    reused: int = 0
    """Documents whose result an earlier run has paid for."""
    reused_from: tuple[tuple[str, int], ...] = attrs.field(default=(), repr=False)
    """The journals that have these results, each with how many."""

    @property
    def affordable(self) -> bool:
        """Whether the balance covers every document."""
        return self.credits <= self.balance


async def make_plan(
    sender: Sender,
    sources: Sources,
    *,
    batch_size: int,
    expected: int | None,
    max_file_bytes: int | None = None,
    job: Job | Id | JobDescription | None = None,
    reuse: Sequence[str] = (),
) -> Plan:
    """See `CVSenseSession.plan`."""
    ScreeningOptions(batch_size=batch_size)
    if reuse and job is None:
        raise ConfigurationError("results can be reused for a job only: say which with job=")
    create = batch_call(job, None) if job is not None else None
    counted = await count_documents(sources, max_bytes=max_file_bytes)
    known: Mapping[str, int] = {}
    if create is not None and reuse and counted:
        counted, known = await _known(sender, sources, create, reuse, max_file_bytes)
    documents = counted if counted is not None else expected
    if documents is None:
        raise ConfigurationError("these sources cannot be counted without reading them: say how many with expected=")
    credits = await sender.send(GetCredits(), CallOptions())
    sent = documents - sum(known.values())
    requests = requests_for(sent, batch_size)
    return Plan(
        documents=documents,
        batches=math.ceil(sent / batch_size),
        requests=requests,
        credits=sent,
        minutes=requests / sender.limiter.per_minute,
        balance=credits.balance,
        counted=counted is not None,
        reused=documents - sent,
        reused_from=tuple(known.items()),
    )


async def _known(
    sender: Sender, sources: Sources, create: CreateBatch, reuse: Sequence[str], max_file_bytes: int | None
) -> tuple[int, Mapping[str, int]]:
    """How many documents there are, and of how many each journal has the result."""
    from .job_text import text_of
    from .reuse import EarlierRuns, count_known

    job = asked_job(create)
    earlier = EarlierRuns(reuse)
    try:
        words = await text_of(lambda call: sender.send(call, CallOptions()), job)
        await earlier.open(sender.base_url, job, words)
        return await count_known(sources, earlier, max_file_bytes)
    finally:
        await earlier.close()
