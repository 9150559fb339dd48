"""The sandbox's database: one SQLite connection, and one transaction at a time on it.

The work of a transaction is a plain function on a connection: it is done whole or not at all, and nothing else comes
between its statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, event, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import StaticPool

from cvsense_async.errors import ConfigurationError

from . import schema

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """An open database. In memory it lives as long as this object."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: str | None) -> Store:
        """Open a file (made where it is not there) or a database in memory, with all its tables."""
        url = f"sqlite+aiosqlite:///{path}" if path else "sqlite+aiosqlite://"
        engine = create_async_engine(url, poolclass=StaticPool, connect_args={"timeout": 0.5})
        event.listen(engine.sync_engine, "connect", _prepare)
        try:
            connection = await engine.connect()
            store = cls(connection)
            await store.write(_create)
        except DatabaseError as error:
            await engine.dispose()
            raise ConfigurationError(f"the sandbox cannot use the database {path}: {error.orig}") from error
        return store

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work that changes nothing."""
        async with self._lock:
            return await self._connection.run_sync(work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in a transaction: it is kept when the function returns, and undone when it raises."""
        async with self._lock:
            try:
                made = await self._connection.run_sync(work, *args, **kwargs)
                await self._connection.commit()
            except BaseException:
                await self._connection.rollback()
                raise
            return made

    async def close(self) -> None:
        """Close the database."""
        async with self._lock:
            await self._connection.close()
            await self._connection.engine.dispose()


def _prepare(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA locking_mode=EXCLUSIVE")  # two sandboxes on one file would screen each CV twice
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _create(tx: Connection) -> None:
    found = tx.exec_driver_sql("PRAGMA user_version").scalar_one()
    there = inspect(tx).get_table_names()
    if there and found != schema.VERSION:
        raise ConfigurationError("the database belongs to another program, or to another version of the sandbox")
    schema.metadata.create_all(tx)
    tx.exec_driver_sql(f"PRAGMA user_version={schema.VERSION}")


def wipe(tx: Connection) -> None:
    """Empty every table; the ids of what comes next go on from where they were."""
    for table in reversed(schema.metadata.sorted_tables):
        tx.execute(table.delete())
