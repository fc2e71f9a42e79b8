"""Write a trained encoder as int8 ONNX for `belink.models.encoder`, and check what int8 costs."""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from belink.errors import ModelError
from belink.models.encoder import MODEL, TOKENIZER, load_encoder, write_encoder_manifest
from belink.train.dev import DevSet, Recall, measure
from belink.train.network import Network, load_network
from belink.train.quantise import Feed, quantise
from belink.train.quicker import quicker

log = logging.getLogger(__name__)

MOST_LOST = 0.005
"""Share of queries whose recall@20 int8 may lose against float, over all dev sets together."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Recall of the float and the int8 encoder on one dev set."""

    float32: Recall
    int8: Recall


def export_encoder(
    source: str,
    out: Path,
    *,
    sample: Sequence[str],
    max_tokens: int = 32,
    base_model: str = "",
    licence: str = "Apache-2.0",
    dev: Sequence[DevSet] = (),
) -> tuple[Loss, ...]:
    """Quantise an encoder and write it; nothing is written where int8 loses too much.

    Args:
        source: folder or Hugging Face id of an encoder of the BERT family (SapBERT for one); its token
            vectors are averaged.
        out: folder to write; files of these names in it are replaced.
        sample: names like those to be embedded, to find the activations' ranges with; a thousand will do.
        max_tokens: longer names are cut.
        base_model: for the manifest; "" takes `source`.
        licence: SPDX expression of the weights' licence, for the manifest.
        dev: where recall@20 of int8 is compared with float's; none skips the check.

    Returns:
        Both recalls on each dev set.

    Raises:
        ModelError: the encoder cannot be loaded or converted, or int8 loses half a point of recall@20.
    """
    network = load_network(source, max_tokens).eval()
    graph = quicker(quantise(fused(to_onnx(network), network.transformer.config), feeds(network, sample)))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        onnx.save(graph, folder / MODEL)
        network.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        write_encoder_manifest(
            folder,
            dimensions=network.dimensions,
            max_tokens=max_tokens,
            base_model=base_model or source,
            licence=licence,
        )
        losses = compare(network, folder, dev)
        check(losses)
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.iterdir()):
            shutil.copyfile(file, out / file.name)
    return losses


def compare(network: Network, folder: Path, dev: Sequence[DevSet]) -> tuple[Loss, ...]:
    """Measure float and int8 on each dev set."""
    encoder = load_encoder(folder)
    return tuple(Loss(measure(network.encode, each), measure(encoder, each)) for each in dev)


def check(losses: Sequence[Loss]) -> None:
    """Refuse an int8 encoder that loses much.

    Raises:
        ModelError: where it loses `MOST_LOST` or more of recall@20 over all queries.
    """
    queries = sum(each.int8.queries for each in losses)
    lost = sum((each.float32.at_20 - each.int8.at_20) * each.int8.queries for each in losses) / max(
        queries, 1
    )
    log.info("int8 loses %.4f of recall@20 over %d queries", lost, queries)
    if lost >= MOST_LOST - 1e-9:
        raise ModelError(
            f"int8 loses {100 * lost:.2f} points of recall@20 over {queries} dev queries, less than"
            f" {100 * MOST_LOST} are allowed; give a larger or more typical sample of names"
        )


class _Graph(torch.nn.Module):  # type: ignore[misc]  # untyped where torch is not installed
    """The network with its mean written as a product: sums over tokens depend on the batch in onnxruntime."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.transformer = network.transformer

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        total = (attention_mask.unsqueeze(1).float() @ hidden).squeeze(1)
        return torch.nn.functional.normalize(total, dim=-1)


def to_onnx(network: Network) -> onnx.ModelProto:
    """Trace a network: `input_ids` and `attention_mask` [B, L] -> `vectors` [B, D], float32."""
    network.transformer.set_attn_implementation("eager")
    ids = torch.full((2, 7), 5)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    by_token = {0: "B", 1: "L"}
    axes = {"input_ids": by_token, "attention_mask": by_token, "vectors": {0: "B"}}
    return traced(_Graph(network), (ids, mask), axes)


def traced(
    module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], axes: dict[str, dict[int, str]]
) -> onnx.ModelProto:
    """Trace a module.

    Args:
        module: with one output.
        inputs: examples of its inputs.
        axes: the inputs' names in order, then the output's, with the names of the axes that may change.
    """
    written = io.BytesIO()
    names = list(axes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of constants it folds
        torch.onnx.export(
            module,
            inputs,
            written,  # type: ignore[arg-type]
            input_names=names[:-1],
            output_names=names[-1:],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return onnx.load_from_string(written.getvalue())


def fused(model: onnx.ModelProto, config: Any) -> onnx.ModelProto:
    """Join attention, norms and activations into the operators that onnxruntime has for them.

    Args:
        model: of the BERT family, float.
        config: of its transformer, as Hugging Face has it.
    """
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    joined = optimizer.optimize_model(
        model,
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=0,
    )
    result: onnx.ModelProto = joined.model
    return result


def feeds(network: Network, names: Sequence[str], *, batch: int = 64) -> Iterator[Feed]:
    """Yield padded batches of tokens."""
    for start in range(0, len(names), batch):
        rows = network.tokens(names[start : start + batch])
        length = max(map(len, rows))
        ids: NDArray[np.int64] = np.zeros((len(rows), length), dtype=np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        yield {"input_ids": ids, "attention_mask": mask}
