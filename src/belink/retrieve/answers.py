"""Answers of served models, kept on disk so that no question is asked twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from belink.errors import ConfigError

_AT_ONCE = 500
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Answers:
    """Texts by key in a SQLite file; any number of threads and processes may use it at once.

    The file is made with the first answer. A key names everything an answer depends on.
    """

    path: Path

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """Give the answers that are there.

        Raises:
            ConfigError: the file cannot be read.
        """
        found: dict[str, str] = {}
        if not self.path.exists():
            return found
        with self._open() as database:
            for first in range(0, len(keys), _AT_ONCE):
                some = keys[first : first + _AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = database.execute(f"SELECT key, answer FROM answers WHERE key IN ({marks})", some)
                found.update(rows)
        return found

    def put(self, answers: Mapping[str, str]) -> None:
        """Keep answers, all or none; those that are there stay.

        Raises:
            ConfigError: the file cannot be written.
        """
        if answers:
            with self._open() as database, database:
                database.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?)", answers.items())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as database:
                database.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT)")
                yield database
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"{self.path}: cannot keep answers there: {error}; delete the file or name another"
            ) from error
