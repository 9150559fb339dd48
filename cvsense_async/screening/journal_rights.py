"""Closes a journal's files to other users, and refuses those that somebody else could have put there.

A journal holds names and results of people, and says what a resumed run does. So a file that was made beforehand is
tightened where it is ours, and refused where it is not; on systems without such rights (Windows, FAT) nothing is done.
"""

from __future__ import annotations

import contextlib
import os
import stat

from cvsense_async import log
from cvsense_async.errors import JournalError

OTHERS = 0o077
"""The rights of everybody but the owner."""

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a file."""

MOUNTS = "/proc/self/mountinfo"
_NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.s3fs",
)


def open_closed(path: str, flags: int = 0) -> int:
    """Open a regular file for reading and writing, closed to other users; gives its descriptor.

    Never waits for a pipe, and never follows a link that took the file's place. Raises `JournalError` for what is no
    regular file and for what other users may read and we cannot close, `OSError` where it cannot be opened.
    """
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"):
        flags |= getattr(os, name, 0)
    number = os.open(path, os.O_RDWR | flags, 0o600)
    try:
        _close_to_others(number)
    except BaseException:
        os.close(number)
        raise
    return number


def check_files(path: str) -> None:
    """Close a journal's file, and what lies beside it, to other users.

    Raises `JournalError`. To be called by who holds the journal's lock: closing a file drops SQLite's own locks on it.
    """
    for each in (path, *(path + beside for beside in BESIDE)):
        with contextlib.suppress(FileNotFoundError):
            if os.path.islink(each):
                raise JournalError("a file of the journal is a link to another one: remove it, or give another path")
            os.close(open_closed(each))


def check_name(path: str) -> None:
    """Refuse a file that has a second name (a hard link), under which SQLite would keep a second log, and we a second
    lock. Raises `JournalError`."""
    with contextlib.suppress(OSError, ValueError):
        if has_second_name(path):
            words = "the journal has a second name (a hard link), under which another run could use it unnoticed"
            raise JournalError(f"{words}: copy it to a new file, remove this one, and go on with the copy")


def has_second_name(path: str) -> bool:
    """Whether a file has a hard link. Raises `OSError`."""
    found = os.stat(path)
    return stat.S_ISREG(found.st_mode) and found.st_nlink > 1


def check_place(given: str, path: str) -> None:
    """Refuse a link that somebody else made; tell of a folder that everybody may write to, or that is on a network.

    `given` is the journal as the caller names it, `path` where it really lies. Raises `JournalError`.
    """
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        link = os.lstat(given)
        if stat.S_ISLNK(link.st_mode) and link.st_uid not in (0, os.geteuid()):
            raise JournalError("the journal's path is a link that another user made: give the path of the file itself")
    with contextlib.suppress(OSError):
        mode = os.stat(os.path.dirname(path) or os.curdir).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            log.journal_exposed(what="folder")
    system = _network_system(os.path.dirname(path))
    if system is not None:
        log.journal_network(system=system)


def _close_to_others(number: int) -> None:
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode):
        raise JournalError("the journal's path is a pipe, a socket, a device or a folder: give a file")
    if os.name != "posix" or not found.st_mode & OTHERS:
        return
    try:
        os.fchmod(number, stat.S_IMODE(found.st_mode) & ~OTHERS)
    except PermissionError:
        if found.st_uid != os.geteuid():
            words = "a file of the journal belongs to another user, who may read what is written to it"
            raise JournalError(f"{words}: give a path of your own") from None
    except OSError:  # a file system without rights: what follows tells
        pass
    if os.fstat(number).st_mode & OTHERS:
        log.journal_exposed(what="file")


def _network_system(folder: str) -> str | None:
    """The kind of the network file system that a folder is on, where this system tells (Linux)."""
    with contextlib.suppress(OSError, ValueError):
        device = os.stat(folder or os.curdir).st_dev
        number = f"{os.major(device)}:{os.minor(device)}"
        with open(MOUNTS, encoding="utf-8", errors="replace") as mounts:
            for mount in mounts:
                fields = mount.split()
                if fields[2] == number:
                    kind = fields[fields.index("-") + 1]
                    return kind if kind in _NETWORK else None
    return None
