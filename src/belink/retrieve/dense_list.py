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


def dense_lists(
    dense: Dense, kb: KnowledgeBase, texts: Sequence[str], allowed: Mask | None, k: int
) -> DenseLists:
    """Embed texts and find the `k` nearest concepts of each, looking deeper where names are of few concepts.

    Args:
        dense: where to look.
        kb: of the index.
        texts: distinct; one with no letter or digit finds nothing.
        allowed: concepts that may be found, by ordinal; None allows all.
        k: concepts to find.
    """
    forms = {text: form for text in texts if (form := normalise(text))}
    distinct = list(dict.fromkeys(forms.values()))
    embedded = dict(zip(distinct, dense.encoder(distinct), strict=True))
    found = dict.fromkeys(distinct, NO_MATCHES)
    index, names = dense.index, _allowed_names(dense.index, kb, allowed)
    pending, pool = (distinct if k > 0 else []), max(POOL, 2 * k)
    while pending:
        vectors = np.stack([embedded[form] for form in pending])
        near = near_names(index.vectors, index.coarse, vectors, names, pool)
        for form, each in zip(pending, near, strict=True):
            found[form] = concept_matches(
                each.names, each.similarities, index.rows, index.row_starts, kb.name_concepts, allowed, k
            )
        pending = [
            form
            for form, each in zip(pending, near, strict=True)
            if len(each.names) == pool and len(found[form].rows) < k
        ]
        pool *= _DEEPER
    by_text = {text: embedded[form] for text, form in forms.items()}
    return by_text, {text: found[forms[text]] if text in forms else NO_MATCHES for text in texts}


def _allowed_names(index: DenseIndex, kb: KnowledgeBase, allowed: Mask | None) -> Mask | None:
    """Tell which names of the index some allowed concept has; None allows all."""
    if allowed is None:
        return None
    counts = np.concatenate(([0], np.cumsum(allowed[kb.name_concepts[index.rows]])))
    names: Mask = counts[index.row_starts[1:]] > counts[index.row_starts[:-1]]
    return names
