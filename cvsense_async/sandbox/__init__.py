"""The service itself, on this machine: the other side of `cvsense_async.api`, for trying out and for tests.

Its names are loaded when they are first used: importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .local import Sandbox as Sandbox
    from .local import SandboxFailed as SandboxFailed
    from .options import Options as Options
    from .options import new_key as new_key
    from .server import Running as Running
    from .server import run as run
    from .server import serve as serve

__all__ = ["Options", "Running", "Sandbox", "SandboxFailed", "new_key", "run", "serve"]

_HOMES = {
    "Options": "options",
    "Running": "server",
    "Sandbox": "local",
    "SandboxFailed": "local",
    "new_key": "options",
    "run": "server",
    "serve": "server",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        try:
            found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("cvsense_async"):
                raise
            from cvsense_async.errors import MissingExtra

            raise MissingExtra(f'the sandbox needs {error.name}: pip install "cvsense-async[sandbox]"') from error
        globals()[name] = found
        return found
