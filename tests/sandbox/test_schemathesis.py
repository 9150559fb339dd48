"""Schemathesis against the sandbox's own document: whatever it makes up is answered as the document says.

It runs as people run it, in a process of its own, so that it shares nothing with the sandbox but the wire.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import DRAWS

CONFIGURATION = r"""
[checks]
enabled = true

# A cancelled batch stays readable: its DELETE is no removal. (On the command line, "--checks all" would overrule this.)
[[operations]]
include-path-regex = "^/screening/batch/"
[operations.checks.use_after_free]
enabled = false

# What no JSON schema can say is a 422, too: a salary's two ends, a job that is not there, a file that is no CV.
[[operations]]
include-path-regex = "^/(jobs|screening/batch|shortlists|webhooks)$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 422]

[[operations]]
include-path-regex = "^/(jobs/[^/]*|screening/batch/[^/]*/(start|upload))$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 404, 409, 422]
"""
PHASES = "examples,coverage,fuzzing,stateful"
MOST_SECONDS = 240
SAME = ["--max-examples", "4", "--seed", "1", "--generation-deterministic"]
DRAWN = ["--max-examples", "100", "--max-time", "40", "--generation-database", "none"]


@pytest.mark.drawn
@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed (the test group has it)"
)
async def test_whatever_is_sent_is_answered_as_the_document_says(opened: Any, tmp_path: Path) -> None:
    """All checks and phases, links between calls included, find no failure and no answer of 500."""
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, "utf-8")
    async with opened(credits=1_000_000) as wire:
        await wire.screened(b"%PDF-1.4\n% a CV\n%%EOF\n")  # so that there is a candidate, an item and a report
        command = ["-m", "schemathesis.cli", "--config-file", str(configuration), "run"]
        command += [f"{wire.root}/_sandbox/openapi.json", "--header", "Authorization: Bearer cvs_test"]
        command += ["--phases", PHASES, "--no-color", "--continue-on-failure"]
        command += ["--suppress-health-check", "too_slow"]
        command += DRAWN if DRAWS else SAME
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=tmp_path,
            env={"PYTHONHASHSEED": "0", **os.environ, "NO_PROXY": "127.0.0.1", "PYTHONWARNINGS": "default"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), MOST_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await wire.ledger()
    words = said.decode("utf-8", "replace")
    assert process.returncode == 0, words
    assert "28 selected / 28 total" in words, words
