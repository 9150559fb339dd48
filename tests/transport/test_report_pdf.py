"""The report as a PDF: asked for so that errors stay readable, and judged for what came."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import session_at
from scripted import answer, raw_server

import cvsense_async as cv

PDF = b"%PDF-1.7\n".ljust(5000, b"x")
LOGIN = b"<!DOCTYPE html><html><title>Log in</title></html>"


async def test_json_is_asked_for_first() -> None:
    """Laravel tells an error as JSON only to whom asks for JSON first; the PDF is wanted all the same."""
    async with raw_server(answer(200, PDF)) as raw, session_at(raw) as session:
        assert await session.screening.report_pdf(1, 2) == PDF
        assert "\r\nAccept: application/json, application/pdf\r\n" in raw.heads[0]


@pytest.mark.parametrize(
    ("bad", "kind", "words"),
    [
        (answer(401, {"message": "Unauthenticated."}), cv.AuthenticationError, "API key was refused"),
        (answer(404, {"success": False, "message": "No."}), cv.NotFound, "no such thing"),
        (answer(302, LOGIN, Location="https://x/login"), cv.UnexpectedRedirect, "login page: check the API key"),
        (answer(302, b"", Location="https://x/elsewhere"), cv.UnexpectedRedirect, "check the base URL"),
        (answer(200, {"success": False, "message": "Not ready."}), cv.StatusError, "refused"),
        (answer(200, {"error": {"message": "Not ready.", "code": "x"}}), cv.StatusError, "refused"),
        (answer(200, {"success": True, "data": {"id": 1}}), cv.InvalidResponse, "JSON where a PDF"),
        (answer(200, LOGIN), cv.InvalidResponse, "an HTML page, not with a PDF"),
        (answer(200, b"<br />\n<b>Warning</b>:  x in <b>y</b>"), cv.InvalidResponse, "a PHP warning, not with a PDF"),
        (answer(200, b""), cv.InvalidResponse, "empty"),
        (answer(200, b"Greta Holm"), cv.InvalidResponse, "is not a PDF"),
    ],
)
async def test_what_is_no_pdf_is_told(bad: bytes, kind: type[cv.CVSenseError], words: str, tmp_path: Path) -> None:
    """A typed error that says what came, both where bytes are asked for and where a file is; no file is written."""
    async with raw_server(bad) as raw, session_at(raw) as session:
        with pytest.raises(kind, match=words) as caught:
            await session.screening.report_pdf(1, 2)
        assert "Greta" not in str(caught.value)
        with pytest.raises(kind, match=words):
            await session.screening.download_report(1, 2, tmp_path / "report.pdf")
        assert [*tmp_path.iterdir()] == []


async def test_a_raw_answer_is_judged_when_it_is_parsed() -> None:
    """`with_raw_response` keeps what came; `parse` says that it is no PDF."""
    async with raw_server(answer(200, LOGIN)) as raw, session_at(raw) as session:
        from cvsense_async.api.screening import GetReportPDF

        kept = await session.with_raw_response(GetReportPDF(1, 2))
        assert kept.body == LOGIN
        with pytest.raises(cv.InvalidResponse):
            kept.parse()
