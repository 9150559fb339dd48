"""One timer bounds every attempt, and ends each as `asyncio.timeout` would."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transport.limits import run_virtual

from cvsense_async.transport.overdue import Overdue


async def lives(given: list[tuple[float, float, float, float | None]], bounded: Any) -> list[tuple[float, str]]:
    """When, and how, each attempt ends that begins, may take so long, would take so long, and may be cancelled."""
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def live(begins: float, allowed: float, takes: float) -> None:
        await asyncio.sleep(begins)
        async with bounded(allowed):
            await asyncio.sleep(takes)

    async def end(begins: float, allowed: float, takes: float, cancelled: float | None) -> tuple[float, str]:
        task = asyncio.ensure_future(live(begins, allowed, takes))
        if cancelled is not None:
            loop.call_later(cancelled, task.cancel)
        await asyncio.wait([task])
        how = "cancelled" if task.cancelled() else type(task.exception()).__name__
        return round(loop.time() - begun, 3), how

    return list(await asyncio.gather(*[end(*each) for each in given]))


TIME = st.integers(1, 40).map(lambda tenths: tenths / 10)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TIME, TIME, TIME, st.none() | TIME), max_size=8))
def test_each_attempt_ends_as_under_a_timer_of_its_own(given: list[tuple[float, float, float, float | None]]) -> None:
    """Whatever begins when and takes how long: the same ends at the same moments, a cancellation is told apart."""
    # Moments of their own, for at one and the same moment either may come first.
    apart = [
        (begins + 0.0012 * number, allowed + 0.0005, takes + 0.0002, cancelled and cancelled + 0.0031 * number + 0.01)
        for number, (begins, allowed, takes, cancelled) in enumerate(given, start=1)
    ]

    async def shared() -> list[tuple[float, str]]:
        overdue = Overdue()

        @asynccontextmanager
        async def bounded(seconds: float) -> Any:
            with overdue.after(seconds):
                yield

        ends = await lives(apart, bounded)
        overdue.close()
        return ends

    async def own() -> list[tuple[float, str]]:
        def bounded(seconds: float) -> AbstractAsyncContextManager[Any]:
            return asyncio.timeout(seconds)

        return await lives(apart, bounded)

    assert run_virtual(shared()) == run_virtual(own())


def test_a_deadline_around_it_is_told_apart() -> None:
    """An outer time-out that is reached is the outer one's, and nothing stays cancelled."""

    async def work() -> None:
        overdue = Overdue()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0) as outer:
                with overdue.after(5.0):
                    await asyncio.sleep(10)
        assert outer.expired()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0) as outer:
                with overdue.after(1.0):
                    await asyncio.sleep(10)
        assert not outer.expired()
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        overdue.close()

    run_virtual(work())


def test_an_attempt_that_has_ended_is_left_alone() -> None:
    """Its task may go on for longer than the attempt was allowed."""

    async def work() -> None:
        overdue = Overdue()
        with overdue.after(1.0):
            await asyncio.sleep(0.5)
        await asyncio.sleep(5.0)
        overdue.close()

    run_virtual(work())


def test_a_cancellation_at_the_same_moment_is_not_lost() -> None:
    """Where the time is over and somebody cancels at once, the task is cancelled."""

    async def work() -> None:
        overdue = Overdue()

        async def attempt() -> None:
            asyncio.get_running_loop().call_later(1.0, cancel)
            with overdue.after(1.0):
                await asyncio.sleep(10)

        def cancel() -> None:
            task.cancel()

        task = asyncio.ensure_future(attempt())
        await asyncio.wait([task])
        assert task.cancelled()
        overdue.close()

    run_virtual(work())


def test_what_went_wrong_meanwhile_is_said() -> None:
    """An error that comes while an attempt is ended is that error, and nothing stays cancelled."""

    async def work() -> None:
        overdue = Overdue()
        with pytest.raises(ValueError, match="broken"), overdue.after(1.0):
            try:
                await asyncio.sleep(10)
            finally:
                raise ValueError("broken")
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        overdue.close()

    run_virtual(work())
