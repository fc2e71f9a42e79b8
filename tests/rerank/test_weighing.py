from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from belink.errors import ConfigError, ModelError
from belink.precision import OperatingPoint
from belink.rerank.weighing import (
    TypeWeights,
    Weighing,
    options_shown,
    read_weighing,
    write_weighing,
)
from belink.train.examples import Example
from belink.train.fit_weighing import ALWAYS, NEVER, Judged, Running, fit_cut, fit_weighing
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
    """With no weight on the model, odds are retrieval's scores: 0.8 to 0.1, and what is added for none."""
    only_retrieval = weighing(model=0.0, none=float(np.log(0.1)))
    found = only_retrieval.apply(Ranking((0.1, 0.9), 0.0), make_candidates(0.8, 0.1), "Disease")
    assert found.probabilities == pytest.approx((0.8, 0.1))
    assert found.none_probability == pytest.approx(0.1)


def test_sure_scores() -> None:
    """Scores and probabilities of 0 and 1 give probabilities that are numbers and add up to 1."""
    found = weighing().apply(Ranking((1.0, 0.0), 0.0), make_candidates(1.0, 0.0), "Disease")
    assert sum(found.probabilities) + found.none_probability == pytest.approx(1.0)
    assert found.probabilities[0] > 0.99


def test_types() -> None:
    """A type has its own weights; others have those under ""."""
    both = Weighing({"": TypeWeights(1, 0, 0, 2), "Gene": TypeWeights(0, 1, -2, 2)})
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
    points = {"Gene": (OperatingPoint(0.0, 0.5, 1.0), OperatingPoint(0.9, 0.96, 0.4))}
    written = Weighing({"": TypeWeights(0.5, 0.25, -1.0, 0.9, cut=0.05)}, points)
    write_weighing(tmp_path / "w.json", written)
    assert read_weighing(tmp_path / "w.json") == written


@pytest.mark.parametrize(
    ("scores", "cut", "shown"),
    [
        ((0.6, 0.3, 0.05, 0.04), 0.0, 4),
        ((0.6, 0.3, 0.05, 0.04), 0.03, 4),
        ((0.6, 0.3, 0.05, 0.04), 0.05, 3),
        ((0.6, 0.3, 0.05, 0.04), 0.2, 2),
        ((0.99, 0.001, 0.0), 0.1, 2),
        ((0.99,), 0.1, 1),
        ((), 0.1, 0),
    ],
)
def test_options_shown(scores: tuple[float, ...], cut: float, shown: int) -> None:
    """The last options are left out while their scores add up to at most the cut, but two always stay."""
    assert options_shown(scores, cut) == shown


POINTS = tuple(OperatingPoint(*each) for each in ((0.0, 0.8, 1.0), (0.5, 0.95, 0.7), (0.9, 0.98, 0.3)))


def test_threshold() -> None:
    """The lowest threshold that reached a precision is taken; a type without points has those of all."""
    measured = Weighing({"": TypeWeights(1, 1, 0, 2)}, {"": POINTS, "Gene": POINTS[:1]})
    assert [measured.threshold("Disease", target) for target in (0.7, 0.95, 0.96)] == [0.0, 0.5, 0.9]
    assert measured.threshold("Gene", 0.8) == 0.0


def test_threshold_out_of_reach() -> None:
    """A precision that no threshold reached is an error that says what was reached; so are no figures."""
    measured = Weighing({"": TypeWeights(1, 1, 0, 2)}, {"": POINTS})
    with pytest.raises(
        ConfigError, match=r"precision 0\.99 is not reached for Gene: at most 0\.980 was, for 30%"
    ):
        measured.threshold("Gene", 0.99)
    with pytest.raises(ConfigError, match="no measured precisions"):
        weighing().threshold("Gene", 0.5)


def test_damaged(tmp_path: Path) -> None:
    """A file that holds no weights is an error that names it."""
    (tmp_path / "w.json").write_text("{}")
    with pytest.raises(ModelError, match=r"w\.json: no weights"):
        read_weighing(tmp_path / "w.json")


def judged(seed: int, n: int, type_: str = "Disease") -> list[Judged]:
    """Draw examples of three options whose odds are the model's odds times retrieval's scores squared."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        model = rng.dirichlet([1.0] * 4)
        scores = np.sort(rng.uniform(0.05, 0.95, 3))[::-1]
        odds = np.append(model[:3] * scores**2, model[3] * 0.1)
        right = rng.choice(4, p=odds / odds.sum())
        example = Example(
            "c", make_query(type_), make_candidates(*scores.tolist()), (f"X:{right}",), ("",) * 3
        )
        found.append(Judged(example, Ranking(tuple(model[:3].tolist()), float(model[3]))))
    return found


def test_fit() -> None:
    """The weights that made the answers are found again."""
    weights = fit_weighing(judged(1, 500), []).of("Disease")
    assert weights.model == pytest.approx(1.0, abs=0.15)
    assert weights.retrieval == pytest.approx(2.0, abs=0.25)
    assert weights.none == pytest.approx(np.log(0.1), abs=0.3)


def test_rare_type() -> None:
    """A type with too few examples has the pooled weights."""
    fitted = fit_weighing([*judged(1, 200), *judged(2, 20, "Gene")], [])
    assert set(fitted.weights) == {"", "Disease"}
    assert fitted.of("Gene") == fitted.weights[""]


def of_documents(items: list[Judged], ranking: Callable[[Judged], Ranking]) -> list[Judged]:
    """Put each example into a document of its own, and let a model judge it."""
    return [
        Judged(
            replace(
                each.example,
                query=replace(
                    each.example.query,
                    mention=replace(each.example.query.mention, document_id=str(number)),
                ),
            ),
            ranking(each),
        )
        for number, each in enumerate(items)
    ]


def test_a_type_that_the_model_does_not_help_with_is_left_to_retrieval() -> None:
    """Weights that choose no better on the other half of the documents are not given to the model."""
    rng = np.random.default_rng(9)

    def guess(_: Judged) -> Ranking:
        *options, none = rng.dirichlet([1.0] * 4).tolist()
        return Ranking(tuple(options), none)

    helped = of_documents(judged(7, 200), lambda each: each.ranking)
    guessed = of_documents([each for each in judged(8, 200, "Gene") if each.right[0]], guess)
    fitted = fit_weighing([*helped, *guessed], [])
    assert fitted.of("Disease").model > 0
    assert (fitted.of("Gene").model, fitted.of("Gene").gate) == (0.0, 0.0)


def running(items: list[Judged]) -> list[Running]:
    """Take judged examples for mentions of running text."""
    return [Running(each.example, each.ranking) for each in items]


def test_gate_costs_little() -> None:
    """The gate that is fitted loses at most the share of accuracy that was allowed."""
    items = judged(3, 2000)
    fitted = fit_weighing(judged(4, 1000), running(items), most_lost=0.01)
    always = gated = 0
    for item in items:
        ranking = fitted.apply(item.ranking, item.example.candidates, "Disease")
        asked = item.right[int(np.argmax(ranking.probabilities))]
        always += asked
        gated += item.right[0] if fitted.settles(item.example.query, item.example.candidates) else asked
    assert fitted.of("Disease").gate < 1
    assert gated >= always - 20


def test_gate_costs_little_where_forms_are_new() -> None:
    """New forms are few in running text: a gate that is set by them too asks about more of them."""
    sure = Running(judged(5, 1)[0].example, None)
    new = running(judged(3, 1000))
    usual = fit_weighing(judged(4, 1000), [*new[:50], *[sure] * 2000]).of("Disease").gate
    both = fit_weighing(judged(4, 1000), [*new[:50], *[sure] * 2000], new).of("Disease").gate
    assert usual < both


def test_gate_counts_mentions_that_need_no_model() -> None:
    """What is allowed to be lost is a share of all mentions, those with a sure retrieval included."""
    items, sure = judged(3, 200), Running(judged(5, 1)[0].example, None)
    few = fit_weighing(judged(4, 1000), running(items), most_lost=0.01).of("Disease").gate
    many = fit_weighing(judged(4, 200), [*running(items), *[sure] * 800], most_lost=0.01).of("Disease").gate
    assert many < few


def test_gate_without_weight() -> None:
    """A model that is given no weight is never asked, and one that nothing is known of always is."""
    useless = [
        Judged(each.example, Ranking((1 / 4,) * 3, 1 / 4)) for each in judged(6, 100) if not each.right[3]
    ]
    fitted = fit_weighing([Judged(each.example, opposite(each)) for each in useless], [])
    assert fitted.of("Disease").model == 0.0
    assert fitted.of("Disease").gate == ALWAYS
    assert fitted.settles(make_query(), make_candidates(0.1, 0.1))
    assert fit_weighing(judged(4, 100), []).of("Disease").gate == NEVER


def opposite(each: Judged) -> Ranking:
    """Give the right option the least probability."""
    values = [0.01 if right else 0.33 for right in each.right]
    return Ranking(tuple(values[:-1]), values[-1])


def test_cut_costs_little() -> None:
    """A larger cut is chosen where more may be lost, and none where nothing may be."""
    items = judged(7, 300)
    cuts = [fit_cut(items, most_lost=lost) for lost in (0.0, 0.001, 0.5)]
    assert cuts[0] <= cuts[1] <= cuts[2] == 0.1
    assert fit_weighing(items, [], cut=0.05).of("Disease").cut == 0.05


def test_points() -> None:
    """Points say what share of the concepts given out is right, of what share of the mentions."""
    items = judged(8, 400)
    fitted = fit_weighing(judged(4, 200), running(items))
    first = fitted.points["Disease"][0]
    given_out = right = 0
    for item in items:
        if fitted.settles(item.example.query, item.example.candidates):
            given_out, right = given_out + 1, right + item.right[0]
            continue
        found = fitted.apply(item.ranking, item.example.candidates, "Disease")
        if found.none_probability <= 0.5:
            given_out += 1
            right += item.right[int(np.argmax(found.probabilities))]
    assert first == OperatingPoint(0.0, round(right / given_out, 4), round(given_out / 400, 4))
    coverages = [point.coverage for point in fitted.points["Disease"]]
    assert coverages == sorted(coverages, reverse=True)
    assert coverages[-1] >= 50 / 400
