"""Every Python example and every command in the README and the docs runs as it stands, in an empty folder."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pages import PAGES, ROOT, blocks, follow

import cvsense_async as cv

AT_HAND = {"README.md", "logging.md", "resume.md"}
"""Pages that are read in the checkout, with a service in the environment and CVs in `cvs/`."""

pytestmark = pytest.mark.timeout(1500)  # a page is a dozen processes, one after the other

NOT_RUN = {"CONTRIBUTING.md"}
"""What it names are the checks themselves."""


@pytest.fixture
async def sandbox() -> AsyncIterator[cv.Sandbox]:
    """The service that those pages find in their environment."""
    async with cv.Sandbox() as running:
        yield running


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page) and page.name not in AT_HAND | NOT_RUN], ids=lambda page: page.name
)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    """Each example of the page works after the ones before it, in a folder that was empty, without a key."""
    follow(page, tmp_path, {})


@pytest.mark.parametrize("page", [page for page in PAGES if page.name in AT_HAND], ids=lambda page: page.name)
def test_a_page_of_the_checkout_can_be_followed(page: Path, sandbox: cv.Sandbox, tmp_path: Path) -> None:
    """The same for pages whose reader has a service and a folder of CVs."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "cvs").symlink_to(ROOT / "examples" / "cvs")
    (tmp_path / "job.md").symlink_to(ROOT / "examples" / "job.md")
    follow(page, tmp_path, {"CVSENSE_API_KEY": sandbox.api_key, "CVSENSE_BASE_URL": sandbox.url})


def test_no_example_hides_from_the_tests() -> None:
    """Code is fenced as `python` or `sh`, which are run; other fences hold no program."""
    kinds = {kind for page in PAGES for kind in re.findall(r"^```(\w+)$", page.read_text(encoding="utf-8"), re.M)}
    assert kinds <= {"python", "sh", "text", "json"}


def test_the_readme_opens_with_the_two_commands() -> None:
    """A stranger finds what to type before anything else."""
    head = (ROOT / "README.md").read_text(encoding="utf-8")[:900]
    assert 'python -m pip install ".[all]" && cvsense screen examples/cvs --job examples/job.md --sandbox' in head
    assert "python -m pip install nox && nox" in head
