"""Names that mean alike: exact search among the vectors of all names.

The search is brute force in float32. What comes out of a matrix product in the last bits depends on how many
queries are computed together, so the product only draws a shortlist, wide enough that no rounding can
keep a name out of it; its names are then scored again one query at a time in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float16] | NDArray[np.float32]
Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

POOL = 128
"""Names found for a query where nothing else is asked for."""

_BATCH = 512
_BLOCK = 16384
_STRIPS = 32
_MARGIN = np.float32(1e-4)
"""More than float32 can be off: for unit vectors of D dimensions that is about D * 6e-8."""


@dataclass(frozen=True, slots=True)
class NearNames:
    """Names near a query, nearest first, ties by number.

    `similarities` are cosines, in [-1, 1] but for rounding, to 6 places.
    """

    names: Ids
    similarities: NDArray[np.float64]


def near_names(
    vectors: Vectors, queries: Floats, allowed: Mask | None = None, count: int = POOL
) -> list[NearNames]:
    """Find the names nearest to each query; a query's result does not depend on the other queries.

    Args:
        vectors: unit vectors of the names; [N, D].
        queries: unit vectors; [B, D].
        allowed: names that may be found, by number; None allows all.
        count: names to find, at least 1; fewer only where fewer are allowed.
    """
    found: list[NearNames] = []
    for start in range(0, len(queries), _BATCH):
        batch = queries[start : start + _BATCH]
        shortlists = _shortlists(vectors, batch, allowed, count)
        found += (
            _nearest(vectors, query, names, count) for query, names in zip(batch, shortlists, strict=True)
        )
    return found


def similarities(vectors: Vectors, query: Floats, names: NDArray[np.signedinteger]) -> NDArray[np.float64]:
    """Give the similarities of one query with these names, in their order."""
    products = vectors[names].astype(np.float64) * query.astype(np.float64)
    values: NDArray[np.float64] = np.round(products.sum(axis=1), 6)
    return values


def _nearest(vectors: Vectors, query: Floats, names: Ids, count: int) -> NearNames:
    values = similarities(vectors, query, names)
    order = np.lexsort((names, -values))[:count]
    return NearNames(names[order], values[order])


def _shortlists(vectors: Vectors, queries: Floats, allowed: Mask | None, count: int) -> list[Ids]:
    """Give for each query names that are sure to hold its `count` nearest, ascending."""
    kept: list[list[Ids]] = [[] for _ in queries]
    scores: list[list[Floats]] = [[] for _ in queries]
    floors = np.full(len(queries), -np.inf, dtype=np.float32)
    for first in range(0, len(vectors), _BLOCK):
        block = np.arange(first, min(first + _BLOCK, len(vectors)))
        part = vectors[first : first + _BLOCK]
        if allowed is not None and not (passes := allowed[block]).all():
            block, part = block[passes], part[passes]
        products = queries @ part.astype(np.float32, copy=False).T
        floors = np.maximum(floors, _floors(products, count))
        for query, (row, floor) in enumerate(zip(products, floors, strict=True)):
            near = np.flatnonzero(row >= floor - _MARGIN)
            kept[query].append(block[near])
            scores[query].append(row[near])
    return [
        np.concatenate(names)[np.concatenate(rows) >= floor - _MARGIN] if names else np.empty(0, np.int64)
        for names, rows, floor in zip(kept, scores, floors, strict=True)
    ]


def _floors(products: Floats, count: int) -> Floats:
    """Give for each query a score that at least `count` names reach; -inf where there are fewer names.

    The names are dealt into groups, and the `count`-th best of the groups' best is taken: that is nearly the
    `count`-th best of all, and much faster to find.

    Args:
        products: [B, n].
        count: at least 1.
    """
    size = products.shape[1]
    if size < count:
        return np.full(len(products), -np.inf, dtype=np.float32)
    strips = max(1, min(_STRIPS, size // (4 * count)))
    groups = size // strips
    best = products[:, : groups * strips].reshape(len(products), strips, groups).max(axis=1)
    floors: Floats = np.partition(best, groups - count, axis=1)[:, groups - count]
    return floors
