"""Finds the engine that an option names, and asks it in a form that can cross a process border.

The same few lines run in a worker process and, for the instant engine, within the server.
"""

from __future__ import annotations

import importlib
import importlib.util
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
    """`{"screening": …}`, or `{"reason": …, "why": …}` for a CV that is invalid."""
    try:
        screening = codec.to_json(engine.assess(prepared, path, filename))
    except Unreadable as error:
        return {"reason": str(error.reason), "why": error.why}
    except MemoryError:
        return {"reason": "too_large", "why": "The file needs more memory than a CV may take."}
    except Exception:
        return {"reason": "damaged", "why": "The file could not be read as a CV."}
    return {"screening": screening}
