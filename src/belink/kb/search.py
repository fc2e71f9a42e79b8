"""Search a knowledge base as a person does: with typos, parts of names, words in any order.

Names whose letter pairs (`signatures`) resemble the query's are scored by edit distance with rapidfuzz.
This is for looking things up by hand, one query at a time; linking retrieves with `belink.retrieve`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from belink.errors import KnowledgeBaseError
from belink.kb.curies import to_curie
from belink.kb.records import NO_FILTER, Filter
from belink.kb.signatures import shared_bits, sign
from belink.kb.store import KnowledgeBase, Name
from belink.text.normalise import bag, normalise

_SHORTLIST = 1_000
_STEP, _SAMPLED = 64, 128
_WHOLE, _REORDERED, _PART = 1.0, 0.97, 0.9
_DIGITS = 4
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that a search found, with the name that fits best and how well, in [0, 1]."""

    name: Name
    score: float


def search(kb: KnowledgeBase, text: str, limit: int = 10, keep: Filter = NO_FILTER) -> list[Hit]:
    """Find concepts by a name that may be misspelt, inverted or cut off, or by their id.

    Args:
        kb: where to search.
        text: a name or an id, also with another spelling of its prefix or as an address; one without a letter
            or digit finds nothing.
        limit: at most so many concepts.
        keep: only these concepts, by those of their names that it lets pass.

    Returns:
        Distinct concepts, best first, ties by id. An id finds its concept alone, or those that replace it,
        whatever the filter. The score is 1 for the same normalised name, else the similarity of the strings.
    """
    if current := kb.ordinals(_resolved(kb, text.strip())):
        preferred = [kb.rows_of(ordinal)[0] for ordinal in sorted(current.values())]
        return [Hit(name, 1.0) for name in kb.names_at(preferred)][:limit]
    norm = normalise(text)
    rows = _candidates(kb, norm, kb.select_names(keep) if keep else None)
    concepts = kb.name_concepts[rows]
    scores = _scores(norm, kb.norms_at(rows), concepts, limit).round(_DIGITS)
    order = np.lexsort((rows, -scores, concepts))
    first = order[np.unique(concepts[order], return_index=True)[1]]
    best = first[np.lexsort((concepts[first], -scores[first]))][:limit]
    found = zip(kb.names_at(rows[best]), scores[best].tolist(), strict=True)
    return [Hit(name, score) for name, score in found if score > 0]


def _resolved(kb: KnowledgeBase, text: str) -> tuple[str, ...]:
    """Give the current ids that a text stands for where it is an id."""
    if (found := kb.resolve(text)) or ":" not in text or " " in text:
        return found
    try:
        return kb.resolve(to_curie(text))
    except KnowledgeBaseError:
        return ()


def _candidates(kb: KnowledgeBase, norm: str, mask: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int64]:
    """Give the rows worth scoring, ascending: by shared letter pairs, of short and of long names."""
    if not norm:
        return np.zeros(0, dtype=np.int64)
    encoded = np.frombuffer(norm.encode(), dtype=np.uint8)
    query = sign(encoded, np.array([0, len(encoded)], dtype=np.int64))[:, 0]
    shared = shared_bits(kb.arrays["name-signature"], query).astype(np.float32)
    if mask is not None:
        shared[~mask] = 0
    lengths = np.diff(kb.arrays["norm-offset"]).astype(np.float32)
    whole = 2 * shared / (len(encoded) + lengths)
    contained = shared - lengths / 1000
    exact = (*kb.find_rows([norm])[0], *kb.find_rows([bag(norm)], kind="bag")[0])
    rows = np.union1d(_largest(whole), _largest(contained))
    rows = np.union1d(rows[shared[rows] > 0], np.array(exact, dtype=np.int64)).astype(np.int64)
    return rows if mask is None else rows[mask[rows]]


def _largest(values: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """Give the places of the `_SHORTLIST` largest values; of those equal to the least of them, the first.

    Only values above a bound, taken from a sample, are sorted out where there are enough of them.
    """
    if len(values) <= _SHORTLIST:
        return np.arange(len(values))
    places = np.arange(len(values))
    sample = values[::_STEP]
    if len(sample) > _SAMPLED:
        likely = np.flatnonzero(values >= np.partition(sample, -_SAMPLED)[-_SAMPLED])
        places = likely if len(likely) >= _SHORTLIST else places
    some = values[places]
    least = np.partition(some, -_SHORTLIST)[-_SHORTLIST]
    above, equal = np.flatnonzero(some > least), np.flatnonzero(some == least)
    largest: npt.NDArray[np.int64] = places[np.concatenate([above, equal[: _SHORTLIST - len(above)]])]
    return largest


def _scores(
    norm: str, names: list[str], concepts: npt.NDArray[np.int32], limit: int
) -> npt.NDArray[np.float64]:
    """Give the best of three similarities: of the strings, of their sorted words, of a part of the name.

    The last costs most by far where query and names are long. It is taken of the most promising names first,
    and of no more once the others cannot come among the `limit` best concepts: then their scores may be too
    low, but not those of the best concepts.

    Args:
        norm: the query.
        names: what to score.
        concepts: of the names, ascending.
        limit: so many concepts are wanted.
    """
    whole = _similarities(fuzz.ratio, norm, names)
    best: npt.NDArray[np.float64] = np.maximum(
        _WHOLE * whole, _REORDERED * _similarities(fuzz.token_sort_ratio, norm, names)
    )
    lengths = np.array([len(name) for name in names], dtype=np.int64)
    weights = 0.9 + 0.1 * (len(norm) / np.maximum(lengths, 1))
    most = np.where(lengths < len(norm), -1, _PART * weights * _most_in_part(whole, len(norm), lengths))
    promising = np.argsort(-most)
    for first in range(0, len(names), _AT_ONCE):
        least = max(_reached(best, concepts, limit) - 2 / 10**_DIGITS, 0)
        some = promising[first : first + _AT_ONCE]
        some = some[most[some] >= least]
        if not len(some):
            break
        some_names = [names[place] for place in some.tolist()]
        cutoff = least / (_PART * weights[some].max())
        part = _similarities(fuzz.partial_ratio, norm, some_names, cutoff)
        best[some] = np.maximum(best[some], _PART * (part * weights[some]))
    return best


def _similarities(
    scorer: Callable[..., float], norm: str, names: list[str], least: float = 0
) -> npt.NDArray[np.float64]:
    """Give rapidfuzz's similarity, in [0, 1], of the query to each name; 0 where it is below `least`."""
    cutoff = min(100 * least, 100)
    found = process.cdist([norm], names, scorer=scorer, dtype=np.float64, score_cutoff=cutoff)
    similarities: npt.NDArray[np.float64] = found[0] / 100
    return similarities


def _most_in_part(
    whole: npt.NDArray[np.float64], length: int, lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Give what `fuzz.partial_ratio` is at most, in [0, 1], of a query and names that are no shorter.

    The ratio of strings of q and n letters, of which l in order are in both, is 2l / (q + n). No part of the
    name has more than those l letters of the query, or has them in less than l letters: 2l / (q + l).
    """
    common = whole * (length + lengths) / 2
    most: npt.NDArray[np.float64] = 2 * common / (length + common)
    return most


def _reached(scores: npt.NDArray[np.float64], concepts: npt.NDArray[np.int32], limit: int) -> float:
    """Give the score that `limit` concepts reach by their best names; 0 where there are fewer."""
    firsts = np.unique(concepts, return_index=True)[1]
    if not 0 < limit <= len(firsts):
        return 0.0
    return float(np.partition(np.maximum.reduceat(scores, firsts), -limit)[-limit])
