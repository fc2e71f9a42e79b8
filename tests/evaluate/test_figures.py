from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.evaluate.measures import (
    Counts,
    calibration,
    exact_set,
    gold_rank,
    ids_found,
    lenient,
    mean_reciprocal_rank,
    recall_at,
    risk_coverage,
    strict,
)

IDS = st.frozensets(st.sampled_from("ABCD"))


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ("A", "A", (True, True, True)),
        ("A", "AB", (True, True, False)),
        ("AB", "AB", (True, True, True)),
        ("AC", "AB", (False, True, False)),
        ("AB", "A", (False, True, False)),
        ("C", "AB", (False, False, False)),
        ("", "A", (False, False, False)),
    ],
)
def test_composite_gold_is_judged_by_three_rules(
    predicted: str, gold: str, expected: tuple[bool, bool, bool]
) -> None:
    """Strict: nothing but gold; lenient: some gold; exact set: all gold and nothing else."""
    assert (strict(predicted, gold), lenient(predicted, gold), exact_set(predicted, gold)) == expected


@given(IDS, IDS)
def test_an_exact_set_is_strict_and_strict_is_lenient(
    predicted: frozenset[str], gold: frozenset[str]
) -> None:
    """The rules are nested, so their figures are ordered."""
    assert exact_set(predicted, gold) <= strict(predicted, gold) <= lenient(predicted, gold)


def test_the_rank_is_that_of_the_first_gold_candidate() -> None:
    """Ranks count from 1; a gold that is not there has rank infinity."""
    assert gold_rank([("C",), ("B",), ("A",)], {"A", "B"}) == 2
    assert math.isinf(gold_rank([("C",)], {"A"}))


def test_the_share_of_ids_found_counts_each_gold_id_once() -> None:
    """Of A and B only A is among the first two."""
    assert ids_found([("A",), ("C",), ("B",)], {"A", "B"}, 2) == 1 / 2
    assert ids_found([("A",)], set(), 1) == 0


def test_empty_input_gives_zeros() -> None:
    """No mentions, no division by zero."""
    nothing = np.zeros(0)
    assert (recall_at(nothing, 10), mean_reciprocal_rank(nothing)) == (0, 0)
    assert (Counts(0, 0, 0).precision, Counts(0, 0, 0).recall, Counts(0, 0, 0).f1) == (0, 0, 0)
    assert calibration(nothing, nothing.astype(bool)).expected_calibration_error == 0
    assert risk_coverage(nothing, nothing.astype(bool), 0).area == 0


def test_a_probability_of_one_falls_into_the_last_bin() -> None:
    """The last bin is closed above, all others are open."""
    bins = calibration(np.array([1.0, 0.9, 0.1]), np.array([True, True, False])).bins
    assert [bin_.n for bin_ in bins] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_mentions_of_equal_probability_are_answered_together() -> None:
    """One right and one wrong at 0.9: precision is never 1, in whatever order they come."""
    for right in ([True, False], [False, True]):
        curve = risk_coverage(np.array([0.9, 0.9]), np.array(right), 2)
        assert (curve.coverage, curve.precision) == ((1.0,), (0.5,))
        assert curve.coverage_at(0.95) == 0
        assert curve.area == 0.5


def test_coverage_may_grow_again_after_precision_dipped() -> None:
    """The largest coverage that reaches the goal is reported, not the first failure."""
    curve = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]), 4)
    assert curve.coverage_at(0.75) == 1.0


ANSWERS = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.55, 1.0]), st.booleans()), max_size=30)


@given(ANSWERS, st.integers(0, 5))
def test_risk_coverage_ends_at_the_plain_figures(answers: list[tuple[float, bool]], unanswered: int) -> None:
    """Answering everything gives the share answered and its accuracy; the area is a share."""
    probabilities = np.array([p for p, _ in answers])
    right = np.array([r for _, r in answers], dtype=bool)
    curve = risk_coverage(probabilities, right, len(answers) + unanswered)
    if answers:
        assert curve.coverage[-1] == pytest.approx(len(answers) / (len(answers) + unanswered))
        assert curve.precision[-1] == pytest.approx(right.mean())
        assert list(curve.coverage) == sorted(curve.coverage)
    assert -1e-9 <= curve.area <= 1 + 1e-9
