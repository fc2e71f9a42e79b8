"""From a model's logits to probabilities: pure functions.

Legend: `P` orders in which a question was asked, `N` options of a question, "none" included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from belink.types import Failed, Logits


def probabilities(
    logits: Logits, *, temperature: float = 1.0, prior: Sequence[float] | None = None
) -> tuple[float, ...] | Failed:
    """Give each option its probability: softmax(logits / temperature), the letters' prior divided out.

    Options the model did not report (`-inf`) get 0. The result adds up to 1, in the options' order; it
    is empty for no logits.

    Args:
        logits: the scores of the options, "none" last.
        temperature: above 0; above 1 makes the model less sure.
        prior: how probable the model finds each letter whatever it stands for (`estimate_prior`), at
            least as many as options; None for even.

    Returns:
        `Failed` where a score is not a number or `+inf`, or none was reported.
    """
    values = np.asarray(logits.values, dtype=np.float64)
    if not values.size:
        return ()
    if np.isnan(values).any() or (values == np.inf).any():
        return Failed(f"the model gave scores that are not numbers: {_few(logits.values)}")
    if values.max() == -np.inf:
        return Failed("the model reported none of the options")
    found = softmax(values / temperature)
    if prior is not None:
        found = divide_prior(found, np.asarray(prior, dtype=np.float64))
    return tuple(float(p) for p in found)


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exponentiate and normalise along the last axis, without overflow."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def divide_prior(probabilities: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the letters' prior out of the observed probabilities and normalise.

    p_debiased(option i) ∝ p_observed(letter i) / p_prior(letter i): PriDe, arXiv:2309.03882, equation 7.

    Args:
        probabilities: observed ones, [N].
        prior: of the letters, above 0, [>= N]; only the first N count.
    """
    freed = probabilities / prior[: len(probabilities)]
    result: NDArray[np.float64] = freed / freed.sum()
    return result


def estimate_prior(log_probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate the prior of the letters from one question asked in all cyclic orders of its options.

    p_prior = softmax over letters of the mean over orders of log p_observed: PriDe, arXiv:2309.03882,
    equation 6. Average the result over some dozens of questions.

    Args:
        log_probabilities: finite, [P, N]: by order asked, then by letter (not by option).

    Returns:
        Probabilities of the letters, [N].
    """
    return softmax(log_probabilities.mean(axis=0))


def _few(values: Sequence[float]) -> str:
    bad = [str(value) for value in values if math.isnan(value) or value == math.inf]
    return ", ".join(bad[:3])
