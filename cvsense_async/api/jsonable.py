"""Models as JSON, for whoever answers with them: `as_json`, and what pydantic (so FastAPI) asks a class for.

What is local to this process stays out: content, paths, keys. Pydantic is not imported here; it calls a model's hook
when somebody uses the model as a type of theirs.
"""

from __future__ import annotations

import collections
import datetime
import enum
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

IN_JSON = "cvsense_in_json"
"""The key in a field's attrs metadata for what stands in JSON: `LOCAL` for nothing, or a function of the value."""

LOCAL = "local"
"""What only this process can use, such as a path, or only its owner may know, such as a secret."""

_LISTS = (list, tuple, set, frozenset, collections.deque)


def as_json(value: Any) -> Any:
    """A model or a result, or a list or dict of such, as JSON types: dicts, lists, texts, numbers, `None`.

        return JSONResponse(as_json(batch))
        orjson.dumps(job, default=as_json)
        json.dumps({"best": ranked}, default=as_json)

    Evidence and all else that the service said is kept, fields that this version does not know, too. What is local is
    left out: a CV's content, where it came from (its name stays), the key of a webhook. Times are ISO 8601. An error of
    this package is its class and its words.

    Raises `TypeError` for what is none of these, such as bytes or an open run.
    """
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float)):
        return value
    cls: Any = type(value)  # pyright: ignore[reportUnknownVariableType]  # of anything
    if attrs.has(cls):
        return _model(cls, value)
    if isinstance(value, Mapping):
        items = typing.cast("Mapping[Any, object]", value)
        return {str(key): as_json(item) for key, item in items.items()}
    if isinstance(value, _LISTS):
        return [as_json(item) for item in typing.cast("list[Any]", value)]
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, Exception) and cls.__module__.partition(".")[0] == __name__.partition(".")[0]:
        return {"type": cls.__name__, "message": str(value)}
    raise TypeError(f"a {cls.__name__} has no form in JSON")


def _model(cls: Any, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in _shown(cls):
        one = getattr(value, field.name)
        if not (isinstance(one, enum.Enum) and one.name == "UNSET"):
            turn: Callable[[Any], Any] = field.metadata.get(IN_JSON, as_json)
            made[field.name] = turn(one)
    extra: Mapping[str, Any] | None = getattr(value, "extra", None)
    return {**as_json(extra), **made} if extra else made


_fields: dict[Any, tuple[attrs.Attribute[Any], ...]] = {}


def _shown(cls: Any) -> tuple[attrs.Attribute[Any], ...]:
    """The fields that stand in JSON; what is unknown (`extra`) stands beside them."""
    if cls not in _fields:
        _fields[cls] = tuple(
            [
                field
                for field in attrs.fields(cls)
                if not field.name.startswith("_") and field.name != "extra" and field.metadata.get(IN_JSON) != LOCAL
            ]
        )
    return _fields[cls]


class Model:
    """What every model and result is: something that `as_json`, `vars`, pydantic and FastAPI can turn into JSON."""

    __slots__ = ()

    if not TYPE_CHECKING:  # an attribute to type checkers, as every object's

        @property
        def __dict__(self) -> dict[str, Any]:
            """The same as `as_json`: what `vars()` gives, which encoders ask of classes that they do not know."""
            try:
                return as_json(self)
            except TypeError as error:  # a page of something else: `dir()` asks here, too
                raise AttributeError(str(error)) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """For pydantic: an instance as it is, or its JSON; written by `as_json`."""
        from pydantic_core import core_schema

        arguments = typing.get_args(source)
        generics: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), arguments, strict=False))
        hints = typing.get_type_hints(cls)
        fields = {
            field.name: core_schema.typed_dict_field(
                handler.generate_schema(_in_json(hints[field.name], generics)),
                required=field.default is attrs.NOTHING,
            )
            for field in _shown(cls)
        }
        own: Any = cls
        known = {field.name for field in attrs.fields(own)}
        described = core_schema.typed_dict_schema(fields, extra_behavior="allow" if "extra" in known else "ignore")
        name = f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"
        return core_schema.no_info_wrap_validator_function(
            functools.partial(_read, cls),
            described,
            ref=f"{name}[{','.join(map(_name, arguments))}]" if arguments else name,
            serialization=core_schema.plain_serializer_function_ser_schema(as_json),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """For pydantic: the class's name and words; in an answer every field is there."""
        made = handler(core)
        whole = handler.resolve_ref_schema(made)
        whole["title"] = cls.__name__
        whole["description"] = inspect.getdoc(cls) or ""
        if handler.mode == "serialization":
            whole["required"] = list(whole.get("properties", ()))
        return made


def _read(cls: Any, value: Any, handler: Callable[[Any], dict[str, Any]]) -> Any:
    """An instance as it is; else the model that its JSON describes."""
    if isinstance(value, cls):
        return value
    fields = attrs.fields(cls)
    shown = {field.name for field in _shown(cls)}
    if any(field.name not in shown and field.default is attrs.NOTHING for field in fields):
        raise ValueError(f"a {cls.__name__} is more than its JSON says, so it cannot be made of it")
    found = handler(value)
    if any(field.name == "extra" for field in fields):
        found["extra"] = {name: found.pop(name) for name in found.keys() - shown}
    return cls(**found)


def _name(kind: Any) -> str:
    return getattr(kind, "__qualname__", None) or str(kind)


def _in_json(kind: Any, generics: Mapping[Any, Any]) -> Any:
    """The type that stands in JSON for a field's type: a generic's argument, and an error's class and words."""
    error: Any = dict[str, str]
    if kind in generics:
        return generics[kind]
    if isinstance(kind, typing.TypeVar):
        return Any
    if _is_error(kind):
        return error
    arguments = typing.get_args(kind)
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return functools.reduce(lambda left, right: left | right, [_in_json(one, generics) for one in arguments])
    if typing.get_origin(kind) is tuple and arguments[1:] == (...,):
        several: Any = tuple
        return several[_in_json(arguments[0], generics), ...]
    return kind


def _is_error(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)
