"""What earlier runs have paid for already, so that the same command does not pay twice unless that is asked for.

Only the journals in the state folder are looked into by themselves. One that cannot be used is named with the reason,
and left: what it holds is then paid for anew, which a person should know beforehand.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from cvsense_async import errors
from cvsense_async.api.endpoint import Call, Id
from cvsense_async.api.jobs import Job
from cvsense_async.screening.job_text import account_of, is_by_id, judged_of, same_job, text_of, text_of_job
from cvsense_async.screening.journal import RunRecord
from cvsense_async.screening.plan import JobDescription, Plan, asked_job, batch_call
from cvsense_async.screening.reuse import EarlierRun, earlier_run
from cvsense_async.screening.sources import is_url
from cvsense_async.session import CVSenseSession

from . import progress
from .consoles import say
from .ending import Stop
from .going_on import service_of
from .journals import called, kept, told
from .show import counted

NAMED = 3
"""Runs that are named in one line; the others are counted."""


@attrs.frozen
class Earlier:
    """The journals whose results are taken, the newest first, each with when its run was begun (UTC)."""

    begun: Mapping[Path, str] = attrs.field(factory=dict[Path, str])
    left: tuple[tuple[str, str], ...] = ()
    """Runs whose results are not taken, and why."""
    under_way: tuple[str, ...] = ()
    """Runs that another process goes on with now, so that what they have no result of yet may be paid for twice."""
    half_done: tuple[tuple[str, int], ...] = ()
    """Runs that left CVs without a result that may have been paid for, and how many."""

    @property
    def paths(self) -> list[Path]:
        """The journals."""
        return list(self.begun)


async def earlier_runs(
    now: Now, *, named: Sequence[Path] = (), before: Sequence[Path] = (), but: Sequence[Path] = ()
) -> Earlier:
    """The runs that were for this account, service, job and text: those of the state folder, and those that are said.

    `named` are those that the command names, `before` those that the run which goes on has looked into before, and
    `but` holds that run. Raises `Stop` for one that the command names and that does not fit.
    """
    begun, left, taken = dict[Path, str](), list[tuple[str, str]](), dict[Path, EarlierRun]()
    for path in (one.absolute() for one in named):
        with told(path):
            run = await earlier_run(path)
            run.check(now.service, now.asked, await now.words())
            begun[path], taken[path] = run.begun, run
    said = [path.absolute() for path in before]
    itself = {path.absolute() for path in but}
    for path in dict.fromkeys([*said, *(path.absolute() for path in kept())]):
        if path in begun or path in itself:
            continue
        try:
            run = await earlier_run(path)
        except errors.JournalError as problem:
            left.append((called(path), _unread(problem)))
            continue
        why = await now.why_not(run, any_account=path in said)
        if why is None:
            begun[path], taken[path] = run.begun, run
        elif why:
            left.append((called(path), why))
    under_way = tuple(called(path) for path, run in taken.items() if run.under_way)
    half_done = tuple(
        (called(path), run.without_result) for path, run in taken.items() if run.without_result and not run.under_way
    )
    return Earlier(begun, tuple(left), under_way, half_done)


async def now_of(session: CVSenseSession, given: str | None, job: JobDescription | Id, base_url: str | None) -> Now:
    """The job that `--job` names, looked up where that is an id, before a CV goes anywhere. Raises `Stop`."""
    now = Now(session, service_of(base_url), asked_job(batch_call(job, None)))
    if not isinstance(job, JobDescription):
        try:
            with progress.waiting():
                now.known = await session.jobs.get(job)
        except errors.NotFound:
            raise Stop(f"--job {given}: there is no such file, and the account has no job of this id") from None
        except (errors.PermissionDenied, errors.InvalidResponse):
            pass
    return now


@attrs.define
class Now:
    """The job that is asked for, and what the service says of it and of the account: each asked once, where needed."""

    session: CVSenseSession
    service: str
    asked: Mapping[str, Any]
    known: Job | None = None
    """The job as the service has just given it."""
    _words: list[str | None] = attrs.field(factory=list[str | None], init=False)
    _account: list[str | None] = attrs.field(factory=list[str | None], init=False)

    async def words(self) -> str | None:
        """The hash of what the job says now."""
        if not self._words:
            known = self.known
            self._words = [await text_of(self._ask, self.asked) if known is None else text_of_job(self.asked, known)]
        return self._words[0]

    async def account(self) -> str | None:
        """The hash of the account."""
        if not self._account:
            self._account = [await account_of(self._ask, self.service)]
        return self._account[0]

    async def changed(self, record: RunRecord) -> bool:
        """Whether the job of a run that goes on was edited at the service since the run last sent something."""
        texts = judged_of(record).texts
        return is_by_id(record.job) and bool(texts) and await self.words() not in (None, texts[-1])

    async def why_not(self, run: EarlierRun, *, any_account: bool = False) -> str | None:
        """Why the results of a run are not taken: `None` where they are, empty where that goes without saying."""
        if run.base_url != self.service:
            return ""
        if not same_job(run.job, self.asked):
            title = self.asked.get("job_title")
            of_old = not is_by_id(run.job) and title is not None and run.job.get("job_title") == title
            return "for an earlier text of the advert" if of_old and await self._is_ours(run) else ""
        if not any_account and run.judged.account is None:
            return "it does not say for which account; --reuse takes it all the same"
        if not any_account and not await self._is_ours(run):
            return "for another account"
        return run.other_text(self.asked, await self.words())

    async def _is_ours(self, run: EarlierRun) -> bool:
        return run.judged.account is not None and run.judged.account == await self.account()

    async def _ask(self, call: Call[Any]) -> Any:
        return (await self.session.with_raw_response(call)).parse()


def _unread(problem: errors.JournalError) -> str:
    if isinstance(problem, errors.JournalInUse):
        return "in use by another command"
    return "damaged" if isinstance(problem, errors.JournalDamaged) else str(problem).removeprefix("a journal to reuse ")


# --- what is said ---------------------------------------------------------------------------------------------------


async def planned(
    session: CVSenseSession, paths: Sequence[str], batch_size: int, job: JobDescription | Id | None, earlier: Earlier
) -> Plan:
    """What the run would take without what earlier runs have paid for. Files that are far away are not read for it."""
    reuse = [] if any(is_url(path) for path in paths) else earlier.paths
    with progress.waiting():
        return await session.plan(paths, batch_size=batch_size, job=job, reuse=reuse)


def say_left(earlier: Earlier) -> None:
    """Name the runs whose results are not taken."""
    reasons: dict[str, list[str]] = {}
    for name, why in earlier.left:
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        say(f"not looked into for results that are paid for: {_runs(names)} ({why})")
    if earlier.under_way:
        words = "another command goes on with it now, and what it has no result of yet would be paid for here, too"
        say(f"{_runs(earlier.under_way)}: {words}")
    for name, count in earlier.half_done:
        words = f"left {counted(count, 'CV')} without a result that may be paid for already"
        say(f"run {name} {words}: `cvsense screen --resume {name}` asks for them, sending them here may pay twice")


def say_taken(plan: Plan | None, earlier: Earlier) -> None:
    """Say in one line what is taken from earlier runs, of which age, and how to pay anew."""
    if plan is not None and plan.reused:
        say(f"{taken(plan, earlier)}: not paid for again (--again pays anew)")
    elif earlier.paths and plan is None:
        say(f"what has a result of {of_runs(earlier.begun)} is not paid for again (--again pays anew)")


def taken(plan: Plan, earlier: Earlier) -> str:
    """How many CVs have results, and of which runs."""
    from_runs = {Path(path): earlier.begun.get(Path(path), "") for path, _ in plan.reused_from}
    verb = "has its result" if plan.reused == 1 else "have results"
    return f"{plan.reused:,} of {plan.documents:,} {verb} of {of_runs(from_runs)}"


def of_runs(begun: Mapping[Path, str]) -> str:
    """Runs and their age: `yesterday, run 302c`."""
    newest_first = sorted(begun.items(), key=lambda one: one[1], reverse=True)
    names = [called(path) for path, _ in newest_first]
    ages = list(dict.fromkeys(age(when) for _, when in (newest_first[-1], newest_first[0])))
    return f"{' to '.join(ages)}, {_runs(names)}"


def reused_from(plan: Plan | None, earlier: Earlier) -> list[dict[str, Any]]:
    """The runs that results are taken from; `cvs` is `None` where they were not counted before."""
    counts = dict(plan.reused_from) if plan is not None else {}
    return [
        {"run": called(path), "journal": str(path), "begun": f"{when.replace(' ', 'T')}Z", "cvs": counts.get(str(path))}
        for path, when in earlier.begun.items()
        if not counts or str(path) in counts
    ]


def _runs(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return f"run{'s' if len(every) > 1 else ''} {', '.join(every[:NAMED])}{more}"


def age(begun: str, now: datetime.datetime | None = None) -> str:
    """How long ago a moment was (`YYYY-MM-DD HH:MM:SS`, UTC), in a word or two."""
    now = now or datetime.datetime.now(datetime.UTC)
    try:
        then = datetime.datetime.strptime(begun, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.UTC)
    except ValueError:
        return "some time ago"
    days = (now.astimezone().date() - then.astimezone().date()).days
    if days < 1:
        minutes = max(0, int((now - then).total_seconds() // 60))
        return "just now" if minutes < 1 else f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h ago"
    return "yesterday" if days == 1 else f"{days} days ago" if days < 15 else begun[:10]
