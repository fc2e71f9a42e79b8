"""Which names of a knowledge base get a vector, and the file of vectors while it is being filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from belink.kb.columns import key_number

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Progress = Callable[[str, int, int], None]
"""Told of long work: what is done, how much of it, out of how much."""
Known = tuple[NDArray[np.float16], NDArray[np.uint64]]
"""Vectors [M, D] that are there already, and the keys [M] of their names, ascending."""

CHUNK = 4096
"""Names embedded between two notes of how far a build is."""
DONE = "done"
PENDING = "pending.npy"
VECTORS = "vectors.npy"
_STEP = "embedding names"


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


def vector_count(kb: KnowledgeBase) -> int:
    """Give the number of vectors that an index of a knowledge base holds: of its distinct bags of words."""
    bags = np.asarray(kb.arrays["bag-key"])
    bags = bags[bags != np.uint64(key_number(""))]
    return int(np.count_nonzero(bags[1:] != bags[:-1])) + min(len(bags), 1)


def lay_out(kb: KnowledgeBase, draft: Path, dimensions: int, known: Known | None) -> None:
    """Lay out a draft in an empty folder: which names there are, and the vectors that are known.

    Raises:
        OSError: the folder cannot be written.
    """
    names = _distinct(kb)
    vectors = np.lib.format.open_memmap(
        draft / VECTORS, mode="w+", dtype=np.float16, shape=(len(names.keys), dimensions)
    )
    has = np.zeros(len(names.keys), dtype=np.bool_)
    if known is not None:
        old_vectors, old_keys = known
        has = np.isin(names.keys, old_keys)
        vectors[has] = old_vectors[np.searchsorted(old_keys, names.keys[has])]
    vectors.flush()
    for field in fields(names):
        np.save(draft / f"{field.name}.npy", getattr(names, field.name))
    np.save(draft / PENDING, np.flatnonzero(~has))
    _note(draft, 0)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names to embed, as the arrays of the index; `keys` ascend."""

    keys: NDArray[np.uint64]
    chosen: NDArray[np.int32]
    rows: NDArray[np.int32]
    row_starts: NDArray[np.int64]


def _distinct(kb: KnowledgeBase) -> _Names:
    """Gather the rows of each bag of words, and choose one of them to embed."""
    bags, rows = np.asarray(kb.arrays["bag-key"]), np.asarray(kb.arrays["bag-row"])
    kept = bags != np.uint64(key_number(""))
    bags, rows = bags[kept], rows[kept]
    _, starts = np.unique(bags, return_index=True)
    counts = np.diff(np.append(starts, len(rows)))
    inverted = np.fromiter(("," in text for text in kb.texts()), dtype=np.bool_, count=kb.name_count)
    group = np.repeat(np.arange(len(starts)), counts)
    chosen = rows[np.lexsort((rows, inverted[rows], group))[starts]]
    keys = np.fromiter(map(key_number, kb.norms_at(chosen)), dtype=np.uint64, count=len(chosen))
    order = np.argsort(keys)
    counts = counts[order]
    ends = np.cumsum(counts)
    places = np.repeat(starts[order] - (ends - counts), counts) + np.arange(len(rows))
    return _Names(
        keys[order],
        chosen[order].astype(np.int32),
        rows[places].astype(np.int32),
        np.concatenate((np.zeros(1, np.int64), ends.astype(np.int64))),
    )


def embed(kb: KnowledgeBase, encoder: NameEncoder, draft: Path, progress: Progress | None) -> None:
    """Embed what is pending; after each chunk the draft notes how much is done."""
    vectors = np.load(draft / VECTORS, mmap_mode="r+")
    pending, chosen = np.load(draft / PENDING), np.load(draft / "chosen.npy")
    begin = int((draft / DONE).read_text())
    for first in range(begin, len(pending), CHUNK):
        numbers = pending[first : first + CHUNK]
        vectors[numbers] = encoder(kb.norms_at(chosen[numbers]))
        vectors.flush()
        done = first + len(numbers)
        _note(draft, done)
        if progress is not None:
            progress(_STEP, done, len(pending))


def _note(draft: Path, done: int) -> None:
    fresh = draft / f"{DONE}.new"
    fresh.write_text(str(done))
    fresh.replace(draft / DONE)
