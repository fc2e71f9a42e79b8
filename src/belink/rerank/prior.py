"""How much a model prefers some letters whatever they stand for (PriDe, arXiv:2309.03882).

A question is asked in all cyclic orders of its options, so that each option stands once at each letter: what
the letters' mean log-probabilities still differ by is the model's own preference. No answers are needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from belink.errors import ConfigError
from belink.rerank.prompt import MAX_OPTIONS
from belink.rerank.readout import estimate_prior, probabilities
from belink.rerank.rerankers import SetwiseReranker
from belink.types import Candidate, Failed, Logits, Query


def cyclic_orders(n: int) -> list[tuple[int, ...]]:
    """Give the n rotations of n places, the unchanged one first; none for 0."""
    places = tuple(range(n))
    return [places[shift:] + places[:shift] for shift in places]


def letter_prior(
    rerank: SetwiseReranker,
    queries: Sequence[Query],
    candidates: Sequence[tuple[Candidate, ...]],
    *,
    most: int = 32,
) -> tuple[tuple[float, ...], int]:
    """Estimate a model's prior of the letters from a few questions in all cyclic orders.

    Each question has one option more than the re-ranker shows, so that the letter of "none of the above",
    which always stands for the same, is measured with options too. Where that is more than `MAX_OPTIONS`, the
    last letter gets the geometric mean of the others. A question that fails or is degraded in some order does
    not count.

    Args:
        rerank: of a model that answers with letters; its own prior is not used.
        queries: of any mentions; their right answers need not be known.
        candidates: of each query; queries with too few are passed over.
        most: questions at most.

    Returns:
        The prior of `max_options + 1` letters, adding up to 1, and the number of questions it is made of.

    Raises:
        ConfigError: no question has enough candidates and was answered.
    """
    options = min(rerank.max_options + 1, MAX_OPTIONS)
    pairs = [
        (query, found[:options])
        for query, found in zip(queries, candidates, strict=True)
        if len(found) >= options
    ][:most]
    orders = cyclic_orders(options)
    prompts = [rerank.write(query, [found[i] for i in order]) for query, found in pairs for order in orders]
    answers = rerank.model(prompts) if prompts else []
    asked = [answers[start : start + options] for start in range(0, len(answers), options)]
    priors = [estimate_prior(table) for each in asked if (table := _log_table(each)) is not None]
    if not priors:
        raise ConfigError(
            f"found {len(pairs)} mentions with {options} candidates, none answered in every order; expected "
            "at least one: give more text, or set a smaller rerank.k"
        )
    prior = np.mean(priors, axis=0)
    if options == rerank.max_options:
        prior = np.append(prior, np.exp(np.log(prior).mean()))
    return tuple(float(value) for value in prior / prior.sum()), len(priors)


def _log_table(answers: Sequence[Logits | Failed]) -> NDArray[np.float64] | None:
    """Give log-probabilities by order and letter, "none" left out, [P, N]; None where some are missing."""
    rows = []
    for answer in answers:
        if isinstance(answer, Failed) or answer.degraded:
            return None
        found = probabilities(Logits(answer.values[:-1]))
        if isinstance(found, Failed) or min(found) <= 0:
            return None
        rows.append(np.log(found))
    return np.array(rows)
