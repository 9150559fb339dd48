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
    given = signature.strip()
    if given[: len(PREFIX)].lower() == PREFIX:
        given = given[len(PREFIX) :]
    made = sign(body, secret).removeprefix(PREFIX)
    return hmac.compare_digest(made.encode(), given.lower().encode("utf-8", "replace"))
