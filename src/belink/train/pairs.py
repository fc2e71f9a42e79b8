"""Draw pairs of names of one concept, and tell which concepts must not be each other's negatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from belink.errors import ConfigError
from belink.text.normalise import bag, normalise
from belink.train.augment import augment
from belink.train.names import Names


@dataclass(frozen=True, slots=True)
class PairSettings:
    """How pairs are drawn.

    Attributes:
        weights: for each vocabulary its share of the pairs; need not add up to 1.
        definition_share: chance that a pair is a name and a definition, where the vocabulary has definitions.
        single_share: share of pairs of concepts with one name only (the name and a changed copy of it), where
            the vocabulary also has concepts with several.
        augment_share: chance that one name of a pair is changed.
        most_names: a concept with more names than this is drawn no oftener.
    """

    weights: Mapping[str, float]
    definition_share: float = 0.08
    single_share: float = 0.15
    augment_share: float = 0.25
    most_names: int = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that mean the same concept, by the concept's number in `Names`."""

    concept: int
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class _Pool:
    several: NDArray[np.int64]
    several_cumulated: NDArray[np.float64]
    single: NDArray[np.int64]
    defined: NDArray[np.int64]


class PairSampler:
    """Draws pairs; the same generator state gives the same pairs.

    Raises:
        ConfigError: where a vocabulary has no weight, or a weight no vocabulary.
    """

    def __init__(self, names: Names, settings: PairSettings) -> None:
        if set(settings.weights) != set(names.vocabularies):
            odd = sorted(set(settings.weights) ^ set(names.vocabularies))
            raise ConfigError(
                f"vocabularies and sampling weights differ in: {', '.join(odd)}; give each one weight"
            )
        self._names = names
        self._settings = settings
        weights = np.array([settings.weights[title] for title in names.vocabularies], dtype=np.float64)
        self._shares = weights / weights.sum()
        self._pools = [_pool(names, members, settings.most_names) for members in names.members]

    def draw(self, count: int, rng: np.random.Generator) -> list[Pair]:
        """Draw pairs with replacement, the vocabularies by weight and mixed."""
        chosen = rng.choice(len(self._shares), size=count, p=self._shares)
        return [self._one(self._pools[pool], rng) for pool in chosen]

    def _one(self, pool: _Pool, rng: np.random.Generator) -> Pair:
        settings = self._settings
        if len(pool.defined) and rng.random() < settings.definition_share:
            concept = int(pool.defined[rng.integers(len(pool.defined))])
            names = self._names.of(concept)
            return Pair(concept, names[int(rng.integers(len(names)))], self._names.definitions[concept])
        if len(pool.single) and (not len(pool.several) or rng.random() < settings.single_share):
            concept = int(pool.single[rng.integers(len(pool.single))])
            name = self._names.of(concept)[0]
            return Pair(concept, name, augment(name, rng, species=self._is_species(concept)))
        place = np.searchsorted(
            pool.several_cumulated, rng.random() * pool.several_cumulated[-1], side="right"
        )
        concept = int(pool.several[min(int(place), len(pool.several) - 1)])
        left, right = _two_names(self._names.of(concept), rng)
        if rng.random() < settings.augment_share:
            left = augment(left, rng, species=self._is_species(concept))
        return Pair(concept, left, right)

    def _is_species(self, concept: int) -> bool:
        return self._names.ids[concept][0].startswith("NCBITaxon:")


def _pool(names: Names, members: NDArray[np.int64], most_names: int) -> _Pool:
    counts = (names.starts[1:] - names.starts[:-1])[members]
    several = members[counts > 1]
    weights = np.minimum(counts[counts > 1], most_names) - 1.0
    defined = np.array(
        [concept for concept in members.tolist() if concept in names.definitions], dtype=np.int64
    )
    return _Pool(several, np.cumsum(weights), members[counts == 1], defined)


def _two_names(names: Sequence[str], rng: np.random.Generator) -> tuple[str, str]:
    """Draw two names; once more if they differ in word order and plurals only."""
    first, second = rng.choice(len(names), size=2, replace=False)
    if len(names) > 2 and bag(normalise(names[first])) == bag(normalise(names[second])):
        first, second = rng.choice(len(names), size=2, replace=False)
    return names[first], names[second]


def not_negatives(concepts: Sequence[int], names: Names) -> NDArray[np.bool_]:
    """Tell which concepts of a batch share a normalised name or an identifier, and so are no negatives.

    Args:
        concepts: [B] numbers of concepts, repetitions allowed.
        names: what the numbers count in.

    Returns:
        [B, B], symmetric, True on the diagonal.
    """
    same = np.eye(len(concepts), dtype=np.bool_)
    rows_of: dict[str, list[int]] = {}
    for row, concept in enumerate(concepts):
        for key in names.keys(concept):
            rows_of.setdefault(key, []).append(row)
    for rows in rows_of.values():
        if len(rows) > 1:
            same[np.ix_(rows, rows)] = True
    return same
