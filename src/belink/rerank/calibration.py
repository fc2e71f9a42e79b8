"""Make probabilities mean what they say: of the answers given 0.8, eight in ten are right.

`Calibration` corrects a re-ranker, per model and quantisation, and is stored beside its weights.
`retrieval_probability` is what stands in for a re-ranker's probability where none runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from belink.errors import ModelError
from belink.rerank.readout import softmax
from belink.types import Candidate, Ranking

FEATURES = ("exact", "score", "margin", "log_homonyms")
"""What `retrieval_probability` looks at, in the order of the coefficients; see `features`."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a model's probabilities are corrected.

    Attributes:
        temperature: probabilities are raised to 1 / temperature and normalised; above 1 makes them less sure.
        points: an isotonic map of the best answer's probability, (from, to), both in [0, 1], rising, linear
            between points and flat beyond them; empty leaves it.
    """

    temperature: float = 1.0
    points: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not (0 < self.temperature < math.inf):
            raise ModelError(f"calibration: the temperature is {self.temperature}, expected a number above 0")
        if any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(self.points)):
            raise ModelError("calibration: the points of the isotonic map do not rise")

    def apply(self, ranking: Ranking) -> Ranking:
        """Correct all probabilities of a ranking; they still add up to 1 and keep their order.

        After the temperature the best answer gets the isotonic map's probability, or the least with which
        it still is the best; the others share the rest in their old proportions.
        """
        values = np.array((*ranking.probabilities, ranking.none_probability))
        with np.errstate(divide="ignore"):
            values = softmax(np.log(values) / self.temperature)
        if self.points and len(values) > 1:
            values = _set_best(values, self._map(float(values.max())))
        *probabilities, none = (float(value) for value in values)
        return Ranking(tuple(probabilities), none, ranking.degraded)

    def _map(self, probability: float) -> float:
        xs, ys = zip(*self.points, strict=True)
        return float(np.interp(probability, xs, ys))


def _set_best(values: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """Give the largest value `target`, but no less than the scaled second, and the others the rest."""
    best = int(values.argmax())
    others = np.delete(values, best)
    rest, second = float(others.sum()), float(others.max())
    if rest <= 0:
        return values
    target = max(target, second / (rest + second))
    scaled = values * ((1 - target) / rest)
    scaled[best] = target
    return scaled


@dataclass(frozen=True, slots=True)
class RetrievalCalibration:
    """A logistic regression on `features`: the coefficients in the order of `FEATURES`."""

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def __post_init__(self) -> None:
        if self.features != FEATURES or len(self.coefficients) != len(FEATURES):
            raise ModelError(
                f"retrieval calibration: found coefficients of {', '.join(self.features)}, "
                f"expected {', '.join(FEATURES)}; fit it again with scripts/fit_retrieval_calibration.py"
            )

    def probability(self, candidates: Sequence[Candidate]) -> float:
        """Give the probability that the first candidate is right, in [0, 1]; 0 for no candidates."""
        if not candidates:
            return 0.0
        pairs = zip(self.coefficients, features(candidates), strict=True)
        logit = self.intercept + sum(weight * value for weight, value in pairs)
        return 1 / (1 + math.exp(-max(-700.0, min(700.0, logit))))


def features(candidates: Sequence[Candidate]) -> tuple[float, ...]:
    """Describe how clear-cut a retrieval is, in the order of `FEATURES`.

    1 for an exact match; the first score; its distance to the second concept's (to 0 for a lone one);
    the logarithm of the number of concepts that share the first alias.

    Args:
        candidates: best first, at least one.
    """
    first = candidates[0]
    second = candidates[1].score if len(candidates) > 1 else 0.0
    return (
        float(first.source == "exact"),
        first.score,
        first.score - second,
        math.log(max(first.homonyms, 1)),
    )


def retrieval_probability(candidates: tuple[Candidate, ...]) -> float:
    """Give the probability that the first candidate is right, in [0, 1]; 0 for no candidates.

    From the coefficients shipped with BeLink, fitted on disease and chemical mentions
    (`data/retrieval_calibration.json` says on which).
    """
    return _shipped().probability(candidates)


@lru_cache(maxsize=1)
def _shipped() -> RetrievalCalibration:
    path = files("belink.rerank") / "data" / "retrieval_calibration.json"
    return _RETRIEVAL.validate_json(path.read_bytes())


_RETRIEVAL = TypeAdapter(RetrievalCalibration)
_CALIBRATION = TypeAdapter(Calibration)


def read_calibration(path: Path) -> Calibration:
    """Read a calibration that `write_calibration` wrote.

    Raises:
        ModelError: the file is missing or is not a calibration.
    """
    try:
        return _CALIBRATION.validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: the calibration cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"{path}: not a calibration: {where}: {first['msg']}") from error


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON."""
    path.write_bytes(_CALIBRATION.dump_json(calibration, indent=1) + b"\n")


def fit_calibration(
    rankings: Sequence[Ranking], answers: Sequence[int | None], *, isotonic: bool = False
) -> Calibration:
    """Fit a temperature, then if asked the isotonic map, to rankings whose right answers are known.

    The temperature minimises the mean negative log-likelihood of the answers (Guo et al. 2017,
    arXiv:1706.04599); the map is isotonic regression of "the best answer is right" on its probability.

    Args:
        rankings: as the model gave them, at least one.
        answers: for each the place of the right candidate, None where "none" is right.
        isotonic: fit the map too; wants some hundreds of rankings.
    """
    from scipy.optimize import minimize_scalar

    rows = [
        (np.array((*ranking.probabilities, ranking.none_probability)), -1 if answer is None else answer)
        for ranking, answer in zip(rankings, answers, strict=True)
    ]

    def loss(log_temperature: float) -> float:
        chosen = (softmax(_logs(row) / math.exp(log_temperature))[answer] for row, answer in rows)
        return -float(np.mean([math.log(max(float(p), 1e-12)) for p in chosen]))

    temperature = math.exp(float(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))
    if not isotonic:
        return Calibration(temperature)
    softened = [softmax(_logs(row) / temperature) for row, _ in rows]
    best = [float(row.max()) for row in softened]
    right = [row.argmax() == answer % len(row) for row, (_, answer) in zip(softened, rows, strict=True)]
    return Calibration(temperature, _isotonic(best, [bool(value) for value in right]))


def _logs(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities, 1e-12))


def _isotonic(probabilities: Sequence[float], right: Sequence[bool]) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(probabilities, right)
    pairs = zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
    return tuple((float(x), float(y)) for x, y in pairs)


def fit_retrieval_calibration(
    candidates: Sequence[Sequence[Candidate]], right: Sequence[bool]
) -> RetrievalCalibration:
    """Fit the logistic regression of "the first candidate is right" on `features`.

    Args:
        candidates: of each mention, at least one each; both right and wrong firsts must occur.
        right: whether the first candidate is right.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=100.0, max_iter=1000).fit([features(found) for found in candidates], right)
    weights = tuple(round(float(weight), 4) for weight in fitted.coef_[0])
    return RetrievalCalibration(FEATURES, weights, round(float(fitted.intercept_[0]), 4))
