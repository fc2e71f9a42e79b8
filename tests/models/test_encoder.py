"""`belink.models.encoder` on a graph of three operators."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from belink.errors import ModelError
from belink.models.encoder import BATCH, Encoder, load_encoder, write_encoder_manifest

WORDS = ["[UNK]", "heart", "attack", "of", "the", "left", "lung", "fever"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An encoder whose vector is the normalised sum of its words' vectors."""
    rng = np.random.default_rng(0)
    table = numpy_helper.from_array(rng.normal(size=(len(WORDS), 5)).astype(np.float32), "table")
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "axis"], ["total"], keepdims=0),
        helper.make_node("LpNormalization", ["total"], ["vectors"], axis=-1, p=2),
        helper.make_node("Identity", ["attention_mask"], ["unused"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "L"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["B", 5])]
    axis = numpy_helper.from_array(np.array([1]), "axis")
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [table, axis])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    write_encoder_manifest(tmp_path, dimensions=5, max_tokens=4, base_model="tiny", licence="Apache-2.0")
    return tmp_path


@pytest.fixture
def encoder(folder: Path) -> Encoder:
    """The encoder of the folder."""
    return load_encoder(folder, threads=1)


def test_vectors_are_of_unit_length_and_in_the_order_of_the_names(encoder: Encoder) -> None:
    """Names of different lengths are computed apart and put back in their places."""
    names = ["heart attack", "fever", "left lung fever", "lung"]
    together = encoder(names)
    apart = np.concatenate([encoder([name]) for name in names])
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, apart)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, rtol=1e-6)


def test_more_names_than_a_batch_holds(encoder: Encoder) -> None:
    """Every name gets its own vector, however many there are of one length."""
    names = ["fever", "lung", "heart"] * BATCH
    vectors = encoder(names)
    np.testing.assert_array_equal(vectors[:3], vectors[-3:])
    assert not np.array_equal(vectors[0], vectors[1])


def test_any_number_of_threads_gives_the_same_vectors(folder: Path) -> None:
    """In the order of the names."""
    names = ["fever", "left lung", "heart attack of the", "lung", "heart attack"] * BATCH
    np.testing.assert_array_equal(
        load_encoder(folder, threads=3)(names), load_encoder(folder, threads=1)(names)
    )


def test_no_names_give_no_rows(encoder: Encoder) -> None:
    """An empty list gives an array of no rows and D columns."""
    assert encoder([]).shape == (0, 5)


def test_long_names_are_cut(encoder: Encoder) -> None:
    """Tokens beyond the manifest's `max_tokens` do not count."""
    cut, whole = encoder(["left lung fever heart attack of the heart", "left lung fever heart"])
    np.testing.assert_array_equal(cut, whole)


def test_checksum_tells_weights_apart(folder: Path, encoder: Encoder) -> None:
    """The same folder gives the same checksum, another tokeniser another."""
    assert load_encoder(folder).checksum == encoder.checksum
    text = (folder / "tokenizer.json").read_text().replace('"fever"', '"chill"')
    (folder / "tokenizer.json").write_text(text)
    write_encoder_manifest(folder, dimensions=5, max_tokens=4, base_model="tiny", licence="Apache-2.0")
    assert load_encoder(folder).checksum != encoder.checksum


def test_damaged_weights_are_refused(folder: Path) -> None:
    """A file that differs from its checksum is named, with what was found and what was expected."""
    with (folder / "model.onnx").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(ModelError, match=r"model\.onnx: truncated or replaced: found"):
        load_encoder(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_missing_file_is_named(folder: Path, name: str) -> None:
    """Each of the three files must be there."""
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("kind", "reranker", "not an encoder's manifest: kind"),
        ("version", 99, "manifest version 99"),
        ("files", [], "lists nothing"),
    ],
)
def test_other_manifests_are_refused(folder: Path, key: str, value: object, message: str) -> None:
    """A manifest of another kind, version or list of files says what is wrong with it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, key: value}))
    with pytest.raises(ModelError, match=message):
        load_encoder(folder)


def test_manifest_needs_its_files(tmp_path: Path) -> None:
    """No manifest is written over files that are not there."""
    with pytest.raises(ModelError, match=r"no file 'model\.onnx'"):
        write_encoder_manifest(tmp_path, dimensions=5, max_tokens=4, base_model="", licence="")
