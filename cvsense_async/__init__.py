"""The asyncio-first Python SDK for the CVSense API v1, with a sandbox that runs the same API on this machine.

Names load what they need when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0.dev0"

if TYPE_CHECKING:
    from .api.account import Account, Credits, Plan, Transaction, TransactionType
    from .api.candidates import Candidate, CandidateStatus
    from .api.endpoint import UNSET, Id, Page, Pager, UploadFile
    from .api.jobs import Application, EmploymentType, Job, MatchStatus, SalaryPeriod, WorkingMethod
    from .api.screening import (
        Batch,
        BatchState,
        BatchStatus,
        Classification,
        Evidence,
        Importance,
        Report,
        Result,
        Skill,
        Upload,
    )
    from .api.shortlists import Added, Shortlist
    from .api.webhooks import EventType, Webhook
    from .errors import (
        AmbiguousOutcome,
        AuthenticationError,
        BadRequest,
        BatchFailed,
        BudgetExceeded,
        CallError,
        CallTimeout,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        ConnectionLost,
        CVSenseError,
        DeadlineExceeded,
        DocumentChanged,
        DocumentError,
        DocumentRejected,
        InsufficientCredits,
        InvalidRequest,
        InvalidResponse,
        InvalidSignature,
        JournalDamaged,
        JournalEmpty,
        JournalError,
        JournalInUse,
        JournalTakenOver,
        MissingExtra,
        NoDocuments,
        NotFound,
        OutcomeUnsettled,
        PayloadTooLarge,
        PermissionDenied,
        PollTimeout,
        RateLimited,
        RunClosed,
        ScreeningError,
        ServerError,
        ServiceUnavailable,
        SessionClosed,
        SourcesNeeded,
        StatusError,
        TransportError,
        UnexpectedRedirect,
        UnsupportedMediaType,
        ValidationFailed,
        WebhookError,
    )
    from .sandbox import Sandbox
    from .screening.documents import Document, Rejected, RejectReason
    from .screening.outcome import BatchResult, Failed, LeftBatch, Progress, Screened, Summary, Unsettled
    from .screening.plan import JobDescription
    from .screening.plan import Plan as ScreeningPlan
    from .screening.run import ScreeningRun
    from .session import CVSenseSession
    from .transport.lanes import Lane
    from .transport.rate import LimiterState, RateLimit
    from .transport.settings import RetryPolicy, Timeouts

__all__ = [
    "UNSET",
    "Account",
    "Added",
    "AmbiguousOutcome",
    "Application",
    "AuthenticationError",
    "BadRequest",
    "Batch",
    "BatchFailed",
    "BatchResult",
    "BatchState",
    "BatchStatus",
    "BudgetExceeded",
    "CVSenseError",
    "CVSenseSession",
    "CallError",
    "CallTimeout",
    "Candidate",
    "CandidateStatus",
    "Classification",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "ConnectionLost",
    "Credits",
    "DeadlineExceeded",
    "Document",
    "DocumentChanged",
    "DocumentError",
    "DocumentRejected",
    "EmploymentType",
    "EventType",
    "Evidence",
    "Failed",
    "Id",
    "Importance",
    "InsufficientCredits",
    "InvalidRequest",
    "InvalidResponse",
    "InvalidSignature",
    "Job",
    "JobDescription",
    "JournalDamaged",
    "JournalEmpty",
    "JournalError",
    "JournalInUse",
    "JournalTakenOver",
    "Lane",
    "LeftBatch",
    "LimiterState",
    "MatchStatus",
    "MissingExtra",
    "NoDocuments",
    "NotFound",
    "OutcomeUnsettled",
    "Page",
    "Pager",
    "PayloadTooLarge",
    "PermissionDenied",
    "Plan",
    "PollTimeout",
    "Progress",
    "RateLimit",
    "RateLimited",
    "RejectReason",
    "Rejected",
    "Report",
    "Result",
    "RetryPolicy",
    "RunClosed",
    "SalaryPeriod",
    "Sandbox",
    "Screened",
    "ScreeningError",
    "ScreeningPlan",
    "ScreeningRun",
    "ServerError",
    "ServiceUnavailable",
    "SessionClosed",
    "Shortlist",
    "Skill",
    "SourcesNeeded",
    "StatusError",
    "Summary",
    "Timeouts",
    "Transaction",
    "TransactionType",
    "TransportError",
    "UnexpectedRedirect",
    "Unsettled",
    "UnsupportedMediaType",
    "Upload",
    "UploadFile",
    "ValidationFailed",
    "Webhook",
    "WebhookError",
    "WorkingMethod",
    "__version__",
]

_HOMES = {
    "api.account": "Account Credits Plan Transaction TransactionType",
    "api.candidates": "Candidate CandidateStatus",
    "api.endpoint": "UNSET Id Page Pager UploadFile",
    "api.jobs": "Application EmploymentType Job MatchStatus SalaryPeriod WorkingMethod",
    "api.screening": ("Batch BatchState BatchStatus Classification Evidence Importance Report Result Skill Upload"),
    "api.shortlists": "Added Shortlist",
    "api.webhooks": "EventType Webhook",
    "errors": (
        "AmbiguousOutcome AuthenticationError BadRequest BatchFailed BudgetExceeded CallError CallTimeout "
        "ConfigurationError Conflict ConnectionFailed ConnectionLost CVSenseError DeadlineExceeded DocumentChanged "
        "DocumentError DocumentRejected InsufficientCredits InvalidRequest InvalidResponse InvalidSignature "
        "JournalDamaged JournalEmpty JournalError JournalInUse JournalTakenOver MissingExtra NoDocuments NotFound "
        "OutcomeUnsettled PayloadTooLarge PermissionDenied PollTimeout RateLimited RunClosed ScreeningError "
        "ServerError ServiceUnavailable SessionClosed SourcesNeeded StatusError TransportError UnexpectedRedirect "
        "UnsupportedMediaType ValidationFailed WebhookError"
    ),
    "sandbox": "Sandbox",
    "screening.documents": "Document Rejected RejectReason",
    "screening.outcome": "BatchResult Failed LeftBatch Progress Screened Summary Unsettled",
    "screening.plan": "JobDescription ScreeningPlan:Plan",
    "screening.run": "ScreeningRun",
    "session": "CVSenseSession",
    "transport.lanes": "Lane",
    "transport.rate": "LimiterState RateLimit",
    "transport.settings": "RetryPolicy Timeouts",
}

_NAMES = {
    public: (home, inside or public)
    for home, names in _HOMES.items()
    for public, _, inside in (name.partition(":") for name in names.split())
}

if not TYPE_CHECKING:  # hidden from type checkers, so that a misspelt name is an error to them

    def __getattr__(name):
        from importlib import import_module

        try:
            home, inside = _NAMES[name]
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
        value = getattr(import_module(f".{home}", __name__), inside)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *_NAMES})
