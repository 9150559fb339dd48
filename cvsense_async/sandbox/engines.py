"""Finds the engine that an option names, and asks it in a form that can cross a process border.

The same few lines run in a worker process and, for the instant engine, within the server.
"""

from __future__ import annotations

import importlib
import importlib.util
import traceback
from pathlib import Path
from typing import Any

from cvsense_async.api import codec
from cvsense_async.errors import ConfigurationError

from .ebsv.document import Unreadable
from .ebsv.engine import JobText, ScreeningEngine

NAMES = {
    "ebsv": "cvsense_async.sandbox.ebsv.screener:Screener",
    "instant": "cvsense_async.sandbox.ebsv.instant:InstantScreener",
}

MOST_FRAMES = 30
MOST_CAUSES = 5


def load(name: str) -> ScreeningEngine:
    """The engine of that name, or of `module:attribute`. Raises `ConfigurationError` where there is none."""
    module, _, attribute = NAMES.get(name, name).partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        engine = found() if isinstance(found, type) else found
    except (ImportError, AttributeError, TypeError) as error:
        raise ConfigurationError(f"no screening engine at {module}:{attribute}: {error}") from error
    if not isinstance(engine, ScreeningEngine):
        raise ConfigurationError(f"{module}:{attribute} is no screening engine: it lacks prepare or assess")
    return engine


def check(name: str) -> None:
    """See that an engine's module is there, without loading it. Raises `ConfigurationError`."""
    module = NAMES.get(name, name).partition(":")[0]
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise ConfigurationError(f"there is no module {module} for the screening engine")


def prepare(engine: ScreeningEngine, job: dict[str, Any]) -> Any:
    """The job, read by the engine."""
    text = JobText(
        title=job.get("title") or "",
        description=job.get("description") or "",
        essential=job.get("essential_criteria") or (),
        desirable=job.get("desirable_criteria") or (),
    )
    return engine.prepare(text)


def assess(engine: ScreeningEngine, prepared: Any, path: Path, filename: str) -> dict[str, Any]:
    """`{"screening": …}`, `{"reason": …, "why": …}` for a CV that is invalid, or `{"crashed": …, "trace": …}`.

    A CV is invalid where the engine says so; what the engine did not expect is the engine's fault, not the CV's.
    """
    try:
        screening = codec.to_json(engine.assess(prepared, path, filename))
    except Unreadable as error:
        return {"reason": str(error.reason), "why": error.why}
    except MemoryError:
        return {"reason": "too_large", "why": "The file needs more memory than a CV may take."}
    except Exception as error:
        return {"crashed": f"the screening engine failed ({type(error).__name__})", "trace": trace(error)}
    return {"screening": screening}


def trace(error: BaseException) -> str:
    """Where an error came from, and its type: its words are left out, for they may be the CV's."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(lines) < MOST_CAUSES:
        frames = "".join(traceback.format_tb(seen.__traceback__, -MOST_FRAMES))
        lines.insert(0, f"{frames}{type(seen).__name__}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n\n".join(lines)
