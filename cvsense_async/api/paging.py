"""Pages of a list: where the service put them and their facts, whether another follows, and the way through all.

The contract names several paginators, and a list that ends early without a word is worse than an error. So what follows
is taken from whatever the service tells, a list that cannot be found is `Undecodable`, and a way that ends although
more may be there says so.
"""

from __future__ import annotations

import typing
import urllib.parse
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import attrs

from cvsense_async import errors, log

from .jsonable import Model
from .values import Undecodable, entries_of, is_array, is_object, whole_or_none

T = TypeVar("T")
C = TypeVar("C", bound="Paged")

LONGEST_CURSOR = 4096
"""Characters of a cursor that is sent back."""

_NUMBERS = ("current_page", "per_page", "total", "last_page")
_LISTS = ("data", "items", "results")
_FACTS = frozenset({*_NUMBERS, "meta", "pagination", "links", "success", "message", "errors", "status"})


class Cursor(int):
    """Stands in the place of the next page's number, and holds the words by which the service finds that page."""

    text: str

    def __new__(cls, number: int, text: str) -> Cursor:
        """The page's number as it is counted here, and the service's words, which are shown nowhere."""
        made = super().__new__(cls, number)
        made.text = text
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cursor) and (int(self), self.text) == (int(other), other.text)

    def __hash__(self) -> int:
        return hash((int(self), self.text))

    def __repr__(self) -> str:
        return f"<Cursor of page {int(self)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Cursor, (int(self), self.text)


@attrs.frozen
class Page(Model, Generic[T]):
    """One page of a list. `last_page`, `total`, `following` and `more` are `None` where the service did not say.

    `following` is what `page=` takes for the page after this one, as the service's own link to it says; `more` is
    whether it told of such a page in any way but by numbers.
    """

    items: tuple[T, ...] = attrs.field(repr=False)
    current_page: int = 1
    per_page: int | None = None
    total: int | None = None
    last_page: int | None = None
    following: int | None = None
    more: bool | None = None

    def __iter__(self) -> typing.Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def has_next(self) -> bool:
        """Whether the service says that another page follows."""
        if self.more:
            return True
        if self.last_page is not None:
            return self.current_page < self.last_page
        if self.total is not None and self.more is None:
            before = (self.current_page - 1) * (self.per_page or len(self.items))
            return bool(self.items) and before + len(self.items) < self.total
        return False

    @property
    def tells(self) -> bool:
        """Whether the service said anything about whether another page follows."""
        return self.more is not None or self.last_page is not None or self.total is not None


# --- reading ----------------------------------------------------------------------------------------------------------


def read_page(document: Any, read: Callable[[Any, Any], T], item: Any, *, asked: int = 1) -> Page[T]:
    """A page out of its envelope, wherever its list and facts stand; `read` makes an `item` of an entry.

    Raises `Undecodable` where there is no list, and what `read` raises.
    """
    entries, places = _found(document)
    items = tuple([read(entry, item) for entry in entries])
    numbers = {name: whole_or_none(place[name]) for place in places for name in _NUMBERS if place.get(name) is not None}
    current = asked if isinstance(asked, Cursor) else numbers.get("current_page") or asked
    more, following = _following(places, int(current))
    return Page(
        items,
        current_page=current,
        per_page=numbers.get("per_page"),
        total=numbers.get("total"),
        last_page=numbers.get("last_page"),
        following=following,
        more=more,
    )


def _found(document: Any, depth: int = 0) -> tuple[list[Any], list[dict[str, Any]]]:
    """The list in a document, and the objects around it that may hold its facts, the outer ones first."""
    if document is None:
        return [], []
    if is_array(document):
        return document, []
    if not is_object(document) or depth > 3:
        raise Undecodable("the answer holds no list")
    around = document
    inner = _inner(around)
    if inner is around:
        entries = entries_of(around)
        return (entries, []) if entries is not None else _keyed(around)
    entries, places = _found(inner, depth + 1)
    beside = (around.get(name) for name in ("meta", "pagination", "links"))
    return entries, [around, *(each for each in beside if is_object(each)), *places]


def _inner(around: dict[str, Any]) -> Any:
    """What in an object holds the list: what is called so, else the only thing that can; the object itself if none."""
    for name in _LISTS:
        if name in around:
            return around[name]
    able = [value for name, value in around.items() if name not in _FACTS and _may_hold(value)]
    return able[0] if len(able) == 1 and entries_of(around) is None else around


def _may_hold(value: Any) -> bool:
    if is_object(value):
        return bool(value) and (entries_of(value) is not None or any(name in value for name in _LISTS))
    return is_array(value)


def _keyed(around: dict[str, Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    """The entries of a list that is keyed by something, such as an id: objects and nothing else."""
    values = [value for name, value in around.items() if name not in _FACTS]
    if not values or not all(is_object(value) for value in values):
        raise Undecodable("the answer holds no list")
    return values, [around]


def _following(places: list[dict[str, Any]], current: int) -> tuple[bool | None, int | None]:
    """Whether a page follows, by the service's links, and what `page=` takes for it."""
    more: bool | None = None
    for place in places:
        for name in ("next_page_url", "next", "next_cursor", "next_page", "has_more", "has_more_pages"):
            if name not in place:
                continue
            told = place[name]
            more = bool(told) or bool(more)
            if is_object(told):
                told = told.get("href")
            if type(told) is int and name in ("next_cursor", "next_page"):
                told = str(told) if name == "next_cursor" else f"?page={told}"
            if isinstance(told, str) and told:
                following = _cursor(told, current) if name == "next_cursor" else _linked(told, current)
                if following is not None:
                    return True, following
    return more, None


def _linked(link: str, current: int) -> int | None:
    """The page that a link leads to. Only its query counts: scheme, host and path are what a proxy's inside sees."""
    try:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
    except ValueError:
        return None
    if query.get("cursor"):
        return _cursor(query["cursor"], current)
    number = query.get("page", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _cursor(text: str, current: int) -> Cursor | None:
    return Cursor(current + 1, text) if len(text) <= LONGEST_CURSOR else None


# --- walking ----------------------------------------------------------------------------------------------------------


class Paged(Protocol):
    """A call that asks for a page of a list."""

    __endpoint__: typing.ClassVar[Any]
    most: typing.ClassVar[int | None]

    @property
    def page(self) -> int: ...


def next_page(call: C, page: Page[Any] | None = None) -> C:
    """The same listing, a page on: where the page that came last says, else by its number."""
    anything: Any = call
    following = None if page is None else page.following
    return typing.cast("C", attrs.evolve(anything, page=int(call.page) + 1 if following is None else following))


class Walk(Generic[T]):
    """The way through all pages of a list: `async for page in walk.pages()`, each one a request.

    `send` carries out a call and `call` asks for the first page; nobody need be asked for more than `enough` items,
    unless the service itself tells of more; where it tells nothing it is asked until there are `expected`. Afterwards
    `incomplete` says why something may be missing, else it is `None`. Each page brings something new, so that it ends.
    """

    def __init__(
        self,
        send: Callable[[Any], Awaitable[Page[T]]],
        call: Paged,
        *,
        enough: int | None = None,
        expected: int | None = None,
    ) -> None:
        self.incomplete: str | None = None
        self._send = send
        self._call = call
        self._expected = expected
        self._enough = min([most for most in (enough, call.most) if most is not None], default=None)
        self._items = 0
        self._seen: set[int] = set()

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Page by page. Raises what `send` raises, and `InvalidResponse` for another page than the one asked for."""
        call = self._call
        page = await self._next(call, told=True)
        while page is not None:
            self._seen.add(_print(page))
            self._items += len(page)
            yield page
            if not page.items or not (page.has_next or self._may_go_on(call, page)):
                break
            call = next_page(call, page)
            before, page = page, await self._next(call, told=page.has_next)
            if page is not None and page.items and _print(page) in self._seen:
                if before.has_next or self._exactly_full(before):
                    self._tell("the service gives the same items again and again")
                page = before
                break
            if page is None or not (page.items or page.has_next):
                page = before
                break
        if page is None or self._has_enough:
            return
        if page.total is not None and self._items < page.total:
            self._tell(f"the service gave {self._items} of {page.total} items")
        elif page.has_next and not page.items:
            self._tell("the service tells of more, and gave an empty page")

    async def _next(self, call: Paged, *, told: bool) -> Page[T] | None:
        """A page; `None` where one that the service did not tell of is not there."""
        try:
            page = await self._send(call)
        except (errors.BadRequest, errors.NotFound, errors.ValidationFailed):
            if told:
                raise
            return None
        if page.current_page == call.page:
            return page
        if told:
            raise _wrong_page(call, page.current_page)
        return None

    def _may_go_on(self, call: Paged, page: Page[T]) -> bool:
        """Whether a page that tells of no other is worth the question for one: fewer than all, or full and silent."""
        if page.total is not None and not self._has_enough:
            return self._items < page.total
        if page.tells or self._has_enough:
            return False
        if self._expected is not None and self._items < self._expected:
            return True
        asked = page.per_page or getattr(call, "per_page", None)
        round_number = len(page) >= 10 and len(page) % 5 == 0
        return round_number or (asked is not None and len(page) >= asked)

    @property
    def _has_enough(self) -> bool:
        return self._enough is not None and self._items >= self._enough

    def _exactly_full(self, page: Page[T]) -> bool:
        asked = page.per_page or getattr(self._call, "per_page", None)
        return asked is None or len(page) == asked

    def _tell(self, why: str) -> None:
        self.incomplete = self.incomplete or why
        log.list_incomplete(operation=self._call.__endpoint__.operation, items=self._items, why=why)


def _print(page: Page[Any]) -> int:
    """What tells a page from others, in a few bytes."""
    return hash(frozenset([str(getattr(item, "id", None) or repr(item)) for item in page.items]))


def _wrong_page(call: Paged, got: int) -> Exception:
    spec = call.__endpoint__
    words = f"asked for page {call.page} of a list, was given page {got}"
    return errors.InvalidResponse(words, operation=spec.operation, method=spec.method, path=spec.path)
