"""What a folder with a tagger holds, and whether it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from belink.errors import ModelError
from belink.models.encoder import MODEL, TOKENIZER
from belink.models.manifest import (
    MANIFEST,
    MANIFEST_VERSION,
    ModelFile,
    check_files,
    describe_files,
    read_json,
)

COMBINATION = "combination.json"


@dataclass(frozen=True, slots=True)
class TaggerManifest:
    """What the weights of a tagger are.

    Attributes:
        version: of the manifest's own format.
        kind: what the model does.
        types: the types of mention it finds, in the order of its outputs.
        features: how many features of a piece it takes.
        base_model: what it was tuned from.
        licence: SPDX expression of the weights' licence.
        files: weights, tokeniser, and how its mentions are combined with a dictionary's; sorted by name.
    """

    version: int
    kind: Literal["tagger"]
    types: tuple[str, ...]
    features: int
    base_model: str
    licence: str
    files: tuple[ModelFile, ...]


_MANIFEST = TypeAdapter(TaggerManifest)


def check_tagger(folder: Path, *, types: Sequence[str], features: int) -> TaggerManifest:
    """Read the manifest of a tagger's folder and compare the files with it.

    Args:
        folder: of the tagger.
        types: that it must find, in this order.
        features: that it must take.

    Raises:
        ModelError: a file is missing, damaged or of another version.
    """
    path = folder / MANIFEST
    hint = f"a tagger is a folder with {MODEL}, {TOKENIZER}, {COMBINATION} and {MANIFEST}"
    manifest = read_json(path, _MANIFEST, "a tagger's manifest", hint)
    expected = (MANIFEST_VERSION, tuple(types), features)
    found = (manifest.version, manifest.types, manifest.features)
    if found != expected:
        raise ModelError(
            f"{path}: version, types and features are {found}, this BeLink reads {expected}; "
            "get the model made for it"
        )
    check_files(folder, manifest.files)
    return manifest


def write_tagger_manifest(
    folder: Path, *, types: Sequence[str], features: int, base_model: str, licence: str
) -> TaggerManifest:
    """Write the manifest of the weights, tokeniser and, where it is there, combination in a folder.

    Raises:
        ModelError: weights or tokeniser are missing.
    """
    names = [MODEL, TOKENIZER, *([COMBINATION] if (folder / COMBINATION).is_file() else [])]
    files = describe_files(folder, names)
    manifest = TaggerManifest(MANIFEST_VERSION, "tagger", tuple(types), features, base_model, licence, files)
    (folder / MANIFEST).write_bytes(_MANIFEST.dump_json(manifest, indent=1) + b"\n")
    return manifest
