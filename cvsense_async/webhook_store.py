"""Where a receiver keeps which events it has taken and which it has handled, so that none is lost and none comes twice.

An event is written down before the service is told that it was received, and marked only when it has been handled: a
receiver that dies in between finds it again when it starts (at least once).
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .errors import ConfigurationError


class EventStore(Protocol):
    """What a receiver asks of a store; each method is one short step."""

    async def accept(self, event_id: str, body: bytes) -> bool:
        """Keep an event that is about to be handled; `False` if it is known already, unless it was given up."""
        ...

    async def handled(self, event_id: str) -> None:
        """Mark an event as handled, and forget its body."""
        ...

    async def given_up(self, event_id: str) -> None:
        """Keep an event whose handlers failed to the last: `unfinished` gives it again, and so does its replay."""
        ...

    async def unfinished(self) -> Sequence[tuple[str, bytes]]:
        """The ids and bodies that were taken, not handled, and are no other receiver's, oldest first."""
        ...

    async def close(self) -> None:
        """Let go of what the store holds open."""
        ...


@runtime_checkable
class SharedEventStore(EventStore, Protocol):
    """A store that several receivers share: what each has taken is its own while it goes on renewing."""

    lease: float
    """Seconds after which what was not renewed may be taken by another receiver."""

    async def renew(self) -> Sequence[tuple[str, bytes]]:
        """Keep what this receiver has; gives the ids and bodies that it has now because others were not heard of."""
        ...


class MemoryStore:
    """Remembers the last `bound` handled events while the process lives; what was not handled dies with it."""

    def __init__(self, bound: int = 10_000) -> None:
        if bound < 1:
            raise ConfigurationError("bound must be at least 1")
        self._bound = bound
        self._handled: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._waiting: dict[str, bytes] = {}
        self._failed: collections.OrderedDict[str, bytes] = collections.OrderedDict()

    def __repr__(self) -> str:
        return f"<MemoryStore {len(self._waiting)} waiting>"

    async def accept(self, event_id: str, body: bytes) -> bool:
        if event_id in self._handled or event_id in self._waiting:
            return False
        self._failed.pop(event_id, None)
        self._waiting[event_id] = body
        return True

    async def handled(self, event_id: str) -> None:
        self._waiting.pop(event_id, None)
        self._handled[event_id] = None
        while len(self._handled) > self._bound:
            self._handled.popitem(last=False)

    async def given_up(self, event_id: str) -> None:
        body = self._waiting.pop(event_id, None)
        if body is not None:
            self._failed[event_id] = body
        while len(self._failed) > self._bound:
            self._failed.popitem(last=False)

    async def unfinished(self) -> Sequence[tuple[str, bytes]]:
        for event_id in list(self._failed):
            self._waiting[event_id] = self._failed.pop(event_id)
        return list(self._waiting.items())

    async def close(self) -> None:
        """Nothing is open."""
