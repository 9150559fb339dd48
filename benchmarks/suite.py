"""Runs every benchmark, one after another, and prints what they print; `nox -s bench` is this.

    python benchmarks/suite.py [--quick] [--write] [--folder CVS] [quota.py scale.py …]

All of it takes about 45 minutes, 25 of them for the quota; `--quick` a few, with numbers that say little. `--write`
puts the tables in their places in this folder's README and draws its figures anew. Scripts that judge real CVs run
where a folder of them is given. The exit status is 1 where a script broke; a goal that was missed is told, no more,
for some of them depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from tables import MISSED, parser

HERE = Path(__file__).parent
README = HERE / "README.md"

ALL: dict[str, tuple[str, str]] = {
    "quota.py": ("", "--cvs 1000 --windows fixed small-burst"),
    "first_result.py": ("", "--cvs 1000"),
    "interactive.py": ("", "--cvs 600"),
    "visitors.py": ("", "--cvs 600"),
    "scale.py": ("", "500 2000"),
    "sandbox_speed.py": ("", "--cvs 40 --seconds 1"),
    "cpu.py": ("", "--calls 200 --rounds 2"),
    "decode.py": ("", "--rounds 3"),
    "imports.py": ("", "--rounds 3"),
    "upload.py": ("", "--rounds 1"),
    "kill_trials.py": ("--trials 20", "--trials 2 --count 100"),
    "lost_answers.py": ("--share 0.2 --pairs 500", "--share 0.01 --pairs 20"),
    "ebsv/parsing.py": ("", ""),
}
"""Each script, and its arguments in a whole and in a quick run."""

WITH_FOLDER = ("ebsv/reading.py", "ebsv/ranking.py", "ebsv/tristate.py", "ebsv/stuffing.py")


def run(script: str, arguments: list[str]) -> tuple[int, str]:
    """Run one; its output is shown as it comes, and given with its exit status."""
    print(f"\n## {script} {' '.join(arguments)}\n", flush=True)
    started, lines = time.monotonic(), list[str]()
    with subprocess.Popen([sys.executable, HERE / script, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    print(f"\n({time.monotonic() - started:.0f} s)", flush=True)
    return process.returncode, "".join(lines)


def write(script: str, output: str) -> None:
    """Put a script's output between its marks in the README, if it has a place there."""
    text = README.read_text(encoding="utf-8")
    place = re.compile(rf"(<!-- {re.escape(script)} -->\n).*?(<!-- end of {re.escape(script)} -->)", re.S)
    README.write_text(place.sub(lambda found: f"{found[1]}\n{output.strip()}\n\n{found[2]}", text), encoding="utf-8")


def main() -> int:
    """Run them; gives the exit status."""
    arguments = parser(__doc__)
    arguments.add_argument("scripts", nargs="*", metavar="SCRIPT", help=f"only these of {', '.join(ALL)}")
    arguments.add_argument("--quick", action="store_true", help="a few minutes, to see that everything runs")
    arguments.add_argument("--write", action="store_true", help="put the tables into the README, and draw its figures")
    arguments.add_argument("--folder", type=Path, help="a folder of PDF and DOCX CVs, whose names begin with a trade")
    given = arguments.parse_args()
    broken, missed = list[str](), list[str]()
    for script, words in chosen(given):
        status, output = run(script, words)
        if status == MISSED:
            missed.append(script)
        elif status:
            broken.append(script)
        if given.write and status in (0, MISSED):
            write(script, output)
    if given.write:
        subprocess.run([sys.executable, HERE / "plots.py"], check=True)
    print(f"\ngoals missed: {', '.join(missed) or 'none'}; broken: {', '.join(broken) or 'none'}")
    return 1 if broken else 0


def chosen(given: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """The scripts to run, and their arguments."""
    runs = {script: words[given.quick].split() for script, words in ALL.items()}
    if given.folder is not None:
        runs |= {script: [str(given.folder)] for script in WITH_FOLDER}
    unknown = set(given.scripts) - set(runs)
    if unknown:
        raise SystemExit(f"no such benchmark: {', '.join(sorted(unknown))}")
    return [(script, words) for script, words in runs.items() if not given.scripts or script in given.scripts]


if __name__ == "__main__":
    sys.exit(main())
