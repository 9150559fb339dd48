"""The handlers of the 28 endpoints, a resource a file; importing this package registers them."""

from __future__ import annotations

from . import account, candidates, jobs, screening, shortlists, webhooks

__all__ = ["account", "candidates", "jobs", "screening", "shortlists", "webhooks"]
