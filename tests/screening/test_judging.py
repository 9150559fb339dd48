"""What the numbers of an ended batch prove, case by case."""

from __future__ import annotations

import pytest

from cvsense_async.api.screening import BatchState, Result, end_of
from cvsense_async.screening.judging import credits_of, is_explained, is_rest_free
from cvsense_async.screening.tying import TiedResults


def tied(valid: int, invalid: int = 0, untied: int = 0) -> TiedResults:
    """So many results."""
    results = [Result(id=number, score=50) for number in range(valid)]
    results += [Result(id=1000 + number, match_status="invalid") for number in range(invalid)]
    return TiedResults(dict(enumerate(results)), [Result(id=2000 + number, score=50) for number in range(untied)])


@pytest.mark.parametrize(
    ("status", "credits_used", "processed", "failed", "results", "missing", "free"),
    [
        # with a count of credits: it charged for what it gave, and nothing else
        ("cancelled", 6, 6, 0, tied(6), 4, True),
        ("cancelled", 6, None, None, tied(6), 4, True),
        ("CANCELED", 0, None, None, tied(0), 10, True),
        ("failed", 3, 3, 0, tied(3), 7, True),
        ("error", 3, 3, 0, tied(3), 7, True),
        ("cancelled", 7, 7, 0, tied(6), 4, False),
        ("failed", 10, 10, 0, tied(0), 10, False),
        # without: what was not processed is refunded by a cancel
        ("cancelled", None, 6, None, tied(6), 4, True),
        ("cancelled", None, 0, None, tied(0), 10, True),
        ("cancelled", None, None, None, tied(0), 10, False),
        ("cancelled", None, None, None, tied(6), 4, False),
        ("cancelled", None, 7, None, tied(6), 4, False),
        ("cancelled", None, 7, 1, tied(6, 1), 3, False),  # does `processed` count the invalid one, or hide a valid one?
        # a completed batch must say of the missing ones that they failed
        ("completed", 8, 8, 2, tied(8), 2, True),
        ("completed_with_errors", 8, 8, 2, tied(8), 2, True),
        ("completed", 8, 8, 2, tied(7, 1), 2, False),
        ("completed", 8, 8, 0, tied(8), 2, False),
        ("completed", None, 8, None, tied(8), 2, False),
        ("completed", 0, 0, 0, tied(0), 10, True),
        # what goes on, and what cannot be told from each other
        ("processing", 0, 0, 0, tied(0), 10, False),
        ("cancelling", 0, 0, 0, tied(0), 10, False),
        ("warming_up", 0, 0, 0, tied(0), 10, False),
        ("cancelled", 6, 6, 0, tied(5, untied=1), 5, False),
    ],
)
def test_what_is_free(
    status: str,
    credits_used: int | None,
    processed: int | None,
    failed: int | None,
    results: TiedResults,
    missing: int,
    free: bool,
) -> None:
    """Documents without a result hold no credit only where the numbers leave nothing else."""
    state = BatchState(status=status, credits_used=credits_used, processed=processed, failed=failed)
    assert is_rest_free(state, results, missing) is free


@pytest.mark.parametrize(
    ("status", "credits_used", "processed", "results", "explained"),
    [
        ("completed", 17, 17, tied(17), True),
        ("completed", 20, 20, tied(17), False),
        ("completed", 0, 0, tied(0), False),  # numbers of an earlier moment
        ("completed", None, None, tied(17), False),
        ("cancelled", 0, 0, tied(0), True),
        ("cancelled", None, 6, tied(6), True),
        ("cancelled", None, 6, tied(0), False),
        ("processing", 6, 6, tied(6), False),
    ],
)
def test_whether_more_results_may_come(
    status: str, credits_used: int | None, processed: int | None, results: TiedResults, explained: bool
) -> None:
    """Only where a batch's numbers agree with its results is it not asked for longer."""
    state = BatchState(status=status, credits_used=credits_used, processed=processed)
    assert is_explained(state, results, 3) is explained


def test_what_a_batch_cost() -> None:
    """The service's count, and never less than its results prove."""
    assert credits_of(BatchState(credits_used=7), tied(5)) == 7
    assert credits_of(BatchState(credits_used=0), tied(5)) == 5
    assert credits_of(BatchState(), tied(5, invalid=2, untied=1)) == 6


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("completed", "completed"),
        ("COMPLETED", "completed"),
        ("Done", "completed"),
        ("completed_with_errors", "completed"),
        ("CompletedWithErrors", "completed"),
        ("partially completed", "completed"),
        ("canceled", "cancelled"),
        ("expired", "failed"),
        ("timed_out", "failed"),
        ("error", "failed"),
        ("processing", None),
        ("cancelling", None),
        ("not_finished", None),
        ("retrying_after_error", None),
        ("incomplete", None),
        ("warming_up", None),
        ("", None),
    ],
)
def test_what_a_status_means(word: str, end: str | None) -> None:
    """Case and spelling do not matter; what is not known is no end."""
    assert end_of(word) == end
