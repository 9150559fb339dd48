"""The command line, `cvsense`: screening, trying out and looking up without writing Python.

Only `main` stands here, and it imports what a command needs when it needs it, so that `cvsense --help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (`sys.argv` unless given) and give the exit status."""
    try:
        for name in ("typer", "rich.console"):
            import_module(name)
    except ImportError:
        print('cvsense: the command line is an extra: pip install "cvsense-async[cli]"', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    from .ending import guarded

    return guarded(list(sys.argv[1:] if arguments is None else arguments))
