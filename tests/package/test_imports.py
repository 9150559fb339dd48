"""What an import loads, counted in modules, because times vary with the machine; and what the wheel must hold."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import subprocess
import sys

import pytest

import cvsense_async

pytestmark = pytest.mark.package

HEAVY = (
    "aiohttp",
    "attr",
    "attrs",
    "cattrs",
    "anyio",
    "orjson",
    "aiolimiter",
    "asyncio",
    "sqlalchemy",
    "typer",
    "rich",
    "opentelemetry",
)


def loaded_by(code: str) -> set[str]:
    """The modules that some code loads in a fresh interpreter, beyond what the interpreter itself has."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint('\\n'.join(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import cvsense_async` loads a handful of modules and none of the six packages, nor the sandbox, nor the CLI."""
    loaded = loaded_by("import cvsense_async")
    assert not {name.partition(".")[0] for name in loaded} & set(HEAVY)
    assert not any(name.startswith("cvsense_async.") for name in loaded)
    assert len(loaded) <= 40, sorted(loaded)


def test_the_session_class_loads_no_http_stack() -> None:
    """A session can be configured without aiohttp; it is loaded when the session opens."""
    loaded = loaded_by("from cvsense_async import CVSenseSession; CVSenseSession('cvs_key')")
    assert not {name.partition(".")[0] for name in loaded} & {
        "aiohttp",
        "cattrs",
        "orjson",
        "sqlalchemy",
        "typer",
        "opentelemetry",
    }


def test_an_open_session_loads_little_beside_its_packages() -> None:
    """To open a session costs the six packages' own modules and a few of ours, and not the sandbox or the CLI."""
    code = (
        "import asyncio\nfrom cvsense_async import CVSenseSession\n"
        "async def main():\n    async with CVSenseSession('cvs_key'):\n        pass\nasyncio.run(main())"
    )
    loaded = loaded_by(code)
    packages = loaded_by("import asyncio, aiohttp, attrs, cattrs, aiolimiter, anyio, orjson")
    ours = {name for name in loaded if name.startswith("cvsense_async.")}
    assert not {name for name in ours if name.startswith(("cvsense_async.sandbox", "cvsense_async.cli"))}
    assert not {name for name in loaded if name.startswith(("opentelemetry", "cvsense_async.integrations"))}
    assert len(loaded - packages - ours) <= 40, sorted(loaded - packages - ours)
    assert len(ours) <= 40, sorted(ours)


def test_every_public_name_is_there() -> None:
    """`__all__`, the table of homes and what type checkers see are the same names, and each can be loaded."""
    assert sorted(cvsense_async.__all__) == sorted({"__version__", *cvsense_async._NAMES})
    for name in cvsense_async.__all__:
        assert getattr(cvsense_async, name) is not None
    assert set(cvsense_async.__all__) <= set(dir(cvsense_async))


def test_the_package_is_typed() -> None:
    """py.typed is in the package."""
    assert importlib.resources.files("cvsense_async").joinpath("py.typed").is_file()


def test_the_command_is_there() -> None:
    """`python -m cvsense_async.cli --version` answers."""
    done = subprocess.run(
        [sys.executable, "-m", "cvsense_async.cli", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert cvsense_async.__version__ in done.stdout


def test_the_notices_of_the_skill_list_are_shipped() -> None:
    """What is installed holds the licence, and the notices that the licences of O*NET and ESCO ask for."""
    if "site-packages" not in str(cvsense_async.__file__):
        pytest.skip("an editable installation, perhaps of an earlier day; `nox -s package` asks the wheel")
    files = importlib.metadata.files("cvsense-async") or []
    licences = {file.name: file for file in files if "licenses" in file.parts}
    assert "MIT License" in licences["LICENSE"].read_text()
    notices = licences["THIRD_PARTY_NOTICES.md"].read_text()
    assert all(words in notices for words in ("O*NET 28.2", "CC BY 4.0", "ESCO v1.1.1", "European Union"))
