"""Results, rejects and failures as the JSON that a journal holds, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from cvsense_async import errors
from cvsense_async.api import codec
from cvsense_async.api.endpoint import Id
from cvsense_async.api.screening import Result

from .cv import Document, Rejected, RejectReason
from .outcome import BatchResult, Failed, Screened, Unsettled

OF_BATCH = "cvsense_async:batch_id"
"""Where a result stands in the journal of a run that did not pay for it: the batch that it is of."""

Outcome = tuple[str, bytes | None, str]
"""The kind of an outcome, the SHA-256 of its document, and the rest as JSON."""


def outcomes(result: BatchResult) -> list[Outcome]:
    """What is written down of a result. What failed though the service had not given it up is sent again on resume."""
    rows: list[Outcome] = [
        ("screened", _sha(each.document), _text(_said(each, result.batch_id))) for each in result.results
    ]
    for rejected in result.rejected:
        if rejected.sha256 is not None:
            said = {"reason": rejected.reason.value, "detail": rejected.detail, "said": rejected.said}
            rows.append(("rejected", bytes.fromhex(rejected.sha256), _text(said)))
    rows += [("failed", _sha(failed.document), _text(failed.detail)) for failed in result.failed if failed.given_up]
    rows += [("unsettled", _sha(left.document), _text(_unsettled_said(left))) for left in result.unsettled]
    return rows


def _unsettled_said(left: Unsettled) -> dict[str, Any]:
    return {
        "look_up": left.look_up,
        "result": None if left.result is None else codec.to_json(left.result),
        "item_id": left.item_id,
        "wire_name": left.wire_name,
        "counted": left.counted,
    }


def _unsettled(said: Any, document: Document, batch_id: Id | None) -> Unsettled:
    if isinstance(said, str):  # as earlier versions wrote it
        return Unsettled(document, said, batch_id)
    untied = said["result"]
    return Unsettled(
        document,
        said["look_up"],
        batch_id,
        result=None if untied is None else codec.converter().structure(untied, Result),
        item_id=said["item_id"],
        wire_name=said["wire_name"],
        counted=said["counted"],
    )


def failure(result: BatchResult) -> str | None:
    """Why a batch did not complete."""
    only_delayed = result.failed and not result.unsettled and not any(failed.given_up for failed in result.failed)
    if result.failure is None or only_delayed:
        return None
    kind = "OutcomeUnsettled" if isinstance(result.failure, errors.OutcomeUnsettled) else "BatchFailed"
    return _text({"kind": kind, "words": str(result.failure), "status": getattr(result.failure, "status", None)})


def restored(batch_id: Id | None, why: str | None, rows: Iterable[tuple[str, str, Document | None]]) -> BatchResult:
    """A result as it was written down, marked as resumed."""
    results: list[Screened] = []
    rejected: list[Rejected] = []
    failed: list[Failed] = []
    unsettled: list[Unsettled] = []
    for kind, content, document in rows:
        if kind == "screened":
            results.append(screened(content, document, batch_id))
            continue
        said: Any = orjson.loads(content)
        if document is None:
            continue
        elif kind == "rejected":
            reason = RejectReason(said["reason"])
            rejected.append(
                Rejected(
                    document.source, document.name, reason, said["detail"], said=said["said"], sha256=document.sha256
                )
            )
        elif kind in ("failed", "given_up"):
            failed.append(Failed(document, said, batch_id, given_up=True, decided=kind == "given_up"))
        else:
            unsettled.append(_unsettled(said, document, batch_id))
    problem = _failure(batch_id, why)  # which what was unsettled then, and is not now, does not stand for any more
    return BatchResult(
        batch_id,
        tuple(results),
        tuple(rejected),
        tuple(failed),
        tuple(unsettled),
        None if isinstance(problem, errors.OutcomeUnsettled) and not unsettled else problem,
        resumed=True,
    )


def screened(content: str, document: Document | None, batch_id: Id | None) -> Screened:
    """A result as it was written down; one that an earlier run had paid for says which batch it is of."""
    said: Any = orjson.loads(content)
    of_batch = said.pop(OF_BATCH, batch_id)
    return Screened(codec.converter().structure(said, Result), document, of_batch)


def _said(screened: Screened, batch_id: Id | None) -> Any:
    said = codec.to_json(screened.result)
    return said if screened.batch_id == batch_id else {**said, OF_BATCH: screened.batch_id}


def _failure(batch_id: Id | None, why: str | None) -> errors.CVSenseError | None:
    if why is None:
        return None
    said: dict[str, Any] = orjson.loads(why)
    if said["kind"] == "OutcomeUnsettled":
        return errors.OutcomeUnsettled(said["words"], batch_id=batch_id)
    status = said["status"]
    return errors.BatchFailed(said["words"], batch_id=batch_id, status=None if status is None else str(status))


def _sha(document: Document | None) -> bytes | None:
    return None if document is None else bytes.fromhex(document.sha256)


def _text(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
