"""The journals of the command line's runs: where their files lie, what they are called, and which one is meant.

They hold names and results of people, so their folder is closed to others; and a file that is no journal is told from
one before anything opens it, for opening a database already writes to it.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import shlex
import sys
from collections.abc import Callable, Generator
from pathlib import Path

from cvsense_async import errors
from cvsense_async.screening.journal_file import APPLICATION

from .ending import Stop
from .statuses import FAILURE

FOLDER_VARIABLE = "CVSENSE_STATE_DIR"
SUFFIX = ".journal"
BESIDE = ("", "-wal", "-shm", ".lock")
"""A journal's file, and what SQLite and the run that holds it put beside it."""

_MAGIC = b"SQLite format 3\0"


def state_folder() -> Path:
    """Where this platform's programs keep what should outlast them; CVSENSE_STATE_DIR names another place."""
    given = os.environ.get(FOLDER_VARIABLE, "").strip()
    if given:
        return _from_home(lambda: Path(given).expanduser() / "runs")
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or _from_home(Path.home) / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = _from_home(Path.home) / "Library" / "Application Support"
    else:
        stated = os.environ.get("XDG_STATE_HOME", "")
        base = Path(stated) if os.path.isabs(stated) else _from_home(Path.home) / ".local" / "state"
    return base / "cvsense" / "runs"


def _from_home(path: Callable[[], Path]) -> Path:
    try:
        return path()
    except RuntimeError:  # HOME is not set, and the system knows no home of this user, as in some containers
        words = f"no home folder is known here: set HOME, or {FOLDER_VARIABLE} to a folder in which runs can be kept"
        raise errors.ConfigurationError(words) from None


def kept() -> list[Path]:
    """The journals in the state folder, newest first."""
    with contextlib.suppress(OSError):
        return sorted((path for path in state_folder().iterdir() if path.suffix == SUFFIX), reverse=True)
    return []


def short_name(path: Path) -> str | None:
    """What a journal of the state folder is called in short: the end of its name."""
    if path.suffix == SUFFIX and path.absolute().parent == state_folder().absolute():
        return path.stem.rpartition("-")[2]
    return None


def called(path: Path) -> str:
    """A journal as it can be typed after a command."""
    return short_name(path) or shlex.quote(os.fspath(path))


def new_journal() -> Path:
    """A name for a new journal in the state folder, which is made, for its owner alone. Raises `Stop`."""
    folder = state_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "it may not be written to")
    except OSError as error:
        raise Stop(
            f"the run's journal cannot be kept in {folder} ({error.strerror}): --journal FILE puts it elsewhere, "
            "--no-journal goes without"
        ) from None
    taken = {short_name(path) for path in kept()}
    today = datetime.datetime.now(datetime.UTC)
    while (name := secrets.token_hex(2)) in taken:
        pass
    return folder / f"{today:%Y-%m-%d-%H%M}-{name}{SUFFIX}"


def journal_for(given: str) -> Path:
    """The file that `--journal` names, which must not be there yet. Raises `Stop`."""
    path = Path(given).expanduser()
    if path.is_dir():
        raise Stop(f"--journal {given}: this is a folder; give a file that is not there yet")
    if not given or not path.absolute().parent.is_dir():
        raise Stop(f"--journal {given or repr(given)}: its folder does not exist")
    if path.exists() and not is_empty(path):
        _check(path)
        raise Stop(
            f"--journal {given}: there is a run in it already; `cvsense screen --resume {called(path)}` goes on with "
            "it, and a new run needs a file of its own"
        )
    return path


def find(given: str) -> Path:
    """The journal that is meant by a path, or by the short name that `cvsense runs list` shows. Raises `Stop`."""
    path = Path(given).expanduser()
    if given and path.exists():
        if path.is_dir():
            raise Stop(f"{given}: this is a folder, not a journal")
        _check(path)
        return path
    found = [one for one in kept() if given in (short_name(one), one.stem, one.name)]
    if len(found) == 1:
        _check(found[0])
        return found[0]
    if found:
        raise Stop(f"{given}: there are {len(found)} journals of this name; give the file's path")
    raise Stop(f"{given or repr(given)}: there is no such journal; `cvsense runs list` shows those that are kept")


def is_empty(path: Path) -> bool:
    """Whether a file holds nothing: neither by itself, nor in what SQLite has put beside it."""
    try:
        return path.stat().st_size == 0 and not Path(f"{path}-wal").exists()
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove a journal's file and what lies beside it."""
    for beside in BESIDE:
        with contextlib.suppress(OSError):
            Path(f"{path}{beside}").unlink(missing_ok=True)


def overwrite(path: Path) -> None:
    """Write zeros over a journal's file and what lies beside it. Raises `OSError`."""
    for beside in BESIDE:
        with contextlib.suppress(FileNotFoundError), Path(f"{path}{beside}").open("r+b") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(b"\0" * min(left, 1 << 20))
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def told(path: Path) -> Generator[None, None, None]:
    """What a journal meets, in this command line's words: raises `Stop`."""
    try:
        yield
    except errors.JournalError as problem:
        raise Stop(explained(path, problem), FAILURE) from problem


def explained(path: Path, problem: errors.JournalError) -> str:
    """What is wrong with a journal, and what to do next."""
    name = called(path)
    if isinstance(problem, errors.JournalInUse):
        return f"{name}: another process is using this journal; wait until that has ended, or stop it with Ctrl-C"
    if isinstance(problem, errors.JournalDamaged):
        words = f"{name}: the journal is damaged and cannot be gone on with"
        if problem.results:
            words += f"; `cvsense runs export {name} -o saved.csv` saves the {problem.results:,} results that are left"
        if problem.open_batches:
            ids = ", ".join(batch.strip('"') for batch in problem.open_batches)
            words += f"; batches that were open: {ids} (`cvsense batch status ID` says where one stands)"
        return words
    return f"{path}: {problem}"


def _check(path: Path) -> None:
    """Raise `Stop` for a file that is no journal, without opening it as a database."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise Stop(f"{path}: it cannot be read ({error.strerror})") from None
    if is_empty(path):
        raise Stop(f"{path}: the file is empty; there is no run in it")
    if not head.startswith(_MAGIC) and head:
        raise Stop(f"{path}: this is no journal, or its beginning is damaged")
    application = int.from_bytes(head[68:72], "big")
    if application != APPLICATION and not Path(f"{path}-wal").exists():
        raise Stop(f"{path}: this is a database, but no journal")
