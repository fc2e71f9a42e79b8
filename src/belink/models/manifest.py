"""A model is a folder: its files and a `manifest.json` that says what they are and their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from belink.errors import ModelError

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1

_T = TypeVar("_T")

Readout = Literal["letters", "in-line"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model: its name within the folder, its length and its SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of weights holds.

    Attributes:
        version: of the manifest's own format.
        kind: what the model does.
        prompt_version: of the question it was trained on (`rerank.prompt.PROMPT_VERSION`).
        readout: where its scores are read: at the options' letters or at the end of their lines.
        max_options: most options it was trained on, 1 to 20.
        max_tokens: budget of a question, in tokens of its tokeniser.
        base_model: what it was tuned from.
        licence: SPDX expression of the weights' licence.
        weighing: the file of the folder that holds how it is weighed against retrieval; "" for none.
        files: all files of the folder but the manifest, sorted by name.
    """

    version: int
    kind: Literal["reranker"]
    prompt_version: str
    readout: Readout
    max_options: int
    max_tokens: int
    base_model: str
    licence: str
    weighing: str
    files: tuple[ModelFile, ...]


_MANIFEST = TypeAdapter(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest without looking at the other files.

    Raises:
        ModelError: there is none, it is damaged, or it is of another version.
    """
    path = folder / MANIFEST
    manifest = read_json(path, _MANIFEST, "a model's manifest", f"a model is a folder with a {MANIFEST}")
    if manifest.version != MANIFEST_VERSION:
        raise ModelError(
            f"{path}: manifest version {manifest.version}, this BeLink reads version {MANIFEST_VERSION}; "
            "get the model made for it"
        )
    outside = [file.name for file in manifest.files if file.name == ".." or Path(file.name).name != file.name]
    if manifest.weighing and manifest.weighing not in {file.name for file in manifest.files}:
        raise ModelError(f"{path}: the weighing '{manifest.weighing}' is not among the files listed")
    if outside:
        raise ModelError(f"{path}: file '{outside[0]}' is not a plain name within the folder")
    return manifest


def read_json(path: Path, kind: TypeAdapter[_T], name: str, hint: str) -> _T:
    """Read a JSON file of a model's folder.

    Args:
        path: the file.
        kind: what it must hold.
        name: of that, with its article, for the error.
        hint: what to do where the file cannot be read.

    Raises:
        ModelError: it cannot be read, or holds something else.
    """
    try:
        return kind.validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}; {hint}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"{path}: not {name}: {where}: {first['msg']}") from error


def check_files(folder: Path, files: Sequence[ModelFile]) -> None:
    """Compare every file of a model with what its manifest says of it.

    Raises:
        ModelError: a file is missing, has another length (truncated) or another checksum.
    """
    for file in files:
        path = folder / file.name
        if not path.is_file():
            raise ModelError(f"{path}: missing; expected {file.bytes} bytes with sha256 {file.sha256}")
        size = path.stat().st_size
        if size != file.bytes:
            raise ModelError(
                f"{path}: truncated or replaced: found {size} bytes, expected {file.bytes} with sha256 "
                f"{file.sha256}; get the model again"
            )
        found = _sha256(path)
        if found != file.sha256:
            raise ModelError(
                f"{path}: damaged or another version: found sha256 {found}, expected {file.sha256}; "
                "get the model again"
            )


def write_manifest(folder: Path, manifest: Manifest, names: Sequence[str]) -> Manifest:
    """Write a manifest over the named files of a folder and give it back with their checksums.

    `manifest.files` is replaced by what is found on disk.

    Raises:
        ModelError: a file is missing.
    """
    complete = replace(manifest, files=describe_files(folder, names))
    (folder / MANIFEST).write_bytes(_MANIFEST.dump_json(complete, indent=1) + b"\n")
    return complete


def describe_files(folder: Path, names: Sequence[str]) -> tuple[ModelFile, ...]:
    """Give length and checksum of the named files of a folder, sorted by name.

    Raises:
        ModelError: a file is missing.
    """
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise ModelError(f"{folder}: no file '{missing[0]}' to put into the manifest")
    return tuple(
        ModelFile(name, (folder / name).stat().st_size, _sha256(folder / name)) for name in sorted(names)
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
