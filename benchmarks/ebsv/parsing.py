"""Measures how well requirements are read from adverts: invented jobs with known requirements, written in twelve layouts.

python benchmarks/ebsv/parsing.py [--wrong]. A requirement is found when the words of a parsed one and its own overlap by 0.7
of the smaller and 0.45 of the larger; a parsed one that matches none is wrong.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cvsense_async.sandbox.ebsv import parse_job
from cvsense_async.sandbox.ebsv.words import raw_words

Job = dict[str, Any]
JOBS = Path(__file__).with_name("jobs.json")


def _bullets(lines: Iterable[str], mark: str = "- ") -> str:
    return "\n".join(mark + line for line in lines)


def _sentence(line: str) -> str:
    line = line[0].upper() + line[1:]
    return line if line.endswith(".") else line + "."


def headed(job: Job) -> str:
    return (
        f"{job['title']}\n\n{job['about']}\n\nResponsibilities\n{_bullets(job['duties'])}\n\nMinimum qualifications\n"
        f"{_bullets(job['essential'])}\n\nPreferred qualifications\n{_bullets(job['desirable'])}\n\nBenefits\n{job['noise']}"
    )


def british(job: Job) -> str:
    return (
        f"{job['title']}\n{job['noise']}\n\nThe role\n{' '.join(map(_sentence, job['duties']))}\n\nEssential criteria:\n"
        f"{_bullets(job['essential'], '• ')}\n\nDesirable criteria:\n{_bullets(job['desirable'], '• ')}\n\nHow to apply\nSend your CV and a letter by Friday."
    )


def unbulleted(job: Job) -> str:
    lines = [job["title"], "", "Responsibilities", *job["duties"], "Minimum qualifications", *job["essential"]]
    return "\n".join([*lines, "Preferred qualifications", *job["desirable"]])


def capitals(job: Job) -> str:
    numbered = "\n".join(f"{n}. {line}" for n, line in enumerate(job["essential"], 1))
    wanted = "\n".join(f"{n}) {line}" for n, line in enumerate(job["desirable"], 1))
    return (
        f"{job['title'].upper()}\n\nANNUAL SALARY\n$50,000 to $70,000\n\nDUTIES\n{' '.join(map(_sentence, job['duties']))}\n\n"
        f"REQUIREMENTS/MINIMUM QUALIFICATIONS\n{numbered}\n\nDESIRABLE QUALIFICATIONS\n{wanted}\n\nNOTES:\n1. The salary is subject to change."
        f"\n\nSELECTION PROCESS\nThe examination will consist of an interview, in which candidates may be asked about knowledge of the work.\n{job['noise']}"
    )


def suffixed(job: Job) -> str:
    lines = [f"{line.rstrip('.')} (required)" for line in job["essential"]] + [
        f"{line.rstrip('.')} (preferred)" for line in job["desirable"]
    ]
    return f"{job['title']}\n\n{job['about']}\n\nWhat you will do\n{_bullets(job['duties'])}\n\nRequirements\n{_bullets(lines, '* ')}\n\n{job['noise']}"


def suffixed_flat(job: Job) -> str:
    lines = [f"{line.rstrip('.')} (essential)." for line in job["essential"]] + [
        f"{line.rstrip('.')} (desirable)." for line in job["desirable"]
    ]
    return f"{job['title']}. {job['about']} {' '.join(map(_sentence, job['duties']))} {' '.join(lines)} {job['noise']}"


def paragraph(job: Job) -> str:
    return (
        f"{job['title']}. {job['about']} Responsibilities: {' '.join(map(_sentence, job['duties']))} Minimum qualifications: "
        f"{' '.join(map(_sentence, job['essential']))} Preferred qualifications: {' '.join(map(_sentence, job['desirable']))}"
    )


def run_on(job: Job) -> str:
    return (
        f"{job['title']} Responsibilities {' '.join(map(_sentence, job['duties']))} Minimum qualifications "
        f"{' '.join(map(_sentence, job['essential']))} Preferred qualifications {' '.join(map(_sentence, job['desirable']))}"
    )


def marked_up(job: Job) -> str:
    def items(lines: Iterable[str]) -> str:
        return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"

    return (
        f"<h1>{html.escape(job['title'])}</h1><p>{html.escape(job['about'])}</p><p><strong>What you&#39;ll do</strong></p>{items(job['duties'])}"
        f"<p><strong>What you&#39;ll bring</strong></p>{items(job['essential'])}<p><strong>Nice to have:</strong></p>{items(job['desirable'])}"
        f"<h3>What we offer</h3><p>{html.escape(job['noise'])}</p>"
    )


def broken_html(job: Job) -> str:
    def items(lines: Iterable[str]) -> str:
        return "<br>".join(f"&bull; {html.escape(line)}" for line in lines)

    return (
        f"<div><b>{html.escape(job['title'])}</b><br><br>{html.escape(job['about'])}<br><br><b>Must have</b><br>{items(job['essential'])}<br><br>"
        f"<b>Bonus points</b><br>{items(job['desirable'])}<br><br><b>Benefits</b><br>{html.escape(job['noise'])}</div>"
    )


def letters(job: Job) -> str:
    """No headings at all: sentences that say it themselves."""
    musts = [f"You must have the following: {line[0].lower()}{line[1:].rstrip('.')}." for line in job["essential"]]
    wishes = [f"{line.rstrip('.')} would be an advantage." for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']} {' '.join(map(_sentence, job['duties']))}\n\n{' '.join(musts)} {' '.join(wishes)}\n\n{job['noise']}"


def plain(job: Job) -> str:
    """One heading for all, wishes marked by a word of their own."""
    wishes = [f"Preferably {line[0].lower()}{line[1:]}" for line in job["desirable"]]
    return f"{job['title']}\n\nWho we are looking for\n{_bullets([*job['essential'], *wishes])}\n\nWe offer\n{job['noise']}"


LAYOUTS: tuple[Callable[[Job], str], ...] = (
    headed, british, unbulleted, capitals, suffixed, suffixed_flat, paragraph, run_on, marked_up, broken_html, letters, plain,
)  # fmt: skip


def alike(one: str, other: str) -> bool:
    """Whether two requirements are the same, by their words."""
    a, b = set(raw_words(one)), set(raw_words(other))
    both = len(a & b)
    return bool(both) and both >= 0.7 * min(len(a), len(b)) and both >= 0.45 * max(len(a), len(b))


def main(jobs: list[Job], wrong: bool) -> None:
    """Prints recall, precision and how often the importance is right, for each layout."""
    totals = [0, 0, 0, 0]
    for layout in LAYOUTS:
        asked = found = parsed = right = good = 0
        for job in jobs:
            got = parse_job(layout(job))
            wanted = [(line, "essential") for line in job["essential"]] + [
                (line, "desirable") for line in job["desirable"]
            ]
            parsed += len(got.requirements)
            good += sum(any(alike(one.name, line) for line, _ in wanted) for one in got.requirements)
            for line, importance in wanted:
                asked += 1
                mine = next((one for one in got.requirements if alike(one.name, line)), None)
                found += mine is not None
                right += mine is not None and mine.importance == importance
                if wrong and (mine is None or mine.importance != importance):
                    print(
                        f"   {layout.__name__}: {'missed' if mine is None else 'taken for ' + mine.importance}: {line}"
                    )
            if wrong:
                for one in got.requirements:
                    if not any(alike(one.name, line) for line, _ in wanted):
                        print(f"   {layout.__name__}: wrong: {one.name}")
        totals = [total + new for total, new in zip(totals, (asked, found, parsed, good), strict=True)]
        print(
            f"{layout.__name__:14} recall {found / asked:.3f}  precision {good / max(1, parsed):.3f}  importance {right / max(1, found):.3f}"
        )
    print(f"all            recall {totals[1] / totals[0]:.3f}  precision {totals[3] / totals[2]:.3f}")


if __name__ == "__main__":
    chosen = [name for name in sys.argv[1:] if not name.startswith("--")]
    main(json.loads(Path(chosen[0]).read_text("utf-8") if chosen else JOBS.read_text("utf-8")), "--wrong" in sys.argv)
