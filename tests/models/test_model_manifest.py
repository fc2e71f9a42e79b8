from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from belink.errors import ModelError
from belink.models.manifest import MANIFEST, Manifest, ModelFile, check_files, read_manifest, write_manifest


def make_manifest(weighing: str = "", version: int = 1) -> Manifest:
    return Manifest(version, "reranker", "1", "in-line", 10, 256, "some/base", "Apache-2.0", weighing, ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(b"weights")
    (tmp_path / "tokenizer.json").write_bytes(b"{}")
    write_manifest(tmp_path, make_manifest(), ["tokenizer.json", "model.onnx"])
    return tmp_path


def change(folder: Path, **values: object) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_round_trip(folder: Path) -> None:
    """A manifest written is the manifest read, with its files sorted, measured and summed."""
    manifest = read_manifest(folder)
    digest = hashlib.sha256(b"weights").hexdigest()
    assert manifest.files[0] == ModelFile("model.onnx", 7, digest)
    assert [file.name for file in manifest.files] == ["model.onnx", "tokenizer.json"]
    check_files(folder, manifest.files)


def test_no_manifest(tmp_path: Path) -> None:
    """A folder without a manifest is an error that says what a model is."""
    with pytest.raises(ModelError, match=r"cannot be read: .*a model is a folder with a manifest\.json"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', "\udcff"])
def test_damaged_manifest(tmp_path: Path, content: str) -> None:
    """A damaged manifest is an error that names it."""
    (tmp_path / MANIFEST).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"manifest\.json: not a model's manifest"):
        read_manifest(tmp_path)


def test_wrong_value(folder: Path) -> None:
    """A value that cannot be is an error that names its key."""
    change(folder, readout="sideways")
    with pytest.raises(ModelError, match="not a model's manifest: readout"):
        read_manifest(folder)


def test_other_version(folder: Path) -> None:
    """A manifest of another version is an error that names both versions."""
    change(folder, version=9)
    with pytest.raises(ModelError, match="manifest version 9, this BeLink reads version 1"):
        read_manifest(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", ".."])
def test_file_outside(folder: Path, name: str) -> None:
    """A file outside the folder is an error."""
    change(folder, files=[{"name": name, "bytes": 1, "sha256": ""}])
    with pytest.raises(ModelError, match="not a plain name within the folder"):
        read_manifest(folder)


def test_unlisted_weighing(folder: Path) -> None:
    """A weighing without a checksum is an error."""
    change(folder, weighing="weighing.json")
    with pytest.raises(ModelError, match=r"'weighing\.json' is not among the files listed"):
        read_manifest(folder)


def test_missing_file(folder: Path) -> None:
    """A missing file is named with the checksum it should have."""
    (folder / "model.onnx").unlink()
    with pytest.raises(
        ModelError, match=f"missing; expected 7 bytes with sha256 {hashlib.sha256(b'weights').hexdigest()}"
    ):
        check_files(folder, read_manifest(folder).files)


def test_truncated_file(folder: Path) -> None:
    """A truncated file is named with both lengths and the checksum it should have."""
    (folder / "model.onnx").write_bytes(b"wei")
    with pytest.raises(
        ModelError, match=r"model\.onnx: truncated or replaced: found 3 bytes, expected 7 with sha256 \w{64}"
    ):
        check_files(folder, read_manifest(folder).files)


def test_other_file_of_the_same_length(folder: Path) -> None:
    """A file of other content is named with both checksums."""
    (folder / "model.onnx").write_bytes(b"WEIGHTS")
    found = hashlib.sha256(b"WEIGHTS").hexdigest()
    with pytest.raises(ModelError, match=rf"found sha256 {found}, expected \w{{64}}; get the model again"):
        check_files(folder, read_manifest(folder).files)


def test_write_over_missing_file(tmp_path: Path) -> None:
    """A manifest is not written over a file that is not there."""
    with pytest.raises(ModelError, match=r"no file 'model\.onnx'"):
        write_manifest(tmp_path, make_manifest(), ["model.onnx"])
    assert not (tmp_path / MANIFEST).exists()
