"""`cvsense runs forget`: erases a run's personal data for good, once it is sure that nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

from cvsense_async import errors
from cvsense_async.screening.sqlite_journal import forget, look_into

from .asking import can_ask, confirm
from .consoles import say
from .ending import Stop, run
from .going_on import job_of
from .journals import called, explained, find, overwrite, remove, told
from .show import counted
from .statuses import FAILURE, OK


def forget_run(given: str, *, yes: bool, force: bool) -> int:
    """`cvsense runs forget RUN`."""
    path = find(given)

    async def work(_: object) -> int:
        what, still_open = await _what(path, force=force)
        if still_open and not force:
            raise Stop(
                f"{called(path)}: {counted(len(still_open), 'batch')} open at the service, which nobody could collect "
                f"any more: `cvsense screen --resume {called(path)}` collects, `cvsense runs cancel {called(path)}` "
                "cancels, --force erases all the same",
                FAILURE,
            )
        if not yes:
            if not can_ask():
                raise Stop("it cannot be undone and there is nobody to ask: say --yes")
            await confirm(f"this erases {what} for good, and removes {path}.", "nothing was erased")
        if what != DAMAGED:
            await forget(path, abandon=force)
        overwrite(path)
        remove(path)
        say(f"erased: {what}")
        if still_open:
            ids = ", ".join(still_open)
            say(f"still open at the service: batch {ids}; `cvsense batch cancel ID` cancels one")
        return OK

    with told(path):
        return run(work)


DAMAGED = "a damaged journal"


async def _what(path: Path, *, force: bool) -> tuple[str, list[str]]:
    """What would be erased, in words, and the batches that nobody could collect any more."""
    try:
        summary = await look_into(path)
    except errors.JournalDamaged as damaged:
        if not force:
            raise Stop(f"{explained(path, damaged)}; --force erases it", FAILURE) from None
        return DAMAGED, [batch.strip('"') for batch in damaged.open_batches]
    job = f"the run for {job_of(summary.record.job)}" if summary.record is not None else "an empty journal"
    screened = counted(summary.screened, "result")
    return f"{job} with {counted(summary.documents, 'CV')} and {screened}", [str(one) for one in summary.open_batches]
