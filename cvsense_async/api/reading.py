"""Makes the function that reads a model out of JSON, and reads the plain values in it.

A bulk run reads some hundred fields for each CV, so a model's function is written out once, as source, field after
field: what has the right form already is taken as it stands, and only the rest is looked at.
"""

from __future__ import annotations

import datetime
import enum
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from .endpoint import ALIASES, Id, Unset

if TYPE_CHECKING:
    import cattrs

Read = Callable[[Any, Any], Any]
"""Reads a value; the type comes second, as cattrs gives it."""


class Undecodable(ValueError):
    """An answer's body does not have the form that the contract gives it; the text holds nothing from the body."""


# --- models ---------------------------------------------------------------------------------------------------------


def is_model(kind: Any) -> bool:
    """Whether a type is a model of the service's: an attrs class that keeps unknown fields in `extra`."""
    return isinstance(kind, type) and attrs.has(kind) and any(field.name == "extra" for field in attrs.fields(kind))


def model_reader(cls: type[Any], made: cattrs.Converter) -> Read:
    """The function that reads a model: aliases first; what is unknown, or does not fit, is kept in `extra`."""
    fields = [field for field in attrs.fields(cls) if field.name != "extra"]
    hints = typing.get_type_hints(cls)
    known = frozenset(field.name for field in fields)
    optional = frozenset(field.name for field in fields if field.default is not attrs.NOTHING)
    aliases = [(field.name, field.metadata[ALIASES]) for field in fields if ALIASES in field.metadata]

    def renamed(given: dict[str, Any]) -> dict[str, Any]:
        for name, others in aliases:
            if given.get(name) is None:
                other = next((each for each in others if given.get(each) is not None), None)
                if other is not None:
                    rest = {key: item for key, item in given.items() if key != other}
                    given = {**rest, name: given[other]}
        return given

    def careful(given: dict[str, Any]) -> Any:
        """The model where some field is missing or of another form; what does not fit an optional field is kept."""
        fitting: dict[str, Any] = {}
        extra = unknown(given)
        for name in known & given.keys():
            try:
                fitting[name] = made.structure(given[name], hints[name])
            except Exception:
                if name not in optional:
                    raise Undecodable(f"{cls.__name__}.{name} has a form that was not expected") from None
                if given[name] is not None:
                    extra[name] = given[name]
        try:
            return cls(**fitting, extra=extra)
        except TypeError:
            missing = sorted(known - fitting.keys() - optional)
            raise Undecodable(f"{cls.__name__} lacks {', '.join(missing)}") from None

    def unknown(given: dict[str, Any]) -> dict[str, Any]:
        return {key: item for key, item in given.items() if key not in known}

    def refuse() -> typing.NoReturn:
        raise Undecodable(f"no object where a {cls.__name__} was expected")

    names: dict[str, Any] = {
        "cls": cls,
        "unfrozen": _unfrozen(cls),
        "careful": careful,
        "refuse": refuse,
        "renamed": renamed,
        "unknown": unknown,
        "is_known": known.issuperset,
        "MISSING": object(),
        "JUST_STR": frozenset({str}),
    }
    lines = ["def read(given, _):", " if not isinstance(given, dict): refuse()", " get = given.get"]
    if aliases:
        missing = " or ".join(f"get({name!r}) is None" for name, _ in aliases)
        lines += [f" if {missing}:", "  given = renamed(given)", "  get = given.get"]
    lines.append(" try:")
    for number, field in enumerate(fields):
        lines += ["  " + line for line in _field_lines(f"v{number}", field, hints[field.name], made, names)]
    lines.append("  made = unfrozen()")
    lines += [f"  made.{field.name} = v{number}" for number, field in enumerate(fields)]
    lines += ["  made.extra = {} if is_known(given) else unknown(given)", "  made.__class__ = cls", "  return made"]
    lines += [" except Exception:", "  return careful(given)"]
    exec(compile("\n".join(lines), f"<read {cls.__qualname__}>", "exec"), names)  # noqa: S102  (our own source)
    return typing.cast("Read", names["read"])


def _unfrozen(cls: type[Any]) -> type[Any]:
    """A class of the same layout whose fields can be set one by one; what is set becomes the model by its `__class__`.

    A frozen class's own constructor spends more on each field than reading it takes. Raises `TypeError` for a model
    that has a slot for weak references, which keeps two layouts from being the same.
    """
    plain = {"__slots__": cls.__slots__, "__init__": object.__init__, "__setattr__": object.__setattr__}
    made: type[Any] = type(cls.__name__, cls.__bases__, plain)
    made().__class__ = cls
    return made


def _field_lines(
    value: str, field: attrs.Attribute[Any], kind: Any, made: cattrs.Converter, names: dict[str, Any]
) -> list[str]:
    """The source that reads one field into the variable `value`; what it refers to is put into `names`."""
    inner, nullable = _without_none(kind)
    reading = _value_lines(value, inner, made, names)
    if field.default is attrs.NOTHING:
        fetch = [f"{value} = given[{field.name!r}]"]
        return fetch + ([f"if {value} is not None:", *_deeper(reading)] if nullable else reading)
    if nullable and field.default is None:
        return [f"{value} = get({field.name!r})", f"if {value} is not None:", *_deeper(reading)]
    default = f"default_{value}"
    factory = getattr(field.default, "factory", None)
    names[default] = factory or field.default
    fallback = f" {value} = {default}{'()' if factory else ''}"
    if nullable:
        fetch = [f"{value} = get({field.name!r}, MISSING)", f"if {value} is MISSING:", fallback]
        return [*fetch, f"elif {value} is not None:", *_deeper(reading)]
    return [f"{value} = get({field.name!r})", f"if {value} is None:", fallback, "else:", *_deeper(reading)]


def _value_lines(value: str, kind: Any, made: cattrs.Converter, names: dict[str, Any]) -> list[str]:
    """The source that reads a value of a type without `None`: the quick way where it fits, else the converter's."""
    names[f"read_{value}"], names[f"kind_{value}"] = made.get_structure_hook(kind), kind
    slow = f"{value} = read_{value}({value}, kind_{value})"
    if kind in (int, str, bool):
        return [f"if type({value}) is not {kind.__name__}: {slow}"]
    if kind is float:
        return [f"if type({value}) is int: {value} = float({value})", f"else: {slow}"]
    if kind == Id:
        return [f"if type({value}) is not int and (type({value}) is not str or not {value}): {slow}"]
    if str in members(kind) and is_open_union(kind):
        names[f"known_{value}"] = enum_members(kind).get
        return [f"if type({value}) is str: {value} = known_{value}({value}, {value})", f"else: {slow}"]
    if typing.get_origin(kind) is tuple and typing.get_args(kind)[1:] == (...,):
        (item, _) = typing.get_args(kind)
        if item is str:
            fits = f"type({value}) is list and JUST_STR.issuperset(map(type, {value}))"
            return [f"{value} = tuple({value}) if {fits} else read_{value}({value}, kind_{value})"]
        names[f"item_{value}"] = made.get_structure_hook(item)
        names[f"kind_{value}"], names[f"each_{value}"] = kind, item
        each = f"tuple([item_{value}(each, each_{value}) for each in {value}])"
        return [f"if type({value}) is list: {value} = {each}", f"else: {slow}"]
    return [slow]


def _deeper(lines: list[str]) -> list[str]:
    return [" " + line for line in lines]


def _without_none(kind: Any) -> tuple[Any, bool]:
    """A type without `None`, and whether `None` was in it."""
    several = members(kind)
    if type(None) not in several:
        return kind, False
    inner: Any = None
    for each in several:
        if each is not type(None):
            inner = each if inner is None else inner | each
    return inner, True


# --- unions ---------------------------------------------------------------------------------------------------------


def members(kind: Any) -> tuple[Any, ...]:
    """The members of a union; none of another type."""
    return typing.get_args(kind) if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union else ()


def is_open_union(kind: Any) -> bool:
    """`SomeEnum | str`, with `None` and `Unset` allowed beside, and simple unions with `Unset`."""
    several = members(kind)
    return (
        str in several and any(isinstance(m, type) and issubclass(m, enum.StrEnum) for m in several)
    ) or Unset in several


def enum_members(kind: Any) -> Mapping[str, Any]:
    """The members of a union's enums by value."""
    enums = [each for each in members(kind) if isinstance(each, type) and issubclass(each, enum.StrEnum)]
    return {str(member.value): member for cls in enums for member in cls}


def open_union(kind: Any) -> Read:
    """An enum's member where the value is one, else the value itself [contract: unknown enum values]."""
    several = members(kind)
    known = enum_members(kind)
    plain = [m for m in several if m in (str, int, float)]
    readers: dict[Any, Read] = {str: text, int: whole, float: number}
    read = readers[plain[0]]

    def structure(value: Any, _: Any) -> Any:
        if value is None and type(None) in several:
            return None
        got = read(value, _)
        return known.get(got, got) if isinstance(got, str) else got

    return structure


# --- plain values ---------------------------------------------------------------------------------------------------


def whole(value: Any, _: Any = None) -> int:
    """A whole number, also where it is written as a text or with a point."""
    if isinstance(value, bool):
        raise Undecodable("a truth value where a number was expected")
    if isinstance(value, int):
        return value
    number = float(value) if isinstance(value, (float, str)) else None
    if number is None or not number.is_integer():
        raise Undecodable("no whole number")
    return int(number)


def whole_or_none(value: Any) -> int | None:
    """A whole number; `None` where it is none."""
    try:
        return whole(value)
    except (Undecodable, ValueError, OverflowError):
        return None


def number(value: Any, _: Any = None) -> float:
    """A finite number, also where it is written as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Undecodable("no number")
    made = float(value)
    if made != made or made in (float("inf"), float("-inf")):
        raise Undecodable("no finite number")
    return made


def text(value: Any, _: Any = None) -> str:
    """A text, or a number as one."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise Undecodable("no text")


def truth(value: Any, _: Any = None) -> bool:
    """A truth value, also as 0, 1, or in words."""
    if isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false", "0", "1"):
        return value.lower() in ("true", "1")
    raise Undecodable("no truth value")


def identity(value: Any, _: Any = None) -> Id:
    """An id of the service: an int, or a text that is not empty."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise Undecodable("no id")
    return value


def identity_or_none(value: Any, _: Any = None) -> Id | None:
    """An id, or none."""
    return None if value is None else identity(value)


def moment(value: Any, _: Any = None) -> datetime.datetime:
    """A time of the service: ISO 8601 with an offset or `Z`; without one it is UTC [contract: Basics]."""
    if isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str):
        raise Undecodable("no time")
    try:
        made = datetime.datetime.fromisoformat(value.strip().replace(" UTC", "Z"))
    except ValueError:
        raise Undecodable("no time that can be read") from None
    return made if made.tzinfo is not None else made.replace(tzinfo=datetime.UTC)
