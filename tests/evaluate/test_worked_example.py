from __future__ import annotations

from collections.abc import Callable

import pytest

from belink.evaluate.records import flat_record
from belink.evaluate.summary import Evaluation, evaluate
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Decision, Document

Make = Callable[..., Document]
Decide = Callable[..., Decision]


@pytest.fixture
def gold(document: Make) -> list[Document]:
    """Ten mentions with known gold in three documents."""
    return [
        document("d1", ("breast cancer", "K:2"), ("flu", "K:3"), ("Flu", "K:3"), ("BC", "K:4")),
        document("d2", ("breast and lung cancer", "K:2|K:1"), ("anemia", "K:5"), ("grippe", "K:3")),
        document("d3", ("tumour", "K:old"), ("rare thing", "K:99"), ("something", "")),
    ]


@pytest.fixture
def decisions(gold: list[Document], decision: Decide) -> list[Decision]:
    """Nine decisions: mention 1 of d3 has none."""
    d1, d2, d3 = gold
    return [
        decision(d1, 0, "K:2", "K:2 K:1", 0.95),  # right, rank 1
        decision(d1, 1, "K:3", "K:3", 0.90),  # right, rank 1
        decision(d1, 2, "", "K:1 K:3", 0.60),  # none: wrong, rank 2
        decision(d1, 3, "K:2", "K:2 K:4", 0.80),  # wrong, rank 2
        decision(d2, 0, "K:2", "K:2 K:5 K:1", 0.85),  # strict and lenient, not the exact set, rank 1
        decision(d2, 1, "K:5|K:3", "K:1 K:2 K:3 K:4 K:9 K:5", 0.40),  # lenient only, rank 6
        decision(d2, 2, None),  # failure: wrong, no candidates
        decision(d3, 0, "K:1", "K:1", 0.70),  # wrong, gold (K:old is now K:2) not found
        decision(d3, 2, "", "K:1", 0.50),  # none for a mention without gold id
    ]


def run(gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary, protocol: str) -> Evaluation:
    train = [Document("t", "flu")] if protocol.startswith("unseen") else []
    return evaluate(gold, decisions, protocol=protocol, vocabulary=vocabulary, train=train)  # type: ignore[arg-type]


def test_full_gets_the_figures_worked_out_on_paper(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary
) -> None:
    """Of ten mentions eight are in the knowledge base, and every figure follows by counting."""
    record = flat_record(run(gold, decisions, vocabulary, "full"), "K 1.0", seconds=3.0)
    assert record["n"] == 8
    assert record["left_out_no_identifier"] == 1  # "something"
    assert record["left_out_not_in_knowledge_base"] == 1  # "rare thing"
    assert record["accuracy@1"] == 3 / 8  # breast cancer, flu, breast and lung cancer
    assert record["lenient@1"] == 4 / 8  # and anemia
    assert record["exact_set@1"] == 2 / 8  # breast cancer, flu
    assert record["recall@1"] == 3 / 8
    assert record["recall@5"] == 5 / 8  # and Flu, BC at rank 2
    assert record["recall@10"] == 6 / 8  # and anemia at rank 6
    assert record["recall@20"] == 6 / 8
    assert record["mrr"] == pytest.approx((3 * 1 + 2 * 1 / 2 + 1 / 6) / 8)
    assert record["ids_recall@1"] == (2 + 1 / 2) / 8  # one of two gold ids of the composite mention
    assert record["ids_recall@5"] == (2 + 2 + 1) / 8
    assert record["mentions_per_s"] == 9 / 3
    assert record["kb"] == "K 1.0"


def test_probabilities_get_the_figures_worked_out_on_paper(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary
) -> None:
    """Calibration leaves the failure out; coverage counts it, and "none", as unanswered."""
    evaluation = run(gold, decisions, vocabulary, "full")
    squared = 0.05**2 + 0.1**2 + 0.6**2 + 0.8**2 + 0.15**2 + 0.4**2 + 0.7**2
    assert evaluation.calibration.brier == pytest.approx(squared / 7)
    # bins [.9, 1]: .95 and .90, both right; [.8, .9): .80 wrong and .85 right; [.7, .8): .70 wrong;
    # [.6, .7): .60 wrong; [.4, .5): .40 wrong
    gaps = abs(2 - 1.85) + abs(1 - 1.65) + 0.7 + 0.6 + 0.4
    assert evaluation.calibration.expected_calibration_error == pytest.approx(gaps / 7)
    # by probability: right, right, right, wrong, wrong, wrong, and two unanswered
    assert evaluation.risk.coverage_at(0.95) == 3 / 8
    assert evaluation.risk.coverage_at(0.70) == 4 / 8
    assert evaluation.risk.area == pytest.approx((0 + 0 + 0 + 1 / 4 + 2 / 5 + 3 / 6 + 4 / 7 + 5 / 8) / 8)


def test_nil_gets_the_figures_worked_out_on_paper(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary
) -> None:
    """The verdict "none" fell on "Flu" and "something"; no gold have "something" and "rare thing"."""
    evaluation = run(gold, decisions, vocabulary, "nil")
    assert evaluation.n == 10
    assert evaluation.accuracy.value == 4 / 10  # the three of `full` and "something"
    assert evaluation.nil is not None
    assert evaluation.nil.precision == 1 / 2
    assert evaluation.nil.recall == 1 / 2
    assert evaluation.recall[-1].value == 6 / 8
    assert evaluation.recall[-1].n == 8


def test_unseen_gets_the_figures_worked_out_on_paper(
    gold: list[Document], decisions: list[Decision], document: Make, vocabulary: Vocabulary
) -> None:
    """With BC seen in training, breast cancer, flu (once), anemia, grippe and tumour are left."""
    train = [document("t", ("bc", "K:1"), ("other", "K:1"))]
    evaluation = evaluate(gold, decisions, protocol="unseen", vocabulary=vocabulary, train=train)
    assert evaluation.n == 5
    assert dict(evaluation.left_out) == {
        "form seen in training": 1,
        "composite": 1,
        "no identifier": 1,
        "not in knowledge base": 1,
        "repeated form": 1,
    }
    assert evaluation.accuracy.value == 2 / 5  # breast cancer, flu (the first one, which is right)
    by_mention = evaluate(gold, decisions, protocol="unseen-mentions", vocabulary=vocabulary, train=train)
    assert by_mention.n == 6
    assert by_mention.accuracy.value == 2 / 6


def test_end_to_end_gets_the_figures_worked_out_on_paper(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary
) -> None:
    """Nine (mention, id) pairs in the gold; seven were predicted, four of them right."""
    evaluation = run(gold, decisions, vocabulary, "end-to-end")
    found = evaluation.end_to_end
    assert found is not None
    # predicted: K:2 K:3 | K:2 (wrong) | K:2, K:5 K:3 (K:3 wrong) | K:1 (wrong)
    assert (found.strict.counts.true_positives, found.strict.counts.false_positives) == (4, 3)
    assert found.strict.counts.false_negatives == 9 - 4
    assert found.strict.precision.value == 4 / 7
    assert found.strict.recall.value == 4 / 9
    assert found.strict.f1.value == 2 * 4 / (7 + 9)
    # documents: gold d1 {2,3,4} d2 {2,1,5,3} d3 {2}; predicted d1 {2,3} d2 {2,5,3} d3 {1}
    assert found.document.precision.value == 5 / 6
    assert found.document.recall.value == 5 / 8
    assert found.detection_strict.recall.value == 9 / 10


def test_causes_are_those_worked_out_on_paper(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary
) -> None:
    """Each of the five errors has the step where it was lost and its kind."""
    cases = {
        case.mention.text: (case.step, case.kind) for case in run(gold, decisions, vocabulary, "full").errors
    }
    assert cases == {
        "Flu": ("answered none", "other"),
        "BC": ("not first in retrieval", "homonym"),
        "anemia": ("not first in retrieval", "other"),
        "grippe": ("failed", "other"),
        "tumour": ("missed by retrieval", "too broad"),
    }


def test_the_mention_without_a_decision_is_reported_and_wrong(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary
) -> None:
    """Nothing was decided on "rare thing", and one decision failed."""
    problems = {p.kind: p for p in run(gold, decisions, vocabulary, "nil").problems}
    assert problems["gold mention without decision"].count == 1
    assert "rare thing" in problems["gold mention without decision"].examples[0]
    assert problems["failed decision"].count == 1
