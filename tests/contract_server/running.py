"""`ContractServer`: the server for tests in Python, in a thread or a process of its own, steered over HTTP.

One way to steer it, so that a test moves from thread to process by one argument.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from .control import Control
from .options import Options
from .service import ContractService

START_SECONDS = 20.0


async def serve(options: Options, ready: Callable[[Control], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set; `ready` is called when both ports are open."""
    control = Control(ContractService(options))
    await control.open()
    ready(control)
    try:
        await stop.wait()
    finally:
        control.close()


class ContractServer:
    """`async with ContractServer(limit=30, period=2) as server:`; every keyword is an option of `Options`.

    `process=True` runs it as a process of its own, else it has a thread and loop of its own.
    After entering: `url` (with the base path), `api_key`, `control_url`.
    """

    def __init__(self, options: Options | None = None, *, process: bool = False, **switches: Any) -> None:
        self.options = options or Options()
        self.options.set(switches)
        self.url = self.api_key = self.control_url = ""
        self.pid: int | None = None
        self._in_process = process
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    async def __aenter__(self) -> Self:
        about = await asyncio.to_thread(self._start_process if self._in_process else self._start_thread)
        self.url, self.api_key, self.control_url = about["url"], about["api_key"], about["control_url"]
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self._end)

    def _start_thread(self) -> dict[str, Any]:
        started, about, failed = threading.Event(), dict[str, Any](), list[BaseException]()

        def ready(control: Control) -> None:
            about.update(control.about)
            started.set()

        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await serve(self.options, ready, self._stop)

        def run() -> None:
            try:
                asyncio.run(main())
            except BaseException as error:
                failed.append(error)
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="contract-server", daemon=True)
        self._thread.start()
        started.wait(START_SECONDS)
        if failed:
            raise failed[0]
        return about

    def _start_process(self) -> dict[str, Any]:
        command = [sys.executable, str(Path(__file__).with_name("main.py")), "--json-line", "--until-stdin-ends"]
        command += ["--options", json.dumps(self.options.as_json())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        assert self._process.stdout is not None
        about: dict[str, Any] = json.loads(self._process.stdout.readline())
        return about

    def _end(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def ask_now(self, word: str, content: Any = None, **query: Any) -> Any:
        """Ask /_test/<word>, blocking; POST when there is content. Raises ValueError for a question it refuses."""
        parts = urlsplit(self.control_url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            target = f"{parts.path}/{word}" + (f"?{urlencode(query)}" if query else "")
            body = None if content is None else json.dumps(content).encode()
            connection.request("GET" if body is None else "POST", target, body)
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(said["error"])
        return said

    async def ask(self, word: str, content: Any = None, **query: Any) -> Any:
        """`ask_now` in a thread, so that the loop under test is not held."""
        return await asyncio.to_thread(self.ask_now, word, content, **query)

    async def set(self, **switches: Any) -> dict[str, Any]:
        """Change options; answers all of them."""
        said: dict[str, Any] = await self.ask("options", switches)
        return said

    async def reset(self, **switches: Any) -> None:
        """Begin anew, with changed options."""
        await self.ask("reset", switches)

    async def fault(self, *rules: dict[str, Any]) -> None:
        """Put these fault rules in place of those before."""
        await self.ask("options", {"faults": list(rules)})

    async def log(self, op: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """The requests so far."""
        said: list[dict[str, Any]] = await self.ask("log", since=since, **({"op": op} if op else {}))
        return said

    async def report(self) -> dict[str, Any]:
        """429s, quota used in each window, polls and their intervals."""
        said: dict[str, Any] = await self.ask("report")
        return said

    async def ledger(self, *, summary: bool = False) -> dict[str, Any]:
        """Credits and contents."""
        said: dict[str, Any] = await self.ask("ledger", **({"summary": 1} if summary else {}))
        return said

    async def check(self, expected: Any, results: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """What was lost, charged twice, held, or tied to the wrong content; `expected` are SHA-256 hex digests."""
        said: dict[str, Any] = await self.ask("check", {"expected": expected, "results": results or []})
        return said

    async def batches(self) -> list[dict[str, Any]]:
        """Every batch with its counts and history."""
        said: list[dict[str, Any]] = await self.ask("batches")
        return said

    async def stop(self, mode: str = "silent") -> None:
        """Stop answering: `silent` never answers, `drop` ends connections, `refuse` closes the port."""
        await self.ask("stop", {"mode": mode})

    async def resume(self) -> None:
        """Answer again, on the same port."""
        await self.ask("resume", {})

    async def foreign(self, requests: int, key: str | None = None) -> int:
        """Another user of the key sends this many requests at once; answers how many were admitted."""
        said = await self.ask("foreign", {"requests": requests, **({"key": key} if key else {})})
        return int(said["admitted"])
