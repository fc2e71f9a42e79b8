from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from belink.train.dev import DevSet, measure


def angle(texts: Sequence[str]) -> np.ndarray:
    """Embed a number as the direction of that many degrees."""
    radians = np.deg2rad(np.array([float(text) for text in texts]))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def dev(queries: tuple[str, ...], gold: tuple[str, ...]) -> DevSet:
    """Twenty-five concepts, two names each, a degree apart: concept n at 2n and 2n + 0.5."""
    texts = tuple(str(2 * n + part) for n in range(25) for part in (0, 0.5))
    concepts = tuple(f"D:{n}" for n in range(25) for _ in range(2))
    return DevSet("tiny", queries, tuple(frozenset({each}) for each in gold), texts, concepts)


def test_recall_counts_distinct_concepts() -> None:
    """Of three queries one finds its concept first, one among 20 concepts, one beyond them."""
    recall = measure(angle, dev(("0", "0", "0"), ("D:0", "D:19", "D:20")))
    assert recall.queries == 3
    assert (recall.at_1, recall.at_20) == pytest.approx((1 / 3, 2 / 3))


@pytest.mark.parametrize("block", [1, 2, 64])
def test_blocks_change_nothing(block: int) -> None:
    """Any number of queries at once gives the same figures."""
    queries = tuple(str(n) for n in range(0, 50, 3))
    gold = tuple(f"D:{n % 25}" for n in range(0, 50, 3))
    assert measure(angle, dev(queries, gold), block=block) == measure(angle, dev(queries, gold))


def test_no_queries_give_zero() -> None:
    """A dev set without queries is reported with zero forms."""
    assert measure(angle, dev((), ())).queries == 0
