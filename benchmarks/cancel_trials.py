"""Screenings that are cancelled at random moments, in every way in which a host cancels; what they leave is counted.

    python -X dev -W error benchmarks/cancel_trials.py [--trials 500] [--seed 1000]

Native cancellation, AnyIO's scopes, a failing task group and `asyncio.timeout`; the plain and the entered form; with
and without a journal: each trial takes one of the sixteen, at a moment of its own. Warnings, and errors that nobody
could raise (unclosed sessions, tasks whose errors were never read), are counted, too. It ends with 1 if any is left.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


async def trials(count: int, first: int) -> Counter[str]:
    """So many trials, and what they left."""
    from cancelling import SERVICE, trial
    from contract_server import ContractServer

    found: Counter[str] = Counter()
    loop = asyncio.get_running_loop()

    def told(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found["told to the loop"] += 1
        print(context.get("message"), repr(context.get("exception")), file=sys.stderr)

    def unraisable(problem: Any) -> None:
        found["unraisable"] += 1
        print(problem.err_msg, repr(problem.exc_value), repr(problem.object), file=sys.stderr)

    loop.set_exception_handler(told)
    loop.slow_callback_duration = 60  # the collector is called in each trial, and is slow in debug mode
    sys.unraisablehook = unraisable
    with tempfile.TemporaryDirectory() as folder:
        async with ContractServer(**SERVICE, process=True) as server:
            for seed in range(first, first + count):
                left = await trial(server, Path(folder), seed)
                found["trials"] += 1
                found["tasks left"] += len(left.tasks)
                found["credits reserved"] += left.reserved
                if left.tasks or left.reserved:
                    print("seed", seed, left, file=sys.stderr)
    return found


def main() -> int:
    """Print what was left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1000)
    given = parser.parse_args()
    began = time.monotonic()
    found = asyncio.run(trials(given.trials, given.seed))
    for name in ("trials", "tasks left", "credits reserved", "told to the loop", "unraisable"):
        print(f"{name}: {found[name]}")
    print(f"Python {sys.version.split()[0]}, {time.monotonic() - began:.0f} s")
    return 0 if sum(found.values()) == found["trials"] else 1


if __name__ == "__main__":
    sys.exit(main())
