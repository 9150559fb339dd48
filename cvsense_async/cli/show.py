"""Draws what the commands have to show: the ranking, what has no score, and small tables of fields.

A wide terminal gets one table; in a narrow one each quote has a line of its own, so that nothing breaks in the middle.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from cvsense_async.api.screening import Result
from cvsense_async.screening.outcome import Screened, Summary

from . import tables
from .gathered import Gathered, strongest, why_invalid, why_rejected
from .progress import duration
from .safe import one_line
from .tables import GAP

NARROW = 90
"""Below this many columns the quotes stand under their row."""

SANDBOX_NOTE = "These scores are the sandbox's own, not CVSense's."

_STYLES = {
    "exceptional": "bold green",
    "strong": "green",
    "good": "cyan",
    "fair": "yellow",
    "limited": "dim",
    "ok": "green",
    "holds": "green",
    "differs": "yellow",
    "failed": "bold red",
    "unknown": "dim",
    "not seen": "dim",
}


def outcome(console: Console, gathered: Gathered, summary: Summary, *, sandbox: bool, kept: bool = False) -> None:
    """All that a screening came to, results first. `kept`: a journal keeps the batches that were left open."""
    if gathered.best:
        ranking(console, gathered.best, summary.screened)
    listed(
        console,
        "Invalid: the service could not screen them; they cost no credit",
        ((screened.source, why_invalid(screened)) for screened in gathered.invalid),
    )
    listed(
        console,
        "Rejected; they cost no credit",
        ((rejected.source, why_rejected(rejected)) for rejected in gathered.rejected),
    )
    _without_result(console, gathered, summary, kept=kept)
    if sandbox and (gathered.best or gathered.invalid):
        line(console, SANDBOX_NOTE)
    line(console, totals(summary), "bold")


def ranking(console: Console, best: Sequence[Screened], of: int) -> None:
    """The ranked table, with the strongest quote of each CV beside or under its name."""
    labels = _labels(best)
    lines = [
        (f"{screened.score or 0:.1f}", one_line(screened.match_status), label, quote_of(screened.result))
        for screened, label in zip(best, labels, strict=True)
    ]
    ranked(console, lines)
    if len(best) < of:
        line(console, f"The best {len(best)} of {of:,}; --top shows more, --output keeps all.")
    console.print()


def ranked(console: Console, lines: Sequence[tuple[str, str, str, str]]) -> None:
    """Scores, statuses, names and quotes, numbered."""
    quoted = any(line[3] for line in lines)
    beside = quoted and console.width >= NARROW
    before = len(str(len(lines))) + 5 + max([6, *(cell_len(line[1]) for line in lines)]) + 3 * GAP
    room = max(12, console.width - before)
    width = max(12, room // 2) if beside else room
    held: list[list[Text]] = []
    for place, (score, status, name, quote) in enumerate(lines, 1):
        cells = [Text(str(place)), Text(score), Text(status, style=_STYLES.get(status, "")), Text(_cut(name, width))]
        held.append([*cells, Text(quote)] if beside else cells)
        if quote and not beside:
            held.append([Text(), Text(), Text(), Text(_cut(quote, room), style="dim")])
    heads = ("#", "Score", "Status", "CV", "Strongest evidence")
    tables.draw(console, heads if beside else heads[:4], held, right=(0, 1), flexible=4 if beside else None)


def quote_of(result: Result) -> str:
    """The strongest quote and where it stands, in one line; empty where there is none."""
    evidence = strongest(result)
    if evidence is None:
        return ""
    place = ", ".join(
        part for part in (one_line(evidence.section or ""), f"p. {evidence.page}" if evidence.page else "") if part
    )
    return f"“{one_line(evidence.quote)}”" + (f" ({place})" if place else "")


def totals(summary: Summary) -> str:
    """The last line."""
    said = [f"{summary.screened:,} screened"]
    for number, word in (
        (summary.invalid, "invalid"),
        (summary.rejected, "rejected"),
        (summary.failed, "failed"),
        (summary.unsettled, "unsettled"),
        (summary.unscreened, "not screened"),
    ):
        if number:
            said.append(f"{number:,} {word}")
    said += [counted(summary.credits_used, "credit"), counted(summary.requests, "request")]
    if summary.reused:
        said.insert(-2, f"{summary.reused:,} of them from earlier runs")
    if summary.credits_unexplained:
        said.insert(-1, f"the account was charged {summary.credits_by_account:,}")
    if summary.credits_elsewhere:
        said.insert(-1, f"{counted(summary.credits_elsewhere, 'credit')} of other use since it ended")
    return " · ".join([*said, duration(summary.elapsed) if summary.elapsed >= 90 else f"{summary.elapsed:.1f} s"])


def fields(console: Console, pairs: Iterable[tuple[str, Any]]) -> None:
    """Names and values, one pair a line."""
    held = [[Text(name, style="bold"), Text(_value(value))] for name, value in pairs]
    tables.draw(console, (), held, flexible=1, wrapped=True)


def rows(console: Console, columns: Sequence[str], lines: Iterable[Sequence[Any]], *, wraps: str) -> None:
    """A table of values; numbers stand to the right, and only the column `wraps` may take several lines."""
    held = [list(line) for line in lines]
    right = [
        place
        for place in range(len(columns))
        if all(line[place] is None or isinstance(line[place], int | float) for line in held)
    ]
    texts = [[Text(_value(value), style=_STYLES.get(str(value), "")) for value in line] for line in held]
    tables.draw(console, columns, texts, right=right, flexible=columns.index(wraps), wrapped=True)


def _value(value: Any) -> str:
    return "–" if value is None or value == "" else one_line(value)


def _labels(best: Sequence[Screened]) -> list[str]:
    """The files' names; where two are the same, where they came from."""
    often = Counter(screened.name for screened in best)
    return [one_line(screened.source if often[screened.name] > 1 else screened.name) for screened in best]


def _cut(line: str, width: int) -> str:
    return line if cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"


def listed(console: Console, title: str, entries: Iterable[tuple[str, str]]) -> None:
    """Names, each with its reason, under a title; nothing where there are none."""
    lines = [(one_line(name), one_line(why)) for name, why in entries]
    if not lines:
        return
    line(console, f"{title} ({len(lines):,}):", "bold")
    for name, why in lines:
        _hanging(console, f"{name}: {why}")
    console.print()


def _without_result(console: Console, gathered: Gathered, summary: Summary, *, kept: bool) -> None:
    """Failed, unsettled and left batches, each named with its id and credits."""
    whys = dict(gathered.failures)
    said = [f"{one.document.name}: {one.detail}" for one in gathered.failed if one.decided]
    undecided = [one for one in gathered.failed if not one.decided]
    for batch, group in groupby(undecided, key=lambda one: one.batch_id):
        ones = list(group)
        why = whys.pop(batch, None) or ones[0].detail
        said.append(
            f"{_batch(batch)} failed: {why}. Not screened, no credit held: {some(o.document.name for o in ones)}"
        )
    for batch, unsettled in groupby(gathered.unsettled, key=lambda one: one.batch_id):
        them = list(unsettled)
        whys.pop(batch, None)
        said.append(
            f"{_batch(batch)} is unsettled and may hold {counted(len(them), 'credit')}: {them[0].look_up}. "
            f"Not sent again: {some(one.document.name for one in them)}"
        )
    said += [f"{_batch(batch)} did not complete: {why}" for batch, why in whys.items()]
    unsettled_ids = {one.batch_id for one in gathered.unsettled}
    for left in summary.left:
        if kept or left.batch_id in unsettled_ids:
            continue
        said.append(
            f"{_batch(left.batch_id)} was left open at the service, and may cost "
            f"{counted(left.credits, 'credit')}: `cvsense batch cancel {left.batch_id}`"
        )
    for words in said:
        _hanging(console, one_line(words), style="red")
    if said:
        console.print()


def _batch(batch_id: Any) -> str:
    return f"Batch {batch_id}" if batch_id is not None else "A batch"


def some(names: Iterable[str], most: int = 5) -> str:
    """Some of the names, and how many more there are."""
    held = list(names)
    more = f" and {len(held) - most:,} more" if len(held) > most else ""
    return ", ".join(held[:most]) + more


def counted(number: int, word: str) -> str:
    """A number and its word, in the plural where it takes one."""
    plural = "es" if word.endswith("ch") else "s"
    return f"{number:,} {word}{'' if number == 1 else plural}"


def line(console: Console, words: str, style: str = "") -> None:
    """One line, wrapped between words on a terminal, whole elsewhere."""
    console.print(Text(words, style=style), soft_wrap=not console.is_terminal)


def _hanging(console: Console, line: str, style: str = "") -> None:
    """A line of a list; on a terminal it is wrapped with its rest indented."""
    if console.is_terminal:
        wrapped = textwrap.wrap(
            line, max(20, console.width - 1), initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
        console.print(Text("\n".join(wrapped), style=style))
    else:
        console.print(Text(f"  {line}"), soft_wrap=True)
