"""From an example to the question a re-ranker is trained on, with its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from belink.rerank.prompt import write_prompt
from belink.train.examples import Example
from belink.types import Prompt


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
    """

    options: int = 10
    dropped: float = 0.15
    shuffled: float = 0.4
    hidden: float = 0.08
    rescued: float = 0.7
    max_tokens: int = 208


def draw(
    example: Example,
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    count_tokens: Callable[[str], int],
) -> tuple[Prompt, int]:
    """Write a training question, and give the place of its answer (the last option is "none").

    Where retrieval missed the right candidate, "none" is right.
    """
    right = example.place
    hide = rng.random() < drawing.hidden
    kept = [
        i
        for i in range(len(example.candidates))
        if (i == right and not hide) or (i != right and rng.random() >= drawing.dropped)
    ]
    shown = kept[: drawing.options]
    if right in kept and right not in shown and rng.random() < drawing.rescued:
        shown[int(rng.integers(len(shown)))] = right
    if rng.random() < drawing.shuffled:
        rng.shuffle(shown)
    candidates = [example.candidates[i] for i in shown]
    prompt = write_prompt(
        example.query,
        candidates,
        max_tokens=drawing.max_tokens,
        count_tokens=count_tokens,
        describe=example.describe,
    )
    # Another concept of a mention with several right ones counts as right where the first is not shown.
    places = [i for i, each in enumerate(candidates) if each.concept_id in example.gold]
    return prompt, places[0] if places else len(candidates)
