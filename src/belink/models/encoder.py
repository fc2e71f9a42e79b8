"""The encoder of names: int8 ONNX weights and a tokeniser, no PyTorch.

A model's folder holds `model.onnx` (tokens -> unit vectors; pooling and norm are inside the graph),
`tokenizer.json` and `manifest.json`. `belink train encoder` and `belink train export` write such folders.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from belink.errors import ModelError
from belink.models.manifest import (
    MANIFEST,
    MANIFEST_VERSION,
    ModelFile,
    check_files,
    describe_files,
    read_json,
)
from belink.models.onnx import open_session, open_tokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
BATCH = 64
_BLOCK = 16384


@dataclass(frozen=True, slots=True)
class EncoderManifest:
    """What a folder with an encoder holds.

    Attributes:
        version: of the manifest's own format.
        kind: what the model does.
        dimensions: length of its vectors.
        max_tokens: longer names are cut to this many tokens, special ones included.
        base_model: what it was tuned from.
        licence: SPDX expression of the weights' licence.
        files: all files of the folder but the manifest and the card, sorted by name.
    """

    version: int
    kind: Literal["encoder"]
    dimensions: int
    max_tokens: int
    base_model: str
    licence: str
    files: tuple[ModelFile, ...]

    @property
    def checksum(self) -> str:
        """SHA-256 over the weights and the tokeniser: equal checksums give equal vectors."""
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()


_MANIFEST = TypeAdapter(EncoderManifest)


class Encoder:
    """Turns names into vectors; `load_encoder` makes one. Safe to call from several threads.

    Attributes:
        dimensions: D, the length of a vector.
        checksum: SHA-256 over the weights and the tokeniser: equal checksums give equal vectors.
    """

    def __init__(
        self, session: InferenceSession, tokenizer: Tokenizer, manifest: EncoderManifest, threads: int = 1
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._threads = threads
        self.dimensions = manifest.dimensions
        self.checksum = manifest.checksum

    def __call__(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Embed names.

        A name's vector does not depend on the other names: only names of equally many tokens are computed
        together, so that nothing is padded, and the graph's scales are fixed.

        Args:
            names: N texts; empty ones are allowed.

        Returns:
            [N, D] unit vectors in the order of the names; [0, D] for none.
        """
        vectors = np.empty((len(names), self.dimensions), dtype=np.float32)
        for start in range(0, len(names), _BLOCK):
            encodings = self._tokenizer.encode_batch_fast(names[start : start + _BLOCK])
            tokens = [encoding.ids for encoding in encodings]
            batches = list(_same_length(tokens))
            found = self._run([np.array([tokens[row] for row in rows], dtype=np.int64) for rows in batches])
            for rows, some in zip(batches, found, strict=True):
                vectors[[start + row for row in rows]] = some
        return vectors

    def _run(self, batches: list[NDArray[np.int64]]) -> Iterator[NDArray[np.float32]]:
        """Give the vectors of batches of tokens, as many batches at once as there are threads."""
        threads = min(self._threads, len(batches))
        if threads < 2:
            yield from map(self._vectors, batches)
        else:
            with ThreadPoolExecutor(threads) as pool:
                yield from pool.map(self._vectors, batches)

    def _vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vectors: NDArray[np.float32] = self._session.run(None, feed)[0]
        return vectors


def _same_length(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield batches of rows with equally many tokens."""
    by_length = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    for _, group in groupby(by_length, key=lambda row: len(tokens[row])):
        rows = list(group)
        for start in range(0, len(rows), BATCH):
            yield rows[start : start + BATCH]


def load_encoder(folder: Path, *, threads: int = 0) -> Encoder:
    """Load an encoder after checking its files against the manifest.

    Args:
        folder: with `model.onnx`, `tokenizer.json` and `manifest.json`.
        threads: batches of names computed at once, each by one thread; 0 takes one a core.

    Raises:
        ModelError: a file is missing, damaged or of another version.
    """
    manifest = read_encoder_manifest(folder)
    check_files(folder, manifest.files)
    tokenizer = open_tokenizer(folder / TOKENIZER)
    tokenizer.enable_truncation(manifest.max_tokens)
    threads = threads or os.cpu_count() or 1
    return Encoder(open_session(folder / MODEL, threads=1), tokenizer, manifest, threads)


def read_encoder_manifest(folder: Path) -> EncoderManifest:
    """Read the manifest of an encoder's folder.

    Raises:
        ModelError: there is none, it is damaged, of another version, or not an encoder's.
    """
    path = folder / MANIFEST
    hint = f"an encoder is a folder with {MODEL}, {TOKENIZER}, {MANIFEST}"
    manifest = read_json(path, _MANIFEST, "an encoder's manifest", hint)
    if manifest.version != MANIFEST_VERSION:
        found = f"manifest version {manifest.version}, this BeLink reads version {MANIFEST_VERSION}"
        raise ModelError(f"{path}: {found}; get the model made for it")
    if {MODEL, TOKENIZER} != {file.name for file in manifest.files}:
        listed = ", ".join(file.name for file in manifest.files) or "nothing"
        raise ModelError(f"{path}: lists {listed}; an encoder has {MODEL} and {TOKENIZER}")
    return manifest


def write_encoder_manifest(
    folder: Path, *, dimensions: int, max_tokens: int, base_model: str, licence: str
) -> EncoderManifest:
    """Write the manifest of the weights and tokeniser that lie in a folder.

    Raises:
        ModelError: one of the two is missing.
    """
    files = describe_files(folder, (MODEL, TOKENIZER))
    manifest = EncoderManifest(
        MANIFEST_VERSION, "encoder", dimensions, max_tokens, base_model, licence, files
    )
    (folder / MANIFEST).write_bytes(_MANIFEST.dump_json(manifest, indent=1) + b"\n")
    return manifest
