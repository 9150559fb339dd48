"""Draws the figures of this folder's README from its tables, so that a figure cannot say anything else than they do.

    python benchmarks/plots.py [--readme benchmarks/README.md] [--into benchmarks/plots]

Text stays text, nothing is behind the drawing, and the ink is of a middle tone: it is read on white and on black.
Needs matplotlib (`pip install --group bench`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot
from tables import parser

HERE = Path(__file__).parent
INK, OURS, THEIRS, THIRD = "#727d7a", "#12917f", "#b98a3d", "#7f8fb5"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cvsense-async",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
}

Table = list[dict[str, str]]


def tables(text: str, script: str) -> list[Table]:
    """The tables between a script's two marks, as rows of cells by the heads of their columns."""
    found = re.search(rf"<!-- {script} -->\n(.*?)<!-- end of {script} -->", text, re.S)
    blocks = re.findall(r"(?:^\|.*\n)+", found[1] if found else "", re.M)
    made: list[Table] = []
    for block in blocks:
        head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        made.append([dict(zip(_apart(head), row, strict=True)) for row in rows])
    return made


def _apart(heads: list[str]) -> list[str]:
    """Heads that stand twice get a number."""
    return [head if head not in heads[:place] else f"{head} {place}" for place, head in enumerate(heads)]


def number(cell: str) -> float:
    """A cell's number."""
    return float(cell.rstrip("%").replace(",", ""))


def quota(text: str) -> Any:
    """Speed against the floor at 50 CVs a batch with polls, by client and window, with refusals and losses."""
    (rows,) = tables(text, "quota.py")
    rows = [row for row in rows if row["batch"] == "50" and row["waits by"] == "polls"]
    windows = list(dict.fromkeys(row["window"] for row in rows))
    figure, axes = pyplot.subplots(figsize=(8, 0.34 * (len(rows) + len(windows))))
    colours = {"cvsense_async": OURS, "aiohttp + aiolimiter": THEIRS, "aiohttp + retries": THIRD}
    place, ticks = 0.0, list[float]()
    for window in windows:
        group = [row for row in rows if row["window"] == window]
        ticks.append(place + (len(group) - 1) / 2)
        for row in group:
            client = row["client"].partition(",")[0]
            share = number(row["of the floor"])
            axes.barh(place, share, 0.8, color=colours[client], label=client if window == windows[0] else None)
            refused = number(row["429"])
            told = f"{share:.0f} %, {f'{refused:,.0f} × 429' if refused else 'no 429'}"
            told += f", {number(row['lost']):,.0f} CVs lost" if row["lost"] != "0" else ""
            axes.text(116, place, told, va="center", fontsize=8.5)
            place += 1
        place += 0.7
    axes.axvline(100, color=INK, linewidth=0.8, linestyle=":")
    axes.set_yticks(ticks, windows)
    axes.invert_yaxis()
    axes.set_xlim(0, 160)
    axes.spines.bottom.set_bounds(0, 114)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("speed, % of the floor (the requests that must be made, at the quota)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3, frameon=False)
    return figure


def scale(text: str) -> Any:
    """Cost against CVs, both by powers of ten, with a journal."""
    (rows,) = tables(text, "scale.py")
    rows = [row for row in rows if row["journal"] == "yes"]
    runs = [row for row in rows if row["CVs"] != "exponent"]
    slopes = next(row for row in rows if row["CVs"] == "exponent")
    counts = [number(row["CVs"]) for row in runs]
    figure, axes = pyplot.subplots(figsize=(7.2, 4.2))
    names = {"requests": INK, "seconds": OURS, "resumed in, s": THIRD, "journal MiB": THEIRS, "memory +MiB": "#b0567a"}
    below = math.inf
    for name in sorted(names, key=lambda name: -number(runs[-1][name])):
        costs = [number(row[name]) for row in runs]
        axes.loglog(counts, costs, marker="o", markersize=4, color=names[name])
        told = f"{name.replace(' +', ', +').replace('l MiB', 'l, MiB')} (slope {slopes[name]})"
        below = min(costs[-1], below / 2)  # so that no label lies on another
        axes.text(counts[-1] * 1.2, below, told, va="center", color=names[name], fontsize=9)
    axes.set_xlim(counts[0] / 1.3, counts[-1] * 12)
    axes.set_xticks(counts, [f"{count:,.0f}" for count in counts])
    axes.minorticks_off()
    axes.set_xlabel("CVs")
    axes.grid(color=INK, alpha=0.25, linewidth=0.6)
    return figure


def cpu(text: str) -> Any:
    """CPU time of a small call, by client, one by one and 50 at once."""
    (rows,) = tables(text, "cpu.py")
    figure, axes = pyplot.subplots(figsize=(8, 0.62 * len(rows)))
    most = max(number(cell) for row in rows for cell in list(row.values())[1::2])
    for place, row in enumerate(rows):
        cells = list(row.values())
        for offset, colour, took, ratio in ((-0.2, 1.0, *cells[1:3]), (0.2, 0.55, *cells[3:5])):
            shade = OURS if row["client"].startswith("cvsense") else THEIRS
            axes.barh(place + offset, number(took), 0.36, color=shade, alpha=colour)
            told = f"{number(took):.0f} µs, × {ratio}" + (" (50 at once)" if offset > 0 else "")
            axes.text(number(took) + most / 100, place + offset, told, va="center", fontsize=8.5)
    axes.set_yticks(range(len(rows)), [row["client"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, most * 1.3)
    axes.set_xlabel("CPU time of a small GET, µs; × is against aiohttp + orjson")
    return figure


FIGURES: dict[str, Callable[[str], Any]] = {"quota": quota, "scale": scale, "cpu": cpu}


def main() -> None:
    """Draw every figure whose tables are there."""
    arguments = parser(__doc__)
    arguments.add_argument("--readme", type=Path, default=HERE / "README.md", help="where the tables stand")
    arguments.add_argument("--into", type=Path, default=HERE / "plots", help="where the figures go")
    given = arguments.parse_args()
    text = given.readme.read_text(encoding="utf-8")
    given.into.mkdir(exist_ok=True)
    with pyplot.rc_context(STYLE):
        for name, draw in FIGURES.items():
            if tables(text, f"{name}.py"):
                path = given.into / f"{name}.svg"
                draw(text).savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
                print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
