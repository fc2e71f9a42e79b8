"""Recall of an encoder on mentions of development documents, alone and against a fixed index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts -> [N, D] unit vectors."""


@dataclass(frozen=True, slots=True)
class DevSet:
    """Queries with their gold concepts, and the names to find them among.

    Attributes:
        name: what the curve calls it.
        queries: each mention, or its long form where the document abbreviates it.
        gold: for each query the ids that count as right.
        texts: names of the index.
        concepts: for each name its concept's id.
    """

    name: str
    queries: tuple[str, ...]
    gold: tuple[frozenset[str], ...]
    texts: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recall:
    """Shares of queries in [0, 1] with a right concept first, and among the first 20 distinct concepts."""

    name: str
    queries: int
    at_1: float
    at_20: float


def measure(encode: Encode, dev: DevSet, *, pool: int = 200, block: int = 64) -> Recall:
    """Measure recall@1 and @20; of concepts with equal scores the one with the lower row comes first.

    Args:
        encode: texts -> unit vectors.
        dev: queries and index.
        pool: names looked at for each query, of which the first 20 distinct concepts count.
        block: queries searched at once.
    """
    if not dev.queries:
        return Recall(dev.name, 0, 0.0, 0.0)
    index = encode(dev.texts)
    queries = encode(dev.queries)
    pool = min(pool, len(index))
    first = among = 0
    for start in range(0, len(queries), block):
        scores = queries[start : start + block] @ index.T
        best = np.argpartition(-scores, pool - 1, axis=1)[:, :pool]
        for row, rows in enumerate(best):
            ordered = rows[np.lexsort((rows, -scores[row, rows]))]
            concepts = list(dict.fromkeys(dev.concepts[name] for name in ordered.tolist()))[:20]
            gold = dev.gold[start + row]
            first += concepts[0] in gold
            among += not gold.isdisjoint(concepts)
    return Recall(dev.name, len(queries), first / len(queries), among / len(queries))
