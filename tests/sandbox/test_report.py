"""The PDF report, read back as text."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from cvsense_async.api.screening import Evidence, Report, ReportContact, Skill
from cvsense_async.sandbox.lettering import plain
from cvsense_async.sandbox.report import draw


def text_of(pdf: bytes) -> str:
    pdfium: Any = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(pdf)
    pages: list[str] = []
    for page in document:
        text_page = page.get_textpage()
        pages.append(text_page.get_text_bounded())
        text_page.close()
        page.close()
    document.close()
    return "\n".join(pages)


def test_what_it_says() -> None:
    """Score, band, strengths, evidence with its place, and whose score it is; markup stays text."""
    report = Report(
        id=1,
        filename="cv.pdf",
        rank=2,
        score=72.5,
        match_status="strong",
        summary="A good fit <b>& more",
        strengths=("Bakes",),
        weaknesses=("Late",),
        skills=(
            Skill(
                name="Baking",
                classification="evidenced",
                importance="essential",
                evidence=(Evidence(quote="Baked <script>800</script> loaves", section="Experience", page=2),),
            ),
            Skill(name="Unheard of", classification="novel", importance=None),
        ),
        contact=ReportContact(name="Łucja Ødegård", email="l@example.com"),
        flags=("skill_listed_never_used",),
        reasoning="First line.\nSecond line.",
    )
    text = text_of(draw(report, "Baker <i>", datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)))
    for words in (
        "72.5",
        "Strong match",
        "<b>& more",
        "Bakes",
        "Late",
        "<script>800</script>",
        "page 2",
        "Lucja Ødegård",
        "Baker <i>",
        "not CVSense's",
        "skill listed never used",
        "02 January 2026",
    ):
        assert words in text, words


def test_odd_contents() -> None:
    """Invalid CVs, endless words, foreign scripts and hundreds of quotes are drawn all the same."""
    assert "Could not be read" in text_of(draw(Report(id=1, match_status="invalid", summary="A scan."), "", None))
    long = "x" * 20_000 + "日本語 \x00\x1b\ud800 &amp; <para>"
    skill = Skill(name=long, classification="claimed", importance="essential", evidence=(Evidence(quote=long),) * 300)
    report = Report(
        id=1,
        filename=long,
        score=1000.0,
        match_status=long,
        summary=long,
        strengths=(long,) * 20,
        skills=(skill,) * 60,
        reasoning=long,
        education=(long,),
        contact=ReportContact(name=long, email=long),
    )
    assert text_of(draw(report, long, None)).count("Page ") > 3


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Łucja Żółć", "Lucja Zólc"),
        ("Иван Щербаков", "Ivan Shcherbakov"),
        ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"),
        ("Øre – naïve “café”", "Øre – naïve “café”"),
        ("ﬁne ½ Ⅳ", "fine ½ IV"),
        ("山田", "??"),
        ("a\x00\u200b\u202eb\ud800\n c", "ab  c"),
        ("x" * 20, "xxxxxxxxx…"),
    ],
)
def test_lettering(given: str, shown: str) -> None:
    """Names in other scripts stay readable, and what cannot be shown does no harm."""
    assert plain(given, 20 if len(given) > 20 or " " in given else 10) == shown
