"""What may watch the calls go by, such as traces and metrics: the protocols, and nothing that speaks to anything.

They are declared here so that the sender need not know who watches. An observer is told of a call's kind and of its
time, never of a value that the call carries, and it must not raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from cvsense_async.api.endpoint import Endpoint

from .limiter import Lane, Limiter


class ObservedRequest(Protocol):
    """One request on its way; `headers` are sent along with it."""

    headers: Mapping[str, str]

    def ended(self, status: int | None, error: type[BaseException] | None) -> None:
        """A whole answer came with this HTTP status, or none did, because of this error."""
        ...


class ObservedCall(Protocol):
    """One call from its beginning to its end, with all requests that it takes."""

    def request(self, number: int, waited: float) -> ObservedRequest:
        """The call's `number`-th request (from 1) is sent now; it has `waited` so many seconds at the limiter."""
        ...

    def ended(self, error: BaseException | None) -> None:
        """The call has been carried out, or ends with this error."""
        ...


class Observer(Protocol):
    """Watches the calls of one session."""

    def call(self, endpoint: Endpoint, lane: Lane) -> ObservedCall | None:
        """A call begins. It ends in the task in which it begins. `None`: there is nobody to be told of it."""
        ...


Observes = Callable[[str, Limiter], Observer]
"""Makes the observer of a session that opens, in its event loop; it is told the base URL and the limiter."""
