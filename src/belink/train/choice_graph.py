"""Write a decoder of the LLaMA family as an ONNX graph that scores options, in float or in integers.

The graph is written operator by operator instead of traced, so that it leaves out what no score needs. The
head that all questions share is not computed: its keys and values are constants. In the last layer only the
tokens at which an option is read attend and are carried on.

Attention is written out: `GroupQueryAttention` of onnxruntime 1.32 takes twice as long on a CPU. What stands
ahead of a token is left out behind the softmax and not before it, for the exponent of a large negative number
is slow there: the weights of what stands behind it are divided by their sum, which gives the same as long as
no token ahead is e ** 80 times as like as all behind (seen: e ** 4).

In integers, weights have a scale for each output column, embeddings for each row, and activations for each
token, found as the token is computed: nothing is cut off, and no token changes another's (Yao et al. 2022,
"ZeroQuant", arXiv 2206.01861).

Legend: `T` tokens of a question, `N` options.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from belink.train.decoder import ATTENTION, GATED, GATES, Decoder, Floats, Head, Layer, activation

_MICROSOFT = "com.microsoft"
_IR_VERSION, _OPSET, _MICROSOFT_OPSET = 8, 17, 1
_LEAST_RANGE = np.float32(1e-6)


def choice_graph(
    decoder: Decoder, *, max_tokens: int, head: Head | None = None, integers: bool = False
) -> onnx.ModelProto:
    """Write the graph: `input_ids` [1, T] and `option_positions` [1, N] -> `scores` [1, N], float32.

    Args:
        decoder: its weights.
        max_tokens: longest question.
        head: the first tokens of `input_ids`, which are then not looked at; None computes all tokens.
        integers: store weights as int8 and multiply integers.
    """
    writer = _Writer(decoder, integers)
    ids, positions = writer.inputs(max_tokens, head)
    stream, change = writer.look_up(ids), ""
    for place, layer in enumerate(decoder.layers):
        stream, normed = writer.norm(stream, change, layer.attention_norm, activation(place, ATTENTION))
        last = place == len(decoder.layers) - 1
        attended = writer.attention(normed, layer, place, head, positions if last else "")
        stream = writer.at(stream, positions) if last else stream
        change = writer.product(attended, f"{place}.outputs", layer.outputs)
        stream, normed = writer.norm(stream, change, layer.gates_norm, activation(place, GATES))
        change = writer.gated(normed, layer, place)
    writer.scores(stream, change)
    return writer.model()


def head_states(layers: int) -> list[str]:
    """Name the keys and values of all tokens, in the order of `Head.states`: two a layer."""
    return [f"{place}.{name}" for place in range(layers) for name in ("keys", "values")]


class _Writer:
    """Nodes and constants in the making; methods give the names of what they add."""

    def __init__(self, decoder: Decoder, integers: bool) -> None:
        self._decoder, self._integers = decoder, integers
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def inputs(self, max_tokens: int, head: Head | None) -> tuple[str, str]:
        """Count the tokens, tabulate rotations, tell what is ahead of each, and leave the head out."""
        length = 0 if head is None else head.length
        half = self._decoder.head_width // 2
        angles = np.outer(np.arange(max_tokens), self._decoder.theta ** (-np.arange(half) / half))
        self._constant("cosines", np.cos(angles).astype(np.float32))
        self._constant("sines", np.sin(angles).astype(np.float32))
        first, step = self._constant("head_length", np.int64(length)), self._constant("one", np.int64(1))
        self._node("Shape", ["input_ids"], "tokens", start=1)
        self._node("Squeeze", ["tokens"], "token_count")
        self._node("Range", [first, "token_count", step], "own_places")
        self._node("Unsqueeze", ["own_places", self._constant("batch_axis", np.array([0]))], "places")
        self._node("Shape", ["own_places"], "own_tokens")
        self._node("Concat", ["own_tokens", "tokens"], "square", axis=0)
        one = helper.make_tensor("all", TensorProto.FLOAT, [1], [1.0])
        self._node("ConstantOfShape", ["square"], "all", value=one)
        self._node("Trilu", ["all", first], "not_ahead", upper=0)
        if head is None:
            return "input_ids", "option_positions"
        self._node("Gather", ["input_ids", "own_places"], "ids", axis=1)
        return "ids", self._node("Sub", ["option_positions", first], "positions")

    def look_up(self, ids: str) -> str:
        """Give the tokens' embeddings."""
        table = self._decoder.embeddings
        if not self._integers:
            return self._node("Gather", [self._constant("embeddings", table), ids], "embedded")
        values, scale = _by_column(table.T)
        self._node("Gather", [self._constant("embeddings", values.T), ids], "embedded_i8")
        self._node("Cast", ["embedded_i8"], "embedded_even", to=TensorProto.FLOAT)
        self._node("Gather", [self._constant("embeddings_scale", scale[:, None]), ids], "embedded_scale")
        return self._node("Mul", ["embedded_even", "embedded_scale"], "embedded")

    def norm(self, stream: str, change: str, gain: Floats, out: str) -> tuple[str, str]:
        """Add a change to the stream ("" for none), and give the stream and its norm (RMSNorm)."""
        gain_name = self._constant(f"{out}_gain", gain)
        epsilon = self._decoder.epsilon
        if change:
            stream = self._node("Add", [stream, change], f"{out}_stream")
        self._node("SimplifiedLayerNormalization", [stream, gain_name], out, epsilon=epsilon, axis=-1)
        return stream, out

    def attention(self, normed: str, layer: Layer, place: int, head: Head | None, kept: str) -> str:
        """Attend to the head and the tokens up to one's own; only of the tokens at `kept`, if it is given."""
        query_width = layer.outputs.shape[0]
        values, scales = self._read(normed)
        states = self._product((values, scales), f"{place}.keys_values", layer.inputs[:, query_width:])
        places, not_ahead = "places", "not_ahead"
        if kept:
            values, scales = self.at(values, kept), self.at(scales, kept) if scales else ""
            places, not_ahead = self.at(places, kept), self._node("Gather", [not_ahead, kept], "kept_rows")
        asked = self._product((values, scales), f"{place}.queries", layer.inputs[:, :query_width])
        queries = self._turned(self._by_head(asked, f"{place}.asked"), places, f"{place}.turned")
        keys, states = self._states(self._by_head(states, f"{place}.states"), place, head)
        mixed = self._mixed(queries, keys, states, not_ahead, place)
        mixed = self._node("Transpose", [mixed], f"{place}.mixed_by_token", perm=[0, 2, 1, 3])
        joined = self._constant("joined", np.array([0, 0, query_width]))
        return self._node("Reshape", [mixed, joined], f"{place}.attended")

    def _mixed(self, queries: str, keys: str, values: str, not_ahead: str, place: int) -> str:
        """Mix values [1, key_heads, P + T, D] by how like their keys are to queries [1, heads, T, D].

        The queries that share a head of keys are multiplied together.
        """
        decoder, scale = self._decoder, self._decoder.head_width**-0.5
        grouped = self._constant("grouped", np.array([1, decoder.key_heads, -1, 0]))
        single = self._constant("single", np.array([1, decoder.heads, -1, 0]))
        queries = self._node("Reshape", [queries, grouped], f"{place}.grouped")
        likeness = self._node(
            "FusedMatMul", [queries, keys], f"{place}.likeness", domain=_MICROSOFT, transB=1, alpha=scale
        )
        likeness = self._node("Reshape", [likeness, single], f"{place}.likeness_by_head")
        weights = self._node("Softmax", [likeness], f"{place}.all_weights", axis=-1)
        weights = self._node("Mul", [weights, not_ahead], f"{place}.weights_by_head")
        weights = self._node("Reshape", [weights, grouped], f"{place}.weights")
        last = self._constant("last_axis", np.array([-1]))
        total = self._node("ReduceSum", [weights, last], f"{place}.total")
        mixed = self._node("MatMul", [weights, values], f"{place}.mixed")
        mixed = self._node("Div", [mixed, total], f"{place}.even")
        return self._node("Reshape", [mixed, single], f"{place}.mixed_by_head")

    def _by_head(self, values: str, out: str) -> str:
        """Cut [1, T, heads * D] into [1, heads, T, D]."""
        width = self._constant("by_head", np.array([0, 0, -1, self._decoder.head_width]))
        self._node("Reshape", [values, width], f"{out}_cut")
        return self._node("Transpose", [f"{out}_cut"], f"{out}_by_head", perm=[0, 2, 1, 3])

    def _turned(self, values: str, places: str, out: str) -> str:
        """Rotate [1, heads, T, D] by the tokens' places."""
        inputs = [values, places, "cosines", "sines"]
        return self._node("RotaryEmbedding", inputs, out, domain=_MICROSOFT)

    def _states(self, by_head: str, place: int, head: Head | None) -> tuple[str, str]:
        """Give the keys and values of the head and of the tokens, [1, key_heads, P + T, D]."""
        names = (f"{place}.keys", f"{place}.values")
        keys, values = names if head is None else (f"{place}.own_keys", f"{place}.own_values")
        halves = self._constant("halves", np.array([self._decoder.key_heads] * 2))
        self._node("Split", [by_head, halves], f"{place}.straight_keys", values, axis=1)
        self._turned(f"{place}.straight_keys", "places", keys)
        if head is not None:
            for name, own, stored in zip(names, (keys, values), head.states[place], strict=True):
                self._node("Concat", [self._constant(f"{name}_of_head", stored), own], name, axis=2)
        return names

    def gated(self, normed: str, layer: Layer, place: int) -> str:
        """Multiply by a SiLU gate and map back to the width of the stream."""
        values, scale = self._read(normed)
        gate = self._product((values, scale), f"{place}.gate", layer.gate)
        up = self._product((values, ""), f"{place}.up", layer.up)
        bent = self._node("QuickGelu", [gate], f"{place}.bent", domain=_MICROSOFT, alpha=1.0)
        inner, own = self._read(self._node("Mul", [bent, up], activation(place, GATED)))
        both = self._node("Mul", [own, scale], f"{place}.both_scales") if scale else ""
        return self._product((inner, both), f"{place}.down", layer.down)

    def at(self, values: str, positions: str) -> str:
        """Keep the tokens at which an option is read."""
        places = self._node(
            "Unsqueeze", [positions, self._constant("width_axis", np.array([2]))], f"{values}_at"
        )
        return self._node("GatherND", [values, places], f"{values}_kept", batch_dims=1)

    def scores(self, stream: str, change: str) -> None:
        """Read the scores off the stream."""
        _, normed = self.norm(stream, change, self._decoder.norm, "last")
        self._node("MatMul", [normed, self._constant("score", self._decoder.score)], "score_out")
        self._node("Add", ["score_out", self._constant("bias", self._decoder.bias)], "score_column")
        self._node("Squeeze", ["score_column", self._constant("width_axis", np.array([2]))], "scores")

    def product(self, values: str, name: str, weights: Floats) -> str:
        """Multiply an activation [1, T, in] by weights [in, out]."""
        return self._product(self._read(values), name, weights)

    def _read(self, values: str) -> tuple[str, str]:
        """Ready an activation for products: itself and "", or uint8 around 128 and scales [1, T, 1].

        Each token is quantised by its own largest magnitude.
        """
        if not self._integers:
            return values, ""
        self._node("ReduceMax", [values], f"{values}_highest", axes=[-1])
        self._node("ReduceMin", [values], f"{values}_lowest", axes=[-1])
        self._node("Neg", [f"{values}_lowest"], f"{values}_depth")
        least = self._constant("least_range", _LEAST_RANGE)
        self._node("Max", [f"{values}_highest", f"{values}_depth", least], f"{values}_range")
        shrink = self._constant("step", np.float32(1 / 127))
        scale = self._node("Mul", [f"{values}_range", shrink], f"{values}_scale")
        flat = self._constant("flat", np.array([-1], np.int64))
        self._node("Reshape", [scale, flat], f"{values}_scales")
        self._node("Shape", [f"{values}_scales"], f"{values}_count")
        zero = helper.make_tensor("zero", TensorProto.UINT8, [1], [128])
        self._node("ConstantOfShape", [f"{values}_count"], f"{values}_zeros", value=zero)
        inputs = [values, f"{values}_scales", f"{values}_zeros"]
        return self._node("QuantizeLinear", inputs, f"{values}_u8", axis=1), scale

    def _product(self, read: tuple[str, str], name: str, weights: Floats) -> str:
        """Multiply what `_read` gave by weights [in, out]; without scales integers give unscaled products."""
        values, scale = read
        if not self._integers:
            return self._node("MatMul", [values, self._constant(name, weights)], f"{name}_out")
        integers, by_column = _by_column(weights)
        inputs = [
            values,
            self._constant(name, integers),
            self._constant("unit", np.float32(1)),
            self._constant(f"{name}_scale", by_column),
            self._constant("middle", np.uint8(128)),
            self._constant(f"{name}_zero", np.zeros(len(by_column), np.int8)),
        ]
        even = self._node("MatMulIntegerToFloat", inputs, f"{name}_even", domain=_MICROSOFT)
        return self._node("Mul", [even, scale], f"{name}_out") if scale else even

    def model(self) -> onnx.ModelProto:
        """Give the finished model."""
        ints, floats = TensorProto.INT64, TensorProto.FLOAT
        graph = helper.make_graph(
            self._nodes,
            "choice",
            [
                helper.make_tensor_value_info("input_ids", ints, [1, "T"]),
                helper.make_tensor_value_info("option_positions", ints, [1, "N"]),
            ],
            [helper.make_tensor_value_info("scores", floats, [1, "N"])],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, _MICROSOFT_OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)

    def _constant(self, name: str, values: NDArray[np.generic] | np.generic) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(
                np.ascontiguousarray(values).reshape(np.shape(values)), name
            )
        return name

    def _node(
        self, operator: str, inputs: Sequence[str], out: str, *more: str, domain: str = "", **settings: Any
    ) -> str:
        node = helper.make_node(operator, list(inputs), [out, *more], domain=domain, **settings)
        self._nodes.append(node)
        return out


def _by_column(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Quantise [in, out] weights symmetrically, each column by its largest magnitude; scales [out]."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12).astype(np.float32) / np.float32(127)
    return np.rint(weights / scale).astype(np.int8), scale
