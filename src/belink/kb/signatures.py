"""Sets of letter pairs as bits, to find names that are nearly alike in one pass over an array.

A signature is `WORDS` 64-bit words; each pair of neighbouring bytes of a normalised name, and its first byte
behind a blank, sets one bit of them. Signatures of names with a typo share nearly all bits.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

WORDS = 4
_NAMES_AT_ONCE = 100_000
_BLANK = ord(" ")


def sign(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Give the signatures uint64[WORDS, N] of names that stand one behind the other.

    Args:
        data: UTF-8 bytes.
        offsets: int64[N + 1], name `i` at bytes `offsets[i]:offsets[i + 1]`.
    """
    count = len(offsets) - 1
    signatures = np.zeros((WORDS, count), dtype=np.uint64)
    filled = np.flatnonzero(np.diff(offsets) > 0)
    if not len(filled):
        return signatures
    starts = offsets[filled] - offsets[0]
    before = np.empty_like(data)
    before[1:] = data[:-1]
    before[starts] = _BLANK
    bits = (before.astype(np.uint16) * 37 + data.astype(np.uint16) * 101) % (64 * WORDS)
    values = np.left_shift(np.uint64(1), (bits & 63).astype(np.uint64))
    word = bits >> 6
    for each in range(WORDS):
        signatures[each, filled] = np.bitwise_or.reduceat(np.where(word == each, values, 0), starts)
    return signatures


def sign_all(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], out: Path) -> None:
    """Write the signatures of all names as `.npy`, in bounded memory."""
    count = len(offsets) - 1
    columns = np.lib.format.open_memmap(out, mode="w+", dtype=np.uint64, shape=(WORDS, count))
    for first in range(0, count, _NAMES_AT_ONCE):
        bounds = offsets[first : first + _NAMES_AT_ONCE + 1]
        columns[:, first : first + len(bounds) - 1] = sign(data[bounds[0] : bounds[-1]], bounds)
    columns.flush()


def shared_bits(columns: npt.NDArray[np.uint64], query: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """Count the bits that each name shares with a query.

    Args:
        columns: uint64[WORDS, N].
        query: uint64[WORDS].

    Returns:
        uint8[N].
    """
    shared = np.zeros(columns.shape[1], dtype=np.uint8)
    for column, word in zip(columns, query, strict=True):
        if word:
            shared += np.bitwise_count(column & word)
    return shared
