"""From normalised names to the rows that bear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from belink.kb.columns import SCOPES, TextReader, key_number
from belink.text.normalise import bag

_SCOPE_RANK = tuple({"preferred": 0, "exact": 1}.get(scope, 2) for scope in SCOPES)


class NameLookup:
    """The sorted keys of norms and bags, searched for many names at once.

    Rows that share a 64-bit key share the name: of four million names there is one chance in two million
    that any two do so by accident. The first row's name is compared with what was asked.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], norms: TextReader) -> None:
        self._arrays = arrays
        self._norms = norms
        self._scope_of = arrays["name-scope"].data

    def rows(self, keys: Sequence[str], most: int | None, kind: Literal["norm", "bag"]) -> list[list[int]]:
        """Give the numbers of the rows of each key, ascending; none for the empty string.

        Args:
            keys: normalised names, or bags of words.
            most: at most so many a key: preferred names before exact aliases before others, then by row.
            kind: what the keys are.
        """
        wanted = np.fromiter(map(key_number, keys), np.uint64, len(keys))
        sorted_keys = self._arrays[f"{kind}-key"]
        starts = np.searchsorted(sorted_keys, wanted)
        counts = np.searchsorted(sorted_keys, wanted, "right") - starts
        counts[[place for place, each in enumerate(keys) if not each]] = 0
        firsts = np.cumsum(counts) - counts
        places = np.repeat(starts - firsts, counts) + np.arange(counts.sum())
        rows = self._arrays[f"{kind}-row"][places]
        norms = iter(self._norms.many(rows[firsts[counts > 0]]))
        rest = iter(rows.tolist())
        found = [list(islice(rest, count)) for count in counts.tolist()]
        for place, each in enumerate(keys):
            if found[place] and (next(norms) if kind == "norm" else bag(next(norms))) != each:
                found[place] = []
        return found if most is None else [self._most(some, most) for some in found]

    def _most(self, rows: list[int], most: int) -> list[int]:
        if len(rows) <= most:
            return rows
        return sorted(sorted(rows, key=lambda row: _SCOPE_RANK[self._scope_of[row]])[:most])
