"""The other clients that ours is measured beside, in a virtual environment of their own.

One environment holds them and this project, so that all of them run on the same Python with the same aiohttp; it is
made once, in the user's cache folder, and made anew when the list below or the project's place changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PEERS = (
    "anthropic>=2.14,<3",
    "githubkit>=0.16,<0.17",
    "hishel<2",  # githubkit 0.16 takes 2.0 and cannot be imported with it
    "msgspec>=0.20",
    "openai>=3.57,<4",
    "psutil>=6",
    "pydantic>=2.14,<3",
    "stripe>=16.1,<17",
)


def folder() -> Path:
    """Where the environment stands: `CVSENSE_BENCH_PEERS`, else in the user's cache folder."""
    given = os.environ.get("CVSENSE_BENCH_PEERS")
    if given:
        return Path(given)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    mark = "\n".join((*PEERS, str(ROOT), sys.version))
    return cache / "cvsense-async-bench" / hashlib.sha256(mark.encode()).hexdigest()[:12]


def python() -> str:
    """The interpreter that has the peers; made where there is none yet."""
    place = folder()
    inside = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = place / "peers-are-installed"
    if not done.exists():
        print(f"installing the peers into {place} …", file=sys.stderr, flush=True)
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        install = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "-e", f"{ROOT}[sandbox]", *PEERS], check=True)
        done.touch()
    return str(inside)


def enter() -> None:
    """Go on in the peers' environment: the running script starts again there, with the same arguments."""
    wanted = python()
    if Path(sys.prefix).resolve() != folder().resolve():
        os.execv(wanted, [wanted, *sys.argv])
