"""Signs a webhook delivery's body: HMAC-SHA256 with the receiver's secret [contract: Delivery].

Only the body is signed, so only what stands in it can be trusted; the headers beside it cannot.
"""

from __future__ import annotations

import hashlib
import hmac

PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """The value of the signature header for these very bytes: `sha256=` and 64 hexadecimal digits."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, secret: str, signature: str) -> bool:
    """Whether a header's value signs these bytes, compared in constant time; a bare hexadecimal value will do too."""
    return is_same(sign(body, secret), signature)


def is_same(made: str, given: str) -> bool:
    """Whether a header's value is the signature that was made, compared in constant time."""
    given = given.strip()
    if given[: len(PREFIX)].lower() == PREFIX:
        given = given[len(PREFIX) :]
    return hmac.compare_digest(made.removeprefix(PREFIX).encode(), given.lower().encode("utf-8", "replace"))
