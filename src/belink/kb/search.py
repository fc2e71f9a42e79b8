"""Search a knowledge base as a person does: with typos, parts of names, words in any order.

Names whose letter pairs (`signatures`) resemble the query's are scored by edit distance with rapidfuzz.
This is for looking things up by hand, one query at a time; linking retrieves with `belink.retrieve`.
"""

from __future__ import annotations

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
    scores = _scores(norm, kb.norms_at(rows)).round(4)
    concepts = kb.name_concepts[rows]
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
