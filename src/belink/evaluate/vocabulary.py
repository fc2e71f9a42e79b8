"""What evaluation has to know of a knowledge base: a few questions, each a plain function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from belink.text.normalise import normalise

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase

Resolve = Callable[[str], tuple[str, ...]]
"""Gives the current ids of an id: itself where it is current, its replacements where it was retired,
none where the knowledge base does not know it."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The questions evaluation asks of a knowledge base; only `resolve` is needed for the figures.

    Attributes:
        resolve: current ids of an id (see `Resolve`).
        parents: ids of the directly broader concepts of a current id. Without it no error is called
            "too broad" or "too narrow".
        names: all names of a current id, the preferred one first. Without it there is no slice by
            similarity, and errors show ids only.
        holders: ids of the concepts that bear a name, given as it stands in the text. Without it there
            is no slice "name", and homonyms are known from the candidates only.
        types: types of the concepts that an id stands for, none where they have none. Without it a decision
            that names no type is of any.
        outside: tells whether an id stands for concepts of the knowledge base of which none is to be scored.
            Without it all are scored.
    """

    resolve: Resolve
    parents: Callable[[str], tuple[str, ...]] | None = None
    names: Callable[[str], tuple[str, ...]] | None = None
    holders: Callable[[str], tuple[str, ...]] | None = None
    types: Callable[[str], tuple[str, ...]] | None = None
    outside: Callable[[str], bool] | None = None


class CurrentIds:
    """Maps ids through `resolve` and remembers the answers.

    Args:
        resolve: see `Resolve`.
    """

    __slots__ = ("_known", "_mapped", "_resolve")

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[str, tuple[str, ...]] = {}
        self._mapped: dict[str, tuple[str, ...]] = {}

    def known(self, concept_id: str) -> tuple[str, ...]:
        """Give the current ids of an id, none where the knowledge base lacks it."""
        found = self._known.get(concept_id)
        if found is None:
            found = self._known[concept_id] = tuple(self._resolve(concept_id))
            self._mapped[concept_id] = found or (concept_id,)
        return found

    def mapped(self, concept_id: str) -> tuple[str, ...]:
        """Give the current ids of an id, the id itself where the knowledge base lacks it."""
        return self._mapped.get(concept_id) or self.known(concept_id) or (concept_id,)

    def mapped_each(self, concept_ids: Iterable[str]) -> list[tuple[str, ...]]:
        """Give `mapped` of each id, in order."""
        at_hand, mapped = self._mapped.get, self.mapped
        return [at_hand(concept_id) or mapped(concept_id) for concept_id in concept_ids]


def vocabulary_of(kb: KnowledgeBase, keep: Filter | None = None) -> Vocabulary:
    """Ask a knowledge base all questions; names are found as exact retrieval finds them.

    Args:
        kb: what is asked.
        keep: the concepts that are scored: the others count as not in the knowledge base. None scores all.
    """

    def names(concept_id: str) -> tuple[str, ...]:
        concept = kb.concept(concept_id)
        return () if concept is None else (concept.name, *(alias.text for alias in concept.aliases))

    def holders(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found.concept_id for found in kb.find([normalise(name)])[0]))

    def types(concept_id: str) -> tuple[str, ...]:
        concepts = [kb.concept(current) for current in kb.resolve(concept_id)]
        return tuple(sorted({kind for concept in concepts if concept for kind in concept.types}))

    if not keep:
        return Vocabulary(kb.resolve, kb.parents, names, holders, types)
    passes = kb.select(keep)

    def resolve(concept_id: str) -> tuple[str, ...]:
        ordinals = kb.ordinals(kb.resolve(concept_id))
        return tuple(current for current, ordinal in ordinals.items() if passes[ordinal])

    def outside(concept_id: str) -> bool:
        return bool(kb.resolve(concept_id)) and not resolve(concept_id)

    return Vocabulary(resolve, kb.parents, names, holders, types, outside)
