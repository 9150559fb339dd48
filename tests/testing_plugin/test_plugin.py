"""The pytest plugin as its users have it: in projects of their own, under each plugin that runs async tests."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

pytest.importorskip("sqlalchemy")
pytest_plugins = ["pytester"]

INSTALLED = any(point.value == "cvsense_async.testing" for point in importlib.metadata.entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "cvsense_async.testing")
OTHERS = ("-p", "no:schemathesis", "-p", "no:hypothesispytest")
"""Plugins that our users need not have, and that take longer to load than all the rest."""

INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
JOURNEY = """
import os
import pytest
from cvsense_async import CVSenseSession, JobDescription, ServiceUnavailable

JOB = JobDescription("Cook", "Cooking for many.")
FILES = [("a.pdf", b"%PDF-1.7 a"), ("b.pdf", b"%PDF-1.7 b")]
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run the project's tests in a process of its own, where warnings are errors."""
    return pytester.runpytest_subprocess(*PLUGIN, *OTHERS, "-W", "error", "-p", "no:cacheprovider", *arguments)


def test_auto_mode(pytester: pytest.Pytester) -> None:
    """pytest-asyncio in auto mode: session, faults, clock, a reset between tests, the environment, own fixtures."""
    pytester.makepyfile(
        JOURNEY
        + """
@pytest.fixture
async def job(cvsense_session):
    made = await cvsense_session.jobs.create("Cook", "Cooking", "Leeds")
    yield made
    await cvsense_session.jobs.delete(made.id)

async def test_screens(cvsense_session, cvsense_sandbox, job):
    async with cvsense_session.screen(FILES, job=job) as run:
        assert len([one async for one in run.results()]) == 2
    assert (await cvsense_sandbox.ledger())["used"] == 2

async def test_is_new_again(cvsense_sandbox):
    assert (await cvsense_sandbox.ledger())["used"] == 0
    assert (await cvsense_sandbox.state())["jobs"] == 0

async def test_a_service_with_its_own_session(cvsense_sandbox):
    async with CVSenseSession() as session:
        assert (await session.account.credits()).balance == 5000

async def test_faults(cvsense_session, cvsense_faults):
    await cvsense_faults.add("get_credits", status=503, times=1)
    await cvsense_session.account.credits()
    assert [fault["struck"] for fault in await cvsense_faults.list()] == [1]

async def test_faults_are_gone(cvsense_faults):
    assert await cvsense_faults.list() == []

async def test_clock(cvsense_clock):
    before = await cvsense_clock.now()
    assert await cvsense_clock.advance(3600) >= before + 3600

def test_the_environment_is_restored():
    assert "CVSENSE_API_KEY" not in os.environ

@pytest.mark.asyncio(loop_scope="module")
async def test_another_loop(cvsense_session):
    assert (await cvsense_session.account.credits()).balance == 5000
"""
    )
    pytester.makeini(INI + "asyncio_mode = auto\n")
    run(pytester).assert_outcomes(passed=8)


STRICT = (
    JOURNEY
    + """
@pytest.mark.asyncio
async def test_screens(cvsense_session):
    screened = await cvsense_session.screen_one(FILES[0], job=JOB)
    assert screened.score is not None

@pytest.mark.anyio
async def test_screens_too(cvsense_session):
    screened = await cvsense_session.screen_one(FILES[1], job=JOB)
    assert screened.score is not None

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
)


def test_strict_mode_beside_anyio(pytester: pytest.Pytester) -> None:
    """Strict mode, and tests of anyio's plugin beside those of pytest-asyncio, each with its own loop."""
    pytester.makepyfile(STRICT)
    pytester.makeini(INI)
    run(pytester).assert_outcomes(passed=2)


def test_anyio_alone(pytester: pytest.Pytester) -> None:
    """Without pytest-asyncio, anyio's plugin runs the fixtures."""
    pytester.makepyfile(STRICT.replace("pytest.mark.asyncio", "pytest.mark.anyio"))
    run(pytester, "-p", "no:asyncio").assert_outcomes(passed=2)


def test_a_plugin_that_it_does_not_know(pytester: pytest.Pytester) -> None:
    """Where neither pytest-asyncio nor anyio's plugin runs a test, the error says what does."""
    pytester.makepyfile("def test_it(cvsense_session):\n    pass\n")
    ran = run(pytester, "-p", "no:asyncio")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*cvsense_session opens in the loop of pytest-asyncio or of AnyIO's plugin*"])


def test_many_tests_do_not_share_a_minute(pytester: pytest.Pytester) -> None:
    """The code under test has the service's own limit, and each test a sandbox as new: nobody waits for a minute."""
    pytester.makepyfile(
        JOURNEY
        + """
import asyncio

@pytest.mark.parametrize("number", range(4))
async def test_calls(cvsense_sandbox, number):
    async with asyncio.timeout(20), CVSenseSession() as session:
        await asyncio.gather(*[session.account.credits() for _ in range(40)])
"""
    )
    pytester.makeini(INI + "asyncio_mode = auto\n")
    run(pytester).assert_outcomes(passed=4)


def test_in_parallel(pytester: pytest.Pytester) -> None:
    """Under pytest-xdist each worker has a sandbox of its own."""
    pytest.importorskip("xdist")
    pytester.makepyfile(
        JOURNEY
        + """
@pytest.fixture(scope="session")
def cvsense_sandbox_options():
    return {"engine": "instant", "credits": 7, "workers": 1}

@pytest.fixture
def cvsense_session_options():
    return {}

@pytest.mark.parametrize("number", range(6))
async def test_screens(cvsense_session, cvsense_sandbox, number):
    await cvsense_session.screen_one(FILES[number % 2], job=JOB)
    books = await cvsense_sandbox.ledger()
    assert (books["used"], books["granted"]) == (1, 7)
"""
    )
    pytester.makeini(INI + "asyncio_mode = auto\n")
    run(pytester, "-n", "2").assert_outcomes(passed=6)


def test_loading_the_plugin_costs_nothing() -> None:
    """The plugin brings neither the HTTP stack, nor the sandbox, nor the models."""
    code = "import sys, pytest; before = set(sys.modules)\n"
    code += "import cvsense_async.testing; print(*set(sys.modules) - before)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"aiohttp", "attrs", "cattrs", "sqlalchemy", "cvsense_async.session", "cvsense_async.sandbox"}.isdisjoint(
        said
    )
