"""The dense list: the concepts whose names mean nearly what a text means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.dense import POOL, near_names
from belink.retrieve.dense_index import DenseIndex
from belink.retrieve.dense_vectors import NameEncoder
from belink.retrieve.fusion import NO_MATCHES, Matches, concept_matches
from belink.text.normalise import normalise

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Mask = NDArray[np.bool_]
DenseLists = tuple[dict[str, NDArray[np.float32]], dict[str, Matches]]
"""The vector of each text that has a letter or digit, and the matches of every text."""

_DEEPER = 4


@dataclass(frozen=True, slots=True)
class Dense:
    """Dense retrieval: an index and the encoder it was built with."""

    index: DenseIndex
    encoder: NameEncoder


@dataclass(frozen=True, slots=True)
class Rocchio:
    """Weights of a text's vector and of the mean vector of others that it is moved towards.

    The defaults are those of BeLink's paper. Source: Rocchio 1971, in Salton's "The SMART retrieval system".
    """

    own: float = 0.6
    others: float = 0.4


PAPER = Rocchio()


def dense_lists(
    dense: Dense, kb: KnowledgeBase, texts: Sequence[str], allowed: Mask | None, k: int
) -> DenseLists:
    """Embed texts and find the `k` nearest concepts of each, looking deeper where names are of few concepts.

    Args:
        dense: where to look.
        kb: of the index.
        texts: distinct; one with no letter or digit finds nothing.
        allowed: name rows that may be found; None allows all.
        k: concepts to find.
    """
    forms = {text: form for text in texts if (form := normalise(text))}
    distinct = list(dict.fromkeys(forms.values()))
    embedded = dict(zip(distinct, dense.encoder(distinct), strict=True))
    near = _near_concepts(dense, kb, [embedded[form] for form in distinct], allowed, k)
    found = dict(zip(distinct, near, strict=True))
    by_text = {text: embedded[form] for text, form in forms.items()}
    return by_text, {text: found[forms[text]] if text in forms else NO_MATCHES for text in texts}


def moved_lists(
    dense: Dense,
    kb: KnowledgeBase,
    asked: Sequence[tuple[NDArray[np.float32], Sequence[str]]],
    weights: Rocchio,
    allowed: Mask | None,
    k: int,
) -> list[tuple[NDArray[np.float32], Matches]]:
    """Move vectors towards those of other texts, and find the `k` nearest concepts; aligned with `asked`.

    Args:
        dense: where to look.
        kb: of the index.
        asked: the vector of a text, [D], and the texts to move it towards, at least one of them.
        weights: of the two.
        allowed: name rows that may be found; None allows all.
        k: concepts to find.
    """
    forms = list(dict.fromkeys(normalise(text) for _, others in asked for text in others))
    embedded = dict(zip(forms, dense.encoder(forms), strict=True))
    vectors = []
    for own, others in asked:
        mean = np.mean([embedded[normalise(text)] for text in others], axis=0)
        moved = weights.own * own + weights.others * mean
        vectors.append((moved / max(float(np.linalg.norm(moved)), 1e-9)).astype(np.float32))
    return list(zip(vectors, _near_concepts(dense, kb, vectors, allowed, k), strict=True))


def _near_concepts(
    dense: Dense,
    kb: KnowledgeBase,
    vectors: Sequence[NDArray[np.float32]],
    allowed: Mask | None,
    k: int,
) -> list[Matches]:
    index, names = dense.index, _allowed_names(dense.index, allowed)
    found = [NO_MATCHES for _ in vectors]
    pending, pool = (list(range(len(vectors))) if k > 0 else []), max(POOL, 2 * k)
    while pending:
        asked = np.stack([vectors[place] for place in pending])
        near = near_names(index.vectors, index.coarse, asked, names, pool)
        for place, each in zip(pending, near, strict=True):
            found[place] = concept_matches(
                each.names, each.similarities, index.rows, index.row_starts, kb.name_concepts, allowed, k
            )
        pending = [
            place
            for place, each in zip(pending, near, strict=True)
            if len(each.names) == pool and len(found[place].rows) < k
        ]
        pool *= _DEEPER
    return found


def _allowed_names(index: DenseIndex, allowed: Mask | None) -> Mask | None:
    """Tell which names of the index some allowed row bears; None allows all."""
    if allowed is None:
        return None
    counts = np.concatenate(([0], np.cumsum(allowed[index.rows])))
    names: Mask = counts[index.row_starts[1:]] > counts[index.row_starts[:-1]]
    return names
