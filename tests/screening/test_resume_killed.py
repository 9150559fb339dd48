"""Processes that are killed with `kill -9`, or asked to end, at a service that fails; crashes drawn at random."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import killing
import pytest
from conftest import session_at, stand_in
from crashes import Life
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from resuming import folder_of, hold, resume_to_the_end, until_death


# Each takes some seconds: CI runs them all.
@pytest.mark.parametrize("seed", range(9000, 9025) if os.environ.get("CI") else (5, 9))
async def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    """300 CVs, five kinds of faults at 2 % each, up to six kills: each CV one result, one credit, nothing held.

    The journal lies among the CVs, and whoever tries to go on with the run beside the process that does is refused.
    """
    found = await killing.trial(tmp_path / "t", count=300, kills=6, seed=seed)
    assert found["kills"] > 0
    assert found["refused"] > 0


async def test_the_service_is_killed(tmp_path: Path) -> None:
    """A sandbox is killed in the middle of a run and starts again on its file and port: each CV one result, one credit,
    nothing held after the run was resumed."""
    found = await killing.service_trial(tmp_path / "t", count=60, kills=1, seed=3)
    assert found["kills"] == 1


async def test_sigterm_settles_within_ten_seconds(tmp_path: Path) -> None:
    """A process that is asked to end detaches: nothing unstarted holds a credit, and resume collects what goes on."""
    written = folder_of(tmp_path / "cvs", 120)
    async with stand_in(seconds_per_cv=0.05, workers=2) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, killing.__file__, server.url, server.api_key, str(tmp_path / "cvs"), str(tmp_path / "j.db"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(10):
            while not any(batch["state"] == "processing" for batch in await server.batches()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        assert time.monotonic() - begun < 10
        batches = await server.batches()
        assert any(batch["state"] in ("queued", "processing") for batch in batches)
        assert not any(batch["state"] == "created" and batch["counts"]["held"] for batch in batches)
        async with session_at(server) as session:
            run = session.resume(tmp_path / "j.db")
            async with run:
                await hold(server, written, [batch async for batch in run])


KINDS = ["drop_before", "drop_after", "rst_after", "500", "502", "cut", "truncate", "drop_midbody"]
RULES = st.builds(
    lambda kind, op, calls: {"kind": kind, "op": op, "calls": sorted(set(calls))},
    st.sampled_from(KINDS),
    st.sampled_from(["create", "upload", "start", "status", "results", "cancel"]),
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
)


@example(faults=[{"kind": "truncate", "op": "create", "calls": [1, 2, 3]}], deaths=[0])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(faults=st.lists(RULES, max_size=3), deaths=st.lists(st.integers(0, 130), min_size=1, max_size=4))
def test_any_crashes_and_any_faults(faults: list[dict[str, Any]], deaths: list[int]) -> None:
    """Whatever fails and whenever the processes die, the service's own books agree with what the last one gave."""

    async def check() -> None:
        with tempfile.TemporaryDirectory() as folder:
            top = Path(folder)
            written = folder_of(top / "cvs", 20)
            async with stand_in(faults=faults) as server:
                for number, death in enumerate(deaths):
                    begun = (top / "j.db").exists() and number > 0
                    await until_death(server, top / "cvs", top / "j.db", Life(death), resumed=begun)
                for _ in range(8):
                    # Faults enough in a row fail a batch without a credit at stake; the next resume sends it again.
                    batches = await resume_to_the_end(server, top / "cvs", top / "j.db")
                    if all(batch.ok for batch in batches):
                        break
                await hold(server, written, batches)

    asyncio.run(asyncio.wait_for(check(), 60))
