"""A screening run in a process of its own that is killed at random moments and gone on with, against a faulty service.

Run as a script it is that process: `python killing.py URL KEY FOLDER JOURNAL`. It prints what it was given as JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__)
FAULTS = ("drop_before", "drop_after", "500", "502", "cut")


def faults(share: float) -> list[dict[str, Any]]:
    """Each kind of fault, at each operation, with this probability."""
    return [{"kind": kind, "op": "*", "probability": share} for kind in FAULTS]


async def trial(folder: Path, *, count: int, kills: int, seed: int, share: float = 0.02) -> dict[str, Any]:
    """One run of `count` CVs, killed up to `kills` times; gives what was found, and raises for what is wrong."""
    from contract_server import ContractServer

    chance = random.Random(seed)
    sources, journal = folder / "cvs", folder / "j.db"
    sources.mkdir(parents=True)
    written: set[str] = set()
    for number in range(count):
        content = b"%PDF-1.7\n" + chance.randbytes(300)
        (sources / f"cv-{number}.pdf").write_bytes(content)
        written.add(hashlib.sha256(content).hexdigest())
    killed, runs = 0, 0
    switches: dict[str, Any] = {"throttle": "none", "seconds_per_cv": 0.02, "workers": 3, "latency": 0.02, "seed": seed}
    async with ContractServer(process=True, faults=faults(share), **switches) as server:
        while runs < kills + 8:
            runs += 1
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(HERE), server.url, server.api_key, str(sources), str(journal),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
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
