"""rapidfuzz: the most similar of all names, by brute force; WRatio, its default, or ratio.

`process.extract` with `default_process` as its documentation shows it, and `process.cdist` on all cores for
the plain ratio.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.rivals.child import NAMES_ASKED, Hit, Names, Search, run
from rapidfuzz import fuzz, process, utils

_TEXTS_AT_ONCE = 32


def build_wratio(names: Names, store: Path) -> Search:
    """Search by `process.extract` and its default scorer."""
    del store
    choices = [utils.default_process(text) for text in names.texts]

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        return [
            [
                (number, score)
                for _, score, number in process.extract(
                    utils.default_process(text), choices, scorer=fuzz.WRatio, limit=NAMES_ASKED
                )
                if score > 0
            ]
            for text in texts
        ]

    return search


def build_ratio(names: Names, store: Path) -> Search:
    """Search by `process.cdist` with the normalised edit similarity, on all cores."""
    del store
    choices = [utils.default_process(text) for text in names.texts]

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        found: list[list[Hit]] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            asked = [utils.default_process(text) for text in texts[start : start + _TEXTS_AT_ONCE]]
            for scores in process.cdist(asked, choices, scorer=fuzz.ratio, workers=-1):
                count = min(NAMES_ASKED, len(choices))
                floor = max(float(np.partition(scores, -count)[-count]), 1e-6)
                numbers = np.flatnonzero(scores >= floor)
                order = np.lexsort((numbers, -scores[numbers]))[:NAMES_ASKED]
                found.append([(int(n), float(scores[n])) for n in numbers[order]])
        return found

    return search


if __name__ == "__main__":
    run(build_ratio if "ratio" in sys.argv[4:] else build_wratio)
