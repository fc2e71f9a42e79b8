"""The dense index of a knowledge base: one vector for each distinct normalised name.

It lies in `index/dense-ENCODER` of the knowledge base (`belink.kb.indexes`), ENCODER being the beginning of
the encoder's checksum, so that indexes of several encoders lie side by side:

    vectors.npy     [N, D] float16, unit vectors of the names, ascending by `keys`
    keys.npy        [N] uint64, `belink.kb.columns.key_number` of the names, ascending
    rows.npy        [R] int32, name rows of the names, those of one name together, ascending
    row_starts.npy  [N + 1] int64, where each name begins in `rows`, then the end
    manifest.json   format, fingerprint of the knowledge base, checksum of the encoder, dimensions

A build that was killed goes on where it stood: its draft, named by encoder and fingerprint, lies beside the
index until it is swapped in by rename. Names that an older index of the same encoder has are not embedded
again.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import numpy as np
import orjson
from numpy.typing import NDArray

from belink.errors import KnowledgeBaseError
from belink.kb.columns import key_number
from belink.kb.indexes import index_places, read_index_manifest
from belink.retrieve.dense import Vectors

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Progress = Callable[[str, int, int], None]
"""Told of long work: what is done, how much of it, out of how much."""

FORMAT = 1
IN_MEMORY = 200_000
"""Indexes of up to so many names are held in memory as float32, which is several times faster to search."""
CHUNK = 4096
"""Names embedded between two notes of how far a build is."""

_MANIFEST = "manifest.json"
_ARRAYS = ("vectors", "keys", "rows", "row_starts")
_DONE = "done"
_STEP = "embedding names"
_log = logging.getLogger(__name__)


class NameEncoder(Protocol):
    """What embeds names: `belink.models.encoder.Encoder` is one."""

    @property
    def dimensions(self) -> int:
        """D, the length of a vector."""

    @property
    def checksum(self) -> str:
        """Equal checksums give equal vectors."""

    def __call__(self, names: Sequence[str], /) -> NDArray[np.float32]:
        """Give the unit vectors [N, D] of N names, each independent of the others."""


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """An open index (`N` distinct names, `R` rows, `D` dimensions); safe to share between threads.

    Attributes:
        folder: where it lies.
        fingerprint: of the knowledge base it was built from.
        checksum: of the encoder it was built with.
        vectors: unit vectors of the names, float16 and mapped into memory; of up to `IN_MEMORY` names float32
            in memory; [N, D].
        rows: name rows of the names, those of one name together, ascending; [R].
        row_starts: where each name begins in `rows`, then the end; [N + 1].
        numbers: of each name row its name, -1 for rows of nothing but punctuation; [rows of the KB].
    """

    folder: Path
    fingerprint: str
    checksum: str
    vectors: Vectors
    rows: NDArray[np.int32]
    row_starts: NDArray[np.int64]
    numbers: NDArray[np.int32]


def ensure_dense_index(
    kb: KnowledgeBase, encoder: NameEncoder, progress: Progress | None = None, *, cache: Path | None = None
) -> DenseIndex:
    """Open the dense index of a knowledge base, building it first where it is missing or stale.

    Raises:
        KnowledgeBaseError: neither the knowledge base's folder nor the cache can be written.
    """
    try:
        return open_dense_index(kb, encoder, cache=cache)
    except KnowledgeBaseError as error:
        _log.info("building the dense index: %s", error)
    return build_dense_index(kb, encoder, progress, cache=cache)


def open_dense_index(kb: KnowledgeBase, encoder: NameEncoder, *, cache: Path | None = None) -> DenseIndex:
    """Open the dense index of a knowledge base and an encoder.

    Args:
        kb: the knowledge base.
        encoder: what the names were embedded with.
        cache: folder of caches, looked into after the knowledge base's own; None takes the user's.

    Raises:
        KnowledgeBaseError: there is none, it is damaged, or was built from another state of the knowledge
            base or by another version of BeLink.
    """
    places = index_places(kb, _name(encoder), cache)
    found = next((place for place in places if (place / _MANIFEST).is_file()), places[0])
    return _open(found, kb, encoder)


def build_dense_index(
    kb: KnowledgeBase, encoder: NameEncoder, progress: Progress | None = None, *, cache: Path | None = None
) -> DenseIndex:
    """Embed the names of a knowledge base, going on where a killed build stood.

    Args:
        kb: the knowledge base.
        encoder: embeds the names, `CHUNK` at a time.
        progress: told how many names are embedded, and of how many.
        cache: folder of caches, used where the knowledge base's own cannot be written; None takes the user's.

    Raises:
        KnowledgeBaseError: neither place can be written.
    """
    inside, cached = index_places(kb, _name(encoder), cache)
    try:
        _build(kb, encoder, inside, progress)
    except OSError as error:
        _log.info("building the dense index in the cache instead: %s", error)
        try:
            _build(kb, encoder, cached, progress)
        except OSError as second:
            raise KnowledgeBaseError(
                f"cannot write the dense index {inside} or {cached}: {second.strerror or second}; "
                "free space or make one of them writable"
            ) from second
        return _open(cached, kb, encoder)
    return _open(inside, kb, encoder)


def _build(kb: KnowledgeBase, encoder: NameEncoder, folder: Path, progress: Progress | None) -> None:
    draft = folder.with_name(f".{folder.name}-{kb.fingerprint[:12]}")
    if not (draft / _DONE).is_file():
        _begin(kb, encoder, folder, draft)
    _embed(kb, encoder, draft, progress)
    manifest = {
        "format": FORMAT,
        "fingerprint": kb.fingerprint,
        "encoder": encoder.checksum,
        "dimensions": encoder.dimensions,
        "rows": kb.name_count,
    }
    (draft / _MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    for name in ("pending.npy", _DONE):
        (draft / name).unlink()
    aside = folder.with_name(f".{folder.name}.{uuid4().hex}")
    if folder.exists():
        folder.rename(aside)
    draft.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _begin(kb: KnowledgeBase, encoder: NameEncoder, folder: Path, draft: Path) -> None:
    """Lay out a draft: which names there are, and the vectors that an older index already has."""
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    keys, rows, row_starts = _distinct(kb.norms(), kb.name_count)
    vectors = np.lib.format.open_memmap(
        draft / "vectors.npy", mode="w+", dtype=np.float16, shape=(len(keys), encoder.dimensions)
    )
    known = np.zeros(len(keys), dtype=np.bool_)
    with suppress(KnowledgeBaseError):
        old_vectors, old_keys = _older(folder, encoder)
        known = np.isin(keys, old_keys)
        vectors[known] = old_vectors[np.searchsorted(old_keys, keys[known])]
    vectors.flush()
    np.save(draft / "keys.npy", keys)
    np.save(draft / "rows.npy", rows)
    np.save(draft / "row_starts.npy", row_starts)
    np.save(draft / "pending.npy", np.flatnonzero(~known))
    _note(draft, 0)


def _distinct(
    norms: Iterable[str], count: int
) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64]]:
    """Give the keys of the distinct names, ascending, the rows that bear them, and where each one's begin."""
    keys = np.fromiter(map(key_number, norms), dtype=np.uint64, count=count)
    rows = np.argsort(keys, kind="stable")
    rows = rows[keys[rows] != np.uint64(key_number(""))]
    distinct, first = np.unique(keys[rows], return_index=True)
    return distinct, rows.astype(np.int32), np.append(first, len(rows)).astype(np.int64)


def _older(folder: Path, encoder: NameEncoder) -> tuple[NDArray[np.float16], NDArray[np.uint64]]:
    """Give vectors and keys of what lies where an index is about to be put.

    Raises:
        KnowledgeBaseError: there is none of this encoder.
    """
    found = _read_manifest(folder)
    if (found.get("format"), found.get("encoder")) != (FORMAT, encoder.checksum):
        raise KnowledgeBaseError(f"{folder}: of another encoder or version")
    arrays = _load(folder, encoder.dimensions)
    return arrays["vectors"], arrays["keys"]


def _embed(kb: KnowledgeBase, encoder: NameEncoder, draft: Path, progress: Progress | None) -> None:
    """Embed what is pending; after each chunk the draft notes how much is done."""
    vectors = np.load(draft / "vectors.npy", mmap_mode="r+")
    pending, rows = np.load(draft / "pending.npy"), np.load(draft / "rows.npy")
    row_starts = np.load(draft / "row_starts.npy")
    begin = int((draft / _DONE).read_text())
    for first in range(begin, len(pending), CHUNK):
        numbers = pending[first : first + CHUNK]
        vectors[numbers] = encoder(kb.norms_at(rows[row_starts[numbers]]))
        vectors.flush()
        done = first + len(numbers)
        _note(draft, done)
        if progress is not None:
            progress(_STEP, done, len(pending))


def _note(draft: Path, done: int) -> None:
    fresh = draft / f"{_DONE}.new"
    fresh.write_text(str(done))
    fresh.replace(draft / _DONE)


def _open(folder: Path, kb: KnowledgeBase, encoder: NameEncoder) -> DenseIndex:
    found = _read_manifest(folder)
    expected = {"format": FORMAT, "fingerprint": kb.fingerprint, "encoder": encoder.checksum}
    wrong = [f"{name} {found.get(name)}, expected {value}" for name, value in expected.items()
             if found.get(name) != value]  # fmt: skip
    if wrong:
        raise KnowledgeBaseError(
            f"stale dense index {folder}: {'; '.join(wrong)}; build it again with 'belink kb index'"
        )
    arrays = _load(folder, encoder.dimensions)
    vectors, rows, row_starts = arrays["vectors"], arrays["rows"], arrays["row_starts"]
    if len(vectors) <= IN_MEMORY:
        vectors = vectors.astype(np.float32)
    numbers = np.full(kb.name_count, -1, dtype=np.int32)
    numbers[rows] = np.repeat(np.arange(len(row_starts) - 1, dtype=np.int32), np.diff(row_starts))
    return DenseIndex(folder, kb.fingerprint, encoder.checksum, vectors, rows, row_starts, numbers)


def _load(folder: Path, dimensions: int) -> dict[str, NDArray[Any]]:
    try:
        arrays = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS}
    except (OSError, ValueError, EOFError) as error:
        raise KnowledgeBaseError(
            f"damaged dense index {folder}: {error}; delete the folder and build it with 'belink kb index'"
        ) from error
    count = len(arrays["keys"])
    if arrays["vectors"].shape != (count, dimensions) or len(arrays["row_starts"]) != count + 1:
        raise KnowledgeBaseError(
            f"damaged dense index {folder}: {arrays['vectors'].shape} vectors for {count} names of "
            f"{dimensions} dimensions; delete the folder and build it with 'belink kb index'"
        )
    return arrays


def _read_manifest(folder: Path) -> dict[str, object]:
    return read_index_manifest(folder / _MANIFEST, "dense index", "'belink kb index' builds it")


def _name(encoder: NameEncoder) -> str:
    return f"dense-{encoder.checksum[:12]}"
