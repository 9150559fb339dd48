"""What the numbers of an ended batch prove, and what they leave open: pure, so that each case can be held by a test.

The rule of money: a document is sent again only when it is certain that its earlier copy holds no credit. Any number
may be missing [contract: Status], and then nothing may be concluded from it.
"""

from __future__ import annotations

from cvsense_async.api.screening import BatchState

from .tying import TiedResults


def is_untouched(state: BatchState) -> bool:
    """Whether no number says that any document of the batch was gone through."""
    return not state.processed and not state.credits_used and not state.failed


def is_explained(state: BatchState, tied: TiedResults, missing: int) -> bool:
    """Whether an ended batch's numbers agree with its results though some are missing: they will not come later."""
    if state.end is None or (state.credits_used is None and state.processed is None):
        return False
    shown = len(tied.tied) + len(tied.untied)
    if state.credits_used is not None and state.credits_used > tied.charged:
        return False
    if state.processed is not None and state.processed > shown:
        return False
    # A completed batch has gone through all it holds, so that numbers of an earlier moment would agree with nothing.
    return state.end != "completed" or shown > 0 or (state.failed or 0) >= missing


def is_rest_free(state: BatchState, tied: TiedResults, missing: int) -> bool:
    """Whether the documents of an ended batch that have no result hold no credit.

    It charged for what it gave, and for nothing else. Where it gives no count of its credits, only what was processed
    can have been charged, and what was not is refunded by a cancel [doc]. A completed batch has to say of the missing
    ones that they failed.
    """
    if state.end is None or tied.untied:
        return False
    if not state.credits_used and not tied.charged and state.processed == 0:
        return True
    if state.end != "completed":
        if state.credits_used is not None:
            return state.credits_used <= tied.charged
        return state.processed is not None and state.processed <= tied.charged
    if state.credits_used is None or state.credits_used > tied.charged:
        return False
    if state.credits_used == 0:
        return True
    invalid = len(tied.tied) - tied.charged
    return state.failed is not None and state.failed >= invalid + missing


def credits_of(state: BatchState, tied: TiedResults) -> int:
    """What a batch cost: its own count, and never less than its results prove."""
    if state.credits_used is None:
        # What is nobody's may be a second copy, or another batch's: no more were charged than the batch holds.
        return tied.charged if state.total is None else min(tied.charged, max(state.total, tied.charged_of_tied))
    return max(state.credits_used, tied.charged_of_tied)
