from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.evaluate.intervals import compare_hits, estimate, ratio_estimates

HITS = st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), min_size=1, max_size=40)


@given(HITS)
def test_the_interval_holds_values_in_zero_to_one_in_order(hits: list[tuple[bool, str]]) -> None:
    """Shares stay shares under resampling."""
    found = estimate([h for h, _ in hits], [g for _, g in hits], samples=50)
    assert 0 <= found.low <= found.high <= 1
    assert found.value == pytest.approx(np.mean([h for h, _ in hits]))
    assert found.n == len(hits)


def test_equal_seeds_give_equal_intervals_and_others_do_not() -> None:
    """The interval is reproducible."""
    rng = np.random.default_rng(0)
    hits, groups = list(rng.random(300) < 0.6), [str(i % 77) for i in range(300)]
    assert estimate(hits, groups, seed=1) == estimate(hits, groups, seed=1)
    assert estimate(hits, groups, seed=1) != estimate(hits, groups, seed=2)


def test_mentions_of_one_document_are_drawn_together() -> None:
    """Fifty documents of ten equal answers are as uncertain as fifty mentions, not as five hundred."""
    rng = np.random.default_rng(0)
    of_document = list(rng.random(50) < 0.5)
    hits = [hit for hit in of_document for _ in range(10)]
    together = estimate(hits, [str(i // 10) for i in range(500)])
    apart = estimate(hits, [str(i) for i in range(500)])
    assert (together.high - together.low) > 2.5 * (apart.high - apart.low)


def test_a_single_document_has_no_width() -> None:
    """There is nothing to draw from, so the interval is the value."""
    found = estimate([True, False, True, True], ["d"] * 4)
    assert (found.low, found.value, found.high) == (0.75, 0.75, 0.75)


def test_samples_without_a_member_of_a_slice_are_left_out_of_its_interval() -> None:
    """A slice of one mention that is right has the interval 1 to 1, not 0 to 1."""
    member = np.array([[1.0]] + [[0.0]] * 9)
    (found,) = ratio_estimates(member, member, [str(i) for i in range(10)], samples=200)
    assert (found.value, found.low, found.high, found.n) == (1, 1, 1, 1)


def test_no_samples_give_the_value_without_width() -> None:
    """Bootstrapping can be turned off."""
    found = estimate([True, False], ["a", "b"], samples=0)
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)


def test_a_system_does_not_differ_from_itself() -> None:
    """No difference, and no test calls it one."""
    hits, groups = [True, False] * 30, [str(i) for i in range(60)]
    found = compare_hits(hits, hits, groups)
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert (found.p_bootstrap, found.p_mcnemar) == (1, 1)


def test_a_clear_difference_is_found_by_both_tests() -> None:
    """Thirty of a hundred mentions are right only with the first system."""
    first = [True] * 80 + [False] * 20
    second = [True] * 50 + [False] * 50
    found = compare_hits(first, second, [str(i) for i in range(100)])
    assert found.difference.value == pytest.approx(0.3)
    assert found.difference.low > 0
    assert found.p_bootstrap < 0.01
    assert found.p_mcnemar < 0.01


def test_swapping_the_systems_turns_the_sign() -> None:
    """The comparison is antisymmetric in the difference and symmetric in p."""
    rng = np.random.default_rng(5)
    a, b = list(rng.random(80) < 0.7), list(rng.random(80) < 0.6)
    groups = [str(i % 20) for i in range(80)]
    one, two = compare_hits(a, b, groups), compare_hits(b, a, groups)
    assert one.difference.value == -two.difference.value
    assert one.difference.low == pytest.approx(-two.difference.high)
    assert (one.p_bootstrap, one.p_mcnemar) == (two.p_bootstrap, two.p_mcnemar)


def test_no_mentions_can_be_compared() -> None:
    """Zero mentions give no difference and p of 1."""
    found = compare_hits([], [], [])
    assert (found.difference.value, found.p_bootstrap, found.p_mcnemar) == (0, 1, 1)
