"""Rewrite a float ONNX encoder to int8 whose vectors do not depend on what else is in the batch.

onnxruntime's dynamic quantisation takes one scale from the largest activation of the whole batch, so that a
name's vector changes with its neighbours. Here the scales are fixed beforehand from a sample of names: each
channel of an activation is divided by its largest magnitude, and its weights multiplied by as much, so that
all channels share the scale 1/127 (Xiao et al. 2023, "SmoothQuant", arXiv 2211.10438, with alpha 1). Weights
have a scale for each output column, embeddings for each row (Wu et al. 2020, "Integer Quantization for Deep
Learning Inference", arXiv 2004.09602).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from belink.errors import ModelError

_LEAST = np.float32(1e-3)
"""Range of a channel that the sample never excites: it divides, and must not blow up what comes later."""

_LARGE = 10_000
"""Rows from which on a table is large."""
_GROUP = 32
"""Neighbouring numbers of a row that share the scale of their four bits."""

Feed = Mapping[str, NDArray[np.integer]]


@dataclass(frozen=True, slots=True)
class _Site:
    """A node that multiplies an activation by constant weights."""

    node: onnx.NodeProto
    activation: str
    weights: str


def quantise(model: onnx.ModelProto, sample: Iterable[Feed], *, nibbles: bool = False) -> onnx.ModelProto:
    """Give a copy of a float model with int8 weights, embeddings and matrix products.

    Args:
        model: float32, with attention fused (`Attention` of onnxruntime) or not.
        sample: inputs to find the activations' ranges with.
        nibbles: keep large tables of embeddings in four bits.

    Raises:
        ModelError: where the model has no product with constant weights, or the sample is empty.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    constants = {each.name: each for each in model.graph.initializer}
    sites = list(_sites(model, constants))
    if not sites:
        raise ModelError(
            "the graph has no matrix product with constant weights: not an encoder we can quantise"
        )
    ranges = activation_ranges(model, [site.activation for site in sites], sample)
    quantised: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []
    replaced = {id(site.node): site for site in sites}
    for node in model.graph.node:
        site = replaced.get(id(node))
        if site is not None:
            nodes.extend(_integer_product(model, site, constants, ranges[site.activation], quantised))
        elif node.op_type == "Gather" and _is_table(constants.get(node.input[0])):
            large = nibbles and constants[node.input[0]].dims[0] >= _LARGE
            nodes.extend((_nibble_lookup if large else _integer_lookup)(model, node, constants))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _drop_unused(model)
    if not any(each.domain == "com.microsoft" for each in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def activation_ranges(
    model: onnx.ModelProto, activations: Sequence[str], sample: Iterable[Feed]
) -> dict[str, NDArray[np.float32]]:
    """Give the largest magnitude of each channel [I] of each named activation [..., I] over a sample.

    Raises:
        ModelError: where the sample is empty.
    """
    watched = onnx.ModelProto.FromString(model.SerializeToString())
    names = list(dict.fromkeys(activations))
    outputs = {each.name for each in watched.graph.output}
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in outputs)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    largest: dict[str, NDArray[np.float32]] = {}
    for feed in sample:
        for name, values in zip(names, session.run(names, dict(feed)), strict=True):
            channels = np.maximum(np.abs(values).reshape(-1, values.shape[-1]).max(axis=0), _LEAST)
            largest[name] = np.maximum(largest.get(name, 0.0), channels)
    if not largest:
        raise ModelError("no sample of names to find the activations' ranges with; give at least one")
    return largest


def _sites(model: onnx.ModelProto, constants: Mapping[str, onnx.TensorProto]) -> Iterable[_Site]:
    for node in model.graph.node:
        if node.op_type in ("MatMul", "Attention") and _is_table(constants.get(node.input[1])):
            yield _Site(node, node.input[0], node.input[1])


def _is_table(tensor: onnx.TensorProto | None) -> bool:
    return tensor is not None and tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) == 2


def _integer_product(
    model: onnx.ModelProto,
    site: _Site,
    constants: Mapping[str, onnx.TensorProto],
    largest: NDArray[np.float32],
    quantised: dict[str, str],
) -> list[onnx.NodeProto]:
    """Quantise an activation (once) and multiply integers; the product comes out as float."""
    nodes: list[onnx.NodeProto] = []
    name = site.activation
    scale, zero = f"{name}_scale", f"{name}_zero"
    if name not in quantised:
        quantised[name] = f"{name}_u8"
        _add(model, f"{name}_shrink", 1 / largest)
        _add(model, scale, np.float32(1 / 127))
        _add(model, zero, np.uint8(128))
        nodes.append(helper.make_node("Mul", [name, f"{name}_shrink"], [f"{name}_even"]))
        nodes.append(helper.make_node("QuantizeLinear", [f"{name}_even", scale, zero], [quantised[name]]))
    weights, weight_scale = _by_column(numpy_helper.to_array(constants[site.weights]) * largest[:, None])
    _add(model, f"{site.weights}_i8", weights)
    _add(model, f"{site.weights}_scale", weight_scale)
    _add(model, f"{site.weights}_zero", np.zeros(len(weight_scale), dtype=np.int8))
    known = (f"{site.weights}_i8", f"{site.weights}_scale", f"{site.weights}_zero")
    inputs, kept = _inputs(site.node, quantised[name], known, (scale, zero))
    product = helper.make_node(
        "QAttention" if site.node.op_type == "Attention" else "MatMulIntegerToFloat",
        inputs,
        list(site.node.output),
        domain="com.microsoft",
    )
    product.attribute.extend(kept)
    return [*nodes, product]


def _inputs(
    node: onnx.NodeProto, activation: str, weights: tuple[str, str, str], scaled: tuple[str, str]
) -> tuple[list[str], list[onnx.AttributeProto]]:
    """Order the inputs as the integer operator wants them, and keep the attributes it knows."""
    (values, weight_scale, weight_zero), (scale, zero) = weights, scaled
    if node.op_type == "MatMul":
        return [activation, values, scale, weight_scale, zero, weight_zero], []
    mask = node.input[3] if len(node.input) > 3 else ""
    inputs = [activation, values, node.input[2], scale, weight_scale, mask, zero, weight_zero]
    known = ("num_heads", "unidirectional", "mask_filter_value", "scale")
    return inputs, [each for each in node.attribute if each.name in known]


def _integer_lookup(
    model: onnx.ModelProto, node: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto]
) -> list[onnx.NodeProto]:
    """Look rows up in an int8 table, and scale each by its own scale."""
    table, indices, out = node.input[0], node.input[1], node.output[0]
    values, scale = _by_column(numpy_helper.to_array(constants[table]).T)
    if f"{table}_i8" not in {each.name for each in model.graph.initializer}:
        _add(model, f"{table}_i8", np.ascontiguousarray(values.T))
        _add(model, f"{table}_scale", scale[:, None])
    return [
        helper.make_node("Gather", [f"{table}_i8", indices], [f"{out}_row_i8"]),
        helper.make_node("Cast", [f"{out}_row_i8"], [f"{out}_row_f32"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", [f"{table}_scale", indices], [f"{out}_by_row"]),
        helper.make_node("Mul", [f"{out}_row_f32", f"{out}_by_row"], [out]),
    ]


def _nibble_lookup(
    model: onnx.ModelProto, node: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto]
) -> list[onnx.NodeProto]:
    """Look rows up in a table of two numbers a byte, the row's first half in the high bits.

    Each group of `_GROUP` numbers has its scale, kept in half precision.
    """
    table, indices, out = node.input[0], node.input[1], node.output[0]
    rows = numpy_helper.to_array(constants[table])
    groups = rows.reshape(len(rows), -1, _GROUP)
    scale = (np.abs(groups).max(axis=2, keepdims=True) / 7).astype(np.float16)
    steps = np.rint(groups / np.maximum(scale.astype(np.float32), 1e-12)).clip(-7, 7).reshape(rows.shape)
    high, low = np.split((steps + 8).astype(np.uint8), 2, axis=1)
    if f"{table}_u4" not in {each.name for each in model.graph.initializer}:
        _add(model, f"{table}_u4", high * np.uint8(16) + low)
        _add(model, f"{table}_group_scale", scale)
        _add(model, f"{table}_four", np.uint8(4))
        _add(model, f"{table}_eight", np.float32(8))
        _add(model, f"{table}_grouped", np.array([0, 0, groups.shape[1], _GROUP], dtype=np.int64))
        _add(model, f"{table}_whole", np.array([0, 0, rows.shape[1]], dtype=np.int64))
    made = helper.make_node
    float32 = onnx.TensorProto.FLOAT
    return [
        made("Gather", [f"{table}_u4", indices], [f"{out}_u4"]),
        made("BitShift", [f"{out}_u4", f"{table}_four"], [f"{out}_high"], direction="RIGHT"),
        made("BitShift", [f"{out}_u4", f"{table}_four"], [f"{out}_low_up"], direction="LEFT"),
        made("BitShift", [f"{out}_low_up", f"{table}_four"], [f"{out}_low"], direction="RIGHT"),
        made("Concat", [f"{out}_high", f"{out}_low"], [f"{out}_steps"], axis=-1),
        made("Cast", [f"{out}_steps"], [f"{out}_steps_f32"], to=float32),
        made("Sub", [f"{out}_steps_f32", f"{table}_eight"], [f"{out}_signed"]),
        made("Reshape", [f"{out}_signed", f"{table}_grouped"], [f"{out}_groups"]),
        made("Gather", [f"{table}_group_scale", indices], [f"{out}_by_group_f16"]),
        made("Cast", [f"{out}_by_group_f16"], [f"{out}_by_group"], to=float32),
        made("Mul", [f"{out}_groups", f"{out}_by_group"], [f"{out}_scaled"]),
        made("Reshape", [f"{out}_scaled", f"{table}_whole"], [out]),
    ]


def _by_column(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantise [I, O] weights symmetrically, each column by its largest magnitude; scales [O]."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12).astype(np.float32) / np.float32(127)
    return np.clip(np.rint(weights / scale), -127, 127).astype(np.int8), scale


def _add(model: onnx.ModelProto, name: str, values: NDArray[np.generic] | np.generic) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))


def _drop_unused(model: onnx.ModelProto) -> None:
    used = {name for node in model.graph.node for name in node.input}
    used.update(each.name for each in model.graph.output)
    kept = [each for each in model.graph.initializer if each.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
