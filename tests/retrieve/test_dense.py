"""`belink.retrieve.dense` against a search that scores every name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from belink.retrieve.dense import near_names, similarities

SEEDS = st.integers(0, 2**32 - 1)


def _unit(seed: int, count: int, dimensions: int = 16) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    unit: NDArray[np.float32] = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit


@given(SEEDS, st.integers(1, 3000), st.integers(1, 40))
def test_the_nearest_names_are_those_that_scoring_every_name_gives(seed: int, size: int, count: int) -> None:
    """Order, ties by number, and similarities are the same."""
    vectors, query = _unit(seed, size).astype(np.float16), _unit(seed + 1, 1)
    found = near_names(vectors, query, count=count)[0]
    every = similarities(vectors, query[0], np.arange(size))
    expected = np.lexsort((np.arange(size), -every))[:count]
    np.testing.assert_array_equal(found.names, expected)
    np.testing.assert_array_equal(found.similarities, every[expected])


@given(SEEDS, st.integers(1, 50))
def test_a_batch_gives_each_query_what_it_gets_alone(seed: int, queries: int) -> None:
    """To the last bit."""
    vectors, batch = _unit(seed, 500).astype(np.float16), _unit(seed + 1, queries)
    together = near_names(vectors, batch, count=20)
    for each, query in zip(together, batch, strict=True):
        (alone,) = near_names(vectors, query[None], count=20)
        np.testing.assert_array_equal(each.names, alone.names)
        np.testing.assert_array_equal(each.similarities, alone.similarities)


@given(SEEDS, st.integers(0, 300))
def test_only_allowed_names_are_found_and_as_many_as_there_are(seed: int, few: int) -> None:
    """The mask acts before the ranking."""
    vectors, query = _unit(seed, 1000).astype(np.float16), _unit(seed + 1, 1)
    allowed = np.zeros(1000, dtype=np.bool_)
    allowed[np.random.default_rng(seed).permutation(1000)[:few]] = True
    found = near_names(vectors, query, allowed, count=100)[0]
    assert allowed[found.names].all()
    assert len(found.names) == min(few, 100)


def test_equal_vectors_come_by_number_across_blocks_of_names() -> None:
    """Forty thousand times one name: the first ones are found."""
    vectors = np.repeat(_unit(0, 1), 40_000, axis=0).astype(np.float16)
    found = near_names(vectors, _unit(0, 1), count=5)[0]
    assert found.names.tolist() == [0, 1, 2, 3, 4]


def test_names_in_every_block_are_found() -> None:
    """The best names may lie anywhere among forty thousand."""
    vectors, query = _unit(3, 40_000).astype(np.float16), _unit(4, 1)
    places = [7, 16_384, 39_999]
    vectors[places] = query
    assert near_names(vectors, query, count=3)[0].names.tolist() == places


@pytest.mark.parametrize("size", [0, 1])
def test_an_index_with_fewer_names_than_asked_for_gives_what_it_has(size: int) -> None:
    """None at all for an empty index."""
    found = near_names(_unit(0, size).astype(np.float16), _unit(1, 2), count=10)
    assert [len(each.names) for each in found] == [size, size]


def test_no_queries_give_no_results() -> None:
    """The answer to nothing is the empty list."""
    assert near_names(_unit(0, 10).astype(np.float16), np.empty((0, 16), np.float32)) == []
