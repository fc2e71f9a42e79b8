"""Measure what precision each of some least probabilities gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from belink.precision import OperatingPoint

LEAST_GIVEN_OUT = 50
"""Thresholds that fewer concepts reach say too little."""

THRESHOLDS = tuple(
    np.round(np.concatenate([np.arange(0.0, 0.9, 0.05), np.arange(0.9, 1.0, 0.01)]), 3).tolist()
)


def operating_points(
    probabilities: NDArray[np.float64],
    right: NDArray[np.bool_],
    weights: NDArray[np.float64],
    total: float,
) -> tuple[OperatingPoint, ...]:
    """Give the points by rising threshold, while `LEAST_GIVEN_OUT` concepts reach it.

    Args:
        probabilities: of the concepts given out, [N].
        right: whether each is right, [N].
        weights: how much each counts, [N].
        total: what the coverage is a share of, in the unit of the weights.
    """
    points = []
    for threshold in THRESHOLDS:
        given_out = probabilities >= threshold
        counted = weights[given_out]
        if given_out.sum() < LEAST_GIVEN_OUT:
            break
        precision = float((counted * right[given_out]).sum() / counted.sum())
        points.append(OperatingPoint(threshold, round(precision, 4), round(float(counted.sum()) / total, 4)))
    return tuple(points)
