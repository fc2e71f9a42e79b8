"""How well a re-ranker chooses while it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from belink.rerank.backends.onnx import option_positions
from belink.rerank.prompt import write_prompt
from belink.rerank.weighing import options_shown
from belink.train.examples import Example
from belink.train.instructions import Drawing, prior
from belink.train.items import Item, tensors

if TYPE_CHECKING:
    from belink.train.choice_network import ChoiceNetwork

BATCH = 16


@dataclass(frozen=True, slots=True)
class DevScores:
    """Shares in [0, 1] over the `n` examples of a source whose gold is in the knowledge base.

    Attributes:
        source: of the examples.
        n: how many.
        retrieval: right at retrieval's first place.
        reachable: right among the options.
        accuracy: the option with the highest score is right, "none" left out.
        with_none: the highest of all scores is that of a right option.
    """

    source: str
    n: int
    retrieval: float
    reachable: float
    accuracy: float
    with_none: float

    def as_dict(self) -> dict[str, float]:
        """Give the figures by name, rounded."""
        names = ("n", "retrieval", "reachable", "accuracy", "with_none")
        return {name: round(getattr(self, name), 4) for name in names}


def measure(
    network: ChoiceNetwork,
    dev: Sequence[Example],
    drawing: Drawing,
    *,
    bf16: bool,
) -> list[DevScores]:
    """Ask each example once, its options in retrieval's order; sources in alphabetical order."""
    found = score_examples(network, dev, drawing, bf16=bf16)
    results = []
    for source in sorted({each.source for each in dev}):
        rows = [(each, scores) for each, scores in zip(dev, found, strict=True) if each.source == source]
        right = [[c.concept_id in each.gold for c in each.candidates[: len(s) - 1]] for each, s in rows]
        results.append(
            DevScores(
                source,
                len(rows),
                _share([any(places[:1]) for places in right]),
                _share([any(places) for places in right]),
                _share([_best(places, s[:-1]) for places, (_, s) in zip(right, rows, strict=True)]),
                _share([_best([*places, False], s) for places, (_, s) in zip(right, rows, strict=True)]),
            )
        )
    return results


def score_examples(
    network: ChoiceNetwork,
    examples: Sequence[Example],
    drawing: Drawing,
    *,
    bf16: bool,
) -> list[list[float]]:
    """Give the scores of each example's options in retrieval's order, "none" last; aligned.

    Retrieval's word is in them as it is in training (`Drawing.prior`).
    """
    tokenizer = network.tokenizer.backend_tokenizer
    items = []
    for example in examples:
        most = [each.score for each in example.candidates[: drawing.options]]
        scores = most[: options_shown(most, drawing.cut)]
        prompt = write_prompt(
            example.query,
            example.candidates[: len(scores)],
            max_tokens=drawing.max_tokens,
            count_tokens=lambda text: len(tokenizer.encode(text).ids),
            describe=example.describe,
        )
        encoding = tokenizer.encode(prompt.text)
        positions = option_positions(encoding, prompt)
        items.append(Item(encoding.ids[: positions[-1] + 1], positions, prior(scores, drawing.prior)))
    device = network.score.weight.device
    results: list[list[float]] = [[] for _ in items]
    order = sorted(range(len(items)), key=lambda i: len(items[i].ids))
    network.eval()
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        ids, mask, places, added = (each.to(device) for each in tensors([items[i] for i in chosen]))
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            rows = (network(ids, mask, places).float() + added).tolist()
        for i, row in zip(chosen, rows, strict=True):
            results[i] = row[: len(items[i].positions)]
    return results


def _best(right: Sequence[bool], scores: Sequence[float]) -> bool:
    return bool(right) and right[int(np.argmax(scores))]


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(len(values), 1)
