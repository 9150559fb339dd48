"""Kill a screening run, or the service, again and again: no CV may be lost or paid for twice.

    python benchmarks/kill_trials.py [--trials 20] [--count 50-300] [--kills 6] [--service]

It kills the process that screens while the service fails in five ways, and resumes it; with `--service` a sandbox is
killed in the middle of its work. The journal lies in the folder that is screened, and while a process works, others try
to go on with its run: each must be refused. What is found wrong in a trial is printed, and counted at the end. It is so
because what a crash does depends on the moment, and a test tries few of them.
"""

from __future__ import annotations

import asyncio
import collections
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from killing import service_trial, trial
from tables import parser


def main() -> None:
    """Run the trials and print one line for each."""
    arguments = parser(__doc__)
    arguments.add_argument("--trials", type=int, default=20, help="how many runs")
    arguments.add_argument("--count", default="300", help="CVs in a trial: a number, or a range to draw from")
    arguments.add_argument("--kills", type=int, default=6, help="kills in a trial, at most")
    arguments.add_argument("--share", type=float, default=0.02, help="probability of each of the five faults")
    arguments.add_argument("--service", action="store_true", help="kill a sandbox in the middle of the run instead")
    arguments.add_argument("--seed", type=int, default=1, help="of the first trial")
    asked = arguments.parse_args()
    least, _, most = asked.count.partition("-")
    totals: collections.Counter[str] = collections.Counter()
    for seed in range(asked.seed, asked.seed + asked.trials):
        begun = time.monotonic()
        count = random.Random(seed).randint(int(least), int(most or least))
        with tempfile.TemporaryDirectory() as folder:
            common = {"count": count, "kills": asked.kills, "seed": seed}
            try:
                if asked.service:
                    found = asyncio.run(service_trial(Path(folder) / "t", **common))
                else:
                    found = asyncio.run(trial(Path(folder) / "t", share=asked.share, **common))
            except AssertionError as error:
                totals["wrong"] += 1
                print(f"seed {seed}: WRONG: {error}", flush=True)
                continue
        totals.update({"trials": 1, "CVs": count, **found})
        print(f"seed {seed}: {count} CVs, {found} in {time.monotonic() - begun:.1f} s", flush=True)
    print({"wrong": 0, **totals}, flush=True)
    sys.exit(1 if totals["wrong"] else 0)


if __name__ == "__main__":
    main()
