"""Read the SQLite file of a knowledge base from any thread or process."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from belink.errors import KnowledgeBaseError


class Database:
    """One read-only connection a thread, made at its first question; a forked process makes its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def rows(self, query: str, values: Sequence[str | int] = ()) -> list[Any]:
        """Give all rows that answer a query.

        Raises:
            KnowledgeBaseError: where the file is damaged or gone.
        """
        try:
            return self._connection().execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    def stream(self, query: str) -> Iterator[Any]:
        """Give the rows that answer a query one by one.

        Raises:
            KnowledgeBaseError: where the file is damaged or gone.
        """
        try:
            yield from self._connection().execute(query)
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    def _broken(self, error: sqlite3.DatabaseError) -> KnowledgeBaseError:
        return KnowledgeBaseError(
            f"{self._path}: damaged, or the knowledge base was built anew while open ({error}); open it again"
        )

    def _connection(self) -> sqlite3.Connection:
        if getattr(self._local, "process", None) != os.getpid():
            place = self._path.resolve().as_uri()
            self._local.connection = sqlite3.connect(f"{place}?mode=ro&immutable=1", uri=True)
            self._local.process = os.getpid()
        connection: sqlite3.Connection = self._local.connection
        return connection
