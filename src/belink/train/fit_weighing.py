"""Fit how a re-ranker's and retrieval's evidence are weighed, on examples that neither was fitted on.

What decides how fast and how sure the pipeline is (the gates, the points a user may work at) is set on
running text: all mentions of some documents, the frequent ones as often as they stand there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha1

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from belink.link import LEAST_NONE
from belink.precision import OperatingPoint
from belink.rerank.readout import softmax
from belink.rerank.weighing import (
    ANY_TYPE,
    TypeWeights,
    Weighing,
    evidence,
    is_settled,
    options_shown,
)
from belink.train.examples import Example
from belink.train.points import operating_points
from belink.types import Ranking

NEVER = 2.0
"""A gate above every score: the model is always asked."""

ALWAYS = 0.0
"""A gate that all scores pass: the model is never asked."""

MOST_LOST = 0.001
"""Accuracy that the gates may cost, and as much again the cut: together at most 0.2 points."""

RETRIEVAL_ALONE = TypeWeights(model=0.0, retrieval=1.0, none=0.0, gate=NEVER)
"""Of a type of mention that the model does not help with."""

_LEAST_EXAMPLES = 60
_SHRINKAGE = 4.0
_LEAST_LIKELIHOOD = -20.0
_GATES = tuple(np.round(np.arange(0.3, 0.996, 0.005), 3).tolist())
_CUTS = (0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0.002, 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """An example with the model's ranking of its first candidates; "none" is right where no option is."""

    example: Example
    ranking: Ranking

    @property
    def scores(self) -> list[float]:
        """Give retrieval's scores of the options."""
        return [each.score for each in self.example.candidates[: len(self.ranking.probabilities)]]

    @property
    def right(self) -> list[bool]:
        """Tell for each option and "none" whether it is right."""
        options = self.example.candidates[: len(self.ranking.probabilities)]
        right = [each.concept_id in self.example.gold for each in options]
        return [*right, not any(right)]


@dataclass(frozen=True, slots=True)
class Running:
    """A mention of running text; `ranking` is None where retrieval is so sure that no gate would ask."""

    example: Example
    ranking: Ranking | None

    @property
    def judged(self) -> list[Judged]:
        """Give the example as judged, where the model was asked and had options."""
        return [Judged(self.example, self.ranking)] if self.ranking and self.ranking.probabilities else []


def fit_cut(judged: Sequence[Judged], *, most_lost: float = MOST_LOST) -> float:
    """Give the largest `TypeWeights.cut` that costs little; expected, as `_gate` expects what it costs.

    Args:
        judged: examples that were asked without a cut.
        most_lost: share of the examples, in [0, 1], that may be decided wrongly for the cut.
    """
    judged = [each for each in judged if each.ranking.probabilities]
    weighing = Weighing(_fit_types(judged))
    pairs = [(each.scores, _weighed(each, weighing.of(_type(each)))[:-1]) for each in judged]
    for cut in _CUTS:
        lost = [found.max() - found[: options_shown(scores, cut)].max() for scores, found in pairs]
        if sum(lost) <= most_lost * len(pairs):
            return cut
    return 0.0


def fit_weighing(
    judged: Sequence[Judged],
    running: Sequence[Running],
    unseen: Sequence[Running] = (),
    *,
    cut: float = 0.0,
    most_lost: float = MOST_LOST,
) -> Weighing:
    """Fit weights for each type with at least 60 examples, and for all others those of all examples.

    The likelihood of the right options is maximised; a type's weights are drawn towards the pooled ones. A
    type for which weights of one half of the documents choose no better than retrieval in the other gives
    the model none. The gate is the lowest that is expected to lose at most `most_lost` of the accuracy of
    always asking, on running text and on unseen forms alike; where the model has no weight it is never asked.

    Args:
        judged: to fit the weights by: examples the model was not trained on; those without options do not
            count.
        running: to set the gates and measure the points by: the mentions of documents that nothing of
            retrieval was fitted on either (dev).
        unseen: to set the gates by as well: forms of these documents that no training document has, once
            each; without them retrieval would decide too much of what is new, which is rare in running text.
        cut: what the options of both were cut by.
        most_lost: share of the mentions of each, in [0, 1].
    """
    judged = [each for each in judged if each.ranking.probabilities]
    by_type, new = _by_type(running), _by_type(unseen)

    def gate(type_: str, each: TypeWeights) -> float:
        usual = _gate(by_type.get(type_, []), each, most_lost)
        return max(usual, _gate(new[type_], each, most_lost)) if type_ in new and unseen else usual

    fitted = _fit_types(judged)
    weights = {type_: replace(each, gate=gate(type_, each), cut=cut) for type_, each in fitted.items()}
    weighing = Weighing(weights)
    return Weighing(weights, {type_: _points(found, weighing) for type_, found in sorted(by_type.items())})


def _by_type(some: Sequence[Running]) -> dict[str, list[Running]]:
    """Give the mentions of each type, and all of them."""
    found: dict[str, list[Running]] = {ANY_TYPE: list(some)}
    for each in some:
        found.setdefault(_type(each), []).append(each)
    return found


def _fit_types(judged: Sequence[Judged]) -> dict[str, TypeWeights]:
    """Fit weights for all types together and for those with enough examples."""
    fitted = {ANY_TYPE: _fit(judged, None)}
    for type_ in sorted({_type(each) for each in judged}):
        of_type = [each for each in judged if _type(each) == type_]
        if len(of_type) >= _LEAST_EXAMPLES:
            helps = _helps(of_type, fitted[ANY_TYPE])
            fitted[type_] = _fit(of_type, fitted[ANY_TYPE]) if helps else RETRIEVAL_ALONE
    return fitted


def _helps(judged: Sequence[Judged], prior: TypeWeights) -> bool:
    """Tell whether more options are right by weights of the other half of the documents than by retrieval."""
    halves: tuple[list[Judged], list[Judged]] = ([], [])
    for each in judged:
        halves[sha1(each.example.query.mention.document_id.encode()).digest()[0] % 2].append(each)
    if not all(halves):
        return True
    gained = 0
    for asked, others in (halves, halves[::-1]):
        weights = _fit(others, prior)
        chosen = [int(np.argmax(_weighed(each, weights)[:-1])) for each in asked]
        gained += sum(each.right[best] - each.right[0] for each, best in zip(asked, chosen, strict=True))
    return gained > 0


def _type(each: Judged | Running) -> str:
    return each.example.query.mention.type


@dataclass(frozen=True, slots=True)
class _Table:
    """Examples side by side, `E` examples of at most `N` options with "none"; all [E, N].

    `asked` and `retrieved` are the logarithms of the model's probabilities and of retrieval's scores, `none`
    is 1 at "none"; `right` and `there` tell which options are right, and which exist.
    """

    asked: NDArray[np.float64]
    retrieved: NDArray[np.float64]
    none: NDArray[np.float64]
    right: NDArray[np.bool_]
    there: NDArray[np.bool_]

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> _Table:
        shape = len(judged), max(len(each.right) for each in judged)
        asked, retrieved, none = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        right, there = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        for row, each in enumerate(judged):
            n = len(each.right)
            probabilities = [*each.ranking.probabilities, each.ranking.none_probability]
            asked[row, :n] = evidence(probabilities, each.scores, TypeWeights(1.0, 0.0, 0.0, NEVER))
            retrieved[row, :n] = evidence(probabilities, each.scores, TypeWeights(0.0, 1.0, 0.0, NEVER))
            none[row, n - 1] = 1.0
            right[row, :n], there[row, :n] = each.right, True
        return cls(asked, retrieved, none, right, there)

    def likelihood(self, model: float, retrieval: float, none: float) -> float:
        """Give the logarithm of the probability of the right options, over all examples."""
        values = model * self.asked + retrieval * self.retrieved + none * self.none
        every = logsumexp(np.where(self.there, values, -np.inf), axis=1)
        right = logsumexp(np.where(self.right, values, -np.inf), axis=1)
        return float(np.maximum(right - every, _LEAST_LIKELIHOOD).sum())


def _fit(judged: Sequence[Judged], prior: TypeWeights | None) -> TypeWeights:
    centre = np.array([1.0, 0.3, 0.0] if prior is None else [prior.model, prior.retrieval, prior.none])
    table = _Table.of(judged)

    def loss(values: NDArray[np.float64]) -> float:
        return -table.likelihood(*values.tolist()) + _SHRINKAGE * float(((values - centre) ** 2).sum())

    found = minimize(loss, centre, method="L-BFGS-B", bounds=[(0.0, 5.0), (0.0, 5.0), (-20.0, 20.0)])
    model, retrieval, none = (round(float(value), 4) for value in found.x)
    return TypeWeights(model, retrieval, none, gate=NEVER)


def _weighed(each: Judged, weights: TypeWeights) -> NDArray[np.float64]:
    probabilities = [*each.ranking.probabilities, each.ranking.none_probability]
    return softmax(evidence(probabilities, each.scores, weights))


def _gate(running: Sequence[Running], weights: TypeWeights, most_lost: float) -> float:
    """Give the lowest gate that costs little, `NEVER` where every one costs more.

    What is lost where the model is not asked is expected, not counted: the weighed probability of the best
    option less that of retrieval's first. Counts of some hundred examples would be too coarse.
    """
    if weights.model == 0:
        return ALWAYS
    judged = [found for each in running for found in each.judged]
    if not judged:
        return NEVER
    weighed = [_weighed(each, weights)[:-1] for each in judged]
    lost = np.array([float(found.max() - found[0]) for found in weighed])
    for gate in _GATES:
        settled = np.array([is_settled(each.scores, gate) for each in judged])
        if float((lost * settled).sum()) <= most_lost * len(running):
            return float(gate)
    return NEVER


def _points(running: Sequence[Running], weighing: Weighing) -> tuple[OperatingPoint, ...]:
    """Measure thresholds as `link` would apply them."""
    outcomes = [outcome for each in running if (outcome := _outcome(each, weighing)) is not None]
    probabilities = np.array([probability for probability, _ in outcomes])
    right = np.array([is_right for _, is_right in outcomes], dtype=np.bool_)
    return operating_points(probabilities, right, np.ones(len(outcomes)), len(running))


def _outcome(each: Running, weighing: Weighing) -> tuple[float, bool] | None:
    """Give the probability of the concept that is given out and whether it is right; None for no concept."""
    example, ranking = each.example, each.ranking
    if not example.candidates:
        return None
    if ranking is None or weighing.settles(example.query, example.candidates):
        return example.candidates[0].score, example.place == 0
    found = weighing.apply(ranking, example.candidates, _type(each))
    if found.none_probability > LEAST_NONE:
        return None
    best = int(np.argmax(found.probabilities))
    return found.probabilities[best], example.candidates[best].concept_id in example.gold
