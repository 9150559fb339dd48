"""Every endpoint of the service in one list, from which client, sandbox and documentation are made."""

from __future__ import annotations

from . import account, candidates, jobs, screening, shortlists, webhooks
from .endpoint import Endpoint, Resource, declared

RESOURCES: tuple[type[Resource], ...] = (
    account.AccountCalls,
    jobs.JobCalls,
    screening.ScreeningCalls,
    candidates.CandidateCalls,
    shortlists.ShortlistCalls,
    webhooks.WebhookCalls,
)


def endpoints() -> tuple[Endpoint, ...]:
    """Every endpoint, in the order of the contract's table."""
    order = [resource.__module__ for resource in RESOURCES]
    return tuple(sorted(declared(), key=lambda spec: order.index(spec.call.__module__)))
