"""Name rows as records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from belink.kb.columns import SCOPES, NameScope, TextReader


@dataclass(frozen=True, slots=True)
class Name:
    """A name row: one name of one concept.

    Attributes:
        row: number of the row, from 0.
        concept_id: CURIE of the concept.
        concept_name: the concept's preferred name.
        alias: this name; equal to `concept_name` where the scope is "preferred".
        scope: how the name relates to the concept.
        source: the vocabulary the name came from.
        homonyms: number of concepts that share the normalised name, 1 for a unique one.
    """

    row: int
    concept_id: str
    concept_name: str
    alias: str
    scope: NameScope
    source: str
    homonyms: int


def name_maker(
    views: Mapping[str, memoryview], names: TextReader, ids: TextReader, vocabularies: Sequence[str]
) -> Callable[[int], Name]:
    """Give the function that reads a name row; millions are read, so it holds what it needs."""
    concept_of, first_row, homonyms = views["name-concept"], views["concept-row"], views["name-homonyms"]
    scope_of, source_of, name_at, id_at = views["name-scope"], views["name-source"], names.at, ids.at

    def make(row: int) -> Name:
        ordinal = concept_of[row]
        preferred, alias = first_row[ordinal], name_at(row)
        return Name(
            row,
            id_at(ordinal),
            alias if preferred == row else name_at(preferred),
            alias,
            SCOPES[scope_of[row]],
            vocabularies[source_of[row]],
            homonyms[row],
        )

    return make
