"""JSON to models and back: envelopes, pages and errors in every form that the contract names.

The service is documented in part only, so reading is forgiving (what is unknown is kept, what does not fit an optional
field is kept raw) and writing is exact.
"""

from __future__ import annotations

import datetime
import enum
import functools
import re
import typing
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import orjson

from . import reading, values
from .endpoint import UNSET, Call, Id, Page, Place
from .paging import Cursor, read_page
from .values import Undecodable as Undecodable
from .values import is_array as is_array
from .values import is_object as is_object
from .values import moment as moment

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")


class WireRequest(typing.NamedTuple):
    """A request as it travels: the path is percent-encoded, the body is what becomes JSON (`None`: no body)."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    json: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"<WireRequest {self.method}>"  # its values may be personal, and it is a local of what may raise


# --- requests -------------------------------------------------------------------------------------------------------


def encode(call: Call[Any]) -> WireRequest:
    """A request on the wire; the files of an upload are not in it."""
    spec = call.__endpoint__
    path = spec.path
    query: list[tuple[str, str]] = []
    body: dict[str, Any] | None = {} if spec.method in ("POST", "PUT") and spec.has_body else None
    for field in spec.fields:
        value = getattr(call, field.name)
        if field.place is Place.PATH:
            path = path.replace(f"{{{field.name}}}", urllib.parse.quote(str(value), safe=""))
        elif value is UNSET or (value is None and field.default is None) or field.place is Place.UPLOAD:
            continue
        elif field.place is Place.QUERY:
            query.append(("cursor", value.text) if isinstance(value, Cursor) else (field.name, str(value)))
        elif body is not None:
            body[field.name] = to_json(value)
    return WireRequest(spec.method, path, tuple(query), body)


def to_json(value: Any) -> Any:
    """A value as JSON types: models become objects without what is `UNSET`, tuples lists, times ISO 8601."""
    cls = _class_of(value)
    if attrs.has(cls):
        made = {
            field.name: to_json(getattr(value, field.name))
            for field in attrs.fields(cls)
            if field.name != "extra" and getattr(value, field.name) is not UNSET
        }
        return {**getattr(value, "extra", {}), **made}
    if isinstance(value, tuple) or is_array(value):
        return [to_json(item) for item in typing.cast("list[Any]", value)]
    if is_object(value):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


def decode_request(
    cls: type[Call[Any]],
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: Mapping[str, Any],
    **given: Any,
) -> Call[Any]:
    """The request that came over the wire, for the sandbox. Raises `FieldErrors` naming each field that is wrong."""
    values: dict[str, Any] = dict(given)
    errors: dict[str, list[str]] = {}
    for field in cls.__endpoint__.fields:
        if field.name in values:
            continue
        if field.place is Place.PATH:
            values[field.name] = path_id(path[field.name])
            continue
        source: Mapping[str, Any] = query if field.place is Place.QUERY else body
        if field.name not in source:
            if field.default is attrs.NOTHING:
                errors[field.name] = [f"The {field.name} field is required."]
            continue
        raw = source[field.name]
        if field.place is Place.QUERY and field.type in _ID_TYPES:
            raw = path_id(str(raw))
        try:
            values[field.name] = converter().structure(raw, field.type)
        except Exception:
            errors[field.name] = [f"The {field.name} field has the wrong type."]
    if errors:
        raise FieldErrors(errors)
    return cls(**values)


class FieldErrors(ValueError):
    """A request whose fields are missing or of the wrong type."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


_ID_TYPES = (Id, Id | None)


def path_id(text: str) -> Id:
    """An id out of a path or query: an int where it is written as one, else a str."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and str(int(text)) == text else text


# --- answers --------------------------------------------------------------------------------------------------------


def _class_of(value: object) -> type[Any]:
    return type(value)


def dump(value: Any) -> bytes:
    """JSON types as bytes."""
    return orjson.dumps(value)


def parse(body: bytes) -> Any:
    """The JSON of a body; `None` for an empty one. Raises `Undecodable`."""
    while body.startswith(_BOM):
        body = body[len(_BOM) :]
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        raise Undecodable(f"the answer {beginning(body)}") from None


_BOM = b"\xef\xbb\xbf"
_PHP = re.compile(rb"(?:<br\s*/?>\s*)?(?:<b>)?(?:PHP )?(Warning|Notice|Deprecated|Fatal error|Parse error)(?:</b>)?: ")


def beginning(body: bytes, wanted: str = "JSON") -> str:
    """What a body is that is not what was wanted, by how it begins; none of its own words, which may be anybody's."""
    head = body[:1024].lstrip()
    php = _PHP.match(head)
    if php is not None:
        kind = php[1].decode().lower().replace("deprecated", "deprecation")
        return f"begins with a PHP {kind}, not with {wanted}: the service must not print its errors (display_errors)"
    lowered = head[:64].lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return f"begins with an HTML page, not with {wanted}: a proxy's or a login's; check the base URL and the key"
    if lowered.startswith(b"<?xml"):
        return f"begins with XML, not with {wanted}"
    if lowered.startswith(b"<"):
        return f"begins with markup, as a program that prints its errors does, not with {wanted}"
    if lowered.startswith(b"%pdf-"):
        return f"begins with a PDF, not with {wanted}"
    if lowered.startswith((b"{", b"[")):
        return "begins as JSON, and is damaged or cut off"
    return f"is not {wanted}"


def refused(document: Any) -> bool:
    """Whether a success status carries an envelope that says otherwise."""
    return is_object(document) and document.get("success") in (False, "false", "0")


def decode_answer(call: Call[T], document: Any) -> T:
    """The answer's model out of its envelope. Raises `Undecodable`."""
    spec = call.__endpoint__
    if spec.listing:
        return typing.cast("T", decode_page(document, spec.answer, asked=getattr(call, "page", 1)))
    if spec.answer is type(None):
        return typing.cast("T", None)
    data = unwrap(document)
    try:
        if data is None:
            return typing.cast("T", _without_data(call, spec.answer))
        return typing.cast("T", _reader(spec.answer)(data, spec.answer))
    except Undecodable:
        raise
    except Exception as error:
        raise Undecodable(f"the answer does not describe a {_name(spec.answer)}: {_where(error)}") from None


def _without_data(call: Call[Any], answer: Any) -> Any:
    """The answer to a call that was answered with a message, or with nothing: what is known is what was asked."""
    if type(None) in typing.get_args(answer):
        return None
    spec = call.__endpoint__
    known = {field.name for field in attrs.fields(answer)}
    told = (Place.PATH, Place.BODY) if spec.method == "PUT" else (Place.PATH,)
    asked = {field.name: getattr(call, field.name) for field in spec.fields if field.place in told}
    given = {name: value for name, value in asked.items() if name in known and value is not UNSET}
    if spec.method == "PUT" and "id" in known:
        given["id"] = next(getattr(call, field.name) for field in spec.fields if field.place is Place.PATH)
    try:
        return answer(**given)
    except TypeError:
        raise Undecodable(f"the answer holds no {_name(answer)}") from None


def unwrap(document: Any) -> Any:
    """What an envelope holds: its `data`, else what stands beside `success` and `message`, else `None`."""
    if not is_object(document):
        return document
    if "data" in document and (len(document) == 1 or not document.keys().isdisjoint(("success", "message", "meta"))):
        return document["data"]
    rest = {key: value for key, value in document.items() if key not in ("success", "message")}
    return rest or None


def decode_page(document: Any, item: Any, *, asked: int = 1) -> Page[Any]:
    """A page in any of the contract's forms. Raises `Undecodable` where there is no list, or not one of such items."""
    try:
        return read_page(document, _reader(item), item, asked=asked)
    except Undecodable:
        raise
    except Exception as error:
        raise Undecodable(f"the list holds something that is no {_name(item)}: {_where(error)}") from None


@attrs.frozen
class ErrorBody:
    """What the service said when it refused."""

    message: str | None = attrs.field(default=None, repr=False)
    code: str | None = None
    field_errors: Mapping[str, list[str]] = attrs.field(factory=dict[str, list[str]], repr=False)

    def changed(self, change: Callable[[str], str]) -> ErrorBody:
        """The same with each of its texts changed."""
        return ErrorBody(
            message=None if self.message is None else change(self.message),
            code=None if self.code is None else change(self.code),
            field_errors={change(name): [change(word) for word in words] for name, words in self.field_errors.items()},
        )


def decode_error(body: bytes) -> ErrorBody:
    """An error's words, in any of the contract's forms; a body that is not JSON (a proxy's page) gives none."""
    try:
        document = parse(body)
    except Undecodable:
        return ErrorBody()
    if not is_object(document):
        return ErrorBody()
    inner, message, code = document.get("error"), document.get("message"), document.get("code")
    if is_object(inner):
        message, code = message or inner.get("message"), code or inner.get("code")
    elif isinstance(inner, str):
        message = message or inner
    fields: dict[str, list[str]] = {}
    for name, word in _words_of(document.get("errors")):
        fields.setdefault(name, []).append(word)
    return ErrorBody(
        message=str(message) if message is not None else None,
        code=str(code) if code is not None else None,
        field_errors=fields,
    )


def _words_of(said: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The words about each field, however deep they stand: `files.3`, whether as a name or as an object in `files`."""
    if depth > 5 or said is None:
        return
    if is_object(said):
        words = [said.get(key) for key in ("message", "detail") if isinstance(said.get(key), str)]
        about = next((said.get(key) for key in ("field", "pointer", "param") if isinstance(said.get(key), str)), None)
        if words and (about is not None or not name):
            yield about or name, str(words[0])
            return
        for key, inner in said.items():
            yield from _words_of(inner, f"{name}.{key}" if name else key, depth + 1)
    elif is_array(said):
        for inner in said:
            yield from _words_of(inner, name, depth + 1)
    else:
        yield name, str(said)


# --- the converter --------------------------------------------------------------------------------------------------


@functools.cache
def converter() -> cattrs.Converter:
    """The one converter; made, and cattrs loaded, at its first use: a session that is only opened needs neither."""
    import cattrs

    made = cattrs.Converter(detailed_validation=False, omit_if_default=False)
    made.register_structure_hook(int, values.whole)
    made.register_structure_hook(float, values.number)
    made.register_structure_hook(str, values.text)
    made.register_structure_hook(bool, values.truth)
    made.register_structure_hook(datetime.datetime, values.moment)
    made.register_structure_hook_func(lambda kind: kind == Id, values.identity)
    made.register_structure_hook_func(lambda kind: kind == Id | None, values.identity_or_none)
    made.register_structure_hook_factory(reading.is_open_union, reading.open_union)
    made.register_structure_hook_factory(reading.is_tuple, functools.partial(reading.array_reader, made=made))
    made.register_structure_hook_factory(reading.is_model, functools.partial(reading.model_reader, made=made))
    return made


@functools.cache
def _reader(kind: Any) -> reading.Read:
    """The converter's function for a type, looked up once."""
    return converter().get_structure_hook(kind)


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", None) or str(kind)


def _where(error: Exception) -> str:
    """What went wrong, in words that hold nothing from the body."""
    return str(error) if isinstance(error, Undecodable) else type(error).__name__
