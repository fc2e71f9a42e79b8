"""From an example to the question a re-ranker is trained on, with its answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from belink.rerank.prompt import write_prompt
from belink.rerank.weighing import LEAST, options_shown
from belink.train.examples import Example
from belink.types import Prompt

NONE_SHARE = 0.05
"""What "none" counts as among retrieval's scores, which leave it out."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How candidates become options.

    Attributes:
        options: at most so many.
        dropped: share of the wrong candidates left out, so that the lower ones move up.
        shuffled: share of the questions whose options are shuffled; the others keep retrieval's order.
        hidden: share of the questions whose right option is taken out, so that "none" is right.
        rescued: share of the questions where retrieval ranked the right candidate too low, that show it in a
            random place all the same; in the others "none" is right.
        max_tokens: budget of a question.
        cut: options from a place on are left out where retrieval's scores of them add up to no more than
            this, as `TypeWeights.cut` does when linking; 0 shows all.
        prior: how much retrieval's word counts beside the model's while it learns: the loss is taken of the
            model's scores plus so many times the logarithms of retrieval's. At 0 the model learns to choose
            by itself; at 1 it learns what retrieval does not know (a product of experts, one of them held
            fixed: Hinton 2002, doi:10.1162/089976602760128018).
    """

    options: int = 10
    dropped: float = 0.15
    shuffled: float = 0.4
    hidden: float = 0.08
    rescued: float = 0.7
    max_tokens: int = 208
    cut: float = 0.0
    prior: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        prompt: with N options.
        answer: the place of the right one; the last option is "none".
        prior: what is added to the model's scores of the options before the loss is taken, [N].
    """

    prompt: Prompt
    answer: int
    prior: tuple[float, ...]


def draw(
    example: Example,
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    count_tokens: Callable[[str], int],
) -> Question:
    """Write a training question; where retrieval missed the right candidate, "none" is right."""
    right = example.place
    hide = rng.random() < drawing.hidden
    kept = [
        i
        for i in range(len(example.candidates))
        if (i == right and not hide) or (i != right and rng.random() >= drawing.dropped)
    ]
    scores = [example.candidates[i].score for i in kept[: drawing.options]]
    shown = kept[: options_shown(scores, drawing.cut)]
    scores = scores[: len(shown)]
    if right in kept and right not in shown and rng.random() < drawing.rescued:
        shown[int(rng.integers(len(shown)))] = right
    order = rng.permutation(len(shown)) if rng.random() < drawing.shuffled else np.arange(len(shown))
    candidates = [example.candidates[shown[i]] for i in order]
    prompt = write_prompt(
        example.query,
        candidates,
        max_tokens=drawing.max_tokens,
        count_tokens=count_tokens,
        describe=example.describe,
    )
    # Another concept of a mention with several right ones counts as right where the first is not shown.
    places = [i for i, each in enumerate(candidates) if each.concept_id in example.gold]
    answer = places[0] if places else len(candidates)
    return Question(prompt, answer, prior([scores[i] for i in order], drawing.prior))


def prior(scores: Sequence[float], weight: float) -> tuple[float, ...]:
    """Give what is added to the model's scores of N options and, last, of "none".

    Args:
        scores: retrieval's, in [0, 1], [N].
        weight: see `Drawing.prior`.
    """
    return tuple(weight * math.log(max(each, LEAST)) for each in (*scores, NONE_SHARE))
