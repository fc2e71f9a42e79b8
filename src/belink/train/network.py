"""The network that is trained: a transformer encoder, the mean over its tokens, unit length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from belink.errors import ModelError

CHUNK = 128
"""Texts computed at once; texts of like length come together, so that little is padded."""


class Network(torch.nn.Module):  # type: ignore[misc]  # untyped where torch is not installed
    """Embeds texts; `transformer` and `tokenizer` are those of Hugging Face."""

    transformer: Any  # transformers has no types
    tokenizer: Any

    def __init__(self, transformer: Any, tokenizer: Any, max_tokens: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Give unit vectors.

        Args:
            input_ids: [B, L] tokens.
            attention_mask: [B, L] 1 for tokens, 0 for padding.

        Returns:
            [B, D] float32.
        """
        hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).float()
        mean = (hidden.float() * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return torch.nn.functional.normalize(mean, dim=-1)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Give the tokens of each text, cut to `max_tokens`."""
        encoded = self.tokenizer(list(texts), truncation=True, max_length=self.max_tokens)
        ids: list[list[int]] = encoded["input_ids"]
        return ids

    def embed(self, texts: Sequence[str], *, bf16: bool) -> torch.Tensor:
        """Give [N, D] unit vectors in the order of the texts, with gradients where they are enabled."""
        tokens = self.tokens(texts)
        order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
        parts = []
        for start in range(0, len(order), CHUNK):
            rows = [tokens[row] for row in order[start : start + CHUNK]]
            length = len(rows[-1])
            ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
                parts.append(self(ids, mask))
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[back]

    def encode(self, texts: Sequence[str], *, bf16: bool = False) -> NDArray[np.float32]:
        """Give [N, D] unit vectors without dropout and gradients."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        self.eval()
        with torch.inference_mode():
            vectors: NDArray[np.float32] = self.embed(texts, bf16=bf16).numpy()
        return vectors

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.transformer.config.hidden_size)

    def parameter_groups(self, weight_decay: float) -> list[dict[str, object]]:
        """Give the parameters for AdamW: matrices with decay, biases and norms without."""
        matrices = [each for each in self.parameters() if each.requires_grad and each.ndim > 1]
        others = [each for each in self.parameters() if each.requires_grad and each.ndim <= 1]
        return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer as Hugging Face does."""
        self.transformer.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def load_network(base: str, max_tokens: int) -> Network:
    """Load an encoder by Hugging Face id or folder, SapBERT for one.

    Raises:
        ModelError: where there is none, or `transformers` is not installed.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ModelError('training needs PyTorch and transformers: pip install "belink[train]"') from error
    try:
        transformer = AutoModel.from_pretrained(base, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{base}: no encoder that transformers can load ({str(error).splitlines()[0]})"
        ) from error
    return Network(transformer, tokenizer, max_tokens)
