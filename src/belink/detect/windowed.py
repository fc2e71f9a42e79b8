"""Read documents through windows and put the tagger's judgement of each word together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from belink.detect.decode import log_softmax
from belink.detect.pieces import FEATURES, TAGGED_TYPES, Pieces, Window, windows

Judge = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]], NDArray[np.float32]]
"""From tokens [B, L], mask [B, L] and features [B, L, FEATURES] to logits [B, L, 3 * types]."""

BATCH = 8

_Group = list[tuple[int, Window]]
"""Windows, each with the number of its document."""


def judge_words(
    pieces: Sequence[Pieces], features: Sequence[NDArray[np.uint8]], judge: Judge, *, workers: int = 1
) -> list[NDArray[np.float32]]:
    """Judge the words of documents.

    Windows of equal length are computed together, so that nothing is padded and a document's judgement
    does not depend on the others.

    Args:
        pieces: the documents, cut by one tokeniser.
        features: of each document's pieces, [N, FEATURES].
        judge: computes logits.
        workers: so many batches of windows are computed at once, at least 1.

    Returns:
        For each document [W, types, 3] log-probabilities of B, I and O.
    """
    logits = [np.zeros((len(each.ids), 3 * len(TAGGED_TYPES)), dtype=np.float32) for each in pieces]
    asked = [(doc, window) for doc, each in enumerate(pieces) for window in windows(len(each.ids))]
    groups = list(_same_length(asked, max(1, min(BATCH, -(-len(asked) // workers)))))

    def compute(group: _Group) -> NDArray[np.float32]:
        return judge(*_read_together(group, pieces, features))

    for group, computed in zip(groups, _side_by_side(compute, groups, workers), strict=True):
        for row, (doc, window) in enumerate(group):
            inside = slice(window.decided - window.start + 1, window.decided_end - window.start + 1)
            logits[doc][window.decided : window.decided_end] = computed[row, inside]
    return [
        log_softmax(each[own.first].reshape(-1, len(TAGGED_TYPES), 3))
        for each, own in zip(logits, pieces, strict=True)
    ]


def _read_together(
    group: _Group, pieces: Sequence[Pieces], features: Sequence[NDArray[np.uint8]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Give the tokens, mask and features of windows of equal length."""
    length = group[0][1].end - group[0][1].start
    ids: NDArray[np.int64] = np.empty((len(group), length + 2), dtype=np.int64)
    ids[:, [0, -1]] = pieces[group[0][0]].edges
    described: NDArray[np.uint8] = np.zeros((*ids.shape, FEATURES), dtype=np.uint8)
    for row, (doc, window) in enumerate(group):
        ids[row, 1:-1] = pieces[doc].ids[window.start : window.end]
        described[row, 1:-1] = features[doc][window.start : window.end]
    return ids, np.ones_like(ids), described


def _side_by_side(
    compute: Callable[[_Group], NDArray[np.float32]], groups: list[_Group], workers: int
) -> Iterator[NDArray[np.float32]]:
    """Compute groups, several at once; in their order."""
    if min(workers, len(groups)) < 2:
        yield from map(compute, groups)
    else:
        with ThreadPoolExecutor(min(workers, len(groups))) as pool:
            yield from pool.map(compute, groups)


def _same_length(found: _Group, most: int) -> Iterator[_Group]:
    def length(item: tuple[int, Window]) -> int:
        return item[1].end - item[1].start

    for _, items in groupby(sorted(found, key=length), key=length):
        group = list(items)
        for start in range(0, len(group), most):
            yield group[start : start + most]
