"""Results as files: whole or not there, harmless in a spreadsheet and on a terminal, and nothing lost."""

from __future__ import annotations

import csv
import io
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async import ConfigurationError
from cvsense_async.api.content import FileKind
from cvsense_async.api.screening import Evidence, Result, ResultCandidate, Skill
from cvsense_async.screening.cv import Document
from cvsense_async.screening.export import COLUMNS, cell, json_text, one_line, open_export, screened_record
from cvsense_async.screening.outcome import BatchResult, Screened

FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1", "＝1"]
UNSAFE = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x200E, 0x202E, 0x2066, 0x2028, 0xFEFF, 0xE0041]))


def screened(name: str = "cv.pdf", quote: str = "Built it", number: int = 1, score: float | None = 70.0) -> Screened:
    """A result."""
    skill = Skill(name="SQL", classification="evidenced", importance="essential", evidence=(Evidence(quote=quote),))
    result = Result(
        id=number, filename=name, score=score, match_status="strong", candidate=ResultCandidate(name=name),
        summary=quote, strengths=(quote,), skills=(skill, Skill(name="Go", classification="missing")),
    )  # fmt: skip
    document = Document(f"in/{name}", name, FileKind.PDF, 10, "ab" * 32, lambda: io.BytesIO(b""))
    return Screened(result, document, batch_id=3)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_appears_only_when_it_is_whole(tmp_path: Path, form: str) -> None:
    """While it grows what was there stays; then it is replaced, and no partial file is left."""
    target = tmp_path / f"out.{form}"
    target.write_text("before")
    with open_export(target) as export:
        export.write(BatchResult(results=(screened("a.pdf"), screened("b.pdf"))))
        assert target.read_text() == "before"
        assert "a.pdf" in export.partial.read_text(), "a batch is on the disk when it is written"
        export.write([screened("c.pdf")])
    assert export.written == 3
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert "c.pdf" in target.read_text()


def test_what_was_written_stays_when_it_is_broken_off(tmp_path: Path) -> None:
    """The partial file keeps its lines and its name, and the next run takes another one."""
    target = tmp_path / "out.csv"
    for expected in ("out.csv.part", "out.csv.2.part"):
        with suppress(KeyboardInterrupt), open_export(target) as export:
            export.write([screened()])
            raise KeyboardInterrupt
        assert (tmp_path / expected).read_text().count("in/cv.pdf") == 1
    assert not target.exists()
    with suppress(KeyboardInterrupt), open_export(tmp_path / "empty.jsonl"):
        raise KeyboardInterrupt
    assert not list(tmp_path.glob("empty*")), "an empty partial file is of no use"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    """Whatever begins like a formula gets a leading apostrophe, in every column."""
    assert cell(text).startswith("'")
    with open_export(tmp_path / "out.csv") as export:
        export.write([screened(text, text)])
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert tuple(rows[0]) == COLUMNS
    assert not [value for value in rows[0].values() if value.lstrip()[:1] in set("=+-@＝＋－＠")]


def test_numbers_stay_numbers() -> None:
    """A negative number is a number, not a formula."""
    assert [cell(value) for value in (-1, 7.5, 0, None)] == ["-1", "7.5", "0", ""]


@given(st.text(alphabet=st.characters(codec=None), max_size=60) | st.text(alphabet=UNSAFE + "ab=+", max_size=20))
def test_text_is_harmless_and_json_loses_nothing(text: str) -> None:
    """No control, bidi or unseen character is left in a line; JSON gives back exactly what went in."""
    for shown in (one_line(text), cell(text), json_text({"x": text})):
        assert not set(shown) & set(UNSAFE)
        shown.encode()
    assert json.loads(json_text({"x": text}))["x"] == text
    assert cell(text)[:1] not in set("=+-@＝＋－＠") - {""}


def test_json_lines_hold_everything(tmp_path: Path) -> None:
    """Each line is one result with its document, skills and evidence."""
    with open_export(tmp_path / "out.jsonl") as export:
        export.write([screened("a\x1b[2J.pdf", "a \u202e quote")])
    text = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "\u202e" not in text
    record = json.loads(text)
    assert record == json.loads(json_text(screened_record(screened("a\x1b[2J.pdf", "a \u202e quote"))))
    assert record["source"] == "in/a\x1b[2J.pdf"
    assert record["skills"][0]["evidence"][0]["quote"] == "a \u202e quote"


def test_what_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    """A wrong suffix, a folder that is not there, a folder in its place."""
    (tmp_path / "folder.csv").mkdir()
    for name in ("out.xlsx", "out", "no/out.csv", "folder.csv"):
        with pytest.raises(ConfigurationError):
            open_export(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


def test_a_link_keeps_pointing(tmp_path: Path) -> None:
    """The file that a link names is replaced, not the link."""
    (tmp_path / "there").mkdir()
    link = tmp_path / "out.csv"
    link.symlink_to(os.path.join("there", "real.csv"))
    with open_export(link) as export:
        export.write([screened()])
    assert link.is_symlink()
    assert (tmp_path / "there" / "real.csv").read_text().startswith("source,")
