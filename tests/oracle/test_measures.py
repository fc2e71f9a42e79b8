"""Our figures are those of ir-measures (trec_eval), scikit-learn and scipy."""

from __future__ import annotations

from math import comb

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, Success
from scipy.stats import bootstrap
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    brier_score_loss,
    precision_recall_fscore_support,
)

from belink.evaluate.intervals import compare_hits, ratio_estimates
from belink.evaluate.measures import (
    CUTOFFS,
    Counts,
    calibration,
    gold_rank,
    ids_found,
    mean_reciprocal_rank,
    recall_at,
)


@pytest.fixture(scope="module")
def rankings() -> list[tuple[list[str], set[str]]]:
    """Two hundred mentions with up to 25 candidates of 40 concepts and one to three gold ids."""
    rng = np.random.default_rng(7)
    concepts = [f"K:{i:02d}" for i in range(40)]
    return [
        (
            [concepts[i] for i in rng.permutation(40)[: rng.integers(0, 26)]],
            {concepts[i] for i in rng.permutation(40)[: rng.integers(1, 4)]},
        )
        for _ in range(200)
    ]


def test_ranking_figures_are_those_of_ir_measures(rankings: list[tuple[list[str], set[str]]]) -> None:
    """recall@k is Success@k, the share of ids is R@k, MRR is RR; a mention without candidates counts."""
    qrels = [ir_measures.Qrel(str(q), id_, 1) for q, (_, gold) in enumerate(rankings) for id_ in gold]
    run = [
        ir_measures.ScoredDoc(str(q), id_, 1 / (rank + 1))
        for q, (candidates, _) in enumerate(rankings)
        for rank, id_ in enumerate(candidates)
    ]
    wanted = [RR, *(Success @ k for k in CUTOFFS), *(R @ k for k in CUTOFFS)]
    expected = ir_measures.calc_aggregate(wanted, qrels, run)

    ranks = np.array([gold_rank([(c,) for c in candidates], gold) for candidates, gold in rankings])
    assert mean_reciprocal_rank(ranks) == pytest.approx(expected[RR])
    for k in CUTOFFS:
        shares = [ids_found([(c,) for c in candidates], gold, k) for candidates, gold in rankings]
        assert recall_at(ranks, k) == pytest.approx(expected[Success @ k])
        assert np.mean(shares) == pytest.approx(expected[R @ k])


@pytest.mark.parametrize("seed", range(3))
def test_calibration_is_that_of_scikit_learn(seed: int) -> None:
    """Bins, the Brier score, and the error that follows from the bins."""
    rng = np.random.default_rng(seed)
    probabilities = rng.random(500)
    right = rng.random(500) < probabilities**2
    ours = calibration(probabilities, right)
    shares, means = calibration_curve(right, probabilities, n_bins=10)
    filled = [bin_ for bin_ in ours.bins if bin_.n]
    assert [bin_.accuracy for bin_ in filled] == pytest.approx(list(shares))
    assert [bin_.mean_probability for bin_ in filled] == pytest.approx(list(means))
    assert ours.brier == pytest.approx(brier_score_loss(right, probabilities))
    gaps = [bin_.n * abs(a - m) for bin_, a, m in zip(filled, shares, means, strict=True)]
    assert ours.expected_calibration_error == pytest.approx(sum(gaps) / 500)


def test_precision_recall_and_f1_are_those_of_scikit_learn() -> None:
    """Counts of random binary answers."""
    rng = np.random.default_rng(1)
    gold, said = rng.random(300) < 0.4, rng.random(300) < 0.5
    counts = Counts(int((gold & said).sum()), int((~gold & said).sum()), int((gold & ~said).sum()))
    precision, recall, f1, _ = precision_recall_fscore_support(gold, said, average="binary")
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((precision, recall, f1))


def test_bootstrap_intervals_are_those_of_scipy() -> None:
    """Percentile intervals of a ratio of sums over 60 documents, to within the noise of 4,000 samples."""
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 20, 60)
    hits = np.array([rng.binomial(n, rng.beta(6, 3)) for n in sizes], dtype=float)
    expected = bootstrap(
        (hits, sizes.astype(float)),
        lambda top, bottom, axis: top.sum(axis) / bottom.sum(axis),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    (ours,) = ratio_estimates(
        hits.reshape(-1, 1), sizes.reshape(-1, 1).astype(float), [str(i) for i in range(60)], samples=4000
    )
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=0.006)
    assert ours.value == pytest.approx(hits.sum() / sizes.sum())


@pytest.mark.parametrize(("b", "c"), [(0, 5), (3, 9), (7, 7), (1, 20)])
def test_mcnemar_is_the_exact_binomial_sum(b: int, c: int) -> None:
    """Twice the tail of Binomial(b + c, 1/2) up to the smaller count, at most 1."""
    first = [True] * b + [False] * c + [True, False]
    second = [False] * b + [True] * c + [True, False]
    found = compare_hits(first, second, [str(i) for i in range(b + c + 2)], samples=10)
    tail = sum(comb(b + c, i) for i in range(min(b, c) + 1)) / 2 ** (b + c)
    assert found.p_mcnemar == pytest.approx(min(1.0, 2 * tail))
    assert (found.only_first, found.only_second) == (b, c)
