"""The names of all vocabularies an encoder learns from, in flat columns.

Concepts with the same identifier are one, whichever vocabularies list them: their names are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from belink.text.normalise import normalise
from belink.types import Concept


@dataclass(frozen=True, slots=True)
class Names:
    """Names grouped by concept; `C` concepts, `N` names, `V` vocabularies.

    Attributes:
        texts: the N names, those of one concept together, its preferred name first.
        starts: [C + 1] where each concept's names begin in `texts`.
        ids: for each concept its identifier and cross-references.
        definitions: the definition of each concept that has one.
        vocabularies: the V names of the vocabularies.
        members: for each vocabulary the ascending numbers of its concepts.
    """

    texts: list[str]
    starts: NDArray[np.int64]
    ids: list[tuple[str, ...]]
    definitions: dict[int, str]
    vocabularies: tuple[str, ...]
    members: tuple[NDArray[np.int64], ...]

    def of(self, concept: int) -> list[str]:
        """Give the names of a concept by its number."""
        return self.texts[self.starts[concept] : self.starts[concept + 1]]

    def keys(self, concept: int) -> set[str]:
        """Give what two concepts must not share to count as different: normalised names and identifiers."""
        return {normalise(name) for name in self.of(concept)}.union(self.ids[concept])


def collect(vocabularies: Iterable[tuple[str, Iterable[Concept]]]) -> Names:
    """Join the concepts of several vocabularies; retired concepts and names alike but for case are left out.

    Args:
        vocabularies: pairs of a vocabulary's name and its concepts; read once, in order.
    """
    numbers: dict[str, int] = {}
    names: list[list[str]] = []
    ids: list[tuple[str, ...]] = []
    definitions: dict[int, str] = {}
    titles: list[str] = []
    members: list[NDArray[np.int64]] = []
    for title, concepts in vocabularies:
        listed: list[int] = []
        for concept in concepts:
            if concept.replaced_by is not None:
                continue
            number = numbers.setdefault(concept.id, len(names))
            if number == len(names):
                names.append([])
                ids.append((concept.id,))
            listed.append(number)
            _extend(names[number], concept)
            if concept.xrefs:
                ids[number] = tuple(dict.fromkeys((*ids[number], *concept.xrefs)))
            if concept.definition:
                definitions.setdefault(number, concept.definition)
        titles.append(title)
        members.append(np.unique(np.asarray(listed, dtype=np.int64)))
    starts = np.zeros(len(names) + 1, dtype=np.int64)
    np.cumsum([len(group) for group in names], out=starts[1:])
    texts = [name for group in names for name in group]
    return Names(texts, starts, ids, definitions, tuple(titles), tuple(members))


def _extend(names: list[str], concept: Concept) -> None:
    seen = {name.casefold() for name in names}
    for name in _all_names(concept):
        if name and name.casefold() not in seen:
            seen.add(name.casefold())
            names.append(name)


def _all_names(concept: Concept) -> Sequence[str]:
    """Give a concept's names without the "(preferred name)" that some vocabularies add to homonyms."""
    suffix = f" ({concept.name})"
    return [concept.name, *(alias.text.removesuffix(suffix) for alias in concept.aliases)]
