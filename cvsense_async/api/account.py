"""The account: its plan, its credits and what they were spent on [contract: endpoints 1 to 3]."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import attrs

from .endpoint import Call, Id, Listing, Resource, endpoint, op, pager


@attrs.frozen(kw_only=True, weakref_slot=False)
class Plan:
    """What the account may do. A limit of `None` is no limit."""

    plan_key: str = ""
    plan_name: str = ""
    job_posting_limit: int | None = None
    application_limit_per_job: int | None = None
    credit_limit: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Account:
    """Who the key belongs to, and the plan [doc]."""

    id: Id
    email: str = attrs.field(default="", repr=False)
    first_name: str = attrs.field(default="", repr=False)
    last_name: str = attrs.field(default="", repr=False)
    plan: Plan | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Credits:
    """The balance, in credits; each CV costs one [doc]. `reserved` is held by CVs not processed yet [assumed]."""

    balance: int
    reserved: int = 0
    used: int = 0
    limit: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


class TransactionType(enum.StrEnum):
    """What a credit transaction was."""

    CHARGE = "charge"
    REFUND = "refund"
    GRANT = "grant"


@attrs.frozen(kw_only=True, weakref_slot=False)
class Transaction:
    """One change of the credit balance [assumed]."""

    id: Id
    type: TransactionType | str = ""
    amount: int = 0
    balance_after: int | None = None
    description: str = attrs.field(default="", repr=False)
    batch_id: Id | None = None
    created_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@endpoint("GET", "/account")
class GetAccount(Call[Account]):
    """Fetch the account that the key belongs to, with its plan."""


@endpoint("GET", "/account/credits")
class GetCredits(Call[Credits]):
    """Fetch the credit balance."""


@endpoint("GET", "/account/usage")
class GetUsage(Listing[Transaction]):
    """List the last 50 credit transactions, newest first."""

    most: ClassVar[int | None] = 50

    page: int = attrs.field(default=1, kw_only=True)


class AccountCalls(Resource):
    """`session.account`: the account, its credits and their use."""

    get: Final = op(GetAccount)
    credits: Final = op(GetCredits)
    usage: Final = pager(GetUsage)
