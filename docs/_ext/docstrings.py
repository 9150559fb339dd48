"""Reads the package's docstrings as they are written: plain words, code in single backticks, examples indented.

They are meant for `help()`; here an indented example becomes a code block, and a public name in backticks a link.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

import cvsense_async

_NAME = re.compile(r"(?<![:`\w])`(\w+)`(?!`)")


def linked(found: re.Match[str]) -> str:
    """A link for a public name, else what stood there."""
    name = found[1]
    if name not in cvsense_async.__all__ or name in ("Id", "UNSET", "__version__"):
        return found[0]
    role = "exc" if name in vars(cvsense_async.errors) else "class"
    return f":py:{role}:`~cvsense_async.{name}`"


def prepare(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Rewrite one docstring in place."""
    made: list[str] = []
    in_example = False
    for line in lines:
        indented = line.startswith("    ")
        if indented and not in_example and (not made or not made[-1].strip() or made[-1].endswith(":")):
            if made and made[-1].strip():
                made.append("")
            made += [".. code-block:: python", ""]
            in_example = True
        elif line.strip() and not indented:
            in_example = False
        made.append(line if in_example else _NAME.sub(linked, line))
    lines[:] = made


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the hook."""
    app.connect("autodoc-process-docstring", prepare)
    return {"parallel_read_safe": True}
