"""Dagster's event log for the command, with connections that are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage  # so named in Dagster's documentation
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_SECONDS = 60


class EventLog(SqliteEventLogStorage):
    """The same files as Dagster's own log, which opens one anew for each of the thousand events of a run.

    That took a third of the time of a small run. Write-ahead logging with `synchronous = normal` can lose the
    last events when the power fails, never the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(*args, **options)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> EventLog:
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        return self._kept(str(run_id), super().run_connection(run_id))

    def index_connection(self) -> AbstractContextManager[Connection]:
        return self._kept("index", super().index_connection())

    def dispose(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    @contextmanager
    def _kept(self, shard: str, first: AbstractContextManager[Connection]) -> Iterator[Connection]:
        if shard not in self._engines:
            with first:  # makes the file where there is none
                self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        with self._engines[shard].connect() as connection, connection.begin():
            yield connection


def _engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def relax(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("pragma synchronous = normal")

    return engine
