"""`cvsense runs forget`: erases runs' personal data for good, once it is sure that nothing is lost by it."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import attrs

from cvsense_async import errors
from cvsense_async.screening.sqlite_journal import forget, look_into

from . import show
from .asking import can_ask, confirm
from .consoles import out, say
from .ending import Stop, run
from .going_on import job_of
from .journals import called, explained, find, kept, overwrite, remove, told
from .safe import cut
from .show import counted
from .statuses import FAILURE, OK

_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_BEGUN = "%Y-%m-%d %H:%M:%S"


@attrs.frozen
class _Run:
    """A run that may be erased: what it is, in words, when it was begun (UTC), and the batches that it has open."""

    path: Path
    what: str
    begun: datetime.datetime
    still_open: tuple[str, ...] = ()
    damaged: errors.JournalDamaged | None = None
    """Why nothing but its file can be erased."""


def forget_run(given: str | None, older_than: str | None, *, yes: bool, force: bool) -> int:
    """`cvsense runs forget RUN`, or `--older-than AGE`."""
    if (given is None) == (older_than is None):
        raise Stop("give a RUN, or --older-than AGE for all that are older, such as --older-than 30d")
    if older_than is not None:
        return _forget_old(older_than, yes=yes, force=force)
    path = find(given or "")

    async def work(_: object) -> int:
        found = await _what(path)
        if found.damaged is not None and not force:
            raise Stop(f"{explained(path, found.damaged)}; --force erases it", FAILURE)
        if found.still_open and not force:
            raise Stop(
                f"{called(path)}: {counted(len(found.still_open), 'batch')} open at the service, which nobody could "
                f"collect any more: `cvsense screen --resume {called(path)}` collects, `cvsense runs cancel "
                f"{called(path)}` cancels, --force erases all the same",
                FAILURE,
            )
        await _agreed(f"this erases {found.what} for good, and removes {path}.", yes=yes)
        await _erase(found, force=force)
        return OK

    with told(path):
        return run(work)


def age_of(given: str) -> datetime.timedelta:
    """`--older-than`: hours, days or weeks, as `36h`, `30d`, `4w`. Raises `Stop`."""
    found = re.fullmatch(r"(\d{1,5})([hdw])", given.strip().lower())
    if found is None or int(found[1]) < 1:
        raise Stop(f"--older-than {given or repr(given)}: give hours, days or weeks, such as 36h, 30d or 4w")
    return datetime.timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _forget_old(older_than: str, *, yes: bool, force: bool) -> int:
    before = datetime.datetime.now(datetime.UTC) - age_of(older_than)

    async def work(_: object) -> int:
        old: list[_Run] = []
        for path in reversed(kept()):
            try:
                found = await _what(path)
            except (errors.JournalError, OSError) as problem:
                if _begun_of(path) < before:
                    words = explained(path, problem) if isinstance(problem, errors.JournalError) else str(problem)
                    say(f"left as it is: {words}")
                continue
            if found.begun >= before:
                continue
            if found.still_open and not force:
                batches = counted(len(found.still_open), "batch")
                say(f"left as it is: {called(path)}: {batches} open at the service; --force erases it all the same")
            elif found.damaged is not None and not force:
                say(f"left as it is: {called(path)}: the journal is damaged; --force erases it")
            else:
                old.append(found)
        if not old:
            say(f"there is no run older than {older_than} to erase")
            return OK
        _draw(old)
        await _agreed(f"this erases {counted(len(old), 'run')} for good, and removes their journals.", yes=yes)
        status = OK
        for one in old:
            try:
                await _erase(one, force=force)
            except (errors.JournalError, OSError) as problem:
                status = FAILURE
                words = explained(one.path, problem) if isinstance(problem, errors.JournalError) else str(problem)
                say(f"not erased: {words}")
        return status

    return run(work)


def _draw(old: Sequence[_Run]) -> None:
    lines = [(called(one.path), f"{one.begun:%Y-%m-%d %H:%M}", cut(one.what, 200)) for one in old]
    show.rows(out(), ("Run", "Begun (UTC)", "What"), lines, wraps="What")


async def _agreed(words: str, *, yes: bool) -> None:
    """Ask before anything is erased. Raises `Stop` where nobody says yes."""
    if yes:
        return
    if not can_ask():
        raise Stop("it cannot be undone and there is nobody to ask: say --yes")
    await confirm(words, "nothing was erased")


async def _erase(found: _Run, *, force: bool) -> None:
    if found.damaged is None:
        await forget(found.path, abandon=force)
    overwrite(found.path)
    remove(found.path)
    say(f"erased: {found.what}")
    if found.still_open:
        ids = ", ".join(found.still_open)
        say(f"still open at the service: batch {ids}; `cvsense batch cancel ID` cancels one")


async def _what(path: Path) -> _Run:
    """What would be erased. Raises `JournalError` where that cannot be told, but not for a damaged journal."""
    try:
        summary = await look_into(path)
    except errors.JournalDamaged as damaged:
        ids = tuple(batch.strip('"') for batch in damaged.open_batches)
        return _Run(path, "a damaged journal", _begun_of(path), ids, damaged)
    job = f"the run for {job_of(summary.record.job)}" if summary.record is not None else "an empty journal"
    what = f"{job} with {counted(summary.documents, 'CV')} and {counted(summary.screened, 'result')}"
    if summary.unsettled:
        what += f", {summary.unsettled:,} unsettled"
    return _Run(path, what, _begun_of(path, summary.begun), tuple(str(one) for one in summary.open_batches))


def _begun_of(path: Path, begun: str = "") -> datetime.datetime:
    """When a run was begun; where its journal does not say, by the file's name, else when it was last written."""
    with contextlib.suppress(ValueError):
        return datetime.datetime.strptime(begun, _BEGUN).replace(tzinfo=datetime.UTC)
    with contextlib.suppress(ValueError):
        return datetime.datetime.strptime(path.stem[:15], "%Y-%m-%d-%H%M").replace(tzinfo=datetime.UTC)
    try:
        return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    except OSError:
        return datetime.datetime.now(datetime.UTC)
