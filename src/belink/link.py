"""The pipeline: documents in, decisions out, in one straight line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from belink.text.abbreviations import expand, find_abbreviations
from belink.text.name_variants import name_variants
from belink.text.organisms import organisms_of
from belink.text.windows import context
from belink.types import (
    Candidate,
    Decision,
    Detector,
    Document,
    Failed,
    Linked,
    Mention,
    Nil,
    Query,
    Ranking,
    Reranker,
    Retriever,
    Stage,
)

LEAST_NONE = 0.5
"""The re-ranker's answer is "none" where that is more probable than all candidates together."""


def link(
    docs: Sequence[Document],
    *,
    detect: Detector,
    retrieve: Retriever,
    rerank: Reranker | None,
    retrieval_probability: Callable[[tuple[Candidate, ...]], float],
    k: int = 10,
    retrieved: int = 20,
    min_probability: float = 0.0,
    settled: Callable[[Query, tuple[Candidate, ...]], bool] | None = None,
    organisms: Sequence[str] = (),
) -> list[Decision]:
    """Find the mentions of the documents and decide which concept each names.

    Args:
        docs: documents with distinct ids.
        detect: finds the mentions.
        retrieve: proposes candidates.
        rerank: judges the first `k` candidates together; None keeps retrieval's order.
        retrieval_probability: probability in [0, 1] that the first of the candidates is right, used
            where there is no re-ranker.
        k: how many candidates the re-ranker sees.
        retrieved: how many candidates a decision reports, at least `k`.
        min_probability: a concept less probable than this is not given out: the verdict is `Nil`.
        settled: tells where retrieval decides without asking the re-ranker; None asks always.
        organisms: CURIEs of the only organisms that genes may be of, the likeliest first; empty allows all.

    Returns:
        One decision a mention, in document order, then in the order `detect` gave; empty for no documents.
    """
    queries = [
        query
        for doc, mentions in zip(docs, detect(docs), strict=True)
        for query in make_queries(doc, mentions, organisms)
    ]
    candidates = retrieve(queries, max(k, retrieved))
    if rerank is None:
        return [
            decide_by_retrieval(query.mention, found, retrieval_probability(found), min_probability)
            for query, found in zip(queries, candidates, strict=True)
        ]
    pairs = list(zip(queries, candidates, strict=True))
    asked = [settled is None or not settled(query, found) for query, found in pairs]
    open_pairs = [pair for pair, ask in zip(pairs, asked, strict=True) if ask]
    rankings = iter(rerank([query for query, _ in open_pairs], [found[:k] for _, found in open_pairs]))
    return [
        decide_by_ranking(query.mention, found, next(rankings), min_probability)
        if ask
        else decide_by_retrieval(query.mention, found, retrieval_probability(found), min_probability)
        for (query, found), ask in zip(pairs, asked, strict=True)
    ]


def make_queries(doc: Document, mentions: Sequence[Mention], organisms: Sequence[str] = ()) -> list[Query]:
    """Put each mention into its context, with all that the document says of how it may be written.

    The abbreviations that the document defines are written out, name variants are added, and gene mentions
    get their likely organisms.

    Args:
        doc: where the mentions stand.
        mentions: of the document.
        organisms: CURIEs of the only organisms that genes may be of, the likeliest first; empty allows all.
    """
    if not mentions:
        return []
    pairs = find_abbreviations(doc.text)
    expansions = [expand(mention.text, pairs, mention.spans[0].start) for mention in mentions]
    variants = name_variants(doc, mentions, expansions)
    taxa = organisms_of(doc, mentions, organisms)
    return [
        Query(mention, context(doc, mention), expansion, others, likely)
        for mention, expansion, others, likely in zip(mentions, expansions, variants, taxa, strict=True)
    ]


def decide_by_retrieval(
    mention: Mention, candidates: tuple[Candidate, ...], probability: float, min_probability: float
) -> Decision:
    """Choose retrieval's first candidate, or none where it is too improbable or there is none."""
    if not candidates:
        return Decision(mention, (), Nil(), 1.0 - probability, "retrieved")
    stage: Stage = "exact" if candidates[0].source == "exact" else "retrieved"
    if probability < min_probability:
        return Decision(mention, candidates, Nil(), 1.0 - probability, stage)
    return Decision(mention, candidates, Linked((candidates[0].concept_id,)), probability, stage)


def decide_by_ranking(
    mention: Mention, candidates: tuple[Candidate, ...], ranking: Ranking | Failed, min_probability: float
) -> Decision:
    """Choose what the re-ranker finds most probable, or none where that is more probable than not.

    Equal probabilities keep retrieval's order.

    The decision's candidates are those the re-ranker saw by falling probability, then the rest as
    retrieval ordered them.
    """
    if isinstance(ranking, Failed):
        return Decision(mention, candidates, ranking, 0.0, "reranked")
    seen = len(ranking.probabilities)
    order = sorted(range(seen), key=lambda i: -ranking.probabilities[i])
    ordered = tuple(candidates[i] for i in order) + candidates[seen:]
    best = ranking.probabilities[order[0]] if order else 0.0
    if not order or ranking.none_probability > LEAST_NONE or best < min_probability:
        return Decision(mention, ordered, Nil(), ranking.none_probability, "reranked")
    return Decision(mention, ordered, Linked((ordered[0].concept_id,)), best, "reranked")
