"""MiniLM off the shelf: cosine of sentence vectors of mention and name, exact search.

Run as `python -m benchmarks.rivals.with_minilm TASK OUT STORE MODEL`, MODEL being a folder written by
`benchmarks.rivals.export_minilm`. The vectors of the names are kept in STORE; a run
that was stopped goes on there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.rivals.child import NAMES_ASKED, Hit, Names, Search, run, store_seconds
from numpy.typing import NDArray

from belink.formats.streams import write_atomically
from belink.models.encoder import Encoder, load_encoder

_CHUNK = 4096
_TEXTS_AT_ONCE = 64
_BLOCK = 65536


def build(names: Names, store: Path) -> Search:
    """Embed the names, or take the vectors that lie in the store."""
    encoder = load_encoder(Path(sys.argv[4]))
    if not (store / "vectors.npy").exists():
        _embed(encoder, names.texts, store)
    vectors = np.load(store / "vectors.npy", mmap_mode="r")

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        found: list[list[Hit]] = []
        asked = encoder(texts)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            found += _nearest(vectors, asked[start : start + _TEXTS_AT_ONCE])
        return found

    return search


def _embed(encoder: Encoder, texts: Sequence[str], store: Path) -> None:
    """Write the unit vectors of the names [N, D], going on where a run was stopped."""
    store.mkdir(parents=True, exist_ok=True)
    draft, progress = store / "draft.npy", store / "done.json"
    if draft.exists() and progress.exists():
        done, seconds = json.loads(progress.read_text(encoding="utf-8"))
        vectors = np.lib.format.open_memmap(draft, mode="r+")
    else:
        done, seconds, shape = 0, 0.0, (len(texts), encoder.dimensions)
        vectors = np.lib.format.open_memmap(draft, mode="w+", dtype=np.float16, shape=shape)
    for start in range(done, len(texts), _CHUNK):
        begun = time.perf_counter()
        vectors[start : start + _CHUNK] = encoder(texts[start : start + _CHUNK])
        vectors.flush()
        seconds += time.perf_counter() - begun
        with write_atomically(progress) as file:
            file.write(json.dumps([start + _CHUNK, seconds]).encode())
    store_seconds(store, seconds)
    draft.replace(store / "vectors.npy")


def _nearest(vectors: NDArray[np.float16], asked: NDArray[np.float32]) -> list[list[Hit]]:
    """Give the nearest names of each vector asked [B, D] by their cosines, rounded to 6 places."""
    blocks = range(0, len(vectors), _BLOCK)
    parts = [asked @ vectors[start : start + _BLOCK].astype(np.float32).T for start in blocks]
    scores = np.round(np.concatenate(parts, axis=1), 6)
    count = min(NAMES_ASKED, scores.shape[1])
    found: list[list[Hit]] = []
    for row in scores:
        numbers = np.flatnonzero(row >= np.partition(row, -count)[-count])
        order = np.lexsort((numbers, -row[numbers]))[:NAMES_ASKED]
        found.append([(int(n), float(row[n])) for n in numbers[order]])
    return found


if __name__ == "__main__":
    run(build)
