"""Webhooks out: signed, sent again, switched off, replayed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest
from aiohttp import web

from cvsense_async.api.signature import is_signed, sign

PDF = b"%PDF-1.4\n%%EOF"


@attrs.define
class Receiver:
    """Notes what comes, and answers as it is told."""

    url: str = ""
    answers: list[int] = attrs.field(factory=list[int])
    usual: int = 200
    came: list[Any] = attrs.field(factory=list[Any])
    delay: float = 0.0

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((dict(request.headers), await request.read()))
        await asyncio.sleep(self.delay)
        status = self.answers.pop(0) if self.answers else self.usual
        return web.Response(status=status, headers={"Location": self.url} if status == 302 else {})

    async def until(self, count: int) -> None:
        async with asyncio.timeout(100):
            while len(self.came) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a socket."""
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def register(wire: Any, receiver: Receiver, *events: str) -> Any:
    return (await wire("POST", "/webhooks", {"url": receiver.url, "events": list(events)})).data


async def log(wire: Any, state: str) -> Any:
    """The one delivery, once it is in that state."""
    async with asyncio.timeout(100):
        while (found := (await wire("GET", "/_sandbox/deliveries")).json)[-1]["state"] != state:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found[-1]


async def attempts(wire: Any, count: int) -> Any:
    """The last delivery, once it has been tried that often."""
    async with asyncio.timeout(100):
        while (found := (await wire("GET", "/_sandbox/deliveries")).json[-1])["attempts"] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found


async def test_a_batch_tells_its_end(wire: Any, receiver: Receiver) -> None:
    """The end of a batch is told, signed over the raw body with the secret, with all headers."""
    hook = await register(wire, receiver, "batch.completed")
    batch_id = await wire.screened(PDF)
    await receiver.until(1)
    headers, body = receiver.came[0]
    made = hmac.new(hook["secret"].encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-CVSense-Signature"] == f"sha256={made}"
    told = json.loads(body)
    assert (told["event"], told["data"]) == ("batch.completed", {"batch_id": batch_id, "status": "completed"})
    assert headers["X-CVSense-Event"] == "batch.completed"
    assert headers["X-CVSense-Delivery"] == told["id"]
    assert headers["X-CVSense-Timestamp"].isdigit()
    assert (await log(wire, "delivered"))["log"][0]["status"] == 200


async def test_who_is_told_what(wire: Any, receiver: Receiver) -> None:
    """A receiver is told only of what it asked for; a status that stays the same is not news."""
    await register(wire, receiver, "batch.cancelled", "candidate.status_changed")
    await wire.screened(PDF)
    (one,) = (await wire("GET", "/candidates")).data
    await wire("PUT", f"/candidates/{one['id']}/status", {"status": "new"})
    await wire("PUT", f"/candidates/{one['id']}/status", {"status": "hired"})
    await receiver.until(1)
    await wire("DELETE", f"/screening/batch/{await wire.batch()}")
    await receiver.until(2)
    told = [json.loads(body) for _, body in receiver.came]
    assert [one["event"] for one in told] == ["candidate.status_changed", "batch.cancelled"]
    assert told[0]["data"] == {"candidate_id": one["id"], "status": "hired"}


async def test_back_off(wire: Any, receiver: Receiver) -> None:
    """Attempts at 0, 10, 60 and 300 s on the sandbox's clock, with one id; then the delivery has failed."""
    hook = await register(wire, receiver, "ping")
    receiver.usual = 500
    await wire("POST", f"/webhooks/{hook['id']}/test")
    for count, pause in enumerate((10, 60, 300), 1):
        await attempts(wire, count)
        await wire("POST", "/_sandbox/clock", {"advance": pause - 2})
        await asyncio.sleep(0.05)
        assert len(receiver.came) == count
        await wire("POST", "/_sandbox/clock", {"advance": 2})
        await receiver.until(count + 1)
    assert len((await log(wire, "failed"))["log"]) == 4
    assert len({headers["X-CVSense-Delivery"] for headers, _ in receiver.came}) == 1
    assert len({body for _, body in receiver.came}) == 1
    assert (await wire("GET", "/webhooks")).data[0]["consecutive_failures"] == 1


async def test_a_later_attempt_may_do(wire: Any, receiver: Receiver) -> None:
    """A 2xx at the second attempt ends the delivery and the count of failures."""
    hook = await register(wire, receiver, "ping")
    receiver.answers = [302, 204]
    await wire("POST", f"/webhooks/{hook['id']}/test")
    await attempts(wire, 1)
    assert len(receiver.came) == 1  # the redirect was not followed
    await wire("POST", "/_sandbox/clock", {"advance": 10})
    assert [one["status"] for one in (await log(wire, "delivered"))["log"]] == [302, 204]
    assert (await wire("GET", "/webhooks")).data[0]["consecutive_failures"] == 0


async def test_switched_off(wire: Any, receiver: Receiver) -> None:
    """After ten failed deliveries in a row the receiver is switched off; a test ping still goes out."""
    hook = await register(wire, receiver, "ping", "batch.cancelled")
    receiver.usual = 500
    for n in range(10):
        await wire("DELETE", f"/screening/batch/{await wire.batch()}")
        for count in range(1, 5):
            await attempts(wire, count)
            await wire("POST", "/_sandbox/clock", {"advance": 300})
        await log(wire, "failed")
        assert (await wire("GET", "/webhooks")).data[0]["active"] is (n < 9)
    await wire("DELETE", f"/screening/batch/{await wire.batch()}")
    assert len((await wire("GET", "/_sandbox/deliveries")).json) == 10
    await wire("POST", f"/webhooks/{hook['id']}/test")
    await receiver.until(41)


async def test_no_answer_in_time(opened: Any, receiver: Receiver) -> None:
    """A receiver that answers too late has not taken it."""
    async with opened(webhook_seconds=0.1) as wire:
        hook = await register(wire, receiver, "ping")
        receiver.delay = 0.5
        await wire("POST", f"/webhooks/{hook['id']}/test")
        assert (await attempts(wire, 1))["log"][0]["error"] == "no answer in time"
        receiver.delay = 0
        await wire("DELETE", f"/webhooks/{hook['id']}")
        await log(wire, "dropped")


async def test_replay(wire: Any, receiver: Receiver) -> None:
    """A delivery can be sent again with the same id and body."""
    hook = await register(wire, receiver, "ping")
    await wire("POST", f"/webhooks/{hook['id']}/test")
    sent = await log(wire, "delivered")
    assert (await wire("POST", f"/_sandbox/deliveries/{sent['id']}/replay")).status == 202
    await receiver.until(2)
    assert receiver.came[0][1] == receiver.came[1][1]
    assert (await wire("POST", "/_sandbox/deliveries/nothing/replay")).status == 404


async def test_nobody_there(wire: Any) -> None:
    """A receiver that cannot be reached is an attempt that failed, nothing more."""
    for url in ("http://127.0.0.1:1/", "http://nothing.invalid/", "http://[::1]:1/x", "http://xn--/"):
        hook = await wire("POST", "/webhooks", {"url": url, "events": ["ping"]})
        await wire("POST", f"/webhooks/{hook.data['id']}/test")
        assert (await attempts(wire, 1))["log"][0]["ok"] is False
    assert (await wire("GET", "/account")).status == 200


def test_signing() -> None:
    """The signature is the HMAC of the bytes; another body, secret or form does not pass."""
    made = sign(b"body", "secret")
    assert made == "sha256=" + hmac.new(b"secret", b"body", hashlib.sha256).hexdigest()
    assert is_signed(b"body", "secret", made)
    assert is_signed(b"body", "secret", made.removeprefix("sha256=").upper())
    assert not is_signed(b"body ", "secret", made)
    assert not is_signed(b"body", "other", made)
    assert not is_signed(b"body", "secret", "")
    assert not is_signed(b"body", "secret", "sha256=ä")
