"""What a model and retrieval say, weighed into one probability; and when the model need not be asked.

An option's weight of evidence is `model * log p + retrieval * log s`, where p is the model's probability of
the option and s retrieval's score of it; that of "none" is `model * log p + none`. The probabilities are the
softmax of these: a logarithmic opinion pool (Genest and Zidek 1986, doi:10.1214/ss/1177013825) whose weights
were fitted as a conditional logit (McFadden 1974) on documents that the model was not trained on, for each
type of mention. So they are calibrated as far as these documents are typical.

Stored beside the weights: how little probability retrieval may give to the candidates left out of a question
(`TypeWeights.cut`), and what precision a threshold on the probability gave.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from belink.errors import ConfigError, ModelError
from belink.precision import OperatingPoint, threshold
from belink.rerank.readout import softmax
from belink.types import Candidate, Query, Ranking

ANY_TYPE = ""
LEAST = 1e-4
"""Retrieval's scores count as no less than this."""

LEAST_SHOWN = 2
_LEAST_LOG = -30.0


@dataclass(frozen=True, slots=True)
class TypeWeights:
    """Weights for one type of mention.

    Attributes:
        model: of the logarithm of the model's probability.
        retrieval: of the logarithm of retrieval's score.
        none: what is added for "none".
        gate: retrieval's first candidate stands without asking the model where its score is at least this
            and every other candidate's is less than 1 - gate; above 1 the model is always asked, at 0 never.
        cut: candidates from a place on are not shown to the model where their scores add up to no more than
            this; at 0 all are shown.
    """

    model: float
    retrieval: float
    none: float
    gate: float
    cut: float = 0.0


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights, and the points a user may work at, by type of mention; `ANY_TYPE` is for all other types.

    The points of a type stand by rising threshold; there are none where they were not measured.
    """

    weights: Mapping[str, TypeWeights]
    points: Mapping[str, tuple[OperatingPoint, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if ANY_TYPE not in self.weights:
            raise ModelError('weighing: no weights for "", which stand for all types not named')

    def of(self, type_: str) -> TypeWeights:
        """Give the weights of a type of mention."""
        return self.weights.get(type_, self.weights[ANY_TYPE])

    def apply(self, ranking: Ranking, candidates: Sequence[Candidate], type_: str) -> Ranking:
        """Weigh a ranking against retrieval's scores.

        Args:
            ranking: of the first candidates.
            candidates: at least as many.
            type_: of the mention.
        """
        weights = self.of(type_)
        seen = candidates[: len(ranking.probabilities)]
        values = evidence(
            [*ranking.probabilities, ranking.none_probability], [each.score for each in seen], weights
        )
        *probabilities, none = softmax(values).tolist()
        return Ranking(tuple(probabilities), none, ranking.degraded)

    def shown(self, candidates: Sequence[Candidate], type_: str) -> int:
        """Give how many of the first candidates the model is shown: at least 2 where there are so many."""
        return options_shown([each.score for each in candidates], self.of(type_).cut)

    def threshold(self, type_: str, precision: float) -> float:
        """Give the least probability of a concept of a mention whose type this is (`precision.threshold`).

        Raises:
            ConfigError: no threshold reaches the precision, or none was measured.
        """
        points = self.points.get(type_) or self.points.get(ANY_TYPE, ())
        if not points:
            raise ConfigError("this re-ranker has no measured precisions; set a least probability instead")
        return threshold(points, precision, type_)

    def settles(self, query: Query, candidates: Sequence[Candidate]) -> bool:
        """Tell whether retrieval is sure enough of its first candidate that the model need not be asked."""
        gate = self.of(query.mention.type).gate
        return bool(candidates) and is_settled([each.score for each in candidates], gate)


def is_settled(scores: Sequence[float], gate: float) -> bool:
    """Tell whether the first of falling scores is at least `gate` and the second less than 1 - gate."""
    return scores[0] >= gate and (len(scores) == 1 or scores[1] < 1 - gate)


def options_shown(scores: Sequence[float], cut: float) -> int:
    """Give how many of falling scores to show so that those not shown add up to at most `cut`, but 2."""
    shown, left = len(scores), 0.0
    while shown > LEAST_SHOWN and left + scores[shown - 1] <= cut:
        shown -= 1
        left += scores[shown]
    return shown if cut > 0 else len(scores)


def evidence(
    probabilities: Sequence[float], scores: Sequence[float], weights: TypeWeights
) -> NDArray[np.float64]:
    """Give the weight of evidence of N options, "none" last, [N].

    Args:
        probabilities: the model's, in [0, 1], [N].
        scores: retrieval's, in [0, 1], [N - 1].
        weights: of the mention's type.
    """
    logs = np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), math.exp(_LEAST_LOG)))
    clipped = np.maximum(np.asarray(scores, dtype=np.float64), LEAST)
    retrieved = np.append(weights.retrieval * np.log(clipped), weights.none)
    result: NDArray[np.float64] = weights.model * logs + retrieved
    return result


_WEIGHING = TypeAdapter(Weighing)


def read_weighing(path: Path) -> Weighing:
    """Read weights that were stored with a model.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        return _WEIGHING.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"{path}: no weights of a re-ranker that can be read; get the model again"
        ) from error


def write_weighing(path: Path, weighing: Weighing) -> None:
    """Write weights as JSON."""
    path.write_bytes(_WEIGHING.dump_json(weighing, indent=1) + b"\n")
