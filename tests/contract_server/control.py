"""The tests' own door: set behaviour, read the log and the ledger, stop answering; under /_test/, no key, no throttle.

It also listens on a second port, so that it can be asked while the service itself refuses connections.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, cast

from .screening import Batch
from .service import ContractService
from .wire import Answer, Buffer, Connection, Request, json_answer


class Control:
    """Both listeners and the answers under /_test/."""

    def __init__(self, service: ContractService) -> None:
        self.service = service
        self._connections: set[Connection] = set()
        self._private: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._door: asyncio.Server | None = None
        self.port = 0
        self.control_port = 0
        service.control = self.answer

    async def open(self) -> None:
        """Listen; the ports are known afterwards."""
        loop, options = asyncio.get_running_loop(), self.service.options
        self._door = await loop.create_server(lambda: Connection(self.service, self._private), options.host, 0)
        self.control_port = self._door.sockets[0].getsockname()[1]
        self.port = options.port
        await self._listen()

    async def _listen(self) -> None:
        loop, host = asyncio.get_running_loop(), self.service.options.host
        self._server = await loop.create_server(
            lambda: Connection(self.service, self._connections), host, self.port, reuse_address=True, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def about(self) -> dict[str, Any]:
        """Where the service and this door are, and a key."""
        options = self.service.options
        return {
            "url": f"http://{options.host}:{self.port}{options.base_path}",
            "control_url": f"http://{options.host}:{self.control_port}/_test",
            "api_key": options.api_keys[0],
        }

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.service.close()
        for server in (self._server, self._door):
            if server is not None:
                server.close()
        for connection in [*self._connections, *self._private]:
            connection.transport.abort()

    def answer(self, request: Request) -> Any:
        """One request under /_test/; an unknown one is a 404, a bad one a 400 with its reason."""
        sink = request.sink
        try:
            body: Any = json.loads(bytes(sink.body)) if isinstance(sink, Buffer) and sink.body else {}
            word = "/".join(request.path[1:])
            if word in {"stop", "resume"}:
                return self._mode(body.get("mode", "silent") if word == "stop" else "answer")
            return json_answer(200, self._said(word, request, body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return json_answer(400, {"error": f"{type(error).__name__}: {error}"})

    def _said(self, word: str, request: Request, body: dict[str, Any]) -> Any:
        service, query = self.service, request.query
        record, ledger, options = service.record, service.answers.ledger, service.options
        posted = request.method == "POST"
        match word:
            case "about":
                return {**self.about, "now": time.monotonic(), "mode": service.mode}
            case "options":
                if posted:
                    service.set(body)
                return options.as_json()
            case "reset":
                service.set(body)
                service.close()
                service.reset()
                return {"ok": True}
            case "log":
                return record.as_json(int(query.get("since", 0)), query.get("op"))
            case "report":
                report = record.report(options.limit, options.period)
                report["peak_open_batches"] = service.answers.screening.peak_open
                return report
            case "ledger":
                shas = set(query["sha"].split(",")) if "sha" in query else None
                said = ledger.summary()
                return said if query.get("summary") else {**said, "by_content": ledger.by_content(shas)}
            case "check":
                return ledger.check(_expected(body.get("expected", {})), body.get("results", []))
            case "batches":
                return [self._batch(batch) for batch in service.answers.screening.batches.values()]
            case "items":
                return {str(key): {"sha256": item.sha, "filename": item.filename, "batch_id": item.batch_id}
                        for key, item in ledger.items.items()}  # fmt: skip
            case "keys":
                service.keys |= set(body.get("add", []))
                service.keys -= set(body.get("revoke", []))
                return {"keys": sorted(service.keys)}
            case "credits":
                ledger.granted = ledger.used + ledger.reserved + int(body["free"])
                ledger.enter("grant", int(body["free"]), None, "Set by a test")
                return {"free": ledger.free}
            case "foreign":
                throttle = service.throttle(body.get("key", options.api_keys[0]) if options.throttle_by == "key"
                                            else "account")  # fmt: skip
                now = time.monotonic()
                return {"admitted": sum(throttle.admit(now).admitted for _ in range(int(body.get("requests", 1))))}
            case "lose":
                batch = service.answers.screening.batches[str(body["batch_id"])]
                batch.lost_at = time.monotonic() + float(body.get("seconds", 0.0))
                return {"ok": True}
            case "deliveries":
                return service.answers.webhooks.deliveries
            case _:
                raise KeyError(f"there is no /_test/{word}")

    def _batch(self, batch: Batch) -> dict[str, Any]:
        return {
            "batch_id": batch.id,
            "number": batch.number,
            "state": batch.state,
            "name": batch.name,
            "lost": batch.lost_at <= time.monotonic(),
            "fate": batch.fate.get("fate"),
            "counts": self.service.answers.screening.counts(batch),
            "history": batch.history,
        }

    async def _mode(self, mode: str) -> Answer:
        if mode not in {"answer", "silent", "drop", "refuse"}:
            return json_answer(400, {"error": f"there is no mode {mode!r}"})
        before, self.service.mode = self.service.mode, mode
        if mode == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
            for connection in list(self._connections):
                connection.transport.abort()
        elif mode != "refuse" and self._server is None:
            await self._listen()
        if mode == "answer" and before == "silent":
            for connection in list(self._connections):
                if connection.silent:
                    connection.transport.abort()
        return json_answer(200, {"mode": mode})


def _expected(said: Any) -> dict[str, Any]:
    return dict.fromkeys(cast("list[str]", said)) if isinstance(said, list) else said
