"""The pipeline, with fakes for its stages."""

from __future__ import annotations

from collections.abc import Sequence

from belink.link import link
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
    Span,
)

KB = {
    "MESH:D009223": "Myotonic Dystrophy",
    "MESH:D003920": "Diabetes Mellitus",
    "MESH:D003924": "Diabetes Mellitus, Type 2",
}
DOC = Document("1", "Congenital myotonic dystrophy (DM) is rare. DM is not diabetes mellitus.")


def detect_words(*words: str) -> Detector:
    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        found = []
        for doc in docs:
            starts = [(doc.text.find(word), word) for word in words if word in doc.text]
            found.append(
                tuple(Mention(doc.id, (Span(s, s + len(w)),), w, "Disease") for s, w in sorted(starts))
            )
        return found

    return detect


def retrieve_all(queries: Sequence[Query], k: int) -> list[tuple[Candidate, ...]]:
    every = tuple(Candidate(i, name, name, 1 - n / 10, "lexical") for n, (i, name) in enumerate(KB.items()))
    return [every[:k] for _ in queries]


def retrieve_nothing(queries: Sequence[Query], k: int) -> list[tuple[Candidate, ...]]:
    return [() for _ in queries]


def rerank_with(ranking: Ranking | Failed) -> Reranker:
    return lambda queries, candidates: [ranking for _ in queries]


def decide(
    rerank: Reranker | None = None, *, min_probability: float = 0.0, retrieve: Retriever = retrieve_all
) -> Decision:
    return link(
        [DOC],
        detect=detect_words("diabetes mellitus"),
        retrieve=retrieve,
        rerank=rerank,
        retrieval_probability=lambda candidates: 0.7 if candidates else 0.0,
        k=2,
        retrieved=3,
        min_probability=min_probability,
    )[0]


def test_without_reranker_first_candidate_is_linked() -> None:
    """Retrieval's first candidate is given out with the calibrated probability."""
    decision = decide()
    assert decision.verdict == Linked(("MESH:D009223",))
    assert (decision.probability, decision.stage) == (0.7, "retrieved")


def test_decision_reports_more_candidates_than_were_asked() -> None:
    """`retrieved` candidates are reported although the re-ranker sees `k`."""
    assert len(decide().candidates) == 3


def test_improbable_link_is_nil() -> None:
    """Below `min_probability` the verdict is Nil, and its probability is that of no concept fitting."""
    decision = decide(min_probability=0.8)
    assert decision.verdict == Nil()
    assert abs(decision.probability - 0.3) < 1e-12


def test_nothing_retrieved_is_nil_with_certainty_of_retrieval() -> None:
    """No candidate means Nil."""
    decision = decide(retrieve=retrieve_nothing)
    assert (decision.verdict, decision.probability) == (Nil(), 1.0)


def test_reranker_reorders_only_what_it_saw() -> None:
    """The candidates the model saw come by falling probability, the rest keep their order behind them."""
    decision = decide(rerank_with(Ranking((0.2, 0.7), 0.1)))
    assert decision.verdict == Linked(("MESH:D003920",))
    assert [c.concept_id for c in decision.candidates] == ["MESH:D003920", "MESH:D009223", "MESH:D003924"]
    assert (decision.probability, decision.stage) == (0.7, "reranked")


def test_equal_probabilities_keep_retrieval_order() -> None:
    """A tie between options goes to the one that retrieval put first."""
    assert decide(rerank_with(Ranking((0.4, 0.4), 0.2))).verdict == Linked(("MESH:D009223",))


def test_none_of_these_wins() -> None:
    """Where "none" is more probable than not, the verdict is Nil with its probability."""
    decision = decide(rerank_with(Ranking((0.1, 0.3), 0.6)))
    assert (decision.verdict, decision.probability) == (Nil(), 0.6)
    decision = decide(rerank_with(Ranking((0.2, 0.3), 0.5)))
    assert (decision.verdict, decision.probability) == (Linked(("MESH:D003920",)), 0.3)


def test_settled_mentions_are_not_asked_about() -> None:
    """Where retrieval settles a mention, the re-ranker is not asked and retrieval's first stands."""
    asked: list[int] = []

    def rerank(
        queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]], /
    ) -> list[Ranking | Failed]:
        asked.append(len(queries))
        return [Ranking((0.0, 1.0), 0.0) for _ in queries]

    def run(settled: bool) -> Decision:
        return link(
            [DOC],
            detect=detect_words("diabetes mellitus"),
            retrieve=retrieve_all,
            rerank=rerank,
            retrieval_probability=lambda candidates: 0.7,
            k=2,
            settled=lambda query, candidates: settled,
        )[0]

    assert (run(True).stage, run(True).verdict) == ("retrieved", Linked(("MESH:D009223",)))
    assert (run(False).stage, run(False).verdict) == ("reranked", Linked(("MESH:D003920",)))
    assert asked == [0, 0, 1, 1]


def test_failure_stays_a_failure() -> None:
    """A re-ranker's failure is neither a link nor Nil."""
    decision = decide(rerank_with(Failed("server is down")))
    assert (decision.verdict, decision.probability) == (Failed("server is down"), 0.0)


def test_abbreviation_is_written_out_for_retrieval() -> None:
    """Retrieval sees the long form that the document defines."""
    seen: list[Query] = []

    def retrieve(queries: Sequence[Query], k: int) -> list[tuple[Candidate, ...]]:
        seen.extend(queries)
        return retrieve_all(queries, k)

    link(
        [DOC], detect=detect_words("DM"), retrieve=retrieve, rerank=None, retrieval_probability=lambda c: 1.0
    )
    assert [query.expansion for query in seen] == ["myotonic dystrophy"]


def test_no_documents_give_no_decisions() -> None:
    """An empty list is answered with an empty list."""
    assert (
        link(
            [],
            detect=detect_words("x"),
            retrieve=retrieve_all,
            rerank=None,
            retrieval_probability=lambda c: 1.0,
        )
        == []
    )
