"""Makes CVs for the reading tests: one written CV set as PDF in one column or two, as DOCX, and by hand.

The same words in several settings show whether reading depends on the setting.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx
from docx.shared import Pt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen import canvas
from reportlab.platypus import Frame, FrameBreak, Paragraph, SimpleDocTemplate
from reportlab.platypus.doctemplate import BaseDocTemplate, PageTemplate

WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
Part = tuple[str, str]  # how it is set (name, heading, job, line, bullet), what it says

ENGINEER: tuple[Part, ...] = (
    ("name", "Ada Okafor"),
    ("line", "ada.okafor@example.org | +44 20 7946 0958 | Leeds, UK"),
    ("heading", "Profile"),
    (
        "line",
        "Platform engineer who has spent nine years keeping payment systems up, with a liking for plain tools, short "
        "feedback loops and runbooks that a tired person can follow at night.",
    ),
    ("heading", "Work Experience"),
    ("job", "Senior Platform Engineer, Northwind Payments, March 2018 - Present"),
    ("bullet", "Ran Kubernetes clusters with Terraform for forty services and cut the monthly bill by a third."),
    (
        "bullet",
        "Led the move from Jenkins to GitLab CI, which halved the time from merge to production for every team.",
    ),
    ("job", "Systems Administrator, Contoso Logistics, 06/2014 to 02/2018"),
    ("bullet", "Automated the patching of 300 Linux servers with Ansible and Python scripts."),
    ("bullet", "Wrote the on-call handbook that three later teams took over without changes."),
    ("heading", "Education"),
    ("line", "BSc Computer Science, University of Leeds, 2010 - 2013"),
    ("heading", "Skills"),
    ("line", "Python, Go, Kubernetes, Terraform, Ansible, PostgreSQL, Prometheus"),
)


def _flow(parts: Sequence[Part], size: float = 10) -> list[Paragraph]:
    body = ParagraphStyle("body", fontName="Helvetica", fontSize=size, leading=1.25 * size)
    styles = {
        "name": ParagraphStyle("name", parent=body, fontName="Helvetica-Bold", fontSize=18, leading=24),
        "heading": ParagraphStyle(
            "heading", parent=body, fontName="Helvetica-Bold", fontSize=13, leading=18, spaceBefore=8
        ),
        "job": ParagraphStyle("job", parent=body, fontName="Helvetica-Bold", spaceBefore=4),
        "line": body,
        "bullet": ParagraphStyle("bullet", parent=body, leftIndent=14, bulletIndent=4),
    }
    return [
        Paragraph(text.replace("&", "&amp;"), styles[kind], bulletText="\u2022" if kind == "bullet" else None)
        for kind, text in parts
    ]


def as_pdf(parts: Sequence[Part]) -> bytes:
    """The CV on A4 in one column."""
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, invariant=1).build(_flow(parts))
    return out.getvalue()


def as_two_columns(left: Sequence[Part], right: Sequence[Part]) -> bytes:
    """The CV on A4 with a narrow left and a wide right column."""
    out = io.BytesIO()
    width, height = A4
    frames = [Frame(40, 40, 170, height - 80, id="left"), Frame(225, 40, width - 265, height - 80, id="right")]
    document = BaseDocTemplate(out, pagesize=A4, invariant=1)
    document.addPageTemplates([PageTemplate(frames=frames)])
    document.build([*_flow(left), FrameBreak(), *_flow(right)])
    return out.getvalue()


def as_docx(parts: Sequence[Part]) -> bytes:
    """The CV as Word writes it, with its styles."""
    document = docx.Document()
    styles = {"name": "Title", "heading": "Heading 1", "bullet": "List Bullet"}
    for kind, text in parts:
        paragraph = document.add_paragraph(style=styles.get(kind))
        run = paragraph.add_run(text)
        run.bold = True if kind == "job" else None
        if kind == "line":
            run.font.size = Pt(10)
    return saved(document)


def saved(document: object) -> bytes:
    """A python-docx document as bytes."""
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def drawn(*strings: tuple[float, float, str], size: float = 10, pages: int = 1) -> bytes:
    """A PDF with strings at places (points from the lower left corner)."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    for _ in range(pages):
        page.setFont("Helvetica", size)
        for x, y, text in strings:
            page.drawString(x, y, text)
        page.showPage()
    page.save()
    return out.getvalue()


def word_package(body: str, *, head: str = "", **parts: str) -> bytes:
    """A hand-made DOCX: `body` is the XML inside w:body, `head` what stands before the root."""
    document = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{head}'
        f'<w:document xmlns:w="{WORDS}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>"
    )
    return packed({"word/document.xml": document.encode(), **{name: text.encode() for name, text in parts.items()}})


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip archive of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def paragraph(text: str, run_properties: str = "") -> str:
    """A w:p with one run."""
    return f'<w:p><w:r><w:rPr>{run_properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def hand_made_pdf(content: bytes, *, extra: str = "", count: int = 1, kids: str = "3 0 R", stream: str = "") -> bytes:
    """A one-page PDF written by hand: `stream` adds to the content stream's dictionary, `extra` adds objects."""
    parts = [
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        f"2 0 obj\n<</Type/Pages/Kids[{kids}]/Count {count}>>\nendobj\n".encode(),
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R",
        b"/Resources<</Font<</F1 5 0 R>>>>>>\nendobj\n",
        f"4 0 obj\n<</Length {len(content)}{stream}>>\nstream\n".encode(),
        content,
        b"\nendstream\nendobj\n5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n",
        extra.encode(),
        b"trailer\n<</Size 6/Root 1 0 R>>\n%%EOF\n",
    ]
    return b"".join(parts)
