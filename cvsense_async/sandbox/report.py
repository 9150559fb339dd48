"""Draws one CV's report as a PDF: the score and its band, then why, with the CV's own words as evidence.

A person decides with it, so it says first what matters, and on every page that the score is the sandbox's own.
"""

from __future__ import annotations

import datetime
import functools
import io
import threading
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Polygon, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table

from cvsense_async.api.screening import Evidence, Report, Skill

from .lettering import plain

INK, GREY, PALE, LINE = HexColor("#1d2733"), HexColor("#5d6b7a"), HexColor("#f4f6f8"), HexColor("#d9dfe5")
BANDS = {
    "exceptional": ("#0b6e4f", "85 to 100"),
    "strong": ("#2e7d32", "65 to 84"),
    "good": ("#1565c0", "45 to 64"),
    "fair": ("#b26a00", "20 to 44"),
    "limited": ("#a23b2a", "0 to 19"),
    "invalid": ("#5d6b7a", "not scored"),
}
STATES = {"evidenced": ("#2e7d32", "Evidenced"), "claimed": ("#b26a00", "Claimed"), "missing": ("#a23b2a", "Missing")}
DISCLAIMER = "Scored by the local sandbox. The score is the sandbox's own, not CVSense's; a person should decide."
LONGEST = 1200
MOST_QUOTES = 3
WIDTH = A4[0] - 36 * mm
_ONE_AT_A_TIME = threading.Lock()  # reportlab keeps state of its own


def draw(report: Report, job_title: str, made: datetime.datetime | None) -> bytes:
    """The report as a PDF; all that comes from a CV is shown as the text that it is."""
    sheet = io.BytesIO()
    title = f"Screening report: {plain(report.filename, 120)}"
    document = BaseDocTemplate(
        sheet,
        pagesize=A4,
        title=title,
        author="CVSense sandbox",
        subject=plain(job_title, 120),
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=20 * mm,
        invariant=1,
    )
    frame = Frame(18 * mm, 20 * mm, WIDTH, A4[1] - 36 * mm, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame], onPage=functools.partial(_foot, made=made))])
    with _ONE_AT_A_TIME:
        document.build(_story(report, job_title))
    return sheet.getvalue()


def _story(report: Report, job_title: str) -> list[Flowable]:
    story: list[Flowable] = [*_head(report, job_title), Spacer(0, 5 * mm), _verdict(report), Spacer(0, 4 * mm)]
    if report.summary:
        story += [_text(report.summary, LEAD), Spacer(0, 2 * mm)]
    story += _columns(report)
    story += _skills("Essential requirements", [one for one in report.skills if one.importance == "essential"])
    story += _skills("Desirable requirements", [one for one in report.skills if one.importance == "desirable"])
    others = [one for one in report.skills if one.importance not in ("essential", "desirable")]
    story += _skills("Requirements", others)
    if report.reasoning:
        lines = [line for line in report.reasoning.splitlines() if line.strip()]
        story += [*_heading("How the score came about"), *(_text(line) for line in lines)]
    if report.education:
        story += [*_heading("Education"), *(_bullet(line) for line in report.education)]
    if report.flags:
        story += [*_heading("To look at"), *(_bullet(flag.replace("_", " ")) for flag in report.flags)]
    return story


def _head(report: Report, job_title: str) -> list[Flowable]:
    contact = report.contact
    name = (contact.name if contact else None) or report.filename or "A candidate"
    facts = [contact.email, contact.phone, contact.location] if contact else []
    years = report.experience_years
    facts.append(f"{years:g} years of experience" if years else None)
    head: list[Flowable] = [_text("SCREENING REPORT", KICKER), _text(name, TITLE, 100)]
    if shown := "  ·  ".join(plain(fact, 80) for fact in facts if fact):
        head.append(_text(shown, SMALL))
    head.append(_text(f"For: {plain(job_title, 160) or 'a job without a title'}  ·  File: {report.filename}", SMALL))
    return head


def _verdict(report: Report) -> Table:
    match = str(report.match_status) or "invalid"
    colour, span = BANDS.get(match, BANDS["invalid"])
    score = f"{report.score:g}" if report.score is not None else "–"
    rank = f"Rank {report.rank} in its batch. " if report.rank is not None else ""
    called = "Could not be read" if match == "invalid" else f"{_markup(match.capitalize(), 40)} match"
    note = "" if match == "invalid" else f"{rank}This band: {span}."
    words = f"<b>{called}</b><br/><font size=8.5>{note}</font>"
    cells = [[Paragraph(_markup(score, 8), SCORE), [Paragraph(words, BAND), Spacer(0, 2 * mm), _gauge(report.score)]]]
    style = [
        ("BACKGROUND", (0, 0), (0, 0), HexColor(colour)),
        ("BACKGROUND", (1, 0), (1, 0), PALE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 4 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4 * mm),
        ("LEFTPADDING", (1, 0), (1, 0), 6 * mm),
    ]
    return Table(cells, colWidths=[38 * mm, WIDTH - 38 * mm], style=style)


def _gauge(score: float | None) -> Flowable:
    """The five bands in a row, and where the score stands among them."""
    width = WIDTH - 52 * mm
    made = Drawing(width, 4.5 * mm)
    edges = (("limited", 0, 20), ("fair", 20, 45), ("good", 45, 65), ("strong", 65, 85), ("exceptional", 85, 100))
    for name, low, high in edges:
        pale: dict[str, Any] = {"fillColor": HexColor(BANDS[name][0]), "fillOpacity": 0.35, "strokeColor": None}
        left, right = low * width / 100, high * width / 100 - 1
        made.add(Rect(left, 0, right - left, 2.2 * mm, **pale))
    if score is not None:
        at, low, high = width * min(100.0, max(0.0, score)) / 100, 2.4 * mm, 4.5 * mm
        dark: dict[str, Any] = {"fillColor": INK, "strokeColor": None}
        made.add(Polygon([at, low, at - 1.4 * mm, high, at + 1.4 * mm, high], **dark))
    return made


def _columns(report: Report) -> list[Flowable]:
    sides = [("Strengths", report.strengths), ("Weaknesses", report.weaknesses)]
    if not any(lines for _, lines in sides):
        return []
    shown: list[Flowable] = []
    for name, lines in sides:
        shown += [*_heading(name), *[_bullet(line) for line in lines]] if lines else []
    return shown


def _skills(title: str, skills: Sequence[Skill]) -> list[Flowable]:
    if not skills:
        return []
    shown = sum(skill.classification == "evidenced" for skill in skills)
    story = _heading(f"{title}: {shown} of {len(skills)} evidenced")
    for skill in skills:
        colour, word = STATES.get(str(skill.classification), ("#5d6b7a", str(skill.classification)))
        state = Paragraph(f'<font color="{colour}"><b>{_markup(word, 20)}</b></font>', SMALL)
        quotes = [_quote(one) for one in skill.evidence[:MOST_QUOTES]]
        row = Table(
            [[state, [_text(skill.name, STRONG, 300), *quotes]]],
            colWidths=[24 * mm, WIDTH - 24 * mm],
            style=[
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1.6 * mm),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.6 * mm),
            ],
            splitInRow=1,
        )
        story.append(row)
    return story


def _quote(evidence: Evidence) -> Paragraph:
    where = ", ".join(
        part for part in (evidence.section, f"page {evidence.page}" if evidence.page is not None else None) if part
    )
    note = f' <font color="#5d6b7a">({_markup(where, 80)})</font>' if where else ""
    return Paragraph(f"“{_markup(evidence.quote, 400)}”{note}", QUOTE)


def _heading(words: str) -> list[Flowable]:
    return [CondPageBreak(25 * mm), Spacer(0, 4 * mm), _text(words, HEADING), Spacer(0, 1 * mm)]


def _bullet(words: str) -> Paragraph:
    return Paragraph(_markup(words, LONGEST), BULLET, bulletText="•")


def _text(words: str, style: ParagraphStyle | None = None, longest: int = 4 * LONGEST) -> Paragraph:
    return Paragraph(_markup(words, longest), style or BODY)


def _markup(words: str, longest: int) -> str:
    return escape(plain(words, longest))


def _foot(canvas: Any, document: Any, *, made: datetime.datetime | None) -> None:
    canvas.saveState()
    canvas.setStrokeColor(LINE)
    canvas.line(18 * mm, 15 * mm, A4[0] - 18 * mm, 15 * mm)
    canvas.setFont("Helvetica", 7.5)
    canvas.setFillColor(GREY)
    day = f" Made on {made:%d %B %Y}." if made is not None else ""
    canvas.drawString(18 * mm, 11 * mm, DISCLAIMER + day)
    canvas.drawRightString(A4[0] - 18 * mm, 11 * mm, f"Page {document.page}")
    canvas.restoreState()


def _style(size: float, **more: Any) -> ParagraphStyle:
    given: dict[str, Any] = {
        "fontName": "Helvetica",
        "textColor": INK,
        "leading": size * 1.38,
        "splitLongWords": 1,
        **more,
    }
    return ParagraphStyle("sandbox", fontSize=size, **given)


BODY = _style(9.5)
LEAD = _style(10.5)
SMALL = _style(8.5, textColor=GREY)
STRONG = _style(9.5, fontName="Helvetica-Bold")
KICKER = _style(7.5, textColor=GREY, fontName="Helvetica-Bold")
TITLE = _style(19, fontName="Helvetica-Bold", leading=25)
HEADING = _style(11.5, fontName="Helvetica-Bold")
BULLET = _style(9.5, leftIndent=4 * mm, bulletIndent=0)
QUOTE = _style(8.8, fontName="Helvetica-Oblique", leftIndent=3 * mm, spaceBefore=2)
BAND = _style(12)
SCORE = _style(30, fontName="Helvetica-Bold", textColor=HexColor("#ffffff"), alignment=TA_CENTER)
