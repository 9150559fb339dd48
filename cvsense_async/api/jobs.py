"""Jobs and the applications they received [contract: endpoints 4 to 9]."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Any, Final

import attrs

from .endpoint import RULE, UNSET, Call, Id, Listing, Resource, Rule, Unset, endpoint, op, pager
from .jsonable import Model


class EmploymentType(enum.StrEnum):
    """The documented kinds of employment [doc]."""

    FULL_TIME = "full-time"
    PART_TIME = "part-time"
    CONTRACT = "contract"
    TEMPORARY = "temporary"
    INTERNSHIP = "internship"


class WorkingMethod(enum.StrEnum):
    """Where the work is done [doc]."""

    IN_HOUSE = "in-house"
    HYBRID = "hybrid"
    REMOTE = "remote"


class SalaryPeriod(enum.StrEnum):
    """What a salary is counted by [doc]."""

    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"


class MatchStatus(enum.StrEnum):
    """The band of a score [doc]: exceptional 85–100, strong 65–84, good 45–64, fair 20–44, limited 0–19."""

    EXCEPTIONAL = "exceptional"
    STRONG = "strong"
    GOOD = "good"
    FAIR = "fair"
    LIMITED = "limited"
    INVALID = "invalid"


SHORT = Rule(min_length=1, max_length=255)
PER_PAGE = Rule(minimum=1, maximum=100)


def _choices(kind: type[enum.StrEnum]) -> dict[str, Any]:
    return {RULE: Rule(choices=tuple(str(member.value) for member in kind))}


@attrs.frozen(kw_only=True, weakref_slot=False)
class Job(Model):
    """A job posting [doc; `id`, `status`, the count and the times: assumed]. Salaries are per `salary_period`."""

    id: Id
    title: str = ""
    description: str = attrs.field(default="", repr=False)
    location: str = ""
    employment_type: EmploymentType | str | None = None
    working_method: WorkingMethod | str | None = None
    salary_min: float | None = None
    salary_max: float | None = None
    salary_currency: str | None = None
    salary_period: SalaryPeriod | str | None = None
    max_applications: int | None = None
    status: str | None = None
    applications_count: int | None = None
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class ApplicationCandidate(Model):
    """Who applied, in short."""

    id: Id
    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Application(Model):
    """One application to a job [assumed]. `score` is 0 to 100, `None` before it was screened."""

    id: Id
    job_id: Id | None = None
    candidate: ApplicationCandidate | None = None
    status: str | None = None
    score: float | None = None
    match_status: MatchStatus | str | None = None
    created_at: datetime.datetime | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, hash=False)


@endpoint("GET", "/jobs")
class ListJobs(Listing[Job]):
    """List the account's jobs, at most 100 a page."""

    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})
    per_page: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: PER_PAGE})


@endpoint("POST", "/jobs", look_up="list the jobs: the newest may be this one")
class CreateJob(Call[Job]):
    """Create a job. `description` may hold HTML; salaries are in `salary_currency` (GBP) per `salary_period`."""

    title: str = attrs.field(metadata={RULE: SHORT})
    description: str = attrs.field(metadata={RULE: Rule(min_length=1)}, repr=False)
    location: str = attrs.field(metadata={RULE: SHORT})
    employment_type: EmploymentType | str | None = attrs.field(
        default=None, kw_only=True, metadata=_choices(EmploymentType)
    )
    working_method: WorkingMethod | str | None = attrs.field(
        default=None, kw_only=True, metadata=_choices(WorkingMethod)
    )
    salary_min: float | None = attrs.field(default=None, kw_only=True, metadata={RULE: Rule(minimum=0)})
    salary_max: float | None = attrs.field(default=None, kw_only=True, metadata={RULE: Rule(minimum=0)})
    salary_currency: str | None = attrs.field(default=None, kw_only=True)
    salary_period: SalaryPeriod | str | None = attrs.field(default=None, kw_only=True, metadata=_choices(SalaryPeriod))
    max_applications: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: Rule(minimum=1)})


@endpoint("GET", "/jobs/{job_id}")
class GetJob(Call[Job]):
    """Fetch one job."""

    job_id: Id


@endpoint("PUT", "/jobs/{job_id}")
class UpdateJob(Call[Job]):
    """Change a job. Fields that are not given stay as they are; `None` clears one."""

    job_id: Id
    title: str | Unset = attrs.field(default=UNSET, kw_only=True, metadata={RULE: SHORT})
    description: str | Unset = attrs.field(default=UNSET, kw_only=True, metadata={RULE: Rule(min_length=1)}, repr=False)
    location: str | Unset = attrs.field(default=UNSET, kw_only=True, metadata={RULE: SHORT})
    employment_type: EmploymentType | str | Unset | None = attrs.field(
        default=UNSET, kw_only=True, metadata=_choices(EmploymentType)
    )
    working_method: WorkingMethod | str | Unset | None = attrs.field(
        default=UNSET, kw_only=True, metadata=_choices(WorkingMethod)
    )
    salary_min: float | Unset | None = attrs.field(default=UNSET, kw_only=True, metadata={RULE: Rule(minimum=0)})
    salary_max: float | Unset | None = attrs.field(default=UNSET, kw_only=True, metadata={RULE: Rule(minimum=0)})
    salary_currency: str | Unset | None = attrs.field(default=UNSET, kw_only=True)
    salary_period: SalaryPeriod | str | Unset | None = attrs.field(
        default=UNSET, kw_only=True, metadata=_choices(SalaryPeriod)
    )
    max_applications: int | Unset | None = attrs.field(default=UNSET, kw_only=True, metadata={RULE: Rule(minimum=1)})


@endpoint("DELETE", "/jobs/{job_id}")
class DeleteJob(Call[None]):
    """Delete a job."""

    job_id: Id


@endpoint("GET", "/jobs/{job_id}/applications", personal=True)
class ListApplications(Listing[Application]):
    """List the applications that a job received."""

    job_id: Id
    page: int = attrs.field(default=1, kw_only=True, metadata={RULE: Rule(minimum=1)})
    per_page: int | None = attrs.field(default=None, kw_only=True, metadata={RULE: PER_PAGE})


class JobCalls(Resource):
    """`session.jobs`: job postings and their applications."""

    create: Final = op(CreateJob)
    get: Final = op(GetJob)
    update: Final = op(UpdateJob)
    delete: Final = op(DeleteJob)
    applications: Final = pager(ListApplications)
    list: Final = pager(ListJobs)
