"""Every log line of this package, declared once: its event's name, its level and its fields.

They stand together so that one can read here what is ever written: ids, counts, seconds and the names of errors, and
nothing of a person. All go to the one logger `cvsense_async`; the sandbox, a service of its own, keeps its own.
"""

from __future__ import annotations

import functools
import inspect
import logging
import traceback
from collections.abc import Callable
from typing import Any, Final, ParamSpec

import attrs

P = ParamSpec("P")

logger: Final = logging.getLogger("cvsense_async")
logger.addHandler(logging.NullHandler())  # an application that sets up no logging is not written to

LONGEST = 200


@attrs.frozen
class Line:
    """One kind of line: when it is written is said by `meaning`."""

    event: str
    level: int
    fields: tuple[str, ...]
    meaning: str


LINES: dict[str, Line] = {}


def line(level: int, event: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Declare a line: the function's parameters are its fields, its docstring says when it is written.

    The message is the event's name and the fields (`call.retried operation=get_job …`); a record also has each of them
    as an attribute, and the name as `event`.
    """

    def declare(made: Callable[P, None]) -> Callable[P, None]:
        fields = tuple(inspect.signature(made).parameters)
        LINES[event] = Line(event, level, fields, inspect.getdoc(made) or "")
        message = event + "".join(f" {field}=%s" for field in fields)

        @functools.wraps(made)
        def write(*_: P.args, **values: P.kwargs) -> None:
            if logger.isEnabledFor(level):
                shown: dict[str, Any] = {field: _plain(values[field]) for field in fields}
                logger.log(level, message, *shown.values(), extra={"event": event, **shown}, stacklevel=2)

        return write

    return declare


def _plain(value: Any) -> Any:
    """A value as a line takes it: numbers as they are, an error by its name, text short and without breaks."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, BaseException):
        return type(value).__name__
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:LONGEST])


def raised_at(error: BaseException) -> str:
    """The file and line that raised an error, for an error whose own words may say more than a log should hold."""
    last = next(reversed(traceback.extract_tb(error.__traceback__)), None)
    return f"{last.filename}:{last.lineno}" if last is not None else ""


# --- calls ------------------------------------------------------------------------------------------------------------


@line(logging.DEBUG, "call.done")
def call_done(*, operation: str, attempts: int, waited: float, spent: float) -> None:
    """A call was carried out. `waited`: seconds at the limiter; `spent`: seconds in requests and pauses."""


@line(logging.DEBUG, "call.failed")
def call_failed(*, operation: str, attempts: int, waited: float, spent: float, error: BaseException) -> None:
    """A call was not carried out; its caller got the error."""


@line(logging.INFO, "call.retried")
def call_retried(*, operation: str, attempts: int, error: BaseException, status: int | None, pause: float) -> None:
    """A request failed, and the call is sent again after `pause` seconds."""


@line(logging.WARNING, "call.ambiguous")
def call_ambiguous(*, operation: str, attempts: int, error: BaseException) -> None:
    """It may or may not have been done, and may not be sent again by itself: `AmbiguousOutcome`."""


@line(logging.WARNING, "answer.unread")
def answer_unread(*, model: str, field: str) -> None:
    """A list in an answer has a form that is not known; it is kept in the model's `extra`. Once for each field."""


@line(logging.WARNING, "list.incomplete")
def list_incomplete(*, operation: str, items: int, why: str) -> None:
    """A list was walked to its end, and more may be there than was given: `Pager.incomplete` says the same."""


# --- the limiter ------------------------------------------------------------------------------------------------------


@line(logging.WARNING, "limiter.refused")
def limiter_refused(*, operation: str, paused_for: float, foreign: int, strict: bool) -> None:
    """A 429 came: all calls of this key wait `paused_for` seconds. `foreign`: requests of others on this key."""


@line(logging.INFO, "limiter.paused")
def limiter_paused(*, operation: str, paused_for: float) -> None:
    """A 503 asked for a pause, or came among successes, as some limiters refuse: all calls of this key wait."""


# --- runs and batches -------------------------------------------------------------------------------------------------


@line(logging.INFO, "run.started")
def run_started(*, batch_size: int, journal: bool, resumed: bool) -> None:
    """A screening run begins."""


@line(logging.INFO, "run.ended")
def run_ended(
    *,
    screened: int,
    invalid: int,
    rejected: int,
    failed: int,
    unsettled: int,
    unscreened: int,
    batches: int,
    credits: int,
    requests: int,
    seconds: float,
) -> None:
    """A run has ended or was left: what became of its documents, and what it cost."""


@line(logging.WARNING, "run.stopped")
def run_stopped(*, error: BaseException) -> None:
    """Something ended a run before its documents were through; its caller gets the error."""


@line(logging.DEBUG, "batch.created")
def batch_created(*, batch_id: int | str, documents: int) -> None:
    """A batch exists at the service."""


@line(logging.DEBUG, "batch.started")
def batch_started(*, batch_id: int | str, documents: int) -> None:
    """A batch was uploaded and started."""


@line(logging.INFO, "batch.done")
def batch_done(*, batch_id: int | str | None, results: int, rejected: int) -> None:
    """A batch has ended well and goes to the caller."""


@line(logging.WARNING, "batch.failed")
def batch_failed(
    *, batch_id: int | str | None, results: int, rejected: int, failed: int, unsettled: int, error: BaseException
) -> None:
    """A batch has not ended well. `unsettled`: documents that may hold a credit; only you can send them again."""


@line(logging.WARNING, "batch.doubtful")
def batch_doubtful(*, batch_id: int | str, documents: int) -> None:
    """Nobody saw an upload end: the service is asked what it holds before anything is sent again."""


@line(logging.INFO, "batch.given_up")
def batch_given_up(*, batch_id: int | str, documents: int) -> None:
    """A batch was cancelled, the service confirmed that it holds no credit, and its documents are free."""


@line(logging.WARNING, "batch.left")
def batch_left(*, batch_id: int | str, credits: int) -> None:
    """A run was left, and this batch is still open at the service with credits held."""


# --- the journal ------------------------------------------------------------------------------------------------------


@line(logging.INFO, "journal.resumed")
def journal_resumed(*, open_batches: int, credits: int) -> None:
    """A run goes on from its journal. `open_batches` are reconciled with the service."""


@line(logging.WARNING, "job.changed")
def job_changed() -> None:
    """The job's text was edited after the run began: what is sent from here on is judged by the new one."""


@line(logging.ERROR, "journal.damaged")
def journal_damaged(*, results: int, open_batches: int) -> None:
    """The journal's file is damaged. `salvage` reads the results that are left."""


@line(logging.ERROR, "journal.failed")
def journal_failed(*, error: BaseException) -> None:
    """The journal cannot be used, so nothing more is sent."""


@line(logging.WARNING, "journal.exposed")
def journal_exposed(*, what: str) -> None:
    """Others can reach the journal: its `file` keeps no rights of its own, or anybody may write to its `folder`."""


@line(logging.WARNING, "journal.network")
def journal_network(*, system: str) -> None:
    """The journal is on a network file system, whose locks may hold on one host only: use it from one host."""


# --- webhooks ---------------------------------------------------------------------------------------------------------


@line(logging.DEBUG, "webhook.taken")
def webhook_taken(*, kind: str, known: bool) -> None:
    """A delivery was verified and answered. `known`: it had come before, and is not handled again."""


@line(logging.WARNING, "webhook.rejected")
def webhook_rejected(*, why: str) -> None:
    """A delivery whose signature or age does not fit was answered 400."""


@line(logging.WARNING, "webhook.full")
def webhook_full(*, held: int) -> None:
    """A delivery was answered 503, so that it comes again: there is no room, or no secret yet."""


@line(logging.WARNING, "webhook.handler_failed")
def webhook_handler_failed(*, kind: str, tries: int, error: BaseException, where: str) -> None:
    """A handler raised; it is called again later. `where` is the line that raised."""


@line(logging.ERROR, "webhook.given_up")
def webhook_given_up(*, kind: str, tries: int) -> None:
    """A handler failed at every try. The event stays in the store."""


@line(logging.ERROR, "webhook.unkept")
def webhook_unkept(*, error: BaseException) -> None:
    """The store could not keep an event, so the delivery was answered 503."""


@line(logging.ERROR, "webhook.unmarked")
def webhook_unmarked(*, error: BaseException) -> None:
    """The store could not mark an event as handled: it may be handled again."""


@line(logging.WARNING, "webhook.unrenewed")
def webhook_unrenewed(*, error: BaseException) -> None:
    """The store could not renew this worker's events: another worker may handle them, too, if that goes on."""


@line(logging.ERROR, "webhook.unreadable")
def webhook_unreadable() -> None:
    """An event in the store cannot be read; it is left there."""


@line(logging.WARNING, "webhook.unfinished")
def webhook_unfinished(*, events: int) -> None:
    """The receiver was left before these events were handled."""


# --- FastAPI ----------------------------------------------------------------------------------------------------------


@line(logging.WARNING, "problem.answered")
def problem_answered(*, status: int, error: BaseException, operation: str | None, request_id: str | None) -> None:
    """A visitor got a problem document because of this error."""


@line(logging.ERROR, "problem.internal")
def problem_internal(*, status: int, error: BaseException, operation: str | None, request_id: str | None) -> None:
    """The same, where the trouble is the operator's: a key that is refused, a setting, a service that fails."""


@line(logging.ERROR, "session.missing")
def session_missing(*, mounted: bool) -> None:
    """No lifespan has opened the session. `mounted`: it is in a mounted application, whose lifespan nobody runs."""


@line(logging.ERROR, "stream.failed")
def stream_failed(*, error: BaseException, where: str) -> None:
    """A streamed screening ended in an error that is not this package's. `where` is the line that raised."""


@line(logging.DEBUG, "stream.left")
def stream_left(*, events: int) -> None:
    """A visitor left a stream; its run is left, too."""


@line(logging.INFO, "stream.stopped")
def stream_stopped(*, events: int) -> None:
    """The server was asked to stop, so a stream ends: its run is left, and its visitor is told."""
