"""The account, its credits and their use [contract: endpoints 1 to 3]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from cvsense_async.api.account import Account, Credits, GetAccount, GetCredits, GetUsage, Plan, Transaction
from cvsense_async.api.endpoint import Page

from .. import credits
from ..clock import moment
from ..context import Context, handles
from ..schema import movements

LAST = 50
TYPES = {"grant": "grant", "charge": "charge", "release": "refund"}


@handles(GetAccount)
async def get_account(call: GetAccount, ctx: Context) -> Account:
    """The one account that the sandbox has."""
    plan = Plan(plan_key="enterprise", plan_name="Enterprise", credit_limit=ctx.services.options.credits)
    return Account(id=1, email="developer@example.com", first_name="Sandbox", last_name="Developer", plan=plan)


@handles(GetCredits)
async def get_credits(call: GetCredits, ctx: Context) -> Credits:
    """The purse."""
    purse = await ctx.store.read(credits.purse)
    return Credits(balance=purse.balance, reserved=purse.reserved, used=purse.used, limit=purse.granted)


@handles(GetUsage)
async def get_usage(call: GetUsage, ctx: Context) -> Page[Transaction]:
    """The last 50; reservations are no transactions."""
    found = await ctx.store.read(_usage)
    rows = found if call.page == 1 else ()
    return Page(items=rows, current_page=call.page, per_page=LAST, total=len(found), last_page=1)


def _usage(tx: Connection) -> tuple[Transaction, ...]:
    query = select(movements).where(movements.c.kind != "reserve").order_by(movements.c.id.desc()).limit(LAST)
    return tuple(_transaction(row) for row in tx.execute(query))


def _transaction(row: Row[Any]) -> Transaction:
    return Transaction(
        id=row.id,
        type=TYPES[row.kind],
        amount=row.amount,
        balance_after=row.balance_after,
        description=row.description,
        batch_id=row.batch_id,
        created_at=moment(row.created_at),
    )
