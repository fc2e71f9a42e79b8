"""Questions of a re-ranker in tokens, and several of them as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from belink.rerank.backends.onnx import option_positions
from belink.train.choice_network import ChoiceNetwork
from belink.train.examples import Example
from belink.train.instructions import Drawing, draw

_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Item:
    """A question in tokens; `positions` and `prior` are of its options, `answer` is the right one's place."""

    ids: list[int]
    positions: list[int]
    prior: Sequence[float]
    answer: int = 0


def make_item(
    example: Example,
    network: ChoiceNetwork,
    drawing: Drawing,
    rng: np.random.Generator,
) -> Item:
    """Draw a question of an example and put it into tokens, up to its last option."""
    tokenizer = network.tokenizer.backend_tokenizer
    drawn = draw(example, drawing, rng, count_tokens=lambda text: len(tokenizer.encode(text).ids))
    encoding = tokenizer.encode(drawn.prompt.text)
    positions = option_positions(encoding, drawn.prompt)
    return Item(encoding.ids[: positions[-1] + 1], positions, drawn.prior, drawn.answer)


def tensors(items: Sequence[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad questions: ids and mask [B, T], option places and what is added to their scores [B, N].

    What is added to the scores of padding makes it as good as impossible.
    """
    length, options = max(len(each.ids) for each in items), max(len(each.positions) for each in items)
    ids = torch.tensor([each.ids + [0] * (length - len(each.ids)) for each in items])
    mask = torch.tensor([[1] * len(each.ids) + [0] * (length - len(each.ids)) for each in items])
    places = torch.tensor([each.positions + [0] * (options - len(each.positions)) for each in items])
    prior = torch.tensor(
        [[*each.prior, *[_NEVER] * (options - len(each.positions))] for each in items], dtype=torch.float32
    )
    return ids, mask, places, prior
