"""Every check of the project; `nox` runs all that CI runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "imports", "tests", "docs", "package"]

ROOT = Path(__file__).parent


def install(session: nox.Session, *groups: str) -> None:
    """Install the project with all extras, and dependency groups."""
    session.install("-e", ".[all]", *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), *groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common mistakes."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict and pyright strict, on the package and on the public API's typing tests."""
    install(session, "types", "test")
    session.run("mypy", "--strict", "-p", "cvsense_async")
    session.run("mypy", "--strict", "tests/typing")
    session.run("basedpyright")


@nox.session
def imports(session: nox.Session) -> None:
    """Who may import whom."""
    install(session, "imports")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """The tests; arguments are passed on to pytest."""
    install(session, "test")
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The examples in the README and the docs, run as they stand."""
    install(session, "test")
    session.run("pytest", "tests/docs")


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel and test it with the source tree out of the way."""
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    (wheel,) = dist.glob("*.whl")
    session.install(f"{wheel}[all]", *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "test"))
    session.install("--force-reinstall", "--no-deps", str(wheel))
    with tempfile.TemporaryDirectory() as away:
        for name in ("tests", "benchmarks", "examples", "docs", "README.md", "pyproject.toml"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, Path(away) / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, Path(away) / name)
        session.chdir(away)
        session.run(
            "python",
            "-c",
            "import cvsense_async; assert 'site-packages' in cvsense_async.__file__, cvsense_async.__file__",
        )
        session.run("pytest", "tests/package", "tests/docs", env={"PYTHONSAFEPATH": "1", **os.environ})


@nox.session
def bench(session: nox.Session) -> None:
    """Print the benchmarks' tables; the peers go into an environment of their own. Not run by default: minutes."""
    install(session, "test")
    for name in ("cpu", "decode", "upload", "quota", "interactive", "journal_scale"):
        session.run("python", f"benchmarks/{name}.py", success_codes=[0, 1] if name == "interactive" else [0])
