"""One count a bucket: sessions that use the same key at the same place share what it may send, whatever runs them.

The counts are the process's: they outlive event loops, for the service remembers a period whoever has asked. What waits
belongs to a loop, so each loop has a limiter of its own before the shared counts.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import threading
import time
import weakref

import attrs

from cvsense_async.errors import ConfigurationError

from .desk import Desk
from .limiter import Limiter, RateLimit
from .quota import clock_of

FEW = 16
"""Buckets that are kept without looking whether they are still needed."""


@attrs.frozen(eq=False)
class _User:
    """Somebody who uses a bucket's limiter in a loop, until it is released, forgotten, or its loop is closed."""

    owner: weakref.ref[object]
    loop: asyncio.AbstractEventLoop
    limiter: Limiter

    @property
    def there(self) -> bool:
        return self.owner() is not None and not self.loop.is_closed()


@attrs.define(eq=False)
class _Bucket:
    desk: Desk
    users: list[_User] = attrs.field(factory=list[_User])

    def in_use(self) -> bool:
        """Whether anybody uses it; those who are gone are forgotten."""
        self.users = [user for user in self.users if user.there]
        return bool(self.users)


_Buckets = dict[str, _Bucket]


class _Shared:
    """The buckets of this process, and those of loops that go by a time of their own."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.here: _Buckets = {}
        self.elsewhere: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Buckets] = weakref.WeakKeyDictionary()
        self.few = FEW

    def buckets(self, loop: asyncio.AbstractEventLoop) -> _Buckets:
        return self.here if clock_of(loop) is time.monotonic else self.elsewhere.setdefault(loop, {})

    def tidy(self) -> None:
        """Forget what nobody uses and the service has forgotten, each time that the buckets have doubled."""
        if len(self.here) > self.few:
            for name, bucket in list(self.here.items()):
                if not bucket.in_use() and not bucket.desk.remembers():
                    del self.here[name]
            self.few = max(FEW, 2 * len(self.here))


_shared = _Shared()


def _anew() -> None:
    """A forked process is another process: it begins as one that knows nothing of what others have used."""
    global _shared
    _shared = _Shared()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_anew)


@attrs.frozen(eq=False)
class Use:
    """Somebody's use of a bucket, for as long as its owner lives and its loop is open. Give it back with `release`."""

    limiter: Limiter
    _user: _User
    _bucket: _Bucket

    async def release(self) -> None:
        """With its last user in this loop the limiter is closed. The counts stay."""
        if self.give_up():
            await self.limiter.aclose()

    def give_up(self) -> bool:
        """Use it no more; whether nobody uses the limiter now."""
        with _shared.lock:
            users = self._bucket.users = [user for user in self._bucket.users if user is not self._user and user.there]
        return all(user.limiter is not self.limiter for user in users)


def share(bucket: str, rate: RateLimit | None, owner: object) -> Use:
    """Use the running loop's limiter for this bucket; it is made where there is none.

    Raises `ConfigurationError` where another session uses the bucket with another rate.
    """
    loop = asyncio.get_running_loop()
    with _shared.lock:
        buckets = _shared.buckets(loop)
        name = _name(bucket)
        known = buckets.get(name)
        if known is not None and known.desk.rate != (rate or RateLimit()):
            if rate is not None and known.in_use():
                gc.collect()  # a session that was dropped unclosed may be in the way
            if not known.in_use():
                known = None
            elif rate is not None:
                raise ConfigurationError(
                    "another open session uses this key with another rate_limit: give both the same, or close that one"
                )
        if known is None:
            _shared.tidy()
            known = buckets[name] = _Bucket(Desk(rate or RateLimit(), clock_of(loop)))
        here = [user.limiter for user in known.users if user.loop is loop and not user.limiter.closed]
        user = _User(weakref.ref(owner), loop, here[0] if here else Limiter(quota=known.desk))
        known.users.append(user)
        return Use(user.limiter, user, known)


def forget_counts(bucket: str) -> None:
    """What was sent is counted no more, where nobody uses the bucket: its service began anew (a test's, that is)."""
    with _shared.lock:
        known = _shared.here.get(_name(bucket))
        if known is not None and not known.in_use():
            del _shared.here[_name(bucket)]


def bucket_of(base_url: object, key: str) -> str:
    """The bucket of a key at a place; the key cannot be told from it, for it stands in frames that errors hold."""
    return f"{base_url} {hashlib.sha256(key.encode()).hexdigest()}"


def _name(bucket: str) -> str:
    return hashlib.sha256(bucket.encode()).hexdigest()  # the bucket may hold a key
