"""Lists of names become lists of concepts, and scored concepts become candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.types import Candidate, CandidateSource

if TYPE_CHECKING:
    from belink.kb.store import Name

Ids = NDArray[np.int32]
Values = NDArray[np.float64]

SOURCES: tuple[CandidateSource, ...] = ("exact", "lexical", "dense", "broader")
"""What may propose a concept here; the first that did is its source."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Concepts that a list found, best first, ties by ordinal; [M].

    Attributes:
        concepts: their ordinals, each once.
        rows: of each the name row that matched best.
        scores: similarities of these rows.
    """

    concepts: Ids
    rows: Ids
    scores: Values


NO_MATCHES = Matches(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))


def concept_matches(
    names: NDArray[np.signedinteger],
    scores: Values,
    rows: Ids,
    row_starts: NDArray[np.int64],
    concepts: Ids,
    allowed: NDArray[np.bool_] | None,
    k: int,
) -> Matches:
    """Give the best row of each of the `k` concepts with the best names; of equal rows the lowest.

    Args:
        names: names found, by number in their index.
        scores: of each of them.
        rows: name rows of the index's names, those of one name together, ascending.
        row_starts: where each name begins in `rows`, then the end.
        concepts: ordinals of the concepts by row.
        allowed: which rows count; None for all.
        k: how many, at least 0.
    """
    starts = row_starts[names]
    counts = row_starts[names + 1] - starts
    firsts = np.cumsum(counts) - counts
    found = rows[np.repeat(starts - firsts, counts) + np.arange(counts.sum())]
    values = np.repeat(scores, counts)
    if allowed is not None:
        kept = allowed[found]
        found, values = found[kept], values[kept]
    order = np.lexsort((found, -values))
    ordinals, first = np.unique(concepts[found[order]], return_index=True)
    found, values = found[order][first], values[order][first]
    top = np.lexsort((ordinals, -values))[:k]
    return Matches(ordinals[top], found[top], values[top])


def reciprocal_ranks(scores: Values) -> Values:
    """Give one over the place of each score, equal ones sharing the first; `scores` descend."""
    ranks: Values = 1 / (1.0 + np.searchsorted(-scores, -scores, side="left"))
    return ranks


def best_places(scores: Values, k: int) -> NDArray[np.intp]:
    """Give the places of the `k` best scores, best first, of equal ones the first."""
    return np.argsort(-scores, kind="stable")[: max(k, 0)]


def candidates(
    rows: Sequence[int],
    scores: Sequence[float],
    sources: Sequence[CandidateSource],
    names: Mapping[int, Name],
) -> tuple[Candidate, ...]:
    """Write scored concepts as candidates, in their order; `names` holds the rows."""
    return tuple(
        Candidate(
            concept_id=name.concept_id,
            alias=name.alias,
            name=name.concept_name,
            score=score,
            source=source,
            homonyms=name.homonyms,
        )
        for row, score, source in zip(rows, scores, sources, strict=True)
        for name in (names[row],)
    )
