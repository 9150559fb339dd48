"""Webhooks: who is told when something ends [contract: endpoints 25 to 28]."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from .endpoint import RULE, Call, Id, Listing, Repeat, Resource, Rule, endpoint, op, pager
from .jsonable import IN_JSON, LOCAL, Model


class EventType(enum.StrEnum):
    """What the service tells of [assumed]."""

    BATCH_COMPLETED = "batch.completed"
    BATCH_FAILED = "batch.failed"
    BATCH_CANCELLED = "batch.cancelled"
    CANDIDATE_STATUS_CHANGED = "candidate.status_changed"
    PING = "ping"


@attrs.frozen(kw_only=True, weakref_slot=False)
class Webhook(Model):
    """A registered receiver [assumed]. `secret` is whole only in the answer to its registration: keep it then."""

    id: Id
    url: str = attrs.field(default="", repr=False)
    events: tuple[EventType | str, ...] = ()
    secret: str | None = attrs.field(default=None, repr=False, metadata={IN_JSON: LOCAL})
    active: bool | None = None
    consecutive_failures: int | None = None
    created_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@endpoint("POST", "/webhooks", personal=True, look_up="list the webhooks: one with this URL may be there")
class RegisterWebhook(Call[Webhook]):
    """Register a receiver for events. Its secret is shown whole only in this answer."""

    url: str = attrs.field(metadata={RULE: Rule(min_length=1)}, repr=False)
    events: Sequence[EventType | str] = attrs.field(
        converter=tuple[EventType | str, ...], metadata={RULE: Rule(min_items=1)}
    )


@endpoint("GET", "/webhooks")
class ListWebhooks(Listing[Webhook]):
    """List the registered receivers."""

    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})


@endpoint("DELETE", "/webhooks/{webhook_id}")
class DeleteWebhook(Call[None]):
    """Delete a receiver."""

    webhook_id: Id


@endpoint("POST", "/webhooks/{webhook_id}/test", repeat=Repeat.HARMLESS)
class PingWebhook(Call[None]):
    """Have a test ping sent to a receiver."""

    webhook_id: Id


class WebhookCalls(Resource):
    """`session.webhooks`: who is told when something ends."""

    register: Final = op(RegisterWebhook)
    delete: Final = op(DeleteWebhook)
    ping: Final = op(PingWebhook)
    list: Final = pager(ListWebhooks)
