"""One file of events for several workers: each event is one worker's, whoever is killed, starts or holds the file."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from webhooks.test_receiver import body_of, deliver, receiver_of, until

from cvsense_async.errors import ConfigurationError, WebhookError
from cvsense_async.webhooks import Event, SharedEventStore, SQLiteStore, WebhookReceiver

EARLIER_SCHEMA = """
CREATE TABLE cvsense_events (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, body BLOB, taken_at REAL NOT NULL, handled_at REAL
) WITHOUT ROWID;
CREATE INDEX cvsense_events_state ON cvsense_events (state, taken_at);
"""

WORKER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from cvsense_async.webhooks import Event, SQLiteStore, WebhookReceiver, sign

    async def main(folder, mode, *bodies):
        receiver = WebhookReceiver("whs_of_a_test", store=SQLiteStore(folder / "events.db"), tolerance=None)

        @receiver.on(Event)
        async def handler(event):
            if mode == "hang":
                await asyncio.sleep(60)
            with (folder / "handled").open("a") as file:
                file.write(event.id + "\\n")

        print("here", flush=True)
        sys.stdin.readline()
        async with receiver:
            for body in bodies:
                headers = {"X-CVSense-Signature": sign(body.encode(), "whs_of_a_test")}
                reply = await receiver.receive(body.encode(), headers)
                assert reply.status == 200, reply
            print("open", flush=True)
            while await asyncio.to_thread(sys.stdin.readline):
                pass

    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
    """
)

OPENER = textwrap.dedent(
    """
    import asyncio, sqlite3, sys, time
    from pathlib import Path
    from cvsense_async.webhooks import SQLiteStore

    async def main(folder, name):
        print("ready", flush=True)
        begin = float(sys.stdin.readline())
        for number in range(8):
            store = SQLiteStore(folder / f"{number}.db")
            while time.time() < begin + 0.06 * number:
                pass
            assert await store.accept(name, b"x")
            await store.close()

    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
    """
)


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that is spoken to by lines."""
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=-1, stdout=-1, stderr=-1, text=True)


def say(child: subprocess.Popen[str], words: str = "") -> None:
    """Let it go on."""
    assert child.stdin is not None
    child.stdin.write(f"{words}\n")
    child.stdin.flush()


def heard(child: subprocess.Popen[str], word: str) -> None:
    """Wait for its word."""
    assert child.stdout is not None
    line = child.stdout.readline().strip()
    assert line == word, (line, child.stderr.read() if child.stderr is not None else "")


def test_four_processes_open_a_new_file_together(tmp_path: Path) -> None:
    """Whoever comes second waits for who makes the file: no raw "database is locked", and no event is lost."""
    children = [start(OPENER, str(tmp_path), str(number)) for number in range(4)]
    for child in children:
        heard(child, "ready")
    begin = str(time.time() + 0.2)
    for child in children:
        say(child, begin)
    for child in children:
        _, trouble = child.communicate(timeout=30)
        assert child.returncode == 0, trouble
    for number in range(8):
        with contextlib.closing(sqlite3.connect(tmp_path / f"{number}.db")) as db:
            assert [row[0] for row in db.execute("SELECT id FROM cvsense_events ORDER BY id")] == ["0", "1", "2", "3"]


async def test_the_switch_to_wal_waits_for_who_makes_the_file(tmp_path: Path) -> None:
    """SQLite itself does not wait there: a file that another process has begun to write is asked for again."""
    path = tmp_path / "e.db"
    store = SQLiteStore(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE other (x)")
        accepting = asyncio.create_task(store.accept("d-1", b"x"))
        await asyncio.sleep(0.4)
        assert not accepting.done()
        other.execute("COMMIT")
    assert await accepting
    await store.close()


def test_killed_workers_and_three_that_start(tmp_path: Path) -> None:
    """Two workers are killed with events on their hands; of three that start together, each event is one's, at once."""
    first = start(WORKER, str(tmp_path), "hang", *(body_of(number).decode() for number in range(4)))
    second = start(WORKER, str(tmp_path), "hang", *(body_of(number).decode() for number in range(4, 8)))
    for child in (first, second):
        heard(child, "here")
        say(child)
        heard(child, "open")
    for child in (first, second):
        child.kill()
        child.communicate()
    begun = time.monotonic()
    three = [start(WORKER, str(tmp_path), "work") for _ in range(3)]
    for child in three:
        heard(child, "here")
    for child in three:
        say(child)
    for child in three:
        heard(child, "open")
    for child in three:
        _, trouble = child.communicate(timeout=30)  # the end of its input ends it, after what it has taken
        assert child.returncode == 0, trouble
    assert time.monotonic() - begun < 30  # a lease is 60 s: the killed were known to be gone
    assert sorted((tmp_path / "handled").read_text().split()) == [f"d-{number}" for number in range(8)]


async def test_a_worker_that_lives_keeps_its_events(tmp_path: Path) -> None:
    """Another one that starts beside it, or looks around, takes nothing; a repeated delivery to it is known."""
    clock = [1000.0]
    one, two = (SQLiteStore(tmp_path / "e.db", lease=60.0, now=lambda: clock[0]) for _ in range(2))
    assert isinstance(one, SharedEventStore)
    assert await one.accept("d-1", b"x")
    assert await two.unfinished() == []
    assert not await two.accept("d-1", b"x")
    for _ in range(5):
        clock[0] += 50.0
        assert await one.renew() == []
        assert await two.renew() == []
    await one.handled("d-1")
    clock[0] += 1000.0
    assert await two.renew() == []
    assert not await two.accept("d-1", b"x")
    await one.close()
    await two.close()


async def test_a_worker_that_is_not_heard_of_loses_its_events(tmp_path: Path) -> None:
    """After its lease they are another's, by looking around or by the delivery's coming again; never two's."""
    clock = [1000.0]
    stores = [SQLiteStore(tmp_path / "e.db", lease=60.0, now=lambda: clock[0]) for _ in range(3)]
    silent, two, three = stores
    for number in range(2):
        assert await silent.accept(f"d-{number}", b"x")
    clock[0] += 61.0
    assert await two.accept("d-1", b"x")
    assert await three.renew() == [("d-0", b"x")]
    assert await two.renew() == []
    assert await silent.renew() == []
    for store in stores:
        await store.close()


async def test_a_worker_that_leaves_lets_its_events_go(tmp_path: Path) -> None:
    """What it had not handled is whoever's starts next, at once; what was given up, too, and one's alone."""
    leaving, one, two = (SQLiteStore(tmp_path / "e.db") for _ in range(3))
    await leaving.accept("d-1", b"x")
    await leaving.accept("d-2", b"x")
    await leaving.given_up("d-2")
    await leaving.close()
    assert await one.unfinished() == [("d-1", b"x"), ("d-2", b"x")]
    assert await two.unfinished() == []
    await one.close()
    await two.close()


async def test_a_running_receiver_takes_over(tmp_path: Path) -> None:
    """It looks around three times a lease, so that a dead worker's events need no restart; and renews its own."""
    lost = SQLiteStore(tmp_path / "e.db", lease=0.2)
    await lost.accept("d-1", body_of(1))
    seen: list[str] = []
    gate = asyncio.Event()
    slow = receiver_of(store=SQLiteStore(tmp_path / "e.db", lease=0.3))
    quick = receiver_of(store=SQLiteStore(tmp_path / "e.db", lease=0.3))

    @slow.on(Event)
    async def wait(event: Event) -> None:
        await gate.wait()
        seen.append(f"slow {event.id}")

    quick.on(Event)(lambda event: seen.append(f"quick {event.id}"))
    async with quick:
        await until(lambda: seen == ["quick d-1"])
        async with slow:
            await deliver(slow, body_of(2))
            await asyncio.sleep(0.7)  # more than two leases
            gate.set()
            await until(lambda: len(seen) == 2)
    assert seen == ["quick d-1", "slow d-2"]
    await lost.close()


async def test_a_file_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """Its waiting and given-up events are taken up, its handled ones are known."""
    path = tmp_path / "e.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(EARLIER_SCHEMA)
        rows = [("d-1", "waiting", body_of(1)), ("d-2", "failed", body_of(2)), ("d-3", "handled", None)]
        db.executemany("INSERT INTO cvsense_events VALUES (?, ?, ?, 1.0, 1790000000.0)", rows)
        db.commit()
    seen: list[str] = []
    receiver = receiver_of(store=SQLiteStore(path, now=lambda: 1_790_000_000.0))
    receiver.on(Event)(lambda event: seen.append(event.id))
    async with receiver:
        await until(lambda: len(seen) == 2)
        assert (await deliver(receiver, body_of(3))).words == "known"
        assert (await deliver(receiver, body_of(1))).words == "known"
        assert (await deliver(receiver, body_of(4))).words == "taken"
    assert seen == ["d-1", "d-2", "d-4"]


async def test_a_locked_file_is_an_early_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many deliveries wait for a file that another program holds, each has its answer in time, and none is
    half taken: what was answered 503 is taken when it comes again."""
    monkeypatch.setattr("cvsense_async.webhook_sqlite.ANSWER_WITHIN", 0.6)
    seen: list[str] = []
    receiver = receiver_of(store=SQLiteStore(tmp_path / "e.db"))
    receiver.on(Event)(lambda event: seen.append(event.id))
    async with receiver:
        with contextlib.closing(sqlite3.connect(tmp_path / "e.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            begun = time.monotonic()
            replies = await asyncio.gather(*(deliver(receiver, body_of(number)) for number in range(30)))
            took = time.monotonic() - begun
            other.execute("ROLLBACK")
        assert {reply.status for reply in replies} == {503}
        assert took < 2.5  # one after the other, each waiting on its own, they would take 18 s
        again = await asyncio.gather(*(deliver(receiver, body_of(number)) for number in range(30)))
        assert {(reply.status, reply.words) for reply in again} == {(200, "taken")}
        await until(lambda: len(seen) == 30)


async def test_a_file_that_stays_locked_is_a_typed_error(tmp_path: Path) -> None:
    """A receiver that cannot begin says what to look for."""
    path = tmp_path / "e.db"
    store = SQLiteStore(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(WebhookError, match="locked"):
            await store._do(lambda db: db.execute("SELECT 1"), within=0.3)
    await store.close()
    with pytest.raises(ConfigurationError):
        SQLiteStore(path, lease=0)


async def test_a_request_that_is_cancelled_while_its_event_is_written_down(tmp_path: Path) -> None:
    """The event is in the file, so the service's next attempt is "known": it is handled all the same."""
    seen: list[str] = []
    store = SQLiteStore(tmp_path / "e.db")
    receiver: WebhookReceiver = receiver_of(store=store)
    receiver.on(Event)(lambda event: seen.append(event.id))
    async with receiver:
        request: asyncio.Task[Any] = asyncio.create_task(deliver(receiver, body_of(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await until(lambda: seen == ["d-1"])
        assert (await deliver(receiver, body_of(1))).words == "known"
