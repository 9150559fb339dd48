"""Measures whether a CV's setting moves its score: the texts of CVs at hand, set anew as PDF and DOCX in several ways.

python benchmarks/ebsv/settings.py FOLDER [--each]. Each text is scored for the advert of its occupation (a text without
one: for an advert in turn), and every setting is held against the PDF in one column.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
from reportlab.lib.pagesizes import A4
from reportlab.platypus import BaseDocTemplate, Frame, FrameBreak, NextPageTemplate, PageTemplate

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from ebsv import read_builders as built

from cvsense_async.sandbox.ebsv import JobText, Screener, read_document
from cvsense_async.sandbox.ebsv.document import Document, SectionKind

ADVERTS = Path(__file__).with_name("adverts")
ASIDE = frozenset(
    {
        SectionKind.HEADER,
        SectionKind.SKILLS,
        SectionKind.EDUCATION,
        SectionKind.LANGUAGES,
        SectionKind.INTERESTS,
    }
)
MOST = 3.0
Parts = Sequence[built.Part]
WIDTH, HEIGHT = A4


def parts_of(document: Document, only: Callable[[SectionKind], bool] = lambda _: True) -> list[built.Part]:
    """A CV's text as parts to be set: a heading a section, the first line of a role as a job's, the rest as it was."""
    found: list[built.Part] = []
    for section in document.sections:
        if not only(section.kind):
            continue
        if section.title:
            found.append(("heading", section.title))
        firsts = {id(role.lines[0]) for role in section.roles if role.lines}
        for number, line in enumerate(section.lines):
            top = section.kind is SectionKind.HEADER and number == 0
            kind = "name" if top else "job" if id(line) in firsts else "bullet" if line.bullet else "line"
            if not line.hidden:
                found.append((kind, line.text.replace("<", "&lt;")))
    return found


def framed(flow: list[object], first: Sequence[Frame], later: Sequence[Frame]) -> bytes:
    """A flow set into frames: those of the first page, and those of every later page."""
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, invariant=1)
    document.addPageTemplates([PageTemplate("first", first), PageTemplate("later", later)])
    document.build([NextPageTemplate("later"), *flow])
    return out.getvalue()


def newspaper(document: Document) -> bytes:
    """The text running down one column, and then down the other."""

    def columns() -> list[Frame]:
        half = WIDTH / 2 - 50
        return [Frame(40, 40, half, HEIGHT - 80), Frame(WIDTH / 2 + 10, 40, half, HEIGHT - 80)]

    return framed([*built._flow(parts_of(document))], columns(), columns())


def sidebar(document: Document) -> bytes:
    """The name, skills and education in a narrow column on the left, the rest on the right and on later pages."""
    aside = built._flow(parts_of(document, lambda kind: kind in ASIDE), 8)
    rest = built._flow(parts_of(document, lambda kind: kind not in ASIDE))
    left, right = Frame(40, 40, 170, HEIGHT - 80), Frame(230, 40, WIDTH - 270, HEIGHT - 80)
    if sum(one.wrap(158, 10_000)[1] for one in aside) > HEIGHT - 100:
        return built.as_pdf(parts_of(document))  # a narrow column that does not fit its page is no sidebar
    return framed([*aside, FrameBreak(), *rest], [left, right], [Frame(230, 40, WIDTH - 270, HEIGHT - 80)])


def plain_docx(document: Document) -> bytes:
    """The text as Word paragraphs without any style, headings in bold."""
    word = docx.Document()
    for kind, text in parts_of(document):
        run = word.add_paragraph().add_run(text.replace("&lt;", "<"))
        run.bold = True if kind in ("name", "heading", "job") else None
    return built.saved(word)


def table_docx(document: Document) -> bytes:
    """The name, skills and education in the left cell of a table, the rest in the right one."""
    word = docx.Document()
    cells = word.add_table(1, 2).rows[0].cells
    for cell, inside in ((cells[0], True), (cells[1], False)):
        for kind, text in parts_of(document, lambda one, inside=inside: (one in ASIDE) is inside):
            run = cell.add_paragraph().add_run(text.replace("&lt;", "<"))
            run.bold = True if kind in ("name", "heading", "job") else None
    return built.saved(word)


SETTINGS: dict[str, Callable[[Document], bytes]] = {
    "one column": lambda document: built.as_pdf(parts_of(document)),
    "newspaper": newspaper,
    "sidebar": sidebar,
    "DOCX, styled": lambda document: built.as_docx(
        [(kind, text.replace("&lt;", "<")) for kind, text in parts_of(document)]
    ),
    "DOCX, plain": plain_docx,
    "DOCX, table": table_docx,
}


def main(folder: Path, each: bool) -> None:
    """Prints, for each setting, how far scores move, and how many move by more than three points."""
    screener = Screener()
    adverts = sorted(ADVERTS.glob("*.txt"))
    moves: dict[str, list[float]] = {name: [] for name in SETTINGS}
    with tempfile.TemporaryDirectory() as scratch:
        for number, path in enumerate(sorted((*folder.glob("*-?.pdf"), *folder.glob("*.docx")))):
            own = ADVERTS / f"{path.stem.rsplit('-', 1)[0]}.txt"
            advert = own if own.exists() else adverts[number % len(adverts)]
            job = screener.prepare(JobText("", advert.read_text("utf-8")))
            document = read_document(path)
            base = 0.0
            for name, setting in SETTINGS.items():
                file = Path(scratch) / ("cv.docx" if name.startswith("DOCX") else "cv.pdf")
                file.write_bytes(setting(document))
                score = screener.judge(job, read_document(file)).score
                base = score if name == "one column" else base
                moves[name].append(score - base)
                if each and abs(score - base) > MOST:
                    print(f"{path.stem:26}{name:16}{base:6.1f} {score:6.1f}")
    for name, found in moves.items():
        over = sum(abs(move) > MOST for move in found)
        print(
            f"{name:16}{len(found):4} texts  median {statistics.median(map(abs, found)):.1f}  "
            f"{min(found):+.1f} to {max(found):+.1f}  over {MOST:g}: {over}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--each" in sys.argv)
