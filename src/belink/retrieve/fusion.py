"""One list of concepts out of several lists of names.

A name's score says how it matched; a concept's score is that of its best name:

    1.000, 0.999, 0.998   the normalised name is the query: preferred name, exact alias, other alias
    0.990, 0.989, 0.988   the same words in another order or number: preferred name, exact alias, other
    0 to 0.980            0.98 times the string similarity of the names

Homonyms that match exactly therefore come preferred name first, then exact aliases, then the rest, then by
id. Where a document defines an abbreviation, matches of the short form weigh `SHORT_FORM_WEIGHT`
of these, since the definition tells more than the letters. Only a match of the normalised name of full
weight has the source "exact"; the same words in another order are similar, as the strings are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.exact import SameNames
from belink.types import Candidate, CandidateSource

if TYPE_CHECKING:
    from belink.kb.store import Name

NORMALISED_SCORE = 1.0
BAG_SCORE = 0.99
LEXICAL_SCORE = 0.98
SCOPE_STEP = 0.001
SHORT_FORM_WEIGHT = 0.8

_SOURCE_ORDER: dict[CandidateSource, int] = {"exact": 0, "lexical": 1, "dense": 2, "memory": 3}


@dataclass(frozen=True, slots=True)
class Match:
    """A name row that matched; `concept` is the ordinal of its concept, `score` in [0, 1]."""

    concept: int
    row: int
    score: float
    source: CandidateSource


def exact_matches(same: SameNames, concepts: NDArray[np.int32], weight: float = 1.0) -> Iterator[Match]:
    """Score names that are the same as the query.

    Args:
        same: what was found.
        concepts: ordinals of the concepts by row.
        weight: of the text that was looked up, in [0, 1].
    """
    for score, names in ((NORMALISED_SCORE, same.normalised), (BAG_SCORE, same.bags)):
        for name in names:
            value = weight * (score - SCOPE_STEP * _scope_rank(name))
            same_name = score == NORMALISED_SCORE and weight == 1.0
            yield Match(int(concepts[name.row]), name.row, value, "exact" if same_name else "lexical")


def weigh(match: Match, weight: float) -> Match:
    """Give a match whose score is multiplied by a weight in [0, 1]."""
    return Match(match.concept, match.row, weight * match.score, match.source)


def concept_matches(
    names: NDArray[np.signedinteger],
    scores: NDArray[np.float64],
    rows: NDArray[np.int32],
    row_starts: NDArray[np.int64],
    concepts: NDArray[np.int32],
    allowed: NDArray[np.bool_] | None,
    k: int,
    source: CandidateSource,
) -> list[Match]:
    """Give the best row of each of the `k` concepts with the best names, best first, ties by ordinal.

    Args:
        names: names found, by number in their index.
        scores: of each of them.
        rows: name rows of the index's names, those of one name together, ascending.
        row_starts: where each name begins in `rows`, then the end.
        concepts: ordinals of the concepts by row.
        allowed: which concepts count, by ordinal; None for all.
        k: how many, at least 0.
        source: of the matches.
    """
    starts = row_starts[names]
    counts = row_starts[names + 1] - starts
    firsts = np.cumsum(counts) - counts
    found = rows[np.repeat(starts - firsts, counts) + np.arange(counts.sum())]
    values = np.repeat(scores, counts)
    if allowed is not None:
        kept = allowed[concepts[found]]
        found, values = found[kept], values[kept]
    order = np.lexsort((found, -values))
    ordinals, first = np.unique(concepts[found[order]], return_index=True)
    found, values = found[order][first], values[order][first]
    top = np.lexsort((ordinals, -values))[:k]
    columns = zip(ordinals[top].tolist(), found[top].tolist(), values[top].tolist(), strict=True)
    return [Match(concept, row, score, source) for concept, row, score in columns]


def best_of(matches: Iterable[Match], k: int) -> list[Match]:
    """Give the best match of each of the `k` best concepts, best first, ties by concept ordinal.

    Of a concept's matches with equal scores the lowest row stands, so a preferred name before an
    alias. Its source is the first in the order of `CandidateSource` that proposed the concept.
    """
    best: dict[int, Match] = {}
    for match in matches:
        held = best.get(match.concept)
        best[match.concept] = match if held is None else _merge(held, match)
    return sorted(best.values(), key=lambda match: (-match.score, match.concept))[: max(k, 0)]


def candidates(matches: Iterable[Match], names: Mapping[int, Name]) -> tuple[Candidate, ...]:
    """Write matches as candidates, best first, ties by concept id; `names` holds the matches' rows."""
    made = (
        Candidate(
            concept_id=name.concept_id,
            alias=name.alias,
            name=name.concept_name,
            score=match.score,
            source=match.source,
            homonyms=name.homonyms,
        )
        for match in matches
        for name in (names[match.row],)
    )
    return tuple(sorted(made, key=lambda candidate: (-candidate.score, candidate.concept_id)))


def _merge(held: Match, match: Match) -> Match:
    better = match if (-match.score, match.row) < (-held.score, held.row) else held
    source = min(held.source, match.source, key=_SOURCE_ORDER.__getitem__)
    return better if better.source == source else Match(better.concept, better.row, better.score, source)


def _scope_rank(name: Name) -> int:
    if name.scope == "preferred":
        return 0
    return 1 if name.scope == "exact" else 2
