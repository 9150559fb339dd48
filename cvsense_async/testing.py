"""The pytest plugin: a CVSense service on this machine, and a session at it, as fixtures.

A service that uses this package is best tested against a real server that behaves, and misbehaves, as CVSense does. One
sandbox serves a test process (each pytest-xdist worker has its own) and is reset before each test.

    async def test_my_service(cvsense_session, cvsense_faults):
        await cvsense_faults.add("upload_cvs", status=503, times=1)
        ...

`cvsense_sandbox` also points CVSENSE_API_KEY and CVSENSE_BASE_URL at the sandbox, so that sessions which the code under
test makes by itself go there, too. Override the fixture `cvsense_sandbox_options` (session scope) to run another
sandbox, and `cvsense_session_options` to change the session.

Async fixtures work under pytest-asyncio (auto and strict mode, any loop scope) and under anyio's plugin (asyncio).
"""

from __future__ import annotations

import asyncio
import threading
import types
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from .errors import ConfigurationError

if TYPE_CHECKING:
    from .sandbox import Sandbox
    from .sandbox.remote import ClockSwitch, DeliveryLog, FaultSwitch
    from .session import CVSenseSession

T = TypeVar("T")

LOOP_SCOPES = ("function", "class", "module", "package", "session")
QUICK_POLLS = (0.05, 0.2)
"""Seconds between two polls of a batch in a session made for tests, where a test does not say otherwise."""


# --- the sandbox ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cvsense_sandbox_options() -> dict[str, Any]:
    """The options of the sandbox, as `Sandbox` takes them; override it to change them.

    Unless changed: results are made at once out of each file's bytes, whatever they hold (`engine="ebsv"` reads real
    CVs), and the rate limit is so high that no test waits for it.
    """
    return {"engine": "instant", "rate_limit": (100_000, 60.0), "workers": 1}


@pytest.fixture(scope="session")
def _cvsense_process(cvsense_sandbox_options: dict[str, Any]) -> Generator[Sandbox, None, None]:
    from .sandbox import Sandbox

    sandbox = Sandbox(**cvsense_sandbox_options)
    _apart(sandbox.start)
    try:
        yield sandbox
    finally:
        _apart(sandbox.stop)


@pytest.fixture
def cvsense_sandbox(_cvsense_process: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A running sandbox, as new; `url`, `api_key`, `faults`, `clock`, `deliveries`, `ledger()`."""
    from .transport import sharing

    _apart(_cvsense_process.reset)
    # What earlier tests have sent is forgotten there, so it is here.
    sharing.forget_counts(sharing.bucket_of(_cvsense_process.url, _cvsense_process.api_key))
    monkeypatch.setenv("CVSENSE_API_KEY", _cvsense_process.api_key)
    monkeypatch.setenv("CVSENSE_BASE_URL", _cvsense_process.url)
    return _cvsense_process


@pytest.fixture
def cvsense_faults(cvsense_sandbox: Sandbox) -> FaultSwitch:
    """The sandbox's faults: `await cvsense_faults.add("upload_cvs", status=503, times=1)`."""
    return cvsense_sandbox.faults


@pytest.fixture
def cvsense_clock(cvsense_sandbox: Sandbox) -> ClockSwitch:
    """The sandbox's clock: `await cvsense_clock.advance(60)`."""
    return cvsense_sandbox.clock


@pytest.fixture
def cvsense_deliveries(cvsense_sandbox: Sandbox) -> DeliveryLog:
    """The log of the webhooks that the sandbox has sent, with replay."""
    return cvsense_sandbox.deliveries


# --- the session ----------------------------------------------------------------------------------------------------


@pytest.fixture
def cvsense_session_options() -> dict[str, Any]:
    """Keyword arguments of the session; override it to change them."""
    from .transport.rate import RateLimit

    return {"rate_limit": RateLimit(100_000, per=60.0)}


@pytest.fixture
def cvsense_session(request: pytest.FixtureRequest) -> CVSenseSession:
    """A session at the sandbox, open in the test's own loop; its screenings poll every 0.05 to 0.2 s unless told."""
    node: Any = request.node
    config: Any = request.config
    if "anyio_backend" in request.fixturenames:
        session: CVSenseSession = request.getfixturevalue("_cvsense_session_anyio")
        return session
    if not config.pluginmanager.hasplugin("asyncio"):
        raise ConfigurationError(
            "cvsense_session opens in the loop of pytest-asyncio or of AnyIO's plugin (pytest.mark.anyio): install the "
            "one or mark the test for the other; with another plugin open a session in the test, at cvsense_sandbox"
        )
    marker = node.get_closest_marker("asyncio")
    scope = marker.kwargs.get("loop_scope") if marker is not None else None
    session = request.getfixturevalue(f"_cvsense_session_{scope or _default_scope(config)}")
    return session


def _default_scope(config: Any) -> str:
    try:
        return config.getini("asyncio_default_test_loop_scope") or "function"
    except ValueError:  # pytest-asyncio before 0.25 does not know it
        return "function"


async def _session_of(sandbox: Sandbox, options: dict[str, Any]) -> AsyncGenerator[CVSenseSession, None]:
    async with _session_class()(sandbox.api_key, sandbox.url, **options) as session:
        yield session


@pytest.fixture
async def _cvsense_session_anyio(
    cvsense_sandbox: Sandbox, cvsense_session_options: dict[str, Any]
) -> AsyncGenerator[CVSenseSession, None]:
    async for session in _session_of(cvsense_sandbox, cvsense_session_options):
        yield session


def pytest_configure(config: pytest.Config) -> None:
    """Where pytest-asyncio is at work, one session fixture for each scope that a test's loop can have."""
    if not config.pluginmanager.hasplugin("asyncio"):
        return
    import pytest_asyncio

    fixtures: Any = types.ModuleType("cvsense_async_session_fixtures")
    for scope in LOOP_SCOPES:
        make: Any = pytest_asyncio.fixture
        setattr(
            fixtures, f"_cvsense_session_{scope}", make(loop_scope=scope, name=f"_cvsense_session_{scope}")(_made())
        )
    config.pluginmanager.register(fixtures, "cvsense-async-session-fixtures")


def _made() -> Callable[..., AsyncGenerator[CVSenseSession, None]]:
    async def session(
        cvsense_sandbox: Sandbox, cvsense_session_options: dict[str, Any]
    ) -> AsyncGenerator[CVSenseSession, None]:
        async for one in _session_of(cvsense_sandbox, cvsense_session_options):
            yield one

    return session


def _session_class() -> type[CVSenseSession]:
    from .session import CVSenseSession

    class SandboxSession(CVSenseSession):
        """A session that polls as quickly as a sandbox screens."""

        def screen(self, sources: Any, **options: Any) -> Any:
            options.setdefault("poll_interval", QUICK_POLLS)
            return super().screen(sources, **options)

        async def screen_one(self, source: Any, **options: Any) -> Any:
            options.setdefault("poll_interval", QUICK_POLLS)
            return await super().screen_one(source, **options)

    return SandboxSession


def _apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do something async in a loop and a thread of its own, so that it does not matter what runs here."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="cvsense sandbox")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
