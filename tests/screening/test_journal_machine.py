"""A journal, its reconciliation and a service that may do or not do anything: no reachable state pays twice or loses.

Hypothesis draws which request goes on next and how, what becomes of each batch, when time passes, and when the process
is left, cancelled or killed. `python tests/screening/test_journal_machine.py 5000` tries so many of such stories.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import hypothesis
import modelled
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from modelled import Asked, Disk, Model, ModelBatch, Process, ToldLoop

import cvsense_async as cv
from cvsense_async.api.account import GetCredits
from cvsense_async.api.screening import CancelBatch, GetBatchStatus, ListResults, StartBatch, UploadCVs
from cvsense_async.screening.plan import JobDescription, ScreeningOptions
from cvsense_async.screening.task import new_task, resumed_task

MOST = 6
CONTENTS = [b"%PDF-1.7\n" + bytes(100) + b"%d" % number for number in range(MOST)]
DIGESTS = [hashlib.sha256(content).hexdigest() for content in CONTENTS]

TROUBLE = [
    "lost before",
    "lost late",
    "lost after",
    "500",
    "500 after",
    "502",
    "503",
    "409",
    "404",
    "402",
    "401",
    "429",
]
ONLY_UPLOADS = ["one refused", "some dropped", "not all named", "413", "422"]


class Stories(RuleBasedStateMachine):
    """One run of a few documents, from its beginning to its end, through any number of processes."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = contextlib.ExitStack()
        self.inside.enter_context(modelled.no_threads())
        self.folder = Path(tempfile.mkdtemp())
        self.inside.callback(shutil.rmtree, self.folder)
        self.loop = ToldLoop()
        self.inside.callback(self.loop.close)
        self.model, self.disk = Model(), Disk()
        self.inside.callback(self.disk.db.close)
        self.process: Process | None = None
        self.count = 0

    @initialize(
        count=st.integers(1, MOST),
        batch_size=st.integers(1, 4),
        upload_bytes=st.sampled_from([700, 1400, 10_000]),
        at_once=st.integers(1, 3),
        retry_failed=st.integers(0, 1),
        hides=st.sampled_from([(), ("credits_used",), ("credits_used", "processed"), ("total",)]),
    )
    def begin(
        self,
        count: int,
        batch_size: int,
        upload_bytes: int,
        at_once: int,
        retry_failed: int,
        hides: tuple[str, ...] = (),
    ) -> None:
        """What is asked for, and what the service does not say."""
        self.count = count
        self.model.hides = hides
        for number in range(count):
            (self.folder / f"cv-{number}.pdf").write_bytes(CONTENTS[number])
        self.options = ScreeningOptions(
            batch_size=batch_size,
            max_upload_bytes=upload_bytes,
            max_open_batches=at_once,
            retry_failed=retry_failed,
            batch_deadline=60.0,
            grace=5.0,
        )
        self.go()
        self.all_goes_well_until(UploadCVs)

    def go(self) -> None:
        """Start a process that begins the run, or goes on with it."""
        self.process = process = Process(self.loop, self.model, self.disk)
        if self.disk.rows("SELECT 1 FROM run"):
            process.start(resumed_task(process.journal(), None, {}))
        else:
            process.start(
                new_task(str(self.folder), JobDescription("Engineer", "Python."), self.options, process.journal())
            )

    def watch(self) -> None:
        """Notice a process that is no more."""
        process = self.process
        if process is None:
            return
        self.loop.settle()
        if not process.alive:
            process.die(keep=False)
            self.process = None
        elif process.ended:
            self.process = None

    # --- the service --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.waiting)
    @rule(order=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    def requests_go_well(self, order: list[int]) -> None:
        """Some requests, in any order."""
        for which in order:
            if self.model.waiting:
                self.model.go_on(self.model.waiting[which % len(self.model.waiting)], "well")
                self.watch()

    @precondition(lambda self: self.process is not None)
    @rule(call=st.sampled_from([UploadCVs, StartBatch, GetBatchStatus, ListResults, CancelBatch]))
    def all_goes_well_until(self, call: type) -> None:
        """Requests are answered, and time passes, until one of this kind waits for its answer."""
        for _ in range(12):
            if self.process is None or self.waiting(call):
                return
            if self.model.waiting:
                self.model.go_on(self.model.waiting[0], "well")
            else:
                self.loop.pass_time()
            self.watch()

    @precondition(lambda self: self.model.waiting)
    @rule(which=st.integers(0, 5), how=st.sampled_from(TROUBLE))
    def a_request_meets_trouble(self, which: int, how: str) -> None:
        """A refusal, or an end that says nothing of the work."""
        self.model.go_on(self.model.waiting[which % len(self.model.waiting)], how)
        self.watch()

    @precondition(lambda self: self.waiting(UploadCVs))
    @rule(how=st.sampled_from(ONLY_UPLOADS + TROUBLE))
    def an_upload_is_taken_in_part(self, how: str) -> None:
        """The service refuses a file, drops some, does not name all it took, or wants less at once."""
        self.model.go_on(self.waiting(UploadCVs)[0], how)
        self.watch()

    @precondition(lambda self: self.waiting(StartBatch))
    @rule(how=st.sampled_from(TROUBLE))
    def a_start_meets_trouble(self, how: str) -> None:
        """It may or may not have been started."""
        self.model.go_on(self.waiting(StartBatch)[0], how)
        self.watch()

    @precondition(lambda self: self.waiting(CancelBatch))
    @rule()
    def a_batch_is_cancelled_slowly(self) -> None:
        """What is being worked on is charged before the batch shows itself as cancelled."""
        self.model.go_on(self.waiting(CancelBatch)[0], "slowly")
        self.watch()

    @precondition(lambda self: self.model.late)
    @rule(which=st.integers(0, 3))
    def an_upload_arrives_late(self, which: int) -> None:
        """The body of an upload that nobody waits for any more."""
        self.model.arrive_late(self.model.late[which % len(self.model.late)])

    def waiting(self, call: type) -> list[Asked]:
        """The requests of one kind that wait for their answers."""
        return [asked for asked in self.model.waiting if isinstance(asked.call, call)]

    def working(self) -> list[ModelBatch]:
        """Batches that were started and go on."""
        return [batch for batch in self.model.batches if batch.working and not batch.stuck]

    @precondition(lambda self: self.working())
    @rule(which=st.integers(0, 3), invalid=st.sampled_from([False, False, False, True]))
    def a_document_is_processed(self, which: int, invalid: bool) -> None:
        """It is charged, or found to be invalid."""
        self.model.process(self.working()[which % len(self.working())], invalid=invalid)

    @precondition(lambda self: self.working())
    @rule()
    def all_is_processed(self) -> None:
        """Whatever has been started is completed."""
        for batch in self.working():
            while batch.working:
                self.model.process(batch)

    @precondition(lambda self: self.working())
    @rule(which=st.integers(0, 3), how=st.sampled_from(["fails", "ends", "sticks", "misses one"]))
    def a_batch_ends_badly(self, which: int, how: str) -> None:
        """It fails, is cancelled by somebody else, never ends, or completes without one of its results."""
        batch = self.working()[which % len(self.working())]
        if how == "sticks":
            batch.stuck = True
        elif how == "misses one":
            self.model.complete_without(batch)
        else:
            self.model.end(batch, "failed" if how == "fails" else "cancelled")

    @precondition(lambda self: self.model.batches)
    @rule(which=st.integers(0, 5))
    def a_batch_is_lost(self, which: int) -> None:
        """The service does not know it any more."""
        self.model.batches[which % len(self.model.batches)].lost = True

    # --- the process --------------------------------------------------------------------------------------------------

    @rule()
    def time_passes(self) -> None:
        """Until a poll is due, or a deadline."""
        self.loop.pass_time()
        self.watch()

    @precondition(lambda self: self.process is None)
    @rule()
    def it_is_started_again(self) -> None:
        """The run goes on; the question for its balance is the one request that nothing depends on."""
        self.go()
        for asked in self.waiting(GetCredits):
            self.model.go_on(asked, "well")
        self.watch()

    @precondition(lambda self: self.process is not None)
    @rule(keep=st.booleans())
    def it_is_killed(self, keep: bool) -> None:
        """At once."""
        assert self.process is not None
        self.process.die(keep=keep)
        self.process = None

    @precondition(lambda self: self.process is not None)
    @rule(writes=st.integers(0, 8))
    def it_will_be_killed(self, writes: int) -> None:
        """Between two things that it writes."""
        assert self.process is not None
        self.process.writes_left = writes

    @precondition(lambda self: self.process is not None)
    @rule(how=st.sampled_from(["leave", "cancel"]))
    def it_is_left(self, how: str) -> None:
        """Its run is left, or cancelled."""
        assert self.process is not None
        self.process.leave() if how == "leave" else self.process.cancel()
        self.watch()

    # --- what holds ---------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_at_stake_twice(self) -> None:
        """No content is held or charged in two copies at once."""
        live = [copy.sha256 for _, copy in self.model.copies() if copy.credit != "released"]
        assert len(live) == len(set(live)), "a document is held or charged twice"

    @invariant()
    def the_journal_knows(self) -> None:
        """What may hold a credit is never free to be sent again, and what is in a batch is in one that is known."""
        rows = {
            sha256.hex(): (batch, end)
            for sha256, batch, end in self.disk.rows("SELECT sha256, batch, end FROM document")
        }
        for _, copy in self.model.copies():
            if copy.credit != "released":
                assert copy.sha256 in rows
                assert rows[copy.sha256] != (None, None), "what holds a credit would be sent again"
                assert rows[copy.sha256][1] not in ("failed", "rejected"), "what holds a credit is given up"
        inside = {
            (sha256.hex(), batch)
            for sha256, batch in self.disk.rows(
                "SELECT d.sha256, b.number FROM item AS i JOIN document AS d ON d.id = i.document "
                "JOIN batch AS b ON b.number = i.batch WHERE b.standing IN ('created', 'starting')"
            )
        }
        for sha256, (batch, _) in rows.items():
            assert batch is None or (sha256, batch) in inside, "a document is lost"

    def teardown(self) -> None:
        """Afterwards all goes well: the run comes to an end, and each document to exactly one."""
        with self.inside:
            if self.count:
                self.come_to_an_end()

    def come_to_an_end(self) -> None:
        """Go on, with nothing in the way, until nothing changes any more."""
        for call in list(self.model.late):
            self.model.arrive_late(call)
        before: object = None
        for _ in range(8):
            if self.process is not None:
                self.calmly(self.process)
            self.go()
            process = self.process
            assert process is not None
            self.calmly(process)
            ends = ends_of(process.given)
            if ends == before:
                break
            before = ends
        else:
            raise AssertionError("resuming goes on for ever")
        self.hold(process, ends)

    def calmly(self, process: Process) -> None:
        """Let a process come to its end with a service that does what it should."""
        process.writes_left = None
        for _ in range(2000):
            self.watch()
            self.nothing_is_at_stake_twice()
            self.the_journal_knows()
            if self.process is not process:
                return
            if self.model.waiting:
                self.model.go_on(self.model.waiting[0], "well")
                continue
            for batch in self.working():
                while batch.working:
                    self.model.process(batch)
            assert self.loop.pass_time(), "it waits for nothing"
        raise AssertionError("it goes on for ever")

    def says_too_little(self, batch: ModelBatch) -> bool:
        """Whether the numbers that are not given are those on which it depends what of a batch was charged."""
        if "credits_used" not in self.model.hides or batch.status == "completed" or not batch.copies:
            return False
        return "processed" in self.model.hides or any(copy.invalid for copy in batch.copies)

    def in_doubt(self) -> set[str]:
        """What was sent into a batch of which the service can say nothing, or was about to be when a process died."""
        mute = [batch for batch in self.model.batches if batch.mute or self.says_too_little(batch)]
        meant = self.disk.rows(
            "SELECT b.id, d.sha256 FROM item AS i JOIN batch AS b ON b.number = i.batch "
            "JOIN document AS d ON d.id = i.document WHERE i.standing IN ('sending', 'taken')"
        )
        known = {str(batch.id) for batch in mute}
        return set().union(*(batch.sent for batch in mute)) | {sha.hex() for number, sha in meant if number in known}

    def hold(self, process: Process, ends: list[tuple[str, str]]) -> None:
        """Every document has one end, and the one that the service's books say."""
        assert process.problem is None or isinstance(process.problem, cv.SourcesNeeded), process.problem
        assert sorted(sha256 for _, sha256 in ends) == sorted(DIGESTS[: self.count]), ends
        by_end = dict(map(reversed, ends))  # type: ignore[arg-type]
        copies = list(self.model.copies())
        for batch, copy in copies:
            if copy.credit == "charged" and not batch.mute:
                assert by_end[copy.sha256] == "screened", "a result that was paid for is lost"
            if copy.credit == "reserved":
                assert batch.mute, "a credit is held for ever"
        for end, sha256 in ends:
            if end == "screened":
                assert any(copy.processed for _, copy in copies if copy.sha256 == sha256)
            if end == "unsettled":
                assert sha256 in self.in_doubt(), "the service could say"
        if not any(batch.mute for batch in self.model.batches):
            assert process.run is not None
            assert process.run.summary.credits_used == self.model.used


def ends_of(given: list[cv.BatchResult]) -> list[tuple[str, str]]:
    """How each document ended, by content."""
    ends: list[tuple[str, str]] = []
    for batch in given:
        ends += [("screened", each.document.sha256) for each in batch if each.document is not None]
        ends += [("rejected", each.sha256 or "") for each in batch.rejected]
        ends += [("failed", each.document.sha256) for each in batch.failed]
        ends += [("unsettled", each.document.sha256) for each in batch.unsettled]
    return sorted(ends)


def test_a_cancelled_batch_that_hides_what_it_charged_for() -> None:
    """Cancelled, and a document charged of which there is no result: it is unsettled, and never sent again."""
    story = Stories()
    story.begin(count=2, batch_size=2, upload_bytes=10_000, at_once=1, retry_failed=0)
    story.all_goes_well_until(GetBatchStatus)
    story.it_is_left("cancel")
    story.all_goes_well_until(CancelBatch)
    story.a_batch_is_cancelled_slowly()
    story.a_batch_ends_badly(0, "misses one")
    story.teardown()


StoriesTest = Stories.TestCase
StoriesTest.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


if __name__ == "__main__":
    many = settings(
        max_examples=int(sys.argv[1]),
        stateful_step_count=60,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.stateful.run_state_machine_as_test(Stories, settings=many)
