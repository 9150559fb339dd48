"""How an endpoint is declared, once: one frozen class a request, from which client, sandbox and documentation are made.

The constructor is the method's signature and the docstring its documentation, so the two sides cannot drift apart.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
import re
import typing
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Mapping
from typing import Any, BinaryIO, Generic, ParamSpec, Protocol, TypeVar, dataclass_transform, overload

import attrs

from .paging import Page as Page
from .paging import Walk
from .paging import next_page as next_page
from .values import Id as Id

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
C = TypeVar("C", bound="Call[Any]")
P = ParamSpec("P")


class Unset(enum.Enum):
    """The type of `UNSET`: "leave this field as it is", which is not the same as `None` ("clear it")."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET


class Repeat(enum.Enum):
    """What may follow an ambiguous end (a time-out, a reset, a cut body, 500, 502, 503, 504).

    A 429, a 503 that came before the last byte of the request had been sent, and a connection that was refused may
    always be repeated: nothing was done.
    """

    SAFE = "safe"  # doing it twice is the same as doing it once
    HARMLESS = "harmless"  # a second one costs nothing and is left
    SETTLE = "settle"  # read first what became of it
    NEVER = "never"  # only the caller may: AmbiguousOutcome


@attrs.frozen
class UploadFile:
    """One file of an upload. `open` opens it anew for every try; `sha256` guards against a change in between."""

    filename: str = attrs.field(repr=False)
    content_type: str
    size: int
    open: Callable[[], BinaryIO] = attrs.field(repr=False, eq=False)
    sha256: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Rule:
    """A documented limit of one field; checked on both sides and shown in the OpenAPI document."""

    max_length: int | None = None
    min_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] | None = None
    max_items: int | None = None
    min_items: int | None = None

    def broken(self, value: Any) -> str | None:
        """What is wrong with the value, in words, or `None`."""
        if value is None or value is UNSET:
            return None
        if isinstance(value, str):
            if self.min_length is not None and len(value.strip()) < self.min_length:
                return "must not be empty"
            if self.max_length is not None and len(value) > self.max_length:
                return f"must not be longer than {self.max_length} characters"
            if self.choices is not None and str(value) not in self.choices:
                return f"must be one of: {', '.join(self.choices)}"
        elif isinstance(value, (int, float)):
            if self.minimum is not None and value < self.minimum:
                return f"must be at least {self.minimum:g}"
            if self.maximum is not None and value > self.maximum:
                return f"must be at most {self.maximum:g}"
        elif isinstance(value, (tuple, list)):
            count = len(typing.cast("tuple[object, ...]", value))
            if self.min_items is not None and count < self.min_items:
                return f"must have at least {self.min_items} items"
            if self.max_items is not None and count > self.max_items:
                return f"must have at most {self.max_items} items"
        return None


RULE = "cvsense_rule"
"""The key in a field's attrs metadata under which its `Rule` stands."""


ALIASES = "cvsense_aliases"
"""The key in a model field's attrs metadata for other names that the field may come under."""


KEYED = "cvsense_keyed"
"""The key in a list field's attrs metadata for how its entries may be written shorter: three names of theirs.

Of an object in the place of the list, the key is the first and a plain value the second; the third is what an entry
that is a mere text stands for.
"""


@attrs.frozen
class Settle:
    """How to find out what became of a request with an ambiguous end: read something, then judge it."""

    read: Callable[[Any], Call[Any]]
    done: Callable[[Any], bool]


class Place(enum.Enum):
    """Where a request's field travels."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    UPLOAD = "upload"


@attrs.frozen
class FieldSpec:
    """One field of a request: its name, where it goes, its type, its default and its documented limits."""

    name: str
    place: Place
    type: Any
    default: Any  # attrs.NOTHING where it is required
    rule: Rule | None


@attrs.frozen
class Endpoint:
    """One row of the contract's table."""

    call: type[Call[Any]]
    method: str
    path: str
    operation: str
    answer: Any
    listing: bool
    binary: bool
    repeat: Repeat
    settle: Settle | None
    look_up: str
    personal: bool
    fields: tuple[FieldSpec, ...]

    @functools.cached_property
    def checked(self) -> tuple[FieldSpec, ...]:
        """The fields whose values can be wrong: those of the path, and those with a documented limit."""
        return tuple([field for field in self.fields if field.place is Place.PATH or field.rule is not None])

    @functools.cached_property
    def has_body(self) -> bool:
        """Whether some field travels in a JSON body."""
        return any(field.place is Place.BODY for field in self.fields)

    @functools.cached_property
    def upload(self) -> str | None:
        """The name of the field that holds the files of an upload, if there is one."""
        return next((field.name for field in self.fields if field.place is Place.UPLOAD), None)

    @property
    def summary(self) -> str:
        """The first line of the request's docstring."""
        return (inspect.getdoc(self.call) or "").partition("\n")[0]


class Call(Generic[T]):
    """A request whose answer is a `T`. Subclasses are declared with `@endpoint`."""

    __slots__ = ()
    __endpoint__: typing.ClassVar[Endpoint]


class Listing(Call[Page[T]], Generic[T]):
    """A request that is answered by pages of `T`; declares `page` and, where the service has it, `per_page`.

    `most` is how many items the service documents to give in all, where it does.
    """

    __slots__ = ()
    most: typing.ClassVar[int | None] = None
    page: int


_ENDPOINTS: dict[type[Call[Any]], Endpoint] = {}


def declared() -> tuple[Endpoint, ...]:
    """The endpoints declared so far, in the order of their modules' import; `registry.endpoints` gives them all."""
    return tuple(_ENDPOINTS.values())


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def endpoint(
    method: str,
    path: str,
    *,
    repeat: Repeat | None = None,
    settle: Settle | None = None,
    look_up: str = "",
    personal: bool = False,
    binary: bool = False,
) -> Callable[[type[C]], type[C]]:
    """Declare a request class: a field named in the path goes to the path, else to the query (GET, DELETE) or the body.

    `repeat` defaults to SAFE for GET, PUT and DELETE and to NEVER for POST; `settle` implies SETTLE; `look_up` says
    how the caller finds out what became of a call that may not be repeated. `personal` marks
    calls whose errors may repeat something personal; their texts are kept out of exceptions' words.
    """

    def declare(cls: type[C]) -> type[C]:
        made = attrs.frozen(cls)
        policy = Repeat.SETTLE if settle else repeat or (Repeat.NEVER if method == "POST" else Repeat.SAFE)
        answer, listing = _answer_of(made)
        spec = Endpoint(
            call=made,
            method=method,
            path=path,
            operation=_operation(made.__name__),
            answer=answer,
            listing=listing,
            binary=binary,
            repeat=policy,
            settle=settle,
            look_up=look_up,
            personal=personal,
            fields=_fields_of(made, method, path),
        )
        made.__endpoint__ = spec
        _ENDPOINTS[made] = spec
        return made

    return declare


def problems(call: Call[Any]) -> dict[str, list[str]]:
    """The documented limits that a request breaks, by field; empty where it breaks none."""
    found: dict[str, list[str]] = {}
    for spec in call.__endpoint__.checked:
        value = getattr(call, spec.name)
        words = _bad_id(value) if spec.place is Place.PATH else None
        if words is None and spec.rule is not None:
            words = spec.rule.broken(value)
        if words is not None:
            found[spec.name] = [f"{spec.name} {words}"]
    return found


def _bad_id(value: Any) -> str | None:
    """An empty id or a dot segment would reach another path than the one meant."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return "must be an id: an int or a str, as the service gave it"
    if str(value).strip() in ("", ".", ".."):
        return "must be an id, not empty, '.' or '..'"
    return None


def _operation(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _answer_of(cls: type[Any]) -> tuple[Any, bool]:
    for base in typing.cast("tuple[Any, ...]", getattr(cls, "__orig_bases__", ())):
        origin = typing.get_origin(base)
        if origin is Listing:
            return typing.get_args(base)[0], True
        if origin is Call:
            return typing.get_args(base)[0], False
    raise TypeError(f"{cls.__name__} must derive from Call[T] or Listing[T]")


def _fields_of(cls: type[Any], method: str, path: str) -> tuple[FieldSpec, ...]:
    in_path = set(re.findall(r"{(\w+)}", path))
    hints = typing.get_type_hints(cls)
    specs: list[FieldSpec] = []
    for field in attrs.fields(cls):
        hint = hints[field.name]
        if field.name in in_path:
            place = Place.PATH
        elif UploadFile in typing.get_args(hint):
            place = Place.UPLOAD
        else:
            place = Place.QUERY if method in ("GET", "DELETE") else Place.BODY
        specs.append(FieldSpec(field.name, place, hint, field.default, field.metadata.get(RULE)))
    return tuple(specs)


class Sends(Protocol):
    """What a resource needs to carry out its calls."""

    def __call__(self, call: Call[T], /) -> Coroutine[Any, Any, T]: ...


class Resource:
    """A group of calls, such as `session.jobs`."""

    def __init__(self, send: Sends) -> None:
        self.send = send

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Pager(Generic[T_co]):
    """A list of the service: `await` it for the first page, or `async for` over the items of all pages.

    After the last one `incomplete` says why something may be missing (a service that gives the same page again, or
    fewer items than it counts), else it is `None`; the same is logged.
    """

    def __init__(self, send: Sends, call: Listing[T_co]) -> None:
        self.incomplete: str | None = None
        self._send = send
        self._call = call

    def __await__(self) -> Generator[Any, None, Page[T_co]]:
        return self._send(self._call).__await__()

    async def __aiter__(self) -> AsyncIterator[T_co]:
        async for page in self.pages():
            for item in page:
                yield item

    async def pages(self) -> AsyncIterator[Page[T_co]]:
        """Page by page, each one a request."""
        self.incomplete = None
        walk: Walk[T_co] = Walk(self._send, self._call)
        async with contextlib.aclosing(walk.pages()) as pages:
            async for page in pages:
                yield page
        self.incomplete = walk.incomplete


class op(Generic[P, T]):
    """A method of a resource that sends one call; typed after the call's constructor."""

    def __init__(self, call: Callable[P, Call[T]]) -> None:
        self.call = call
        self.name: str = "call"

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type[Any]) -> op[P, T]: ...
    @overload
    def __get__(self, resource: Resource, owner: type[Any]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: Resource | None, owner: type[Any]) -> Any:
        if resource is None:
            return self
        make, send = self.call, resource.send

        async def bound(*args: P.args, **kwargs: P.kwargs) -> T:
            call = make(*args, **kwargs)
            del args, kwargs  # a traceback's locals would show their values; those of the call are not in its repr
            return await send(call)

        return _keep(resource, bound, self.name, make)


class pager(Generic[P, T]):
    """A method of a resource that gives a `Pager`; typed after the listing's constructor."""

    def __init__(self, call: Callable[P, Listing[T]]) -> None:
        self.call = call
        self.name: str = "call"

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type[Any]) -> pager[P, T]: ...
    @overload
    def __get__(self, resource: Resource, owner: type[Any]) -> Callable[P, Pager[T]]: ...
    def __get__(self, resource: Resource | None, owner: type[Any]) -> Any:
        if resource is None:
            return self
        make, send = self.call, resource.send

        def bound(*args: P.args, **kwargs: P.kwargs) -> Pager[T]:
            return Pager(send, make(*args, **kwargs))

        return _keep(resource, bound, self.name, make)


def _keep(resource: Resource, bound: Callable[..., Any], name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    """Give a bound method the call's signature and words, so that `help()` teaches, and make it once an instance."""
    bound.__name__, bound.__qualname__ = name, f"{type(resource).__name__}.{name}"
    bound.__module__, bound.__doc__ = make.__module__, make.__doc__
    bound.__signature__ = _signature(make)  # type: ignore[attr-defined]  # what inspect.signature() reads
    vars(resource)[name] = bound
    return bound


@functools.cache
def _signature(make: Callable[..., Any]) -> inspect.Signature:
    """The parameters of the call's constructor, and what the method gives: not the `None` of a constructor."""
    spec = typing.cast("type[Call[Any]]", make).__endpoint__
    gives = typing.cast("Any", Pager)[spec.answer] if spec.listing else spec.answer
    return inspect.signature(make).replace(return_annotation=gives)


def methods(resource: type[Resource]) -> Mapping[str, Endpoint]:
    """The calls that a resource offers, by method name."""
    found: dict[str, Endpoint] = {}
    for cls in reversed(resource.__mro__):
        for name, member in vars(cls).items():
            if isinstance(member, (op, pager)):
                made = typing.cast("type[Call[Any]]", member.call)
                found[name] = made.__endpoint__
    return found
