"""The OpenAPI 3.1 document, made from the registry of endpoints: paths, fields with their limits, models, errors.

It is made, not written, so that it says what client and sandbox do.
"""

from __future__ import annotations

import datetime
import enum
import inspect
import re
import types
import typing
from collections.abc import Sequence
from typing import Any

import attrs

from .endpoint import UNSET, Endpoint, FieldSpec, Place, Rule, Unset, UploadFile
from .registry import endpoints

TITLE = "CVSense API v1"
SERVER = "https://backend.cvsense.co.uk/api/v1"
REFUSALS = {
    "400": "The request could not be understood.",
    "401": "The key is missing or wrong.",
    "402": "Too few credits; nothing was taken.",
    "404": "There is no such thing.",
    "408": "The body took too long to come; nothing was taken.",
    "409": "The state does not allow this.",
    "413": "The body is too large; nothing was taken.",
    "415": "The content type is not supported.",
    "422": "A field breaks its limits.",
    "429": "Too many requests.",
}
MOST = 2**53 - 1
"""No whole number in a request may be larger: beyond it JSON's numbers are not exact everywhere."""
_WHITE = r"\u0009-\u000D\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
"""What `str.strip` takes for white: spelt out, for the engines of regular expressions differ in what `\\s` is."""
TEXT = r"^[^\u0000]*$"
"""Text of a request: without NUL, which databases do not store. (A lone surrogate is no JSON to begin with.)"""
FILLED = rf"^[^\u0000]*[^\u0000{_WHITE}][^\u0000]*$"
"""Text that must not be empty: there is more in it than white."""
ID = rf"^[^\u0000]*[^\u0000.{_WHITE}][^\u0000]*$"
"""An id that is text: more than white and dots, for a path of `.` or `..` would be another one."""
_LIMITS = {"Limit": "Requests allowed in a window.", "Remaining": "Requests left in it."}


def document(server: str = SERVER) -> dict[str, Any]:
    """The whole document, as JSON types."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for spec in endpoints():
        paths.setdefault(spec.path, {})[spec.method.lower()] = _operation(spec, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": "1",
            "description": "CV screening. Drawn from the client's own registry; assumed where the service is silent.",
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(spec) for spec in endpoints())],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "The key, `cvs_…`."}},
            "schemas": {**dict(sorted(schemas.items())), "Meta": _META, "Error": _ERROR},
            "responses": {f"E{status}": _refusal(status, words) for status, words in REFUSALS.items()},
        },
    }


_META = {
    "type": "object",
    "required": ["current_page", "per_page", "total", "last_page"],
    "properties": {name: {"type": "integer"} for name in ("current_page", "per_page", "total", "last_page")},
}
_ERROR = {
    "type": "object",
    "required": ["success", "message"],
    "properties": {
        "success": {"const": False},
        "message": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}


def _tag(spec: Endpoint) -> str:
    return spec.call.__module__.rpartition(".")[2]


def _operation(spec: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": spec.operation,
        "tags": [_tag(spec)],
        "summary": spec.summary,
        "description": inspect.getdoc(spec.call) or "",
    }
    travelling = [field for field in spec.fields if field.place in (Place.PATH, Place.QUERY)]
    if travelling:
        made["parameters"] = [_parameter(field, schemas) for field in travelling]
    if body := _body(spec, schemas):
        made["requestBody"] = body
    success = "201" if spec.method == "POST" and spec.operation.startswith(("create", "register")) else "200"
    made["responses"] = {success: _answer(spec, schemas)} | {
        status: {"$ref": f"#/components/responses/E{status}"} for status in _refusals(spec)
    }
    return made


def _refusals(spec: Endpoint) -> list[str]:
    places = {field.place for field in spec.fields}
    found = ["401", "429"]
    if Place.PATH in places:
        found.append("404")
    if places & {Place.BODY, Place.QUERY, Place.UPLOAD}:
        found.append("422")
    if places & {Place.BODY, Place.UPLOAD}:
        found += ["400", "413", "415"]
    if Place.UPLOAD in places:
        found += ["402", "408"]
    if spec.operation == "start_batch":
        found.append("422")  # nothing was uploaded into it
    if _tag(spec) == "screening" and spec.operation not in ("create_batch", "get_batch_status"):
        found.append("409")
    return sorted(found)


def _parameter(field: FieldSpec, schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": field.name,
        "in": field.place.value,
        "required": field.place is Place.PATH or field.default is attrs.NOTHING,
        "schema": _without_null(_field(field, schemas)),
    }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A path or a query has no null: what is not given is left out."""
    made = dict(schema)
    if "anyOf" in made:
        made["anyOf"] = [one for one in made["anyOf"] if one != {"type": "null"}]
    if isinstance(made.get("type"), list):
        kinds = [kind for kind in made["type"] if kind != "null"]
        made["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in made:
        made["enum"] = [one for one in made["enum"] if one is not None]
    return made


def _body(spec: Endpoint, schemas: dict[str, Any]) -> dict[str, Any] | None:
    uploads = [field for field in spec.fields if field.place is Place.UPLOAD]
    if uploads:
        files = _field(uploads[0], schemas) | {"items": {"type": "string", "contentMediaType": "application/pdf"}}
        content = {"type": "object", "required": ["files[]"], "properties": {"files[]": files}}
        return {"required": True, "content": {"multipart/form-data": {"schema": content}}}
    fields = [field for field in spec.fields if field.place is Place.BODY]
    if not fields:
        return None
    required = [field.name for field in fields if field.default is attrs.NOTHING]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _field(field, schemas) for field in fields},
    }
    if required:
        schema["required"] = required
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _field(field: FieldSpec, schemas: dict[str, Any]) -> dict[str, Any]:
    made = _asked(_schema(field.type, schemas))
    if field.rule is not None:
        made = made | _limits(field.rule, made)
        if "minLength" in made:
            made["pattern"] = FILLED
        if "enum" in made:
            made.pop("pattern", None)
    if field.default not in (attrs.NOTHING, None, UNSET) and isinstance(field.default, (str, int, float)):
        made["default"] = field.default
    return made


def _asked(schema: dict[str, Any]) -> dict[str, Any]:
    """What a request may hold is narrower than what an answer may: exact whole numbers, text that can be stored."""
    made = dict(schema)
    kinds: list[str] = made["type"] if isinstance(made.get("type"), list) else [made.get("type", "")]
    if "items" in made:
        made["items"] = _asked(made["items"])
    if "anyOf" in made:
        made["anyOf"] = [_asked(one) for one in made["anyOf"]]
    if "integer" in kinds:
        made |= {"minimum": -MOST, "maximum": MOST}
    if "string" in kinds and "enum" not in made and "contentMediaType" not in made:
        made["pattern"] = TEXT
    if "integer" in kinds and "string" in kinds:  # an id
        made |= {"minLength": 1, "pattern": ID}
    return made


def _limits(rule: Rule, schema: dict[str, Any]) -> dict[str, Any]:
    names = {
        "max_length": "maxLength",
        "min_length": "minLength",
        "minimum": "minimum",
        "maximum": "maximum",
        "max_items": "maxItems",
        "min_items": "minItems",
    }
    found = {name: value for key, name in names.items() if (value := getattr(rule, key)) is not None}
    if rule.choices is not None:
        allows_null = "null" in schema.get("type", ()) or {"type": "null"} in schema.get("anyOf", ())
        found["enum"] = [*rule.choices, *([None] if allows_null else [])]
    return found


def _answer(spec: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    headers = {
        f"X-RateLimit-{name}": {"description": words, "schema": {"type": "integer"}} for name, words in _LIMITS.items()
    }
    if spec.binary:
        return {"description": "A PDF.", "headers": headers, "content": {"application/pdf": {"schema": {}}}}
    properties: dict[str, Any] = {"success": {"const": True}}
    made: dict[str, Any] = {"description": "Done.", "headers": headers}
    if spec.listing:
        properties["data"] = {"type": "array", "items": _schema(spec.answer, schemas)}
        properties["meta"] = {"$ref": "#/components/schemas/Meta"}
    elif spec.answer is types.NoneType:
        properties["message"] = {"type": "string"}
    else:
        properties["data"] = _schema(spec.answer, schemas)
    schema = {"type": "object", "required": list(properties), "properties": properties}
    made["content"] = {"application/json": {"schema": schema}}
    if links := _links(spec):
        made["links"] = links
    return made


def _links(spec: Endpoint) -> dict[str, Any]:
    """Which calls the id of a thing that was just created leads to."""
    if spec.method != "POST":
        return {}
    below = [re.match(re.escape(spec.path) + r"/{(\w+)}", other.path) for other in endpoints()]
    name = next((match[1] for match in below if match), None)
    if name is None:
        return {}
    carried = {field.name: f"$request.path.{field.name}" for field in spec.fields if field.place is Place.PATH}
    found = carried | {name: "$response.body#/data/id"}
    return {
        other.operation: {"operationId": other.operation, "parameters": dict(found)}
        for other in endpoints()
        if set(re.findall(r"{(\w+)}", other.path)) == set(found)
    }


def _refusal(status: str, words: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": words,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if status == "429":
        made["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return made


_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    bytes: {"type": "string", "contentEncoding": "binary"},
    UploadFile: {"type": "string", "contentMediaType": "application/pdf"},
}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A type as a schema; models go into `schemas` and are referred to."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union or isinstance(kind, types.UnionType):
        return _union([member for member in members if member is not Unset], schemas)
    if origin in (tuple, list, Sequence):
        return {"type": "array", "items": _schema(members[0], schemas)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    if isinstance(kind, type) and attrs.has(kind):
        return _model(kind, schemas)
    return {}


def _union(members: list[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    enums = [member for member in members if isinstance(member, type) and issubclass(member, enum.Enum)]
    if enums and str in members:  # an open set: new values may come
        members = [member for member in members if member not in enums]
    found = [_schema(member, schemas) for member in members]
    if enums:
        found[0]["examples"] = [member.value for member in enums[0]]
    if all(set(one) <= {"type", "examples"} for one in found):
        kinds = [one["type"] for one in found]
        extra = {key: value for one in found for key, value in one.items() if key == "examples"}
        return {"type": kinds[0] if len(kinds) == 1 else kinds, **extra}
    return found[0] if len(found) == 1 else {"anyOf": found}


def _model(kind: type[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in schemas:
        schemas[name] = {}  # a model that holds itself ends here
        hints = typing.get_type_hints(kind)
        fields = [field for field in attrs.fields(kind) if field.name != "extra"]
        made: dict[str, Any] = {
            "type": "object",
            "description": re.sub(r"\s+", " ", inspect.getdoc(kind) or ""),
            "properties": {field.name: _schema(hints[field.name], schemas) for field in fields},
        }
        required = [field.name for field in fields if field.default is attrs.NOTHING]
        if required:
            made["required"] = required
        schemas[name] = made
    return {"$ref": f"#/components/schemas/{name}"}
