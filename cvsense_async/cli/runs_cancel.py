"""`cvsense runs cancel`: ends what a run has open at the service, and says which credits came back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from cvsense_async.screening.sqlite_journal import JournalSummary

from .consoles import emit, say
from .ending import Interruption, run
from .going_on import check_service, look
from .journals import called, find, told
from .safe import json_text
from .service import check_key, session_at
from .show import counted
from .statuses import INCOMPLETE, OK


@attrs.frozen
class _Came:
    """What came of it: batches that were open, CVs whose results were collected, credits charged and given back."""

    batches: int
    collected: int
    charged: int
    came_back: int
    not_screened: int
    still_open: tuple[Any, ...]


def cancel_run(given: str, base_url: str | None, *, as_json: bool) -> int:
    """`cvsense runs cancel RUN`."""
    path = find(given)

    async def work(interruption: Interruption) -> int:
        before, record = await look(path)
        after = before
        if before.batches:
            check_key()
            check_service(record, base_url)
            interruption.leaving = "stopping: what is not cancelled by now stays open, for 5 seconds at most"
            async with session_at(base_url) as session, session.resume(path) as running:
                await running.cancel()
                async for _ in running:  # what it had collected is in the journal; an error is raised here
                    pass
            after, _ = await look(path)
        came = _came(before, after)
        if as_json:
            emit(json_text(attrs.asdict(came), indent=2) + "\n")
        else:
            _tell(came, path)
        return INCOMPLETE if came.still_open else OK

    with told(path):
        return run(work)


def _came(before: JournalSummary, after: JournalSummary) -> _Came:
    charged = after.credits - before.credits
    return _Came(
        batches=len(before.batches),
        collected=after.screened - before.screened,
        charged=charged,
        came_back=before.held - charged - after.held,
        not_screened=after.waiting,
        still_open=after.open_batches,
    )


def _tell(came: _Came, path: Path) -> None:
    name = called(path)
    if not came.batches:
        emit("Nothing is open at the service.\n")
    elif came.still_open:
        ids = ", ".join(str(batch) for batch in came.still_open)
        emit(f"Still open at the service: batch {ids}. Try again: cvsense runs cancel {name}\n")
    else:
        emit(f"{counted(came.batches, 'batch')} ended; nothing is open at the service any more.\n")
    if came.batches:
        emit(
            f"{counted(came.collected, 'CV')} had been screened, for {counted(came.charged, 'credit')}, and "
            f"{'is' if came.collected == 1 else 'are'} kept; {counted(came.came_back, 'credit')} came back.\n"
        )
    if came.not_screened:
        say(
            f"{counted(came.not_screened, 'CV')} not screened: `cvsense screen --resume {name}` would go on with "
            f"{'it' if came.not_screened == 1 else 'them'}"
        )
