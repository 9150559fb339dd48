"""`cvsense runs settle`: a person's word on CVs that are unsettled, after saying what it may cost.

Without a name it lists them. What is said is written down in the journal, with when.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from cvsense_async.api.codec import path_id
from cvsense_async.screening.decisions import Word, kept_result, matching, settle
from cvsense_async.screening.journal_reading import left_unsettled
from cvsense_async.screening.outcome import Unsettled
from cvsense_async.screening.sqlite_journal import JournalSummary

from . import progress, show
from .asking import can_ask, confirm
from .consoles import emit, out, say
from .ending import Stop, run
from .gathered import unsettled_record
from .going_on import check_service, look
from .journals import called, find, told
from .safe import json_text, one_line
from .service import check_key, session_at
from .show import counted, some
from .statuses import OK

LISTED = 20
"""CVs of one name that are listed where the name is refused."""


@attrs.frozen
class Order:
    """What `cvsense runs settle` was told."""

    run: str
    names: tuple[str, ...] = ()
    every: bool = False
    send_again: bool = False
    accept: str | None = None
    give_up: bool = False
    yes: bool = False
    base_url: str | None = None
    as_json: bool = False

    @property
    def word(self) -> Word | None:
        """What is said of the CVs."""
        if self.send_again:
            return "send_again"
        if self.accept is not None:
            return "accept"
        return "give_up" if self.give_up else None


def settle_run(order: Order) -> int:
    """`cvsense runs settle RUN [NAME…]`."""
    _check(order)
    path = find(order.run)

    async def work(_: object) -> int:
        summary, record = await look(path)
        left = await left_unsettled(path)
        word = order.word
        if word is None:
            _list(path, left, as_json=order.as_json)
            _say_open(path, summary)
            return OK
        chosen = _chosen(order, path, left, summary)
        asked = word == "accept" and kept_result(left, chosen[0], order.accept or "") is None
        if asked:
            check_key()
            check_service(record, order.base_url)
        await _agreed(order, word, chosen)
        result_id = path_id(order.accept) if order.accept is not None else None
        if asked:
            with progress.waiting():
                async with session_at(order.base_url) as session:
                    await session.settle(path, chosen, word, result_id=result_id)
        else:
            await settle(None, path, chosen, word, result_id)
        _tell(order, path, word, chosen, len(await left_unsettled(path)))
        return OK

    with told(path):
        return run(work)


def _check(order: Order) -> None:
    """Raise `Stop` for what does not go together."""
    words = [name for name, said in (("--send-again", order.send_again), ("--accept", order.accept is not None),
                                     ("--give-up", order.give_up)) if said]  # fmt: skip
    if len(words) > 1:
        raise Stop(f"{' and '.join(words)}: give one of them")
    if words and not order.names and not order.every:
        raise Stop(f"{words[0]}: name the CVs (`cvsense runs settle {order.run}` lists them), or say --all")
    if not words and (order.names or order.every):
        raise Stop("say what is to become of them: --send-again, --accept RESULT, or --give-up")
    if order.names and order.every:
        raise Stop("names and --all: give one of them")
    if order.accept is not None and (len(order.names) != 1 or order.every):
        raise Stop("--accept: a result is one CV's; name that one")


def _chosen(order: Order, path: Path, left: Sequence[Unsettled], summary: JournalSummary) -> list[Unsettled]:
    """The CVs that are meant. Raises `Stop` for a name that is nobody's, or that of several."""
    if order.every:
        if not left:
            _say_open(path, summary)
            raise Stop(f"{called(path)}: nothing is unsettled in this run")
        return list(left)
    chosen: dict[str, Unsettled] = {}
    for name in order.names:
        found = matching(left, name)
        if not found:
            there = f"; unsettled are {some((one.document.name for one in left), LISTED)}" if left else ""
            _say_open(path, summary)
            raise Stop(f"{one_line(name)}: no unsettled CV of {called(path)} has this name{there}")
        if len(found) > 1:
            which = some((f"{one.document.source} ({one.document.sha256[:12]})" for one in found), LISTED)
            raise Stop(
                f"{one_line(name)}: {len(found)} unsettled CVs have this name; give the path, or the digits of the "
                f"content, of one: {one_line(which)}"
            )
        chosen[found[0].document.sha256] = found[0]
    return list(chosen.values())


def _say_open(path: Path, summary: JournalSummary) -> None:
    """Say where else a CV may be: only what has ended, or that the service does not know any more, can be settled."""
    if summary.batches:
        batches = counted(len(summary.batches), "batch")
        say(
            f"{batches} still open: `cvsense runs recheck {called(path)}` asks the service what became of the CVs in it"
        )


async def _agreed(order: Order, word: Word, chosen: Sequence[Unsettled]) -> None:
    """Say what it may cost, and ask. Raises `Stop` where it is not wanted."""
    words = _cost(order, word, chosen)
    if order.yes:
        say(words)
    elif can_ask():
        await confirm(words, "nothing was written")
    elif word == "send_again":
        raise Stop(f"{words} There is nobody to ask: say --yes")
    else:
        say(words)


def _cost(order: Order, word: Word, chosen: Sequence[Unsettled]) -> str:
    names, many = some(one.document.name for one in chosen), counted(len(chosen), "credit")
    if word == "send_again":
        return (
            f"{names}: sent again at the next --resume, for up to {many}; if the first copy was charged, "
            f"{'it is' if len(chosen) == 1 else 'they are'} paid for twice."
        )
    if word == "accept":
        return f"{names}: result {one_line(order.accept or '')} becomes its result; this costs nothing more."
    return f"{names}: given up, ends as failed; up to {many} that may be held or charged for it stay spent."


def _tell(order: Order, path: Path, word: Word, chosen: Sequence[Unsettled], left: int) -> None:
    name = called(path)
    if order.as_json:
        document = {
            "run": name,
            "word": word,
            "cvs": [unsettled_record(one) for one in chosen],
            "result_id": order.accept,
            "may_cost": len(chosen) if word == "send_again" else 0,
            "unsettled": left,
        }
        emit(json_text(document, indent=2) + "\n")
    else:
        emit(f"Written down for {counted(len(chosen), 'CV')}; {left:,} unsettled.\n")
    if word == "send_again":
        say(f"`cvsense screen --resume {name}` sends {'it' if len(chosen) == 1 else 'them'}")


def _list(path: Path, left: Sequence[Unsettled], *, as_json: bool) -> None:
    name = called(path)
    if as_json:
        emit(json_text({"run": name, "unsettled": [unsettled_record(one) for one in left]}, indent=2) + "\n")
        return
    if not left:
        emit("Nothing is unsettled.\n")
        return
    columns = ("CV", "Batch", "Credit", "Kept result", "Look up")
    show.rows(out(), columns, [_line(one) for one in left], wraps="Look up")
    emit(
        "\n"
        f"Ask again:   cvsense runs recheck {name}            (costs nothing)\n"
        f"Send again:  cvsense runs settle {name} CV --send-again  (may cost a second credit)\n"
        f"Accept:      cvsense runs settle {name} CV --accept RESULT\n"
        f"Give up:     cvsense runs settle {name} CV --give-up\n"
    )


def _line(one: Unsettled) -> tuple[Any, ...]:
    kept = None
    if one.result is not None:
        who = one.result.candidate.name if one.result.candidate is not None else None
        parts = (one.result.filename, who, None if one.result.score is None else f"{one.result.score:.1f}")
        kept = f"{one.result.id} ({', '.join(part for part in parts if part)})"
    return (one.document.name, one.batch_id, "charged" if one.counted else "may be held", kept, one.look_up)
