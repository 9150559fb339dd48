"""An engine that answers at once: a score from the file's bytes, the same for the same bytes, and no reading.

Tests and load trials of the sandbox want many results and none of the work.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.engine import Classification, Importance, JobText, Quote, Screening, SkillFinding, band


class InstantScreener:
    """Judges by a hash. Empty files, and files that are neither PDF nor a ZIP (DOCX), are unreadable."""

    def prepare(self, job: JobText) -> JobText:
        """The job as it is: there is nothing to read."""
        return job

    def assess(self, prepared: JobText, path: Path, filename: str) -> Screening:
        """A made-up screening from the file's hash. Raises Unreadable for an empty or foreign file."""
        content = path.read_bytes()
        if not content:
            raise Unreadable(UnreadableReason.EMPTY, "The file is empty.")
        if not content.startswith((b"%PDF-", b"PK\x03\x04")):
            raise Unreadable(UnreadableReason.NOT_A_DOCUMENT, "The file is neither a PDF nor a Word document.")
        digest = hashlib.sha256(content).digest()
        score = int.from_bytes(digest[:2], "big") % 1001 / 10
        criteria = [(name, Importance.ESSENTIAL) for name in prepared.essential]
        criteria += [(name, Importance.DESIRABLE) for name in prepared.desirable]
        return Screening(
            score=score,
            match_status=band(score),
            summary="An instant answer: the score comes from the file's hash, not from its content.",
            skills=tuple(
                _finding(name, importance, digest[2 + place % 30]) for place, (name, importance) in enumerate(criteria)
            ),
            reasoning="The instant engine does not read the CV.",
        )


def _finding(name: str, importance: Importance, chance: int) -> SkillFinding:
    classification = (Classification.EVIDENCED, Classification.CLAIMED, Classification.MISSING)[chance % 3]
    quotes = () if classification is Classification.MISSING else (Quote(f"({name})", "instant", 1),)
    return SkillFinding(name, classification, importance, quotes)
