"""Walks what a caller gives as sources, lazily and in a stable order, to files that have been found but not yet read.

Everything here is a plain generator that is advanced in a thread, one folder at a time, so that 50,000 files neither
fill the memory nor hold the event loop.
"""

from __future__ import annotations

import fnmatch
import glob
import io
import os
import re
import stat
import threading
import urllib.parse
import urllib.request
from collections.abc import AsyncIterable, Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias, TypeGuard, cast

import attrs

from cvsense_async.errors import ConfigurationError

from . import remote
from .cv import Document, Rejected, RejectReason
from .outage import PHRASES, Patience

Source: TypeAlias = str | os.PathLike[str] | tuple[str, bytes] | Document
"""A file, a folder, a glob pattern or a URL (as `str` or path), a name with its bytes, or a checked document."""

Sources: TypeAlias = Source | Iterable[Source | Iterable[Source]] | AsyncIterable[Source | Iterable[Source]]
"""A source, or an iterable or async iterable of sources, which may itself hold such iterables, one level deep."""

FileId: TypeAlias = tuple[int, int]
"""What a file is, under whatever name: its device and its inode."""

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+(?:::|://)")
_WRONG = "a source must be a path, a pattern, a URL, (name, bytes), a Document, or an iterable of these"


@attrs.frozen
class Found:
    """A file that has been found and not been opened yet; `size` is known where finding it told."""

    source: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    open: Callable[[], BinaryIO] = attrs.field(repr=False)
    size: int | None = None
    remote: bool = False
    key: bytes | None = attrs.field(default=None, repr=False)
    mtime_ns: int | None = None
    id: FileId | None = None


Step: TypeAlias = Found | Rejected | Document
"""What a walk gives: a file to check, one that cannot be one, or one that was checked before."""


@attrs.define(eq=False)
class Walk:
    """What a walk over sources is told: files to pass over, when to stop, and how long to wait for what is away."""

    skip: Collection[FileId] = ()
    stop: threading.Event = attrs.field(factory=threading.Event)
    patience: Patience = attrs.field(factory=Patience)

    def pause(self, seconds: float) -> bool:
        """Wait before another try; `True` where there is to be none."""
        return self.patience.wait(self.stop, seconds)


def is_source(given: object) -> bool:
    """Whether this is one source rather than an iterable of some."""
    return isinstance(given, (str, os.PathLike, Document)) or _is_pair(given)


def is_url(text: str) -> bool:
    """Whether a source is a URL rather than a path."""
    return _URL.match(text) is not None


def is_async(given: object) -> TypeGuard[AsyncIterable[Any]]:
    """Whether only a loop can walk this."""
    return not is_source(given) and isinstance(given, AsyncIterable)


def expand(given: object, walk: Walk, depth: int = 0) -> Iterator[Step | AsyncIterable[Any]]:
    """Walk sources to files. An async iterable is given as it is, for a loop to walk.

    The files of `walk.skip` are passed over, whatever they are called, and never opened: the journal of the run.
    Raises `ConfigurationError` for what is no source.
    """
    if isinstance(given, Document):
        yield given
    elif _is_pair(given):
        yield _in_memory(*cast("tuple[str, bytes]", given))
    elif isinstance(given, (str, os.PathLike)):
        path = os.fspath(cast("str | os.PathLike[str]", given))
        if not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # a PathLike may give bytes
            raise ConfigurationError("paths must be text, not bytes")
        for step in _expand_text(path, walk):
            if not (isinstance(step, Found) and step.id in walk.skip):
                yield step
    elif depth > 1 or isinstance(given, (bytes, bytearray, memoryview, Mapping)):
        if isinstance(given, Mapping):
            raise ConfigurationError(f"{_WRONG}; got a mapping: give its items()")
        if isinstance(given, (bytes, bytearray, memoryview)):
            raise ConfigurationError(f"{_WRONG}; got bytes alone: give (name, bytes)")
        raise ConfigurationError(f"{_WRONG}; got iterables nested more than one level deep")
    elif is_async(given):
        yield given
    elif isinstance(given, Iterable):
        for each in cast("Iterable[object]", given):
            yield from expand(each, walk, depth + 1)
    else:
        raise ConfigurationError(f"{_WRONG}; got {type(given).__name__}")


def printable(name: str) -> str:
    """The name with bytes that are no UTF-8 written as `\\xNN`, so that it can be stored, printed and sent."""
    return re.sub(r"[\ud800-\udfff]", _escaped, name)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


def base_name(path: str) -> str:
    """The last part of a path of any system."""
    return printable(path.replace("\\", "/").rstrip("/").rpartition("/")[2]) or "cv"


def _is_pair(given: object) -> bool:
    if not isinstance(given, tuple):
        return False
    pair = cast("tuple[object, ...]", given)
    return len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], (bytes, bytearray, memoryview))


def _in_memory(name: str, content: bytes) -> Found:
    return Found(printable(name), base_name(name), lambda: io.BytesIO(content), len(content))


def _expand_text(path: str, walk: Walk) -> Iterator[Step]:
    if "\0" in path or not path:
        yield _lost(path, RejectReason.MISSING, "there is no file or folder of this name")
    elif path.startswith(("file://", "local://")):
        local = urllib.request.url2pathname(urllib.parse.urlsplit(path).path)
        yield from _expand_path(local)
    elif _URL.match(path):
        for file in remote.walk(path, walk.pause):
            if isinstance(file, str):
                yield _lost(path, RejectReason(file), PHRASES[file])
            else:
                yield Found(
                    printable(file.url),
                    base_name(file.path),
                    file.open,
                    file.size,
                    remote=True,
                    key=os.fsencode(file.url),
                )
    else:
        yield from _expand_path(path)


def _lost(path: str, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(printable(path), base_name(path), reason, detail)


# --- this machine's folders -----------------------------------------------------------------------------------------


def _expand_path(path: str) -> Iterator[Step]:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.lexists(path):
            yield _lost(path, RejectReason.MISSING, "it is a link to a file that is not there")
        elif glob.has_magic(path):
            yield from _expand_pattern(path)
        else:
            yield _lost(path, RejectReason.MISSING, "there is no file or folder of this name")
    except (OSError, ValueError) as error:
        yield _lost(path, RejectReason.UNREADABLE, f"it could not be looked up ({type(error).__name__})")
    else:
        if stat.S_ISDIR(found.st_mode):
            yield from _walk(path, None)
        else:
            yield _file(path, found)


def _file(path: str, found: os.stat_result) -> Step:
    if not stat.S_ISREG(found.st_mode):
        return _lost(path, RejectReason.UNREADABLE, "it is a pipe, a socket or a device, not a file")
    key = os.fsencode(os.path.abspath(path))
    return Found(
        printable(path),
        base_name(path),
        _Opener(path),
        found.st_size,
        key=key,
        mtime_ns=found.st_mtime_ns,
        id=(found.st_dev, found.st_ino),
    )


@attrs.frozen
class _Opener:
    path: str = attrs.field(repr=False)

    def __call__(self) -> BinaryIO:
        return open_regular(self.path)


def reopen(key: bytes | None) -> Callable[[], BinaryIO]:
    """What opens a document that an earlier process found. Opening raises `OSError` where it is not at hand."""
    if key is None:
        return _not_at_hand
    place = os.fsdecode(key)
    return remote.Reopened(place) if _URL.match(place) else _Opener(place)


def _not_at_hand() -> BinaryIO:
    raise FileNotFoundError("it was given by its content alone")


def open_regular(path: str) -> BinaryIO:
    """Open a regular file for reading; never waits for a pipe that took a file's place. Raises `OSError`."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    number = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError("not a regular file")
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def _expand_pattern(pattern: str) -> Iterator[Step]:
    """The files (not folders) that a pattern names, in the order of a walk; `**` is any number of folders."""
    parts = pattern.replace(os.sep, "/").split("/")
    fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    top = "/".join(parts[:fixed]) or ("/" if fixed else os.curdir)
    any_file = False
    if os.path.isdir(top):
        for step in _walk(top, _Pattern(parts[fixed:]), bare=not fixed):
            any_file = True
            yield step
    if not any_file:
        yield _lost(pattern, RejectReason.MISSING, "no file fits the pattern")


class _Pattern:
    """Which files below a folder a pattern takes, and which folders are worth looking into."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = [None if part == "**" else re.compile(fnmatch.translate(part)) for part in parts if part]
        self._fixed = self._parts[: self._parts.index(None)] if None in self._parts else self._parts[:-1]

    def takes(self, below: str) -> bool:
        return _fits(below.split("/"), self._parts)

    def enters(self, below: str) -> bool:
        names = below.split("/")
        if None not in self._parts and len(names) >= len(self._parts):
            return False
        return all(part is None or part.match(name) for part, name in zip(self._fixed, names, strict=False))


def _fits(names: list[str], parts: list[re.Pattern[str] | None]) -> bool:
    if not parts:
        return not names
    first = parts[0]
    if first is None:
        return any(_fits(names[start:], parts[1:]) for start in range(len(names) + 1))
    return bool(names) and first.match(names[0]) is not None and _fits(names[1:], parts[1:])


def _walk(top: str, pattern: _Pattern | None, *, bare: bool = False) -> Iterator[Step]:
    """The files below a folder, folder by folder in name order; `bare` leaves the top out of the paths."""
    waiting: list[Iterator[str]] = [iter([""])]
    while waiting:
        below = next(waiting[-1], None)
        if below is None:
            waiting.pop()
            continue
        path = below if bare and below else os.path.join(top, below) if below else top
        if below and not below.endswith("/"):
            if pattern is None or pattern.takes(below):
                yield _entry(path)
            continue
        try:
            names = _names(path)
        except OSError as error:
            why = "may not be read" if isinstance(error, PermissionError) else "could not be read"
            yield _lost(path.rstrip("/"), RejectReason.UNREADABLE, f"the folder {why}")
            continue
        waiting.append(_below(below, names, pattern))


def _below(folder: str, names: list[str], pattern: _Pattern | None) -> Iterator[str]:
    for name in names:
        if pattern is None or not name.endswith("/") or pattern.enters(f"{folder}{name[:-1]}"):
            yield folder + name


def _names(folder: str) -> list[str]:
    """A folder's names in order, those of folders with a slash; hidden files, locks and links to folders left out."""
    names: list[tuple[str, bool]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            is_folder = _is_folder(entry)
            if is_folder is not None:
                names.append((entry.name, is_folder))
    names.sort()
    return [f"{name}/" if is_folder else name for name, is_folder in names]


def _is_folder(entry: os.DirEntry[str]) -> bool | None:
    """`None` for a link to a folder, which is not followed: it may lead in a circle."""
    try:
        if entry.is_dir(follow_symlinks=False):
            return True
        return None if entry.is_symlink() and entry.is_dir() else False
    except OSError:
        return False


def _entry(path: str) -> Step:
    try:
        return _file(path, os.stat(path))
    except FileNotFoundError:
        words = "it is a link to a file that is not there" if os.path.islink(path) else "it is gone"
        return _lost(path, RejectReason.MISSING, words)
    except OSError as error:
        return _lost(path, RejectReason.UNREADABLE, f"it could not be looked up ({type(error).__name__})")
