"""Parents, children and what lies beyond them, from the edges of a knowledge base."""

from __future__ import annotations

from collections.abc import Sequence

from belink.kb.database import Database

_MAX_VARIABLES = 500


class Hierarchy:
    """The links between concepts; ids are those of current concepts, unknown ones have no relatives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def parents(self, concept_id: str) -> tuple[str, ...]:
        """Give the ids of the direct parents, sorted."""
        return self._ids(
            "SELECT p.id FROM concepts AS c JOIN edges ON child = c.ordinal"
            " JOIN concepts AS p ON p.ordinal = parent WHERE c.id = ? ORDER BY 1",
            concept_id,
        )

    def parents_at(self, ordinals: Sequence[int]) -> list[tuple[int, ...]]:
        """Give the ordinals of the direct parents of some concepts, ascending; aligned with what is asked."""
        found: dict[int, list[int]] = {}
        for first in range(0, len(ordinals), _MAX_VARIABLES):
            some = ordinals[first : first + _MAX_VARIABLES]
            marks = ",".join("?" * len(some))
            links = self._database.rows(f"SELECT child, parent FROM edges WHERE child IN ({marks})", some)
            for child, parent in links:
                found.setdefault(child, []).append(parent)
        return [tuple(sorted(found.get(ordinal, ()))) for ordinal in ordinals]

    def children(self, concept_id: str) -> tuple[str, ...]:
        """Give the ids of the direct children, sorted."""
        return self._ids(
            "SELECT c.id FROM concepts AS p JOIN edges ON parent = p.ordinal"
            " JOIN concepts AS c ON c.ordinal = child WHERE p.id = ? ORDER BY 1",
            concept_id,
        )

    def ancestors(self, concept_id: str) -> tuple[str, ...]:
        """Give the ids of everything above a concept, without itself, sorted."""
        return self._ids(
            "WITH RECURSIVE above(ordinal) AS ("
            " SELECT parent FROM edges JOIN concepts ON child = ordinal WHERE id = ?"
            " UNION SELECT parent FROM edges JOIN above ON child = above.ordinal)"
            " SELECT id FROM above JOIN concepts USING (ordinal) ORDER BY 1",
            concept_id,
        )

    def below(self, ordinal: int) -> list[int]:
        """Give the ordinals of a concept and of everything below it."""
        rows = self._database.rows(
            "WITH RECURSIVE below(ordinal) AS (SELECT ? UNION"
            " SELECT child FROM edges JOIN below ON parent = below.ordinal) SELECT ordinal FROM below",
            (ordinal,),
        )
        return [row[0] for row in rows]

    def path_to_root(self, concept_id: str) -> tuple[str, ...]:
        """Give one path from a concept up to a root: itself first, always the first parent by id."""
        path = [concept_id]
        while parents := self.parents(path[-1]):
            path.append(parents[0])
        return tuple(path)

    def roots(self) -> tuple[str, ...]:
        """Give the ids of the concepts that have children and no parent, sorted."""
        return self._ids(
            "SELECT id FROM concepts"
            " WHERE ordinal IN (SELECT parent FROM edges EXCEPT SELECT child FROM edges) ORDER BY ordinal"
        )

    def _ids(self, query: str, *values: str) -> tuple[str, ...]:
        return tuple(row[0] for row in self._database.rows(query, values))
