"""A screening run in a process of its own that is killed at random moments and gone on with, against a faulty service.

Run as a script it is that process: `python killing.py URL KEY FOLDER JOURNAL`. It prints `held` once it has the
journal, and at its end what it was given as JSON. The journal lies in the folder that is screened, and is read by the
process that uses it: both once cost it its lock.
"""

from __future__ import annotations

import asyncio
import contextlib
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
    """One run of `count` CVs, killed up to `kills` times, while others try to go on with it, too.

    Gives what was found, and raises for what is wrong.
    """
    from contract_server import ContractServer

    import cvsense_async as cv

    assert cv.CVSenseSession  # what is imported lazily is so now, and not in the moments that count

    chance = random.Random(seed)
    sources, journal = folder / "cvs", folder / "cvs" / "run.journal"
    written = _write(sources, count, chance)
    killed, runs, refused = 0, 0, 0
    switches: dict[str, Any] = {"throttle": "none", "seconds_per_cv": 0.02, "workers": 3, "latency": 0.02, "seed": seed}
    async with ContractServer(process=True, faults=faults(share), **switches) as server:
        while runs < kills + 8:
            runs += 1
            process = await _process(server, sources, journal)
            kill = killed < kills
            if kill and chance.random() < 0.2:  # in its first moments, before or after it has the journal
                await asyncio.sleep(chance.uniform(0.1, 1.0))
                with contextlib.suppress(ProcessLookupError):  # it has ended before
                    process.kill()
                killed += 1
                await process.communicate()
                continue
            held, speaking = await _held(process)
            until = asyncio.get_running_loop().time() + chance.uniform(0.1, 0.8)
            while held and not speaking.done():
                if await _second_resume(server, journal):
                    refused += 1
                else:
                    await _ended_before(speaking)
                if kill and asyncio.get_running_loop().time() > until:
                    break
                await asyncio.wait([speaking], timeout=0.1 if kill else 1.0)
            if kill and not speaking.done():
                process.kill()
                killed += 1
                await speaking
                continue
            said = json.loads(await speaking or b"{}")
            if said.get("complete"):
                break
        check = await server.check(sorted(written), said["results"])
        books = await server.ledger(summary=True)
    found = [result["sha256"] for result in said["results"]]
    wrong = {name: each for name, each in check.items() if name != "expected" and each}
    assert not wrong, wrong
    assert sorted(found) == sorted(written), (len(found), len(set(found)), len(written), said["summary"])
    assert books["used"] == count, books
    return {"kills": killed, "runs": runs, "refused": refused, "requests": said["requests"]}


async def _held(process: asyncio.subprocess.Process) -> tuple[bool, asyncio.Task[bytes]]:
    """Wait until a process has its journal, or has ended; gives which, and the task that hears what it says then."""
    assert process.stdout is not None
    first = await process.stdout.readline()
    held = first == b"held\n"

    async def rest() -> bytes:
        said = (await process.communicate())[0]
        return said if held else first + said

    return held, asyncio.create_task(rest())


async def _second_resume(server: Any, journal: Path) -> bool:
    """Try to go on with the run beside the process that does; gives whether it was refused."""
    import cvsense_async as cv

    async with cv.CVSenseSession(server.api_key, server.url) as session:
        try:
            async with session.resume(journal) as run:
                async for _ in run:
                    break
        except cv.JournalInUse:
            return True
    return False


async def _ended_before(speaking: asyncio.Task[bytes]) -> None:
    """A second resume came in: that is right only where the first one had let the journal go."""
    said = json.loads(await asyncio.wait_for(speaking, 10) or b"{}")
    assert said.get("let_go"), f"a second resume came in beside the first: {said.get('summary')}"


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
            said = json.loads((await asyncio.wait_for(speaking, 60))[0].removeprefix(b"held\n") or b"{}")
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
        run = session.resume(journal) if Path(journal).exists() else _begun(session, folder, journal)
        problem = await _taken(run, journal, results)
        if isinstance(problem, cv.JournalEmpty):  # killed between the making of the file and the beginning of the run
            run = _begun(session, folder, journal)
            problem = await _taken(run, journal, results)
    summary = run.summary
    complete = summary.complete and problem is None
    said = {"complete": complete, "results": results, "summary": f"{summary} {type(problem).__name__}"}
    # What the journal itself did not end, the run did, and then it let the journal go before it was left.
    print(json.dumps({**said, "let_go": not isinstance(problem, cv.JournalError), "requests": summary.requests}))


def _begun(session: Any, folder: str, journal: str) -> Any:
    import cvsense_async as cv

    job = cv.JobDescription("Engineer", "Python.")
    return session.screen(folder, job=job, journal=journal, batch_size=20, poll_interval=(0.02, 0.05))


async def _taken(run: Any, journal: str, results: list[dict[str, Any]]) -> Exception | None:
    """Take what a run gives; gives what stopped it. What it says while it holds its journal is one line."""
    import cvsense_async as cv

    async def tell() -> None:
        while not run.progress.checked:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        Path(journal).read_bytes()
        print("held", flush=True)

    telling = asyncio.create_task(tell())
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
        return error
    finally:
        telling.cancel()
    return None


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent))
    asyncio.run(main(*sys.argv[1:]))
