"""Has anything changed? The database itself counts, so that no change can be forgotten."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from catalogue.connection import Sessions, is_outdated


class Epoch:
    """A value that is another one after every commit, whoever made it: a document, a right, a name.

    SQLite tells a connection when others have written; PostgreSQL names the transactions a snapshot can see.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._watcher: Any = None
        self._watchers = 0

    def read(self) -> str:
        """The present value.

        Raises: OperationalError when the database is away.
        """
        if self._sessions.kw["bind"].dialect.name != "sqlite":
            with self._sessions() as session:
                return str(session.scalar(text("SELECT pg_current_snapshot()::text")))
        with self._lock:
            if self._watcher is not None and is_outdated(self._watcher.info):
                self._watcher.close()
                self._watcher = None
            if self._watcher is None:  # one connection that never writes: its own changes would not count
                self._watcher = self._sessions.kw["bind"].raw_connection()
                self._watchers += 1
            try:
                version = self._watcher.driver_connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.OperationalError as error:
                raise OperationalError("PRAGMA data_version", {}, error) from error
            return f"{self._watchers}-{version}"  # each watcher counts from its own beginning

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._watcher is not None:
                self._watcher.close()
                self._watcher = None
