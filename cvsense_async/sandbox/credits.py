"""The credits: granted, reserved at upload, charged when a CV was processed, released when it was not.

At every moment balance + reserved + used = granted; each change is a row of `movements` in the same transaction as what
it is for.
"""

from __future__ import annotations

from typing import Any

import attrs
from sqlalchemy import Connection, insert, select, update

from .schema import account, movements


class TooFewCredits(Exception):
    """The balance does not cover what was asked; nothing was changed."""


@attrs.frozen
class Purse:
    """The account's credits."""

    granted: int
    balance: int
    reserved: int
    used: int


def purse(tx: Connection) -> Purse:
    """The credits as they stand."""
    row = tx.execute(select(account)).one()
    return Purse(row.granted, row.balance, row.reserved, row.used)


def grant(tx: Connection, amount: int, now: float) -> None:
    """Open the account with its credits, or add to them."""
    if tx.execute(select(account.c.id)).first() is None:
        tx.execute(insert(account).values(id=1, granted=0, balance=0, reserved=0, used=0))
    _move(tx, "grant", amount, now, None, "Credits granted", granted=amount, balance=amount)


def reserve(tx: Connection, amount: int, batch_id: int, now: float) -> None:
    """Hold credits for CVs that were uploaded. Raises `TooFewCredits`."""
    if purse(tx).balance < amount:
        raise TooFewCredits
    _move(tx, "reserve", amount, now, batch_id, f"Reserved for {_cvs(amount)}", balance=-amount, reserved=amount)


def charge(tx: Connection, amount: int, batch_id: int, now: float) -> None:
    """Use credits that were held: their CVs were processed."""
    if amount:
        _move(tx, "charge", amount, now, batch_id, f"Screening of {_cvs(amount)}", reserved=-amount, used=amount)


def release(tx: Connection, amount: int, batch_id: int, now: float, why: str) -> None:
    """Give back credits that were held."""
    if amount:
        _move(tx, "release", amount, now, batch_id, f"{_cvs(amount)} {why}", reserved=-amount, balance=amount)


def ledger(tx: Connection) -> dict[str, Any]:
    """The credits and their sums over all movements, for tests of the invariant."""
    sums = {"grant": 0, "reserve": 0, "charge": 0, "release": 0}
    for row in tx.execute(select(movements.c.kind, movements.c.amount)):
        sums[row.kind] += row.amount
    return {**attrs.asdict(purse(tx)), "movements": sums}


def _move(
    tx: Connection, kind: str, amount: int, now: float, batch_id: int | None, description: str, **change: int
) -> None:
    tx.execute(update(account).values({name: account.c[name] + by for name, by in change.items()}))
    tx.execute(
        insert(movements).values(
            kind=kind,
            amount=amount,
            balance_after=select(account.c.balance).scalar_subquery(),
            description=description,
            batch_id=batch_id,
            created_at=now,
        )
    )


def _cvs(count: int) -> str:
    return "1 CV" if count == 1 else f"{count} CVs"
