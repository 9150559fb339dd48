"""What a run costs as it grows: seconds, requests, memory and the journal's bytes, for 1,000 to 100,000 CVs.

    python benchmarks/scale.py [1000 10000 100000] [--batch-size 50]

CVs of a few bytes come from a lazy source and go to the stand-in of the tests, which has no rate limit here; each run
is a process of its own, sampled while it runs. The exponent is the slope of a straight line through each column on a
log-log plot: 1 is a cost that grows as the job does, 0 one that does not grow. It is so because memory that grows with
the job, or time that grows faster, shows at 20,000 CVs and in no test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import standin
import watching
from tables import parser, row, table
from watching import Seen

Measured = dict[str, float]

CV_BYTES = 300
POLLS = (0.02, 0.05)


async def measure(count: int, batch_size: int, folder: Path, *, journal: bool) -> Measured:
    """Screen so many CVs, with a journal or without; with one, resume the finished run, too."""
    path = folder / "run.db" if journal else None
    async with standin.unhurried_server() as server, standin.session(server, standin.UNHURRIED) as session:
        warm = session.screen(standin.cvs(1, CV_BYTES + 1), job=standin.JOB, poll_interval=POLLS)
        async for _ in warm:  # modules load and the connection opens before the clock runs
            pass
        seen, before = Seen(), watching.resident()
        started, used = time.perf_counter(), time.process_time()
        run = session.screen(
            standin.cvs(count, CV_BYTES), job=standin.JOB, batch_size=batch_size, journal=path, poll_interval=POLLS
        )
        async with watching.running(watching.memory(seen)):
            screened = sum([len(batch) async for batch in run])
        said = {
            "seconds": time.perf_counter() - started,
            "cpu": time.process_time() - used,
            "memory": max(seen.memory, watching.resident()) - before,
            "requests": run.summary.requests,
            "screened": screened,
        }
        if path is not None:
            said["journal"] = watching.size_of(folder)
            started = time.perf_counter()
            said["resumed"] = sum([len(batch) async for batch in session.resume(path, standin.cvs(count, CV_BYTES))])
            said["resuming"] = time.perf_counter() - started
        return said


def measured_apart(count: int, batch_size: int, *, journal: bool) -> Measured:
    """`measure` in a process of its own."""
    arguments = [str(count), "--batch-size", str(batch_size), "--worker", "journal" if journal else "none"]
    made = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    said: Measured = json.loads(made.stdout)
    if said["screened"] != count or said.get("resumed", count) != count:
        raise SystemExit(f"of {count} CVs {said['screened']:.0f} were screened, {said.get('resumed')} resumed")
    return said


def exponent(counts: list[int], costs: list[float]) -> str:
    """The slope of the line through the points on a log-log plot."""
    if len(counts) < 2 or min(costs) <= 0:
        return ""
    slope, _ = statistics.linear_regression([math.log(each) for each in counts], [math.log(each) for each in costs])
    return f"{slope:.2f}"


def cells(said: Measured) -> list[str]:
    """The columns after the first two."""
    kept = said.get("journal")
    return [
        f"{said['seconds']:.1f}",
        f"{said['cpu'] / said['screened'] * 1000:.2f}",
        f"{said['requests']:.0f}",
        f"{said['memory'] / 2**20:.1f}",
        "" if kept is None else f"{kept / 2**20:.1f}",
        "" if kept is None else f"{said['resuming']:.1f}",
    ]


def main() -> None:
    """Print the table, and under it each column's exponent."""
    arguments = parser(__doc__)
    arguments.add_argument("counts", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="CVs of each run")
    arguments.add_argument("--batch-size", type=int, default=50, help="CVs a batch")
    arguments.add_argument("--worker", choices=("journal", "none"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.worker:
        with tempfile.TemporaryDirectory() as folder:
            work = measure(given.counts[0], given.batch_size, Path(folder), journal=given.worker == "journal")
            print(json.dumps(asyncio.run(work)))
        return
    table(["CVs", "journal", "seconds", "CPU a CV, ms", "requests", "memory +MiB", "journal MiB", "resumed in, s"])
    for journal in (False, True):
        word = "yes" if journal else "no"
        runs = list[Measured]()
        for count in given.counts:
            runs.append(measured_apart(count, given.batch_size, journal=journal))
            row([count, word, *cells(runs[-1])])
        slopes = {
            name: exponent(given.counts, [run[name] for run in runs])
            for name in ("seconds", "cpu", "requests", "memory", "journal", "resuming")
            if name in runs[0]
        }
        slopes["cpu"] = ""  # the column is a CV's share
        row(["exponent", word, *slopes.values(), *[""] * (6 - len(slopes))])


if __name__ == "__main__":
    main()
