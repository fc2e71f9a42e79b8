"""Read the weights of an exported tagger back into float, so that its training can be gone on with.

int8 weights are multiplied by their scales and by what `belink.train.quantise` shrank the activations before
them by; what rounding took is gone. Word embeddings, which training does not touch, stay the base's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper

from belink.errors import ModelError
from belink.train.tagger_network import TaggerNetwork

Arrays = Mapping[str, NDArray[Any]]

_PRODUCT = "MatMulIntegerToFloat"
_OF_LAYER = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip
"""The products of a layer, in the order of the graph."""
_PREFIX = "transformer."


def load_exported(network: TaggerNetwork, path: Path) -> None:
    """Put the weights of a graph that `belink.train.export_tagger` wrote into a network of its shape.

    Raises:
        ModelError: the file is no such graph, or of a tagger of another shape.
    """
    try:
        graph = onnx.load(path).graph
    except (OSError, DecodeError) as error:
        raise ModelError(f"{path}: no ONNX graph that can be read ({error})") from error
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    try:
        found = dict(_weights(graph, stored))
        own = network.transformer.state_dict()
        network.transformer.load_state_dict({**own, **{name: found[name] for name in own if name in found}})
        network.features.load_state_dict({"weight": _tensor(stored["features.1"][0].T)})
        network.head.load_state_dict(
            {"weight": _tensor(stored["head"][0].T), "bias": _tensor(stored["bias"])}
        )
    except (KeyError, IndexError, RuntimeError) as error:
        raise ModelError(
            f"{path}: not the graph of an exported tagger of this base ({str(error).splitlines()[0]})"
        ) from error


def _weights(graph: onnx.GraphProto, stored: Arrays) -> Iterator[tuple[str, torch.Tensor]]:
    """Give the transformer's weights by their names in PyTorch."""
    for name, values in stored.items():
        if name.startswith(_PREFIX) and values.dtype == np.float32:
            yield name.removeprefix(_PREFIX), _tensor(values)
    for table in ("token_type", "position"):
        name = f"{_PREFIX}embeddings.{table}_embeddings.weight"
        rows = stored[f"{name}_i8"].astype(np.float32) * stored[f"{name}_scale"]
        yield name.removeprefix(_PREFIX), _tensor(rows)
    made_by = {name: node for node in graph.node for name in node.output}
    products = [node for node in graph.node if node.op_type == _PRODUCT]
    for place, node in enumerate(products):
        layer, part = divmod(place, len(_OF_LAYER))
        shrunk = made_by[made_by[node.input[0]].input[0]]
        shrink = stored[shrunk.input[1]][:, None]
        weights = stored[node.input[1]].astype(np.float32) * stored[node.input[3]] * shrink
        name = f"encoder.layer.{layer}.{_OF_LAYER[part]}"
        yield f"{name}.weight", _tensor(weights.T)
        if len(node.input) > 6 and node.input[6]:
            yield f"{name}.bias", _tensor(stored[node.input[6]])


def _tensor(values: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))
