"""`cvsense batch`: looks after a batch that a run has left: where it stands, and to cancel it.

The service has no list of batches, so the id that a run named is the only way back to it.
"""

from __future__ import annotations

from typing import Any

from cvsense_async.api.codec import path_id

from . import show
from .account import ask
from .consoles import out


def _draw(state: Any) -> None:
    show.fields(
        out(),
        [
            ("Batch", state.batch_id),
            ("Status", state.status),
            ("CVs", state.total),
            ("Processed", state.processed),
            ("Failed", state.failed),
            ("Credits used", state.credits_used),
        ],
    )


def status(batch_id: str, base_url: str | None, *, as_json: bool) -> int:
    """`cvsense batch status ID`."""
    return ask(base_url, lambda session: session.screening.status(path_id(batch_id)), _draw, as_json)


def cancel(batch_id: str, base_url: str | None, *, as_json: bool) -> int:
    """`cvsense batch cancel ID`."""
    return ask(base_url, lambda session: session.screening.cancel(path_id(batch_id)), _draw, as_json)
