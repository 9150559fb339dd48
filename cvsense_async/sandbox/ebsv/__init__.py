"""EBSV, evidence-based screening: reads a CV, reads the job, weighs the evidence, scores and explains.

The names are loaded when first used: a worker with an engine of the user's own pays for none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvsense_async.sandbox.ebsv.document import Document as Document
    from cvsense_async.sandbox.ebsv.document import Unreadable as Unreadable
    from cvsense_async.sandbox.ebsv.engine import JobText as JobText
    from cvsense_async.sandbox.ebsv.engine import Quote as Quote
    from cvsense_async.sandbox.ebsv.engine import Screening as Screening
    from cvsense_async.sandbox.ebsv.engine import ScreeningEngine as ScreeningEngine
    from cvsense_async.sandbox.ebsv.engine import SkillFinding as SkillFinding
    from cvsense_async.sandbox.ebsv.extract import read_document as read_document
    from cvsense_async.sandbox.ebsv.html import render_html as render_html
    from cvsense_async.sandbox.ebsv.instant import InstantScreener as InstantScreener
    from cvsense_async.sandbox.ebsv.requirements import JobRequirements as JobRequirements
    from cvsense_async.sandbox.ebsv.requirements import Requirement as Requirement
    from cvsense_async.sandbox.ebsv.requirements import parse_job as parse_job
    from cvsense_async.sandbox.ebsv.screener import Screener as Screener
    from cvsense_async.sandbox.ebsv.screener import classify as classify

_HOMES = {
    "Document": "document",
    "InstantScreener": "instant",
    "JobRequirements": "requirements",
    "JobText": "engine",
    "Quote": "engine",
    "Requirement": "requirements",
    "Screener": "screener",
    "Screening": "engine",
    "ScreeningEngine": "engine",
    "SkillFinding": "engine",
    "Unreadable": "document",
    "classify": "screener",
    "parse_job": "requirements",
    "read_document": "extract",
    "render_html": "html",
}

__all__ = list(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll] (one list, not two)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = found
        return found
