"""What every test shares: a session at the contract's stand-in server, and CVs that are nobody's."""

from __future__ import annotations

import asyncio
import inspect
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp
import aioresponses.core
import hypothesis
import pytest
from contract_server import ContractServer
from hypothesis.internal.conjecture import providers

from cvsense_async import CVSenseSession, RateLimit, RetryPolicy, Timeouts

FAST = RateLimit(100_000, per=1.0)
QUICK_RETRIES = RetryPolicy(base=0.001, cap=0.01)
QUICK_POLLS = (0.02, 0.05)

DRAWS = os.environ.get("CVSENSE_TESTS_DRAW") == "1"
"""Whether what is drawn at random is drawn anew, as `nox -s random` does it: else every run is the same run."""

if os.environ.get("CVSENSE_EAGER_TASKS"):  # every loop runs a new task at once, up to where it first waits (3.12)
    _plain = asyncio.BaseEventLoop.__init__

    def _eager(loop: asyncio.BaseEventLoop, *args: Any, **kwargs: Any) -> None:
        _plain(loop, *args, **kwargs)
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]

    asyncio.BaseEventLoop.__init__ = _eager  # type: ignore[method-assign]

# How long an example takes to draw and to run says how busy the machine is.
untimed = hypothesis.settings(deadline=None, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("same", untimed, derandomize=True)
hypothesis.settings.register_profile("drawn", untimed, derandomize=False, print_blob=True)
hypothesis.settings.load_profile("drawn" if DRAWS else "same")
if not DRAWS and hasattr(providers, "_get_local_constants"):
    # Hypothesis draws from the constants of what happens to be imported: by this worker, before this test.
    providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CVSENSE_API_KEY", "CVSENSE_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


def cvs(count: int, *, size: int = 400, seed: int = 1, same_name: bool = False) -> Iterator[tuple[str, bytes]]:
    """So many different files that begin as a PDF does."""
    chance = random.Random(seed)
    for number in range(count):
        yield ("cv.pdf" if same_name else f"cv-{number}.pdf"), b"%PDF-1.7\n" + chance.randbytes(size)


@asynccontextmanager
async def session_at(server: Any, **settings: Any) -> AsyncIterator[CVSenseSession]:
    """A session at a server, with limits and pauses that do not hold a test up."""
    settings = {"rate_limit": FAST, "retries": QUICK_RETRIES, "timeouts": Timeouts(attempt=5.0), **settings}
    async with CVSenseSession(server.api_key, server.url, **settings) as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[ContractServer]:
    """The contract's stand-in, unthrottled, which screens at once."""
    async with stand_in() as running:
        yield running


def stand_in(**switches: Any) -> AbstractAsyncContextManager[ContractServer]:
    """The contract's stand-in with some switches turned."""
    return ContractServer(**{"throttle": "none", "seconds_per_cv": 0.0, "workers": 50, **switches})


@pytest.fixture
async def session(server: ContractServer) -> AsyncIterator[CVSenseSession]:
    """A session at the stand-in."""
    async with session_at(server) as opened:
        yield opened


Start = Callable[..., AbstractAsyncContextManager[ContractServer]]


class _BridgedResponse(aiohttp.ClientResponse):
    """What aioresponses builds, with the writer that aiohttp 3.14 asks for and aioresponses 0.7.9 does not give."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters:
            kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **kwargs)


aioresponses.core.ClientResponse = _BridgedResponse
