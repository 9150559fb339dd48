"""`Sandbox`: a process of its own that comes, goes, and goes on after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from aiohttp import web

from cvsense_async.errors import ConfigurationError, SessionClosed
from cvsense_async.sandbox import Sandbox, SandboxFailed
from cvsense_async.sandbox.alone import judged

PDF = b"%PDF-1.4\n%%EOF"


async def call(sandbox: Sandbox, method: str, path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, sandbox.url + path, headers=headers, **more) as got,
    ):
        return (await got.json())["data"]


async def batch_of(sandbox: Sandbox, count: int) -> int:
    body = {"job_title": "Cook", "job_description": "Must cook"}
    batch_id = (await call(sandbox, "POST", "/screening/batch", json=body))["id"]
    form = aiohttp.FormData()
    for n in range(count):
        form.add_field("files[]", PDF + b"%d" % n, filename=f"{n}.pdf", content_type="application/pdf")
    await call(sandbox, "POST", f"/screening/batch/{batch_id}/upload", data=form)
    return int(batch_id)


async def ended(sandbox: Sandbox, batch_id: int) -> Any:
    async with asyncio.timeout(100):
        while True:
            state = await call(sandbox, "GET", f"/screening/batch/{batch_id}/status")
            if state["status"] in ("completed", "failed", "cancelled"):
                return state
            await asyncio.sleep(0.02)


async def test_comes_and_goes() -> None:
    """It answers on loopback with its own key, shows neither key nor leaves a process or a folder."""
    sandbox = Sandbox(engine="instant")
    with pytest.raises(SessionClosed):
        _ = sandbox.url
    async with sandbox:
        assert sandbox.url.startswith("http://127.0.0.1:")
        assert sandbox.url.endswith("/api/v1")
        assert sandbox.api_key.startswith("cvs_")
        assert sandbox.api_key not in repr(sandbox) + repr(sandbox.options)
        assert (await call(sandbox, "GET", "/account"))["id"] == 1
        pid = sandbox.pid
        assert sandbox.api_key not in " ".join(psutil.Process(pid).cmdline())
        await ended(sandbox, await started(sandbox, 2))
        assert (await sandbox.ledger())["used"] == 2
        assert (await sandbox.state())["items"] == 2
    assert not psutil.pid_exists(pid)
    async with sandbox:  # it can be used again
        assert (await sandbox.state())["items"] == 0


async def started(sandbox: Sandbox, count: int) -> int:
    batch_id = await batch_of(sandbox, count)
    await call(sandbox, "POST", f"/screening/batch/{batch_id}/start")
    return batch_id


async def test_python_switches() -> None:
    """Faults, clock, reset and deliveries can be reached as methods."""
    async with Sandbox(engine="instant", rate_limit=(2, 60)) as sandbox:
        fault = await sandbox.faults.add("get_account", status=500, times=1)
        assert [one["id"] for one in await sandbox.faults.list()] == [fault]
        await sandbox.faults.remove(fault)
        await sandbox.faults.add(status=500)
        await sandbox.faults.clear()
        with pytest.raises(ConfigurationError, match="operation"):
            await sandbox.faults.add("nothing", status=500)
        before = await sandbox.clock.now()
        assert await sandbox.clock.advance(1000) >= before + 1000
        assert await sandbox.deliveries.list() == []
        await batch_of(sandbox, 1)
        await sandbox.reset()
        assert (await sandbox.state())["batches"] == 0
        assert await sandbox.clock.now() < before + 900


async def test_enter_and_exit_in_different_tasks() -> None:
    """Entering in one task and leaving in another does no harm."""
    sandbox = Sandbox(engine="instant")
    await asyncio.create_task(sandbox.__aenter__())
    pid = sandbox.pid
    await asyncio.create_task(sandbox.__aexit__())
    assert not psutil.pid_exists(pid)


async def test_cancelled_while_leaving() -> None:
    """A cancelled exit still ends the process before it gives up."""
    sandbox = await Sandbox(engine="instant").__aenter__()
    pid = sandbox.pid
    leaving = asyncio.create_task(sandbox.__aexit__())
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert not psutil.pid_exists(pid)


async def test_cancelled_while_entering() -> None:
    """A start that was cancelled leaves no process."""
    before = set(psutil.Process().children())
    entering = asyncio.create_task(Sandbox(engine="instant").__aenter__())
    await asyncio.sleep(0.05)
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    async with asyncio.timeout(100):
        while set(psutil.Process().children()) - before:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "options",
    [
        {"host": "0.0.0.0"},
        {"throttle": "none"},
        {"throttle": "gcra:0"},
        {"engine": "nothing"},
        {"key": "two words\n"},
        {"rate_limit": (0, 60)},
    ],
)
def test_options_that_cannot_work(options: dict[str, Any]) -> None:
    """They are refused at once, in words."""
    with pytest.raises(ConfigurationError):
        Sandbox(**options)


async def test_an_engine_without_a_module() -> None:
    """It is refused when the sandbox starts, not when the first batch does."""
    with pytest.raises(ConfigurationError, match=r"nothing\.at"):
        await Sandbox(engine="nothing.at:all").__aenter__()


async def test_a_port_that_is_taken() -> None:
    """The failure says so, and leaves no process."""
    async with Sandbox(engine="instant") as one:
        port = int(one.url.split(":")[2].split("/")[0])
        with pytest.raises(SandboxFailed, match="address already in use"):
            await Sandbox(engine="instant", port=port).__aenter__()


async def test_a_file_that_is_in_use(tmp_path: Path) -> None:
    """Two sandboxes on one file would screen each CV twice: the second does not start."""
    async with Sandbox(engine="instant", db=tmp_path / "db"):
        with pytest.raises(ConfigurationError, match="database is locked"):
            await Sandbox(engine="instant", db=tmp_path / "db").__aenter__()


async def test_the_parent_dies() -> None:
    """When the process that started it is killed, the sandbox ends by itself."""
    program = (
        "import asyncio, os\nfrom cvsense_async.sandbox import Sandbox\n"
        "async def main():\n    s = await Sandbox(engine='instant').__aenter__()\n    print(s.pid, flush=True)\n"
        "    await asyncio.sleep(100)\nasyncio.run(main())"
    )
    process = await asyncio.to_thread(
        lambda: subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    )
    assert process.stdout is not None
    pid = int(await asyncio.to_thread(process.stdout.readline))
    process.kill()
    await asyncio.to_thread(process.wait)
    process.stdout.close()
    async with asyncio.timeout(100):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_in_the_foreground() -> None:
    """The module serves until SIGTERM, and says where."""
    arguments = [sys.executable, "-m", "cvsense_async.sandbox", "--port", "0", "--key", "cvs_k", "--engine", "instant"]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip().partition("=")[2]
    async with aiohttp.ClientSession() as http, http.get(url + "/account") as answer:
        assert answer.status == 401
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 100) == 0


def test_other_loops() -> None:
    """It works in a loop of another thread, and under uvloop where that is installed."""
    uvloop = pytest.importorskip("uvloop")
    found: list[int] = []

    async def main() -> None:
        async with Sandbox(engine="instant") as sandbox:
            found.append((await call(sandbox, "GET", "/account"))["id"])

    def run(factory: Any) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main())

    run(uvloop.new_event_loop)
    thread = threading.Thread(target=run, args=(None,))
    thread.start()
    thread.join()
    assert found == [1, 1]


async def test_goes_on_after_kill(tmp_path: Path) -> None:
    """Killed again and again in the middle of a batch: every CV is screened and charged exactly once."""
    options: dict[str, Any] = {
        "engine": "instant",
        "db": tmp_path / "sandbox.db",
        "key": "cvs_k",
        "screening_seconds": 0.02,
        "workers": 2,
        "rate_limit": (10_000, 60),
    }
    sandbox = Sandbox(**options)
    await sandbox.start()
    batch_id, unstarted = await started(sandbox, 40), await batch_of(sandbox, 3)
    for _ in range(4):
        await asyncio.sleep(0.1)
        os.kill(sandbox.pid, signal.SIGKILL)
        await sandbox.stop()
        await sandbox.start()
        found = await sandbox.ledger()
        assert found["balance"] + found["reserved"] + found["used"] == found["granted"] == 5000
    state = await ended(sandbox, batch_id)
    assert (state["status"], state["processed"], state["credits_used"]) == ("completed", 40, 40)
    assert (await sandbox.ledger())["used"] == (await sandbox.state())["candidates"] == 40
    await call(sandbox, "POST", f"/screening/batch/{unstarted}/start")
    assert (await ended(sandbox, unstarted))["credits_used"] == 3
    await sandbox.stop()
    assert list((tmp_path / "sandbox.db.files").iterdir()) == []


async def test_a_missing_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SQLAlchemy the error names the command that installs it."""
    from cvsense_async.errors import MissingExtra

    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError('no sqlalchemy', name='sqlalchemy')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(MissingExtra, match=r'sqlalchemy: pip install "cvsense-async\[sandbox\]"'):
        await Sandbox().__aenter__()


def test_importing_costs_nothing() -> None:
    """The package is lazy: neither aiohttp nor SQLAlchemy is loaded before a sandbox is made."""
    program = "import sys, json, cvsense_async.sandbox; print(json.dumps(sorted(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert not {"aiohttp", "sqlalchemy", "reportlab"} & set(json.loads(said))
    with contextlib.suppress(AttributeError):
        from cvsense_async import sandbox

        _ = sandbox.Nothing  # type: ignore[attr-defined]
        pytest.fail("a name that is not there")


async def test_folders_of_the_dead() -> None:
    """CVs that a killed sandbox left in its temporary folder are removed by the next one; a living one's stay."""
    one = Sandbox(engine="instant")
    await one.start()
    await batch_of(one, 1)
    (left,) = Path(tempfile.gettempdir()).glob(f"cvsense-sandbox-{one.pid}-*")
    async with Sandbox(engine="instant"):
        assert len(list(left.iterdir())) == 1
    process = psutil.Process(one.pid)
    process.kill()
    one._process, dead = None, one._process  # as if this process had died too
    assert dead is not None
    await asyncio.to_thread(dead.communicate)
    assert left.exists()
    async with Sandbox(engine="instant"):
        assert not left.exists()


async def test_deliveries_survive(tmp_path: Path) -> None:
    """A delivery that waits for its next attempt when the sandbox is killed is sent after the restart."""
    came: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        came.append(await request.read())
        return web.Response(status=200 if len(came) > 1 else 500)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    sandbox = Sandbox(engine="instant", db=tmp_path / "db")
    await sandbox.start()
    hook = await call(sandbox, "POST", "/webhooks", json={"url": url, "events": ["ping"]})
    await call_without_data(sandbox, "POST", f"/webhooks/{hook['id']}/test")
    async with asyncio.timeout(100):
        while not (await sandbox.deliveries.list())[0]["attempts"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    os.kill(sandbox.pid, signal.SIGKILL)
    await sandbox.stop()
    (tmp_path / "db.files" / "stray").write_bytes(PDF)
    await sandbox.start()
    assert list((tmp_path / "db.files").iterdir()) == []  # what a broken upload left is swept away
    await sandbox.clock.advance(10)
    async with asyncio.timeout(100):
        while (await sandbox.deliveries.list())[0]["state"] != "delivered":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await sandbox.stop()
    await runner.cleanup()
    assert len(came) == 2
    assert came[0] == came[1]


async def call_without_data(sandbox: Sandbox, method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    async with aiohttp.ClientSession() as http, http.request(method, sandbox.url + path, headers=headers) as got:
        assert got.status == 200


async def test_a_process_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving is bounded in time even when the sandbox does not react."""
    monkeypatch.setattr("cvsense_async.sandbox.local.STOP_SECONDS", 0.5)
    sandbox = Sandbox(engine="instant")
    await sandbox.start()
    pid = sandbox.pid
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(100):
        await sandbox.stop()
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("host", ["frozen", "embedded"])
async def test_in_a_program_that_is_no_python_it_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen program would start itself, endlessly: nothing is started, and the error says what to do."""
    if host == "frozen":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    else:
        monkeypatch.setattr(sys, "executable", "")
    started = list[Any]()
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **options: started.append(args))
    with pytest.raises(ConfigurationError, match="cvsense sandbox"):
        async with Sandbox():
            pass
    with pytest.raises(ConfigurationError, match="frozen"):
        async for _ in judged("ebsv", {"title": "t", "description": "d"}, [Path("a.pdf")]):
            pass
    assert not started


WITHOUT = """
import asyncio, os, sys
import cvsense_async as cv

async def main():
    job = cv.JobDescription("Data engineer", "Required: Python, SQL.")
    limit = cv.RateLimit(100_000)
    async with (
        cv.Sandbox(engine="instant", rate_limit=(100_000, 60.0)) as sandbox,
        cv.CVSenseSession(sandbox.api_key, sandbox.url, limit) as session,
        session.screen([("a.pdf", b"%PDF-1.7 x")], job=job, poll_interval=(0.05, 0.1), journal=sys.argv[1]) as run,
    ):
        if [one.name async for one in run.results()] != ["a.pdf"] or "HOME" in os.environ:
            sys.exit(3)
        created = await session.jobs.create("t", "d", "l")
        if not [one async for one in session.jobs.list()]:
            sys.exit(4)
        try:
            await session.jobs.get(10**9)
        except cv.NotFound:
            sys.exit(0)

asyncio.run(main())
"""


@pytest.mark.parametrize("flag", ["-OO"])
def test_without_docstrings_asserts_and_home(flag: str, tmp_path: Path) -> None:
    """Under -OO, and where HOME is not set, a sandbox, a screening with a journal and calls go as always."""
    env = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = subprocess.run([sys.executable, flag, "-c", WITHOUT, str(tmp_path / "j")], env=env, timeout=100)
    assert done.returncode == 0
