"""An index made from an earlier one."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.retrieve.index import build_index
from belink.retrieve.postings import read_arrays, write_arrays
from belink.retrieve.postings_update import is_whole, update_arrays

NAMES = st.lists(
    st.one_of(st.sampled_from(["", "a", "cold", "common cold", "ab cd"]), st.text("abç ", max_size=8))
)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def written(folder: Path, names: list[str]) -> Path:
    folder.mkdir()
    write_arrays(folder, lambda: names, lambda done: None)
    return folder


@given(NAMES, NAMES)
def test_an_updated_index_is_the_one_built_anew(before: list[str], after: list[str]) -> None:
    """Whatever names come, go and move, every file has the bytes that a whole build gives."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        old = read_arrays(written(folder / "old", before))
        updated = folder / "updated"
        updated.mkdir()
        count = update_arrays(updated, old, lambda: after, lambda done: None)
        assert files(updated) == files(written(folder / "new", after))
        assert count == len(set(after) - set(before))


def test_progress_ends_where_a_whole_build_ends(tmp_path: Path) -> None:
    """The callback rises to three times the number of rows."""
    old = read_arrays(written(tmp_path / "old", ["cold"]))
    (tmp_path / "new").mkdir()
    told: list[int] = []
    update_arrays(tmp_path / "new", old, lambda: ["cold", "heart attack"], told.append)
    assert told == sorted(told)
    assert told[-1] == 6


def fake(path: Path, fingerprint: str, *names: str) -> Any:
    return SimpleNamespace(
        path=path, fingerprint=fingerprint, name_count=len(names), norms=lambda: iter(names)
    )


def test_an_index_is_updated_in_its_place(tmp_path: Path) -> None:
    """Over a stale index the same files come to stand as in an empty folder."""
    build_index(fake(tmp_path, "f1", "cold", "heart attack"), tmp_path / "lexical")
    changed = fake(tmp_path, "f2", "heart attack", "low temperature")
    build_index(changed, tmp_path / "lexical")
    build_index(changed, tmp_path / "anew")
    assert files(tmp_path / "lexical") == files(tmp_path / "anew")


@pytest.mark.parametrize("name", ["text_starts", "name_grams", "name_gram_starts", "grams"])
def test_a_damaged_index_is_not_updated(tmp_path: Path, name: str) -> None:
    """Arrays that do not fit together are built anew, not copied."""
    folder = tmp_path / "lexical"
    build_index(fake(tmp_path, "f1", "cold", "heart attack"), folder)
    values = np.load(folder / f"{name}.npy")
    values[0] = np.iinfo(values.dtype).max
    np.save(folder / f"{name}.npy", values)
    assert not is_whole(read_arrays(folder))
    changed = fake(tmp_path, "f2", "cold", "low temperature")
    build_index(changed, folder)
    build_index(changed, tmp_path / "anew")
    assert files(folder) == files(tmp_path / "anew")
