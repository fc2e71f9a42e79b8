"""Write merged concepts and retirements as the columns of a knowledge base."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson

from belink.kb.columns import NameWriter, TextWriter, save
from belink.kb.graph import cyclic_links, find_cycle, upward_links
from belink.kb.merging import Merged
from belink.kb.problems import Problems
from belink.kb.records import Retirement

DATABASE = "kb.sqlite"
SEPARATOR = "\n"
CYCLIC_VOCABULARIES = frozenset({"MESH", "UMLS"})
"""Where cycles are no fault of the file: MeSH places a descriptor at several tree numbers, UMLS unites the
hierarchies of many vocabularies. Of such a cycle the links that lead nearer to a root are kept."""
_BATCH = 5_000
_NO_LANGUAGE = b',"language":""'
"""Left out of the fingerprint, so that it is that of BeLink before it knew languages."""
_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -65536;
CREATE TABLE concepts (
    ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL, definition TEXT NOT NULL,
    parents TEXT NOT NULL, xrefs TEXT NOT NULL
);
CREATE TABLE type_sets (number INTEGER PRIMARY KEY, types TEXT NOT NULL);
CREATE TABLE taxa (number INTEGER PRIMARY KEY, taxon TEXT NOT NULL);
CREATE TABLE edges (parent INT NOT NULL, child INT NOT NULL, PRIMARY KEY (parent, child)) WITHOUT ROWID;
CREATE TABLE retired (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE replacements (
    id TEXT NOT NULL, replaced_by TEXT NOT NULL, PRIMARY KEY (id, replaced_by)
) WITHOUT ROWID;
CREATE TEMP TABLE links (child INT NOT NULL, parent TEXT NOT NULL);
"""
_EDGES = """
SELECT DISTINCT links.child, coalesce(direct.ordinal, replacing.ordinal)
FROM links
LEFT JOIN concepts AS direct ON direct.id = links.parent
LEFT JOIN replacements ON direct.ordinal IS NULL AND replacements.id = links.parent
LEFT JOIN concepts AS replacing ON replacing.id = replacements.replaced_by
WHERE coalesce(direct.ordinal, replacing.ordinal) IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written; the fields are those of `Manifest`."""

    fingerprint: str
    vocabularies: tuple[str, ...]
    languages: tuple[str, ...]
    concepts: int
    names: int
    homonyms: int
    retired: int
    dangling_parents: int
    cyclic_parents: int
    unused_retirements: int


def write_columns(
    concepts: Iterable[Merged],
    retirements: Iterable[Retirement],
    folder: Path,
    vocabularies: Sequence[str],
    problems: Problems,
    place: Callable[[str], str],
) -> Written:
    """Write every column.

    Args:
        concepts: sorted by id, each once.
        retirements: sorted by id, each once.
        folder: exists and is empty of columns.
        vocabularies: names of the sources, numbered first.
        problems: takes cycles.
        place: tells where an id stands in the sources.

    Raises:
        KnowledgeBaseError: at a cycle among parents or replacements, where problems are not counted.
    """
    digest = blake2b(digest_size=16)
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as database:
        database.executescript(_SCHEMA)
        names = NameWriter(folder, vocabularies)
        try:
            database.execute("BEGIN")
            count = _write_concepts(concepts, folder, names, database, digest)
            database.execute("CREATE UNIQUE INDEX concept_id ON concepts (id)")
            retired, unused = _write_retirements(retirements, database, digest, problems, place)
            dangling, cyclic = _write_edges(database, count, problems, place)
            database.execute("COMMIT")
        except BaseException:
            names.abandon()
            raise
        rows = len(names)
        homonyms = names.close()
    return Written(
        digest.hexdigest(),
        tuple(names.source_number),
        tuple(names.language_number),
        count,
        rows,
        homonyms,
        retired,
        dangling,
        cyclic,
        unused,
    )


def _write_concepts(
    concepts: Iterable[Merged], folder: Path, names: NameWriter, database: sqlite3.Connection, digest: blake2b
) -> int:
    first_rows, types, taxa = [0], _Numbered(), _Numbered()
    rows: list[tuple[int, str, str, str, str]] = []
    links: list[tuple[int, str]] = []
    with TextWriter(folder, "id") as ids:
        for ordinal, merged in enumerate(concepts):
            concept = merged.concept
            ids.add(concept.id)
            names.add(ordinal, concept.name, "preferred", merged.name_source, concept.language)
            for alias in concept.aliases:
                names.add(ordinal, alias.text, alias.scope, alias.source, alias.language)
            first_rows.append(len(names))
            types.add(SEPARATOR.join(concept.types))
            taxa.add(concept.taxon or "")
            parents, xrefs = SEPARATOR.join(concept.parents), SEPARATOR.join(concept.xrefs)
            rows.append((ordinal, concept.id, concept.definition, parents, xrefs))
            links.extend((ordinal, parent) for parent in concept.parents)
            digest.update(orjson.dumps(concept).replace(_NO_LANGUAGE, b""))
            if len(rows) >= _BATCH:
                _insert_concepts(database, rows, links)
    _insert_concepts(database, rows, links)
    save(folder, "concept-row", np.array(first_rows, dtype=np.int32))
    save(folder, "concept-types", np.array(types.values, dtype=np.int32))
    save(folder, "concept-taxon", np.array(taxa.values, dtype=np.int32))
    database.executemany("INSERT INTO type_sets VALUES (?, ?)", enumerate(types.numbers))
    database.executemany("INSERT INTO taxa VALUES (?, ?)", enumerate(taxa.numbers))
    return len(first_rows) - 1


def _insert_concepts(
    database: sqlite3.Connection, rows: list[tuple[int, str, str, str, str]], links: list[tuple[int, str]]
) -> None:
    database.executemany("INSERT INTO concepts VALUES (?, ?, ?, ?, ?)", rows)
    database.executemany("INSERT INTO links VALUES (?, ?)", links)
    rows.clear()
    links.clear()


class _Numbered:
    """Numbers distinct strings in the order they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.values: list[int] = []

    def add(self, text: str) -> None:
        self.values.append(self.numbers.setdefault(text, len(self.numbers)))


def _write_retirements(
    retirements: Iterable[Retirement],
    database: sqlite3.Connection,
    digest: blake2b,
    problems: Problems,
    place: Callable[[str], str],
) -> tuple[int, int]:
    """Write the retired ids that are no current concept; gives how many, and how many others there were."""
    written = unused = 0
    for retirement in retirements:
        if database.execute("SELECT 1 FROM concepts WHERE id = ?", (retirement.id,)).fetchone():
            unused += 1
            continue
        written += 1
        digest.update(orjson.dumps(retirement))
        database.execute("INSERT INTO retired VALUES (?, ?)", (retirement.id, retirement.name))
        database.executemany(
            "INSERT INTO replacements VALUES (?, ?)", [(retirement.id, to) for to in retirement.replaced_by]
        )
    chains: dict[str, list[str]] = {}
    for identifier, target in database.execute(
        "SELECT r.id, r.replaced_by FROM replacements AS r JOIN retired ON retired.id = r.replaced_by"
    ):
        chains.setdefault(identifier, []).append(target)
    while cycle := find_cycle(chains):
        message = f"retired ids replace each other: {' -> '.join(cycle)}"
        problems.report("cyclic replacement", message, place(cycle[0]))
        for identifier, target in pairwise(cycle):
            chains[identifier].remove(target)
            database.execute(
                "DELETE FROM replacements WHERE id = ? AND replaced_by = ?", (identifier, target)
            )
    return written, unused


def _write_edges(
    database: sqlite3.Connection, count: int, problems: Problems, place: Callable[[str], str]
) -> tuple[int, int]:
    """Write the links to parents; gives how many lead to no concept, and how many were left out of cycles."""
    found = database.execute(_EDGES).fetchall()
    links = np.array(found, dtype=np.int32).reshape(-1, 2)
    cyclic = cyclic_links(links[:, 0], links[:, 1], count)
    if cyclic.any():
        _check_cycles(database, links[cyclic].tolist(), problems, place)
        cyclic &= ~upward_links(links[:, 0], links[:, 1], count)
    database.executemany("INSERT INTO edges (child, parent) VALUES (?, ?)", links[~cyclic].tolist())
    database.execute("CREATE INDEX edge_child ON edges (child)")
    total: int = database.execute("SELECT count(*) FROM links").fetchone()[0]
    return total - len(links), int(np.count_nonzero(cyclic))


def _check_cycles(
    database: sqlite3.Connection,
    links: Sequence[tuple[int, int]],
    problems: Problems,
    place: Callable[[str], str],
) -> None:
    """Report cycles that are a fault: those with a concept whose vocabulary is not known to have them."""
    targets: dict[str, list[str]] = {}
    for child, parent in links:
        one, other = (
            str(database.execute("SELECT id FROM concepts WHERE ordinal = ?", (each,)).fetchone()[0])
            for each in (child, parent)
        )
        if one.partition(":")[0] not in CYCLIC_VOCABULARIES:
            targets.setdefault(one, []).append(other)
    cycle = find_cycle(targets)
    if targets:
        message = f"a concept stands above itself: {' -> '.join(cycle)}"
        problems.report("cyclic parents", message, place(cycle[0]))
