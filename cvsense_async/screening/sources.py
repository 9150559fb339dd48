"""Where CVs come from: files, folders, globs, URLs, bytes, or any iterable of these; walked lazily, never listed first.

What is found here has not been opened yet; `documents.py` checks it.
"""

from __future__ import annotations

import glob
import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, BinaryIO, TypeVar

import anyio.to_thread
import attrs

from cvsense_async.errors import ConfigurationError, MissingExtra

T = TypeVar("T")

HOP = 64
"""How many entries are walked in one visit to a thread."""


@attrs.frozen
class Found:
    """Something that may be a CV: how the caller would name it, its own name, and how to open it.

    `path` is set for local files, `problem` where it cannot be opened at all.
    """

    source: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    open: Callable[[], BinaryIO] | None = attrs.field(default=None, repr=False)
    path: str | None = attrs.field(default=None, repr=False)
    size: int | None = None
    problem: str | None = None


Source = str | os.PathLike[str] | tuple[str, bytes]
"""A file, a folder, a glob, a URL that fsspec opens, or a name with the file's bytes."""

Sources = Source | Iterable[Source] | AsyncIterable[Source]
"""One source, or an iterable or async iterable of them, which is read lazily."""


async def walk(sources: Sources) -> AsyncIterator[Found]:
    """Everything that the sources hold, in a stable order. Raises `ConfigurationError` for what is no source."""
    if isinstance(sources, AsyncIterable):
        async for source in sources:
            async for found in _hop(lambda source=source: _walk_one(source)):  # type: ignore[misc]
                yield found
        return
    async for found in _hop(lambda: _walk_sync(sources)):
        yield found


async def _hop(start: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """Iterate something that blocks, a handful of items a visit to a thread."""
    iterator = start()

    def handful() -> list[T]:
        items: list[T] = []
        for item in iterator:
            items.append(item)
            if len(items) >= HOP:
                break
        return items

    while items := await anyio.to_thread.run_sync(handful):
        for item in items:
            yield item


def is_countable(sources: Sources) -> bool:
    """Whether the sources can be walked twice, so that counting them takes nothing away."""
    if isinstance(sources, AsyncIterable):
        return False
    if isinstance(sources, (str, os.PathLike, tuple)):
        return True
    return isinstance(sources, (list, set, frozenset))


def count(sources: Sources) -> int:
    """How many files with something in them the sources hold, by names and sizes; for a thread."""
    return sum(1 for found in _walk_sync(sources) if found.problem is None and _has_bytes(found))


def _has_bytes(found: Found) -> bool:
    if found.size is not None:
        return found.size > 0
    try:
        return found.path is None or os.stat(found.path).st_size > 0
    except OSError:
        return False


def _walk_sync(sources: Any) -> Iterator[Found]:
    if isinstance(sources, (str, os.PathLike)) or _is_named_bytes(sources):
        yield from _walk_one(sources)
    elif isinstance(sources, Iterable):
        for source in sources:  # pyright: ignore[reportUnknownVariableType]
            yield from _walk_one(source)
    else:
        raise _no_source(sources)


def _is_named_bytes(source: Any) -> bool:
    return (
        isinstance(source, tuple)
        and len(source) == 2  # pyright: ignore[reportUnknownArgumentType]
        and isinstance(source[0], str)
        and isinstance(source[1], (bytes, bytearray, memoryview))
    )


def _no_source(source: object) -> ConfigurationError:
    return ConfigurationError(
        f"a {type(source).__name__} is no source: give a path, a folder, a glob, a URL, or (name, bytes)"
    )


def _walk_one(source: Any) -> Iterator[Found]:
    if _is_named_bytes(source):
        name, content = source[0], bytes(source[1])
        yield Found(name, base_name(name), lambda: io.BytesIO(content), size=len(content))
        return
    if not isinstance(source, (str, os.PathLike)):
        raise _no_source(source)
    text: str = os.fsdecode(source)  # pyright: ignore[reportUnknownArgumentType]
    if "://" in text:
        yield from _remote(text)
    elif os.path.isdir(text):
        yield from _folder(text)
    elif not os.path.lexists(text) and glob.has_magic(text):
        found_any = False
        for path in glob.iglob(text, recursive=True):
            found_any = True
            if not os.path.isdir(path):
                yield _file(path)
        if not found_any:
            yield Found(text, base_name(text), problem="nothing fits this pattern")
    else:
        yield _file(text)


def _folder(path: str) -> Iterator[Found]:
    """Everything below a folder, each folder in the order of its names; links to folders are not followed."""
    try:
        with os.scandir(path) as entries:
            found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        yield Found(path, base_name(path), problem="the folder cannot be read")
        return
    for name, is_folder in found:
        below = os.path.join(path, name)
        if name.startswith((".", "~$")):
            continue
        if is_folder:
            yield from _folder(below)
        elif not os.path.isdir(below):
            yield _file(below)


def _file(path: str) -> Found:
    return Found(path, base_name(path), lambda: open(path, "rb"), path=path)


def _remote(url: str) -> Iterator[Found]:
    try:
        import fsspec  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MissingExtra("URLs as sources need fsspec: python -m pip install fsspec") from None
    try:
        opened: Any = fsspec.open_files(url, "rb")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except (ValueError, ImportError) as error:
        raise ConfigurationError(f"fsspec cannot open this kind of URL: {type(error).__name__}") from None
    for file in opened:
        yield Found(str(file.full_name), base_name(str(file.path)), file.open)


def base_name(name: str) -> str:
    """A file's own name, whichever way its path is written."""
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "cv"
