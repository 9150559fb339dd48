"""Type hints that can be resolved at run time, though the modules that they name are loaded only then.

Tools that read hints (`typing.get_type_hints`, `inspect.signature(eval_str=True)`, pydantic, cattrs) look names up in
the module that a function was written in. A module that imports them for type checkers alone, to stay quick to import,
says here where they are.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any


def resolve_later(names: dict[str, Any], homes: Mapping[str, str], *classes: type) -> None:
    """Let the hints of these classes, and of what they hold, be resolved in a module whose globals are `names`.

    `homes` gives the names by module, relative to this package; a module without names is wanted by its own.
    """

    @functools.cache
    def load() -> None:
        for home, wanted in homes.items():
            module = importlib.import_module(home, __package__)
            if not wanted:
                names[home] = module
            for name in wanted.split():
                names[name] = getattr(module, name)

    for cls in classes:
        if "__annotations__" in vars(cls):
            cls.__annotations__ = _Hints(cls.__annotations__, load)
        for member in vars(cls).values():
            function = _function_of(member)
            if function is not None:
                function.__annotations__ = _Hints(function.__annotations__, load)


def _function_of(member: Any) -> Any:
    if isinstance(member, property):
        return member.fget
    if isinstance(member, functools.cached_property):
        return member.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # of any class
    return member if inspect.isfunction(member) else None


class _Hints(dict[str, Any]):
    """Annotations; to read them loads what they name."""

    def __init__(self, annotations: Mapping[str, Any], load: Any) -> None:
        super().__init__(annotations)
        self._load = load

    def __iter__(self) -> Iterator[str]:
        self._load()
        return super().__iter__()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self._load()
        return super().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        self._load()
        return super().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        self._load()
        return super().items()

    def __getitem__(self, name: str) -> Any:
        self._load()
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._load()
        return super().get(name, default)
