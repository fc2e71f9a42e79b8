"""The arrays of a name index made from those of an earlier one: only new names are taken apart.

`write_arrays` splits every name into 3-grams. Between releases of a vocabulary few names are new, and the
grams of the others stand in the old arrays. They are copied, names are numbered anew, and what depends on all
names (the weights, the order of the postings) is computed from the grams by whole-array operations. The
result is, byte for byte, what `write_arrays` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from belink.retrieve.postings import (
    Floats,
    Ids,
    Ints,
    NameArrays,
    chunks,
    gram_codes,
    keys_of,
    starts_of,
    write_rows,
)

_NAMES_AT_ONCE = 100_000
_Value = TypeVar("_Value", bound=np.generic)
_NO_KEYS = np.empty(0, np.uint64)


def update_arrays(
    folder: Path, old: NameArrays, names: Callable[[], Iterable[str]], progress: Callable[[int], None]
) -> int:
    """Write the arrays of an index into an empty folder, as `write_arrays` does.

    Args:
        folder: exists and is empty.
        old: of an earlier state of the same names, or of any others; whole (`is_whole`).
        names: gives the names by row.
        progress: told how much is done, from 0 to 3 times the number of rows.

    Returns:
        How many names were taken apart.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    old_keys = _keys(old)
    keys, fresh = _read(names(), old_keys, progress)
    first = write_rows(folder, keys)
    distinct = keys[first]
    parts = _joined(old, list(fresh.values()))
    known = np.concatenate((old_keys, np.fromiter(fresh, np.uint64, len(fresh))))
    order = np.argsort(known, kind="stable")
    place = order[np.searchsorted(known[order], distinct)]
    progress(2 * len(keys))
    _write(folder, parts, place)
    progress(3 * len(keys))
    return len(fresh)


def is_whole(arrays: NameArrays) -> bool:
    """Tell whether what `update_arrays` copies fits together; a changed byte inside a name is not seen."""
    starts, gram_starts = arrays.text_starts, arrays.name_gram_starts
    return bool(
        len(starts) == len(gram_starts) > 0
        and starts[0] == gram_starts[0] == 0
        and starts[-1] == len(arrays.text)
        and gram_starts[-1] == len(arrays.name_grams)
        and (np.diff(starts) >= 0).all()
        and (np.diff(gram_starts) >= 0).all()
        and (np.diff(arrays.grams) > 0).all()
        and arrays.name_grams.min(initial=0) >= 0
        and arrays.name_grams.max(initial=-1) < len(arrays.grams)
    )


def _keys(arrays: NameArrays) -> NDArray[np.uint64]:
    """Give the key of each name."""
    data, starts = arrays.text.tobytes(), arrays.text_starts.tolist()
    return keys_of(data[start:end] for start, end in pairwise(starts))


def _read(
    names: Iterable[str], old_keys: NDArray[np.uint64], progress: Callable[[int], None]
) -> tuple[NDArray[np.uint64], dict[int, str]]:
    """Give the key of each row's name, and the names that have none of the old keys, by key."""
    sorted_keys = np.sort(old_keys)
    found: list[NDArray[np.uint64]] = [_NO_KEYS]
    fresh: dict[int, str] = {}
    done = 0
    for chunk in chunks(names):
        keys = keys_of(name.encode() for name in chunk)
        places = np.searchsorted(sorted_keys, keys)
        places[places == len(sorted_keys)] = 0
        new = sorted_keys[places] != keys if len(sorted_keys) else np.ones(len(keys), bool)
        for row in np.flatnonzero(new).tolist():
            fresh.setdefault(int(keys[row]), chunk[row])
        found.append(keys)
        done += len(chunk)
        progress(done)
    return np.concatenate(found), fresh


def _joined(old: NameArrays, fresh: list[str]) -> NameArrays:
    """Put new names behind the old ones; only texts, names' grams and the codes of grams are filled in."""
    encoded = [name.encode() for name in fresh]
    text = np.concatenate((old.text, np.frombuffer(b"".join(encoded), np.uint8)))
    sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
    codes, counts = _grams(fresh)
    grams = np.union1d(old.grams, codes)
    name_grams = np.concatenate(
        (np.searchsorted(grams, old.grams)[old.name_grams], np.searchsorted(grams, codes))
    )
    return NameArrays(
        text=text,
        text_starts=starts_of(np.concatenate((np.diff(old.text_starts), sizes))),
        rows=old.rows,
        row_starts=old.row_starts,
        grams=grams,
        gram_starts=old.gram_starts,
        posting_names=old.posting_names,
        posting_weights=old.posting_weights,
        name_grams=name_grams.astype(np.int32),
        name_gram_starts=starts_of(np.concatenate((np.diff(old.name_gram_starts), counts))),
        idf=old.idf,
    )


def _grams(names: list[str]) -> tuple[Ints, Ints]:
    """Give the codes of the grams of each name, one name's behind the other's, and how many each has."""
    codes, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = names[start : start + _NAMES_AT_ONCE]
        found, owners = gram_codes(some)
        codes.append(found)
        counts.append(np.bincount(owners, minlength=len(some)))
    return np.concatenate(codes), np.concatenate(counts)


def _write(folder: Path, parts: NameArrays, place: Ints) -> None:
    """Write texts, grams and postings of the names that stand at these places, numbered in their order."""
    text_starts = starts_of(np.diff(parts.text_starts)[place])
    np.save(folder / "text_starts.npy", text_starts)
    np.save(folder / "text.npy", _gathered(parts.text, parts.text_starts, place))
    name_grams = _gathered(parts.name_grams, parts.name_gram_starts, place)
    starts = starts_of(np.diff(parts.name_gram_starts)[place])
    counts = np.bincount(name_grams, minlength=len(parts.grams))
    kept = counts > 0
    name_grams = (np.cumsum(kept) - 1).astype(np.int32)[name_grams]
    counts = counts[kept]
    np.save(folder / "grams.npy", parts.grams[kept])
    np.save(folder / "gram_starts.npy", starts_of(counts))
    np.save(folder / "name_grams.npy", name_grams)
    np.save(folder / "name_gram_starts.npy", starts)
    idf = np.log((1 + len(place)) / (1 + counts)) + 1
    np.save(folder / "idf.npy", idf.astype(np.float32))
    weights = np.concatenate([np.empty(0, np.float32), *_weights(idf, name_grams, starts)])
    from scipy.sparse import csr_array  # slow to import, and few updates are made

    postings = csr_array((weights, name_grams, starts), shape=(len(place), len(counts))).tocsc()
    np.save(folder / "posting_names.npy", postings.indices.astype(np.int32))
    np.save(folder / "posting_weights.npy", postings.data)


def _weights(idf: NDArray[np.float64], name_grams: Ids, starts: Ints) -> Iterator[Floats]:
    """Give the TF-IDF weight of each gram in its name."""
    for first in range(0, len(starts) - 1, _NAMES_AT_ONCE):
        bounds = starts[first : first + _NAMES_AT_ONCE + 1]
        values = idf[name_grams[bounds[0] : bounds[-1]]]
        owners = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        lengths = np.sqrt(np.bincount(owners, values**2, minlength=len(bounds) - 1))
        yield (values / lengths[owners]).astype(np.float32)


def _gathered(values: NDArray[_Value], starts: Ints, place: Ints) -> NDArray[_Value]:
    """Give the elements of these groups, one group behind the other."""
    counts = np.diff(starts)[place]
    ends = np.cumsum(counts)
    gathered = np.empty(int(ends[-1]) if len(ends) else 0, values.dtype)
    for first in range(0, len(place), _NAMES_AT_ONCE):
        some, upto = counts[first : first + _NAMES_AT_ONCE], ends[first : first + _NAMES_AT_ONCE]
        begin = upto[0] - some[0]
        shifts = starts[place[first : first + _NAMES_AT_ONCE]] - (upto - some)
        gathered[begin : upto[-1]] = values[np.repeat(shifts, some) + np.arange(begin, upto[-1])]
    return gathered
