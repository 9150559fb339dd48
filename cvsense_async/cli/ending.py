"""How a command ends: one line for what went wrong, an exit status, and nothing left half said.

Every way out passes here, so that neither a traceback nor somebody else's escape sequence reaches a terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, cast

from cvsense_async import errors

from .consoles import err, flush_all, prepare_streams, say
from .safe import one_line
from .statuses import CREDITS, FAILURE, OK, REFUSED, USAGE

_WRONG_ADDRESS = "is --base-url right? `cvsense doctor` says what the service answers"

_HINTS: tuple[tuple[type[BaseException], str], ...] = (
    (errors.PermissionDenied, "see the Developer Dashboard"),
    (errors.ConnectionFailed, "check the network, the proxy and --base-url; `cvsense doctor` says more"),
    (errors.ConnectionLost, "try again; `cvsense doctor` checks the service"),
    (errors.CallTimeout, "try again; `cvsense doctor` checks the service"),
    (errors.InvalidResponse, _WRONG_ADDRESS),
    (errors.RateLimited, "somebody else uses this key's quota: wait a minute, or lower --rate-limit"),
    (errors.ServerError, "the service has trouble: try again later"),
    (errors.NoDocuments, "give PDF or DOCX files, or a folder that holds some"),
)
_IN_COMMANDS = {
    "raise max_credits": "raise --max-credits",
    "is given with ca_file= or ssl_context=": "is named by SSL_CERT_FILE, a file of certificates in PEM form",
}
"""What the library calls its arguments, and what does the same on the command line."""


class Stop(Exception):
    """The command ends here, with these words and this exit status."""

    def __init__(self, words: str, status: int = USAGE) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


class Interruption:
    """What a signal asks for: the first one cancels the command's task, the second one ends the process at once."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.leaving = "stopping"
        self.left = "batches that were open may go on at the service and cost credits"
        """What is said where a second signal leaves at once."""

    @property
    def status(self) -> int:
        """The exit status that a shell expects after this signal."""
        return 128 + (self.number or signal.SIGINT)

    def listen(self, task: asyncio.Task[Any]) -> None:
        """Take over SIGINT, SIGTERM and (unless it is ignored, as under nohup) SIGHUP for this task's loop."""
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            if number is None or (number != signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN):
                continue
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                asyncio.get_running_loop().add_signal_handler(number, self._came, int(number), task)

    def _came(self, number: int, task: asyncio.Task[Any]) -> None:
        if self.number is not None:
            self._leave_at_once(number)
        self.number = number
        say(f"{self.leaving} (Ctrl-C again: leave at once)")
        task.cancel()

    def _leave_at_once(self, number: int) -> None:
        with contextlib.suppress(Exception):
            err().show_cursor(True)
            say(f"left at once; {self.left}")
            flush_all()
        os._exit(128 + number)


def run(work: Callable[[Interruption], Coroutine[Any, Any, int]]) -> int:
    """Carry out a command in an event loop of its own and give its exit status."""
    interruption = Interruption()

    async def main() -> int:
        task = asyncio.current_task()
        if task is not None:
            interruption.listen(task)
        try:
            return await work(interruption)
        except asyncio.CancelledError:
            if interruption.number is None:
                raise
            return interruption.status

    return asyncio.run(main())


def guarded(arguments: list[str]) -> int:
    """Run the command line; whatever happens becomes one line on stderr and an exit status."""
    prepare_streams()
    try:
        from .app import app

        answer: Any = app(arguments, prog_name="cvsense", standalone_mode=False)
        status = answer if isinstance(answer, int) else OK
    except KeyboardInterrupt:
        status = 130
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else FAILURE
    except BaseException as error:
        status = report(error)
    flush_all()
    return status


def report(error: BaseException) -> int:
    """Say what went wrong and what to do next, and give the exit status."""
    if os.environ.get("CVSENSE_DEBUG") not in (None, "", "0"):
        import traceback

        lines = traceback.format_exception(error)
        print("\n".join(one_line(line) for part in lines for line in part.splitlines()), file=sys.stderr)
    words, status = explained(error)
    if words:
        say(words)
    return status


def explained(error: BaseException) -> tuple[str, int]:
    """An error in one line, with what to do next, and its exit status."""
    error = _first(error)
    if isinstance(error, Stop):
        return error.words, error.status
    if isinstance(error, BrokenPipeError):
        return "", OK
    if isinstance(error, errors.CVSenseError):
        return _explained_ours(error)
    if hasattr(error, "format_message"):  # the command-line parser's own
        return _explained_usage(error)
    if type(error).__name__ == "Abort":
        return "", 130
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{where}", FAILURE
    words = f"this should not have happened ({type(error).__name__}: {error}); CVSENSE_DEBUG=1 shows where"
    return words, FAILURE


def _first(error: BaseException) -> BaseException:
    first: Any = error
    while hasattr(first, "exceptions"):
        first = first.exceptions[0]
    return cast("BaseException", first)


def _explained_ours(error: errors.CVSenseError) -> tuple[str, int]:
    words = str(error)
    if isinstance(error, errors.SourcesNeeded):
        words = "some documents are not at hand any more"
    for theirs, ours in _IN_COMMANDS.items():
        words = words.replace(theirs, ours)
    hint = next((hint for kind, hint in _HINTS if isinstance(error, kind)), "")
    if isinstance(error, errors.NotFound) and "{" not in (error.path or ""):
        hint = _WRONG_ADDRESS  # it names no id that could be unknown
    words = f"{words}: {hint}" if hint else words
    if isinstance(error, (errors.AuthenticationError, errors.PermissionDenied)):
        return words, REFUSED
    if isinstance(error, (errors.InsufficientCredits, errors.BudgetExceeded)):
        return words, CREDITS
    if isinstance(error, (errors.ConfigurationError, errors.NoDocuments)):
        return words, USAGE
    return words, FAILURE


def _explained_usage(error: Any) -> tuple[str, int]:
    context = getattr(error, "ctx", None)
    command = str(getattr(context, "command_path", "") or "cvsense")
    words = str(error.format_message()).strip().rstrip(".")
    status = int(getattr(error, "exit_code", USAGE))
    if type(error).__name__ == "NoArgsIsHelpError":
        print(words, file=sys.stderr)
        return "", status
    return f"{words} (see {command} --help)", status
