"""Run where one extra alone is installed: what it brings works, and what is missing says how to get it.

`nox -s extras` runs it in an environment for each extra; it needs nothing but the package.
"""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys

import cvsense_async as cv


def main(extra: str) -> None:
    """See that this extra works, and that the others are asked for by name."""
    asyncio.run(a_session())
    checks = {"sandbox": the_sandbox, "cli": the_command, "fastapi": the_integration, "opentelemetry": the_traces}
    for name, check in checks.items():
        words = check()
        if (name, extra, words) == ("opentelemetry", "fastapi", ""):
            continue  # later versions of FastAPI bring its API along
        if name == extra:
            assert words == "", words
        else:
            assert f'pip install "cvsense-async[{name}]"' in words, f"{name}: {words}"
            assert "Traceback" not in words, words
        print(f"{name}: {words or 'works'}")


async def a_session() -> None:
    """The core is whole without any extra."""
    async with cv.CVSenseSession("cvs_key", "http://127.0.0.1:9/api/v1", retries=cv.RetryPolicy(attempts=1)) as session:
        try:
            await session.account.get()
        except cv.ConnectionFailed:
            return
    raise AssertionError("there is nobody at that address")


def the_sandbox() -> str:
    """Nothing, or why there is no sandbox."""

    async def use() -> None:
        async with cv.Sandbox() as sandbox, cv.CVSenseSession(sandbox.api_key, sandbox.url) as session:
            await session.account.get()

    try:
        asyncio.run(use())
    except cv.MissingExtra as error:
        return str(error)
    return ""


def the_command() -> str:
    """Nothing, or what the command says instead of working."""
    done = subprocess.run(
        [sys.executable, "-m", "cvsense_async.cli", "openapi"], capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


def the_integration() -> str:
    """Nothing, or why the FastAPI integration cannot be imported."""
    return imported("fastapi")


def the_traces() -> str:
    """Nothing, or why the OpenTelemetry integration cannot be imported."""
    return imported("opentelemetry")


def imported(integration: str) -> str:
    """Nothing, or why an integration cannot be imported."""
    try:
        importlib.import_module(f"cvsense_async.integrations.{integration}")
    except cv.MissingExtra as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
