"""Sort the records of all sources by identifier, on disk, and merge those of the same concept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import orjson

from belink.kb.checks import checked_concept, checked_retirement
from belink.kb.problems import Problems
from belink.kb.records import Filter, Located, Retirement, Source
from belink.types import Alias, Concept

BATCH = 5_000
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -65536;
CREATE TABLE concepts (id TEXT NOT NULL, source INT NOT NULL, line INT NOT NULL, body BLOB NOT NULL);
CREATE TABLE retired (id TEXT NOT NULL, source INT NOT NULL, line INT NOT NULL, body BLOB NOT NULL);
"""
_Row = tuple[str, int, int, bytes]


@dataclass(frozen=True, slots=True)
class Merged:
    """A concept with the source of its preferred name; every alias names its own source."""

    concept: Concept
    name_source: str


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
        pending: dict[str, list[_Row]] = {"concepts": [], "retired": []}
        self._connection.execute("BEGIN")
        for read, located in enumerate(source.records, start=1):
            line, record = (located.line, located.record) if isinstance(located, Located) else (0, located)
            for table, row in self._rows(record, number, line or -read, borrowers):
                pending[table].append(row)
                stored += 1
                if len(pending[table]) >= BATCH:
                    self._insert(table, pending[table])
            if progress is not None and read % 1000 == 0:
                progress(1000)
        for table, rows in pending.items():
            self._insert(table, rows)
        self._connection.execute("COMMIT")
        return stored

    def _rows(
        self, record: Concept | Retirement, number: int, line: int, borrowers: dict[str, list[str]]
    ) -> Iterator[tuple[str, _Row]]:
        source = self._sources[number]
        where = _place(source, line)
        if isinstance(record, Retirement):
            retirement = checked_retirement(record, where, self._problems)
            if retirement is not None and source.role == "concepts":
                body = orjson.dumps((retirement.replaced_by, retirement.name))
                yield "retired", (retirement.id, number, line, body)
            return
        concept = checked_concept(record, where, self._problems)
        if concept is None:
            return
        packed = _packed(concept)
        if source.role != "lender":
            yield "concepts", (concept.id, number, line, packed)
            return
        for identifier in sorted({*concept.xrefs, *borrowers.get(concept.id, ())}):
            yield "concepts", (identifier, number, line, packed)

    def _borrowers(self) -> dict[str, list[str]]:
        """Give, for every xref of the concepts stored so far, the ids of those that have it."""
        found: dict[str, list[str]] = {}
        for identifier, body in self._connection.execute("SELECT id, body FROM concepts"):
            for xref in orjson.loads(body)[5]:
                found.setdefault(xref, []).append(identifier)
        return found

    def _insert(self, table: str, rows: list[_Row]) -> None:
        self._connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)
        rows.clear()

    def current(self, identifier: str) -> tuple[str, ...]:
        """Give the id if a concept of it was stored, else its replacements that were; one step, no chain."""
        self._connection.execute("CREATE INDEX IF NOT EXISTS by_id ON concepts (id)")
        retired = self._connection.execute("SELECT body FROM retired WHERE id = ?", (identifier,))
        replacements = {each for (body,) in retired for each in orjson.loads(body)[0]}
        for ids in ([identifier], sorted(replacements)):
            found = tuple(each for each in ids if self._stored(each))
            if found:
                return found
        return ()

    def _stored(self, identifier: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM concepts WHERE id = ? LIMIT 1", (identifier,))
        return row.fetchone() is not None

    def concepts(self) -> Iterator[Merged]:
        """Give every concept once, sorted by id.

        Where several sources know an id, the first source's preferred name stays, the others' become
        aliases; types, parents and xrefs are united; the first definition and taxon stay.

        Raises:
            KnowledgeBaseError: at an id that one source has twice, where problems are not counted.
        """
        rows = self._connection.execute("SELECT * FROM concepts ORDER BY id, source, rowid")
        for _, same in groupby(rows, key=itemgetter(0)):
            group = list(same)
            parts = [row for row in group if self._sources[row[1]].role == "concepts"]
            if not parts:
                continue
            for one, other in pairwise(parts):
                if one[1] == other[1]:
                    self._report_duplicate(one, other)
            lent = [row for row in group if self._sources[row[1]].role != "concepts"]
            yield _merged(*(self._named(rows) for rows in (parts, lent)))

    def _named(self, rows: Sequence[_Row]) -> list[tuple[Concept, str]]:
        return [(_unpacked(row), self._sources[row[1]].info.name) for row in rows]

    def _report_duplicate(self, one: _Row, other: _Row) -> None:
        first, second = (_place(self._sources[row[1]], row[2]) for row in (one, other))
        self._problems.report(
            "duplicate id", f"{one[0]} stands here and at {first}, a concept is given once", second
        )

    def retirements(self) -> Iterator[Retirement]:
        """Give every retired id once, sorted by id, with the replacements of all sources united."""
        rows = self._connection.execute("SELECT * FROM retired ORDER BY id, source, rowid")
        for identifier, same in groupby(rows, key=itemgetter(0)):
            bodies = [orjson.loads(row[3]) for row in same]
            replaced_by = sorted({target for targets, _ in bodies for target in targets})
            name = next((name for _, name in bodies if name), "")
            yield Retirement(identifier, tuple(replaced_by), name)

    def under(self, roots: frozenset[str]) -> frozenset[str]:
        """Give the ids of the roots and of everything below them."""
        children: dict[str, list[str]] = {}
        for identifier, body in self._connection.execute("SELECT id, body FROM concepts"):
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


def passes(merged: Merged, keep: Filter, below: frozenset[str]) -> bool:
    """Tell whether a concept passes the filter; `below` are the ids that `keep.under` selects."""
    concept = merged.concept
    return (
        (not keep.types or not keep.types.isdisjoint(concept.types))
        and (not keep.under or concept.id in below)
        and (not keep.taxa or concept.taxon is None or concept.taxon in keep.taxa)
        and (not keep.allow or concept.id in keep.allow)
        and concept.id not in keep.deny
        and (not keep.sources or not keep.sources.isdisjoint(_sources_of(merged)))
    )


def _sources_of(merged: Merged) -> Iterator[str]:
    yield merged.name_source
    for alias in merged.concept.aliases:
        yield alias.source


def _packed(concept: Concept) -> bytes:
    aliases = [(alias.text, alias.scope, alias.source) for alias in concept.aliases]
    fields = (concept.name, aliases, concept.definition, concept.types, concept.parents, concept.xrefs)
    return orjson.dumps((*fields, concept.taxon))


def _unpacked(row: _Row) -> Concept:
    name, aliases, definition, types, parents, xrefs, taxon = orjson.loads(row[3])
    made = tuple(Alias(*alias) for alias in aliases)
    return Concept(row[0], name, made, definition, tuple(types), tuple(parents), tuple(xrefs), taxon)


def _merged(parts: Sequence[tuple[Concept, str]], lent: Sequence[tuple[Concept, str]]) -> Merged:
    """Unite what several records say of one concept; the first goes before the others.

    Args:
        parts: records of the concept with their sources' names, at least one.
        lent: records that lend their names only.
    """
    first, name_source = parts[0]
    aliases: list[Alias] = []
    seen = {first.name}
    for concept, source in (*parts, *lent):
        named = () if concept is first else (Alias(concept.name, "exact", source),)
        for alias in (*named, *concept.aliases):
            if alias.text not in seen:
                seen.add(alias.text)
                aliases.append(alias if alias.source else Alias(alias.text, alias.scope, source))
    types, parents, xrefs = first.types, first.parents, first.xrefs
    if len(parts) > 1:
        types = tuple(sorted({each for concept, _ in parts for each in concept.types}))
        parents = tuple(sorted({each for concept, _ in parts for each in concept.parents}))
        xrefs = tuple(sorted({each for concept, _ in parts for each in concept.xrefs}))
    definition = next((concept.definition for concept, _ in parts if concept.definition), "")
    taxon = next((concept.taxon for concept, _ in parts if concept.taxon), None)
    concept = Concept(first.id, first.name, tuple(aliases), definition, types, parents, xrefs, taxon)
    return Merged(concept, name_source)
