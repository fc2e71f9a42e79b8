"""What a memory of labelled mentions says of concepts, beside what the knowledge base says.

Its names join the evidence as other names do. But the weights of the evidence were fitted without them, and
what is near to a labelled mention is not as surely the same as what is near to a name; so what retrieval says
with them and without them is averaged (a linear opinion pool, Stone 1961, doi:10.1214/aoms/1177704873). Where
the very form was labelled before, the labels also count as votes: with W votes, weighed by the probability of
the concept's organism for genes,

    P(c) = (1 - l) P_retrieval(c) + l votes(c) / W,    l = W / (W + PRIOR)

which is a Dirichlet prior of weight `PRIOR` around what retrieval says (MacKay and Peto 1995,
doi:10.1017/S1351324900000218).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.evidence import Asked
from belink.retrieve.fusion import reciprocal_ranks
from belink.retrieve.learnt import FEATURES, Evidence
from belink.retrieve.memory import Memory
from belink.text.normalise import normalise
from belink.types import CandidateSource

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Values = NDArray[np.float64]

PRIOR = 1.0
"""How many votes retrieval's own probabilities are worth."""

_OF_NAME = ("numbers_differ", "length", "preferred", "other_scope", "log_homonyms")
_STRINGS = ("lexical", "short_lexical", "variant_lexical")
_COSINES = ("dense", "short_dense")
_PLACE = {name: place for place, name in enumerate(FEATURES)}


def join(kb: KnowledgeBase, memory: Memory, own: Evidence, remembered: Evidence) -> Evidence:
    """Put the evidence of the knowledge base and of a memory together.

    Of two names of a concept the one that is more like the query speaks for it, the knowledge base's where
    they are equally like it. Rows of the memory are counted behind those of the knowledge base.
    """
    if not len(remembered.concepts):
        return own
    ordinals = memory.ordinals[remembered.concepts]
    concepts = np.union1d(own.concepts, ordinals)
    here, there = np.searchsorted(concepts, own.concepts), np.searchsorted(concepts, ordinals)
    labelled = _as_labels(kb, remembered.features, ordinals)
    features = np.full((2, len(concepts), len(FEATURES)), -np.inf)
    features[0, here], features[1, there] = own.features, labelled
    likeness = _likeness(features)
    better = likeness[1] > likeness[0]
    joined = features.max(axis=0)
    for name in _OF_NAME:
        place = _PLACE[name]
        joined[:, place] = np.where(better, features[1, :, place], features[0, :, place])
    for ranks, scores in (("lexical_rank", "lexical"), ("dense_rank", "dense")):
        joined[:, _PLACE[ranks]] = _ranked(features[..., _PLACE[ranks]], features[..., _PLACE[scores]])
    rows = np.zeros((2, len(concepts)), dtype=np.int32)
    rows[0, here], rows[1, there] = own.rows, remembered.rows + kb.name_count
    sources: list[CandidateSource] = ["memory"] * len(concepts)
    for place, source in zip(here.tolist(), own.sources, strict=True):
        sources[place] = "memory" if better[place] else source
    return Evidence(concepts, np.where(better, rows[1], rows[0]), joined, tuple(sources))


def pool(own: Evidence, alone: Values, joined: Evidence, together: Values) -> Values:
    """Average the probabilities of concepts without and with a memory.

    Args:
        own: evidence of the knowledge base.
        alone: probabilities of its concepts, [own C].
        joined: evidence of both, with all of these concepts.
        together: probabilities of its concepts, [C].

    Returns:
        Probabilities of the concepts of `joined`, [C], at most 1 together.
    """
    pooled = together / 2
    pooled[np.searchsorted(joined.concepts, own.concepts)] += alone / 2
    return pooled


def recall(memory: Memory, asked: Asked, evidence: Evidence, scores: Values) -> Values:
    """Let the labels of the very form that is asked about vote.

    Where the document defines an abbreviation that is the long form alone: what the short form was a label
    of elsewhere says nothing here.

    Args:
        memory: what is remembered.
        asked: the query.
        evidence: of the concepts that may be found.
        scores: their probabilities.

    Returns:
        Probabilities again: [C], at most 1 together.
    """
    votes = np.zeros(len(scores))
    for ordinal, documents in memory.counts.get(normalise(asked.text), ()):
        place = int(np.searchsorted(evidence.concepts, ordinal))
        if place < len(scores) and evidence.concepts[place] == ordinal:
            votes[place] = documents * np.exp(evidence.features[place, _PLACE["organism"]])
    voted: Values = (PRIOR * scores + votes) / (PRIOR + votes.sum())
    return voted


def _as_labels(kb: KnowledgeBase, features: Values, ordinals: NDArray[np.int32]) -> Values:
    """Correct what the memory's own knowledge base cannot know."""
    corrected = features.copy()
    first_rows = kb.arrays["concept-row"]
    corrected[:, _PLACE["log_names"]] = np.log(first_rows[ordinals + 1] - first_rows[ordinals])
    corrected[:, _PLACE["preferred"]] = 0.0
    corrected[:, _PLACE["other_scope"]] = 0.0
    return corrected


def _likeness(features: Values) -> Values:
    """Give how like the query the best name of each concept is; -inf where there is none."""
    strings = features[..., [_PLACE[name] for name in _STRINGS]].max(axis=-1)
    cosines = features[..., [_PLACE[name] for name in _COSINES]].max(axis=-1)
    likeness: Values = strings + cosines
    return likeness


def _ranked(reciprocals: Values, scores: Values) -> Values:
    """Give one over the place of each concept in two lists put together; as long as the longer of them."""
    listed = reciprocals > 0
    best = np.where(listed, scores, -np.inf).max(axis=0)
    order = np.argsort(-best, kind="stable")[: int(listed.sum(axis=1).max())]
    order = order[np.isfinite(best[order])]
    values = np.zeros(len(best))
    values[order] = reciprocal_ranks(best[order])
    return values
