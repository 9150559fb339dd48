"""`cvsense runs recheck`: asks the service again for what a run left open or unsettled; it costs no credit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cvsense_async.screening.export import screened_record
from cvsense_async.screening.journal_reading import left_unsettled
from cvsense_async.screening.outcome import BatchResult, Unsettled
from cvsense_async.screening.sqlite_journal import JournalSummary

from . import progress
from .consoles import emit, say
from .ending import run
from .gathered import failed_record, unsettled_record
from .going_on import check_service, look
from .journals import called, find, told
from .safe import json_text, one_line
from .service import check_key, session_at
from .show import counted, some
from .statuses import INCOMPLETE, OK


def recheck_run(given: str, base_url: str | None, *, as_json: bool) -> int:
    """`cvsense runs recheck RUN`."""
    path = find(given)

    async def work(_: object) -> int:
        before, record = await look(path)
        settled: list[BatchResult] = []
        if before.batches or before.unsettled:
            check_key()
            check_service(record, base_url)
            with progress.waiting():
                async with session_at(base_url) as session:
                    settled = await session.recheck(path)
        after, _ = await look(path)
        left = await left_unsettled(path)
        if as_json:
            emit(json_text(_as_json(path, settled, left, before, after), indent=2) + "\n")
        else:
            _tell(path, settled, left, after)
        return INCOMPLETE if left or after.batches else OK

    with told(path):
        return run(work)


def _as_json(
    path: Path, settled: Sequence[BatchResult], left: Sequence[Unsettled], before: JournalSummary, after: JournalSummary
) -> dict[str, Any]:
    return {
        "run": called(path),
        "results": [screened_record(one) for batch in settled for one in batch],
        "failed": [failed_record(one) for batch in settled for one in batch.failed],
        "unsettled": [unsettled_record(one) for one in left],
        "open_batches": [batch.id for batch in after.batches],
        "charged": after.credits - before.credits,
    }


def _tell(path: Path, settled: Sequence[BatchResult], left: Sequence[Unsettled], after: JournalSummary) -> None:
    name = called(path)
    results = [one for batch in settled for one in batch]
    failed = [one for batch in settled for one in batch.failed]
    if results:
        emit(f"{counted(len(results), 'result')} now known, and kept: {some(one.name for one in results)}\n")
    if failed:
        emit(
            f"{counted(len(failed), 'CV')} not screened, no credit held: {some(one.document.name for one in failed)}\n"
        )
    if not results and not failed:
        emit("Nothing new is known.\n" if left or after.batches else "Nothing is open or unsettled.\n")
    if after.batches:
        ids = one_line(", ".join(str(batch.id) for batch in after.batches))
        say(f"{counted(len(after.batches), 'batch')} still open ({ids}): `cvsense screen --resume {name}` goes on")
    if left:
        say(f"{counted(len(left), 'CV')} still unsettled: `cvsense runs settle {name}` lists what can be done")
