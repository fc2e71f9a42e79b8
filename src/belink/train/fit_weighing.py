"""Fit how a re-ranker's and retrieval's evidence are weighed, on examples that neither was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from belink.rerank.readout import softmax
from belink.rerank.weighing import ANY_TYPE, TypeWeights, Weighing, evidence, is_settled
from belink.train.examples import Example
from belink.types import Ranking

NEVER = 2.0
"""A gate above every score: the model is always asked."""

MOST_LOST = 0.002
_LEAST_EXAMPLES = 60
_SHRINKAGE = 4.0
_GATES = tuple(
    np.round(np.concatenate([np.arange(0.5, 0.95, 0.05), np.arange(0.95, 1.0, 0.005)]), 3).tolist()
)


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


def fit_weighing(
    judged: Sequence[Judged], gate_by: Sequence[Judged], *, most_lost: float = MOST_LOST
) -> Weighing:
    """Fit weights for each type with at least 60 examples, and for all others those of all examples.

    The likelihood of the right options is maximised; a type's weights are drawn towards the pooled ones. The
    gate is the lowest that is expected to lose at most `most_lost` of the accuracy of always asking.

    Args:
        judged: to fit the weights by: examples the model was not trained on; those without options do not
            count.
        gate_by: to set the gates by: examples that nothing of retrieval was fitted on either (dev).
        most_lost: share of the examples, in [0, 1].
    """
    judged = [each for each in judged if each.ranking.probabilities]
    pooled = _fit(judged, None)
    weights = {ANY_TYPE: replace(pooled, gate=_gate(gate_by, pooled, most_lost))}
    for type_ in sorted({each.example.query.mention.type for each in judged}):
        of_type = [each for each in judged if each.example.query.mention.type == type_]
        if len(of_type) >= _LEAST_EXAMPLES:
            fitted = _fit(of_type, pooled)
            gate_by_type = [each for each in gate_by if each.example.query.mention.type == type_]
            weights[type_] = replace(fitted, gate=_gate(gate_by_type, fitted, most_lost))
    return Weighing(weights)


def _fit(judged: Sequence[Judged], prior: TypeWeights | None) -> TypeWeights:
    centre = np.array([1.0, 0.3, 0.0] if prior is None else [prior.model, prior.retrieval, prior.none])

    def loss(values: NDArray[np.float64]) -> float:
        model, retrieval, none = values.tolist()
        weights = TypeWeights(model, retrieval, none, NEVER)
        likelihood = sum(float(np.log(max(_probability_right(each, weights), 1e-9))) for each in judged)
        return -likelihood + _SHRINKAGE * float(((values - centre) ** 2).sum())

    found = minimize(loss, centre, method="L-BFGS-B", bounds=[(0.0, 5.0), (0.0, 5.0), (-20.0, 20.0)])
    model, retrieval, none = (round(float(value), 4) for value in found.x)
    return TypeWeights(model, retrieval, none, gate=NEVER)


def _probability_right(each: Judged, weights: TypeWeights) -> float:
    return float(_weighed(each, weights)[each.right].sum())


def _weighed(each: Judged, weights: TypeWeights) -> NDArray[np.float64]:
    probabilities = [*each.ranking.probabilities, each.ranking.none_probability]
    return softmax(evidence(probabilities, each.scores, weights))


def _gate(judged: Sequence[Judged], weights: TypeWeights, most_lost: float) -> float:
    """Give the lowest gate that costs little, `NEVER` where every one costs more.

    What is lost where the model is not asked is expected, not counted: the weighed probability of the best
    option less that of retrieval's first. Counts of some hundred examples would be too coarse.
    """
    judged = [each for each in judged if each.ranking.probabilities]
    if not judged:
        return NEVER
    weighed = [_weighed(each, weights)[:-1] for each in judged]
    lost = np.array([float(found.max() - found[0]) for found in weighed])
    for gate in _GATES:
        settled = np.array([is_settled(each.scores, gate) for each in judged])
        if float((lost * settled).mean()) <= most_lost:
            return float(gate)
    return NEVER
