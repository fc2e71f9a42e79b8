"""The dense index of a knowledge base: one vector for each distinct bag of words.

Names of the same words, in any order and number (`text.normalise.bag`), share the vector of one of them: the
first that is not inverted (has no comma), else the first. MeSH lists most names in several orders, so that
MEDIC needs 49,331 vectors for 85,425 distinct normalised names.

It lies in `index/dense-ENCODER` of the knowledge base (`belink.kb.indexes`), ENCODER being the beginning of
the encoder's checksum, so that indexes of several encoders lie side by side:

    vectors.npy     [N, D] float16, unit vectors of the names embedded, ascending by `keys`
    keys.npy        [N] uint64, `belink.kb.columns.key_number` of the normalised names embedded, ascending
    chosen.npy      [N] int32, the name row of each name embedded
    rows.npy        [R] int32, name rows that share a vector together, ascending
    row_starts.npy  [N + 1] int64, where the rows of each vector begin in `rows`, then the end
    coarse.npy      [N, C] int8, the names for a first look (`belink.retrieve.dense`)
    basis.npy       [D, C] float32, turns vectors into coarse ones
    manifest.json   format, fingerprint of the knowledge base, checksum of the encoder, dimensions

A build that was killed goes on where it stood: its draft, named by encoder and fingerprint, lies beside the
index until it is swapped in by rename; an index put aside that a killed process left is removed by the next.
Names that an older index of the same encoder has are not embedded
again.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from belink.errors import KnowledgeBaseError
from belink.kb.folder import own_name, remove_dead
from belink.kb.indexes import index_places, read_index_manifest
from belink.retrieve.dense import Coarse, Vectors, coarse_of
from belink.retrieve.dense_vectors import DONE, PENDING, VECTORS, Known, NameEncoder, Progress, embed, lay_out

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

FORMAT = 3
IN_MEMORY = 200_000
"""Indexes of up to so many names are held in memory as float32, which is several times faster to search."""

_MANIFEST = "manifest.json"
_ARRAYS = ("vectors", "keys", "rows", "row_starts")
_COARSE = ("coarse", "basis")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """An open index (`N` vectors, `R` rows, `D` dimensions); safe to share between threads.

    Attributes:
        folder: where it lies.
        fingerprint: of the knowledge base it was built from.
        checksum: of the encoder it was built with.
        vectors: unit vectors of the names, float16 and mapped into memory; of up to `IN_MEMORY` names float32
            in memory; [N, D].
        coarse: the names for a first look; in memory as `vectors`.
        rows: name rows, those that share a vector together, ascending; [R].
        row_starts: where the rows of each vector begin in `rows`, then the end; [N + 1].
        numbers: of each name row its vector, -1 for rows of nothing but punctuation; [rows of the KB].
    """

    folder: Path
    fingerprint: str
    checksum: str
    vectors: Vectors
    coarse: Coarse
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
        found = open_dense_index(kb, encoder, cache=cache)
    except KnowledgeBaseError as error:
        _log.info("building the dense index: %s", error)
        return build_dense_index(kb, encoder, progress, cache=cache)
    remove_dead(found.folder.parent, f".{found.folder.name}.")
    return found


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
    places = index_places(kb, _name(encoder.checksum), cache)
    found = next((place for place in places if (place / _MANIFEST).is_file()), places[0])
    return _open(found, kb, encoder)


def has_dense_index(kb: KnowledgeBase, checksum: str, *, cache: Path | None = None) -> bool:
    """Tell whether a knowledge base has a dense index of its present state by the encoder of a checksum."""
    for place in index_places(kb, _name(checksum), cache):
        with suppress(KnowledgeBaseError):
            found = _read_manifest(place)
            if _wrong(found, kb, checksum) == []:
                return True
    return False


def build_dense_index(
    kb: KnowledgeBase, encoder: NameEncoder, progress: Progress | None = None, *, cache: Path | None = None
) -> DenseIndex:
    """Embed the names of a knowledge base, going on where a killed build stood.

    Args:
        kb: the knowledge base.
        encoder: embeds the names.
        progress: told how many names are embedded, and of how many.
        cache: folder of caches, used where the knowledge base's own cannot be written; None takes the user's.

    Raises:
        KnowledgeBaseError: neither place can be written.
    """
    inside, cached = index_places(kb, _name(encoder.checksum), cache)
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
    draft = folder.with_name(f".{folder.name}-{kb.fingerprint[:12]}-{FORMAT}")
    left_by_the_killed = set(folder.parent.glob(f".{folder.name}[-.]*")) - {draft}
    for path in left_by_the_killed:
        shutil.rmtree(path, ignore_errors=True)
    if not (draft / _MANIFEST).is_file():
        _fill(kb, encoder, draft, folder, progress)
    for name in (PENDING, DONE):
        (draft / name).unlink(missing_ok=True)
    aside = folder.with_name(own_name(f".{folder.name}."))
    if folder.exists():
        folder.rename(aside)
    draft.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _fill(
    kb: KnowledgeBase, encoder: NameEncoder, draft: Path, earlier: Path, progress: Progress | None
) -> None:
    """Write a draft, or what one lacks; it is whole once it has a manifest, which comes last.

    Args:
        kb: the knowledge base.
        encoder: embeds the names.
        draft: its folder, which need not be there.
        earlier: where an index may lie whose vectors are taken over.
        progress: told how many names are embedded, and of how many.
    """
    if not (draft / DONE).is_file():
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        lay_out(kb, draft, encoder.dimensions, _known(earlier, encoder))
    embed(kb, encoder, draft, progress)
    coarse = coarse_of(np.load(draft / VECTORS, mmap_mode="r"))
    np.save(draft / "coarse.npy", coarse.vectors)
    np.save(draft / "basis.npy", coarse.basis)
    manifest = {
        "format": FORMAT,
        "fingerprint": kb.fingerprint,
        "encoder": encoder.checksum,
        "dimensions": encoder.dimensions,
        "rows": kb.name_count,
    }
    fresh = draft / f"{_MANIFEST}.new"
    fresh.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    fresh.replace(draft / _MANIFEST)


def _known(folder: Path, encoder: NameEncoder) -> Known | None:
    """Give the vectors of what lies where an index is about to be put; None where there is none."""
    try:
        if _read_manifest(folder).get("encoder") != encoder.checksum:
            return None
        arrays = _load(folder, encoder.dimensions, _ARRAYS)
    except KnowledgeBaseError:
        return None
    return arrays["vectors"], arrays["keys"]


def _open(folder: Path, kb: KnowledgeBase, encoder: NameEncoder) -> DenseIndex:
    wrong = _wrong(_read_manifest(folder), kb, encoder.checksum)
    if wrong:
        raise KnowledgeBaseError(
            f"stale dense index {folder}: {'; '.join(wrong)}; build it again with 'belink kb index'"
        )
    arrays = _load(folder, encoder.dimensions, _ARRAYS + _COARSE)
    vectors, rows, row_starts = arrays["vectors"], arrays["rows"], arrays["row_starts"]
    coarse = Coarse(arrays["basis"], arrays["coarse"])
    if len(vectors) <= IN_MEMORY:
        vectors, coarse = vectors.astype(np.float32), Coarse(coarse.basis, coarse.vectors.astype(np.float32))
    numbers = np.full(kb.name_count, -1, dtype=np.int32)
    numbers[rows] = np.repeat(np.arange(len(row_starts) - 1, dtype=np.int32), np.diff(row_starts))
    return DenseIndex(folder, kb.fingerprint, encoder.checksum, vectors, coarse, rows, row_starts, numbers)


def _wrong(found: dict[str, object], kb: KnowledgeBase, checksum: str) -> list[str]:
    expected = {"format": FORMAT, "fingerprint": kb.fingerprint, "encoder": checksum}
    return [f"{name} {found.get(name)}, expected {value}" for name, value in expected.items()
            if found.get(name) != value]  # fmt: skip


def _load(folder: Path, dimensions: int, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    try:
        arrays = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in names}
    except (OSError, ValueError, EOFError) as error:
        raise KnowledgeBaseError(
            f"damaged dense index {folder}: {error}; delete the folder and build it with 'belink kb index'"
        ) from error
    count = len(arrays["keys"])
    whole = len(arrays["row_starts"]) == count + 1 and len(arrays.get("coarse", arrays["keys"])) == count
    if arrays["vectors"].shape != (count, dimensions) or not whole:
        raise KnowledgeBaseError(
            f"damaged dense index {folder}: {arrays['vectors'].shape} vectors for {count} names of "
            f"{dimensions} dimensions; delete the folder and build it with 'belink kb index'"
        )
    return arrays


def _read_manifest(folder: Path) -> dict[str, object]:
    return read_index_manifest(folder / _MANIFEST, "dense index", "'belink kb index' builds it")


def _name(checksum: str) -> str:
    return f"dense-{checksum[:12]}"
