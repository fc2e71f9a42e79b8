"""Write a trained tagger as int8 ONNX for `belink.detect.tagger`, and check what int8 costs."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from belink.detect.pieces import FEATURES, TAGGED_TYPES
from belink.detect.tagger import onnx_judge
from belink.detect.windowed import Judge, judge_words
from belink.errors import ModelError
from belink.models.encoder import MODEL, TOKENIZER
from belink.models.tagger import write_tagger_manifest
from belink.train.export import fused, traced
from belink.train.quantise import Feed, quantise
from belink.train.quicker import quicker
from belink.train.tagger_corpora import LabelledText
from belink.train.tagger_dev import judge, span_figures
from belink.train.tagger_network import TaggerNetwork, load_tagger_network

log = logging.getLogger(__name__)

MOST_LOST = 0.01
"""Strict F1 that int8 may lose against float, the mean over development sets and types."""


def export_tagger(
    trained: Path,
    out: Path,
    *,
    sample: Sequence[LabelledText],
    dev: Mapping[str, Sequence[LabelledText]],
    base_model: str,
    licence: str = "Apache-2.0",
) -> dict[str, tuple[float, float]]:
    """Quantise a tagger and write it; nothing is written where int8 loses too much.

    Args:
        trained: folder of a trained tagger (`TaggerNetwork.save`).
        out: folder to write; files of these names in it are replaced.
        sample: texts like those to be tagged, to find the activations' ranges with; a hundred will do.
        dev: where strict F1 of int8 is compared with float's.
        base_model: for the manifest.
        licence: SPDX expression of the weights' licence, for the manifest.

    Returns:
        Strict span F1 in [0, 1] of float and of int8 for each development set and type.

    Raises:
        ModelError: the tagger cannot be loaded or converted, or int8 loses a point of F1.
    """
    network = load_tagger_network(str(trained)).eval()
    graph = quantise(fused(to_onnx(network), network.transformer.config), _feeds(sample), nibbles=True)
    graph = quicker(graph)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        onnx.save(graph, folder / MODEL)
        network.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        write_tagger_manifest(
            folder, types=TAGGED_TYPES, features=FEATURES, base_model=base_model, licence=licence
        )
        figures = _compare(judge(network), onnx_judge(folder / MODEL), dev)
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.iterdir()):
            shutil.copyfile(file, out / file.name)
    return figures


class _Graph(torch.nn.Module):  # type: ignore[misc]  # untyped where torch is not installed
    """The network with its own layers as products of three dimensions, which stay float when quantised.

    Features are 0 or 1 and rare, so that a sample may never show one of them; the outputs need all digits.
    """

    def __init__(self, network: TaggerNetwork) -> None:
        super().__init__()
        self.transformer = network.transformer
        self.features = torch.nn.Parameter(network.features.weight.detach().T[None].contiguous())
        self.head = torch.nn.Parameter(network.head.weight.detach().T[None].contiguous())
        self.bias = network.head.bias

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, features: torch.Tensor
    ) -> torch.Tensor:
        embedded = self.transformer.embeddings.word_embeddings(input_ids) + features.float() @ self.features
        hidden = self.transformer(inputs_embeds=embedded, attention_mask=attention_mask).last_hidden_state
        logits: torch.Tensor = hidden @ self.head + self.bias
        return logits


def to_onnx(network: TaggerNetwork) -> onnx.ModelProto:
    """Trace a tagger: tokens, mask [B, L], features [B, L, FEATURES] uint8 -> `logits` [B, L, 3 * types]."""
    network.transformer.set_attn_implementation("eager")
    ids = torch.full((2, 7), 5)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    features = torch.zeros((2, 7, FEATURES), dtype=torch.uint8)
    names = ("input_ids", "attention_mask", "features", "logits")
    return traced(_Graph(network), (ids, mask, features), {name: {0: "B", 1: "L"} for name in names})


def _feeds(sample: Sequence[LabelledText]) -> Iterator[Feed]:
    fed: list[Feed] = []

    def keep(
        ids: NDArray[np.int64], mask: NDArray[np.int64], features: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        fed.append({"input_ids": ids, "attention_mask": mask, "features": features})
        return np.zeros((*ids.shape, 3 * len(TAGGED_TYPES)), dtype=np.float32)

    judge_words([text.pieces for text in sample], [text.features for text in sample], keep)
    yield from fed


def _compare(
    float32: Judge, int8: Judge, dev: Mapping[str, Sequence[LabelledText]]
) -> dict[str, tuple[float, float]]:
    figures: dict[str, tuple[float, float]] = {}
    for name, texts in dev.items():
        ours, small = span_figures(float32, texts), span_figures(int8, texts)
        for key in ours:
            if key.endswith(" f1"):
                figures[f"{name}: {key.removesuffix(' f1')}"] = (ours[key], small[key])
    lost = float(np.mean([before - after for before, after in figures.values()])) if figures else 0.0
    log.info("int8 loses %.4f of strict F1, the mean of %d", lost, len(figures))
    if lost >= MOST_LOST:
        raise ModelError(
            f"int8 loses {100 * lost:.2f} points of strict F1, less than {100 * MOST_LOST:.0f} is allowed; "
            "give a larger or more typical sample of texts"
        )
    return figures
