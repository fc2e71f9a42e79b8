"""The columns of a knowledge base: how they are written, and the names of their files.

Strings stand one behind the other in `*.utf8`, string `i` at bytes `offsets[i]:offsets[i + 1]`.
Arrays are numpy `.npy` files, opened memory-mapped:

    name.utf8, name-offset        the name rows' texts                          int64[names + 1]
    norm.utf8, norm-offset        `normalise(text)` of each row                 int64[names + 1]
    id.utf8, id-offset            the concepts' ids, sorted                     int64[concepts + 1]
    name-concept                  concept ordinal of each row, ascending        int32[names]
    name-scope, name-source       indexes into `SCOPES`, manifest.vocabularies  uint8, uint16[names]
    name-language                 index into manifest.languages                 uint8[names]
    name-homonyms                 how many concepts share the row's norm        int32[names]
    concept-row                   first row (the preferred name) of a concept   int32[concepts + 1]
    concept-types, concept-taxon  indexes into `type_sets`, `taxa` of kb.sqlite int32[concepts]
    norm-key, norm-row            `key` of each row's norm, ascending; its row  uint64, int32[names]
    name-signature                letter pairs of each norm (see `signatures`)  uint64[4, names]
    bag-key, bag-row              the same of `bag(norm)`                       uint64, int32[names]
"""

from __future__ import annotations

import mmap
import os
import sys
from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from belink.kb.signatures import sign_all
from belink.text.normalise import bag, normalise
from belink.types import AliasScope

NameScope = AliasScope | Literal["preferred"]
SCOPES: tuple[NameScope, ...] = (
    "preferred",
    "exact",
    "narrow",
    "broad",
    "related",
    "abbreviation",
    "labelled",
)
TEXTS = ("name", "norm", "id")
ARRAYS = (
    "name-offset", "norm-offset", "id-offset", "name-concept", "name-scope", "name-source", "name-language",
    "name-homonyms", "concept-row", "concept-types", "concept-taxon", "norm-key", "norm-row", "bag-key",
    "bag-row", "name-signature",
)  # fmt: skip
_FLUSH = 1 << 20
_AT_ONCE = 5_000
_READ = 20_000
_KEY_BYTES = 8
_NOTHING = np.zeros(0, dtype=np.uint8)


def key(text: str) -> bytes:
    """Give the 64-bit BLAKE2b digest by which a norm or bag is looked up."""
    return blake2b(text.encode(), digest_size=_KEY_BYTES).digest()


def key_number(text: str) -> int:
    """Give `key(text)` as the number that stands in the index."""
    return int.from_bytes(key(text), sys.byteorder)


class TextWriter:
    """Appends strings to a `.utf8` file and keeps their offsets."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._stream = (folder / f"{name}.utf8").open("wb")
        self._buffer = bytearray()
        self._offsets = array("q", [0])

    def add(self, text: str) -> None:
        """Append one string."""
        encoded = text.encode()
        self._buffer += encoded
        self._offsets.append(self._offsets[-1] + len(encoded))
        self._flush_if_long()

    def add_bytes(self, encoded: Sequence[bytes]) -> None:
        """Append strings in UTF-8."""
        ends = accumulate(map(len, encoded), initial=self._offsets.pop())
        self._offsets.extend(ends)
        self._buffer += b"".join(encoded)
        self._flush_if_long()

    @property
    def size(self) -> int:
        """The number of bytes added so far."""
        return self._offsets[-1]

    def _flush_if_long(self) -> None:
        if len(self._buffer) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        self._stream.write(self._buffer)
        self._buffer.clear()

    def close(self) -> None:
        """Write what is left, and the offsets."""
        self._flush()
        self._stream.close()
        save(self._folder, f"{self._name}-offset", np.frombuffer(self._offsets, dtype=np.int64))

    def __enter__(self) -> TextWriter:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; nothing more is written after an error."""
        if kind is None:
            self.close()
        else:
            self._stream.close()


class TextReader:
    """Strings of a memory-mapped `.utf8` file, by number."""

    def __init__(self, folder: Path, name: str, offsets: npt.NDArray[np.int64]) -> None:
        self._offsets = offsets
        bounds = offsets.data
        with (folder / f"{name}.utf8").open("rb") as stream:
            empty = os.fstat(stream.fileno()).st_size == 0
            self._data = data = b"" if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

        def at(number: int) -> str:
            return data[bounds[number] : bounds[number + 1]].decode()

        self.at = at
        """Gives one string."""

    def many(self, numbers: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Give strings in the order asked."""
        data = self._data
        starts, ends = self._offsets[numbers].tolist(), self._offsets[numbers + 1].tolist()
        return [data[start:end].decode() for start, end in zip(starts, ends, strict=True)]

    def __iter__(self) -> Iterator[str]:
        """Give every string in order."""
        for first in range(0, len(self._offsets) - 1, _READ):
            bounds = self._offsets[first : first + _READ + 1].tolist()
            chunk, base = self._data[bounds[0] : bounds[-1]], bounds[0]
            for start, end in pairwise(bounds):
                yield chunk[start - base : end - base].decode()


class NameWriter:
    """Writes the name rows in order, then their indexes."""

    def __init__(self, folder: Path, vocabularies: Sequence[str]) -> None:
        self._folder = folder
        self._texts = TextWriter(folder, "name")
        self._norms = TextWriter(folder, "norm")
        self._pending: list[str] = []
        self._concepts = array("i")
        self._scopes = array("B")
        self._sources = array("H")
        self._languages = array("B")
        self._norm_keys = bytearray()
        self._bag_keys = bytearray()
        self._scope_number: dict[str, int] = {scope: number for number, scope in enumerate(SCOPES)}
        self.source_number = {name: number for number, name in enumerate(vocabularies)}
        self.language_number = {"": 0}

    def add(self, ordinal: int, text: str, scope: NameScope, source: str, language: str) -> None:
        """Append one row."""
        self._pending.append(text)
        if len(self._pending) >= _AT_ONCE:
            self._write_texts()
        self._concepts.append(ordinal)
        self._scopes.append(self._scope_number[scope])
        self._sources.append(self.source_number.setdefault(source, len(self.source_number)))
        self._languages.append(self.language_number.setdefault(language, len(self.language_number)))

    def _write_texts(self) -> None:
        """Write the names that wait, with their norms and keys."""
        norms = list(map(normalise, self._pending))
        encoded = [norm.encode() for norm in norms]
        self._texts.add_bytes([text.encode() for text in self._pending])
        self._norms.add_bytes(encoded)
        self._norm_keys += b"".join([blake2b(each, digest_size=_KEY_BYTES).digest() for each in encoded])
        self._bag_keys += b"".join(map(key, map(bag, norms)))
        self._pending.clear()

    def __len__(self) -> int:
        """Give the number of rows written so far."""
        return len(self._concepts)

    def close(self) -> int:
        """Write the arrays and indexes; gives the number of norms that several concepts share."""
        self._write_texts()
        self._texts.close()
        self._norms.close()
        concepts = np.frombuffer(self._concepts, dtype=np.int32)
        save(self._folder, "name-concept", concepts)
        save(self._folder, "name-scope", np.frombuffer(self._scopes, dtype=np.uint8))
        save(self._folder, "name-source", np.frombuffer(self._sources, dtype=np.uint16))
        save(self._folder, "name-language", np.frombuffer(self._languages, dtype=np.uint8))
        keys, rows = _sorted_keys(self._norm_keys)
        save(self._folder, "norm-key", keys)
        save(self._folder, "norm-row", rows)
        homonyms, shared = _homonyms(keys, rows, concepts, np.frombuffer(key(""), dtype=np.uint64)[0])
        save(self._folder, "name-homonyms", homonyms)
        keys, rows = _sorted_keys(self._bag_keys)
        save(self._folder, "bag-key", keys)
        save(self._folder, "bag-row", rows)
        norms = (
            np.memmap(self._folder / "norm.utf8", dtype=np.uint8, mode="r") if self._norms.size else _NOTHING
        )
        sign_all(norms, np.load(self._folder / "norm-offset.npy"), self._folder / "name-signature.npy")
        return shared

    def abandon(self) -> None:
        """Close the files after an error."""
        self._texts.__exit__(OSError, None, None)
        self._norms.__exit__(OSError, None, None)


def save(folder: Path, name: str, values: npt.NDArray[np.generic]) -> None:
    """Write one array."""
    np.save(folder / f"{name}.npy", values, allow_pickle=False)


def map_arrays(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """Map every array into memory, read-only.

    Raises:
        OSError: where one is missing.
        ValueError: where one is damaged.
    """
    return {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
        for name in ARRAYS
    }


def _sorted_keys(digests: bytearray) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    keys = np.frombuffer(digests, dtype=np.uint64)
    rows = np.argsort(keys, kind="stable").astype(np.int32)
    return keys[rows], rows


def _homonyms(
    keys: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.int32],
    concepts: npt.NDArray[np.int32],
    nothing: np.uint64,
) -> tuple[npt.NDArray[np.int32], int]:
    """Count the concepts of each row's norm; 1 for names that normalise to nothing (key `nothing`).

    Within a key the rows ascend, and so do their concepts: a concept is new where it differs from the
    row before.
    """
    if not len(keys):
        return np.zeros(0, dtype=np.int32), 0
    by_key = concepts[rows]
    new_key = np.ones(len(keys), dtype=bool)
    new_key[1:] = keys[1:] != keys[:-1]
    new_concept = new_key.copy()
    new_concept[1:] |= by_key[1:] != by_key[:-1]
    counts = np.add.reduceat(new_concept.astype(np.int32), np.flatnonzero(new_key))
    counts[keys[new_key] == nothing] = 1
    homonyms = np.empty(len(keys), dtype=np.int32)
    homonyms[rows] = counts[np.cumsum(new_key) - 1]
    return homonyms, int(np.count_nonzero(counts > 1))
