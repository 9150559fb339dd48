"""What a handler is given, how it refuses, and how it is tied to its row of the contract's table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from aiohttp import web

from cvsense_async.api.endpoint import Call

from .clock import Clock
from .options import Options
from .store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from .deliveries import Deliveries
    from .faults import Faults
    from .screener import Screener
    from .throttle import Throttles

C = TypeVar("C", bound=Call[Any])
A = TypeVar("A")

REASONS = {
    400: "The request could not be understood.",
    401: "Unauthenticated.",
    402: "Not enough credits.",
    403: "This action is not allowed.",
    404: "Not found.",
    405: "The method is not allowed here.",
    408: "The request took too long.",
    409: "The current state does not allow this.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "The given data was invalid.",
    429: "Too Many Attempts.",
    500: "Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Refusal(Exception):
    """An answer that is not a success, in the contract's form [contract: Basics]."""

    def __init__(
        self, status: int, message: str | None = None, *, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message: str = message or REASONS.get(status, "The request was refused.")
        self.errors = errors
        self.headers: dict[str, str] = {}


def invalid(field: str, words: str) -> Refusal:
    """A 422 for one field."""
    return Refusal(422, errors={field: [words]})


@attrs.frozen
class Services:
    """The parts of a running sandbox."""

    options: Options
    clock: Clock
    store: Store
    throttles: Throttles
    faults: Faults
    screener: Screener
    deliveries: Deliveries
    spool: Path


@attrs.frozen
class Context:
    """One request's surroundings."""

    services: Services
    request: web.Request

    @property
    def store(self) -> Store:
        """The database."""
        return self.services.store

    def now(self) -> float:
        """The time on the sandbox's clock, in Unix seconds."""
        return self.services.clock.now()


Handler = Callable[[Any, Context], Awaitable[Any]]
HANDLERS: dict[type[Call[Any]], Handler] = {}


def handles(
    call: type[C],
) -> Callable[[Callable[[C, Context], Awaitable[A]]], Callable[[C, Context], Awaitable[A]]]:
    """Declare a handler: it gets the request decoded and checked, and returns the answer's model."""

    def declare(handler: Callable[[C, Context], Awaitable[A]]) -> Callable[[C, Context], Awaitable[A]]:
        if call in HANDLERS:
            raise TypeError(f"{call.__name__} has two handlers")
        HANDLERS[call] = handler
        return handler

    return declare
