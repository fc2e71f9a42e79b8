"""Names that look alike, by character 3-grams.

The rarest grams of a query pick a pool of names; the pool is ordered by

    similarity = max(cosine, edits ** 4)

where `cosine` is that of the TF-IDF vectors over all 3-grams, and `edits` the larger of two normalised indel
similarities of rapidfuzz: of the names as they stand, and of their sorted words. The cosine weighs what
is rare, which is what tells unlike names apart; the edits hold up names that differ by a slip of a letter.
Chosen on disease mentions of the training documents of NCBI-Disease and BC5CDR: recall@1 of forms that
MEDIC does not have is 50 and 43 % against 38 and 35 % for the edits alone, and one slip in a name costs 3 %
of recall@1 against 11 % for the cosine alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from belink.retrieve.postings import Floats, Ids, Ints, NameArrays, gram_codes, slice_names

RAREST_GRAMS = 15
MAX_POSTINGS = 80_000
"""Names that the rarest grams of a query may have between them; the first gram is looked up anyhow."""
POOL = 100
EDIT_EXPONENT = 4
MAX_QUERY_LENGTH = 1000
"""Code points of a query that are compared; the rest of a longer one is left out."""


@dataclass(frozen=True, slots=True)
class _Query:
    """A query cut to length; `grams` are places in the index's `grams`, `unknown_grams` counts the others."""

    text: str
    grams: Ints
    unknown_grams: int


@dataclass(frozen=True, slots=True)
class _Scratch:
    """Room to reckon in, for one query after the other (`N` names, `V` grams); all 0 between them.

    Attributes:
        totals: what a query adds up by name; [N].
        weights: what a query weighs by gram; [V].
        squares: the squared IDF of each gram, which stays; [V].
    """

    totals: Floats
    weights: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, arrays: NameArrays) -> _Scratch:
        """Make room for queries to an index."""
        grams = len(arrays.grams)
        totals = np.zeros(len(arrays.text_starts) - 1, np.float32)
        return cls(totals, np.zeros(grams), arrays.idf.astype(np.float64) ** 2)


@dataclass(frozen=True, slots=True)
class SimilarNames:
    """Names like a query, most similar first, ties by number.

    `similarities` are in [0, 1], 1 for the same name.
    """

    names: Ids
    similarities: NDArray[np.float64]


def similar_names(
    arrays: NameArrays, queries: Sequence[str], allowed: NDArray[np.bool_] | None = None, pool: int = POOL
) -> list[SimilarNames]:
    """Find the names most like each query.

    A name is found if it shares one of the query's rarest grams and is among the `pool` best by TF-IDF
    over them. A query's result does not depend on the other queries.

    Args:
        arrays: the index.
        queries: folded names; an empty one finds nothing.
        allowed: names that may be found, by number; None allows all.
        pool: names to compare with each query in full, at least 1.
    """
    if not queries or not len(arrays.grams):
        return [SimilarNames(np.empty(0, np.int32), np.empty(0, np.float64)) for _ in queries]
    scratch = _Scratch.of(arrays)
    return [
        _compare(arrays, scratch, query, _pool(arrays, scratch, query, allowed, pool))
        for query in _with_grams(arrays, [text[:MAX_QUERY_LENGTH] for text in queries])
    ]


def _pool(
    arrays: NameArrays, scratch: _Scratch, query: _Query, allowed: NDArray[np.bool_] | None, pool: int
) -> Ids:
    """Give the names best by TF-IDF, ascending by number; ties go to the lower number."""
    grams, lists = _rarest(arrays, query)
    counts = [each.stop - each.start for each in lists]
    names = np.concatenate([np.empty(0, np.int64), *(arrays.posting_names[each] for each in lists)])
    weights = np.concatenate([np.empty(0, np.float32), *(arrays.posting_weights[each] for each in lists)])
    weights *= np.repeat(arrays.idf[grams], counts)
    np.add.at(scratch.totals, names, weights)
    totals, end = weights, 0
    for count in counts:  # a name's total stands where the name stands first, 0 where it stands again
        start, end = end, end + count
        totals[start:end] = scratch.totals[names[start:end]]
        scratch.totals[names[start:end]] = 0
    if allowed is not None:
        totals *= allowed[names]
    near = np.flatnonzero((totals > 0) & (totals >= _floor(totals, pool)))
    names, totals = names[near].astype(np.int32), totals[near]
    return np.sort(names if len(names) <= pool else _best(names, totals, pool))


def _floor(totals: Floats, count: int) -> float:
    """Give a number that at least `count` of these reach, not far below the `count`-th best; 0 if fewer are.

    They are dealt into groups, and the `count`-th best of the groups' best is taken, which is fast to find.
    """
    strips = len(totals) // (2 * count)
    if strips == 0:
        return 0.0
    best = totals[: len(totals) // strips * strips].reshape(strips, -1).max(axis=0)
    return float(np.partition(best, len(best) - count)[len(best) - count])


def _best(names: Ids, weights: Floats, count: int) -> Ids:
    last = np.partition(weights, len(weights) - count)[len(weights) - count]
    above = names[weights > last]
    level = np.sort(names[weights == last])
    return np.concatenate((above, level[: count - len(above)]))


def _with_grams(arrays: NameArrays, texts: list[str]) -> list[_Query]:
    """Make queries: the places of the grams that some name has, ascending, and how many no name has."""
    codes, owners = gram_codes(texts)
    places = np.minimum(np.searchsorted(arrays.grams, codes), len(arrays.grams) - 1)
    known = arrays.grams[places] == codes
    ends = np.cumsum(np.bincount(owners[known], minlength=len(texts)))
    unknown = np.bincount(owners[~known], minlength=len(texts))
    grams = np.split(places[known], ends[:-1])
    return [_Query(*each) for each in zip(texts, grams, unknown.tolist(), strict=True)]


def _rarest(arrays: NameArrays, query: _Query) -> tuple[Ints, list[slice]]:
    """Give the query's rarest grams, ascending, and where the postings of each lie."""
    starts, ends = arrays.gram_starts[query.grams].tolist(), arrays.gram_starts[query.grams + 1].tolist()
    counts = [end - start for start, end in zip(starts, ends, strict=True)]
    rarest = sorted(range(len(counts)), key=counts.__getitem__)[:RAREST_GRAMS]
    affordable = bisect_right([*accumulate(counts[place] for place in rarest)], MAX_POSTINGS)
    taken = sorted(rarest[: max(affordable, 1)])
    return query.grams[taken], [slice(starts[place], ends[place]) for place in taken]


def _compare(arrays: NameArrays, scratch: _Scratch, query: _Query, names: Ids) -> SimilarNames:
    """Order a pool by similarity with the query."""
    if not len(names):
        return SimilarNames(names, np.empty(0, np.float64))
    texts = slice_names(arrays.text, arrays.text_starts, names)
    in_order = process.cdist([query.text], texts, scorer=fuzz.ratio, dtype=np.float64)[0]
    sorted_words = process.cdist([query.text], texts, scorer=fuzz.token_sort_ratio, dtype=np.float64)[0]
    edits = np.maximum(in_order, sorted_words) / 100
    similarities = np.round(np.maximum(_cosines(arrays, scratch, query, names), edits**EDIT_EXPONENT), 6)
    order = np.lexsort((names, -similarities))
    return SimilarNames(names[order], similarities[order])


def _cosines(arrays: NameArrays, scratch: _Scratch, query: _Query, names: Ids) -> NDArray[np.float64]:
    """Give the TF-IDF cosine over all grams of query and names; names have at least one gram.

    A gram that no name has weighs as one that a single name has.
    """
    unknown_idf = np.log(len(arrays.text_starts) / 2) + 1
    weights, squares = scratch.weights, scratch.squares
    weights[query.grams] = squares[query.grams]
    length = squares[query.grams].sum() + query.unknown_grams * unknown_idf**2
    starts = arrays.name_gram_starts[names]
    counts = arrays.name_gram_starts[names + 1] - starts
    firsts = np.cumsum(counts) - counts
    grams = arrays.name_grams[np.repeat(starts - firsts, counts) + np.arange(counts.sum())]
    shared = np.add.reduceat(weights[grams], firsts)
    lengths = np.add.reduceat(squares[grams], firsts)
    weights[query.grams] = 0
    cosines: NDArray[np.float64] = np.minimum(shared / np.sqrt(length * lengths), 1.0)
    return cosines
