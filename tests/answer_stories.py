"""Stories of a service whose answers are lost, late, odd or wrong, and what its own ledger says of each.

A story is one run of eight CVs in two batches: faults at the steps that are paid for, the numbers that the service
gives, how the batches end, and how the run is left. `tell` runs it at the contract server on a real socket, with every
wait scaled, and gives a `Verdict` by the ledger: a content's hash is in its result, which so tells whose it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
from contract_server import Options
from contract_server.control import Control
from contract_server.faults import Faults
from contract_server.ledger import charges
from contract_server.service import ContractService
from crashes import Died, Life, MortalJournal, mortal_session

import cvsense_async as cv

JOB = cv.JobDescription("Data engineer", "SQL and Python.")
NAMES = ("a b.pdf", "a_b.pdf", "Zoë.pdf", "Zoe.pdf", "cv.pdf", "cv (1).pdf", "C++.pdf", "C#.pdf")
BATCH = 4
POLLS = (0.02, 0.05)
"""Where the defaults are 5 and 10 s: the five minutes of patience are 1.2 s, and a minute is 0.24 s."""

AFTER = 0.06
"""Seconds after which the work behind a 504 is done: 15 s of the real ones."""

LIMIT = 90.0
"""Seconds in which a story ends, or it hangs."""

STEPS = ("create", "upload", "start", "status", "results", "cancel")

LOST = {
    "lost before": {"kind": "drop_before"},
    "lost after": {"kind": "drop_after"},
    "404": {"kind": "status", "status": 404},
    "409": {"kind": "status", "status": 409},
    "429": {"kind": "status", "status": 429, "retry_after": 0},
    "500": {"kind": "500"},
    "500 after": {"kind": "500", "work": "after"},
    "503 early": {"kind": "503_early", "retry_after": None},
    "503 after": {"kind": "503_after"},
    "504 later": {"kind": "504", "seconds": AFTER},
    "cut": {"kind": "cut"},
    "empty": {"kind": "empty"},
    "blank": {"kind": "blank"},
}
"""What may happen to any answer."""

ENTRIES = {how: {"kind": how} for how in ("renamed", "slugged", "swapped", "reordered", "repeated", "fewer", "more")}
"""What may happen to an answer that lists files."""

COUNTS = {how: {"kind": how} for how in ("fewer", "more")}
"""What may happen to an answer that counts them."""

TWICE = {"sent twice": {"kind": "twice"}}
"""A proxy that sends a request again by itself."""

AT: dict[str, dict[str, dict[str, Any]]] = {
    "create": {**LOST, **TWICE},
    "upload": {**LOST, **ENTRIES, **TWICE},
    "start": {**LOST, **COUNTS, **TWICE},
    "status": {**LOST, **COUNTS},
    "results": {**LOST, **ENTRIES},
    "cancel": {**LOST, **COUNTS, **TWICE},
    "upload+results": {how: rule for how, rule in ENTRIES.items() if how != "swapped"},
}
"""What can go wrong at each step. Not here: names that are swapped in all that a service says, for then it says of one
person throughout that it is another."""

CONTRADICTS = ("swapped", "more", "fewer")
"""What makes a service say two things at once, so that its answers determine nothing."""

OFTEN = {"once": {"calls": [1]}, "the second time": {"calls": [2]}, "three times": {"calls": [1, 2, 3]}, "always": {}}

NUMBERS: dict[str, list[str]] = {
    "all": [],
    "no credits_used": ["credits_used"],
    "none": ["total", "processed", "failed", "progress", "credits_used", "estimated_seconds_remaining", "uploaded",
             "total_files"],
}  # fmt: skip
"""The numbers that the service gives, and what it leaves out."""

COURSES: dict[str, list[dict[str, Any]]] = {
    "plain": [],
    "half": [{"batches": [1], "fate": "never_ends", "items": 2}],
    "fails": [{"batches": [1], "fate": "fail", "items": 2}],
}
"""How the first batch goes: whole; half, so that its deadline passes; or it fails half way."""

WAYS = (("straight", False), ("straight", True), ("left", False), ("left", True), ("killed", True),
        ("cancelled", False), ("cancelled", True))  # fmt: skip
"""How the run is left when the fault has struck, and whether there is a journal with which it is gone on."""


@attrs.frozen
class Fault:
    """What goes wrong, at which step, how often."""

    step: str
    kind: str
    often: str = "once"

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The rules for the contract server."""
        return [{"op": op, **AT[self.step][self.kind], **OFTEN[self.often]} for op in self.step.split("+")]

    def __str__(self) -> str:
        return f"{self.step}: {self.kind}, {self.often}"


@attrs.frozen
class Story:
    """One run that is to be told."""

    faults: tuple[Fault, ...]
    numbers: str = "all"
    course: str = "plain"
    way: str = "straight"
    journal: bool = False
    seed: int = 1

    @property
    def told(self) -> bool:
        """Whether anything that the service says could tell that a document may be paid for twice by its own doing."""
        return self.numbers != "none" or not any(str(fault).startswith("upload: sent twice") for fault in self.faults)

    @property
    def names_alone(self) -> bool:
        """Whether results come under swapped names, and the answer that told their ids may be lost: nothing else could
        tell whose they are."""
        swapped = any(fault.step == "results" and fault.kind == "swapped" for fault in self.faults)
        return swapped and (self.way != "straight" or any(fault.step.startswith("upload") for fault in self.faults))

    @property
    def determined(self) -> bool:
        """Whether the service's answers say what became of each document, so that none may be unsettled.

        They do not where it gives no numbers and not all was processed, contradicts itself, or goes on to refuse what
        alone could say it; nor where two answers are lost that each made up for the other.
        """
        for fault in self.faults:
            if fault.kind in CONTRADICTS:
                return False
            if fault.often == "always" and (fault.step in ("status", "results", "cancel") or "+" in fault.step):
                return False
            if "+" in fault.step and (self.way != "straight" or len(self.faults) > 1):
                return False
            if self.numbers == "none" and fault.step == "start" and fault.often != "once" and fault.kind != "429":
                return False
        whole = self.course == "plain" and self.way in ("straight", "killed")
        return self.numbers != "none" or whole

    def __str__(self) -> str:
        what = "; ".join(map(str, self.faults))
        kept = "with a journal" if self.journal else "without a journal"
        return f"[{what}] numbers: {self.numbers}, {self.course}, {self.way} {kept}, seed {self.seed}"


def every_cell() -> Iterator[tuple[str, str]]:
    """Each step with each kind of fault that it can have."""
    for step, kinds in AT.items():
        for kind in kinds:
            yield step, kind


def matrix(seed: int = 1) -> Iterator[Story]:
    """The whole of it: each step, kind, frequency, set of numbers, course and way."""
    number = seed
    for step, kind in every_cell():
        for often in ("once", "always"):
            for numbers in NUMBERS:
                for course in COURSES:
                    for way, journal in WAYS:
                        number += 1
                        story = Story((Fault(step, kind, often),), numbers, course, way, journal, number)
                        if story.told:
                            yield story


def pairs(count: int, seed: int = 1) -> Iterator[Story]:
    """Stories with two faults in one run, drawn at random."""
    chance = random.Random(seed)
    cells = list(every_cell())
    for number in range(count):
        faults = tuple(Fault(*cell, chance.choice(list(OFTEN))) for cell in chance.sample(cells, 2))
        way, journal = chance.choice(WAYS)
        numbers, course = chance.choice(list(NUMBERS)), chance.choice(list(COURSES))
        story = Story(faults, numbers, course, way, journal, seed * 100_000 + number)
        if story.told:
            yield story


def sample(seed: int = 1) -> Iterator[Story]:
    """A part of the matrix in which each cell is once, and each frequency, number, course and way many times."""
    chance = random.Random(seed)
    for number, (step, kind) in enumerate(every_cell()):
        way, journal = WAYS[number % len(WAYS)]
        often = ("once", "always")[number // 2 % 2]
        if (step, kind) == ("start", "429"):
            often = "once"  # for ever it takes as long as everything else, and has a test of its own
        numbers, course = chance.choice(list(NUMBERS)), chance.choice(list(COURSES))
        story = Story((Fault(step, kind, often),), numbers, course, way, journal, number)
        yield story if story.told else attrs.evolve(story, numbers="all")


# --- the verdict ------------------------------------------------------------------------------------------------------


@attrs.define
class Verdict:
    """What the ledger says of a story. `unsettled` by the reasons that the run gave, while the faults went on;
    `still_unsettled`: after the run was gone on with at a service that is well again."""

    story: Story
    paid_twice: list[str] = attrs.field(factory=list[str])
    wrong: list[str] = attrs.field(factory=list[str])
    lost: list[str] = attrs.field(factory=list[str])
    claims_less: str = ""
    claims_more: str = ""
    held: str = ""
    hung: bool = False
    broken: str = ""
    undetermined: list[str] = attrs.field(factory=list[str])
    screened: int = 0
    failed: int = 0
    unsettled: list[str] = attrs.field(factory=list[str])
    still_unsettled: list[str] = attrs.field(factory=list[str])
    stopped: str = ""
    seconds: float = 0.0

    @property
    def faults(self) -> dict[str, Any]:
        """What of it must never be."""
        names = ("paid_twice", "wrong", "lost", "claims_less", "claims_more", "held", "hung", "broken", "undetermined")
        return {name: value for name in names if (value := getattr(self, name))}


@attrs.define
class _Life:
    """What one process of a run gave."""

    batches: list[cv.BatchResult] = attrs.field(factory=list[cv.BatchResult])
    summary: cv.Summary | None = None
    stopped: BaseException | None = None
    dead: bool = False

    @property
    def done(self) -> bool:
        return not self.dead and self.stopped is None and self.summary is not None and self.summary.complete


class _Teller:
    """Tells one story at one server."""

    def __init__(self, story: Story, control: Control, folder: Path) -> None:
        self.story = story
        self.service = control.service
        self.at = SimpleNamespace(**control.about)
        self.chance = random.Random(story.seed)
        big = any(fault.step == "upload" and fault.kind == "503 early" for fault in story.faults)
        names = self.chance.sample(NAMES, len(NAMES))
        size = 1_500_000 if big and story.seed % 2 else 200  # more than the sockets' buffers hold, or one packet
        self.cvs = [(name, b"%PDF-1.7\n" + self.chance.randbytes(size)) for name in names]
        self.people = [hashlib.sha256(content).hexdigest() for _, content in self.cvs]
        self.path = folder / "run.journal" if story.journal else None
        self.struck = asyncio.Event()
        self.life = Life()
        self.options: dict[str, Any] = {"poll_interval": POLLS, "batch_size": BATCH, "batch_deadline": 0.5,
                                        "grace": 0.5, "retry_failed": 1}  # fmt: skip
        pick = self.service.faults.pick

        def picked(op: str) -> Any:
            fault = pick(op)
            if fault is not None and not self.struck.is_set():
                self.struck.set()
                if story.way == "killed":
                    self.life.dies_at = len(self.life.points) + self.chance.randrange(8)
            return fault

        self.service.faults.pick = picked  # type: ignore[method-assign]

    async def lives(self) -> list[_Life]:
        """Every process of the run, the last two of them at a service that is well again."""
        lives = [await self._first()]
        if self.path is None:
            return lives
        while len(lives) < 3 and not lives[-1].done:
            lives.append(await self._resumed())
        self.service.faults = Faults([], 0)
        lives += [await self._resumed(), await self._resumed()]
        return lives

    def _session(self) -> cv.CVSenseSession:
        rate, retries = cv.RateLimit(10_000, per=0.03), cv.RetryPolicy(attempts=4, refusals=4, base=0.001, cap=0.01)
        return cv.CVSenseSession(self.at.api_key, self.at.url, rate_limit=rate, retries=retries,
                                 timeouts=cv.Timeouts(attempt=5.0))  # fmt: skip

    async def _first(self) -> _Life:
        async with self._session() as session:
            journal: Any = self.path
            if self.story.way == "killed" and self.path is not None and not self.life.dead:
                mortal_session(session, self.life)
                journal = MortalJournal(self.path, self.life)
            run = session.screen(self.cvs, job=JOB, journal=journal, **self.options)
            return await self._taken(run, self.story.way)

    async def _resumed(self) -> _Life:
        assert self.path is not None
        if not self.path.exists():
            return await self._first()
        async with self._session() as session:
            life = await self._taken(session.resume(self.path, self.cvs), "straight")
            if not isinstance(life.stopped, cv.JournalEmpty):
                return life
            run = session.screen(self.cvs, job=JOB, journal=self.path, **self.options)  # it died before it had begun
            return await self._taken(run, "straight")

    async def _taken(self, run: cv.ScreeningRun, way: str) -> _Life:
        life = _Life()

        async def consume() -> None:
            try:
                async for batch in run:
                    life.batches.append(batch)
            except (cv.CVSenseError, Died, BaseExceptionGroup) as error:
                life.stopped = error

        try:
            async with run:
                consuming = asyncio.create_task(consume())
                if way in ("left", "cancelled"):
                    striking = asyncio.create_task(self.struck.wait())
                    await asyncio.wait([consuming, striking], return_when=asyncio.FIRST_COMPLETED)
                    striking.cancel()
                    await asyncio.sleep(self.chance.choice([0.0, 0.005, 0.02, 0.1]))
                    if way == "cancelled":
                        await run.cancel()
                    elif not consuming.done():
                        consuming.cancel()
                await asyncio.wait([consuming])
        except (Died, BaseExceptionGroup) as error:
            life.stopped = error
        life.dead = way == "killed" and self.life.dead
        life.summary = run.summary
        return life


async def tell(story: Story, folder: Path) -> Verdict:
    """Run a story to its end and judge it. `folder` is empty, and its own."""
    verdict = Verdict(story)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    rules = [rule for fault in story.faults for rule in fault.rules]
    options = Options(throttle="none", rate_headers=False, seconds_per_cv=0.002, workers=2, faults=rules,
                      fates=COURSES[story.course], status_omits=NUMBERS[story.numbers], seed=story.seed)  # fmt: skip
    control = Control(ContractService(options))
    await control.open()
    teller = _Teller(story, control, folder)
    try:
        async with asyncio.timeout(LIMIT):
            lives = await teller.lives()
            if any(fault.kind == "504 later" for fault in story.faults):
                await asyncio.sleep(AFTER + 0.02)
    except TimeoutError:
        verdict.hung = True
    except Exception as error:
        verdict.broken = f"{type(error).__name__}: {error}"
    else:
        _judge(verdict, teller, lives)
    finally:
        control.close()
    verdict.seconds = loop.time() - begun
    return verdict


def _judge(verdict: Verdict, teller: _Teller, lives: list[_Life]) -> None:
    story, ledger = verdict.story, teller.service.answers.ledger
    last, before = lives[-1], lives[-1]
    if story.journal:
        before = lives[-3]
    paid = {sha: charges(content) for sha, content in ledger.contents.items()}
    verdict.paid_twice = [sha for sha, times in paid.items() if times > 1]
    for life in lives:
        for screened in (each for batch in life.batches for each in batch):
            document = screened.document
            if document is None or story.names_alone:
                continue
            if document.sha256[:12] not in (screened.result.summary or ""):
                verdict.wrong.append(document.sha256)
    ends = _ends(last)
    verdict.screened = sum("screened" in each for each in ends.values())
    verdict.failed = sum("failed" in each for each in ends.values())
    verdict.unsettled, verdict.still_unsettled = _reasons(before), _reasons(last)
    verdict.stopped = type(last.stopped).__name__ if last.stopped is not None else ""
    summary = last.summary
    assert summary is not None
    left = {str(batch.batch_id) for batch in summary.left}
    named = {str(one.batch_id) for batch in last.batches for one in batch.unsettled}
    given_up = story.way == "left" and not story.journal  # who leaves has no use for what comes then
    for sha in teller.people:
        how = ends.get(sha, [])
        in_left = any(str(item.batch_id) in left for item in ledger.contents[sha].copies) if sha in paid else False
        if len(how) > 1:
            verdict.lost.append(f"{sha[:8]} came out as {how}")
        if paid.get(sha) and not {"screened", "unsettled"}.intersection(how) and not in_left and not given_up:
            verdict.lost.append(f"{sha[:8]} was charged and came out as {how}")
        if not how and not given_up and last.stopped is None and story.way != "cancelled":
            verdict.lost.append(f"{sha[:8]} did not come out")
    uncounted = sum(not one.counted for batch in last.batches for one in batch.unsettled)
    claimed = summary.credits_used + uncounted + sum(batch.credits for batch in summary.left)
    lies = given_up and any(fault.kind == "fewer" and fault.step == "status" for fault in story.faults)
    if claimed < ledger.used and not lies:  # who leaves reads the service's count, and not the results against it
        verdict.claims_less = f"{summary.credits_used} + {uncounted} unsettled + {summary.left} of {ledger.used}"
    honest = not any(fault.kind == "more" for fault in story.faults)
    if honest and not summary.unsettled and not summary.left and summary.credits_used > ledger.used:
        verdict.claims_more = f"{summary.credits_used} of {ledger.used}"
    if story.determined:
        verdict.undetermined = [*verdict.unsettled, *verdict.still_unsettled]
    held = {batch: credits for batch, credits in ledger.held_by_batch().items() if batch not in left | named}
    if held:
        verdict.held = str(held)


def _ends(life: _Life) -> dict[str, list[str]]:
    """How each content came out."""
    ends: dict[str, list[str]] = {}

    def add(document: cv.Document | None, how: str) -> None:
        if document is not None:
            ends.setdefault(document.sha256, []).append(how)

    for batch in life.batches:
        for screened in batch:
            add(screened.document, "screened")
        for failed in batch.failed:
            add(failed.document, "failed")
        for one in batch.unsettled:
            add(one.document, "unsettled")
        for rejected in batch.rejected:
            if rejected.sha256:
                ends.setdefault(rejected.sha256, []).append("rejected")
    return ends


def _reasons(life: _Life) -> list[str]:
    found: list[str] = []
    for batch in life.batches:
        failure = batch.failure
        cause = type(failure.__cause__).__name__ if failure is not None and failure.__cause__ is not None else ""
        words = f"{type(failure).__name__} {failure} {cause}".strip()
        found += [words + (" (a result with it)" if one.result else "") for one in batch.unsettled]
    return found
