"""Registered webhooks, and their signed deliveries with the contract's retries.

A client that waits by webhook is tested against real deliveries: late, repeated or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from .dialect import Dialect
from .options import Options

ANSWER_SECONDS = 10.0


class Webhooks:
    """The hooks and the log of what was delivered to them (only to plain http on this machine)."""

    def __init__(self, options: Options, dialect: Dialect) -> None:
        self.hooks: dict[str, dict[str, Any]] = {}
        self.deliveries: list[dict[str, Any]] = []
        self._options = options
        self._dialect = dialect
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, url: str, events: list[str]) -> dict[str, Any]:
        """A new hook, with its whole secret."""
        hook: dict[str, Any] = {
            "id": self._dialect.new_id("w"),
            "url": url,
            "events": events,
            "secret": secrets.token_hex(20),
            "active": True,
            "consecutive_failures": 0,
            "created_at": time.time(),
        }
        self.hooks[str(hook["id"])] = hook
        return hook

    def emit(self, event: str, content: dict[str, Any], only: dict[str, Any] | None = None) -> None:
        """Deliver an event to every hook that asked for it, or to one."""
        for hook in [only] if only is not None else list(self.hooks.values()):
            if hook["active"] and (only is not None or event in hook["events"]):
                task = asyncio.get_running_loop().create_task(self._deliver(hook, event, content))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _deliver(self, hook: dict[str, Any], event: str, content: dict[str, Any]) -> None:
        delivery = str(uuid.uuid4())
        told = {"id": delivery, "event": event, "created_at": self._dialect.time(time.time()), "data": content}
        body = json.dumps(told).encode()
        signature = hmac.new(hook["secret"].encode(), body, hashlib.sha256).hexdigest()
        entry: dict[str, Any] = {"id": delivery, "event": event, "hook": hook["id"], "attempts": [], "data": content}
        self.deliveries.append(entry)
        headers = {
            "Content-Type": "application/json",
            "X-CVSense-Event": event,
            "X-CVSense-Delivery": delivery,
            "X-CVSense-Timestamp": str(int(time.time())),
            "X-CVSense-Signature": f"sha256={signature}",
        }
        for pause in [0.0, *self._options.webhook_backoff]:
            await asyncio.sleep(pause)
            status = 0
            with suppress(OSError, TimeoutError, ValueError, IndexError):
                status = await asyncio.wait_for(_post(hook["url"], headers, body), ANSWER_SECONDS)
            entry["attempts"].append({"at": time.monotonic(), "status": status})
            if 200 <= status < 300:
                hook["consecutive_failures"] = 0
                return
        hook["consecutive_failures"] += 1
        if hook["consecutive_failures"] >= 10:
            hook["active"] = False

    def close(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()


async def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"}:
        raise ValueError("deliveries go to this machine only")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
        lines += ["Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        await writer.drain()
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
