"""Webhook deliveries: kept in the database first, then sent, signed, and sent again after 10, 60 and 300 s.

Each is stored in the transaction of what it tells of, so none is lost; the back-off runs on the sandbox's clock
[contract: Webhook].
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from typing import Any, Final

import aiohttp
import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from cvsense_async.api.signature import sign

from .clock import Clock, moment
from .schema import deliveries, webhooks
from .store import Store

log: Final = logging.getLogger("cvsense_async.sandbox")

BACK_OFF = (10.0, 60.0, 300.0)
FAILURES_ALLOWED = 10
AT_ONCE = 16


def announce(tx: Connection, event: str, told: dict[str, Any], now: float) -> None:
    """Store one delivery for each active receiver that asked for this event."""
    for row in tx.execute(select(webhooks).where(webhooks.c.active)).all():
        if event in orjson.loads(row.events):
            enqueue(tx, row.id, event, told, now)


def enqueue(tx: Connection, webhook_id: int, event: str, told: dict[str, Any], now: float) -> str:
    """Store one delivery, due at once; gives its id."""
    delivery_id = str(uuid.uuid4())
    at = moment(now)
    body = {"id": delivery_id, "event": event, "created_at": at.isoformat() if at else None, "data": told}
    number = tx.execute(select(func.coalesce(func.max(deliveries.c.number), 0) + 1)).scalar_one()
    values = {"id": delivery_id, "number": number, "webhook_id": webhook_id, "event": event}
    state = {"state": "pending", "attempts": 0, "next_at": now, "log": b"[]", "created_at": now}
    tx.execute(insert(deliveries).values(**values, body=orjson.dumps(body), **state))
    return delivery_id


def drop(tx: Connection, webhook_id: int) -> None:
    """Give up what still waits for a receiver."""
    waiting = (deliveries.c.webhook_id == webhook_id) & (deliveries.c.state == "pending")
    tx.execute(update(deliveries).where(waiting).values(state="dropped", next_at=None))


def replay(tx: Connection, delivery_id: str, now: float) -> bool:
    """Make a delivery due again, with its attempts counted anew."""
    known = deliveries.c.id == delivery_id
    change = update(deliveries).where(known).values(state="pending", attempts=0, next_at=now)
    return tx.execute(change).rowcount == 1


def logged(tx: Connection) -> list[dict[str, Any]]:
    """Every delivery with its attempts, oldest first."""
    return [
        {
            "id": row.id,
            "webhook_id": row.webhook_id,
            "event": row.event,
            "state": row.state,
            "attempts": row.attempts,
            "next_at": moment(row.next_at),
            "body": orjson.loads(row.body),
            "log": orjson.loads(row.log),
        }
        for row in tx.execute(select(deliveries).order_by(deliveries.c.number))
    ]


def settle(tx: Connection, row: Row[Any], attempt: dict[str, Any], now: float) -> None:
    """Write down an attempt, and what follows from it for the delivery and its receiver."""
    current = tx.execute(select(deliveries).where(deliveries.c.id == row.id)).first()
    if current is None:
        return
    good = bool(attempt["ok"])
    attempts = current.attempts + 1
    values: dict[str, Any] = {"attempts": attempts, "log": orjson.dumps([*orjson.loads(current.log), attempt])}
    if current.state == "pending":
        if good:
            values.update(state="delivered", next_at=None)
        elif attempts <= len(BACK_OFF):
            values.update(next_at=now + BACK_OFF[attempts - 1])
        else:
            values.update(state="failed", next_at=None)
    tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(**values))
    if good:
        tx.execute(update(webhooks).where(webhooks.c.id == row.webhook_id).values(failures=0))
    elif values.get("state") == "failed":
        hook = webhooks.c.id == row.webhook_id
        tx.execute(update(webhooks).where(hook).values(failures=webhooks.c.failures + 1))
        spent = tx.execute(select(webhooks.c.failures).where(hook)).scalar() or 0
        if spent >= FAILURES_ALLOWED:
            tx.execute(update(webhooks).where(hook).values(active=False))
            drop(tx, row.webhook_id)


def due(tx: Connection, now: float, busy: set[str]) -> tuple[list[Row[Any]], float | None]:
    """The deliveries whose moment has come (with their receivers), and the moment of the next one."""
    query = (
        select(deliveries, webhooks.c.url, webhooks.c.secret)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(deliveries.c.state == "pending", deliveries.c.id.not_in(list(busy)))
        .order_by(deliveries.c.next_at, deliveries.c.number)
        .limit(AT_ONCE + 1)
    )
    rows = tx.execute(query).all()
    ready = [row for row in rows if row.next_at <= now]
    return ready, rows[len(ready)].next_at if len(ready) < len(rows) else None


class Deliveries:
    """The task that sends what is due. `wake` tells it that there is something new."""

    def __init__(self, store: Store, clock: Clock, answer_within: float) -> None:
        self._store, self._clock, self._answer_within = store, clock, answer_within
        self._news = asyncio.Event()
        self._busy: set[str] = set()

    def wake(self) -> None:
        """Look again what is due."""
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        timeout = aiohttp.ClientTimeout(total=self._answer_within)
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False, trust_env=False) as http,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                self._news.clear()
                ready, following = await self._store.read(due, self._clock.now(), self._busy)
                for row in ready[: max(0, AT_ONCE - len(self._busy))]:
                    self._busy.add(row.id)
                    tasks.create_task(self._deliver(http, row))
                full = len(self._busy) >= AT_ONCE
                await self._wait(None if full else following)

    async def _wait(self, following: float | None) -> None:
        news = asyncio.ensure_future(self._news.wait())
        waits: set[asyncio.Future[Any]] = {news}
        if following is not None:
            waits.add(asyncio.ensure_future(self._clock.sleep_until(following)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _deliver(self, http: aiohttp.ClientSession, row: Row[Any]) -> None:
        try:
            attempt = await self._attempt(http, row)
            await self._store.write(settle, row, attempt, self._clock.now())
        except Exception as error:
            log.error("a delivery could not be settled: %s", type(error).__name__)
            await asyncio.sleep(1)
        finally:
            self._busy.discard(row.id)
            self.wake()

    async def _attempt(self, http: aiohttp.ClientSession, row: Row[Any]) -> dict[str, Any]:
        now = self._clock.now()
        at = moment(now)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "cvsense-sandbox",
            "X-CVSense-Event": row.event,
            "X-CVSense-Delivery": row.id,
            "X-CVSense-Timestamp": str(int(now)),
            "X-CVSense-Signature": sign(row.body, row.secret),
        }
        status, error = None, None
        try:
            async with http.post(row.url, data=row.body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
                with contextlib.suppress(aiohttp.ClientError):
                    await answer.content.read(1024)
        except Exception as failure:  # whatever a URL can do, it is an attempt that failed
            error = "no answer in time" if isinstance(failure, TimeoutError) else type(failure).__name__
        ok = status is not None and 200 <= status < 300
        return {"at": at.isoformat() if at else None, "status": status, "error": error, "ok": ok}
