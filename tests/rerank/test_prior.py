from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from belink.errors import ConfigError
from belink.rerank.prior import cyclic_orders, letter_prior
from belink.rerank.prompt import read_prompt
from belink.rerank.rerankers import setwise
from belink.types import (
    Candidate,
    ChoiceModel,
    Context,
    Failed,
    Logits,
    Mention,
    Prompt,
    Query,
    Ranking,
    Span,
)

NAMES = ("gout", "flu", "pain", "rash")
LIKING = {"gout": 0.7, "flu": 0.2, "pain": 0.08, "rash": 0.02}
BIAS = (0.4, 0.3, 0.2, 0.1)


def biased(bias: Sequence[float]) -> ChoiceModel:
    """Make a model whose probability of an option is its liking of the name times that of the letter."""

    def choose(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        questions = [read_prompt(prompt.text) for prompt in prompts]
        return [
            Logits((*(math.log(LIKING[o.label] * b) for o, b in zip(q.options, bias, strict=False)), -3.0))
            for q in questions
        ]

    return choose


def make_query(mention: str = "gout") -> Query:
    span = Span(0, len(mention))
    return Query(Mention("d", (span,), mention, "Disease"), Context(mention, span))


def make_candidates(*names: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(f"X:{name}", name, name, 0.5, "lexical") for name in names)


def test_cyclic_orders() -> None:
    """Every place stands once at every place, and the first order is the one given."""
    orders = cyclic_orders(4)
    assert orders[0] == (0, 1, 2, 3)
    assert [sorted(column) for column in zip(*orders, strict=True)] == [[0, 1, 2, 3]] * 4


def test_prior_is_the_bias() -> None:
    """What a model likes of the letters comes out, whatever it likes of the options."""
    prior, asked = letter_prior(
        setwise(biased(BIAS), max_options=3), [make_query()] * 2, [make_candidates(*NAMES)] * 2
    )
    assert prior == pytest.approx(BIAS)
    assert asked == 2


def test_prior_takes_the_bias_out() -> None:
    """With its prior divided out a model answers the same at every letter; without, it does not."""
    prior, _ = letter_prior(setwise(biased(BIAS), max_options=3), [make_query()], [make_candidates(*NAMES)])
    orders = cyclic_orders(3)
    candidates = [tuple(make_candidates(*NAMES[:3])[i] for i in order) for order in orders]

    def of_gout(rankings: Sequence[Ranking | Failed]) -> list[float]:
        return [
            each.probabilities[order.index(0)] / sum(each.probabilities)
            for each, order in zip(rankings, orders, strict=True)
            if isinstance(each, Ranking)
        ]

    plain = of_gout(setwise(biased(BIAS))([make_query()] * 3, candidates))
    freed = of_gout(setwise(biased(BIAS), prior=prior)([make_query()] * 3, candidates))
    assert np.ptp(plain) > 0.1
    assert freed == pytest.approx([freed[0]] * 3)


def test_few_candidates_do_not_count() -> None:
    """Mentions with fewer candidates than the orders need are passed over."""
    few, enough = make_candidates("gout", "flu"), make_candidates(*NAMES)
    _, asked = letter_prior(setwise(biased(BIAS), max_options=3), [make_query()] * 2, [few, enough])
    assert asked == 1


def test_most() -> None:
    """No more questions are asked than wanted."""
    _, asked = letter_prior(
        setwise(biased(BIAS), max_options=3), [make_query()] * 5, [make_candidates(*NAMES)] * 5, most=2
    )
    assert asked == 2


def test_last_letter_of_the_longest_question() -> None:
    """Of 20 options the letter of "none" cannot be measured and gets the others' geometric mean."""
    names = [f"n{i}" for i in range(20)]

    def rising(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        return [Logits((*range(20), 0.0))] * len(prompts)

    found = [make_candidates(*names)]
    prior, _ = letter_prior(setwise(rising, max_options=20), [make_query()], found)
    assert len(prior) == 21
    assert prior[20] == pytest.approx(math.exp(np.log(prior[:20]).mean()))


def test_degraded_answers_do_not_count() -> None:
    """A question of which a letter was not reported says nothing; where there is no other, that is said."""

    def degraded(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        return [Logits((0.0, -math.inf, 0.0, 0.0, 0.0), degraded=True)] * len(prompts)

    with pytest.raises(ConfigError, match="found 1 mentions with 4 candidates, none answered"):
        letter_prior(setwise(degraded, max_options=3), [make_query()], [make_candidates(*NAMES)])
