"""Arrange pairs into batches so that names the current encoder confuses meet as each other's negatives.

Negatives mined from the current index: Xiong et al., "Approximate Nearest Neighbor Negative Contrastive
Learning", arXiv 2007.00808. Here the index is a pool of the next pairs, and a pair's nearest pairs of other
concepts join its batch, so that every text that is encoded serves as an anchor, a positive and a negative.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from belink.train.names import Names
from belink.train.pairs import Pair


def arrange(
    pairs: Sequence[Pair], vectors: NDArray[np.float32], names: Names, *, group: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Order pairs so that each stands beside its nearest pairs of other concepts, in groups, groups shuffled.

    Greedy: seeds in random order; each takes the nearest `group - 1` pairs that are still free, are of a
    concept that is none of the seed's homonyms, and is not yet in the group.

    Args:
        pairs: P pairs.
        vectors: [P, D] unit vectors of their left texts.
        names: what the pairs' concepts count in.
        group: pairs a group, at least 1; 1 shuffles only.
        rng: drawn from once.

    Returns:
        [P] a permutation.
    """
    neighbours = nearest(vectors, 4 * group) if group > 1 else np.empty((len(pairs), 0), dtype=np.int64)
    free = np.ones(len(pairs), dtype=np.bool_)
    order: list[int] = []
    for seed in rng.permutation(len(pairs)).tolist():
        if not free[seed]:
            continue
        free[seed] = False
        order.append(seed)
        taken = names.keys(pairs[seed].concept) if group > 1 else set()
        wanted = group - 1
        for other in neighbours[seed].tolist():
            if not wanted:
                break
            if not free[other] or not taken.isdisjoint(keys := names.keys(pairs[other].concept)):
                continue
            free[other] = False
            order.append(other)
            taken |= keys
            wanted -= 1
    return np.asarray(order, dtype=np.int64)


def nearest(vectors: NDArray[np.float32], count: int, *, block: int = 2048) -> NDArray[np.int64]:
    """Find for each unit vector the others nearest to it, nearest first; exact.

    Returns:
        [N, min(count, N - 1)] rows of `vectors`.
    """
    count = min(count, len(vectors) - 1)
    found = np.empty((len(vectors), count), dtype=np.int64)
    for start in range(0, len(vectors), block):
        scores = vectors[start : start + block] @ vectors.T
        rows = np.arange(len(scores))
        scores[rows, rows + start] = -np.inf
        best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        by_score = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found[start : start + block] = np.take_along_axis(best, by_score, axis=1)
    return found
