"""`cvsense ebsv`: the sandbox's screening by itself, for looking at what it reads and why it judges as it does.

No server, no key and no credits. Files are read in worker processes, within 10 seconds and 512 MB each: one that cannot
be read, or on which the screening itself fails, is a line of the answer, not the end of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cvsense_async.errors import MissingExtra

from . import show
from .consoles import emit, out, say
from .ending import Stop
from .jobfile import read_advert
from .safe import json_text, one_line
from .statuses import FAILURE, INCOMPLETE, OK

if TYPE_CHECKING:
    from cvsense_async.sandbox.ebsv import JobRequirements
    from cvsense_async.screening.plan import JobDescription

ENGINE = "ebsv"
SHOWING = "cvsense_async.sandbox.ebsv.showing"
LINE_SECONDS = 10.0
EXTRA = 'pip install "cvsense-async[sandbox]"'


@attrs.frozen(kw_only=True)
class Order:
    """What `cvsense ebsv` was told."""

    cvs: tuple[str, ...] = ()
    job: str | None = None
    as_json: bool = False
    requirements: bool = False
    text: str | None = None
    html: str | None = None
    fail_on_rejected: bool = False


def ebsv(order: Order) -> int:
    """Carry out the order; gives the exit status."""
    try:
        for name in ("alone", "ebsv.extract", "ebsv.screener"):
            import_module(f"cvsense_async.sandbox.{name}")
    except ImportError as error:
        raise MissingExtra(f"the screening needs {error.name}: {EXTRA}") from None
    if order.text is not None:
        return _text(order.text)
    if order.job is None:
        raise Stop("--job FILE is missing: the advert to screen for (see cvsense ebsv --help)")
    from cvsense_async.sandbox.ebsv import parse_job

    advert = read_advert(order.job)
    requirements = parse_job(advert.description, title=advert.title)
    if order.requirements:
        return _requirements(requirements, order)
    files = list(_files(order.cvs))
    if not files:
        raise Stop("there is no CV to screen: name PDF or DOCX files, or a folder of them")
    if order.html is not None:
        return _html(advert, files, Path(order.html))
    return asyncio.run(_screen(advert, _asked(requirements), files, order))


def _files(given: Sequence[str]) -> Iterator[Path]:
    for name in given:
        path = Path(name)
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix.lower() in (".pdf", ".docx"))
        elif path.exists():
            yield path
        else:
            raise Stop(f"{name}: there is no such file or folder")


async def _answers(engine: str, job: dict[str, Any], files: Sequence[Path]) -> AsyncGenerator[dict[str, Any], None]:
    """What the workers say of each file, in the order given; a line on stderr now and then where it takes long."""
    from cvsense_async.sandbox.alone import judged

    told = time.monotonic()
    async with contextlib.aclosing(judged(engine, job, files)) as answers:
        done = 0
        async for answer in answers:
            done += 1
            yield answer
            if done < len(files) and time.monotonic() - told >= LINE_SECONDS:
                told = time.monotonic()
                say(f"{done:,} of {len(files):,} screened")


def _job(advert: JobDescription) -> dict[str, Any]:
    return {"title": advert.title, "description": advert.description}


def _why(answer: dict[str, Any]) -> str:
    if "why" in answer:
        return str(answer["why"])
    words = str(answer.get("crashed") or f"the screening failed: {answer.get('failed', '')}")
    if not answer.get("trace"):
        return words
    if os.environ.get("CVSENSE_DEBUG") in (None, "", "0"):
        return f"{words}; CVSENSE_DEBUG=1 shows where"
    print(answer["trace"], file=sys.stderr)
    return words


async def _screen(advert: JobDescription, asked: list[dict[str, Any]], files: Sequence[Path], order: Order) -> int:
    lines: list[tuple[str, str, str, str]] = []
    unreadable: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    async with contextlib.aclosing(_answers(ENGINE, _job(advert), files)) as answers:
        number = 0
        async for answer in answers:
            path, judged = files[number], answer.get("screening")
            number += 1
            if judged is None:
                why, invalid = _why(answer), "reason" in answer
                (unreadable if invalid else failed).append((str(path), why))
                status = "invalid" if invalid else None
                record: dict[str, Any] = {"file": str(path), "score": None, "match_status": status, "why": why}
            else:
                record = {"file": str(path), **judged, "requirements": asked}
                lines.append((f"{judged['score']:.1f}", judged["match_status"], one_line(path.name), _quote(judged)))
            if order.as_json:
                emit(json_text(record) + "\n")
    if not order.as_json:
        lines.sort(key=lambda line: (-float(line[0]), line[2]))
        if lines:
            show.ranked(out(), lines)
            emit("\n")
        show.listed(out(), "Invalid: they cannot be read", unreadable)
        show.listed(out(), "Failed: they could not be screened, by a fault of the screening's own", failed)
        emit(show.SANDBOX_NOTE + "\n")
    return INCOMPLETE if failed or (unreadable and order.fail_on_rejected) else OK


def _quote(judged: dict[str, Any]) -> str:
    for word in ("evidenced", "claimed"):
        for skill in judged["skills"]:
            if skill["classification"] == word and skill["evidence"]:
                return f"“{one_line(skill['evidence'][0]['quote'])}”"
    return ""


def _asked(requirements: JobRequirements) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "importance": str(one.importance), "kind": str(one.kind), "years": one.years}
        for one in requirements.requirements
    ]


def _requirements(requirements: JobRequirements, order: Order) -> int:
    if order.as_json:
        emit(json_text({"title": requirements.title, "requirements": _asked(requirements)}, indent=2) + "\n")
        return OK
    emit(f"{one_line(requirements.title)}\n\n")
    lines = [(one.importance, one.kind, one.years, one.name) for one in requirements.requirements]
    if lines:
        show.rows(out(), ("Importance", "Kind", "Years", "Requirement"), lines, wraps="Requirement")
    else:
        emit("No requirements were found in this advert.\n")
    return OK


async def _one(engine: str, job: dict[str, Any], path: Path) -> Any:
    """What an engine makes of one file; `None` when it cannot be read, which is said."""
    async with contextlib.aclosing(_answers(engine, job, [path])) as answers:
        async for answer in answers:
            if "screening" in answer:
                return answer["screening"]
            say(f"{path}: {_why(answer)}")
    return None


def _text(name: str) -> int:
    """The text as it is read, under its sections."""
    if not Path(name).is_file():
        raise Stop(f"--text {name}: there is no such file")
    document = asyncio.run(_one(f"{SHOWING}:Reader", {}, Path(name)))
    if document is None:
        return INCOMPLETE
    lines: list[str] = []
    for section in document["sections"]:
        lines += ["", f"== {section['kind']}: {one_line(section['title'])}".rstrip(": ")]
        lines += [
            f"{'• ' if line['bullet'] else ''}{one_line(line['text'])}{'  [hidden]' if line['hidden'] else ''}"
            for line in section["lines"]
        ]
    emit("\n".join(lines[1:]) + "\n")
    if document["flags"]:
        say(f"noticed: {', '.join(document['flags'])}")
    return OK


def _html(advert: JobDescription, files: Sequence[Path], target: Path) -> int:
    """One CV's screening as a page."""
    if len(files) != 1:
        raise Stop(f"--html shows one CV, and {len(files)} were given")
    page = asyncio.run(_one(f"{SHOWING}:Pages", _job(advert), files[0]))
    if page is None:
        return INCOMPLETE
    try:
        target.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise Stop(f"--html {target}: it cannot be written ({error.strerror}); give another file", FAILURE) from None
    say(f"written to {target}")
    return OK
