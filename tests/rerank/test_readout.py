from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax as scipy_softmax

from belink.rerank.readout import divide_prior, estimate_prior, probabilities
from belink.types import Failed, Logits

FINITE = st.floats(-1e6, 1e6)


@given(st.lists(FINITE, min_size=1, max_size=21), st.floats(0.1, 10))
def test_softmax(values: list[float], temperature: float) -> None:
    """Probabilities are scipy's softmax of logits over temperature, without overflow."""
    found = probabilities(Logits(tuple(values)), temperature=temperature)
    assert not isinstance(found, Failed)
    np.testing.assert_allclose(found, scipy_softmax(np.array(values) / temperature), atol=1e-9)


def test_missing_option() -> None:
    """An option the model did not report has probability 0."""
    assert probabilities(Logits((0.0, -math.inf, 0.0), degraded=True)) == (0.5, 0.0, 0.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_not_a_number(bad: float) -> None:
    """A score that is not a number makes the answer a failure that names it."""
    found = probabilities(Logits((0.0, bad)))
    assert isinstance(found, Failed)
    assert str(bad) in found.reason


def test_nothing_reported() -> None:
    """An answer without any option is a failure."""
    assert isinstance(probabilities(Logits((-math.inf, -math.inf))), Failed)


def test_no_logits() -> None:
    """No logits give no probabilities."""
    assert probabilities(Logits(())) == ()


def test_divide_prior() -> None:
    """A model that only prefers letters comes out even once its prior is divided out."""
    prior = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(divide_prior(prior, prior), [1 / 3] * 3)


def test_prior_of_more_letters() -> None:
    """A prior of more letters than the question has options counts for those it has."""
    found = probabilities(Logits((0.0, 0.0)), prior=(0.2, 0.1, 0.7))
    assert found == pytest.approx((1 / 3, 2 / 3))


def test_estimate_prior_separates_letters_from_options() -> None:
    """Over all cyclic orders the options' own probabilities cancel and the letters' prior stays."""
    prior, option = np.array([0.6, 0.3, 0.1]), np.array([0.7, 0.2, 0.1])
    asked = np.array([np.roll(option, shift) * prior for shift in range(3)])
    observed = np.log(asked / asked.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(estimate_prior(observed), prior)
    first = divide_prior(np.exp(observed[0]), estimate_prior(observed))
    np.testing.assert_allclose(first, option)
