"""Write a decoder of the LLaMA family as an ONNX graph that scores options, in float or in integers.

The graph is written operator by operator instead of traced, so that it leaves out what no score needs. The
head that all questions share is not computed: its keys and values are constants. Behind the attention of the
last layer only the tokens are carried on at which an option is read.

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
        attended = writer.attention(normed, layer, place, head)
        if place == len(decoder.layers) - 1:
            stream, attended = (writer.at(each, positions) for each in (stream, attended))
        [change] = writer.products(attended, {f"{place}.outputs": layer.outputs})
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
        """Count the tokens, tabulate rotations, and leave the head out."""
        self._node("Shape", ["input_ids"], "shape")
        self._node("Gather", ["shape", self._constant("one", np.int64(1))], "length")
        self._node("Cast", ["length"], "total", to=TensorProto.INT32)
        self._node("Sub", ["total", self._constant("one_32", np.array([1], np.int32))], "last_token")
        half = self._decoder.head_width // 2
        angles = np.outer(np.arange(max_tokens), self._decoder.theta ** (-np.arange(half) / half))
        self._constant("cosines", np.cos(angles).astype(np.float32))
        self._constant("sines", np.sin(angles).astype(np.float32))
        if head is None:
            return "input_ids", "option_positions"
        length = self._constant("head_length", np.array([head.length], np.int64))
        end = self._constant("end", np.array([np.iinfo(np.int64).max], np.int64))
        self._node(
            "Slice", ["input_ids", length, end, self._constant("axis", np.array([1], np.int64))], "ids"
        )
        return "ids", self._node("Sub", ["option_positions", length], "positions")

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
        if not change:
            self._node("SimplifiedLayerNormalization", [stream, gain_name], out, epsilon=epsilon, axis=-1)
            return stream, out
        added = f"{out}_stream"
        self._node(
            "SkipSimplifiedLayerNormalization",
            [stream, change, gain_name],
            out,
            "",
            "",
            added,
            domain=_MICROSOFT,
            epsilon=epsilon,
        )
        return added, out

    def attention(self, normed: str, layer: Layer, place: int, head: Head | None) -> str:
        """Attend to the head and the tokens up to one's own."""
        [packed] = self.products(normed, {f"{place}.inputs": layer.inputs})
        past = ["", ""]
        if head is not None:
            names = (f"{place}.head_keys", f"{place}.head_values")
            past = [self._constant(*each) for each in zip(names, head.states[place], strict=True)]
        return self._node(
            "GroupQueryAttention",
            [packed, "", "", *past, "last_token", "total", "cosines", "sines"],
            f"{place}.attended",
            f"{place}.keys",
            f"{place}.values",
            domain=_MICROSOFT,
            num_heads=self._decoder.heads,
            kv_num_heads=self._decoder.key_heads,
            do_rotary=1,
        )

    def gated(self, normed: str, layer: Layer, place: int) -> str:
        """Multiply by a SiLU gate and map back to the width of the stream."""
        gate, up = self.products(normed, {f"{place}.gate": layer.gate, f"{place}.up": layer.up})
        bent = self._node("QuickGelu", [gate], f"{place}.bent", domain=_MICROSOFT, alpha=1.0)
        inner = self._node("Mul", [bent, up], activation(place, GATED))
        [out] = self.products(inner, {f"{place}.down": layer.down})
        return out

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

    def products(self, values: str, weights: dict[str, Floats]) -> list[str]:
        """Multiply an activation [1, T, in] by several weights [in, out]."""
        if not self._integers:
            return [
                self._node("MatMul", [values, self._constant(name, each)], f"{name}_out")
                for name, each in weights.items()
            ]
        integers, scale = self._by_token(values)
        return [self._integer_product(integers, scale, name, each) for name, each in weights.items()]

    def _by_token(self, values: str) -> tuple[str, str]:
        """Quantise each token by its own largest magnitude: uint8 around 128 and scales [1, T, 1]."""
        self._node("Abs", [values], f"{values}_abs")
        self._node("ReduceMax", [f"{values}_abs"], f"{values}_largest", axes=[-1], keepdims=1)
        least = self._constant("least_range", _LEAST_RANGE)
        self._node("Max", [f"{values}_largest", least], f"{values}_range")
        shrink = self._constant("step", np.float32(1 / 127))
        scale = self._node("Mul", [f"{values}_range", shrink], f"{values}_scale")
        flat = self._constant("flat", np.array([-1], np.int64))
        self._node("Reshape", [scale, flat], f"{values}_scales")
        self._node("Shape", [f"{values}_scales"], f"{values}_count")
        zero = helper.make_tensor("zero", TensorProto.UINT8, [1], [128])
        self._node("ConstantOfShape", [f"{values}_count"], f"{values}_zeros", value=zero)
        inputs = [values, f"{values}_scales", f"{values}_zeros"]
        return self._node("QuantizeLinear", inputs, f"{values}_u8", axis=1), scale

    def _integer_product(self, values: str, scale: str, name: str, weights: Floats) -> str:
        integers, by_column = _by_column(weights)
        inputs = [
            values,
            self._constant(name, integers),
            self._constant("unit", np.float32(1)),
            self._constant(f"{name}_scale", by_column),
            self._constant("middle", np.uint8(128)),
            self._constant(f"{name}_zero", np.zeros(len(by_column), np.int8)),
        ]
        self._node("MatMulIntegerToFloat", inputs, f"{name}_even", domain=_MICROSOFT)
        return self._node("Mul", [f"{name}_even", scale], f"{name}_out")

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
