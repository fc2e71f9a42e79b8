"""Whole concepts, read from the database and the columns of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from belink.kb.database import Database
from belink.kb.names import NameReader
from belink.kb.writer import SEPARATOR
from belink.types import Alias, Concept


class ConceptReader:
    """Reads the current concepts of a knowledge base."""

    def __init__(
        self,
        database: Database,
        arrays: Mapping[str, npt.NDArray[Any]],
        names: NameReader,
        languages: Sequence[str],
    ) -> None:
        self._database, self._arrays, self._names, self._languages = database, arrays, names, languages
        self._views = {name: values.data for name, values in arrays.items()}
        self._tables: tuple[list[tuple[str, ...]], list[str]] | None = None

    def one(self, concept_id: str) -> Concept | None:
        """Give a current concept by its id; None where there is none."""
        row = self._database.rows(
            "SELECT ordinal, definition, parents, xrefs FROM concepts WHERE id = ?", (concept_id,)
        )
        return self._concept(concept_id, *row[0]) if row else None

    def all(self) -> Iterator[Concept]:
        """Give every current concept, sorted by id."""
        rows = self._database.stream(
            "SELECT id, ordinal, definition, parents, xrefs FROM concepts ORDER BY ordinal"
        )
        for row in rows:
            yield self._concept(*row)

    def type_sets(self) -> list[tuple[str, ...]]:
        """Give the distinct combinations of types that the column `concept-types` numbers."""
        return self._small_tables()[0]

    def taxa(self) -> list[str]:
        """Give the distinct taxa that the column `concept-taxon` numbers; "" for none."""
        return self._small_tables()[1]

    def _concept(self, concept_id: str, ordinal: int, definition: str, parents: str, xrefs: str) -> Concept:
        first_row = self._views["concept-row"]
        preferred, *others = map(self._names.one, range(first_row[ordinal], first_row[ordinal + 1]))
        types, taxa = self._small_tables()
        return Concept(
            concept_id,
            preferred.alias,
            tuple(
                Alias(name.alias, name.scope, name.source, self._language(name.row))
                for name in others
                if name.scope != "preferred"
            ),
            definition,
            types[self._arrays["concept-types"][ordinal]],
            split(parents),
            split(xrefs),
            taxa[self._arrays["concept-taxon"][ordinal]] or None,
            language=self._language(preferred.row),
        )

    def _language(self, row: int) -> str:
        return self._languages[self._views["name-language"][row]]

    def _small_tables(self) -> tuple[list[tuple[str, ...]], list[str]]:
        if self._tables is None:
            types = self._database.rows("SELECT types FROM type_sets ORDER BY number")
            taxa = self._database.rows("SELECT taxon FROM taxa ORDER BY number")
            self._tables = [split(row[0]) for row in types], [row[0] for row in taxa]
        return self._tables


def split(joined: str) -> tuple[str, ...]:
    """Give the parts of a column that holds several values."""
    return tuple(joined.split(SEPARATOR)) if joined else ()
