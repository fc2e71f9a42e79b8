from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from belink.errors import ModelError
from belink.rerank.weighing import TypeWeights, Weighing, read_weighing, write_weighing
from belink.train.examples import Example
from belink.train.fit_weighing import NEVER, Judged, fit_weighing
from belink.types import Candidate, Context, Mention, Query, Ranking, Span


def make_query(type_: str = "Disease") -> Query:
    return Query(Mention("d", (Span(0, 2),), "DM", type_), Context("DM", Span(0, 2)))


def make_candidates(*scores: float) -> tuple[Candidate, ...]:
    return tuple(Candidate(f"X:{i}", "a", "a", score, "lexical") for i, score in enumerate(scores))


def weighing(model: float = 1.0, retrieval: float = 1.0, none: float = 0.0, gate: float = NEVER) -> Weighing:
    return Weighing({"": TypeWeights(model, retrieval, none, gate)})


def test_model_alone() -> None:
    """With no weight on retrieval and weight 1 on the model its probabilities come back."""
    ranking = Ranking((0.2, 0.5), 0.3)
    found = weighing(retrieval=0.0).apply(ranking, make_candidates(0.9, 0.1), "Disease")
    assert found.probabilities == pytest.approx((0.2, 0.5))
    assert found.none_probability == pytest.approx(0.3)


def test_retrieval_alone() -> None:
    """With no weight on the model, odds are retrieval's odds: 9 to 1, 1 to 9, and 1 for none."""
    found = weighing(model=0.0).apply(Ranking((0.1, 0.9), 0.0), make_candidates(0.9, 0.1), "Disease")
    total = 9 + 1 / 9 + 1
    assert found.probabilities == pytest.approx((9 / total, 1 / 9 / total))
    assert found.none_probability == pytest.approx(1 / total)


def test_sure_scores() -> None:
    """Scores and probabilities of 0 and 1 give probabilities that are numbers and add up to 1."""
    found = weighing().apply(Ranking((1.0, 0.0), 0.0), make_candidates(1.0, 0.0), "Disease")
    assert sum(found.probabilities) + found.none_probability == pytest.approx(1.0)
    assert found.probabilities[0] > 0.99


def test_types() -> None:
    """A type has its own weights; others have those under ""."""
    both = Weighing({"": TypeWeights(1, 0, 0, 2), "Gene": TypeWeights(0, 1, 0, 2)})
    ranking, candidates = Ranking((0.1, 0.8), 0.1), make_candidates(0.9, 0.1)
    assert both.apply(ranking, candidates, "Gene").probabilities[0] > 0.5
    assert both.apply(ranking, candidates, "Disease").probabilities[0] == pytest.approx(0.1)
    with pytest.raises(ModelError, match='no weights for ""'):
        Weighing({"Gene": TypeWeights(1, 1, 1, 1)})


@pytest.mark.parametrize(
    ("scores", "settled"),
    [((0.97,), True), ((0.97, 0.02), True), ((0.97, 0.2), False), ((0.9, 0.01), False), ((), False)],
)
def test_gate(scores: tuple[float, ...], settled: bool) -> None:
    """The model is not asked where the first score reaches the gate and the second is below 1 - gate."""
    assert weighing(gate=0.95).settles(make_query(), make_candidates(*scores)) is settled


def test_round_trip(tmp_path: Path) -> None:
    """Weights written are the weights read."""
    write_weighing(tmp_path / "w.json", weighing(0.5, 0.25, -1.0, 0.9))
    assert read_weighing(tmp_path / "w.json") == weighing(0.5, 0.25, -1.0, 0.9)


def test_damaged(tmp_path: Path) -> None:
    """A file that holds no weights is an error that names it."""
    (tmp_path / "w.json").write_text("{}")
    with pytest.raises(ModelError, match=r"w\.json: no weights"):
        read_weighing(tmp_path / "w.json")


def judged(seed: int, n: int, type_: str = "Disease") -> list[Judged]:
    """Draw examples of three options whose odds are the model's odds times retrieval's odds squared."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        model = rng.dirichlet([1.0] * 4)
        scores = np.sort(rng.uniform(0.05, 0.95, 3))[::-1]
        odds = np.append(model[:3] * (scores / (1 - scores)) ** 2, model[3])
        right = rng.choice(4, p=odds / odds.sum())
        example = Example(
            "c", make_query(type_), make_candidates(*scores.tolist()), (f"X:{right}",), ("",) * 3
        )
        found.append(Judged(example, Ranking(tuple(model[:3].tolist()), float(model[3]))))
    return found


def test_fit() -> None:
    """The weights that made the answers are found again."""
    weights = fit_weighing(judged(1, 1500), []).of("Disease")
    assert weights.model == pytest.approx(1.0, abs=0.15)
    assert weights.retrieval == pytest.approx(2.0, abs=0.25)
    assert weights.none == pytest.approx(0.0, abs=0.3)


def test_rare_type() -> None:
    """A type with too few examples has the pooled weights."""
    fitted = fit_weighing([*judged(1, 200), *judged(2, 20, "Gene")], [])
    assert set(fitted.weights) == {"", "Disease"}
    assert fitted.of("Gene") == fitted.weights[""]


def test_gate_costs_little() -> None:
    """The gate that is fitted loses at most the share of accuracy that was allowed."""
    items = judged(3, 800)
    fitted = fit_weighing(judged(4, 800), items, most_lost=0.01)
    always = gated = 0
    for item in items:
        ranking = fitted.apply(item.ranking, item.example.candidates, "Disease")
        asked = item.right[int(np.argmax(ranking.probabilities))]
        always += asked
        gated += item.right[0] if fitted.settles(item.example.query, item.example.candidates) else asked
    assert fitted.of("Disease").gate < 1
    assert gated >= always - 8
