"""Every Python example in the README and the docs runs as it stands, against the sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import cvsense_async as cv

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def examples() -> list[tuple[str, str]]:
    """Each fenced Python block, with its page and place as a name."""
    found: list[tuple[str, str]] = []
    for page in PAGES:
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S), start=1):
            found.append((f"{page.relative_to(ROOT)}-{number}", code))
    return found


@pytest.fixture
async def sandbox() -> AsyncIterator[cv.Sandbox]:
    """The service that the examples find in their environment."""
    async with cv.Sandbox() as running:
        yield running


@pytest.mark.parametrize("code", [code for _, code in examples()], ids=[name for name, _ in examples()])
async def test_an_example_runs(code: str, sandbox: cv.Sandbox, tmp_path: Path) -> None:
    """It ends without an error, and without a warning."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "cvs").symlink_to(ROOT / "examples" / "cvs")
    environment = {**os.environ, "CVSENSE_API_KEY": sandbox.api_key, "CVSENSE_BASE_URL": sandbox.url}
    command = [sys.executable, "-W", "error", "-c", code]
    if code.startswith("# test_"):
        (tmp_path / "test_service.py").write_text(code)
        command = [sys.executable, "-m", "pytest", "-q", "test_service.py"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_readme_opens_with_the_two_commands() -> None:
    """A stranger finds what to type before anything else."""
    head = (ROOT / "README.md").read_text()[:900]
    assert 'python -m pip install ".[all]" && cvsense screen examples/cvs --job examples/job.md --sandbox' in head
    assert "python -m pip install nox && nox" in head
