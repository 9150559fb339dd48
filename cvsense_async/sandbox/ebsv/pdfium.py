"""PDFium's C functions, untyped: the one place where the package is imported.

It has no type stubs and its calls go through ctypes, so that its names are Any by design. PDFium is not thread-safe:
one thread of a process reads PDFs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

pypdfium: Any = import_module("pypdfium2")
raw: Any = import_module("pypdfium2.raw")
