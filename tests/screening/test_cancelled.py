"""Cancelled at any moment, in any way, a screening leaves no task, no connection and no credit behind."""

from __future__ import annotations

from pathlib import Path

from cancelling import KINDS, SERVICE, Left, trial
from conftest import stand_in


async def test_whatever_cancels_a_screening_nothing_is_left(tmp_path: Path) -> None:
    """Two of each kind at moments drawn by a seed; `benchmarks/cancel_trials.py` does as many as one likes."""
    async with stand_in(**SERVICE) as server:
        for seed in range(2 * len(KINDS)):
            assert await trial(server, tmp_path, seed) == Left([], 0), (seed, KINDS[seed % len(KINDS)])
