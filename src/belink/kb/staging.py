"""Sort the records of all sources by identifier, on disk, and merge those of the same concept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import orjson

from belink.kb.checks import checked_concept, checked_retirement, checked_supplement
from belink.kb.merging import Merged, united
from belink.kb.problems import Problems
from belink.kb.records import Located, Retirement, Source, Supplement
from belink.types import Alias, Concept

BATCH = 5_000
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -65536;
CREATE TABLE records (
    id TEXT NOT NULL, kind INT NOT NULL, source INT NOT NULL, line INT NOT NULL, body BLOB NOT NULL
);
"""
ADDED_TO_NONE = "addition without concept"
"""The kind of problem of names for an id that no source has."""
_CONCEPT, _SUPPLEMENT, _LENT, _RETIRED = range(4)
_Row = tuple[str, int, int, int, bytes]


class Staging:
    """A scratch database of checked records; memory is bounded whatever the size of the sources."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._problems = problems
        self._sources: list[Source] = []

    def add(self, source: Source, progress: Callable[[int], None] | None = None) -> int:
        """Check and store a source's records; gives how many were stored.

        Raises:
            KnowledgeBaseError: at the first fault, where problems are not counted.
        """
        number = len(self._sources)
        borrowers = self._borrowers() if source.role == "lender" else {}
        self._sources.append(source)
        stored = 0
        pending: list[_Row] = []
        self._connection.execute("BEGIN")
        for read, located in enumerate(source.records, start=1):
            line, record = (located.line, located.record) if isinstance(located, Located) else (0, located)
            for row in self._rows(record, number, line or -read, borrowers):
                pending.append(row)
                stored += 1
            if len(pending) >= BATCH:
                self._insert(pending)
            if progress is not None and read % 1000 == 0:
                progress(1000)
        self._insert(pending)
        self._connection.execute("COMMIT")
        return stored

    def _rows(
        self,
        record: Concept | Retirement | Supplement,
        number: int,
        line: int,
        borrowers: dict[str, list[str]],
    ) -> Iterator[_Row]:
        source = self._sources[number]
        where = _place(source, line)
        if isinstance(record, Retirement):
            retirement = checked_retirement(record, where, self._problems)
            if retirement is not None and source.role != "lender":
                body = orjson.dumps((retirement.replaced_by, retirement.name))
                yield retirement.id, _RETIRED, number, line, body
        elif isinstance(record, Supplement):
            supplement = checked_supplement(record, where, self._problems)
            if supplement is not None and source.role != "lender":
                adding = Concept(supplement.id, "", supplement.aliases, xrefs=supplement.xrefs)
                yield supplement.id, _SUPPLEMENT, number, line, _packed(adding)
        elif (concept := checked_concept(record, where, self._problems)) is not None:
            packed = _packed(concept)
            if source.role != "lender":
                yield concept.id, _CONCEPT, number, line, packed
                return
            for identifier in sorted({*concept.xrefs, *borrowers.get(concept.id, ())}):
                yield identifier, _LENT, number, line, packed

    def _borrowers(self) -> dict[str, list[str]]:
        """Give, for every xref of the concepts stored so far, the ids of those that have it."""
        found: dict[str, list[str]] = {}
        rows = self._connection.execute(
            "SELECT id, body FROM records WHERE kind IN (?, ?)", (_CONCEPT, _SUPPLEMENT)
        )
        for identifier, body in rows:
            for xref in orjson.loads(body)[5]:
                found.setdefault(xref, []).append(identifier)
        return found

    def _insert(self, rows: list[_Row]) -> None:
        self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
        rows.clear()

    def current(self, identifier: str) -> tuple[str, ...]:
        """Give the id if a concept of it was stored, else those at the end of its replacements, sorted."""
        self._connection.execute("CREATE INDEX IF NOT EXISTS by_id ON records (id, kind)")
        found: set[str] = set()
        seen = {identifier}
        waiting = [identifier]
        while waiting:
            each = waiting.pop()
            if self._bodies(each, _CONCEPT, limit=1):
                found.add(each)
                continue
            for body in self._bodies(each, _RETIRED):
                targets = set(orjson.loads(body)[0]) - seen
                seen |= targets
                waiting += targets
        return tuple(sorted(found))

    def place(self, identifier: str) -> str:
        """Name the place where an id stands first, as a concept or retired; "" where no source has it."""
        row = self._connection.execute(
            "SELECT source, line FROM records WHERE id = ? AND kind IN (?, ?) ORDER BY kind, rowid",
            (identifier, _CONCEPT, _RETIRED),
        ).fetchone()
        return _place(self._sources[row[0]], row[1]) if row else ""

    def _bodies(self, identifier: str, kind: int, limit: int = -1) -> list[bytes]:
        rows = self._connection.execute(
            "SELECT body FROM records WHERE id = ? AND kind = ? LIMIT ?", (identifier, kind, limit)
        )
        return [body for (body,) in rows]

    def _place_supplements(self) -> None:
        """Give what is added or lent to a retired id to what replaces it; count what finds no concept."""
        if not self._connection.execute(
            "SELECT 1 FROM records WHERE kind IN (?, ?) LIMIT 1", (_SUPPLEMENT, _LENT)
        ).fetchone():
            return
        self._connection.execute("CREATE INDEX IF NOT EXISTS by_id ON records (id, kind)")
        lost = self._connection.execute(
            "SELECT * FROM records AS added"
            " WHERE (kind = ? OR kind = ?"
            " AND EXISTS (SELECT 1 FROM records WHERE id = added.id AND kind = ?))"
            " AND NOT EXISTS (SELECT 1 FROM records WHERE id = added.id AND kind = ?) ORDER BY rowid",
            (_SUPPLEMENT, _LENT, _RETIRED, _CONCEPT),
        ).fetchall()
        moved: list[_Row] = []
        for identifier, kind, source, line, body in lost:
            current = self.current(identifier)
            moved += [(each, kind, source, line, body) for each in current]
            if not current and kind == _SUPPLEMENT:
                where = _place(self._sources[source], line)
                self._problems.count(
                    ADDED_TO_NONE, f"{where}: no source has a concept {identifier} to add to"
                )
        self._insert(moved)

    def concepts(self) -> Iterator[Merged]:
        """Give every concept once, sorted by id.

        Where several sources know an id, the first source's preferred name stays, the others' become
        aliases; types, parents and xrefs are united; the first definition and taxon stay. Supplements add
        aliases and xrefs; those that find no concept are counted.

        Raises:
            KnowledgeBaseError: at an id that one source has twice, where problems are not counted.
        """
        self._place_supplements()
        rows = self._connection.execute(
            "SELECT * FROM records WHERE kind <> ? ORDER BY id, kind, source, rowid", (_RETIRED,)
        )
        for _, same in groupby(rows, key=itemgetter(0)):
            parts: list[_Row] = []
            added: list[_Row] = []
            for row in same:
                (parts if row[1] == _CONCEPT else added).append(row)
            if parts:
                for one, other in pairwise(parts):
                    if one[2] == other[2]:
                        self._report_duplicate(one, other)
                yield united(self._named(parts), self._named(added))

    def _named(self, rows: Sequence[_Row]) -> list[tuple[Concept, str, bool]]:
        """Give what rows say, with the name of their source and whether their xrefs count."""
        return [(_unpacked(row), self._sources[row[2]].info.name, row[1] != _LENT) for row in rows]

    def _report_duplicate(self, one: _Row, other: _Row) -> None:
        first, second = (_place(self._sources[row[2]], row[3]) for row in (one, other))
        self._problems.report(
            "duplicate id", f"{one[0]} stands here and at {first}, a concept is given once", second
        )

    def retirements(self) -> Iterator[Retirement]:
        """Give every retired id once, sorted by id, with the replacements of all sources united."""
        rows = self._connection.execute(
            "SELECT id, body FROM records WHERE kind = ? ORDER BY id, source, rowid", (_RETIRED,)
        )
        for identifier, same in groupby(rows, key=itemgetter(0)):
            bodies = [orjson.loads(body) for _, body in same]
            replaced_by = sorted({target for targets, _ in bodies for target in targets})
            name = next((name for _, name in bodies if name), "")
            yield Retirement(identifier, tuple(replaced_by), name)

    def under(self, roots: frozenset[str]) -> frozenset[str]:
        """Give the ids of the roots and of everything below them."""
        children: dict[str, list[str]] = {}
        rows = self._connection.execute("SELECT id, body FROM records WHERE kind = ?", (_CONCEPT,))
        for identifier, body in rows:
            for parent in orjson.loads(body)[4]:
                children.setdefault(parent, []).append(identifier)
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            identifier = waiting.pop()
            if identifier not in found:
                found.add(identifier)
                waiting.extend(children.get(identifier, ()))
        return frozenset(found)

    def close(self) -> None:
        """Close the scratch database; its file is the caller's to remove."""
        self._connection.close()


def _place(source: Source, line: int) -> str:
    """Name a place in a source: its line, or where that is negative the number of the record."""
    path = source.info.path or source.info.name
    return f"{path}:{line}" if line > 0 else f"{path}, record {-line}"


def _packed(concept: Concept) -> bytes:
    aliases = [(alias.text, alias.scope, alias.source, alias.language) for alias in concept.aliases]
    fields = (concept.name, aliases, concept.definition, concept.types, concept.parents, concept.xrefs)
    return orjson.dumps((*fields, concept.taxon, concept.language))


def _unpacked(row: _Row) -> Concept:
    name, aliases, definition, types, parents, xrefs, taxon, language = orjson.loads(row[4])
    return Concept(
        row[0],
        name,
        tuple(Alias(*alias) for alias in aliases),
        definition,
        tuple(types),
        tuple(parents),
        tuple(xrefs),
        taxon,
        language=language,
    )
