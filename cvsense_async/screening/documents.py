"""Finds, checks, fingerprints and de-duplicates CVs, before anything is paid for.

All of it happens in threads, a handful of files at a time, with nothing left running while the caller has the word:
no task group or cancel scope is held across a `yield`, and a file is open only within one thread's step.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Iterator, MutableMapping
from contextlib import aclosing
from typing import Any, BinaryIO, TypeAlias, TypeVar, cast

import anyio
import anyio.to_thread
import attrs

from cvsense_async.api.content import FileKind, NotACV, NotACVReason, identify

from .cv import Document, Rejected, RejectReason
from .outage import PHRASES, Patience, problem_of, tried
from .sources import FileId, Found, Source, Sources, Step, Walk, expand, is_async, is_source, is_url
from .wire_names import wire_names

__all__ = [
    "DEFAULT_MAX_BYTES",
    "Document",
    "RejectReason",
    "Rejected",
    "Source",
    "Sources",
    "count_documents",
    "find_documents",
    "wire_names",
]

DEFAULT_MAX_BYTES = 10 * 1024 * 1024
"""The largest CV that is sent when the caller names no limit: the contract names none, a CV with pictures has 1 to 5
MiB, and what is larger is a portfolio or a mistake that would hold up its whole upload."""

_HANDFUL = 32  # files that are found, then checked, before the first of them is given
_STEP_SECONDS = 0.1  # a thread's step ends after the file that passes it, so that cancelling need not wait long
_BLOCK = 256 * 1024
_LANES_HERE = 2  # more threads at once would make the event loop wait for the interpreter's lock
_LANES_FAR = 8

T = TypeVar("T")

Recall: TypeAlias = Callable[[bytes, int, int], tuple[str, str] | None]
"""What is known of a file by its key, size and mtime: its SHA-256 and kind."""


async def find_documents(
    sources: Sources,
    *,
    max_bytes: int | None = None,
    seen: MutableMapping[bytes, str] | None = None,
    recall: Recall | None = None,
    skip: Collection[FileId] = (),
) -> AsyncGenerator[Document | Rejected, None]:
    """Give each file of the sources as a `Document`, or as `Rejected` with the reason, in a stable order.

    Folders are walked in name order, without hidden files, `~$` locks and links to folders. `max_bytes` is the largest
    file taken (`DEFAULT_MAX_BYTES`). `seen` maps the SHA-256 of what was found before to its source, and is added to:
    give the same one again to go on where another call ended. `recall` gives the SHA-256 and kind of a file that is as
    it was (its key, size and mtime), so that it need not be read; it is called in a thread. `skip` are files that are
    passed over, by device and inode. Iterables that are not async are advanced in a thread.

    Raises `ConfigurationError` for what is no source, and what the caller's own iterable raises.
    """
    known: MutableMapping[bytes, str] = {} if seen is None else seen
    limit = DEFAULT_MAX_BYTES if max_bytes is None else max_bytes
    walk = Walk(skip)
    async with aclosing(_handfuls(sources, walk)) as handfuls:
        async for handful in handfuls:
            for checked in await _check_all(handful, limit, recall, walk.patience):
                yield _unless_known(checked, known)


async def count_documents(
    sources: Sources, *, max_bytes: int | None = None, skip: Collection[FileId] = ()
) -> int | None:
    """How many files the sources hold at most, by names and sizes; `None` where counting would use them up.

    Nothing is opened: a file of another kind, or a duplicate, still counts. Raises `ConfigurationError` for what is no
    source.
    """
    if not _countable(sources):
        return None
    limit = DEFAULT_MAX_BYTES if max_bytes is None else max_bytes
    walk = Walk(skip)
    return await _in_thread(walk.stop, _count, expand(sources, walk), limit, walk.stop)


def _countable(sources: object, depth: int = 0) -> bool:
    if is_source(sources):
        return True
    if isinstance(sources, (list, tuple, set, frozenset)):
        return depth > 1 or all(_countable(each, depth + 1) for each in cast("list[object]", sources))
    return False


def _count(steps: Iterator[Step | AsyncIterable[Any]], limit: int, stop: threading.Event) -> int:
    count = 0
    for step in steps:
        if stop.is_set():
            break
        if isinstance(step, Document):
            count += step.size <= limit
        elif isinstance(step, Found):
            count += step.size is None or 0 < step.size <= limit
    return count


# --- finding --------------------------------------------------------------------------------------------------------


async def _handfuls(sources: Any, walk: Walk) -> AsyncGenerator[list[Step], None]:
    steps = _from_loop(sources, 0, walk) if is_async(sources) else _from_thread(expand(sources, walk), walk)
    async with aclosing(steps) as handfuls:
        async for handful in handfuls:
            yield handful


async def _from_loop(sources: AsyncIterable[Any], depth: int, walk: Walk) -> AsyncGenerator[list[Step], None]:
    """What an async iterable gives, one at a time: nobody knows how long it takes to the next."""
    each_source = aiter(sources)
    try:
        async for source in each_source:
            nested = depth == 0 and is_async(source)
            steps = _from_loop(source, 1, walk) if nested else _from_thread(expand(source, walk, depth + 1), walk)
            async with aclosing(steps) as handfuls:
                async for handful in handfuls:
                    yield handful
    finally:
        close = getattr(each_source, "aclose", None)
        if close is not None:
            await close()


async def _from_thread(steps: Iterator[Step | AsyncIterable[Any]], walk: Walk) -> AsyncGenerator[list[Step], None]:
    """What a walk gives, a handful at a time, advanced in one thread at a time."""
    stop = walk.stop
    while True:
        drawn = await _in_thread(stop, _draw, steps, stop)
        if drawn.steps:
            yield drawn.steps
        if drawn.nested is not None:
            async with aclosing(_from_loop(drawn.nested, 1, walk)) as handfuls:
                async for handful in handfuls:
                    yield handful
        if drawn.error is not None:
            raise drawn.error
        if drawn.ended:
            return


@attrs.define
class _Drawn:
    steps: list[Step] = attrs.field(factory=list[Step])
    nested: AsyncIterable[Any] | None = None
    error: BaseException | None = None
    ended: bool = False


def _draw(steps: Iterator[Step | AsyncIterable[Any]], stop: threading.Event) -> _Drawn:
    """A handful of steps, or as many as come quickly."""
    drawn = _Drawn()
    until = time.monotonic() + _STEP_SECONDS
    try:
        for step in steps:
            if isinstance(step, AsyncIterable):
                drawn.nested = step
                return drawn
            drawn.steps.append(step)
            if len(drawn.steps) >= _HANDFUL or time.monotonic() > until or stop.is_set():
                return drawn
    except Exception as error:
        drawn.error = error
    drawn.ended = True
    return drawn


# --- checking -------------------------------------------------------------------------------------------------------


async def _check_all(
    handful: list[Step], limit: int, recall: Recall | None, patience: Patience
) -> list[Document | Rejected]:
    """Check a handful of files in threads; the answers stand in the order of the files."""
    checked: list[Document | Rejected | None] = [None] * len(handful)
    waiting: deque[tuple[int, Found]] = deque()
    for index, step in enumerate(handful):
        if isinstance(step, Found):
            waiting.append((index, step))
        elif isinstance(step, Document) and step.size > limit:
            checked[index] = _too_large(step, limit)
        else:
            checked[index] = step
    if waiting:
        far = any(found.remote for _, found in waiting)
        stop = threading.Event()
        lanes = min(len(waiting), _LANES_FAR if far else _LANES_HERE)
        await _in_threads(
            stop, lanes, lambda: _check_some(waiting, checked, limit, stop, recall, patience), lambda: bool(waiting)
        )
    return [each for each in checked if each is not None]


def _check_some(
    waiting: deque[tuple[int, Found]],
    checked: list[Document | Rejected | None],
    limit: int,
    stop: threading.Event,
    recall: Recall | None,
    patience: Patience,
) -> None:
    until = time.monotonic() + _STEP_SECONDS
    while not stop.is_set() and time.monotonic() < until:
        try:
            index, found = waiting.popleft()
        except IndexError:
            return
        checked[index] = _recalled(found, recall) or _check(found, limit, stop, patience)


def _recalled(found: Found, recall: Recall | None) -> Document | None:
    """The document that an unchanged file was found to be before."""
    if recall is None or found.key is None or found.size is None or found.mtime_ns is None:
        return None
    known = recall(found.key, found.size, found.mtime_ns)
    if known is None:
        return None
    sha256, kind = known
    return Document(
        found.source, found.name, FileKind(kind), found.size, sha256, found.open, key=found.key, mtime_ns=found.mtime_ns
    )


def _check(found: Found, limit: int, stop: threading.Event, patience: Patience) -> Document | Rejected:
    if found.size is not None and found.size > limit:
        return _too_large(found, limit)
    if found.remote:
        return _check_far(found, limit, stop, patience)
    try:
        with found.open() as file:
            return _look(found, file, limit, stop)
    except FileNotFoundError:
        return _reject(found, RejectReason.MISSING, "it is gone")
    except PermissionError:
        return _reject(found, RejectReason.UNREADABLE, "it may not be read")
    except Exception as error:
        return _reject(found, RejectReason.UNREADABLE, f"it could not be read ({type(error).__name__})")


def _check_far(found: Found, limit: int, stop: threading.Event, patience: Patience) -> Document | Rejected:
    """Check a file of another system, which fails in ways of its own; what may pass is tried again."""

    def look() -> Document | Rejected:
        with found.open() as file:
            return _look(found, file, limit, stop)

    try:
        checked = tried(look, lambda seconds: patience.wait(stop, seconds))
    except Exception as error:
        problem = problem_of(error)
        words = f"it could not be read ({type(error).__name__})" if problem == "unreadable" else PHRASES[problem]
        return _reject(found, RejectReason(problem), words)
    patience.renew()
    return checked


async def is_out_of_reach(document: Document) -> bool:
    """Whether a document cannot be opened now for a reason that says nothing of it, so that it is not given up."""

    def look() -> bool:
        try:
            document.open().close()
        except Exception as error:
            return problem_of(error) in ("unreachable", "forbidden")
        return False

    if document.key is None or not is_url(os.fsdecode(document.key)):
        return False
    return await _in_thread(threading.Event(), look)


def _look(found: Found, file: BinaryIO, limit: int, stop: threading.Event) -> Document | Rejected:
    size = file.seek(0, os.SEEK_END)
    if size > limit:
        return _too_large(found, limit)
    kind = identify(file, size)
    if isinstance(kind, NotACV):
        reason = RejectReason.EMPTY if kind.reason is NotACVReason.EMPTY else RejectReason.NOT_PDF_OR_DOCX
        return _reject(found, reason, f"it looks like {kind.looks_like}")
    file.seek(0)
    digest, read = hashlib.sha256(), 0
    while (block := file.read(_BLOCK)) and read <= size and not stop.is_set():
        digest.update(block)
        read += len(block)
    if read != size:
        return _reject(found, RejectReason.CHANGED, "it changed while it was read")
    return Document(
        found.source,
        found.name,
        kind,
        size,
        digest.hexdigest(),
        found.open,
        key=found.key,
        mtime_ns=found.mtime_ns if found.size == size else None,
    )


def _reject(found: Found | Document, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(found.source, found.name, reason, detail)


def _too_large(found: Found | Document, limit: int) -> Rejected:
    return _reject(found, RejectReason.TOO_LARGE, f"it is larger than {limit / 2**20:.3g} MiB")


def _unless_known(checked: Document | Rejected, known: MutableMapping[bytes, str]) -> Document | Rejected:
    if isinstance(checked, Rejected):
        return checked
    digest = bytes.fromhex(checked.sha256)
    first = known.get(digest)
    if first is None:
        known[digest] = checked.source
        return checked
    detail = "it has the same content as an earlier document"
    return Rejected(checked.source, checked.name, RejectReason.DUPLICATE, detail, duplicate_of=first)


# --- threads --------------------------------------------------------------------------------------------------------


async def _in_thread(stop: threading.Event, step: Callable[..., T], *given: Any) -> T:
    """Carry out one step in a thread. Cancelling tells the step to stop, and waits until it has."""
    answers: list[T] = []
    problems: list[Exception] = []

    def carry_out() -> None:
        try:
            answers.append(step(*given))
        except Exception as problem:
            problems.append(problem)

    await _in_threads(stop, 1, carry_out, lambda: False)
    if problems:
        raise problems[0]
    return answers[0]


async def _in_threads(stop: threading.Event, lanes: int, step: Callable[[], None], more: Callable[[], bool]) -> None:
    """Repeat a step in so many threads while there is more to do. Cancelling tells them to stop, and waits for them."""
    threads = anyio.CapacityLimiter(lanes)
    left = lanes
    ended = anyio.Event()

    async def lane() -> None:
        nonlocal left
        try:
            await anyio.to_thread.run_sync(step, limiter=threads)
            while more() and not stop.is_set():
                await anyio.to_thread.run_sync(step, limiter=threads)
        finally:
            left -= 1
            if left == 0:
                ended.set()

    async with anyio.create_task_group() as group:
        for _ in range(lanes):
            group.start_soon(lane)
        try:
            await ended.wait()
        except BaseException:
            stop.set()
            raise
