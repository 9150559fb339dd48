"""Uploads the documents of one batch, and takes down what the service says that it took.

An upload whose end nobody knows leaves its documents in doubt; it is never sent into the same batch again.
"""

from __future__ import annotations

import anyio
import attrs

from cvsense_async import errors, log
from cvsense_async.api.endpoint import Id, UploadFile
from cvsense_async.api.screening import Upload, UploadCVs
from cvsense_async.transport.limiter import Lane

from .crew import Crew, OpenBatch
from .documents import Document, Rejected, RejectReason, is_out_of_reach
from .plan import cut_uploads
from .tying import tie_upload

LONGEST_WORDS = 200
"""Characters that are kept of what the service said about a file."""


@attrs.define
class Uploads:
    """What became of the uploads of one batch, by index into its documents."""

    taken: dict[int, Id | None] = attrs.field(factory=dict[int, "Id | None"])
    doubtful: set[int] = attrs.field(factory=set[int])
    rejected: dict[int, Rejected] = attrs.field(factory=dict[int, Rejected])
    failed: dict[int, errors.CVSenseError] = attrs.field(factory=dict[int, errors.CVSenseError])
    closed: errors.CVSenseError | None = None  # the batch takes no more uploads
    most: int | None = None  # the most files that any answer said the batch holds
    odd: bool = False  # an answer's count was not that of the files it named
    renamed: bool = False  # an answer named files that nobody sent
    cut: bool = False  # a connection ended without an answer
    slow: bool = False  # a proxy, or a time-out, gave up before the service did

    @property
    def inside(self) -> list[int]:
        """The documents that the batch may hold."""
        return sorted({*self.taken, *self.doubtful})


@attrs.frozen
class Contents:
    """What was to go into one batch: the documents, their names on the wire, and what became of their uploads."""

    documents: list[Document]
    names: list[str]
    uploads: Uploads = attrs.field(factory=Uploads)

    def of(self, indexes: list[int]) -> list[Document]:
        """Some of the documents."""
        return [self.documents[index] for index in indexes]


async def upload_all(crew: Crew, opened: OpenBatch, contents: Contents, *, smaller: int, alone: bool) -> None:
    """Upload a batch's documents. `smaller`: how often uploads are halved; `alone`: one file an upload."""
    documents = contents.documents
    size = crew.limits.size
    if smaller:
        size = max(1, min(size, sum(document.size for document in documents)) >> smaller)
    chunks = cut_uploads(documents, files=1 if alone else crew.limits.files, size=size)
    if len(chunks) == 1:
        await _upload(crew, opened, contents, chunks[0])
        return
    async with anyio.create_task_group() as group:
        for chunk in chunks:
            group.start_soon(_upload, crew, opened, contents, chunk)


async def _upload(crew: Crew, opened: OpenBatch, contents: Contents, chunk: list[int]) -> None:
    """Upload some of a batch's documents; where the service refuses them as a whole, in ever smaller parts."""
    documents, uploads = contents.documents, contents.uploads
    if uploads.closed is not None or crew.halted is not None:
        problem = uploads.closed or crew.halted
        uploads.failed.update({index: problem for index in chunk if problem is not None})
        return
    files = [_file(documents[index], contents.names[index]) for index in chunk]
    await crew.journal.uploading(opened.number, chunk)
    opened.credits += len(chunk)
    try:
        async with crew.uploading:
            answer = await crew.send(UploadCVs(opened.id, files), Lane.UPLOAD)
    except errors.AmbiguousOutcome as problem:
        uploads.doubtful.update(chunk)
        uploads.cut |= isinstance(problem.__cause__, errors.ConnectionLost)
        uploads.slow |= isinstance(problem.__cause__, (errors.CallTimeout, errors.ServerError))
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
            await _upload(crew, opened, contents, rest)
        return
    except (errors.PayloadTooLarge, errors.BadRequest, errors.UnsupportedMediaType, errors.ValidationFailed) as refusal:
        opened.credits -= len(chunk)
        await crew.journal.turned_away(opened.number, chunk)
        await _upload_parts(crew, opened, contents, chunk, refusal)
        return
    except errors.CVSenseError as problem:
        if isinstance(problem, errors.StatusError) and 200 <= problem.status < 300:
            # A success that says that it is none: what it took it may hold all the same.
            uploads.doubtful.update(chunk)
            log.batch_doubtful(batch_id=opened.id, documents=len(chunk))
            return
        opened.credits -= len(chunk)
        await crew.journal.turned_away(opened.number, chunk)
        uploads.failed.update(dict.fromkeys(chunk, problem))
        if isinstance(problem, (errors.Conflict, errors.NotFound)):
            uploads.closed = problem
        crew.met(problem)
        return
    crew.well()
    _take(crew, contents, chunk, answer)
    taken = {index: uploads.taken[index] for index in chunk if index in uploads.taken}
    refused = {index: uploads.rejected[index].said for index in chunk if index in uploads.rejected}
    await crew.journal.uploaded(opened.number, taken, refused)
    crew.moved(uploaded=sum(1 for index in chunk if index in uploads.taken))


async def _upload_parts(
    crew: Crew, opened: OpenBatch, contents: Contents, chunk: list[int], refusal: errors.StatusError
) -> None:
    """An upload was refused and nothing taken: name the file at fault, else send halves to find it."""
    documents = contents.documents
    if isinstance(refusal, errors.PayloadTooLarge) and len(chunk) > 1:
        size = sum(documents[index].size for index in chunk)
        crew.limits = attrs.evolve(crew.limits, size=max(1, min(crew.limits.size, size) // 2))
    said = {chunk[place]: words for place, words in _named_files(refusal).items() if place < len(chunk)}
    guilty = list(said)
    if len(chunk) == 1 or (guilty and len(guilty) == len(chunk)):
        guilty = chunk
    if guilty:
        too_large = isinstance(refusal, errors.PayloadTooLarge)
        reason = RejectReason.TOO_LARGE if too_large else RejectReason.REFUSED_BY_SERVICE
        detail = f"the service refused it with status {refusal.status}"
        every = " ".join(word for words in refusal.field_errors.values() for word in words) or refusal.message or ""
        contents.uploads.rejected.update(
            {
                index: _rejected(documents[index], reason, detail, said.get(index, every)[:LONGEST_WORDS])
                for index in guilty
            }
        )
        parts = [[index for index in chunk if index not in guilty]]
    else:
        half = (len(chunk) + 1) // 2
        parts = [chunk[:half], chunk[half:]]
    for part in parts:
        if part:
            await _upload(crew, opened, contents, part)


def _named_files(refusal: errors.StatusError) -> dict[int, str]:
    """The places of the files that a 422 names, as in `files.3`, with what it says of each."""
    places: dict[int, str] = {}
    for field, words in refusal.field_errors.items():
        head, _, place = field.replace("[", ".").replace("]", "").partition(".")
        if head.startswith("file") and place.isascii() and place.isdigit() and len(place) < 6:
            places[int(place)] = " ".join([*([places[int(place)]] if int(place) in places else []), *words])
    return dict(sorted(places.items()))


def _take(crew: Crew, contents: Contents, chunk: list[int], answer: Upload) -> None:
    """Take down what the service took, and what it did not; what it does not name for certain is in doubt."""
    uploads = contents.uploads
    tied = tie_upload(contents.names, chunk, answer)
    uploads.taken.update(tied.taken)
    for index, reason in tied.refused.items():
        detail = "the service did not take it"
        document = contents.documents[index]
        uploads.rejected[index] = _rejected(document, RejectReason.REFUSED_BY_SERVICE, detail, reason)
    uploads.doubtful.update(tied.unnamed)
    uploads.renamed |= tied.strangers
    uploads.odd |= answer.uploaded is not None and answer.uploaded != len(tied.taken)
    for counted in (answer.total_files, answer.uploaded if (answer.uploaded or 0) > len(chunk) else None):
        if counted is not None:
            uploads.most = max(uploads.most or 0, counted)
    named = len(tied.taken) + len(tied.refused) or answer.uploaded or 0
    if tied.unnamed and 0 < named < len(chunk) and not tied.strangers:
        # Something between here and there passes on so many files at most: PHP's max_file_uploads, a proxy.
        crew.limits = attrs.evolve(crew.limits, files=max(1, min(crew.limits.files, named)))


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
