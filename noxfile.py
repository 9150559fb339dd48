"""Every check of the project; `nox` runs all that CI runs."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent

LEAN_ON_DEPENDENCIES = (
    "tests/api",
    "tests/transport/test_multipart.py",
    "tests/transport/test_sender.py",
    "tests/transport/test_session.py",
    "tests/screening/test_run.py",
    "tests/screening/test_journal.py",
    "tests/sandbox/test_endpoints.py",
    "tests/sandbox/test_report.py",
    "tests/ebsv/test_read_formats.py",
    "tests/integrations/test_fastapi.py",
    "tests/cli/test_usage.py",
    "tests/cli/test_sandbox.py",
    "tests/webhooks",
)
"""One place for each way in which a dependency is used; pass arguments to `nox -s lowest` to run others."""


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
    """The tests, two at a time, then what needs the machine to itself; those of the docs have a session of their own.

    With arguments pytest is called once, with them. Bytecode is kept: many tests start a process, and each would
    compile the same libraries again.
    """
    install(session, "test")
    both = ["-n", "2", "--dist", "loadgroup", "-m", "not alone", "--ignore=tests/docs"], ["-m", "alone"]
    for arguments in [session.posargs] if session.posargs else both:
        session.run("pytest", *arguments, env={"PYTHONDONTWRITEBYTECODE": ""})


@nox.session(python="3.13")
def eager(session: nox.Session) -> None:
    """The transport, the screening and the webhooks once under eager tasks, as Python 3.12 and later can run them."""
    install(session, "test")
    session.run(
        "pytest",
        *(session.posargs or ("tests/transport", "tests/screening", "tests/webhooks")),
        env={"CVSENSE_EAGER_TASKS": "1"},
    )


@nox.session
def lowest(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows: the parts of the tests that lean on them most."""
    project = nox.project.load_toml("pyproject.toml")
    bounds = Path(session.create_tmp()) / "lowest.txt"
    bounds.write_text("\n".join(lowest_versions(project["project"])), encoding="utf-8")
    groups = nox.project.dependency_groups(project, "test-base")
    session.install("-e", ".[all]", *groups, "--constraint", str(bounds))
    # The oldest Starlette's own test client leaves a stream unclosed, which is told whenever the collector comes by.
    quiet = ("-W", "default::pytest.PytestUnraisableExceptionWarning")
    session.run("pytest", *quiet, *(session.posargs or LEAN_ON_DEPENDENCIES))


def lowest_versions(project: dict[str, Any]) -> list[str]:
    """`name==version` for each `name>=version` among the dependencies and the extras."""
    listed = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    found = (re.match(r"([\w.-]+)(?:\[.*\])?>=([\d.]+)", line) for line in listed)
    return [f"{match[1]}=={match[2]}" for match in found if match]


@nox.session
def docs(session: nox.Session) -> None:
    """Every example in the README and the docs, run as it stands; and the site, with warnings as errors."""
    install(session, "test", "docs")
    session.run("pytest", "-n", "2", "tests/docs")
    site = Path(session.create_tmp()) / "site"
    session.run("sphinx-build", "-nW", "--keep-going", "-qE", "-b", "html", "docs", str(site))


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel and the sdist, check both, and test the wheel with the source tree out of the way."""
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    project = nox.project.load_toml("pyproject.toml")
    session.install(*nox.project.dependency_groups(project, "publish"))
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    (wheel,) = dist.glob("*.whl")
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    session.run("check-wheel-contents", str(wheel))
    session.install(f"{wheel}[all]", *nox.project.dependency_groups(project, "test", "types"))
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
        alone = {"PYTHONSAFEPATH": "1", **os.environ}
        session.run("pytest", "tests/package", env=alone)
        session.run("pytest", "tests/docs", "-k", "newcomer or README", env=alone)
        session.run("python", "tests/package/verify_types.py")


@nox.session
@nox.parametrize("extra", ["", "sandbox", "cli", "fastapi", "opentelemetry"])
def extras(session: nox.Session, extra: str) -> None:
    """Each extra alone: it works, and what is not installed is named with the command that installs it."""
    session.install(f".[{extra}]" if extra else ".")
    session.chdir(session.create_tmp())
    session.run("python", str(ROOT / "tests" / "package" / "one_extra.py"), extra)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """The wheel and the sdist in `dist/`, for publishing; `--tag v1.2.3` sees that they are of that version."""
    version = re.search(r'^__version__ = "(.+)"$', (ROOT / "cvsense_async" / "__init__.py").read_text(), re.M)
    if session.posargs[:1] == ["--tag"] and (version is None or session.posargs[1] != f"v{version[1]}"):
        session.error(f"the tag {session.posargs[1]} is not the version of the package")
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "publish"))
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Every benchmark, to the end: 45 minutes; `-- --quick` a few. Peers go into an environment of their own."""
    install(session, "bench")
    session.run("python", "benchmarks/suite.py", *session.posargs)
