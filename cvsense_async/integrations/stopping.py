"""Notices that the server was asked to stop while its open answers can still end well.

Servers run the lifespan's end only when every connection has closed, and a stream of batches closes none: with their
default settings they wait for it until they are killed, and credits stay reserved. So the signal itself is noticed: a
handler of ours stands before the server's own, which is called as before, and is taken away with the last who needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import types
from collections.abc import Callable, Generator
from typing import Any, Final

import attrs

_NAMES = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGBREAK")
"""By which a server is stopped: by its supervisor, at a terminal, quickly by gunicorn, and on Windows."""

SIGNALS: Final = tuple([getattr(signal, name) for name in _NAMES if hasattr(signal, name)])

Handler = Callable[[int, types.FrameType | None], Any]


@attrs.define(eq=False)
class _Waiting:
    loop: asyncio.AbstractEventLoop
    tell: Callable[[], object]


@attrs.define(eq=False)
class _State:
    """What this process knows; there is one, because signals are the process's."""

    users: int = 0
    asked: bool = False
    waiting: set[_Waiting] = attrs.field(factory=set[_Waiting])
    ours: dict[int, tuple[Handler, Handler]] = attrs.field(factory=dict[int, tuple[Handler, Handler]])


_state = _State()


def asked() -> bool:
    """Whether the server was asked to stop."""
    return _state.asked


def end_streams() -> None:
    """End every open stream and `cancel_on_disconnect` block of this process now, as the signal to stop does.

    For servers that are stopped without a signal, such as one that a program of yours runs. Runs with a journal
    detach, those without are cancelled and refunded; their visitors are told that the service is closing, and so is
    whoever asks for a stream afterwards. Call it from any thread; it does not wait.
    """
    _state.asked = _state.users > 0  # where nobody serves, nobody could take it back
    for each in list(_state.waiting):
        with contextlib.suppress(RuntimeError):  # its loop has closed
            each.loop.call_soon_threadsafe(each.tell)


@contextlib.contextmanager
def watching() -> Generator[None, None, None]:
    """Notice the signals for as long as the block lasts."""
    _state.users += 1
    _put_before()
    try:
        yield
    finally:
        _state.users -= 1
        if _state.users == 0:
            _take_away()
            _state.asked = False


@contextlib.contextmanager
def told(tell: Callable[[], object]) -> Generator[None, None, None]:
    """Have a function called in this event loop when the server is asked to stop; at once where it has been."""
    waiting = _Waiting(asyncio.get_running_loop(), tell)
    with watching():
        _state.waiting.add(waiting)
        if _state.asked:
            waiting.loop.call_soon(tell)
        try:
            yield
        finally:
            _state.waiting.discard(waiting)


def _put_before() -> None:
    """Stand before the handlers that are there now; where there is none, the signal means what it meant."""
    for number in SIGNALS:
        there: Any = signal.getsignal(number)
        known = _state.ours.get(number)
        if not callable(there) or (known is not None and there is known[0]):
            continue
        handler = _before(there)
        try:
            signal.signal(number, handler)
        except ValueError:  # not the main thread: signals are not this loop's
            return
        _interrupt_nothing(number)
        _state.ours[number] = (handler, there)


def _before(there: Handler) -> Handler:
    def stop(number: int, frame: types.FrameType | None) -> Any:
        end_streams()
        return there(number, frame)

    return stop


def _take_away() -> None:
    for number, (handler, there) in list(_state.ours.items()):
        if signal.getsignal(number) is handler:  # else the server has put another one there meanwhile
            try:
                signal.signal(number, there)
            except ValueError:
                return
            _interrupt_nothing(number)
        del _state.ours[number]


def _interrupt_nothing(number: int) -> None:
    """As event loops set it for their own handlers; `signal.signal` had undone it."""
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(number, False)
