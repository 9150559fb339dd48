"""A sandbox's switches as Python: `sandbox.faults`, `sandbox.clock`, `sandbox.deliveries`.

Each method is one request to `/_sandbox/`, so that what Python can do, a test in another language can do too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import attrs

from cvsense_async.errors import ConfigurationError

from .faults import Fault


class Ask(Protocol):
    """Sends a request to one of the sandbox's own paths."""

    async def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any: ...


class FaultSwitch:
    """`sandbox.faults`: what goes wrong, and for which calls."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def add(
        self,
        operation: str = "*",
        *,
        status: int | None = None,
        drop: bool = False,
        cut: int | None = None,
        latency: float = 0.0,
        when: Literal["before", "after"] = "before",
        probability: float = 1.0,
        nth: int | None = None,
        times: int | None = None,
        retry_after: float | None = None,
        message: str | None = None,
    ) -> int:
        """Arm a fault for calls of `operation` (`upload_cvs`, `get_batch_status` …; `*`: all) and give its id.

        `status` answers with it, `drop` ends the connection, `cut` sends only so many bytes of the answer, `latency`
        waits so many (real) seconds first. `when` is before the call's work or after it. It hits with `probability`,
        at most `times` times, and with `nth` only the nth of the calls that it is for. `operation="screening"` with a
        status makes batches fail. Raises `ConfigurationError` for a fault that cannot be.
        """
        try:
            fault = Fault(
                operation=operation,
                status=status,
                drop=drop,
                cut=cut,
                latency=latency,
                when=when,
                probability=probability,
                nth=nth,
                times=times,
                retry_after=retry_after,
                message=message,
            )
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        return int((await self._ask("POST", "/faults", attrs.asdict(fault)))["id"])

    async def list(self) -> list[dict[str, Any]]:
        """What is armed, with how often each was `seen` and `struck`."""
        return [dict(one) for one in await self._ask("GET", "/faults")]

    async def remove(self, fault_id: int) -> None:
        """Disarm one."""
        await self._ask("DELETE", f"/faults/{fault_id}")

    async def clear(self) -> None:
        """Disarm all."""
        await self._ask("DELETE", "/faults")


class ClockSwitch:
    """`sandbox.clock`: the time that windows, back-offs and time stamps go by."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def now(self) -> float:
        """Unix seconds."""
        return float((await self._ask("GET", "/clock"))["now"])

    async def advance(self, seconds: float) -> float:
        """Move it forward; gives the new time. Raises `ConfigurationError` for a negative step."""
        return float((await self._ask("POST", "/clock", {"advance": seconds}))["now"])


class DeliveryLog:
    """`sandbox.deliveries`: what was sent to webhooks, and how that went."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def list(self) -> list[dict[str, Any]]:
        """Every delivery with its body and its attempts, oldest first."""
        return [dict(one) for one in await self._ask("GET", "/deliveries")]

    async def replay(self, delivery_id: str) -> None:
        """Send one again, with the same id and body."""
        await self._ask("POST", f"/deliveries/{delivery_id}/replay")
