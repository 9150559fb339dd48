"""What an import costs in CPU time: the package beside its peers, and an open session beside the six packages alone.

    python benchmarks/imports.py [--rounds 9]

Medians of the CPU time of fresh processes, bytecode already compiled; everybody takes turns.
It is so because a command line tool or a function in the cloud pays for its imports each time it starts.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys

import peers

if __name__ == "__main__":
    peers.enter()

from tables import parser, table

BARE, SIX, OPENED = "bare Python", "the six packages", "cvsense_async, to an open session"
OPEN = """
import asyncio
from cvsense_async import CVSenseSession
async def main():
    async with CVSenseSession("cvs_key"):
        pass
asyncio.run(main())
"""
CODE = {
    BARE: "pass",
    "cvsense_async": "import cvsense_async",
    "aiohttp": "import aiohttp",
    "openai": "import openai",
    "anthropic": "import anthropic",
    SIX: "import aiohttp, attrs, cattrs, aiolimiter, anyio, orjson",
    OPENED: OPEN,
}


def spent(code: str) -> float:
    """Milliseconds of CPU time of a fresh process that runs this."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def main() -> None:
    """Print the table."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=9, help="how often each is started")
    given = arguments.parse_args()
    for code in CODE.values():
        spent(code)
    rounds: dict[str, list[float]] = {name: [] for name in CODE}
    for _ in range(given.rounds):
        for name, code in CODE.items():
            rounds[name].append(spent(code))
    took = {name: statistics.median(each) for name, each in rounds.items()}
    table(
        ["what", "CPU, ms", "over bare Python, ms", "against the six packages"],
        [
            [name, f"{each:.0f}", f"{each - took[BARE]:.0f}", f"{(each - took[BARE]) / (took[SIX] - took[BARE]):.2f}"]
            for name, each in took.items()
        ],
    )


if __name__ == "__main__":
    main()
