"""Writes results to a CSV or JSONL file as batches finish; the file appears under its name only when it is whole.

What a CV or a file name holds is somebody else's text: here it can neither become a spreadsheet's formula nor steer a
terminal.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import types
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import attrs

from cvsense_async.errors import ConfigurationError

if TYPE_CHECKING:
    from cvsense_async.api.screening import Result

    from .outcome import BatchResult, Screened

FORMS = (".csv", ".jsonl")

COLUMNS = (
    "source", "name", "batch_id", "item_id", "candidate_id", "candidate_name", "candidate_email", "score",
    "match_status", "summary", "strengths", "weaknesses", "evidenced", "claimed", "missing", "evidence",
)  # fmt: skip
"""The columns of the CSV form, in order. Lists are joined with "; "."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]")
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_HARMFUL_IN_JSON = re.compile(f"{_UNSEEN.pattern}|{_CONTROL.pattern}")
_SPACE = re.compile(r"[ \t\n\r\f\v\u00a0\u2028\u2029\x1c-\x1f\x85]+")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def one_line(text: object) -> str:
    """The text as one line that is safe to show: control, bidi and other unseen characters as escapes or left out."""
    return _CONTROL.sub(_escape, _UNSEEN.sub("", _SPACE.sub(" ", str(text)))).strip()


def cell(value: object) -> str:
    """The text for a spreadsheet's cell: as `one_line`, and never a formula."""
    text = "" if value is None else str(value)
    shown = one_line(text)
    harmful = text.startswith(_FORMULA) or shown.startswith(_FORMULA)
    return f"'{shown}" if harmful and not _is_number(value) else shown


def json_text(document: object, *, indent: int | None = None) -> str:
    """The document as JSON, with every character that a terminal may act on written as `\\uXXXX`: nothing is lost."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=str)
    return _HARMFUL_IN_JSON.sub(lambda found: found[0] if found[0] == "\n" else _json_escape(found[0]), text)


def skill_records(result: Result) -> list[dict[str, Any]]:
    """What the CV shows of each requirement, as JSON types."""
    return [
        {
            "name": skill.name,
            "classification": str(skill.classification),
            "importance": str(skill.importance) if skill.importance is not None else None,
            "evidence": [{"quote": one.quote, "section": one.section, "page": one.page} for one in skill.evidence],
        }
        for skill in result.skills
    ]


def screened_record(screened: Screened) -> dict[str, Any]:
    """One result as plain JSON values: the service's fields, and the document that it belongs to."""
    result, document = screened.result, screened.document
    candidate = result.candidate
    return {
        "source": screened.source,
        "name": screened.name,
        "sha256": document.sha256 if document is not None else None,
        "batch_id": screened.batch_id,
        "item_id": result.id,
        "candidate_id": result.candidate_id,
        "candidate": {"name": candidate.name, "email": candidate.email} if candidate is not None else None,
        "rank_in_batch": result.rank,
        "score": result.score,
        "match_status": str(result.match_status),
        "summary": result.summary,
        "strengths": list(result.strengths),
        "weaknesses": list(result.weaknesses),
        "skills": skill_records(result),
        **({"extra": dict(result.extra)} if result.extra else {}),
    }


def screened_row(screened: Screened) -> list[str]:
    """One result as the cells of `COLUMNS`."""
    result = screened.result
    candidate = result.candidate
    by_class: dict[str, list[str]] = {}
    quotes: list[str] = []
    for skill in result.skills:
        by_class.setdefault(str(skill.classification), []).append(skill.name)
        quotes += [f"{skill.name}: “{one.quote}”" for one in skill.evidence[:1]]
    listed = ("; ".join(by_class.get(name, ())) for name in ("evidenced", "claimed", "missing"))
    values = (
        screened.source, screened.name, screened.batch_id, result.id, result.candidate_id,
        candidate.name if candidate is not None else None, candidate.email if candidate is not None else None,
        result.score, str(result.match_status), result.summary, "; ".join(result.strengths),
        "; ".join(result.weaknesses), *listed, "; ".join(quotes),
    )  # fmt: skip
    return [cell(value) for value in values]


@attrs.define
class Export:
    """A file of results that grows batch by batch: `with open_export("ranking.csv") as export: export.write(batch)`.

    It is written beside its name as `….part` and renamed when the block ends well; what was there is replaced only
    then. When the block ends in an exception the partial file stays, and `partial` says where. Writing reads and
    writes a file, so call it in a thread where an event loop matters.
    """

    path: Path
    partial: Path
    _file: TextIO = attrs.field(repr=False)
    written: int = 0
    """Results so far."""

    def write(self, results: BatchResult | Iterable[Screened]) -> None:
        """Add these results and hand them to the system, so that a crash keeps whole lines. Raises `OSError`."""
        rows = list(results)
        if self.path.suffix.lower() == ".csv":
            lines = _csv_lines([screened_row(screened) for screened in rows])
        else:
            lines = "".join(json_text(screened_record(screened)) + "\n" for screened in rows)
        self._file.write(lines)
        self._file.flush()
        self.written += len(rows)

    def finish(self) -> None:
        """Give the file its name. Raises `OSError`."""
        if self._file.closed:
            return
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        self.partial.replace(self.path)

    def abandon(self) -> None:
        """Close the file and leave it as `partial`; one that holds nothing is removed."""
        if self._file.closed:
            return
        with contextlib.suppress(OSError):  # on a full disk what waits is lost, and the trouble has been told
            self._file.close()
        if not self.written:
            self.partial.unlink(missing_ok=True)

    def __enter__(self) -> Export:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.abandon()


def open_export(path: str | os.PathLike[str]) -> Export:
    """Begin a file of results; its suffix says the form.

    An earlier partial file is kept: the new one then gets a number. Raises `ConfigurationError` for a suffix that is
    none of `FORMS` or a folder that is not there, and `OSError` where the folder cannot be written to.
    """
    target = Path(os.path.realpath(path))
    if target.suffix.lower() not in FORMS:
        raise ConfigurationError(f"the output's name must end in {' or '.join(FORMS)}")
    if target.exists() and not target.is_file():
        raise ConfigurationError("the output is there already, and is no file")
    if not target.parent.is_dir():
        raise ConfigurationError("the output's folder does not exist")
    partial, file = _create_beside(target)
    export = Export(target, partial, file)
    if target.suffix.lower() == ".csv":
        file.write(_csv_lines([list(COLUMNS)]))
    return export


def _create_beside(target: Path) -> tuple[Path, TextIO]:
    number = 1
    while True:
        partial = target.with_name(f"{target.name}{f'.{number}' if number > 1 else ''}.part")
        try:
            return partial, partial.open("x", encoding="utf-8", newline="")
        except FileExistsError:
            number += 1


def _csv_lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
