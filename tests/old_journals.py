"""Journals as earlier versions of this package wrote them: their schemas, spelled out, and a way back to them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cvsense_async.screening.journal_file import APPLICATION

SCHEMA_2 = """
CREATE TABLE run (
    one INTEGER PRIMARY KEY CHECK (one = 1), base_url TEXT NOT NULL, job TEXT NOT NULL, options TEXT NOT NULL,
    sources TEXT, folder TEXT NOT NULL, found_all INTEGER NOT NULL DEFAULT 0,
    begun TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, ended TEXT NOT NULL DEFAULT '', account TEXT
);
CREATE TABLE file (
    key BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 BLOB NOT NULL, kind TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE document (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, source TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    size INTEGER NOT NULL, key BLOB, batch INTEGER, end TEXT
);
CREATE TABLE batch (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, standing TEXT NOT NULL, credits INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE item (
    batch INTEGER NOT NULL, place INTEGER NOT NULL, document INTEGER NOT NULL, wire_name TEXT NOT NULL,
    standing TEXT NOT NULL, item_id TEXT, said TEXT NOT NULL DEFAULT '', PRIMARY KEY (batch, place)
) WITHOUT ROWID;
CREATE TABLE delivery (
    number INTEGER PRIMARY KEY, batch_id TEXT, credits INTEGER NOT NULL, failure TEXT, taken INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE outcome (
    delivery INTEGER NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, document INTEGER, content TEXT NOT NULL,
    PRIMARY KEY (delivery, place)
) WITHOUT ROWID;
CREATE INDEX open_batch ON batch (number) WHERE standing IN ('created', 'starting');
CREATE INDEX waiting ON document (id) WHERE end IS NULL AND batch IS NULL;
"""
SCHEMA_1 = SCHEMA_2.replace(", account TEXT", "")
SCHEMAS = {1: SCHEMA_1, 2: SCHEMA_2}


def as_version(version: int, journal: Path, old: Path) -> None:
    """The journal as a package of that version would have written it."""
    db = sqlite3.connect(old, isolation_level=None)
    db.executescript(SCHEMAS[version])
    db.execute(f"PRAGMA application_id={APPLICATION}")
    db.execute(f"PRAGMA user_version={version}")
    db.execute("ATTACH ? AS now", (str(journal),))
    for (table,) in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
        columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
        db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
    db.close()
    journal.unlink()
