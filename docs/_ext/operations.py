"""The directive `operations`: every call of a resource, from both sides, out of the registry.

It writes Markdown and lets the page's own parser read it, so that it looks like the pages around it.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

import attrs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import cvsense_async
from cvsense_async import errors
from cvsense_async.api import openapi
from cvsense_async.api.endpoint import UNSET, Endpoint, FieldSpec, Place, Repeat, Resource, Rule, Unset, methods
from cvsense_async.api.registry import RESOURCES
from cvsense_async.sandbox import handlers
from cvsense_async.sandbox.context import HANDLERS

assert handlers.__doc__  # importing the package registers the handlers

PUBLIC = {"add_up_to_100": "add"}
"""Calls that another method makes as often as it takes."""

REPEATS = {
    Repeat.SAFE: "It is sent again by itself after any passing trouble: doing it twice is doing it once.",
    Repeat.HARMLESS: "It is sent again by itself after any passing trouble: a second one costs nothing.",
    Repeat.SETTLE: "After an ambiguous end the batch's status is read before it is sent again.",
    Repeat.NEVER: "After an ambiguous end it is not sent again: {error:AmbiguousOutcome} says what to look up.",
}


def resource_name(resource: type[Resource]) -> str:
    """`jobs` for `JobCalls`: what stands after `session.`."""
    return (resource.__doc__ or "").split("`")[1].removeprefix("session.")


def rows() -> Iterator[tuple[str, str, Endpoint]]:
    """Every operation: its resource, its client method and its endpoint."""
    for resource in RESOURCES:
        for name, spec in methods(resource).items():
            yield resource_name(resource), PUBLIC.get(name, name), spec


def shown(kind: Any) -> str:
    """A type as a person writes it."""
    if kind is types.NoneType:
        return "None"
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union or isinstance(kind, types.UnionType):
        return " | ".join(shown(member) for member in members if member is not Unset)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(shown(member) for member in members if member is not ...)}]"
    return str(kind.__name__)


def reference(name: str, *, role: str = "class") -> str:
    """A link to a public name, else the name as code."""
    if name in cvsense_async.__all__:
        return f"{{py:{role}}}`~cvsense_async.{name}`"
    return f"`{name}`"


def answer(spec: Endpoint) -> str:
    """What comes back, linked."""
    if spec.binary:
        return "`bytes`, a PDF"
    parts = [reference(part.strip()) for part in shown(spec.answer).split("|")]
    kind = " or ".join(parts)
    return f"pages of {kind}: `await` it for the first, `async for` over all" if spec.listing else kind


def limits(rule: Rule | None) -> list[str]:
    """A rule in words."""
    if rule is None:
        return []
    words = {
        "min_length": "not empty",
        "max_length": "at most {} characters",
        "minimum": "at least {:g}",
        "maximum": "at most {:g}",
        "min_items": "at least {}",
        "max_items": "at most {} items",
    }
    found = [text.format(value) for name, text in words.items() if (value := getattr(rule, name)) is not None]
    if rule.choices is not None:
        found.append("one of " + ", ".join(f"`{choice}`" for choice in rule.choices))
    return found


def default(field: FieldSpec) -> str:
    """What a field is where it is not given."""
    if field.default is attrs.NOTHING:
        return "required"
    if field.default is UNSET:
        return "left as it is"
    return f"default `{field.default!r}`" if field.default is not None else "optional"


def refusals(spec: Endpoint) -> list[str]:
    """The exceptions of this operation's documented answers."""
    by_status = {
        found[1]: name
        for name, member in vars(errors).items()
        if isinstance(member, type) and (found := re.match(r"(\d{3}): ", inspect.getdoc(member) or ""))
    }
    by_status["408"] = "CallError"
    document = openapi.document()
    operation = document["paths"][spec.path][spec.method.lower()]
    names = [by_status[status] for status in sorted(operation["responses"]) if status >= "400"]
    if spec.repeat is Repeat.NEVER:
        names.append("AmbiguousOutcome")
    return list(dict.fromkeys(name for name in names if name != "CallError"))


def operation(group: str, method: str, spec: Endpoint) -> list[str]:
    """One operation as Markdown."""
    handler = HANDLERS[spec.call]
    place = f"{handler.__module__.removeprefix('cvsense_async.')}.{handler.__name__}"
    lines = [f"### `session.{group}.{method}`", "", f"`{spec.method} {spec.path}`", ""]
    lines += [inspect.cleandoc(spec.call.__doc__ or ""), ""]
    if spec.fields:
        lines += ["| argument | travels in | type | limits |", "|---|---|---|---|"]
        for field in spec.fields:
            where = "multipart" if field.place is Place.UPLOAD else field.place.value
            kind = " or ".join(f"`{part}`" for part in shown(field.type).split(" | "))
            rules = "; ".join([default(field), *limits(field.rule)])
            lines.append(f"| `{field.name}` | {where} | {kind} | {rules} |")
        lines.append("")
    repeat = REPEATS[spec.repeat].replace("{error:AmbiguousOutcome}", reference("AmbiguousOutcome", role="exc"))
    lines += [
        "Gives",
        f": {answer(spec)}",
        "",
        "Refused with",
        f": {', '.join(reference(name, role='exc') for name in refusals(spec))}",
        "",
        "Again",
        f": {repeat}",
        "",
        "In the sandbox",
        f": `{place}`; its faults are armed as `{spec.operation}`",
        "",
    ]
    return lines


class Operations(SphinxDirective):
    """`{operations} jobs`: that resource's operations; without an argument a table of all of them."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the generated Markdown."""
        if self.arguments:
            wanted = self.arguments[0]
            lines = [
                line for group, method, spec in rows() if group == wanted for line in operation(group, method, spec)
            ]
        else:
            lines = ["| client | service |", "|---|---|"]
            lines += [
                f"| [`session.{group}.{method}`](#session-{group}-{method.replace('_', '-')}) "
                f"| `{spec.method} {spec.path}` |"
                for group, method, spec in rows()
            ]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directive."""
    app.add_directive("operations", Operations)
    return {"parallel_read_safe": True}
