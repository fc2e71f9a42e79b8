"""The dense list of a query, and what all lists together say of each concept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.dense import POOL, near_names, similarities
from belink.retrieve.dense_index import DenseIndex, NameEncoder
from belink.retrieve.exact import SameNames
from belink.retrieve.fusion import Match, concept_matches
from belink.retrieve.learnt import Evidence, LearntFusion, TextMatches, default_fusion, gather
from belink.retrieve.variants import fold
from belink.text.normalise import normalise

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase, Name

Mask = NDArray[np.bool_]

CONCEPTS = 25
"""Concepts that each list proposes to the fusion, or as many as are asked for where that is more."""

_DEEPER = 4


@dataclass(frozen=True, slots=True)
class Dense:
    """Dense retrieval: an index, the encoder it was built with, and how its list is fused with the others."""

    index: DenseIndex
    encoder: NameEncoder
    fusion: LearntFusion = field(default_factory=default_fusion)


@dataclass(frozen=True, slots=True)
class Lists:
    """What each distinct text of some queries found: same names, similar names, its vector, near names."""

    same: Mapping[str, SameNames]
    similar: Mapping[str, list[Match]]
    vectors: Mapping[str, NDArray[np.float32]]
    near: Mapping[str, list[Match]]


def dense_lists(
    dense: Dense,
    kb: KnowledgeBase,
    texts: Sequence[str],
    allowed: Mask | None,
    k: int,
) -> tuple[dict[str, NDArray[np.float32]], dict[str, list[Match]]]:
    """Embed texts and find the `k` nearest concepts of each, looking deeper where names are of few concepts.

    Args:
        dense: where to look.
        kb: of the index.
        texts: distinct; one with no letter or digit finds nothing.
        allowed: concepts that may be found, by ordinal; None allows all.
        k: concepts to find.

    Returns:
        The vector of each text that has a letter or digit, and the matches of every text, best first.
    """
    forms = {text: form for text in texts if (form := normalise(text))}
    embedded = dense.encoder(list(forms.values()))
    vectors = dict(zip(forms, embedded, strict=True))
    found: dict[str, list[Match]] = {text: [] for text in texts}
    index, names = dense.index, _allowed_names(dense.index, kb, allowed)
    pending, pool = (list(forms) if k > 0 else []), max(POOL, 2 * k)
    while pending:
        near = near_names(index.vectors, np.stack([vectors[text] for text in pending]), names, pool)
        for text, each in zip(pending, near, strict=True):
            found[text] = concept_matches(
                each.names, each.similarities, index.rows, index.row_starts, kb.name_concepts,
                allowed, k, "dense",
            )  # fmt: skip
        pending = [
            text
            for text, each in zip(pending, near, strict=True)
            if len(each.names) == pool and len(found[text]) < k
        ]
        pool *= _DEEPER
    return vectors, found


def _allowed_names(index: DenseIndex, kb: KnowledgeBase, allowed: Mask | None) -> Mask | None:
    """Tell which names of the index some allowed concept has; None allows all."""
    if allowed is None:
        return None
    counts = np.concatenate(([0], np.cumsum(allowed[kb.name_concepts[index.rows]])))
    names: Mask = counts[index.row_starts[1:]] > counts[index.row_starts[:-1]]
    return names


def evidence(
    dense: Dense,
    kb: KnowledgeBase,
    queries: Iterable[tuple[str, ...]],
    lists: Lists,
    allowed: Mask | None,
) -> list[Evidence]:
    """Describe what speaks for each concept that some list proposes; aligned with the queries.

    Args:
        dense: where the vectors of names are.
        kb: of the index.
        queries: texts of each query: the expansion and the mention, or the mention alone.
        lists: what all of these texts found.
        allowed: concepts that may be found, by ordinal; None allows all.
    """
    asked = [[_text_matches(text, kb, lists, allowed) for text in texts] for texts in queries]
    rows_of = [sorted(_rows(texts)) for texts in asked]
    rows = sorted({row for rows in rows_of for row in rows})
    names = dict(zip(rows, kb.names_at(rows), strict=True))
    forms = dict(zip(rows, map(fold, kb.norms_at(rows)), strict=True))
    found: list[Evidence] = []
    for texts, its_rows in zip(asked, rows_of, strict=True):
        cosines = [_cosines(dense, lists.vectors.get(text.text), its_rows) for text in texts]
        found.append(gather(texts, cosines, its_rows, kb.name_concepts[its_rows], names, forms))
    return found


def _text_matches(text: str, kb: KnowledgeBase, lists: Lists, allowed: Mask | None) -> TextMatches:
    same = lists.same[text]
    return TextMatches(
        text,
        fold(normalise(text)),
        _first_rows(same.normalised, kb, allowed),
        _first_rows(same.bags, kb, allowed),
        lists.similar[text],
        lists.near[text],
    )


def _first_rows(names: Iterable[Name], kb: KnowledgeBase, allowed: Mask | None) -> dict[int, int]:
    """Give the first of the rows of each allowed concept."""
    first: dict[int, int] = {}
    for name in names:
        concept = int(kb.name_concepts[name.row])
        if allowed is None or allowed[concept]:
            first[concept] = min(name.row, first.get(concept, name.row))
    return first


def _rows(texts: Iterable[TextMatches]) -> set[int]:
    return {
        row
        for text in texts
        for rows in (
            text.same.values(),
            text.same_words.values(),
            (match.row for match in text.lexical),
            (match.row for match in text.dense),
        )
        for row in rows
    }


def _cosines(dense: Dense, vector: NDArray[np.float32] | None, rows: list[int]) -> NDArray[np.float64]:
    """Give the similarity of each row with a text; 0 where either has no letter or digit."""
    numbers = dense.index.numbers[rows]
    found = np.zeros(len(rows))
    if vector is not None and len(rows):
        named = numbers >= 0
        found[named] = similarities(dense.index.vectors, vector, numbers[named])
    return found
