"""Every exception that this package raises, under one base, so that `except CVSenseError` is enough.

    CVSenseError
    ├── ConfigurationError (ValueError)    an argument or a setting cannot work; nothing was sent
    │   └── InvalidRequest                 the call's own fields break a documented rule; nothing was sent
    ├── SessionClosed                      the session (or its event loop) is not open
    ├── MissingExtra (ImportError)         an optional part is not installed
    ├── CallError                          one call to the service did not succeed
    │   ├── TransportError                 no usable answer
    │   │   ├── ConnectionFailed           the service could not be reached; nothing was sent
    │   │   ├── ConnectionLost             the connection ended before the whole answer was there
    │   │   ├── CallTimeout (TimeoutError) no answer in time
    │   │   └── InvalidResponse            an answer that cannot be understood
    │   ├── DeadlineExceeded (TimeoutError)    the caller's own deadline passed
    │   ├── AmbiguousOutcome               it may have been done: look it up before you send it again
    │   └── StatusError                    the service refused
    │       ├── BadRequest 400 · AuthenticationError 401 · InsufficientCredits 402 · PermissionDenied 403
    │       ├── NotFound 404 · Conflict 409 · PayloadTooLarge 413 · UnsupportedMediaType 415
    │       ├── ValidationFailed 422 · RateLimited 429 · UnexpectedRedirect 3xx
    │       └── ServerError 5xx
    │           └── ServiceUnavailable 503
    ├── DocumentError
    │   ├── DocumentRejected               a document was refused before it was paid for
    │   └── DocumentChanged                a file changed between its check and its upload
    ├── ScreeningError
    │   ├── NoDocuments                    the sources held nothing to screen
    │   ├── BudgetExceeded                 more credits needed than `max_credits` or the balance allows
    │   ├── BatchFailed                    a batch ended as failed, cancelled or lost
    │   ├── PollTimeout (TimeoutError)     a batch did not end in time
    │   ├── OutcomeUnsettled               nobody can say whether a document holds a credit
    │   ├── SourcesNeeded                  only the caller can give a resumed run the rest of its documents
    │   └── RunClosed                      the run was left before this could be given
    ├── JournalError                       the journal cannot be used; nothing is sent without it
    │   ├── JournalInUse                   another process or run is using it
    │   ├── JournalTakenOver               another one has taken it over while it was being used
    │   ├── JournalEmpty                   no run was begun in it: begin one
    │   └── JournalDamaged                 it cannot be gone on with; it says what can be saved
    └── WebhookError
        └── InvalidSignature               a delivery that is not from the service, or too old

All of them pickle. None holds a key, a CV's name, text or contact in its text: what the service said stands in
`StatusError.message` and `StatusError.field_errors`, and is shown in the text only for calls that carry nothing
personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class CVSenseError(Exception):
    """The base of everything that this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(cls: type[CVSenseError], args: tuple[Any, ...], state: dict[str, Any]) -> CVSenseError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(CVSenseError, ValueError):
    """An argument or a setting cannot work. Nothing was sent."""


class InvalidRequest(ConfigurationError):
    """The call's own fields break a rule of the contract. Nothing was sent; `field_errors` names each field."""

    def __init__(self, field_errors: Mapping[str, Sequence[str]]) -> None:
        self.field_errors: dict[str, list[str]] = {name: list(words) for name, words in field_errors.items()}
        super().__init__("; ".join(f"{name}: {' '.join(words)}" for name, words in self.field_errors.items()))


class SessionClosed(CVSenseError):
    """The session is not open, or is used from an event loop that it was not opened in."""


class MissingExtra(CVSenseError, ImportError):
    """An optional part of the package is not installed; the text names the command that installs it."""


class CallError(CVSenseError):
    """One call to the service did not succeed.

    `operation` and `path` name the call by its template (never by its values); `attempts` counts the requests sent.
    """

    def __init__(
        self,
        words: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        attempts: int = 1,
        request_id: str | None = None,
    ) -> None:
        super().__init__(words)
        self.operation = operation
        self.method = method
        self.path = path
        self.attempts = attempts
        self.request_id = request_id

    def __str__(self) -> str:
        words = str(self.args[0]) if self.args else type(self).__name__
        where = f" [{self.method} {self.path}]" if self.method else ""
        request = f" (request {self.request_id})" if self.request_id else ""
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"{words}{where}{tries}{request}"


class TransportError(CallError):
    """No usable answer came."""


class ConnectionFailed(TransportError):
    """The service could not be reached (name, connection, TLS, proxy). Nothing was sent."""


class ConnectionLost(TransportError):
    """The connection ended before the whole answer was there."""


class CallTimeout(TransportError, TimeoutError):
    """No answer within the call's time-out. Time spent waiting for the rate limit does not count."""


class InvalidResponse(TransportError):
    """An answer came that cannot be understood; `status` is its HTTP status."""

    def __init__(self, words: str, *, status: int | None = None, **context: Any) -> None:
        super().__init__(words, **context)
        self.status = status


class DeadlineExceeded(CallError, TimeoutError):
    """The deadline that the caller set has passed; waiting for the rate limit counts here."""


class AmbiguousOutcome(CallError):
    """The request may or may not have been carried out, and sending it again could do it twice.

    `look_up` says how to find out. `__cause__` is what happened to the request.
    """

    def __init__(self, words: str, *, look_up: str = "", **context: Any) -> None:
        super().__init__(words, **context)
        self.look_up = look_up


class StatusError(CallError):
    """The service answered with a status that is not a success.

    `status` is the HTTP status, `message` the service's words, `field_errors` its words by field (422), `code` its own
    code if it gave one, `retry_after` seconds to wait if it asked for that.
    """

    def __init__(
        self,
        words: str,
        *,
        status: int,
        message: str | None = None,
        field_errors: Mapping[str, Sequence[str]] | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        **context: Any,
    ) -> None:
        super().__init__(words, **context)
        self.status = status
        self.message = message
        self.field_errors: dict[str, list[str]] = {k: list(v) for k, v in (field_errors or {}).items()}
        self.code = code
        self.retry_after = retry_after


class BadRequest(StatusError):
    """400: the service did not understand the request."""


class AuthenticationError(StatusError):
    """401: the API key is missing, wrong or revoked."""


class InsufficientCredits(StatusError):
    """402: the account has too few credits; nothing was taken."""


class PermissionDenied(StatusError):
    """403: the key or its plan may not do this."""


class NotFound(StatusError):
    """404: there is no such thing, or it belongs to another account."""


class Conflict(StatusError):
    """409: the thing is not in a state that allows this."""


class PayloadTooLarge(StatusError):
    """413: the body was too large; nothing was taken."""


class UnsupportedMediaType(StatusError):
    """415: the service does not take this kind of content."""


class ValidationFailed(StatusError):
    """422: the service refused the fields named in `field_errors`; nothing was done."""


class RateLimited(StatusError):
    """429: too many requests; `retry_after` says when to come back."""


class UnexpectedRedirect(StatusError):
    """3xx: the service pointed elsewhere. It is not followed, so that the key goes to no other host."""


class ServerError(StatusError):
    """5xx: the service failed."""


class ServiceUnavailable(ServerError):
    """503: the service is down for a moment; nothing was done."""


class DocumentError(CVSenseError):
    """One document cannot be used."""


class DocumentRejected(DocumentError):
    """A document was refused before it cost anything; `reason` is the rule it broke, `detail` says it in a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class DocumentChanged(DocumentError):
    """A file is not what it was when it was checked, so its upload was broken off before its end.

    `index` is its place in the upload.
    """

    def __init__(self, index: int, detail: str = "a file changed between its check and its upload") -> None:
        super().__init__(index, detail)
        self.index = index
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class ScreeningError(CVSenseError):
    """A screening run, or one of its batches, did not end as asked."""


class NoDocuments(ScreeningError):
    """The sources held nothing that could be screened; nothing was sent."""


class BudgetExceeded(ScreeningError):
    """More credits are needed than `max_credits` or the account's balance allows.

    `needed` and `allowed` are credits; `sent` is how many documents had been sent when the run stopped.
    """

    def __init__(self, words: str, *, needed: int | None = None, allowed: int | None = None, sent: int = 0) -> None:
        super().__init__(words)
        self.needed = needed
        self.allowed = allowed
        self.sent = sent


class BatchFailed(ScreeningError):
    """A batch did not end as completed; `batch_id` and `status` are the service's."""

    def __init__(self, words: str, *, batch_id: int | str | None = None, status: str | None = None) -> None:
        super().__init__(words)
        self.batch_id = batch_id
        self.status = status


class PollTimeout(ScreeningError, TimeoutError):
    """A batch did not end in time. It goes on at the service: `batch_id` and `last_status` say where it stood."""

    def __init__(self, words: str, *, batch_id: int | str, last_status: Any = None) -> None:
        super().__init__(words)
        self.batch_id = batch_id
        self.last_status = last_status


class OutcomeUnsettled(ScreeningError):
    """The service could not say whether a document holds a credit, so it was not sent again.

    `batch_id` is the batch to look up.
    """

    def __init__(self, words: str, *, batch_id: int | str | None = None) -> None:
        super().__init__(words)
        self.batch_id = batch_id


class RunClosed(ScreeningError):
    """The run was left or cancelled before this could be given."""


class SourcesNeeded(ScreeningError):
    """A resumed run cannot reach all of its documents: give the sources again, `session.resume(journal, sources)`.

    What it could reach has been screened.
    """


class JournalError(CVSenseError):
    """The journal of a run cannot be used. Nothing is sent that it could not write down."""


class JournalInUse(JournalError):
    """Another process, or another run of this one, is using the journal."""


class JournalTakenOver(JournalError):
    """Another process goes on with the run since this one began to: it sends nothing more.

    It happens where the lock beside the journal was removed, or does not hold. What was sent until then is in the
    journal, and settled by the one that has taken it over.
    """


class JournalEmpty(JournalError):
    """There is a file, and no run in it: a process ended before its run was begun, and nothing was sent.

    `session.screen(…, journal=…)` begins a run in it.
    """


class JournalDamaged(JournalError):
    """The journal's file is damaged; `results` can still be read, and `open_batches` were open at the service."""

    def __init__(self, words: str, *, results: int = 0, open_batches: tuple[str, ...] = ()) -> None:
        super().__init__(words)
        self.results = results
        self.open_batches = open_batches


class WebhookError(CVSenseError):
    """A webhook delivery cannot be used."""


class InvalidSignature(WebhookError):
    """A delivery whose signature or age does not fit: answer 400 and do nothing with it."""
