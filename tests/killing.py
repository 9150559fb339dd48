"""A screening run in a process of its own that is killed at random moments and gone on with, against a faulty service.

Run as a script it is that process: `python killing.py URL KEY FOLDER JOURNAL`. It prints what it was given as JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__)
KEY = "cvs_killed_again_and_again"
FAULTS = ("drop_before", "drop_after", "500", "502", "cut")


def faults(share: float) -> list[dict[str, Any]]:
    """Each kind of fault, at each operation, with this probability."""
    return [{"kind": kind, "op": "*", "probability": share} for kind in FAULTS]


async def trial(folder: Path, *, count: int, kills: int, seed: int, share: float = 0.02) -> dict[str, Any]:
    """One run of `count` CVs, killed up to `kills` times; gives what was found, and raises for what is wrong."""
    from contract_server import ContractServer

    chance = random.Random(seed)
    sources, journal = folder / "cvs", folder / "j.db"
    written = _write(sources, count, chance)
    killed, runs = 0, 0
    switches: dict[str, Any] = {"throttle": "none", "seconds_per_cv": 0.02, "workers": 3, "latency": 0.02, "seed": seed}
    async with ContractServer(process=True, faults=faults(share), **switches) as server:
        while runs < kills + 8:
            runs += 1
            process = await _process(server, sources, journal)
            speaking = asyncio.create_task(process.communicate())
            if killed < kills:
                await asyncio.wait([speaking], timeout=chance.uniform(0.3, 1.0))
                if not speaking.done():
                    process.kill()
                    killed += 1
                    await speaking
                    continue
            said = json.loads((await speaking)[0] or b"{}")
            if said.get("complete"):
                break
        check = await server.check(sorted(written), said["results"])
        books = await server.ledger(summary=True)
    found = [result["sha256"] for result in said["results"]]
    wrong = {name: each for name, each in check.items() if name != "expected" and each}
    assert not wrong, wrong
    assert sorted(found) == sorted(written), (len(found), len(set(found)), len(written), said["summary"])
    assert books["used"] == count, books
    return {"kills": killed, "runs": runs, "requests": said["requests"]}


async def service_trial(folder: Path, *, count: int, kills: int, seed: int) -> dict[str, Any]:
    """One run of `count` CVs at a sandbox that is killed up to `kills` times and starts again on its file and port."""
    from cvsense_async.sandbox import Sandbox

    chance = random.Random(seed)
    sources, journal = folder / "cvs", folder / "j.db"
    written = _write(sources, count, chance)
    killed, runs, port = 0, 0, 0
    said: dict[str, Any] = {}
    while not said.get("complete"):
        runs += 1
        assert runs < kills + 8, said
        sandbox = Sandbox(
            KEY, db=folder / "sandbox.db", port=port, engine="instant", credits=count, rate_limit=(1_000_000, 60.0),
            screening_seconds=0.002, workers=1,
        )  # fmt: skip
        async with sandbox:
            port = int(sandbox.url.split(":")[2].split("/")[0])
            process = await _process(sandbox, sources, journal)
            speaking = asyncio.create_task(process.communicate())
            if killed < kills:
                await _reaches(sandbox, speaking, chance.choice(["reserved", "used"]), chance.randint(1, count // 2))
                if not speaking.done():
                    os.kill(sandbox.pid, signal.SIGKILL)
                    killed += 1
            said = json.loads((await asyncio.wait_for(speaking, 60))[0] or b"{}")
            if said.get("complete"):
                books = await sandbox.ledger()
    found = [result["sha256"] for result in said["results"]]
    assert sorted(found) == sorted(written), (len(found), len(set(found)), len(written), said["summary"])
    assert (books["used"], books["reserved"]) == (count, 0), books
    return {"kills": killed, "runs": runs, "requests": said["requests"]}


async def _reaches(sandbox: Any, speaking: asyncio.Task[Any], what: str, credits: int) -> None:
    """Wait until the service holds, or has charged, so many credits more than now, or the process has ended."""
    goal = (await sandbox.ledger())[what] + credits
    while not speaking.done() and (await sandbox.ledger())[what] < goal:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def _write(sources: Path, count: int, chance: random.Random) -> set[str]:
    """So many CVs; gives their SHA-256."""
    sources.mkdir(parents=True)
    written: set[str] = set()
    for number in range(count):
        content = b"%PDF-1.7\n" + chance.randbytes(300)
        (sources / f"cv-{number}.pdf").write_bytes(content)
        written.add(hashlib.sha256(content).hexdigest())
    return written


async def _process(server: Any, sources: Path, journal: Path) -> asyncio.subprocess.Process:
    command = [sys.executable, str(HERE), server.url, server.api_key, str(sources), str(journal)]
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


# --- the process that is killed ---------------------------------------------------------------------------------------


async def main(url: str, key: str, folder: str, journal: str) -> None:
    """Begin a run, or go on with it; SIGTERM leaves it as its `async with` does."""
    import cvsense_async as cv

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    results: list[dict[str, Any]] = []
    rate = cv.RateLimit(100_000, per=1.0)
    retries = cv.RetryPolicy(base=0.001, cap=0.01)
    async with cv.CVSenseSession(key, url, rate_limit=rate, retries=retries) as session:
        job = cv.JobDescription("Engineer", "Python.")
        run = session.resume(journal)
        if not _has_run(journal):
            run = session.screen(folder, job=job, journal=journal, batch_size=20, poll_interval=(0.02, 0.05))
        problem = None
        try:
            async with run:
                async for batch in run:
                    results += [
                        {
                            "item_id": screened.result.id,
                            "sha256": screened.document.sha256 if screened.document else None,
                            "summary": screened.result.summary,
                        }
                        for screened in batch
                    ]
        except cv.CVSenseError as error:
            problem = type(error).__name__
    summary = run.summary
    said = {"complete": summary.complete and problem is None, "results": results, "summary": f"{summary} {problem}"}
    print(json.dumps({**said, "requests": summary.requests}))


def _has_run(journal: str) -> bool:
    import sqlite3

    if not Path(journal).exists():
        return False
    db = sqlite3.connect(journal)
    try:
        return bool(db.execute("SELECT count(*) FROM run").fetchone()[0])
    except sqlite3.Error:
        return False
    finally:
        db.close()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent))
    asyncio.run(main(*sys.argv[1:]))
