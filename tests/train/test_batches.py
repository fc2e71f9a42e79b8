from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from belink.train.batches import arrange, nearest
from belink.train.names import collect
from belink.train.pairs import Pair
from belink.types import Alias, Concept


def unit(count: int, seed: int) -> np.ndarray:
    """Random unit vectors."""
    vectors = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    scaled: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


@given(st.integers(2, 60), st.integers(1, 9), st.integers(0, 99))
def test_nearest_agrees_with_sorting_everything(count: int, wanted: int, seed: int) -> None:
    """The nearest others are those of a full sort, whatever the block."""
    vectors = unit(count, seed)
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    expected = np.argsort(-scores, axis=1)[:, : min(wanted, count - 1)]
    np.testing.assert_array_equal(nearest(vectors, wanted, block=7), expected)


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 99))
def test_every_pair_comes_once(count: int, group: int, seed: int) -> None:
    """The order is a permutation."""
    names = collect([("v", [Concept(f"D:{n}", f"name {n}") for n in range(count)])])
    pairs = [Pair(n, "", "") for n in range(count)]
    order = arrange(pairs, unit(count, seed), names, group=group, rng=np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(count))


def test_neighbours_stand_together_but_not_homonyms() -> None:
    """Two close pairs of different concepts form a group; a homonym is passed over."""
    concepts = [
        Concept("D:0", "cold", (Alias("chill"),)),
        Concept("D:1", "cold"),
        Concept("D:2", "cold sore"),
        Concept("D:3", "fracture"),
        Concept("D:4", "broken bone"),
    ]
    angles = np.array([0.0, 0.01, 0.1, 2.0, 2.1])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    names = collect([("v", [*concepts])])
    for seed in range(10):
        order = arrange(
            [Pair(n, "", "") for n in (0, 2, 3, 4)],
            vectors[[0, 2, 3, 4]],
            names,
            group=2,
            rng=np.random.default_rng(seed),
        ).tolist()
        assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 1}), frozenset({2, 3})}
    alone = arrange(
        [Pair(0, "", ""), Pair(1, "", "")], vectors[:2], names, group=2, rng=np.random.default_rng(0)
    )
    assert sorted(alone.tolist()) == [0, 1]
