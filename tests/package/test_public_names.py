"""The public names, written down: taking one away, or changing how one is called, is a decision and not an accident."""

from __future__ import annotations

import importlib
import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest

import cvsense_async

pytestmark = pytest.mark.package

SNAPSHOT = Path(__file__).with_name("public_names.json")
MODULES = ("cvsense_async", "cvsense_async.webhooks", "cvsense_async.sandbox", "cvsense_async.integrations.fastapi")
FIXTURES = ("sandbox", "session", "faults", "clock", "deliveries", "sandbox_options", "session_options")


def arguments(function: Any) -> list[str]:
    """The parameters of a function or class, `=` where there is a default, `*` where only the name will do."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    marks = {inspect.Parameter.KEYWORD_ONLY: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [
        marks.get(one.kind, "") + one.name + ("=" if one.default is not one.empty else "")
        for one in parameters
        if one.name != "self"
    ]


def described(thing: Any) -> Any:
    """A public thing as JSON: its arguments, its methods with theirs, its other names."""
    if inspect.isfunction(thing):
        return arguments(thing)
    if not inspect.isclass(thing) or issubclass(thing, BaseException):
        return None
    members = {name: vars(cls)[name] for cls in reversed(thing.__mro__[:-1]) for name in vars(cls)}
    ours = {name: member for name, member in members.items() if not name.startswith("_") and name != "mro"}
    return {
        "arguments": arguments(thing),
        "members": {
            name: arguments(member) if inspect.isfunction(member) else None for name, member in sorted(ours.items())
        },
    }


def public() -> dict[str, Any]:
    """Every public name of every public module."""
    found: dict[str, Any] = {}
    for module in map(importlib.import_module, MODULES):
        found[module.__name__] = {name: described(getattr(module, name)) for name in sorted(module.__all__)}
    return found


def test_the_public_names_are_those_that_were_agreed() -> None:
    """Names and arguments are as the snapshot says; CVSENSE_WRITE_NAMES=1 writes it anew."""
    made = json.dumps(public(), indent=1) + "\n"
    if os.environ.get("CVSENSE_WRITE_NAMES"):
        SNAPSHOT.write_text(made, encoding="utf-8")
    agreed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    for module, names in json.loads(made).items():
        assert sorted(names) == sorted(agreed[module]), module
        for name, description in names.items():
            assert description == agreed[module][name], f"{module}.{name}"


def test_the_fixtures_of_the_plugin_are_there() -> None:
    """The plugin's fixtures keep their names."""
    plugin = importlib.import_module("cvsense_async.testing")
    assert [name for name in FIXTURES if not hasattr(plugin, f"cvsense_{name}")] == []


def test_all_names_are_in_the_snapshot_once() -> None:
    """The top module's list has no name twice, and the snapshot none that is gone."""
    assert len(set(cvsense_async.__all__)) == len(cvsense_async.__all__)
    assert set(json.loads(SNAPSHOT.read_text(encoding="utf-8"))) == set(MODULES)
