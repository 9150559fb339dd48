"""`Sandbox`: a sandbox in a process of its own, for as long as a block lasts.

The process is started and waited for in threads, so that any event loop will do, and entering in one task and leaving
in another does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import aiohttp
import orjson

from cvsense_async.api import codec
from cvsense_async.errors import ConfigurationError, CVSenseError, MissingExtra, SessionClosed

from .options import MAX_UPLOAD_BYTES, Options, default_workers, needs_python, new_key
from .remote import ClockSwitch, DeliveryLog, FaultSwitch
from .threaded import Threaded

START_SECONDS = 60.0
STOP_SECONDS = 5.0
EXTRA = 'pip install "cvsense-async[sandbox]"'


class SandboxFailed(CVSenseError):
    """The sandbox's process could not be started; the text says what it said."""


class Sandbox:
    """The CVSense API on this machine: `async with Sandbox() as sandbox:` gives `sandbox.url` and `sandbox.api_key`.

    `key` and `port` are made up where they are not given. `db` is a file that is kept, `None` is memory. `credits` is
    what the account is granted, `rate_limit` requests and seconds, `throttle` how they are counted: `laravel` as the
    service does [contract: Basics], `sliding-log`, `sliding-counter`, `gcra` (`gcra:20`: with a burst of 20).
    `engine` is `ebsv`, `instant`, or `module:attribute` of your own; `screening_seconds` is what a CV takes at least,
    on the sandbox's clock; `cv_seconds` and `cv_megabytes` are what it may take at most. `seed` is for the chance
    in faults.

    Raises `MissingExtra` where the sandbox's dependencies are not installed, `ConfigurationError` for options that
    cannot work and in a frozen program, and `SandboxFailed` when the process does not come up.
    """

    def __init__(
        self,
        key: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        db: str | os.PathLike[str] | None = None,
        credits: int = 5000,
        rate_limit: tuple[int, float] = (120, 60.0),
        throttle: str = "laravel",
        workers: int | None = None,
        engine: str = "ebsv",
        seed: int = 0,
        screening_seconds: float = 0.0,
        cv_seconds: float = 10.0,
        cv_megabytes: int = 512,
        max_upload_bytes: int = MAX_UPLOAD_BYTES,
        upload_seconds: float = 120.0,
        webhook_seconds: float = 10.0,
    ) -> None:
        self.options: Options = Options(
            key=key or new_key(),
            host=host,
            port=port,
            db=str(Path(db).absolute()) if db is not None else None,
            credits=credits,
            rate_limit=rate_limit,
            throttle=throttle,
            workers=workers if workers is not None else default_workers(),
            engine=engine,
            seed=seed,
            screening_seconds=screening_seconds,
            cv_seconds=cv_seconds,
            cv_megabytes=cv_megabytes,
            max_upload_bytes=max_upload_bytes,
            upload_seconds=upload_seconds,
            webhook_seconds=webhook_seconds,
        )
        self.faults: FaultSwitch = FaultSwitch(self.ask)
        self.clock: ClockSwitch = ClockSwitch(self.ask)
        self.deliveries: DeliveryLog = DeliveryLog(self.ask)
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Sandbox {self._ready.get('url', 'not running')}>"

    @property
    def url(self) -> str:
        """The base URL, as a session takes it."""
        return str(self._running()["url"])

    @property
    def api_key(self) -> str:
        """The key that it accepts."""
        return self.options.key

    @property
    def pid(self) -> int:
        """The process id of the server."""
        self._running()
        return self._process.pid if self._process is not None else -1

    async def __aenter__(self) -> Sandbox:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: types.TracebackType | None = None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the process and wait until it answers."""
        if self._process is not None:
            raise ConfigurationError("this sandbox is running already")
        needs_python()
        starting = Threaded(self._start)
        try:
            await starting.wait()
        except asyncio.CancelledError:
            starting.then(self._stop)
            raise

    async def stop(self) -> None:
        """End the process, within a few seconds whatever happens."""
        await Threaded(self._stop).wait(through=True)

    async def reset(self) -> None:
        """Forget everything: as it was when it was new."""
        await self.ask("POST", "/reset")

    async def ledger(self) -> dict[str, Any]:
        """The credits (`granted`, `balance`, `reserved`, `used`) and the sums of their `movements`."""
        return dict(await self.ask("GET", "/ledger"))

    async def state(self) -> dict[str, Any]:
        """How many jobs, batches, CVs … there are."""
        return dict(await self.ask("GET", "/state"))

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One of the sandbox's own switches, by its path under `/_sandbox`. Raises `ConfigurationError` if refused."""
        url = self.url.removesuffix("/api/v1") + "/_sandbox" + path
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as http,
            http.request(method, url, json=body) as answer,
        ):
            document = orjson.loads(await answer.read())
            if answer.status >= 400:
                raise ConfigurationError(str(document.get("message")))
            return document

    def _running(self) -> dict[str, Any]:
        if not self._ready:
            raise SessionClosed("the sandbox is not running: use `async with Sandbox() as sandbox`")
        return self._ready

    def _start(self) -> None:
        package = str(Path(__file__).resolve().parents[2])
        seen = [str(Path(path or ".").absolute()) for path in sys.path]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, *_inherited()]), "PYTHONUNBUFFERED": "1"}
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cvsense_async.sandbox", "--child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=environment,
            )
            self._process = process
            options = {**orjson.loads(self.options.to_json()), "sys_path": seen}
            watchdog = threading.Timer(START_SECONDS, process.kill)
            watchdog.daemon = True
            watchdog.start()
            try:
                line = _converse(process, orjson.dumps(options) + b"\n")
            finally:
                watchdog.cancel()
            ready = _understood(line)
            if "url" not in ready:
                self._stop()
                raise _failure(ready, said)
            self._ready = ready

    def _stop(self) -> None:
        process, self._process = self._process, None
        ready, self._ready = self._ready, {}
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        if self.options.db is None and ready.get("spool"):
            shutil.rmtree(ready["spool"], ignore_errors=True)


def _converse(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        return b""
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except OSError:
        return b""
    return process.stdout.readline()


def _understood(line: bytes) -> dict[str, Any]:
    try:
        said: Any = orjson.loads(line)
    except ValueError:
        return {}
    return said if codec.is_object(said) else {}


def _inherited() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def _failure(answer: dict[str, Any], said: IO[bytes]) -> Exception:
    words = str(answer.get("words") or "")
    if answer.get("error") == "missing":
        return MissingExtra(f"the sandbox needs {answer.get('name')}: {EXTRA}")
    if answer.get("error") == "configuration":
        return ConfigurationError(words)
    if not words:
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        words = lines[-1] if lines else "it ended without a word"
    return SandboxFailed(f"the sandbox did not start: {words}")
