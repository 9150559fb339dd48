"""What a webhook delivery tells: one frozen class an event, read from the signed body alone.

Only the body is signed [contract: Delivery], so nothing of an event comes from the headers beside it; what is unknown,
or does not fit its event, is an `UnknownEvent` that keeps what was told, never an error.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from typing import Any

import attrs

from .api import codec
from .api.endpoint import Id
from .api.jsonable import Model


@attrs.frozen(kw_only=True)
class Event(Model):
    """One event. `id` is the same on every retry of its delivery; `data` is what was told, as it came."""

    id: str
    name: str
    created_at: datetime.datetime | None = None
    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True)
class BatchEvent(Event):
    """A batch has ended; `status` is its last one."""

    batch_id: Id
    status: str | None = None


@attrs.frozen(kw_only=True)
class BatchCompleted(BatchEvent):
    """`batch.completed`: the results of a batch can be fetched."""


@attrs.frozen(kw_only=True)
class BatchFailed(BatchEvent):
    """`batch.failed`: a batch failed at the service."""


@attrs.frozen(kw_only=True)
class BatchCancelled(BatchEvent):
    """`batch.cancelled`: a batch was cancelled; credits of CVs that were not processed are refunded [doc]."""


@attrs.frozen(kw_only=True)
class CandidateStatusChanged(Event):
    """`candidate.status_changed`: a candidate has a new status."""

    candidate_id: Id
    status: str | None = None


@attrs.frozen(kw_only=True)
class Ping(Event):
    """`ping`: the test that `session.webhooks.ping` asks for."""


@attrs.frozen(kw_only=True)
class UnknownEvent(Event):
    """An event that this version does not know, or that lacks what its name promises; `data` keeps what was told."""


_BATCH: dict[str, type[BatchEvent]] = {
    "batch.completed": BatchCompleted,
    "batch.failed": BatchFailed,
    "batch.cancelled": BatchCancelled,
}


def read_event(body: bytes, *, delivery_id: str | None = None) -> Event:
    """The event of a body whose signature was checked. `delivery_id` is an id that was signed beside the body.

    Raises `ValueError` for a body that is no event: no JSON object, or one without a name.
    """
    try:
        document = codec.parse(body)
    except (ValueError, RecursionError):
        document = None
    if not codec.is_object(document):
        raise ValueError("no JSON object")
    name = document.get("event", document.get("type"))
    if not isinstance(name, str) or not name:
        raise ValueError("no event's name")
    told = document.get("data")
    data: dict[str, Any] = told if codec.is_object(told) else {key: document[key] for key in document}
    about: dict[str, Any] = {
        "id": _event_id(document.get("id"), delivery_id, body),
        "name": name,
        "created_at": _moment(document.get("created_at", document.get("timestamp"))),
        "data": data,
    }
    status = data.get("status")
    state = status if isinstance(status, str) else None
    if name in _BATCH and (batch_id := _id(data.get("batch_id"))) is not None:
        return _BATCH[name](batch_id=batch_id, status=state, **about)
    if name == "candidate.status_changed" and (candidate_id := _id(data.get("candidate_id"))) is not None:
        return CandidateStatusChanged(candidate_id=candidate_id, status=state, **about)
    return Ping(**about) if name == "ping" else UnknownEvent(**about)


def _event_id(given: Any, delivery_id: str | None, body: bytes) -> str:
    """The body's own id, else the signed one beside it, else one made from the bytes, which are the same on a retry."""
    found = _id(given)
    if found is not None:
        return str(found)
    return delivery_id or f"sha256:{hashlib.sha256(body).hexdigest()}"


def _id(value: Any) -> Id | None:
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) and value != "" else None


def _moment(value: Any) -> datetime.datetime | None:
    try:
        return codec.moment(value)
    except ValueError:
        return None
