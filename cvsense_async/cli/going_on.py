"""What can be done with a run that is not at its end: how it stands, and the commands that go on with it or end it.

A run that stops half way is worth what its journal holds only if the person in front of it is told how to go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cvsense_async import errors
from cvsense_async.screening.job_text import same_job
from cvsense_async.screening.journal import RunRecord
from cvsense_async.screening.outcome import Summary
from cvsense_async.screening.plan import asked_job, batch_call
from cvsense_async.screening.sqlite_journal import JournalSummary, look_into
from cvsense_async.transport.connection import DEFAULT_BASE_URL, checked_base_url

from .ending import Stop
from .jobfile import read_job
from .journals import called, told
from .service import base_url
from .show import counted

_PAUSES = {
    "InsufficientCredits": "no credits left",
    "BudgetExceeded": "its budget is used up",
    "AuthenticationError": "the key was refused",
    "PermissionDenied": "the key was refused",
    "SourcesNeeded": "its sources are needed",
    "JournalError": "its journal could not be written",
}

_FIRST: tuple[tuple[type[errors.CVSenseError], str], ...] = (
    (errors.InsufficientCredits, "top up, then "),
    (errors.BudgetExceeded, "top up, or give a higher --max-credits, with "),
    (errors.AuthenticationError, "put a key that works into CVSENSE_API_KEY, then "),
    (errors.PermissionDenied, "put a key that may do this into CVSENSE_API_KEY, then "),
)


async def look(path: Path) -> tuple[JournalSummary, RunRecord]:
    """What a journal says of its run. Raises `Stop`, also where there is no run in it."""
    with told(path):
        summary = await look_into(path)
    if summary.record is None:
        raise Stop(f"{called(path)}: there is no run in this journal")
    return summary, summary.record


def standing(summary: JournalSummary) -> str:
    """How a run stands, in few words."""
    if summary.record is None:
        return "no run in it"
    ended, _, why = summary.ended.partition(": ")
    if ended == "paused":
        return f"paused: {_PAUSES.get(why, why)}"
    if ended == "left" and not summary.batches and not summary.waiting and summary.record.found_all:
        return "ended, incomplete"
    return {"": "broken off", "left": "left half way"}.get(ended, ended)


def unfinished(summary: JournalSummary) -> bool:
    """Whether going on with a run would do anything but look for new files."""
    record = summary.record
    return record is not None and bool(summary.batches or summary.waiting or not record.found_all)


def job_of(job: Mapping[str, Any]) -> str:
    """The job of a run, as a person knows it."""
    return str(job["job_title"]) if "job_title" in job else f"job {job.get('job_id', '–')}"


def check_service(record: RunRecord, given: str | None) -> None:
    """Raise `Stop` where the run is at another address than this command would go to.

    The address is never taken from the journal: a file from somewhere else could else choose where the key is sent.
    """
    if service_of(given) != record.base_url:
        raise Stop(
            f"the run is at {record.base_url}: give --base-url {record.base_url} to go on with it there "
            "(a sandbox of `screen --sandbox` has gone with its command)"
        )


def service_of(given: str | None) -> str:
    """The address that this command goes to, as journals have it."""
    return str(checked_base_url(base_url(given) or DEFAULT_BASE_URL))


def check_job(record: RunRecord, given: str | None, path: Path) -> None:
    """Raise `Stop` where `--job` is said and is not the job of the run."""
    if given is None:
        return
    said = asked_job(batch_call(read_job(given), None))
    if same_job(said, record.job):
        return
    if "job_title" in said and said["job_title"] == record.job.get("job_title"):
        raise Stop(
            f"--job {given}: the advert was edited since the run in {called(path)} began; leave --job out to go on "
            "with the text as it was then, or begin a new run without --resume for the new one"
        )
    raise Stop(
        f"--job {given}: the run in {called(path)} is for another job ({job_of(record.job)}); leave --job out, or "
        "begin a new run without --resume"
    )


def left_open(summary: Summary, *, journal: bool) -> str:
    """What was left at the service, in one sentence."""
    if not summary.left:
        return "nothing was left open at the service"
    if not journal:
        batches = ", ".join(str(left.batch_id) for left in summary.left)
        return f"left open at the service, with their credits: batch {batches}"
    batches = counted(len(summary.left), "batch")
    held = counted(sum(left.credits for left in summary.left), "credit")
    return f"{batches} with up to {held} still open at the service, which goes on with what was started"


def advice(path: Path, error: BaseException | None, summary: Summary) -> str:
    """How to go on with a run that was stopped, or how to end it."""
    name = called(path)
    if isinstance(error, errors.SourcesNeeded):
        return f"what was done is kept; name the files again: `cvsense screen PATH… --resume {name}`"
    first = next((words for kind, words in _FIRST if isinstance(error, kind)), "go on with ")
    words = f"what was done is kept: {first}`cvsense screen --resume {name}`"
    if summary.left:
        words += f", or cancel what is open with `cvsense runs cancel {name}`"
    return words
