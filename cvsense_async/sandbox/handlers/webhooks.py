"""Webhooks [contract: endpoints 25 to 28]."""

from __future__ import annotations

import secrets
import urllib.parse
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select

from cvsense_async.api.endpoint import Id, Page
from cvsense_async.api.webhooks import (
    DeleteWebhook,
    EventType,
    ListWebhooks,
    PingWebhook,
    RegisterWebhook,
    Webhook,
)

from .. import deliveries
from ..clock import moment
from ..context import Context, Refusal, handles, invalid
from ..paging import page_of, row_id
from ..schema import webhooks

EVENTS = frozenset(str(event.value) for event in EventType)
LONGEST_URL = 2048


@handles(RegisterWebhook)
async def register_webhook(call: RegisterWebhook, ctx: Context) -> Webhook:
    """The answer is the only one with the whole secret."""
    if not _is_http(call.url):
        raise invalid("url", "The url must be an http or https URL.")
    unknown = [str(event) for event in call.events if str(event) not in EVENTS]
    if unknown:
        raise invalid("events", f"The events must be among: {', '.join(sorted(EVENTS))}.")
    secret = f"whsec_{secrets.token_hex(24)}"
    values = {
        "url": call.url,
        "events": orjson.dumps(list(dict.fromkeys(str(event) for event in call.events))),
        "secret": secret,
        "active": True,
        "failures": 0,
        "created_at": ctx.now(),
    }

    def work(tx: Connection) -> Webhook:
        made = tx.execute(insert(webhooks).values(**values))
        return _webhook(_row(tx, made.lastrowid), whole=True)

    return await ctx.store.write(work)


@handles(ListWebhooks)
async def list_webhooks(call: ListWebhooks, ctx: Context) -> Page[Webhook]:
    """Oldest first; secrets are masked."""
    query = select(webhooks).order_by(webhooks.c.id)
    return await ctx.store.read(page_of, query, _webhook, page=call.page, per_page=None)


@handles(DeleteWebhook)
async def delete_webhook(call: DeleteWebhook, ctx: Context) -> None:
    """What was not delivered yet is dropped."""

    def work(tx: Connection) -> None:
        row = _row(tx, call.webhook_id)
        deliveries.drop(tx, row.id)
        tx.execute(delete(webhooks).where(webhooks.c.id == row.id))

    await ctx.store.write(work)


@handles(PingWebhook)
async def ping_webhook(call: PingWebhook, ctx: Context) -> None:
    """Sent whatever events the receiver asked for, also to one that was switched off."""

    def work(tx: Connection) -> None:
        row = _row(tx, call.webhook_id)
        deliveries.enqueue(tx, row.id, "ping", {"webhook_id": row.id}, ctx.now())

    await ctx.store.write(work)
    ctx.services.deliveries.wake()


def _row(tx: Connection, webhook_id: Id) -> Row[Any]:
    row = tx.execute(select(webhooks).where(webhooks.c.id == row_id(webhook_id))).first()
    if row is None:
        raise Refusal(404, "Webhook not found.")
    return row


def _webhook(row: Row[Any], *, whole: bool = False) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=tuple(orjson.loads(row.events)),
        secret=row.secret if whole else f"whsec_…{row.secret[-4:]}",
        active=row.active,
        consecutive_failures=row.failures,
        created_at=moment(row.created_at),
    )


def _is_http(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if len(url) > LONGEST_URL or not url.isprintable() or any(c.isspace() for c in url):
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
