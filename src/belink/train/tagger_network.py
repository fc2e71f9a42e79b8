"""The tagger that is trained: a transformer encoder that also sees each piece's features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from belink.detect.pieces import FEATURES, TAGGED_TYPES
from belink.train.network import load_network

WEIGHTS = "tagger.pt"


class TaggerNetwork(torch.nn.Module):  # type: ignore[misc]  # untyped where torch is not installed
    """Judges for each piece and type whether a mention begins, goes on or neither; `load_tagger_network`."""

    transformer: Any  # transformers has no types
    tokenizer: Any

    def __init__(self, transformer: Any, tokenizer: Any, dropout: float) -> None:
        super().__init__()
        self.transformer = transformer
        self.transformer.pooler = None
        self.tokenizer = tokenizer
        width = transformer.config.hidden_size
        self.features = torch.nn.Linear(FEATURES, width, bias=False)
        self.head = torch.nn.Linear(width, 3 * len(TAGGED_TYPES))
        self.dropout = torch.nn.Dropout(dropout)
        for layer in transformer.encoder.layer:
            layer.attention.self.dropout.p = 0.0  # takes a third of the time
        transformer.embeddings.word_embeddings.weight.requires_grad_(False)  # the rare ones stay in place
        torch.nn.init.zeros_(self.features.weight)
        torch.nn.init.normal_(self.head.weight, std=0.02)
        torch.nn.init.zeros_(self.head.bias)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, features: torch.Tensor
    ) -> torch.Tensor:
        """Give logits.

        Args:
            input_ids: [B, L] tokens.
            attention_mask: [B, L] 1 for tokens, 0 for padding.
            features: [B, L, FEATURES] floats of 0 and 1.

        Returns:
            [B, L, 3 * types] floats: B, I and O of the first type, then of the next.
        """
        words = self.transformer.embeddings.word_embeddings(input_ids)
        embedded = words + self.features(features)
        hidden = self.transformer(inputs_embeds=embedded, attention_mask=attention_mask).last_hidden_state
        logits: torch.Tensor = self.head(self.dropout(hidden))
        return logits

    def parameter_groups(
        self, learning_rate: float, head_rate: float, weight_decay: float
    ) -> list[dict[str, object]]:
        """Give the parameters for AdamW: matrices with decay, biases and norms without, new ones faster."""
        groups: list[dict[str, object]] = []
        for new, rate in ((False, learning_rate), (True, head_rate)):
            own = [
                value
                for name, value in self.named_parameters()
                if name.startswith(("features.", "head.")) == new and value.requires_grad
            ]
            matrices = [each for each in own if each.ndim > 1]
            others = [each for each in own if each.ndim <= 1]
            groups.append({"params": matrices, "weight_decay": weight_decay, "lr": rate, "highest": rate})
            groups.append({"params": others, "weight_decay": 0.0, "lr": rate, "highest": rate})
        return groups

    def save(self, folder: Path) -> None:
        """Write encoder and tokenizer as Hugging Face does, and the tagger's own layers beside them."""
        self.transformer.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        torch.save({"features": self.features.state_dict(), "head": self.head.state_dict()}, folder / WEIGHTS)


def load_tagger_network(base: str, dropout: float = 0.1) -> TaggerNetwork:
    """Load an encoder by Hugging Face id or folder; a trained tagger's folder gives the trained tagger.

    Raises:
        ModelError: where there is none, or `transformers` is not installed.
    """
    network = load_network(base, 512)
    tagger = TaggerNetwork(network.transformer, network.tokenizer, dropout)
    own = Path(base) / WEIGHTS
    if own.is_file():
        saved = torch.load(own, weights_only=True)
        tagger.features.load_state_dict(saved["features"])
        tagger.head.load_state_dict(saved["head"])
    return tagger
