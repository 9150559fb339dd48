"""Kill a screening run, or the service, again and again: no CV may be lost or paid for twice.

`kill_trials.py --trials 100` kills the process that screens; `--service` kills a sandbox in the middle of its work.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from killing import service_trial, trial


def main() -> None:
    """Run the trials and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--count", type=int, default=300, help="CVs in a trial")
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--share", type=float, default=0.02, help="probability of each of the five faults")
    parser.add_argument("--service", action="store_true", help="kill a sandbox in the middle of the run instead")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for seed in range(asked.seed, asked.seed + asked.trials):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            common = {"count": asked.count, "kills": asked.kills, "seed": seed}
            if asked.service:
                found = asyncio.run(service_trial(Path(folder) / "t", **common))
            else:
                found = asyncio.run(trial(Path(folder) / "t", share=asked.share, **common))
        print(f"seed {seed}: {found} in {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
