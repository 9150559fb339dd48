"""The pages name everything that is public: each exception with what to do, each name with its documentation."""

from __future__ import annotations

import re
from pathlib import Path

import cvsense_async as cv

DOCS = Path(__file__).parents[2] / "docs"


def exceptions() -> set[str]:
    """The public exceptions."""
    found = {name: getattr(cv, name) for name in cv.__all__}
    return {name for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, cv.CVSenseError)}


def test_each_exception_is_on_the_errors_page() -> None:
    """Each public exception stands there once, and what to do about it in a sentence of its own."""
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    parts = re.split(r"^\.\. autoexception:: cvsense_async\.(\w+)$", page, flags=re.M)[1:]
    told = dict(zip(parts[::2], parts[1::2], strict=True))
    assert len(told) == len(parts) // 2
    assert set(told) == exceptions()
    for name, words in told.items():
        assert re.search(r"\*\*What to do\.\*\* \S.{10,}", words), name


def test_each_other_name_is_in_the_reference() -> None:
    """Each public name that is no exception stands once among the Python names."""
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    told = re.findall(r"^\.\. (?:autoclass|autofunction|py:data):: cvsense_async\.(\w+)$", page, re.M)
    assert sorted(told) == sorted(set(cv.__all__) - exceptions() - {"__version__"})
