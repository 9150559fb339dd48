"""What the command shows of one CV, as engines: how it was read, and its screening as a page.

A file is read only in a worker, where it can neither hang nor fill the machine; so what is shown is made there too.
"""

from __future__ import annotations

from pathlib import Path

from cvsense_async.sandbox.ebsv.document import Document
from cvsense_async.sandbox.ebsv.engine import JobText
from cvsense_async.sandbox.ebsv.screener import PreparedJob, Screener


class Reader:
    """Reads a CV and judges nothing."""

    def prepare(self, job: JobText) -> None:
        """There is no job."""

    def assess(self, prepared: None, path: Path, filename: str) -> Document:
        """The CV as it was read. Raises Unreadable."""
        from cvsense_async.sandbox.ebsv.extract import read_document

        return read_document(path)


class Pages(Screener):
    """Judges a CV and sets the screening as a page."""

    def assess(self, prepared: PreparedJob, path: Path, filename: str) -> str:  # type: ignore[override]
        """The page, in HTML. Raises Unreadable."""
        from cvsense_async.sandbox.ebsv.extract import read_document
        from cvsense_async.sandbox.ebsv.html import render_html

        document = read_document(path)
        return render_html(prepared.requirements, document, self.judge(prepared, document))
