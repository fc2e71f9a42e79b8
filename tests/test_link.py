"""The pipeline, with fakes for its stages."""

from __future__ import annotations

from collections.abc import Sequence

from belink.link import Explanation, explain, link
from belink.rerank.explanation import GateReport
from belink.rerank.rerankers import setwise
from belink.retrieve.reasons import Reason
from belink.types import (
    Candidate,
    ChoiceModel,
    Decision,
    Detector,
    Document,
    Failed,
    Linked,
    Logits,
    Mention,
    Nil,
    Prompt,
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


class Asker:
    """A re-ranker that remembers what it was asked, and prefers the second candidate."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(
        self, queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]], /
    ) -> list[Ranking | Failed]:
        """Answer."""
        self.asked += [(query.mention.document_id, query.mention.text) for query in queries]
        return [Ranking((0.2, 0.7), 0.1) for _ in candidates]


def test_mentions_that_are_alike_are_asked_about_once_a_document() -> None:
    """One question decides an abbreviation, its long form and a repeated name, but no other document's."""
    ask = Asker()
    docs = [DOC, Document("2", DOC.text)]
    found = link(
        docs,
        detect=detect_words("DM", "myotonic dystrophy", "diabetes mellitus"),
        retrieve=retrieve_all,
        rerank=ask,
        retrieval_probability=lambda candidates: 0.7,
        k=2,
    )
    assert ask.asked == [
        (doc.id, text) for doc in docs for text in ("myotonic dystrophy", "diabetes mellitus")
    ]
    assert {(decision.verdict, decision.probability) for decision in found} == {
        (Linked(("MESH:D003920",)), 0.7)
    }
    assert len(found) == 6


def test_least_probability_of_a_type() -> None:
    """The least probability that is given out may depend on the mention's type."""
    for least, verdict in ((0.8, Nil()), (0.6, Linked(("MESH:D009223",)))):
        [decision] = link(
            [DOC],
            detect=detect_words("diabetes mellitus"),
            retrieve=retrieve_all,
            rerank=None,
            retrieval_probability=lambda candidates: 0.7,
            min_probability={"Disease": least}.__getitem__,
        )
        assert decision.verdict == verdict


def second_is_right(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
    return [Logits((0.0, 3.0, *[0.0] * (len(prompt.letters) - 2))) for prompt in prompts]


def fails(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
    return [Failed("down") for _ in prompts]


def no_reasons(
    queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]]
) -> list[tuple[Reason, ...]]:
    """Say the place of each candidate as its lexical rank, and nothing else."""
    return [tuple(reason(place) for place in range(len(found))) for found in candidates]


def reason(place: int) -> Reason:
    nothing = (None, None, None, None, None, None, None, None, None)
    return Reason(False, False, False, 0.0, place, *nothing, 0.0, 0)


def explained(model: ChoiceModel, *, sure: bool = False) -> list[Explanation]:
    return explain(
        [DOC],
        detect=detect_words("DM", "myotonic dystrophy"),
        retrieve=retrieve_all,
        rerank=setwise(model),
        retrieval_probability=lambda candidates: 0.7,
        reasons=no_reasons,
        k=2,
        gate=lambda query, candidates: GateReport(sure, 1.0, 0.9, 0.8),
    )


def test_explanation() -> None:
    """Each has `link`'s decision, the gate, the question, and reasons in the order of the candidates."""
    found = explained(second_is_right)
    plain = link(
        [DOC],
        detect=detect_words("DM", "myotonic dystrophy"),
        retrieve=retrieve_all,
        rerank=setwise(second_is_right),
        retrieval_probability=lambda candidates: 0.7,
        k=2,
    )
    assert [each.decision for each in found] == plain
    assert {each.gate for each in found} == {GateReport(False, 1.0, 0.9, 0.8)}
    assert found[0].question == found[1].question
    question = found[1].question
    assert question is not None
    assert question.mention == found[0].decision.mention
    assert [option.concept_id for option in question.options] == ["MESH:D009223", "MESH:D003920", None]
    assert question.options[1].probability == found[1].decision.probability
    assert [each.lexical_rank for each in found[0].reasons] == [1, 0, 2]


def test_explanation_where_the_model_is_not_asked() -> None:
    """Where retrieval is sure there is no question."""
    for each in explained(second_is_right, sure=True):
        assert (each.question, each.decision.stage) == (None, "retrieved")


def test_explanation_of_a_failure() -> None:
    """Where the model failed there is no question, and the decision says why."""
    for each in explained(fails):
        assert (each.question, each.decision.verdict) == (None, Failed("down"))
