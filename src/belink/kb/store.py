"""Open a knowledge base and look things up in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from belink.errors import KnowledgeBaseError
from belink.kb.columns import TEXTS, TextReader, map_arrays
from belink.kb.concepts import ConceptReader, split
from belink.kb.database import Database
from belink.kb.hierarchy import Hierarchy
from belink.kb.lookup import NameLookup
from belink.kb.manifest import Manifest, check_sizes, read_manifest
from belink.kb.names import Name, NameReader
from belink.kb.records import Filter, Retirement
from belink.kb.selection import selected, selected_names
from belink.kb.writer import DATABASE
from belink.types import Concept

__all__ = ["Filter", "KnowledgeBase", "Name"]

_CACHED_FILTERS = 64
_MAX_VARIABLES = 500
_READ = 20_000


class KnowledgeBase:
    """A knowledge base, read-only; any number of processes and threads may have it open.

    Opening maps files and reads no name. Made by `KnowledgeBase.open`; pickles as its path. One that is
    rebuilt while open must be opened again.

    Attributes:
        path: its folder.
        manifest: what it was built from.
        name_concepts: int32[name_count], the ordinal of each name row's concept, ascending; memory-mapped.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._folder = path / manifest.data
        self._database = Database(self._folder / DATABASE)
        check_sizes(path, manifest)
        try:
            arrays = map_arrays(self._folder)
            self._names, self._norms, self._ids = (
                TextReader(self._folder, name, arrays[f"{name}-offset"]) for name in TEXTS
            )
        except (OSError, ValueError) as error:
            raise KnowledgeBaseError(f"{path}: damaged ({error}); build it again") from error
        self.arrays = arrays
        self.name_concepts: npt.NDArray[np.int32] = arrays["name-concept"]
        self._views = {name: values.data for name, values in arrays.items()}
        self._rows = NameReader(arrays, self._names, self._ids, manifest.vocabularies)
        self._concepts = ConceptReader(self._database, arrays, self._rows, manifest.languages)
        self._lookup = NameLookup(arrays, self._norms)
        self._hierarchy = Hierarchy(self._database)
        self._select = lru_cache(_CACHED_FILTERS)(self._selected)

    @classmethod
    def open(cls, path: Path) -> KnowledgeBase:
        """Open a knowledge base.

        Raises:
            KnowledgeBaseError: where there is none, it is damaged, or was built for another schema.
        """
        return cls(path, read_manifest(path))

    def __reduce__(self) -> tuple[Callable[[Path], KnowledgeBase], tuple[Path]]:
        """Pickle as the path."""
        return KnowledgeBase.open, (self.path,)

    def __len__(self) -> int:
        """Give the number of concepts."""
        return self.manifest.concepts

    @property
    def name_count(self) -> int:
        """The number of name rows."""
        return self.manifest.names

    @property
    def fingerprint(self) -> str:
        """A hash of the content; what is derived from a knowledge base keeps it to know when it is stale."""
        return self.manifest.fingerprint

    # Names

    def find(self, normalised: Sequence[str], most: int | None = None) -> list[tuple[Name, ...]]:
        """Give the name rows of each normalised name, sorted by row, hence by concept id.

        One concept has several rows where its names differ in case or punctuation only. The empty string
        finds nothing.

        Args:
            normalised: what `text.normalise.normalise` gave.
            most: at most so many rows a name: preferred names before exact aliases before others, then by
                row. None gives all. `Name.homonyms` counts all concepts either way.
        """
        return self._read(self.find_rows(normalised, most))

    def find_bags(self, bags: Sequence[str], most: int | None = None) -> list[tuple[Name, ...]]:
        """Give the name rows of each bag of words (`text.normalise.bag`) as `find` does."""
        return self._read(self.find_rows(bags, most, "bag"))

    def _read(self, found: Sequence[Sequence[int]]) -> list[tuple[Name, ...]]:
        names = iter(self.names_at(list(chain.from_iterable(found))))
        return [tuple(islice(names, len(rows))) for rows in found]

    def find_rows(
        self, keys: Sequence[str], most: int | None = None, kind: Literal["norm", "bag"] = "norm"
    ) -> list[list[int]]:
        """Give the numbers of the rows that `find` gives, or `find_bags`, without reading the names.

        Args:
            keys: normalised names, or bags of words.
            most: as in `find`.
            kind: what the keys are.
        """
        return self._lookup.rows(keys, most, kind)

    def names(self) -> Iterator[Name]:
        """Give every name row in order."""
        for first in range(0, self.name_count, _READ):
            yield from self._rows.many(np.arange(first, min(first + _READ, self.name_count)))

    def names_at(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> list[Name]:
        """Give the name rows with these numbers, in the order asked."""
        return self._rows.many(rows)

    def rows_of(self, ordinal: int) -> range:
        """Give the numbers of a concept's name rows, the preferred name's first."""
        first_row = self._views["concept-row"]
        return range(first_row[ordinal], first_row[ordinal + 1])

    def norms(self) -> Iterator[str]:
        """Give the normalised name of every row in order; empty for a name of nothing but punctuation."""
        return iter(self._norms)

    def texts(self) -> Iterator[str]:
        """Give the name of every row in order."""
        return iter(self._names)

    def norms_at(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> list[str]:
        """Give the normalised names of these rows, in the order asked."""
        return [self._norms.at(row) for row in _numbers(rows)]

    # Concepts

    def concept(self, concept_id: str) -> Concept | None:
        """Give a concept by its id; None where the id is unknown.

        A retired id gives a concept without aliases whose `replaced_by` is the current id, the first of
        several (`resolve` gives all), or "" where nothing took its place.
        """
        if found := self._concepts.one(concept_id):
            return found
        retired = self._database.rows("SELECT name FROM retired WHERE id = ?", (concept_id,))
        if not retired:
            return None
        return Concept(concept_id, retired[0][0], replaced_by=next(iter(self.resolve(concept_id)), ""))

    def concepts(self) -> Iterator[Concept]:
        """Give every current concept, sorted by id."""
        return self._concepts.all()

    def concept_ids(self, ordinals: Sequence[int] | npt.NDArray[np.integer[Any]]) -> list[str]:
        """Give the ids of concepts by ordinal, in the order asked."""
        return [self._ids.at(ordinal) for ordinal in _numbers(ordinals)]

    def concept_names(self, ordinals: Sequence[int] | npt.NDArray[np.integer[Any]]) -> list[str]:
        """Give the preferred names of concepts by ordinal, in the order asked."""
        first_row = self._views["concept-row"]
        return [self._names.at(first_row[ordinal]) for ordinal in _numbers(ordinals)]

    def ordinals(self, concept_ids: Sequence[str]) -> dict[str, int]:
        """Give the ordinals of those ids that are current concepts."""
        found: dict[str, int] = {}
        for first in range(0, len(concept_ids), _MAX_VARIABLES):
            some = concept_ids[first : first + _MAX_VARIABLES]
            marks = ",".join("?" * len(some))
            found.update(self._database.rows(f"SELECT id, ordinal FROM concepts WHERE id IN ({marks})", some))
        return found

    def resolve(self, concept_id: str) -> tuple[str, ...]:
        """Give the current ids that an id stands for, sorted.

        A current id stands for itself, a retired or alternative one for its replacements, followed until
        they are current. Empty where the id is unknown or nothing took its place.
        """
        rows = self._database.rows(
            "WITH RECURSIVE chain(id) AS (SELECT ? UNION"
            " SELECT replaced_by FROM replacements JOIN chain USING (id))"
            " SELECT concepts.id FROM chain JOIN concepts USING (id) ORDER BY 1",
            (concept_id,),
        )
        return tuple(row[0] for row in rows)

    def retirements(self) -> Iterator[Retirement]:
        """Give every retired or alternative id with what directly replaces it, sorted by id."""
        rows = self._database.stream(
            "SELECT id, name, replaced_by FROM retired LEFT JOIN replacements USING (id)"
            " ORDER BY id, replaced_by"
        )
        for (concept_id, name), same in groupby(rows, key=itemgetter(0, 1)):
            yield Retirement(concept_id, tuple(row[2] for row in same if row[2] is not None), name)

    def outline(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Give id, preferred name and parents of every current concept, sorted by id."""
        rows = self._database.stream("SELECT id, ordinal, parents FROM concepts ORDER BY ordinal")
        first_row = self._views["concept-row"]
        for concept_id, ordinal, parents in rows:
            yield concept_id, self._names.at(first_row[ordinal]), split(parents)

    # Hierarchy

    def parents(self, concept_id: str) -> tuple[str, ...]:
        """Give the ids of the direct parents that are in the knowledge base, sorted."""
        return self._hierarchy.parents(concept_id)

    def parents_at(self, ordinals: Sequence[int]) -> list[tuple[int, ...]]:
        """Give the ordinals of the direct parents of concepts by ordinal, ascending, in the order asked."""
        return self._hierarchy.parents_at(ordinals)

    def children(self, concept_id: str) -> tuple[str, ...]:
        """Give the ids of the direct children, sorted."""
        return self._hierarchy.children(concept_id)

    def ancestors(self, concept_id: str) -> tuple[str, ...]:
        """Give the ids of everything above a concept, without itself, sorted."""
        return self._hierarchy.ancestors(concept_id)

    def subtree(self, concept_ids: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Give bool[len(self)]: the concepts these ids stand for and everything below them."""
        mask = np.zeros(len(self), dtype=np.bool_)
        current = [identifier for each in concept_ids for identifier in self.resolve(each)]
        for root in self.ordinals(current).values():
            mask[self._hierarchy.below(root)] = True
        return mask

    def path_to_root(self, concept_id: str) -> tuple[str, ...]:
        """Give one path from a concept up to a root: itself first, always the first parent by id.

        Empty for an unknown id.
        """
        return self._hierarchy.path_to_root(concept_id) if self.ordinals([concept_id]) else ()

    def roots(self) -> tuple[str, ...]:
        """Give the ids of the concepts that have children and no parent, sorted."""
        return self._hierarchy.roots()

    def select(self, keep: Filter) -> npt.NDArray[np.bool_]:
        """Tell for each concept ordinal whether it passes the filter; read-only, kept for the next call.

        Ids in `under`, `allow` and `deny` may be retired ones; they stand for what they resolve to.
        """
        return self._select(keep)

    def select_names(self, keep: Filter) -> npt.NDArray[np.bool_]:
        """Tell for each name row whether its concept may be found by it; read-only.

        A filter by language leaves out names in other languages; one by source leaves no name out.
        """
        return selected_names(self, keep)

    def _selected(self, keep: Filter) -> npt.NDArray[np.bool_]:
        return selected(self, keep)

    def type_sets(self) -> list[tuple[str, ...]]:
        """Give the distinct combinations of types that the column `concept-types` numbers."""
        return self._concepts.type_sets()

    def taxa(self) -> list[str]:
        """Give the distinct taxa that the column `concept-taxon` numbers; "" for none."""
        return self._concepts.taxa()


def _numbers(numbers: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Sequence[int]:
    return numbers.tolist() if isinstance(numbers, np.ndarray) else numbers
