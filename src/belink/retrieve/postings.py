"""The arrays of a name index: distinct names, the rows that bear them, and TF-IDF postings of 3-grams.

Everything here takes names as strings and speaks of them by number; nothing knows a knowledge base.
Building reads the names twice and in chunks, so that memory grows with the number of names (about 60
bytes each), not with their text. Two names are taken for the same where 64 bits of BLAKE2b agree: at four
million names, one chance in two million that any two are mixed up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
Floats = NDArray[np.float32]

_CHUNK = 100_000
_NEWLINE = 10
_CODE_BITS = 21


@dataclass(frozen=True, slots=True)
class NameArrays:
    """A name index as arrays (`N` distinct names, `R` rows, `V` grams, `P` postings).

    Attributes:
        text: UTF-8 of all names, one behind the other; uint8.
        text_starts: where each name begins in `text`, then the end; N + 1.
        rows: rows of the names, those of one name together, ascending; R.
        row_starts: where each name begins in `rows`, then the end; N + 1.
        grams: codes of the grams that occur, ascending; V.
        gram_starts: where each gram begins in `posting_names`, then the end; V + 1.
        posting_names: names with the gram, ascending within a gram; P.
        posting_weights: TF-IDF weight of the gram in that name, each name's vector of length 1; P.
        name_grams: places in `grams` of the grams of each name, ascending within a name; P.
        name_gram_starts: where each name begins in `name_grams`, then the end; N + 1.
        idf: ln((1 + N) / (1 + names with the gram)) + 1, as in scikit-learn; V.
    """

    text: NDArray[np.uint8]
    text_starts: Ints
    rows: Ids
    row_starts: Ints
    grams: Ints
    gram_starts: Ints
    posting_names: Ids
    posting_weights: Floats
    name_grams: Ids
    name_gram_starts: Ints
    idf: Floats


def read_arrays(folder: Path) -> NameArrays:
    """Map the arrays of a folder into memory, read-only.

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError: a file is not an array.
    """
    return NameArrays(
        **{f.name: np.asarray(np.load(folder / f"{f.name}.npy", mmap_mode="r")) for f in fields(NameArrays)}
    )


def write_arrays(folder: Path, names: Callable[[], Iterable[str]], progress: Callable[[int], None]) -> None:
    """Write the arrays of an index into an empty folder; the same names give the same bytes.

    Args:
        folder: exists and is empty.
        names: gives the names by row, the same each time it is called.
        progress: told how much is done, from 0 to 3 times the number of rows.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    keys, sizes = _read_rows(names(), progress)
    first = write_rows(folder, keys)
    text_starts = starts_of(sizes[first])
    np.save(folder / "text_starts.npy", text_starts)
    grams, counts = _write_text(folder, names(), first, text_starts, lambda row: progress(len(keys) + row))
    gram_starts = starts_of(counts)
    np.save(folder / "grams.npy", grams)
    np.save(folder / "gram_starts.npy", gram_starts)
    text = np.load(folder / "text.npy", mmap_mode="r")

    def names_between(start: int, end: int) -> list[str]:
        return slice_names(text, text_starts, np.arange(start, end))

    scale = len(keys) / max(len(first), 1)

    def report(place: int) -> None:
        progress(2 * len(keys) + round(scale * place))

    _write_postings(folder, names_between, len(first), grams, gram_starts, report)


def slice_names(text: NDArray[np.uint8], starts: Ints, numbers: NDArray[np.integer[Any]]) -> list[str]:
    """Read names by number."""
    view = text.data
    bounds = zip(starts[numbers].tolist(), starts[numbers + 1].tolist(), strict=True)
    return [str(view[start:end], "utf-8") for start, end in bounds]


def gram_codes(names: list[str]) -> tuple[Ints, Ints]:
    """Give the distinct character 3-grams of each name, a space set before and behind it.

    Returns:
        Codes and the place in `names` each belongs to, sorted by name, then code. A code packs three
        code points of 21 bits, so no two grams share one. An empty name has no grams.
    """
    joined = "\n".join(f" {name} " for name in names)
    points = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype="<u4").astype(np.int64)
    if len(points) < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    breaks = points == _NEWLINE
    codes = (points[:-2] << 2 * _CODE_BITS) | (points[1:-1] << _CODE_BITS) | points[2:]
    owners = np.cumsum(breaks)[:-2]
    whole = ~(breaks[:-2] | breaks[1:-1] | breaks[2:])
    codes, owners = codes[whole], owners[whole]
    order = np.lexsort((codes, owners))
    codes, owners = codes[order], owners[order]
    new = np.ones(len(codes), bool)
    new[1:] = (codes[1:] != codes[:-1]) | (owners[1:] != owners[:-1])
    return codes[new], owners[new]


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """Cut names into lists, so that memory does not grow with their text."""
    source = iter(names)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def keys_of(names: Iterable[bytes]) -> NDArray[np.uint64]:
    """Give the hash of each name, by which names are the same."""
    digests = b"".join(blake2b(name, digest_size=8).digest() for name in names)
    return np.frombuffer(digests, dtype="<u8")


def _read_rows(names: Iterable[str], progress: Callable[[int], None]) -> tuple[NDArray[np.uint64], Ids]:
    """Hash each row's name and measure it in bytes."""
    keys: list[NDArray[np.uint64]] = [np.empty(0, np.uint64)]
    sizes: list[Ids] = [np.empty(0, np.int32)]
    done = 0
    for chunk in chunks(names):
        encoded = [name.encode() for name in chunk]
        keys.append(keys_of(encoded))
        sizes.append(np.fromiter(map(len, encoded), np.int32, len(encoded)))
        done += len(chunk)
        progress(done)
    return np.concatenate(keys), np.concatenate(sizes)


def write_rows(folder: Path, keys: NDArray[np.uint64]) -> Ints:
    """Write which rows share a name; give the first row of each name, ascending.

    Names are numbered in that order.
    """
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(first), np.int64)
    number[order] = np.arange(len(first))
    owners = number[inverse]
    np.save(folder / "rows.npy", np.argsort(owners, kind="stable").astype(np.int32))
    np.save(folder / "row_starts.npy", starts_of(np.bincount(owners, minlength=len(first))))
    return first[order]


def _write_text(
    folder: Path, names: Iterable[str], first: Ints, starts: Ints, progress: Callable[[int], None]
) -> tuple[Ints, Ints]:
    """Write the text of the distinct names; give all grams, ascending, and how many names have each."""
    text = _allocate(folder / "text.npy", np.uint8, int(starts[-1]))
    grams, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    row = place = 0
    for chunk in chunks(names):
        upto = int(np.searchsorted(first, row + len(chunk)))
        distinct = [chunk[i] for i in (first[place:upto] - row).tolist()]
        text[starts[place] : starts[upto]] = np.frombuffer("".join(distinct).encode(), np.uint8)
        codes, _ = gram_codes(distinct)
        grams, where = np.unique(np.concatenate((grams, codes)), return_inverse=True)
        weights = np.concatenate((counts, np.ones(len(codes), np.int64)))
        counts = np.bincount(where, weights, minlength=len(grams)).astype(np.int64)
        row, place = row + len(chunk), upto
        progress(row)
    return grams, counts


def _write_postings(
    folder: Path,
    names: Callable[[int, int], list[str]],
    name_count: int,
    grams: Ints,
    starts: Ints,
    progress: Callable[[int], None],
) -> None:
    """Write the postings of all names, reading the names in chunks by number."""
    idf = np.log((1 + name_count) / (1 + np.diff(starts))) + 1
    np.save(folder / "idf.npy", idf.astype(np.float32))
    posting_names = _allocate(folder / "posting_names.npy", np.int32, int(starts[-1]))
    posting_weights = _allocate(folder / "posting_weights.npy", np.float32, int(starts[-1]))
    name_grams = _allocate(folder / "name_grams.npy", np.int32, int(starts[-1]))
    gram_counts = np.zeros(name_count, np.int64)
    free = starts[:-1].copy()
    written = 0
    for place in range(0, name_count, _CHUNK):
        upto = min(place + _CHUNK, name_count)
        codes, owners = gram_codes(names(place, upto))
        which = np.searchsorted(grams, codes)
        lengths = np.sqrt(np.bincount(owners, idf[which] ** 2, minlength=upto - place))
        name_grams[written : written + len(which)] = which
        written += len(which)
        gram_counts[place:upto] = np.bincount(owners, minlength=upto - place)
        order = np.argsort(which, kind="stable")
        which, owners = which[order], owners[order]
        counts = np.bincount(which, minlength=len(grams))
        target = free[which] + np.arange(len(which)) - starts_of(counts)[which]
        posting_names[target] = owners + place
        posting_weights[target] = idf[which] / lengths[owners]
        free += counts
        progress(upto)
    np.save(folder / "name_gram_starts.npy", starts_of(gram_counts))


def starts_of(counts: Ints | Ids) -> Ints:
    """Give where each of some groups begins, one behind the other, then the end."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)))


def _allocate(path: Path, dtype: type[Any], length: int) -> NDArray[Any]:
    """Make a writable array on disk, its space reserved, so that a full disk is an OSError and no crash."""
    if length == 0:
        np.save(path, np.empty(0, dtype))
        return np.empty(0, dtype)
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(length,))
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array
