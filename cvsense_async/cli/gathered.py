"""What a screening has given so far, kept small: the best results, and everything that has no result.

The command shows it whether the run ended, failed or was interrupted.
"""

from __future__ import annotations

from typing import Any

import attrs

from cvsense_async.api.screening import Evidence, Result
from cvsense_async.screening.cv import Rejected, RejectReason
from cvsense_async.screening.export import screened_record
from cvsense_async.screening.outcome import BatchResult, Failed, Screened, Summary, Unsettled
from cvsense_async.screening.ranking import ranking_key


@attrs.define
class Gathered:
    """Batches added up. `top` bounds how many results are kept; `None` keeps all."""

    top: int | None
    best: list[Screened] = attrs.field(factory=list[Screened], repr=False)
    invalid: list[Screened] = attrs.field(factory=list[Screened], repr=False)
    rejected: list[Rejected] = attrs.field(factory=list[Rejected], repr=False)
    failed: list[Failed] = attrs.field(factory=list[Failed], repr=False)
    unsettled: list[Unsettled] = attrs.field(factory=list[Unsettled], repr=False)
    failures: list[tuple[Any, str]] = attrs.field(factory=list[tuple[Any, str]], repr=False)
    """Batches that did not complete: their id and why."""
    reports_failed: int = 0

    def add(self, batch: BatchResult) -> None:
        """Take in a finished batch."""
        valid = [screened for screened in batch if not screened.invalid]
        self.invalid += [screened for screened in batch if screened.invalid]
        every = sorted([*self.best, *valid], key=ranking_key)
        self.best = every[: self.top]
        self.rejected += batch.rejected
        self.failed += batch.failed
        self.unsettled += batch.unsettled
        if batch.failure is not None:
            self.failures.append((batch.batch_id, str(batch.failure)))

    def incomplete(self, summary: Summary) -> bool:
        """Whether a document other than a duplicate has no score, or a report could not be fetched."""
        refused = any(rejected.reason is not RejectReason.DUPLICATE for rejected in self.rejected)
        return bool(refused or self.invalid or self.reports_failed or not summary.complete)


def strongest(result: Result) -> Evidence | None:
    """The quote that speaks most for a CV: of an essential skill that is shown in use, else of what comes next."""
    best: tuple[int, Evidence] | None = None
    for skill in result.skills:
        quote = next((one for one in skill.evidence if one.quote.strip()), None)
        if quote is None or skill.classification == "missing":
            continue
        weight = (2 if skill.classification == "evidenced" else 0) + (skill.importance == "essential")
        if best is None or weight > best[0]:
            best = (weight, quote)
    return best[1] if best is not None else None


def why_invalid(screened: Screened) -> str:
    """Why a CV could not be screened, in the service's words where it has any."""
    return screened.result.summary or "the service could not read it"


def why_rejected(rejected: Rejected) -> str:
    """Why a document was not screened."""
    if rejected.duplicate_of is not None:
        return f"it has the same content as {rejected.duplicate_of}"
    if rejected.reason is RejectReason.EMPTY:
        return "the file is empty"
    if rejected.reason is RejectReason.NOT_PDF_OR_DOCX:
        return f"it is neither a PDF nor a DOCX; {rejected.detail}"
    return f"{rejected.detail} ({rejected.said})" if rejected.said else rejected.detail


def failed_record(one: Failed) -> dict[str, Any]:
    """A CV that was not screened, as plain JSON values."""
    return {
        "source": one.document.source,
        "name": one.document.name,
        "batch_id": one.batch_id,
        "detail": one.detail,
        "given_up": one.decided,
    }


def unsettled_record(one: Unsettled) -> dict[str, Any]:
    """A CV of which nobody can say what became of it, as plain JSON values, with a result that may be its own."""
    kept = one.result
    return {
        "source": one.document.source,
        "name": one.document.name,
        "sha256": one.document.sha256,
        "batch_id": one.batch_id,
        "look_up": one.look_up,
        "kept_result": None
        if kept is None
        else {
            "item_id": kept.id,
            "filename": kept.filename,
            "score": kept.score,
            "match_status": str(kept.match_status),
            "candidate": kept.candidate.name if kept.candidate is not None else None,
        },
    }


def as_json(
    gathered: Gathered, summary: Summary, *, sandbox: bool, error: str | None, journal: str | None
) -> dict[str, Any]:
    """The whole outcome as plain JSON values."""
    return {
        "results": [{"rank": place, **screened_record(screened)} for place, screened in enumerate(gathered.best, 1)],
        "invalid": [{**screened_record(screened), "why": why_invalid(screened)} for screened in gathered.invalid],
        "rejected": [
            {
                "source": one.source,
                "name": one.name,
                "reason": str(one.reason),
                "detail": why_rejected(one),
                "duplicate_of": one.duplicate_of,
            }
            for one in gathered.rejected
        ],
        "failed": [failed_record(one) for one in gathered.failed],
        "unsettled": [unsettled_record(one) for one in gathered.unsettled],
        "failed_batches": [{"batch_id": batch, "why": why} for batch, why in gathered.failures],
        "summary": {
            **attrs.asdict(summary, recurse=False),
            "left": [{"batch_id": one.batch_id, "credits": one.credits} for one in summary.left],
            "complete": summary.complete,
            "credits_unexplained": summary.credits_unexplained,
            "scored_by": "sandbox" if sandbox else "service",
        },
        "journal": journal,
        "error": error,
    }
