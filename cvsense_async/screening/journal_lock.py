"""Holds a journal for one run at a time, by a lock on a file beside it (`….lock`).

SQLite's own lock is not enough: it is a POSIX record lock, and the process that has it loses it as soon as anything in
it opens and closes the journal, be it to copy it. A `flock` hangs on the open file: only who took it can give it up,
or lose it by ending. On Windows, where such locks hang on the handle anyway, it is a byte of that same file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import weakref

from cvsense_async.errors import JournalError, JournalInUse, JournalTakenOver

from .journal_rights import open_closed

SUFFIX = ".lock"

_ATTEMPTS = 20  # each fails only where somebody else has just let go
_HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)
TAKEN_OVER = "another process has taken the journal over: nothing more is sent by this one, and that one goes on"
_IN_USE = "another process, or another run of this one, is using the journal"
_NO_LOCKS = (
    "the journal's folder does not keep locks (network folders often do not), so that two runs could use it at once: "
    "put it on a disk of this machine"
)


class JournalLock:
    """The lock beside a journal: `take` it, `check` that nobody took it away, `release` it."""

    def __init__(self, journal: str) -> None:
        self.path: str = journal + SUFFIX
        self._number: int | None = None

    def take(self) -> None:
        """Take the lock. Raises `JournalInUse` where another one has it, `JournalError` where locks do not hold."""
        for _ in range(_ATTEMPTS):
            number = open_closed(self.path, os.O_CREAT)
            try:
                _lock(number)
                if self._is_at_its_path(number):
                    self._prove()
                    self._number = number
                    _taken.add(self)
                    return
            finally:
                if self._number is None:
                    os.close(number)
        raise JournalInUse(_IN_USE)

    def check(self) -> None:
        """Take the lock again where somebody removed its file. Raises `JournalTakenOver` where another one has it."""
        if self._number is not None and self._is_at_its_path(self._number):
            return
        lost, self._number = self._number, None
        try:
            self.take()
        except (OSError, JournalError) as error:
            raise JournalTakenOver(TAKEN_OVER) from error
        finally:
            if lost is not None:
                os.close(lost)

    def release(self) -> None:
        """Let go, and remove the file. Who opened it before sees that it is no longer at its path, and tries again."""
        number, self._number = self._number, None
        _taken.discard(self)
        if number is None:
            return
        # Windows removes no file that is open, nor one that another process has opened since.
        if os.name == "posix" and self._is_at_its_path(number):
            with contextlib.suppress(OSError):
                os.unlink(self.path)
        with contextlib.suppress(OSError):
            _unlock(number)  # a process that was forked while it was held may have it open, too
        os.close(number)
        if os.name != "posix":
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def leave(self) -> None:
        """Forget the lock without giving it up: it belongs to the process that this one was forked from."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)

    def _is_at_its_path(self, number: int) -> bool:
        try:
            return os.path.samestat(os.fstat(number), os.stat(self.path, follow_symlinks=False))
        except OSError:
            return False

    def _prove(self) -> None:
        """Raise `JournalError` where the lock that is held keeps nobody out."""
        number = open_closed(self.path)
        try:
            _lock(number)
        except JournalInUse:
            return
        finally:
            os.close(number)
        raise JournalError(_NO_LOCKS)


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, 0, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise _refused(error) from None

    def _unlock(number: int) -> None:
        os.lseek(number, 0, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)

    def is_held(journal: str) -> bool:
        """Whether somebody holds a journal now; here that cannot be asked without taking it, so it is always no."""
        return False
else:
    import fcntl

    def _lock(number: int) -> None:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _refused(error) from None

    def _unlock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_UN)

    def is_held(journal: str) -> bool:
        """Whether somebody holds a journal now: it is only looked at."""
        try:
            number = os.open(journal + SUFFIX, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _HELD
        finally:
            os.close(number)
        return False


def _refused(error: OSError) -> JournalError:
    return JournalInUse(_IN_USE) if error.errno in _HELD else JournalError(_NO_LOCKS)


_taken: weakref.WeakSet[JournalLock] = weakref.WeakSet()


def _leave_to_parent() -> None:
    for lock in list(_taken):
        lock.leave()
    _taken.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
