"""The re-ranker while it is trained: a causal transformer whose options are scored where their lines end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from belink.errors import ModelError
from belink.rerank.backends.onnx import GRAPH, MOST_TOKENS, TOKENIZER
from belink.train.decoder import Decoder, Floats
from belink.train.exported import read_decoder

SCORE = "score.pt"


class ChoiceNetwork(torch.nn.Module):  # type: ignore[misc]  # untyped where torch is not installed
    """Scores options in one pass; `transformer` and `tokenizer` are those of Hugging Face.

    The transformer ends with its last norm; there is no language-model head. An option's score is a
    linear function of the state at the last token of its line.
    """

    transformer: Any  # transformers has no types
    tokenizer: Any

    def __init__(self, transformer: Any, tokenizer: Any) -> None:
        super().__init__()
        self.transformer = transformer
        self.tokenizer = tokenizer
        self.score = torch.nn.Linear(int(transformer.config.hidden_size), 1)
        torch.nn.init.normal_(self.score.weight, std=0.01)
        torch.nn.init.zeros_(self.score.bias)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, option_positions: torch.Tensor
    ) -> torch.Tensor:
        """Give a score for each option.

        Args:
            input_ids: [B, T] tokens, padded behind.
            attention_mask: [B, T] 1 for tokens, 0 for padding.
            option_positions: [B, N] place of the last token of each option's line.

        Returns:
            [B, N] float32.
        """
        hidden = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, use_cache=False
        ).last_hidden_state
        places = option_positions.unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
        return self.score(hidden.gather(1, places).float()).squeeze(-1)

    def save(self, folder: Path) -> None:
        """Write the transformer and its tokenizer as Hugging Face does, and the score beside them."""
        self.transformer.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        torch.save(self.score.state_dict(), folder / SCORE)


def load_choice_network(base: str, layers: int = 0) -> ChoiceNetwork:
    """Load a causal language model by Hugging Face id or folder, or a re-ranker.

    Args:
        base: any decoder that `transformers` loads with `AutoModel` and whose layers are `model.layers`; the
            folder of a network that `save` wrote; or that of an exported re-ranker, the shipped one say.
        layers: keep only the first so many; 0 keeps all.

    Raises:
        ModelError: where there is none, it has fewer layers, or `transformers` is not installed.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ModelError('training needs PyTorch and transformers: pip install "belink[train]"') from error
    if (Path(base) / GRAPH).is_file():
        return _exported(Path(base))
    try:
        transformer = AutoModel.from_pretrained(base, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(base)
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise ModelError(f"{base}: no language model that transformers can load ({first})") from error
    if layers:
        if layers > len(transformer.layers):
            raise ModelError(f"{base}: {len(transformer.layers)} layers, cannot keep {layers}")
        transformer.layers = transformer.layers[:layers]
        transformer.config.num_hidden_layers = layers
        if getattr(transformer.config, "layer_types", None):
            transformer.config.layer_types = transformer.config.layer_types[:layers]
    network = ChoiceNetwork(transformer, tokenizer)
    scored = Path(base) / SCORE
    if scored.is_file():
        network.score.load_state_dict(torch.load(scored, weights_only=True))
    return network


def _exported(folder: Path) -> ChoiceNetwork:
    """Load an exported re-ranker in float."""
    from transformers import LlamaConfig, LlamaModel, PreTrainedTokenizerFast

    decoder = read_decoder(folder / GRAPH)
    vocabulary, width = decoder.embeddings.shape
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=decoder.layers[0].down.shape[0],
        num_hidden_layers=len(decoder.layers),
        num_attention_heads=decoder.heads,
        num_key_value_heads=decoder.key_heads,
        rms_norm_eps=decoder.epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": decoder.theta},
        max_position_embeddings=MOST_TOKENS,
    )
    transformer = LlamaModel(config)
    _fill(transformer, _named(decoder))
    network = ChoiceNetwork(transformer, PreTrainedTokenizerFast(tokenizer_file=str(folder / TOKENIZER)))
    _fill(network.score, {"weight": decoder.score.T, "bias": decoder.bias})
    return network


def _named(decoder: Decoder) -> dict[str, Floats]:
    """Name a decoder's weights as `transformers` does, [out, in]."""
    width = decoder.head_width
    ends = (decoder.heads * width, (decoder.heads + decoder.key_heads) * width)
    named = {"embed_tokens.weight": decoder.embeddings, "norm.weight": decoder.norm}
    for place, layer in enumerate(decoder.layers):
        queries, keys, values = np.split(layer.inputs, ends, axis=1)
        for name, weights in (
            ("input_layernorm", layer.attention_norm),
            ("self_attn.q_proj", queries.T),
            ("self_attn.k_proj", keys.T),
            ("self_attn.v_proj", values.T),
            ("self_attn.o_proj", layer.outputs.T),
            ("post_attention_layernorm", layer.gates_norm),
            ("mlp.gate_proj", layer.gate.T),
            ("mlp.up_proj", layer.up.T),
            ("mlp.down_proj", layer.down.T),
        ):
            named[f"layers.{place}.{name}.weight"] = weights
    return named


def _fill(module: torch.nn.Module, weights: Mapping[str, Floats]) -> None:
    module.load_state_dict({name: torch.from_numpy(each.copy()) for name, each in weights.items()})
