"""Operators that run faster give the same numbers."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from belink.models.onnx import open_session
from belink.train.quicker import quicker

WIDTH, HEADS = 8, 2
MICROSOFT = "com.microsoft"


@pytest.fixture
def model() -> onnx.ModelProto:
    """Attention over quantised activations, then a sum with them, normed."""
    rng = np.random.default_rng(0)
    constants = {
        "weights": rng.integers(-127, 127, (WIDTH, 3 * WIDTH), dtype=np.int8),
        "bias": rng.normal(size=3 * WIDTH).astype(np.float32),
        "scale": np.float32(1 / 127),
        "weight_scale": rng.uniform(0.001, 0.01, 3 * WIDTH).astype(np.float32),
        "zero": np.uint8(128),
        "weight_zero": np.zeros(3 * WIDTH, dtype=np.int8),
        "gain": rng.normal(size=WIDTH).astype(np.float32),
        "offset": rng.normal(size=WIDTH).astype(np.float32),
        "own_bias": rng.normal(size=WIDTH).astype(np.float32),
    }
    attended = ["values_u8", "weights", "bias", "scale", "weight_scale", "mask", "zero", "weight_zero"]
    nodes = [
        helper.make_node("QuantizeLinear", ["values", "scale", "zero"], ["values_u8"]),
        helper.make_node("QAttention", attended, ["attended"], domain=MICROSOFT, num_heads=HEADS),
        helper.make_node(
            "SkipLayerNormalization",
            ["attended", "values", "gain", "offset", "own_bias"],
            ["out"],
            domain=MICROSOFT,
            epsilon=1e-12,
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("values", TensorProto.FLOAT, ["B", "L", WIDTH]),
            helper.make_tensor_value_info("mask", TensorProto.INT32, ["B", "L"]),
        ],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["B", "L", WIDTH])],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def outputs_of(model: onnx.ModelProto, values: np.ndarray) -> np.ndarray:
    """Run a model on unpadded values."""
    session = open_session(model.SerializeToString())
    mask = np.ones(values.shape[:2], dtype=np.int32)
    result: np.ndarray = session.run(None, {"values": values, "mask": mask})[0]
    return result


def test_numbers_stay_the_same(model: onnx.ModelProto) -> None:
    """But for the order of sums."""
    values = np.random.default_rng(1).uniform(-1, 1, (3, 5, WIDTH)).astype(np.float32)
    assert np.allclose(outputs_of(model, values), outputs_of(quicker(model), values), atol=1e-4)


def test_the_slow_operators_are_gone(model: onnx.ModelProto) -> None:
    """From the copy; the model given keeps them."""
    slow = {"QAttention", "SkipLayerNormalization"}
    assert not slow & {node.op_type for node in quicker(model).graph.node}
    assert slow < {node.op_type for node in model.graph.node}


def test_a_row_does_not_depend_on_the_batch(model: onnx.ModelProto) -> None:
    """Bit by bit."""
    values = np.random.default_rng(1).uniform(-1, 1, (3, 5, WIDTH)).astype(np.float32)
    fast = quicker(model)
    together = outputs_of(fast, values)
    assert all((together[row] == outputs_of(fast, values[row : row + 1])[0]).all() for row in range(3))


@pytest.fixture
def biased() -> onnx.ModelProto:
    """Three products and a bias to each: one before `Gelu`, and one of a product that is read twice."""
    rng = np.random.default_rng(0)
    constants: dict[str, np.ndarray | np.generic] = {
        "weights": rng.integers(-127, 127, (WIDTH, WIDTH), dtype=np.int8),
        "scale": np.float32(1 / 127),
        "weight_scale": rng.uniform(0.001, 0.01, WIDTH).astype(np.float32),
        "zero": np.uint8(128),
        "weight_zero": np.zeros(WIDTH, dtype=np.int8),
        "bias": rng.normal(size=WIDTH).astype(np.float32),
    }
    nodes = [helper.make_node("QuantizeLinear", ["values", "scale", "zero"], ["values_u8"])]
    inputs = ["values_u8", "weights", "scale", "weight_scale", "zero", "weight_zero"]
    nodes += [
        helper.make_node("MatMulIntegerToFloat", inputs, [name], domain=MICROSOFT)
        for name in ("first", "second", "third")
    ]
    nodes += [
        helper.make_node("Add", ["bias", "first"], ["added"]),
        helper.make_node("BiasGelu", ["second", "bias"], ["bent"], domain=MICROSOFT),
        helper.make_node("Add", ["third", "bias"], ["kept"]),
        helper.make_node("Sum", ["added", "bent", "kept", "third"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "biased",
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, ["B", "L", WIDTH])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["B", "L", WIDTH])],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def test_products_add_the_biases(biased: onnx.ModelProto) -> None:
    """The numbers stay; only a product that something else reads too keeps its bias apart."""
    values = np.random.default_rng(1).uniform(-1, 1, (3, 5, WIDTH)).astype(np.float32)
    fast = quicker(biased)
    before, after = (
        open_session(each.SerializeToString()).run(None, {"values": values})[0] for each in (biased, fast)
    )
    assert np.allclose(before, after, atol=1e-5)
    products = [node for node in fast.graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert [len(node.input) for node in products] == [7, 7, 6]
    assert [node.op_type for node in fast.graph.node][4:] == ["Gelu", "Add", "Sum"]
