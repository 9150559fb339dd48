"""Every run of the tests is the same run: what is drawn, and the tools that draw and run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import hypothesis
import pytest
from conftest import DRAWS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / "tests" / "locked"
DRAWING = """
import sys
import conftest
from hypothesis import given, strategies as st
for name in sys.argv[1:]:
    __import__(name)

@given(st.lists(st.text() | st.integers() | st.floats()), st.sets(st.sampled_from("abcdefgh")))
def draw(values, letters):
    print(ascii(values), ascii(sorted(letters)))

draw()
"""

needs_project = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="the project's own file is not here")


@pytest.mark.skipif(DRAWS, reason="what is drawn is to be another each time")
def test_what_is_drawn_is_the_same(tmp_path: Path) -> None:
    """Whatever the order of sets is, was imported before, or was drawn in an earlier run, draws the same examples."""
    settings = hypothesis.settings()
    assert settings.derandomize
    assert settings.database is None
    assert hypothesis.HealthCheck.too_slow in settings.suppress_health_check
    (tmp_path / "imported_before.py").write_text("WORDS = " + str([f"a word {n}" for n in range(100)]), "utf-8")
    drawn: set[bytes] = set()
    for seed, modules in (("1", ()), ("2", ("imported_before",))):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(tmp_path)]),
        }
        command = [sys.executable, "-c", DRAWING, *modules]
        drawn.add(subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=True).stdout)
    assert len(drawn) == 1
    assert len(drawn.pop().splitlines()) > 50


def _pins(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (LOCKED / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        match = re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+) ", line)
        assert line.startswith("#") or (match and "--hash=sha256:" in line), line
        if match:
            found.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return found


def _groups(project: dict[str, dict[str, list[str | dict[str, str]]]], name: str) -> list[str]:
    listed = project["dependency-groups"][name]
    nested = (_groups(project, one["include-group"]) if isinstance(one, dict) else [one] for one in listed)
    return [requirement for some in nested for requirement in some]


@needs_project
def test_the_lock_holds_what_the_project_asks_for() -> None:
    """Every requirement of the project, its extras and its groups is locked with hashes, at a version that it allows,
    and the parts of the lock agree with each other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {name: _groups(project, name) for name in project["dependency-groups"] if (LOCKED / f"{name}.txt").exists()}
    extras = (one for extra in project["project"]["optional-dependencies"].values() for one in extra)
    asked["test"] += [*project["project"]["dependencies"], *extras]
    versions: dict[str, list[str]] = {}
    for name, requirements in asked.items():
        pins = _pins(name)
        for requirement in map(Requirement, requirements):
            if requirement.name != "cvsense-async":
                held = pins[canonicalize_name(requirement.name)]
                assert all(requirement.specifier.contains(version) for version in held), requirement
        for package, held in pins.items():
            assert set(held) <= set(versions.setdefault(package, held)), package
    assert asked.keys() == {path.stem for path in LOCKED.iterdir()} - {"lowest"}


def test_the_lock_names_no_index() -> None:
    """Whoever installs from it asks the index of their own."""
    for path in LOCKED.iterdir():
        assert re.search(r"://|--(?:index|extra|find|trusted)|@ ", path.read_text(encoding="utf-8")) is None, path.name
