"""The weights of a decoder of the LLaMA family that scores options, as arrays.

Legend: `H` width of the stream, `I` inner width, `D` width of an attention head, `P` tokens of the head that
all questions share, `V` vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ATTENTION, GATES, GATED = "attention", "gates", "gated"
"""What `smoothed` evens out: what goes into a layer's attention, into its gates, and what the gates let
through."""

_LEAST = np.float32(1e-5)


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer; those of a product are [in, out].

    Attributes:
        attention_norm: [H].
        inputs: queries, keys and values beside one another, [H, (heads + 2 * key_heads) * D].
        outputs: [heads * D, H].
        gates_norm: [H].
        gate: [H, I].
        up: what is gated, [H, I].
        down: [I, H].
    """

    attention_norm: Floats
    inputs: Floats
    outputs: Floats
    gates_norm: Floats
    gate: Floats
    up: Floats
    down: Floats


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder that scores options.

    Attributes:
        heads: attention heads of the queries.
        key_heads: of keys and values.
        epsilon: of the norms.
        theta: base of the wavelengths of the rotation by position.
        embeddings: [V, H].
        layers: at least one.
        norm: the last one, [H].
        score: [H, 1].
        bias: of the score, [1].
    """

    heads: int
    key_heads: int
    epsilon: float
    theta: float
    embeddings: Floats
    layers: tuple[Layer, ...]
    norm: Floats
    score: Floats
    bias: Floats

    @property
    def head_width(self) -> int:
        """Give D."""
        return len(self.layers[0].outputs) // self.heads


@dataclass(frozen=True, slots=True)
class Head:
    """Of each layer the keys and values of the tokens all questions begin with, [1, key_heads, P, D]."""

    states: tuple[tuple[Floats, Floats], ...]

    @property
    def length(self) -> int:
        """Give P."""
        return int(self.states[0][0].shape[2])


def smoothed(decoder: Decoder, ranges: Mapping[str, Floats], strength: float = 0.7) -> Decoder:
    """Give a decoder with the same scores whose activations are easier to quantise.

    Each channel of an activation is divided by s, and the weights it meets multiplied by s, with
    s = range ** strength / (largest weight) ** (1 - strength): Xiao et al. 2023, "SmoothQuant", arXiv
    2211.10438, equation 4. The division goes into the norm's gain or the weights before it, so it costs
    nothing. Keys and values stay as they are.

    Args:
        decoder: in float.
        ranges: largest magnitude of each channel, [H] or [I], by `activation(place, part)`.
        strength: 0 leaves the activations uneven, 1 the weights.
    """
    layers = []
    for place, layer in enumerate(decoder.layers):
        before = {
            ATTENTION: layer.inputs,
            GATES: np.concatenate([layer.gate, layer.up], axis=1),
            GATED: layer.down,
        }
        attention, gates, gated = (
            _factors(ranges[activation(place, part)], weights, strength) for part, weights in before.items()
        )
        layers.append(
            replace(
                layer,
                attention_norm=layer.attention_norm / attention,
                inputs=layer.inputs * attention[:, None],
                gates_norm=layer.gates_norm / gates,
                gate=layer.gate * gates[:, None],
                up=layer.up * gates[:, None] / gated,
                down=layer.down * gated[:, None],
            )
        )
    return replace(decoder, layers=tuple(layers))


def activation(place: int, part: str) -> str:
    """Name an activation of the layer at `place` (from 0) in the graph and among ranges."""
    return f"{place}.{part}"


def activations(layers: int) -> list[str]:
    """Name all activations whose ranges `smoothed` wants."""
    return [activation(place, part) for place in range(layers) for part in (ATTENTION, GATES, GATED)]


def _factors(largest: Floats, weights: Floats, strength: float) -> Floats:
    by_channel = np.maximum(np.abs(weights).max(axis=1), _LEAST)
    result: Floats = np.maximum(largest, _LEAST) ** strength / by_channel ** (1 - strength)
    return result.astype(np.float32)
