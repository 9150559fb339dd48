"""Candidates: the people behind the CVs, and where they stand [contract: endpoints 18 to 20]."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Any, Final

import attrs

from .endpoint import RULE, Call, Id, Listing, Resource, Rule, endpoint, op, pager
from .jobs import PER_PAGE, MatchStatus
from .jsonable import Model


class CandidateStatus(enum.StrEnum):
    """Where a candidate stands in the hiring [assumed]."""

    NEW = "new"
    REVIEWED = "reviewed"
    SHORTLISTED = "shortlisted"
    INTERVIEW = "interview"
    OFFERED = "offered"
    HIRED = "hired"
    REJECTED = "rejected"


@attrs.frozen(kw_only=True, weakref_slot=False)
class Candidate(Model):
    """A candidate [assumed]. `score` is 0 to 100, `None` before a CV of theirs was screened."""

    id: Id
    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    status: CandidateStatus | str = ""
    job_id: Id | None = None
    score: float | None = None
    match_status: MatchStatus | str | None = None
    created_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@endpoint("GET", "/candidates", personal=True)
class ListCandidates(Listing[Candidate]):
    """List candidates, of one job or with one status where asked."""

    job_id: Id | None = attrs.field(default=None, kw_only=True)
    status: CandidateStatus | str | None = attrs.field(default=None, kw_only=True)
    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})
    per_page: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: PER_PAGE})


@endpoint("GET", "/candidates/{candidate_id}", personal=True)
class GetCandidate(Call[Candidate]):
    """Fetch one candidate."""

    candidate_id: Id


@endpoint("PUT", "/candidates/{candidate_id}/status", personal=True)
class SetCandidateStatus(Call[Candidate | None]):
    """Move a candidate to a status, with a note where given. `None` where the service answers without the candidate."""

    candidate_id: Id
    status: CandidateStatus | str = attrs.field(
        metadata={RULE: Rule(choices=tuple(str(member.value) for member in CandidateStatus))}
    )
    note: str | None = attrs.field(default=None, kw_only=True, repr=False)


class CandidateCalls(Resource):
    """`session.candidates`: the people behind the CVs."""

    get: Final = op(GetCandidate)
    set_status: Final = op(SetCandidateStatus)
    list: Final = pager(ListCandidates)
