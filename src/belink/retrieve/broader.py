"""Concepts broader than those the lists propose: of what a vocabulary lacks, its neighbours tell the class.

Gold standards give a thing that the vocabulary does not have the identifier of the next broader one
("lupeone" is a triterpene), whose names need not look like the mention at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.fusion import Matches

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

NEIGHBOURS = 10
"""So many of the first concepts of each list speak for the concepts above them."""

_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Broader:
    """Concepts above some neighbours of a text, ascending by ordinal.

    Attributes:
        concepts: their ordinals; [B].
        best: similarity of the most similar neighbour below each; [B].
        share: the neighbours below each, as a share of all; [B], in (0, 1].
    """

    concepts: NDArray[np.int32]
    best: NDArray[np.float64]
    share: NDArray[np.float64]


NOTHING_BROADER = Broader(np.empty(0, np.int32), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Direct parents by ordinal, read from a knowledge base when asked for and remembered."""

    kb: KnowledgeBase
    _known: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def parents(self, concepts: Sequence[int]) -> list[tuple[int, ...]]:
        """Give the ordinals of the direct parents of each concept, ascending."""
        known = {concept: self._known[concept] for concept in concepts if concept in self._known}
        unknown = [concept for concept in dict.fromkeys(concepts) if concept not in known]
        if unknown:
            found = self.kb.parents_at(unknown)
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            known.update(zip(unknown, found, strict=True))
            self._known.update(zip(unknown, found, strict=True))
        return [known[concept] for concept in concepts]


def read_parents(hierarchy: Hierarchy, lists: Iterable[Matches]) -> None:
    """Read at once what `broader` will ask for about each of some lists."""
    hierarchy.parents(list({concept for some in lists for concept in some.concepts[:NEIGHBOURS].tolist()}))


def broader(hierarchy: Hierarchy, lists: Sequence[Matches], allowed: NDArray[np.bool_] | None) -> Broader:
    """Find the concepts directly above the first concepts of some lists.

    Args:
        hierarchy: of the knowledge base.
        lists: whose first `NEIGHBOURS` concepts are the neighbours.
        allowed: concepts that may be found, by ordinal; None allows all.
    """
    neighbours: dict[int, float] = {}
    for some in lists:
        first = some.concepts[:NEIGHBOURS].tolist(), some.scores[:NEIGHBOURS].tolist()
        for concept, score in zip(*first, strict=True):
            neighbours[concept] = max(score, neighbours.get(concept, 0.0))
    best: dict[int, float] = {}
    counts: dict[int, int] = {}
    for score, parents in zip(neighbours.values(), hierarchy.parents(list(neighbours)), strict=True):
        for parent in parents:
            if allowed is None or allowed[parent]:
                best[parent] = max(score, best.get(parent, 0.0))
                counts[parent] = counts.get(parent, 0) + 1
    if not best:
        return NOTHING_BROADER
    concepts = sorted(best)
    return Broader(
        np.array(concepts, np.int32),
        np.array([best[concept] for concept in concepts]),
        np.array([counts[concept] for concept in concepts]) / len(neighbours),
    )
