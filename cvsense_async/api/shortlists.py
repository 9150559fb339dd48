"""Shortlists: projects that gather candidates [contract: endpoints 21 to 24]."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from .candidates import Candidate
from .endpoint import RULE, Call, Id, Listing, Repeat, Resource, Rule, endpoint, op, pager
from .jobs import PER_PAGE, SHORT
from .jsonable import Model

MAX_CANDIDATES_PER_CALL = 100
"""How many candidates one call may add [doc: endpoint 24]."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Shortlist(Model):
    """A shortlist project [assumed]."""

    id: Id
    name: str = ""
    description: str | None = None
    job_id: Id | None = None
    candidates_count: int | None = None
    created_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Added(Model):
    """How many candidates were added, and how many were there before or not found [assumed]."""

    added: int = 0
    skipped: int = 0
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@endpoint("GET", "/shortlists")
class ListShortlists(Listing[Shortlist]):
    """List the account's shortlists."""

    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})
    per_page: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: PER_PAGE})


@endpoint("POST", "/shortlists", look_up="list the shortlists: the newest may be this one")
class CreateShortlist(Call[Shortlist]):
    """Create a shortlist, for a job where given."""

    name: str = attrs.field(metadata={RULE: SHORT})
    description: str | None = attrs.field(default=None, kw_only=True)
    job_id: Id | None = attrs.field(default=None, kw_only=True)


@endpoint("GET", "/shortlists/{shortlist_id}/candidates", personal=True)
class ListShortlistCandidates(Listing[Candidate]):
    """List the candidates of a shortlist."""

    shortlist_id: Id
    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})
    per_page: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: PER_PAGE})


@endpoint("POST", "/shortlists/{shortlist_id}/candidates", repeat=Repeat.SAFE)
class AddCandidates(Call[Added]):
    """Add candidates to a shortlist, at most 100 a call; one that is in it already is skipped."""

    shortlist_id: Id
    candidate_ids: Sequence[Id] = attrs.field(
        converter=tuple[Id, ...], metadata={RULE: Rule(min_items=1, max_items=MAX_CANDIDATES_PER_CALL)}
    )


class ShortlistCalls(Resource):
    """`session.shortlists`: projects that gather candidates."""

    create: Final = op(CreateShortlist)
    candidates: Final = pager(ListShortlistCandidates)
    add_up_to_100: Final = op(AddCandidates)

    async def add(self, shortlist_id: Id, candidate_ids: Sequence[Id]) -> Added:
        """Add candidates to a shortlist, however many: 100 a call [doc], and `added` and `skipped` are added up.

        Where a call fails, those before it have been added; adding all of them again skips these.
        """
        ids, added, skipped = tuple(candidate_ids), 0, 0
        for start in range(0, len(ids), MAX_CANDIDATES_PER_CALL):
            part = await self.send(AddCandidates(shortlist_id, ids[start : start + MAX_CANDIDATES_PER_CALL]))
            added, skipped = added + part.added, skipped + part.skipped
        return Added(added=added, skipped=skipped)

    list: Final = pager(ListShortlists)
