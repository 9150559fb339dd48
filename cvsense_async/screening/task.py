"""What a run is asked to do: its sources, job and options, given by the caller or taken over from a journal.

It is apart from the run, because the same run is asked for in two ways, and must be written down so that it can be
asked for again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from cvsense_async.api.endpoint import Id
from cvsense_async.api.jobs import Job
from cvsense_async.api.screening import CreateBatch
from cvsense_async.errors import ConfigurationError

from .journal import Journal, NoJournal, RunRecord
from .plan import JobDescription, ScreeningOptions, asked_job, batch_call
from .sources import Sources, is_url

Reuse = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One journal, or several."""


@attrs.frozen
class Task:
    """What a run is asked to do. A `resumed` one has its job, its other options and its sources in the journal."""

    create: CreateBatch
    options: ScreeningOptions
    sources: Sources | None = attrs.field(repr=False)
    journal: Journal
    resumed: bool = False
    overrides: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    reuse: Sequence[str] | None = attrs.field(default=None, repr=False)
    """Journals of earlier runs whose results are taken; of a resumed run `None` means those that it began with."""

    def record(self, base_url: str) -> RunRecord:
        """The task as it is written down."""
        return RunRecord(
            base_url=base_url,
            job=asked_job(self.create),
            options={**attrs.asdict(self.options), "reuse": list(self.reuse or ())},
            sources=_written(self.sources),
            folder=_written_folder(),
        )

    def restored(self, record: RunRecord) -> tuple[CreateBatch, ScreeningOptions]:
        """The job and the options of the run that goes on; what the caller says now wins."""
        known = {field.name for field in attrs.fields(ScreeningOptions)}
        stored: dict[str, Any] = {key: value for key, value in record.options.items() if key in known}
        chosen: dict[str, Any] = {**stored, **self.overrides}
        chosen["poll_interval"] = tuple(chosen.get("poll_interval", (5.0, 10.0)))  # JSON has lists only
        return CreateBatch(**record.job), ScreeningOptions(**chosen)

    def restored_reuse(self, record: RunRecord) -> Sequence[str]:
        """The journals of earlier runs; what the caller says now wins."""
        stored: list[str] = record.options.get("reuse", [])
        return stored if self.reuse is None else self.reuse

    @staticmethod
    def restored_sources(record: RunRecord) -> Sources | None:
        """The sources as they were given; `None` where only the caller can give them again."""
        if record.sources is None:
            return None
        if record.folder in ("", _written_folder()):
            return list(record.sources)
        return [source if is_url(source) else os.path.join(record.folder, source) for source in record.sources]


def new_task(
    sources: Sources,
    job: Job | Id | JobDescription,
    options: ScreeningOptions,
    journal: str | os.PathLike[str] | Journal | None,
    reuse: Reuse = (),
) -> Task:
    """A run as `session.screen` asks for it. Raises `ConfigurationError`."""
    kept = NoJournal() if journal is None else _opened(journal)
    return Task(batch_call(job, options.name), options, sources, kept, reuse=journal_paths(reuse))


def resumed_task(
    journal: str | os.PathLike[str] | Journal,
    sources: Sources | None,
    overrides: Mapping[str, Any],
    reuse: Reuse | None = None,
) -> Task:
    """A run as `session.resume` asks for it. Raises `ConfigurationError`."""
    given = {key: value for key, value in overrides.items() if value is not None}
    paths = None if reuse is None else journal_paths(reuse)
    options = ScreeningOptions(**given)
    return Task(CreateBatch(), options, sources, _opened(journal), resumed=True, overrides=given, reuse=paths)


def journal_paths(reuse: Reuse) -> list[str]:
    """The journals as absolute paths, so that a resumed run finds them."""
    given = [reuse] if isinstance(reuse, (str, os.PathLike)) else list(reuse)
    return [os.path.abspath(os.fspath(path)) for path in given]


def _opened(journal: str | os.PathLike[str] | Journal) -> Journal:
    if isinstance(journal, (str, os.PathLike)):
        if not os.fspath(journal):
            raise ConfigurationError("journal must be a path")
        from .sqlite_journal import SQLiteJournal

        return SQLiteJournal(journal)
    return journal


def _written(sources: object) -> list[str] | None:
    """Paths, patterns and URLs as text; `None` where there is anything else among them."""
    if isinstance(sources, (str, os.PathLike)):
        each: list[object] = [cast("object", sources)]
    elif isinstance(sources, (list, tuple)):
        each = list(cast("list[object]", sources))
    else:
        return None
    written: list[str] = []
    for source in each:
        if not isinstance(source, (str, os.PathLike)):
            return None
        path = os.fspath(cast("str | os.PathLike[str]", source))
        if not isinstance(path, str) or not _is_text(path):  # pyright: ignore[reportUnnecessaryIsInstance]  # may give bytes
            return None
        written.append(path)
    return written


def _written_folder() -> str:
    try:
        folder = os.getcwd()
    except OSError:
        return ""
    return folder if _is_text(folder) else ""


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
