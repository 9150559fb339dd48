"""One limiter a bucket: sessions of one event loop that use the same key at the same place share what it may send."""

from __future__ import annotations

import asyncio
import hashlib
import weakref

from cvsense_async.errors import ConfigurationError

from .limiter import Limiter, RateLimit

_Shared = dict[str, tuple[Limiter, RateLimit, int]]
_LIMITERS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared] = weakref.WeakKeyDictionary()


def shared_limiter(bucket: str, rate: RateLimit | None) -> Limiter:
    """The running loop's limiter for this bucket; made where there is none. Give it back with `release_limiter`.

    Raises `ConfigurationError` where another session uses the bucket with another rate.
    """
    shared = _LIMITERS.setdefault(asyncio.get_running_loop(), {})
    name = hashlib.sha256(bucket.encode()).hexdigest()  # the bucket may hold a key
    if name not in shared:
        shared[name] = (Limiter(rate or RateLimit()), rate or RateLimit(), 0)
    limiter, agreed, users = shared[name]
    if rate is not None and rate != agreed:
        raise ConfigurationError("another open session uses this key with another rate_limit: give both the same")
    shared[name] = (limiter, agreed, users + 1)
    return limiter


async def release_limiter(limiter: Limiter) -> None:
    """Give a limiter back; with its last user it is closed."""
    shared = _LIMITERS.get(asyncio.get_running_loop(), {})
    for name, (known, agreed, users) in list(shared.items()):
        if known is limiter:
            if users > 1:
                shared[name] = (known, agreed, users - 1)
                return
            del shared[name]
    await limiter.aclose()
