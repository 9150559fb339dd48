"""Real CVs, where they are at hand: enough of their words are read, and hostile files end as they should."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from cvsense_async.sandbox.ebsv.document import SectionKind, Unreadable
from cvsense_async.sandbox.ebsv.extract import read_document

_ROOT = Path(__file__).parents[2]
_CVS = _ROOT.parent / "shared" / "cvs"
pytestmark = pytest.mark.skipif(not _CVS.is_dir(), reason="the real CVs are not at hand")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The benchmark's measuring functions."""
    spec = importlib.util.spec_from_file_location("reading_benchmark", _ROOT / "benchmarks" / "ebsv" / "reading.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
def test_nearly_every_word_is_read(bench: ModuleType, suffix: str) -> None:
    """At least 99 % of a reference extractor's words are found."""
    if suffix == ".pdf" and shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    found = [bench.recall(path) for path in sorted(_CVS.glob(f"*{suffix}"))]
    total = sum(one[1] for one in found)
    assert sum(one[0] * one[1] for one in found) / total >= 0.99


def test_most_have_an_experience_section_with_roles() -> None:
    """Nearly every one of the printed CVs has experience, and dated roles in it."""
    documents = [read_document(path) for path in sorted(_CVS.glob("*.pdf"))]
    experienced = [
        document
        for document in documents
        if any(section.kind is SectionKind.EXPERIENCE and section.roles for section in document.sections)
    ]
    assert len(experienced) >= 0.95 * len(documents)


def test_hostile_files_end_as_expected() -> None:
    """Each of the nasty files is unreadable, or read, as its note says."""
    for name, note in json.loads((_CVS / "nasty" / "expected.json").read_text()).items():
        try:
            text = "\n".join(line.text for _, line in read_document(_CVS / "nasty" / name).lines())
        except Unreadable:
            text = None
        wanted = note["expected"]
        if wanted.startswith(("invalid", "refused", "unsupported")):
            assert text is None or "or" in wanted, name
        elif wanted.startswith("readable"):
            assert text or "or rejected" in wanted, name
        if "TEXTBOXMARK" in wanted:
            assert text is not None
            assert "TEXTBOXMARK" in text
