"""`belink.retrieve.dense` against a search that scores every name in full."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from belink.retrieve.dense import Coarse, coarse_of, near_names, similarities

SEEDS = st.integers(0, 2**32 - 1)


def _unit(seed: int, count: int, dimensions: int = 16) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    unit: NDArray[np.float32] = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit


def _indexed(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float16], Coarse]:
    stored = vectors.astype(np.float16)
    return stored, coarse_of(stored)


@given(SEEDS, st.integers(1, 3000), st.integers(1, 40))
def test_names_come_by_their_full_similarity_and_hardly_any_near_one_is_missed(
    seed: int, size: int, count: int
) -> None:
    """Similarities and order are those of scoring every name, of which nine in ten at least are found."""
    (vectors, coarse), query = _indexed(_unit(seed, size)), _unit(seed + 1, 1)
    found = near_names(vectors, coarse, query, count=count)[0]
    every = similarities(vectors, query[0], np.arange(size))
    np.testing.assert_array_equal(found.similarities, every[found.names])
    np.testing.assert_array_equal(found.names, found.names[np.lexsort((found.names, -found.similarities))])
    nearest = np.lexsort((np.arange(size), -every))[:count]
    assert len(found.names) == len(nearest)
    assert len(np.intersect1d(found.names, nearest)) >= 0.9 * len(nearest)


@given(SEEDS, st.integers(1, 300))
def test_where_the_shortlist_holds_all_names_the_nearest_are_exact(seed: int, size: int) -> None:
    """Order, ties by number, and similarities are the same."""
    (vectors, coarse), query = _indexed(_unit(seed, size)), _unit(seed + 1, 1)
    found = near_names(vectors, coarse, query, count=size)[0]
    every = similarities(vectors, query[0], np.arange(size))
    np.testing.assert_array_equal(found.names, np.lexsort((np.arange(size), -every)))


@given(SEEDS, st.integers(1, 50))
def test_a_batch_gives_each_query_what_it_gets_alone(seed: int, queries: int) -> None:
    """To the last bit."""
    (vectors, coarse), batch = _indexed(_unit(seed, 500)), _unit(seed + 1, queries)
    together = near_names(vectors, coarse, batch, count=20)
    for each, query in zip(together, batch, strict=True):
        (alone,) = near_names(vectors, coarse, query[None], count=20)
        np.testing.assert_array_equal(each.names, alone.names)
        np.testing.assert_array_equal(each.similarities, alone.similarities)


@given(SEEDS, st.integers(0, 300))
def test_only_allowed_names_are_found_and_as_many_as_there_are(seed: int, few: int) -> None:
    """The mask acts before the ranking."""
    (vectors, coarse), query = _indexed(_unit(seed, 1000)), _unit(seed + 1, 1)
    allowed = np.zeros(1000, dtype=np.bool_)
    allowed[np.random.default_rng(seed).permutation(1000)[:few]] = True
    found = near_names(vectors, coarse, query, allowed, count=100)[0]
    assert allowed[found.names].all()
    assert len(found.names) == min(few, 100)


def test_equal_vectors_come_by_number_across_blocks_of_names() -> None:
    """Forty thousand times one name: the first ones are found."""
    vectors, coarse = _indexed(np.repeat(_unit(0, 1), 40_000, axis=0))
    found = near_names(vectors, coarse, _unit(0, 1), count=5)[0]
    assert found.names.tolist() == [0, 1, 2, 3, 4]


def test_names_in_every_block_are_found() -> None:
    """The best names may lie anywhere among forty thousand."""
    names, query = _unit(3, 40_000), _unit(4, 1)
    places = [7, 16_384, 39_999]
    names[places] = query
    assert near_names(*_indexed(names), query, count=3)[0].names.tolist() == places


@pytest.mark.parametrize("step", [1, 12])
def test_names_that_no_sample_is_like_are_found(step: int) -> None:
    """Also where the names that are looked at first are unlike all others: every twelfth alone is near."""
    size, query = 100_000, _unit(5, 1)
    names = _unit(6, size) - query
    names[::step] += 2 * query
    names /= np.linalg.norm(names, axis=1, keepdims=True)
    (vectors, coarse), found = _indexed(names), 40
    near = near_names(vectors, coarse, query, count=found)[0]
    every = similarities(vectors, query[0], np.arange(size))
    nearest = np.lexsort((np.arange(size), -every))[:found]
    assert len(near.names) == found
    assert len(np.intersect1d(near.names, nearest)) >= 0.9 * found


@pytest.mark.parametrize("size", [0, 1])
def test_an_index_with_fewer_names_than_asked_for_gives_what_it_has(size: int) -> None:
    """None at all for an empty index."""
    found = near_names(*_indexed(_unit(0, size)), _unit(1, 2), count=10)
    assert [len(each.names) for each in found] == [size, size]


def test_no_queries_give_no_results() -> None:
    """The answer to nothing is the empty list."""
    assert near_names(*_indexed(_unit(0, 10)), np.empty((0, 16), np.float32)) == []
