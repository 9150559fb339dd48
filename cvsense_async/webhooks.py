"""Webhooks in: verify a delivery, take each event once, and hand it to the functions that asked for it.

The service waits 10 s for its answer and switches a receiver off after ten failures [contract: Delivery], so a delivery
is written down and answered at once, and its handlers work from a bounded queue.

    receiver = WebhookReceiver(secret, store=SQLiteStore("events.db"))

    @receiver.on(BatchCompleted)
    async def collect(event: BatchCompleted) -> None:
        ...

    async with receiver:
        reply = await receiver.receive(body, headers)   # in the web framework of your choice
"""

from __future__ import annotations

from .api.signature import sign
from .webhook_events import (
    BatchCancelled,
    BatchCompleted,
    BatchEvent,
    BatchFailed,
    CandidateStatusChanged,
    Event,
    Ping,
    UnknownEvent,
)
from .webhook_receiver import Reply, WebhookReceiver
from .webhook_signature import MAX_BODY, standard_signature, verify
from .webhook_sqlite import SQLiteStore
from .webhook_store import EventStore, MemoryStore, SharedEventStore

__all__ = [
    "MAX_BODY",
    "BatchCancelled",
    "BatchCompleted",
    "BatchEvent",
    "BatchFailed",
    "CandidateStatusChanged",
    "Event",
    "EventStore",
    "MemoryStore",
    "Ping",
    "Reply",
    "SQLiteStore",
    "SharedEventStore",
    "UnknownEvent",
    "WebhookReceiver",
    "sign",
    "standard_signature",
    "verify",
]
