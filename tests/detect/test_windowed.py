from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from belink.detect.pieces import FEATURES, TAGGED_TYPES, WINDOW, Pieces
from belink.detect.windowed import BATCH, judge_words


def _pieces(count: int, seed: int) -> Pieces:
    ids = np.random.default_rng(seed).integers(10, 1000, count)
    places = np.arange(count)
    return Pieces(ids, places, 2 * places, 2 * places + 1, (1, 2))


def _judge(
    ids: NDArray[np.int64], mask: NDArray[np.int64], features: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Judge a piece by itself and by its neighbours, as if it were read in context."""
    context = np.sin(ids + 0.1 * np.roll(ids, 1, axis=1) + features.sum(axis=2) + mask)
    return np.repeat(context[..., None], 3 * len(TAGGED_TYPES), axis=2).astype(np.float32)


DOCS = [_pieces(count, count) for count in (5, 40, 40, 7, WINDOW + 60, 3 * WINDOW, 1, 0)]
SHOWN = [np.zeros((len(doc.ids), FEATURES), dtype=np.uint8) for doc in DOCS]


@pytest.mark.parametrize("workers", [2, 3, 50])
def test_workers_change_nothing(workers: int) -> None:
    """The judgements are those of one worker, to the bit and in the documents' order."""
    alone = judge_words(DOCS, SHOWN, _judge)
    together = judge_words(DOCS, SHOWN, _judge, workers=workers)
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize(("workers", "most"), [(1, BATCH), (2, 4), (3, 3), (50, 1)])
def test_few_windows_are_dealt_out_among_the_workers(workers: int, most: int) -> None:
    """Of eight equal windows none are read together that a worker without work could read."""
    sizes = []

    def judge(
        ids: NDArray[np.int64], mask: NDArray[np.int64], features: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        sizes.append(len(ids))
        return _judge(ids, mask, features)

    judge_words(
        [_pieces(20, seed) for seed in range(8)],
        [np.zeros((20, FEATURES), np.uint8)] * 8,
        judge,
        workers=workers,
    )
    assert max(sizes) == most


def test_no_documents_need_no_judge() -> None:
    """Nothing is judged, whatever the workers."""
    assert judge_words([], [], _judge, workers=2) == []
