"""What `cvsense screen` was told, and whether it fits together.

All of it is checked before anything is opened, so that a wrong command costs nothing and says one thing.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence

import attrs

from cvsense_async.screening.plan import JobDescription

from .ending import Stop
from .jobfile import read_job
from .service import check_key

BATCH_SIZE = 50


@attrs.frozen(kw_only=True)
class Order:
    """What `cvsense screen` was told; `None` and `False` are what was not said."""

    paths: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    job: str | None = None
    sandbox: bool = False
    batch_size: int | None = None
    max_credits: int | None = None
    top: int | None = None
    output: str | None = None
    reports: str | None = None
    as_json: bool = False
    rate_limit: str | None = None
    strict: bool = False
    poll_interval: str | None = None
    yes: bool = False
    base_url: str | None = None
    journal: str | None = None
    no_journal: bool = False
    resume: str | None = None
    reuse: tuple[str, ...] = ()
    again: bool = False
    retry_failed: int | None = None
    fail_on_rejected: bool = False


def check_order(order: Order) -> None:
    """Raise `Stop` for what cannot work, or does not go together."""
    check_paths(order.paths)
    if order.resume is not None:
        _check_resume(order)
    elif not order.paths:
        raise Stop("give a PATH: CVs, folders, or patterns in quotes (see cvsense screen --help)")
    elif order.job is None:
        raise Stop("give --job: a file with the advert, or the id of a job of the account (see cvsense screen --help)")
    if order.again and order.reuse:
        raise Stop("--again and --reuse: give one of them; --again pays for every CV anew")
    if order.journal is not None and order.no_journal:
        raise Stop("--journal and --no-journal: give one of them")
    if order.sandbox and order.base_url:
        raise Stop("--sandbox and --base-url: give one of them")
    if order.sandbox and order.job is not None and not isinstance(read_job(order.job), JobDescription):
        raise Stop(f"--job {order.job}: a new sandbox knows no jobs by id; give a file")
    if not order.sandbox:
        check_key()


def check_paths(paths: Sequence[str]) -> None:
    """Raise `Stop` for a path that is not there or may not be read; patterns and URLs are looked up later."""
    for path in paths:
        if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
            raise Stop(f"{path}: the folder may not be read")
        if re.match(r"^[A-Za-z][A-Za-z0-9+.-]+(?:::|://)", path) or os.path.lexists(path):
            continue
        if not glob.has_magic(path):
            raise Stop(f"{path or repr(path)}: there is no such file or folder")


def _check_resume(order: Order) -> None:
    """A run that goes on has its job, its size of batches and its journal; what would change them is refused."""
    if order.sandbox:
        raise Stop("--sandbox does not go with --resume: a new sandbox knows nothing of the run")
    for given, name in (
        (order.journal is not None, "--journal"),
        (order.no_journal, "--no-journal"),
        (order.batch_size is not None, "--batch-size"),
    ):
        if given:
            raise Stop(f"{name} does not go with --resume: a run goes on in its journal, as it was begun")
