"""Measures what odd files do to the reading: what each is told to be, in how many seconds and megabytes.

Each is made here, read in a worker as the sandbox reads it, with an honest CV after it that must still be read. None can
harm a program that opens it: the reading's limits are lowered, and a file that is to break one only just does.
Run: python benchmarks/ebsv/hostile.py [NAME]
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import importlib
import io
import itertools
import struct
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil
from reportlab.lib import pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from cvsense_async.sandbox.batches import Work
from cvsense_async.sandbox.ebsv.showing import Reader
from cvsense_async.sandbox.options import Options
from cvsense_async.sandbox.pool import Worker

ENGINE = "hostile:Lowered"
LIMITS = {
    "pdfguard.MAX_CONTENT": 30_000,
    "pdfguard._SMALL": 0,
    "pdfguard.MAX_SHOWN": 3_000,
    "pdfguard.MAX_OPEN": 50,
    "pdfguard.MAX_DRAWN": 50,
    "pdf.MAX_PAGES": 10,
    "pdf.MAX_NOTES": 20,
    "pdf.MAX_OBJECTS": 1_000,
    "glyphs.MAX_CHARACTERS": 3_000,
    "docx.MAX_PART": 60_000,
    "docx.MAX_ENTRIES": 40,
    "wordxml.MAX_DEPTH": 100,
    "wordxml.MAX_ELEMENTS": 1_000,
    "wordml.MAX_CHARACTERS": 3_000,
    "extract.MAX_FILE": 100_000,
}
"""The limits that the worker lowers, by module and name."""
LINES = (
    "Mira Novak",
    "Experience",
    "Cartographer, Atlas Works, 2010 - 2018",
    "Drew maps of harbours and rivers for pilots.",
    "Skills",
    "Surveying, Drawing",
)
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


class Lowered(Reader):
    """The reading with lowered limits."""

    def __init__(self) -> None:
        for name, most in LIMITS.items():
            module, _, limit = name.partition(".")
            held = importlib.import_module(f"cvsense_async.sandbox.ebsv.{module}")
            getattr(held, limit)  # it must be there
            setattr(held, limit, most)


def cv(*, pages: int = 1, encrypt: str | None = None) -> bytes:
    """An honest CV as PDF."""
    out = io.BytesIO()
    lock = pdfencrypt.StandardEncryption(encrypt, ownerPassword="owner") if encrypt is not None else None
    page = canvas.Canvas(out, pagesize=A4, invariant=1, encrypt=lock)
    for number in range(pages):
        for row, text in enumerate(LINES):
            page.drawString(50, 780 - 14 * row, f"{text} {number or ''}".strip())
        page.showPage()
    page.save()
    return out.getvalue()


def pdf(
    content: bytes,
    *,
    page: bytes = b"",
    tree: bytes = b"/Kids[3 0 R]/Count 1",
    catalogue: bytes = b"",
    names: bytes = b"",
    more: dict[int, bytes] | None = None,
) -> bytes:
    """A one-page PDF by hand."""
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        2: b"<</Type/Pages%s>>" % tree,
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]%s/Resources<</Font<</F1 5 0 R>>%s>>/Contents 4 0 R>>"
        % (page, names),
        4: stream(content),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        **(more or {}),
    }
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number in sorted(parts):
        places.append((number, len(out)))
        out += b"%d 0 obj\n" % number + parts[number] + b"\nendobj\n"
    table = b"".join(b"%d 1\n%010d 00000 n \n" % place for place in places)
    return bytes(
        out
    ) + b"xref\n0 1\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        max(parts) + 1,
        len(out),
    )


def stream(content: bytes, head: bytes = b"", *, deflate: bool = False) -> bytes:
    """A stream object."""
    if deflate:
        content, head = zlib.compress(content, 9), head + b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (head, len(content), content)


TEXT = b"BT /F1 12 Tf 50 700 Td (" + b" ".join(line.encode() for line in LINES) + b") Tj ET "


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def word(body: str, head: str = "", **parts: bytes) -> bytes:
    """A DOCX by hand."""
    document = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>'
    return packed({"word/document.xml": document.encode(), **parts})


def said(text: str) -> str:
    """A paragraph."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


BODY = "".join(map(said, LINES))


def _lines(count: int) -> bytes:
    return b"BT /F1 9 Tf 11 TL 40 770 Td " + b"(kept the ledgers of the mill and wrote it down) ' " * count + b"ET"


def pdfs() -> Iterator[tuple[str, bytes]]:
    """PDFs that lie, break, or are more than a CV is."""
    whole = cv()
    for tenth in range(1, 10):
        yield f"pdf-cut-at-{tenth}-tenths.pdf", whole[: len(whole) * tenth // 10]
    yield "pdf-without-table.pdf", whole[: whole.rfind(b"xref\n", 0, whole.rfind(b"startxref"))]
    yield "pdf-wrong-table.pdf", whole.replace(b"0000000", b"0099999")
    yield "pdf-locked.pdf", cv(encrypt="secret")
    yield "pdf-locked-empty-password.pdf", cv(encrypt="")
    yield "pdf-12-pages.pdf", cv(pages=12)
    kids = b"".join(b"%d 0 R " % (10 + n) for n in range(30))
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>"
    yield (
        "pdf-30-pages-of-one-text.pdf",
        pdf(TEXT, tree=b"/Kids[" + kids + b"]/Count 30", more={10 + n: leaf for n in range(30)}),
    )
    yield "pdf-objects-for-nothing.pdf", pdf(TEXT, more={10 + n: b"null" for n in range(100)})
    forms = {
        n: stream(
            b"/X Do /X Do ", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (n + 1)
        )
        for n in range(6, 11)
    }
    forms[11] = stream(b"0 0 m 9 9 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    yield "pdf-forms-of-forms.pdf", pdf(TEXT + b"/X Do", names=b"/XObject<</X 6 0 R>>", more=forms)
    yield (
        "pdf-tree-deep.pdf",
        pdf(
            TEXT,
            tree=b"/Kids[10 0 R]/Count 1",
            more={
                10 + n: b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (9 + n, 11 + n if n < 19 else 3)
                for n in range(20)
            },
        ),
    )
    image = stream(
        bytes(10_000),
        b"/Type/XObject/Subtype/Image/Width 100/Height 100/BitsPerComponent 8/ColorSpace/DeviceGray",
        deflate=True,
    )
    yield (
        "pdf-picture-over-text.pdf",
        pdf(TEXT + b"q 600 0 0 700 0 0 cm /I Do Q 1 g " + TEXT, names=b"/XObject<</I 6 0 R>>", more={6: image}),
    )
    yield (
        "pdf-deflated-twice.pdf",
        pdf(
            b"",
            more={
                4: stream(zlib.compress(zlib.compress(b"0 0 m " * 6_000, 9), 9), b"/Filter[/FlateDecode/FlateDecode]")
            },
        ),
    )
    yield "pdf-open-states.pdf", pdf(b"", more={4: stream(b"q " * 60, deflate=True)})
    yield "pdf-many-letters.pdf", pdf(b"", more={4: stream(_lines(70), deflate=True)})
    yield (
        "pdf-many-words-9-pages.pdf",
        pdf(b"", tree=b"/Kids[" + b"3 0 R " * 9 + b"]/Count 9", more={4: stream(_lines(40), deflate=True)}),
    )
    yield "pdf-paths.pdf", pdf(TEXT, more={4: stream(TEXT + b"0 0 m 9 9 l S " * 1_100, deflate=True)})
    yield (
        "pdf-shadings.pdf",
        pdf(
            TEXT + b"/P sh " * 20 + b"1 g " + TEXT,
            names=b"/Shading<</P<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 600 700]/Function<</FunctionType 2/Domain[0 1]/N 1/C0[0 0 0]/C1[1 1 1]>>>>>>",
        ),
    )
    yield (
        "pdf-broken-font.pdf",
        pdf(
            TEXT,
            more={
                5: b"<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar 0/LastChar 255/Widths[1 2]/FontDescriptor 6 0 R>>",
                6: b"<</Type/FontDescriptor/FontName/X/Flags 4/FontFile2 7 0 R>>",
                7: stream(b"\x00\x01\x00\x00" + bytes(range(256)) * 40),
            },
        ),
    )
    yield "pdf-script.pdf", pdf(TEXT, catalogue=b"/OpenAction<</S/JavaScript/JS(1+1)>>")
    yield (
        "pdf-portfolio.pdf",
        pdf(
            b"BT /F1 9 Tf 50 700 Td (Open this portfolio in Acrobat) Tj ET",
            catalogue=b"/Collection<</View/T>>/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>",
            more={6: b"<</Type/Filespec/F(a.pdf)/EF<</F 7 0 R>>>>", 7: stream(whole, b"/Type/EmbeddedFile")},
        ),
    )
    yield (
        "pdf-xfa.pdf",
        pdf(
            b"BT /F1 9 Tf 50 700 Td (Please wait. If this message is not replaced, your viewer cannot show it.) Tj ET",
            catalogue=b"/AcroForm<</XFA 6 0 R/Fields[]>>",
            more={6: stream(b"<xdp:xdp xmlns:xdp='x'><field>x</field></xdp:xdp>")},
        ),
    )
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(%s)/Rect[50 %d 500 %d]/AP<</N 7 0 R>>>>"
    shown = stream(
        TEXT.replace(b"50 700", b"2 3"), b"/Type/XObject/Subtype/Form/BBox[0 0 450 20]/Resources<</Font<</F1 5 0 R>>>>"
    )
    yield "pdf-fields-only.pdf", pdf(b"", page=b"/Annots[6 0 R]", more={6: field % (b"x", 600, 620), 7: shown})
    yield (
        "pdf-many-notes.pdf",
        pdf(TEXT, page=b"/Annots[" + b"6 0 R " * 25 + b"]", more={6: field % (b"x", 600, 620), 7: shown}),
    )
    picture = stream(
        bytes(3 * 100 * 100),
        b"/Type/XObject/Subtype/Image/Width 100/Height 100/BitsPerComponent 8/ColorSpace/DeviceRGB",
        deflate=True,
    )
    yield "pdf-scan.pdf", pdf(b"q 612 0 0 792 0 0 cm /I Do Q", names=b"/XObject<</I 6 0 R>>", more={6: picture})
    yield "pdf-and-zip.pdf", whole + word(BODY)
    yield "zip-and-pdf.docx", word(BODY) + whole
    yield "pdf-after-junk.pdf", b"\x00" * 900 + whole
    yield "pdf-header-only.pdf", b"%PDF-1.7\n" + b"%" * 1_000
    yield "pdf-open-brackets.pdf", pdf(TEXT, more={6: b"[" * 20})
    yield "pdf-open-dictionaries.pdf", pdf(TEXT, more={6: b"<</A" * 20})


def words() -> Iterator[tuple[str, bytes]]:
    """Word documents and archives that lie, break, or are more than a CV is."""
    nested = '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY x "&a;&a;">]>'
    yield "docx-nested-entities.docx", word(said("&x;"), nested)
    yield "docx-entity.docx", word(said("&x;"), '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///no/such/file">]>')
    yield "docx-many-elements.docx", word(said("a") * 400)
    yield "docx-many-paragraphs.docx", word(said("a weaver") * 300)
    yield "docx-deep-tables.docx", word("<w:tbl><w:tr><w:tc>" * 35 + BODY + "</w:tc></w:tr></w:tbl>" * 35)
    yield "docx-tables-30-deep.docx", word("<w:tbl><w:tr><w:tc>" * 30 + BODY + "</w:tc></w:tr></w:tbl>" * 30)
    yield "docx-long-attribute.docx", word(f'<w:p w:x="{"y" * 50_000}"/>' + BODY)
    yield "docx-one-long-word.docx", word(BODY + said("a" * 5_000))
    yield "docx-without-document.docx", packed({"[Content_Types].xml": b"<Types/>", "word/styles.xml": b"<x/>"})
    yield "docx-large-part.docx", word("<w:p/>" * 11_000)
    yield "docx-archive-in-archive.docx", packed({"word/document.xml": packed({"a": bytes(2_000)})})
    yield "docx-many-parts.docx", packed({f"word/header{n}.xml": b"x" for n in range(50)})
    yield (
        "docx-many-styles.docx",
        word(
            '<w:p><w:pPr><w:pStyle w:val="a"/></w:pPr></w:p>' + BODY,
            **{"word/styles.xml": b"<s>" + b"<w:style/>" * 1_100},
        ),
    )
    good = word(BODY)
    yield (
        "docx-wrong-crc.docx",
        good.replace(
            struct.pack("<L", zipfile.ZipFile(io.BytesIO(good)).getinfo("word/document.xml").CRC), b"\1\2\3\4"
        ),
    )
    yield (
        "docx-absolute-paths.docx",
        packed(
            {
                "/no/such/file": b"x",
                "../beside.xml": b"x",
                "word/document.xml": zipfile.ZipFile(io.BytesIO(good)).read("word/document.xml"),
            }
        ),
    )
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as package:
        warnings.simplefilter("ignore")
        for _ in range(2):
            package.writestr("word/document.xml", zipfile.ZipFile(io.BytesIO(good)).read("word/document.xml"))
        with package.open(zipfile.ZipInfo("x"), "w", force_zip64=True) as entry:
            entry.write(b"x")
    yield "docx-twice-and-zip64.docx", out.getvalue()
    yield "docx-cut.docx", good[: len(good) // 2]
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    yield "word97.doc", ole + bytes(3000)
    yield "docx-locked.docx", ole + "EncryptedPackage".encode("utf-16-le") + bytes(3000)


def others() -> Iterator[tuple[str, bytes]]:
    """Files of other kinds under a CV's name."""
    yield "rtf.pdf", rb"{\rtf1\ansi Mira Novak, cartographer}"
    yield "odt.docx", packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x>Mira</x>"})
    yield "html.pdf", b"<!doctype html><title>CV</title>Mira Novak"
    yield "png.pdf", b"\x89PNG\r\n\x1a\n" + bytes(999)
    yield "exe.pdf", b"MZ" + bytes(999) + b"%PDF-1.4"
    yield "text.pdf", b"Mira Novak, cartographer"
    yield "utf16.pdf", "Mira Novak, cartographer".encode("utf-16")
    yield "gzip.pdf", gzip.compress(cv())
    yield "nothing.pdf", b""
    yield "spaces.docx", b" \r\n" * 9999
    yield "nulls.pdf", bytes(50_000)
    yield "too-large.pdf", cv() + bytes(100_001)


async def peak_while(worker: Worker, path: Path) -> tuple[dict[str, object], float, float]:
    """A worker's answer on a file, its seconds, and its memory at most in MB, seen every 5 ms."""
    began, most = time.perf_counter(), 0.0
    asking = asyncio.create_task(worker.assess({}, [Work(0, 0, path.name, str(path))]))
    while not asking.done():
        await asyncio.wait({asking}, timeout=0.005)
        watched = worker._watched
        with contextlib.suppress(psutil.Error):
            most = max(most, watched.memory_info().rss / 2**20 if watched else 0.0)
    return (await asking)[0], time.perf_counter() - began, most


async def main(only: str) -> None:
    """Prints a line a file, and how many broke a limit or the worker."""
    worker, broken, count = Worker(Options(key="none", engine=ENGINE), Path("/")), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        honest = Path(folder) / "honest.pdf"
        honest.write_bytes(cv())
        await peak_while(worker, honest)
        try:
            for name, content in itertools.chain(pdfs(), words(), others()):
                if only not in name:
                    continue
                path = Path(folder) / name
                path.write_bytes(content)
                answer, seconds, megabytes = await peak_while(worker, path)
                after, _, _ = await peak_while(worker, honest)
                path.unlink()
                count += 1
                bad = seconds > 11 or megabytes > 640 or "screening" not in after
                broken += bad
                document = answer.get("screening")
                told = f"invalid {answer.get('reason')}: {answer.get('why')}"
                if isinstance(document, dict):
                    letters = sum(len(line["text"]) for section in document["sections"] for line in section["lines"])
                    told = f"ok, {letters} letters {' '.join(document['flags'])}"
                print(f"{'BAD ' if bad else ''}{name}: {seconds:.2f} s, {megabytes:.0f} MB, {told}", flush=True)
        finally:
            await worker.close()
    print(f"{count} files, {broken} over a limit or with the next CV lost")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
