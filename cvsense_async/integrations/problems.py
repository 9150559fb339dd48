"""Our errors as RFC 9457 problems for the visitors of a service: what happened to *their* request, and nothing else.

A visitor may not learn the key's troubles, the service's words (they may repeat a person's name), or a balance, so
every text here is our own and fixed.
"""

from __future__ import annotations

from typing import Any

import attrs

from cvsense_async import errors

PROBLEM_JSON = "application/problem+json"


@attrs.frozen
class Problem:
    """A problem document: `status` is the HTTP status, `kind` the end of its type's URN."""

    status: int
    kind: str
    title: str
    detail: str = ""
    retry_after: int | None = None
    fields: tuple[str, ...] = ()
    """The names of the fields that our own rules refuse; those that the service names may hold a file's name."""

    def as_json(self) -> dict[str, Any]:
        """The members of the document."""
        made: dict[str, Any] = {
            "type": f"urn:cvsense-async:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            made["detail"] = self.detail
        if self.fields:
            made["fields"] = list(self.fields)
        return made


_BROKEN = Problem(500, "internal", "Something went wrong on our side")

_TABLE: tuple[tuple[tuple[type[errors.CVSenseError], ...], Problem], ...] = (
    ((errors.InvalidRequest,), Problem(422, "invalid-request", "A field breaks a rule")),
    ((errors.ConfigurationError, errors.MissingExtra), _BROKEN),
    ((errors.DocumentRejected,), Problem(422, "document-rejected", "The document cannot be screened")),
    ((errors.NoDocuments,), Problem(422, "no-documents", "There is no document that could be screened")),
    ((errors.InvalidSignature,), Problem(400, "invalid-signature", "The signature or its age does not fit")),
    (
        (errors.InsufficientCredits, errors.BudgetExceeded),
        Problem(402, "out-of-credits", "There are not enough credits for these documents"),
    ),
    ((errors.NotFound,), Problem(404, "not-found", "There is no such thing")),
    ((errors.Conflict,), Problem(409, "conflict", "It is not in a state that allows this")),
    ((errors.PayloadTooLarge,), Problem(413, "too-large", "The documents are too large")),
    ((errors.UnsupportedMediaType,), Problem(415, "unsupported", "This kind of document is not taken")),
    ((errors.ValidationFailed,), Problem(422, "refused-fields", "The screening service refused a field")),
    (
        (errors.RateLimited, errors.ServiceUnavailable),
        Problem(503, "busy", "The screening service is busy", "Try again later.", retry_after=30),
    ),
    (
        (errors.SessionClosed, errors.RunClosed),
        Problem(503, "closing", "The service is closing", "Try again later.", retry_after=10),
    ),
    (
        (errors.AmbiguousOutcome, errors.OutcomeUnsettled),
        Problem(502, "outcome-unknown", "It may have been done: look before you send it again"),
    ),
    (
        (errors.CallTimeout, errors.DeadlineExceeded, errors.PollTimeout),
        Problem(504, "timeout", "The screening service did not answer in time"),
    ),
    (
        (errors.CallError, errors.ScreeningError, errors.DocumentError),
        Problem(502, "upstream", "The screening service could not do this"),
    ),
)


def problem_of(error: BaseException) -> Problem:
    """What a visitor is told of an error. 401 and 403 are the operator's trouble, so they become 502."""
    problem = next((problem for kinds, problem in _TABLE if isinstance(error, kinds)), _BROKEN)
    if isinstance(error, errors.DocumentRejected):
        return attrs.evolve(problem, detail=error.detail)
    if isinstance(error, errors.InvalidRequest):
        return attrs.evolve(problem, fields=tuple(error.field_errors))
    if isinstance(error, errors.StatusError) and problem.retry_after is not None and error.retry_after is not None:
        return attrs.evolve(problem, retry_after=max(1, min(3600, round(error.retry_after))))
    return problem
