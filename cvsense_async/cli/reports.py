"""Fetches the PDF reports of the best results into a folder.

A report's file is named after its rank and CV, so the name is made safe, and no file that is there is written over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from cvsense_async.errors import AuthenticationError, CVSenseError
from cvsense_async.screening.outcome import Screened
from cvsense_async.session import CVSenseSession
from cvsense_async.transport.lanes import Lane

from .consoles import say
from .ending import Stop
from .safe import file_name

AT_ONCE = 4


def checked_folder(given: str) -> Path:
    """The folder, made if it is not there. Raises `Stop` where it cannot be."""
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise Stop(f"--reports {given}: this is a file, not a folder") from None
    except OSError as error:
        raise Stop(f"--reports {given}: the folder cannot be made ({error.strerror})") from None
    return folder


async def fetch_reports(session: CVSenseSession, best: Sequence[Screened], folder: Path) -> int:
    """Fetch one report for each result; gives how many could not be had. Raises what refuses the key."""
    calls = session.with_options(lane=Lane.COLLECT).screening
    turns = asyncio.Semaphore(AT_ONCE)
    missing: list[str] = []

    async def fetch(place: int, screened: Screened) -> None:
        async with turns:
            try:
                if screened.batch_id is None:
                    raise CVSenseError("its batch is not known")
                content = await calls.report_pdf(screened.batch_id, screened.result.id)
                await asyncio.to_thread(_save, folder, f"{place:03d}-{file_name(Path(screened.name).stem)}", content)
            except AuthenticationError:
                raise
            except CVSenseError as error:
                missing.append(f"{screened.name}: {error}")
            except OSError as error:
                missing.append(f"{screened.name}: {error.strerror or error}")

    async with asyncio.TaskGroup() as group:
        for place, screened in enumerate(best, 1):
            group.create_task(fetch(place, screened))
    for words in missing[:5]:
        say(f"no report for {words}")
    if len(missing) > 5:
        say(f"no report for {len(missing) - 5} more")
    return len(missing)


def _save(folder: Path, name: str, content: bytes) -> None:
    number = 1
    while True:
        path = folder / f"{name}{f'-{number}' if number > 1 else ''}.pdf"
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            number += 1
        else:
            return
