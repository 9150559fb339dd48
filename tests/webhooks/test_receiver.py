"""The receiver: each event once, none lost, an answer at once, and handlers that fail."""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in

from cvsense_async import JobDescription
from cvsense_async.errors import ConfigurationError
from cvsense_async.webhooks import (
    BatchCompleted,
    Event,
    EventStore,
    MemoryStore,
    Reply,
    SQLiteStore,
    WebhookReceiver,
    sign,
)

SECRET = "whs_of_a_test"
NOW = 1_790_000_000.0


def body_of(number: int, event: str = "batch.completed") -> bytes:
    """A delivery's body."""
    created = datetime.datetime.fromtimestamp(NOW, datetime.UTC).isoformat()
    told = {"batch_id": number, "status": "completed"}
    return json.dumps({"id": f"d-{number}", "event": event, "created_at": created, "data": told}).encode()


async def deliver(receiver: WebhookReceiver, body: bytes) -> Reply:
    """One delivery, signed."""
    return await receiver.receive(body, {"X-CVSense-Signature": sign(body, SECRET)})


def receiver_of(**more: Any) -> WebhookReceiver:
    """A receiver whose clock stands still and whose pauses are short."""
    settings: dict[str, Any] = {"now": lambda: NOW, "retry_pauses": (0.001, 0.001), **more}
    return WebhookReceiver(settings.pop("secrets", SECRET), **settings)


async def until(done: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EventStore:
    """Both stores."""
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "events.db", now=lambda: NOW)


async def test_each_event_goes_once_to_those_who_asked(store: EventStore) -> None:
    """By class, by name and for all; a repeated delivery is answered 200 and handled no second time."""
    receiver = receiver_of(store=store)
    seen: list[tuple[str, str]] = []

    @receiver.on(BatchCompleted)
    async def by_class(event: BatchCompleted) -> None:
        seen.append(("class", event.id))

    receiver.on("ping")(lambda event: seen.append(("name", event.id)))
    receiver.on(Event)(lambda event: seen.append(("all", event.id)))
    async with receiver:
        assert (await deliver(receiver, body_of(1))).status == 200
        assert (await deliver(receiver, body_of(1))).words == "known"
        assert (await deliver(receiver, body_of(2, "ping"))).words == "taken"
        await until(lambda: len(seen) == 4)
        await until(lambda: "0 held" in repr(receiver))
        assert (await deliver(receiver, body_of(1))).words == "known"
    assert sorted(seen) == [("all", "d-1"), ("all", "d-2"), ("class", "d-1"), ("name", "d-2")]


async def test_what_is_not_the_services_is_answered_400(caplog: pytest.LogCaptureFixture) -> None:
    """A wrong signature does nothing; the reply and the log say nothing of the body."""
    receiver = receiver_of()
    async with receiver:
        reply = await receiver.receive(body_of(1), {"X-CVSense-Signature": "sha256=" + "0" * 64})
        assert reply.status == 400
        assert (await receiver.receive(b" " * 2_000_000, {})).status == 413
        with pytest.raises(ConfigurationError):
            await receiver.receive("text", {})  # type: ignore[arg-type]  # it is the point
    assert "d-1" not in caplog.text + reply.words


async def test_it_answers_before_its_handlers_and_says_503_when_it_is_full() -> None:
    """A slow handler holds no answer up; with the queue full the service is asked to come again."""
    receiver = receiver_of(queue_size=2, workers=1)
    gate = asyncio.Event()
    seen: list[str] = []

    @receiver.on(Event)
    async def slow(event: Event) -> None:
        await gate.wait()
        seen.append(event.id)

    assert (await deliver(receiver, body_of(1))).status == 503  # it is not open yet
    async with receiver:
        replies = [await deliver(receiver, body_of(number)) for number in (1, 2, 3)]
        assert [reply.status for reply in replies] == [200, 200, 503]
        assert ("Retry-After", "10") in replies[2].headers
        gate.set()
        await until(lambda: len(seen) == 2)
        await until(lambda: "0 held" in repr(receiver))
        assert (await deliver(receiver, body_of(3))).status == 200
        await until(lambda: len(seen) == 3)
    assert (await deliver(receiver, body_of(4))).status == 503


async def test_a_burst_never_holds_more_than_its_room(tmp_path: Path) -> None:
    """Deliveries that come at once are counted before anything is awaited."""
    receiver = receiver_of(queue_size=5, workers=1, store=SQLiteStore(tmp_path / "e.db"), grace=0.01)
    receiver.on(Event)(lambda _: asyncio.sleep(60))
    async with receiver:
        replies = await asyncio.gather(*(deliver(receiver, body_of(number)) for number in range(40)))
        assert sorted(reply.status for reply in replies) == [200] * 5 + [503] * 35


async def test_a_handler_that_fails_is_called_again_and_the_others_are_not(
    store: EventStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Three tries; a handler that had succeeded is not repeated; nothing of the event's text is logged."""
    receiver = receiver_of(store=store)
    calls: list[str] = []

    @receiver.on(Event)
    async def good(event: Event) -> None:
        calls.append("good")

    @receiver.on(Event)
    async def fails_twice(event: Event) -> None:
        calls.append("bad")
        if calls.count("bad") < 3:
            raise RuntimeError("Greta Holm could not be written down")

    async with receiver:
        await deliver(receiver, body_of(1))
        await until(lambda: calls.count("bad") == 3)
        await until(lambda: "0 held" in repr(receiver))
        assert (await deliver(receiver, body_of(1))).words == "known"
    assert calls.count("good") == 1
    assert "Greta" not in caplog.text
    assert "RuntimeError" in caplog.text


async def test_an_event_that_is_given_up_comes_again_when_it_is_replayed(store: EventStore) -> None:
    """After the last try it is kept as failed, so that a replay by the service brings it back."""
    receiver = receiver_of(store=store)
    calls: list[bool] = []
    well = False

    @receiver.on(Event)
    def handler(event: Event) -> None:
        calls.append(well)
        if not well:
            raise ValueError

    async with receiver:
        await deliver(receiver, body_of(1))
        await until(lambda: len(calls) == 3 and "0 held" in repr(receiver))
        well = True
        assert (await deliver(receiver, body_of(1))).words == "taken"
        await until(lambda: calls[-1] and "0 held" in repr(receiver))
    assert calls == [False, False, False, True]


async def test_a_handler_that_hangs_is_ended() -> None:
    """Every wait ends: a handler has its time-out."""
    receiver = receiver_of(handler_timeout=0.01, retry_pauses=())
    receiver.on(Event)(lambda _: asyncio.sleep(60))
    async with receiver:
        await deliver(receiver, body_of(1))
        await until(lambda: "0 held" in repr(receiver))


async def test_leaving_finishes_what_is_under_way(tmp_path: Path) -> None:
    """Leaving waits for the queue within `grace`; what is not done then is done at the next start."""
    path = tmp_path / "events.db"
    seen: list[str] = []

    def make(pause: float) -> WebhookReceiver:
        made = receiver_of(store=SQLiteStore(path), grace=0.2 if pause else 30.0, workers=1)

        @made.on(Event)
        async def handler(event: Event) -> None:
            await asyncio.sleep(pause)
            seen.append(event.id)

        return made

    async with make(0.0) as quick:
        await deliver(quick, body_of(1))
    assert seen == ["d-1"]
    async with make(60.0) as slow:
        await deliver(slow, body_of(2))
        await deliver(slow, body_of(3))
    assert seen == ["d-1"]
    async with make(0.0):
        await until(lambda: len(seen) == 3)
    assert seen == ["d-1", "d-2", "d-3"]


async def test_entered_in_one_task_and_left_in_another() -> None:
    """No cancel scope crosses a task, and no task is left behind."""
    before = asyncio.all_tasks()
    receiver = receiver_of()
    await asyncio.create_task(receiver.__aenter__())
    await deliver(receiver, body_of(1))
    await asyncio.create_task(receiver.__aexit__(None, None, None))
    assert asyncio.all_tasks() == before


async def test_a_store_that_fails_is_answered_503() -> None:
    """What could not be written down was not received."""

    class Broken(MemoryStore):
        async def accept(self, event_id: str, body: bytes) -> bool:
            raise OSError("disk full")

    async with receiver_of(store=Broken()) as receiver:
        assert (await deliver(receiver, body_of(1))).status == 503
        assert "0 held" in repr(receiver)


async def test_secrets_that_come_later_and_change() -> None:
    """A function gives the secrets, so that one that is known only after registration can be used, and replaced."""
    secrets: list[str] = []
    async with receiver_of(secrets=lambda: secrets) as receiver:
        assert (await deliver(receiver, body_of(1))).status == 503
        secrets.append("not this one")
        assert (await deliver(receiver, body_of(1))).status == 400
        secrets.append(SECRET)
        assert (await deliver(receiver, body_of(1))).status == 200


async def test_the_memory_store_is_bounded() -> None:
    """The oldest handled events are forgotten."""
    store = MemoryStore(bound=3)
    for number in range(10):
        assert await store.accept(str(number), b"")
        await store.handled(str(number))
    assert not await store.accept("9", b"")
    assert await store.accept("0", b"")


async def test_the_file_forgets_handled_events_after_a_while(tmp_path: Path) -> None:
    """A handled event keeps its id for `keep` seconds, and its body not at all."""
    clock = [NOW]
    store = SQLiteStore(tmp_path / "events.db", keep=3600, now=lambda: clock[0])
    for number in range(100):
        await store.accept(str(number), b"of a person")
        await store.handled(str(number))
    assert not await store.accept("1", b"")
    clock[0] += 4000
    for number in range(100, 200):
        await store.accept(str(number), b"of a person")
        await store.handled(str(number))
    assert await store.accept("1", b"new")
    await store.close()
    assert b"of a person" not in (tmp_path / "events.db").read_bytes()
    store = SQLiteStore(tmp_path / "events.db")
    assert await store.unfinished() == [("1", b"new")]
    await store.close()


CHILD = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from cvsense_async.webhooks import Event, SQLiteStore, WebhookReceiver

    async def main(folder, mode):
        store = SQLiteStore(folder / "events.db")
        receiver = WebhookReceiver(sys.stdin.readline().strip(), store=store, tolerance=None)

        @receiver.on(Event)
        async def handler(event):
            if mode == "hang":
                print("handling", event.id, flush=True)
                await asyncio.sleep(60)
            with (folder / "handled").open("a") as file:
                file.write(event.id + "\\n")
            print("handled", event.id, flush=True)

        async with receiver:
            loop = asyncio.get_running_loop()
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                signature, _, body = line.strip().partition(" ")
                reply = await receiver.receive(body.encode(), {"X-CVSense-Signature": signature})
                print("reply", reply.status, reply.words, flush=True)

    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
    """
)


def test_killed_between_two_deliveries(tmp_path: Path) -> None:
    """Killed after its 2xx and before its handler had ended: the restarted receiver handles it, and once."""

    def start(mode: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(tmp_path), mode]
        made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        say(made, SECRET)
        return made

    def say(child: subprocess.Popen[str], line: str) -> None:
        assert child.stdin is not None
        child.stdin.write(line + "\n")
        child.stdin.flush()

    def heard(child: subprocess.Popen[str], count: int) -> list[str]:
        assert child.stdout is not None
        return sorted(child.stdout.readline().strip() for _ in range(count))

    first = body_of(1)
    second = body_of(2)
    child = start("hang")
    say(child, f"{sign(first, SECRET)} {first.decode()}")
    assert heard(child, 2) == ["handling d-1", "reply 200 taken"]
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    child = start("work")
    assert heard(child, 1) == ["handled d-1"]
    say(child, f"{sign(first, SECRET)} {first.decode()}")
    assert heard(child, 1) == ["reply 200 known"]
    say(child, f"{sign(second, SECRET)} {second.decode()}")
    assert heard(child, 2) == ["handled d-2", "reply 200 taken"]
    child.communicate()
    assert (tmp_path / "handled").read_text().split() == ["d-1", "d-2"]


async def test_a_webhook_wakes_a_run() -> None:
    """With `wakes`, a run whose polls are far apart ends as soon as the service says that its batch has ended."""
    receiver = WebhookReceiver(SECRET)
    job = JobDescription("Cook", "Cooking.")
    async with stand_in() as server, session_at(server) as session, receiver:
        run = session.screen(cvs(5), job=job, poll_interval=(30.0, 60.0))
        with receiver.wakes(run):
            async with asyncio.timeout(10), run:
                consumer = asyncio.ensure_future(anext(aiter(run.results())))
                while not (batches := await server.batches()) or batches[0]["state"] != "completed":  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                body = json.dumps(
                    {
                        "id": "d",
                        "event": "batch.completed",
                        "created_at": datetime.datetime.now(datetime.UTC).isoformat(),
                        "data": {"batch_id": batches[0]["batch_id"], "status": "completed"},
                    }
                ).encode()
                assert (await deliver(receiver, body)).status == 200
                assert (await consumer).score is not None
        assert "wakes" not in repr(receiver)
        assert not receiver._handlers
        report = await server.report()
        assert report["polls"]["total"] == 0
        assert set(report["by_op"]["results"]) == {"200"}


@pytest.mark.parametrize(
    "fates", [[], [{"fate": "missing", "items": 2, "charged": True}]], ids=["too early", "results missing"]
)
async def test_a_webhooks_word_counts_only_where_the_results_bear_it_out(fates: list[dict[str, Any]]) -> None:
    """Told too early, or of a batch that lacks results, a run asks for the status, and every CV has its own end."""
    job = JobDescription("Cook", "Cooking.")
    early = 0.0 if fates else 0.2
    async with stand_in(screening="per_batch", seconds_per_batch=early, fates=fates) as server:
        async with session_at(server) as session:
            run = session.screen(cvs(5), job=job, poll_interval=(0.05, 0.05))
            async with asyncio.timeout(10), run:
                consumer = asyncio.ensure_future(anext(aiter(run)))
                wanted = "completed" if fates else "processing"
                while not (batches := await server.batches()) or batches[0]["state"] != wanted:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
                told = {"batch_id": batches[0]["batch_id"], "status": "completed"}
                run.notify(BatchCompleted(id="d", name="batch.completed", **told))
                batch = await consumer
        assert len(batch) == (3 if fates else 5)
        assert len(batch.unsettled) == (2 if fates else 0)
        assert (await server.report())["polls"]["total"] >= 1


async def test_nothing_is_logged_above_warning_when_all_is_well(caplog: pytest.LogCaptureFixture) -> None:
    """A quiet log is a log that is read."""
    caplog.set_level(logging.DEBUG, "cvsense_async.webhooks")
    async with receiver_of() as receiver:
        await deliver(receiver, body_of(1))
    assert not caplog.records
