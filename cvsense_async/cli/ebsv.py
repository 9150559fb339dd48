"""`cvsense ebsv`: the sandbox's screening by itself, for looking at what it reads and why it judges as it does.

No server, no key and no credits; an unreadable file is a line of the answer, not the end of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    from cvsense_async.sandbox.ebsv import JobRequirements, Screening

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


def ebsv(order: Order) -> int:
    """Carry out the order; gives the exit status."""
    try:
        for name in ("extract", "screener"):
            import_module(f"cvsense_async.sandbox.ebsv.{name}")
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
        return _html(requirements, files, Path(order.html))
    return _screen(requirements, files, order)


def _files(given: Sequence[str]) -> Iterator[Path]:
    for name in given:
        path = Path(name)
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix.lower() in (".pdf", ".docx"))
        elif path.exists():
            yield path
        else:
            raise Stop(f"{name}: there is no such file or folder")


def _judged(requirements: JobRequirements, path: Path) -> Screening | str:
    """The screening, or why there is none."""
    from cvsense_async.sandbox.ebsv import Screener, Unreadable, read_document

    try:
        return Screener().screen(requirements, read_document(path))
    except Unreadable as error:
        return str(error)
    except Exception as error:  # a file of somebody else's must not end the screening of the others
        return f"it could not be read ({type(error).__name__})"


def _screen(requirements: JobRequirements, files: Sequence[Path], order: Order) -> int:
    lines: list[tuple[str, str, str, str]] = []
    unreadable: list[tuple[str, str]] = []
    asked = _asked(requirements)
    for path in files:
        judged = _judged(requirements, path)
        if isinstance(judged, str):
            unreadable.append((str(path), judged))
            record: dict[str, Any] = {"file": str(path), "score": None, "match_status": "invalid", "why": judged}
        else:
            record = {"file": str(path), **_record(judged), "requirements": asked}
            lines.append((f"{judged.score:.1f}", judged.match_status, one_line(path.name), _quote(judged)))
        if order.as_json:
            emit(json_text(record) + "\n")
    if not order.as_json:
        lines.sort(key=lambda line: (-float(line[0]), line[2]))
        if lines:
            show.ranked(out(), lines)
            emit("\n")
        show.listed(out(), "Invalid: they cannot be read", unreadable)
        emit(show.SANDBOX_NOTE + "\n")
    return INCOMPLETE if unreadable else OK


def _quote(judged: Screening) -> str:
    for word in ("evidenced", "claimed"):
        for skill in judged.skills:
            if skill.classification == word and skill.evidence:
                return f"“{one_line(skill.evidence[0].quote)}”"
    return ""


def _record(judged: Screening) -> dict[str, Any]:
    record: dict[str, Any] = attrs.asdict(judged)
    return record


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


def _text(name: str) -> int:
    """The text as it is read, under its sections."""
    from cvsense_async.sandbox.ebsv import Unreadable, read_document

    if not Path(name).is_file():
        raise Stop(f"--text {name}: there is no such file")
    try:
        document = read_document(name)
    except Unreadable as error:
        say(f"{name}: {error}")
        return INCOMPLETE
    lines: list[str] = []
    for section in document.sections:
        lines += ["", f"== {section.kind}: {one_line(section.title)}".rstrip(": ")]
        lines += [
            f"{'• ' if line.bullet else ''}{one_line(line.text)}{'  [hidden]' if line.hidden else ''}"
            for line in section.lines
        ]
    emit("\n".join(lines[1:]) + "\n")
    if document.flags:
        say(f"noticed: {', '.join(document.flags)}")
    return OK


def _html(requirements: JobRequirements, files: Sequence[Path], target: Path) -> int:
    """One CV's screening as a page."""
    from cvsense_async.sandbox.ebsv import Screener, Unreadable, read_document, render_html

    if len(files) != 1:
        raise Stop(f"--html shows one CV, and {len(files)} were given")
    try:
        document = read_document(files[0])
    except Unreadable as error:
        say(f"{files[0]}: {error}")
        return INCOMPLETE
    page = render_html(requirements, document, Screener().screen(requirements, document))
    try:
        target.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise Stop(f"--html {target}: it cannot be written ({error.strerror}); give another file", FAILURE) from None
    say(f"written to {target}")
    return OK
