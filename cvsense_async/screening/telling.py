"""What a run tells the log: how it ended, what stopped it, and what became of a batch.

It is apart so that the pipeline need not spell out which counts a line holds.
"""

from __future__ import annotations

from cvsense_async import errors, log

from .outcome import BatchResult, Summary


def tell_stop(error: BaseException) -> None:
    """Log what ends a run before its time."""
    if isinstance(error, errors.JournalDamaged):
        log.journal_damaged(results=error.results, open_batches=len(error.open_batches))
    elif isinstance(error, errors.JournalError):
        log.journal_failed(error=error)
    if isinstance(error, Exception):
        log.run_stopped(error=error)


def tell_batch(result: BatchResult) -> None:
    if result.failure is None:
        log.batch_done(batch_id=result.batch_id, results=len(result.results), rejected=len(result.rejected))
        return
    log.batch_failed(
        batch_id=result.batch_id,
        results=len(result.results),
        rejected=len(result.rejected),
        failed=len(result.failed),
        unsettled=len(result.unsettled),
        error=result.failure,
    )


def tell_end(summary: Summary) -> None:
    log.run_ended(
        screened=summary.screened,
        invalid=summary.invalid,
        rejected=summary.rejected,
        failed=summary.failed,
        unsettled=summary.unsettled,
        unscreened=summary.unscreened,
        batches=summary.batches,
        credits=summary.credits_used,
        requests=summary.requests,
        seconds=summary.elapsed,
    )
