"""How sure a figure is: bootstrap over documents, and tests of two systems on the same mentions.

Mentions of one document are not independent, so whole documents are drawn with replacement
(Efron and Tibshirani 1993, chapter 13: percentile interval). A figure is a ratio of two sums over
documents; a sample draws as many documents as there are, and forms the ratio anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

Floats = NDArray[np.float64]
SAMPLES = 1000
_BLOCK = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; `low` <= `high`, and all three are 0 where `n` is 0."""

    value: float
    low: float
    high: float
    n: int


def ratio_estimates(
    numerators: Floats, denominators: Floats, groups: Sequence[str], samples: int = SAMPLES, seed: int = 0
) -> list[Estimate]:
    """Estimate several ratios of sums, with percentile intervals from the same samples of documents.

    Args:
        numerators: shape [B, M], of `B` mentions and `M` figures (a hit, a reciprocal rank).
        denominators: shape [B, M]; 1 where the mention counts for the figure, 0 where it does not.
        groups: the document of each mention.
        samples: bootstrap samples; 0 gives intervals of width 0.
        seed: of the random numbers; equal seeds give equal intervals.

    Returns:
        One estimate a figure; `n` is the sum of its denominators. Samples in which no mention counts
        for a figure are left out of its interval.
    """
    top, bottom = _by_group(numerators, groups), _by_group(denominators, groups)
    values = _ratio(top.sum(axis=0), bottom.sum(axis=0))
    drawn = _samples(np.hstack((top, bottom)), samples, seed)
    m = top.shape[1]
    estimates = []
    for j in range(m):
        usable = drawn[:, m + j] > 0
        ratios = drawn[usable, j] / drawn[usable, m + j]
        low, high = np.percentile(ratios, [2.5, 97.5]) if ratios.size else (values[j], values[j])
        estimates.append(
            Estimate(float(values[j]), float(low), float(high), round(float(bottom[:, j].sum())))
        )
    return estimates


def estimate(hits: Sequence[float], groups: Sequence[str], samples: int = SAMPLES, seed: int = 0) -> Estimate:
    """Estimate one mean; see `ratio_estimates`."""
    column = np.asarray(hits, dtype=np.float64).reshape(-1, 1)
    return ratio_estimates(column, np.ones_like(column), groups, samples, seed)[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same mentions.

    Attributes:
        difference: accuracy of the first minus that of the second, with its paired bootstrap interval.
        p_bootstrap: two-sided p of the paired bootstrap over documents: twice the smaller share of
            samples whose difference is at or beyond 0, one added to both counts, at most 1
            (Davison and Hinkley 1997, 4.2).
        only_first: mentions that only the first system got right.
        only_second: mentions that only the second got right.
        p_mcnemar: exact two-sided McNemar test on those two counts (McNemar 1947); 1 where both are 0.
            It takes mentions as independent, so prefer the bootstrap where documents are long.
    """

    difference: Estimate
    p_bootstrap: float
    only_first: int
    only_second: int
    p_mcnemar: float


def compare_hits(
    first: Sequence[bool],
    second: Sequence[bool],
    groups: Sequence[str],
    samples: int = SAMPLES,
    seed: int = 0,
) -> Comparison:
    """Test whether two systems differ; `first`, `second` and `groups` are aligned over mentions."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    sums = _by_group(np.column_stack((a - b, np.ones_like(a))), groups)
    total = sums.sum(axis=0)
    value = float(_ratio(total[:1], total[1:])[0])
    drawn = _samples(sums, samples, seed)
    differences = drawn[:, 0] / drawn[:, 1] if a.size else np.zeros(0)
    low, high = np.percentile(differences, [2.5, 97.5]) if differences.size else (value, value)
    tail = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    only_first, only_second = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    discordant = only_first + only_second
    return Comparison(
        difference=Estimate(value, float(low), float(high), a.size),
        p_bootstrap=min(1.0, 2 * (tail + 1) / (differences.size + 1)),
        only_first=only_first,
        only_second=only_second,
        p_mcnemar=float(binomtest(only_first, discordant).pvalue) if discordant else 1.0,
    )


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def _by_group(values: Floats, groups: Sequence[str]) -> Floats:
    """Sum the rows of each group; shape [D, M], `D` groups in order of first appearance."""
    number: dict[str, int] = {}
    index = np.fromiter((number.setdefault(g, len(number)) for g in groups), np.int64, len(groups))
    sums = np.zeros((len(number), values.shape[1]))
    for j in range(values.shape[1]):
        sums[:, j] = np.bincount(index, weights=values[:, j], minlength=len(number))
    return sums


def _samples(sums: Floats, samples: int, seed: int) -> Floats:
    """Draw documents with replacement and sum them again; shape [samples, M]."""
    n = sums.shape[0]
    if not n:
        return np.zeros((0, sums.shape[1]))
    rng = np.random.default_rng(seed)
    drawn = np.empty((samples, sums.shape[1]))
    for start in range(0, samples, _BLOCK):
        size = min(_BLOCK, samples - start)
        times = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(size)])
        drawn[start : start + size] = times.astype(np.float64) @ sums
    return drawn
