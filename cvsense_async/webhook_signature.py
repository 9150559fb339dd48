"""Checks that a delivery is the service's, unchanged and fresh: the raw bytes, in constant time, with several secrets.

Two forms are taken: the service's own, which signs the body alone, and that of Standard Webhooks, which signs its id
and time beside it. Whatever is sent, the only outcomes are an event and `InvalidSignature`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .api.signature import is_same, sign
from .errors import ConfigurationError, InvalidSignature
from .webhook_events import Event, read_event

SIGNATURE_HEADER = "X-CVSense-Signature"

BODY_TOLERANCE = 900.0
"""Seconds between a body's `created_at` and now: the last attempt comes 10 + 60 + 300 s after the first and each may
wait 10 s for its answer [contract: Delivery]; the rest is for clocks that differ."""

TIMESTAMP_TOLERANCE = 300.0
"""The same for a signed `webhook-timestamp`, which is made anew for each attempt."""

MAX_BODY = 1024 * 1024
MAX_SIGNATURES = 16

Headers = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""Headers by name in any case, or pairs of names and values as ASGI gives them."""

Secrets = str | Sequence[str]


def verify(
    body: bytes,
    headers: Headers,
    secrets: Secrets,
    *,
    header: str = SIGNATURE_HEADER,
    tolerance: float | None = BODY_TOLERANCE,
    now: float | None = None,
) -> Event:
    """The event of a delivery, once its signature and its age have been checked.

    `body` is the raw bytes of the request, as they came. `secrets` is the receiver's secret, or several while one is
    being replaced; blanks and line breaks around one (it was read from a file) do not count. `header` names the
    signature's header; its value is `sha256=<hex>` or the bare hex, and where it came several times, or several
    signatures are joined by commas, one that fits is enough. Where the headers of Standard Webhooks are there
    (`webhook-id`, `webhook-timestamp`, `webhook-signature`), that form is taken, too; its secret is `whsec_<base64>`,
    and may lack the prefix or the padding. `tolerance` is the age in seconds that the body's `created_at` may have (a
    signed timestamp: 300 s at most); `None` switches both checks off, for deliveries that were kept. `now` is Unix
    seconds.

    Raises `InvalidSignature`, which is all that a sender can bring about and says when the header has another
    service's form, and `ConfigurationError` for a body that is not bytes and for secrets that cannot work.
    """
    given: Any = body
    if not isinstance(given, (bytes, bytearray, memoryview)):
        raise ConfigurationError("body must be the raw bytes of the request: text or parsed JSON cannot be verified")
    known = checked_secrets(secrets)
    raw = bytes(body)
    if len(raw) > MAX_BODY:
        raise InvalidSignature(f"the body is larger than {MAX_BODY} bytes")
    moment = time.time() if now is None else now
    found = _values(headers, {header.lower(), "webhook-id", "webhook-timestamp", "webhook-signature"})
    signatures = _single(found.get(header.lower(), []))
    delivery_id: str | None = None
    made = [sign(raw, secret) for secret in known] if signatures else []  # once, however many values were sent
    if not any(is_same(one, value) for one in made for value in signatures):
        if "webhook-signature" not in found:
            raise InvalidSignature(f"{_wrong(signatures)} (header {header})")
        delivery_id = _standard(raw, found, known, moment, tolerance)
    try:
        event = read_event(raw, delivery_id=delivery_id)
    except ValueError as error:
        raise InvalidSignature(f"the body is signed, but it is no event: {error}") from None
    if tolerance is not None and delivery_id is None:
        if event.created_at is None:
            raise InvalidSignature("the body does not say when it was created, so its age cannot be judged")
        if not abs(moment - event.created_at.timestamp()) <= tolerance:
            raise InvalidSignature(f"the delivery was created more than {tolerance:g} s from now")
    return event


def checked_secrets(given: Secrets) -> tuple[str, ...]:
    """The secrets as a tuple, without the blanks around them.

    Raises `ConfigurationError` where there is none, one that protects nothing, or one that no delivery can fit.
    """
    anything: Any = given
    if isinstance(anything, (bytes, bytearray, memoryview)):
        raise ConfigurationError("a webhook secret must be text, as the service showed it, not bytes")
    secrets: tuple[Any, ...] = (given,) if isinstance(given, str) else tuple(given or ())
    if not secrets:  # a variable of the environment that is not set gives None
        raise ConfigurationError("there is no webhook secret: take it from the answer to session.webhooks.register")
    return tuple([_checked(secret) for secret in secrets])


def _checked(given: Any) -> str:
    secret = given.strip() if isinstance(given, str) else ""
    if not secret or secret == _PREFIX:
        raise ConfigurationError("a webhook secret must be text, and not empty")
    try:
        secret.encode()
    except UnicodeEncodeError:
        raise ConfigurationError("a webhook secret holds characters that cannot be encoded") from None
    wrong = (
        (not secret.isprintable(), "holds a line break or a control character: give several secrets as a list"),
        (secret.startswith("cvs_"), "looks like an API key: the secret is in the answer to session.webhooks.register"),
        (
            "***" in secret or "…" in secret or "•" in secret,
            "is masked: the service shows it whole only in the answer to session.webhooks.register",
        ),
        (
            secret.lower().startswith("sha256="),
            "looks like a signature: the secret is in the answer to session.webhooks.register",
        ),
        (
            secret.startswith(_PREFIX) and _BASE64.fullmatch(secret.removeprefix(_PREFIX)) is None,
            f"begins with {_PREFIX}, and what follows is no base64: copy it anew",
        ),
    )
    for is_wrong, words in wrong:
        if is_wrong:
            raise ConfigurationError(f"a webhook secret {words}")
    return secret


def standard_signature(body: bytes, secret: str, *, delivery_id: str, timestamp: int) -> str:
    """The `webhook-signature` of Standard Webhooks for these bytes: `v1,<base64>`. `secret` is `whsec_<base64>`.

    Raises `ConfigurationError` for a secret in another form.
    """
    secret = secret.strip()
    key = _standard_key(secret) if secret.startswith(_PREFIX) else None
    if key is None:
        raise ConfigurationError("a Standard Webhooks secret is whsec_ and base64")
    return f"v1,{_standard_mac(key, body, delivery_id.encode(), str(timestamp).encode()).decode()}"


_PREFIX = "whsec_"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def _standard_key(secret: str) -> bytes | None:
    """The key that a secret stands for, with or without its prefix and its padding; `None` where it is no base64."""
    text = secret.removeprefix(_PREFIX)
    if _BASE64.fullmatch(text) is None:
        return None
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _standard_mac(key: bytes, body: bytes, delivery_id: bytes, timestamp: bytes) -> bytes:
    return base64.b64encode(hmac.new(key, b".".join((delivery_id, timestamp, body)), hashlib.sha256).digest())


def _standard(
    body: bytes, found: Mapping[str, list[str]], secrets: Sequence[str], now: float, tolerance: float | None
) -> str:
    """Check the form of Standard Webhooks; gives the delivery's id, which is signed there."""
    ids, times = found.get("webhook-id", []), found.get("webhook-timestamp", [])
    if len(ids) != 1 or len(times) != 1 or not ids[0] or not (times[0].isascii() and times[0].isdigit()):
        raise InvalidSignature("webhook-signature needs one webhook-id and one webhook-timestamp beside it")
    delivery_id, timestamp = _bytes(ids[0]), times[0].encode()
    given = [word for value in found["webhook-signature"] for word in _V1.findall(value)]
    keys = [key for key in map(_standard_key, secrets) if key is not None]
    if not keys:
        raise InvalidSignature(
            "it is signed as Standard Webhooks does, whose secret is whsec_ and base64: none of the secrets is"
            " (header webhook-signature)"
        )
    if not given:
        raise InvalidSignature("the signature has no part of the form v1,<base64> (header webhook-signature)")
    made = [_standard_mac(key, body, delivery_id, timestamp) for key in keys]
    if not any(hmac.compare_digest(mac, _bytes(word)) for mac in made for word in given[:MAX_SIGNATURES]):
        raise InvalidSignature("the signature is of another body or another secret (header webhook-signature)")
    if tolerance is not None:
        allowed = min(tolerance, TIMESTAMP_TOLERANCE)
        if len(times[0]) > 15 or not abs(now - int(times[0])) <= allowed:
            raise InvalidSignature(f"the delivery was sent more than {allowed:g} s from now")
    return ids[0]


_V1 = re.compile(r"(?:^|[\s,])v1,([^\s,]+)")


def _single(values: Sequence[str]) -> list[str]:
    """The signatures one by one: proxies join the lines of a header with commas."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()][:MAX_SIGNATURES]


_HEX = re.compile(r"(?:sha256=)?[0-9a-f]{64}", re.IGNORECASE)

_OTHER_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"t=\d+|v\d+=.*"), "has Stripe's form, t=…,v1=…"),
    (re.compile(r"v\d+a?"), "has the form of Standard Webhooks, v1,<base64>, without the headers that belong to it"),
    (re.compile(r"(?:sha1|sha384|sha512|md5)=.*", re.IGNORECASE), "is of another algorithm than SHA-256"),
    (re.compile(r"(?:sha256=)?[A-Za-z0-9+/_-]{43}=?", re.IGNORECASE), "is base64"),
)


def _wrong(signatures: Sequence[str]) -> str:
    """Why none of these signatures fits, in words that hold nothing of them."""
    if not signatures:
        return "there is no signature"
    if any(_HEX.fullmatch(one) for one in signatures):
        return "the signature is of another body or another secret"
    for form, words in _OTHER_FORMS:
        if any(form.fullmatch(one) for one in signatures):
            return f"the signature {words}: this service's is sha256=<64 hexadecimal digits>"
    return "the signature is not of the form sha256=<64 hexadecimal digits>"


def _values(headers: Headers, wanted: set[str]) -> dict[str, list[str]]:
    """The values of the wanted headers by their lower-case name, however the headers were given."""
    found: dict[str, list[str]] = {}
    anything: Any = headers
    items: Callable[[], Iterable[tuple[Any, Any]]] | None = getattr(anything, "items", None)
    for name, value in items() if items is not None else anything:
        key = _text(name).lower()
        if key in wanted and len(found.setdefault(key, [])) < MAX_SIGNATURES:
            found[key].append(_text(value).strip())
    return found


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "replace")
