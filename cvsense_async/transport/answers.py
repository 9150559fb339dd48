"""What came back: a whole answer, the model in it, and the typed error that its status stands for.

Nothing here waits or sends, so that what an answer means can be read, and tested, without a connection.
"""

from __future__ import annotations

import time
import typing
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from cvsense_async import errors
from cvsense_async.api import codec
from cvsense_async.api.endpoint import Call, Endpoint

from . import headers

T = TypeVar("T")


def _as_it_is(text: str) -> str:
    return text


@attrs.define(eq=False)
class Answer:
    """An HTTP answer that came whole; `sent`: so had the request gone out before it; `poured`: its body is in a file.

    `redact` takes the key out of the service's words. Not frozen, for one is made for each request, and freezing
    costs time.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    sent: bool = True
    poured: bool = False
    redact: Callable[[str], str] = attrs.field(default=_as_it_is, repr=False)


NOTHING_SAID = Answer(204, {}, b"")
"""The answer to a call that is known to have been carried out, and was not answered."""


@attrs.frozen
class RawResponse(Generic[T]):
    """An answer as it came: its HTTP status, headers and body; `parse` makes the model of it."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    call: Call[T] = attrs.field(repr=False)

    def parse(self) -> T:
        """The model. Raises `InvalidResponse` where the body cannot be understood."""
        try:
            if self.call.__endpoint__.binary:
                return typing.cast("T", pdf(self.call, Answer(self.status, self.headers, self.body)))
            return codec.decode_answer(self.call, codec.parse(self.body))
        except codec.Undecodable as error:
            spec = self.call.__endpoint__
            raise errors.InvalidResponse(
                str(error), status=self.status, operation=spec.operation, method=spec.method, path=spec.path
            ) from None


def model(call: Call[T], answer: Answer) -> T:
    """The model in a success. Raises `Undecodable`, or a `StatusError` where the envelope says otherwise."""
    document = codec.parse(answer.body)
    if codec.refused(document):
        raise status_error(call.__endpoint__, answer, attempts=1)
    if document is None and call.__endpoint__.listing and answer.status == 200:
        raise codec.Undecodable("the answer is empty where a list was expected")
    return codec.decode_answer(call, document)


PDF_HEAD = 1024
"""A PDF's `%PDF-` may stand anywhere in so many bytes (ISO 32000, annex H)."""


def is_pdf(body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether a body begins as a PDF does, or is said to be one and begins as no text that services answer with."""
    if b"%PDF" in body[:PDF_HEAD]:
        return True
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    head = body[:PDF_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    return kind == "application/pdf" and bool(head) and not head.startswith((b"{", b"[", b"<"))


def pdf(call: Call[Any], answer: Answer) -> bytes:
    """The PDF in a success. Raises `Undecodable` where it is something else, or a `StatusError` where that is a no."""
    if is_pdf(answer.body, answer.headers):
        return answer.body
    if not answer.body.strip():
        raise codec.Undecodable("the answer is empty where a PDF was expected")
    try:
        document = codec.parse(answer.body)
    except codec.Undecodable:
        raise codec.Undecodable(f"the answer {codec.beginning(answer.body, 'a PDF')}") from None
    said = codec.decode_error(answer.body)
    if codec.refused(document) or said.message is not None or said.field_errors:
        raise status_error(call.__endpoint__, answer, attempts=1)
    raise codec.Undecodable("the answer is JSON where a PDF was expected")


def context(spec: Endpoint, attempts: int, answer: Answer | None = None) -> dict[str, Any]:
    """What every error says of the call that it ended."""
    request_id = answer.headers.get("X-Request-Id") if answer is not None else None
    if answer is not None and request_id is not None:
        request_id = answer.redact(request_id)
    return {
        "operation": spec.operation,
        "method": spec.method,
        "path": spec.path,
        "attempts": attempts,
        "request_id": request_id,
    }


def status_error(spec: Endpoint, answer: Answer, attempts: int) -> errors.StatusError:
    """The error that a refusal stands for, with the service's own words unless they may be personal."""
    said = codec.decode_error(answer.body).changed(answer.redact)
    kind = _ERRORS.get(answer.status) or _kind_by_class(answer.status)
    words = f"{answer.status} {_PHRASES.get(kind, 'refused')}"
    if kind is errors.UnexpectedRedirect and "login" in answer.headers.get("Location", "").lower():
        words = f"{answer.status} the service pointed to a login page: check the API key and the base URL"
    if said.message and not spec.personal:
        words += f": {said.message[:500]}"
    return kind(
        words,
        status=answer.status,
        message=said.message,
        field_errors=said.field_errors,
        code=said.code,
        retry_after=headers.asked_pause(answer.headers, status=answer.status, now=time.time()),
        **context(spec, attempts, answer),
    )


_ERRORS: dict[int, type[errors.StatusError]] = {
    400: errors.BadRequest,
    401: errors.AuthenticationError,
    402: errors.InsufficientCredits,
    403: errors.PermissionDenied,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
    503: errors.ServiceUnavailable,
}

_PHRASES: dict[type[errors.StatusError], str] = {
    errors.BadRequest: "the service did not understand the request",
    errors.AuthenticationError: "the API key was refused: check CVSENSE_API_KEY, or make a new key in the dashboard",
    errors.InsufficientCredits: "not enough credits: top up the account, or send fewer CVs",
    errors.PermissionDenied: "the key or its plan may not do this",
    errors.NotFound: "there is no such thing in this account",
    errors.Conflict: "its state does not allow this now",
    errors.PayloadTooLarge: "the body is too large",
    errors.UnsupportedMediaType: "the service does not take this kind of content",
    errors.ValidationFailed: "the service refused the fields (see field_errors)",
    errors.RateLimited: "too many requests",
    errors.ServiceUnavailable: "the service is down for a moment",
    errors.ServerError: "the service failed",
    errors.UnexpectedRedirect: "the service pointed elsewhere; check the base URL",
    errors.StatusError: "the service refused",
}


def _kind_by_class(status: int) -> type[errors.StatusError]:
    if status >= 500:
        return errors.ServerError
    if 300 <= status < 400:
        return errors.UnexpectedRedirect
    return errors.BadRequest if status >= 400 else errors.StatusError
