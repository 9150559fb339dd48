"""Results and reports out of what an engine found."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Row

from cvsense_async.api import codec
from cvsense_async.api.screening import Report, Result

COMMON = ("summary", "strengths", "weaknesses", "skills")
DETAIL = ("reasoning", "experience_years", "education", "contact", "flags")


def result_of(row: Row[Any]) -> Result:
    """An item's row as a result of the list."""
    result: Result = codec.converter().structure(_fields(row, COMMON), Result)
    return result


def report_of(row: Row[Any]) -> Report:
    """An item's row as the detailed report."""
    report: Report = codec.converter().structure(_fields(row, COMMON + DETAIL), Report)
    return report


def _fields(row: Row[Any], names: tuple[str, ...]) -> dict[str, Any]:
    screening: dict[str, Any] = orjson.loads(row.screening)
    contact: dict[str, Any] = screening.get("contact") or {}
    return {
        **{name: screening[name] for name in names if screening.get(name) is not None},
        "id": row.id,
        "filename": row.filename,
        "candidate_id": row.candidate_id,
        "candidate": {"name": contact.get("name"), "email": contact.get("email")},
        "rank": row.rank,
        "score": row.score,
        "match_status": row.match_status,
    }
