"""Measures the reading of CVs: words found against reference extractors, seconds and memory each, hostile files.

Numbers decide what reading is good enough; a look at a few files does not.
Run: python benchmarks/ebsv/reading.py FOLDER
"""

from __future__ import annotations

import json
import multiprocessing
import re
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cvsense_async.sandbox.ebsv import JobText, Screener
from cvsense_async.sandbox.ebsv.document import Document, Unreadable
from cvsense_async.sandbox.ebsv.extract import read_document

ADVERT = Path(__file__).with_name("adverts") / "finance.txt"
_WORD = re.compile(r"[^\W_]+")
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>|<w:(?:br|tab|cr)\b[^>]*/>|(</w:p>)")


def words(text: str) -> Counter[str]:
    """The words of a text and how often each stands in it."""
    return Counter(word.lower() for word in _WORD.findall(text))


def all_text(document: Document) -> str:
    """Everything that was read, titles and hidden lines too."""
    parts: list[str] = []
    for section in document.sections:
        parts.append(section.title)
        parts.extend(line.text for line in section.lines)
    return "\n".join(parts)


def reference(path: Path) -> str | None:
    """The text as another program reads it: pdftotext for PDF, every w:t for DOCX; None where it cannot be had."""
    if path.suffix == ".pdf":
        program = shutil.which("pdftotext")
        if program is None:
            return None
        made = subprocess.run([program, "-enc", "UTF-8", str(path), "-"], capture_output=True, check=False)
        return made.stdout.decode("utf-8", "replace")
    with zipfile.ZipFile(path) as package:
        xml = package.read("word/document.xml").decode("utf-8")
    text = "".join(match.group(1) or "\n" for match in _TEXT.finditer(xml))
    return text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')


def recall(path: Path) -> tuple[float, int, float] | None:
    """Share of the reference's words that were read, how many there are, and share of the read words that it has."""
    told = reference(path)
    if told is None:
        return None
    wanted, got = words(told), words(all_text(read_document(path)))
    both = sum((wanted & got).values())
    return both / max(1, wanted.total()), wanted.total(), both / max(1, got.total())


def _alone(path: str, out: object) -> None:
    began = time.perf_counter()
    try:
        document = read_document(path)
        text = all_text(document)
        said = f"read: {len(text)} characters, {len(document.sections)} sections, flags {document.flags}"
    except Unreadable as refused:
        said = f"unreadable: {refused.reason} ({refused})"
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.put((said, took, peak))  # type: ignore[attr-defined]


def in_child(path: Path) -> tuple[str, float, float]:
    """What came of reading a file in a process of its own, its seconds and its peak memory in MB."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    child = context.Process(target=_alone, args=(str(path), out))
    child.start()
    try:
        return out.get(timeout=60)
    finally:
        child.join(5)
        if child.is_alive():
            child.kill()


def show_speed(name: str, paths: Sequence[Path]) -> None:
    """Prints how many files one core reads a second, and how many it reads and judges; the best of three passes."""
    screener = Screener()
    job = screener.prepare(JobText("", ADVERT.read_text("utf-8")))
    passes: list[tuple[float, float]] = []
    for _ in range(3):
        began = time.process_time()
        documents = [read_document(path) for path in paths]
        read = time.process_time()
        for document in documents:
            screener.judge(job, document)
        passes.append((time.process_time() - began, read - began))
    both, reading = (len(paths) / min(each) for each in zip(*passes, strict=True))
    print(f"{name}, {len(paths)} files, CPU time of one core: {reading:.1f} read a second, {both:.1f} read and judged")


def main(folder: Path) -> None:
    """Prints what was measured."""
    for suffix in (".pdf", ".docx"):
        paths = sorted(folder.glob(f"*{suffix}"))
        found = [(path, measured) for path in paths if (measured := recall(path)) is not None]
        if found:
            total = sum(one[1] for _, one in found)
            mean = sum(one[0] * one[1] for _, one in found) / total
            precise = sum(one[2] * one[1] for _, one in found) / total
            print(f"{suffix}: {len(found)} files, word recall {mean:.4f}, precision {precise:.4f}")
            for path, one in sorted(found, key=lambda pair: pair[1][0])[:5]:
                print(f"    {one[0]:.4f} {path.name}")
    paths = sorted([*folder.glob("*.pdf"), *folder.glob("*.docx")])
    show_speed("all", paths)
    show_speed("PDFs", sorted(folder.glob("*.pdf")))
    nasty = folder / "nasty"
    if (nasty / "expected.json").exists():
        for name, wanted in json.loads((nasty / "expected.json").read_text()).items():
            said, took, peak = in_child(nasty / name)
            print(f"{name}: {took * 1000:.0f} ms, {peak:.0f} MB\n    {said}\n    expected: {wanted['expected']}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
