from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from belink.errors import ModelError
from belink.models.onnx import open_session, open_tokenizer


@pytest.mark.parametrize("content", [b"", b"not a graph", b"\x08\x01" * 20])
def test_not_a_graph(tmp_path: Path, content: bytes) -> None:
    """A file that is no ONNX graph is a one-line error that names it."""
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(
        ModelError, match=r"model\.onnx: not a graph that onnxruntime [\d.]+ can run: ."
    ) as caught:
        open_session(path)
    assert "\n" not in str(caught.value)


def test_missing_graph(tmp_path: Path) -> None:
    """A missing graph is an error that names it."""
    with pytest.raises(ModelError, match=r"model\.onnx"):
        open_session(tmp_path / "model.onnx")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_not_a_tokenizer(tmp_path: Path, content: bytes) -> None:
    """A file that is no tokeniser is an error that names it."""
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json: not a tokenizer\.json: ."):
        open_tokenizer(path)


def test_special_tokens_are_text(tmp_path: Path) -> None:
    """A special token that stands in a text is read as ordinary text, and nothing is cut or padded."""
    tokenizer = Tokenizer(WordLevel({"<unk>": 0, "a": 1, "eos": 2, "<": 3, ">": 4}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_special_tokens(["<eos>"])
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    opened = open_tokenizer(tmp_path / "tokenizer.json")
    assert opened.encode("a <eos> a").ids == [1, 3, 2, 4, 1]
    assert [len(encoding.ids) for encoding in opened.encode_batch(["a", "a a a"])] == [1, 3]


@pytest.mark.parametrize("operator", ["MatMulInteger", "MatMulIntegerToFloat"])
def test_integer_products_do_not_overflow(tmp_path: Path, operator: str) -> None:
    """The largest 8-bit activations times the largest 8-bit weights are exact on every processor."""
    width, to_float = 64, operator.endswith("Float")
    constants = {
        "weights": np.full((width, 2), 127, np.int8),
        "scale": np.float32(1),
        "scales": np.ones(2, np.float32),
        "middle": np.uint8(128),
        "zeros": np.zeros(2, np.int8),
    }
    inputs = ["values", "weights", *(["scale", "scales"] if to_float else []), "middle", "zeros"]
    node = helper.make_node(operator, inputs, ["sums"], domain="com.microsoft" if to_float else "")
    sums = TensorProto.FLOAT if to_float else TensorProto.INT32
    graph = helper.make_graph(
        [node],
        "products",
        [helper.make_tensor_value_info("values", TensorProto.UINT8, [1, width])],
        [helper.make_tensor_value_info("sums", sums, [1, 2])],
        [numpy_helper.from_array(np.asarray(constants[each]), each) for each in inputs[1:]],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "model.onnx")
    [found] = open_session(tmp_path / "model.onnx").run(None, {"values": np.full((1, width), 255, np.uint8)})
    assert found.tolist() == [[width * 127 * 127] * 2]


def test_precision_is_asked_for_only_where_sums_overflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking costs two thirds of the speed, so a processor that adds exactly is not asked."""
    value = helper.make_tensor_value_info("a", TensorProto.FLOAT, [1])
    same = helper.make_tensor_value_info("b", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "same", [value], [same])
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "model.onnx")
    monkeypatch.setattr("belink.models.onnx.sums_are_exact", lambda: False)
    options = open_session(tmp_path / "model.onnx").get_session_options()
    assert options.get_session_config_entry("session.x64quantprecision") == "1"
    monkeypatch.setattr("belink.models.onnx.sums_are_exact", lambda: True)
    options = open_session(tmp_path / "model.onnx").get_session_options()
    with pytest.raises(RuntimeError, match="x64quantprecision"):
        options.get_session_config_entry("session.x64quantprecision")
