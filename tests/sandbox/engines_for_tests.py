"""Engines that misbehave in the ways that a hostile CV can make an engine misbehave."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from cvsense_async.sandbox.ebsv.engine import JobText, Screening


class Rough:
    """Does what the CV's text says."""

    def prepare(self, job: JobText) -> JobText:
        if "unreadable job" in job.description:
            raise ValueError("no job")
        return job

    def assess(self, prepared: Any, path: Path, filename: str) -> Screening:
        text = path.read_text()
        if "hang" in text:
            time.sleep(30)
        if "swell" in text:
            return Screening(score=50.0, match_status="good", summary=str(len(bytearray(600 * 1024 * 1024))))
        if "die" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "once" in text:
            mark = Path(prepared.title)
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if "raise" in text:
            raise RuntimeError(f"the words of the CV: {text}")
        if "print" in text:
            print("noise", flush=True)
        if "long" in text:
            time.sleep(0.3)
            return Screening(score=50.0, match_status="good", summary="x" * 8_000_000)
        if "slow" in text:
            time.sleep(0.05)
        return Screening(score=50.0, match_status="good", summary="Read.")
