"""The table of what Laravel sends names tests, and they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_row_names_a_test_that_is_there() -> None:
    """The last column is a test of the two modules by name, or a path of the tests."""
    page = (ROOT / "docs" / "documented.md").read_text(encoding="utf-8")
    part = page[page.index("## What real PHP") :]
    rows = [row for row in re.findall(r"^\| .* \| (.+?) \|$", part, re.M) if row != "test"]
    modules = [
        ROOT / "tests" / "screening" / "test_dialects.py",
        ROOT / "tests" / "contract_server" / "test_laravel.py",
    ]
    code = "".join(module.read_text(encoding="utf-8") for module in modules)
    for said in rows:
        named = said.strip("`")
        test, _, form = named.partition("[")
        assert named == "all" or (ROOT / named).exists() or f"def test_{test}(" in code, said
        assert not form or f'"{form[:-1]}": ' in code, said
    assert len(rows) > 20
