"""The figures, as plain functions of ids, ranks, probabilities and hits.

Let G be the current gold ids of a mention in the knowledge base, P the current ids of its verdict
(empty for "none", a failure and a missing decision) and C the candidates as a list of distinct
concepts, best first.

- strict      P is not empty and P ⊆ G
- lenient     P ∩ G is not empty
- exact set   P = G
- recall@k    the first k of C hold an id of G (Success@k of trec_eval)
- MRR         mean of 1/rank of the first id of G in C, 0 where there is none

For a mention with one gold id and one predicted id, strict, lenient and exact set agree. Strict and
lenient: BELB, Garda et al. 2023, doi:10.1093/bioinformatics/btad698.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CUTOFFS = (1, 5, 10, 20)
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def strict(predicted: Collection[str], gold: Collection[str]) -> bool:
    """Tell whether something was predicted and everything predicted is gold."""
    return bool(predicted) and all(id_ in gold for id_ in predicted)


def lenient(predicted: Collection[str], gold: Collection[str]) -> bool:
    """Tell whether some predicted id is gold."""
    return any(id_ in gold for id_ in predicted)


def exact_set(predicted: Collection[str], gold: Collection[str]) -> bool:
    """Tell whether the predicted ids are the gold ids, no more and no fewer."""
    return bool(predicted) and set(predicted) == set(gold)


def gold_rank(candidates: Sequence[Collection[str]], gold: Collection[str]) -> float:
    """Give the rank, from 1, of the first candidate that is gold; infinity where none is.

    Args:
        candidates: the current ids of each candidate, best first, distinct.
        gold: current gold ids.
    """
    for rank, ids in enumerate(candidates, 1):
        for id_ in ids:
            if id_ in gold:
                return float(rank)
    return math.inf


def ids_found(candidates: Sequence[Collection[str]], gold: Collection[str], k: int) -> float:
    """Give the share of the gold ids among the first `k` candidates, in [0, 1] (R@k of trec_eval).

    0 where `gold` is empty.
    """
    if not gold:
        return 0.0
    found = {id_ for ids in candidates[:k] for id_ in ids if id_ in gold}
    return len(found) / len(set(gold))


def recall_at(ranks: Floats, k: int) -> float:
    """Give the share of mentions whose gold has a rank of at most `k`; 0 for no mentions."""
    return float(np.mean(ranks <= k)) if ranks.size else 0.0


def mean_reciprocal_rank(ranks: Floats) -> float:
    """Give the mean of 1/rank, 0 for an infinite rank; 0 for no mentions."""
    return float(np.mean(1.0 / ranks)) if ranks.size else 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives, summed over all documents (micro)."""

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        """Give TP / (TP + FP), 0 where nothing was predicted."""
        predicted = self.true_positives + self.false_positives
        return self.true_positives / predicted if predicted else 0.0

    @property
    def recall(self) -> float:
        """Give TP / (TP + FN), 0 where there is no gold."""
        gold = self.true_positives + self.false_negatives
        return self.true_positives / gold if gold else 0.0

    @property
    def f1(self) -> float:
        """Give 2 TP / (2 TP + FP + FN), 0 where that is 0 / 0."""
        total = 2 * self.true_positives + self.false_positives + self.false_negatives
        return 2 * self.true_positives / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of the reliability diagram: probabilities in [low, high), the last one closed.

    `mean_probability` and `accuracy` are 0 where `n` is 0.
    """

    low: float
    high: float
    n: int
    mean_probability: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far stated probabilities are from the share of right verdicts.

    Attributes:
        n: verdicts looked at.
        bins: ten bins of equal width.
        expected_calibration_error: Σ_b n_b/n · |accuracy_b - mean probability_b|, in [0, 1]
            (Naeini et al. 2015, AAAI; Guo et al. 2017, ICML).
        brier: mean of (probability - right)², in [0, 1] (Brier 1950).
    """

    n: int
    bins: tuple[Bin, ...]
    expected_calibration_error: float
    brier: float


def calibration(probabilities: Floats, right: Bools, bins: int = 10) -> Calibration:
    """Compare probabilities with what came true.

    Args:
        probabilities: shape [B], each in [0, 1].
        right: shape [B], whether the verdict was right.
        bins: number of bins of equal width.
    """
    index = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    n = np.bincount(index, minlength=bins)
    probability_sum = np.bincount(index, weights=probabilities, minlength=bins)
    right_sum = np.bincount(index, weights=right.astype(np.float64), minlength=bins)
    filled = np.maximum(n, 1)
    total = max(int(n.sum()), 1)
    rows = tuple(
        Bin(b / bins, (b + 1) / bins, int(n[b]), float(mean), float(share))
        for b, (mean, share) in enumerate(zip(probability_sum / filled, right_sum / filled, strict=True))
    )
    error = float(np.abs(right_sum - probability_sum).sum() / total)
    brier = float(np.square(probabilities - right).sum() / total)
    return Calibration(int(n.sum()), rows, error, brier)


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What is gained by answering only above a probability (El-Yaniv and Wiener 2010, JMLR 11).

    Attributes:
        thresholds: distinct probabilities, falling; shape [T].
        coverage: share of all mentions answered at or above each threshold, rising; shape [T].
        precision: share of right ones among the answered; shape [T]. Risk is 1 - precision.
        area: mean risk over all prefixes when all mentions are ordered by probability; unanswered
            mentions come last and count as wrong. In [0, 1], lower is better. Ties count as the mean
            of their group.
    """

    thresholds: tuple[float, ...]
    coverage: tuple[float, ...]
    precision: tuple[float, ...]
    area: float

    def coverage_at(self, precision: float) -> float:
        """Give the largest coverage at which precision is at least the given one, 0 if at none."""
        return max(
            (c for c, p in zip(self.coverage, self.precision, strict=True) if p >= precision), default=0.0
        )


def risk_coverage(probabilities: Floats, right: Bools, n: int) -> RiskCoverage:
    """Order answered mentions by probability and follow precision as coverage grows.

    Mentions of equal probability enter together, so a lucky order within a tie helps nobody.

    Args:
        probabilities: shape [B], of the mentions that were answered with a concept.
        right: shape [B].
        n: number of all mentions, at least B.
    """
    if not probabilities.size:
        return RiskCoverage((), (), (), 1.0 if n else 0.0)
    values, group = np.unique(-probabilities, return_inverse=True)
    size = np.bincount(group)
    hits = np.bincount(group, weights=right.astype(np.float64))
    answered, correct = np.cumsum(size), np.cumsum(hits)
    expected = np.concatenate((np.repeat(hits / size, size), np.zeros(n - probabilities.size)))
    risks = 1.0 - np.cumsum(expected) / np.arange(1, n + 1)
    return RiskCoverage(
        thresholds=tuple((-values).tolist()),
        coverage=tuple((answered / n).tolist()),
        precision=tuple((correct / answered).tolist()),
        area=float(risks.mean()),
    )
