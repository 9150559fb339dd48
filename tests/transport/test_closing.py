"""A session is closed whatever ends its block, and says what to do where it cannot be opened or closed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from conftest import cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async import CVSenseSession

KEY, NOWHERE = "cvs_key_to_close", "http://127.0.0.1:1"
JOB = cv.JobDescription("t", "d")


@asynccontextmanager
async def slow() -> AsyncIterator[Any]:
    """A service that screens for ever, and takes its time to answer."""
    async with stand_in(seconds_per_cv=1000.0, latency=0.03) as server:
        yield server


async def reserved(server: Any) -> int:
    async with session_at(server) as session:
        return (await session.account.credits()).reserved


def unclosed() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}]


async def until_open(run: cv.ScreeningRun) -> None:
    while not run.progress.uploaded:  # noqa: ASYNC110 - another task's doing
        await asyncio.sleep(0.005)


async def test_a_cancel_scope_around_the_session_closes_all_of_it() -> None:
    """A scope that ends in the middle: the run has left, its credits are back, no task and no connection is open."""
    async with slow() as server:
        with anyio.move_on_after(0.4) as scope:
            async with session_at(server) as session:
                run = session.screen(cvs(4), job=JOB)
                async for _ in run:
                    pass
        assert scope.cancelled_caught
        assert unclosed() == []
        assert await reserved(server) == 0


async def test_a_session_closes_in_a_scope_that_was_cancelled_before() -> None:
    """`aclose` under a scope that is over already does all its work; the run that nobody left is left by it."""
    async with slow() as server:
        session = CVSenseSession(server.api_key, server.url)
        session.open()
        run = session.screen(cvs(4), job=JOB)
        await run.__aenter__()
        await until_open(run)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await session.aclose()
        assert repr(session) == "<CVSenseSession closed>"
        assert unclosed() == []
        assert await reserved(server) == 0


@pytest.mark.parametrize("times", [1, 2])
async def test_a_task_that_is_cancelled_while_it_closes_has_closed_all(times: int) -> None:
    """One more cancellation waits for the run to leave, a third breaks that off; the session is closed both times."""
    async with slow() as server:
        opened = asyncio.Event()

        async def work() -> None:
            async with session_at(server) as session:
                run = session.screen(cvs(4), job=JOB)
                await run.__aenter__()
                await until_open(run)
                opened.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(work())
        await opened.wait()
        task.cancel()
        for _ in range(times):
            await asyncio.sleep(0.01)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert unclosed() == []
        assert times == 2 or await reserved(server) == 0


async def test_a_session_entered_by_two_threads_at_once_is_open_in_one() -> None:
    """One thread has it; the other is told that it belongs to another loop, and what to do."""
    session = CVSenseSession(KEY, NOWHERE)
    ready, told = threading.Barrier(2), list[str]()

    async def enter() -> None:
        ready.wait()
        try:
            session.open()
        except cv.SessionClosed as error:
            told.append(str(error))
            ready.wait()
        else:
            ready.wait()
            await session.aclose()

    await asyncio.gather(*[asyncio.to_thread(asyncio.run, enter()) for _ in range(2)])
    assert told == ["the session is open in another event loop: open one session in each"]


async def test_closing_from_another_loop_says_what_to_do_and_the_advice_works() -> None:
    """Not a raw RuntimeError: it names `run_coroutine_threadsafe`, which closes it."""
    session = CVSenseSession(KEY, NOWHERE)
    session.open()
    loop = asyncio.get_running_loop()

    def elsewhere() -> None:
        with pytest.raises(cv.SessionClosed, match="run_coroutine_threadsafe"):
            asyncio.run(session.aclose())
        asyncio.run_coroutine_threadsafe(session.aclose(), loop).result()

    await asyncio.to_thread(elsewhere)
    assert repr(session) == "<CVSenseSession closed>"


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_closing_after_the_loop_has_ended_says_so() -> None:
    """A session whose loop is over cannot be closed any more; the error says that, once."""
    session = CVSenseSession(KEY, NOWHERE)

    async def opened() -> None:
        session.open()

    asyncio.run(opened())
    with pytest.raises(cv.SessionClosed, match="has ended"):
        asyncio.run(session.aclose())
    asyncio.run(session.aclose())


async def test_two_who_close_at_once_both_wait_for_the_end() -> None:
    """Both return when it is closed, and nobody meets an error."""
    async with stand_in() as server:
        session = CVSenseSession(server.api_key, server.url)
        session.open()
        await session.account.credits()
        await asyncio.gather(session.aclose(), session.aclose())
        assert unclosed() == []


async def test_calls_under_way_when_the_session_closes_end_in_a_typed_error() -> None:
    """Sent, or still waiting for the rate limit that another session shares: `SessionClosed`, nothing from below."""
    async with stand_in(latency=0.2) as server:
        rate = cv.RateLimit(2, per=1.0)
        async with session_at(server, rate_limit=rate) as other, asyncio.timeout(30):
            async with session_at(server, rate_limit=rate) as session:
                calls = [asyncio.create_task(session.account.credits()) for _ in range(4)]
                await asyncio.sleep(0.1)
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(error) for error in ended] == [cv.SessionClosed] * 4
            assert other.limiter.state.in_flight == 0


TRIO = """
import trio, cvsense_async as cv

async def main():
    try:
        async with cv.CVSenseSession("cvs_key", "http://127.0.0.1:1"):
            pass
    except cv.ConfigurationError as error:
        assert "needs asyncio, and trio is running" in str(error), error
    else:
        raise SystemExit("no error")
    try:
        async with cv.Sandbox():
            pass
    except cv.ConfigurationError as error:
        assert "needs asyncio" in str(error), error
    else:
        raise SystemExit("no error")

trio.run(main)
"""


def test_under_trio_the_error_says_that_asyncio_is_needed() -> None:
    """AnyIO's other backend does not run it: a typed error instead of one from deep inside."""
    pytest.importorskip("trio")
    subprocess.run([sys.executable, "-c", TRIO], check=True, timeout=60)


def test_outside_any_loop_the_error_says_so() -> None:
    """`open` in plain code: a typed error that names `asyncio.run`."""
    with pytest.raises(cv.ConfigurationError, match=r"asyncio\.run"):
        CVSenseSession(KEY, NOWHERE).open()
