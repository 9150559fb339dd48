"""The sandbox's tables.

Times are Unix seconds of the sandbox's clock, so that they can be compared; what was screened is kept as JSON, for it
is only ever read whole.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

VERSION = 1
"""Kept in the file; raised when a table changes."""

metadata: Final = MetaData()


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


account: Final = Table(
    "account",
    metadata,
    _id(),
    Column("granted", Integer, nullable=False),
    Column("balance", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)

movements: Final = Table(
    "movements",
    metadata,
    _id(),
    Column("kind", String, nullable=False),  # grant | reserve | charge | release
    Column("amount", Integer, nullable=False),
    Column("balance_after", Integer, nullable=False),
    Column("description", String, nullable=False),
    Column("batch_id", Integer),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

jobs: Final = Table(
    "jobs",
    metadata,
    _id(),
    Column("title", String, nullable=False),
    Column("description", Text, nullable=False),
    Column("location", String, nullable=False),
    Column("employment_type", String),
    Column("working_method", String),
    Column("salary_min", Float),
    Column("salary_max", Float),
    Column("salary_currency", String),
    Column("salary_period", String),
    Column("max_applications", Integer),
    Column("status", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

batches: Final = Table(
    "batches",
    metadata,
    _id(),
    Column("job_id", Integer),
    Column("name", String),
    Column("status", String, nullable=False),
    Column("job", LargeBinary, nullable=False),  # JSON: title, description, criteria, as they were at creation
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("first_at", Float),
    Column("ended_at", Float),
    sqlite_autoincrement=True,
)
Index("batches_open", batches.c.status, batches.c.started_at)

items: Final = Table(
    "items",
    metadata,
    _id(),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False),
    Column("filename", String, nullable=False),
    Column("path", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("state", String, nullable=False),  # pending | processed | invalid | failed | released
    Column("candidate_id", Integer),
    Column("rank", Integer),
    Column("score", Float),
    Column("match_status", String),
    Column("screening", LargeBinary),
    sqlite_autoincrement=True,
)
Index("items_of_batch", items.c.batch_id, items.c.state)

candidates: Final = Table(
    "candidates",
    metadata,
    _id(),
    Column("name", String),
    Column("email", String),
    Column("phone", String),
    Column("status", String, nullable=False),
    Column("note", Text),
    Column("job_id", Integer),
    Column("score", Float),
    Column("match_status", String),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)
Index("candidates_of_job", candidates.c.job_id, candidates.c.status)

applications: Final = Table(
    "applications",
    metadata,
    _id(),
    Column("job_id", Integer, nullable=False),
    Column("candidate_id", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)
Index("applications_of_job", applications.c.job_id)

shortlists: Final = Table(
    "shortlists",
    metadata,
    _id(),
    Column("name", String, nullable=False),
    Column("description", Text),
    Column("job_id", Integer),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

shortlisted: Final = Table(
    "shortlisted",
    metadata,
    Column("shortlist_id", Integer, primary_key=True),
    Column("candidate_id", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
)

webhooks: Final = Table(
    "webhooks",
    metadata,
    _id(),
    Column("url", String, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("secret", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("webhook_id", Integer, nullable=False),
    Column("event", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String, nullable=False),  # pending | delivered | failed | dropped
    Column("attempts", Integer, nullable=False),
    Column("next_at", Float),
    Column("log", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
)
Index("deliveries_due", deliveries.c.state, deliveries.c.next_at)
