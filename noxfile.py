"""Every check of the project; `nox` runs all that CI runs.

What is installed is locked in `tests/locked`, so that a check says the same today and in a year; `nox -s lock` renews
the lock, and `nox -s latest` tests with the newest of everything.
"""

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
PROJECT = nox.project.load_toml("pyproject.toml")

LOCKED = ROOT / "tests" / "locked"
LOCKS = ("test", "build", "docs", "publish", "lint", "types", "imports", "bench")
"""A file each, of a dependency group; `test` holds the project's own dependencies with all extras as well."""
LOWEST_LOCK = LOCKED / "lowest.txt"

SAME = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONHASHSEED": "0"}
"""Every run of the tests is the same run. Bytecode is kept: many tests start a process, and each would compile anew."""

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


def install(session: nox.Session, *locks: str) -> None:
    """Install the project with all extras, and dependency groups, at the versions that are locked, by their hashes.

    The project itself has no hash: it comes second, and is built with what is there.
    """
    install_locked(session, *(LOCKED / f"{name}.txt" for name in ("test", "build", *locks)))
    install_project(session)


def install_project(session: nox.Session) -> None:
    """Install the project as it stands here, without what it needs."""
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


def install_locked(session: nox.Session, *locks: Path) -> None:
    """Install what lock files name, and nothing that they do not."""
    session.install("--require-hashes", *itertools.chain(*(("-r", str(lock)) for lock in dict.fromkeys(locks))))


def pins(session: nox.Session, lock: Path) -> str:
    """The path of a lock without its hashes, which can hold versions down where only some of it is installed."""
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    path = Path(session.create_tmp()) / f"pins-{lock.name}"
    path.write_text("\n".join(line.partition(" --hash")[0] for line in lines), encoding="utf-8")
    return str(path)


def groups(*names: str) -> tuple[str, ...]:
    """The requirements of dependency groups, as pyproject.toml has them."""
    return tuple(nox.project.dependency_groups(PROJECT, *names))


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common mistakes."""
    install_locked(session, LOCKED / "lint.txt")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict and pyright strict, on the package and on the public API's typing tests."""
    install(session, "types")
    session.run("mypy", "--strict", "-p", "cvsense_async")
    session.run("mypy", "--strict", "tests/typing")
    session.run("basedpyright")


@nox.session
def imports(session: nox.Session) -> None:
    """Who may import whom."""
    install_locked(session, LOCKED / "imports.txt", LOCKED / "build.txt")  # it reads the code, and runs none of it
    install_project(session)
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """The tests, two at a time, then what needs the machine to itself; those of the docs have a session of their own.

    With arguments pytest is called once, with them.
    """
    install(session)
    run_tests(session)


def run_tests(session: nox.Session) -> None:
    """pytest with the session's arguments, or twice: side by side, then what measures."""
    both = ["-n", "2", "--dist", "loadgroup", "-m", "not alone", "--ignore=tests/docs"], ["-m", "alone"]
    for arguments in [session.posargs] if session.posargs else both:
        session.run("pytest", *arguments, env=SAME)


@nox.session(default=False)
def latest(session: nox.Session) -> None:
    """The tests with the newest of everything that pyproject.toml allows, and what the newest checkers say."""
    session.install("--upgrade", "-e", ".[all]", *groups("test", "types", "imports"))
    session.run("lint-imports")
    session.run("mypy", "--strict", "-p", "cvsense_async")
    run_tests(session)


@nox.session(name="random", default=False)
def drawn(session: nox.Session) -> None:
    """What is drawn at random, drawn anew: 10 rounds, or as many as `nox -s random -- 100` says.

    A failure prints what was drawn. Make it an example of its own, so that every later run has it.
    """
    install(session)
    rounds, *arguments = session.posargs or ["10"]
    for _ in range(int(rounds)):
        session.run("pytest", "-m", "hypothesis or drawn", *arguments, env={"CVSENSE_TESTS_DRAW": "1"})


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
    lock = LOWEST_LOCK.read_text(encoding="utf-8")
    missing = [pin for pin in lowest_versions(PROJECT["project"]) if not re.search(rf"\n{re.escape(pin)}(\.0)* ", lock)]
    if missing:
        session.error(f"the lock does not hold {', '.join(missing)}: `nox -s lock` renews it")
    install_locked(session, LOWEST_LOCK, LOCKED / "build.txt")
    install_project(session)
    # The oldest Starlette's own test client leaves a stream unclosed, which is told whenever the collector comes by.
    quiet = ("-W", "default::pytest.PytestUnraisableExceptionWarning")
    session.run("pytest", *quiet, *(session.posargs or LEAN_ON_DEPENDENCIES), env=SAME)


def lowest_versions(project: dict[str, Any]) -> list[str]:
    """`name==version` for each `name>=version` among the dependencies and the extras."""
    listed = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    found = (re.match(r"([\w.-]+)(?:\[.*\])?>=([\d.]+)", line) for line in listed)
    return [f"{match[1]}=={match[2]}" for match in found if match]


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Renew `tests/locked` to the newest of everything, for every Python and platform that the project supports."""
    session.install("--upgrade", "uv")
    tmp = Path(session.create_tmp())
    whole, bounds = tmp / "whole.txt", tmp / "lowest.txt"
    bounds.write_text("\n".join(lowest_versions(PROJECT["project"])), encoding="utf-8")
    _compile(session, whole, "pyproject.toml", "--all-extras", *_of_groups("dev", *LOCKS))
    for name in LOCKS:
        own = ("pyproject.toml", "--all-extras") if name == "test" else ()
        _compile(session, LOCKED / f"{name}.txt", *own, *_of_groups(name), "--constraint", str(whole))
    lowest = ("pyproject.toml", "--all-extras", *_of_groups("test-base"), "--constraint", str(bounds))
    _compile(session, LOWEST_LOCK, *lowest)


def _of_groups(*names: str) -> list[str]:
    return [f"--group=pyproject.toml:{name}" for name in names]


def _compile(session: nox.Session, target: Path, *what: str) -> None:
    """Lock requirements in a file; no index is named in it, so that it serves whoever uses a mirror of their own."""
    target.unlink(missing_ok=True)
    form = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header")
    session.run("uv", "pip", "compile", "-q", *form, *what, "-o", str(target), silent=True)
    held = target.read_text(encoding="utf-8")
    target.write_text(f"# Renewed by `nox -s lock`; see docs/CONTRIBUTING.md.\n{held}", encoding="utf-8")


@nox.session
def docs(session: nox.Session) -> None:
    """Every example in the README and the docs, run as it stands; and the site, with warnings as errors."""
    install(session, "docs")
    session.run("pytest", "-n", "2", "tests/docs", env=SAME)
    site = Path(session.create_tmp()) / "site"
    session.run("sphinx-build", "-nW", "--keep-going", "-qE", "-b", "html", "docs", str(site))


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel and the sdist, check both, and test the wheel with the source tree out of the way."""
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    install_locked(session, *(LOCKED / f"{name}.txt" for name in ("test", "build", "publish", "types")))
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(dist), silent=True)
    (wheel,) = dist.glob("*.whl")
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    session.run("check-wheel-contents", str(wheel))
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
        alone = {"PYTHONSAFEPATH": "1", **os.environ, **SAME}
        session.run("pytest", "tests/package", env=alone)
        session.run("pytest", "tests/docs", "-k", "newcomer or README", env=alone)
        session.run("python", "tests/package/verify_types.py")


@nox.session
@nox.parametrize("extra", ["", "sandbox", "cli", "fastapi", "opentelemetry"])
def extras(session: nox.Session, extra: str) -> None:
    """Each extra alone: it works, and what is not installed is named with the command that installs it."""
    builders = str(Path(session.create_tmp()) / "builders")  # beside the environment, where only the extra's own are
    session.install("--target", builders, "--upgrade", "--require-hashes", "-r", str(LOCKED / "build.txt"))
    held = ("--no-build-isolation", "--constraint", pins(session, LOCKED / "test.txt"))
    session.install(*held, f".[{extra}]" if extra else ".", env={"PYTHONPATH": builders})
    session.chdir(session.create_tmp())
    session.run("python", str(ROOT / "tests" / "package" / "one_extra.py"), extra)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """The wheel and the sdist in `dist/`, for publishing; `--tag v1.2.3` sees that they are of that version."""
    version = re.search(r'^__version__ = "(.+)"$', (ROOT / "cvsense_async" / "__init__.py").read_text(), re.M)
    if session.posargs[:1] == ["--tag"] and (version is None or session.posargs[1] != f"v{version[1]}"):
        session.error(f"the tag {session.posargs[1]} is not the version of the package")
    install_locked(session, LOCKED / "publish.txt", LOCKED / "build.txt")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Every benchmark, to the end: 45 minutes; `-- --quick` a few. Peers go into an environment of their own."""
    install(session, "bench")
    session.run("python", "benchmarks/suite.py", *session.posargs)
