"""Why a candidate was proposed: what each list says of it, for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1
from typing import TYPE_CHECKING

import numpy as np

from belink.retrieve.learnt import FEATURES, Evidence
from belink.types import Candidate, Query

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Reason:
    """What each list says of a candidate. "The text" is the expansion where there is one, else the mention.

    Attributes:
        same_text: a name of the concept is written as the text or the short form, letter for letter.
        exact: a name of the concept is the text, normalised.
        same_words: a name has the words of the text, in any order and number.
        lexical: the best similarity of a name with the text as strings, in [0, 1].
        lexical_rank: place in the list of similar strings, from 1; None where it is not in it.
        dense: the best cosine of a name with the text, in [-1, 1]; None where there are no vectors.
        dense_rank: place in the list of near vectors, from 1; None where it is not in it.
        short_exact: as `exact`, of the short form beside an expansion; None where there is no expansion.
        short_lexical: as `lexical`, of the short form.
        short_dense: as `dense`, of the short form.
        variant: place among the query's variants of the first that has the words of a name, from 1; None
            where none has.
        variant_lexical: the best similarity of a name with any variant; None where there is no variant.
        organism: probability, in [0, 1], of the organism the concept belongs to; None where it belongs to
            none, or the query knows no organisms.
        narrower: of the first concepts of the lists, the best similarity of those directly below the concept;
            None where none of them is.
        narrower_share: how many of them are directly below it, as a share of all, in [0, 1].
        labelled_forms: by how many forms labelled training texts name the concept.
    """

    same_text: bool
    exact: bool
    same_words: bool
    lexical: float
    lexical_rank: int | None
    dense: float | None
    dense_rank: int | None
    short_exact: bool | None
    short_lexical: float | None
    short_dense: float | None
    variant: int | None
    variant_lexical: float | None
    organism: float | None
    narrower: float | None
    narrower_share: float
    labelled_forms: int


def reasons(
    kb: KnowledgeBase, query: Query, candidates: Sequence[Candidate], evidence: Evidence
) -> list[Reason]:
    """Tell what speaks for each candidate of a query; aligned with the candidates.

    Args:
        kb: which the candidates are of.
        query: what was asked.
        candidates: what the retriever found.
        evidence: what `belink.retrieve.retriever.explain` gives for the same query and number of candidates.
    """
    ordinals = kb.ordinals([candidate.concept_id for candidate in candidates])
    places = np.searchsorted(evidence.concepts, [ordinals[each.concept_id] for each in candidates])
    has_vectors = bool(evidence.features[:, FEATURES.index("dense")].any())
    found = []
    for candidate, row in zip(candidates, evidence.features[places].tolist(), strict=True):
        values = dict(zip(FEATURES, row, strict=True))
        has_taxon = kb.arrays["concept-taxon"][ordinals[candidate.concept_id]]
        known = bool(query.organisms) and bool(kb.taxa()[has_taxon])
        found.append(_reason(values, query, has_vectors=has_vectors, organism_known=known))
    return found


def _reason(values: Mapping[str, float], query: Query, *, has_vectors: bool, organism_known: bool) -> Reason:
    expanded, varied = query.expansion is not None, bool(query.variants)
    return Reason(
        same_text=values["same_text"] > 0,
        exact=values["exact"] > 0,
        same_words=values["same_words"] > 0,
        lexical=values["lexical"],
        lexical_rank=_rank(values["lexical_rank"]),
        dense=values["dense"] if has_vectors else None,
        dense_rank=_rank(values["dense_rank"]),
        short_exact=values["short_exact"] > 0 if expanded else None,
        short_lexical=values["short_lexical"] if expanded else None,
        short_dense=values["short_dense"] if expanded and has_vectors else None,
        variant=_rank(values["variant_exact"]),
        variant_lexical=values["variant_lexical"] if varied else None,
        organism=exp(values["organism"]) if organism_known else None,
        narrower=values["narrower"] if values["narrower_share"] > 0 else None,
        narrower_share=values["narrower_share"],
        labelled_forms=round(expm1(values["labelled_forms"])),
    )


def _rank(reciprocal: float) -> int | None:
    return round(1 / reciprocal) if reciprocal > 0 else None
