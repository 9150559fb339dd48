"""The sandbox's own pages and switches, under `/_sandbox/`: no key, no throttle.

They are for tests and for people; nothing of the service's own API stands here.
"""

from __future__ import annotations

import urllib.parse
from typing import Any

import attrs
import orjson
from aiohttp import web
from sqlalchemy import Connection, func, select

from cvsense_async.api import codec, openapi

from . import credits, deliveries, page, schema, store
from .clock import moment
from .context import Refusal, Services
from .options import LOOPBACK

PREFIX = "/_sandbox"


def routes(services: Services, *, app_routes: str) -> list[web.RouteDef]:
    """All of them."""
    control = Control(services, app_routes)
    return [
        web.get(f"{PREFIX}/clock", control.clock),
        web.post(f"{PREFIX}/clock", control.advance),
        web.get(f"{PREFIX}/faults", control.faults),
        web.post(f"{PREFIX}/faults", control.add_fault),
        web.delete(f"{PREFIX}/faults", control.clear_faults),
        web.delete(PREFIX + r"/faults/{fault_id:\d{1,9}}", control.remove_fault),
        web.get(f"{PREFIX}/deliveries", control.deliveries),
        web.post(f"{PREFIX}/deliveries/{{delivery_id}}/replay", control.replay),
        web.post(f"{PREFIX}/reset", control.reset),
        web.get(f"{PREFIX}/state", control.state),
        web.get(f"{PREFIX}/ledger", control.ledger),
        web.get(f"{PREFIX}/openapi.json", control.openapi),
        web.get(f"{PREFIX}/", control.page),
        web.get(PREFIX, control.page),
    ]


def check_host(request: web.Request) -> None:
    """A `Host` that names no host would only fail later, where an address is made of it. Raises a 400."""
    try:
        named = urllib.parse.urlsplit(f"//{request.host}").hostname
        request.url.origin()
    except ValueError:
        named = None
    if named is None:
        raise Refusal(400, "The Host header names no host.")


def guard(request: web.Request) -> None:
    """Keep a web page that is open in a browser from reaching the switches. Raises a 403."""
    for name in ("Host", "Origin"):
        given = request.headers.get(name)
        if given is not None and _hostname(given) not in LOOPBACK:
            raise Refusal(403, "The sandbox's switches are for this machine only.")


def _hostname(given: str) -> str | None:
    """The host of an origin or an authority; `None` where there is none in it."""
    try:
        return urllib.parse.urlsplit(given if "//" in given else f"//{given}").hostname
    except ValueError:
        return None


@attrs.frozen
class Control:
    """The handlers, over a sandbox's parts."""

    services: Services
    api: str

    async def clock(self, _: web.Request) -> web.Response:
        """What time it is."""
        clock = self.services.clock
        return _json({"now": clock.now(), "iso": moment(clock.now()), "offset": clock.offset})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the time forward: `{"advance": seconds}`."""
        seconds = (await _object(request)).get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise Refusal(422, 'Send {"advance": seconds}.')
        try:
            self.services.clock.advance(float(seconds))
        except ValueError as error:
            raise Refusal(422, str(error)) from None
        self.services.deliveries.wake()
        return await self.clock(request)

    async def faults(self, _: web.Request) -> web.Response:
        """What is armed, and how often each struck."""
        return _json([armed.to_json() for armed in self.services.faults.armed])

    async def add_fault(self, request: web.Request) -> web.Response:
        """Arm one."""
        try:
            return _json(self.services.faults.add(await _object(request)).to_json(), 201)
        except ValueError as error:
            raise Refusal(422, str(error)) from None

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Disarm all."""
        self.services.faults.reset()
        return _json([])

    async def remove_fault(self, request: web.Request) -> web.Response:
        """Disarm one."""
        if not self.services.faults.remove(int(request.match_info["fault_id"])):
            raise Refusal(404)
        return await self.faults(request)

    async def deliveries(self, _: web.Request) -> web.Response:
        """The log."""
        return _json(await self.services.store.read(deliveries.logged))

    async def replay(self, request: web.Request) -> web.Response:
        """Send one again."""
        delivery_id, now = request.match_info["delivery_id"], self.services.clock.now()
        if not await self.services.store.write(deliveries.replay, delivery_id, now):
            raise Refusal(404)
        self.services.deliveries.wake()
        return _json({"id": delivery_id}, 202)

    async def reset(self, _: web.Request) -> web.Response:
        """As it was when it was new."""
        parts = self.services
        parts.faults.reset()
        parts.throttles.reset()
        parts.clock.reset()

        def work(tx: Connection) -> list[str]:
            paths = list(tx.execute(select(schema.items.c.path).where(schema.items.c.state == "pending")).scalars())
            store.wipe(tx)
            credits.grant(tx, parts.options.credits, parts.clock.now())
            return paths

        from .uploads import discard

        discard(parts.spool, await parts.store.write(work))
        parts.screener.forget()
        return _json({"reset": True})

    async def openapi(self, request: web.Request) -> web.Response:
        """The API, described."""
        return _json(openapi.document(str(request.url.origin()) + self.api))

    async def page(self, request: web.Request) -> web.Response:
        """For people."""
        options = self.services.options
        limit, period = options.rate_limit
        throttle = f"{limit} requests in {period:g} s, {options.throttle}"
        url = str(request.url.origin()) + self.api
        ledger = await self.services.store.read(credits.ledger)
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        shown = page.render(url, await self._counts(), ledger, throttle)
        return web.Response(text=shown, content_type="text/html", headers=policy)

    async def state(self, _: web.Request) -> web.Response:
        """How much of everything there is."""
        return _json(await self._counts())

    async def _counts(self) -> dict[str, Any]:
        def work(tx: Connection) -> dict[str, Any]:
            names = ("jobs", "batches", "items", "candidates", "applications", "shortlists", "webhooks", "deliveries")
            counted = {
                n: tx.execute(select(func.count()).select_from(schema.metadata.tables[n])).scalar() for n in names
            }
            by_status = select(schema.batches.c.status, func.count()).group_by(schema.batches.c.status)
            return {**counted, "batches_by_status": dict(tx.execute(by_status).all())}

        found = await self.services.store.read(work)
        return {**found, "throttled": self.services.throttles.refused, "engine_trouble": self.services.screener.trouble}

    async def ledger(self, _: web.Request) -> web.Response:
        """The credits and the sums of their movements."""
        return _json(await self.services.store.read(credits.ledger))


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        document: Any = orjson.loads(await request.read() or b"{}")
    except ValueError:
        raise Refusal(400, "The body is not JSON.") from None
    if not codec.is_object(document):
        raise Refusal(400, "The body must be a JSON object.")
    return document


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), content_type="application/json")
