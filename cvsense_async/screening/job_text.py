"""What a run's CVs are judged by, and whose credits pay: hashes that say whether an earlier result answers again.

A job given by its id is asked for, because its advert may have been edited since. Neither the advert's text nor the
account's id can be read out of what is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import anyio
import attrs

from cvsense_async import errors, log
from cvsense_async.api.account import GetAccount
from cvsense_async.api.endpoint import Call
from cvsense_async.api.jobs import GetJob, Job

from .journal import Journal, RunRecord

Ask = Callable[[Call[Any]], Awaitable[Any]]
"""Sends a call and gives its answer."""

SECONDS = 10.0
"""How long a run may wait for the words of its job and for its account before it goes on without them."""

_WORDS = ("title", "description", "location", "employment_type", "working_method")
_CRITERIA = ("criteria", "requirement", "qualification", "responsibilit", "skill")
"""Parts of the names of fields that the contract does not know, and by which a service may judge a CV, too."""


@attrs.frozen
class Judged:
    """What is kept in a journal: a hash of the account, and one of each text that the job has had during the run."""

    account: str | None = None
    texts: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is written down."""
        return {"account": self.account, "texts": list(self.texts)}


def judged_of(record: RunRecord) -> Judged:
    """What the journal says of its run. A run that an earlier version wrote, or that could not ask, says nothing."""
    said: Any = record.options.get("judged") or {}
    return Judged(said.get("account"), tuple(said.get("texts") or ()))


def same_job(job: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two runs were asked for the same job: by its id, or by its text and criteria."""
    return _asked(job) == _asked(other)


def is_by_id(job: Mapping[str, Any]) -> bool:
    """Whether a run names its job by the service's id, so that the service has its text."""
    return job.get("job_id") is not None


async def text_of(ask: Ask, job: Mapping[str, Any]) -> str | None:
    """The hash of what a run's CVs are judged by; `None` where the service does not give the text of the job.

    A job that the run describes itself costs no request. Raises what keeps every call from being answered.
    """
    if not is_by_id(job):
        return _hash("job", _asked(job))
    known = await _answer(ask, GetJob(job["job_id"]))
    return None if known is None else text_of_job(job, known)


def text_of_job(job: Mapping[str, Any], known: Job) -> str:
    """The hash of what a run's CVs are judged by, for a job that the service has given."""
    words = {name: getattr(known, name) for name in _WORDS if getattr(known, name)}
    criteria = {name: value for name, value in known.extra.items() if any(part in name for part in _CRITERIA) and value}
    return _hash("job", {**_asked(job), "words": words, "criteria": criteria})


async def account_of(ask: Ask, base_url: str) -> str | None:
    """A hash that stands for the account, whatever key opens it; `None` where the service does not tell."""
    known = await _answer(ask, GetAccount())
    return None if known is None else _hash("account", [base_url, str(known.id)])


async def note_judged(journal: Journal, ask: Ask, record: RunRecord, *, resumed: bool) -> bool:
    """Write down what a run's CVs are judged by and whose credits pay; gives whether the advert was edited since.

    A run that goes on keeps what it began with; where that is not known nothing is added, for its earlier results may
    be of another text.
    """
    before = judged_of(record)
    if not journal.durable or (resumed and not (is_by_id(record.job) and before.texts)):
        return False
    with anyio.move_on_after(SECONDS):
        text = await text_of(ask, record.job)
        if not resumed:
            account = await account_of(ask, record.base_url)
            await journal.judged(Judged(account, () if text is None else (text,)).as_json())
        elif text is not None and text != before.texts[-1]:
            log.job_changed()
            await journal.judged(Judged(before.account, (*before.texts, text)).as_json())
            return True
    return False


async def _answer(ask: Ask, call: Call[Any]) -> Any:
    """What the service answers; `None` where it cannot or may not, which must not keep a run from its work."""
    try:
        return await ask(call)
    except errors.CallError:
        return None


def _asked(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a run was asked to judge by: the name of its batches is not part of it."""
    if is_by_id(job):
        return {"job_id": str(job["job_id"])}
    return {key: _plain(value) for key, value in job.items() if key not in ("name", "job_id") and value}


def _plain(value: Any) -> Any:
    return list(cast("Sequence[Any]", value)) if isinstance(value, (list, tuple)) else value


def _hash(kind: str, what: Any) -> str:
    text = json.dumps(["cvsense_async", kind, what], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
