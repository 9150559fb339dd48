"""Walks the URLs that fsspec can open (`s3://…`, `https://…`, `memory://…`) to files.

It is apart because fsspec is optional and untyped, and each of its backends fails with exceptions of its own.
"""

from __future__ import annotations

import glob
import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import attrs

from cvsense_async.errors import ConfigurationError

from .outage import Pause, Problem, problem_of, tried


@attrs.frozen
class RemoteFile:
    """A file of a remote file system; `size` in bytes where the system told."""

    url: str = attrs.field(repr=False)
    path: str = attrs.field(repr=False)
    size: int | None
    open: Callable[[], BinaryIO] = attrs.field(repr=False)


def walk(url: str, pause: Pause) -> Iterator[RemoteFile | Problem]:
    """The files at a URL: itself, those of its folder in name order, or those that fit its pattern.

    What may pass is tried again after a `pause`. Raises `ConfigurationError` where fsspec, or its backend for this kind
    of URL, is not installed.
    """
    system, path = _system(url)
    try:
        if glob.has_magic(path) and not _is_web(url):
            yield from _matching(system, path, pause)
            return
        top = tried(lambda: system.info(path), pause)
    except Exception as error:
        yield problem_of(error)
        return
    if top["type"] == "directory":
        yield from _folder(system, path, pause)
    else:
        yield _file(system, top)


def _matching(system: Any, pattern: str, pause: Pause) -> Iterator[RemoteFile | Problem]:
    """The files that fit a pattern. Not by fsspec's own `glob`: that leaves out what it cannot list, without a word."""
    translate: Any = importlib.import_module("fsspec.utils").glob_translate
    fits = re.compile(translate(pattern))
    magic = min(pattern.find(sign) for sign in "*?[" if sign in pattern)
    top = pattern[: pattern.rfind("/", 0, magic) + 1]
    depth = None if "**" in pattern else pattern.count("/", len(top)) + 1
    anything = False
    for item in _folder(system, top.rstrip("/") or top, pause, depth):
        if isinstance(item, str) or fits.match(item.path):
            anything = True
            yield item
    if not anything:
        yield "missing"


def _folder(system: Any, top: str, pause: Pause, depth: int | None = None) -> Iterator[RemoteFile | Problem]:
    """The files below a folder, in name order, and what could not be listed; `depth` folders deep at most."""
    waiting: list[Iterator[dict[str, Any]]] = []
    here: str | None = top
    while waiting or here is not None:
        if here is not None:
            folder = here
            try:
                found: list[dict[str, Any]] = tried(lambda: system.ls(folder, detail=True), pause)  # noqa: B023  (called here)
            except Exception as error:
                yield problem_of(error)
            else:
                # A bucket lists a folder's own marker among its files.
                kept = [
                    info for info in found if not _hidden(info["name"]) and info["name"].strip("/") != here.strip("/")
                ]
                waiting.append(iter(sorted(kept, key=lambda info: str(info["name"]))))
            here = None
            continue
        info = next(waiting[-1], None)
        if info is None:
            waiting.pop()
        elif info["type"] == "directory":
            here = info["name"] if depth is None or len(waiting) < depth else None
        else:
            yield _file(system, info)


def _hidden(path: str) -> bool:
    return path.rstrip("/").rpartition("/")[2].startswith((".", "~$"))


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _file(system: Any, info: dict[str, Any]) -> RemoteFile:
    path: str = info["name"]
    size = info.get("size")
    name = re.split(r"[?#]", path, maxsplit=1)[0] if _is_web(path) else path
    return RemoteFile(
        system.unstrip_protocol(path), name, size if isinstance(size, int) else None, _Opener(system, path)
    )


@attrs.frozen
class _Opener:
    system: Any = attrs.field(repr=False)
    path: str = attrs.field(repr=False)

    def __call__(self) -> BinaryIO:
        opened: BinaryIO = self.system.open(self.path, "rb")
        return opened


@attrs.frozen
class Reopened:
    """Opens a URL that an earlier process found."""

    url: str = attrs.field(repr=False)

    def __call__(self) -> BinaryIO:
        return _Opener(*_system(self.url))()


def _system(url: str) -> tuple[Any, str]:
    scheme = re.split(r"::|://", url, maxsplit=1)[0].lower()
    try:
        core: Any = importlib.import_module("fsspec.core")
    except ImportError:
        words = f"a source of the kind {scheme}:// needs fsspec: pip install fsspec"
        raise ConfigurationError(words) from None
    try:
        system, path = core.url_to_fs(url)
    except ImportError:
        words = f"fsspec needs another package for {scheme}://: see pip install 'fsspec[{scheme}]'"
        raise ConfigurationError(words) from None
    except ValueError:
        raise ConfigurationError(f"fsspec knows no source of the kind {scheme}://") from None
    return system, str(path)
