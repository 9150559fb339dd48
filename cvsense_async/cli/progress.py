"""Shows how a run goes while it goes: live on a terminal, an occasional line elsewhere, always on stderr.

It only reads the latest `Progress`, so it can neither slow the run nor hold it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from .consoles import err, say

if TYPE_CHECKING:
    from cvsense_async.screening.outcome import Progress

LIVE_SECONDS = 0.2
LINE_SECONDS = 10.0
PATIENCE = 4.0
"""Seconds after which a question that has no answer yet is worth a word."""


@contextlib.asynccontextmanager
async def shown(latest: Callable[[], Progress]) -> AsyncGenerator[None, None]:
    """Show `latest()` for as long as the block lasts."""
    console = err()
    with contextlib.ExitStack() as stack:
        if console.is_terminal and not console.is_dumb_terminal:
            live = Live(
                console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            stack.enter_context(live)
            ticking = asyncio.create_task(_live(live, console, latest))
        else:
            ticking = asyncio.create_task(_lines(latest))
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.wait([ticking])


@contextlib.contextmanager
def waiting() -> Generator[None, None, None]:
    """Say once that the service is still being asked, where the block takes longer than people wait in silence."""
    telling = asyncio.get_running_loop().call_later(
        PATIENCE, say, "no answer yet: the service is still being asked (Ctrl-C ends it)"
    )
    try:
        yield
    finally:
        telling.cancel()


async def _live(live: Live, console: Console, latest: Callable[[], Progress]) -> None:
    while True:
        live.update(picture(latest(), console.width), refresh=True)
        await asyncio.sleep(LIVE_SECONDS)


async def _lines(latest: Callable[[], Progress]) -> None:
    before: tuple[int, ...] | None = None
    while True:
        await asyncio.sleep(LINE_SECONDS)
        now = latest()
        if not now.checked:
            if before is None:
                say("waiting for the service")
            before = ()
            continue
        moved = (now.checked, now.uploaded, now.screened)
        if moved != before:
            say("; ".join([f"{now.screened} of {total(now)} screened", *facts(now), *left(now)]))
            before = moved


def picture(now: Progress, width: int) -> Group:
    """A bar and a line of facts, neither wider than the terminal."""
    if not now.checked:
        return Group(Text("Asking the service, looking for CVs …", style="dim"))
    room = max(6, min(32, width - 40))
    share = ended(now) / now.found if now.found and now.found_all else 0.0
    full = min(room, int(room * share))
    bar = Text(no_wrap=True, overflow="ellipsis")
    bar.append("━" * full, style="green").append("━" * (room - full), style="bright_black")
    bar.append(f" {now.screened} of {total(now)} screened")
    for words in left(now):
        bar.append(f"  {words}", style="cyan")
    lines = [bar]
    line = ""
    for fact in facts(now):  # each fact stays whole: those that do not fit begin a line
        longer = f"{line} · {fact}" if line else fact
        if line and len(longer) > width - 1:
            lines.append(Text(line, style="dim", no_wrap=True, overflow="ellipsis"))
            longer = fact
        line = longer
    return Group(*lines, Text(line, style="dim", no_wrap=True, overflow="ellipsis"))


def facts(now: Progress) -> list[str]:
    """What can be said beside the number of those screened."""
    said = [f"{now.checked:,} checked", f"{now.uploaded:,} uploaded"]
    for number, word in ((now.rejected, "rejected"), (now.failed, "failed"), (now.unsettled, "unsettled")):
        if number:
            said.append(f"{number:,} {word}")
    return [*said, f"{now.requests_left} requests left this minute"]


def left(now: Progress) -> list[str]:
    """The time that is left, where it can be told."""
    return [f"about {duration(now.remaining)} left"] if now.remaining and now.remaining >= 1 else []


def total(now: Progress) -> str:
    """How many documents there are, as far as they have been found."""
    return f"{now.found:,}" if now.found_all else f"{now.found:,}+"


def ended(now: Progress) -> int:
    """Documents that were good to send and of which the outcome is known."""
    return now.screened + now.failed + now.unsettled


def duration(seconds: float) -> str:
    """Seconds in words, as exact as a person needs."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
