"""Files as careless programs and ill-meaning people make them, each with what a person would expect of it.

Every one says the same sentence somewhere, so that what was read is known. None can harm a program that opens it: where
a file is to break a limit of the reading, the limit is lowered, and the file only just breaks it.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib

from ebsv.read_builders import paragraph, word_package

from cvsense_async.sandbox.ebsv.document import UnreadableReason

SENTENCE = "A shepherd with a dog and forty years of weather on the hills"
READ = None
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_JUNK = b"\x97JB2\r\n\x1a\n" + b"\xff" * 56


def shown(text: str = SENTENCE, matrix: str = "1 0 0 1 50 700", size: str = "12") -> bytes:
    """A content stream that shows a text."""
    return f"BT /F1 {size} Tf {matrix} Tm ({text}) Tj ET ".encode("latin-1")


def stream(content: bytes, head: bytes = b"") -> bytes:
    """A stream object."""
    return b"<<" + head + b"/Length %d>>\nstream\n" % len(content) + content + b"\nendstream"


def form(content: bytes, resources: bytes) -> bytes:
    """A form, which a page or another form may draw."""
    return stream(content, b"/Type/XObject/Subtype/Form/BBox[0 0 600 700]/Resources<<%s>>" % resources)


def pdf(
    content: bytes | None = None,
    *,
    page: bytes = b"/MediaBox[0 0 612 792]",
    tree: bytes = b"/Kids[3 0 R]/Count 1",
    catalogue: bytes = b"",
    resources: bytes = b"/Font<</F1 5 0 R>>",
    trailer: bytes = b"",
    more: dict[int, bytes] | None = None,
) -> bytes:
    """A one-page PDF with a true cross-reference table."""
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
        2: b"<</Type/Pages" + tree + b">>",
        3: b"<</Type/Page/Parent 2 0 R" + page + b"/Resources<<" + resources + b">>/Contents 4 0 R>>",
        4: stream(shown() if content is None else content),
        5: _FONT,
        **(more or {}),
    }
    out, places = b"%PDF-1.7\n", {}
    for number, part in parts.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    size = max(parts) + 1
    table = b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, start)


def picture(coding: bytes) -> bytes:
    """A page with the sentence, and over it a picture of junk."""
    head = b"/Type/XObject/Subtype/Image/Width 60/Height 60/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/"
    return pdf(
        shown() + b"q 500 0 0 500 0 0 cm /I Do Q",
        resources=b"/Font<</F1 5 0 R>>/XObject<</I 6 0 R>>",
        more={6: stream(_JUNK, head + coding)},
    )


def forms_of_forms() -> bytes:
    """Two forms, each of which draws the next one four times: 16 drawings."""
    drawing = b"/Font<</F1 5 0 R>>/XObject<</X %d 0 R>>"
    forms = {number: form(b"/X Do " * 4, drawing % (number + 1)) for number in (6, 7)}
    last = form(b"0 0 m 9 9 l S", b"")
    return pdf(shown() + b"/X Do", resources=drawing % 6, more={**forms, 8: last})


def tables_in_tables() -> bytes:
    """A paragraph in eight tables, 27 elements deep with the document, its body, the paragraph, its run and text."""
    return word_package("<w:tbl><w:tr><w:tc>" * 8 + paragraph(SENTENCE) + "</w:tc></w:tr></w:tbl>" * 8)


def archive(*entries: tuple[str, bytes | str]) -> bytes:
    """A zip archive of entries, of which two may have one name."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        warnings.simplefilter("ignore")
        for name, content in entries:
            package.writestr(name, content)
    return out.getvalue()


def relations(kind: str, *targets: str) -> str:
    """A part that says how an archive's parts hang together."""
    said = "".join(f'<Relationship Id="r{n}" Type="http://x/{kind}" Target="{t}"/>' for n, t in enumerate(targets))
    return f"<?xml version='1.0'?><Relationships>{said}</Relationships>"


WORD = word_package(paragraph(SENTENCE))
with zipfile.ZipFile(io.BytesIO(WORD)) as _package:
    _TEXT = _package.read("word/document.xml")
    _CRC = struct.pack("<L", _package.getinfo("word/document.xml").CRC)

_Reason = UnreadableReason
ODD: dict[str, tuple[bytes, UnreadableReason | None]] = {
    "nine pages of which one is there": (pdf(tree=b"/Kids[3 0 R]/Count 9"), READ),
    "many notes on one page": (
        pdf(
            page=b"/MediaBox[0 0 612 792]/Annots[" + b"6 0 R " * 6 + b"]",
            more={6: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[50 60 500 80]>>"},
        ),
        READ,
    ),
    "fewer pages than none": (pdf(tree=b"/Kids[3 0 R]/Count -5"), READ),
    "one page named many times": (pdf(tree=b"/Kids[" + b"3 0 R " * 6 + b"]/Count 6"), READ),
    "arrays in arrays": (pdf(trailer=b"/Info 6 0 R", more={6: b"[" * 20 + b"]" * 20}), READ),
    "states left open": (pdf(b"q " * 20 + shown()), READ),
    "a broken deflated stream": (
        pdf(more={4: stream(zlib.compress(shown())[:20] + bytes(20), b"/Filter/FlateDecode")}),
        _Reason.NO_TEXT,
    ),
    "a filter that nobody knows": (pdf(more={4: stream(b"x" * 40, b"/Filter/FooDecode")}), _Reason.NO_TEXT),
    "a junk picture in JBIG2": (picture(b"JBIG2Decode"), READ),
    "a junk picture in JPX": (picture(b"JPXDecode"), READ),
    "a junk picture in CCITT": (picture(b"CCITTFaxDecode"), READ),
    "forms that draw forms": (forms_of_forms(), READ),
    "forms that draw too many forms": (forms_of_forms(), _Reason.TOO_LARGE),
    "a page without size": (pdf(page=b"/MediaBox[0 0 0 0]"), READ),
    "a page turned by a quarter": (pdf(page=b"/MediaBox[0 0 612 792]/Rotate 90"), READ),
    "a page upside down": (pdf(page=b"/MediaBox[0 0 612 792]/Rotate 180"), READ),
    "text that runs upwards": (pdf(shown(matrix="0 1 -1 0 300 100")), READ),
    "text that runs downwards on a turned page": (
        pdf(shown(matrix="0 -1 1 0 300 700"), page=b"/MediaBox[0 0 612 792]/Rotate 270"),
        READ,
    ),
    "letters as large as the world": (pdf(shown(size="1e30")), _Reason.NO_TEXT),
    "nulls among the letters": (pdf(shown(SENTENCE.replace(" dog", "\\000 dog"))), READ),
    "a font of no letters": (
        pdf(more={5: b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<<>>>>"}),
        _Reason.NO_TEXT,
    ),
    "a program to be started": (pdf(catalogue=b"/OpenAction<</S/Launch/F(no-such-program)>>"), READ),
    "a stream that is shorter than it says": (
        pdf(more={4: stream(shown()).replace(b"/Length %d" % len(shown()), b"/Length 900")}),
        READ,
    ),
    "a stream of objects that counts more than it has": (
        pdf(more={7: stream(b"8 0 9 5 <<>> <<>>", b"/Type/ObjStm/N 9/First 10")}),
        READ,
    ),
    "bytes of every kind": (b"%PDF-1.4\n" + bytes(range(256)) * 20, _Reason.DAMAGED),
    "relations to files of this machine": (
        archive(
            ("word/document.xml", _TEXT),
            ("word/_rels/document.xml.rels", relations("hyperlink", *["file:///no/such/file"] * 20)),
        ),
        READ,
    ),
    "two parts of one name": (archive(("word/document.xml", _TEXT[:-90]), ("word/document.xml", _TEXT)), READ),
    "names that climb out of the archive": (
        archive(("word/document.xml", _TEXT), ("../beside.xml", "x"), ("/no/such/file", "x")),
        READ,
    ),
    "a wrong check sum": (WORD.replace(_CRC, b"\1\2\3\4"), _Reason.DAMAGED),
    "an archive cut short": (WORD[:-40], _Reason.DAMAGED),
    "a document with macros": (
        archive(("word/document.xml", _TEXT), ("word/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 99)),
        READ,
    ),
    "a presentation": (
        archive(("_rels/.rels", relations("officeDocument", "ppt/presentation.xml")), ("ppt/presentation.xml", _TEXT)),
        _Reason.NOT_A_DOCUMENT,
    ),
    "a text of another office": (
        archive(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", _TEXT)),
        _Reason.NOT_A_DOCUMENT,
    ),
    "rich text": (b"{\\rtf1\\ansi " + SENTENCE.encode() + b"}", _Reason.NOT_A_DOCUMENT),
    "an office file with a password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(1000),
        _Reason.ENCRYPTED,
    ),
    "tables in each other": (tables_in_tables(), READ),
    "too many tables in each other": (tables_in_tables(), _Reason.TOO_LARGE),
    "a box and its fallback": (
        word_package(
            "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:txbxContent>"
            f"{paragraph(SENTENCE)}</w:txbxContent></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
            f"{paragraph(SENTENCE)}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        ),
        READ,
    ),
    "words that were deleted": (
        word_package(f"{paragraph(SENTENCE)}<w:p><w:del><w:r><w:delText>admiral</w:delText></w:r></w:del></w:p>"),
        READ,
    ),
}

LIMITS: dict[str, dict[str, int]] = {
    "many notes on one page": {"pdf.MAX_NOTES": 5},
    "one page named many times": {"pdf.MAX_PAGES": 5},
    "forms that draw too many forms": {"pdfguard.MAX_DRAWN": 20},
    "forms that draw forms": {"pdfguard.MAX_DRAWN": 22},
    "tables in each other": {"wordxml.MAX_DEPTH": 30},
    "too many tables in each other": {"wordxml.MAX_DEPTH": 26},
}
"""The limits that are lowered for a file, by module and name."""
