"""Every way in which gold and decisions do not fit is counted and shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from belink.evaluate.alignment import DataProblem
from belink.evaluate.summary import Evaluation, evaluate
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Candidate, Decision, Document, Linked, Span

Make = Callable[..., Document]
Decide = Callable[..., Decision]


@pytest.fixture
def doc(document: Make) -> Document:
    """Two mentions: breast cancer at 0-13, flu at 16-19."""
    return document("d", ("breast cancer", "K:2"), ("flu", "K:3"))


def full(gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary) -> Evaluation:
    return evaluate(gold, decisions, protocol="full", vocabulary=vocabulary, samples=10)


def problem(evaluation: Evaluation, kind: str) -> DataProblem:
    (found,) = [p for p in evaluation.problems if p.kind == kind]
    return found


def kinds(evaluation: Evaluation) -> set[str]:
    return {p.kind for p in evaluation.problems}


def moved(decision: Decision, by: int, longer: int = 0) -> Decision:
    spans = tuple(Span(s.start + by, s.end + by + longer) for s in decision.mention.spans)
    return replace(decision, mention=replace(decision.mention, spans=spans))


def test_perfect_decisions_have_no_problems(doc: Document, decision: Decide, vocabulary: Vocabulary) -> None:
    """Nothing is reported where everything fits."""
    evaluation = full([doc], [decision(doc, 0, "K:2", "K:2"), decision(doc, 1, "K:3", "K:3")], vocabulary)
    assert evaluation.problems == ()
    assert evaluation.accuracy.value == 1


def test_decisions_of_other_documents_are_reported(
    doc: Document, document: Make, decision: Decide, vocabulary: Vocabulary
) -> None:
    """The document of the gold has no decision, and the decision has no document."""
    other = document("other", ("flu", "K:3"))
    evaluation = full([doc], [decision(other, 0, "K:3")], vocabulary)
    assert evaluation.accuracy.value == 0
    assert problem(evaluation, "decision of unknown document").examples == ("document other at 0-3 'flu'",)
    assert problem(evaluation, "gold document without decisions").examples == ("d (2 mentions)",)


@pytest.mark.parametrize("by", [1, -1])
def test_offsets_off_by_one_are_recognised(
    by: int, document: Make, decision: Decide, vocabulary: Vocabulary
) -> None:
    """The shift is named, the mention counts as wrong."""
    doc = document("d", ("cancer", "K:1"), ("flu", "K:3"))
    evaluation = full([doc], [decision(doc, 0, "K:1"), moved(decision(doc, 1, "K:3"), by)], vocabulary)
    assert f"{by:+d} from the gold" in problem(evaluation, "shifted offsets").examples[0]
    assert evaluation.accuracy.value == 1 / 2


def test_other_boundaries_are_reported(doc: Document, decision: Decide, vocabulary: Vocabulary) -> None:
    """A decision on "flu" that is one character longer overlaps the gold mention."""
    longer = moved(decision(doc, 1, "K:3"), 0, longer=1)
    longer = replace(longer, mention=replace(longer.mention, text="flu "))
    evaluation = full([doc], [longer], vocabulary)
    assert problem(evaluation, "different boundaries").count == 1


def test_a_decision_where_the_gold_has_nothing_is_reported(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """It changes no figure of given spans."""
    both = [decision(doc, 0, "K:2"), decision(doc, 1, "K:3")]
    evaluation = full([doc], [*both, moved(decision(doc, 1, "K:3"), 100)], vocabulary)
    assert problem(evaluation, "decision without gold mention").count == 1
    assert evaluation.accuracy.value == 1


def test_of_repeated_decisions_the_first_counts(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """A second, right answer does not help a first, wrong one."""
    evaluation = full([doc], [decision(doc, 1, "K:1"), decision(doc, 1, "K:3")], vocabulary)
    assert problem(evaluation, "repeated decision").count == 1
    assert evaluation.accuracy.value == 0


def test_a_missing_decision_is_wrong(doc: Document, decision: Decide, vocabulary: Vocabulary) -> None:
    """Leaving out the hard mention does not raise accuracy."""
    evaluation = full([doc], [decision(doc, 0, "K:2")], vocabulary)
    assert evaluation.accuracy.value == 1 / 2
    assert problem(evaluation, "gold mention without decision").examples == ("document d at 16-19 'flu'",)


def test_ids_of_another_vocabulary_are_reported(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """They are wrong, and shown."""
    evaluation = full([doc], [decision(doc, 0, "OTHER:1"), decision(doc, 1, "OTHER:2")], vocabulary)
    found = problem(evaluation, "unknown predicted id")
    assert found.count == 2
    assert found.examples[0].startswith("OTHER:1, document d")


def test_gold_of_another_vocabulary_is_reported(document: Make, vocabulary: Vocabulary) -> None:
    """Nothing is left to score, and the report says why."""
    evaluation = full([document("d", ("flu", "MESH:D007251"))], [], vocabulary)
    assert evaluation.n == 0
    assert "MESH:D007251" in problem(evaluation, "no gold in knowledge base").examples[0]


@pytest.mark.parametrize("protocol", ["full", "nil", "end-to-end", "unseen"])
def test_an_empty_gold_gives_zeros_and_says_so(protocol: str, document: Make, vocabulary: Vocabulary) -> None:
    """No division by zero, no exception, one problem."""
    train = [document("t", ("flu", "K:3"))]
    evaluation = evaluate([document("d")], [], protocol=protocol, vocabulary=vocabulary, train=train)  # type: ignore[arg-type]
    assert kinds(evaluation) == {"empty gold"}
    assert (evaluation.n, evaluation.accuracy.value, evaluation.recall[0].value, evaluation.mrr.value) == (
        0,
        0,
        0,
        0,
    )


def test_no_documents_at_all_are_an_empty_gold(vocabulary: Vocabulary) -> None:
    """An empty file is not a perfect score."""
    assert kinds(full([], [], vocabulary)) == {"empty gold"}


def test_a_repeated_gold_document_is_merged(doc: Document, decision: Decide, vocabulary: Vocabulary) -> None:
    """Its mentions count once."""
    evaluation = full([doc, doc], [decision(doc, 0, "K:2"), decision(doc, 1, "K:3")], vocabulary)
    assert evaluation.n == 2
    assert kinds(evaluation) == {"repeated gold document", "repeated gold annotation"}


def test_a_decision_of_another_type_is_reported(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """A gene where the gold has a disease does not count for the disease."""
    given = decision(doc, 1, "K:3")
    gene = replace(given, mention=replace(given.mention, type="Gene"))
    evaluation = full([doc], [gene], vocabulary)
    assert "'Gene', gold: 'Disease'" in problem(evaluation, "different type").examples[0]


def test_a_decision_without_a_type_fits(doc: Document, decision: Decide, vocabulary: Vocabulary) -> None:
    """Files that know no types can be scored."""
    given = decision(doc, 1, "K:3")
    untyped = replace(given, mention=replace(given.mention, type=""))
    assert full([doc], [untyped], vocabulary).accuracy.value == 1 / 2


def test_a_decision_with_another_text_is_scored_and_reported(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """Spans decide; a text that differs hints at another version of the document."""
    given = decision(doc, 1, "K:3")
    other = replace(given, mention=replace(given.mention, text="flue"))
    evaluation = full([doc], [other], vocabulary)
    assert evaluation.accuracy.value == 1 / 2
    assert problem(evaluation, "different text").count == 1


@pytest.mark.parametrize("probability", [1.7, -0.2, math.nan])
def test_a_probability_out_of_range_is_reported(
    probability: float, doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """It is kept within [0, 1], so that no figure of calibration leaves its range."""
    evaluation = full([doc], [decision(doc, 0, "K:2", probability=probability)], vocabulary)
    assert problem(evaluation, "probability out of range").count == 1
    assert 0 <= evaluation.calibration.brier <= 1


def test_examples_are_few_and_counts_complete(document: Make, vocabulary: Vocabulary) -> None:
    """Of nine documents without decisions five are named."""
    docs = [document(f"d{i}", ("flu", "K:3")) for i in range(9)]
    found = problem(full(docs, [], vocabulary), "gold document without decisions")
    assert (found.count, len(found.examples)) == (9, 5)


def test_a_tie_is_broken_by_id_whatever_order_the_system_wrote(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """K:3 written first among equals is second by id, so recall@1 does not count it."""
    given = decision(doc, 1, "K:3")
    tied = tuple(Candidate(id_, id_, id_, 0.8, "lexical") for id_ in ("K:3", "K:1"))
    evaluation = full([doc], [replace(given, candidates=tied)], vocabulary)
    assert evaluation.recall[0].value == 0
    assert evaluation.recall[1].value == 1 / 2


def test_a_reranker_may_order_what_retrieval_left_tied(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """Scores are retrieval's; the order of a re-ranked decision is its answer."""
    given = decision(doc, 1, "K:3", stage="reranked")
    tied = tuple(Candidate(id_, id_, id_, 0.8, "lexical") for id_ in ("K:3", "K:1"))
    assert full([doc], [replace(given, candidates=tied)], vocabulary).recall[0].value == 1 / 2


def test_candidates_without_scores_keep_their_order(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """A foreign file without scores is not a tie from top to bottom."""
    given = decision(doc, 1, "K:3")
    unscored = tuple(Candidate(id_, id_, id_, 0.0, "lexical") for id_ in ("K:3", "K:1"))
    assert full([doc], [replace(given, candidates=unscored)], vocabulary).recall[0].value == 1 / 2


def test_a_concept_counts_at_its_first_place_among_the_candidates(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """K:old is K:2, so the second candidate repeats the first and the gold is second, not third."""
    given = decision(doc, 1, "K:2", "K:2 K:old K:3")
    evaluation = full([doc], [given], vocabulary)
    assert evaluation.mrr.value == (1 / 2) / 2


def test_retired_predicted_ids_are_mapped(doc: Document, decision: Decide, vocabulary: Vocabulary) -> None:
    """Predicting K:old for K:2 is right."""
    evaluation = full([doc], [decision(doc, 0, "K:old", "K:old")], vocabulary)
    assert evaluation.accuracy.value == 1 / 2
    assert evaluation.recall[0].value == 1 / 2


def test_an_id_that_was_split_is_not_strictly_right(doc: Document, decision: Decide) -> None:
    """A retired id that became K:2 and K:1 says too much for gold K:2: lenient, not strict."""

    def resolve(id_: str) -> tuple[str, ...]:
        return ("K:1", "K:2") if id_ == "K:split" else (id_,)

    evaluation = full([doc], [decision(doc, 0, "K:split")], Vocabulary(resolve))
    assert (evaluation.accuracy.value, evaluation.lenient.value) == (0, 1 / 2)


def test_the_order_of_decisions_does_not_matter(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """Two decisions in either order give the same evaluation."""
    made = [decision(doc, 0, "K:1", "K:1 K:2"), decision(doc, 1, "K:3", "K:3")]
    assert full([doc], made, vocabulary) == full([doc], made[::-1], vocabulary)


def test_decisions_of_other_types_are_passed_over(
    doc: Document, decision: Decide, vocabulary: Vocabulary
) -> None:
    """Scoring diseases says nothing of the genes a system found besides."""
    given = moved(decision(doc, 0, "K:2"), 50)
    gene = replace(given, mention=replace(given.mention, type="Gene"))
    found = evaluate(
        [doc],
        [decision(doc, 0, "K:2"), decision(doc, 1, "K:3"), gene],
        protocol="full",
        vocabulary=vocabulary,
        entity_type="Disease",
        samples=10,
    )
    assert found.problems == ()
    assert isinstance(gene.verdict, Linked)
