"""The lexical list: the concepts whose names look like a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.fusion import NO_MATCHES, Matches, concept_matches
from belink.retrieve.lexical import POOL, similar_names
from belink.retrieve.postings import NameArrays
from belink.retrieve.variants import fold
from belink.text.normalise import normalise

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Mask = NDArray[np.bool_]

_NAMES_PER_CANDIDATE = 5
_DEEPER = 8


def lexical_lists(
    arrays: NameArrays,
    kb: KnowledgeBase,
    texts: Sequence[str],
    names: Mask | None,
    rows: Mask | None,
    k: int,
) -> list[Matches]:
    """Find the `k` most similar concepts of each text, looking deeper where names are of fewer concepts.

    Args:
        arrays: the lexical index.
        kb: of the index.
        texts: what to look up; one with no letter or digit finds nothing.
        names: names of the index that may be found, by number; None allows all.
        rows: name rows that may be found; None allows all.
        k: concepts to find.
    """
    forms = [fold(normalise(text)) for text in texts]
    pool = max(POOL, _NAMES_PER_CANDIDATE * k)
    results = [NO_MATCHES for _ in texts]
    pending = list(range(len(texts))) if k > 0 else []
    while pending:
        found = similar_names(arrays, [forms[i] for i in pending], names, pool)
        for i, similar in zip(pending, found, strict=True):
            results[i] = concept_matches(
                similar.names,
                similar.similarities,
                arrays.rows,
                arrays.row_starts,
                kb.name_concepts,
                rows,
                k,
            )
        pending = [
            i
            for i, similar in zip(pending, found, strict=True)
            if len(similar.names) == pool and len(results[i].rows) < k
        ]
        pool *= _DEEPER
    return results
