from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from belink.errors import ModelError
from belink.models.onnx import open_session
from belink.train.quantise import Feed, activation_ranges, quantise

WORDS, WIDTH = 50, 32


@pytest.fixture
def model() -> onnx.ModelProto:
    """Look up rows with one large channel, multiply twice."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(WORDS, WIDTH)).astype(np.float32)
    table[:, 3] *= 8
    first, second = (rng.normal(size=(WIDTH, WIDTH)).astype(np.float32) / 6 for _ in range(2))
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "first"], ["inner"]),
        helper.make_node("Tanh", ["inner"], ["bent"]),
        helper.make_node("MatMul", ["bent", "second"], ["vectors"]),
    ]
    constants = [
        numpy_helper.from_array(values, name)
        for name, values in (("table", table), ("first", first), ("second", second))
    ]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["B", "L"])]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["B", "L", WIDTH])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def feeds() -> Iterator[Feed]:
    """Every row once."""
    yield {"input_ids": np.arange(WORDS).reshape(5, 10)}


def outputs_of(model: onnx.ModelProto, ids: np.ndarray) -> np.ndarray:
    """Run a model."""
    session = open_session(model.SerializeToString())
    result: np.ndarray = session.run(None, {"input_ids": ids})[0]
    return result


def test_integers_stay_close_to_float(model: onnx.ModelProto) -> None:
    """Vectors keep their direction though one channel is eight times the others."""
    ids = np.arange(WORDS)[:, None]
    whole, integer = outputs_of(model, ids)[:, 0], outputs_of(quantise(model, feeds()), ids)[:, 0]
    cosines = (whole * integer).sum(1) / np.linalg.norm(whole, axis=1) / np.linalg.norm(integer, axis=1)
    assert cosines.min() > 0.99


def test_rows_do_not_depend_on_the_batch(model: onnx.ModelProto) -> None:
    """A row alone gives bit for bit what it gives among others."""
    small = quantise(model, feeds())
    together = outputs_of(small, np.arange(WORDS)[:, None])
    alone = np.concatenate([outputs_of(small, np.array([[row]])) for row in range(WORDS)])
    np.testing.assert_array_equal(together, alone)


def test_weights_are_bytes(model: onnx.ModelProto) -> None:
    """Tables and matrices are stored as int8, and the float ones are gone."""
    small = quantise(model, feeds())
    large = [each for each in small.graph.initializer if len(each.dims) == 2 and min(each.dims) > 1]
    assert {each.data_type for each in large} == {TensorProto.INT8}
    assert small.ByteSize() < model.ByteSize() / 2


def test_the_given_model_is_not_changed(model: onnx.ModelProto) -> None:
    """Quantising gives a copy."""
    before = model.SerializeToString()
    quantise(model, feeds())
    assert model.SerializeToString() == before


def test_ranges_are_the_largest_magnitudes(model: onnx.ModelProto) -> None:
    """Each channel's range is its largest magnitude over all inputs."""
    table = numpy_helper.to_array(model.graph.initializer[0])
    halves = [{"input_ids": np.arange(25)[None]}, {"input_ids": np.arange(25, 50)[None]}]
    np.testing.assert_array_equal(activation_ranges(model, ["rows"], halves)["rows"], np.abs(table).max(0))


def test_sample_is_needed(model: onnx.ModelProto) -> None:
    """Ranges cannot be found without names."""
    with pytest.raises(ModelError, match="no sample of names"):
        quantise(model, [])


def test_graph_without_products_is_refused(model: onnx.ModelProto) -> None:
    """Nothing to quantise is an error."""
    del model.graph.node[1:]
    with pytest.raises(ModelError, match="no matrix product"):
        quantise(model, feeds())


def test_a_large_table_in_four_bits_keeps_its_rows() -> None:
    """Rows looked up differ from the float ones by at most half a step of their group's scale."""
    rng = np.random.default_rng(1)
    table = rng.normal(size=(10_000, 64)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "same"], ["vectors"]),
    ]
    constants = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.eye(64, dtype=np.float32), "same"),
    ]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["B", "L"])]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", "L", 64]) for name in ("vectors", "rows")
    ]
    graph = helper.make_graph(nodes, "table", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    ids = rng.integers(0, 10_000, size=(8, 40))
    small = quantise(model, [{"input_ids": ids}], nibbles=True)
    assert small.ByteSize() < model.ByteSize() / 6
    session = open_session(small.SerializeToString())
    rows = session.run(["rows"], {"input_ids": ids})[0]
    step = np.abs(table[ids]).reshape(8, 40, 2, 32).max(axis=3) / 7
    wrong = np.abs(rows - table[ids]).reshape(8, 40, 2, 32).max(axis=3)
    assert (wrong <= 0.51 * step).all()
