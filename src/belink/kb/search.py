"""Search a knowledge base as a person does: with typos, parts of names, words in any order.

Names whose letter pairs (`signatures`) resemble the query's are scored by edit distance with rapidfuzz.
This is for looking things up by hand, one query at a time; linking retrieves with `belink.retrieve`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from belink.kb.records import Filter
from belink.kb.signatures import shared_bits, sign
from belink.kb.store import KnowledgeBase, Name
from belink.text.normalise import bag, normalise

_SHORTLIST = 1_000
_WHOLE, _REORDERED, _PART = 1.0, 0.97, 0.9
NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that a search found, with the name that fits best and how well, in [0, 1]."""

    name: Name
    score: float


def search(kb: KnowledgeBase, text: str, limit: int = 10, keep: Filter = NO_FILTER) -> list[Hit]:
    """Find concepts by a name that may be misspelt, inverted or cut off, or by their id.

    Args:
        kb: where to search.
        text: a name or an id; one without a letter or digit finds nothing.
        limit: at most so many concepts.
        keep: only these concepts.

    Returns:
        Distinct concepts, best first, ties by id. An id finds its concept alone, or those that replace it,
        whatever the filter. The score is 1 for the same normalised name, else the similarity of the strings.
    """
    if current := kb.ordinals(kb.resolve(text.strip())):
        preferred = [kb.rows_of(ordinal)[0] for ordinal in sorted(current.values())]
        return [Hit(name, 1.0) for name in kb.names_at(preferred)][:limit]
    norm = normalise(text)
    rows = _candidates(kb, norm, kb.select(keep) if keep else None)
    best: dict[str, Hit] = {}
    scores = _scores(norm, kb.norms_at(rows))
    for name, score in zip(kb.names_at(rows), scores.tolist(), strict=True):
        hit = Hit(name, round(score, 4))
        other = best.get(name.concept_id)
        if other is None or (-hit.score, name.row) < (-other.score, other.name.row):
            best[name.concept_id] = hit
    ranked = sorted(best.values(), key=lambda hit: (-hit.score, hit.name.concept_id))
    return [hit for hit in ranked if hit.score > 0][:limit]


def _candidates(kb: KnowledgeBase, norm: str, mask: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int64]:
    """Give the rows worth scoring, ascending: by shared letter pairs, of short and of long names."""
    if not norm:
        return np.zeros(0, dtype=np.int64)
    encoded = np.frombuffer(norm.encode(), dtype=np.uint8)
    query = sign(encoded, np.array([0, len(encoded)], dtype=np.int64))[:, 0]
    shared = shared_bits(kb.arrays["name-signature"], query).astype(np.float32)
    if mask is not None:
        shared[~mask[kb.name_concepts]] = 0
    lengths = np.diff(kb.arrays["norm-offset"]).astype(np.float32)
    whole = 2 * shared / (len(encoded) + lengths)
    contained = shared - lengths / 1000
    exact = [name.row for found in (*kb.find([norm]), *kb.find_bags([bag(norm)])) for name in found]
    rows = np.union1d(_largest(whole), _largest(contained))
    rows = np.union1d(rows[shared[rows] > 0], np.array(exact, dtype=np.int64)).astype(np.int64)
    return rows if mask is None else rows[mask[kb.name_concepts[rows]]]


def _largest(values: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """Give the places of the `_SHORTLIST` largest values, and of all that equal the least of them."""
    if len(values) <= _SHORTLIST:
        return np.arange(len(values))
    least = np.partition(values, len(values) - _SHORTLIST)[len(values) - _SHORTLIST]
    above, equal = np.flatnonzero(values > least), np.flatnonzero(values == least)
    return np.concatenate([above, equal[: _SHORTLIST - len(above)]])


def _scores(norm: str, names: list[str]) -> npt.NDArray[np.float64]:
    """Give the best of three similarities: of the strings, of their sorted words, of a part of the name."""
    whole, reordered, part = (
        process.cdist([norm], names, scorer=scorer, dtype=np.float64)[0] / 100
        for scorer in (fuzz.ratio, fuzz.token_sort_ratio, fuzz.partial_ratio)
    )
    share = np.array([len(norm) / max(len(name), 1) for name in names], dtype=np.float64)
    part = np.where(share <= 1, part * (0.9 + 0.1 * share), 0)
    best: npt.NDArray[np.float64] = np.max([_WHOLE * whole, _REORDERED * reordered, _PART * part], axis=0)
    return best
