"""Makes the function that reads a model out of JSON.

A bulk run reads some hundred fields for each CV, so a model's function is written out once, as source, field after
field: what has the right form already is taken as it stands, and only the rest is looked at.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cvsense_async import log

from .endpoint import ALIASES, KEYED, Id, Unset
from .values import Undecodable, entries_of, is_array, is_object, number, text, whole

if TYPE_CHECKING:
    import cattrs

Read = Callable[[Any, Any], Any]
"""Reads a value; the type comes second, as cattrs gives it."""


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
    keyed = {field.name: array_reader(hints[field.name], made, field) for field in fields if KEYED in field.metadata}
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
                read = keyed.get(name)
                fitting[name] = read(given[name], None) if read else made.structure(given[name], hints[name])
            except Exception:
                if name not in optional:
                    raise Undecodable(f"{cls.__name__}.{name} has a form that was not expected") from None
                if given[name] is not None:
                    extra[name] = given[name]
                    tell(name)
        try:
            return cls(**fitting, extra=extra)
        except TypeError:
            missing = sorted(known - fitting.keys() - optional)
            raise Undecodable(f"{cls.__name__} lacks {', '.join(missing)}") from None

    def tell(name: str) -> None:
        if is_tuple(hints[name]) and name not in told:
            told.add(name)
            log.answer_unread(model=cls.__name__, field=name)

    told: set[str] = set()

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
    for place, field in enumerate(fields):
        lines += ["  " + line for line in _field_lines(f"v{place}", field, hints[field.name], made, names)]
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
    reading = _value_lines(value, field, inner, made, names)
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


def _value_lines(
    value: str, field: attrs.Attribute[Any], kind: Any, made: cattrs.Converter, names: dict[str, Any]
) -> list[str]:
    """The source that reads a value of a type without `None`: the quick way where it fits, else the converter's."""
    slow_reader = array_reader(kind, made, field) if KEYED in field.metadata else made.get_structure_hook(kind)
    names[f"read_{value}"], names[f"kind_{value}"] = slow_reader, kind
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
    if is_tuple(kind):
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


# --- lists ----------------------------------------------------------------------------------------------------------


def is_tuple(kind: Any) -> bool:
    """Whether a type is a list in JSON: a tuple of any length."""
    return typing.get_origin(kind) is tuple and typing.get_args(kind)[1:] == (...,)


def array_reader(kind: Any, made: cattrs.Converter, field: attrs.Attribute[Any] | None = None) -> Read:
    """The function that reads a list, also one that PHP wrote as an object, or whose entries are written shorter."""
    item = typing.get_args(kind)[0]
    read = made.get_structure_hook(item)
    key, plain, alone = (field.metadata[KEYED] if field is not None else None) or ("", "", "")

    def named(name: str, entry: Any) -> Any:
        if is_object(entry):
            return entry if entry.get(key) is not None else {**entry, key: name}
        return {key: name, plain: entry}

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        entries: list[Any] | None = None
        if is_array(value):
            entries = value
        elif is_object(value):
            entries = entries_of(value)
            if entries is None and key:
                entries = [named(name, entry) for name, entry in value.items()]
        if entries is None:
            raise Undecodable("no list")
        if alone:
            entries = [{alone: entry} if isinstance(entry, str) else entry for entry in entries]
        return tuple([read(entry, item) for entry in entries])

    return structure


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
