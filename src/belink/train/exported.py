"""Read the weights of an exported re-ranker back into float, so that its training can be gone on with.

int8 weights are multiplied by their scales; what rounding took is gone (half a step of 1/127 of a column's
largest weight at most). `belink.train.decoder.smoothed` had shifted the sizes of channels between weights
that meet; here they are shifted again: of a norm's channels until the weights behind it are of one length, of
gated channels until those before and behind are. The scores stay, and a step of the optimiser moves each
channel about alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from belink.errors import ModelError
from belink.train.decoder import ATTENTION, GATES, Decoder, Floats, Layer, activation


def read_decoder(path: Path) -> Decoder:
    """Read the graph that `belink.train.choice_graph` wrote, in integers or in float.

    Raises:
        ModelError: the file is no such graph.
    """
    try:
        graph = onnx.load(path).graph
    except (OSError, DecodeError) as error:
        raise ModelError(f"{path}: no ONNX graph that can be read ({error})") from error
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    norms = [node for node in graph.node if node.op_type == "SimplifiedLayerNormalization"]
    if not norms or not {"score", "single", "halves", "0.keys_values"} <= stored.keys():
        raise ModelError(f"{path}: not the graph of an exported re-ranker; give the folder of one")
    epsilon = next(each.f for each in norms[0].attribute if each.name == "epsilon")
    layers = sum(name.endswith(".keys_values") for name in stored)
    cosines = stored["cosines"]
    return Decoder(
        heads=int(stored["single"][1]),
        key_heads=int(stored["halves"][0]),
        epsilon=epsilon,
        theta=_theta(cosines, stored["sines"]),
        embeddings=_table(stored),
        layers=tuple(_evened(_layer(stored, place)) for place in range(layers)),
        norm=stored["last_gain"],
        score=stored["score"],
        bias=stored["bias"],
    )


def _theta(cosines: Floats, sines: Floats) -> float:
    """Give the base of the wavelengths from the angles of the token at place 1: theta ** (-i / half)."""
    angles = np.arctan2(sines[1].astype(np.float64), cosines[1].astype(np.float64))
    half = len(angles)
    places = np.arange(1, half)
    return float(np.round(np.exp(np.median(-np.log(angles[1:]) * half / places))))


def _table(stored: Mapping[str, Floats]) -> Floats:
    table = stored["embeddings"]
    return table * stored["embeddings_scale"] if "embeddings_scale" in stored else table


def _layer(stored: Mapping[str, Floats], place: int) -> Layer:
    def weights(name: str) -> Floats:
        scale = stored.get(f"{place}.{name}_scale")
        values = stored[f"{place}.{name}"].astype(np.float32)
        return values if scale is None else values * scale

    return Layer(
        attention_norm=stored[f"{activation(place, ATTENTION)}_gain"],
        inputs=np.concatenate([weights("queries"), weights("keys_values")], axis=1),
        outputs=weights("outputs"),
        gates_norm=stored[f"{activation(place, GATES)}_gain"],
        gate=weights("gate"),
        up=weights("up"),
        down=weights("down"),
    )


def _evened(layer: Layer) -> Layer:
    """Shift sizes between weights that meet, so that the scores stay and channels are alike."""
    attention = _lengths(layer.inputs)
    gates = _lengths(np.concatenate([layer.gate, layer.up], axis=1))
    up = layer.up / gates[:, None]
    gated = np.sqrt(_lengths(up.T) / _lengths(layer.down))
    return replace(
        layer,
        attention_norm=layer.attention_norm * attention,
        inputs=layer.inputs / attention[:, None],
        gates_norm=layer.gates_norm * gates,
        gate=layer.gate / gates[:, None],
        up=up / gated,
        down=layer.down * gated[:, None],
    )


def _lengths(weights: Floats) -> Floats:
    """Give each row's length over that of all rows on the average (root of the mean square), [rows]."""
    squares = np.maximum((weights.astype(np.float64) ** 2).mean(axis=1), 1e-12)
    result: Floats = np.sqrt(squares / squares.mean()).astype(np.float32)
    return result
